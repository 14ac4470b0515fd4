//! `GET /markets`: the markets that the viewer may know of.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use kernel::{MarketRole, Vertical};
use markets::{MarketRecord, MarketServer, MarketState};
use maud::html;
use tabular::{Cell, ColumnKind};

use super::{HOME, href, panels};
use crate::{
    access::HubRoles,
    app::AppState,
    design::{Column, Filter, Icon, Lead, Page, Table, flush_card, format},
    pages::views,
    problem::Problem,
    viewer::{SignedIn, Viewer},
};

/// One line.
struct Line {
    record: MarketRecord,
    place: String,
    role: Option<MarketRole>,
    operates: bool,
}

impl Line {
    /// Where it leads: into the market for its people, to its watch for operators.
    fn href(&self) -> String {
        match (self.operates, self.role) {
            (true, _) => href(&self.record.name),
            (false, _) => format!("/m/{}", self.record.name),
        }
    }
}

/// `GET /markets`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let operates = signed_in.may(HubRoles::SEE_MARKETS);
    let servers = if operates { state.markets().servers().await? } else { Vec::new() };
    let lines = lines(&state, &signed_in, operates, &servers).await?;
    let table = table(operates, signed_in.may(HubRoles::RUN_MARKETS));
    if let Some(file) = table.export(&lines, &viewer.address, "markets")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let page = Page::new(&viewer, "Markets")
        .lead(html! { "Each market has a database and keys of its own: nothing in one can be read from another." })
        .actions(html! {
            @if signed_in.may(HubRoles::RUN_MARKETS) {
                a.button.primary href="/markets/new" { (Icon::Plus) "Open a market" }
            }
        })
        .main(flush_card("Markets", None, html! {}, table.render(&lines, &viewer.address, &views)));
    Ok(page.render().into_response())
}

async fn lines(
    state: &AppState,
    signed_in: &SignedIn,
    operates: bool,
    servers: &[MarketServer],
) -> Result<Vec<Line>, Problem> {
    let role = |record: &MarketRecord| {
        let mut memberships = signed_in.memberships().iter();
        memberships.find(|membership| membership.market == record.id).map(|membership| membership.role)
    };
    let records = state.markets().list().await?;
    let lines = records.into_iter().map(|record| Line {
        role: role(&record),
        place: panels::place(&record, servers),
        record,
        operates,
    });
    Ok(lines.filter(|line| operates || line.role.is_some()).collect())
}

fn table(operates: bool, runs: bool) -> Table<Line> {
    let states = MarketState::ALL.iter().map(|state| (state.id().to_owned(), state.label().to_owned()));
    let verticals =
        Vertical::ALL.iter().map(|vertical| (vertical.id().to_owned(), vertical.label().to_owned()));
    let mut table = Table::new("market-table", "Markets, by name", ("market", "markets"), |line: &Line| {
        line.record.id.to_string()
    })
    .column(
        Column::new(
            "name",
            "Market",
            ColumnKind::Text,
            |line: &Line| html! { a.row-link href=(line.href()) hx-boost="false" { (line.record.name) } },
            |line| Cell::from(line.record.name.to_string()),
        )
        .sorted_by(|one, two| one.record.name.cmp(&two.record.name)),
    )
    .column(
        Column::new(
            "state",
            "State",
            ColumnKind::Text,
            |line: &Line| panels::state(&line.record),
            |line| Cell::from(line.record.state.id()),
        )
        .sorted_by(|one, two| one.record.state.id().cmp(two.record.state.id())),
    )
    .column(
        Column::text("region", "Region", |line: &Line| line.record.region.to_string())
            .sorted_by(|one, two| one.record.region.as_str().cmp(two.record.region.as_str())),
    )
    .column(
        Column::text("verticals", "Lines of business", |line: &Line| {
            line.record.verticals.iter().map(|vertical| vertical.label()).collect::<Vec<_>>().join(", ")
        })
        .importance(2),
    )
    .column(
        Column::text("currency", "Currency", |line: &Line| line.record.currency.to_string()).importance(3),
    )
    .column(Column::text("locale", "Language", |line: &Line| line.record.locale.to_string()).optional())
    .column(
        Column::text("time_zone", "Time zone", |line: &Line| line.record.time_zone.to_string()).optional(),
    )
    .column(
        Column::text("role", "Your role", |line: &Line| {
            line.role.map_or(format::UNKNOWN, MarketRole::label).to_owned()
        })
        .hint("What you may do inside of the market. A role in the hub gives none.")
        .importance(3),
    );
    if operates {
        table = table
            .column(Column::text("place", "Database", |line: &Line| line.place.clone()).importance(3))
            .column(
                Column::new(
                    "backed_up_at",
                    "Last backup",
                    ColumnKind::Text,
                    |line: &Line| html! { span.nowrap { (line.record.backed_up_at.map_or_else(|| "none yet".to_owned(), format::instant)) } },
                    |line| line.record.backed_up_at.map_or(Cell::Empty, |at| Cell::from(at.to_string())),
                )
                .sorted_by(|one, two| one.record.backed_up_at.cmp(&two.record.backed_up_at))
                .importance(2),
            );
    }
    let leads: Vec<Lead> = runs.then(|| Lead::new("Open a market", "/markets/new")).into_iter().collect();
    table
        .column(
            Column::new(
                "created_at",
                "Opened",
                ColumnKind::Text,
                |line: &Line| html! { span.nowrap { (format::instant(line.record.created_at)) } },
                |line| Cell::from(line.record.created_at.to_string()),
            )
            .sorted_by(|one, two| one.record.created_at.cmp(&two.record.created_at))
            .importance(3),
        )
        .column(Column::text("id", "Identifier", |line: &Line| line.record.id.to_string()).optional())
        .filter(Filter::new("state", "State", states, |line: &Line| line.record.state.id().to_owned()))
        .filter(Filter::of_many("vertical", "Line of business", verticals, |line: &Line| {
            line.record.verticals.iter().map(|vertical| vertical.id().to_owned()).collect()
        }))
        .searched_in(|line| format!("{} {} {}", line.record.name, line.record.region, line.record.id))
        .when_empty(
            Icon::Building,
            "No market yet",
            if runs {
                "A market is one organisation's business in one region. It is ready a moment after it is opened."
            } else {
                "You have no role in a market. Ask an owner of the market, or the hub's operator, to let you in."
            },
            leads,
        )
}

/// Where the list is, for redirects.
pub fn address() -> crate::design::Address {
    crate::design::Address::at(HOME)
}
