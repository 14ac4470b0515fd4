use jiff::{SignedDuration, Timestamp};
use markets::Market;
use webhooks::{
    DeliveryReport, DeliveryState, DisabledReason, EndpointEdit, EndpointState, FAILING_MAX, WebhooksError,
    schedule::ATTEMPTS_MAX,
};

use crate::{
    receiver::Receiver,
    world::{World, fresh, on_both},
};

/// One delivery on its way, and the instant it may be sent at.
async fn one_waiting(world: &World, receiver: &Receiver) -> (Market, webhooks::Endpoint, Timestamp) {
    let market = world.market("alpha").await;
    let made = world.endpoint(&fresh(), &market, &receiver.url("/"), "").await;
    let person = world.person(&market).await;
    world.tell(&market, "contact.created", &person, 1).await;
    fresh().relay(&market, world.now()).await.unwrap();
    (market, made.endpoint, world.now())
}

#[tokio::test]
async fn a_failed_delivery_is_tried_ten_times_by_the_schedule_and_then_given_up() {
    on_both(async |world| {
        let receiver = Receiver::new().await;
        receiver.answers(500);
        let (market, endpoint, mut now) = one_waiting(&world, &receiver).await;
        let mut waits = Vec::new();
        for attempt in 1..=ATTEMPTS_MAX {
            let report = fresh().deliver_due(&market, now).await.unwrap();
            let last = attempt == ATTEMPTS_MAX;
            assert_eq!(
                (report.again, report.failed),
                if last { (0, 1) } else { (1, 0) },
                "attempt {attempt}"
            );
            let next = fresh().next_due(&market).await.unwrap();
            assert_eq!(next.is_none(), last);
            if let Some(next) = next {
                assert!(
                    fresh()
                        .deliver_due(&market, next - SignedDuration::from_millis(1))
                        .await
                        .unwrap()
                        .is_idle()
                );
                waits.push(next.duration_since(now).as_secs_f64());
                now = next;
            }
        }
        let scheduled = [5.0, 300.0, 1800.0, 7200.0, 18_000.0, 36_000.0, 50_400.0, 72_000.0, 86_400.0];
        for (wait, scheduled) in waits.iter().zip(scheduled) {
            // Up to a tenth of jitter, and the time that sending took.
            assert!((0.9..=1.1 + 1.0 / scheduled).contains(&(wait / scheduled)), "{wait} for {scheduled}");
        }
        let received = receiver.take();
        assert_eq!(received.len(), ATTEMPTS_MAX as usize);
        assert!(received.iter().all(|one| one.id() == received[0].id()), "the same identifier each time");
        assert!(received.windows(2).all(|two| two[0].sent_at() < two[1].sent_at()), "a timestamp of its own");
        let log =
            fresh().deliveries(&market, endpoint.id, Some(DeliveryState::Failed), None, 10).await.unwrap();
        assert_eq!(log[0].attempts.len(), ATTEMPTS_MAX as usize);
        assert_eq!(log[0].reason.as_deref(), Some("every attempt failed"));
    })
    .await;
}

#[tokio::test]
async fn after_five_days_without_success_an_endpoint_is_disabled_and_the_chain_says_so() {
    on_both(async |world| {
        let receiver = Receiver::new().await;
        receiver.answers(503);
        let (market, endpoint, now) = one_waiting(&world, &receiver).await;
        fresh().deliver_due(&market, now).await.unwrap();
        let state = fresh().endpoint(&market, endpoint.id).await.unwrap().state;
        assert!(matches!(state, EndpointState::Failing { .. }), "{state:?}");

        let days = SignedDuration::try_from(FAILING_MAX).unwrap() + SignedDuration::from_secs(60);
        let report = fresh().deliver_due(&market, now + days).await.unwrap();
        assert_eq!(report.disabled, [(endpoint.id, DisabledReason::Failing)]);
        let state = fresh().endpoint(&market, endpoint.id).await.unwrap().state;
        assert!(
            matches!(state, EndpointState::Disabled { reason: DisabledReason::Failing, .. }),
            "{state:?}"
        );
        let last = world.trail(&market).await.pop().unwrap();
        assert_eq!((last.action.as_str(), last.detail["reason"].as_str()), ("webhook.disabled", "failing"));

        // Nothing goes there, and nothing is lost: enabled again, what waited goes out.
        receiver.answers(200);
        receiver.take();
        let later = now + days + days;
        assert!(fresh().deliver_due(&market, later).await.unwrap().is_idle());
        assert!(matches!(
            fresh().test(&market, endpoint.id, &world.at()).await,
            Err(WebhooksError::Disabled)
        ));
        let edit = EndpointEdit { enabled: Some(true), ..EndpointEdit::default() };
        fresh().update(&market, endpoint.id, endpoint.version, edit, &world.at()).await.unwrap();
        assert_eq!(fresh().deliver_due(&market, later).await.unwrap().delivered, 1);
        assert_eq!(fresh().endpoint(&market, endpoint.id).await.unwrap().state, EndpointState::Enabled);
    })
    .await;
}

