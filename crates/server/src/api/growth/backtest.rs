use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Query, State},
};
use growth::{
    Growth,
    backtest::{self as domain, Silence, Verdict},
    service::BacktestRequest,
};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    input::PolicyParameter,
    refusals::Asking,
    shape::{Shown, many, shows},
};
use crate::problem::Problem;

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// A policy as `name:version`: what it would have said of the same snapshots. When left out: what the
    /// prediction ledger recorded at the time.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]+:[1-9][0-9]{0,8}$", example = "framework:1")]
    policy: Option<PolicyParameter>,
    /// Outcomes count up to so many days after the prediction; 90 when left out.
    #[param(minimum = 1, maximum = 3650)]
    window_days: Option<u32>,
    /// The chance from which on a win was expected; 0.5 when left out.
    #[param(minimum = 0, maximum = 1)]
    threshold: Option<f64>,
    /// Whether a client without an outcome counts as not won, instead of not at all.
    #[serde(default)]
    silence_is_not_won: bool,
}

/// A score of one day and what became of it.
#[derive(Serialize, ToSchema)]
pub struct Prediction {
    /// The client.
    client_id: String,
    /// The day the score speaks of.
    as_of: Date,
    /// The chance given, 0-1.
    probability: f64,
    /// Whether it happened within the window.
    happened: bool,
}

shows!(Prediction of domain::Prediction { client_id, as_of, probability, happened });

/// A measure and how far it might be from the truth.
#[derive(Serialize, ToSchema)]
pub struct Estimate {
    /// The measure.
    value: f64,
    /// 5 to 95 % of the values that resampled cases give.
    interval: [f64; 2],
}

shows!(Estimate of domain::Estimate { value, interval });

/// A bin of the reliability diagram.
#[derive(Serialize, ToSchema)]
pub struct Bin {
    /// Lower edge, inclusive.
    from: f64,
    /// Upper edge, exclusive; the last bin includes 1.
    to: f64,
    /// Predictions in it.
    n: u64,
    /// Mean chance predicted.
    predicted: Option<f64>,
    /// Share that happened.
    observed: Option<f64>,
    /// Range that holds the true share (Wilson, 90 %).
    interval: [f64; 2],
}

shows!(Bin of domain::Bin { from, to, n, predicted, observed, interval });

/// How good the predictions were.
#[derive(Serialize, ToSchema)]
pub struct Measures {
    /// Share that happened.
    base_rate: f64,
    /// Mean squared error of the chances.
    brier: Estimate,
    /// Brier score of always predicting the base rate.
    brier_of_base_rate: f64,
    /// Mean negative logarithm of the chance given to what happened.
    log_loss: f64,
    /// Chance that a case that happened was given the higher chance.
    auc: Estimate,
    /// Expected calibration error.
    ece: f64,
    /// The reliability diagram.
    bins: Vec<Bin>,
    /// Share that happened in the tenth with the highest chances, over the base rate.
    top_decile_lift: f64,
}

shows!(Measures of domain::Measures {
    base_rate, brier, brier_of_base_rate, log_loss, auc, ece, bins, top_decile_lift,
});

/// Predictions held against what happened.
#[derive(Serialize, ToSchema)]
pub struct Report {
    /// Predictions compared.
    n: usize,
    /// Of which won.
    positives: usize,
    /// Of which not.
    negatives: usize,
    /// From which days, with how many predictions each.
    as_of: BTreeMap<String, usize>,
    /// Fewest cases of each kind that measures are given for.
    needed: usize,
    /// The measures; `null`: too few cases of one kind.
    measures: Option<Measures>,
    /// The chance from which on a win was expected.
    threshold: f64,
    /// Expected and not won, the most confident first.
    false_positives: Vec<Prediction>,
    /// Not expected and won, the least expected first.
    false_negatives: Vec<Prediction>,
}

/// Were the predictions any good?
///
/// What was predicted of every snapshot against the outcomes recorded since. With too few cases the answer says
/// so and gives no measures.
#[utoipa::path(
    get,
    path = "/api/v1/growth/backtest",
    tag = "growth",
    operation_id = "growth_backtest",
    params(Asked),
    responses((status = 200, description = "The report.", body = Report), Asking)
)]
pub async fn backtest(
    State(growth): State<Growth>,
    Query(asked): Query<Asked>,
) -> Result<Json<Report>, Problem> {
    let defaults = BacktestRequest::default();
    let request = BacktestRequest {
        policy: asked.policy.map(|PolicyParameter(key)| key),
        window_days: asked.window_days.unwrap_or(defaults.window_days),
        threshold: asked.threshold.unwrap_or(defaults.threshold),
        silence: if asked.silence_is_not_won { Silence::NotWon } else { Silence::Excluded },
    };
    if !(1..=3650).contains(&request.window_days) {
        return Err(Problem::bad_request("`window_days` lies between 1 and 3650."));
    }
    if !(0.0..=1.0).contains(&request.threshold) {
        return Err(Problem::bad_request("`threshold` lies between 0 and 1."));
    }
    let report = growth.backtest(&request).await?;
    Ok(Json(Report {
        n: report.n,
        positives: report.positives,
        negatives: report.negatives,
        as_of: report.as_of.iter().map(|(day, count)| (day.to_string(), *count)).collect(),
        needed: domain::CLASS_MIN,
        measures: match &report.verdict {
            Verdict::Measured(measures) => Some(Measures::shown(&**measures)),
            Verdict::InsufficientData { .. } => None,
        },
        threshold: report.threshold,
        false_positives: many(&report.false_positives),
        false_negatives: many(&report.false_negatives),
    }))
}
