//! Entries, checkpoints and proofs as the API shows them.

use std::collections::BTreeMap;

use audit::{Entry, Hash};
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

/// One entry of a chain.
#[derive(Serialize, ToSchema)]
pub struct AuditEntry {
    /// Its number, from 0, without gaps.
    #[schema(example = 17)]
    pub seq: u64,
    /// When, to the microsecond.
    pub at: Timestamp,
    /// Who: a user (`user:01J..`), an API key (`key:01J..`), a command, or the hub itself.
    pub actor: String,
    /// What was done.
    #[schema(example = "market.created")]
    pub action: String,
    /// To what: kind, colon, identifier.
    #[schema(example = "market:01JH2Q0V4S8T3V6Z9M1N2P3Q4R")]
    pub subject: String,
    /// Particulars by name. Personal values only as commitments (`hmac-sha256:..`).
    pub detail: BTreeMap<String, String>,
    /// SHA-256 of the entry before in 64 hexadecimal digits; zeros for the first.
    pub previous: String,
    /// SHA-256 of this entry's canonical bytes.
    pub hash: String,
}

impl From<Entry> for AuditEntry {
    fn from(entry: Entry) -> Self {
        let Entry { seq, at, actor, action, subject, detail, previous, hash } = entry;
        let (actor, previous, hash) = (actor.into(), previous.to_string(), hash.to_string());
        Self { seq, at, actor, action, subject, detail, previous, hash }
    }
}

/// Hashes as 64 hexadecimal digits each.
pub fn digits(hashes: &[Hash]) -> Vec<String> {
    hashes.iter().map(Hash::to_string).collect()
}
