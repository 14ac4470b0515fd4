use std::sync::Arc;

use contacts::{ContactEdit, Sight};
use jiff::SignedDuration;
use kernel::PersonId;
use leads::{
    band::{self, Band, Capacity, Ranked},
    policy::LEADS_TOML,
    score::Basis,
    timeline::{Direction, Entry, Happening, LeadSource, What},
};
use markets::Market;
use proptest::prelude::*;

use crate::world::{Listener, World, arrival, look, message, on_both};

/// Lets the team make this many calls a day.
async fn capacity(world: &World, market: &Market, calls_per_day: u32, days: u32) {
    let shipped = leads::policy::LeadPolicy::shipped().capacity();
    let before = (shipped.today(), shipped.planned() / shipped.today());
    let text = LEADS_TOML
        .replace(&format!("calls_per_day = {}", before.0), &format!("calls_per_day = {calls_per_day}"))
        .replace(&format!("days = {}\n", before.1), &format!("days = {days}\n"));
    world.leads.save_policy(market, &text, "a small team", &world.at()).await.unwrap();
    let saved = world.leads.policy(market).await.unwrap();
    assert_eq!(
        (saved.capacity().today(), saved.capacity().planned()),
        (calls_per_day as usize, (calls_per_day * days) as usize)
    );
}

#[tokio::test]
async fn a_lead_is_scored_when_there_are_news_and_after_a_day_of_silence() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = world.lead(&market, "Ana").await;
        assert_eq!(world.score(&market).await, [ana]);
        assert!(world.score(&market).await.is_empty(), "nothing happened");
        world.tell(&market, ana, "look", look("a")).await;
        assert_eq!(world.score(&market).await, [ana]);

        let report = world.leads.score_due(&market, world.now(), 10).await.unwrap();
        let silence = report.next.unwrap().duration_since(world.now());
        assert!(silence > SignedDuration::from_hours(23) && silence <= SignedDuration::from_hours(24));
        world.pass(SignedDuration::from_hours(25));
        assert_eq!(world.score(&market).await, [ana]);
    })
    .await;
}

#[tokio::test]
async fn a_score_is_news_when_something_has_just_happened_and_not_when_the_past_is_told() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let (ana, bob) = (world.lead(&market, "Ana").await, world.lead(&market, "Bob").await);
        world.score(&market).await;
        world.pass(SignedDuration::from_hours(2));
        let listener = Arc::new(Listener::default());
        world.leads.add_score_witness(listener.clone());
        world.tell(&market, ana, "look", look("a")).await;
        let at = world.at();
        let yesterday = at.at() - SignedDuration::from_hours(24);
        let past = Entry::told("fill", at.at(), Happening { at: yesterday, what: look("b") });
        world.leads.tell(&market, bob, vec![past], &at).await.unwrap();
        world.score(&market).await;
        let mut news = listener.news();
        news.sort_unstable();
        assert_eq!(news, [(ana, true), (bob, false)]);
        world.pass(SignedDuration::from_hours(25));
        world.score(&market).await;
        assert!(listener.news().iter().all(|(_, is_news)| !is_news), "silence is none");
    })
    .await;
}

