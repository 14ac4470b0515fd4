//! The figures as cards, chart and table.

use contacts::analytics::{Answer, Figure, Group, Measure};
use disclosure::Budget;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use crate::design::{
    Axis, Chart, Column, Icon, Ink, Kpi, Series, Table, Unit, Why, disclose, empty, format, kpis,
};

/// What a figure has to satisfy.
pub const RULES: &str =
    "A figure is told when at least five markets contribute and none has more than half of it.";

/// The groups, and all of them together at the end.
pub fn lines(answer: &Answer) -> Vec<Group> {
    answer.groups.iter().cloned().chain([answer.all.clone()]).collect()
}

/// One figure as it is shown.
fn shown(figure: &Figure) -> Markup {
    match figure {
        Figure::Told { value, plus_minus } => html! {
            (format::number(*value as f64, 0))
            @if let Some(bar) = plus_minus { " " span.secondary.small { "± " (format::count(*bar)) } }
        },
        Figure::Withheld { reason } => {
            html! { span.muted title=(explained(reason)) { "withheld" span.visually-hidden { ": " (explained(reason)) } } }
        }
    }
}

/// A reason in a few words.
fn explained(reason: &str) -> &'static str {
    match reason {
        "too-few" => "fewer than five markets contribute",
        "dominated" => "one market has more than half of it",
        "overlapping" => "it is about nearly the same markets as another figure",
        _ => "with it, another withheld figure could be worked out",
    }
}

fn cell(figure: &Figure) -> Cell {
    figure.value().map_or(Cell::Empty, |value| Cell::Number(value.to_string()))
}

fn number(figure: Option<&Figure>) -> Option<f64> {
    figure.and_then(Figure::value).map(|value| value as f64)
}

/// The table of an answer; its columns are those of the measure.
pub fn table(answer: &Answer) -> Table<Group> {
    let mut table =
        Table::new("figures-table", "Figures over markets", ("group", "groups"), |group: &Group| {
            group.id.clone()
        })
        .column(
            Column::text("group", answer.question.by.label(), |group: &Group| group.label.clone())
                .sorted_by(|one, two| one.label.cmp(&two.label)),
        )
        .column(
            Column::new(
                "markets",
                "Markets",
                ColumnKind::Integer,
                |group: &Group| html! { (format::count(group.markets)) },
                |group| Cell::from(group.markets),
            )
            .sorted_by(|one, two| one.markets.cmp(&two.markets)),
        );
    let narrow = answer.columns.len() > 6;
    for (position, (id, label)) in answer.columns.iter().zip(&answer.labels).enumerate() {
        let column = Column::new(
            format!("figure-{id}"),
            label.clone(),
            ColumnKind::Number,
            move |group: &Group| html! { @if let Some(figure) = group.figures.get(position) { (shown(figure)) } },
            move |group| group.figures.get(position).map_or(Cell::Empty, cell),
        )
        .sorted_by_number(move |group: &Group| number(group.figures.get(position)));
        // Of twelve months the last ones stay on a narrow screen.
        let late = position + 3 >= answer.columns.len();
        let column = if narrow && !late { column.importance(3) } else { column };
        // The first half of the year is there when it is chosen, and in every file.
        let early = narrow && position + 6 < answer.columns.len();
        table = table.column(if early { column.optional() } else { column });
    }
    if answer.all.total.is_some() {
        table = table.column(
            Column::new(
                "total",
                "Total",
                ColumnKind::Number,
                |group: &Group| html! { @if let Some(total) = &group.total { (shown(total)) } },
                |group| group.total.as_ref().map_or(Cell::Empty, cell),
            )
            .sorted_by_number(|group: &Group| number(group.total.as_ref()))
            .importance(2),
        );
    }
    if answer.all.rate.is_some() {
        let percent = answer.question.measure == Measure::Stages;
        let show =
            move |value: f64| if percent { format::percent(value, 1) } else { format::number(value, 2) };
        let label = if percent { "Won of decided" } else { "Per contact" };
        table = table.column(
            Column::new(
                "rate",
                label,
                ColumnKind::Number,
                move |group: &Group| {
                    let value = group.rate.as_ref().and_then(|rate| rate.value);
                    html! { (value.map_or_else(|| format::UNKNOWN.to_owned(), show)) }
                },
                |group| {
                    let value = group.rate.as_ref().and_then(|rate| rate.value);
                    value.map_or(Cell::Empty, Cell::from)
                },
            )
            .sorted_by_number(|group: &Group| group.rate.as_ref().and_then(|rate| rate.value)),
        );
    }
    table.when_empty(Icon::Layers, "No markets", "There is no market to count yet.", [])
}

