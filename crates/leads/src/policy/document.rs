use serde::{Deserialize, Serialize};

use super::LeadPolicyError;
use crate::{
    band::Capacity,
    features::{Goal, GoalEvent, GoingCold},
    gate::GatePolicy,
    prior::{Prior, PriorDocument},
    routing,
};

/// A policy as it is written; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LeadPolicyDocument {
    /// Always `leads`.
    pub name: String,
    /// Version of the text, from 1.
    pub version: u32,
    /// What it is for.
    pub description: String,
    /// What counts as success.
    pub goal: GoalSection,
    /// What going cold is.
    pub going_cold: ColdSection,
    /// How late outcomes are known.
    pub outcomes: OutcomesSection,
    /// What the team can do.
    pub capacity: CapacitySection,
    /// When leads are scored.
    pub scoring: ScoringSection,
    /// How models learn.
    pub learning: LearningSection,
    /// When the world has changed.
    pub drift: DriftSection,
    /// The market's own prior rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prior: Option<PriorDocument>,
    /// The market's own routing policy, as `policies/routing.toml` is written.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub routing: Option<toml::Table>,
    /// The market's own limits of the gate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub gate: Option<GatePolicy>,
}

/// The word of a goal's event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventWord {
    /// An appointment is booked.
    AppointmentBooked,
    /// The contact comes to an appointment.
    AppointmentShown,
    /// An opportunity comes as far as `stage_share` in its pipeline.
    StageReached,
}

impl EventWord {
    /// The word as it is written.
    pub const fn id(self) -> &'static str {
        match self {
            Self::AppointmentBooked => "appointment_booked",
            Self::AppointmentShown => "appointment_shown",
            Self::StageReached => "stage_reached",
        }
    }
}

/// What counts as success.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GoalSection {
    /// What is to happen.
    pub event: EventWord,
    /// With `stage_reached`, and only then: how far, above 0 (first stage) to 1 (last).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stage_share: Option<f64>,
    /// Within how many days, 1 to 730.
    pub horizon_days: u32,
    /// Where it comes from.
    pub source: String,
}

/// What going cold is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ColdSection {
    /// Days without anything of their own accord, 1 to 365.
    pub silent_days: u32,
    /// Where it comes from.
    pub source: String,
}

/// How late outcomes are known.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutcomesSection {
    /// Hours, 0 to 720.
    pub delay_hours: u32,
    /// Where it comes from.
    pub source: String,
}

/// What the team can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CapacitySection {
    /// Calls of the whole team in a day, 0 to 100 000.
    pub calls_per_day: u32,
    /// Days that are planned, today included, 1 to 90.
    pub days: u32,
    /// Where it comes from.
    pub source: String,
}

/// When leads are scored.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScoringSection {
    /// Hours of silence after which a lead is scored anew, 1 to 720.
    pub rescore_hours: u32,
    /// Days that scores of the past are kept, 30 to 3650; the last one of a lead stays.
    #[serde(default = "history_days")]
    pub history_days: u32,
    /// Where it comes from.
    pub source: String,
}

/// What holds for a policy that was saved before it could say so: what ships with the product.
fn history_days() -> u32 {
    400
}

/// How models learn.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearningSection {
    /// The most contacts that are learned from, the latest first, 400 to 200 000.
    pub contacts_max: u32,
    /// Age in days from which on a model is trained again, 1 to 365.
    pub retrain_days: u32,
    /// Looks at a challenger before it retires, 1 to 50.
    pub looks_max: u32,
    /// Share by which settled rows grow between two looks, above 0 to 10.
    pub look_growth: f64,
    /// The chance over all looks of promoting what loses more than the margin, 0.001 to 0.2.
    pub promotion_alpha: f64,
    /// Log loss (nats a row) that a promotion may cost, 0 to 0.1.
    pub promotion_margin: f64,
    /// Days that predictions are kept, 60 to 3650.
    pub keep_days: u32,
    /// Where they come from.
    pub source: String,
}

/// When the world counts as changed.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DriftSection {
    /// Days that are held against as many before the training, 7 to 180.
    pub window_days: u32,
    /// Rows on both sides before anything is said, 30 to 100 000.
    pub rows_min: u32,
    /// The share of false alarms among alarms of features, 0.0001 to 0.1.
    pub alpha: f64,
    /// Where they come from.
    pub source: String,
}

/// What a document means.
pub(super) struct Checked {
    pub goal: Goal,
    pub cold: GoingCold,
    pub capacity: Capacity,
    pub prior: Prior,
    pub routing: routing::Policy,
    pub gate: GatePolicy,
}

