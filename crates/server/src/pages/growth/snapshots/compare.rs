//! `GET /growth/snapshots/compare`: who came, who left, who moved, and which factor moved them.

use std::sync::Arc;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{
    Board, BoardQuery, Growth,
    movement::{ClientMovement, Movement},
};
use kernel::Ulid;
use maud::{Markup, html};
use tabular::{Cell, ColumnKind};

use super::{HOME, choose};
use crate::{
    design::{
        Address, Column, Filter, Icon, Kpi, Lead, Page, Table, card, delta, empty, flush_card, format, kpis,
        level, tier,
    },
    pages::{growth::frame, views},
    problem::Problem,
    viewer::Viewer,
};

/// Factors named as the reason of a move.
const REASONS: usize = 2;

/// A client that moved, or came or left.
struct Row {
    name: Arc<str>,
    moved: Moved,
}

enum Moved {
    Within(ClientMovement),
    Came(growth::metrics::ClientId),
    Left(growth::metrics::ClientId),
}

impl Row {
    fn id(&self) -> &growth::metrics::ClientId {
        match &self.moved {
            Moved::Within(movement) => &movement.client_id,
            Moved::Came(id) | Moved::Left(id) => id,
        }
    }

    fn within(&self) -> Option<&ClientMovement> {
        match &self.moved {
            Moved::Within(movement) => Some(movement),
            Moved::Came(_) | Moved::Left(_) => None,
        }
    }

    /// What happened, one word.
    fn kind(&self) -> &'static str {
        match &self.moved {
            Moved::Within(movement) if movement.score_delta > 0.0 => "risen",
            Moved::Within(movement) if movement.score_delta < 0.0 => "fallen",
            Moved::Within(_) => "other",
            Moved::Came(_) => "came",
            Moved::Left(_) => "left",
        }
    }
}

const KINDS: [(&str, &str); 5] = [
    ("risen", "Risen"),
    ("fallen", "Fallen"),
    ("other", "Same score, other figures"),
    ("came", "Came"),
    ("left", "Left"),
];

