//! `GET /growth/whitespace`: every client against every vehicle, and why each cell is what it is.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{
    Board, Growth,
    assessment::Tier,
    metrics::VehicleId,
    whitespace::{self, VehicleTotal, WhitespaceCell, WhitespaceRow, WhitespaceState},
};
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{client, frame, words};
use crate::{
    design::{
        Axis, Chart, Column, Filter, Icon, Ink, Lead, Series, Table, Unit, Why, flush_card, format, tier,
    },
    pages::views,
    problem::Problem,
    viewer::Viewer,
};

/// A client with its cells.
struct Row {
    board: Arc<Board>,
    index: usize,
    row: WhitespaceRow,
}

impl Row {
    fn name(&self) -> &str {
        &self.board.clients[self.index].client_name
    }

    fn cell(&self, place: usize) -> Option<&WhitespaceCell> {
        self.row.cells.get(place)
    }

    fn count(&self, state: WhitespaceState) -> usize {
        self.row.count(state)
    }
}

/// `GET /growth/whitespace`
pub async fn show(
    viewer: Viewer,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    let Some(board) = frame::board(&viewer, &growth).await? else {
        return Ok(frame::nothing(&viewer, "Whitespace").render().into_response());
    };
    let matrix = whitespace::matrix(&board.pairs(), &board.policy);
    let totals = whitespace::totals(&matrix, &board.policy);
    let rows: Vec<Row> =
        matrix.into_iter().enumerate().map(|(index, row)| Row { board: board.clone(), index, row }).collect();
    let table = table(&board);
    if let Some(file) = table.export(&rows, &viewer.address, "whitespace")? {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let why = Why::new("owned if bought before; offered if among the best of the tier that fit; eligible if it fits but others come first; else blocked")
        .source(frame::source(&board));
    let content = html! {
        (frame::not_current(&viewer, &board))
        section.card { (chart(&board, &totals)) }
        (flush_card("Clients and vehicles", Some("Point at a cell, or open the client, for the reason."),
            html! { div.cluster { (legend()) (why.render("The states")) } },
            table.render(&rows, &viewer.address, &views)))
    };
    let page = frame::page(&viewer, "Whitespace", &board)
        .main(frame::live(&viewer, "whitespace", content))
        .drawer(client::drawer(&viewer, &growth, &board).await?);
    Ok(page.render().into_response())
}

fn chart(board: &Board, totals: &[VehicleTotal]) -> Markup {
    let best = totals.iter().max_by_key(|total| total.offered);
    let sentence = match best.filter(|total| total.offered > 0) {
        Some(best) => format!(
            "{} is offered most often: to {} of {}.",
            words::vehicle(&board.policy, &best.vehicle),
            format::count(best.offered),
            format::counted(board.clients.len(), "client", "clients")
        ),
        None => "No vehicle is offered to anybody now.".to_owned(),
    };
    let names = totals.iter().map(|total| words::vehicle(&board.policy, &total.vehicle));
    let series = |state: WhitespaceState, ink: Ink| {
        Series::bars(state.label(), totals.iter().map(|total| total.count(state) as f64)).ink(ink)
    };
    Chart::new("vehicles", "Totals per vehicle", sentence)
        .over("Vehicle", names)
        .y(Axis::new("Clients", Unit::Number).between(0.0, board.clients.len() as f64))
        .series(series(WhitespaceState::Owned, Ink::Second))
        .series(series(WhitespaceState::Offered, Ink::First))
        .series(series(WhitespaceState::Eligible, Ink::Fifth))
        .series(series(WhitespaceState::Blocked, Ink::Grey))
        .stacked()
        .horizontal()
        .tall()
        .render()
}

/// Not by colour alone: each state has its own glyph, and its word for those who do not see it.
fn glyph(state: WhitespaceState) -> Markup {
    let (class, icon) = match state {
        WhitespaceState::Owned => ("owned", Icon::Check),
        WhitespaceState::Offered => ("offered", Icon::Target),
        WhitespaceState::Eligible => ("eligible", Icon::Plus),
        WhitespaceState::Blocked => ("blocked", Icon::Close),
    };
    html! { span class={ "white " (class) } { (icon) } }
}

fn legend() -> Markup {
    html! {
        ul.white-legend aria-label="Legend" {
            @for state in WhitespaceState::ALL { li { (glyph(*state)) (state.label()) } }
        }
    }
}

fn table(board: &Arc<Board>) -> Table<Row> {
    let vehicles = &board.policy.document().vehicles;
    let mut table =
        Table::new("whitespace-matrix", "Clients and vehicles", ("client", "clients"), |row: &Row| {
            row.row.client_id.to_string()
        })
        .column(
            Column::text("name", "Client", |row: &Row| row.name().to_owned())
                .sorted_by(|one, two| one.name().cmp(two.name())),
        )
        .column(
            Column::new(
                "tier",
                "Tier",
                ColumnKind::Text,
                |row: &Row| tier(row.row.tier),
                |row: &Row| Cell::from(row.row.tier.id()),
            )
            .sorted_by(|one, two| one.row.tier.cmp(&two.row.tier))
            .importance(2),
        );
    for (place, vehicle) in vehicles.iter().enumerate() {
        let show = move |row: &Row| match row.cell(place) {
            Some(cell) => html! {
                span.white-cell title={ (cell.state) ": " (cell.reason) } {
                    (glyph(cell.state))
                    span.visually-hidden { (cell.state) }
                    @if matches!(cell.state, WhitespaceState::Offered | WhitespaceState::Eligible) {
                        span.num.tiny { (format::number(cell.fit, 0)) }
                    }
                }
            },
            None => html! {},
        };
        let export = move |row: &Row| {
            row.cell(place)
                .map_or(Cell::Empty, |cell| Cell::from(format!("{}: {}", cell.state.id(), cell.reason)))
        };
        table = table.column(
            Column::new(vehicle.id.to_string(), vehicle.name.clone(), ColumnKind::Text, show, export)
                .sorted_by(move |one, two| rank(one, place).cmp(&rank(two, place))),
        );
    }
    let count = |id, label, state: WhitespaceState| {
        Column::new(
            id,
            label,
            ColumnKind::Number,
            move |row: &Row| html! { (row.count(state)) },
            move |row: &Row| Cell::Number(row.count(state).to_string()),
        )
        .sorted_by_number(move |row| Some(row.count(state) as f64))
    };
    table = table
        .column(count("offers", "Offered", WhitespaceState::Offered))
        .column(count("owns", "Owned", WhitespaceState::Owned).importance(3))
        .column(Column::text("id", "Identifier", |row: &Row| row.row.client_id.to_string()).optional());
    let options = |state: WhitespaceState| -> Vec<(String, String)> {
        vehicles.iter().map(|vehicle| (value(state, &vehicle.id), vehicle.name.clone())).collect()
    };
    let values = |state: WhitespaceState| {
        move |row: &Row| {
            let cells = row.row.cells.iter().filter(|cell| cell.state == state);
            cells.map(|cell| value(state, &cell.vehicle)).collect()
        }
    };
    table
        .filter(Filter::new(
            "tier",
            "Tier",
            Tier::ALL.iter().map(|tier| (tier.id().to_owned(), tier.label().to_owned())),
            |row: &Row| row.row.tier.id().to_owned(),
        ))
        .filter(Filter::of_many(
            "offered",
            "Offered",
            options(WhitespaceState::Offered),
            values(WhitespaceState::Offered),
        ))
        .filter(Filter::of_many(
            "eligible",
            "Eligible",
            options(WhitespaceState::Eligible),
            values(WhitespaceState::Eligible),
        ))
        .filter(Filter::of_many(
            "owned",
            "Owned",
            options(WhitespaceState::Owned),
            values(WhitespaceState::Owned),
        ))
        .searched_in(|row| format!("{} {}", row.name(), row.row.client_id))
        .opens(|row, here| here.with("client", &row.row.client_id))
        .default_sort("-offers")
        .when_empty(
            Icon::Users,
            "No clients yet",
            "Import an export of your client base.",
            [Lead::new("Import clients", frame::IMPORT)],
        )
}

fn value(state: WhitespaceState, vehicle: &VehicleId) -> String {
    format!("{}:{vehicle}", state.id())
}

/// Best first: owned, offered by fit, eligible by fit, blocked.
fn rank(row: &Row, place: usize) -> (usize, i64) {
    let Some(cell) = row.cell(place) else { return (usize::MAX, 0) };
    let state = WhitespaceState::ALL.iter().position(|state| *state == cell.state).unwrap_or(usize::MAX);
    (state, -(cell.fit * 1_000.0) as i64)
}
