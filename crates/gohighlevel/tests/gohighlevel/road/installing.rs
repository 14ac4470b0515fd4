//! Connecting a market: by consent, by a company, by a private integration token; and disconnecting it.

use connect::ghl::tokens::Secret;
use emulator::ghl::Options;
use gohighlevel::{ConnectionState, GoHighLevelError, Received};
use serde_json::json;
use store::Query;

use super::receiving::signed;
use crate::world::{World, on_both};

fn offices(locations: usize) -> Options {
    Options { locations, ..Options::default() }
}

#[tokio::test]
async fn a_person_gives_consent_and_the_market_is_connected() {
    on_both(async |world| {
        assert_eq!(world.bridge.connection(&world.market).await.unwrap(), None);
        assert!(world.bridge.connected().await.unwrap().is_empty());
        let installed = world.consent(false).await;
        assert_eq!(installed.location.as_ref(), Some(&world.location));
        let connection = world.bridge.connection(&world.market).await.unwrap().unwrap();
        assert_eq!(connection.location, world.location);
        assert_eq!(connection.company.as_ref(), Some(&world.company));
        assert_eq!(connection.name.as_deref(), world.truth()["name"].as_str());
        assert_eq!((connection.has_app, connection.has_private), (true, false));
        assert_eq!(world.bridge.connected().await.unwrap(), [world.market.id()]);
        assert_eq!(world.trail().await, ["gohighlevel.connected"]);
    })
    .await;
}

#[tokio::test]
async fn a_consent_is_good_once_for_who_asked_and_for_ten_minutes() {
    let world = World::listening(offices(1)).await;
    let refused = |outcome| matches!(outcome, Err(GoHighLevelError::UnknownInstall));
    let (state, code) = world.consented(&world.market, false).await;
    let stranger = "01K0000000000000000000BEN0".parse().unwrap();
    assert!(refused(world.bridge.finish_install(&state, &code, stranger, &world.at()).await));
    assert!(refused(world.bridge.finish_install(&state, &code, world.user(), &world.at()).await), "used up");
    assert!(refused(world.bridge.finish_install("made up", &code, world.user(), &world.at()).await));

    let (state, code) = world.consented(&world.market, false).await;
    let mut late = world.at();
    late.now += jiff::SignedDuration::from_secs(601);
    assert!(refused(world.bridge.finish_install(&state, &code, world.user(), &late).await));
    assert_eq!(world.bridge.connection(&world.market).await.unwrap(), None);
}

#[tokio::test]
async fn a_location_belongs_to_one_market_and_a_market_has_one_location() {
    let world = World::listening(offices(2)).await;
    world.connect().await;
    let beta = world.market("beta").await;
    let (state, code) = world.consented(&beta, false).await;
    let taken = world.bridge.finish_install(&state, &code, world.user(), &world.at()).await;
    assert!(matches!(taken, Err(GoHighLevelError::LocationTaken(location)) if location == world.location));

    let about = world.emulated.connection();
    let other = about["locations"][1]["id"].as_str().unwrap();
    let refused = world.bridge.choose_location(&world.market, &world.company, other, &world.at()).await;
    assert!(matches!(refused, Err(GoHighLevelError::OtherLocation(location)) if location == world.location));

    world.bridge.disconnect(&world.market, &world.at()).await.unwrap();
    let (state, code) = world.consented(&beta, false).await;
    world.bridge.finish_install(&state, &code, world.user(), &world.at()).await.unwrap();
    assert_eq!(world.bridge.connected().await.unwrap(), [beta.id()]);
}

#[tokio::test]
async fn a_deleted_market_takes_no_events_and_once_it_is_purged_its_location_is_free() {
    on_both(async |world| {
        world.consent(true).await;
        let (alpha, beta) = (world.market.name().clone(), world.market("beta").await);
        let told = async |webhook: &str| {
            let body = json!({ "type": "ContactUpdate", "locationId": world.location, "id": world.somebody(),
                "webhookId": webhook, "timestamp": world.now().to_string() })
            .to_string();
            let now = world.now();
            world.bridge.receive(Some(&signed(&body)), body.as_bytes(), None, now).await.unwrap()
        };
        assert_eq!(told("w-1").await, Received::Kept { market: world.market.id() });

        world.markets.delete(&alpha, jiff::SignedDuration::from_secs(60), &world.at()).await.unwrap();
        // An entered market is believed to be open for two seconds.
        world.advance(std::time::Duration::from_secs(3));
        assert_eq!(told("w-2").await, Received::NotOurs, "nobody is asked to send it again for a month");
        let (state, code) = world.consented(&beta, false).await;
        let taken = world.bridge.finish_install(&state, &code, world.user(), &world.at()).await;
        assert!(matches!(taken, Err(GoHighLevelError::LocationTaken(_))), "it may be taken back yet");

        world.advance(std::time::Duration::from_secs(60));
        assert_eq!(world.markets.purge_due(&world.at()).await.unwrap().markets.len(), 1);
        assert!(world.bridge.connected().await.unwrap().is_empty());
        let kept = Query::new("SELECT company FROM ghl_company WHERE tokens_sealed IS NOT NULL");
        assert!(world.hub.all(kept).await.unwrap().is_empty(), "no market needs the company's tokens");
        let (state, code) = world.consented(&beta, false).await;
        world.bridge.finish_install(&state, &code, world.user(), &world.at()).await.unwrap();
        assert_eq!(told("w-3").await, Received::Kept { market: beta.id() });
    })
    .await;
}

