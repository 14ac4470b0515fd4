//! What became of an offer: the other half of every prediction.

use std::fmt;

use jiff::{Timestamp, civil::Date};
use kernel::{Arr, Ulid};
use serde::{Deserialize, Serialize};

use crate::{
    assessment::named,
    metrics::{ClientId, VehicleId},
};

/// How an offer ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutcomeKind {
    /// The client signed.
    Won,
    /// The client declined, or the offer ran out.
    Lost,
}

named!(OutcomeKind {
    Won => "won", "Won";
    Lost => "lost", "Lost";
});

/// One offer that ended. Never changed once recorded; a correction is a later record.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// Identity.
    pub id: Ulid,
    /// The client.
    pub client_id: ClientId,
    /// The day it was decided.
    pub occurred_on: Date,
    /// The instant this product came to know it; back-tests use nothing recorded later than their day.
    pub recorded_at: Timestamp,
    /// How it ended.
    pub kind: OutcomeKind,
    /// Added annual revenue signed; zero when lost.
    pub arr: Arr,
    /// The vehicle offered; `None` when the offer was of several or is not known.
    pub vehicle: Option<VehicleId>,
    /// What a person wrote about it.
    pub note: Option<String>,
    /// Chance of success that the product gave when the offer was made, 0-1; `None` when it made no prediction.
    pub predicted_probability: Option<f64>,
}

impl Outcome {
    /// Whether the client signed.
    pub fn won(&self) -> bool {
        self.kind == OutcomeKind::Won
    }
}
