//! The client against an emulated GoHighLevel that shares nothing with it but the published contract: whatever goes
//! wrong there, what was meant is there in the end, once.
#![allow(clippy::unwrap_used, reason = "the world of a test is built or the test fails")]

mod support;

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use connect::ghl::{
    Client, Clock, Created, Failure, How, Lesson, Options, Road,
    budget::Lane,
    calendars,
    contacts::{self, ContactWrite, FieldValue, NewTask, Search},
    conversations::{self, Channel, Export, NewMessage, Sent},
    events::{Event, Kind},
    fault::{Action, Class, of_sms_code},
    locations::{self, Model},
    oauth::{self, App, HttpIssuer},
    opportunities::{self, OpportunityWrite},
    recorded::{Recorder, Replay},
    signature::Keys,
    tokens::{Account, MemoryStore, Secret, TokenError, Tokens, Waits},
    users,
    wire::Op,
    workflows,
};
use emulator::ghl::{Emulator, Quota, Rule};
use serde_json::{Value, json};
use support::client_trusting;

const REDIRECT: &str = "https://hub.example.com/ghl/connected";

struct World {
    emulated: Emulator,
    ghl: Client,
    store: Arc<MemoryStore>,
    location: Account,
    id: String,
    company: String,
    issuer: HttpIssuer,
    clock: Clock,
}

impl World {
    async fn new() -> Self {
        Self::with(emulator::ghl::Options::default(), 1, Duration::from_secs(5)).await
    }

    /// Time there runs `speed` times as fast as here.
    async fn with(options: emulator::ghl::Options, speed: u32, attempt_max: Duration) -> Self {
        let started = Instant::now();
        let noon: jiff::Timestamp = "2026-11-23T18:00:00Z".parse().unwrap();
        let time = emulator::ghl::Clock::faster(move || noon + started.elapsed(), speed);
        let emulated = Emulator::start(([127, 0, 0, 1], 0).into(), options, time.clone()).await.unwrap();
        let about = emulated.connection();
        let text = |name: &str| about[name].as_str().unwrap().to_owned();
        let id = about["locations"][0]["id"].as_str().unwrap().to_owned();
        let app = App { client_id: text("clientId"), client_secret: Secret::new(text("clientSecret")) };
        let options = Options {
            base: emulated.base().to_owned(),
            app: Some(app),
            token_waits: Waits([Duration::from_millis(1), Duration::from_millis(2)]),
            read_back_waits: [Duration::from_millis(1), Duration::from_millis(2)],
            retry_base: Duration::from_millis(1),
            attempt_max,
            ..Options::default()
        };
        let clock: Clock = Arc::new(move || time.now());
        let road = Arc::new(client_trusting(&[emulated.address().to_string()]));
        let store = Arc::new(MemoryStore::default());
        let issuer = HttpIssuer::new(road.clone(), &options, clock.clone());
        let ghl = Client::new(road, store.clone(), options, clock.clone(), Arc::new(|| 0));
        let location = Account::Location(id.clone());
        let world = Self { emulated, ghl, store, location, id, company: text("companyId"), issuer, clock };
        world.connect(false).await;
        world
    }

    /// Installs the app as a person would, and keeps what it is given.
    async fn connect(&self, is_company: bool) {
        let body = json!({ "locationId": self.id, "company": is_company, "redirectUri": REDIRECT });
        let (_, answer) = self.emulated.admin("POST", "install", &body);
        let code = answer["code"].as_str().unwrap();
        let grant = self.issuer.exchange(code, REDIRECT, is_company).await.unwrap();
        self.store.put(grant.account, grant.tokens);
    }

    fn with_private_token(&self) {
        let body = json!({ "locationId": self.id, "private": true });
        let (_, answer) = self.emulated.admin("POST", "tokens", &body);
        let token = Secret::new(answer["access_token"].as_str().unwrap());
        self.store.put(Account::Private(self.id.clone()), Tokens::private(token, (self.clock)()));
    }

    fn strike(&self, rule: Rule) {
        self.emulated.inject(rule).unwrap();
    }

    /// How often an operation was asked, and how often answered well.
    fn asked(&self, operation: &str) -> (usize, usize) {
        let (_, answer) = self.emulated.admin("GET", "requests", &Value::Null);
        let all: Vec<_> = answer["requests"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|it| it["operation"] == operation)
            .cloned()
            .collect();
        (all.len(), all.iter().filter(|it| it["status"].as_u64().is_some_and(|status| status < 300)).count())
    }

    fn truth(&self) -> Value {
        self.emulated.truth(Some(&self.id))["locations"][&self.id].take()
    }