#[tokio::test]
async fn a_company_lets_the_app_in_and_its_locations_are_chosen_one_by_one() {
    let world = World::listening(offices(2)).await;
    let installed = world.consent(true).await;
    assert_eq!((installed.location, installed.choices.len()), (None, 2));
    let (first, name) = &installed.choices[0];
    assert!(name.is_some());
    let connection =
        world.bridge.choose_location(&world.market, &world.company, first, &world.at()).await.unwrap();
    assert_eq!(&connection.location, first);
    let unknown =
        world.bridge.choose_location(&world.market("beta").await, "nobody", first, &world.at()).await;
    assert!(matches!(unknown, Err(GoHighLevelError::UnknownCompany(_))));

    // The only one that is free needs no choice.
    let gamma = world.market("gamma").await;
    let (state, code) = world.consented(&gamma, true).await;
    let installed = world.bridge.finish_install(&state, &code, world.user(), &world.at()).await.unwrap();
    assert_eq!(
        installed.location.as_ref(),
        Some(&world.emulated.connection()["locations"][1]["id"].as_str().unwrap().to_owned())
            .filter(|other| *other != first)
    );
}

#[tokio::test]
async fn what_a_company_allowed_for_one_market_is_no_other_markets_to_use() {
    let world = World::listening(offices(3)).await;
    let installed = world.consent(true).await;
    let other = &installed.choices[1].0;
    let beta = world.market("beta").await;
    let refused = |outcome| matches!(outcome, Err(GoHighLevelError::UnknownCompany(_)));
    assert!(refused(world.bridge.choose_location(&beta, &world.company, other, &world.at()).await));
    assert_eq!(world.bridge.connection(&beta).await.unwrap(), None);
    assert!(world.bridge.connected().await.unwrap().is_empty(), "nothing is left behind");

    let mut late = world.at();
    late.now += jiff::SignedDuration::from_secs(3_601);
    assert!(refused(world.bridge.choose_location(&world.market, &world.company, other, &late).await));
    let connection = world.bridge.choose_location(&world.market, &world.company, other, &world.at()).await;
    assert_eq!(&connection.unwrap().location, other);
}

#[tokio::test]
async fn who_disconnected_stays_so_when_the_app_is_let_in_there_again() {
    let world = World::listening(offices(1)).await;
    world.consent(true).await;
    world.settled().await;
    world.bridge.disconnect(&world.market, &world.at()).await.unwrap();
    world.advance(std::time::Duration::from_secs(60));
    let body = json!({ "locationId": world.location, "redirectUri": "https://hub.example.com/x" });
    world.emulated.admin("POST", "install", &body);
    world.settled().await;
    assert!(world.bridge.connection(&world.market).await.unwrap().is_none());
}

#[tokio::test]
async fn a_company_that_is_not_known_connects_nothing() {
    let world = World::listening(offices(1)).await;
    let refused =
        world.bridge.choose_location(&world.market, &world.company, &world.location, &world.at()).await;
    assert!(matches!(refused, Err(GoHighLevelError::UnknownCompany(_))), "{refused:?}");
    assert!(world.bridge.connected().await.unwrap().is_empty(), "nothing is left behind");
}

#[tokio::test]
async fn a_private_integration_token_is_tried_before_it_is_kept() {
    let world = World::listening(offices(1)).await;
    let wrong = Secret::new("pit-made-up");
    let refused = world.bridge.use_private_token(&world.market, &world.location, wrong, &world.at()).await;
    assert!(refused.is_err());
    assert_eq!(world.bridge.connection(&world.market).await.unwrap(), None);
    let not_an_id =
        world.bridge.use_private_token(&world.market, "../x", world.private_token(), &world.at()).await;
    assert!(matches!(not_an_id, Err(GoHighLevelError::Invalid { field: "location", .. })));

    let token = world.private_token();
    let connection =
        world.bridge.use_private_token(&world.market, &world.location, token, &world.at()).await.unwrap();
    assert_eq!((connection.has_app, connection.has_private), (false, true));
    let added = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
    world.settled().await;
    assert_eq!(world.here(&added).await.personal.email.as_deref(), Some("ana@example.com"));
    // The app's consent comes on top.
    world.connect().await;
    let connection = world.bridge.connection(&world.market).await.unwrap().unwrap();
    assert_eq!((connection.has_app, connection.has_private), (true, true));
}

