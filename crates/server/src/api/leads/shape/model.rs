use jiff::Timestamp;
use leads::{KindView, ModelRecord, ModelsView, learning::Kind, score::Outcomes};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::word;

/// Which models answer in a market, and how well.
#[derive(Serialize, ToSchema)]
pub struct LeadModels {
    /// Whether a lead reaches the goal.
    goal: LeadModelsOfKind,
    /// Whether an active lead goes cold.
    cold: LeadModelsOfKind,
    /// How often leads from each source stand in a band: the four-fifths rule, with intervals.
    #[schema(value_type = Vec<Object>)]
    fairness: Value,
}

impl From<ModelsView> for LeadModels {
    fn from(view: ModelsView) -> Self {
        Self { goal: view.goal.into(), cold: view.cold.into(), fairness: value(&view.fairness) }
    }
}

/// Who answers one kind of question, and how well.
#[derive(Serialize, ToSchema)]
pub struct LeadModelsOfKind {
    /// `goal` or `cold`.
    kind: &'static str,
    /// The question in words.
    question: String,
    /// Who answers now: `prior leads_prior v1`, `v3`.
    in_force: String,
    /// Leads that reached it and leads that did not, as counted last.
    outcomes: LeadOutcomes,
    /// How many of each it takes until a model may answer.
    needed: LeadOutcomes,
    /// How many of each are missing.
    missing: LeadOutcomes,
    /// When they were counted.
    counted_at: Option<Timestamp>,
    /// The version of the model that answers, if one does.
    champion: Option<u32>,
    /// Every model that there ever was, the newest first.
    models: Vec<LeadModel>,
    /// How the champion, or else the newest on trial, was judged when it was trained: figures with intervals, reliability,
    /// lift, slices.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
    /// The version of the model that the report is of.
    report_of: Option<u32>,
    /// Versions in use, or on trial, whose report is in a form that this program does not read.
    reports_unreadable: Vec<u32>,
    /// What was last seen of who answers: its worth on predictions made before their end was known, and drift.
    #[schema(value_type = Option<Object>)]
    seen: Option<Value>,
    /// Predictions on record.
    predictions: u64,
    /// Those whose end is not known yet.
    waiting: u64,
}

impl From<KindView> for LeadModelsOfKind {
    fn from(view: KindView) -> Self {
        Self {
            kind: view.kind.id(),
            question: view.question,
            in_force: view.in_force,
            outcomes: view.switch.outcomes.into(),
            needed: view.switch.needed.into(),
            missing: view.switch.missing.into(),
            counted_at: view.switch.counted_at,
            champion: view.champion.map(|champion| champion.version),
            models: view.lineage.into_iter().map(LeadModel::from).collect(),
            report_of: view.report.as_ref().map(|judged| judged.version),
            report: view.report.as_ref().map(|judged| value(&judged.report)),
            reports_unreadable: view.unreadable,
            seen: view.seen.as_ref().map(value),
            predictions: view.predictions,
            waiting: view.waiting,
        }
    }
}

/// Leads whose end is known.
#[derive(Serialize, ToSchema)]
pub struct LeadOutcomes {
    /// Those that reached it.
    positive: u64,
    /// Those that did not.
    negative: u64,
}

impl From<Outcomes> for LeadOutcomes {
    fn from(outcomes: Outcomes) -> Self {
        let Outcomes { positive, negative } = outcomes;
        Self { positive, negative }
    }
}

/// A model on record.
#[derive(Serialize, ToSchema)]
pub struct LeadModel {
    /// `goal` or `cold`.
    kind: &'static str,
    /// Counts up from 1 within the kind.
    #[schema(minimum = 1)]
    version: u32,
    /// `shadow` (looks on), `challenger` (on trial), `champion` (is asked) or `retired`.
    stage: String,
    /// The question in words.
    question: String,
    /// When it was trained.
    trained_at: Timestamp,
    /// Who had it trained.
    trained_by: String,
    /// The version that it was trained to replace.
    parent: Option<u32>,
    /// Rows that it was trained on.
    trained_rows: u64,
    /// Where it came from, with what was measured and the hash of the data.
    #[schema(value_type = Object)]
    lineage: Value,
    /// How its trial stands, or ended.
    #[schema(value_type = Option<Object>)]
    trial: Option<Value>,
    /// Why it is not asked any more.
    retired_because: Option<String>,
}

impl From<ModelRecord> for LeadModel {
    fn from(model: ModelRecord) -> Self {
        Self {
            kind: model.kind.id(),
            version: model.version,
            stage: word(&model.stage),
            question: model.question,
            trained_at: model.trained_at,
            trained_by: model.trained_by,
            parent: model.parent,
            trained_rows: model.lineage.trained_rows,
            lineage: value(&model.lineage),
            trial: model.trial.as_ref().map(value),
            retired_because: model.retired_because,
        }
    }
}

/// A model that was just trained.
#[derive(Serialize, ToSchema)]
pub struct LeadModelTrained {
    /// `goal` or `cold`.
    kind: &'static str,
    /// Its version; nothing while it is still being trained.
    version: Option<u32>,
    /// What it is used for now: it looks on until it is held against the one that answers.
    stage: Option<String>,
    /// Leads that it could learn from.
    outcomes: Option<LeadOutcomes>,
    /// What it is worth on contacts who came later than those that it learned from.
    #[schema(value_type = Option<Object>)]
    report: Option<Value>,
}

impl LeadModelTrained {
    /// One that is not done yet.
    pub fn under_way(kind: Kind) -> Self {
        Self { kind: kind.id(), version: None, stage: None, outcomes: None, report: None }
    }
}

impl From<leads::Trained> for LeadModelTrained {
    fn from(trained: leads::Trained) -> Self {
        Self {
            kind: trained.kind.id(),
            version: Some(trained.version),
            stage: Some(word(&trained.stage)),
            outcomes: Some(trained.outcomes.into()),
            report: Some(value(&trained.report)),
        }
    }
}

/// As JSON of its own form.
fn value<T: Serialize>(of: &T) -> Value {
    serde_json::to_value(of).unwrap_or_default()
}
