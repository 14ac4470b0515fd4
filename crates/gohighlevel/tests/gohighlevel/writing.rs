//! What is asked for is done there, once, and what is wanted is there in the end: without faults.

use std::collections::BTreeSet;

use gohighlevel::{backup_map::What, out::Act};
use jiff::Timestamp;
use leads::Channel;
use serde_json::json;

use crate::{
    desk::{Desk, add, letter},
    world::World,
};

fn set(tags: &[&str]) -> BTreeSet<String> {
    tags.iter().map(|tag| (*tag).to_owned()).collect()
}

fn tags(add: &[&str], remove: &[&str]) -> Act {
    Act::Tags { add: set(add), remove: set(remove) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_is_there_already_is_found_and_whoever_is_not_is_made_once() {
    let desk = Desk::open().await;
    let world = &desk.world;
    let before = world.remote_contacts().len();
    let new = add(world, "ben@example.com", "+12065550143").await;
    let note = Act::Note { text: "A stranger".to_owned() };
    world.bridge.act(&world.market, new, note.clone(), &world.at()).await.unwrap();
    world.bridge.act(&world.market, new, note, &world.at()).await.unwrap();
    desk.settle().await;
    assert_eq!(world.remote_contacts().len(), before + 1);
    let truth = world.truth();
    let made =
        truth["contacts"].as_object().unwrap().values().find(|it| it["email"] == "ben@example.com").unwrap();
    assert_eq!((made["firstName"].as_str(), made["phone"].as_str()), (Some("Ana"), Some("+12065550143")));
    assert_eq!(made["notes"].as_array().unwrap().len(), 2, "two notes were asked for");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tags_are_joined_while_they_wait_and_those_of_others_stay() {
    let desk = Desk::open().await;
    let path = format!("/contacts/{}/tags", desk.remote);
    desk.world.staff("POST", &path, json!({ "tags": ["from the office"] }));
    desk.act(tags(&["Seen", "draft"], &[])).await;
    desk.act(tags(&["Callback"], &["draft"])).await;
    let before = desk.world.asked("GET /contacts/{contactId}");
    desk.settle().await;
    assert_eq!(desk.tags(), ["from the office", "callback", "seen"]);
    assert_eq!(desk.writes().await.iter().filter(|write| write.kind == "contact").count(), 1);
    assert_eq!(desk.world.asked("GET /contacts/{contactId}") - before, 2, "read before and after");
    // What is as it should be is not written again.
    desk.act(tags(&["seen"], &[])).await;
    let before = desk.world.asked("POST /contacts/{contactId}/tags");
    desk.settle().await;
    assert_eq!(desk.world.asked("POST /contacts/{contactId}/tags"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stage_makes_the_deal_once_and_moves_it_then() {
    let desk = Desk::open().await;
    let stage = |stage: &str| Act::Stage { pipeline: "residential".into(), stage: stage.into() };
    desk.act(stage("contacted")).await;
    desk.act(stage("viewing")).await;
    desk.settle().await;
    let showing = |name: &str| {
        let truth = desk.world.truth();
        let buyers =
            truth["pipelines"].as_array().unwrap().iter().find(|it| it["name"] == "Buyers").unwrap().clone();
        buyers["stages"]
            .as_array()
            .unwrap()
            .iter()
            .find(|it| it[1] == name || it["name"] == name)
            .cloned()
            .unwrap()
    };
    let id = |stage: serde_json::Value| stage[0].as_str().or(stage["id"].as_str()).unwrap().to_owned();
    let deals = desk.deals();
    assert_eq!(deals.len(), 1);
    assert_eq!(deals[0]["pipelineStageId"], id(showing("Showing")));
    desk.act(stage("closed")).await;
    desk.settle().await;
    let deals = desk.deals();
    assert_eq!((deals.len(), deals[0]["status"].as_str()), (1, Some("won")));
    assert_eq!(deals[0]["pipelineStageId"], id(showing("Closed")));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_contact_that_moves_here_moves_there() {
    let desk = Desk::open().await;
    let world = &desk.world;
    let here = world.contacts.get(&world.market, contacts::Sight::All, desk.person).await.unwrap();
    let edit = contacts::ContactEdit { stage: Some("viewing".into()), ..contacts::ContactEdit::default() };
    let (market, sight) = (&world.market, contacts::Sight::All);
    world.contacts.update(market, sight, desk.person, here.version, &edit, &world.at()).await.unwrap();
    desk.settle().await;
    assert_eq!(desk.deals().len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_appointment_a_task_and_an_enrolment_are_made_as_asked_for() {
    let desk = Desk::open().await;
    desk.reachable().await;
    desk.alias(What::Workflow, "workflows", "Hot lead: call now", "hot", 0).await;
    let starts_at: Timestamp = "2026-11-24T18:00:00Z".parse().unwrap();
    let title = Some("See the house".to_owned());
    desk.act(Act::Appointment { calendar: "Buyer consultation".into(), starts_at, title }).await;
    desk.act(Act::Workflow { workflow: "hot".into() }).await;
    let due_at = starts_at;
    desk.act(Act::Task { title: "Call".into(), body: Some("About the loan".into()), due_at, user: None })
        .await;
    desk.settle().await;
    let appointments = desk.appointments();
    assert_eq!(appointments.len(), 1);
    assert_eq!(appointments[0]["startTime"].as_str().unwrap().parse::<Timestamp>().unwrap(), starts_at);
    assert_eq!(appointments[0]["announced"], true, "she may be told of it");
    let tasks = desk.tasks();
    assert_eq!((tasks.len(), tasks[0]["title"].as_str()), (1, Some("Call")));
    assert!(tasks[0]["body"].as_str().unwrap().starts_with("About the loan"));
    let there = desk.there();
    assert_eq!(there["enrolments"].as_array().unwrap().len(), 1);
    assert_eq!(there["enrolments"][0]["workflowId"], desk.named("workflows", "Hot lead: call now"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_goes_out_when_the_gate_lets_it_and_is_kept_with_the_contact() {
    let desk = Desk::open().await;
    let act = Act::Message(letter(Channel::Sms, "We found a home in Ballard for you."));
    let refused = desk.act(act.clone()).await;
    assert!(refused.write.is_none(), "nothing is known of her: {refused:?}");
    desk.reachable().await;
    let acted = desk.act(act).await;
    assert!(acted.write.is_some(), "{acted:?}");
    desk.settle().await;
    let messages = desk.messages();
    assert_eq!(messages.len(), 1, "{:?}", desk.writes().await);
    assert_eq!(messages[0]["body"], "We found a home in Ballard for you.");
    let world = &desk.world;
    let kept = world.contacts.messages(&world.market, contacts::Sight::All, desk.person, 9).await.unwrap();
    assert_eq!(kept.len(), 1);
    let write = desk.write("message").await;
    assert_eq!((write.state, write.remote.as_deref()), ("done", messages[0]["id"].as_str()));
    assert!(write.decision.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_gate_forbids_between_asking_and_sending_is_not_sent() {
    let desk = Desk::open().await;
    desk.reachable().await;
    let acted = desk.act(Act::Message(letter(Channel::Sms, "Still looking?"))).await;
    assert!(acted.write.is_some(), "{acted:?}");
    let (world, sight) = (&desk.world, contacts::Sight::All);
    let opt_out = leads::OptOut {
        channel: Channel::Sms,
        scope: leads::optout::Scope::Medium,
        origin: leads::optout::Origin::Team,
        reason: "Said so on the telephone".into(),
        permanent: false,
        said_at: None,
    };
    world.leads.opt_out(&world.market, sight, desk.person, &opt_out, &world.at()).await.unwrap();
    desk.settle().await;
    assert!(desk.messages().is_empty());
    assert_eq!(desk.write("message").await.state, "refused");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fields_are_made_once_where_they_are_missing() {
    let desk = Desk::open().await;
    let world = &desk.world;
    world.bridge.provision(&world.market, &world.at()).await.unwrap();
    let count = |world: &World| world.truth()["customFields"].as_array().unwrap().len();
    let before = count(world);
    assert!(world.bridge.provisioned(&world.market).await.unwrap().has_fields());
    world.bridge.provision(&world.market, &world.at()).await.unwrap();
    assert_eq!(count(world), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_write_and_incident_column_has_its_rule() {
    let desk = Desk::open().await;
    let complaints = store::schema::unruled(desk.world.market.db(), &crate::world::schemas()).await.unwrap();
    assert_eq!(complaints, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_score_is_read_there_as_it_is_here_and_the_same_one_is_not_written_twice() {
    let desk = Desk::open().await;
    let world = &desk.world;
    world.leads.score_due(&world.market, world.now(), 100).await.unwrap();
    desk.settle().await;
    let write = desk.write("score").await;
    assert_eq!(write.state, "done", "{write:?}");
    let view = world.leads.lead(&world.market, contacts::Sight::All, desk.person, world.now()).await.unwrap();
    let score = view.score.unwrap();
    let map = world.bridge.map(&world.market).await.unwrap();
    let field = |key: &str| {
        let named = map.named().find(|named| named.alias.as_deref() == Some(key)).unwrap();
        let there = desk.there();
        let fields = there["customFields"].as_array().unwrap().clone();
        fields
            .into_iter()
            .find(|it| it["id"] == *named.remote)
            .map(|it| it["value"].clone())
            .unwrap_or_default()
    };
    let percent = (100.0 * score.probability).round();
    assert_eq!(field("score").to_string().trim_matches('"').parse::<f64>().unwrap(), percent);
    let band = score.standing.unwrap().band.id();
    assert_eq!(field("band"), band);
    assert!(field("reasons").as_str().unwrap().contains(&score.reasons[0].said));
    assert!(desk.tags().contains(&format!("ehub-{band}")), "{:?}", desk.tags());
    // Scored again with nothing new, nothing is asked there.
    let before = world.asked("GET /contacts/{contactId}");
    world.advance(std::time::Duration::from_secs(60));
    world.leads.score_due(&world.market, world.now(), 100).await.unwrap();
    desk.settle().await;
    assert_eq!(world.asked("GET /contacts/{contactId}"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_comes_back_of_our_own_is_no_news() {
    let mut desk = Desk::open().await;
    desk.world.listen().await;
    desk.reachable().await;
    desk.act(tags(&["Callback"], &[])).await;
    desk.act(Act::Stage { pipeline: "residential".into(), stage: "contacted".into() }).await;
    desk.act(Act::Message(letter(Channel::Sms, "We found a home in Ballard for you."))).await;
    for _ in 0..3 {
        desk.settle().await;
        desk.world.delivered().await;
        desk.world.work().await;
    }
    let writes = desk.writes().await;
    let asked = |kind: &str| writes.iter().filter(|write| write.kind == kind).count();
    assert_eq!((asked("stage"), asked("message"), asked("contact")), (1, 1, 1), "{writes:?}");
    assert!(writes.iter().all(|write| write.state == "done"), "{writes:?}");
    let world = &desk.world;
    let kept = world.contacts.messages(&world.market, contacts::Sight::All, desk.person, 9).await.unwrap();
    assert_eq!(kept.len(), 1, "the message is kept once, by whoever learned of it first");
    let timeline = world.leads.timeline(&world.market, desk.person).await.unwrap();
    let view = timeline.as_of(Timestamp::MAX);
    let messages =
        view.happenings().iter().filter(|it| matches!(it.what, leads::timeline::What::Message { .. }));
    assert_eq!(messages.count(), 1, "{:?}", view.happenings());
}

/// Every statement once, on SQLite and on PostgreSQL.
async fn everything_once(desk: Desk) {
    let world = &desk.world;
    desk.reachable().await;
    desk.act(tags(&["Callback"], &[])).await;
    desk.act(Act::Stage { pipeline: "residential".into(), stage: "contacted".into() }).await;
    desk.act(Act::Message(letter(Channel::Sms, "We found a home in Ballard for you."))).await;
    world.leads.score_due(&world.market, world.now(), 100).await.unwrap();
    desk.settle().await;
    assert!(desk.writes().await.iter().all(|write| write.state == "done"), "{:?}", desk.writes().await);
    assert_eq!((desk.deals().len(), desk.messages().len()), (1, 1));

    desk.strike(crate::desk::at(8, "POST /contacts/{contactId}/notes"));
    desk.act(Act::Note { text: "Dead".into() }).await;
    desk.settle().await;
    let incident = world.bridge.incidents(&world.market, true).await.unwrap().remove(0);
    assert_eq!(world.bridge.replay_writes(&world.market, &world.at()).await.unwrap(), 1);
    world.bridge.close_incident(&world.market, incident.id, "seen", &world.at()).await.unwrap();
    assert_eq!(world.bridge.open_incidents(&world.market).await.unwrap(), 0);
    desk.settle().await;
    assert_eq!(desk.notes().len(), 2);

    desk.strike(crate::desk::at(38, "POST /conversations/messages"));
    world.advance(std::time::Duration::from_secs(8 * 24 * 3600));
    desk.reachable().await;
    desk.act(Act::Message(letter(Channel::Sms, "And another one in Fremont, with a garden."))).await;
    desk.settle().await;
    let states: Vec<_> = desk.messages().iter().map(|it| it["status"].as_str().unwrap().to_owned()).collect();
    assert_eq!(states, ["delivered", "failed", "delivered"], "{:?}", desk.writes().await);

    let waits = desk.act(Act::Note { text: "Taken back".into() }).await.write.unwrap();
    world.bridge.drop_write(&world.market, waits, &world.at()).await.unwrap();
    desk.settle().await;
    assert_eq!((desk.notes().len(), desk.write("note").await.state), (2, "dropped"));

    let counted = desk.writes().await.len() as u64;
    world.advance(std::time::Duration::from_secs(100 * 24 * 3600));
    let pruned = world.bridge.prune_writes(&world.market, world.now()).await.unwrap();
    // What a contact is to be like is compared with what is wanted next.
    assert_eq!(pruned, counted - 2, "{:?}", desk.writes().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_that_can_become_of_a_write_is_told_and_forgotten_in_time() {
    everything_once(Desk::open().await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn on_postgresql_it_is_the_same() {
    let Some(world) = World::on_server(3).await else { return };
    everything_once(Desk::of(world).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_who_write_at_the_same_time_write_everything_once() {
    let desk = Desk::open().await;
    let world = &desk.world;
    let mut people = Vec::new();
    for number in 0..4 {
        people.push(add(world, &format!("two{number}@example.com"), &format!("+120655502{number:02}")).await);
    }
    let before = world.remote_contacts().len();
    for person in &people {
        for text in ["One", "Two", "Three"] {
            let note = Act::Note { text: text.to_owned() };
            world.bridge.act(&world.market, *person, note, &world.at()).await.unwrap();
        }
    }
    for _ in 0..12 {
        let push = || world.bridge.push(&world.market, world.now(), 2);
        let (one, two, three) = tokio::join!(push(), push(), push());
        for pushed in [one, two, three] {
            pushed.unwrap();
        }
    }
    desk.settle().await;
    assert_eq!(world.remote_contacts().len(), before + 4);
    let truth = world.truth();
    let of = |it: &&serde_json::Value| it["email"].as_str().is_some_and(|email| email.starts_with("two"));
    let notes: Vec<usize> = truth["contacts"]
        .as_object()
        .unwrap()
        .values()
        .filter(of)
        .map(|it| it["notes"].as_array().unwrap().len())
        .collect();
    assert_eq!(notes, [3, 3, 3, 3]);
}

fn opt_out(channel: Channel, scope: leads::optout::Scope) -> leads::OptOut {
    leads::OptOut {
        channel,
        scope,
        origin: leads::optout::Origin::Team,
        reason: "Said so on the telephone".into(),
        permanent: false,
        said_at: None,
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opts_out_here_is_left_alone_by_their_workflows_as_well() {
    let mut desk = Desk::open().await;
    desk.world.listen().await;
    let is_left_alone = |desk: &Desk, channel: &str| {
        let there = desk.there();
        matches!(there["dndSettings"][channel]["status"].as_str(), Some("active" | "permanent"))
    };
    desk.world.writes(&desk.remote, "SMS", "STOP");
    desk.world.settled().await;
    desk.settle().await;
    for channel in ["SMS", "Call", "WhatsApp"] {
        assert!(is_left_alone(&desk, channel), "{channel}: {:?}", desk.writes().await);
    }
    assert!(!is_left_alone(&desk, "Email"), "by the telephone only");

    let (world, sight) = (&desk.world, contacts::Sight::All);
    let everything = opt_out(Channel::Email, leads::optout::Scope::All);
    world.leads.opt_out(&world.market, sight, desk.person, &everything, &world.at()).await.unwrap();
    desk.settle().await;
    for channel in ["SMS", "Email", "Call", "WhatsApp"] {
        assert!(is_left_alone(&desk, channel), "{channel}: {:?}", desk.writes().await);
    }
    assert_eq!(desk.write("contact").await.state, "done");
    // What comes back of it is no reason to write it again.
    let before = desk.world.asked("PUT /contacts/{contactId}");
    desk.world.settled().await;
    desk.settle().await;
    assert_eq!(desk.world.asked("PUT /contacts/{contactId}"), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_opted_out_before_they_were_known_there_is_left_alone_from_the_first_day() {
    let desk = Desk::open().await;
    let world = &desk.world;
    let reaches = ["ben@example.com".to_owned(), "+12065550143".to_owned()];
    world.leads.import_opt_outs(&world.market, &reaches, &world.at()).await.unwrap();
    // Made there by something that is to be done with him, and found there by a comparison.
    let ben = add(world, "ben@example.com", "+12065550188").await;
    let note = Act::Note { text: "A stranger".to_owned() };
    world.bridge.act(&world.market, ben, note, &world.at()).await.unwrap();
    let body = json!({ "locationId": world.location, "firstName": "Eve", "phone": "+12065550143" });
    world.staff("POST", "/contacts/", body);
    world.fill().await;
    desk.settle().await;
    let truth = world.truth();
    let of = |name: &str, value: &str| {
        let all = truth["contacts"].as_object().unwrap();
        all.values().find(|it| it[name] == value).unwrap()["dndSettings"].clone()
    };
    assert_eq!(of("email", "ben@example.com")["Email"]["status"], "active");
    assert_eq!(of("phone", "+12065550143")["SMS"]["status"], "active");
    assert_eq!(of("email", crate::desk::EMAIL)["SMS"]["status"].as_str(), None, "nobody else");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_wanted_while_the_same_fails_is_tried_all_the_same() {
    let desk = Desk::open().await;
    let read = "GET /contacts/{contactId}";
    let slow = emulator::ghl::Rule { seconds: Some(1), ..crate::desk::form(20, read, "hang") };
    desk.strike(slow);
    desk.strike(crate::desk::at(8, read));
    desk.act(tags(&["first"], &[])).await;
    let (bridge, market, now) = (desk.world.bridge.clone(), desk.world.market.clone(), desk.world.now());
    let failing = tokio::spawn(async move { bridge.push(&market, now, 10).await.unwrap() });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    desk.act(tags(&["second"], &[])).await;
    assert_eq!(failing.await.unwrap().dead, 0);
    desk.settle().await;
    assert_eq!(desk.write("contact").await.state, "done");
    assert!(desk.tags().contains(&"first".to_owned()) && desk.tags().contains(&"second".to_owned()));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_write_that_takes_longer_than_its_lease_is_nobody_elses() {
    let mut desk = Desk::open().await;
    let lease_for = std::time::Duration::from_millis(400);
    desk.world.restart_with(|config| gohighlevel::Config { lease_for, ..config }).await;
    let slow = crate::desk::form(21, "POST /contacts/{contactId}/notes", "hang");
    desk.strike(emulator::ghl::Rule { seconds: Some(2), ..slow });
    desk.act(Act::Note { text: "Slowly".into() }).await;
    let (bridge, market, now) = (desk.world.bridge.clone(), desk.world.market.clone(), desk.world.now());
    let slow = tokio::spawn(async move { bridge.push(&market, now, 10).await.unwrap() });
    tokio::time::sleep(std::time::Duration::from_millis(1_200)).await;
    let other = desk.world.another_node().await;
    let beside = other.push(&desk.world.market, desk.world.now(), 10).await.unwrap();
    assert_eq!((beside.done, beside.waiting), (0, 0), "it is still being written");
    assert_eq!(slow.await.unwrap().done, 1);
    assert_eq!(desk.notes().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_happens_now_is_written_before_what_was_filled_in() {
    // With the limits that GoHighLevel has.
    let world = World::listening(emulator::ghl::Options { contacts: 60, ..Default::default() }).await;
    world.connect().await;
    world.fill().await;
    while world.leads.score_due(&world.market, world.now(), 500).await.unwrap().more {}
    let writes = async || {
        let query = gohighlevel::out::WritesQuery { limit: 200, ..Default::default() };
        world.bridge.writes(&world.market, &query).await.unwrap().writes
    };
    assert_eq!(
        writes().await.iter().filter(|it| (it.kind.as_str(), it.state) == ("score", "waiting")).count(),
        60
    );
    let somebody = world.remote_contacts()[40].clone();
    world.writes(&somebody, "SMS", "Could I see the house today?");
    world.settled().await;
    while world.leads.score_due(&world.market, world.now(), 500).await.unwrap().more {}
    let begun = std::time::Instant::now();
    world.bridge.push(&world.market, world.now(), 64).await.unwrap();
    assert!(begun.elapsed() < std::time::Duration::from_secs(8), "a round waits for no interval");
    let person = world.person(&somebody).await.unwrap();
    let all = writes().await;
    let of = |state: &str| all.iter().filter(|it| it.kind == "score" && it.state == state).count();
    assert!(all.iter().any(|it| it.contact == person && it.kind == "score" && it.state == "done"), "{all:?}");
    assert!(of("waiting") > 40, "{} wait", of("waiting"));
}