    fn contact(&self) -> String {
        self.truth()["contacts"].as_object().unwrap().keys().next().unwrap().clone()
    }

    async fn tag(&self, contact: &str, tag: &str) -> Result<(), Failure> {
        let call = contacts::add_tags(contact, &[tag.to_owned()]);
        self.ghl.perform(&self.location, &call, patient(Lane::Score)).await.map(drop)
    }

    async fn get(&self, contact: &str) -> Result<contacts::Contact, Failure> {
        self.ghl
            .perform(&self.location, &contacts::get(contact), patient(Lane::Score))
            .await
            .map(|done| done.value)
    }
}

fn patient(lane: Lane) -> How {
    How::lane(lane).within(Duration::from_secs(3600))
}

fn rule(class: u8, operation: &str) -> Rule {
    Rule { operation: Some(operation.to_owned()), ..Rule::once(class) }
}

fn class<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> (Class, Action) {
    let failure = outcome.unwrap_err();
    (failure.fault.class, failure.fault.action)
}

const TAGS: &str = "POST /contacts/{contactId}/tags";

#[tokio::test]
async fn everything_that_is_read_is_read_without_drift() {
    let world = World::new().await;
    world.connect(true).await;
    let (ghl, id, at) = (&world.ghl, world.id.as_str(), &world.location);
    let how = patient(Lane::Bulk);
    let contact = world.contact();
    let message = NewMessage {
        channel: Channel::Sms,
        contact: contact.clone(),
        text: "hi".into(),
        subject: None,
        at: None,
    };
    ghl.perform(at, &conversations::send(&message), how).await.unwrap();
    macro_rules! reads {
        ($($account:expr, $call:expr;)*) => {$({
            let done = ghl.perform($account, &$call, how).await.unwrap();
            assert_eq!((done.drifts, done.tried), (vec![], vec![]), "{}", stringify!($call));
            done.value
        };)*};
    }
    let company = Account::Company(world.company.clone());
    reads! {
        at, contacts::get(&contact);
        at, contacts::list_tasks(&contact);
        at, contacts::list_notes(&contact);
        at, calendars::of_contact(&contact);
        at, opportunities::pipelines(id);
        at, workflows::list(id);
        at, calendars::list(id);
        at, users::list(id);
        at, locations::get(id);
        at, locations::tags(id);
        at, locations::custom_fields(id, Model::Contact);
        at, conversations::export(id, &Export::default());
        &company, oauth::installed_locations(&world.company, "app", 0, 20);
        &company, users::search(&world.company, 0, 20);
        &company, locations::search(&world.company, 0, 20);
    }
    let found = ghl.perform(at, &conversations::search(id, Some(&contact)), how).await.unwrap().value;
    let page = ghl.perform(at, &conversations::messages(&found[0].id, None, 20), how).await.unwrap();
    assert_eq!(
        (page.value.messages.len(), page.value.messages[0].is_inbound, page.drifts),
        (1, Some(false), vec![])
    );
    let calendars = ghl.perform(at, &calendars::list(id), how).await.unwrap().value;
    let slots = calendars::free_slots(&calendars[0].id, (world.clock)(), 7, None);
    assert!(ghl.perform(at, &slots, how).await.unwrap().value.0.len() > 10);
    let deals =
        ghl.perform(at, &opportunities::search(id, &opportunities::Search::default()), how).await.unwrap();
    let truth = world.truth()["opportunities"].as_object().unwrap().len();
    assert_eq!((deals.value.opportunities.len(), deals.drifts), (truth, vec![]));
}

#[tokio::test]
async fn a_search_walks_through_all_pages_to_the_last_contact() {
    let options = emulator::ghl::Options { contacts: 47, ..emulator::ghl::Options::default() };
    let world = World::with(options, 1, Duration::from_secs(5)).await;
    let mut search = Search { limit: 20, ..Search::default() };
    let mut seen = std::collections::BTreeSet::new();
    loop {
        let call = contacts::search(&world.id, &search);
        let page = world.ghl.perform(&world.location, &call, patient(Lane::Bulk)).await.unwrap().value;
        seen.extend(page.contacts.iter().map(|contact| contact.id.clone()));
        match page.next(search.limit) {
            Some(after) => search.after = after,
            None => break,
        }
    }
    assert_eq!(seen.len(), 47);
    assert_eq!(world.asked("POST /contacts/search").0, 3);
}