#[tokio::test]
async fn a_score_says_why_and_what_it_rests_on() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = world.lead(&market, "Ana").await;
        world.tell(&market, ana, "arrived", arrival(LeadSource::Referral)).await;
        world.tell(&market, ana, "asks", message(Direction::Inbound)).await;
        world.score(&market).await;
        world.tell(&market, ana, "answers", message(Direction::Outbound)).await;
        world.score(&market).await;

        let now = world.now();
        let view = world.leads.lead(&market, Sight::All, ana, now).await.unwrap();
        let score = view.score.unwrap();
        assert!(matches!(&score.basis, Basis::Prior { .. }), "{:?}", score.basis);
        let sum = score.factors.iter().fold(score.base, |sum, factor| sum + factor.contribution);
        assert_eq!(sum, score.margin, "factors sum exactly, also after they were kept");
        assert!(score.interval.lower <= score.probability && score.probability <= score.interval.upper);
        let standing = score.standing.unwrap();
        assert_eq!((standing.band, standing.rank, standing.of), (Band::Hot, 1, 1));
        let row = view.row;
        assert_eq!(row.source, Some(LeadSource::Referral));
        assert_eq!(row.first_action_at, Some(score.as_of - SignedDuration::from_secs(1)));
        assert_eq!((row.reasons.as_slice(), row.effective), (&score.reasons[..3], Some(score.probability)));
        assert!(row.basis.unwrap().starts_with("prior rule leads_prior"));
        assert!(row.cold_probability.is_some());

        let history = world.leads.history(&market, Sight::All, ana, 10).await.unwrap();
        assert_eq!(history.len(), 2, "after each news");
        assert_eq!((history[0].at, history[0].probability), (score.as_of, score.probability));
        assert_eq!((history[0].basis.as_str(), history[0].band), ("prior", Band::Hot));
        assert_eq!(history[0].features, score.features.to_string());
        assert!(history[0].at > history[1].at && !history[1].reasons.is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_score_that_hardly_moves_in_silence_is_not_kept_again() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = world.lead(&market, "Ana").await;
        world.score(&market).await;
        for _ in 0..60 {
            world.pass(SignedDuration::from_hours(25));
            assert_eq!(world.score(&market).await.len(), 1);
        }
        let history = world.leads.history(&market, Sight::All, ana, 100).await.unwrap();
        assert!(history.len() < 30, "{} of 61", history.len());
        let moved = history.windows(2).map(|pair| (pair[0].probability - pair[1].probability).abs());
        assert!(moved.into_iter().all(|change| change >= 0.004), "each says something new");
        let now = world.leads.lead(&market, Sight::All, ana, world.now()).await.unwrap();
        assert!(now.row.scored_at.unwrap() > history[0].at, "the score itself is of today");
    })
    .await;
}

#[tokio::test]
async fn bands_follow_the_capacity_and_everybody_is_told_who_moves() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        capacity(&world, &market, 1, 2).await;
        let listener = Arc::new(Listener::default());
        world.leads.add_score_witness(listener.clone());
        let mut people = Vec::new();
        for (name, looks) in [("Ana", 6), ("Bob", 3), ("Cid", 0)] {
            let person = world.lead(&market, name).await;
            for look_at in 0..looks {
                world.tell(&market, person, &format!("look {look_at}"), look("a")).await;
            }
            people.push(person);
        }
        let [ana, bob, cid] = people[..] else { unreachable!() };
        assert_eq!(world.score(&market).await.len(), 3);
        let mut heard: Vec<(PersonId, Option<Band>)> =
            listener.heard().into_iter().map(|(person, band, _)| (person, band)).collect();
        heard.sort_unstable();
        assert_eq!(heard, [(ana, Some(Band::Hot)), (bob, Some(Band::Warm)), (cid, Some(Band::Cold))]);

        // Cid writes: she takes the first place, and both others move down although nothing happened to them.
        world.tell(&market, cid, "asks", message(Direction::Inbound)).await;
        world
            .tell(&market, cid, "approved", What::Answered(leads::timeline::Answer::Preapproved(true)))
            .await;
        assert_eq!(world.score(&market).await, [cid]);
        let mut heard: Vec<(PersonId, Option<Band>)> =
            listener.heard().into_iter().map(|(person, band, _)| (person, band)).collect();
        heard.sort_unstable();
        assert_eq!(heard, [(ana, Some(Band::Warm)), (bob, Some(Band::Cold)), (cid, Some(Band::Hot))]);

        // Who is lost makes room.
        let lost = ContactEdit { stage: Some("lost".to_owned()), ..ContactEdit::default() };
        world.contacts.update(&market, Sight::All, cid, 1, &lost, &world.at()).await.unwrap();
        assert!(world.score(&market).await.is_empty(), "nothing happened to the others");
        let heard: Vec<(PersonId, Option<Band>)> =
            listener.heard().into_iter().map(|(person, band, _)| (person, band)).collect();
        assert_eq!(heard, [(ana, Some(Band::Hot)), (bob, Some(Band::Warm))]);
        assert!(world.score(&market).await.is_empty() && listener.heard().is_empty(), "once is enough");
        world.tell(&market, cid, "asks again", message(Direction::Inbound)).await;
        assert!(world.score(&market).await.is_empty(), "the lost are not scored");
        let back = ContactEdit { stage: Some("new".to_owned()), ..ContactEdit::default() };
        world.contacts.update(&market, Sight::All, cid, 2, &back, &world.at()).await.unwrap();
        assert_eq!(world.score(&market).await, [cid]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_that_score_at_once_score_each_lead_once() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let file: String = (0..300).map(|number| format!("Person {number}\n")).collect();
        let (hint, agents) = (tabular::Hint::named("people.csv"), std::collections::BTreeMap::new());
        let file = format!("name\n{file}");
        world.contacts.import(&market, file.as_bytes(), &hint, &agents, false, &world.at()).await.unwrap();
        let (markets, other) = world.another_node().await;
        let same = markets.enter(market.name()).await.unwrap();
        let now = world.now();
        let score = |leads: leads::Leads, market: Market| {
            tokio::spawn(async move { leads.score_due(&market, now, 1_000).await.unwrap().scored })
        };
        let both = [score(world.leads.clone(), market.clone()), score(other, same)];
        let mut scored: Vec<PersonId> = Vec::new();
        for one in both {
            scored.extend(one.await.unwrap());
        }
        assert_eq!(scored.len(), 300);
        scored.sort_unstable();
        scored.dedup();
        assert_eq!(scored.len(), 300);
        let count = async |text: &'static str| -> u64 {
            market.db().one(store::Query::new(text)).await.unwrap().count("rows").unwrap()
        };
        assert_eq!(count("SELECT COUNT(*) AS rows FROM lead_score").await, 300);
        assert_eq!(count("SELECT COUNT(*) AS rows FROM lead_prediction WHERE kind = 'goal'").await, 300);
        assert_eq!(count("SELECT COUNT(*) AS rows FROM lead WHERE band = 'hot'").await, 20);
        assert!(world.score(&market).await.is_empty(), "nobody is left over");
    })
    .await;
}

