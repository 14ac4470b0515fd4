use kernel::{Actor, Ulid};
use store::{Db, Query, Row, Session, StoreError, Tx, Value};

use crate::{
    metrics::ClientId,
    plan::{Action, ActionStatus, OwnerId, Plan},
    plan_record::{ActionChange, PlanRecord, PlannedAction},
    playbook::ActionKind,
};

const ACTION: &str = "SELECT id, plan_id, client_id, client_name, owner_id, kind, due_on, effort_hours, status, \
                      status_since, done_on, note FROM growth_action";

fn status(row: &Row) -> Result<ActionStatus, StoreError> {
    let id = row.str("status")?;
    ActionStatus::from_id(id).ok_or_else(|| StoreError::column("status", format!("no status `{id}`")))
}

fn action(row: &Row) -> Result<PlannedAction, StoreError> {
    let kind = row.str("kind")?;
    Ok(PlannedAction {
        id: row.parse("id")?,
        plan_id: row.parse("plan_id")?,
        action: Action {
            client_id: ClientId::new(row.str("client_id")?),
            client_name: row.str("client_name")?.into(),
            owner: OwnerId::new(row.str("owner_id")?),
            kind: ActionKind::from_id(kind)
                .ok_or_else(|| StoreError::column("kind", format!("no kind of action `{kind}`")))?,
            due: row.parse("due_on")?,
            hours: row.real("effort_hours")?,
            status: status(row)?,
            done_on: row.parse_or_null("done_on")?,
        },
        status_since: row.timestamp("status_since")?,
        note: row.text("note")?,
    })
}

/// The plan made last, without its actions.
async fn latest_plan(on: impl Into<Session<'_>>) -> Result<Option<PlanRecord>, StoreError> {
    let query = Query::new(
        "SELECT id, snapshot_id, content, created_at, created_by FROM growth_plan \
         ORDER BY sequence DESC LIMIT 1",
    );
    let row = on.into().optional(query).await?;
    row.map(|row| {
        Ok(PlanRecord {
            id: row.parse("id")?,
            snapshot_id: row.parse("snapshot_id")?,
            created_at: row.timestamp("created_at")?,
            created_by: row.text("created_by")?,
            plan: row.json("content")?,
            actions: Vec::new(),
        })
    })
    .transpose()
}

/// The current plan with its actions as they stand.
pub(crate) async fn current_plan(db: &Db) -> Result<Option<PlanRecord>, StoreError> {
    let Some(plan) = latest_plan(db).await? else { return Ok(None) };
    let actions = actions_of_plan(db, plan.id).await?;
    Ok(Some(with_actions(plan, actions)))
}

fn with_actions(mut plan: PlanRecord, actions: Vec<PlannedAction>) -> PlanRecord {
    plan.plan.actions = actions.iter().map(|planned| planned.action.clone()).collect();
    plan.actions = actions;
    plan
}

async fn actions_of_plan(
    on: impl Into<Session<'_>>,
    plan_id: Ulid,
) -> Result<Vec<PlannedAction>, StoreError> {
    let query = Query::new(ACTION)
        .push(" WHERE plan_id = ? ORDER BY due_on, owner_id, client_id, kind, id")
        .bind(plan_id);
    on.into().list(query, action).await
}

pub(crate) async fn action_by_id(
    on: impl Into<Session<'_>>,
    id: Ulid,
) -> Result<Option<PlannedAction>, StoreError> {
    on.into()
        .optional(Query::new(ACTION).push(" WHERE id = ?").bind(id))
        .await?
        .as_ref()
        .map(action)
        .transpose()
}

/// Every action of every plan, by day: for indicators.
pub(crate) async fn all_actions(on: impl Into<Session<'_>>) -> Result<Vec<PlannedAction>, StoreError> {
    on.into().list(Query::new(ACTION).push(" ORDER BY due_on, id"), action).await
}

/// Keeps a new plan, which becomes the current one, with its own actions.
pub(crate) async fn add_plan(
    tx: &mut Tx,
    new: &PlanRecord,
    actions: &[PlannedAction],
    by: &Actor,
) -> Result<(), StoreError> {
    let sequence = super::next(&mut *tx, "SELECT MAX(sequence) AS last FROM growth_plan").await?;
    // Actions live in their own table, where they move.
    let content = Plan { actions: Vec::new(), ..new.plan.clone() };
    let insert = Query::new(
        "INSERT INTO growth_plan (id, sequence, snapshot_id, policy_name, policy_version, starts_on, content, \
         created_at, created_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(new.id)
    .bind(sequence)
    .bind(new.snapshot_id)
    .bind(new.plan.policy.name.as_str())
    .bind(new.plan.policy.version)
    .bind(new.plan.as_of)
    .bind(super::json("content", &content)?)
    .bind(new.created_at)
    .bind(by);
    tx.execute(insert).await?;
    let rows = actions.iter().map(|planned| -> [Value; 12] {
        let action = &planned.action;
        [
            planned.id.into(),
            planned.plan_id.into(),
            action.client_id.as_str().into(),
            (&*action.client_name).into(),
            action.owner.as_str().into(),
            action.kind.id().into(),
            action.due.into(),
            action.hours.into(),
            action.status.id().into(),
            planned.status_since.into(),
            action.done_on.into(),
            planned.note.as_str().into(),
        ]
    });
    let rows = rows.collect();
    let insert = "INSERT INTO growth_action (id, plan_id, client_id, client_name, owner_id, kind, due_on, \
                  effort_hours, status, status_since, done_on, note) VALUES";
    tx.insert_all(insert, rows).await.map(|_| ())
}

/// Moves an action to another plan.
pub(crate) async fn carry_action(tx: &mut Tx, id: Ulid, plan_id: Ulid) -> Result<(), StoreError> {
    let update = Query::new("UPDATE growth_action SET plan_id = ? WHERE id = ?").bind(plan_id).bind(id);
    tx.execute(update).await.map(|_| ())
}

/// Writes an action as it is now, and what changed into its past.
pub(crate) async fn change_action(
    tx: &mut Tx,
    planned: &PlannedAction,
    change_id: Ulid,
    change: &ActionChange,
) -> Result<(), StoreError> {
    let action = &planned.action;
    let update = Query::new(
        "UPDATE growth_action SET owner_id = ?, due_on = ?, effort_hours = ?, status = ?, status_since = ?, \
         done_on = ?, note = ? WHERE id = ?",
    )
    .bind(action.owner.as_str())
    .bind(action.due)
    .bind(action.hours)
    .bind(action.status.id())
    .bind(planned.status_since)
    .bind(action.done_on)
    .bind(planned.note.as_str())
    .bind(planned.id);
    tx.execute(update).await?;
    let insert = Query::new(
        "INSERT INTO growth_action_change (id, action_id, at, actor, status, sentence) \
         VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(change_id)
    .bind(planned.id)
    .bind(change.at)
    .bind(change.actor.as_str())
    .bind(change.status.id())
    .bind(change.sentence.as_str());
    tx.execute(insert).await.map(|_| ())
}

/// The past of an action, the oldest entry first.
pub(crate) async fn action_changes(db: &Db, id: Ulid) -> Result<Vec<ActionChange>, StoreError> {
    let query = Query::new(
        "SELECT at, actor, status, sentence FROM growth_action_change WHERE action_id = ? ORDER BY id",
    )
    .bind(id);
    db.list(query, |row| {
        let (at, actor, sentence) = (row.timestamp("at")?, row.text("actor")?, row.text("sentence")?);
        Ok(ActionChange { at, actor, status: status(row)?, sentence })
    })
    .await
}
