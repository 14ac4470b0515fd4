//! When and how somebody is reached: by hour of the day and channel, with few tries told apart from none that worked.
//!
//! ```
//! use leads::{Channel, reach::{Attempt, Patterns, Advice}};
//!
//! // 60 calls in the evening, of which 30 were answered, and 60 at noon with 6.
//! let attempt = |hour, answered| Attempt { channel: Channel::Voice, hour, answered };
//! let attempts: Vec<Attempt> =
//!     (0..60).flat_map(|n| [attempt(18, n % 2 == 0), attempt(12, n % 10 == 0)]).collect();
//! let Advice::Best { first, .. } = Patterns::of(&attempts).advise(&[]) else { panic!("120 tries are enough") };
//! assert_eq!(first.to_string(), "call from 16 to 20 o'clock: 48 of 100 answer (60 tries)");
//! assert!(matches!(Patterns::of(&attempts[..20]).advise(&[]), Advice::Insufficient { .. }));
//! ```
//!
//! Rates of small cells are mostly noise, so that each is drawn towards what all cells have in common, and a contact's own
//! few tries move the market's rate for that cell instead of replacing it ([`BetaBinomial`]). Hours are those of the market;
//! whether a message may be sent then is for the gate to say.

use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use kernel::Interval;
use learn::calibrate::BetaBinomial;
use serde::{Deserialize, Serialize};

use crate::{
    Channel,
    timeline::{Timeline, What},
};

/// Hours of a block: six blocks a day keep enough tries in each.
pub const BLOCK_HOURS: u8 = 4;

/// Tries of a whole market below which nothing is said. A judgement.
pub const TRIES_MIN: u64 = 100;

/// Tries of a block and channel below which it is not recommended. A judgement.
pub const CELL_TRIES_MIN: u64 = 30;

/// How many tries of its own outweigh the market's rate for one contact. A judgement: people differ, and a handful of
/// unanswered calls is no habit.
const CONTACT_STRENGTH: f64 = 10.0;

/// How long an answer to a message is waited for.
const ANSWER_HOURS: i64 = 24;

/// The confidence of the intervals.
const LEVEL: f64 = 0.9;

/// One try to reach somebody, and whether they answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// Which way.
    pub channel: Channel,
    /// The hour of the day, 0-23, in the market's zone.
    pub hour: u8,
    /// A call: somebody spoke. Anything else: they spoke to us within a day and before our next try.
    pub answered: bool,
}

/// What is known of one block of hours and channel. Its `Display` is a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Cell {
    /// Which way.
    pub channel: Channel,
    /// The hour at which the block begins.
    pub from_hour: u8,
    /// Expected share of tries that are answered.
    pub rate: f64,
    /// That share lies here with 90 % probability.
    pub interval: Interval,
    /// Tries of the market that it rests on.
    pub tries: u64,
}

/// When and how to try.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Advice {
    /// Too little was tried to say anything.
    Insufficient {
        /// Tries of the market.
        tries: u64,
        /// Tries that are asked for, in all and in one cell.
        needed: (u64, u64),
    },
    /// What was tried often enough, the best first.
    Best {
        /// The best.
        first: Cell,
        /// The others, best first.
        others: Vec<Cell>,
        /// Whether the best is better than the next beyond doubt: their intervals do not meet.
        clear: bool,
    },
}

/// How a market's contacts are reached.
#[derive(Clone, Debug, PartialEq)]
pub struct Patterns {
    cells: BTreeMap<(Channel, u8), (u64, u64)>,
    common: Option<BetaBinomial>,
    tries: u64,
}

/// The tries to reach one contact until `as_of` whose answer is known: a day old, or answered.
pub fn attempts(timeline: &Timeline, as_of: Timestamp, zone: &TimeZone) -> Vec<Attempt> {
    let view = timeline.as_of(as_of);
    let happened = view.happenings();
    let waited = SignedDuration::from_hours(ANSWER_HOURS);
    let attempt = |(place, at, what, channel): (usize, Timestamp, &What, Channel)| {
        let hour = zone.to_datetime(at).hour() as u8;
        if let What::Call { seconds, .. } = what {
            return Some(Attempt { channel, hour, answered: *seconds > 0 });
        }
        let next = happened[place + 1..]
            .iter()
            .find(|later| later.what.inbound().is_some() || later.what.outbound().is_some());
        let answered =
            next.is_some_and(|next| next.what.inbound().is_some() && next.at.duration_since(at) <= waited);
        let over = next.is_some() || as_of.duration_since(at) >= waited;
        over.then_some(Attempt { channel, hour, answered })
    };
    happened
        .iter()
        .enumerate()
        .filter_map(|(place, happening)| {
            happening.what.outbound().map(|channel| (place, happening.at, &happening.what, channel))
        })
        .filter_map(attempt)
        .collect()
}

impl Patterns {
    /// What `attempts` of many contacts tell.
    pub fn of(attempts: &[Attempt]) -> Self {
        let mut cells: BTreeMap<(Channel, u8), (u64, u64)> = BTreeMap::new();
        for attempt in attempts {
            let (answered, tries) = cells.entry(attempt.cell()).or_default();
            *answered += u64::from(attempt.answered);
            *tries += 1;
        }
        let groups: Vec<(u64, u64)> = cells.values().copied().collect();
        Self { common: BetaBinomial::fit(&groups).ok(), tries: attempts.len() as u64, cells }
    }

