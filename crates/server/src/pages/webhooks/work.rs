//! What the buttons of an endpoint do.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use kernel::Ulid;
use serde::Deserialize;
use webhooks::{EndpointEdit, ReplayRange};

use super::{detail::OfWebhook, home, place};
use crate::{
    api::webhooks::CHANGED,
    app::AppState,
    design::{Address, Tone, format},
    flash,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Back to the endpoint, with a word.
fn back(here: &InMarket, state: &AppState, id: Ulid, tone: Tone, text: &str) -> Response {
    state.tell(here.market.id(), CHANGED);
    flash::redirect(&Address::at(place(here, id)), tone, text)
}

/// `POST /m/{market}/webhooks/{webhook}/test`
pub async fn test(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
) -> Result<Response, Problem> {
    state.hub().webhooks.test(&here.market, path.webhook, &at).await?;
    Ok(back(
        &here,
        &state,
        path.webhook,
        Tone::Good,
        "A test message is on its way: the log shows what comes of it.",
    ))
}

/// Whether messages shall go there.
#[derive(Deserialize)]
pub struct Switch {
    version: u32,
    enabled: bool,
}

/// `POST /m/{market}/webhooks/{webhook}/state`
pub async fn switch(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Form(wanted): Form<Switch>,
) -> Result<Response, Problem> {
    let edit = EndpointEdit { enabled: Some(wanted.enabled), ..EndpointEdit::default() };
    state.hub().webhooks.update(&here.market, path.webhook, wanted.version, edit, &at).await?;
    let text = if wanted.enabled { "Messages go there again." } else { "Nothing is sent there any more." };
    Ok(back(&here, &state, path.webhook, Tone::Good, text))
}

/// Which days.
#[derive(Deserialize)]
pub struct Days {
    from: Date,
    until: Date,
    #[serde(default)]
    missing_only: Option<String>,
}

/// `POST /m/{market}/webhooks/{webhook}/replay`
pub async fn replay(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Form(days): Form<Days>,
) -> Result<Response, Problem> {
    let after = days.until.checked_add(1.day()).unwrap_or(days.until);
    let range = ReplayRange {
        from: midnight(days.from),
        until: midnight(after),
        missing_only: days.missing_only.is_some(),
    };
    let count = state.hub().webhooks.replay_range(&here.market, path.webhook, range, &at).await?;
    let text = match count {
        0 => "Nothing of these days is to be sent again.".to_owned(),
        count => {
            format!("{} on the way again.", format::counted(count as usize, "message is", "messages are"))
        }
    };
    Ok(back(&here, &state, path.webhook, Tone::Good, &text))
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MAX, |zoned| zoned.timestamp())
}

/// A message in the path, beside the endpoint and the market.
#[derive(Deserialize)]
pub struct OfMessage {
    webhook: Ulid,
    message: Ulid,
}

/// `POST /m/{market}/webhooks/{webhook}/messages/{message}/replay`
pub async fn replay_message(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfMessage>,
) -> Result<Response, Problem> {
    state.hub().webhooks.replay(&here.market, path.webhook, path.message, &at).await?;
    Ok(back(&here, &state, path.webhook, Tone::Good, "The message is on its way again."))
}

/// The host, written to confirm.
#[derive(Deserialize)]
pub struct Confirmed {
    #[serde(default)]
    confirm: String,
}

/// `POST /m/{market}/webhooks/{webhook}/delete`
pub async fn delete(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfWebhook>,
    Form(confirmed): Form<Confirmed>,
) -> Result<Response, Problem> {
    let webhooks = &state.hub().webhooks;
    let endpoint = webhooks.endpoint(&here.market, path.webhook).await?;
    if confirmed.confirm.trim() != endpoint.host {
        let text = "Nothing was removed: the name was not the receiver's.";
        return Ok(back(&here, &state, path.webhook, Tone::Bad, text));
    }
    webhooks.delete(&here.market, path.webhook, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let text = format!("{} hears nothing any more.", endpoint.host);
    Ok(flash::redirect(&Address::at(home(&here)), Tone::Good, &text))
}
