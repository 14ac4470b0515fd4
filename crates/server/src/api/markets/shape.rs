//! What the endpoints of markets send.

use jiff::Timestamp;
use kernel::{MarketRole, Ulid};
use markets::{MarketRecord, Placement};
use serde::Serialize;
use utoipa::ToSchema;

/// A market as the hub has it on record: nothing of what is in it.
#[derive(Serialize, ToSchema)]
pub struct Market {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// Its name in addresses and commands.
    name: String,
    /// Where it does business: ISO 3166 country and subdivision, lower case (`us-wa`).
    region: String,
    /// What its amounts are in (ISO 4217).
    currency: String,
    /// How it writes (BCP 47).
    locale: String,
    /// Whose day it lives in (IANA).
    time_zone: String,
    /// Its lines of business.
    verticals: Vec<&'static str>,
    /// `active`, `suspended`, `moving` or `deleting`.
    state: &'static str,
    /// Why it is not active, where a reason was given.
    state_reason: Option<String>,
    /// Why it is closed although it is active: its tables could not be brought up to date.
    fenced: Option<String>,
    /// Where its database is: `embedded`, or the identifier of a server.
    placement: String,
    /// Counts its databases: one more with every restore and move.
    generation: u32,
    /// When it was opened.
    created_at: Timestamp,
    /// When the last backup was completed.
    backed_up_at: Option<Timestamp>,
    /// When it is deleted for good, at the earliest.
    delete_after: Option<Timestamp>,
    /// The caller's role in it; `null`: only the hub's roles let them see it.
    role: Option<&'static str>,
}

impl Market {
    /// What is on record, to a caller with `role` in the market.
    pub fn of(record: &MarketRecord, role: Option<MarketRole>) -> Self {
        Self {
            id: record.id.into(),
            name: record.name.to_string(),
            region: record.region.to_string(),
            currency: record.currency.to_string(),
            locale: record.locale.to_string(),
            time_zone: record.time_zone.to_string(),
            verticals: record.verticals.iter().map(|vertical| vertical.id()).collect(),
            state: record.state.id(),
            state_reason: record.state_reason.clone(),
            fenced: record.fenced.clone(),
            placement: match record.placement {
                Placement::Embedded => "embedded".to_owned(),
                Placement::Server(id) => id.to_string(),
            },
            generation: record.generation,
            created_at: record.created_at,
            backed_up_at: record.backed_up_at,
            delete_after: record.delete_after,
            role: role.map(MarketRole::id),
        }
    }
}

/// A backup that was made.
#[derive(Serialize, ToSchema)]
pub struct Backup {
    /// Which one.
    #[schema(value_type = String)]
    pub id: Ulid,
    /// When it was begun.
    pub at: Timestamp,
    /// The folder on the hub's machine.
    pub path: String,
    /// Size of the image in bytes.
    pub bytes: u64,
    /// SHA-256 of the image, as hex.
    pub sha256: String,
}

impl From<&markets::BackupRecord> for Backup {
    fn from(record: &markets::BackupRecord) -> Self {
        Self {
            id: record.id,
            at: record.at,
            path: record.path.clone(),
            bytes: record.bytes,
            sha256: record.sha256.clone(),
        }
    }
}
