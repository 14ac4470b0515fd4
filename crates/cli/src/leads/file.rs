//! A table to learn from, and what is asked of it.

use std::{fmt::Display, path::Path, thread};

use clap::Args;
use kernel::{Notice, Rejection};
use learn::{
    frame::{Frame, Inferred, Kind, Reading, Record},
    study::{Question, SplitBy, Study, StudyError},
    tune::Effort,
};
use tabular::{Hint, limits::Limits};

use crate::{
    exit::{During, Outcome},
    source,
};

/// What counts as the outcome, what may be learned from, and who judges.
#[derive(Debug, Args)]
pub struct QuestionArgs {
    /// The value of that column that counts as the outcome [default: yes, true or 1]
    #[arg(long, value_name = "VALUE")]
    positive: Option<String>,
    /// Judge on the latest rows by this column of dates or numbers: what a model is used for
    #[arg(long, value_name = "COLUMN", conflicts_with = "group_column")]
    time_column: Option<String>,
    /// Judge on rows drawn by chance, but keep rows that share a value of this column on one side
    #[arg(long, value_name = "COLUMN")]
    group_column: Option<String>,
    /// Where chance begins
    #[arg(long, value_name = "N", default_value_t = 42)]
    seed: u64,
    /// The share of the rows to judge on, above 0 and below 1
    #[arg(long, value_name = "SHARE", default_value_t = 0.2)]
    test_fraction: f64,
    /// Columns that must not be learned from, such as those filled in once the outcome is known
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',')]
    drop: Vec<String>,
    /// Texts that mean "not known" beyond the empty cell, NA, N/A, null, NaN, None and ?
    #[arg(long, value_name = "TEXT,..", value_delimiter = ',')]
    missing: Vec<String>,
    /// Columns of numbers that are names, such as post codes: each value counts for itself
    #[arg(long, value_name = "COLUMN,..", value_delimiter = ',')]
    category: Vec<String>,
}

impl QuestionArgs {
    /// The question about column `target`.
    pub fn about(&self, target: &str) -> Question {
        let by = |name: &Option<String>, make: fn(String) -> SplitBy| name.clone().map(make);
        let split = by(&self.time_column, SplitBy::Time).or_else(|| by(&self.group_column, SplitBy::Group));
        let threads = thread::available_parallelism().map_or(1, usize::from);
        Question {
            positive: self.positive.clone(),
            dropped: names(&self.drop).collect(),
            split: split.unwrap_or_default(),
            test_share: self.test_fraction,
            seed: self.seed,
            effort: Effort { threads, ..Effort::default() },
            ..Question::about(target)
        }
    }

    /// The study, or why there is none and which option helps.
    pub fn judged(&self, studied: Result<Study, StudyError>, doing: impl Display) -> Outcome<Study> {
        let advice = match &studied {
            Err(StudyError::OutcomeNotNamed { values, .. }) => {
                values.last().map(|value| format!("name it, such as --positive \"{value}\""))
            }
            _ => None,
        };
        studied.during(doing).map_err(|failure| match advice {
            Some(advice) => failure.advise(advice),
            None => failure,
        })
    }

    /// The table of a file, and the rows of it that cannot be read at all.
    ///
    /// # Errors
    /// When the file cannot be read, or is no table.
    pub fn read(&self, file: &Path) -> Outcome<(Inferred, Vec<Rejection>)> {
        let Records { header, records, bad, remarks } = Records::read(file)?;
        let kinds = names(&self.category).map(|name| (name, Kind::Category)).collect();
        let reading = Reading { missing: self.missing.clone(), kinds };
        let mut inferred =
            Frame::infer(&header, &records, &reading).during(format_args!("read {}", source::named(file)))?;
        inferred.notices.splice(0..0, remarks);
        Ok((inferred, bad))
    }
}

/// The names in a list; nothing stands between two commas that follow each other.
fn names(list: &[String]) -> impl Iterator<Item = String> {
    list.iter().map(|name| name.trim()).filter(|name| !name.is_empty()).map(str::to_owned)
}

/// The cells of a file as text.
pub struct Records {
    /// The names of the columns.
    pub header: Vec<String>,
    /// The rows.
    pub records: Vec<Record>,
    /// Rows that cannot be read at all.
    pub bad: Vec<Rejection>,
    /// What was done to read the file at all.
    pub remarks: Vec<Notice>,
}

impl Records {
    /// Reads a file, or standard input when it is called `-`.
    ///
    /// # Errors
    /// When it cannot be read, or is no table.
    pub fn read(file: &Path) -> Outcome<Self> {
        let name = source::named(file);
        let bytes = source::bytes(file)?;
        let reading = || format!("read {name}");
        let decoded = tabular::decoded(&bytes, &name, &Limits::OWN).during(reading())?;
        let sheet = tabular::read_within(&decoded.bytes, &Hint::named(&name), &Limits::OWN, &mut |_| ())
            .during(reading())?;
        let remarks = decoded.remark.into_iter().chain(sheet.remarks);
        let remarks = remarks
            .map(|message| Notice { row: 0, field: String::new(), value: String::new(), message })
            .collect();
        let bad = sheet.bad_rows.into_iter().map(|bad| Rejection {
            row: bad.number,
            field: bad.column,
            value: bad.value,
            message: bad.message,
        });
        let records = sheet.rows.into_iter().map(|row| Record {
            number: row.number,
            cells: row.cells.into_iter().map(tabular::Cell::into_text).collect(),
        });
        Ok(Self { bad: bad.collect(), records: records.collect(), header: sheet.columns, remarks })
    }
}
