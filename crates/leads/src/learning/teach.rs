use std::collections::BTreeMap;

use learn::{
    calibrate::Method,
    evaluate::{
        Figure, Report,
        report::{About, ChanceOptions, Findings, Grouping, Other},
    },
    fairness::names::{self, Purpose, RefusedColumns},
    frame::Value,
    registry::{Content, Lineage, Measured, ModelFile, ModelFileError},
    study::{Question, SplitBy, Study, StudyError, study},
    tune::Effort,
};

use super::{BEGAN, Kind, Lesson};
use crate::{
    band::Capacity,
    features::{Feature, Features, GOAL},
    prior::Prior,
};

/// What a model is taught for.
#[derive(Clone, Debug)]
pub struct Teaching<'a> {
    /// Which question.
    pub kind: Kind,
    /// The question in words.
    pub question: String,
    /// The version of the model to be.
    pub version: u32,
    /// The version that it is trained to replace.
    pub parent: Option<u32>,
    /// The rule that answers the question without a model: it stands beside the model on the same rows.
    pub prior: &'a Prior,
    /// How many leads the team can get to: what the report says of the top.
    pub capacity: Capacity,
    /// When, as it is written.
    pub date: String,
}

/// A model with everything that it came from and what it is worth.
#[derive(Clone, Debug)]
pub struct TaughtModel {
    /// The model and its lineage.
    pub file: ModelFile,
    /// What it is worth on contacts who came later than those it learned from.
    pub report: Report,
    /// What it said of them.
    pub predictions: Vec<f64>,
    /// What became of them.
    pub outcomes: Vec<bool>,
}

