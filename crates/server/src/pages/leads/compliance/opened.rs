//! One decision of the gate: every step with its facts and sources.

use kernel::Ulid;
use maud::{Markup, html};

use super::super::{decision, words};
use crate::{
    access::MarketRoles,
    api::contacts::sight,
    app::AppState,
    design::{Icon, drawer, empty, facts, format},
    pages::contacts::{self, Names},
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// The decision that the address names; none where it names none.
pub async fn drawer_of(
    state: &AppState,
    here: &InMarket,
    viewer: &Viewer,
) -> Result<Option<Markup>, Problem> {
    let Some(id) = viewer.address.parsed::<Ulid>("decision") else { return Ok(None) };
    let close = viewer.address.without("decision").href();
    let row = id.to_string();
    let Some(record) = state.hub().leads.gate_record(&here.market, sight(here), id).await? else {
        let text = "It is about a person whom your role does not see, or who was erased since.";
        let body = empty(Icon::Shield, "Nothing to show", text, &[]);
        return Ok(Some(drawer(&row, "Decision", html! {}, &close, body)));
    };
    let names = Names::of(state, here).await?;
    let entry = &record.entry;
    let rows = [
        ("Judged", html! { (format::instant(entry.at)) }),
        ("By", html! { (words::channel_title(entry.channel)) }),
        ("For", html! { (decision::purpose(entry.purpose)) }),
        ("Asked by", html! { (names.actor(&record.by)) }),
        (
            "Text, SHA-256",
            html! { @match record.text { Some(text) => code title=(text) { (text.to_string().get(..16).unwrap_or_default()) "…" }, None => "no text" } },
        ),
    ];
    let body = html! {
        p { strong { (decision::sentence(&record.decision)) } }
        (facts(&rows))
        @if here.may(MarketRoles::READ_CONTACTS) {
            div.cluster { a.button href=(contacts::place(here, entry.contact)) { "Open the person" } }
        }
        div.section { h2 { "Step by step" } (decision::steps(&record.decision)) }
    };
    Ok(Some(drawer(&row, "Decision of the gate", decision::kind(entry.outcome), &close, body)))
}
