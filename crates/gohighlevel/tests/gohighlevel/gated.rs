//! What GoHighLevel writes to people by itself passes the gate as well: workflows, and appointments that are announced.

use std::time::Duration;

use contacts::Sight;
use gohighlevel::{backup_map::What, out::Act};
use jiff::Timestamp;
use kernel::PersonId;
use leads::{Channel, OptOut, gate::Outcome, optout};

use crate::{desk::Desk, world::World};

fn hot() -> Act {
    Act::Workflow { workflow: "hot".into() }
}

async fn with_workflow() -> Desk {
    let desk = Desk::open().await;
    desk.alias(What::Workflow, "workflows", "Hot lead: call now", "hot", 0).await;
    desk
}

fn appointment(starts_at: &str) -> Act {
    let starts_at: Timestamp = starts_at.parse().unwrap();
    Act::Appointment { calendar: "Buyer consultation".into(), starts_at, title: None }
}

/// She says that she wants no texts.
async fn wants_no_texts(world: &World, person: PersonId) {
    let opt_out = OptOut {
        channel: Channel::Sms,
        scope: optout::Scope::Medium,
        origin: optout::Origin::Team,
        reason: "Said so on the telephone".into(),
        permanent: false,
        said_at: None,
    };
    world.leads.opt_out(&world.market, Sight::All, person, &opt_out, &world.at()).await.unwrap();
}

/// On to the next instant at which it is this hour in Seattle, in winter.
fn until_hour(world: &World, hour: i8) {
    let zone = jiff::tz::TimeZone::get("America/Los_Angeles").unwrap();
    let now = world.now().to_zoned(zone);
    let mut then = now.with().hour(hour).minute(0).second(0).subsec_nanosecond(0).build().unwrap();
    if then <= now {
        then = then.tomorrow().unwrap();
    }
    let wait = then.timestamp().duration_since(world.now());
    world.advance(Duration::try_from(wait).unwrap());
}

fn enrolled(desk: &Desk) -> usize {
    desk.there()["enrolments"].as_array().unwrap().len()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_enrolled_whom_the_gate_would_not_let_be_texted() {
    let desk = with_workflow().await;
    let refused = desk.act(hot()).await;
    let (id, decision) = refused.decision.expect("a decision");
    assert_eq!((refused.write, decision.outcome), (None, Outcome::Refuse), "nothing is known of her");
    let (world, sight) = (&desk.world, Sight::All);
    assert!(world.leads.gate_record(&world.market, sight, id).await.unwrap().is_some(), "it is on record");
    desk.settle().await;
    assert_eq!(enrolled(&desk), 0);

    desk.reachable().await;
    assert!(desk.act(hot()).await.write.is_some());
    desk.settle().await;
    assert_eq!((enrolled(&desk), desk.write("workflow").await.state), (1, "done"));

    wants_no_texts(world, desk.person).await;
    let refused = desk.act(hot()).await;
    let rule = refused.decision.and_then(|(_, decision)| decision.decided_by);
    assert_eq!((refused.write, rule.as_deref()), (None, Some("opt-out.suppressed")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opts_out_between_asking_and_enrolling_is_not_enrolled() {
    let desk = with_workflow().await;
    desk.reachable().await;
    assert!(desk.act(hot()).await.write.is_some());
    wants_no_texts(&desk.world, desk.person).await;
    desk.settle().await;
    let write = desk.write("workflow").await;
    assert_eq!((write.state, write.reason.as_deref()), ("refused", Some("opt-out.suppressed")));
    assert_eq!(enrolled(&desk), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_enrolment_that_is_asked_for_at_night_waits_for_the_morning() {
    let desk = with_workflow().await;
    desk.reachable().await;
    until_hour(&desk.world, 23);
    let acted = desk.act(hot()).await;
    let outcome = acted.decision.map(|(_, decision)| decision.outcome);
    assert!(acted.write.is_some() && matches!(outcome, Some(Outcome::Wait(_))), "{outcome:?}");
    desk.push().await;
    assert_eq!((enrolled(&desk), desk.write("workflow").await.state), (0, "waiting"));
    until_hour(&desk.world, 12);
    desk.settle().await;
    assert_eq!((enrolled(&desk), desk.write("workflow").await.state), (1, "done"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appointment_is_announced_when_a_notice_may_go_and_an_agent_hears_of_it_when_not() {
    let desk = Desk::open().await;
    desk.reachable().await;
    until_hour(&desk.world, 23);
    desk.act(appointment("2026-11-25T18:00:00Z")).await;
    desk.settle().await;
    let booked = desk.appointments();
    assert_eq!((booked.len(), &booked[0]["announced"]), (1, &serde_json::json!(false)), "at night");
    assert_eq!(desk.write("appointment").await.state, "done");
    let tasks = desk.tasks();
    assert_eq!(tasks.len(), 1, "{:?}", desk.writes().await);
    assert!(tasks[0]["body"].as_str().unwrap().contains("did not tell the person"), "{tasks:?}");

    until_hour(&desk.world, 12);
    desk.act(appointment("2026-11-25T20:00:00Z")).await;
    desk.settle().await;
    let told: Vec<_> = desk.appointments().into_iter().filter(|one| one["announced"] == true).collect();
    assert_eq!((told.len(), desk.tasks().len()), (1, 1), "by day");
}
