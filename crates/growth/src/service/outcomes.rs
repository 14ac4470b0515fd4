use boxed::boxed;
use jiff::{civil::Date, tz::TimeZone};
use kernel::{Arr, Ids, Ulid};
use rust_decimal::Decimal;
use store::Tx;

use super::{Growth, GrowthError, event};
use crate::{
    Moment,
    activity::ActivityKind,
    metrics::{ClientId, VehicleId},
    outcome::{Outcome, OutcomeKind},
    plan::ActionStatus,
    plan_record::ActionChange,
    records,
};

/// A win or a loss to be recorded.
#[derive(Clone, Debug, PartialEq)]
pub struct NewOutcome {
    /// The client.
    pub client_id: ClientId,
    /// The day it was decided.
    pub occurred_on: Date,
    /// How it ended.
    pub kind: OutcomeKind,
    /// Added annual revenue in the clients' currency, major units; required for a win, none for a loss.
    pub arr: Option<Decimal>,
    /// What was sold or refused, when it was one vehicle.
    pub vehicle: Option<VehicleId>,
    /// A remark.
    pub note: Option<String>,
}

impl NewOutcome {
    fn amount(&self) -> Result<Decimal, GrowthError> {
        match (self.kind, self.arr.unwrap_or_default()) {
            (OutcomeKind::Won, amount) if amount > Decimal::ZERO => Ok(amount),
            (OutcomeKind::Lost, amount) if amount == Decimal::ZERO => Ok(amount),
            _ => Err(GrowthError::OutcomeArr),
        }
    }
}

#[boxed]
impl Growth {
    /// Every outcome that stands, by day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn outcomes(&self) -> Result<Vec<Outcome>, GrowthError> {
        Ok(records::outcomes(&self.db).await?)
    }

    /// Records a win or a loss beside the prediction that was in force that day. What was still planned for the
    /// client is skipped, since the decision it was planned for has been taken; an action can be reopened. The
    /// same outcome again (client, day, kind, revenue, vehicle) is the one there is.
    ///
    /// # Errors
    /// [`GrowthError::UnknownClient`], [`GrowthError::OutcomeInFuture`], [`GrowthError::OutcomeArr`], or when
    /// the database fails.
    pub async fn record_outcome(&self, new: NewOutcome, at: &Moment) -> Result<Outcome, GrowthError> {
        let amount = new.amount()?;
        // Somewhere on Earth it is tomorrow already, and the team may be there.
        let today = at.now.to_zoned(TimeZone::UTC).date();
        if today.tomorrow().is_ok_and(|tomorrow| new.occurred_on > tomorrow) {
            return Err(GrowthError::OutcomeInFuture { occurred_on: new.occurred_on, today });
        }
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("growth_outcome").await?;
        if !records::knows_client(&mut tx, &new.client_id).await? {
            return Err(GrowthError::UnknownClient(new.client_id));
        }
        let latest = records::latest_snapshots(&mut tx, 1).await?.into_iter().next();
        let currency = latest.ok_or(GrowthError::NoSnapshot)?.currency;
        let prediction = records::prediction_in_force(&mut tx, &new.client_id, new.occurred_on).await?;
        let outcome = Outcome {
            id: ids.next(),
            client_id: new.client_id,
            occurred_on: new.occurred_on,
            recorded_at: at.at(),
            kind: new.kind,
            arr: Arr::new(amount, currency),
            vehicle: new.vehicle,
            note: new.note.map(|note| note.trim().to_owned()).filter(|note| !note.is_empty()),
            predicted_probability: prediction.as_ref().map(|prediction| prediction.probability),
        };
        let recorded = records::outcomes_of(&mut tx, &outcome.client_id).await?;
        if let Some(same) = recorded.into_iter().find(|recorded| is_same(recorded, &outcome)) {
            return Ok(same);
        }
        records::add_outcome(&mut tx, &outcome, prediction.as_ref(), &at.actor).await?;
        skip_open_actions(&mut tx, &outcome, today, &mut ids, at).await?;
        let client = &outcome.client_id;
        let sentence = match outcome.kind {
            OutcomeKind::Won => format!("recorded a win: {client}, {amount} {currency} a year"),
            OutcomeKind::Lost => format!("recorded a loss: {client}"),
        };
        self.finish(tx, event(ids.next(), at, ActivityKind::OutcomeRecorded, client, sentence)).await?;
        Ok(outcome)
    }

    /// Withdraws an outcome that was recorded by mistake; it stays in the database and counts no more.
    ///
    /// # Errors
    /// [`GrowthError::UnknownOutcome`], or when the database fails.
    pub async fn withdraw_outcome(&self, id: Ulid, at: &Moment) -> Result<(), GrowthError> {
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        let client = records::withdraw_outcome(&mut tx, id, at.at(), &at.actor).await?;
        let client = client.ok_or(GrowthError::UnknownOutcome(id))?;
        let sentence = format!("withdrew an outcome of {client}");
        self.finish(tx, event(ids.next(), at, ActivityKind::OutcomeWithdrawn, client, sentence)).await
    }
}

/// Skips what was still to be done for a client that has decided, and writes why into each action's past.
async fn skip_open_actions(
    tx: &mut Tx,
    outcome: &Outcome,
    today: Date,
    ids: &mut Ids,
    at: &Moment,
) -> Result<(), GrowthError> {
    tx.one_at_a_time("growth_action").await?;
    for mut planned in records::all_actions(&mut *tx).await? {
        if planned.action.client_id != outcome.client_id || !planned.action.status.is_open() {
            continue;
        }
        planned.action.set(ActionStatus::Skipped, today);
        planned.status_since = at.at();
        let change = ActionChange {
            at: at.at(),
            actor: at.actor.as_str().to_owned(),
            status: ActionStatus::Skipped,
            sentence: format!(
                "skipped: the client decided on {} ({})",
                outcome.occurred_on,
                outcome.kind.id()
            ),
        };
        records::change_action(tx, &planned, ids.next(), &change).await?;
    }
    Ok(())
}

fn is_same(one: &Outcome, two: &Outcome) -> bool {
    (&one.client_id, one.occurred_on, one.kind, one.arr, &one.vehicle)
        == (&two.client_id, two.occurred_on, two.kind, two.arr, &two.vehicle)
}
