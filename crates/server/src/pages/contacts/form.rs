//! Adding a contact, and changing who it is.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use contacts::{ContactEdit, ContactsError, NewContact, Personal};
use kernel::{MarketRole, Ulid};
use maud::{Markup, html};
use serde::Deserialize;

use super::{home, names::Names, place, wrong};
use crate::{
    access::MarketRoles,
    api::contacts::{CHANGED, OfContact, assignee, sight},
    app::AppState,
    design::{Address, Errors, Field, Page, Tone, card},
    flash,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// What the form sends.
#[derive(Clone, Default, Deserialize)]
pub struct Draft {
    #[serde(default)]
    version: u64,
    #[serde(default)]
    name: String,
    #[serde(default)]
    email: String,
    #[serde(default)]
    phone: String,
    #[serde(default)]
    address: String,
    #[serde(default)]
    place: String,
    #[serde(default)]
    assignee: String,
}

impl Draft {
    fn personal(&self) -> Personal {
        let given = |text: &str| (!text.trim().is_empty()).then(|| text.to_owned());
        Personal {
            name: given(&self.name),
            email: given(&self.email),
            phone: given(&self.phone),
            address: given(&self.address),
        }
    }

    /// The pipeline and the stage chosen.
    fn placed(&self) -> (Option<String>, Option<String>) {
        match self.place.split_once('.') {
            Some((pipeline, stage)) => (Some(pipeline.to_owned()), Some(stage.to_owned())),
            None => (None, None),
        }
    }
}

fn fields(draft: &Draft, errors: &Errors) -> Markup {
    html! {
        (Field::text("name", "Name").attribute("maxlength", "200").attribute("autocomplete", "off").value(&draft.name).errors(errors).render())
        (Field::text("email", "E-mail").attribute("autocomplete", "off").attribute("inputmode", "email").attribute("maxlength", "254").value(&draft.email).errors(errors).render())
        (Field::text("phone", "Phone").attribute("autocomplete", "off").attribute("inputmode", "tel").attribute("maxlength", "40").value(&draft.phone).hint("International, or as it is dialled in the market's region.").errors(errors).render())
        (Field::textarea("address", "Address", 3).attribute("maxlength", "500").value(&draft.address).errors(errors).render())
    }
}

/// `GET /m/{market}/contacts/new`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    Ok(new_page(&viewer, &here, &state, &Draft::default(), &Errors::default()).await?.into_response())
}

async fn new_page(
    viewer: &Viewer,
    here: &InMarket,
    state: &AppState,
    draft: &Draft,
    errors: &Errors,
) -> Result<Markup, Problem> {
    let pipelines = here.market.pipelines().await?;
    let places = pipelines.iter().flat_map(|pipeline| {
        pipeline.stages.iter().map(|stage| {
            (
                format!("{}.{}", pipeline.id, stage.id),
                super::list::stage_name(&pipelines, &pipeline.id, &stage.id),
            )
        })
    });
    let places: Vec<(String, String)> = places.collect();
    let mut agents = vec![(String::new(), "Nobody yet".to_owned())];
    agents.extend(Names::of(state, here).await?.agents);
    let body = html! {
        (errors.summary())
        form.form method="post" action=(home(here)) {
            (fields(draft, errors))
            (Field::select("place", "Stage", places).value(&draft.place).errors(errors).render())
            @if here.may(MarketRoles::ASSIGN_CONTACTS) {
                (Field::select("assignee", "Looked after by", agents).value(&draft.assignee).errors(errors).render())
            }
            div.form-foot {
                button.button.primary { "Add" }
                a.button href=(home(here)) { "Cancel" }
            }
        }
    };
    Ok(Page::new(viewer, "Add a contact")
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .crumb("Contacts", home(here))
        .lead(html! { "A name, an e-mail address or a phone number is enough. The person gets a key of their own." })
        .main(card("Who", None, html! {}, body))
        .render())
}

