use std::collections::HashMap;

use boxed::boxed;
use contacts::{Contact, ListQuery, PAGE_MAX, Sight};
use jiff::Timestamp;
use kernel::{Interval, PersonId, Ulid};
use markets::Market;
use serde::Serialize;
use store::Value;

use super::{policy, ranking, scoring::detail_of};
use crate::{
    Leads, LeadsError,
    band::{Band, Standing},
    records::board::{self, Conditions, Spot, StoredLead},
    score::{LeadScore, NextBest, Reason},
    timeline::LeadSource,
};

/// Most leads of one page.
pub const BOARD_PAGE_MAX: usize = 500;
/// People whom a text has found that are asked for in one question: below what either database takes.
const FOUND_AT_ONCE: usize = 5_000;

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
    /// Where the next page begins; `None` at the end.
    pub next: Option<String>,
    /// How many leads meet the conditions.
    pub total: u64,
}

#[boxed]
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
        let limit = query.limit.clamp(1, BOARD_PAGE_MAX);
        let after = query.after.as_deref().map(|text| read_spot(query.sort, text)).transpose()?;
        let (mut spots, total): (Vec<Spot>, u64) = match searched(query) {
            Some(text) => {
                let mut all = self.found(market, sight, query, text).await?;
                let total = all.len() as u64;
                let begins = after.map_or(0, |after| all.partition_point(|spot| spot.before(&after).is_le()));
                (all.drain(begins..).take(limit + 1).collect(), total)
            }
            None => {
                let conditions = conditions(query);
                let total = board::count(market.db(), sight, &conditions).await?;
                let some =
                    board::spots(market.db(), sight, &conditions, query.sort, after, Some(limit + 1)).await?;
                (some, total)
            }
        };
        let more = spots.len() > limit;
        spots.truncate(limit);
        let next = spots.last().filter(|_| more).map(write_spot);
        let ids: Vec<PersonId> = spots.into_iter().map(|spot| spot.contact).collect();
        let rows = self.rows(market, sight, &ids).await?.into_iter().map(|(row, _)| row).collect();
        Ok(BoardPage { rows, next, total })
    }

    /// Every lead that meets the conditions, in the order asked for, as of one moment.
    pub(super) async fn listed(
        &self,
        market: &Market,
        sight: Sight,
        query: &BoardQuery,
    ) -> Result<Vec<PersonId>, LeadsError> {
        let spots = match searched(query) {
            Some(text) => self.found(market, sight, query, text).await?,
            None => board::spots(market.db(), sight, &conditions(query), query.sort, None, None).await?,
        };
        Ok(spots.into_iter().map(|spot| spot.contact).collect())
    }

    /// Everybody whom a text finds and who meets the conditions, in the order asked for. Names are sealed, so that all of
    /// them are looked at.
    async fn found(
        &self,
        market: &Market,
        sight: Sight,
        query: &BoardQuery,
        text: &str,
    ) -> Result<Vec<Spot>, LeadsError> {
        let mut list = ListQuery { search: Some(text.to_owned()), limit: PAGE_MAX, ..ListQuery::default() };
        let mut people: Vec<PersonId> = Vec::new();
        loop {
            let page = self.contacts.list(market, sight, &list).await?;
            people.extend(page.contacts.into_iter().map(|contact| contact.id));
            if page.next.is_none() {
                break;
            }
            list.after = page.next;
        }
        let mut spots = Vec::new();
        for some in people.chunks(FOUND_AT_ONCE) {
            let conditions = Conditions { among: Some(some.to_vec()), ..conditions(query) };
            spots.extend(board::spots(market.db(), sight, &conditions, query.sort, None, None).await?);
        }
        spots.sort_by(Spot::before);
        Ok(spots)
    }

    /// These leads as lists show them, in this order, each with its score; those that are gone are missing.
    pub(super) async fn rows(
        &self,
        market: &Market,
        sight: Sight,
        ids: &[PersonId],
    ) -> Result<Vec<(LeadRow, Option<LeadScore>)>, LeadsError> {
        let stored = board::leads(market.db(), ids).await?;
        let mut stored: HashMap<PersonId, StoredLead> =
            stored.into_iter().map(|lead| (lead.contact, lead)).collect();
        let standings = self.standings_of(market, stored.values()).await?;
        let keys = market.person_keys(ids).await?;
        let mut rows = Vec::with_capacity(ids.len());
        for contact in self.contacts.many(market, sight, ids).await? {
            let (Some(lead), Some(key)) = (stored.remove(&contact.id), keys.get(contact.id)) else {
                continue;
            };
            let detail = lead.detail.as_deref();
            let score = detail.map(|detail| detail_of(market, key, contact.id, detail)).transpose()?;
            let standing = standings.get(&contact.id).copied();
            let score = score.map(|score| LeadScore { standing, ..score });
            rows.push((row(contact, lead, standing, score.as_ref()), score));
        }
        Ok(rows)
    }

    /// Where these stand among the open leads, those that do.
    async fn standings_of(
        &self,
        market: &Market,
        leads: impl Iterator<Item = &StoredLead>,
    ) -> Result<HashMap<PersonId, Standing>, LeadsError> {
        let ranked: Vec<(PersonId, f64, Band)> = leads
            .filter(|lead| lead.closed_at.is_none())
            .filter_map(|lead| Some((lead.contact, lead.margin?, lead.band?)))
            .collect();
        if ranked.is_empty() {
            return Ok(HashMap::new());
        }
        let capacity = policy::current(self, market).await?.capacity;
        let margins: Vec<f64> = ranked.iter().map(|(_, margin, _)| *margin).collect();
        let (ranks, of) = ranking::ranks(market.db(), &margins).await?;
        let standing = |((contact, _, band), rank): (&(PersonId, f64, Band), usize)| {
            (*contact, ranking::standing(*band, rank, of, &capacity))
        };
        Ok(ranked.iter().zip(ranks).map(standing).collect())
    }
}

