//! Before anything is kept: what a proposition would say now, and the step that keeps it.

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Redirect, Response},
};
use growth::metrics::ClientId;
use maud::html;
use serde::Deserialize;

use super::{HOME, Hub, blocks, files, list, without_clients};
use crate::{
    design::{Icon, Tone, card, facts, format, notice},
    pages::growth::frame,
    problem::Problem,
    viewer::{At, Viewer},
};

/// The client that the address names.
///
/// # Errors
/// When it names none.
pub fn client(viewer: &Viewer) -> Result<ClientId, Problem> {
    let id =
        viewer.address.get("client").ok_or_else(|| Problem::bad_request("Name a client: `?client=ID`."))?;
    Ok(ClientId::new(id))
}

/// `GET /growth/propositions/new?client=ID`
pub async fn preview(viewer: Viewer, State(state): Hub) -> Result<Response, Problem> {
    if let Some(page) = without_clients(&viewer, &state, "Proposition").await? {
        return Ok(page);
    }
    let id = client(&viewer)?;
    let board = state.growth().board(growth::BoardQuery::default()).await?;
    let content = state.growth().preview_proposition(&id).await?;
    let earlier = state.growth().propositions(Some(&id)).await?;
    let query = crate::design::Address::at("").with("client", &id).query();
    let aside = html! {
        (card("Not kept yet", Some("A draft can be edited, sent and followed up."), html! {}, html! {
            form.stack.tight method="post" action=(HOME) {
                input type="hidden" name="client_id" value=(id);
                button.button.primary.wide { (Icon::Pencil) "Start a draft" }
            }
        }))
        @if !earlier.is_empty() {
            (card("Earlier propositions", None, html! {}, html! {
                ul.plain-list.stack.tight {
                    @for one in &earlier {
                        li.cluster { (list::status(one.status)) a href={ (HOME) "/" (one.id) } { "Version " (one.version) } span.muted.small { (format::when(one.created_at, viewer.now)) } }
                    }
                }
            }))
        }
        (card("Made from", None, html! {}, facts(&[
            ("Client base", html! { (format::day(content.as_of)) }),
            ("Policy", html! { (content.policy) }),
            ("Terms", html! { (content.commercial) }),
        ])))
        (blocks::facts_card(&content))
    };
    Ok(frame::page(&viewer, &content.client_name, &board)
        .crumb("Propositions", HOME)
        .actions(files("/growth/propositions/new", &query))
        .main(html! {
            @if content.sender.name.is_none() && content.sender.operator.is_none() {
                (notice(Tone::Info, "Nobody signs yet", html! { p { "The letter has no sender. " a href="/growth/settings" { "Say who sends it" } "." } }))
            }
            div.split {
                article.paper aria-label={ "Proposition for " (content.client_name) } {
                    (blocks::heading(&content, html! {}))
                    @for section in &content.sections { (blocks::section(section, html! {})) }
                }
                div.stack { (aside) }
            }
        })
        .render()
        .into_response())
}

/// For whom.
#[derive(Deserialize)]
pub struct Start {
    client_id: String,
}

/// `POST /growth/propositions`: the open draft of the client, or a new one.
pub async fn start(At(at): At, State(state): Hub, Form(form): Form<Start>) -> Result<Response, Problem> {
    let kept = state.growth().draft_proposition(&ClientId::new(form.client_id.trim()), &at).await?;
    Ok(Redirect::to(&format!("{HOME}/{}", kept.summary.id)).into_response())
}
