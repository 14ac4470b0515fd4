use std::time::Duration;

use jiff::SignedDuration;
use webhooks::{Cause, DeliveryState};

use crate::{
    receiver::Receiver,
    world::{fresh, on_both},
};

#[tokio::test]
async fn what_happens_is_told_once_and_signed_to_those_who_asked() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        let all = world.endpoint(&webhooks, &market, &receiver.url("/all"), "").await;
        world.endpoint(&webhooks, &market, &receiver.url("/created"), "contact.created").await;
        world.endpoint(&webhooks, &market, &receiver.url("/deals"), "deal.*").await;
        let person = world.person(&market).await;
        let created = world.tell(&market, "contact.created", &person, 1).await;
        let moved = world.tell(&market, "contact.moved", &person, 2).await;

        let relayed = webhooks.relay(&market, world.now()).await.unwrap();
        assert_eq!((relayed.relayed, relayed.deliveries), (2, 3));
        assert_eq!(webhooks.relay(&market, world.now()).await.unwrap().relayed, 0, "nothing is taken twice");
        while !webhooks.deliver_due(&market, world.now()).await.unwrap().is_idle() {}

        let mut received = receiver.take();
        received.sort_by(|a, b| (&a.path, a.id()).cmp(&(&b.path, b.id())));
        let arrived: Vec<(&str, String)> =
            received.iter().map(|one| (one.path.as_str(), one.id().to_owned())).collect();
        assert_eq!(
            arrived,
            [("/all", created.to_string()), ("/all", moved.to_string()), ("/created", created.to_string())]
        );
        let first = &received[0];
        assert_eq!(first.verified(&all.secret), Ok(()));
        assert_eq!(first.headers["content-type"], "application/json");
        assert_eq!(first.json()["type"], "contact.created");
        assert_eq!(first.json()["data"]["name"], "Canary Wren");
        assert_eq!(first.json()["data"]["version"], 1);

        let log = webhooks.deliveries(&market, all.endpoint.id, None, None, 10).await.unwrap();
        assert_eq!(log.len(), 2);
        assert!(log.iter().all(|one| one.state == DeliveryState::Delivered && one.cause == Cause::Event));
        assert_eq!((log[0].message_id, log[1].message_id), (moved, created), "the newest first");
        assert_eq!((log[0].attempts.len(), log[0].attempts[0].status), (1, Some(200)));
        assert_eq!(webhooks.message(&market, created).await.unwrap().len(), 2);
        assert_eq!(webhooks.counts(&market).await.unwrap()[&all.endpoint.id].delivered, 2);
        assert_eq!(webhooks.next_due(&market).await.unwrap(), None);
    })
    .await;
}

#[tokio::test]
async fn messages_about_one_subject_start_in_order_and_others_beside_them() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        world.endpoint(&webhooks, &market, &receiver.url("/"), "").await;
        let (one, other) = (world.person(&market).await, world.person(&market).await);
        for version in 1..=5 {
            world.tell(&market, "contact.updated", &one, version).await;
            world.tell(&market, "contact.updated", &other, version).await;
        }
        while webhooks.relay(&market, world.now()).await.unwrap().relayed > 0 {}
        let mut rounds = 0;
        while !webhooks.deliver_due(&market, world.now()).await.unwrap().is_idle() {
            rounds += 1;
        }
        assert_eq!(rounds, 5, "one message per subject and round");
        let received = receiver.take();
        for person in [one.0, other.0] {
            let versions: Vec<u64> = received
                .iter()
                .map(|received| received.json())
                .filter(|body| body["data"]["id"] == person.to_string())
                .map(|body| body["data"]["version"].as_u64().unwrap())
                .collect();
            assert_eq!(versions, [1, 2, 3, 4, 5]);
        }
    })
    .await;
}

#[tokio::test]
async fn two_nodes_deliver_each_message_once() {
    on_both(async |world| {
        let (market, receiver) = (world.market("alpha").await, Receiver::new().await);
        let (one, other) = (fresh(), fresh());
        world.endpoint(&one, &market, &receiver.url("/"), "").await;
        for _ in 0..60 {
            let person = world.person(&market).await;
            world.tell(&market, "contact.created", &person, 1).await;
        }
        let now = world.now();
        let (first, second) = tokio::join!(one.relay(&market, now), other.relay(&market, now));
        assert_eq!(first.unwrap().relayed + second.unwrap().relayed, 60);
        let drain = async |webhooks: &webhooks::Webhooks| {
            let mut delivered = 0;
            loop {
                let report = webhooks.deliver_due(&market, now).await.unwrap();
                delivered += report.delivered;
                if report.is_idle() {
                    return delivered;
                }
            }
        };
        let (first, second) = tokio::join!(drain(&one), drain(&other));
        assert_eq!(first + second, 60);
        let mut ids: Vec<String> = receiver.take().iter().map(|received| received.id().to_owned()).collect();
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 60);
    })
    .await;
}