#[tokio::test]
async fn four_calls_with_an_expired_token_renew_it_once() {
    let world = World::new().await;
    world.strike(rule(3, TAGS));
    let contact = world.contact();
    let tags = ["a", "b", "c", "d"];
    let (a, b, c, d) = tokio::join!(
        world.tag(&contact, tags[0]),
        world.tag(&contact, tags[1]),
        world.tag(&contact, tags[2]),
        world.tag(&contact, tags[3]),
    );
    [a, b, c, d].into_iter().for_each(|outcome| outcome.unwrap());
    assert_eq!(world.asked("POST /oauth/token"), (2, 2), "the code, and one refresh");
    let truth = world.truth();
    let there = truth["contacts"][&contact]["tags"].as_array().unwrap();
    assert!(tags.iter().all(|tag| there.contains(&json!(tag))), "{there:?}");
    let kept = world.store.tokens(&world.location);
    assert_ne!(kept.given_at, kept.expires_at.unwrap());
}

#[tokio::test]
async fn a_lost_race_for_the_refresh_token_is_won_by_the_company() {
    let world = World::new().await;
    world.connect(true).await;
    world.strike(rule(4, TAGS));
    let contact = world.contact();
    world.tag(&contact, "kept").await.unwrap();
    assert_eq!(world.asked("POST /oauth/locationToken"), (1, 1));
    world.tag(&contact, "again").await.unwrap();
    assert_eq!(world.asked("POST /oauth/locationToken"), (1, 1), "the new token is kept");
}

#[tokio::test]
async fn dead_tokens_are_stood_in_for_by_the_private_one_or_a_person_is_asked() {
    let world = World::new().await;
    let dead = || Rule { variant: Some("company".to_owned()), ..rule(5, TAGS) };
    world.strike(dead());
    let contact = world.contact();
    let failure = world.tag(&contact, "x").await.unwrap_err();
    assert_eq!(failure.fault.class, Class::RefreshDead);
    assert_eq!(failure.token, Some(TokenError::Reconnect(world.location.clone())));
    assert!(failure.fault.class.needs_person());
    let before = world.asked("POST /oauth/token").0;
    assert!(world.tag(&contact, "x").await.is_err());
    assert_eq!(world.asked("POST /oauth/token").0, before, "nobody insists");
    world.with_private_token();
    world.tag(&contact, "x").await.unwrap();
    world.connect(false).await;
    world.tag(&contact, "y").await.unwrap();
}

#[tokio::test]
async fn a_burst_is_spread_over_intervals_and_everything_arrives() {
    let quota = Quota { burst: 6, daily: 10_000 };
    let options = emulator::ghl::Options { app_quota: quota, ..emulator::ghl::Options::default() };
    let world = World::with(options, 40, Duration::from_secs(5)).await;
    let contact = world.contact();
    let tags: Vec<String> = (0..20).map(|index| format!("t{index}")).collect();
    let calls = tags.iter().map(|tag| {
        let (ghl, at, call) = (
            world.ghl.clone(),
            world.location.clone(),
            contacts::add_tags(&contact, std::slice::from_ref(tag)),
        );
        tokio::spawn(async move {
            ghl.perform(&at, &call, patient(Lane::Reply)).await.map(|done| done.tried.len())
        })
    });
    let mut faults = 0;
    for call in calls.collect::<Vec<_>>() {
        faults += call.await.unwrap().unwrap();
    }
    let (asked, answered) = world.asked(TAGS);
    assert_eq!(answered, 20);
    assert!(faults == asked - 20 && faults < 20, "{faults} refusals: the first burst at most, then learned");
    let truth = world.truth();
    assert!(
        tags.iter().all(|tag| truth["contacts"][&contact]["tags"].as_array().unwrap().contains(&json!(tag)))
    );
}

#[tokio::test]
async fn when_the_day_is_used_up_the_urgent_go_by_the_other_credential_and_the_rest_waits() {
    let world = World::new().await;
    let contact = world.contact();
    world.strike(rule(2, TAGS));
    let (class, action) = class(world.tag(&contact, "score").await);
    assert_eq!(class, Class::DayLimit);
    assert!(matches!(action, Action::Park { until: Some(_) }));
    let before = world.asked(TAGS).0;
    assert!(world.tag(&contact, "score").await.unwrap_err().is_temporary());
    assert_eq!(world.asked(TAGS).0, before, "parked: nothing is sent");
    world.with_private_token();
    let call = contacts::add_tags(&contact, &["reply".to_owned()]);
    world.ghl.perform(&world.location, &call, patient(Lane::Reply)).await.unwrap();
    world.emulated.advance(Duration::from_secs(25 * 3600));
    world.tag(&contact, "score").await.unwrap();
}

