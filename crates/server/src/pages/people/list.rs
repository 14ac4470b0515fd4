//! `/people`: everybody who may come in, and inviting.

use axum::{
    Form,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use directory::{DirectoryError, Email, NewUser, User};
use kernel::HubRole;
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use super::{HOME, link_card, standing};
use crate::{
    access::HubRoles,
    app::AppState,
    design::{Address, Column, Errors, Field, Filter, Icon, Page, Table, card, flush_card, format},
    membership,
    pages::{account::confirm, views},
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// A user with what the table shows beside.
struct Row {
    user: User,
    markets: usize,
}

/// `GET /people`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    page(&viewer, &signed_in, &state, &Errors::default(), &Invitation::default(), html! {}).await
}

async fn page(
    viewer: &Viewer,
    signed_in: &SignedIn,
    state: &AppState,
    errors: &Errors,
    sent: &Invitation,
    above: Markup,
) -> Result<Response, Problem> {
    let directory = state.directory();
    let memberships = directory.all_memberships().await?;
    let rows: Vec<Row> = directory
        .users()
        .await?
        .into_iter()
        .map(|user| Row { markets: memberships.iter().filter(|one| one.user_id == user.id).count(), user })
        .collect();
    let table = table();
    if let Some(file) = table.export(&rows, &viewer.address, "people")? {
        return Ok(file);
    }
    let views = views::of(viewer, directory).await?;
    let list = flush_card("People", None, html! {}, table.render(&rows, &viewer.address, &views));
    Ok(Page::new(viewer, "People")
        .lead(html! { "Users of this hub. A role in the hub gives no right to the contacts of any market: only belonging to the market does." })
        .main(html! {
            (above)
            @if signed_in.may(HubRoles::MANAGE_USERS) {
                div.split { (list) (invite_card(errors, sent)) }
            } @else { (list) }
        })
        .render()
        .into_response())
}

fn table() -> Table<Row> {
    let date = |at: jiff::Timestamp| Cell::from(at.to_string());
    Table::new("people", "Users of the hub", ("person", "people"), |row: &Row| row.user.id.to_string())
        .column(
            Column::text("name", "Name", |row: &Row| row.user.name.clone())
                .sorted_by(|one, two| one.user.name.to_lowercase().cmp(&two.user.name.to_lowercase())),
        )
        .column(
            Column::text("email", "E-mail", |row: &Row| row.user.email.to_string())
                .sorted_by(|one, two| one.user.email.cmp(&two.user.email))
                .importance(2),
        )
        .column(Column::new(
            "role",
            "Role in the hub",
            ColumnKind::Text,
            |row: &Row| html! { (row.user.hub_role.map_or("–", HubRole::label)) },
            |row: &Row| Cell::from(row.user.hub_role.map_or("", HubRole::id)),
        ))
        .column(
            Column::new(
                "markets",
                "Markets",
                ColumnKind::Integer,
                |row: &Row| html! { (row.markets) },
                |row: &Row| Cell::from(row.markets as i64),
            )
            .sorted_by_number(|row: &Row| Some(row.markets as f64))
            .importance(2),
        )
        .column(Column::new(
            "state",
            "State",
            ColumnKind::Text,
            |row: &Row| standing(&row.user),
            |row: &Row| Cell::from(state_id(&row.user)),
        ))
        .column(
            Column::new(
                "second_factor",
                "Second step",
                ColumnKind::Bool,
                |row: &Row| html! { (if row.user.has_second_factor { "on" } else { "off" }) },
                |row: &Row| Cell::from(row.user.has_second_factor),
            )
            .importance(3),
        )
        .column(
            Column::new(
                "since",
                "Since",
                ColumnKind::Text,
                |row: &Row| html! { (format::instant(row.user.created_at)) },
                move |row: &Row| date(row.user.created_at),
            )
            .sorted_by(|one, two| one.user.created_at.cmp(&two.user.created_at))
            .optional(),
        )
        .filter(Filter::new(
            "role",
            "Role in the hub",
            HubRole::ALL
                .iter()
                .map(|role| (role.id().to_owned(), role.label().to_owned()))
                .chain([("none".to_owned(), "None".to_owned())]),
            |row: &Row| row.user.hub_role.map_or("none", HubRole::id).to_owned(),
        ))
        .filter(Filter::new(
            "state",
            "State",
            [
                ("active", "Active"),
                ("invited", "No password yet"),
                ("disabled", "Disabled"),
                ("erased", "Erased"),
            ]
            .map(|(id, label)| (id.to_owned(), label.to_owned())),
            |row: &Row| state_id(&row.user).to_owned(),
        ))
        .searched_in(|row: &Row| format!("{} {}", row.user.name, row.user.email))
        .opens(|row: &Row, _| Address::at(format!("{HOME}/{}", row.user.id)))
        .default_sort("name")
}

/// How somebody stands, in files and filters.
pub fn state_id(user: &User) -> &'static str {
    match user {
        User { erased_at: Some(_), .. } => "erased",
        User { disabled_at: Some(_), .. } => "disabled",
        User { has_password: false, .. } => "invited",
        _ => "active",
    }
}

/// The roles of the hub as choices; the first is none.
pub fn role_options() -> Vec<(String, String)> {
    let none = (String::new(), "None: only what markets give".to_owned());
    let roles = HubRole::ALL.iter().map(|role| (role.id().to_owned(), role.label().to_owned()));
    [none].into_iter().chain(roles).collect()
}

/// The role that a form chose.
pub fn chosen_role(text: &str) -> Result<Option<HubRole>, String> {
    if text.is_empty() {
        Ok(None)
    } else {
        text.parse().map(Some).map_err(|error: kernel::HubRoleError| error.to_string())
    }
}

fn invite_card(errors: &Errors, sent: &Invitation) -> Markup {
    let body = html! {
        (errors.summary())
        form.form method="post" action=(HOME) {
            (Field::email("email", "E-mail").required().attribute("autocomplete", "off").value(&sent.email).errors(errors).render())
            (Field::text("name", "Name").attribute("maxlength", "80").value(&sent.name).errors(errors).render())
            (Field::select("hub_role", "Role in the hub", role_options()).value(&sent.hub_role).errors(errors).render())
            div.form-foot { button.button.primary { (Icon::Plus) "Invite" } }
        }
        p.hint { "You get a link to pass on. No e-mail is sent by the hub." }
    };
    card("Invite somebody", None, html! {}, body)
}

#[derive(Default, Deserialize)]
pub struct Invitation {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    hub_role: String,
}

/// `POST /people`
pub async fn invite(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Form(sent): Form<Invitation>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, HOME) {
        return Ok(ask);
    }
    let mut errors = Errors::default();
    let email =
        sent.email.parse::<Email>().map_err(|_| errors.add("email", "Write an e-mail address: name@domain."));
    let role = chosen_role(&sent.hub_role).map_err(|error| errors.add("hub_role", error));
    if let (Ok(email), Ok(hub_role)) = (email, role) {
        let new = NewUser { email, name: sent.name.clone(), hub_role };
        match state.directory().add_user(new, &at).await {
            Ok(user) => {
                let link = membership::link(&state, &user, &at).await?;
                let card = link_card(&format!("{} is invited", user.name), user.email.as_str(), &link);
                return page(&viewer, &signed_in, &state, &errors, &Invitation::default(), card).await;
            }
            Err(DirectoryError::EmailTaken) => {
                errors.add("email", "There is a user with this e-mail already.")
            }
            Err(error) => return Err(error.into()),
        }
    }
    let mut page = page(&viewer, &signed_in, &state, &errors, &sent, html! {}).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}
