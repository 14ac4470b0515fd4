//! The activity log: what happened, in sentences, for the live feed.

use std::fmt;

use jiff::Timestamp;
use kernel::Ulid;
use serde::{Deserialize, Serialize};

use crate::assessment::named;

/// Which kind of change happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActivityKind {
    /// A snapshot came in.
    SnapshotImported,
    /// A policy version was saved.
    PolicySaved,
    /// Another policy became the one that counts.
    PolicyActivated,
    /// Settings changed.
    SettingsSaved,
    /// An owner was added or changed.
    OwnerSaved,
    /// A plan was made.
    PlanMade,
    /// An action changed.
    ActionChanged,
    /// A win or a loss was recorded.
    OutcomeRecorded,
    /// A win or a loss was withdrawn.
    OutcomeWithdrawn,
    /// A proposition was written.
    PropositionDrafted,
    /// A proposition was edited.
    PropositionEdited,
    /// A proposition went out.
    PropositionSent,
}

named!(ActivityKind {
    SnapshotImported => "snapshot_imported", "Snapshot imported";
    PolicySaved => "policy_saved", "Policy saved";
    PolicyActivated => "policy_activated", "Policy activated";
    SettingsSaved => "settings_saved", "Settings saved";
    OwnerSaved => "owner_saved", "Owner saved";
    PlanMade => "plan_made", "Plan made";
    ActionChanged => "action_changed", "Action changed";
    OutcomeRecorded => "outcome_recorded", "Outcome recorded";
    OutcomeWithdrawn => "outcome_withdrawn", "Outcome withdrawn";
    PropositionDrafted => "proposition_drafted", "Proposition drafted";
    PropositionEdited => "proposition_edited", "Proposition edited";
    PropositionSent => "proposition_sent", "Proposition sent";
});

/// One change, as it is logged and told to everybody who listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct GrowthEvent {
    /// Identity.
    pub id: Ulid,
    /// When.
    pub at: Timestamp,
    /// Who did it.
    pub actor: String,
    /// What kind of change.
    pub kind: ActivityKind,
    /// Identifier of what changed: a client, a snapshot, a policy, an action.
    pub subject: String,
    /// What happened, as a sentence without the actor ("imported 50 clients as of 2026-01-19").
    pub sentence: String,
}
