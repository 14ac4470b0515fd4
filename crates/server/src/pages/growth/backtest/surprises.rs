//! Predictions that pointed the wrong way: expected and not won, won and not expected.

use growth::{
    Board,
    backtest::{Prediction, Report},
};
use maud::html;
use tabular::{Cell, ColumnKind};

use crate::{
    design::{Column, Filter, Icon, Table, Tone, badge, format, score},
    pages::growth::frame,
};

/// One of them.
pub struct Row {
    name: String,
    prediction: Prediction,
}

impl Row {
    fn kind(&self) -> (&'static str, &'static str) {
        if self.prediction.happened {
            ("unexpected", "Won unexpectedly")
        } else {
            ("missed", "Expected, not won")
        }
    }
}

/// All of them, false positives first.
pub fn rows(report: &Report, board: Option<&Board>) -> Vec<Row> {
    let predictions = report.false_positives.iter().chain(&report.false_negatives);
    predictions
        .map(|prediction| {
            let client = board.and_then(|board| board.client(&prediction.client_id));
            let name =
                client.map_or(prediction.client_id.as_str(), |(client, _)| &*client.client_name).to_owned();
            Row { name, prediction: prediction.clone() }
        })
        .collect()
}

/// The table.
pub fn table() -> Table<Row> {
    Table::new("surprises", "Predictions that pointed the wrong way", ("surprise", "surprises"), |row: &Row| {
        format!("{}@{}", row.prediction.client_id.as_str(), row.prediction.as_of)
    })
    .column(
        Column::new("client", "Client", ColumnKind::Text,
            |row: &Row| html! { a href=(frame::client_href(&row.prediction.client_id)) hx-boost="false" { (row.name) } },
            |row: &Row| Cell::from(row.name.clone()))
        .sorted_by(|left, right| left.name.cmp(&right.name)),
    )
    .column(Column::new("kind", "What happened", ColumnKind::Text,
        |row: &Row| badge(if row.prediction.happened { Tone::Good } else { Tone::Warn }, row.kind().1),
        |row: &Row| Cell::from(row.kind().1)))
    .column(
        Column::new("chance", "Chance given", ColumnKind::Fraction,
            |row: &Row| score(row.prediction.probability * 100.0, 100.0, 0, Tone::Accent),
            |row: &Row| Cell::from(row.prediction.probability))
        .sorted_by_number(|row| Some(row.prediction.probability)),
    )
    .column(
        Column::new("as_of", "Predicted on", ColumnKind::Date,
            |row: &Row| format::day(row.prediction.as_of),
            |row: &Row| Cell::from(row.prediction.as_of.to_string()))
        .sorted_by(|left, right| left.prediction.as_of.cmp(&right.prediction.as_of))
        .importance(2),
    )
    .column(Column::text("id", "Identifier", |row: &Row| row.prediction.client_id.as_str().to_owned()).optional())
    .filter(Filter::new(
        "kind",
        "What happened",
        [("missed".to_owned(), "Expected, not won".to_owned()), ("unexpected".to_owned(), "Won unexpectedly".to_owned())],
        |row: &Row| row.kind().0.to_owned(),
    ))
    .searched_in(|row| format!("{} {}", row.name, row.prediction.client_id.as_str()))
    .when_empty(Icon::Check, "No surprises", "Nothing that was compared pointed the wrong way.", [])
}
