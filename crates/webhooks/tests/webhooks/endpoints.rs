use connect::EgressPolicy;
use jiff::SignedDuration;
use store::{Query, schema::unruled};
use webhooks::{EndpointEdit, EndpointState, NewEndpoint, OVERLAP, WebhooksError};

use crate::{
    receiver::Receiver,
    world::{fresh, on_both, schemas, under},
};

#[tokio::test]
async fn every_column_has_its_rule() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        assert_eq!(unruled(market.db(), &schemas()).await.unwrap(), Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_is_made_changed_and_removed_and_the_chain_says_so_without_its_address() {
    on_both(async |world| {
        let (webhooks, market) = (fresh(), world.market("alpha").await);
        let made = world
            .endpoint(&webhooks, &market, "https://crm.example.com/hooks?token=canary", "contact.*")
            .await;
        let id = made.endpoint.id;
        assert_eq!(webhooks.endpoints(&market).await.unwrap(), std::slice::from_ref(&made.endpoint));
        assert_eq!(made.endpoint.state, EndpointState::Enabled);

        let edit = EndpointEdit {
            url: Some("https://other.example.com/x?token=canary".into()),
            topics: Some("contact.created".parse().unwrap()),
            enabled: Some(false),
            ..EndpointEdit::default()
        };
        let changed = webhooks.update(&market, id, 1, edit, &world.at()).await.unwrap();
        assert_eq!((changed.version, changed.host.as_str()), (2, "other.example.com"));
        assert!(matches!(changed.state, EndpointState::Disabled { .. }));
        let late = webhooks.update(&market, id, 1, EndpointEdit::default(), &world.at()).await;
        assert!(matches!(late, Err(WebhooksError::Changed)), "somebody was faster");

        webhooks.delete(&market, id, &world.at()).await.unwrap();
        assert!(matches!(webhooks.endpoint(&market, id).await, Err(WebhooksError::UnknownEndpoint)));
        let trail = world.trail(&market).await;
        let actions: Vec<&str> = trail.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["webhook.created", "webhook.updated", "webhook.deleted"]);
        assert!(!format!("{trail:?} {made:?} {changed:?}").contains("canary"), "an address may hold a token");
    })
    .await;
}

