//! What every opportunity brings: the table below the charts.

use growth::{
    Board,
    assessment::Tier,
    forecast::{Contribution, Forecast},
    metrics::ClientId,
    projection::HORIZONS_DAYS,
};
use kernel::Arr;
use maud::html;
use tabular::{Cell, ColumnKind};

use super::decimal;
use crate::{
    design::{Column, Filter, Icon, Lead, Table, Tone, badge, format, score, tier},
    pages::growth::frame,
};

/// An opportunity with its client's name.
pub struct Row {
    name: String,
    share: Option<f64>,
    one: Contribution,
}

impl Row {
    fn expected(&self) -> Arr {
        Arr::new(decimal(self.one.expected_arr), self.one.arr.currency())
    }

    /// The first horizon that it closes within.
    fn horizon(&self) -> String {
        let within = HORIZONS_DAYS.iter().find(|days| self.one.close_days <= **days);
        within.map_or("later".to_owned(), u32::to_string)
    }
}

/// The rows of a forecast.
pub fn rows(board: &Board, forecast: &Forecast) -> Vec<Row> {
    let whole: f64 = forecast.contributions.iter().map(|one| one.expected_arr).sum();
    forecast
        .contributions
        .iter()
        .map(|one| {
            let client = board.client(&ClientId::new(one.id.clone()));
            let name =
                client.map_or_else(|| one.id.to_string(), |(client, _)| client.client_name.to_string());
            Row { name, share: (whole > 0.0).then(|| one.expected_arr / whole), one: one.clone() }
        })
        .collect()
}

/// The table.
pub fn table() -> Table<Row> {
    let close = |row: &Row| {
        if row.one.close_days > 90 { "beyond 90".to_owned() } else { format!("{} days", row.one.close_days) }
    };
    Table::new("pipeline", "Opportunities and what they bring", ("opportunity", "opportunities"), |row: &Row| row.one.id.to_string())
        .column(
            Column::new(
                "client",
                "Client",
                ColumnKind::Text,
                |row: &Row| html! {
                    a href=(frame::client_href(&ClientId::new(row.one.id.clone()))) hx-boost="false" { (row.name) }
                    @if !row.one.worked { " " (badge(Tone::Plain, "not worked")) }
                },
                |row: &Row| Cell::from(row.name.clone()),
            )
            .sorted_by(|left, right| left.name.cmp(&right.name)),
        )
        .column(
            Column::new("tier", "Tier", ColumnKind::Text, |row: &Row| tier(row.one.tier), |row: &Row| Cell::from(row.one.tier.id()))
                .sorted_by(|left, right| left.one.tier.cmp(&right.one.tier))
                .importance(3),
        )
        .column(
            Column::new("arr", "Potential ARR", ColumnKind::Money,
                |row: &Row| html! { (format::money_whole(&row.one.arr)) },
                |row: &Row| Cell::Number(row.one.arr.amount().to_string()))
            .sorted_by_number(|row| Some(row.one.arr.to_f64()))
            .importance(2)
            .hint("Added annual revenue if signed"),
        )
        .column(
            Column::new("chance", "Chance", ColumnKind::Fraction,
                |row: &Row| score(row.one.chance * 100.0, 100.0, 0, Tone::Accent),
                |row: &Row| Cell::from(row.one.chance))
            .sorted_by_number(|row| Some(row.one.chance))
            .hint("Assumed here, in percent"),
        )
        .column(
            Column::new("believed", "Believed chance", ColumnKind::Fraction,
                |row: &Row| html! { (format::percent(row.one.believed, 0)) },
                |row: &Row| Cell::from(row.one.believed))
            .sorted_by_number(|row| Some(row.one.believed))
            .importance(3)
            .optional()
            .hint("The rule and the recorded outcomes of the tier"),
        )
        .column(
            Column::new("expected", "Expected ARR", ColumnKind::Money,
                |row: &Row| html! { (format::money_whole(&row.expected())) },
                |row: &Row| Cell::Number(row.expected().amount().to_string()))
            .sorted_by_number(|row| Some(row.one.expected_arr))
            .hint("Chance × potential, per year"),
        )
        .column(
            Column::new("expected_mrr", "Expected MRR", ColumnKind::Money,
                |row: &Row| html! { (format::money_whole(&row.expected().per_month())) },
                |row: &Row| Cell::Number(row.expected().per_month().amount().round_dp(2).to_string()))
            .sorted_by_number(|row| Some(row.one.expected_arr))
            .importance(2)
            .hint("The same per month"),
        )
        .column(
            Column::new("share", "Share", ColumnKind::Fraction,
                |row: &Row| html! { (row.share.map_or_else(|| "–".to_owned(), |share| format::percent(share, 1))) },
                |row: &Row| Cell::from(row.share))
            .sorted_by_number(|row| row.share)
            .importance(3)
            .hint("Of all expected ARR"),
        )
        .column(
            Column::new("close_days", "Closes in", ColumnKind::Integer, move |row: &Row| html! { (close(row)) }, |row: &Row| Cell::from(row.one.close_days))
                .sorted_by_number(|row| Some(f64::from(row.one.close_days)))
                .importance(2),
        )
        .column(Column::text("id", "Identifier", |row: &Row| row.one.id.to_string()).optional())
        .column(Column::text("worked", "Worked", |row: &Row| if row.one.worked { "yes" } else { "no" }.to_owned()).optional())
        .filter(Filter::new(
            "tier",
            "Tier",
            Tier::ALL.iter().filter(|tier| **tier != Tier::Maintenance).map(|tier| (tier.id().to_owned(), tier.label().to_owned())),
            |row: &Row| row.one.tier.id().to_owned(),
        ))
        .filter(Filter::new(
            "closes",
            "Closes within",
            HORIZONS_DAYS.iter().map(|days| (days.to_string(), format!("{days} days"))).chain([("later".to_owned(), "Beyond 90".to_owned())]),
            Row::horizon,
        ))
        .searched_in(|row| format!("{} {}", row.name, row.one.id))
        .default_sort("-expected")
        .when_empty(
            Icon::TrendingUp,
            "Nothing to win yet",
            "No client reaches a tier with something to offer, or everything was decided since the snapshot.",
            [Lead::new("See all clients", "/growth/opportunities?all=true")],
        )
}
