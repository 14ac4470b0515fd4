//! The first fill, as whoever waits for it sees it.

use boxed::boxed;
use jiff::Timestamp;
use markets::Market;
use serde::Serialize;

use super::{
    Family, Pass, TURN, TURN_PAGES,
    mark::{Mark, Next},
    pass::Stepped,
    probe::Standing,
};
use crate::{Connection, GoHighLevel, GoHighLevelError, records};

/// How far the first fill of a family is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FamilyProgress {
    /// The family.
    pub family: Family,
    /// Entities listed so far.
    pub seen: u64,
    /// How many there are, as the first answer said; nothing before it, and for appointments, which nobody counts.
    pub total: Option<u64>,
    /// Whether it is filled.
    pub is_done: bool,
    /// What the last page failed for, if it did; it is tried again.
    pub failure: Option<String>,
}

/// How far the first fill is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Progress {
    /// The families, in the order in which they are filled.
    pub families: Vec<FamilyProgress>,
    /// Whether the location can be asked at all.
    pub standing: Standing,
    /// Not before, after a failure.
    pub retry_at: Option<Timestamp>,
}

impl Progress {
    /// Whether everything is filled.
    pub fn is_done(&self) -> bool {
        self.families.iter().all(|family| family.is_done)
    }

    /// Entities listed so far.
    pub fn seen(&self) -> u64 {
        self.families.iter().map(|family| family.seen).sum()
    }

    /// How many there are, as far as is known yet: families whose number is not count with what was listed.
    pub fn total(&self) -> u64 {
        self.families.iter().map(|family| family.total.unwrap_or(0).max(family.seen)).sum()
    }

    pub(crate) fn of(marks: &[Mark], standing: Standing, now: Timestamp) -> Self {
        let families = marks.iter().map(|mark| {
            FamilyProgress {
                family: mark.family,
                // What a later pass lists says nothing of the first.
                seen: if mark.is_filled() { mark.filled } else { mark.seen },
                total: mark.total.filter(|_| !mark.is_filled()),
                is_done: mark.is_filled(),
                failure: mark.failure.clone().filter(|_| !mark.is_filled()),
            }
        });
        let waits = marks.iter().filter(|mark| !mark.is_filled()).filter_map(|mark| mark.retry_at);
        Self { families: families.collect(), standing, retry_at: waits.filter(|at| *at > now).min() }
    }
}

#[boxed]
impl GoHighLevel {
    /// Goes on with the first fill for a few seconds, from wherever it stopped, and says how far it is. To be called until
    /// [`Progress::is_done`]; [`GoHighLevel::tend`] does the same beside everything else.
    ///
    /// # Errors
    /// [`GoHighLevelError::NotConnected`], or when the market's database or keys fail. What GoHighLevel does wrong is
    /// part of the answer, and tried again.
    pub async fn backfill(&self, market: &Market, now: Timestamp) -> Result<Progress, GoHighLevelError> {
        let connection = self.connected_to(market).await?;
        let vitals = self.awake(market, &connection, now).await?;
        let begun = self.now();
        let mut pages = 0;
        let mut can_go = vitals.asleep_until(now).is_none();
        while can_go && pages < TURN_PAGES && self.now().duration_since(begun) < TURN {
            let rhythm = |mark: &Mark| self.rhythm(mark.family, connection.has_app);
            let unfilled = self.marks(market, &connection).await?;
            let Some(mark) = unfilled.into_iter().find(|mark| !mark.is_filled()) else { break };
            can_go = match mark.next(rhythm(&mark), now) {
                Next::Begin(Pass::Fill) | Next::Go => {
                    matches!(self.step(market, &connection, mark, now).await?, Stepped::Went | Stepped::Taken)
                }
                Next::Begin(_) | Next::At(_) => false,
            };
            pages += 1;
        }
        self.progress(market, &connection, now).await
    }

    /// How far the first fill is.
    ///
    /// # Errors
    /// When the market's database fails.
    pub(crate) async fn progress(
        &self,
        market: &Market,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Progress, GoHighLevelError> {
        let marks = self.marks(market, connection).await?;
        let vitals = records::heal::vitals(market.db()).await?;
        let standing = vitals
            .filter(|vitals| vitals.location == connection.location)
            .map_or(Standing::Well, |vitals| vitals.standing);
        Ok(Progress::of(&marks, standing, now))
    }
}
