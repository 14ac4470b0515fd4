//! The leads that a team had worked through before it came: a file of the system before, with what became of each. They are
//! what a model of the market is trained on.

use std::fmt::Write;

use jiff::{SignedDuration, Timestamp};
use leads::{
    Channel,
    timeline::{Answer, AppointmentStep, Direction, Entry, Happening, LeadSource, What},
};
use learn::{chance::Generator, odds};

/// The seed of everything that is invented here.
const SEED: u64 = 20_260_704;

/// How many there were: enough that hundreds came to either end.
pub const PEOPLE: u64 = 450;

/// They came one after the other, the last of them so long ago that of nobody a part of the life is still open: who came last is
/// judged like everybody before.
const LAST_DAYS_AGO: f64 = 62.0;
const HOURS_BETWEEN: f64 = 5.5;

const GIVEN: [&str; 24] = [
    "Anouk", "Bashir", "Bruno", "Carys", "Clio", "Dario", "Elif", "Esme", "Farid", "Ferris", "Greta", "Hugo",
    "Ines", "Jonas", "Keira", "Luca", "Mara", "Nils", "Odette", "Pavel", "Rosa", "Soren", "Tilda", "Umar",
];
const FAMILY: [&str; 24] = [
    "Ashdown",
    "Barrow",
    "Copperfield",
    "Dunmore",
    "Eastwick",
    "Fernsby",
    "Garrick",
    "Hawthorn",
    "Inskip",
    "Juniper",
    "Kingsley",
    "Lockhart",
    "Marlowe",
    "Netherby",
    "Orrin",
    "Penrose",
    "Quarry",
    "Rainford",
    "Silverton",
    "Tamsin",
    "Upwood",
    "Vale",
    "Winterby",
    "Yewdale",
];

/// One of them, until the matter ended.
pub struct Former {
    /// What happened, told at the time.
    pub entries: Vec<Entry>,
    /// Whether they booked an appointment.
    pub booked: bool,
}

/// All of them, in the order in which they came.
pub fn people(now: Timestamp) -> Vec<Former> {
    (0..PEOPLE).map(|index| one(index, now)).collect()
}

/// The file that they came in: people and how it ended, without what happened.
pub fn file(people: &[Former]) -> String {
    let mut file = "name,email,pipeline,stage\n".to_owned();
    for (index, former) in people.iter().enumerate() {
        let given = GIVEN[index % GIVEN.len()];
        let family = FAMILY[(index / GIVEN.len() + 5 * index) % FAMILY.len()];
        let email = format!("{given}.{family}@example.net").to_lowercase();
        let stage = if former.booked { "closed" } else { "lost" };
        // Writing into a text cannot fail.
        let _ = writeln!(file, "{given} {family},{email},residential,{stage}");
    }
    file
}

/// Who comes by referral, moves soon, has a lender's word or writes books sooner; a model has to find that out.
fn one(index: u64, now: Timestamp) -> Former {
    let mut life = Life { draw: Generator::seeded_part(SEED, index), now, told: Vec::new() };
    let behind = (PEOPLE - 1 - index) as f64 * HOURS_BETWEEN;
    let came = 24.0 * LAST_DAYS_AGO + behind + life.draw.unit() * HOURS_BETWEEN;
    let (source, trust) = match life.draw.below(20) {
        0..5 => (LeadSource::Referral, 1.5),
        5..11 => (LeadSource::Website, 0.2),
        11..17 => (LeadSource::Portal, -0.4),
        _ => (LeadSource::PaidSocial, -0.9),
    };
    let horizon = [20, 45, 120, 300][life.draw.below(4)];
    let (approved, writes) = (life.draw.unit() < 0.45, life.draw.unit() < 0.5);
    life.tell(came, What::Arrived { source });
    life.tell(came - 0.1, What::Answered(Answer::Horizon { days: horizon }));
    life.tell(came - 0.1, What::Answered(Answer::Preapproved(approved)));
    let adds = |yes: bool, by: f64| if yes { by } else { 0.0 };
    let margin = -1.9 + trust + adds(horizon <= 45, 1.4) + adds(approved, 1.1) + adds(writes, 1.5);
    let booked = life.draw.unit() < odds::probability(margin);
    let books_after = booked.then(|| 24.0 * (2.0 + 9.0 * life.draw.unit()));
    life.speak(came, writes);
    life.look(came, books_after, margin);
    if let Some(after) = books_after {
        life.book(came - after);
    }
    Former { entries: life.entries(), booked }
}

