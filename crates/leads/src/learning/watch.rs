use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use learn::{
    chance::Generator,
    drift::{Adwin, ColumnDrift, Detector, DriftError, Shift, Signal, columns},
    evaluate::log_loss_of,
    frame::{Column, ColumnSchema, Frame, Kind as ColumnKind},
    ledger::Label,
};
use serde::{Deserialize, Serialize};

use super::Book;
use crate::{
    features::{Features, Sampling, Target},
    timeline::Timeline,
};

/// How the world is watched.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct WatchTerms {
    /// The length of both periods.
    pub window: SignedDuration,
    /// Rows of both periods before anything is said.
    pub rows_min: usize,
    /// The share of false alarms among the alarms of features.
    pub alpha: f64,
}

/// Rows of a stretch of time, one of a contact at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    /// Its begin.
    pub from: Timestamp,
    /// Its end.
    pub to: Timestamp,
    /// Rows in it.
    pub rows: u64,
}

/// What the present is held against: the model in force.
#[derive(Clone, Copy)]
pub struct Reference<'a> {
    /// When it was trained.
    pub trained_at: Timestamp,
    /// What it says of a row.
    pub score: &'a (dyn Fn(&Features) -> f64 + Sync),
}

/// How the losses of the model in force go on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossStanding {
    /// Predictions whose end is known, one of a contact per horizon.
    pub rows: u64,
    /// Mean log loss (nats, capped at [`LOSS_MAX`]) since the last change that was seen.
    pub mean: f64,
    /// That mean before the last change; none when none was seen.
    pub mean_before: Option<f64>,
    /// When a change was seen last: the moment of the prediction that showed it.
    pub changed_at: Option<Timestamp>,
}

impl LossStanding {
    /// Whether the model has become worse.
    pub fn is_worse(&self) -> bool {
        self.mean_before.is_some_and(|before| self.mean > before)
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// Before the model was trained.
    pub reference: Period,
    /// Now.
    pub recent: Period,
    /// Features, and the score itself as `score`, the most moved first; empty while there are too few rows.
    pub columns: Vec<ColumnDrift>,
    /// The losses; none before an end is known.
    pub losses: Option<LossStanding>,
}

/// The column of the model's own score among the features.
pub const SCORE: &str = "score";

/// A loss counts as this much at most: what a chance of a hundredth loses when it comes true.
pub const LOSS_MAX: f64 = 4.605_170_185_988_091;

impl Watched {
    /// What moved so far that the model should not be trusted with it, in words.
    pub fn alarms(&self) -> Vec<String> {
        let strong = self.columns.iter().filter(|column| column.shift == Shift::Strong);
        let mut alarms: Vec<String> = strong
            .map(|column| format!("{} has moved far (index {:.2})", column.column, column.psi))
            .collect();
        if let Some(losses) = self.losses.filter(LossStanding::is_worse) {
            alarms.push(format!(
                "predictions have become worse: {:.3} nats a row after {:.3}",
                losses.mean,
                losses.mean_before.unwrap_or(f64::NAN)
            ));
        }
        alarms
    }
}

/// Holds the last days against as many before the model was trained, by features and score, and follows the losses of
/// its predictions in `book`, which should hold one of a contact per horizon.
///
/// A contact gives one row to each period, at a moment drawn by its name: rows of one contact resemble each other, and would
/// make everything look certain.
///
/// # Errors
/// When the terms are out of range.
pub fn watch<'a>(
    timelines: impl IntoIterator<Item = (&'a str, &'a Timeline)>,
    target: &impl Target,
    sampling: &Sampling,
    zone: &TimeZone,
    reference: Reference<'_>,
    book: &Book,
    terms: &WatchTerms,
    now: Timestamp,
) -> Result<Watched, DriftError> {
    let (mut before, mut recent) = (Vec::new(), Vec::new());
    for (name, timeline) in timelines {
        for (rows, end) in [(&mut before, reference.trained_at), (&mut recent, now)] {
            rows.extend(drawn(name, timeline, target, sampling, zone, end, terms.window));
        }
    }
    let period = |end: Timestamp, rows: &[Features]| Period {
        from: end.saturating_sub(terms.window).unwrap_or(Timestamp::MIN),
        to: end,
        rows: rows.len() as u64,
    };
    let mut found = Vec::new();
    if before.len().min(recent.len()) >= terms.rows_min.max(1) {
        let scored = |rows: &[Features]| with_score(rows, reference.score);
        found = columns(&scored(&before), &scored(&recent), terms.alpha)?;
        found.sort_by(|one, other| other.shift.cmp(&one.shift).then(other.psi.total_cmp(&one.psi)));
    }
    Ok(Watched {
        reference: period(reference.trained_at, &before),
        recent: period(now, &recent),
        columns: found,
        losses: losses(book)?,
    })
}

/// One row of the contact within `window` before `end`, if it was asked about then.
fn drawn(
    name: &str,
    timeline: &Timeline,
    target: &impl Target,
    sampling: &Sampling,
    zone: &TimeZone,
    end: Timestamp,
    window: SignedDuration,
) -> Option<Features> {
    let from = end.saturating_sub(window).unwrap_or(Timestamp::MIN);
    let asked: Vec<Timestamp> = sampling
        .moments(timeline, end)
        .into_iter()
        .filter(|at| *at > from && target.is_asked(timeline, *at))
        .collect();
    let seed = learn::compare::hash(KEY, name.as_bytes());
    let at = asked.get(Generator::seeded(seed).below(asked.len()))?;
    Some(Features::as_of(timeline, *at, zone))
}

/// The key of the draw, "leads.watch.row1" in little-endian words.
const KEY: [u64; 2] = [u64::from_le_bytes(*b"leads.wa"), u64::from_le_bytes(*b"tch.row1")];

fn with_score(rows: &[Features], score: &(dyn Fn(&Features) -> f64 + Sync)) -> Frame {
    let frame = Features::frame(rows);
    let (mut schema, mut cells) = (frame.schema().clone(), frame.columns().to_vec());
    schema.columns.push(ColumnSchema {
        name: SCORE.to_owned(),
        kind: ColumnKind::Number,
        levels: Vec::new(),
        left_out: None,
    });
    cells.push(Column::Number(rows.iter().map(score).collect()));
    Frame::new(schema, cells).expect("one more column of as many cells, of another name")
}

/// Numbers of a new stream before its mean is told.
const NEW_STREAM_MIN: u64 = 30;

/// Follows the losses of known rows with ADWIN, which forgets what was before a change.
fn losses(book: &Book) -> Result<Option<LossStanding>, DriftError> {
    let mut adwin = Adwin::default();
    let mut standing: Option<LossStanding> = None;
    for row in book.ledger().rows().iter().filter(|row| row.label != Label::Open) {
        let loss = log_loss_of(row.prediction.score, row.label == Label::Positive).min(LOSS_MAX);
        let before = adwin.mean();
        // The detector is made for numbers between 0 and 1.
        let signal = adwin.update(loss / LOSS_MAX)?;
        let last =
            standing.get_or_insert(LossStanding { rows: 0, mean: 0.0, mean_before: None, changed_at: None });
        last.rows += 1;
        // Right after a change the new stream is a few numbers, and its mean is luck.
        if signal == Signal::Drift || last.changed_at.is_none() || adwin.width() >= NEW_STREAM_MIN {
            last.mean = adwin.mean() * LOSS_MAX;
        }
        if signal == Signal::Drift {
            last.mean_before = Some(before * LOSS_MAX);
            last.changed_at = Some(row.prediction.as_of);
        }
    }
    Ok(standing)
}
