//! A market that is made up: contacts whose lives follow a rule that the models do not know.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use learn::{
    chance::Generator,
    evaluate::{Figure, report::Findings},
    ledger::Terms,
    odds,
    registry::{Content, ModelFile},
};

use super::*;
use crate::{
    Channel,
    features::{Features, Goal, GoingCold, Label, Sampling, Target},
    policy::LeadPolicy,
    prior::Prior,
    score::{Learned, Scorer},
    timeline::{Answer, AppointmentStep, Direction, Entry, Happening, LeadSource, Timeline, What},
};

/// When the made-up market begins.
pub(crate) fn begin() -> Timestamp {
    "2026-01-05T09:00:00Z".parse().unwrap()
}

pub(crate) fn after(hours: f64) -> Timestamp {
    begin() + SignedDuration::from_secs((hours * 3_600.0) as i64)
}

/// What happens to one contact who arrives `arrives` hours after the begin.
///
/// The rule: referrals, people who move soon and people who write come; the chance of a booking within ten days is
/// `probability(level + 1.4 referral + 1.2 soon + 0.9 writes)`. Before they book, and sometimes anyway, they look at
/// listings. `level` is what drifts.
pub(crate) fn life(seed: u64, arrives: f64, level: f64) -> Vec<Entry> {
    let mut chance = Generator::seeded(seed);
    let mut entries = Vec::new();
    let mut tell = |name: String, hours: f64, what: What| {
        let at = after(hours);
        entries.push(Entry::told(name, at, Happening { at, what }));
    };
    let referral = chance.unit() < 0.3;
    let soon = chance.unit() < 0.5;
    let writes = chance.unit() < 0.5;
    let source = if referral { LeadSource::Referral } else { LeadSource::Portal };
    tell("arrived".to_owned(), arrives, What::Arrived { source });
    let days = if soon { 20 } else { 300 };
    tell("horizon".to_owned(), arrives + 0.1, What::Answered(Answer::Horizon { days }));
    let view = |listing: usize| What::ListingView { listing: format!("l{listing}"), price: Some(400_000) };
    tell("view0".to_owned(), arrives + 0.2, view(0));
    if writes {
        let message = What::Message { direction: Direction::Inbound, channel: Channel::Sms };
        tell("message".to_owned(), arrives + 1.0 + 3.0 * chance.unit(), message);
    }
    let answer = |yes: bool, by: f64| if yes { by } else { 0.0 };
    let margin = level + answer(referral, 1.4) + answer(soon, 1.2) + answer(writes, 0.9);
    let books = chance.unit() < odds::probability(margin);
    let looks = chance.below(4) + usize::from(books);
    for look in 1..=looks {
        tell(format!("view{look}"), arrives + 24.0 * look as f64 + 8.0 * chance.unit(), view(look));
    }
    if books {
        let booked = arrives + 24.0 * (4.0 + 6.0 * chance.unit());
        let starts = after(booked + 48.0);
        let step = AppointmentStep::Booked { starts };
        tell("booked".to_owned(), booked, What::Appointment { appointment: "a".to_owned(), step });
        let shown = What::Appointment { appointment: "a".to_owned(), step: AppointmentStep::Shown };
        tell("shown".to_owned(), booked + 49.0, shown);
    }
    entries
}

/// `people` lives, one every `every` hours, whose level is `level` of the hour.
pub(crate) fn lives(people: usize, every: f64, seed: u64, level: impl Fn(f64) -> f64) -> Vec<Timeline> {
    (0..people)
        .map(|person| {
            let arrives = every * person as f64;
            life(seed * 100_000 + person as u64, arrives, level(arrives)).into_iter().collect()
        })
        .collect()
}

const LEVEL: f64 = -2.0;

fn lesson(lives: &[Timeline], now: Timestamp) -> Lesson {
    Lesson::of(lives, &Goal::default(), &Sampling::default(), &TimeZone::UTC, now)
}

fn teaching(version: u32) -> Teaching<'static> {
    Teaching {
        kind: Kind::Goal,
        question: LeadPolicy::shipped().question(),
        version,
        parent: None,
        prior: Prior::shipped(),
        capacity: *LeadPolicy::shipped().capacity(),
        date: "2026-05-01".to_owned(),
    }
}

fn learned(taught: &TaughtModel) -> Learned {
    let Content::Chances(model) = &taught.file.content else { panic!("chances") };
    Learned::new("goal", 1, 1, *model.clone(), &taught.predictions, &taught.outcomes).unwrap()
}