    /// When and how to try somebody whose own tries are `own`, which may be among those of the market.
    pub fn advise(&self, own: &[Attempt]) -> Advice {
        let insufficient = Advice::Insufficient { tries: self.tries, needed: (TRIES_MIN, CELL_TRIES_MIN) };
        let Some(common) = self.common.filter(|_| self.tries >= TRIES_MIN) else { return insufficient };
        let cell = |((channel, from_hour), (answered, tries)): (&(Channel, u8), &(u64, u64))| {
            if *tries < CELL_TRIES_MIN {
                return None;
            }
            let mut rate = common.rate(*answered, *tries, LEVEL).ok()?;
            let mine = own.iter().filter(|attempt| attempt.cell() == (*channel, *from_hour));
            let (tried, reached) = mine
                .fold((0, 0), |(tried, reached), attempt| (tried + 1, reached + u64::from(attempt.answered)));
            if tried > 0 {
                let strength = CONTACT_STRENGTH.min(*tries as f64 + common.strength());
                rate = BetaBinomial::new(rate.mean, strength).ok()?.rate(reached, tried, LEVEL).ok()?;
            }
            Some(Cell {
                channel: *channel,
                from_hour: *from_hour,
                rate: rate.mean,
                interval: rate.interval,
                tries: *tries,
            })
        };
        let mut cells: Vec<Cell> = self.cells.iter().filter_map(cell).collect();
        cells.sort_by(|one, other| other.rate.total_cmp(&one.rate));
        if cells.is_empty() {
            return insufficient;
        }
        let first = cells.remove(0);
        let clear = cells.first().is_some_and(|next| next.interval.upper < first.interval.lower);
        Advice::Best { first, others: cells, clear }
    }
}

impl Attempt {
    fn cell(&self) -> (Channel, u8) {
        (self.channel, self.hour / BLOCK_HOURS * BLOCK_HOURS)
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (from, to) = (self.from_hour, self.from_hour + BLOCK_HOURS);
        let of_hundred = (100.0 * self.rate).round();
        write!(
            out,
            "{} from {from} to {to} o'clock: {of_hundred} of 100 answer ({} tries)",
            self.channel, self.tries
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::timeline::{Direction, Entry, Happening};

    fn at(hours: f64) -> Timestamp {
        Timestamp::from_second((hours * 3_600.0) as i64).unwrap()
    }

    fn tries(channel: Channel, hour: u8, answered: usize, tries: usize) -> Vec<Attempt> {
        (0..tries).map(|n| Attempt { channel, hour, answered: n < answered }).collect()
    }

    #[test]
    fn an_answer_is_one_within_a_day_and_before_our_next_try() {
        let message = |direction| What::Message { direction, channel: Channel::Sms };
        let (ours, theirs) = (message(Direction::Outbound), message(Direction::Inbound));
        let call = |seconds| What::Call { direction: Direction::Outbound, seconds };
        let told = [
            (9.0, ours.clone()),
            (10.0, ours.clone()),
            (11.0, theirs.clone()),
            (20.0, ours.clone()),
            (50.0, theirs),
            (60.0, call(0)),
            (61.0, call(30)),
            (70.0, ours),
        ];
        let entry = |(place, (hours, what)): (usize, (f64, What))| {
            Entry::told(format!("{place}"), at(hours), Happening { at: at(hours), what })
        };
        let timeline: Timeline = told.into_iter().enumerate().map(entry).collect();
        let answered = |as_of| -> Vec<bool> {
            attempts(&timeline, at(as_of), &TimeZone::UTC).iter().map(|attempt| attempt.answered).collect()
        };
        assert_eq!(answered(80.0), [false, true, false, false, true], "the last may still be answered");
        assert_eq!(answered(94.0), [false, true, false, false, true, false]);
    }

    #[test]
    fn few_tries_say_nothing() {
        let few = tries(Channel::Sms, 9, 50, 99);
        assert!(matches!(Patterns::of(&few).advise(&[]), Advice::Insufficient { tries: 99, .. }));
        // Enough in all, and not in any one cell.
        let thin: Vec<Attempt> = (0..24).flat_map(|hour| tries(Channel::Sms, hour, 3, 6)).collect();
        assert!(matches!(Patterns::of(&thin).advise(&[]), Advice::Insufficient { tries: 144, .. }));
        assert!(matches!(Patterns::of(&[]).advise(&[]), Advice::Insufficient { tries: 0, .. }));
    }

    #[test]
    fn three_of_three_do_not_beat_half_of_hundreds() {
        let mut all = tries(Channel::Voice, 17, 200, 400);
        all.extend(tries(Channel::Sms, 10, 40, 400));
        all.extend(tries(Channel::Email, 6, 3, 3));
        let Advice::Best { first, others, clear } = Patterns::of(&all).advise(&[]) else { panic!() };
        assert_eq!((first.channel, first.from_hour, clear), (Channel::Voice, 16, true));
        assert_eq!(others.len(), 1, "three tries are not told of");
    }

    #[test]
    fn who_never_picks_up_in_the_evening_is_not_called_then() {
        let mut all = tries(Channel::Voice, 18, 160, 400);
        all.extend(tries(Channel::Voice, 9, 120, 400));
        let own = tries(Channel::Voice, 18, 0, 10);
        let patterns = Patterns::of(&all);
        let best = |own: &[Attempt]| match patterns.advise(own) {
            Advice::Best { first, .. } => first.from_hour,
            Advice::Insufficient { .. } => panic!("there were 800 tries"),
        };
        assert_eq!((best(&[]), best(&own)), (16, 8));
        assert_eq!(best(&own[..1]), 16, "one missed call is no habit");
    }
}
