//! `/m/{market}/gohighlevel/names`: what GoHighLevel calls things, and what they are here.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use gohighlevel::{
    GoHighLevelError,
    backup_map::{Named, What},
};
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use super::{done, home, page};
use crate::{
    access::MarketRoles,
    app::AppState,
    design::{Column, Filter, Icon, Table, Tone, badge, flush_card},
    pages::views,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// `GET /m/{market}/gohighlevel/names`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let map = state.hub().gohighlevel.map(&here.market).await?;
    let names: Vec<Named> = map.named().cloned().collect();
    let manages = here.may(MarketRoles::MANAGE_INTEGRATION);
    let table = table(manages.then(|| home(&here)));
    if let Some(file) = table.export(&names, &viewer.address, "gohighlevel-names")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let refresh = html! {
        @if manages {
            form method="post" action={ (home(&here)) "/names/refresh" } { button.button.small { (Icon::Refresh) "Read again" } }
        }
    };
    let content = flush_card("Names", None, refresh, table.render(&names, &viewer.address, &views));
    Ok(page(&viewer, &here, "Names", "names")
        .lead(html! {
            "Identifiers there change when somebody rebuilds a pipeline; names mostly stay. Where a name does not say what it is here, say it once; of several with one meaning the lowest place is taken, the others stand in."
        })
        .main(content)
        .render()
        .into_response())
}

/// What the form sends.
#[derive(Deserialize)]
pub struct Meant {
    what: String,
    remote: String,
    #[serde(default)]
    alias: String,
    #[serde(default)]
    place: String,
}

/// `POST /m/{market}/gohighlevel/names`
pub async fn save(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(meant): Form<Meant>,
) -> Result<Response, Problem> {
    let Some(what) = What::from_id(&meant.what) else {
        return Ok(done(&state, &here, "names", Tone::Bad, "There is nothing of that kind."));
    };
    let Ok(place) = meant.place.trim().parse::<u32>() else {
        return Ok(done(&state, &here, "names", Tone::Bad, "A place is a whole number from 0 on."));
    };
    let alias = Some(meant.alias.as_str());
    let saved =
        state.hub().gohighlevel.save_alias(&here.market, what, &meant.remote, alias, place, &at).await;
    match saved {
        Ok(()) => Ok(done(&state, &here, "names", Tone::Good, "Saved.")),
        Err(GoHighLevelError::Invalid { field, message }) => {
            Ok(done(&state, &here, "names", Tone::Bad, &format!("Not saved: {field}: {message}.")))
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /m/{market}/gohighlevel/names/refresh`
pub async fn refresh(here: InMarket, At(at): At, State(state): State<AppState>) -> Result<Response, Problem> {
    match state.hub().gohighlevel.refresh_map(&here.market, &at).await {
        Ok(_) => Ok(done(&state, &here, "names", Tone::Good, "Read again.")),
        Err(error) => {
            let problem = Problem::from(error);
            if problem.status().is_server_error() {
                return Err(problem);
            }
            let text = problem.detail().to_owned();
            Ok(done(&state, &here, "names", Tone::Bad, &text))
        }
    }
}

fn label(what: What) -> &'static str {
    match what {
        What::Pipeline => "Pipeline",
        What::Stage => "Stage",
        What::Calendar => "Calendar",
        What::Workflow => "Workflow",
        What::User => "User",
        What::Field => "Field",
    }
}

fn table(save_at: Option<String>) -> Table<Named> {
    let table = Table::new("name-table", "Names at GoHighLevel", ("name", "names"), |named: &Named| {
        format!("{}-{}", named.what.id(), named.remote)
    })
    .column(
        Column::text("what", "Kind", |named: &Named| label(named.what).to_owned())
            .sorted_by(|one, two| (one.what, one.position).cmp(&(two.what, two.position))),
    )
    .column(
        Column::new(
            "name",
            "Name there",
            ColumnKind::Text,
            |named: &Named| html! { (named.name) @if !named.is_usable { " " (badge(Tone::Warn, "not published")) } },
            |named| Cell::from(named.name.as_str()),
        )
        .sorted_by(|one, two| one.name.cmp(&two.name)),
    )
    .column(
        Column::new(
            "alias",
            "Here",
            ColumnKind::Text,
            |named: &Named| html! { @match &named.alias { Some(alias) => { (alias) " " @if named.is_chosen { (badge(Tone::Info, "said by a person")) } } None => span.muted { "nothing" } } },
            |named| named.alias.as_deref().map_or(Cell::Empty, Cell::from),
        )
        .sorted_by(|one, two| one.alias.cmp(&two.alias))
        // Who may say it has it in a field of the row as well.
        .importance(if save_at.is_some() { 2 } else { 1 }),
    )
    .column(
        Column::new("place", "Place", ColumnKind::Integer, |named: &Named| html! { (named.place) }, |named| {
            Cell::from(i64::from(named.place))
        })
        .hint("Among several with one word: the lowest is taken, the others stand in.")
        .importance(3),
    )
    .column(Column::text("remote", "Identifier there", |named: &Named| named.remote.clone()).optional())
    .filter(Filter::new(
        "kind",
        "Kind",
        What::ALL.map(|what| (what.id().to_owned(), label(what).to_owned())),
        |named: &Named| named.what.id().to_owned(),
    ))
    .searched_in(|named| format!("{} {}", named.name, named.alias.as_deref().unwrap_or_default()))
    .when_empty(Icon::Layers, "No names yet", "They are read when the market is connected.", []);
    match save_at {
        Some(home) => table.column(Column::acting(move |named: &Named| form(&home, named))),
        None => table,
    }
}

fn form(home: &str, named: &Named) -> Markup {
    html! {
        form.row-form method="post" hx-boost="false" action={ (home) "/names" } {
            input type="hidden" name="what" value=(named.what.id());
            input type="hidden" name="remote" value=(named.remote);
            input.input name="alias" maxlength="80" placeholder="Word here" value=(named.alias.as_deref().unwrap_or_default()) aria-label={ "What " (named.name) " is here" };
            input.input name="place" type="number" min="0" max="99" value=(named.place) aria-label={ "Place of " (named.name) };
            button.button.small aria-label={ "Save " (named.name) } { "Save" }
        }
    }
}