/// `GET /growth/snapshots/compare?before=..&after=..`
pub async fn show(
    viewer: Viewer,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    let snapshots = growth.snapshots().await?;
    let page = Page::new(&viewer, "Compare snapshots").crumb("Growth", frame::HOME).crumb("Snapshots", HOME);
    let asked = |name: &str, default: usize| match viewer.address.get(name) {
        Some(text) => text.parse().map(Some).map_err(|_| Problem::not_found("There is no such snapshot.")),
        None => Ok(snapshots.get(default).map(|one| one.id)),
    };
    let (Some(before), Some(after)): (Option<Ulid>, Option<Ulid>) = (asked("before", 1)?, asked("after", 0)?)
    else {
        return Ok(page.main(too_few()).render().into_response());
    };
    let moved = growth.movement_between(before, after).await?;
    let board = |id| growth.board(BoardQuery { snapshot: Some(id), policy: None });
    let (earlier, later) = (board(before).await?, board(after).await?);
    let rows = rows(&moved.movement, &earlier, &later);
    let table = table(after, snapshots.first().map(|one| one.id));
    if let Some(file) = table.export(&rows, &viewer.address, "movement")? {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let page = page
        .lead(html! {
            "From " a href=(super::href(before)) { (format::date(moved.before.as_of)) } " (" (moved.before.source) ") to "
            a href=(super::href(after)) { (format::date(moved.after.as_of)) } " (" (moved.after.source) "), both under the policy "
            a href="/growth/policies" { (later.policy.key()) }
        })
        .main(html! {
            (figures(&moved.movement))
            (causes(&moved.movement))
            (flush_card("Clients", Some(&sentence(&moved.movement)), html! {}, table.render(&rows, &viewer.address, &views)))
            (choose(&snapshots, Some((before, after))))
        });
    Ok(page.render().into_response())
}

fn too_few() -> Markup {
    html! {
        section.card {
            (empty(
                Icon::History,
                "Nothing to compare yet",
                "Two snapshots are needed: import the client base of another day.",
                &[Lead::new("Import clients", frame::IMPORT), Lead::new("Snapshots", HOME)],
            ))
        }
    }
}

/// What a movement says in one sentence.
pub fn sentence(movement: &Movement) -> String {
    let clients = |count: usize| format::counted(count, "client", "clients");
    format!(
        "{} rose, {} fell, {} changed tier or level, {} came, {} left, {} did not move.",
        clients(movement.risen().count()),
        format::count(movement.fallen().count()),
        format::count(movement.reclassified().count()),
        format::count(movement.entered.len()),
        format::count(movement.left.len()),
        format::count(movement.unchanged),
    )
}

fn figures(movement: &Movement) -> Markup {
    let figure = |label: &str, count: usize, note: &str| {
        Kpi::new(label, html! { (format::count(count)) }).note(html! { (note) })
    };
    kpis(&[
        figure("Risen", movement.risen().count(), "readier than before"),
        figure("Fallen", movement.fallen().count(), "less ready than before"),
        figure("Tier or level changed", movement.reclassified().count(), "in either direction"),
        figure("Came", movement.entered.len(), "in the later snapshot only"),
        figure("Left", movement.left.len(), "in the earlier snapshot only"),
    ])
}

/// Which factors moved the scores of all clients together.
fn causes(movement: &Movement) -> Markup {
    let causes = movement.causes();
    html! {
        @if !causes.is_empty() {
            (card("What moved them", Some("Points of readiness, per factor, over all clients."), html! {}, html! {
                div.table-scroll tabindex="0" role="region" aria-label="Factors" {
                    table.table {
                        caption.visually-hidden { "Points that each factor added to the scores of all clients" }
                        thead { tr {
                            th scope="col" { "Factor" } th.end scope="col" { "Points" }
                            th.end scope="col" { "Clients it raised" } th.end scope="col" { "Clients it lowered" }
                        } }
                        tbody {
                            @for cause in &causes {
                                tr {
                                    th scope="row" { (words(&cause.name)) }
                                    td.end { (delta(cause.points, 1, "", true)) }
                                    td.end { (format::count(cause.risen)) }
                                    td.end { (format::count(cause.fallen)) }
                                }
                            }
                        }
                    }
                }
            }))
        }
    }
}

fn rows(movement: &Movement, earlier: &Board, later: &Board) -> Vec<Row> {
    let name = |board: &Board, id| {
        board.client(id).map_or_else(|| Arc::from(id.as_str()), |(client, _)| client.client_name.clone())
    };
    let moved = movement
        .changed
        .iter()
        .map(|one| Row { name: name(later, &one.client_id), moved: Moved::Within(one.clone()) });
    let came =
        movement.entered.iter().map(|id| Row { name: name(later, id), moved: Moved::Came(id.clone()) });
    let left = movement.left.iter().map(|id| Row { name: name(earlier, id), moved: Moved::Left(id.clone()) });
    moved.chain(came).chain(left).collect()
}

fn table(after: Ulid, latest: Option<Ulid>) -> Table<Row> {
    let kinds = KINDS.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned()));
    Table::new(
        "movement",
        "Clients that moved between the two snapshots",
        ("client", "clients"),
        |row: &Row| row.id().to_string(),
    )
    .column(
        Column::new(
            "client",
            "Client",
            ColumnKind::Text,
            move |row: &Row| {
                html! {
                    @if row.kind() == "left" { (row.name) }
                    @else { a href=(client(row.id(), after, latest)) { (row.name) } }
                }
            },
            |row| Cell::from(row.name.to_string()),
        )
        .sorted_by(|one, two| one.name.cmp(&two.name)),
    )
    .column(Column::text("client_id", "Identifier", |row: &Row| row.id().to_string()).optional())
    .column(
        Column::new(
            "delta",
            "Readiness",
            ColumnKind::Number,
            |row: &Row| match row.within() {
                Some(moved) => delta(moved.score_delta, 1, "", true),
                None => html! { @if row.kind() == "came" { "came" } @else { "left" } },
            },
            |row| Cell::from(row.within().map(|moved| moved.score_delta)),
        )
        .hint("Change of the score, 0 to 100")
        .sorted_by_number(|row| row.within().map(|moved| moved.score_delta)),
    )
    .column(score("before", "Before", |moved| moved.score.before))
    .column(score("after", "After", |moved| moved.score.after))
    .column(
        Column::new(
            "level",
            "Level",
            ColumnKind::Text,
            |row: &Row| match row.within() {
                Some(moved) if moved.level.differs() => {
                    html! { (level(moved.level.before)) " → " (level(moved.level.after)) }
                }
                Some(moved) => level(moved.level.after),
                None => html! {},
            },
            |row| {
                Cell::from(
                    row.within()
                        .map(|moved| format!("{} to {}", moved.level.before.id(), moved.level.after.id())),
                )
            },
        )
        .importance(3),
    )
    .column(
        Column::new(
            "tier",
            "Tier",
            ColumnKind::Text,
            |row: &Row| match row.within() {
                Some(moved) if moved.tier.differs() => {
                    html! { (tier(moved.tier.before)) " → " (tier(moved.tier.after)) }
                }
                Some(moved) => tier(moved.tier.after),
                None => html! {},
            },
            |row| {
                Cell::from(
                    row.within()
                        .map(|moved| format!("{} to {}", moved.tier.before.id(), moved.tier.after.id())),
                )
            },
        )
        .importance(2),
    )
    .column(Column::text("why", "Why", |row: &Row| row.within().map(why).unwrap_or_default()).importance(3))
    .filter(Filter::new("kind", "Movement", kinds, |row: &Row| row.kind().to_owned()))
    .filter(Filter::of_many(
        "class",
        "Class",
        [("changed".to_owned(), "Tier or level changed".to_owned())],
        |row: &Row| {
            let changed = row.within().is_some_and(|moved| moved.level.differs() || moved.tier.differs());
            if changed { vec!["changed".to_owned()] } else { Vec::new() }
        },
    ))
    .searched_in(|row| format!("{} {}", row.name, row.id()))
    .when_empty(Icon::History, "Nobody moved", "Both snapshots say the same of every client.", [])
}