#[tokio::test]
async fn a_note_that_was_written_before_the_answer_was_lost_is_found_not_repeated() {
    for (variant, is_done) in [("504", true), ("504", false), ("cut", true), ("hang", true)] {
        let world = World::with(emulator::ghl::Options::default(), 1, Duration::from_millis(600)).await;
        let contact = world.contact();
        let operation = "POST /contacts/{contactId}/notes";
        world.strike(Rule { variant: Some(variant.to_owned()), after: Some(is_done), ..rule(21, operation) });
        let call = contacts::create_note(&contact, "called, nobody home", None);
        let created = world
            .ghl
            .create(&world.location, &call, patient(Lane::Routing), || async {
                let notes = world
                    .ghl
                    .perform(&world.location, &contacts::list_notes(&contact), patient(Lane::Routing))
                    .await?;
                Ok(notes.value.into_iter().find(|note| note.body.as_deref() == Some("called, nobody home")))
            })
            .await
            .unwrap();
        assert_eq!(matches!(created, Created::Found(_)), is_done, "{variant} {created:?}");
        assert_eq!(world.asked(operation).0, if is_done { 1 } else { 2 }, "{variant}");
        let truth = world.truth();
        assert_eq!(truth["contacts"][&contact]["notes"].as_array().unwrap().len(), 1, "{variant} {is_done}");
    }
}

#[tokio::test]
async fn a_message_is_sent_once_whatever_happens_to_its_answer() {
    for is_done in [true, false] {
        let world = World::new().await;
        let contact = world.contact();
        world.strike(Rule { after: Some(is_done), ..rule(21, "POST /conversations/messages") });
        let message = NewMessage {
            channel: Channel::Sms,
            contact: contact.clone(),
            text: "Are you in?".into(),
            subject: None,
            at: None,
        };
        let export = Export { contact: Some(contact.clone()), ..Export::default() };
        let created = world
            .ghl
            .create(&world.location, &conversations::send(&message), patient(Lane::Reply), || async {
                let call = conversations::export(&world.id, &export);
                let page = world.ghl.perform(&world.location, &call, patient(Lane::Reply)).await?.value;
                let sent = page.messages.into_iter().find(|it| it.body.as_deref() == Some("Are you in?"));
                Ok(sent.map(|it| Sent { message: it.id, conversation: it.conversation }))
            })
            .await
            .unwrap();
        assert_eq!(matches!(created, Created::Found(_)), is_done);
        assert_eq!(world.truth()["messages"].as_array().unwrap().len(), 1);
    }
}

#[tokio::test]
async fn who_exists_already_is_adopted() {
    let world = World::new().await;
    world.strike(rule(15, "POST /contacts/"));
    let write = ContactWrite {
        first_name: Some("Ada".into()),
        email: Some("ada@example.org".into()),
        ..ContactWrite::default()
    };
    let call = contacts::create(&world.id, &write);
    let created = world
        .ghl
        .create(&world.location, &call, patient(Lane::Routing), || async { Ok(None) })
        .await
        .unwrap();
    let Created::Exists(id) = created else { panic!("{created:?}") };
    assert_eq!(world.get(&id).await.unwrap().email.as_deref(), Some("ada@example.org"));
    let call = contacts::duplicate(&world.id, Some("ada@example.org"), None);
    let found = world.ghl.perform(&world.location, &call, patient(Lane::Routing)).await.unwrap().value;
    assert_eq!(found.map(|contact| contact.id), Some(id));
    let call = contacts::duplicate(&world.id, Some("nobody@example.org"), None);
    assert_eq!(world.ghl.perform(&world.location, &call, patient(Lane::Routing)).await.unwrap().value, None);
}

#[tokio::test]
async fn a_member_that_is_refused_is_left_out_and_not_sent_again() {
    let world = World::new().await;
    let contact = world.contact();
    world.strike(Rule {
        field: Some("source".into()),
        count: Some(0),
        ..rule(13, "PUT /contacts/{contactId}")
    });
    let write = ContactWrite {
        first_name: Some("Ada".into()),
        source: Some("fair".into()),
        ..ContactWrite::default()
    };
    let call = contacts::update(&contact, &write);
    for faults in [1, 0] {
        let done = world.ghl.perform(&world.location, &call, patient(Lane::Score)).await.unwrap();
        assert_eq!(done.tried.len(), faults);
    }
    assert_eq!(world.get(&contact).await.unwrap().first_name.as_deref(), Some("Ada"));
    let known = world.ghl.capabilities().all((world.clock)());
    assert_eq!((known[0].0, &known[0].1), (Op::ContactUpdate, &Lesson::Refused("source".to_owned())));
}