impl LeadPolicyDocument {
    /// What it means, when every value can be.
    pub(super) fn check(&self) -> Result<Checked, LeadPolicyError> {
        ensure(self.name == "leads", "name", || format!("`leads` is expected, not `{}`", self.name))?;
        ensure(self.version >= 1, "version", || "versions count from 1".to_owned())?;
        for (section, source) in [
            ("goal", &self.goal.source),
            ("going_cold", &self.going_cold.source),
            ("outcomes", &self.outcomes.source),
            ("capacity", &self.capacity.source),
            ("scoring", &self.scoring.source),
            ("learning", &self.learning.source),
            ("drift", &self.drift.source),
        ] {
            ensure(!source.trim().is_empty(), &format!("{section}.source"), || {
                "say where it comes from".to_owned()
            })?;
        }
        let (learning, drift) = (&self.learning, &self.drift);
        for (key, value, least, most) in [
            ("goal.horizon_days", self.goal.horizon_days, 1, 730),
            ("going_cold.silent_days", self.going_cold.silent_days, 1, 365),
            ("outcomes.delay_hours", self.outcomes.delay_hours, 0, 720),
            ("capacity.calls_per_day", self.capacity.calls_per_day, 0, 100_000),
            ("capacity.days", self.capacity.days, 1, 90),
            ("scoring.rescore_hours", self.scoring.rescore_hours, 1, 720),
            ("scoring.history_days", self.scoring.history_days, 30, 3_650),
            ("learning.contacts_max", learning.contacts_max, 400, 200_000),
            ("learning.retrain_days", learning.retrain_days, 1, 365),
            ("learning.looks_max", learning.looks_max, 1, 50),
            ("learning.keep_days", learning.keep_days, 60, 3_650),
            ("drift.window_days", drift.window_days, 7, 180),
            ("drift.rows_min", drift.rows_min, 30, 100_000),
        ] {
            ensure((least..=most).contains(&value), key, || {
                format!("{value} is not from {least} to {most}")
            })?;
        }
        for (key, value, least, most) in [
            ("learning.look_growth", learning.look_growth, 0.01, 10.0),
            ("learning.promotion_alpha", learning.promotion_alpha, 0.001, 0.2),
            ("learning.promotion_margin", learning.promotion_margin, 0.0, 0.1),
            ("drift.alpha", drift.alpha, 0.0001, 0.1),
        ] {
            ensure((least..=most).contains(&value), key, || {
                format!("{value} is not from {least} to {most}")
            })?;
        }
        Ok(Checked {
            goal: self.goal.check()?,
            cold: within("going_cold.silent_days", GoingCold::new(self.going_cold.silent_days))?,
            capacity: within(
                "capacity.days",
                Capacity::new(self.capacity.calls_per_day, self.capacity.days),
            )?,
            prior: match &self.prior {
                Some(document) => within("prior", Prior::new(document.clone()))?,
                None => Prior::shipped().clone(),
            },
            routing: match &self.routing {
                Some(table) => within("routing", routing::Policy::from_toml(&table.to_string()))?,
                None => routing::Policy::shipped().clone(),
            },
            gate: match &self.gate {
                Some(gate) => {
                    let text = within("gate", toml::to_string(gate))?;
                    within("gate", GatePolicy::parse(&text))?
                }
                None => GatePolicy::shipped().clone(),
            },
        })
    }
}

impl GoalSection {
    fn check(&self) -> Result<Goal, LeadPolicyError> {
        let event = match (self.event, self.stage_share) {
            (EventWord::AppointmentBooked, None) => GoalEvent::AppointmentBooked,
            (EventWord::AppointmentShown, None) => GoalEvent::AppointmentShown,
            (EventWord::StageReached, Some(share)) if share > 0.0 && share <= 1.0 => {
                GoalEvent::StageReached(share)
            }
            (EventWord::StageReached, _) => {
                return invalid("goal.stage_share", "say how far: above 0 (first stage) to 1 (last)");
            }
            _ => return invalid("goal.stage_share", "belongs to `stage_reached` alone"),
        };
        within("goal.horizon_days", Goal::new(event, self.horizon_days))
    }
}

fn within<T>(key: &str, made: Result<T, impl std::fmt::Display>) -> Result<T, LeadPolicyError> {
    made.map_err(|error| LeadPolicyError::Invalid { key: key.to_owned(), reason: error.to_string() })
}

fn invalid<T>(key: &str, reason: &str) -> Result<T, LeadPolicyError> {
    Err(LeadPolicyError::Invalid { key: key.to_owned(), reason: reason.to_owned() })
}

fn ensure(holds: bool, key: &str, reason: impl FnOnce() -> String) -> Result<(), LeadPolicyError> {
    if holds { Ok(()) } else { Err(LeadPolicyError::Invalid { key: key.to_owned(), reason: reason() }) }
}
