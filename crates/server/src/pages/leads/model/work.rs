//! What people do with models: train one, promote it, retire it, go back to the one before.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use leads::{LeadsError, ModelsView, learning::Kind};
use maud::{Markup, html};
use serde::Deserialize;

use super::{enough, of};
use crate::{
    access::MarketRoles,
    api::leads::POLICY_CHANGED,
    app::AppState,
    design::{Address, Icon, Tone},
    flash,
    pages::leads::home,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Which question, and which model.
#[derive(Deserialize)]
pub struct OfKind {
    kind: Kind,
    version: Option<u32>,
}

/// The buttons above the page.
pub fn actions(here: &InMarket, view: &ModelsView, kind: Kind) -> Markup {
    if !here.may(MarketRoles::MANAGE_MODELS) {
        return html! {};
    }
    let (one, place) = (of(view, kind), format!("{}/model/{kind}", home(here)));
    html! {
        @if one.champion.is_some() { form method="post" action={ (place) "/roll-back" } { button.button data-confirm="Let the model before this one score every lead again?" { (Icon::Undo) "Back to the one before" } } }
        @if enough(one) { form method="post" action={ (place) "/train" } { button.button.primary { (Icon::Play) "Train now" } } }
    }
}

fn back(here: &InMarket, kind: Kind, tone: Tone, text: &str) -> Response {
    let address = Address::at(format!("{}/model", home(here))).with("of", kind);
    flash::redirect(&address, tone, text)
}

/// Back to the page, with what became of it.
fn done<T>(
    state: &AppState,
    here: &InMarket,
    kind: Kind,
    result: Result<T, LeadsError>,
    text: &str,
) -> Result<Response, Problem> {
    match result {
        Ok(_) => {
            state.tell(here.market.id(), POLICY_CHANGED);
            Ok(back(here, kind, Tone::Good, text))
        }
        Err(error @ (LeadsError::Store(_) | LeadsError::Market(_))) => Err(error.into()),
        Err(error) => Ok(back(here, kind, Tone::Bad, &format!("Nothing was changed: {error}."))),
    }
}

/// `POST /m/{market}/leads/model/{kind}/train`: begins it; who waits for it has it on the page.
pub async fn train(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfKind>,
) -> Result<Response, Problem> {
    let view = state.hub().leads.models(&here.market).await?;
    if !enough(of(&view, path.kind)) {
        let text = "Too few leads have come to an end for a model: the page says how many are missing.";
        return Ok(back(&here, path.kind, Tone::Warn, text));
    }
    let (market, kind) = (here.market.clone(), path.kind);
    tokio::spawn(async move {
        match state.hub().leads.train(&market, kind, &at).await {
            Ok(_) => state.tell(market.id(), POLICY_CHANGED),
            Err(error) => tracing::warn!(market = %market.name(), %kind, %error, "a model was not trained"),
        }
    });
    let text = "The training has begun. The model is on the page when it is done, and looks on first.";
    Ok(back(&here, path.kind, Tone::Info, text))
}

/// `POST /m/{market}/leads/model/{kind}/{version}/promote`
pub async fn promote(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfKind>,
) -> Result<Response, Problem> {
    let version = path.version.unwrap_or_default();
    let result = state.hub().leads.promote(&here.market, path.kind, version, &at).await;
    done(&state, &here, path.kind, result, &format!("Model v{version} is in force."))
}

/// Why a model is not to be asked any more.
#[derive(Deserialize)]
pub struct Retiring {
    #[serde(default)]
    because: String,
}

/// `POST /m/{market}/leads/model/{kind}/{version}/retire`
pub async fn retire(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfKind>,
    Form(retiring): Form<Retiring>,
) -> Result<Response, Problem> {
    let version = path.version.unwrap_or_default();
    let because: String = retiring.because.replace('\0', "\u{fffd}").trim().chars().take(500).collect();
    if because.is_empty() {
        let text = "Nothing was changed: say why, the next person to look has nothing else.";
        return Ok(back(&here, path.kind, Tone::Bad, text));
    }
    let result = state.hub().leads.retire(&here.market, path.kind, version, &because, &at).await;
    done(&state, &here, path.kind, result, &format!("Model v{version} is asked no more."))
}

/// `POST /m/{market}/leads/model/{kind}/roll-back`
pub async fn roll_back(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfKind>,
) -> Result<Response, Problem> {
    let result = state.hub().leads.roll_back(&here.market, path.kind, &at).await;
    done(&state, &here, path.kind, result, "The model before is in force again.")
}