#[tokio::test]
async fn what_is_dropped_in_silence_is_noticed_and_written_again() {
    let world = World::new().await;
    let contact = world.contact();
    let fields = locations::custom_fields(&world.id, Model::Contact);
    let fields = world.ghl.perform(&world.location, &fields, patient(Lane::Score)).await.unwrap().value;
    let score =
        fields.iter().find(|field| field.key.as_deref() == Some("contact.ai_lead_score")).unwrap().id.clone();
    let write = ContactWrite {
        custom_fields: vec![FieldValue::Id(score.clone(), json!(87))],
        ..ContactWrite::default()
    };
    let missing = |present: &contacts::Contact| {
        let is_there = present.custom(&score).is_some_and(|value| value.to_string().contains("87"));
        if is_there { Vec::new() } else { vec!["score".to_owned()] }
    };
    for (count, is_well) in [(1, true), (2, false)] {
        let clear = ContactWrite {
            custom_fields: vec![FieldValue::Id(score.clone(), json!(""))],
            ..ContactWrite::default()
        };
        world
            .ghl
            .perform(&world.location, &contacts::update(&contact, &clear), patient(Lane::Score))
            .await
            .unwrap();
        world.strike(Rule {
            field: Some("customFields".into()),
            count: Some(count),
            ..rule(22, "PUT /contacts/{contactId}")
        });
        let outcome = world
            .ghl
            .write_verified(
                &world.location,
                &contacts::update(&contact, &write),
                &contacts::get(&contact),
                patient(Lane::Score),
                missing,
                |_| Some(contacts::update(&contact, &write)),
            )
            .await;
        match outcome {
            Ok(present) => assert!(is_well && missing(&present).is_empty()),
            Err(failure) => {
                assert!(!is_well);
                assert_eq!(failure.fault.action, Action::RetryParts(vec!["score".to_owned()]));
            }
        }
    }
}

#[tokio::test]
async fn passing_trouble_passes() {
    let world = World::with(emulator::ghl::Options::default(), 1, Duration::from_millis(500)).await;
    let contact = world.contact();
    let all = [
        Rule { count: Some(2), ..rule(20, TAGS) },
        Rule { variant: Some("cut".into()), ..rule(20, TAGS) },
        Rule { variant: Some("hang".into()), ..rule(20, TAGS) },
        Rule { variant: Some("500".into()), after: Some(true), ..rule(20, TAGS) },
        rule(7, TAGS),
        rule(23, TAGS),
        rule(9, TAGS),
        rule(11, TAGS),
    ];
    world.connect(true).await;
    for (index, rule) in all.into_iter().enumerate() {
        let (number, tag) = (rule.class, format!("tag{index}"));
        world.strike(rule);
        world.tag(&contact, &tag).await.unwrap_or_else(|failure| panic!("{number}: {failure}"));
        let there = world.truth()["contacts"][&contact]["tags"].as_array().unwrap().contains(&json!(tag));
        assert!(there, "{number}");
    }
    let (_, struck) = world.emulated.admin("GET", "faults/struck", &Value::Null);
    assert_eq!(struck["total"], 9);
}

