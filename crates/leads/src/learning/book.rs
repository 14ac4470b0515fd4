use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use learn::{
    evaluate::{
        JudgedError, Report,
        report::{About, ChanceOptions},
    },
    ledger::{FeaturesHash, Ledger, Outcome, Prediction, Terms},
};
use serde::{Deserialize, Serialize};

use crate::band::Capacity;

/// A prediction whose time is over, and what became of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct BookRow {
    /// Of whom, as an identifier without meaning.
    pub contact: String,
    /// When it was made.
    pub at: Timestamp,
    /// From what.
    pub features: FeaturesHash,
    /// What was said, 0 to 1.
    pub probability: f64,
    /// When it came about; none when it did not.
    pub happened_at: Option<Timestamp>,
}

/// What one rule or model said before the ends were known, one row of a contact per `gap` at most.
#[derive(Clone, Debug, PartialEq)]
pub struct Book {
    model: String,
    rows: Vec<BookRow>,
    ledger: Ledger,
    clusters: Vec<u32>,
}

impl Book {
    /// The book of `model`: `rows` that are settled by `terms` at `now`, in whatever order they come. Of rows of one
    /// contact that lie nearer together than `gap` the first counts: who is scored after every click is no more
    /// evidence than who is scored once.
    pub fn of(
        model: impl Into<String>,
        rows: impl IntoIterator<Item = BookRow>,
        terms: Terms,
        gap: SignedDuration,
        now: Timestamp,
    ) -> Self {
        let model = model.into();
        let mut rows: Vec<BookRow> =
            rows.into_iter().filter(|row| (0.0..=1.0).contains(&row.probability) && row.at <= now).collect();
        rows.sort_by(|one, other| (one.at, &one.contact).cmp(&(other.at, &other.contact)));
        let mut last: BTreeMap<String, Timestamp> = BTreeMap::new();
        rows.retain(|row| {
            let far = last
                .get(&row.contact)
                .is_none_or(|last| row.at.duration_since(*last) >= gap && row.at > *last);
            if far {
                last.insert(row.contact.clone(), row.at);
            }
            far
        });
        // What became of a row is that row's own: silence of one moment is none of the next.
        let subject = |row: &BookRow| format!("{}@{}", row.contact, row.at.as_microsecond());
        let predictions: Vec<Prediction> = rows
            .iter()
            .map(|row| Prediction {
                model: model.clone(),
                subject: subject(row),
                features: row.features,
                as_of: row.at,
                score: row.probability,
            })
            .collect();
        let outcomes: Vec<Outcome> = rows
            .iter()
            .filter_map(|row| Some(Outcome { subject: subject(row), at: row.happened_at?, positive: true }))
            .collect();
        let ledger = Ledger::join(&predictions, &outcomes, terms, now);
        let mut names: BTreeMap<&str, u32> = BTreeMap::new();
        let clusters = rows
            .iter()
            .map(|row| {
                let next = names.len() as u32;
                *names.entry(&row.contact).or_insert(next)
            })
            .collect();
        Self { model, rows, ledger, clusters }
    }

    /// Whose it is.
    pub fn model(&self) -> &str {
        &self.model
    }

    /// Its rows, by time.
    pub fn rows(&self) -> &[BookRow] {
        &self.rows
    }

    /// The rows with their labels.
    pub fn ledger(&self) -> &Ledger {
        &self.ledger
    }

    /// Row by row what was said, what became of it and whose cluster it is, of rows whose label is known.
    pub fn known(&self) -> (Vec<f64>, Vec<bool>, Vec<u32>) {
        let (scores, reached) = self.ledger.known();
        let settled = self.ledger.rows().iter().zip(&self.clusters);
        let settled = settled.filter(|(row, _)| row.label != learn::ledger::Label::Open);
        (scores, reached, settled.map(|(_, cluster)| *cluster).collect())
    }
}

/// What a rule or model is worth on predictions that were made before their end was known.
///
/// # Errors
/// None that a book can cause: its rows are chances.
pub fn live_report(
    book: &Book,
    question: &str,
    capacity: &Capacity,
    date: &str,
) -> Result<Report, JudgedError> {
    let (predictions, outcomes, clusters) = book.known();
    let about = About {
        model: book.model().to_owned(),
        question: question.to_owned(),
        data: "the ledger of predictions".to_owned(),
        split: "every prediction was made before its end was known; one of a contact a day".to_owned(),
        date: date.to_owned(),
        notes: vec![format!("{} further predictions wait for their end", book.ledger().open())],
    };
    let options = ChanceOptions {
        clusters: Some(&clusters),
        threshold: None,
        capacities: &[capacity.today(), capacity.planned()],
        ..ChanceOptions::default()
    };
    Report::of_chances(about, &predictions, &outcomes, &options)
}