/// What is looked for, if anything is.
fn searched(query: &BoardQuery) -> Option<&str> {
    query.text.as_deref().map(str::trim).filter(|text| !text.is_empty())
}

/// What a query asks for, but for its text.
fn conditions(query: &BoardQuery) -> Conditions {
    Conditions {
        band: query.band,
        assignee: query.assignee,
        source: query.source,
        effective_min: query.probability_min,
        pipeline: query.pipeline.clone(),
        stage: query.stage.clone(),
        closed: query.closed,
        among: None,
    }
}

fn row(contact: Contact, lead: StoredLead, standing: Option<Standing>, score: Option<&LeadScore>) -> LeadRow {
    LeadRow {
        contact,
        arrived_at: lead.arrived_at,
        source: lead.source,
        closed_at: lead.closed_at,
        first_action_at: lead.first_action_at,
        last_activity_at: lead.last_activity_at,
        scored_at: lead.scored_at,
        stale: lead.stale,
        probability: score.map(|score| score.probability),
        interval: score.map(|score| score.interval),
        effective: lead.effective,
        standing,
        cold_probability: lead.cold_probability,
        basis: score.map(|score| score.basis.to_string()),
        reasons: score
            .map_or_else(Vec::new, |score| score.reasons.iter().take(REASONS_SHOWN).cloned().collect()),
        next: score.map(|score| score.next.clone()),
    }
}

/// A place in an order, as addresses carry it: the number's bits and the contact.
fn write_spot(spot: &Spot) -> String {
    let key = match &spot.key {
        Value::Int(key) => format!("{:016x}", key.cast_unsigned()),
        Value::Real(key) => format!("{:016x}", key.to_bits()),
        _ => String::new(),
    };
    format!("{key}-{}", spot.contact)
}

fn read_spot(sort: BoardSort, text: &str) -> Result<Spot, LeadsError> {
    let read = || {
        let (key, contact) = text.split_once('-')?;
        let bits = u64::from_str_radix(key, 16).ok()?;
        let key = if board::by_instant(sort) {
            Value::Int(bits.cast_signed())
        } else {
            Value::Real(f64::from_bits(bits))
        };
        Some(Spot { key, contact: contact.parse().ok()? })
    };
    read().ok_or_else(|| LeadsError::Invalid {
        field: "after",
        message: "not a place that a page ended at".to_owned(),
    })
}