/// The figures above the chart.
pub fn figures(answer: &Answer, budget: Budget) -> Markup {
    let source = format!(
        "{} counted on {}",
        format::counted(usize::try_from(answer.all.markets).unwrap_or(usize::MAX), "market", "markets"),
        format::instant(answer.at)
    );
    let total = answer.all.total.as_ref();
    let mut cards = vec![
        Kpi::new("Markets counted", html! { (format::count(answer.all.markets)) })
            .note(html! { @if answer.missing.is_empty() { "none is missing" } @else { (format::counted(answer.missing.len(), "is", "are")) " missing" } })
            .why(Why::new("markets that can be read now").source(source.clone())),
    ];
    if let Some(total) = total {
        let label = if answer.question.measure == Measure::New { "New in twelve months" } else { "Contacts" };
        cards.push(Kpi::new(label, shown(total)).why(Why::new("sum of the groups").source(source.clone())));
    }
    if let Some(rate) = &answer.all.rate {
        let value = match (rate.value, answer.question.measure) {
            (None, _) => format::UNKNOWN.to_owned(),
            (Some(value), Measure::Stages) => format::percent(value, 1),
            (Some(value), _) => format::number(value, 2),
        };
        let label = if answer.question.measure == Measure::Stages {
            "Won of decided"
        } else {
            "Messages per contact"
        };
        cards.push(
            Kpi::new(label, html! { (value) }).why(Why::new(rate.formula.clone()).source(source.clone())),
        );
    }
    cards.push(
        Kpi::new("Withheld", html! { (format::count(answer.withheld)) })
            .note(html! { "figures that would tell too much" })
            .why(Why::new("figures refused by the rules, and those that protect them").source(RULES)),
    );
    cards.push(
        Kpi::new("Privacy budget left", html! { (budget.left()) })
            .note(html! { "of " (budget.total()) })
            .meter(left(budget), crate::design::Tone::Accent)
            .why(
                Why::new("total - spent")
                    .input("total", budget.total().to_string())
                    .input("spent", budget.spent().to_string()),
            ),
    );
    kpis(&cards)
}

fn left(budget: Budget) -> f64 {
    let total = budget.total().micro();
    if total == 0 { 0.0 } else { budget.left().micro() as f64 / total as f64 }
}

/// Bars per group; withheld figures leave a gap.
pub fn chart(answer: &Answer) -> Markup {
    let told = |figure: &Figure| figure.value().map_or(f64::NAN, |value| value as f64);
    let hidden = answer
        .groups
        .iter()
        .flat_map(|group| &group.figures)
        .filter(|figure| figure.value().is_none())
        .count();
    let all = answer.groups.len() * answer.columns.len();
    let best = answer
        .groups
        .iter()
        .filter_map(|group| Some((group, group.total.as_ref().and_then(Figure::value)?)))
        .max_by_key(|(_, total)| *total);
    if hidden == all {
        return empty(
            Icon::Shield,
            "Every figure of these groups is withheld",
            "No group has five markets that contribute, none of them above one half. What may be told of all markets together is in the table.",
            &[],
        );
    }
    let mut sentence = match best {
        Some((group, total)) => format!("{} has the most: {}.", group.label, format::number(total as f64, 0)),
        None => "No group's total is told.".to_owned(),
    };
    if hidden > 0 {
        sentence.push_str(&format!(" {hidden} of {all} figures are withheld and leave a gap."));
    }
    let axis = Axis::new(answer.question.measure.label(), Unit::Number);
    let inks = [Ink::First, Ink::Second, Ink::Grey, Ink::Third, Ink::Fourth, Ink::Fifth];
    if answer.question.measure == Measure::New {
        // Months run along the axis; one line per group, the five largest.
        let mut chart = Chart::new("figures", answer.question.measure.label(), sentence)
            .over("Month", answer.labels.clone())
            .y(axis);
        for (group, ink) in answer.groups.iter().take(5).zip(inks) {
            chart = chart.series(Series::line(&group.label, group.figures.iter().map(told)).ink(ink));
        }
        return chart
            .series(Series::line("All markets", answer.all.figures.iter().map(told)).ink(Ink::Grey).dashed())
            .render();
    }
    let mut chart = Chart::new("figures", answer.question.measure.label(), sentence)
        .over(answer.question.by.label(), answer.groups.iter().map(|group| group.label.clone()))
        .y(axis);
    for (position, (label, ink)) in answer.labels.iter().zip(inks).enumerate() {
        let values = answer.groups.iter().map(|group| group.figures.get(position).map_or(f64::NAN, told));
        chart = chart.series(Series::bars(label, values).ink(ink));
    }
    chart.render()
}

/// Why figures are withheld, in words.
pub fn reasons(answer: &Answer) -> Markup {
    if answer.withheld == 0 {
        return html! {};
    }
    let rows = answer.groups.iter().chain([&answer.all]);
    let figures = rows.flat_map(|group| group.figures.iter().chain(&group.total));
    let mut counts: Vec<(&'static str, usize)> = Vec::new();
    for figure in figures {
        if let Figure::Withheld { reason } = figure {
            let text = explained(reason);
            match counts.iter_mut().find(|(known, _)| *known == text) {
                Some((_, count)) => *count += 1,
                None => counts.push((text, 1)),
            }
        }
    }
    disclose(
        "Why figures are withheld",
        html! {
            ul { @for (text, count) in &counts { li { (format::counted(*count, "figure", "figures")) ": " (text) "." } } }
            p.small.secondary { "Withholding one figure is not enough when a total gives it away: therefore others are withheld with it, here and in the other groupings of the same figures. Zero over at least five markets is told." }
            p.small.secondary { "What this does not promise: answers of different days can be compared, and when a single market joins a group in between, the difference is close to that market." }
        },
    )
}
