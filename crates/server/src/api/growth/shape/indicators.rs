use std::collections::BTreeMap;

use growth::{indicators, outcome};
use jiff::{Timestamp, civil::Date};
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    Shown, shows,
    words::{ActionKindWord, OutcomeWord},
};

/// One offer that ended.
#[derive(Debug, Serialize, ToSchema)]
pub struct Outcome {
    /// Identity.
    pub id: Ulid,
    /// The client.
    pub client_id: String,
    /// The day it was decided.
    pub occurred_on: Date,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// How it ended.
    pub kind: OutcomeWord,
    /// Added annual revenue signed; zero when lost.
    pub arr: f64,
    /// ISO code of `arr`.
    pub currency: String,
    /// The vehicle offered, when it was one.
    pub vehicle: Option<String>,
    /// What a person wrote about it.
    pub note: Option<String>,
    /// Chance of success that was given when the offer was made, 0-1.
    pub predicted_probability: Option<f64>,
}

impl Shown<outcome::Outcome> for Outcome {
    fn shown(value: &outcome::Outcome) -> Self {
        Self {
            id: value.id,
            client_id: value.client_id.to_string(),
            occurred_on: value.occurred_on,
            recorded_at: value.recorded_at,
            kind: OutcomeWord(value.kind),
            arr: value.arr.to_f64(),
            currency: value.arr.currency().to_string(),
            vehicle: Shown::shown(&value.vehicle),
            note: value.note.clone(),
            predicted_probability: value.predicted_probability,
        }
    }
}

/// One kind of action in one week.
#[derive(Debug, Serialize, ToSchema)]
pub struct WeekActivity {
    /// Monday of the week.
    pub week: Date,
    /// The kind.
    pub kind: ActionKindWord,
    /// Due in the week; skipped ones are not counted.
    pub planned: u32,
    /// Done in the week, whenever they were due.
    pub done: u32,
}

shows!(WeekActivity of indicators::WeekActivity { week, kind, planned, done });

/// Offers won and lost.
#[derive(Debug, Serialize, ToSchema)]
pub struct WinRate {
    /// Won.
    pub won: u64,
    /// Lost.
    pub lost: u64,
    /// Won over both; `null` before the first.
    pub rate: Option<f64>,
    /// Range that holds the true rate (Wilson, 90 %).
    pub interval: [f64; 2],
}

shows!(WinRate of indicators::WinRate { won, lost, rate, interval });

/// How long signatures took.
#[derive(Debug, Serialize, ToSchema)]
pub struct CycleDays {
    /// Signatures counted.
    pub n: u64,
    /// Mean days.
    pub mean: f64,
    /// Median days.
    pub median: f64,
}

shows!(CycleDays of indicators::CycleDays { n, mean, median });

/// What came of the work.
#[derive(Debug, Serialize, ToSchema)]
pub struct Lagging {
    /// Contracts signed.
    pub contracts: u64,
    /// Annual revenue signed.
    pub arr: f64,
    /// All offers that ended.
    pub overall: WinRate,
    /// By the tier that the client is in now.
    pub by_tier: BTreeMap<String, WinRate>,
    /// Days from a client's first done action to its signature.
    pub cycle: Option<CycleDays>,
}

shows!(Lagging of indicators::Lagging { contracts, arr, overall, by_tier, cycle });

/// Clients that reached a step, and how many went on.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stage {
    /// The step.
    pub kind: ActionKindWord,
    /// Clients for whom it was done.
    pub reached: u64,
    /// Of these, clients who went on.
    pub went_on: u64,
    /// `went_on` over `reached`.
    pub conversion: Option<f64>,
}

shows!(Stage of indicators::Stage { kind, reached, went_on, conversion });

/// A deal without progress.
#[derive(Debug, Serialize, ToSchema)]
pub struct Stalled {
    /// The client.
    pub client_id: String,
    /// Identifier of who works on it.
    pub owner: String,
    /// The last day that something was done.
    pub since: Date,
    /// Days since.
    pub days: u32,
}

shows!(Stalled of indicators::Stalled { client_id, owner, since, days });

/// What is in the pipe.
#[derive(Debug, Serialize, ToSchema)]
pub struct Health {
    /// Opportunities without an outcome since their assessment.
    pub open: u64,
    /// Their added annual revenue if all sign.
    pub pipeline: f64,
    /// The same, each times its chance.
    pub weighted_arr: f64,
    /// From step to step, in order.
    pub stages: Vec<Stage>,
    /// Deals without progress, the longest first.
    pub stalled: Vec<Stalled>,
}

shows!(Health of indicators::Health { open, pipeline, weighted_arr, stages, stalled });

/// How the plan is going.
#[derive(Debug, Serialize, ToSchema)]
pub struct Indicators {
    /// What is done, week by week.
    pub leading: Vec<WeekActivity>,
    /// What came of it.
    pub lagging: Lagging,
    /// What is in the pipe.
    pub health: Health,
}

shows!(Indicators of indicators::Indicators { leading, lagging, health });
