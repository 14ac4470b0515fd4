//! Erasing a person: what it means, and the receipt.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contacts::{EraseReason, ErasureReceipt};
use maud::{Markup, html};
use serde::Deserialize;

use super::{home, names::Names, place};
use crate::{
    api::contacts::{CHANGED, OfContact, sight},
    app::AppState,
    design::{Address, Errors, Field, Icon, Page, Tone, card, facts, format, notice},
    problem::Problem,
    unbroken::unbroken,
    viewer::{At, InMarket, Viewer},
};

/// `GET /m/{market}/contacts/{contact}/erase`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
) -> Result<Response, Problem> {
    let contact = state.contacts().get(&here.market, sight(&here), path.id()).await?;
    let label = contact.personal.label().unwrap_or("Without a name").to_owned();
    Ok(ask(&viewer, &here, &path, &label, contact.hold.is_some(), &Errors::default()).into_response())
}

fn ask(
    viewer: &Viewer,
    here: &InMarket,
    path: &OfContact,
    label: &str,
    held: bool,
    errors: &Errors,
) -> Markup {
    let place = place(here, path.id());
    let reasons = EraseReason::ALL.iter().map(|reason| (reason.id().to_owned(), reason.label().to_owned()));
    let reasons: Vec<(String, String)> = reasons.collect();
    let body = html! {
        @if held {
            (notice(Tone::Warn, "Under a legal hold", html! { p { "Lift the hold first, if it may be lifted." } }))
            p { a.button href=(place) { "Back to the contact" } }
        } @else {
            (errors.summary())
            ul.plain-list {
                li { "The person's key is destroyed. Nobody can read the data any more, in this hub, in backups and in exports." }
                li { "The contact, its notes, messages and what waits to be sent about it are removed." }
                li { "E-mail address and phone number stay on the suppression list as keyed fingerprints: an import does not bring the person back." }
                li { "A receipt that names nobody goes into the audit chain." }
            }
            form.form method="post" action={ (place) "/erase" } {
                (Field::choices("reason", "Why", reasons).required().errors(errors).render())
                (Field::check("sure", "Erase this person for good. It cannot be undone.").errors(errors).render())
                div.form-foot {
                    button.button.danger { (Icon::Trash) "Erase" }
                    a.button href=(place) { "Cancel" }
                }
            }
        }
    };
    Page::new(viewer, "Erase a person")
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .crumb("Contacts", home(here))
        .crumb(label, place.clone())
        .main(card(&format!("Erase {label}?"), None, html! {}, body))
        .render()
}

#[derive(Deserialize)]
pub struct Decision {
    #[serde(default)]
    reason: String,
    #[serde(default)]
    sure: bool,
}

/// `POST /m/{market}/contacts/{contact}/erase`
pub async fn erase(
    mut viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(decision): Form<Decision>,
) -> Result<Response, Problem> {
    let mut errors = Errors::default();
    let reason = decision.reason.parse::<EraseReason>();
    if reason.is_err() {
        errors.add("reason", "Choose why.");
    }
    if !decision.sure {
        errors.add("sure", "Tick this to say that you mean it.");
    }
    let reason = match reason {
        Ok(reason) if errors.is_empty() => reason,
        _ => {
            let contact = state.contacts().get(&here.market, sight(&here), path.id()).await?;
            let label = contact.personal.label().unwrap_or("Without a name").to_owned();
            viewer.address = Address::at(format!("{}/erase", place(&here, path.id())));
            let page = ask(&viewer, &here, &path, &label, contact.hold.is_some(), &errors);
            return Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response());
        }
    };
    let (contacts, market, seen) = (state.contacts().clone(), here.market.clone(), sight(&here));
    let person = path.id();
    let receipt = unbroken(async move { contacts.erase(&market, seen, person, reason, &at).await }).await?;
    state.tell(here.market.id(), CHANGED);
    viewer.address = Address::at(home(&here));
    Ok(shown(&viewer, &here, &Names::of(&state, &here).await?, &receipt).into_response())
}

fn shown(viewer: &Viewer, here: &InMarket, names: &Names, receipt: &ErasureReceipt) -> Markup {
    let reason = receipt
        .reason
        .parse::<EraseReason>()
        .map_or_else(|_| receipt.reason.clone(), |known| known.label().to_owned());
    let rows: Vec<String> = receipt.rows.iter().map(|(table, rows)| format!("{table} {rows}")).collect();
    let rows = [
        ("Identifier", html! { code { (receipt.person) } }),
        ("Erased", html! { (format::instant(receipt.at)) }),
        ("By", html! { (names.actor(&receipt.actor)) }),
        ("Why", html! { (reason) }),
        ("Rows removed", html! { (rows.join(", ")) }),
        (
            "Entry of the audit chain",
            html! { a href={ "/m/" (here.market.name()) "/audit" } { "number " (receipt.entry) } },
        ),
        ("Hash of the entry", html! { code.break-all { (receipt.hash) } }),
    ];
    Page::new(viewer, "The person was erased")
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .crumb("Contacts", home(here))
        .main(html! {
            (notice(Tone::Good, "Erased", html! { p { "The key is destroyed and the rows are gone. Copies in backups and exports cannot be read any more." } }))
            (card("Receipt", Some("It names nobody. Keep it if you have to show that the person was erased."), html! {}, html! {
                (facts(&rows))
                p { a.button href=(home(here)) { "Back to the contacts" } }
            }))
        })
        .render()
}
