use kernel::PersonId;
use markets::Eraser as _;
use webhooks::{DeliveryState, WebhooksError};

use crate::{
    receiver::Receiver,
    world::{fresh, on_both},
};

#[tokio::test]
async fn what_is_on_its_way_about_an_erased_person_is_dropped_and_says_so() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        let made = world.endpoint(&webhooks, &market, &receiver.url("/"), "contact.created").await;
        let (gone, other) = (world.person(&market).await, world.person(&market).await);
        let about_gone = world.tell(&market, "contact.created", &gone, 1).await;
        world.tell(&market, "contact.created", &other, 1).await;
        webhooks.relay(&market, world.now()).await.unwrap();

        // As contacts does it: the key first, then the word to others.
        market.destroy_person_key(gone.0, &world.at()).await.unwrap();
        let word = world.tell_plainly(&market, "contact.erased", gone.0).await;
        let relayed = webhooks.relay(&market, world.now()).await.unwrap();
        assert_eq!((relayed.relayed, relayed.dropped), (1, 1));
        while !webhooks.deliver_due(&market, world.now()).await.unwrap().is_idle() {}

        let received = receiver.take();
        let ids: Vec<&str> = received.iter().map(|one| one.id()).collect();
        assert!(!ids.contains(&about_gone.to_string().as_str()), "nothing about the erased person leaves");
        assert!(
            ids.contains(&word.to_string().as_str()),
            "whoever hears of contacts must erase their copies"
        );
        assert_eq!(received.len(), 2);
        let dropped = webhooks
            .deliveries(&market, made.endpoint.id, Some(DeliveryState::Dropped), None, 10)
            .await
            .unwrap();
        assert_eq!(dropped.len(), 1);
        assert_eq!(dropped[0].reason.as_deref(), Some("the person was erased"));
        let again = webhooks.replay(&market, made.endpoint.id, about_gone, &world.at()).await;
        assert!(matches!(again, Err(WebhooksError::Erased)));
    })
    .await;
}

#[tokio::test]
async fn without_the_key_nothing_is_sent_even_before_anybody_said_so() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        let made = world.endpoint(&webhooks, &market, &receiver.url("/"), "").await;
        let (relayed, not_relayed) = (world.person(&market).await, world.person(&market).await);
        world.tell(&market, "contact.created", &relayed, 1).await;
        webhooks.relay(&market, world.now()).await.unwrap();
        world.tell(&market, "contact.created", &not_relayed, 1).await;
        for person in [relayed.0, not_relayed.0] {
            market.destroy_person_key(person, &world.at()).await.unwrap();
        }
        assert_eq!(webhooks.relay(&market, world.now()).await.unwrap().deliveries, 0);
        let report = webhooks.deliver_due(&market, world.now()).await.unwrap();
        assert_eq!((report.dropped, report.delivered), (1, 0));
        assert!(receiver.take().is_empty());
        assert_eq!(webhooks.counts(&market).await.unwrap()[&made.endpoint.id].dropped, 1);
    })
    .await;
}

#[tokio::test]
async fn a_restored_market_drops_what_its_backup_still_held() {
    on_both(async |world| {
        let (webhooks, market, receiver) = (fresh(), world.market("alpha").await, Receiver::new().await);
        world.endpoint(&webhooks, &market, &receiver.url("/"), "").await;
        let person = world.person(&market).await;
        let message = world.tell(&market, "contact.created", &person, 1).await;
        webhooks.relay(&market, world.now()).await.unwrap();
        let stranger = PersonId::from(world.at().ids().next());
        for _ in 0..2 {
            webhooks.erase(&market, &[person.0, stranger], &world.at()).await.unwrap();
        }
        let log = webhooks.message(&market, message).await.unwrap();
        assert_eq!(log[0].state, DeliveryState::Dropped);
        assert!(webhooks.deliver_due(&market, world.now()).await.unwrap().is_idle());
        assert!(receiver.take().is_empty());
    })
    .await;
}
