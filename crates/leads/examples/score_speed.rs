//! How fast leads are scored by the prior: one with everything that is said of it, and many with their chance alone.
//!
//! `cargo run --release -p leads --example score_speed`

use std::{hint::black_box, time::Instant};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use leads::{
    Channel,
    features::Features,
    prior::Prior,
    score::{Outcomes, Scorer},
    timeline::{Direction, Entry, Happening, LeadSource, Timeline, What},
};
use learn::chance::Generator;

const LEADS: usize = 2_000;
const EVENTS: usize = 40;
const BATCH: usize = 500_000;

fn main() {
    let now = Timestamp::from_second(1_772_400_000).unwrap_or_default();
    let mut chance = Generator::seeded(1);
    let timelines: Vec<Timeline> = (0..LEADS).map(|_| life(&mut chance, now)).collect();
    let scorer = Scorer::choose(Prior::shipped(), None, Outcomes::default());

    let mut micros = Vec::with_capacity(LEADS);
    let mut rows = Vec::with_capacity(LEADS);
    for timeline in &timelines {
        let begin = Instant::now();
        let features = Features::as_of(timeline, now, &TimeZone::UTC);
        black_box(scorer.score(&features));
        micros.push(begin.elapsed().as_secs_f64() * 1e6);
        rows.push(features);
    }
    micros.sort_by(f64::total_cmp);
    let quantile = |share: f64| micros[((LEADS - 1) as f64 * share) as usize];
    println!(
        "one lead, {EVENTS} events to reasons: median {:.0} us, p99 {:.0} us",
        quantile(0.5),
        quantile(0.99)
    );

    let many: Vec<Features> = (0..BATCH).map(|place| rows[place % LEADS]).collect();
    let begin = Instant::now();
    black_box(scorer.probabilities(&many));
    println!("chances of known rows: {:.0} leads/s", BATCH as f64 / begin.elapsed().as_secs_f64());

    let begin = Instant::now();
    for timeline in &timelines {
        black_box(scorer.probability(&Features::as_of(timeline, now, &TimeZone::UTC)));
    }
    println!("from timeline to chance: {:.0} leads/s", LEADS as f64 / begin.elapsed().as_secs_f64());
}

/// A lead with events of the last two months.
fn life(chance: &mut Generator, now: Timestamp) -> Timeline {
    let event = |place: usize| {
        let at = now - SignedDuration::from_secs(chance.below(60 * 86_400) as i64);
        let channel = Channel::Sms;
        let what = match (place, chance.below(5)) {
            (0, _) => What::Arrived { source: LeadSource::Portal },
            (_, 0) => What::Message { direction: Direction::Inbound, channel },
            (_, 1) => What::Message { direction: Direction::Outbound, channel },
            _ => What::ListingView { listing: format!("l{}", chance.below(9)), price: Some(400_000) },
        };
        Entry::told(format!("{place}"), at, Happening { at, what })
    };
    (0..EVENTS).map(event).collect()
}
