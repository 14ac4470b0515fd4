use std::{collections::HashSet, sync::Arc};

use boxed::boxed;
use jiff::{civil::Date, tz::TimeZone};
use kernel::Ulid;

use super::{Board, BoardQuery, Growth, GrowthError, event};
use crate::{
    Moment,
    activity::ActivityKind,
    metrics::ClientId,
    plan::{self, Action, ActionStatus, Candidate, OwnerId, PlanInputs, candidates},
    plan_record::{ActionChange, ActionEdit, PlanRecord, PlannedAction},
    playbook::Playbook,
    records,
};

/// How often a plan is tried beside other people's changes before it keeps them waiting.
const PLANNING_ATTEMPTS_MAX: u32 = 3;
/// Most hours of one action.
const ACTION_HOURS_MAX: f64 = 168.0;

/// What plan is wanted.
#[derive(Clone, Debug, PartialEq)]
pub struct PlanRequest {
    /// The first day; `None`: today.
    pub starts_on: Option<Date>,
    /// Length in days.
    pub horizon_days: u32,
}

impl Default for PlanRequest {
    fn default() -> Self {
        Self { starts_on: None, horizon_days: 90 }
    }
}

#[boxed]
impl Growth {
    /// Makes a plan from the latest snapshot, the active owners and what was decided since, and makes it the
    /// current one. Work that was begun under the plan before stays, with its hours.
    ///
    /// # Errors
    /// [`GrowthError::NoSnapshot`], [`GrowthError::Plan`], or when the database fails.
    pub async fn generate_plan(&self, request: &PlanRequest, at: &Moment) -> Result<PlanRecord, GrowthError> {
        let today = at.now.to_zoned(TimeZone::UTC).date();
        let starts_on = request.starts_on.unwrap_or(today);
        let mut ids = at.ids();
        let id = ids.next();

        // The planner may take seconds, during which nobody shall wait to write: it works on what it read, and
        // when something changed meanwhile it works again, the last time with the door shut.
        let mut attempts = 0;
        let (mut tx, board, carried, made) = loop {
            attempts += 1;
            let mut shut = None;
            if attempts == PLANNING_ATTEMPTS_MAX {
                let mut tx = self.db.begin().await?;
                tx.one_at_a_time("growth_activity").await?;
                shut = Some(tx);
            }
            let revision = self.revision().await?;
            let board = self.board(BoardQuery::default()).await?;
            let carried =
                begun(self.current_plan().await?.map(|plan| plan.actions).unwrap_or_default(), &board);
            let owners = self.owners().await?.into_iter().filter(|owner| owner.active);
            let owners = owners
                .map(|owner| plan::Owner {
                    id: OwnerId::new(owner.id.to_string()),
                    name: owner.name.into(),
                    weekly_hours: owner.weekly_hours,
                })
                .collect();
            let booked = carried.iter().map(|planned| planned.action.clone()).collect();
            let made = choose(board.clone(), owners, booked, starts_on, request.horizon_days).await?;
            let mut tx = match shut {
                Some(tx) => tx,
                None => self.db.begin().await?,
            };
            tx.one_at_a_time("growth_activity").await?;
            if records::revision(&mut tx).await? == revision {
                break (tx, board, carried, made);
            }
        };

        let new_action = |action: &Action| PlannedAction {
            id: ids.next(),
            plan_id: id,
            action: action.clone(),
            status_since: at.at(),
            note: String::new(),
        };
        let actions: Vec<PlannedAction> = made.actions.iter().map(new_action).collect();
        let (snapshot_id, created_at) = (board.snapshot.id, at.at());
        let created_by = at.actor.as_str().to_owned();
        let plan = PlanRecord { id, snapshot_id, created_at, created_by, plan: made, actions: Vec::new() };
        records::add_plan(&mut tx, &plan, &actions, &at.actor).await?;
        for planned in &carried {
            records::carry_action(&mut tx, planned.id, id).await?;
        }
        let sentence = format!(
            "made a plan from {starts_on}: {} actions for {} clients",
            actions.len() + carried.len(),
            plan.plan.engagements.len()
        );
        self.finish(tx, event(ids.next(), at, ActivityKind::PlanMade, id, sentence)).await?;
        self.current_plan().await?.ok_or(GrowthError::Interrupted)
    }

