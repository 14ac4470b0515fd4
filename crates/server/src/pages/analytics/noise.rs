//! Figures with noise: what they cost, and what was told before.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use contacts::{
    ContactsError,
    analytics::{CLAMP_DEFAULT, CLAMP_MAX, Question, Release, ReleaseRequest},
};
use disclosure::{Budget, Epsilon};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HOME, href};
use crate::{
    app::AppState,
    design::{Address, Errors, Field, Tone, card, disclose, format},
    flash,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// Releases of a question listed on its page.
pub const RELEASES_SHOWN: usize = 20;

/// What the form sends.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Draft {
    #[serde(default)]
    measure: String,
    #[serde(default)]
    by: String,
    #[serde(default)]
    epsilon: String,
    #[serde(default)]
    clamp: String,
}

/// The form for figures with noise, and the budget.
pub fn card_of(question: Question, spends: bool, budget: Budget, draft: &Draft, errors: &Errors) -> Markup {
    let body = html! {
        (errors.summary())
        p.secondary.small {
            "With noise, a figure says nearly the same whether or not any one market is in it. Each answer is paid for from a budget that never grows by itself. "
            "Of " (budget.total()) ", " (budget.spent()) " is spent and " strong { (budget.left()) } " is left."
        }
        @if spends {
            form.form method="post" action="/analytics/releases" {
                input type="hidden" name="measure" value=(question.measure.id());
                input type="hidden" name="by" value=(question.by.id());
                (Field::text("epsilon", "What it may cost").required().attribute("inputmode", "decimal").attribute("maxlength", "12")
                    .value(if draft.epsilon.is_empty() { "1" } else { &draft.epsilon })
                    .hint("Epsilon: the less, the more noise. 1 is usual.").errors(errors).render())
                (Field::text("clamp", "Most that one market counts for").attribute("inputmode", "numeric").attribute("maxlength", "7")
                    .value(if draft.clamp.is_empty() { CLAMP_DEFAULT.to_string() } else { draft.clamp.clone() })
                    .hint("In one figure. The noise grows with it; what a market has above it is left out.").errors(errors).render())
                div.form-foot { button.button.primary { "Tell with noise" } }
            }
            (disclose("Change the budget", html! {
                form.form method="post" action="/analytics/budget" {
                    (Field::text("total", "The whole budget").required().attribute("inputmode", "decimal").attribute("maxlength", "12").value(budget.total()).hint("What was spent stays spent. Every change is in the audit chain.").errors(errors).render())
                    div.form-foot { button.button { "Set" } }
                }
            }))
        } @else {
            p.hint { "Only operators spend the budget." }
        }
    };
    card("With noise", None, html! {}, body)
}

/// What was told before.
pub fn releases_card(releases: &[Release], viewer: &Viewer) -> Markup {
    let body = html! {
        @if releases.is_empty() {
            p.secondary.small { "Nothing was told with noise to this question yet." }
        } @else {
            ul.plain-list {
                @for release in releases {
                    @let address = href(release.answer.question).with("release", release.id);
                    li { a href=(address.href()) { (format::instant(release.at)) } " for " (release.epsilon) " " span.secondary { "(" (format::relative(release.at, viewer.now)) ")" } }
                }
            }
        }
    };
    card("Told before", Some("Reading it again costs nothing."), html! {}, body)
}

/// `POST /analytics/releases`
pub async fn release(
    mut viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let question = crate::api::analytics::question(&draft.measure, &draft.by)?;
    let mut errors = Errors::default();
    let epsilon = draft.epsilon.trim().parse::<Epsilon>();
    if let Err(error) = &epsilon {
        errors.add("epsilon", format!("{error}."));
    }
    let clamp = draft.clamp.trim().parse::<u64>().ok().filter(|clamp| (1..=CLAMP_MAX).contains(clamp));
    if clamp.is_none() {
        errors.add("clamp", format!("A whole number from 1 to {CLAMP_MAX}."));
    }
    if let (Ok(epsilon), Some(clamp)) = (epsilon, clamp) {
        match state.contacts().release(&ReleaseRequest { question, epsilon, clamp }, &at).await {
            Ok(release) => {
                let address = href(question).with("release", release.id);
                return Ok(Redirect::to(&address.href()).into_response());
            }
            Err(error @ (ContactsError::Overspent(_) | ContactsError::Question(_))) => {
                errors.add("epsilon", format!("{error}."));
            }
            Err(error) => return Err(error.into()),
        }
    }
    viewer.address = href(question);
    let mut page = super::page(&viewer, &signed_in, &state, at.at(), &draft, &errors).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

#[derive(Deserialize)]
pub struct NewBudget {
    #[serde(default)]
    total: String,
}

/// `POST /analytics/budget`
pub async fn set_budget(
    mut viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Form(sent): Form<NewBudget>,
) -> Result<Response, Problem> {
    match sent.total.trim().parse::<Epsilon>() {
        Ok(total) => {
            let budget = state.contacts().set_budget(total, &at).await?;
            let text = format!("The privacy budget is {}; {} is left.", budget.total(), budget.left());
            Ok(flash::redirect(&Address::at(HOME), Tone::Good, &text))
        }
        Err(error) => {
            let mut errors = Errors::default();
            errors.add("total", format!("{error}."));
            viewer.address = Address::at(HOME);
            let mut page =
                super::page(&viewer, &signed_in, &state, at.at(), &Draft::default(), &errors).await?;
            *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
            Ok(page)
        }
    }
}