#[tokio::test]
async fn addresses_into_our_own_network_are_refused_when_typed() {
    on_both(async |world| {
        let (webhooks, market) = (under(EgressPolicy::public()), world.market("alpha").await);
        for url in [
            "http://crm.example.com/",
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/latest/meta-data",
            "https://10.0.0.8:8443/hook",
            "https://user:secret@crm.example.com/",
            "crm.example.com",
        ] {
            let new = NewEndpoint { url: url.into(), description: String::new(), topics: Default::default() };
            let refused = webhooks.create(&market, new, &world.at()).await;
            assert!(matches!(refused, Err(WebhooksError::Url(_))), "{url}");
        }
        assert!(webhooks.endpoints(&market).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn an_address_that_was_allowed_when_typed_is_judged_again_when_connected_to() {
    on_both(async |world| {
        let (market, receiver) = (world.market("alpha").await, Receiver::new().await);
        // Allowed by a policy that trusted it; the hub now runs under one that does not.
        let made = world.endpoint(&fresh(), &market, &receiver.url("/"), "").await;
        let strict = under(EgressPolicy::public());
        strict.test(&market, made.endpoint.id, &world.at()).await.unwrap();
        let report = strict.deliver_due(&market, world.now()).await.unwrap();
        assert_eq!((report.again, report.delivered), (1, 0));
        assert!(receiver.take().is_empty());
        let log = strict.deliveries(&market, made.endpoint.id, None, None, 10).await.unwrap();
        assert_eq!(log[0].attempts[0].error.as_deref(), Some("refused"));
    })
    .await;
}

#[tokio::test]
async fn an_endpoint_of_one_market_does_not_exist_in_another() {
    on_both(async |world| {
        let (webhooks, receiver) = (fresh(), Receiver::new().await);
        let (alpha, beta) = (world.market("alpha").await, world.market("beta").await);
        let made = world.endpoint(&webhooks, &alpha, &receiver.url("/alpha"), "").await;
        let id = made.endpoint.id;
        assert!(webhooks.endpoints(&beta).await.unwrap().is_empty());
        for outcome in [
            webhooks.endpoint(&beta, id).await.map(|_| ()),
            webhooks.update(&beta, id, 1, EndpointEdit::default(), &world.at()).await.map(|_| ()),
            webhooks.rotate(&beta, id, 1, &world.at()).await.map(|_| ()),
            webhooks.test(&beta, id, &world.at()).await.map(|_| ()),
            webhooks.delete(&beta, id, &world.at()).await,
            webhooks.deliveries(&beta, id, None, None, 10).await.map(|_| ()),
        ] {
            assert!(matches!(outcome, Err(WebhooksError::UnknownEndpoint)));
        }
        let person = world.person(&beta).await;
        world.tell(&beta, "contact.created", &person, 1).await;
        webhooks.relay(&beta, world.now()).await.unwrap();
        webhooks.deliver_due(&beta, world.now()).await.unwrap();
        webhooks.deliver_due(&alpha, world.now()).await.unwrap();
        assert!(receiver.take().is_empty(), "what happens in beta is not told to alpha's endpoint");
    })
    .await;
}

#[tokio::test]
async fn a_new_secret_is_joined_by_the_former_one_for_a_day() {
    on_both(async |world| {
        let (market, receiver) = (world.market("alpha").await, Receiver::new().await);
        let webhooks = fresh();
        let made = world.endpoint(&webhooks, &market, &receiver.url("/"), "").await;
        let id = made.endpoint.id;
        let rotated_at = world.at();
        let rotated = webhooks.rotate(&market, id, 1, &rotated_at).await.unwrap();
        assert_ne!(rotated.secret, made.secret);
        assert!(matches!(webhooks.rotate(&market, id, 1, &world.at()).await, Err(WebhooksError::Changed)));

        let day = SignedDuration::try_from(OVERLAP).unwrap();
        for (offset, former_fits) in [(SignedDuration::from_secs(1), true), (day, false)] {
            let mut at = world.at();
            at.now = rotated_at.now + offset;
            webhooks.test(&market, id, &at).await.unwrap();
            let sending_at = at.now + SignedDuration::from_millis(1);
            assert_eq!(webhooks.deliver_due(&market, sending_at).await.unwrap().delivered, 1);
            let received = receiver.take().remove(0);
            assert_eq!(received.verified(&rotated.secret), Ok(()));
            assert_eq!(received.verified(&made.secret).is_ok(), former_fits, "{offset:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn secrets_and_addresses_are_not_to_be_found_where_they_are_kept() {
    on_both(async |world| {
        let (webhooks, market) = (fresh(), world.market("alpha").await);
        let made = world.endpoint(&webhooks, &market, "https://crm.example.com/canary-path-token", "").await;
        let exposed = made.secret.expose().clone();
        let secret = exposed.trim_start_matches("whsec_");
        // What is stored, wherever the database is, and every file of the hub's folder.
        let mut places = Vec::new();
        for row in market.db().all(Query::new("SELECT * FROM webhook_endpoint")).await.unwrap() {
            for column in ["host", "description", "topics"] {
                places.push((column.to_owned(), row.text(column).unwrap().into_bytes()));
            }
            for column in ["url_sealed", "secret_sealed"] {
                places.push((column.to_owned(), row.bytes(column).unwrap()));
            }
        }
        let mut files = Vec::new();
        walk(world.folder(), &mut files);
        places.extend(
            files.into_iter().map(|file| (file.display().to_string(), std::fs::read(&file).unwrap())),
        );
        assert!(places.len() > 5, "five columns, and the key file at least");
        for (place, bytes) in places {
            for canary in ["canary-path-token", secret] {
                let found = bytes.windows(canary.len()).any(|window| window == canary.as_bytes());
                assert!(!found, "{canary} in {place}");
            }
        }
    })
    .await;
}

fn walk(folder: &std::path::Path, files: &mut Vec<std::path::PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { walk(&path, files) } else { files.push(path) }
    }
}