#[tokio::test]
async fn a_stage_that_means_something_else_now_ends_its_leads_or_opens_them_again() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let (ana, bob) = (world.lead(&market, "Ana").await, world.lead(&market, "Bob").await);
        let to = |stage: &str| ContactEdit { stage: Some(stage.to_owned()), ..ContactEdit::default() };
        world.contacts.update(&market, Sight::All, ana, 1, &to("viewing"), &world.at()).await.unwrap();
        world.contacts.update(&market, Sight::All, bob, 1, &to("lost"), &world.at()).await.unwrap();
        assert_eq!(world.score(&market).await, [ana]);
        let agent = kernel::Ulid::from_parts(1, 1);
        let settings = leads::AgentSettings::default();
        world.leads.save_agent(&market, agent, &settings, &world.at()).await.unwrap();
        assert_eq!(world.leads.route_due(&market, world.now(), 10).await.unwrap().offered, 1);

        let means = async |stage: &'static str, kind: &'static str| {
            let update = store::Query::new("UPDATE pipeline_stage SET kind = ? WHERE id = ?");
            let mut tx = market.db().begin().await.unwrap();
            assert_eq!(tx.execute(update.bind(kind).bind(stage)).await.unwrap(), 1);
            tx.commit().await.unwrap();
        };
        means("viewing", "won").await;
        means("lost", "open").await;
        assert_eq!(world.score(&market).await, [bob]);
        let row = async |lead| world.leads.lead(&market, Sight::All, lead, world.now()).await.unwrap().row;
        assert!(row(ana).await.closed_at.is_some() && row(bob).await.closed_at.is_none());
        let offers = world.leads.offers(&market, Sight::All, ana).await.unwrap();
        assert_eq!(offers[0].ended.as_ref().map(|(_, how)| how.as_str()), Some("closed"));

        // As it was, also for a process that begins only now; and once is enough.
        means("viewing", "open").await;
        means("lost", "lost").await;
        let other = leads::Leads::new(world.deaf_contacts().await);
        assert_eq!(other.score_due(&market, world.now(), 10).await.unwrap().scored, [ana]);
        assert!(row(ana).await.closed_at.is_none() && row(bob).await.closed_at.is_some());
        world.score(&market).await;
        let filter =
            store::trail::Filter { action: Some("leads.stages_followed".to_owned()), ..Default::default() };
        let noted =
            store::trail::page(market.db(), &filter, store::trail::Order::Oldest, None, 10).await.unwrap();
        assert_eq!(noted.len(), 2);
        assert_eq!(noted[0].detail.get("closed").map(String::as_str), Some("1"));
    })
    .await;
}

