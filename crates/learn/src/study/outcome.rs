//! Which rows have the outcome.

use std::collections::BTreeSet;

use kernel::Notice;

use super::{CLASS_ROWS_MIN, Question, ROWS_MIN, SplitBy, StudyError};
use crate::frame::{Column, ColumnSchema, Frame, Kind, Value};

/// Values shown in an error.
const VALUES_SHOWN: usize = 20;

/// What became of the rows of a frame.
pub(super) struct Outcomes {
    /// The rows that can be learned from and judged by.
    pub rows: Vec<usize>,
    /// Of every row; false where it is not known.
    pub outcomes: Vec<bool>,
    /// What was left aside.
    pub notices: Vec<Notice>,
}

/// Looks up what became of each row, and what can be used.
pub(super) fn known(frame: &Frame, question: &Question) -> Result<Outcomes, StudyError> {
    let no_target = || StudyError::no_such_column(&question.target, frame);
    let place = frame.schema().position(&question.target).ok_or_else(no_target)?;
    let (named, column) = (&frame.schema().columns[place], &frame.columns()[place]);
    let positive = positive(named, column, question)?;
    let mut notices = Vec::new();
    let mut rows: Vec<usize> = (0..frame.rows()).filter(|row| column.value(*row) != Value::Missing).collect();
    let mut left_aside = |field: &str, before: usize, after: usize| {
        if after < before {
            let message = format!("{} rows are left aside: this is not known of them", before - after);
            notices.push(Notice { row: 0, field: field.to_owned(), value: String::new(), message });
        }
    };
    left_aside(&question.target, frame.rows(), rows.len());
    if let SplitBy::Time(name) = &question.split
        && let Some(times) = frame.column(name)
    {
        let before = rows.len();
        rows.retain(|row| times.value(*row) != Value::Missing);
        left_aside(name, before, rows.len());
    }
    if rows.len() < ROWS_MIN {
        return Err(StudyError::TooFewRows { rows: rows.len() });
    }
    let outcomes: Vec<bool> = (0..frame.rows()).map(|row| column.value(row) == positive).collect();
    let positives = rows.iter().filter(|row| outcomes[**row]).count();
    enough_of_both(rows.len(), positives)?;
    Ok(Outcomes { rows, outcomes, notices })
}

/// Refuses when there are not enough rows with the outcome, or without.
pub(super) fn enough_of_both(rows: usize, positives: usize) -> Result<(), StudyError> {
    if positives < CLASS_ROWS_MIN || rows - positives < CLASS_ROWS_MIN {
        return Err(StudyError::TooFewOfOneKind { rows, positives });
    }
    Ok(())
}

/// The value that counts as the outcome.
fn positive(named: &ColumnSchema, column: &Column, question: &Question) -> Result<Value, StudyError> {
    let target = || question.target.clone();
    let Some(positive) = &question.positive else {
        return match column {
            Column::Number(cells)
                if cells.iter().all(|cell| cell.is_nan() || *cell == 0.0 || *cell == 1.0) =>
            {
                Ok(Value::Number(1.0))
            }
            _ => Err(StudyError::OutcomeNotNamed { target: target(), values: values(named, column) }),
        };
    };
    let text = positive.trim();
    let value = named.value(text).ok().filter(|value| *value != Value::Missing);
    // `WON` is `won` when no level is spelled so.
    let spelled_otherwise = || {
        let level = named.levels.iter().position(|level| level.to_lowercase() == text.to_lowercase())?;
        Some(Value::Level(level as u32))
    };
    let value = value.or_else(spelled_otherwise);
    let occurs = |value: &Value| (0..column.rows()).any(|row| column.value(row) == *value);
    value.filter(occurs).ok_or_else(|| StudyError::NoSuchOutcome {
        target: target(),
        positive: positive.clone(),
        values: values(named, column),
    })
}

/// The values of a column, for a person.
fn values(named: &ColumnSchema, column: &Column) -> Vec<String> {
    match column {
        Column::Category { levels, .. } => levels.iter().take(VALUES_SHOWN).cloned().collect(),
        Column::Number(cells) if named.kind == Kind::Boolean => {
            let word = |(value, word): (f64, &str)| cells.contains(&value).then(|| word.to_owned());
            [(0.0, "no"), (1.0, "yes")].into_iter().filter_map(word).collect()
        }
        Column::Number(cells) => {
            let texts: BTreeSet<String> =
                cells.iter().filter(|cell| !cell.is_nan()).map(f64::to_string).take(10_000).collect();
            texts.into_iter().take(VALUES_SHOWN).collect()
        }
    }
}
