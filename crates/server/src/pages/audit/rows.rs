use std::collections::BTreeMap;

use audit::Entry;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::names::{Names, ending};
use crate::design::{Column, Filter, Icon, Table, format};

/// An entry and what its actor is called.
pub struct Row {
    entry: Entry,
    by: String,
    /// What the subject is called, when it is a user or a key.
    on: Option<String>,
}

impl Row {
    /// The row of an entry.
    pub fn new(entry: Entry, names: &Names) -> Self {
        let by = names.of(entry.actor.as_str());
        let on = entry.subject.starts_with("user:") || entry.subject.starts_with("key:");
        let on = on.then(|| names.of(&entry.subject));
        Self { entry, by, on }
    }

    /// The part of the hub that the action belongs to: what stands before its first dot.
    fn area(&self) -> &str {
        self.entry.action.split('.').next().unwrap_or_default()
    }
}

/// An action in words: `growth.outcome_recorded` is "Growth: outcome recorded".
pub fn action(id: &str) -> String {
    let (area, done) = id.split_once('.').unwrap_or(("", id));
    let words = |text: &str| text.replace(['_', '.'], " ");
    let capital = |text: String| {
        let mut letters = text.chars();
        letters
            .next()
            .map(|first| first.to_uppercase().chain(letters).collect::<String>())
            .unwrap_or_default()
    };
    match area {
        "" => capital(words(done)),
        _ => format!("{}: {}", capital(words(area)), words(done)),
    }
}

/// A subject with its identifier shortened: `market …9G5FAV`.
pub fn subject(text: &str) -> Markup {
    match text.split_once(':') {
        Some((kind, id)) if id.chars().count() > 20 => {
            html! { span.nowrap title=(text) { (kind) " …" (ending(id)) } }
        }
        Some((kind, id)) => html! { span title=(text) { (kind) " " (id) } },
        None => html! { (text) },
    }
}

/// Particulars in one line; hashes and commitments shortened.
fn particulars(detail: &BTreeMap<String, String>) -> String {
    let short = |value: &str| match value.char_indices().nth(40) {
        Some((at, _)) => format!("{}…", &value[..at]),
        None => value.to_owned(),
    };
    detail.iter().map(|(name, value)| format!("{name}: {}", short(value))).collect::<Vec<_>>().join(", ")
}

/// The table over these rows.
pub fn table(rows: &[Row]) -> Table<Row> {
    let areas: BTreeMap<String, String> =
        rows.iter().map(|row| (row.area().to_owned(), action(row.area()))).collect();
    let actors: BTreeMap<String, String> =
        rows.iter().map(|row| (row.entry.actor.as_str().to_owned(), row.by.clone())).collect();
    Table::new(
        "audit-table",
        "Entries of the audit chain, the newest first",
        ("entry", "entries"),
        |row: &Row| row.entry.seq.to_string(),
    )
    .column(
        Column::new(
            "seq",
            "Entry",
            ColumnKind::Integer,
            |row: &Row| html! { (row.entry.seq) },
            |row| Cell::from(row.entry.seq),
        )
        .sorted_by(|one, two| one.entry.seq.cmp(&two.entry.seq))
        .hint("Its number in the chain, from 0, without gaps"),
    )
    .column(
        Column::new(
            "at",
            "When",
            ColumnKind::Text,
            |row: &Row| html! { time.nowrap datetime=(row.entry.at) { (format::instant(row.entry.at)) } },
            |row| Cell::from(row.entry.at.to_string()),
        )
        .sorted_by(|one, two| one.entry.at.cmp(&two.entry.at))
        .importance(2),
    )
    .column(
        Column::new(
            "action",
            "What",
            ColumnKind::Text,
            |row: &Row| html! { (action(&row.entry.action)) },
            |row| Cell::from(row.entry.action.clone()),
        )
        .sorted_by(|one, two| one.entry.action.cmp(&two.entry.action)),
    )
    .column(Column::text("by", "Who", |row: &Row| row.by.clone()).sorted_by(|one, two| one.by.cmp(&two.by)))
    .column(
        Column::new(
            "subject",
            "On",
            ColumnKind::Text,
            |row: &Row| match &row.on {
                Some(called) => html! { span title=(row.entry.subject) { (called) } },
                None => subject(&row.entry.subject),
            },
            |row| Cell::from(row.entry.subject.clone()),
        )
        .sorted_by(|one, two| one.entry.subject.cmp(&two.entry.subject))
        .importance(2),
    )
    .column(Column::text("detail", "Particulars", |row: &Row| particulars(&row.entry.detail)).importance(3))
    .column(
        Column::text("actor", "Identifier of who", |row: &Row| row.entry.actor.as_str().to_owned())
            .optional(),
    )
    .column(Column::text("hash", "Hash", |row: &Row| row.entry.hash.to_string()).optional())
    .column(Column::text("previous", "Hash before", |row: &Row| row.entry.previous.to_string()).optional())
    .filter(Filter::new("area", "What", areas, |row: &Row| row.area().to_owned()))
    .filter(Filter::new("actor", "Who", actors, |row: &Row| row.entry.actor.as_str().to_owned()))
    .searched_in(|row| {
        let Entry { seq, actor, action: id, subject, detail, .. } = &row.entry;
        let details =
            detail.iter().map(|(name, value)| format!("{name}: {value}")).collect::<Vec<_>>().join(" ");
        let called = row.on.as_deref().unwrap_or_default();
        format!("{seq} {} {actor} {id} {} {subject} {called} {details}", row.by, action(id))
    })
    .opens(|row, address| address.with("entry", row.entry.seq))
    .default_sort("-seq")
    .when_empty(
        Icon::History,
        "No entries",
        "Every change from now on is noted here: who, what and when.",
        [],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_subjects_read_as_words() {
        assert_eq!(action("growth.outcome_recorded"), "Growth: outcome recorded");
        assert_eq!(action("audit"), "Audit");
        assert_eq!(subject("client:c1").into_string(), "<span title=\"client:c1\">client c1</span>");
        let long = subject("market:01ARZ3NDEKTSV4RRFFQ69G5FAV").into_string();
        assert!(long.contains("market …9G5FAV"), "{long}");
        let detail = BTreeMap::from([("email".to_owned(), "x".repeat(80))]);
        assert_eq!(particulars(&detail), format!("email: {}…", "x".repeat(40)));
    }
}