#[tokio::test]
async fn tokens_are_readable_in_no_database() {
    let world = World::connected().await;
    let private = world.private_token();
    let shown = private.expose().to_owned();
    world.bridge.use_private_token(&world.market, &world.location, private, &world.at()).await.unwrap();
    world.bridge.disconnect(&world.market, &world.at()).await.unwrap();
    world.connect().await;
    let mut looked = 0;
    for folder in [world.folder().to_owned(), world.folder().join("markets")] {
        let Ok(files) = std::fs::read_dir(folder) else { continue };
        for file in files.filter_map(|file| file.ok().filter(|file| file.path().is_file())) {
            let bytes = std::fs::read(file.path()).unwrap();
            let holds = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
            assert!(!holds(&shown) && !holds("access_token"), "{:?}", file.path());
            looked += 1;
        }
    }
    assert!(looked >= 2, "the hub's and the market's");
}

#[tokio::test]
async fn who_disconnects_hears_nothing_any_more_and_keeps_what_was_learned() {
    let world = World::connected().await;
    let added = world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com" }));
    world.settled().await;
    world.bridge.disconnect(&world.market, &world.at()).await.unwrap();
    assert!(world.bridge.connection(&world.market).await.unwrap().is_none());
    let last = world.bridge.last_connection(&world.market).await.unwrap().unwrap();
    assert_eq!((last.state, last.has_app), (ConnectionState::Disconnected, false));
    world.staff("PUT", &format!("/contacts/{added}"), json!({ "firstName": "Eva" }));
    let worked = world.settled().await;
    assert_eq!(worked.done + worked.failed, 0);
    assert_eq!(world.here(&added).await.personal.name.as_deref(), Some("Ana"));
    let again = world.bridge.disconnect(&world.market, &world.at()).await;
    assert!(matches!(again, Err(GoHighLevelError::NotConnected)));
}

#[tokio::test]
async fn an_app_that_is_taken_out_ends_the_connection_and_a_late_word_of_it_does_not() {
    let world = World::connected().await;
    world.emulated.admin("POST", "uninstall", &json!({ "locationId": world.location }));
    world.settled().await;
    let last = world.bridge.last_connection(&world.market).await.unwrap().unwrap();
    assert_eq!(last.state, ConnectionState::Uninstalled);
    assert!(world.bridge.connected().await.unwrap().is_empty());
    let uninstalled =
        world.emulated.deliveries().into_iter().find(|delivery| delivery.kind == "UNINSTALL").unwrap();

    world.advance(std::time::Duration::from_secs(60));
    world.connect().await;
    // The same news again, under another name, as GoHighLevel's log can repeat it.
    let body = uninstalled.body.replace(&uninstalled.webhook_id, "another-delivery");
    let signature = crate::road::receiving::signed(&body);
    let received = world.bridge.receive(Some(&signature), body.as_bytes(), None, world.now()).await.unwrap();
    assert_eq!(received, Received::Kept { market: world.market.id() });
    assert_eq!(world.settled().await.done, 1);
    assert!(world.bridge.connection(&world.market).await.unwrap().is_some());
}

#[tokio::test]
async fn an_installation_that_nobody_asked_for_is_parked_until_somebody_does() {
    let world = World::listening(offices(1)).await;
    let body = json!({ "locationId": world.location, "redirectUri": "https://hub.example.com/x" });
    world.emulated.admin("POST", "install", &body);
    world.delivered().await;
    let parked = world.bridge.parked().await.unwrap();
    assert_eq!(parked.iter().map(|parked| parked.place.as_str()).collect::<Vec<_>>(), [&world.location]);
    world.connect().await;
    assert!(world.bridge.parked().await.unwrap().is_empty());
}

#[tokio::test]
async fn an_app_that_is_let_in_again_is_connected_by_the_company() {
    let world = World::listening(offices(1)).await;
    world.consent(true).await;
    world.settled().await;
    world.emulated.admin("POST", "uninstall", &json!({ "locationId": world.location }));
    world.settled().await;
    assert!(world.bridge.connection(&world.market).await.unwrap().is_none());
    world.advance(std::time::Duration::from_secs(60));
    let body = json!({ "locationId": world.location, "redirectUri": "https://hub.example.com/x" });
    world.emulated.admin("POST", "install", &body);
    let worked = world.settled().await;
    assert_eq!((worked.failed, worked.dead), (0, 0));
    assert!(world.bridge.connection(&world.market).await.unwrap().is_some());
}

