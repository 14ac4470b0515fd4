//! The use cases, one file per subject below.
//!
//! What happened to a contact comes in by [`Leads::tell`] (or by the contacts' own changes) and makes its lead due;
//! [`Leads::score_due`] makes the scores, ranks, and tells whoever listens, in one transaction per batch.

pub(crate) mod adopting;
pub(crate) mod agents;
pub(crate) mod board;
pub(crate) mod compliance;
pub(crate) mod contacting;
pub(crate) mod drifting;
pub(crate) mod erasing;
pub(crate) mod exporting;
pub(crate) mod facts;
pub(crate) mod gate_log;
pub(crate) mod importing;
pub(crate) mod judging;
pub(crate) mod leaving;
pub(crate) mod ledger;
pub(crate) mod models;
pub(crate) mod offers;
pub(crate) mod optouts;
pub(crate) mod outward;
pub(crate) mod overriding;
pub(crate) mod policy;
pub(crate) mod ranking;
pub(crate) mod reaching;
pub(crate) mod routing;
pub(crate) mod scoring;
pub(crate) mod stages;
pub(crate) mod timeline;
pub(crate) mod training;
pub(crate) mod viewing;
pub(crate) mod witness;

use std::sync::{Arc, PoisonError, RwLock};

use contacts::Contacts;
use jiff::tz::TimeZone;
use markets::{Market, SealingKey};
use serde::{Serialize, de::DeserializeOwned};
use store::StoreError;

use self::{adopting::Adopted, scoring::ScoreWitness, witness::ContactWitness};
use crate::{LeadsError, place};

/// The leads of all markets of a hub. Cheap to clone; each use case names the [`Market`] it works in.
#[derive(Clone)]
pub struct Leads {
    pub(crate) contacts: Contacts,
    score_witnesses: Arc<RwLock<Vec<Arc<dyn ScoreWitness>>>>,
    pub(crate) adopted: Adopted,
    pub(crate) endings: stages::Endings,
    pub(crate) models: models::Shelf,
    pub(crate) routes: routing::Shelf,
    reached: reaching::Shelf,
    opt_out_witnesses: optouts::telling::Shelf,
}

impl Leads {
    /// The leads of these contacts, whose changes they hear of from now on. Hand it to
    /// [`Markets::add_eraser`](markets::Markets::add_eraser) as well.
    pub fn new(contacts: Contacts) -> Self {
        contacts.add_witness(Arc::new(ContactWitness));
        Self {
            contacts,
            score_witnesses: Arc::default(),
            adopted: Adopted::default(),
            endings: stages::Endings::default(),
            models: models::Shelf::default(),
            routes: routing::Shelf::default(),
            reached: reaching::Shelf::default(),
            opt_out_witnesses: optouts::telling::Shelf::default(),
        }
    }

    /// Tells `witness` of every score from now on, in the transaction of the score.
    pub fn add_score_witness(&self, witness: Arc<dyn ScoreWitness>) {
        self.score_witnesses.write().unwrap_or_else(PoisonError::into_inner).push(witness);
    }

    pub(crate) fn score_witnesses(&self) -> Vec<Arc<dyn ScoreWitness>> {
        self.score_witnesses.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The market's zone from the database in the program, so that every machine means the same hours.
pub(crate) fn zone(market: &Market) -> TimeZone {
    place::zone(market.time_zone().as_str()).unwrap_or_else(|| market.time_zone().zone())
}

/// Seals a value as JSON for one field of a row.
pub(crate) fn sealed<T: Serialize>(
    market: &Market,
    key: &SealingKey,
    table: &str,
    row: &str,
    column: &str,
    value: &T,
) -> Result<Vec<u8>, LeadsError> {
    let json = serde_json::to_vec(value).map_err(|error| StoreError::column(column, error))?;
    Ok(market.seal(key, table, row, column, &json)?)
}

/// Opens what [`sealed`] made. Numbers come back to the last bit: read through a `Value`, which keeps their digits.
pub(crate) fn unsealed<T: DeserializeOwned>(
    market: &Market,
    key: &SealingKey,
    table: &str,
    row: &str,
    column: &str,
    sealed: &[u8],
) -> Result<T, LeadsError> {
    let plain = market.unseal(key, table, row, column, sealed)?;
    let read = serde_json::from_slice(&plain).and_then(serde_json::from_value);
    // What serde says may quote the content, which is personal.
    read.map_err(|_| StoreError::column(column, "what is sealed there is of another form").into())
}
