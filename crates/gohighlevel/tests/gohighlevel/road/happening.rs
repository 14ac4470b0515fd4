//! What happens to contacts there: messages and what they say, deals, appointments, tasks.

use contacts::Sight;
use leads::{
    Channel,
    timeline::{AppointmentStep, Direction, What},
};
use serde_json::{Value, json};

use crate::world::{World, on_both};

async fn what(world: &World, contact: &str) -> Vec<What> {
    let timeline = world.timeline(contact).await;
    let view = timeline.as_of(world.now());
    view.happenings().iter().map(|happening| happening.what.clone()).collect()
}

async fn ana(world: &World) -> String {
    let added =
        world.add_there(json!({ "firstName": "Ana", "email": "ana@example.com", "phone": "+12065550142" }));
    world.settled().await;
    added
}

#[tokio::test]
async fn a_message_is_kept_with_its_text_and_told_once() {
    on_both(async |world| {
        world.connect().await;
        let ana = ana(&world).await;
        world.writes(&ana, "SMS", "Is the house on 5th still there?");
        world.settled().await;
        let told = || async {
            let all = what(&world, &ana).await;
            let inbound = What::Message { direction: Direction::Inbound, channel: Channel::Sms };
            all.into_iter().filter(|what| *what == inbound).count()
        };
        assert_eq!(told().await, 1);
        let person = world.person(&ana).await.unwrap();
        let kept = world.contacts.messages(&world.market, Sight::All, person, 10).await.unwrap();
        assert_eq!(
            kept.iter().map(|message| message.body.as_str()).collect::<Vec<_>>(),
            ["Is the house on 5th still there?"]
        );
        // The same message, told again under another name.
        let truth = world.truth();
        let message =
            truth["messages"].as_array().unwrap().last().unwrap()["id"].as_str().unwrap().to_owned();
        let body = json!({
            "type": "InboundMessage", "locationId": world.location, "messageId": message, "contactId": ana,
            "webhookId": "again", "timestamp": world.now().to_string(), "direction": "inbound",
        })
        .to_string();
        let signature = crate::road::receiving::signed(&body);
        world.bridge.receive(Some(&signature), body.as_bytes(), None, world.now()).await.unwrap();
        assert!(world.settled().await.touched.is_empty());
        assert_eq!(told().await, 1);
    })
    .await;
}

#[tokio::test]
async fn who_says_stop_is_left_alone_whatever_their_labels_say() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    world.staff("POST", &format!("/contacts/{ana}/tags"), json!({ "tags": ["vip", "do contact"] }));
    world.writes(&ana, "SMS", "STOP");
    world.settled().await;
    let person = world.person(&ana).await.unwrap();
    let query = store::Query::new("SELECT COUNT(*) AS n FROM lead_optout WHERE contact = ?").bind(person);
    let count: u64 = world.market.db().one(query).await.unwrap().count("n").unwrap();
    assert_eq!(count, 1);
    world.writes(&ana, "SMS", "I'll stop by at 5");
    world.settled().await;
    let query = store::Query::new("SELECT COUNT(*) AS n FROM lead_optout WHERE contact = ?").bind(person);
    assert_eq!(world.market.db().one(query).await.unwrap().count::<u64>("n").unwrap(), 1);
}

#[tokio::test]
async fn messages_of_somebody_who_is_not_here_yet_bring_them() {
    let world = World::connected().await;
    let stranger = world.somebody();
    assert_eq!(
        world.person(&stranger).await,
        None,
        "contacts from before the connection are filled in later"
    );
    world.writes(&stranger, "Email", "Hello, is it still for sale?");
    let worked = world.settled().await;
    assert_eq!((worked.failed, worked.dead), (0, 0));
    assert!(world.person(&stranger).await.is_some());
    let all = what(&world, &stranger).await;
    assert!(
        all.contains(&What::Message { direction: Direction::Inbound, channel: Channel::Email }),
        "{all:?}"
    );
}

fn text(value: &Value) -> String {
    value.as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_deal_moves_the_lead_and_ends_it() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    let truth = world.truth();
    let pipeline = &truth["pipelines"][0];
    let stage = |place: usize| text(&pipeline["stages"][place][0]);
    let made = world.staff(
        "POST",
        "/opportunities/",
        json!({
            "pipelineId": pipeline["id"], "locationId": world.location, "name": "Ana", "status": "open",
            "contactId": ana, "pipelineStageId": stage(0),
        }),
    );
    let deal = text(&made["opportunity"]["id"]);
    world.settled().await;
    world.advance(std::time::Duration::from_secs(60));
    world.staff("PUT", &format!("/opportunities/{deal}"), json!({ "pipelineStageId": stage(2) }));
    world.settled().await;
    let moves: Vec<(u16, u16)> = what(&world, &ana)
        .await
        .into_iter()
        .filter_map(|what| match what {
            What::StageMove { opportunity, place, of } if opportunity == deal => Some((place, of)),
            _ => None,
        })
        .collect();
    let of = u16::try_from(pipeline["stages"].as_array().unwrap().len()).unwrap();
    assert_eq!(moves, [(0, of), (2, of)]);

    world.advance(std::time::Duration::from_secs(60));
    world.staff("PUT", &format!("/opportunities/{deal}/status"), json!({ "status": "won" }));
    world.settled().await;
    let here = world.here(&ana).await;
    let pipelines = world.market.pipelines().await.unwrap();
    let pipeline = pipelines.iter().find(|pipeline| pipeline.id == here.pipeline).unwrap();
    let stage = pipeline.stages.iter().find(|stage| stage.id == here.stage).unwrap();
    assert_eq!(stage.kind.id(), "won");
    // Deleted there, it is buried here.
    world.staff("DELETE", &format!("/opportunities/{deal}"), json!({}));
    world.settled().await;
    let link = world.bridge.link(&world.market, "opportunity", &deal).await.unwrap().unwrap();
    assert!(link.tombstoned_at.is_some());
}

