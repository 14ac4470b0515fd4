//! Every class of the fault catalogue that concerns writing: injected into the emulator, and judged by its truth.

use std::{collections::BTreeSet, time::Duration};

use emulator::ghl::Rule;
use gohighlevel::{Config, backup_map::What, out::Act};
use jiff::Timestamp;
use leads::Channel;
use serde_json::json;

use crate::desk::{Desk, EMAIL, add, at, form, letter};

const NOTE: &str = "POST /contacts/{contactId}/notes";
const TASK: &str = "POST /contacts/{contactId}/tasks";
const MESSAGE: &str = "POST /conversations/messages";
const BOOKING: &str = "POST /calendars/events/appointments";
const DEAL: &str = "POST /opportunities/";
const TAGS: &str = "POST /contacts/{contactId}/tags";
const ENROL: &str = "POST /contacts/{contactId}/workflow/{workflowId}";
const CREATE: &str = "POST /contacts/";

fn note(text: &str) -> Act {
    Act::Note { text: text.to_owned() }
}

fn tag(tag: &str) -> Act {
    Act::Tags { add: BTreeSet::from([tag.to_owned()]), remove: BTreeSet::new() }
}

fn stage(stage: &str) -> Act {
    Act::Stage { pipeline: "residential".into(), stage: stage.into() }
}

fn appointment(calendar: &str) -> Act {
    let starts_at: Timestamp = "2026-11-24T18:00:00Z".parse().unwrap();
    Act::Appointment { calendar: calendar.into(), starts_at, title: None }
}

