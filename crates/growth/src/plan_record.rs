//! Plans as the hub keeps them: the latest is the current one, and its actions move.

use jiff::{Timestamp, civil::Date};
use kernel::Ulid;
use serde::{Deserialize, Serialize};

use crate::plan::{Action, ActionStatus, OwnerId, Plan};

/// A plan that was made, with its actions as they stand.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlanRecord {
    /// Identity.
    pub id: Ulid,
    /// The snapshot it was made from.
    pub snapshot_id: Ulid,
    /// When it was made.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// The plan as it was made; its `actions` as they stand now, in the order of `actions` here.
    pub plan: Plan,
    /// The actions with their identities, by day.
    pub actions: Vec<PlannedAction>,
}

/// An action of a plan.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PlannedAction {
    /// Identity.
    pub id: Ulid,
    /// The plan it belongs to now.
    pub plan_id: Ulid,
    /// What, for whom, by whom, until when.
    pub action: Action,
    /// Since when it has its status.
    pub status_since: Timestamp,
    /// A remark.
    pub note: String,
}

/// A change of an action; what is `None` stays.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct ActionEdit {
    /// Where it stands.
    #[serde(default)]
    pub status: Option<ActionStatus>,
    /// Who does it.
    #[serde(default)]
    pub owner: Option<OwnerId>,
    /// Until when.
    #[serde(default)]
    pub due: Option<Date>,
    /// Effort in hours.
    #[serde(default)]
    pub hours: Option<f64>,
    /// A remark.
    #[serde(default)]
    pub note: Option<String>,
}

/// One entry of an action's past.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ActionChange {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: String,
    /// The status afterwards.
    pub status: ActionStatus,
    /// What changed.
    pub sentence: String,
}
