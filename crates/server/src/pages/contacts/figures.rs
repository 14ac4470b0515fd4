//! `GET /m/{market}/figures`: how many contacts are where, without any person.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contacts::{Counts, StageCount};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use crate::{
    app::AppState,
    design::{
        Axis, Chart, Column, Icon, Ink, Kpi, Page, Series, Table, Tone, Unit, Why, badge, flush_card, format,
        kpis,
    },
    pages::views,
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// `GET /m/{market}/figures`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let counts = state.contacts().counts(&here.market).await?;
    let suppressed: u64 =
        state.contacts().suppressed(&here.market).await?.iter().map(|one| one.entries).sum();
    let table = table();
    if let Some(file) = table.export(&counts.stages, &viewer.address, "contacts-by-stage")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let content = html! {
        (figures(&counts, suppressed))
        section.card { (chart(&counts)) }
        (flush_card("Stages", None, html! {}, table.render(&counts.stages, &viewer.address, &views)))
    };
    Ok(Page::new(&viewer, "Figures")
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .lead(html! { "How many contacts are in which stage. Nobody's name or address is behind these numbers." })
        .main(content)
        .render()
        .into_response())
}

fn of_kind(counts: &Counts, kind: &str) -> u64 {
    counts.stages.iter().filter(|count| count.kind == kind).map(|count| count.contacts).sum()
}

fn figures(counts: &Counts, suppressed: u64) -> Markup {
    let (won, lost) = (of_kind(counts, "won"), of_kind(counts, "lost"));
    let rate = (won + lost > 0).then(|| won as f64 / (won + lost) as f64);
    let source = "contacts of this market, counted now";
    kpis(&[
        Kpi::new("Contacts", html! { (format::count(counts.contacts)) })
            .note(html! { (format::count(counts.unassigned)) " that nobody looks after" })
            .why(Why::new("rows that are contacts").source(source)),
        Kpi::new("Open", html! { (format::count(of_kind(counts, "open"))) })
            .why(Why::new("contacts in stages that are worked on").source(source)),
        Kpi::new(
            "Won of decided",
            html! { (rate.map_or_else(|| format::UNKNOWN.to_owned(), |rate| format::percent(rate, 1))) },
        )
        .note(html! { (format::count(won)) " won, " (format::count(lost)) " lost" })
        .why(
            Why::new("won / (won + lost)")
                .input("won", format::count(won))
                .input("lost", format::count(lost))
                .source(source),
        ),
        Kpi::new("To be left alone", html! { (format::count(suppressed)) })
            .note(html! { "addresses and numbers, as fingerprints" })
            .why(Why::new("entries of the suppression list").source(source)),
    ])
}

fn chart(counts: &Counts) -> Markup {
    let largest = counts.stages.iter().max_by_key(|count| count.contacts).filter(|count| count.contacts > 0);
    let sentence = match largest {
        Some(stage) => format!(
            "Most contacts are in {} of {}: {} of {}.",
            stage.stage_name,
            stage.pipeline_name,
            format::count(stage.contacts),
            format::count(counts.contacts)
        ),
        None => "There are no contacts yet.".to_owned(),
    };
    let names = counts.stages.iter().map(|count| format!("{}: {}", count.pipeline_name, count.stage_name));
    Chart::new("stages", "Contacts by stage", sentence)
        .over("Stage", names)
        .y(Axis::new("Contacts", Unit::Number))
        .series(
            Series::bars("Contacts", counts.stages.iter().map(|count| count.contacts as f64)).ink(Ink::First),
        )
        .horizontal()
        .tall()
        .render()
}

fn table() -> Table<StageCount> {
    Table::new("stage-table", "Contacts by stage", ("stage", "stages"), |count: &StageCount| {
        format!("{}.{}", count.pipeline, count.stage)
    })
    .column(Column::text("stage", "Stage", |count: &StageCount| count.stage_name.clone()))
    .column(
        Column::text("pipeline", "Pipeline", |count: &StageCount| count.pipeline_name.clone()).importance(2),
    )
    .column(Column::new(
        "kind",
        "Means",
        ColumnKind::Text,
        |count: &StageCount| match count.kind {
            "won" => badge(Tone::Good, "Won"),
            "lost" => badge(Tone::Plain, "Lost"),
            _ => badge(Tone::Info, "Open"),
        },
        |count| Cell::from(count.kind),
    ))
    .column(
        Column::new(
            "contacts",
            "Contacts",
            ColumnKind::Integer,
            |count: &StageCount| html! { (format::count(count.contacts)) },
            |count| Cell::from(count.contacts),
        )
        .sorted_by(|one, two| one.contacts.cmp(&two.contacts)),
    )
    .when_empty(Icon::Layers, "No stages", "The market has no pipelines.", [])
}
