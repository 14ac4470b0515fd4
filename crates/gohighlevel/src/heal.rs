//! Making good what was lost: the first fill, comparisons ever after, and a watch on what should have come.
//!
//! GoHighLevel repeats a webhook only after the answer 429; what met a closed door is lost, and nobody says so. So
//! nothing here trusts that events arrive:
//!
//! - **Fill** ([`GoHighLevel::backfill`]): everything that a location has, page by page. After every page the place is on
//!   record; whoever stops it, at whatever point, goes on there, and a page that is taken in twice leaves nothing twice.
//! - **Reconcile**, every fifteen minutes: contacts changed and messages written since the last good watermark less an
//!   overlap, the latest 2 000 opportunities, the appointments from two weeks ago to eleven weeks ahead.
//! - **Sweep**, daily: all contacts, all opportunities, the appointments from two years ago to a year ahead; who is here and
//!   was in no list is asked for by name, and buried when gone. Messages cannot go: those of the last week are compared.
//!   In no comparison are tasks (one whose event is lost is noticed with the next event about a task of the same contact;
//!   no score reads them), and what becomes of messages and appointments that are older.
//! - **Gaps**, every five minutes: fewer events than the hour of the week lets expect, or a time in which the hub
//!   itself was away, bring the comparison forward.
//! - **Probe**: tokens are renewed at 80 % of their life though nobody asks; a location that is not active is left alone
//!   and looked at once a day.
//!
//! [`GoHighLevel::tend`] does a few seconds of all that per call. What is found goes through the same door as what events
//! announce (`road/take_in.rs`), so that it makes no difference by which way something became known.
//!
//! **Arithmetic.** Lists come in pages of 100 (messages: 500) and go in the lane [`Lane::Bulk`], which leaves 30 of an
//! app's 100 requests per 10 s and a tenth of its 200 000 a day to the others. 50 000 contacts are 500 pages: 72 s at
//! 7 pages per second, 0.25 % of a day. A sweep of them costs the same again, a quiet reconciliation three requests and one
//! per calendar: 15 calendars make 1 728 a day, 0.9 %.

mod backfill;
pub(crate) mod gaps;
pub(crate) mod mark;
mod pages;
mod pass;
pub(crate) mod probe;
pub(crate) mod rate;
mod reconcile;
mod taking;

use std::time::Duration;

use boxed::boxed;
use connect::ghl::{
    budget::Lane,
    events::{Entity, Kind},
};
use jiff::{SignedDuration, Timestamp};
use markets::Market;
use serde::Serialize;

pub use backfill::{FamilyProgress, Progress};
pub use mark::Pass;
pub use probe::Standing;

use crate::{GoHighLevel, GoHighLevelError};
use pass::Stepped;

/// The lane of everything that heals: whatever else waits goes first.
const LANE: Lane = Lane::Bulk;
/// How long one request of a pass may take, waiting for its turn included.
const PATIENCE: Duration = Duration::from_secs(10);
/// How long one call of [`GoHighLevel::tend`] or [`GoHighLevel::backfill`] goes on beginning pages.
const TURN: SignedDuration = SignedDuration::from_secs(3);
/// Pages in one call at most, should they come fast.
const TURN_PAGES: u32 = 40;

/// What is compared together, in the order in which it is filled: the later ones refer to contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Family {
    /// Persons, with their tags, fields and do-not-disturb.
    Contacts,
    /// Deals in pipelines.
    Opportunities,
    /// Appointments in calendars.
    Appointments,
    /// What was written and said.
    Messages,
}

