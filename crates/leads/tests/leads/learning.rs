//! A market whose leads follow a rule that nobody told it: it learns, tries what it learned, and goes by that.

use std::collections::BTreeMap;

use contacts::Sight;
use jiff::{SignedDuration, Timestamp};
use kernel::PersonId;
use leads::{
    BoardQuery, Leads, LeadsError, ModelStep,
    learning::Kind,
    policy::LEADS_TOML,
    timeline::{Answer, AppointmentStep, Direction, Entry, Happening, LeadSource, What},
};
use learn::{chance::Generator, evaluate::report::Findings, odds, registry::Stage};
use markets::Market;
use store::trail;

use crate::world::{World, on_both};

/// Leads that come in a day.
const A_DAY: usize = 40;

fn hours(hours: f64) -> SignedDuration {
    SignedDuration::from_secs((hours * 3_600.0) as i64)
}

/// A policy whose ends are known within eight days, so that a test need not live for months.
fn quick_policy() -> String {
    let mut text = LEADS_TOML.to_owned();
    for (from, to) in [
        ("horizon_days = 14", "horizon_days = 7"),
        ("silent_days = 14", "silent_days = 7"),
        ("delay_hours = 48", "delay_hours = 12"),
        ("calls_per_day = 20", "calls_per_day = 5"),
        ("rescore_hours = 24", "rescore_hours = 720"),
    ] {
        assert!(text.contains(from), "{from}");
        text = text.replacen(from, to, 1);
    }
    text
}

/// What a lead does who comes at `arrives`: referrals, people who move soon and people who write book within six days.
fn life(seed: u64, arrives: Timestamp) -> Vec<Entry> {
    let mut chance = Generator::seeded(seed);
    let mut entries = Vec::new();
    let mut tell = |name: String, after: f64, what: What| {
        let at = arrives + hours(after);
        entries.push(Entry::told(name, at, Happening { at, what }));
    };
    let (referral, soon, writes) = (chance.unit() < 0.3, chance.unit() < 0.5, chance.unit() < 0.5);
    let source = if referral { LeadSource::Referral } else { LeadSource::Portal };
    tell("arrived".to_owned(), 0.0, What::Arrived { source });
    let days = if soon { 20 } else { 300 };
    tell("horizon".to_owned(), 0.1, What::Answered(Answer::Horizon { days }));
    if writes {
        let message = What::Message { direction: Direction::Inbound, channel: leads::Channel::Sms };
        tell("message".to_owned(), 0.5, message);
    }
    let adds = |yes: bool, by: f64| if yes { by } else { 0.0 };
    let margin = -2.2 + adds(referral, 2.0) + adds(soon, 1.6) + adds(writes, 1.4);
    if chance.unit() < odds::probability(margin) {
        let booked = 24.0 * (1.0 + 5.0 * chance.unit());
        let step = AppointmentStep::Booked { starts: arrives + hours(booked + 48.0) };
        tell("booked".to_owned(), booked, What::Appointment { appointment: "a".to_owned(), step });
    }
    entries
}

/// A market that lives on, day by day.
struct Living<'a> {
    world: &'a World,
    market: Market,
    /// What is still to happen, by contact.
    ahead: BTreeMap<PersonId, Vec<Entry>>,
    born: u64,
}

impl Living<'_> {
    /// A day with its arrivals and events, and the scores at its end.
    async fn day(&mut self) {
        let (world, market) = (self.world, &self.market);
        let begin = world.now();
        for _ in 0..A_DAY {
            let contact = world.lead(market, &format!("Lead {}", self.born)).await;
            let mut chance = Generator::seeded(900_000 + self.born);
            let arrives = begin + hours(0.1 + 20.0 * chance.unit());
            self.ahead.insert(contact, life(self.born, arrives));
            self.born += 1;
        }
        world.pass(hours(24.0));
        let now = world.now();
        for (contact, entries) in &mut self.ahead {
            let happened: Vec<Entry> = entries.extract_if(.., |entry| entry.known_at <= now).collect();
            if !happened.is_empty() {
                world.leads.tell(market, *contact, happened, &world.at()).await.unwrap();
            }
        }
        self.ahead.retain(|_, entries| !entries.is_empty());
        world.score(market).await;
    }
}

/// The basis of the first lead on the board.
async fn basis(leads: &Leads, market: &Market) -> String {
    let page = leads.board(market, Sight::All, &BoardQuery::default()).await.unwrap();
    page.rows[0].basis.clone().unwrap()
}

