//! The offers of a market, whoever they are about: who was offered what, and what came of it.

use boxed::boxed;
use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use markets::Market;
use serde::Serialize;

use crate::{
    Leads, LeadsError,
    records::offer::{self, Conditions, Stands, StoredOffer},
};

/// Most offers of one page.
pub const OFFERS_PAGE_MAX: usize = 500;

/// How an offer stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum OfferStanding {
    /// Somebody has it and has not spoken to the person yet.
    Open,
    /// Nobody could take it, and it waits.
    Untaken,
    /// Somebody spoke to the person.
    Acted,
    /// It ended before anybody did.
    Lost,
}

impl OfferStanding {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Open, Self::Untaken, Self::Acted, Self::Lost];

    /// As it is asked for.
    pub fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Untaken => "untaken",
            Self::Acted => "acted",
            Self::Lost => "lost",
        }
    }

    /// The standing of this word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|standing| standing.id() == id)
    }

    fn stored(self) -> Stands {
        match self {
            Self::Open => Stands::Open,
            Self::Untaken => Stands::Untaken,
            Self::Acted => Stands::Acted,
            Self::Lost => Stands::Lost,
        }
    }
}

/// Which offers are asked for; every condition that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OfferQuery {
    /// To this agent.
    pub agent: Option<Ulid>,
    /// That stand so.
    pub standing: Option<OfferStanding>,
    /// Whose time to act was over before anybody did, as of this instant.
    pub late_at: Option<Timestamp>,
    /// Decided from this instant on.
    pub from: Option<Timestamp>,
    /// Decided before this instant.
    pub to: Option<Timestamp>,
    /// Only those before this one, from [`OfferPage::next`].
    pub after: Option<Ulid>,
    /// How many, at least 1 and at most [`OFFERS_PAGE_MAX`].
    pub limit: usize,
}

impl OfferQuery {
    fn conditions(&self) -> Conditions {
        Conditions {
            agent: self.agent,
            stands: self.standing.map(OfferStanding::stored),
            late_at: self.late_at,
            from: self.from,
            to: self.to,
            after: self.after,
        }
    }
}

/// An offer as a list of many shows it; why it was decided so stands with its lead ([`Leads::offers`]).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfferEntry {
    /// Which one.
    pub id: Ulid,
    /// About whom.
    pub contact: PersonId,
    /// To whom; none while nobody could take it.
    pub agent: Option<Ulid>,
    /// The rule of routing that it was decided by.
    pub rule: Option<String>,
    /// How it stands.
    pub standing: OfferStanding,
    /// When the lead came.
    pub arrived_at: Option<Timestamp>,
    /// When it was decided.
    pub decided_at: Timestamp,
    /// When the clock began: an agent was there and the person could be called.
    pub begins_at: Option<Timestamp>,
    /// Until when somebody had to act.
    pub due_at: Option<Timestamp>,
    /// When somebody did.
    pub acted_at: Option<Timestamp>,
    /// When it ended, and how: `taken`, `passed_on`, `reassigned`, `closed`, `withdrawn`.
    pub ended: Option<(Timestamp, String)>,
}

impl From<StoredOffer> for OfferEntry {
    fn from(stored: StoredOffer) -> Self {
        let standing = match (stored.acted_at, stored.ended_at, stored.agent) {
            (Some(_), ..) => OfferStanding::Acted,
            (None, Some(_), _) => OfferStanding::Lost,
            (None, None, Some(_)) => OfferStanding::Open,
            (None, None, None) => OfferStanding::Untaken,
        };
        Self {
            id: stored.id,
            contact: stored.contact,
            agent: stored.agent,
            rule: stored.rule,
            standing,
            arrived_at: stored.arrived_at,
            decided_at: stored.decided_at,
            begins_at: stored.begins_at,
            due_at: stored.due_at,
            acted_at: stored.acted_at,
            ended: stored.ended_at.zip(stored.ended),
        }
    }
}

/// Some offers, the newest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OfferPage {
    /// The offers.
    pub entries: Vec<OfferEntry>,
    /// Where the next page begins; `None` at the end.
    pub next: Option<Ulid>,
    /// How many offers meet the conditions.
    pub total: u64,
}

#[boxed]
impl Leads {
    /// The offers of all leads, the newest first. They name contacts by identifier: the list is for those who look after the
    /// rules.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn offer_log(&self, market: &Market, query: &OfferQuery) -> Result<OfferPage, LeadsError> {
        let limit = query.limit.clamp(1, OFFERS_PAGE_MAX);
        let conditions = query.conditions();
        let total = offer::count(market.db(), &conditions).await?;
        let mut found = offer::page(market.db(), &conditions, limit + 1).await?;
        let more = found.len() > limit;
        found.truncate(limit);
        let next = found.last().filter(|_| more).map(|last| last.id);
        Ok(OfferPage { entries: found.into_iter().map(OfferEntry::from).collect(), next, total })
    }
}