#[tokio::test]
async fn an_appointment_is_booked_moved_kept_and_called_off() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    let calendar = text(&world.truth()["calendars"][0]["id"]);
    let book = |at: &str| {
        json!({
            "calendarId": calendar, "locationId": world.location, "contactId": ana, "startTime": at,
            "appointmentStatus": "confirmed", "ignoreFreeSlotValidation": true,
        })
    };
    let made = world.staff("POST", "/calendars/events/appointments", book("2026-11-25T18:00:00+00:00"));
    let id = text(&made["id"]);
    world.settled().await;
    let steps = async || -> Vec<AppointmentStep> {
        let all = what(&world, &ana).await;
        let step = |what| match what {
            What::Appointment { step, .. } => Some(step),
            _ => None,
        };
        all.into_iter().filter_map(step).collect()
    };
    let booked = |at: &str| AppointmentStep::Booked { starts: at.parse().unwrap() };
    assert_eq!(steps().await, [booked("2026-11-25T18:00:00Z")]);
    world.advance(std::time::Duration::from_secs(60));
    let moved = json!({ "startTime": "2026-11-26T18:00:00+00:00", "ignoreFreeSlotValidation": true });
    world.staff("PUT", &format!("/calendars/events/appointments/{id}"), moved);
    world.settled().await;
    assert_eq!(steps().await, [booked("2026-11-26T18:00:00Z")], "one appointment, at its new time");
    world.advance(std::time::Duration::from_secs(60));
    let off = json!({ "appointmentStatus": "cancelled" });
    world.staff("PUT", &format!("/calendars/events/appointments/{id}"), off);
    world.settled().await;
    assert_eq!(steps().await, [booked("2026-11-26T18:00:00Z"), AppointmentStep::Cancelled]);
    world.staff("DELETE", &format!("/calendars/events/{id}"), json!({}));
    world.settled().await;
    assert!(steps().await.is_empty(), "deleted, it never was");
}

#[tokio::test]
async fn tasks_are_opened_done_and_deleted() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    let task = json!({ "title": "Call", "dueDate": "2026-11-25T18:00:00Z", "completed": false });
    let made = world.staff("POST", &format!("/contacts/{ana}/tasks"), task);
    let id = text(&made["task"]["id"]);
    world.settled().await;
    let done = async || -> Vec<bool> {
        let all = what(&world, &ana).await;
        let done = |what| match what {
            What::Task { done, .. } => Some(done),
            _ => None,
        };
        all.into_iter().filter_map(done).collect()
    };
    assert_eq!(done().await, [false]);
    let complete = format!("/contacts/{ana}/tasks/{id}/completed");
    world.staff("PUT", &complete, json!({ "completed": true }));
    world.settled().await;
    assert_eq!(done().await, [false, true]);
    world.staff("DELETE", &format!("/contacts/{ana}/tasks/{id}"), json!({}));
    world.settled().await;
    assert!(done().await.is_empty());
}

#[tokio::test]
async fn who_is_not_to_be_disturbed_is_known_channel_by_channel() {
    let world = World::connected().await;
    let ana = ana(&world).await;
    let person = world.person(&ana).await.unwrap();
    let rows = async || {
        let query =
            store::Query::new("SELECT COUNT(*) AS n FROM lead_reachability WHERE contact = ?").bind(person);
        world.market.db().one(query).await.unwrap().count::<usize>("n").unwrap()
    };
    assert_eq!(rows().await, Channel::ALL.len());
    let dnd = json!({ "dndSettings": { "SMS": { "status": "active", "message": "", "code": "" } } });
    world.advance(std::time::Duration::from_secs(5));
    world.staff("PUT", &format!("/contacts/{ana}"), dnd);
    let worked = world.settled().await;
    assert_eq!(worked.touched, [person]);
    let known = world.leads.reachability_of(&world.market, Sight::All, person).await.unwrap();
    let shown = format!("{known:?}");
    assert!(shown.contains("On"), "{shown}");
}