/// Puts another file in the place of the first model's; the one that was there.
async fn other_file(market: &Market, file: Vec<u8>) -> Vec<u8> {
    let read = store::Query::new("SELECT file FROM lead_model WHERE kind = 'goal' AND version = 1");
    let before = market.db().one(read).await.unwrap().bytes("file").unwrap();
    let write = store::Query::new("UPDATE lead_model SET file = ? WHERE kind = 'goal' AND version = 1");
    let mut tx = market.db().begin().await.unwrap();
    assert_eq!(tx.execute(write.bind(file)).await.unwrap(), 1);
    tx.commit().await.unwrap();
    before
}

/// The goal's steps of a judgement, as words.
fn told(steps: &[ModelStep]) -> Vec<String> {
    let word = |step: &ModelStep| match step {
        ModelStep::Trained { kind: Kind::Goal, version } => Some(format!("trained {version}")),
        ModelStep::Challenges { kind: Kind::Goal, version } => Some(format!("challenges {version}")),
        ModelStep::Promoted { kind: Kind::Goal, version } => Some(format!("promoted {version}")),
        ModelStep::Retired { kind: Kind::Goal, version, because } => {
            Some(format!("retired {version}: {because}"))
        }
        ModelStep::NotTrained { kind: Kind::Goal, because } => Some(format!("not trained: {because}")),
        _ => None,
    };
    steps.iter().filter_map(word).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_market_learns_tries_what_it_learned_and_goes_by_it_of_itself() {
    let world = World::embedded().await;
    let market = world.market("alpha").await;
    let leads = &world.leads;
    leads.save_policy(&market, &quick_policy(), "a week is enough", &world.at()).await.unwrap();
    let mut living = Living { world: &world, market: market.clone(), ahead: BTreeMap::new(), born: 0 };

    // Before there are outcomes: the prior rule, and the page says what is missing.
    for _ in 0..3 {
        living.day().await;
    }
    leads.judge(&market, world.now()).await.unwrap();
    let view = leads.models(&market).await.unwrap().goal;
    assert_eq!(view.in_force, "prior leads_prior v1");
    assert_eq!((view.switch.needed.positive, view.switch.missing.positive), (200, 200));
    assert!(
        view.champion.is_none()
            && view.report.is_none()
            && view.predictions > 0
            && view.waiting == view.predictions
    );
    assert!(basis(leads, &market).await.starts_with("prior rule leads_prior v1: "));
    let refused = leads.train(&market, Kind::Goal, &world.at()).await.unwrap_err();
    assert!(matches!(refused, LeadsError::NotEnough { needed: 200, .. }), "{refused}");

    // Two nodes judge at once: what is to be done is done by one of them.
    let (markets, other) = world.another_node().await;
    let same = markets.enter(market.name()).await.unwrap();
    let mut steps: Vec<String> = Vec::new();
    for day in 3..45 {
        living.day().await;
        if day >= 17 && day % 4 == 1 {
            let now = world.now();
            let (one, another) = tokio::join!(leads.judge(&market, now), other.judge(&same, now));
            let mut taken = told(&one.unwrap().steps);
            taken.extend(told(&another.unwrap().steps));
            // Where one trains, the other may put on trial what it trained.
            taken.sort_by_key(|step| !step.starts_with("trained"));
            steps.extend(taken);
            if steps.iter().any(|step| step == "challenges 1") && steps.len() == 2 {
                // A person may not promote what nobody could judge yet.
                let refused = leads.promote(&market, Kind::Goal, 1, &world.at()).await.unwrap_err();
                assert!(
                    matches!(refused, LeadsError::NotCleared { .. } | LeadsError::Conflict(_)),
                    "{refused}"
                );
            }
        }
        if steps.iter().any(|step| step.starts_with("promoted")) {
            break;
        }
    }
    assert_eq!(steps, ["trained 1", "challenges 1", "promoted 1"], "of itself, in this order");

    // From now on its word counts, and what it says is written down and judged.
    world.score(&market).await;
    let said = basis(leads, &market).await;
    assert!(said.contains("v1, trained on"), "{said}");
    for _ in 0..10 {
        living.day().await;
    }
    leads.judge(&market, world.now()).await.unwrap();
    let view = leads.models(&market).await.unwrap().goal;
    assert_eq!(view.in_force, "v1");
    let champion = view.champion.clone().unwrap();
    assert_eq!((champion.version, champion.stage), (1, Stage::Champion));
    assert!(champion.trial.unwrap().difference.unwrap().value() < Some(0.0), "it lost less than the prior");
    assert_eq!(champion.lineage.data_hash.len(), 64);
    assert!(view.report.is_some());
    let seen = view.seen.unwrap();
    assert_eq!(seen.alarms, Vec::<String>::new(), "the market is what it was");
    let watched = seen.watched.unwrap();
    assert!(
        watched.too_young && watched.columns.is_empty(),
        "all its people were new when the model was trained"
    );
    assert!(watched.losses.unwrap().rows > 100);
    let Findings::Chances(live) = seen.live.unwrap().findings else { panic!("chances") };
    assert!(live.figures.auc.value() > Some(0.65), "{:?}", live.figures);
    assert!(!live.reliability.is_empty() && !live.lift.is_empty());
    let fairness = leads.models(&market).await.unwrap().fairness;
    assert!(fairness[0].report.groups.iter().any(|group| group.group == "referral"));

    // A program that cannot read it scores by the rule, and says so.
    let damaged = other_file(&market, b"of another form".to_vec()).await;
    let reader = Leads::new(world.deaf_contacts().await);
    world.pass(hours(24.0 * 40.0));
    while reader.score_due(&market, world.now(), 500).await.unwrap().more {}
    let said = basis(&reader, &market).await;
    assert!(said.contains("model 1 was accepted, and this program cannot read it"), "{said}");
    assert_eq!(reader.models(&market).await.unwrap().goal.in_force, "prior leads_prior v1");
    other_file(&market, damaged).await;

    // Withdrawn, the prior answers again; one step back, and it is asked again.
    leads.retire(&market, Kind::Goal, 1, "only a test", &world.at()).await.unwrap();
    world.score(&market).await;
    assert!(basis(leads, &market).await.starts_with("prior rule"), "nobody else is there");
    assert_eq!(leads.roll_back(&market, Kind::Goal, &world.at()).await.unwrap(), 1);
    world.score(&market).await;
    assert!(basis(leads, &market).await.contains("v1, trained on"));

    let trail = trail::after(market.db(), None).await.unwrap();
    let actions: Vec<&str> = trail.iter().map(|entry| entry.action.as_str()).collect();
    for action in [
        "leads.policy_saved",
        "leads.model_trained",
        "leads.model_challenges",
        "leads.model_promoted",
        "leads.model_retired",
        "leads.model_rolled_back",
    ] {
        assert!(actions.contains(&action), "{action} is in the chain");
    }

    // Another goal is another question: what answered the former one is not asked.
    let other = quick_policy().replacen("\"appointment_booked\"", "\"appointment_shown\"", 1);
    leads.save_policy(&market, &other, "who comes counts", &world.at()).await.unwrap();
    world.score(&market).await;
    assert!(basis(leads, &market).await.starts_with("prior rule"));
    let judged = leads.judge(&market, world.now()).await.unwrap();
    assert!(
        told(&judged.steps).iter().any(|step| step.starts_with("retired 1: the market asks")),
        "{judged:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_is_gone_from_the_ledger() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let leads = &world.leads;
        let mut everybody = Vec::new();
        for seed in 0..3 {
            let contact = world.lead(&market, &format!("Lead {seed}")).await;
            leads.tell(&market, contact, life(seed, world.now()), &world.at()).await.unwrap();
            everybody.push(contact);
        }
        world.pass(hours(2.0));
        world.score(&market).await;
        let count = async || {
            let view = leads.models(&market).await.unwrap();
            (view.goal.predictions, view.cold.predictions)
        };
        assert_eq!(count().await, (3, 3));
        let reason = contacts::EraseReason::Request;
        world.contacts.erase(&market, Sight::All, everybody[0], reason, &world.at()).await.unwrap();
        assert_eq!(count().await, (2, 2));

        // Their time passes: what became of the others is read, once.
        world.pass(hours(24.0 * 20.0));
        let judged = leads.judge(&market, world.now()).await.unwrap();
        assert_eq!(judged.settled, 4);
        assert_eq!(leads.judge(&market, world.now()).await.unwrap().settled, 0);
        assert_eq!(leads.models(&market).await.unwrap().goal.waiting, 0);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_market_keeps_every_version_of_its_policy() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let leads = &world.leads;
        assert_eq!(leads.policy_version(&market).await.unwrap().version, 0);
        assert_eq!(leads.policy(&market).await.unwrap().capacity().today(), 20);
        let wrong = LEADS_TOML.replacen("calls_per_day = 20", "calls_per_day = -1", 1);
        let refused = leads.save_policy(&market, &wrong, "", &world.at()).await.unwrap_err();
        assert!(matches!(refused, LeadsError::Invalid { field: "policy", .. }), "{refused}");
        let more = LEADS_TOML.replacen("calls_per_day = 20", "calls_per_day = 60", 1);
        assert_eq!(leads.save_policy(&market, &more, "three more agents", &world.at()).await.unwrap(), 1);
        assert_eq!(
            leads.save_policy(&market, &more, "again", &world.at()).await.unwrap(),
            1,
            "it is in force"
        );
        assert_eq!(leads.policy(&market).await.unwrap().capacity().today(), 60);
        assert_eq!(leads.save_policy(&market, LEADS_TOML, "back", &world.at()).await.unwrap(), 2);
        let versions = leads.policies(&market).await.unwrap();
        assert_eq!(versions.iter().map(|version| version.version).collect::<Vec<_>>(), [2, 1]);
        assert_eq!(
            (versions[1].note.as_str(), versions[1].actor.as_str()),
            ("three more agents", "user:ana")
        );
        assert_eq!(
            world.restarted().policy(&market).await.unwrap().capacity().today(),
            20,
            "also in a process that kept none"
        );
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_of_leads_is_taken_in_once() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let leads = &world.leads;
        let file = "Name,E-mail,Source,Arrived,Budget,Event,At,Shoe size\n\
                    Ana Lima,ana@example.com,referral,2026-02-02,450000,listing_view,2026-02-03 10:00,38\n\
                    Ana Lima,ANA@example.com,,,,message_in,2026-02-04 10:00,\n\
                    Bo Chen,bo@example.com,portal,2026-02-05,,,,\n\
                    Cy,cy@example.com,billboard,2026-02-05,,,,\n\
                    Di,not an address,portal,2026-02-05,,,,\n";
        let hint = tabular::Hint::named("leads.csv");
        let report = leads.import(&market, file.as_bytes(), &hint, &world.at()).await.unwrap();
        assert_eq!((report.rows, report.accepted, report.added, report.known), (5, 3, 2, 0), "{report:?}");
        let refused: Vec<(u64, &str)> =
            report.rejected.iter().map(|rejection| (rejection.row, rejection.field.as_str())).collect();
        assert_eq!(refused, [(4, "source"), (5, "email")]);
        assert_eq!(report.notices[0].field, "Shoe size");
        let again = leads.import(&market, file.as_bytes(), &hint, &world.at()).await.unwrap();
        assert_eq!((again.added, again.known), (0, 2), "{again:?}");

        world.score(&market).await;
        let page = leads.board(&market, Sight::All, &BoardQuery::default()).await.unwrap();
        let sources: BTreeMap<&str, Option<LeadSource>> = page
            .rows
            .iter()
            .map(|row| (row.contact.personal.name.as_deref().unwrap_or_default(), row.source))
            .collect();
        assert_eq!(sources["Ana Lima"], Some(LeadSource::Referral));
        assert_eq!(sources["Bo Chen"], Some(LeadSource::Portal));
        let ana = page.rows.iter().find(|row| row.source == Some(LeadSource::Referral)).unwrap();
        assert_eq!(
            ana.arrived_at,
            "2026-02-02T08:00:00Z".parse::<Timestamp>().unwrap(),
            "midnight in the market"
        );
        let timeline = leads.timeline(&market, ana.contact.id).await.unwrap();
        assert_eq!(timeline.as_of("2026-02-03T19:00:00Z".parse().unwrap()).len(), 3, "known at the time");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_a_file_only_names_is_known_again_by_the_same_words() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let file = "Name,Source\nJohn Smith,referral\njohn  smith,portal\nEva Berg,portal\n";
        let hint = tabular::Hint::named("leads.csv");
        let import = async |file: &str| {
            let report = world.leads.import(&market, file.as_bytes(), &hint, &world.at()).await.unwrap();
            (report.accepted, report.added, report.known)
        };
        assert_eq!(import(file).await, (3, 3, 0), "two of one name are two");
        assert_eq!(import(file).await, (3, 0, 3));
        // The file has grown.
        assert_eq!(import(&format!("{file}John Smith,portal\n")).await, (4, 1, 3));
        // Who is erased is not remembered by it.
        let page = world.leads.board(&market, Sight::All, &BoardQuery::default()).await.unwrap();
        let eva =
            page.rows.iter().find(|row| row.contact.personal.name.as_deref() == Some("Eva Berg")).unwrap();
        world
            .contacts
            .erase(&market, Sight::All, eva.contact.id, contacts::EraseReason::Mistake, &world.at())
            .await
            .unwrap();
        assert_eq!(import(file).await, (3, 1, 2));
    })
    .await;
}
