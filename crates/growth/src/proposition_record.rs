//! Propositions as the hub keeps them: versions that people wrote, and whether one went out.

use std::fmt;

use jiff::Timestamp;
use kernel::Ulid;
use serde::{Deserialize, Serialize};

use crate::{assessment::named, metrics::ClientId, proposition::Proposition};

/// Where a proposition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PropositionStatus {
    /// Being written.
    Draft,
    /// The client has it; it is not changed any more.
    Sent,
}

named!(PropositionStatus {
    Draft => "draft", "Draft";
    Sent => "sent", "Sent";
});

/// A proposition without its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PropositionSummary {
    /// Identity.
    pub id: Ulid,
    /// For whom.
    pub client_id: ClientId,
    /// The snapshot it was written from.
    pub snapshot_id: Ulid,
    /// Where it stands.
    pub status: PropositionStatus,
    /// The latest version, from 1.
    pub version: u32,
    /// When it was first written.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it went out.
    pub sent_at: Option<Timestamp>,
    /// Who sent it.
    pub sent_by: Option<String>,
    /// Which version went out.
    pub sent_version: Option<u32>,
    /// To whom, as far as known.
    pub sent_to: Option<String>,
}

/// One version of a proposition.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct PropositionVersion {
    /// What it belongs to.
    #[serde(flatten)]
    pub summary: PropositionSummary,
    /// Which version this is.
    pub this_version: u32,
    /// Whether a person changed the generated text.
    pub edited: bool,
    /// When it was written.
    pub written_at: Timestamp,
    /// By whom.
    pub written_by: String,
    /// What it says.
    pub content: Proposition,
}
