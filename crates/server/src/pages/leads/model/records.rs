//! The models on record: what each came from, what it is used for, and what can be done with it.

use std::sync::Arc;

use leads::{ModelRecord, learning::Incumbent};
use learn::{
    evaluate::Figure,
    registry::{Measured, Stage, promotion::Objection},
};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::super::home;
use crate::{
    access::MarketRoles,
    design::{Column, Icon, Table, Tone, badge, format},
    pages::contacts::Names,
    viewer::InMarket,
};

fn stage(stage: Stage) -> (Tone, &'static str) {
    match stage {
        Stage::Champion => (Tone::Good, "In force"),
        Stage::Challenger => (Tone::Info, "Challenger"),
        Stage::Shadow => (Tone::Accent, "Looks on"),
        Stage::Retired => (Tone::Plain, "Retired"),
    }
}

fn measured<'a>(model: &'a ModelRecord, name: &str) -> Option<&'a Measured> {
    model.lineage.measured.iter().find(|measured| measured.name == name)
}

/// How a trial stands, in words.
fn trial(model: &ModelRecord) -> Markup {
    if let Some(because) = &model.retired_because {
        return html! { div.trial { (super::super::words::sentence(because)) } };
    }
    let Some(trial) = &model.trial else { return html! { span.muted { "no trial yet" } } };
    let against = match trial.incumbent {
        Incumbent::Prior => "the rule".to_owned(),
        Incumbent::Model(version) => format!("v{version}"),
    };
    html! { div.trial {
        "Against " (against) ", " (format::counted(trial.looks as usize, "look", "looks")) ", " (format::counted(trial.rows as usize, "row", "rows")) "."
        @if let Some(Figure::Known(difference)) = &trial.difference {
            span.sub {
                "Log loss " (format::signed(difference.value, 4)) " nats"
                @if let Some(range) = difference.interval { " (" (format::signed(range.lower, 4)) " to " (format::signed(range.upper, 4)) ")" }
            }
        }
        @if let Some(objection) = trial.objections.first() { span.sub { (objection_said(objection)) } }
    } }
}

fn objection_said(objection: &Objection) -> String {
    match objection {
        Objection::Insufficient(lacking) => {
            format!("Too few rows: {} of {}.", format::count(lacking.have), format::count(lacking.need))
        }
        Objection::NoInterval => "No interval can be given yet.".to_owned(),
        Objection::MayLose { loss, margin } => format!(
            "May lose {} nats a row; {} are allowed.",
            format::number(*loss, 4),
            format::number(*margin, 4)
        ),
        Objection::WorseInSegment { segment, loss } => {
            format!("Loses {} nats a row among {segment}.", format::number(*loss, 4))
        }
        Objection::AdverseImpact { group, ratio } => {
            format!("Chooses {group} only {} as often.", format::percent(*ratio, 0))
        }
        Objection::RefusedColumn { column } => format!("Learned from {column}, which must not be."),
    }
}