#[test]
fn a_model_learns_what_the_market_follows_and_says_what_it_is_worth() {
    let lives = lives(1_500, 2.0, 1, |_| LEVEL);
    let lesson = lesson(&lives, after(2.0 * 1_500.0));
    assert!(lesson.outcomes.positive >= 200 && lesson.outcomes.negative >= 200, "{:?}", lesson.outcomes);
    let taught = teach(&lesson, &teaching(1)).unwrap();
    let Findings::Chances(findings) = &taught.report.findings else { panic!("chances") };
    let Figure::Known(auc) = findings.figures.auc else { panic!("{:?}", findings.figures.auc) };
    // The rule itself ranks with an AUC of about 0.75; the rows of a contact are not alone in knowing it.
    assert!(auc.value > 0.68, "{auc:?}");
    assert_eq!(taught.is_worth_a_trial(), Ok(()));
    let names: Vec<&str> = findings.beside.iter().map(|beside| beside.name.as_str()).collect();
    assert_eq!(names, ["logistic regression", "leads_prior v1"]);
    assert!(!findings.reliability.is_empty() && !findings.lift.is_empty());
    assert!(
        taught.file.lineage.measured.iter().any(|measured| measured.name == "auc" && measured.rows > 100)
    );

    let back = ModelFile::read(&taught.file.to_bytes().unwrap()).unwrap();
    assert_eq!(back, taught.file);
    let model = learned(&taught);
    let outcomes = crate::score::Outcomes { positive: 300, negative: 300 };
    let scorer = Scorer::choose(Prior::shipped(), Some(&model), outcomes);
    let of = |source, days| {
        let mut timeline = Timeline::default();
        let told = |name: &str, what| Entry::told(name, begin(), Happening { at: begin(), what });
        timeline.add(told("arrived", What::Arrived { source }));
        timeline.add(told("horizon", What::Answered(Answer::Horizon { days })));
        timeline.add(told("view0", What::ListingView { listing: "l".into(), price: Some(400_000) }));
        scorer.score(&Features::as_of(&timeline, after(2.0), &TimeZone::UTC)).probability
    };
    assert!(of(LeadSource::Referral, 20) > 1.5 * of(LeadSource::Portal, 300));
}

#[test]
fn nobody_is_on_both_sides_and_those_who_judge_came_last() {
    let lives = lives(600, 2.0, 2, |_| LEVEL);
    let lesson = lesson(&lives, after(1_200.0));
    let question = learn::study::Question {
        split: learn::study::SplitBy::Time(BEGAN.to_owned()),
        effort: learn::tune::Effort { folds: 2, patience: 5, bags: 1, ..Default::default() },
        ..learn::study::Question::about(crate::features::GOAL)
    };
    let studied = learn::study::study(&lesson.frame, &question).unwrap();
    let people = |rows: &[usize]| -> std::collections::BTreeSet<u32> {
        rows.iter().map(|row| lesson.contacts[*row]).collect()
    };
    let (learned, judged) = (people(&studied.trained_on), people(&studied.judged_on));
    assert!(learned.is_disjoint(&judged));
    assert!(learned.last() < judged.first(), "contacts are numbered as they came");
}

#[test]
fn rows_of_the_last_days_wait_until_both_ends_had_their_time() {
    let lives = lives(400, 2.0, 3, |_| LEVEL);
    let now = after(800.0);
    let policy = LeadPolicy::shipped();
    let lesson = lesson(&lives, now);
    assert!(lesson.open > 0);
    let last = now - SignedDuration::from_hours(14 * 24 + 48);
    assert!(lesson.moments.iter().all(|moment| *moment <= last), "also those that were booked already");
    let (reached, cold) =
        (lesson.reached(), Lesson::of(&lives, policy.cold(), &policy.sampling(), &TimeZone::UTC, now));
    assert!(reached.contains(&true) && reached.contains(&false));
    assert!(cold.moments.iter().all(|moment| *moment <= last));
}

#[test]
fn a_planted_future_changes_neither_rows_nor_model_nor_predictions() {
    let honest = lives(700, 2.0, 4, |_| LEVEL);
    let now = after(1_000.0);
    // Everybody "books" and answers everything, later than now: known to whoever looks ahead, and to nobody else.
    let planted: Vec<Timeline> = honest
        .iter()
        .enumerate()
        .map(|(person, life)| {
            let mut life = life.clone();
            let at = after(1_000.5 + person as f64 * 0.01);
            for (name, what) in [
                ("view0", What::ListingSaved { listing: "planted".to_owned() }),
                ("budget", What::Answered(Answer::Budget(900_000))),
                (
                    "late",
                    What::Appointment {
                        appointment: "late".to_owned(),
                        step: AppointmentStep::Booked { starts: after(2_000.0) },
                    },
                ),
            ] {
                life.add(Entry::told(name, at, Happening { at, what }));
            }
            life
        })
        .collect();
    let (before, with) = (lesson(&honest, now), lesson(&planted, now));
    assert_eq!(before.data_hash(), with.data_hash());
    assert_eq!(before.outcomes, with.outcomes);
    let (one, other) = (teach(&before, &teaching(1)).unwrap(), teach(&with, &teaching(1)).unwrap());
    assert_eq!(one.file.to_bytes(), other.file.to_bytes());
    let (one, other) = (learned(&one), learned(&other));
    for (honest, planted) in honest.iter().zip(&planted).take(50) {
        let says = |model: &Learned, life: &Timeline| {
            model.probability(&Features::as_of(life, now, &TimeZone::UTC)).to_bits()
        };
        assert_eq!(says(&one, honest), says(&other, planted));
    }
}

