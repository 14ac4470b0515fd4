//! How the sender is registered with the carriers, without which no text message goes out.

use axum::{Form, extract::State, response::Response};
use jiff::Timestamp;
use leads::{ToldBy, gate::A2p};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::home;
use crate::{
    access::MarketRoles,
    api::leads::CHANGED,
    app::AppState,
    design::{Address, Field, Tone, badge, card, disclose, format},
    flash,
    pages::contacts::Names,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Every state with its word and how people read it.
const STATES: [(A2p, &str, &str, Tone); 6] = [
    (A2p::Approved, "approved", "Approved", Tone::Good),
    (A2p::TollFreeVerified, "toll_free_verified", "Toll-free number, verified", Tone::Good),
    (A2p::Pending, "pending", "Sent in, not decided", Tone::Warn),
    (A2p::Rejected, "rejected", "Refused", Tone::Bad),
    (A2p::Unregistered, "unregistered", "Not sent in", Tone::Bad),
    (A2p::Suspended, "suspended", "Paused by a carrier", Tone::Bad),
];

/// The registration, with the form of those who may note it.
pub async fn card_of(state: &AppState, here: &InMarket, now: Timestamp) -> Result<Markup, Problem> {
    let standing = state.hub().leads.a2p(&here.market).await?;
    let names = Names::of(state, here).await?;
    let known = standing.as_ref().and_then(|standing| STATES.iter().find(|(one, ..)| *one == standing.state));
    let stamp = match known {
        Some((_, _, label, tone)) => badge(*tone, label),
        None => badge(Tone::Bad, "Not known"),
    };
    let options = STATES.map(|(_, id, label, _)| (id.to_owned(), label.to_owned()));
    let body = html! {
        p.small {
            @match &standing {
                Some(standing) => { "Noted by " (names.actor(&standing.who)) " " (format::when(standing.set_at, now)) "." }
                None => "Until it is noted how the sender is registered (A2P 10DLC), no text message goes out.",
            }
        }
        @if here.may(MarketRoles::MANAGE_MODELS) {
            (disclose("Note the registration", html! {
                form.form method="post" action={ (home(here)) "/compliance/sender" } {
                    (Field::select("state", "Registration with the carriers", options).value(known.map_or("approved", |(_, id, ..)| id)).render())
                    div.form-foot { button.button { "Note it" } }
                }
            }))
        }
    };
    Ok(card("Sender of text messages", None, stamp, body))
}

/// The form.
#[derive(Deserialize)]
pub struct Noted {
    #[serde(default)]
    state: String,
}

/// `POST /m/{market}/leads/compliance/sender`
pub async fn save(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(noted): Form<Noted>,
) -> Result<Response, Problem> {
    let Some((a2p, ..)) = STATES.iter().find(|(_, id, ..)| *id == noted.state) else {
        return Err(Problem::invalid("It cannot be noted.").with_error("state", "is none of those offered"));
    };
    state.hub().leads.set_a2p(&here.market, *a2p, ToldBy::Team, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let address = Address::at(format!("{}/compliance", home(&here)));
    Ok(flash::redirect(&address, Tone::Good, "The registration is noted. The gate goes by it from now on."))
}
