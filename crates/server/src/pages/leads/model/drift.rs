//! Whether the world is still the one that the model learned from.

use leads::learning::{Period, Watched};
use learn::drift::{ColumnDrift, Shift};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::super::words;
use crate::design::{Column, Filter, Icon, Table, Tone, badge, format, notice};

/// Whether anything was seen: of a rule, which learned from no world, only what its predictions cost.
pub fn tells(watched: &Watched) -> bool {
    watched.reference.rows > 0 || watched.recent.rows > 0 || watched.losses.is_some()
}

/// What was seen, in a sentence with its alarms.
pub fn verdict(watched: &Watched) -> Markup {
    let alarms = watched.alarms();
    let compared = html! {
        p.small.secondary {
            (period(&watched.recent)) " held against " (period(&watched.reference)) ", one moment of each lead."
        }
    };
    html! {
        @if watched.columns.is_empty() {
            (notice(Tone::Info, "Too few leads to tell", html! { p { "Features are compared when both periods have rows enough; the policy says how many." } (compared) }))
        } @else if alarms.is_empty() {
            (notice(Tone::Good, "The world has not moved far", compared))
        } @else {
            (notice(Tone::Warn, "The world has moved", html! { ul { @for alarm in &alarms { li { (words::sentence(alarm)) } } } (compared) }))
        }
        @if let Some(losses) = &watched.losses {
            p.small {
                "Log loss of " (format::counted(losses.rows as usize, "prediction", "predictions")) " whose end is known: " strong.num { (format::decimal(losses.mean, 3)) } " nats"
                @match (losses.mean_before, losses.changed_at) {
                    (Some(before), Some(at)) => { ", " (format::decimal(before, 3)) " before the change of " (format::instant(at)) ". " @if losses.is_worse() { (badge(Tone::Bad, "Worse")) } @else { (badge(Tone::Good, "Better")) } }
                    _ => { ", and no change was seen. " (badge(Tone::Good, "Steady")) }
                }
            }
        }
    }
}

fn period(period: &Period) -> String {
    let day = |at: jiff::Timestamp| format::date(at.to_zoned(jiff::tz::TimeZone::UTC).date());
    format!(
        "{} from {} to {}",
        format::counted(period.rows as usize, "row", "rows"),
        day(period.from),
        day(period.to)
    )
}

fn shift(shift: Shift) -> (Tone, &'static str) {
    match shift {
        Shift::None => (Tone::Good, "None"),
        Shift::Slight => (Tone::Plain, "Slight"),
        Shift::Moderate => (Tone::Warn, "Moderate"),
        Shift::Strong => (Tone::Bad, "Strong"),
    }
}

/// How far each feature has moved.
pub fn table() -> Table<ColumnDrift> {
    let shifts = [Shift::None, Shift::Slight, Shift::Moderate, Shift::Strong]
        .map(|one| (shift(one).1.to_lowercase(), shift(one).1.to_owned()));
    let number = |id: &'static str, label: &'static str, digits: u32, value: fn(&ColumnDrift) -> f64| {
        Column::new(
            id,
            label,
            ColumnKind::Number,
            move |one: &ColumnDrift| html! { (format::decimal(value(one), digits)) },
            move |one| Cell::from(value(one)),
        )
        .sorted_by_number(move |one| Some(value(one)))
    };
    let share = |id: &'static str, label: &'static str, value: fn(&ColumnDrift) -> f64| {
        Column::new(
            id,
            label,
            ColumnKind::Fraction,
            move |one: &ColumnDrift| html! { (format::percent(value(one), 1)) },
            move |one| Cell::from(value(one)),
        )
        .sorted_by_number(move |one| Some(value(one)))
        .importance(3)
    };
    Table::new(
        "drift-table",
        "Features, the most moved first",
        ("feature", "features"),
        |one: &ColumnDrift| one.column.clone(),
    )
    .column(
        Column::new(
            "feature",
            "Feature",
            ColumnKind::Text,
            |one: &ColumnDrift| html! { (words::title(&one.column)) },
            |one| Cell::from(one.column.as_str()),
        )
        .sorted_by(|one, two| one.column.cmp(&two.column)),
    )
    .column(
        Column::new(
            "shift",
            "Moved",
            ColumnKind::Text,
            |one: &ColumnDrift| {
                let (tone, label) = shift(one.shift);
                badge(tone, label)
            },
            |one| Cell::from(shift(one.shift).1),
        )
        .sorted_by(|one, two| one.shift.cmp(&two.shift)),
    )
    .column(
        number("psi", "Stability index", 3, |one| one.psi)
            .hint("Population stability index: from 0.1 worth a look, from 0.25 strong."),
    )
    .column(
        number("p", "p, adjusted", 4, |one| one.p_adjusted)
            .hint("The chance of such a difference if nothing had moved, all features looked at together.")
            .importance(2),
    )
    .column(share("missing_before", "Missing before", |one| one.missing_before))
    .column(share("missing_now", "Missing now", |one| one.missing_now))
    .filter(Filter::new("shift", "Moved", shifts, |one: &ColumnDrift| shift(one.shift).1.to_lowercase()))
    .searched_in(|one| words::title(&one.column))
    .when_empty(
        Icon::Activity,
        "Nothing to compare yet",
        "As soon as a model is in force and both periods have leads enough, every feature is compared here.",
        [],
    )
}