#[tokio::test]
async fn scores_of_the_past_are_forgotten_in_time_but_for_the_last() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let text = LEADS_TOML.replace("history_days = 400", "history_days = 30");
        world.leads.save_policy(&market, &text, "a month is enough", &world.at()).await.unwrap();
        let (ana, bob) = (world.lead(&market, "Ana").await, world.lead(&market, "Bob").await);
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        world.score(&market).await;
        for day in 1..=5 {
            world.pass(days(10));
            world.tell(&market, ana, &format!("look {day}"), look("a")).await;
            assert!(world.leads.score_due(&market, world.now(), 1).await.unwrap().scored.contains(&ana));
        }
        let count = async |lead| world.leads.history(&market, Sight::All, lead, 100).await.unwrap().len();
        assert_eq!((count(ana).await, count(bob).await), (6, 1));
        let judged = world.leads.judge(&market, world.now()).await.unwrap();
        assert_eq!(judged.forgotten, 3, "of fifty, forty and thirty days ago");
        assert_eq!((count(ana).await, count(bob).await), (3, 1), "of somebody silent the last one stays");
        assert_eq!(world.leads.judge(&market, world.now()).await.unwrap().forgotten, 0);
    })
    .await;
}

#[tokio::test]
async fn ranking_the_few_who_can_have_a_place_is_ranking_all() {
    let world = World::embedded().await;
    let market = world.market("alpha").await;
    capacity(&world, &market, 2, 3).await;
    let capacity = Capacity::new(2, 3).unwrap();
    let mut people = Vec::new();
    for number in 0..20 {
        people.push(world.lead(&market, &format!("Person {number}")).await);
    }
    world.score(&market).await;
    let mut bands: std::collections::HashMap<PersonId, Band> = std::collections::HashMap::new();
    let mut dice = 7_u64;
    for round in 0..40 {
        // Bands of before, where there are any, then what ranking everybody gives.
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let person = people[(dice >> 33) as usize % people.len()];
        let what = match (dice >> 20) % 3 {
            0 => message(Direction::Inbound),
            1 => message(Direction::Outbound),
            _ => look("a"),
        };
        if round > 0 {
            world.tell(&market, person, &format!("round {round}"), what).await;
            assert_eq!(world.score(&market).await, [person]);
        }
        let query = leads::BoardQuery { limit: 100, ..leads::BoardQuery::default() };
        let board = world.leads.board(&market, Sight::All, &query).await.unwrap();
        let all: Vec<Ranked> = board
            .rows
            .iter()
            .map(|row| Ranked {
                lead: row.contact.id.to_string(),
                margin: learn::odds::logit(row.effective.unwrap()),
                previous: bands.get(&row.contact.id).copied(),
            })
            .collect();
        let expected = band::assign(&all, &capacity);
        for (row, expected) in board.rows.iter().zip(&expected) {
            let standing = row.standing.unwrap();
            assert_eq!((standing.band, standing.of), (expected.band, 20), "round {round}");
            assert_eq!(standing.places, expected.places);
            // Those with equal chances share a place.
            assert!(standing.rank <= expected.rank, "round {round}");
            bands.insert(row.contact.id, standing.band);
        }
    }
}