#[tokio::test]
async fn what_the_caller_has_to_cure_is_named() {
    let world = World::new().await;
    world.connect(true).await;
    let contact = world.contact();
    let how = patient(Lane::Score);
    let at = &world.location;
    let truth = world.truth();
    let text = |value: &Value| value.as_str().unwrap().to_owned();

    let deal = text(&truth["opportunities"].as_object().unwrap().values().next().unwrap()["id"]);
    let pipeline = &world.ghl.perform(at, &opportunities::pipelines(&world.id), how).await.unwrap().value[0];
    let stage = OpportunityWrite {
        pipeline: Some(pipeline.id.clone()),
        stage: Some(pipeline.stages[1].id.clone()),
        ..OpportunityWrite::default()
    };
    world.strike(rule(17, "PUT /opportunities/{id}"));
    let outcome = world.ghl.perform(at, &opportunities::update(&deal, &stage), how).await;
    assert_eq!(class(outcome), (Class::StageGone, Action::Remap));
    let renewed = world.ghl.perform(at, &opportunities::pipelines(&world.id), how).await.unwrap().value;
    assert_ne!(renewed[0].id, pipeline.id, "the same names by other identifiers");
    assert_eq!(renewed[0].name, pipeline.name);

    let workflow = text(&truth["workflows"][0]["id"]);
    world.strike(rule(18, "POST /contacts/{contactId}/workflow/{workflowId}"));
    let outcome = world.ghl.perform(at, &contacts::add_to_workflow(&contact, &workflow, None), how).await;
    assert_eq!(class(outcome).0, Class::WorkflowGone);

    let calendar = world.ghl.perform(at, &calendars::list(&world.id), how).await.unwrap().value.remove(0);
    let slots = calendars::free_slots(&calendar.id, (world.clock)(), 7, None);
    let slot = world.ghl.perform(at, &slots, how).await.unwrap().value.0[3];
    let appointment = calendars::NewAppointment {
        calendar: calendar.id,
        location: world.id.clone(),
        contact: contact.clone(),
        starts_at: slot,
        ends_at: None,
        assigned_to: None,
        title: Some("Viewing".into()),
        is_announced: false,
    };
    world.strike(rule(19, "POST /calendars/events/appointments"));
    let outcome = world.ghl.perform(at, &calendars::book(&appointment), how).await;
    assert_eq!(class(outcome), (Class::SlotTaken, Action::NextSlot));
    let next = world.ghl.perform(at, &slots, how).await.unwrap().value.0[3];
    let booked = calendars::NewAppointment { starts_at: next, ..appointment };
    let booked = world.ghl.perform(at, &calendars::book(&booked), how).await.unwrap().value;
    assert_eq!(booked.starts_at, Some(next));

    world.strike(rule(14, "PUT /contacts/{contactId}"));
    let write = ContactWrite { phone: Some("12".into()), ..ContactWrite::default() };
    let outcome = world.ghl.perform(at, &contacts::update(&contact, &write), how).await;
    let failure = outcome.unwrap_err();
    assert_eq!(
        failure.request, r#"PUT /contacts/{contactId} {"phone":"phone-1"}"#,
        "shown without the number"
    );
    assert_eq!(class(Err::<(), _>(failure)), (Class::BadValue, Action::Normalise(Some("phone".to_owned()))));

    world.strike(rule(6, TAGS));
    assert_eq!(class(world.tag(&contact, "x").await).0, Class::ScopeMissing);
    world.strike(rule(8, TAGS));
    assert_eq!(class(world.tag(&contact, "x").await).0, Class::Misaddressed);

    world.strike(rule(16, TAGS));
    assert_eq!(class(world.tag(&contact, "x").await), (Class::EntityGone, Action::Tombstone));
}

#[tokio::test]
async fn a_suspended_location_is_left_alone() {
    let world = World::new().await;
    let contact = world.contact();
    world.strike(rule(12, TAGS));
    let failure = world.tag(&contact, "x").await.unwrap_err();
    assert_eq!((failure.fault.class, failure.fault.action), (Class::LocationInactive, Action::Suspend));
    let (_, before) = world.emulated.admin("GET", "requests", &Value::Null);
    for _ in 0..5 {
        assert_eq!(world.tag(&contact, "x").await.unwrap_err().fault.class, Class::LocationInactive);
    }
    let (_, after) = world.emulated.admin("GET", "requests", &Value::Null);
    assert_eq!(before["total"], after["total"], "nobody asks");
    world.emulated.admin("POST", "resume", &json!({ "locationId": world.id }));
    world.emulated.advance(Duration::from_secs(25 * 3600));
    world.tag(&contact, "x").await.unwrap();
}

#[tokio::test]
async fn drift_is_noticed_and_the_rest_is_read() {
    let world = World::new().await;
    let contact = world.contact();
    let operation = "GET /contacts/{contactId}";
    for variant in ["enum", "type", "field"] {
        world.strike(Rule { variant: Some(variant.into()), ..rule(24, operation) });
        let read = world.get(&contact).await.unwrap();
        assert_eq!((read.id.as_str(), read.email.is_some()), (contact.as_str(), true), "{variant}");
    }
}

#[tokio::test]
async fn the_carriers_verdict_is_read_from_the_message() {
    for (number, expected) in
        [(35, Class::SmsUnreachable), (36, Class::SmsOptOut), (37, Class::SmsBlocked), (38, Class::SmsCapped)]
    {
        let world = World::new().await;
        let contact = world.contact();
        world.strike(rule(number, "POST /conversations/messages"));
        let message = NewMessage {
            channel: Channel::Sms,
            contact: contact.clone(),
            text: "hi".into(),
            subject: None,
            at: None,
        };
        let how = patient(Lane::Reply);
        let sent =
            world.ghl.perform(&world.location, &conversations::send(&message), how).await.unwrap().value;
        let read = world
            .ghl
            .perform(&world.location, &conversations::message(&sent.message), how)
            .await
            .unwrap()
            .value;
        assert_eq!(read.status.as_deref(), Some("failed"));
        assert_eq!(read.error_code.and_then(of_sms_code).map(|(class, _)| class), Some(expected));
        if expected == Class::SmsOptOut {
            let again = world.ghl.perform(&world.location, &conversations::send(&message), how).await;
            assert_eq!(class(again), (Class::SmsOptOut, Action::SetDnd), "it is closed there, too");
        }
    }
}

