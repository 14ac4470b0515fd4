//! Rows for the style guide's table: made up, repeatable, and called samples wherever they appear.

use growth::assessment::{ReadinessLevel, Tier};
use kernel::{Arr, Currency};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use crate::{
    design::{
        Address, Column, Filter, Icon, Lead, Table, Tone, Why, drawer, facts, format, level, score, tier,
    },
    viewer::Viewer,
};

pub struct Sample {
    pub id: String,
    name: String,
    tier: Tier,
    score: f64,
    nps: Option<f64>,
    potential: Arr,
}

impl Sample {
    fn level(&self) -> ReadinessLevel {
        match self.score {
            80.0.. => ReadinessLevel::ReadyNow,
            60.0.. => ReadinessLevel::ReadySoon,
            40.0.. => ReadinessLevel::NeedsNurture,
            _ => ReadinessLevel::NotReady,
        }
    }
}

pub fn rows() -> Vec<Sample> {
    let first = ["Harbour", "Summit", "Cedar", "Lakeside", "Granite", "Willow", "Beacon", "Prairie"];
    let second = ["Homes", "Realty", "Estates", "Properties", "Brokerage", "Living", "Partners", "Group"];
    (0..64_usize)
        .map(|index| Sample {
            id: format!("sample-{:02}", index + 1),
            name: format!("{} {}", first[index % 8], second[index / 8]),
            tier: Tier::ALL[(index * 7 + index / 5) % 4],
            score: ((index * 37 + 11) % 720) as f64 / 10.0 + 26.0,
            nps: (index % 5 != 0).then(|| ((index * 29) % 140) as f64 - 40.0),
            potential: Arr::new((((index * 13) % 8) as i64 * 5_000 + 6_250).into(), Currency::USD),
        })
        .collect()
}

pub fn table() -> Table<Sample> {
    Table::new("samples", "Sample clients", ("client", "clients"), |row: &Sample| row.id.clone())
        .column(
            Column::text("name", "Client", |row: &Sample| row.name.clone())
                .sorted_by(|a, b| a.name.cmp(&b.name)),
        )
        .column(
            Column::new(
                "tier",
                "Tier",
                ColumnKind::Text,
                |row: &Sample| tier(row.tier),
                |row: &Sample| Cell::from(row.tier.id()),
            )
            .sorted_by(|a, b| b.tier.cmp(&a.tier)),
        )
        .column(
            Column::new(
                "level",
                "Readiness",
                ColumnKind::Text,
                |row: &Sample| level(row.level()),
                |row: &Sample| Cell::from(row.level().id()),
            )
            .importance(2),
        )
        .column(
            Column::new(
                "score",
                "Score",
                ColumnKind::Number,
                |row: &Sample| score(row.score, 100.0, 1, Tone::Accent),
                |row: &Sample| Cell::from(row.score),
            )
            .sorted_by_number(|row| Some(row.score))
            .hint("Readiness, 0 to 100"),
        )
        .column(
            Column::new(
                "nps",
                "NPS",
                ColumnKind::Number,
                |row: &Sample| match row.nps {
                    Some(nps) => html! { (format::signed(nps, 0)) },
                    None => html! { span.muted { (format::UNKNOWN) } },
                },
                |row: &Sample| Cell::from(row.nps),
            )
            .sorted_by_number(|row| row.nps)
            .importance(3),
        )
        .column(
            Column::new(
                "potential",
                "Potential ARR",
                ColumnKind::Money,
                |row: &Sample| html! { (format::money_whole(&row.potential)) },
                |row: &Sample| Cell::Number(row.potential.amount().to_string()),
            )
            .sorted_by_number(|row| Some(row.potential.to_f64()))
            .importance(2),
        )
        .column(Column::text("id", "Identifier", |row: &Sample| row.id.clone()).optional())
        .filter(Filter::new(
            "tier",
            "Tier",
            Tier::ALL.iter().map(|tier| (tier.id().to_owned(), tier.label().to_owned())),
            |row: &Sample| row.tier.id().to_owned(),
        ))
        .filter(Filter::new(
            "level",
            "Readiness",
            ReadinessLevel::ALL.iter().map(|level| (level.id().to_owned(), level.label().to_owned())),
            |row: &Sample| row.level().id().to_owned(),
        ))
        .searched_in(|row| format!("{} {}", row.name, row.id))
        .opens(|row, here| here.with("client", &row.id))
        .default_sort("-score")
        .when_empty(
            Icon::Users,
            "No clients yet",
            "Import an export of your client base.",
            [Lead::new("Import a file", "/")],
        )
}

pub fn detail(row: &Sample, viewer: &Viewer) -> Markup {
    let close = Address::without(&viewer.address, "client").href();
    let subtitle = html! { (tier(row.tier)) (level(row.level())) };
    let why =
        Why::new("satisfaction × 20 % + usage × 15 % + …").input("satisfaction", "90").source("sample data");
    drawer(
        &row.id,
        &row.name,
        subtitle,
        &close,
        html! {
            div.section {
                h3 { "Readiness " (why.render("Readiness")) }
                (facts(&[
                    ("Score", score(row.score, 100.0, 1, Tone::Accent)),
                    ("Potential ARR", html! { (format::money(&row.potential)) }),
                    ("Identifier", html! { code { (row.id) } }),
                ]))
            }
            div.section {
                h3 { "Next" }
                p.secondary { "The drawer has an address of its own: send it to somebody, or press Esc to close it." }
            }
        },
    )
}