#[tokio::test]
async fn that_the_app_was_taken_out_is_heard_though_nobody_can_be_asked_any_more() {
    let world = World::connected().await;
    world.fill().await;
    world.tend().await;
    world.emulated.admin("POST", "uninstall", &json!({ "locationId": world.location }));
    world.delivered().await;
    // The tokens are found dead before the word of it is read.
    world.advance(std::time::Duration::from_secs(901));
    world.tend().await;
    let health = world.bridge.health(&world.market, world.now()).await.unwrap();
    assert_eq!(health.standing, gohighlevel::heal::Standing::Reconnect);
    world.settled().await;
    let last = world.bridge.last_connection(&world.market).await.unwrap().unwrap();
    assert_eq!(last.state, ConnectionState::Uninstalled);
}

#[tokio::test]
async fn an_app_that_was_taken_out_and_let_in_again_is_connected_though_both_are_heard_late() {
    let world = World::listening(offices(1)).await;
    world.consent(true).await;
    world.settled().await;
    world.advance(std::time::Duration::from_secs(60));
    world.emulated.admin("POST", "uninstall", &json!({ "locationId": world.location }));
    world.advance(std::time::Duration::from_secs(60));
    let body = json!({ "locationId": world.location, "redirectUri": "https://hub.example.com/x" });
    world.emulated.admin("POST", "install", &body);
    world.delivered().await;
    world.advance(std::time::Duration::from_secs(600));
    let worked = world.settled().await;
    assert_eq!((worked.done, worked.failed, worked.dead), (2, 0, 0));
    assert!(world.bridge.connection(&world.market).await.unwrap().is_some());
}

#[tokio::test]
async fn an_installation_that_comes_before_its_tokens_waits_for_them_ten_minutes() {
    for is_in_time in [true, false] {
        let world = World::listening(offices(1)).await;
        world.connect().await;
        world.emulated.admin("POST", "uninstall", &json!({ "locationId": world.location }));
        world.settled().await;
        world.advance(std::time::Duration::from_secs(60));
        let body = json!({ "locationId": world.location, "redirectUri": "https://hub.example.com/x" });
        world.emulated.admin("POST", "install", &body);
        for _ in 0..5 {
            let worked = world.settled().await;
            assert_eq!((worked.done, worked.dead), (0, 0), "{worked:?}");
            world.advance(std::time::Duration::from_secs(60));
        }
        if is_in_time {
            world.consent(true).await;
            assert_eq!(world.settled().await.dead, 0);
            assert!(world.bridge.connection(&world.market).await.unwrap().is_some());
            continue;
        }
        world.advance(std::time::Duration::from_secs(600));
        assert_eq!(world.settled().await.dead, 1);
        let letter = world.bridge.dead_letters(&world.market, None, 9).await.unwrap().remove(0);
        assert!(letter.reason.contains("connect it again"), "{}", letter.reason);
    }
}

#[tokio::test]
async fn that_the_app_was_taken_out_is_not_believed_when_somebody_repeats_it_hours_later() {
    let world = World::connected().await;
    let body = json!({
        "type": "UNINSTALL", "locationId": world.location, "webhookId": "old",
        "timestamp": world.now().to_string(),
    })
    .to_string();
    let signature = crate::road::receiving::signed(&body);
    world.advance(std::time::Duration::from_secs(2 * 3600));
    let received = world.bridge.receive(Some(&signature), body.as_bytes(), None, world.now()).await.unwrap();
    assert_eq!(received, Received::NotOurs);
    assert!(world.bridge.connection(&world.market).await.unwrap().is_some());
}

#[tokio::test]
async fn a_market_that_moves_to_another_location_and_back_knows_everybody_again() {
    let mut world = World::listening(offices(2)).await;
    world.connect().await;
    world.fill().await;
    world.assert_equals_truth().await;
    let (first, known) = (world.location.clone(), world.live("contact").await);
    let second = world.emulated.connection()["locations"][1]["id"].as_str().unwrap().to_owned();
    for location in [second, first] {
        world.bridge.disconnect(&world.market, &world.at()).await.unwrap();
        let (state, code) = world.consented_for(&world.market, &location, false).await;
        world.bridge.finish_install(&state, &code, world.user(), &world.at()).await.unwrap();
        world.location = location;
        world.fill().await;
        world.assert_equals_truth().await;
    }
    assert_eq!(world.live("contact").await, known, "the same persons as before");
}