/// `POST /m/{market}/contacts`
pub async fn create(
    mut viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let looked_after = match (here.role, draft.assignee.parse::<Ulid>()) {
        (Some(MarketRole::Agent), _) => here.who.user_id(),
        (_, Ok(user)) => Some(assignee(&state, &here, user).await?),
        (_, Err(_)) => None,
    };
    let (pipeline, stage) = draft.placed();
    let new = NewContact { personal: draft.personal(), pipeline, stage, assignee: looked_after };
    match state.contacts().create(&here.market, &new, &at).await {
        Ok(contact) => {
            state.tell(here.market.id(), CHANGED);
            Ok(flash::redirect(&Address::at(place(&here, contact.id)), Tone::Good, "The contact was added."))
        }
        Err(error) => {
            let errors = wrong(error)?;
            viewer.address = Address::at(format!("{}/new", home(&here)));
            let page = new_page(&viewer, &here, &state, &draft, &errors).await?;
            Ok((StatusCode::UNPROCESSABLE_ENTITY, page).into_response())
        }
    }
}

/// `GET /m/{market}/contacts/{contact}/edit`
pub async fn show_edit(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
) -> Result<Response, Problem> {
    let contact = state.contacts().get(&here.market, sight(&here), path.id()).await?;
    let text = |value: Option<String>| value.unwrap_or_default();
    let draft = Draft {
        version: contact.version,
        name: text(contact.personal.name),
        email: text(contact.personal.email),
        phone: text(contact.personal.phone),
        address: text(contact.personal.address),
        ..Draft::default()
    };
    Ok(edit_page(&viewer, &here, &path, &draft, &Errors::default()).into_response())
}

fn edit_page(viewer: &Viewer, here: &InMarket, path: &OfContact, draft: &Draft, errors: &Errors) -> Markup {
    let place = place(here, path.id());
    let body = html! {
        (errors.summary())
        form.form method="post" action=(place) {
            input type="hidden" name="version" value=(draft.version);
            (fields(draft, errors))
            div.form-foot {
                button.button.primary { "Save" }
                a.button href=(place) { "Cancel" }
            }
        }
    };
    Page::new(viewer, "Edit the contact")
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .crumb("Contacts", home(here))
        .main(card("Who", None, html! {}, body))
        .render()
}

/// `POST /m/{market}/contacts/{contact}`
pub async fn save(
    mut viewer: Viewer,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(draft): Form<Draft>,
) -> Result<Response, Problem> {
    let personal = draft.personal();
    let edit = ContactEdit {
        name: Some(personal.name),
        email: Some(personal.email),
        phone: Some(personal.phone),
        address: Some(personal.address),
        ..ContactEdit::default()
    };
    let id = path.id();
    match state.contacts().update(&here.market, sight(&here), id, draft.version, &edit, &at).await {
        Ok(_) => {
            state.tell(here.market.id(), CHANGED);
            Ok(flash::redirect(&Address::at(place(&here, id)), Tone::Good, "The contact was saved."))
        }
        Err(ContactsError::Stale { now, .. }) => {
            let mut errors = Errors::default();
            errors.add("name", "Somebody changed the contact since you opened it. Save again to put yours over it, or cancel to see theirs.");
            stale(&mut viewer, &here, &path, Draft { version: now, ..draft }, &errors)
        }
        Err(error) => {
            let errors = wrong(error)?;
            stale(&mut viewer, &here, &path, draft, &errors)
        }
    }
}

fn stale(
    viewer: &mut Viewer,
    here: &InMarket,
    path: &OfContact,
    draft: Draft,
    errors: &Errors,
) -> Result<Response, Problem> {
    viewer.address = Address::at(format!("{}/edit", place(here, path.id())));
    Ok((StatusCode::UNPROCESSABLE_ENTITY, edit_page(viewer, here, path, &draft, errors)).into_response())
}