/// Why there is no model.
#[derive(Debug, thiserror::Error)]
pub enum TeachError {
    /// The rows teach nothing.
    #[error(transparent)]
    Study(#[from] StudyError),
    /// A feature must not be learned from.
    #[error(transparent)]
    Refused(#[from] RefusedColumns),
    /// The model cannot be kept.
    #[error(transparent)]
    File(#[from] ModelFileError),
    /// What it says of rows cannot be held against what became of them.
    #[error("the model cannot be judged: {0}")]
    Judged(#[from] learn::evaluate::JudgedError),
}

/// Where chance begins in every training: the same rows give the same model.
const SEED: u64 = 42;

/// The share of the rows, the latest contacts, that judge.
const TEST_SHARE: f64 = 0.2;

/// How many rows may wait for a call: the lift table's slices.
const SLICES: usize = 10;

/// Learns from `lesson`, and judges the model on the contacts who came last.
///
/// # Errors
/// When the rows are too few or say nothing, or a feature must not be learned from.
pub fn teach(lesson: &Lesson, teaching: &Teaching<'_>) -> Result<TaughtModel, TeachError> {
    names::refuse(Feature::ALL.iter().map(|feature| feature.spec().name), Purpose::People)?;
    let question = Question {
        split: SplitBy::Time(BEGAN.to_owned()),
        test_share: TEST_SHARE,
        seed: SEED,
        effort: Effort::default(),
        ..Question::about(GOAL)
    };
    let studied = study(&lesson.frame, &question)?;
    let report = report(lesson, teaching, &studied)?;
    let lineage = Lineage {
        name: format!("{}: {}", teaching.kind, teaching.question),
        version: teaching.version.to_string(),
        data_hash: lesson.data_hash(),
        trained_rows: studied.trained_on.len() as u64,
        split: SPLIT.to_owned(),
        seed: SEED,
        options: options(&studied),
        measured: measured(&report),
        code_version: env!("CARGO_PKG_VERSION").to_owned(),
        parents: teaching.parent.map(|version| version.to_string()).into_iter().collect(),
        created_at: teaching.date.clone(),
    };
    let file = ModelFile {
        content: Content::Chances(Box::new(studied.model)),
        others: BTreeMap::new(),
        intervals: None,
        lineage,
    };
    Ok(TaughtModel { file, report, predictions: studied.predictions, outcomes: studied.outcomes })
}

/// How rows are kept apart, in words.
const SPLIT: &str = "the contacts who came last judge (a fifth of the rows); nobody is on both sides";

fn report(lesson: &Lesson, teaching: &Teaching<'_>, studied: &Study) -> Result<Report, TeachError> {
    let judged: Vec<Features> = studied.judged_on.iter().map(|row| lesson.features(*row)).collect();
    let by_prior: Vec<f64> = judged.iter().map(|features| teaching.prior.probability(features)).collect();
    let frame = lesson.frame.select(|column| studied.model.schema.position(&column.name).is_some());
    let frame = frame.with_levels_of(&studied.trained_on).take(&studied.judged_on);
    let mut row = Vec::new();
    let by_line: Vec<f64> = (0..frame.rows())
        .map(|at| {
            frame.row_into(at, &mut row);
            studied.model.logistic.predict(&row)
        })
        .collect();
    let clusters: Vec<u32> = studied.judged_on.iter().map(|row| lesson.contacts[*row]).collect();
    let (codes, labels) = sources(&judged);
    let prior = teaching.prior.key().to_string();
    let options = ChanceOptions {
        clusters: Some(&clusters),
        threshold: None,
        capacities: &[teaching.capacity.today(), teaching.capacity.planned()],
        slices: SLICES,
        groupings: &[Grouping { name: "source", codes: &codes, labels: &labels }],
        beside: &[
            Other { name: "logistic regression", predictions: &by_line },
            Other { name: &prior, predictions: &by_prior },
        ],
        ..ChanceOptions::default()
    };
    let mut notes = vec![format!(
        "trained on {} rows, judged on {} rows; intervals resample contacts",
        studied.trained_on.len(),
        studied.judged_on.len()
    )];
    notes.extend(studied.notices.iter().map(|notice| format!("{}: {}", notice.field, notice.message)));
    let about = About {
        model: format!("{} v{}", teaching.kind, teaching.version),
        question: teaching.question.clone(),
        data: format!("sha256:{}", lesson.data_hash()),
        split: SPLIT.to_owned(),
        date: teaching.date.clone(),
        notes,
    };
    Ok(Report::of_chances(about, &studied.predictions, &studied.outcomes, &options)?)
}

/// The source of each row, and the words for it.
fn sources(rows: &[Features]) -> (Vec<u32>, Vec<String>) {
    let labels: Vec<String> = Feature::Source.spec().levels.iter().map(|level| (*level).to_owned()).collect();
    let code = |features: &Features| match features.value(Feature::Source) {
        Value::Level(code) => code,
        Value::Missing | Value::Number(_) => u32::MAX,
    };
    (rows.iter().map(code).collect(), labels)
}

fn options(studied: &Study) -> BTreeMap<String, String> {
    let method = match studied.model.calibration.method() {
        Method::Raw => "none".to_owned(),
        method => format!("{method:?}").to_lowercase(),
    };
    [
        ("calibration".to_owned(), method),
        ("forest_share".to_owned(), format!("{:.2}", studied.model.forest_share)),
        ("trees".to_owned(), studied.model.forest.trees.len().to_string()),
    ]
    .into()
}

fn measured(report: &Report) -> Vec<Measured> {
    let Findings::Chances(findings) = &report.findings else { return Vec::new() };
    let figures = &findings.figures;
    let known = |(name, figure): (&str, Figure)| match figure {
        Figure::Known(estimate) => Some(Measured {
            name: name.to_owned(),
            estimate,
            rows: figures.rows,
            base_rate: figures.base_rate,
        }),
        Figure::Insufficient(_) => None,
    };
    [
        ("auc", figures.auc),
        ("log_loss", figures.log_loss),
        ("brier", figures.brier),
        ("ece", figures.ece),
        ("average_precision", figures.average_precision),
    ]
    .into_iter()
    .filter_map(known)
    .collect()
}

impl TaughtModel {
    /// Whether what was measured speaks for trying it on live leads: it ranks better than chance and loses less than
    /// predicting the base rate.
    ///
    /// # Errors
    /// What speaks against it, as a sentence.
    pub fn is_worth_a_trial(&self) -> Result<(), String> {
        worth_a_trial(&self.report)
    }
}

/// As [`TaughtModel::is_worth_a_trial`], of a report that was kept.
pub(crate) fn worth_a_trial(report: &Report) -> Result<(), String> {
    let Findings::Chances(findings) = &report.findings else {
        return Err("it predicts amounts and no chances".to_owned());
    };
    let figures = &findings.figures;
    let auc = match figures.auc {
        Figure::Known(estimate) => estimate,
        Figure::Insufficient(insufficient) => return Err(insufficient.to_string()),
    };
    let lower = auc.interval.map_or(auc.value, |interval| interval.lower);
    if lower.is_nan() || lower <= 0.5 {
        return Err(format!("it may rank no better than chance: AUC {:.3}, perhaps {lower:.3}", auc.value));
    }
    match (figures.log_loss.value(), figures.log_loss_of_base_rate) {
        (Some(loss), Some(base)) if loss < base => Ok(()),
        (loss, base) => Err(format!(
            "it loses {:.4} nats a row, and predicting the base rate {:.4}",
            loss.unwrap_or(f64::NAN),
            base.unwrap_or(f64::NAN)
        )),
    }
}
