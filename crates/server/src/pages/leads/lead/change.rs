//! What a person says of a lead: a chance that they know better, and that somebody wants no messages.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use jiff::SignedDuration;
use leads::{
    BasisKind, Channel, LeadsError, NewBasis, OptOut, ToldBy,
    optout::{Origin, Scope},
};
use serde::Deserialize;

use super::contacting::{basis_id, instant};
use crate::{
    api::{
        contacts::{OfContact, sight},
        leads::CHANGED,
    },
    app::AppState,
    design::{Address, Tone},
    flash,
    pages::contacts,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Back to the person, with what became of it.
fn back<T>(
    state: &AppState,
    here: &InMarket,
    path: &OfContact,
    result: Result<T, LeadsError>,
    done: &str,
) -> Result<Response, Problem> {
    let address = Address::at(contacts::place(here, path.id()));
    match result {
        Ok(_) => {
            state.tell(here.market.id(), CHANGED);
            Ok(flash::redirect(&address, Tone::Good, done))
        }
        Err(error @ (LeadsError::Override(_) | LeadsError::Invalid { .. })) => {
            Ok(flash::redirect(&address, Tone::Bad, &format!("Nothing was kept: {error}.")))
        }
        Err(error) => Err(error.into()),
    }
}

/// A chance that somebody knows better.
#[derive(Deserialize)]
pub struct Said {
    #[serde(default)]
    percent: String,
    #[serde(default)]
    days: String,
    #[serde(default)]
    why: String,
}

/// `POST /m/{market}/contacts/{contact}/override`
pub async fn say(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(said): Form<Said>,
) -> Result<Response, Problem> {
    // What is no number is no chance, which the rule says in words.
    let probability = said.percent.trim().parse::<f64>().map_or(f64::NAN, |percent| percent / 100.0);
    let days = said.days.trim().parse::<i64>().unwrap_or_default().clamp(0, 3_650);
    let until = at.now.saturating_add(SignedDuration::from_hours(24 * days)).unwrap_or(at.now);
    let why = said.why.replace('\0', "\u{fffd}");
    let result = state
        .hub()
        .leads
        .override_score(&here.market, sight(&here), path.id(), probability, &why, until, &at)
        .await;
    back(&state, &here, &path, result, "Your word counts now, beside the computed chance.")
}

/// `POST /m/{market}/contacts/{contact}/override/withdraw`
pub async fn withdraw(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
) -> Result<Response, Problem> {
    let result = state.hub().leads.withdraw_override(&here.market, sight(&here), path.id(), &at).await;
    back(&state, &here, &path, result, "The computed chance counts again.")
}

/// Somebody asked for no messages.
#[derive(Deserialize)]
pub struct AskedForNone {
    #[serde(default)]
    wants_none: String,
    #[serde(default)]
    said: String,
}

/// `POST /m/{market}/contacts/{contact}/opt-out`
pub async fn opt_out(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(asked): Form<AskedForNone>,
) -> Result<Response, Problem> {
    let named = Channel::ALL.into_iter().find(|channel| channel.word() == asked.wants_none);
    let (channel, scope) = match named {
        Some(channel) => (channel, Scope::Medium),
        None => (Channel::Voice, Scope::All),
    };
    let opt_out = OptOut {
        channel,
        scope,
        origin: Origin::Team,
        reason: asked.said.replace('\0', "\u{fffd}"),
        permanent: false,
        said_at: None,
    };
    let result = state.hub().leads.opt_out(&here.market, sight(&here), path.id(), &opt_out, &at).await;
    back(&state, &here, &path, result, "It is recorded: nothing goes out to them there.")
}

/// What somebody found who read what was unclear.
#[derive(Deserialize)]
pub struct Read {
    #[serde(default)]
    was: String,
    #[serde(default)]
    meaning: String,
}

/// `POST /m/{market}/contacts/{contact}/opt-out/settle`
pub async fn settle(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(read): Form<Read>,
) -> Result<Response, Problem> {
    let was_opt_out = match read.was.as_str() {
        "opt-out" => true,
        "other" => false,
        _ => {
            return Err(
                Problem::invalid("It cannot be settled.").with_error("was", "is none of those offered")
            );
        }
    };
    let why = read.meaning.replace('\0', "\u{fffd}");
    let result =
        state.hub().leads.settle(&here.market, sight(&here), path.id(), was_opt_out, &why, &at).await;
    let done = if was_opt_out {
        "It is recorded as an opt-out: nothing goes out to them there."
    } else {
        "It is settled: it was no opt-out."
    };
    back(&state, &here, &path, result, done)
}

/// What messages to somebody rest on.
#[derive(Deserialize)]
pub struct Noted {
    #[serde(default)]
    kind: String,
    /// A day and a time, by the clocks of the market.
    #[serde(default)]
    when: String,
    #[serde(default)]
    evidence: String,
}

/// `POST /m/{market}/contacts/{contact}/consent`
pub async fn consent(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(noted): Form<Noted>,
) -> Result<Response, Problem> {
    let kinds = [BasisKind::Written, BasisKind::Inquiry, BasisKind::Transaction, BasisKind::Withdrawn];
    let Some(kind) = kinds.into_iter().find(|kind| basis_id(*kind) == noted.kind) else {
        return Err(Problem::invalid("It cannot be noted.").with_error("kind", "is none of those offered"));
    };
    let Some(when) = instant(&noted.when, &here.market.time_zone().zone()) else {
        let address = Address::at(contacts::place(&here, path.id()));
        return Ok(flash::redirect(
            &address,
            Tone::Bad,
            "Nothing was kept: say on which day and at what time it was.",
        ));
    };
    let basis = NewBasis {
        kind,
        at: when,
        told_by: ToldBy::Team,
        evidence: noted.evidence.replace('\0', "\u{fffd}"),
    };
    let result = state.hub().leads.note_basis(&here.market, sight(&here), path.id(), &basis, &at).await;
    back(&state, &here, &path, result, "It is noted. The gate goes by it from now on.")
}
