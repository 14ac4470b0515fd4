//! Offers as rows, and what a lead is about.

use contacts::Contact;
use jiff::{SignedDuration, Timestamp};
use kernel::{PersonId, Ulid};
use markets::{Market, SealingKey};
use store::{StoreError, Tx};

use super::{Case, LOCK};
use crate::{
    LeadsError,
    records::{
        agent,
        offer::{self, Open, StoredOffer},
    },
    routing::{Decision, Due, Wanted},
    service::{
        sealed,
        timeline::{ids, micros},
        unsealed,
    },
    timeline::{Answer, LeadSource, What},
};

const TABLE: &str = "lead_offer";

/// When a lead is looked at again that could not be given to anybody for a reason of its own: its number is suppressed.
const RETRY_REFUSED: SignedDuration = SignedDuration::from_hours(24);

/// A lead that came to us so much before we had it is one of the past: its speed says nothing.
const OF_THE_PAST: SignedDuration = SignedDuration::from_hours(24);

pub(super) fn chosen(decision: &Decision) -> Result<Option<Ulid>, StoreError> {
    let agent = decision.agent.as_deref().map(str::parse);
    agent.transpose().map_err(|error| StoreError::column("agent", error))
}

/// From when speed is measured: when we had the lead, or when the first agent was back; nothing for leads of the past.
pub(super) fn arrival(person: &Contact, lead: &Open, untaken: Option<&StoredOffer>) -> Option<Timestamp> {
    if let Some(untaken) = untaken {
        return untaken.arrived_at.map(|arrived| arrived.max(untaken.begins_at.unwrap_or(arrived)));
    }
    let past = person.created_at.duration_since(lead.arrived_at) > OF_THE_PAST;
    (!past).then(|| person.created_at.max(lead.arrived_at))
}

/// Writes an offer; its name.
pub(super) async fn add(
    tx: &mut Tx,
    case: &Case<'_>,
    decision: &Decision,
    agent: Option<Ulid>,
    arrived_at: Option<Timestamp>,
    next_at: Option<Timestamp>,
) -> Result<Ulid, LeadsError> {
    let id = ids(case.market, &case.at).next();
    let shares =
        serde_json::to_string(&decision.entitlements).map_err(|error| StoreError::column("shares", error))?;
    let due = &decision.due;
    let first_step = due.escalations.first().map(|(at, _)| *at).filter(|_| agent.is_some());
    let offer = StoredOffer {
        id,
        contact: case.person.id,
        agent,
        rule: decision.rule.clone(),
        arrived_at: arrived_at.map(micros),
        decided_at: case.at.at(),
        begins_at: due.begins.map(micros),
        due_at: due.first_action.map(micros),
        next_at: next_at.or(first_step).map(micros),
        steps: 0,
        acted_at: None,
        ended_at: None,
        ended: None,
        shares,
        document: sealed(case.market, case.key, TABLE, &id.to_string(), "document_sealed", decision)?,
    };
    offer::add(tx, offer).await?;
    Ok(id)
}

/// The decision of a stored offer.
pub(crate) fn opened(
    market: &Market,
    key: &SealingKey,
    stored: &StoredOffer,
) -> Result<Decision, LeadsError> {
    unsealed(market, key, TABLE, &stored.id.to_string(), "document_sealed", &stored.document)
}

/// Leaves a lead that cannot be given to anybody alone for a day.
pub(super) async fn postpone(case: &Case<'_>) -> Result<(), LeadsError> {
    let (contact, next) = (case.person.id, case.at.at() + RETRY_REFUSED);
    let mut tx = case.market.db().begin().await?;
    tx.one_at_a_time(LOCK).await?;
    match offer::current(&mut tx, contact).await? {
        Some(current) => offer::step(&mut tx, current.id, current.steps, Some(next)).await?,
        None => {
            let decision = Decision {
                lead: contact.to_string(),
                agent: None,
                rule: None,
                candidates: 0,
                passed_over: Vec::new(),
                entitlements: Vec::new(),
                due: Due { begins: None, first_action: None, escalations: Vec::new() },
                policy: case.policy.key().clone(),
                at: case.at.at(),
            };
            add(&mut tx, case, &decision, None, None, Some(next)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// What a lead is about: as somebody said, else as its pipeline and what it did tell.
pub(super) async fn wanted_in(
    tx: &mut Tx,
    case: &Case<'_>,
    source: Option<&str>,
) -> Result<Wanted, LeadsError> {
    let contact = case.person.id;
    let said = agent::wanted(&mut *tx, contact).await?;
    let said = said.map(|sealed| open_wanted(case.market, case.key, contact, &sealed)).transpose()?;
    Ok(wanted(said.unwrap_or_default(), case, source))
}

fn wanted(said: Wanted, case: &Case<'_>, source: Option<&str>) -> Wanted {
    let seen = case.timeline.as_of(case.at.at());
    let pipeline = case.pipelines.iter().find(|pipeline| pipeline.id == case.person.pipeline);
    let price = seen.happenings().iter().rev().find_map(|one| match one.what {
        What::Answered(Answer::Budget(most)) => Some(most),
        What::Search { price_to, .. } => price_to,
        _ => None,
    });
    Wanted {
        vertical: said.vertical.or_else(|| pipeline.map(|pipeline| pipeline.vertical)),
        area: said.area,
        price: said.price.or(price),
        source: said.source.or_else(|| source.and_then(|source| source.parse::<LeadSource>().ok())),
        language_asked_for: said.language_asked_for,
    }
}

pub(crate) fn open_wanted(
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    document: &[u8],
) -> Result<Wanted, LeadsError> {
    unsealed(market, key, "lead_wanted", &contact.to_string(), "document_sealed", document)
}