fn score(
    id: &'static str,
    label: &'static str,
    of: impl Fn(&ClientMovement) -> f64 + Send + Sync + Copy + 'static,
) -> Column<Row> {
    Column::new(
        id,
        label,
        ColumnKind::Number,
        move |row: &Row| html! { @if let Some(moved) = row.within() { (format::decimal(of(moved), 1)) } },
        move |row: &Row| Cell::from(row.within().map(of)),
    )
    .sorted_by_number(move |row| row.within().map(of))
    .importance(2)
}

/// The factors that moved a client most: "satisfaction +4, usage intensity −1.5".
fn why(moved: &ClientMovement) -> String {
    let named = moved.factors.iter().take(REASONS);
    named
        .map(|factor| format!("{} {}", words(&factor.name), format::signed(factor.delta, 1)))
        .collect::<Vec<_>>()
        .join(", ")
}

fn words(name: &str) -> String {
    name.replace('_', " ")
}

/// Where a client is looked at, in the later snapshot.
fn client(id: &growth::metrics::ClientId, after: Ulid, latest: Option<Ulid>) -> String {
    let page = Address::at(crate::nav::CLIENTS).with("scope", "all").with("client", id);
    if latest == Some(after) { page.href() } else { page.with("snapshot", after).href() }
}

#[cfg(test)]
mod tests {
    use super::{super::compare_home, *};

    #[test]
    fn the_way_to_compare_names_both_snapshots() {
        let (one, two) = (Ulid::from_parts(1, 1), Ulid::from_parts(2, 2));
        let href = compare_home().with("before", one).with("after", two).href();
        assert_eq!(href, format!("/growth/snapshots/compare?before={one}&after={two}"));
    }
}