#[tokio::test]
async fn webhooks_verify_by_their_key_and_are_read() {
    let world = World::new().await;
    let about = world.emulated.connection();
    let keys = Keys::one("emulated", about["webhookPublicKey"].as_str().unwrap()).unwrap();
    world.emulated.admin("POST", "webhooks", &json!({ "url": "http://127.0.0.1:9/hooks/ghl" }));
    let contact = world.contact();
    world.tag(&contact, "news").await.unwrap();
    let task = NewTask { title: "Call".into(), body: None, due_at: (world.clock)(), assigned_to: None };
    world
        .ghl
        .perform(&world.location, &contacts::create_task(&contact, &task), patient(Lane::Routing))
        .await
        .unwrap();
    let deliveries = world.emulated.deliveries();
    assert!(deliveries.len() >= 2);
    for delivery in &deliveries {
        let now = (world.clock)();
        keys.verify(delivery.signature.as_deref(), delivery.body.as_bytes(), now).unwrap();
        let event = Event::parse(delivery.body.as_bytes(), None).unwrap();
        assert_eq!(
            (event.kind.name(), event.webhook_id.as_deref()),
            (delivery.kind.as_str(), Some(delivery.webhook_id.as_str()))
        );
        assert_eq!(event.location.as_deref(), Some(world.id.as_str()));
        assert!(!event.is_stale(now));
    }
    assert!(deliveries.iter().any(|it| Kind::named(&it.kind) == Some(Kind::ContactTagUpdate)));
}

#[tokio::test]
async fn what_only_the_agency_may_ask_is_asked_by_the_agency() {
    let world = World::new().await;
    world.connect(true).await;
    let call = users::search(&world.company, 0, 20);
    let done = world.ghl.perform(&world.location, &call, patient(Lane::Bulk)).await.unwrap();
    assert_eq!(done.value.len(), 3);
    assert!(done.tried.iter().all(|step| step.fault.action == Action::UseCompany), "{:?}", done.tried);
}

#[tokio::test]
async fn what_fails_for_three_locations_is_an_outage_until_one_succeeds() {
    let options = emulator::ghl::Options { locations: 3, ..emulator::ghl::Options::default() };
    let world = World::with(options, 1, Duration::from_secs(5)).await;
    let about = world.emulated.connection();
    let ids: Vec<&str> =
        about["locations"].as_array().unwrap().iter().map(|it| it["id"].as_str().unwrap()).collect();
    for id in &ids {
        let (_, pair) = world.emulated.admin("POST", "tokens", &json!({ "locationId": id }));
        let mut tokens = world.store.tokens(&world.location);
        tokens.access = Secret::new(pair["access_token"].as_str().unwrap());
        tokens.refresh = Some(Secret::new(pair["refresh_token"].as_str().unwrap()));
        world.store.put(Account::Location((*id).to_owned()), tokens);
    }
    world.ghl.keeper().forget(&world.location).await;
    world.strike(Rule { seconds: Some(600), ..Rule::once(34) });
    for (index, id) in ids.iter().enumerate() {
        assert!(world.ghl.outages().is_empty(), "{index}");
        let account = Account::Location((*id).to_owned());
        // Long enough for some attempts, too short for the breaker's rest.
        let how = How::lane(Lane::Bulk).within(Duration::from_secs(2));
        let failure = world.ghl.perform(&account, &locations::tags(id), how).await.unwrap_err();
        assert_eq!(failure.fault.class, Class::Unavailable);
    }
    assert_eq!(world.ghl.outages(), ["locations"]);
    world.emulated.advance(Duration::from_secs(700));
    // The breaker lets a trial through after its rest.
    tokio::time::sleep(Duration::from_secs(10)).await;
    let account = Account::Location(ids[0].to_owned());
    world.ghl.perform(&account, &locations::tags(ids[0]), patient(Lane::Bulk)).await.unwrap();
    assert!(world.ghl.outages().is_empty());
}