/// What `said` says of every contact at the moments at which they are asked about, and what became of it by `now`.
fn book(lives: &[Timeline], from: Timestamp, now: Timestamp, said: impl Fn(&Features) -> f64) -> Book {
    let policy = LeadPolicy::shipped();
    let (goal, sampling) = (policy.goal(), policy.sampling());
    let mut rows = Vec::new();
    for (person, life) in lives.iter().enumerate() {
        for at in sampling.moments(life, now) {
            if at < from || goal.settles(at, sampling.delay) > now || !goal.is_asked(life, at) {
                continue;
            }
            let features = Features::as_of(life, at, &TimeZone::UTC);
            let happened_at = match goal.label(life, at, now, sampling.delay) {
                Label::Reached(at) => Some(at),
                Label::Missed => None,
                Label::Open => continue,
            };
            let probability = said(&features);
            let contact = format!("{person:05}");
            rows.push(BookRow { contact, at, features: features.hash(), probability, happened_at });
        }
    }
    let terms = Terms::new(SignedDuration::from_hours(14 * 24), sampling.delay).unwrap();
    Book::of("v1", rows, terms, terms.horizon(), now)
}

/// Trains on the first third of a market of 2 000 contacts, one every two hours, and watches the rest.
fn watched(seed: u64, level: impl Fn(f64) -> f64) -> (Watched, f64) {
    let policy = LeadPolicy::shipped();
    let everybody = lives(2_000, 2.0, seed, level);
    let (trained_at, now) = (after(1_600.0), after(4_000.0));
    let known: Vec<Timeline> = everybody.iter().take(800).cloned().collect();
    let model = learned(&teach(&lesson(&known, trained_at), &teaching(1)).unwrap());
    let book = book(&everybody, trained_at, now, |features| model.probability(features));
    let names: Vec<String> = (0..everybody.len()).map(|person| format!("{person:05}")).collect();
    let score = |features: &Features| model.probability(features);
    let terms = WatchTerms {
        now,
        zone: &TimeZone::UTC,
        sampling: policy.sampling(),
        window: SignedDuration::from_hours(24 * 28),
        rows_min: 100,
        alpha: 0.01,
    };
    let named = names.iter().map(String::as_str).zip(&everybody);
    let watched =
        watch(named, policy.goal(), Reference { trained_at, score: &score }, &book, &terms).unwrap();
    let rows = book.known().0.len() as f64;
    (watched, rows)
}

#[test]
fn a_market_that_stays_as_it_was_raises_no_alarm() {
    for seed in 10..14 {
        let (watched, rows) = watched(seed, |_| LEVEL);
        assert!(rows > 500.0 && watched.columns.len() > 40, "{rows} rows, {} columns", watched.columns.len());
        assert_eq!(watched.alarms(), Vec::<String>::new(), "seed {seed}");
        let losses = watched.losses.unwrap();
        assert!(!losses.is_worse() && losses.excess.abs() < 0.1, "seed {seed}: {losses:?}");
    }
}

#[test]
fn a_market_that_turns_round_raises_one() {
    // From the ninetieth day on nearly everybody books, whom the model gives a small chance: losses rise.
    let turns = |hours: f64| if hours < 2_200.0 { LEVEL } else { LEVEL + 4.5 };
    let (watched, _) = watched(10, turns);
    let losses = watched.losses.unwrap();
    assert!(losses.is_worse(), "{losses:?}");
    assert!(losses.changed_at.unwrap() > after(2_200.0), "{losses:?}");
    assert!(
        watched.alarms().iter().any(|alarm| alarm.contains("have become worse")),
        "{:?}",
        watched.alarms()
    );
}

#[test]
fn a_silence_that_is_over_is_that_rows_own() {
    // Silent from day 0 to 14, back on day 16: the row of day 0 went cold and the one of day 5 did not.
    let view = |name: &str, hours: f64| {
        let what = What::ListingView { listing: "l".to_owned(), price: None };
        Entry::told(name, after(hours), Happening { at: after(hours), what })
    };
    let life: Timeline = [view("a", 0.0), view("b", 24.0 * 16.0)].into_iter().collect();
    let (cold, delay, now) = (GoingCold::default(), SignedDuration::ZERO, after(24.0 * 40.0));
    let row = |hours: f64| {
        let happened_at = match cold.label(&life, after(hours), now, delay) {
            Label::Reached(at) => Some(at),
            _ => None,
        };
        BookRow {
            contact: "a".to_owned(),
            at: after(hours),
            features: Features::of(after(hours), []).hash(),
            probability: 0.5,
            happened_at,
        }
    };
    let terms = Terms::new(SignedDuration::from_hours(14 * 24), delay).unwrap();
    let book = Book::of("v1", [row(0.0), row(24.0 * 5.0)], terms, SignedDuration::from_hours(24), now);
    assert_eq!(book.known().1, [true, false]);
}