/// A note struck by this is written once, without anybody's help.
async fn writes_once(desk: &Desk, class: u8, rule: Rule) {
    let before = desk.notes().len();
    desk.strike(rule);
    desk.act(note(&format!("Class {class}"))).await;
    desk.settle().await;
    assert_eq!(desk.notes().len(), before + 1, "class {class}: {:?}", desk.write("note").await);
    assert_eq!(desk.write("note").await.state, "done", "class {class}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_their_limits_tokens_and_versions_do_is_got_over() {
    let desk = Desk::open().await;
    for class in [1, 2, 3, 7, 9, 11] {
        writes_once(&desk, class, at(class, NOTE)).await;
    }
    // Without the agency's token, a lost race for the refresh token waits for a person.
    assert_eq!(desk.incidents().await, Vec::<u8>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn failures_of_theirs_write_nothing_twice_whether_or_not_it_was_done() {
    let desk = Desk::open().await;
    for variant in ["500", "502", "503", "504", "cut"] {
        for after in [true, false] {
            for class in [20, 21] {
                let rule = Rule { after: Some(after), ..form(class, NOTE, variant) };
                writes_once(&desk, class, rule).await;
            }
        }
    }
    for class in [23, 24] {
        writes_once(&desk, class, at(class, NOTE)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_is_made_is_made_once_when_the_answer_is_lost() {
    let mut desk = Desk::open().await;
    desk.world.restart_with(|config| Config { attempt_max: Duration::from_millis(400), ..config }).await;
    desk.reachable().await;
    for (round, variant) in ["502", "cut", "hang"].into_iter().enumerate() {
        for operation in [NOTE, TASK, MESSAGE, BOOKING] {
            desk.strike(Rule { seconds: Some(2), ..form(21, operation, variant) });
        }
        desk.act(note(variant)).await;
        let due_at = desk.world.now();
        desk.act(Act::Task { title: variant.into(), body: None, due_at, user: None }).await;
        desk.act(appointment("Buyer consultation")).await;
        let text = format!("We found another home for you, the {variant} one.");
        assert!(desk.act(Act::Message(letter(Channel::Email, &text))).await.write.is_some());
        desk.settle().await;
        let count = round + 1;
        assert_eq!(desk.notes().len(), count + 1, "{variant}");
        assert_eq!(desk.tasks().len(), count, "{variant}");
        assert_eq!(desk.appointments().len(), count, "{variant}");
        assert_eq!(desk.messages().len(), count, "{variant}: {:?}", desk.writes().await);
        // The gate lets so many out a day.
        desk.world.advance(Duration::from_secs(8 * 24 * 3600));
        desk.reachable().await;
    }
    assert!(desk.writes().await.iter().all(|write| write.state == "done"), "{:?}", desk.writes().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_that_dies_between_the_request_and_its_record_finds_out_by_looking() {
    let mut desk = Desk::open().await;
    desk.reachable().await;
    for operation in [NOTE, TASK, MESSAGE, BOOKING, DEAL] {
        desk.strike(Rule { seconds: Some(60), ..form(21, operation, "hang") });
    }
    desk.act(note("Before it died")).await;
    let due_at = desk.world.now();
    desk.act(Act::Task { title: "Call".into(), body: None, due_at, user: None }).await;
    desk.act(appointment("Buyer consultation")).await;
    desk.act(stage("viewing")).await;
    assert!(desk.act(Act::Message(letter(Channel::Sms, "We found a home for you."))).await.write.is_some());
    // One after the other is done, hangs, and takes its process with it.
    for _ in 0..5 {
        let (bridge, market) = (desk.world.bridge.clone(), desk.world.market.clone());
        let now = desk.world.now();
        let push = tokio::spawn(async move { bridge.push(&market, now, 100).await });
        tokio::time::sleep(Duration::from_millis(700)).await;
        push.abort();
        let _ = push.await;
        desk.world.restart().await;
        // What it had begun is another one's after a minute.
        desk.world.advance(Duration::from_secs(61));
    }
    desk.world.emulated.clear_faults();
    desk.settle().await;
    assert_eq!((desk.notes().len(), desk.tasks().len()), (2, 1));
    assert_eq!((desk.appointments().len(), desk.deals().len()), (1, 1));
    assert_eq!(desk.messages().len(), 1, "{:?}", desk.writes().await);
    let world = &desk.world;
    let kept = world.contacts.messages(&world.market, contacts::Sight::All, desk.person, 9).await.unwrap();
    assert_eq!(kept.len(), 1, "kept once as well");
    assert!(desk.writes().await.iter().all(|write| write.state == "done"), "{:?}", desk.writes().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_is_made_once_however_its_making_fails() {
    let desk = Desk::open().await;
    let world = &desk.world;
    let rules = [
        form(21, CREATE, "502"),
        Rule { after: Some(false), ..form(21, CREATE, "503") },
        // Somebody there makes the same at the same moment.
        at(15, CREATE),
        at(23, CREATE),
    ];
    for (number, rule) in rules.into_iter().enumerate() {
        let before = world.remote_contacts().len();
        let email = format!("person{number}@example.com");
        let person = add(world, &email, &format!("+120655501{:02}", 50 + number)).await;
        desk.strike(rule);
        world.bridge.act(&world.market, person, note("Hello"), &world.at()).await.unwrap();
        desk.settle().await;
        assert_eq!(world.remote_contacts().len(), before + 1, "{number}");
        let truth = world.truth();
        let of = |it: &&serde_json::Value| it["email"] == *email && it["gone"].is_null();
        let there: Vec<_> = truth["contacts"].as_object().unwrap().values().filter(of).collect();
        assert_eq!((there.len(), there[0]["notes"].as_array().unwrap().len()), (1, 1), "{number}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_number_that_is_refused_is_left_out() {
    let desk = Desk::open().await;
    let world = &desk.world;
    let person = add(world, "carla@example.com", "+12065550177").await;
    desk.strike(Rule { field: Some("phone".into()), count: Some(0), ..at(14, CREATE) });
    world.bridge.act(&world.market, person, note("Hello"), &world.at()).await.unwrap();
    desk.settle().await;
    let truth = world.truth();
    let there = truth["contacts"].as_object().unwrap().values().find(|it| it["email"] == "carla@example.com");
    let there = there.expect("she is there by her address");
    assert!(there["phone"].as_str().unwrap_or_default().is_empty());
    assert_eq!(there["notes"].as_array().unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_scope_a_token_or_a_location_that_is_gone_loses_nothing_and_tells_a_person() {
    let desk = Desk::open().await;
    let world = &desk.world;
    desk.strike(at(6, NOTE));
    desk.act(note("Without the scope")).await;
    desk.push().await;
    assert_eq!((desk.write("note").await.state, desk.incidents().await), ("waiting", vec![6]));
    let incident = world.bridge.incidents(&world.market, true).await.unwrap().remove(0);
    assert_eq!((incident.operation.as_str(), incident.count), ("note-create", 1));
    assert!(!incident.packet().contains("Without the scope"), "nobody is named: {}", incident.packet());
    assert!(!incident.traces.is_empty(), "their trace is what they ask for first");
    // Seen to: it goes on at once.
    world
        .bridge
        .close_incident(&world.market, incident.id, "Consent was given again", &world.at())
        .await
        .unwrap();
    desk.push().await;
    assert_eq!((desk.notes().len(), desk.write("note").await.state), (2, "done"));

    world.emulated.admin("POST", "suspend", &json!({ "locationId": world.location }));
    desk.act(note("Not active")).await;
    desk.push().await;
    assert_eq!((desk.write("note").await.state, desk.incidents().await), ("waiting", vec![12]));
    world.emulated.admin("POST", "resume", &json!({ "locationId": world.location }));
    desk.settle().await;
    assert_eq!(desk.notes().len(), 3);

    desk.strike(at(5, NOTE));
    desk.act(note("Tokens are dead")).await;
    desk.push().await;
    assert_eq!(desk.write("note").await.state, "waiting");
    assert!(desk.incidents().await.contains(&5), "{:?}", desk.incidents().await);
    world.connect().await;
    world.bridge.hasten_writes(&world.market, &world.at()).await.unwrap();
    desk.settle().await;
    assert_eq!((desk.notes().len(), desk.write("note").await.state), (4, "done"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_no_program_can_cure_is_dead_with_its_reason_until_somebody_replays_it() {
    let desk = Desk::open().await;
    let world = &desk.world;
    desk.strike(at(8, NOTE));
    desk.act(note("E01")).await;
    desk.settle().await;
    let dead = desk.write("note").await;
    assert_eq!((dead.state, dead.class, dead.can_replay), ("dead", Some(8), true));
    assert!(dead.reason.is_some_and(|reason| reason.contains("note-create")));
    assert_eq!(desk.incidents().await, [8]);
    world.bridge.replay_write(&world.market, dead.id, &world.at()).await.unwrap();
    desk.settle().await;
    assert_eq!((desk.notes().len(), desk.write("note").await.state), (2, "done"));
    assert!(world.bridge.replay_write(&world.market, dead.id, &world.at()).await.is_err(), "it is done");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tries_are_used_up_in_the_end_and_a_person_is_told() {
    let desk = Desk::open().await;
    desk.strike(Rule { after: Some(false), count: Some(0), ..form(20, NOTE, "500") });
    desk.act(note("Never")).await;
    desk.settle().await;
    let dead = desk.write("note").await;
    assert_eq!((dead.state, dead.can_replay), ("dead", true), "{dead:?}");
    assert_eq!(desk.incidents().await.len(), 1);
    desk.world.emulated.clear_faults();
    assert_eq!(desk.world.bridge.replay_writes(&desk.world.market, &desk.world.at()).await.unwrap(), 1);
    desk.settle().await;
    assert_eq!(desk.notes().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_member_that_is_refused_is_left_out_and_remembered() {
    let desk = Desk::open().await;
    let due_at = desk.world.now();
    for rule in [None, Some(form(21, TASK, "502"))] {
        desk.strike(Rule { field: Some("body".into()), ..at(13, TASK) });
        if let Some(rule) = rule {
            // And the answer is lost, so that nothing but title and time tells that it is there.
            desk.strike(rule);
        }
        let title = format!("Call {}", desk.tasks().len());
        desk.act(Act::Task { title, body: Some("About the loan".into()), due_at, user: None }).await;
        desk.settle().await;
        assert_eq!(desk.write("task").await.state, "done", "{:?}", desk.write("task").await);
    }
    let tasks = desk.tasks();
    assert_eq!(tasks.len(), 2);
    assert!(tasks.iter().all(|task| task["body"].is_null()), "what is refused is left out from then on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_who_was_merged_is_written_to_as_who_they_are_now() {
    let mut desk = Desk::open().await;
    desk.strike(form(16, NOTE, "merged"));
    desk.act(note("To the one who is left")).await;
    desk.settle().await;
    assert_eq!(desk.write("note").await.state, "done");
    let truth = desk.world.truth();
    let live = |it: &&serde_json::Value| it["email"] == EMAIL && it["gone"].is_null();
    let twin = truth["contacts"].as_object().unwrap().values().find(live).unwrap();
    desk.remote = twin["id"].as_str().unwrap().to_owned();
    let notes = desk.notes();
    let ours = notes.iter().filter(|note| note["body"].as_str().unwrap().starts_with("To the one"));
    assert_eq!(ours.count(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_for_somebody_who_is_gone_is_dropped() {
    let desk = Desk::open().await;
    desk.strike(at(16, NOTE));
    desk.act(note("Too late")).await;
    desk.settle().await;
    let write = desk.write("note").await;
    assert_eq!((write.state, write.class), ("dropped", Some(16)));
    assert!(desk.incidents().await.is_empty(), "nothing for a person to do");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pipeline_that_is_rebuilt_at_the_very_moment_is_found_by_its_names() {
    let desk = Desk::open().await;
    desk.act(stage("contacted")).await;
    desk.settle().await;
    for operation in ["PUT /opportunities/{id}", DEAL] {
        desk.strike(at(17, operation));
        desk.act(stage("viewing")).await;
        desk.settle().await;
        assert_eq!(desk.deals().len(), 1, "{operation}");
        let write = desk.write("stage").await;
        assert_eq!(write.state, "done", "{operation}: {write:?}");
        desk.world.emulated.clear_faults();
        desk.world.staff(
            "DELETE",
            &format!("/opportunities/{}", desk.deals()[0]["id"].as_str().unwrap()),
            json!({}),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deal_is_made_once_when_the_answer_is_lost_or_somebody_was_quicker() {
    let desk = Desk::open().await;
    for rule in [form(21, DEAL, "502"), at(15, DEAL), Rule { after: Some(false), ..form(21, DEAL, "500") }] {
        desk.strike(rule);
        desk.act(stage("offer")).await;
        desk.settle().await;
        let deals = desk.deals();
        assert_eq!(
            (deals.len(), desk.write("stage").await.state),
            (1, "done"),
            "{:?}",
            desk.write("stage").await
        );
        desk.world.staff(
            "DELETE",
            &format!("/opportunities/{}", deals[0]["id"].as_str().unwrap()),
            json!({}),
        );
        desk.act(stage("new")).await;
        desk.settle().await;
        desk.world.staff(
            "DELETE",
            &format!("/opportunities/{}", desk.deals()[0]["id"].as_str().unwrap()),
            json!({}),
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_workflow_stands_in_and_then_a_person() {
    let desk = Desk::open().await;
    desk.reachable().await;
    desk.alias(What::Workflow, "workflows", "Hot lead: call now", "hot", 0).await;
    let backup = desk.named("workflows", "Follow-up (backup)");
    desk.strike(at(18, ENROL));
    desk.act(Act::Workflow { workflow: "hot".into() }).await;
    desk.settle().await;
    let enrolments = desk.there()["enrolments"].as_array().unwrap().clone();
    assert_eq!(enrolments.len(), 1, "{:?}", desk.write("workflow").await);
    assert_eq!(enrolments[0]["workflowId"], backup);
    // That one goes, too.
    desk.strike(at(18, ENROL));
    desk.act(Act::Workflow { workflow: "hot".into() }).await;
    desk.settle().await;
    assert_eq!(desk.write("workflow").await.state, "dropped");
    let tasks = desk.tasks();
    assert_eq!(tasks.len(), 1);
    assert!(tasks[0]["title"].as_str().unwrap().contains("hot"), "{tasks:?}");
    assert_eq!(desk.incidents().await, [18]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_enrolled_twice_when_the_answer_is_lost() {
    let desk = Desk::open().await;
    desk.reachable().await;
    desk.alias(What::Workflow, "workflows", "Hot lead: call now", "hot", 0).await;
    desk.strike(form(21, ENROL, "502"));
    desk.act(Act::Workflow { workflow: "hot".into() }).await;
    desk.settle().await;
    assert_eq!(desk.there()["enrolments"].as_array().unwrap().len(), 1);
    assert_eq!(desk.write("workflow").await.state, "dead", "nobody can be asked: a person looks");
    // What says for certain that nothing was done is tried again.
    desk.strike(at(1, ENROL));
    desk.act(Act::Workflow { workflow: "hot".into() }).await;
    desk.settle().await;
    assert_eq!(desk.write("workflow").await.state, "done");
    assert_eq!(desk.there()["enrolments"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_slot_that_is_taken_gives_the_next_one_and_a_calendar_that_is_gone_another() {
    let desk = Desk::open().await;
    desk.strike(at(19, BOOKING));
    desk.act(appointment("Buyer consultation")).await;
    desk.settle().await;
    let appointments = desk.appointments();
    assert_eq!(appointments.len(), 1, "{:?}", desk.write("appointment").await);
    let at_1830: Timestamp = "2026-11-24T18:30:00Z".parse().unwrap();
    assert_eq!(appointments[0]["startTime"].as_str().unwrap().parse::<Timestamp>().unwrap(), at_1830);
    desk.strike(at(18, BOOKING));
    desk.act(appointment("Listing appointment")).await;
    desk.settle().await;
    let calendars: Vec<_> =
        desk.appointments().iter().map(|it| it["calendarId"].as_str().unwrap().to_owned()).collect();
    assert_eq!(calendars.len(), 2);
    assert!(calendars.contains(&desk.named("calendars", "Call back (backup)")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_dropped_in_silence_is_noticed_and_written_again() {
    let desk = Desk::open().await;
    desk.strike(Rule { field: Some("tags".into()), ..at(22, TAGS) });
    desk.act(tag("seen")).await;
    desk.settle().await;
    assert!(desk.tags().contains(&"seen".to_owned()), "{:?}", desk.tags());
    // A deal's stage as well.
    desk.act(stage("contacted")).await;
    desk.settle().await;
    desk.strike(Rule { field: Some("pipelineStageId".into()), ..at(22, "PUT /opportunities/{id}") });
    desk.act(stage("offer")).await;
    desk.settle().await;
    assert_eq!(desk.write("stage").await.state, "done");
    let truth = desk.world.truth();
    let stage = desk.deals()[0]["pipelineStageId"].as_str().unwrap().to_owned();
    assert!(truth["pipelines"].to_string().contains(&stage));
    let map = desk.world.bridge.map(&desk.world.market).await.unwrap();
    let named = map.named().find(|named| named.remote == stage).unwrap();
    assert_eq!(named.name, "Offer");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_outage_is_waited_out_and_costs_nothing() {
    let mut desk = Desk::open().await;
    desk.strike(Rule { seconds: Some(24 * 3600), ..Rule::once(34) });
    desk.act(note("Through the outage")).await;
    desk.act(tag("patient")).await;
    for _ in 0..30 {
        desk.push().await;
        desk.world.advance(Duration::from_secs(1200));
    }
    assert!(desk.writes().await.iter().all(|write| write.state != "dead"), "{:?}", desk.writes().await);
    desk.world.advance(Duration::from_secs(24 * 3600));
    // Another process: this one's breaker goes by a clock that cannot be moved.
    desk.world.restart().await;
    desk.settle().await;
    assert_eq!(desk.notes().len(), 2, "{:?}", desk.writes().await);
    assert!(desk.tags().contains(&"patient".to_owned()));
    assert!(desk.incidents().await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_cannot_be_reached_by_text_gets_an_email_instead() {
    let desk = Desk::open().await;
    desk.reachable().await;
    desk.strike(at(35, MESSAGE));
    desk.act(Act::Message(letter(Channel::Sms, "We found a home in Ballard for you."))).await;
    desk.settle().await;
    let messages = desk.messages();
    let states: Vec<_> = messages
        .iter()
        .map(|it| (it["messageType"].as_str().unwrap(), it["status"].as_str().unwrap()))
        .collect();
    assert_eq!(states, [("TYPE_SMS", "failed"), ("TYPE_EMAIL", "sent")], "{:?}", desk.writes().await);
    assert_eq!(desk.there()["dndSettings"]["SMS"]["status"], "active", "the number is bad from now on");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opted_out_at_the_carrier_is_never_written_to_again() {
    let desk = Desk::open().await;
    desk.reachable().await;
    desk.strike(at(36, MESSAGE));
    desk.act(Act::Message(letter(Channel::Sms, "We found a home in Ballard for you."))).await;
    desk.settle().await;
    assert_eq!((desk.messages().len(), desk.write("message").await.state), (1, "refused"));
    assert_eq!(desk.there()["dndSettings"]["SMS"]["status"], "permanent");
    desk.world.advance(Duration::from_secs(30 * 24 * 3600));
    desk.reachable().await;
    let again = desk.act(Act::Message(letter(Channel::Sms, "Still there?"))).await;
    assert!(again.write.is_none(), "{again:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sender_that_carriers_block_sends_no_more_texts_until_somebody_says_so() {
    let desk = Desk::open().await;
    let world = &desk.world;
    desk.reachable().await;
    desk.strike(at(37, MESSAGE));
    desk.act(Act::Message(letter(Channel::Sms, "We found a home in Ballard for you."))).await;
    desk.settle().await;
    let kinds = |desk: &Desk| -> Vec<String> {
        desk.messages().iter().map(|it| it["messageType"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(kinds(&desk), ["TYPE_SMS", "TYPE_EMAIL"], "{:?}", desk.writes().await);
    assert!(desk.incidents().await.contains(&37));
    let paused = world.bridge.paused_channels(&world.market, world.now()).await.unwrap();
    assert_eq!((paused.len(), paused[0].channel.as_str(), paused[0].until), (1, "sms", None));
    assert!(world.bridge.resume_channel(&world.market, Channel::Sms, &world.at()).await.unwrap());
    assert!(!world.bridge.resume_channel(&world.market, Channel::Sms, &world.at()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_exceeds_the_senders_day_goes_the_next_day_once() {
    let desk = Desk::open().await;
    desk.reachable().await;
    desk.strike(at(38, MESSAGE));
    desk.act(Act::Message(letter(Channel::Sms, "We found a home in Ballard for you."))).await;
    desk.settle().await;
    let states: Vec<_> = desk.messages().iter().map(|it| it["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["failed", "delivered"], "{:?}", desk.writes().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_that_answers_every_change_with_a_change_is_left_alone_for_a_while() {
    let desk = Desk::open().await;
    for number in 0..20 {
        desk.act(tag(&format!("tag {number}"))).await;
        let world = &desk.world;
        world.bridge.push(&world.market, world.now(), 10).await.unwrap();
    }
    assert_eq!(desk.incidents().await, [31]);
    desk.settle().await;
    assert_eq!(desk.tags().iter().filter(|tag| tag.starts_with("tag ")).count(), 20, "nothing is lost");
}
