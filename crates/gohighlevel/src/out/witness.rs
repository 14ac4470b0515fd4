//! What is decided here is wanted there: in the transaction of the decision.

use contacts::{Removing, Telling, Told, ToldWhat, Witness};
use jiff::Timestamp;
use kernel::{Moment, PersonId};
use leads::{RouteTelling, RouteWitness, Routed, RoutedWhat, ScoreTelling, ScoreWitness, ToldScore};
use markets::{Market, SealingKey};
use store::{StoreError, Tx};

use super::{
    ACTOR,
    asking::{self, Of, Once},
    doing::{Assignee, Doing, ScoreWanted, Wanted},
};
use crate::{records::link, road::kind};

/// Writes to GoHighLevel what happens here to those who are there.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct OutWitness;

/// Whether somebody is there, so that there is something to write to.
pub(super) async fn is_there(tx: &mut Tx, contact: PersonId) -> Result<bool, StoreError> {
    Ok(link::remote_of(&mut *tx, kind::CONTACT, contact).await?.is_some())
}

impl Witness for OutWitness {
    fn told<'a>(&'a self, tx: &'a mut Tx, told: &'a Told<'a>) -> Telling<'a> {
        Box::pin(async move {
            // What comes from there is there.
            if told.at.actor.as_str() == ACTOR || !is_there(tx, told.contact).await? {
                return Ok(());
            }
            let of = Of { market: told.market, key: told.key, contact: told.contact };
            // Others use the first identifiers of the moment.
            let (id, now) = (own_id(told.at), told.at.at());
            match told.what {
                ToldWhat::Moved(place) => {
                    asking::stage(tx, of, id, place.pipeline, place.stage, now).await?;
                }
                ToldWhat::Assigned { to } => {
                    let assigned = Some(to.map_or(Assignee::Nobody, Assignee::User));
                    asking::contact(tx, of, id, Wanted { assigned, ..Wanted::default() }, now).await?;
                }
                ToldWhat::Created { .. } | ToldWhat::Messaged { .. } => {}
            }
            Ok(())
        })
    }

    /// What waits of a person is removed with their links.
    fn erased<'a>(&'a self, _: &'a mut Tx, _: &'a Market, _: PersonId) -> Removing<'a> {
        Box::pin(async { Ok(Vec::new()) })
    }
}

impl ScoreWitness for OutWitness {
    fn scored<'a>(&'a self, tx: &'a mut Tx, told: &'a ToldScore<'a>) -> ScoreTelling<'a> {
        Box::pin(async move {
            if !is_there(tx, told.contact).await? {
                return Ok(());
            }
            let of = Of { market: told.market, key: told.key, contact: told.contact };
            let wanted = ScoreWanted::of(told.score, told.effective.probability);
            let id = fresh_id(told.market, told.at);
            asking::score(tx, of, id, wanted, told.is_news, told.at.at()).await.map(|_| ())
        })
    }
}

impl RouteWitness for OutWitness {
    fn routed<'a>(&'a self, tx: &'a mut Tx, told: &'a Routed<'a>) -> RouteTelling<'a> {
        Box::pin(async move {
            if !is_there(tx, told.contact).await? {
                return Ok(());
            }
            let (word, title, due_at, user) = match &told.what {
                RoutedWhat::Offered { agent, due, .. } => (
                    "offered".to_owned(),
                    "Call this lead now",
                    due.first_action.unwrap_or(told.at.at()),
                    Some(*agent),
                ),
                RoutedWhat::Reminded { agent } => {
                    let word = format!("reminded:{agent}");
                    (word, "Still waiting: call this lead now", told.at.at(), Some(*agent))
                }
                RoutedWhat::PassedOn { to, due, .. } => {
                    let due_at = due.first_action.unwrap_or(told.at.at());
                    (format!("passed:{to}"), "Passed on to you: call this lead now", due_at, Some(*to))
                }
                RoutedWhat::ManagerTold { agent } => {
                    (format!("manager:{agent}"), "Nobody has called this lead", told.at.at(), None)
                }
            };
            let doing = Doing::Task { title: title.to_owned(), body: None, due_at, user };
            ask(
                tx,
                told.market,
                told.key,
                told.contact,
                told.at,
                doing,
                format!("offer:{}:{word}", told.offer),
            )
            .await
        })
    }
}

async fn ask(
    tx: &mut Tx,
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    at: &Moment,
    doing: Doing,
    unique: String,
) -> Result<(), StoreError> {
    let now: Timestamp = at.at();
    let once = Once { id: fresh_id(market, at), doing, key: Some(unique), decision: None, run_at: now };
    asking::once(tx, Of { market, key, contact }, once, now).await.map(|_| ())
}

/// An identifier of its own for each of many in one moment.
pub(super) fn fresh_id(market: &Market, at: &Moment) -> kernel::Ulid {
    Moment { entropy: market.chance().number(), ..at.clone() }.ids().next()
}

/// An identifier that is none of those that the change itself takes.
fn own_id(at: &Moment) -> kernel::Ulid {
    Moment { entropy: !at.entropy, ..at.clone() }.ids().next()
}