#[tokio::test]
async fn many_leads_are_scored_in_batches_and_each_once() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let file: String = (0..600).map(|number| format!("Person {number}\n")).collect();
        let file = format!("name\n{file}");
        let (hint, agents) = (tabular::Hint::named("people.csv"), std::collections::BTreeMap::new());
        world.contacts.import(&market, file.as_bytes(), &hint, &agents, false, &world.at()).await.unwrap();
        let first = world.leads.score_due(&market, world.now(), 400).await.unwrap();
        assert_eq!((first.scored.len(), first.more), (400, true));
        let second = world.leads.score_due(&market, world.now(), 400).await.unwrap();
        assert_eq!((second.scored.len(), second.more), (200, false));
        let mut all: Vec<PersonId> = first.scored.into_iter().chain(second.scored).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 600);
        let query = leads::BoardQuery { source: Some(LeadSource::Import), limit: 1, ..Default::default() };
        assert_eq!(world.leads.board(&market, Sight::All, &query).await.unwrap().total, 600);
    })
    .await;
}

/// Something that may happen to a lead.
fn any_what() -> impl Strategy<Value = What> {
    let direction = prop_oneof![Just(Direction::Inbound), Just(Direction::Outbound)];
    prop_oneof![
        direction.prop_map(message),
        "[a-c]".prop_map(|listing| look(&listing)),
        (0..3_u16).prop_map(|place| What::StageMove { opportunity: "o".to_owned(), place, of: 4 }),
        (1..40_u32).prop_map(|days| What::Answered(leads::timeline::Answer::Horizon { days })),
    ]
}

/// Happenings with how many hours from now they happened, and how much later we learned of them.
fn any_past() -> impl Strategy<Value = Vec<(i64, i64, What)>> {
    prop::collection::vec((-2_000..0_i64, 0..500_i64, any_what()), 0..12)
}

/// Happenings of which one or both times are after now.
fn any_future() -> impl Strategy<Value = Vec<(i64, i64, What)>> {
    let later = prop_oneof![
        // It happens later.
        (1..500_i64, 0..100_i64),
        // It happened, and nobody knew.
        (-500..0_i64, 501..900_i64),
    ];
    let one = (later, any_what()).prop_map(|((happens, learned), what)| (happens, learned, what));
    prop::collection::vec(one, 1..6)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]
    #[test]
    fn nothing_of_the_future_changes_a_score_and_a_score_can_be_repeated(
        past in any_past(),
        future in any_future(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let world = World::embedded().await;
            let market = world.market("alpha").await;
            let ana = world.lead(&market, "Ana").await;
            let now = world.now() + SignedDuration::from_hours(2_500);
            let entries = |prefix: &str, told: Vec<(i64, i64, What)>| -> Vec<Entry> {
                let entry = |(place, (happens, learned, what)): (usize, (i64, i64, What))| {
                    let at = now + SignedDuration::from_hours(happens);
                    let known_at = at + SignedDuration::from_hours(learned);
                    Entry::told(format!("{prefix} {place}"), known_at, Happening { at, what })
                };
                told.into_iter().enumerate().map(entry).collect()
            };
            world.leads.tell(&market, ana, entries("past", past), &world.at()).await.unwrap();
            world.leads.score_due(&market, now, 10).await.unwrap();
            let view = world.leads.lead(&market, Sight::All, ana, now).await.unwrap();
            let stored = view.score.unwrap();
            let unranked = leads::score::LeadScore { standing: None, ..stored.clone() };
            let repeated = world.leads.score_as_of(&market, Sight::All, ana, stored.as_of).await.unwrap();
            assert_eq!(repeated, unranked, "to the last bit");

            world.leads.tell(&market, ana, entries("future", future), &world.at()).await.unwrap();
            let repeated = world.leads.score_as_of(&market, Sight::All, ana, stored.as_of).await.unwrap();
            assert_eq!(repeated, unranked, "who looks back sees what was known then");
            world.leads.score_due(&market, now, 10).await.unwrap();
            let again = world.leads.lead(&market, Sight::All, ana, now).await.unwrap();
            assert_eq!(again.score.unwrap(), stored, "scored anew at the same moment it is the same");
        });
    }
}
