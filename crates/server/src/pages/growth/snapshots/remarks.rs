//! What an import refused and what it remarked, as the preview and the snapshot show it.

use growth::import::Field;
use kernel::{Notice, Rejection};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use crate::design::{Column, Filter, Icon, Table, card, disclose, format};

/// Remarks that are in sight before the rest is asked for.
const NOTICES_SHOWN: usize = 5;
/// Most remarks of one list; a snapshot's page exports all.
const NOTICES_MAX: usize = 200;

/// The table of refused cells.
pub fn rejections(rejected: &[Rejection]) -> Table<Rejection> {
    let mut fields: Vec<&str> = rejected.iter().map(|one| one.field.as_str()).collect();
    fields.sort_unstable();
    fields.dedup();
    let options: Vec<(String, String)> =
        fields.into_iter().map(|field| (field.to_owned(), label(field))).collect();
    Table::new("rejected-rows", "Rejected rows", ("reason", "reasons"), |one: &Rejection| {
        format!("{}-{}", one.row, one.field)
    })
    .column(number("row", "Row", |one: &Rejection| one.row))
    .column(Column::new(
        "field",
        "Field",
        ColumnKind::Text,
        |one: &Rejection| html! { code.nowrap { (one.field) } },
        |one| Cell::from(one.field.clone()),
    ))
    .column(Column::new(
        "value",
        "Value",
        ColumnKind::Text,
        |one: &Rejection| value(&one.value),
        |one| Cell::from(one.value.clone()),
    ))
    .column(Column::text("message", "Reason", |one: &Rejection| one.message.clone()))
    .filter(Filter::new("field", "Field", options, |one: &Rejection| one.field.clone()))
    .searched_in(|one| format!("{} {} {} {}", one.row, one.field, one.value, one.message))
    .when_empty(Icon::Done, "No row was rejected", "Every row of the source was taken.", [])
}

/// The table of remarks.
pub fn remarked() -> Table<Notice> {
    Table::new("remarks", "Remarks about rows that were taken", ("remark", "remarks"), |one: &Notice| {
        format!("{}-{}-{}", one.row, one.field, one.value)
    })
    .column(number("row", "Row", |one: &Notice| one.row).hint("0 is the whole file"))
    .column(Column::new(
        "field",
        "Field",
        ColumnKind::Text,
        |one: &Notice| html! { code.nowrap { (one.field) } },
        |one| Cell::from(one.field.clone()),
    ))
    .column(Column::new(
        "value",
        "Value",
        ColumnKind::Text,
        |one: &Notice| value(&one.value),
        |one| Cell::from(one.value.clone()),
    ))
    .column(Column::text("message", "Remark", |one: &Notice| one.message.clone()))
    .searched_in(|one| format!("{} {} {} {}", one.row, one.field, one.value, one.message))
    .when_empty(
        Icon::Done,
        "No remarks",
        "There was nothing to remark about the rows that were taken.",
        [],
    )
}

/// The first remarks, the others folded away; nothing when there are none.
pub fn notices(notices: &[Notice]) -> Markup {
    if notices.is_empty() {
        return html! {};
    }
    let list = |some: &[Notice]| {
        html! { ul.prose { @for notice in some { li { (sentence(notice)) } } } }
    };
    let (first, rest) = notices.split_at(notices.len().min(NOTICES_SHOWN));
    let more = &rest[..rest.len().min(NOTICES_MAX)];
    card(
        "Remarks",
        Some("About rows that are taken."),
        html! {},
        html! {
            (list(first))
            @if !more.is_empty() {
                (disclose(&format!("{} more", format::count(rest.len())), html! {
                    (list(more))
                    @if more.len() < rest.len() { p.muted { "The snapshot will list all of them." } }
                }))
            }
        },
    )
}

fn sentence(notice: &Notice) -> Markup {
    html! {
        @if notice.row > 0 { "Row " (notice.row) ": " }
        @if !notice.field.is_empty() { code { (notice.field) } " " }
        @if !notice.value.is_empty() { "“" (notice.value) "” " }
        (notice.message)
    }
}

fn value(text: &str) -> Markup {
    html! { @if text.is_empty() { span.muted { "empty" } } @else { (text) } }
}

fn label(field: &str) -> String {
    Field::from_id(field).map_or_else(|| field.to_owned(), |field| field.label().to_owned())
}

fn number<T: 'static>(
    id: &'static str,
    label: &'static str,
    of: impl Fn(&T) -> u64 + Send + Sync + Copy + 'static,
) -> Column<T> {
    Column::new(
        id,
        label,
        ColumnKind::Integer,
        move |one| html! { (format::count(of(one))) },
        move |one| Cell::from(of(one)),
    )
    .sorted_by(move |one, two| of(one).cmp(&of(two)))
}
