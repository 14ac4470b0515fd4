//! Opt-outs of before, as the system before kept them: pasted as a list.

use axum::{Form, extract::State, response::Response};
use leads::OPT_OUTS_MAX;
use maud::{Markup, html};
use serde::Deserialize;

use super::super::home;
use crate::{
    access::MarketRoles,
    api::leads::CHANGED,
    app::AppState,
    design::{Address, Field, Tone, card, disclose, format},
    flash,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Lines that cannot be read of which the places are named.
const NAMED_MAX: usize = 10;

/// The card of those who may bring them.
pub fn card_of(here: &InMarket) -> Markup {
    if !here.may(MarketRoles::MANAGE_MODELS) {
        return html! {};
    }
    let body = html! {
        p.small { "Who opted out in the system that you used before is left alone here as well, from the first day on. Telephone numbers stop calls and texts, addresses stop e-mail, whoever has them now or later." }
        (disclose("Bring a list", html! {
            form.form method="post" action={ (home(here)) "/compliance/opt-outs" } {
                (Field::textarea("reaches", "Numbers and addresses", 6).required().hint("One to a line. What is on record already is kept once.").render())
                div.form-foot { button.button { "Record them" } }
            }
        }))
    };
    card("Earlier opt-outs", None, html! {}, body)
}

/// The form.
#[derive(Deserialize)]
pub struct Brought {
    #[serde(default)]
    reaches: String,
}

/// `POST /m/{market}/leads/compliance/opt-outs`
pub async fn bring(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(brought): Form<Brought>,
) -> Result<Response, Problem> {
    let address = Address::at(format!("{}/compliance", home(&here)));
    let lines = brought.reaches.lines().map(str::trim).filter(|line| !line.is_empty());
    let reaches: Vec<String> = lines.map(str::to_owned).collect();
    if reaches.is_empty() || reaches.len() > OPT_OUTS_MAX {
        let text =
            format!("Nothing was recorded: 1 to {} lines are expected.", format::count(OPT_OUTS_MAX as u64));
        return Ok(flash::redirect(&address, Tone::Bad, &text));
    }
    let report = state.hub().leads.import_opt_outs(&here.market, &reaches, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let mut text = format!(
        "{} recorded, {} on record before.",
        format::count(report.added),
        format::count(report.known)
    );
    if report.rejected.is_empty() {
        return Ok(flash::redirect(&address, Tone::Good, &text));
    }
    // What stood there may be somebody's: its place is enough to find it.
    let places: Vec<String> =
        report.rejected.iter().take(NAMED_MAX).map(|line| line.row.to_string()).collect();
    let more = if report.rejected.len() > NAMED_MAX { " and more" } else { "" };
    text.push_str(&format!(
        " {} neither a number nor an address: line {}{more}.",
        format::counted(report.rejected.len(), "is", "are"),
        places.join(", ")
    ));
    Ok(flash::redirect(&address, Tone::Warn, &text))
}