/// All of them.
pub fn table(here: &InMarket, names: Names) -> Table<ModelRecord> {
    let figure = |id: &'static str, label: &'static str, name: &'static str, digits: u32| {
        Column::new(
            id,
            label,
            ColumnKind::Number,
            move |model: &ModelRecord| {
                html! {
                    @match measured(model, name) {
                        Some(found) => {
                            (format::decimal(found.estimate.value, digits))
                            span.sub { "n " (format::count(found.rows)) }
                        }
                        None => span.muted { "too few" }
                    }
                }
            },
            move |model| measured(model, name).map_or(Cell::Empty, |found| Cell::from(found.estimate.value)),
        )
        .sorted_by_number(move |model| measured(model, name).map(|found| found.estimate.value))
    };
    let names = Arc::new(names);
    let by = names.clone();
    let table = Table::new("model-table", "Models on record, the newest first", ("model", "models"), |model: &ModelRecord| {
        model.version.to_string()
    })
    .column(
        Column::new(
            "version",
            "Version",
            ColumnKind::Text,
            |model: &ModelRecord| html! { "v" (model.version) @if let Some(parent) = model.parent { span.sub { "to replace v" (parent) } } },
            |model| Cell::from(format!("v{}", model.version)),
        )
        .sorted_by(|one, two| one.version.cmp(&two.version)),
    )
    .column(
        Column::new(
            "stage",
            "Is",
            ColumnKind::Text,
            |model: &ModelRecord| {
                let (tone, label) = stage(model.stage);
                badge(tone, label)
            },
            |model| Cell::from(stage(model.stage).1),
        )
        .sorted_by(|one, two| stage(one.stage).1.cmp(stage(two.stage).1)),
    )
    .column(
        Column::new(
            "trained_at",
            "Trained",
            ColumnKind::Text,
            move |model: &ModelRecord| html! { span.nowrap { (format::instant(model.trained_at)) } span.sub { (names.actor(&model.trained_by)) } },
            |model| Cell::from(model.trained_at.to_string()),
        )
        .sorted_by(|one, two| one.trained_at.cmp(&two.trained_at))
        .importance(3),
    )
    .column(
        Column::new(
            "rows",
            "Learned from",
            ColumnKind::Integer,
            |model: &ModelRecord| html! { (format::count(model.lineage.trained_rows)) },
            |model| Cell::from(model.lineage.trained_rows),
        )
        .sorted_by_number(|model| Some(model.lineage.trained_rows as f64))
        .importance(2),
    )
    .column(figure("auc", "AUC", "auc", 3))
    .column(figure("brier", "Brier", "brier", 4).importance(3))
    .column(figure("log_loss", "Log loss", "log_loss", 4).importance(2))
    .column(Column::new("trial", "Trial", ColumnKind::Text, trial, |model| {
        model.retired_because.as_deref().map_or(Cell::Empty, Cell::from)
    }))
    .column(
        Column::new(
            "by",
            "Trained by",
            ColumnKind::Text,
            {
                let by = by.clone();
                move |model: &ModelRecord| html! { (by.actor(&model.trained_by)) }
            },
            move |model| Cell::from(by.actor(&model.trained_by)),
        )
        .optional(),
    )
    .column(Column::text("question", "Question", |model: &ModelRecord| model.question.clone()).optional())
    .column(Column::text("data", "Data, hash", |model: &ModelRecord| model.lineage.data_hash.clone()).optional())
    .column(Column::text("split", "Kept apart", |model: &ModelRecord| model.lineage.split.clone()).optional())
    .column(Column::text("code", "Program", |model: &ModelRecord| model.lineage.code_version.clone()).optional())
    .when_empty(
        Icon::Layers,
        "No model yet",
        "As soon as enough leads have come to an end, one is trained on this market's own outcomes, looks on, challenges the rule, and takes its place only when it is surely no worse.",
        [],
    );
    if !here.may(MarketRoles::MANAGE_MODELS) {
        return table;
    }
    let place = format!("{}/model", home(here));
    table.column(Column::acting(move |model: &ModelRecord| acts(&place, model)))
}

fn acts(place: &str, model: &ModelRecord) -> Markup {
    let (at, version) = (format!("{place}/{}/{}", model.kind, model.version), model.version);
    html! {
        div.cluster {
            @if matches!(model.stage, Stage::Challenger | Stage::Shadow) {
                form method="post" hx-boost="false" action={ (at) "/promote" } { button.button.small data-confirm={ "Let model v" (version) " score every lead from now on?" } { "Promote" span.visually-hidden { " v" (version) } } }
            }
            @if model.stage != Stage::Retired {
                form.row-form method="post" hx-boost="false" action={ (at) "/retire" } {
                    input.input name="because" required maxlength="500" placeholder="Why" aria-label={ "Why v" (version) " is retired" };
                    button.button.small data-confirm={ "Ask model v" (version) " no more?" } { "Retire" span.visually-hidden { " v" (version) } }
                }
            }
        }
    }
}