struct Life {
    draw: Generator,
    now: Timestamp,
    /// What happened, and how many hours ago.
    told: Vec<(f64, What)>,
}

impl Life {
    fn tell(&mut self, hours_ago: f64, what: What) {
        self.told.push((hours_ago, what));
    }

    /// A first word of ours within hours, an answer or none, and a call some days later.
    fn speak(&mut self, came: f64, writes: bool) {
        let first = came - 0.3 - 5.0 * self.draw.unit();
        let channel = if self.draw.unit() < 0.7 { Channel::Sms } else { Channel::Email };
        self.tell(first, What::Message { direction: Direction::Outbound, channel });
        if writes {
            let reply = first - 0.1 - 3.0 * self.draw.unit();
            self.tell(reply, What::Message { direction: Direction::Inbound, channel });
        }
        let seconds = if self.draw.unit() < 0.4 { 60 + self.draw.below(400) as u32 } else { 0 };
        let later = first - 30.0 - 40.0 * self.draw.unit();
        self.tell(later, What::Call { direction: Direction::Outbound, seconds });
    }

    /// Listings, the more of them the keener, until they book or lose interest.
    fn look(&mut self, came: f64, books_after: Option<f64>, margin: f64) {
        let until = books_after.unwrap_or(24.0 * 13.0 * self.draw.unit());
        let often = 30.0 + 90.0 * (1.0 - odds::probability(margin)) * self.draw.unit();
        let mut after = 0.2;
        while after < until {
            let listing = format!("MLS-{}", 2_000 + self.draw.below(60));
            let price = Some(250_000 + 10_000 * self.draw.below(40) as u64);
            self.tell(came - after, What::ListingView { listing, price });
            after += often * (0.5 + self.draw.unit());
        }
    }

    /// An appointment, and whether they came.
    fn book(&mut self, at: f64) {
        let appointment = "former-viewing".to_owned();
        let starts = self.ago(at - 50.0);
        let step = AppointmentStep::Booked { starts };
        self.tell(at, What::Appointment { appointment: appointment.clone(), step });
        let step = if self.draw.unit() < 0.85 { AppointmentStep::Shown } else { AppointmentStep::NoShow };
        self.tell(at - 51.0, What::Appointment { appointment, step });
    }

    fn ago(&self, hours: f64) -> Timestamp {
        let seconds = SignedDuration::from_secs((hours * 3_600.0) as i64);
        self.now.saturating_sub(seconds).unwrap_or(self.now)
    }

    /// What the file says happened was known at the time: whoever kept it knew it then.
    fn entries(&self) -> Vec<Entry> {
        let entry = |(place, (hours, what)): (usize, &(f64, What))| {
            let happening = Happening { at: self.ago(*hours), what: what.clone() };
            match what {
                // The import told that they came with it; the file knows better.
                What::Arrived { .. } => Entry::told("arrived", happening.at, happening).revised(self.now),
                _ => Entry::told(format!("former:{place}"), happening.at, happening),
            }
        };
        self.told.iter().enumerate().map(entry).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use leads::timeline::Timeline;

    use super::*;

    #[test]
    fn hundreds_came_to_either_end_before_now_and_no_two_are_the_same() {
        let now: Timestamp = "2026-11-21T18:00:00Z".parse().expect("an instant");
        let people = people(now);
        let booked = people.iter().filter(|former| former.booked).count();
        let missed = people.len() - booked;
        assert!(booked >= 210 && missed >= 210, "a model asks for 200 of either: {booked} and {missed}");
        let known = |former: &Former| former.entries.iter().all(|entry| entry.known_at < now);
        assert!(people.iter().all(known));
        let addresses: BTreeSet<String> =
            file(&people).lines().map(|line| line.split(',').nth(1).unwrap_or_default().to_owned()).collect();
        assert_eq!(addresses.len(), people.len() + 1, "with the heading");
    }

    #[test]
    fn what_they_did_is_known_at_the_time_and_the_import_does_not_count() {
        let now: Timestamp = "2026-11-21T18:00:00Z".parse().expect("an instant");
        let former = people(now).swap_remove(3);
        let came = former.entries[0].known_at;
        let mut timeline: Timeline = former.entries.into_iter().collect();
        let arrived = Happening { at: now, what: What::Arrived { source: LeadSource::Import } };
        timeline.add(Entry::told("arrived", now - SignedDuration::from_secs(5), arrived));
        assert_eq!(timeline.as_of(came).len(), 1, "only that they came");
        let first = timeline.as_of(now).first().map(|first| first.at);
        assert_eq!(first, Some(came), "not when the file was taken in");
    }
}
