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
pub struct WatchTerms<'a> {
    /// The present.
    pub now: Timestamp,
    /// The market's zone.
    pub zone: &'a TimeZone,
    /// At which moments contacts are asked about.
    pub sampling: Sampling,
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
///
/// A loss alone depends on who is asked about: people who are plainly cold lose little. Watched is therefore what a
/// prediction loses beyond what it expects of itself (the entropy of its chance), which is 0 in the mean as long as chances
/// come true as often as they say, whoever is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct LossStanding {
    /// Predictions whose end is known, one of a contact per horizon.
    pub rows: u64,
    /// Mean log loss (nats, capped at [`LOSS_MAX`]) since the last change that was seen.
    pub mean: f64,
    /// What of it is beyond what the predictions expect: above 0 chances come true less, or more, often than they say.
    pub excess: f64,
    /// The mean log loss before the last change; none when none was seen.
    pub mean_before: Option<f64>,
    /// What of that was beyond what the predictions expected.
    pub excess_before: Option<f64>,
    /// When a change was seen last: the moment of the prediction that showed it.
    pub changed_at: Option<Timestamp>,
}

impl LossStanding {
    /// Whether the model has become worse than it says of itself.
    pub fn is_worse(&self) -> bool {
        self.excess_before.is_some_and(|before| self.excess > before)
    }
}

/// What was seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Watched {
    /// Before the model was trained.
    pub reference: Period,
    /// Now.
    pub recent: Period,
    /// Whether the market was too young when the model was trained for its people to be compared: they all were new,
    /// and everything about them has grown older since.
    pub too_young: bool,
    /// Features, and the score itself as `score`, the most moved first; empty while there are too few rows, or the
    /// market was too young.
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
                "predictions have become worse: they lose {:.3} nats a row more than they expect, after {:.3}",
                losses.excess,
                losses.excess_before.unwrap_or(f64::NAN)
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
    reference: Reference<'_>,
    book: &Book,
    terms: &WatchTerms<'_>,
) -> Result<Watched, DriftError> {
    let (mut before, mut recent) = (Vec::new(), Vec::new());
    let mut first: Option<Timestamp> = None;
    for (name, timeline) in timelines {
        first = first.into_iter().chain(timeline.learned_at().first().copied()).min();
        for (rows, end) in [(&mut before, reference.trained_at), (&mut recent, terms.now)] {
            rows.extend(drawn(name, timeline, target, end, terms));
        }
    }
    let period = |end: Timestamp, rows: &[Features]| Period {
        from: end.saturating_sub(terms.window).unwrap_or(Timestamp::MIN),
        to: end,
        rows: rows.len() as u64,
    };
    // By then the first ones had the time to grow as old as anybody who is asked about.
    let grown = reference.trained_at.saturating_sub(terms.window.saturating_add(terms.sampling.silence));
    let too_young = first.is_some_and(|first| grown.is_ok_and(|grown| first > grown));
    let mut found = Vec::new();
    if !too_young && before.len().min(recent.len()) >= terms.rows_min.max(1) {
        let scored = |rows: &[Features]| with_score(rows, reference.score);
        found = columns(&scored(&before), &scored(&recent), terms.alpha)?;
        found.sort_by(|one, other| other.shift.cmp(&one.shift).then(other.psi.total_cmp(&one.psi)));
    }
    Ok(Watched {
        reference: period(reference.trained_at, &before),
        recent: period(terms.now, &recent),
        too_young,
        columns: found,
        losses: losses(book)?,
    })
}

/// One row of the contact within the window before `end`, if it was asked about then.
fn drawn(
    name: &str,
    timeline: &Timeline,
    target: &impl Target,
    end: Timestamp,
    terms: &WatchTerms<'_>,
) -> Option<Features> {
    let from = end.saturating_sub(terms.window).unwrap_or(Timestamp::MIN);
    let asked: Vec<Timestamp> = terms
        .sampling
        .moments(timeline, end)
        .into_iter()
        .filter(|at| *at > from && target.is_asked(timeline, *at))
        .collect();
    let seed = learn::compare::hash(KEY, name.as_bytes());
    let at = asked.get(Generator::seeded(seed).below(asked.len()))?;
    Some(Features::as_of(timeline, *at, terms.zone))
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
        writing: Default::default(),
    });
    cells.push(Column::Number(rows.iter().map(score).collect()));
    Frame::new(schema, cells).expect("one more column of as many cells, of another name")
}

/// Follows the losses of known rows with ADWIN, which forgets what was before a change.
fn losses(book: &Book) -> Result<Option<LossStanding>, DriftError> {
    let mut adwin = Adwin::default();
    let (mut seen, mut since): (Vec<(f64, f64)>, usize) = (Vec::new(), 0);
    let (mut before, mut changed_at) = (None, None);
    for row in book.ledger().rows().iter().filter(|row| row.label != Label::Open) {
        let chance = row.prediction.score;
        let loss = log_loss_of(chance, row.label == Label::Positive).min(LOSS_MAX);
        let expected = chance * log_loss_of(chance, true).min(LOSS_MAX)
            + (1.0 - chance) * log_loss_of(chance, false).min(LOSS_MAX);
        seen.push((loss, loss - expected));
        // The detector is made for numbers between 0 and 1; an excess is above -ln 2.
        let scaled = (loss - expected + EXPECTED_MAX) / (LOSS_MAX + EXPECTED_MAX);
        if adwin.update(scaled)? == Signal::Drift {
            let kept = usize::try_from(adwin.width()).unwrap_or(usize::MAX).min(seen.len() - since);
            let cut = seen.len() - kept;
            before = means(&seen[since..cut]);
            since = cut;
            changed_at = Some(row.prediction.as_of);
        }
    }
    let standing = |(mean, excess)| LossStanding {
        rows: seen.len() as u64,
        mean,
        excess,
        mean_before: before.map(|(mean, _)| mean),
        excess_before: before.map(|(_, excess)| excess),
        changed_at,
    };
    Ok(means(&seen[since..]).map(standing))
}

/// The most that a chance expects to lose: ln 2, at one half.
const EXPECTED_MAX: f64 = std::f64::consts::LN_2;

/// Mean loss and mean excess; none of nothing.
fn means(rows: &[(f64, f64)]) -> Option<(f64, f64)> {
    let count = rows.len() as f64;
    let sum = rows.iter().fold((0.0, 0.0), |(loss, excess), row| (loss + row.0, excess + row.1));
    (!rows.is_empty()).then(|| (sum.0 / count, sum.1 / count))
}
