//! How fast leads are scored, by the prior and by a model: one with everything that is said of it, and many with their
//! chance alone. Prints a line of JSON each.
//!
//! `cargo run --release -p leads --example score_speed`

use std::{error::Error, hint::black_box, time::Instant};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use leads::{
    Channel,
    features::{AS_OF, CONTACT, Features, GOAL, Goal, Sampling, training_rows},
    prior::Prior,
    score::{Learned, Outcomes, Scorer},
    timeline::{AppointmentStep, Direction, Entry, Happening, LeadSource, Timeline, What},
};
use learn::{
    chance::Generator,
    study::{Question, SplitBy, study},
};

const LEADS: usize = 3_000;
const EVENTS: u64 = 60;
const BATCH: usize = 500_000;

fn main() -> Result<(), Box<dyn Error>> {
    let now = Timestamp::from_second(1_772_400_000)?;
    let mut chance = Generator::seeded(1);
    let timelines: Vec<Timeline> = (0..LEADS).map(|_| life(&mut chance, now)).collect();
    let prior = Scorer::choose(Prior::shipped(), None, Outcomes::default());
    measure("prior", &prior, &timelines, now);

    let rows = training_rows(&timelines, &Goal::default(), &Sampling::default(), &TimeZone::UTC, now);
    let question = Question {
        dropped: vec![AS_OF.to_owned()],
        split: SplitBy::Group(CONTACT.to_owned()),
        ..Question::about(GOAL)
    };
    let study = study(&rows.frame, &question)?;
    let (trees, trained) = (study.model.forest.trees.len(), study.trained_on.len() as u64);
    let learned = Learned::new("speed", 1, trained, study.model, &study.predictions, &study.outcomes)?;
    let outcomes = Outcomes { positive: rows.contacts_reached as u64, negative: rows.contacts_missed as u64 };
    let scorer = Scorer::choose(Prior::shipped(), Some(&learned), outcomes);
    measure(&format!("model of {trees} trees, learned from {trained} rows"), &scorer, &timelines, now);
    Ok(())
}

fn measure(what: &str, scorer: &Scorer<'_>, timelines: &[Timeline], now: Timestamp) {
    let mut micros = Vec::with_capacity(timelines.len());
    let mut rows = Vec::with_capacity(timelines.len());
    for timeline in timelines {
        let begin = Instant::now();
        let features = Features::as_of(timeline, now, &TimeZone::UTC);
        black_box(scorer.score(&features));
        micros.push(begin.elapsed().as_secs_f64() * 1e6);
        rows.push(features);
    }
    micros.sort_by(f64::total_cmp);
    let quantile = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];

    let many: Vec<Features> = (0..BATCH).map(|place| rows[place % rows.len()]).collect();
    let begin = Instant::now();
    black_box(scorer.probabilities(&many));
    let known = BATCH as f64 / begin.elapsed().as_secs_f64();

    let begin = Instant::now();
    for timeline in timelines {
        black_box(scorer.probability(&Features::as_of(timeline, now, &TimeZone::UTC)));
    }
    let whole = timelines.len() as f64 / begin.elapsed().as_secs_f64();
    println!(
        "{{\"what\":\"{what}\",\"one_p50_micros\":{:.1},\"one_p99_micros\":{:.1},\"chances_per_second\":{known:.0},\
         \"from_timeline_per_second\":{whole:.0}}}",
        quantile(0.5),
        quantile(0.99)
    );
}

/// A lead of the last two months in whom interest leads to views, messages and, in time, to an appointment.
fn life(chance: &mut Generator, now: Timestamp) -> Timeline {
    let interest = chance.unit();
    let arrived = now - SignedDuration::from_hours(24 * (1 + chance.below(60) as i64));
    let lived = now.duration_since(arrived).as_secs().max(1) as usize;
    let mut happened = vec![(arrived, What::Arrived { source: LeadSource::Portal })];
    for _ in 0..(EVENTS as f64 * interest) as u64 {
        let at = arrived + SignedDuration::from_secs(chance.below(lived) as i64);
        let channel = Channel::Sms;
        let what = match chance.below(4) {
            0 => What::Message { direction: Direction::Inbound, channel },
            1 => What::Message { direction: Direction::Outbound, channel },
            _ => What::ListingView { listing: format!("l{}", chance.below(9)), price: Some(400_000) },
        };
        happened.push((at, what));
    }
    if chance.unit() < interest * interest {
        let at = arrived + SignedDuration::from_secs(chance.below(lived) as i64);
        let step = AppointmentStep::Booked { starts: at + SignedDuration::from_hours(48) };
        happened.push((at, What::Appointment { appointment: "a".to_owned(), step }));
    }
    let entry = |(place, (at, what)): (usize, (Timestamp, What))| {
        Entry::told(format!("{place}"), at, Happening { at, what })
    };
    happened.into_iter().enumerate().map(entry).collect()
}