    /// The plan made last, with its actions as they stand; `None` before the first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn current_plan(&self) -> Result<Option<PlanRecord>, GrowthError> {
        Ok(records::current_plan(&self.db).await?)
    }

    /// One action of any plan.
    ///
    /// # Errors
    /// [`GrowthError::UnknownAction`], or when the database fails.
    pub async fn action(&self, id: Ulid) -> Result<PlannedAction, GrowthError> {
        records::action_by_id(&self.db, id).await?.ok_or(GrowthError::UnknownAction(id))
    }

    /// What happened to an action, the oldest entry first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn action_changes(&self, id: Ulid) -> Result<Vec<ActionChange>, GrowthError> {
        Ok(records::action_changes(&self.db, id).await?)
    }

    /// Moves an action to another status.
    ///
    /// # Errors
    /// As [`Growth::update_action`].
    pub async fn set_action_status(
        &self,
        id: Ulid,
        status: ActionStatus,
        at: &Moment,
    ) -> Result<PlannedAction, GrowthError> {
        self.update_action(id, &ActionEdit { status: Some(status), ..ActionEdit::default() }, at).await
    }

    /// Changes an action and writes the change into its past. A change to what it is already does nothing.
    ///
    /// # Errors
    /// [`GrowthError::UnknownAction`], [`GrowthError::UnknownOwner`], [`GrowthError::ActionHours`], or when the
    /// database fails.
    pub async fn update_action(
        &self,
        id: Ulid,
        edit: &ActionEdit,
        at: &Moment,
    ) -> Result<PlannedAction, GrowthError> {
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("growth_action").await?;
        let before = records::action_by_id(&mut tx, id).await?.ok_or(GrowthError::UnknownAction(id))?;
        let owners = records::owners(&mut tx).await?;
        let mut after = before.clone();
        let mut words = Vec::new();
        if let Some(status) = edit.status.filter(|status| *status != before.action.status) {
            after.action.set(status, at.now.to_zoned(TimeZone::UTC).date());
            after.status_since = at.at();
            words.push(format!("status {} instead of {}", status.id(), before.action.status.id()));
        }
        if let Some(owner) = edit.owner.as_ref().filter(|owner| **owner != before.action.owner) {
            let known = owners.iter().find(|known| known.id.to_string() == owner.as_str());
            let Some(known) = known else {
                return Err(owner
                    .as_str()
                    .parse()
                    .map_or(GrowthError::UnknownAction(id), GrowthError::UnknownOwner));
            };
            after.action.owner = owner.clone();
            words.push(format!("given to {}", known.name));
        }
        if let Some(due) = edit.due.filter(|due| *due != before.action.due) {
            after.action.due = due;
            words.push(format!("due {due} instead of {}", before.action.due));
        }
        if let Some(hours) = edit.hours.filter(|hours| *hours != before.action.hours) {
            // Written so that a NaN is refused, too.
            if !(0.0..=ACTION_HOURS_MAX).contains(&hours) {
                return Err(GrowthError::ActionHours(hours));
            }
            after.action.hours = hours;
            words.push(format!("{hours} hours instead of {}", before.action.hours));
        }
        if let Some(note) = edit.note.as_deref().map(str::trim).filter(|note| *note != before.note) {
            after.note = note.to_owned();
            words.push("note changed".to_owned());
        }
        if words.is_empty() {
            return Ok(before);
        }
        let changes = words.join(", ");
        let change = ActionChange {
            at: at.at(),
            actor: at.actor.as_str().to_owned(),
            status: after.action.status,
            sentence: changes.clone(),
        };
        records::change_action(&mut tx, &after, ids.next(), &change).await?;
        let Action { kind, client_id, client_name, .. } = &after.action;
        let sentence = format!("changed {} for {client_name}: {changes}", kind.label().to_lowercase());
        self.finish(tx, event(ids.next(), at, ActivityKind::ActionChanged, client_id, sentence)).await?;
        Ok(after)
    }
}

/// The open actions of clients whose work was begun and who have not decided yet.
fn begun(actions: Vec<PlannedAction>, board: &Board) -> Vec<PlannedAction> {
    let decided: HashSet<&ClientId> = board.decided_since().map(|outcome| &outcome.client_id).collect();
    let is_begun = |status| matches!(status, ActionStatus::Doing | ActionStatus::Done);
    let begun: HashSet<ClientId> = actions
        .iter()
        .filter(|planned| is_begun(planned.action.status) && !decided.contains(&planned.action.client_id))
        .map(|planned| planned.action.client_id.clone())
        .collect();
    actions
        .into_iter()
        .filter(|planned| planned.action.status.is_open() && begun.contains(&planned.action.client_id))
        .collect()
}

/// Asks the planner, away from the threads that answer requests.
async fn choose(
    board: Arc<Board>,
    owners: Vec<plan::Owner>,
    booked: Vec<Action>,
    as_of: Date,
    horizon_days: u32,
) -> Result<plan::Plan, GrowthError> {
    let work = move || {
        let open = board.opportunities()?;
        let chances: std::collections::HashMap<&str, f64> =
            open.iter().map(|opportunity| (&*opportunity.id, opportunity.probability)).collect();
        let candidates: Vec<Candidate> = candidates(board.pairs())
            .into_iter()
            .filter_map(|candidate| {
                let probability = *chances.get(candidate.client_id.as_str())?;
                Some(Candidate { probability, ..candidate })
            })
            .collect();
        let inputs =
            PlanInputs { candidates: &candidates, owners: &owners, booked: &booked, as_of, horizon_days };
        Ok(plan::generate(inputs, &board.policy, Playbook::standard())?)
    };
    tokio::task::spawn_blocking(work).await.map_err(|_| GrowthError::Interrupted)?
}
