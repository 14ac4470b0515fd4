//! What one invented person did until now: drawn with a fixed seed, so that every demo begins alike.

use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use leads::{
    Channel,
    timeline::{Answer, AppointmentStep, Direction, Entry, Happening, LeadSource, What},
};
use learn::chance::Generator;

/// The seed of everything that is invented here.
const SEED: u64 = 20_261_121;

/// How somebody behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Temper {
    /// Looks every other day, answers soon.
    Keen,
    /// Looks at weekends, answers sometimes.
    Looking,
    /// Came, and has been quiet since.
    Quiet,
}

/// How they came, and of every hundred how many.
const SOURCES: [(LeadSource, usize); 8] = [
    (LeadSource::Portal, 30),
    (LeadSource::Website, 22),
    (LeadSource::PaidSocial, 14),
    (LeadSource::Referral, 12),
    (LeadSource::OpenHouse, 9),
    (LeadSource::PaidSearch, 6),
    (LeadSource::Sign, 4),
    (LeadSource::Returning, 3),
];

/// Who and when.
#[derive(Clone, Copy, Debug)]
pub struct Person<'a> {
    /// Tells one from the other.
    pub index: u64,
    /// The stage's place in its pipeline, from 0.
    pub place: u16,
    /// How many stages the pipeline has.
    pub of: u16,
    /// Whether nobody looks after them: then nobody has spoken to them, either.
    pub unassigned: bool,
    /// Where they live by the clock.
    pub zone: &'a TimeZone,
    /// The moment until which they have a past.
    pub now: Timestamp,
}

/// Draws a past, in the order in which it happened.
pub fn of(person: Person<'_>) -> Vec<Entry> {
    let mut past = Past { draw: Generator::seeded_part(SEED, person.index), person, told: Vec::new() };
    past.live();
    past.told.sort_by_key(|(at, _)| *at);
    let entry = |(place, (at, what)): (usize, (Timestamp, What))| match what {
        // The import told that they came with it; this is told later, and counts instead.
        What::Arrived { .. } => Entry::told("arrived", person.now, Happening { at, what }),
        _ => Entry::told(format!("simulated:{place}"), at, Happening { at, what }),
    };
    past.told.into_iter().enumerate().map(entry).collect()
}

struct Past<'a> {
    draw: Generator,
    person: Person<'a>,
    told: Vec<(Timestamp, What)>,
}