#[tokio::test]
async fn a_worker_lost_while_sending_means_once_more_with_the_same_identifier() {
    on_both(async |world| {
        let (market, receiver) = (world.market("alpha").await, Receiver::new().await);
        let made = world.endpoint(&fresh(), &market, &receiver.url("/"), "").await;
        let person = world.person(&market).await;
        let message = world.tell(&market, "contact.created", &person, 1).await;
        fresh().relay(&market, world.now()).await.unwrap();

        receiver.answers_with((200, "", Duration::from_secs(5)));
        let now = world.now();
        let lost = fresh();
        let cut = tokio::time::timeout(Duration::from_millis(300), lost.deliver_due(&market, now)).await;
        assert!(cut.is_err(), "cut off while the receiver was thinking");
        assert_eq!(receiver.take().len(), 1);

        receiver.answers(200);
        assert!(fresh().deliver_due(&market, now).await.unwrap().is_idle(), "the lease still holds");
        let later = now + SignedDuration::from_mins(6);
        assert_eq!(fresh().next_due(&market).await.unwrap().map(|next| next <= later), Some(true));
        assert_eq!(fresh().deliver_due(&market, later).await.unwrap().delivered, 1);
        let again = receiver.take().remove(0);
        assert_eq!(again.id(), message.to_string());
        assert_eq!(again.verified(&made.secret), Ok(()));
    })
    .await;
}

#[tokio::test]
async fn a_slow_endpoint_does_not_keep_the_others_waiting() {
    on_both(async |world| {
        let (webhooks, market) = (fresh(), world.market("alpha").await);
        let (slow, quick) = (Receiver::new().await, Receiver::new().await);
        slow.answers_with((200, "", Duration::from_millis(700)));
        world.endpoint(&webhooks, &market, &slow.url("/"), "").await;
        world.endpoint(&webhooks, &market, &quick.url("/"), "").await;
        for _ in 0..30 {
            let person = world.person(&market).await;
            world.tell(&market, "contact.created", &person, 1).await;
        }
        webhooks.relay(&market, world.now()).await.unwrap();
        let now = world.now();
        let working = webhooks.deliver_due(&market, now);
        let watching = async {
            // Twenty go to each endpoint per call; the slow one is still at its first when the quick one has all.
            let mut quick_at = 0;
            for waited in 0..100 {
                tokio::time::sleep(Duration::from_millis(20)).await;
                quick_at += quick.take().len();
                if quick_at == 20 {
                    return waited;
                }
            }
            100
        };
        let (report, waited) = tokio::join!(working, watching);
        assert_eq!(report.unwrap().delivered, 40);
        assert!(waited < 75, "{waited} x 20 ms");
    })
    .await;
}

#[tokio::test]
async fn what_is_done_is_forgotten_after_its_time() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        let made = world.endpoint(&webhooks, &market, &receiver.url("/"), "").await;
        let (one, other) = (world.person(&market).await, world.person(&market).await);
        let done = world.tell(&market, "contact.created", &one, 1).await;
        webhooks.relay(&market, world.now()).await.unwrap();
        webhooks.deliver_due(&market, world.now()).await.unwrap();
        let waiting = world.tell(&market, "contact.created", &other, 1).await;
        webhooks.relay(&market, world.now()).await.unwrap();

        let keep = Duration::from_secs(3600);
        assert_eq!(webhooks.prune(&market, keep, world.now()).await.unwrap(), 0, "all is recent");
        let later = world.now() + SignedDuration::from_hours(2);
        assert_eq!(webhooks.prune(&market, keep, later).await.unwrap(), 1);
        assert!(webhooks.message(&market, done).await.is_err());
        assert_eq!(webhooks.message(&market, waiting).await.unwrap().len(), 1, "what waits stays");
        assert_eq!(webhooks.deliveries(&market, made.endpoint.id, None, None, 10).await.unwrap().len(), 1);
    })
    .await;
}