#[tokio::test]
async fn through_a_storm_of_faults_everything_is_done_once() {
    let world = World::with(emulator::ghl::Options::default(), 1, Duration::from_secs(1)).await;
    world.connect(true).await;
    let about =
        |class, probability| Rule { count: Some(0), probability: Some(probability), ..Rule::once(class) };
    for rule in [
        about(3, 0.06),
        // Not of the agency's: whose race is lost as well needs a person.
        Rule { operation: Some("*/contacts/*".into()), ..about(4, 0.03) },
        about(7, 0.05),
        about(9, 0.04),
        about(20, 0.04),
        Rule { after: Some(true), ..about(20, 0.03) },
        about(21, 0.08),
        Rule { after: Some(false), ..about(21, 0.05) },
        about(23, 0.05),
        Rule { variant: Some("field".into()), ..about(24, 0.10) },
    ] {
        world.strike(rule);
    }
    let contact = world.contact();
    for index in 0..40 {
        let (tag, body) = (format!("storm{index}"), format!("note {index}"));
        let mut outcome = world.tag(&contact, &tag).await;
        while let Err(failure) = &outcome {
            assert!(failure.is_temporary(), "{index}: {failure}");
            outcome = world.tag(&contact, &tag).await;
        }
        let call = contacts::create_note(&contact, &body, None);
        let read_back = || async {
            let list = contacts::list_notes(&contact);
            let notes = world.ghl.perform(&world.location, &list, patient(Lane::Score)).await?.value;
            Ok(notes.into_iter().find(|note| note.body.as_ref() == Some(&body)))
        };
        // As an outbox would: what is left to do is to look, and to try again if it is not there.
        let mut outcome = world.ghl.create(&world.location, &call, patient(Lane::Score), read_back).await;
        for _ in 0..5 {
            if outcome.is_ok() {
                break;
            }
            outcome =
                world.ghl.create_in_doubt(&world.location, &call, patient(Lane::Score), read_back).await;
        }
        outcome.unwrap_or_else(|failure| panic!("{index}: {failure}"));
    }
    let (_, struck) = world.emulated.admin("GET", "faults/struck", &Value::Null);
    assert!(struck["total"].as_u64().unwrap() > 20, "{}", struck["total"]);
    let truth = world.truth();
    let there = &truth["contacts"][&contact];
    for index in 0..40 {
        assert!(there["tags"].as_array().unwrap().contains(&json!(format!("storm{index}"))));
        let notes = there["notes"].as_array().unwrap();
        assert_eq!(notes.iter().filter(|note| note["body"] == format!("note {index}")).count(), 1, "{index}");
    }
}

#[tokio::test]
async fn traffic_is_recorded_without_anybody_in_it_and_replayed_without_a_network() {
    let world = World::new().await;
    let road = Arc::new(client_trusting(&[world.emulated.address().to_string()]));
    let recorder = Arc::new(Recorder::new(road));
    let options = || Options { base: world.emulated.base().to_owned(), ..Options::default() };
    let asked = |road: Arc<dyn Road>| {
        let ghl = Client::new(road, world.store.clone(), options(), world.clock.clone(), Arc::new(|| 0));
        let (at, id) = (world.location.clone(), world.id.clone());
        async move {
            let search = Search { limit: 3, ..Search::default() };
            let page =
                ghl.perform(&at, &contacts::search(&id, &search), patient(Lane::Bulk)).await.unwrap().value;
            let first = &page.contacts[0];
            let call = contacts::duplicate(&id, first.email.as_deref(), None);
            let found = ghl.perform(&at, &call, patient(Lane::Bulk)).await.unwrap().value;
            assert_eq!(found.unwrap().id, first.id);
            (page.contacts.iter().map(|contact| contact.id.clone()).collect::<Vec<_>>(), page.total)
        }
    };
    let live = asked(recorder.clone()).await;
    let tape = recorder.tape();
    let text = serde_json::to_string(&tape).unwrap();
    for contact in world.truth()["contacts"].as_object().unwrap().values() {
        for name in ["email", "phone"] {
            assert!(!text.contains(contact[name].as_str().unwrap()), "{name}");
        }
    }
    assert!(!text.contains(world.store.tokens(&world.location).access.expose()));
    let replay = Arc::new(Replay::new(serde_json::from_str(&text).unwrap()));
    assert_eq!(asked(replay.clone()).await, live);
    assert!(replay.left().is_empty());
}

/// What a store holds, for looking at.
trait Peek {
    fn tokens(&self, account: &Account) -> Tokens;
}

impl Peek for MemoryStore {
    fn tokens(&self, account: &Account) -> Tokens {
        self.peek(account).unwrap().tokens
    }
}
