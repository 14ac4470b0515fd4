use crate::{frame::Frame, logistic::LogisticError, split::SplitError};

/// Why there is no model.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum StudyError {
    /// A column that is asked for is not in the table.
    #[error("there is no column {name:?}; the table has {}", columns.join(", "))]
    NoSuchColumn {
        /// The name.
        name: String,
        /// The columns that there are; 20 at most.
        columns: Vec<String>,
    },
    /// The target has other values than two, and none is said to be the outcome.
    #[error("{target:?} has the values {}; say which of them is the outcome to predict", shown(values))]
    OutcomeNotNamed {
        /// The column.
        target: String,
        /// Its values; 20 at most.
        values: Vec<String>,
    },
    /// No row has the value that is said to be the outcome.
    #[error("no row of {target:?} says {positive:?}; it has the values {}", shown(values))]
    NoSuchOutcome {
        /// The column.
        target: String,
        /// The value asked for.
        positive: String,
        /// Its values; 20 at most.
        values: Vec<String>,
    },
    /// Too few rows say what became of them.
    #[error("{rows} rows say what became of them; it takes at least {}", super::ROWS_MIN)]
    TooFewRows {
        /// How many do.
        rows: usize,
    },
    /// Nearly all rows to learn from have the same outcome.
    #[error(
        "of {rows} rows to learn from {positives} have the outcome; it takes at least {0} with it and {0} without",
        super::CLASS_ROWS_MIN
    )]
    TooFewOfOneKind {
        /// Rows to learn from.
        rows: usize,
        /// Those with the outcome.
        positives: usize,
    },
    /// The column to split by holds no times.
    #[error("{name:?} holds neither numbers nor dates to split by; write dates such as 2026-01-31")]
    NoTime {
        /// The column.
        name: String,
    },
    /// The rows are to be split by what is to be predicted.
    #[error(
        "{name:?} is what is to be predicted: rows cannot be split by it; name a column that is known before"
    )]
    SplitByTarget {
        /// The column.
        name: String,
    },
    /// The share to judge by is not one.
    #[error("the share to judge by is {share}; it must be above 0 and below 1")]
    TestShare {
        /// What was asked for.
        share: f64,
    },
    /// No column is left that says anything.
    #[error("no column is left to learn from: all are dropped, empty, constant or identifiers")]
    NothingToLearnFrom,
    /// The rows cannot be split.
    #[error(transparent)]
    Split(#[from] SplitError),
    /// The baseline cannot be fitted.
    #[error("the logistic baseline cannot be fitted: {0}")]
    Logistic(#[from] LogisticError),
}

impl StudyError {
    pub(super) fn no_such_column(name: &str, frame: &Frame) -> Self {
        let columns = frame.schema().columns.iter().take(20).map(|column| column.name.clone()).collect();
        Self::NoSuchColumn { name: name.to_owned(), columns }
    }
}

fn shown(values: &[String]) -> String {
    values.iter().map(|value| format!("{value:?}")).collect::<Vec<_>>().join(", ")
}