impl Past<'_> {
    fn live(&mut self) {
        let temper = match self.draw.below(100) {
            0..30 => Temper::Keen,
            30..70 => Temper::Looking,
            _ => Temper::Quiet,
        };
        let fresh = self.person.place == 0;
        // The first two of a market came minutes ago: somebody should call them.
        let age_hours = match self.person.index % 100 {
            0 => 0.2,
            1 => 2.5,
            _ if fresh => self.between(5.0, 150.0),
            _ => self.between(24.0 * (4.0 + 3.0 * f64::from(self.person.place)), 24.0 * 42.0),
        };
        let arrived = self.ago(age_hours);
        let source = self.source();
        self.tell(arrived, What::Arrived { source });
        let price = 100_000 * self.draw.below(9) as u64 + 320_000;
        self.look(temper, age_hours, price);
        self.answer(temper, age_hours, price);
        if !self.person.unassigned {
            self.speak(temper, age_hours);
        }
        if !fresh {
            self.progress(age_hours);
        }
    }

    /// Listings, searches and pages, in sessions of some minutes.
    fn look(&mut self, temper: Temper, age_hours: f64, price: u64) {
        let every_hours = match temper {
            Temper::Keen => 34.0,
            Temper::Looking => 96.0,
            Temper::Quiet => 400.0,
        };
        let favourite = format!("MLS-{}", 4_100 + self.draw.below(40));
        let mut hours = age_hours - 0.1;
        while hours > 0.05 && self.told.len() < 120 {
            let start = self.waking(hours);
            if self.draw.unit() < 0.45 {
                let spread = 30_000 + 20_000 * self.draw.below(5) as u64;
                let search =
                    What::Search { price_from: Some(price - spread), price_to: Some(price + spread) };
                self.tell(start, search);
            }
            for minute in 0..2 + self.draw.below(4) {
                let at =
                    start.saturating_add(SignedDuration::from_mins(minute as i64 * 3 + 1)).unwrap_or(start);
                let again = self.draw.unit() < 0.35;
                let listing =
                    if again { favourite.clone() } else { format!("MLS-{}", 4_100 + self.draw.below(90)) };
                let asked = price + 5_000 * self.draw.below(12) as u64;
                let save = again && self.draw.unit() < 0.3;
                self.tell(at, What::ListingView { listing: listing.clone(), price: Some(asked) });
                if save {
                    self.tell(at, What::ListingSaved { listing });
                }
            }
            if self.draw.unit() < 0.3 {
                self.tell(start, What::PageView { page: "mortgage-calculator".to_owned() });
            }
            hours -= every_hours * self.between(0.5, 1.6);
        }
    }

    /// What they told us in a form.
    fn answer(&mut self, temper: Temper, age_hours: f64, price: u64) {
        let chance = if temper == Temper::Quiet { 0.25 } else { 0.65 };
        let at = self.ago(age_hours * 0.97);
        if self.draw.unit() < chance {
            self.tell(at, What::Answered(Answer::Budget(price + 40_000)));
        }
        if self.draw.unit() < chance {
            let days = [30, 60, 90, 180][self.draw.below(4)];
            self.tell(at, What::Answered(Answer::Horizon { days }));
        }
        if self.draw.unit() < chance * 0.7 {
            let approved = self.draw.unit() < 0.6;
            self.tell(at, What::Answered(Answer::Preapproved(approved)));
        }
    }

    /// Messages and calls, ours and theirs.
    fn speak(&mut self, temper: Temper, age_hours: f64) {
        let answers = match temper {
            Temper::Keen => 0.75,
            Temper::Looking => 0.4,
            Temper::Quiet => 0.08,
        };
        let rounds = (age_hours / 60.0).clamp(0.0, 9.0) as usize;
        let mut hours = age_hours - self.between(0.02, 3.0);
        for round in 0..=rounds {
            if hours < 0.3 {
                break;
            }
            let at = self.office(hours);
            let calls = self.draw.unit() < 0.4;
            let answered = self.draw.unit() < answers;
            if calls {
                let seconds = if answered { 60 + self.draw.below(600) as u32 } else { 0 };
                self.tell(at, What::Call { direction: Direction::Outbound, seconds });
            } else {
                let channel = if round % 3 == 2 { Channel::Email } else { Channel::Sms };
                self.tell(at, What::Message { direction: Direction::Outbound, channel });
                if answered {
                    let minutes = SignedDuration::from_mins(4 + self.draw.below(240) as i64);
                    let reply = at.saturating_add(minutes).unwrap_or(at);
                    self.tell(reply, What::Message { direction: Direction::Inbound, channel });
                }
            }
            hours -= self.between(30.0, 90.0);
        }
    }

    /// Stages that were passed, and the viewings on the way.
    fn progress(&mut self, age_hours: f64) {
        let (place, of) = (self.person.place, self.person.of);
        for passed in 1..=place {
            let share = f64::from(passed) / f64::from(place + 1);
            let at = self.ago(age_hours * (1.0 - share));
            self.tell(at, What::StageMove { opportunity: "simulated".to_owned(), place: passed, of });
        }
        if place >= 3 {
            let booked = age_hours * 0.45;
            let starts = self.office((booked - 48.0).max(-30.0));
            let appointment = "simulated-viewing".to_owned();
            let step = AppointmentStep::Booked { starts };
            self.tell(self.ago(booked), What::Appointment { appointment: appointment.clone(), step });
            if starts < self.person.now {
                let came = self.draw.unit() < 0.8;
                let step = if came { AppointmentStep::Shown } else { AppointmentStep::NoShow };
                let after = starts.saturating_add(SignedDuration::from_mins(45)).unwrap_or(starts);
                self.tell(after, What::Appointment { appointment, step });
            }
        }
    }

    /// Keeps what lies in the past; nobody knows the future.
    fn tell(&mut self, at: Timestamp, what: What) {
        if at < self.person.now {
            self.told.push((at, what));
        }
    }

    fn source(&mut self) -> LeadSource {
        let mut place = self.draw.below(100);
        for (source, share) in SOURCES {
            if place < share {
                return source;
            }
            place -= share;
        }
        LeadSource::Other
    }

    fn between(&mut self, least: f64, most: f64) -> f64 {
        least + (most - least) * self.draw.unit()
    }

    fn ago(&self, hours: f64) -> Timestamp {
        let seconds = SignedDuration::from_secs((hours * 3_600.0) as i64);
        self.person.now.saturating_sub(seconds).unwrap_or(self.person.now)
    }

    /// About so many hours ago, when people are awake: most of them look in the evening.
    fn waking(&mut self, hours: f64) -> Timestamp {
        let hour = [7, 8, 12, 13, 17, 18, 19, 20, 20, 21, 21, 22][self.draw.below(12)];
        self.on_the_clock(hours, hour)
    }

    /// About so many hours ago, when the office works.
    fn office(&mut self, hours: f64) -> Timestamp {
        let hour = 9 + self.draw.below(9) as i8;
        self.on_the_clock(hours, hour)
    }

    /// The day of so many hours ago, at `hour`; what is younger than a day stays where it is.
    fn on_the_clock(&mut self, hours: f64, hour: i8) -> Timestamp {
        let about = self.ago(hours);
        if (0.0..20.0).contains(&hours) {
            return about;
        }
        let minute = self.draw.below(60) as i8;
        let date = self.person.zone.to_datetime(about).date();
        let local = date.at(hour, minute, 0, 0);
        self.person.zone.to_ambiguous_timestamp(local).compatible().unwrap_or(about)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn person(index: u64, place: u16, now: Timestamp) -> Vec<Entry> {
        let zone = TimeZone::UTC;
        of(Person { index, place, of: 8, unassigned: index.is_multiple_of(5), zone: &zone, now })
    }

    #[test]
    fn everybody_has_a_past_that_begins_with_coming_and_ends_before_now() {
        let now: Timestamp = "2026-11-21T18:00:00Z".parse().expect("an instant");
        for index in 0..60 {
            let past = person(index, (index % 6) as u16, now);
            assert!(past.len() >= 2, "{index}: {past:?}");
            let happenings: Vec<&Happening> =
                past.iter().filter_map(|entry| entry.happening.as_ref()).collect();
            assert!(happenings.iter().all(|happening| happening.at < now));
            assert!(happenings.iter().any(|happening| matches!(happening.what, What::Arrived { .. })));
            assert_eq!(past, person(index, (index % 6) as u16, now), "the same seed, the same past");
        }
    }
}