impl Family {
    /// All of them, in the order in which they are filled.
    pub const ALL: [Self; 4] = [Self::Contacts, Self::Opportunities, Self::Appointments, Self::Messages];

    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Contacts => "contacts",
            Self::Opportunities => "opportunities",
            Self::Appointments => "appointments",
            Self::Messages => "messages",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Contacts => "Contacts",
            Self::Opportunities => "Opportunities",
            Self::Appointments => "Appointments",
            Self::Messages => "Messages",
        }
    }

    pub(crate) fn from_id(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.id() == text)
    }

    /// The kind of link of its entities.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Contacts => "contact",
            Self::Opportunities => "opportunity",
            Self::Appointments => "appointment",
            Self::Messages => "message",
        }
    }

    /// Whether its entities can be deleted: then who is in no list is asked for by name. Messages cannot.
    pub(crate) fn can_vanish(self) -> bool {
        self != Self::Messages
    }

    /// The family whose comparison finds what an event of this name announces.
    pub(crate) fn of_event(name: &str) -> Option<Self> {
        match Kind::named(name)?.entity() {
            Entity::Contact => Some(Self::Contacts),
            Entity::Opportunity => Some(Self::Opportunities),
            Entity::Appointment => Some(Self::Appointments),
            Entity::Message => Some(Self::Messages),
            _ => None,
        }
    }
}

#[boxed]
impl GoHighLevel {
    /// Tends a market's connection for a few seconds: renews its token, looks whether it can be asked and whether events
    /// are missing, and goes on with what is to be filled or compared. Says when it is to be called again; never, while
    /// the market is not connected.
    ///
    /// Two that tend the same market do no harm: the later one finds each page taken and leaves it.
    ///
    /// # Errors
    /// When the market's database or keys fail. What GoHighLevel does wrong is no error: it is on record
    /// ([`GoHighLevel::health`]) and tried again.
    pub async fn tend(&self, market: &Market, now: Timestamp) -> Result<Option<Timestamp>, GoHighLevelError> {
        let Some(connection) = self.connection(market).await? else { return Ok(None) };
        let vitals = self.awake(market, &connection, now).await?;
        if let Some(until) = vitals.asleep_until(now) {
            return Ok(Some(until));
        }
        let look_at = self.look(market, &connection, vitals, now).await?;
        let begun = self.now();
        let mut pages = 0;
        loop {
            let mut next = look_at;
            let mut has_gone = false;
            let mut marks = self.marks(market, &connection).await?;
            let is_filling_contacts =
                marks.first().is_some_and(|mark| mark.family == Family::Contacts && !mark.is_filled());
            if is_filling_contacts {
                marks.truncate(1);
            }
            for mark in marks {
                match self.step(market, &connection, mark, now).await? {
                    Stepped::Waits(until) => next = next.min(until),
                    Stepped::Went => has_gone = true,
                    Stepped::Taken => {}
                    // Whatever else is to be asked meets the same closed door.
                    Stepped::Closed(until) => return Ok(Some(until)),
                }
                pages += 1;
                if pages >= TURN_PAGES || self.now().duration_since(begun) >= TURN {
                    return Ok(Some(now));
                }
            }
            if !has_gone {
                return Ok(Some(next.max(now)));
            }
        }
    }

    /// How often what is compared, with this connection.
    fn rhythm(&self, family: Family, has_app: bool) -> mark::Rhythm {
        let asked = self.0.config.reconcile_every;
        // Private integration tokens get no webhooks: what is new is asked for.
        let is_polled = !has_app && matches!(family, Family::Contacts | Family::Messages);
        mark::Rhythm { reconcile: if is_polled { asked.min(POLL_MAX) } else { asked }, sweep: asked * SWEEP }
    }

    /// How often it is looked whether events are missing.
    fn look_every(&self) -> Duration {
        (self.0.config.reconcile_every / 3).min(LOOK_MAX)
    }
}

/// The longest time between two questions for what is new, where no webhooks come: 1 440 requests a day for two families, a
/// seventh of a private integration token's 10 000.
const POLL_MAX: Duration = Duration::from_secs(120);
/// The longest time between two looks for missing events.
const LOOK_MAX: Duration = Duration::from_secs(300);
/// Reconciliations to a sweep: 96 quarters of an hour are a day.
const SWEEP: u32 = 96;