#[tokio::test]
async fn one_success_in_between_starts_the_five_days_anew() {
    on_both(async |world| {
        let receiver = Receiver::new().await;
        receiver.answers(500);
        let (market, endpoint, now) = one_waiting(&world, &receiver).await;
        fresh().deliver_due(&market, now).await.unwrap();
        receiver.answers(200);
        let next = fresh().next_due(&market).await.unwrap().unwrap();
        fresh().deliver_due(&market, next).await.unwrap();
        assert_eq!(fresh().endpoint(&market, endpoint.id).await.unwrap().state, EndpointState::Enabled);

        receiver.answers(500);
        let late = now + SignedDuration::try_from(FAILING_MAX).unwrap() + SignedDuration::from_hours(1);
        fresh().test(&market, endpoint.id, &world.at()).await.unwrap();
        assert!(fresh().deliver_due(&market, late).await.unwrap().disabled.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_answers_410_is_left_alone_at_once() {
    on_both(async |world| {
        let receiver = Receiver::new().await;
        receiver.answers(410);
        let (market, endpoint, now) = one_waiting(&world, &receiver).await;
        let report = fresh().deliver_due(&market, now).await.unwrap();
        assert_eq!((report.failed, report.disabled), (1, vec![(endpoint.id, DisabledReason::Gone)]));
    })
    .await;
}

#[tokio::test]
async fn a_redirect_is_a_failure_and_is_not_followed() {
    on_both(async |world| {
        let (receiver, inside) = (Receiver::new().await, Receiver::new().await);
        let header: &'static str = Box::leak(format!("location: {}\r\n", inside.url("/")).into_boxed_str());
        receiver.answers_with((307, header, std::time::Duration::ZERO));
        let (market, endpoint, now) = one_waiting(&world, &receiver).await;
        assert_eq!(fresh().deliver_due(&market, now).await.unwrap().again, 1);
        assert!(inside.take().is_empty());
        let log = fresh().deliveries(&market, endpoint.id, None, None, 1).await.unwrap();
        assert_eq!(log[0].attempts[0].status, Some(307));
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_asks_for_time_gets_it() {
    on_both(async |world| {
        let receiver = Receiver::new().await;
        receiver.answers_with((429, "retry-after: 900\r\n", std::time::Duration::ZERO));
        let (market, endpoint, now) = one_waiting(&world, &receiver).await;
        let webhooks = fresh();
        assert_eq!(webhooks.deliver_due(&market, now).await.unwrap().again, 1);
        let next = webhooks.next_due(&market).await.unwrap().unwrap();
        assert!(next.duration_since(now).as_secs() >= 900, "although the schedule says five seconds");

        // Another message does not disturb it either, and loses no attempt by waiting.
        webhooks.test(&market, endpoint.id, &world.at()).await.unwrap();
        let report = webhooks.deliver_due(&market, world.now()).await.unwrap();
        assert_eq!(report, DeliveryReport { held: 1, ..DeliveryReport::default() });
        assert_eq!(receiver.take().len(), 1);
        let log = webhooks.deliveries(&market, endpoint.id, None, None, 1).await.unwrap();
        assert_eq!((log[0].state, log[0].attempts.len()), (DeliveryState::Waiting, 0));
    })
    .await;
}

#[tokio::test]
async fn a_failing_message_does_not_hold_back_the_next_one_about_the_same_subject() {
    on_both(async |world| {
        let receiver = Receiver::new().await;
        receiver.answers(500);
        let market = world.market("alpha").await;
        world.endpoint(&fresh(), &market, &receiver.url("/"), "").await;
        let person = world.person(&market).await;
        world.tell(&market, "contact.updated", &person, 1).await;
        world.tell(&market, "contact.updated", &person, 2).await;
        while fresh().relay(&market, world.now()).await.unwrap().relayed > 0 {}
        let now = world.now();
        fresh().deliver_due(&market, now).await.unwrap();
        receiver.answers(200);
        assert_eq!(fresh().deliver_due(&market, now).await.unwrap().delivered, 1);
        let versions: Vec<u64> =
            receiver.take().iter().map(|one| one.json()["data"]["version"].as_u64().unwrap()).collect();
        assert_eq!(versions, [1, 2], "the version tells the receiver which is newer");
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_is_not_there_is_an_attempt_with_its_reason() {
    on_both(async |world| {
        let receiver = Receiver::new().await;
        let (market, endpoint, now) = one_waiting(&world, &receiver).await;
        drop(receiver);
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
        assert_eq!(fresh().deliver_due(&market, now).await.unwrap().again, 1);
        let log = fresh().deliveries(&market, endpoint.id, None, None, 1).await.unwrap();
        assert_eq!(log[0].attempts[0].error.as_deref(), Some("connect"));
        assert_eq!(log[0].attempts[0].status, None);
    })
    .await;
}
