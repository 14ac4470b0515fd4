//! A text that the gate lets out is sent, or something goes in its place, or a person is told: whatever happens on its way.

use std::time::Duration;

use emulator::ghl::Rule;
use gohighlevel::out::Act;
use leads::Channel;
use store::Query;

use crate::desk::{Desk, at, form, letter};

const MESSAGE: &str = "POST /conversations/messages";

fn text(words: &str) -> Act {
    Act::Message(letter(Channel::Sms, words))
}

/// The least time between two rounds, where hours pass: what a breaker asks for goes by a clock that cannot be moved.
const ROUND: Duration = Duration::from_secs(120);

/// Texts with these words that reached GoHighLevel.
fn sent(desk: &Desk, words: &str) -> usize {
    desk.messages().iter().filter(|it| it["body"].as_str().is_some_and(|body| body.contains(words))).count()
}

/// Rounds for so many hours of theirs and ours.
async fn for_hours(desk: &Desk, hours: u64) {
    let ends = desk.world.now() + Duration::from_secs(hours * 3600);
    while desk.world.now() < ends {
        let Some(next) = desk.push().await.next else { return };
        let wait: Duration = next.duration_since(desk.world.now()).try_into().unwrap_or_default();
        desk.world.advance(wait.max(ROUND));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_lasts_for_a_day_a_text_is_sent_or_replaced_or_a_person_is_told() {
    let lasting = |rule: Rule| Rule { count: Some(0), ..rule };
    // What opens the breaker is tried by `faults`: it goes by a clock that cannot be moved.
    let rules = [1, 2, 3, 6, 7, 8, 9, 11, 24, 35].map(|class| lasting(at(class, MESSAGE)));
    for rule in rules {
        let mut desk = Desk::open().await;
        desk.reachable().await;
        let (class, named) = (rule.class, format!("class {} at {:?}", rule.class, rule.operation));
        desk.strike(rule);
        let acted = desk.act(text("We found a home in Ballard for you.")).await;
        assert!(acted.write.is_some(), "{named}: {acted:?}");
        for_hours(&desk, 26).await;
        let in_its_place = desk.tasks().len() + sent(&desk, "<p>");
        let told = desk.world.bridge.incidents(&desk.world.market, false).await.unwrap().len();
        let is_sent = sent(&desk, "We found a home") > 0;
        assert!(is_sent || in_its_place > 0 || told > 0, "{named}: {:?}", desk.write("message").await);
        // Over and seen to: another one goes at once.
        desk.world.emulated.clear_faults();
        desk.world.advance(Duration::from_secs(8 * 24 * 3600 + 13 * 3600));
        desk.world.restart().await;
        let world = &desk.world;
        for incident in world.bridge.incidents(&world.market, true).await.unwrap() {
            world.bridge.close_incident(&world.market, incident.id, "Put right", &world.at()).await.unwrap();
        }
        desk.reachable().await;
        if class == 35 {
            // Whom texts do not reach gets none.
            assert_eq!(desk.there()["dndSettings"]["SMS"]["status"], "active");
            continue;
        }
        let other = desk.act(text("Another one came up.")).await;
        assert!(other.write.is_some(), "{named}: {other:?}");
        for_hours(&desk, 30).await;
        assert_eq!(sent(&desk, "Another one"), 1, "{named}: {:?}", desk.writes().await);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn texts_stop_with_the_incident_that_says_so_and_go_again_when_it_is_closed() {
    let desk = Desk::open().await;
    let world = &desk.world;
    desk.reachable().await;
    desk.strike(at(37, MESSAGE));
    desk.act(text("We found a home in Ballard for you.")).await;
    desk.settle().await;
    let blocked = async || {
        let open = world.bridge.incidents(&world.market, true).await.unwrap();
        open.into_iter().find(|incident| incident.class == 37).unwrap()
    };
    let first = blocked().await;
    // Another one while it stands: nobody sends it, and it is told again.
    world.advance(Duration::from_secs(8 * 24 * 3600));
    desk.reachable().await;
    desk.act(text("Another one came up.")).await;
    desk.settle().await;
    assert_eq!(sent(&desk, "Another one"), 1, "by e-mail: {:?}", desk.writes().await);
    assert_eq!(blocked().await.count, first.count + 1);
    world
        .bridge
        .close_incident(&world.market, first.id, "The campaign is registered", &world.at())
        .await
        .unwrap();
    assert_eq!(world.bridge.paused_channels(&world.market, world.now()).await.unwrap(), []);
    world.advance(Duration::from_secs(8 * 24 * 3600));
    desk.reachable().await;
    desk.act(text("The third one is yours.")).await;
    desk.settle().await;
    let kinds: Vec<String> = desk
        .messages()
        .iter()
        .filter(|it| it["body"].as_str().is_some_and(|body| body.contains("The third")))
        .map(|it| it["messageType"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(kinds, ["TYPE_SMS"], "{:?}", desk.writes().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn do_not_disturb_that_somebody_put_on_there_stops_a_text_and_is_no_complaint() {
    let desk = Desk::open().await;
    let world = &desk.world;
    desk.reachable().await;
    // Put on there, and not heard of here yet.
    let on = serde_json::json!({ "dndSettings": { "SMS": { "status": "active" } } });
    world.staff("PUT", &format!("/contacts/{}", desk.remote), on);
    desk.act(text("We found a home in Ballard for you.")).await;
    desk.settle().await;
    assert_eq!((desk.messages().len(), desk.write("message").await.state), (0, "refused"));
    assert_eq!(
        desk.there()["dndSettings"]["SMS"]["status"],
        "active",
        "nothing is made of it that cannot be lifted"
    );
    let again = desk.act(text("Still there?")).await;
    assert!(again.write.is_none(), "now it is known here: {again:?}");
    // Taken off there, she can be written to.
    desk.reachable().await;
    assert!(desk.act(text("Still there?")).await.write.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_tried_in_vain_takes_no_place_in_the_caps() {
    let desk = Desk::open().await;
    desk.reachable().await;
    desk.strike(Rule { after: Some(false), count: Some(12), ..form(21, MESSAGE, "503") });
    desk.act(text("We found a home in Ballard for you.")).await;
    let asked = desk.world.now();
    desk.settle().await;
    assert_eq!(sent(&desk, "We found"), 1);
    let sent_at: jiff::Timestamp = desk.messages()[0]["dateAdded"].as_str().unwrap().parse().unwrap();
    let took = sent_at.duration_since(asked).as_hours();
    assert!(took < 2, "{took} hours, as if each try had been a text");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_nobody_can_read_holds_up_no_other_and_a_person_is_told() {
    let desk = Desk::open().await;
    let world = &desk.world;
    desk.act(Act::Note { text: "Garbled".to_owned() }).await;
    let mut tx = world.market.db().begin().await.unwrap();
    let garble =
        Query::new("UPDATE ghl_write SET payload_sealed = ? WHERE state = 'waiting'").bind(vec![1_u8; 90]);
    assert_eq!(tx.execute(garble).await.unwrap(), 1);
    tx.commit().await.unwrap();
    desk.act(Act::Note { text: "Legible".to_owned() }).await;
    desk.settle().await;
    assert_eq!(desk.notes().len(), 2, "{:?}", desk.writes().await);
    let mut states: Vec<_> = desk.writes().await.into_iter().map(|write| write.state).collect();
    states.sort_unstable();
    assert_eq!((states, desk.incidents().await), (vec!["dead", "done", "done"], vec![30]));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_text_that_nobody_comes_round_to_is_told_within_a_quarter_of_an_hour() {
    let desk = Desk::open().await;
    let world = &desk.world;
    desk.reachable().await;
    world.bridge.tend(&world.market, world.now()).await.unwrap();
    desk.act(text("We found a home in Ballard for you.")).await;
    // No writer comes; whoever looks after the connection does.
    for _ in 0..6 {
        assert_eq!(desk.incidents().await, Vec::<u8>::new());
        world.advance(Duration::from_secs(150));
        world.bridge.tend(&world.market, world.now()).await.unwrap();
    }
    world.advance(Duration::from_secs(300));
    world.bridge.tend(&world.market, world.now()).await.unwrap();
    assert_eq!(desk.incidents().await, [30]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_given_up_is_tried_again_when_its_cause_is_gone() {
    let desk = Desk::open().await;
    let world = &desk.world;
    // The names that the stages had there are gone.
    let map = world.bridge.refresh_map(&world.market, &world.at()).await.unwrap();
    let offer = map.named().find(|it| it.alias.as_deref() == Some("offer")).unwrap().clone();
    let bridge = &world.bridge;
    bridge.save_alias(&world.market, offer.what, &offer.remote, None, 0, &world.at()).await.unwrap();
    desk.act(Act::Stage { pipeline: "residential".into(), stage: "offer".into() }).await;
    desk.settle().await;
    assert_eq!((desk.write("stage").await.state, desk.incidents().await), ("dead", vec![17]));
    bridge.save_alias(&world.market, offer.what, &offer.remote, Some("offer"), 0, &world.at()).await.unwrap();
    desk.settle().await;
    assert_eq!((desk.write("stage").await.state, desk.deals().len()), ("done", 1));

    // The tries are used up; then somebody says that it is put right.
    desk.strike(Rule {
        after: Some(false),
        count: Some(0),
        ..form(20, "POST /contacts/{contactId}/notes", "500")
    });
    desk.act(Act::Note { text: "Never".to_owned() }).await;
    desk.settle().await;
    assert_eq!(desk.write("note").await.state, "dead");
    world.emulated.clear_faults();
    let open = bridge.incidents(&world.market, true).await.unwrap();
    let failed = open.iter().find(|incident| incident.operation == "note-create").unwrap();
    bridge.close_incident(&world.market, failed.id, "They are well again", &world.at()).await.unwrap();
    desk.settle().await;
    assert_eq!((desk.write("note").await.state, desk.notes().len()), ("done", 2));

    // An enrolment is a person's to see, and a message of another day is, too.
    desk.reachable().await;
    desk.alias(gohighlevel::backup_map::What::Workflow, "workflows", "Hot lead: call now", "hot", 0).await;
    desk.strike(form(21, "POST /contacts/{contactId}/workflow/{workflowId}", "502"));
    desk.act(Act::Workflow { workflow: "hot".into() }).await;
    desk.settle().await;
    bridge.hasten_writes(&world.market, &world.at()).await.unwrap();
    desk.settle().await;
    assert_eq!(desk.write("workflow").await.state, "dead");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_asks_for_texts_again_is_not_left_alone_by_what_was_put_on_from_here() {
    let desk = Desk::open().await;
    let (world, sight) = (&desk.world, contacts::Sight::All);
    let status = |channel: &str| desk.there()["dndSettings"][channel]["status"].as_str().map(str::to_owned);
    // Somebody there puts e-mail off; the person stops texts here.
    let off = serde_json::json!({ "dndSettings": { "Email": { "status": "active" } } });
    world.staff("PUT", &format!("/contacts/{}", desk.remote), off);
    let opt_out = |channel: Channel| leads::OptOut {
        channel,
        scope: leads::optout::Scope::All,
        origin: leads::optout::Origin::Form,
        reason: "Ticked on the form".into(),
        permanent: false,
        said_at: None,
    };
    world
        .leads
        .opt_out(&world.market, sight, desk.person, &opt_out(Channel::Sms), &world.at())
        .await
        .unwrap();
    desk.settle().await;
    assert_eq!((status("SMS").as_deref(), status("Email").as_deref()), (Some("active"), Some("active")));
    world.advance(Duration::from_secs(60));
    for channel in [Channel::Sms, Channel::Email] {
        let (market, at) = (&world.market, world.at());
        world.leads.opt_in(market, sight, desk.person, channel, "The form", world.now(), &at).await.unwrap();
    }
    desk.settle().await;
    assert_eq!(status("SMS").as_deref(), Some("inactive"), "{:?}", desk.writes().await);
    assert_eq!(status("Email").as_deref(), Some("active"), "that was put on there");
    assert_eq!(status("WhatsApp").as_deref(), Some("active"), "nobody asked for that");
    // What a person there puts on afterwards is theirs.
    let on = serde_json::json!({ "dndSettings": { "SMS": { "status": "active" } } });
    world.staff("PUT", &format!("/contacts/{}", desk.remote), on);
    world.advance(Duration::from_secs(60));
    let (market, at) = (&world.market, world.at());
    world.leads.opt_in(market, sight, desk.person, Channel::Sms, "Again", world.now(), &at).await.unwrap();
    desk.settle().await;
    assert_eq!(status("SMS").as_deref(), Some("active"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn incidents_come_page_by_page_each_once() {
    let desk = Desk::open().await;
    let world = &desk.world;
    for class in [6, 8, 12] {
        desk.strike(at(class, "POST /contacts/{contactId}/notes"));
        desk.act(Act::Note { text: format!("Class {class}") }).await;
        desk.push().await;
        world.emulated.admin("POST", "resume", &serde_json::json!({ "locationId": world.location }));
        world.bridge.probe_now(&world.market, world.now()).await.unwrap();
    }
    let all = world.bridge.incidents(&world.market, false).await.unwrap();
    assert!(all.len() >= 3, "{all:?}");
    let (mut paged, mut after) = (Vec::new(), None);
    loop {
        let page = world.bridge.incidents_page(&world.market, false, after, 1).await.unwrap();
        paged.extend(page.incidents);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(paged, all);
}
