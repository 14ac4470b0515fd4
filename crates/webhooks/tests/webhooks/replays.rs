use jiff::SignedDuration;
use webhooks::{Cause, DeliveryState, ReplayRange, WebhooksError};

use crate::{
    receiver::Receiver,
    world::{fresh, on_both, start},
};

#[tokio::test]
async fn a_message_is_sent_again_with_its_identifier() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        let made = world.endpoint(&webhooks, &market, &receiver.url("/"), "").await;
        let person = world.person(&market).await;
        let message = world.tell(&market, "contact.created", &person, 1).await;
        webhooks.relay(&market, world.now()).await.unwrap();
        webhooks.deliver_due(&market, world.now()).await.unwrap();
        webhooks.replay(&market, made.endpoint.id, message, &world.at()).await.unwrap();
        webhooks.deliver_due(&market, world.now()).await.unwrap();
        let received = receiver.take();
        assert_eq!(received.len(), 2);
        assert_eq!((received[0].id(), &received[0].body), (received[1].id(), &received[1].body));
        let log = webhooks.deliveries(&market, made.endpoint.id, None, None, 10).await.unwrap();
        assert_eq!((log[0].cause, log[0].state), (Cause::Replay, DeliveryState::Delivered));

        let missing = webhooks.replay(&market, made.endpoint.id, world.at().ids().next(), &world.at()).await;
        assert!(matches!(missing, Err(WebhooksError::UnknownMessage)));
        let last = world.trail(&market).await.pop().unwrap();
        assert_eq!(
            (last.action.as_str(), last.detail["message"].as_str()),
            ("webhook.replayed", &*message.to_string())
        );
    })
    .await;
}

#[tokio::test]
async fn a_time_range_is_sent_again_all_of_it_or_what_is_missing() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        let first = world.endpoint(&webhooks, &market, &receiver.url("/first"), "contact.created").await;
        for topic in ["contact.created", "contact.created", "contact.moved"] {
            let person = world.person(&market).await;
            world.tell(&market, topic, &person, 1).await;
        }
        webhooks.relay(&market, world.now()).await.unwrap();
        while !webhooks.deliver_due(&market, world.now()).await.unwrap().is_idle() {}
        assert_eq!(receiver.take().len(), 2);

        // An endpoint that came later catches up with what was told before.
        let late = world.endpoint(&webhooks, &market, &receiver.url("/late"), "").await;
        let until = world.now();
        let missing = ReplayRange { from: start(), until, missing_only: true };
        let all = ReplayRange { missing_only: false, ..missing };
        let again = async |endpoint, range| {
            webhooks.replay_range(&market, endpoint, range, &world.at()).await.unwrap()
        };
        assert_eq!(again(late.endpoint.id, missing).await, 3);
        assert_eq!(again(late.endpoint.id, missing).await, 0, "they are on their way");
        assert_eq!(again(first.endpoint.id, missing).await, 0, "they arrived");
        assert_eq!(again(first.endpoint.id, all).await, 2, "of the topics it asks for");
        while !webhooks.deliver_due(&market, world.now()).await.unwrap().is_idle() {}
        assert_eq!(receiver.take().len(), 5);

        let none = ReplayRange { until: start() + SignedDuration::from_millis(1), ..all };
        assert_eq!(again(late.endpoint.id, none).await, 0);
        let upside_down = ReplayRange { from: until, until: start(), missing_only: false };
        let refused = webhooks.replay_range(&market, late.endpoint.id, upside_down, &world.at()).await;
        assert!(matches!(refused, Err(WebhooksError::Range)));
    })
    .await;
}

#[tokio::test]
async fn a_test_message_arrives_whatever_the_endpoint_asks_for() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        let made = world.endpoint(&webhooks, &market, &receiver.url("/"), "deal.won").await;
        webhooks.test(&market, made.endpoint.id, &world.at()).await.unwrap();
        webhooks.deliver_due(&market, world.now()).await.unwrap();
        let received = receiver.take().remove(0);
        assert_eq!(received.json()["type"], "webhook.test");
        assert_eq!(received.json()["data"]["endpoint"], made.endpoint.id.to_string());
        assert_eq!(received.verified(&made.secret), Ok(()));
    })
    .await;
}
