//! `GET /growth/opportunities`: who to go to first, everyone else, and why they are where they are.

mod gates;
pub mod row;
mod table;

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{Board, Growth, ranking};
use maud::{Markup, html};

use self::row::Row;
use super::{client, frame};
use crate::{
    design::{Address, Tab, Tone, Why, flush_card, format, notice, tabs},
    pages::views,
    problem::Problem,
    viewer::Viewer,
};

/// Which clients are listed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Scope {
    /// The policy's short list.
    Top,
    /// Everyone.
    All,
    /// Everyone who is not on the short list, with the reasons.
    Out,
}

impl Scope {
    fn of(address: &Address) -> Self {
        match address.get("scope") {
            Some("all") => Self::All,
            Some("out") => Self::Out,
            _ => Self::Top,
        }
    }

    fn id(self) -> &'static str {
        match self {
            Self::Top => "top",
            Self::All => "all",
            Self::Out => "out",
        }
    }

    fn holds(self, row: &Row, limit: usize) -> bool {
        match self {
            Self::Top => row.is_listed(limit),
            Self::All => true,
            Self::Out => !row.is_listed(limit),
        }
    }
}

/// `GET /growth/opportunities`
pub async fn show(
    viewer: Viewer,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    let Some(board) = frame::board(&viewer, &growth).await? else {
        return Ok(frame::nothing(&viewer, "Top opportunities").render().into_response());
    };
    let limit = board.policy.document().ranking.limit;
    let scope = Scope::of(&viewer.address);
    let everyone = rows(&board);
    let listed = everyone.iter().filter(|row| row.is_listed(limit)).count();
    let all = everyone.len();
    let gates = gates::gates(&board, &everyone, limit);
    let rows: Vec<Row> = everyone.into_iter().filter(|row| scope.holds(row, limit)).collect();
    let table = table::table(&board, scope == Scope::Out);
    let file = match scope {
        Scope::Top => "top-opportunities",
        Scope::All => "clients",
        Scope::Out => "not-listed",
    };
    if let Some(file) = table.export(&rows, &viewer.address, file)? {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let tab = |of: Scope, label: String| Tab {
        label,
        href: narrowed(&viewer.address).with("scope", of.id()).href(),
        current: scope == of,
    };
    let (title, note) = match scope {
        Scope::Top if listed == 0 => {
            ("To go to first".to_owned(), "The gates of the policy, below, decide who is listed here.")
        }
        Scope::Top => (
            format!("The {} to go to first", format::count(listed)),
            "Everyone passes every gate of the policy. Open a row for the reasons.",
        ),
        Scope::All => ("Every client".to_owned(), "In the policy's order; those without a rank fail a gate."),
        Scope::Out => {
            ("Not on the list".to_owned(), "Each with every gate that fails, and the value that fails it.")
        }
    };
    let content = html! {
        (frame::not_current(&viewer, &board))
        @if scope == Scope::Top && listed == 0 {
            (notice(Tone::Info, "Nobody passes every gate", html! {
                p { "The list “Not on the list” says what keeps each client away; the policy’s gates are below." }
            }))
        }
        (flush_card(&title, Some(note), frame::why(order(&board), "The order"),
            table.render(&rows, &viewer.address, &views)))
        (gates)
    };
    let page = frame::page(&viewer, "Top opportunities", &board)
        .tabs(tabs(
            "Which clients",
            &[
                tab(Scope::Top, format!("Top {limit}")),
                tab(Scope::All, format!("All clients ({})", format::count(all))),
                tab(Scope::Out, format!("Not on the list ({})", format::count(all - listed))),
            ],
        ))
        .main(frame::live(&viewer, "opportunities", content))
        .drawer(client::drawer(&viewer, &growth, &board).await?);
    Ok(page.render().into_response())
}

/// Every client with its place, those with one first.
pub fn rows(board: &Arc<Board>) -> Vec<Row> {
    let ranking = ranking::rank(&board.pairs(), &board.policy);
    let passed = ranking.passed.into_iter().map(|ranked| Row::ranked(board.clone(), ranked));
    let mut excluded: Vec<Row> =
        ranking.excluded.into_iter().map(|excluded| Row::excluded(board.clone(), excluded)).collect();
    excluded.sort_by(|one, two| two.assessment().priority.total_cmp(&one.assessment().priority));
    passed.chain(excluded).collect()
}

/// What carries over from one list to the next: the search and the filters, but no page and no order.
fn narrowed(address: &Address) -> Address {
    address.without("page").without("sort").without("client").without("format")
}

/// Why the list is in this order.
fn order(board: &Board) -> Why {
    let names = board.policy.document().ranking.order.iter().map(|key| match key {
        growth::policy::OrderKey::Priority => "priority",
        growth::policy::OrderKey::SuccessProbability => "probability",
        growth::policy::OrderKey::CloseDays => "soonest signature",
        growth::policy::OrderKey::Whale => "whales",
        growth::policy::OrderKey::Reference => "reference value",
        growth::policy::OrderKey::PotentialArr => "potential ARR",
        growth::policy::OrderKey::ReadinessScore => "readiness",
        growth::policy::OrderKey::ClientId => "identifier",
    });
    let text = names.collect::<Vec<_>>().join(", then ");
    Why::new(format!("by {text}"))
        .input("priority", super::formula::priority(&board.policy))
        .source(frame::source(board))
}

/// A table cell that says that nothing is known.
pub fn unknown() -> Markup {
    html! { span.muted { (format::UNKNOWN) } }
}
