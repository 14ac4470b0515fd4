//! `/m/{market}/people`: who belongs to a market, and as what.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use directory::{Email, Member, may_appoint};
use kernel::{MarketRole, Ulid};
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use super::{link_card, list::state_id, standing};
use crate::{
    access::{MarketRoles, NOTHING_HERE},
    app::AppState,
    design::{
        Address, Column, Errors, Field, Filter, Icon, Page, Table, Tone, badge, card, flush_card, format,
    },
    flash,
    membership::{self, Added},
    pages::{account::confirm, views},
    problem::Problem,
    viewer::{At, InMarket, SignedIn, Viewer},
};

fn home(here: &InMarket) -> String {
    format!("/m/{}/people", here.market.name())
}

/// `GET /m/{market}/people`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    page(&viewer, &here, &state, &Errors::default(), &Addition::default(), html! {}).await
}

async fn page(
    viewer: &Viewer,
    here: &InMarket,
    state: &AppState,
    errors: &Errors,
    sent: &Addition,
    above: Markup,
) -> Result<Response, Problem> {
    let members = state.directory().members(here.market.id()).await?;
    let rows: Vec<Row> = members.into_iter().map(|member| Row::of(here, member)).collect();
    let manages = here.may(MarketRoles::MANAGE_MEMBERS);
    let table = table(manages);
    if let Some(file) = table.export(&rows, &viewer.address, "people")? {
        return Ok(file);
    }
    let views = views::of(viewer, state.directory()).await?;
    let list = flush_card("People", None, html! {}, table.render(&rows, &viewer.address, &views));
    Ok(Page::new(viewer, "People")
        .lead(html! { "Who belongs to " (here.market.name()) ", and as what. It says nothing about any other market." })
        .main(html! {
            (above)
            (list)
            @if manages { div.narrow { (add_card(here, errors, sent)) } }
        })
        .render()
        .into_response())
}

/// What somebody who is `by` may make of others.
fn roles(by: MarketRole) -> Vec<(String, String)> {
    let roles = MarketRole::ALL.iter().filter(|role| may_appoint(by, **role));
    roles.map(|role| (role.id().to_owned(), role.label().to_owned())).collect()
}

/// As what the viewer decides.
fn by(here: &InMarket) -> MarketRole {
    here.role.unwrap_or(MarketRole::Viewer)
}

/// A member with what the viewer may make of them.
struct Row {
    member: Member,
    is_me: bool,
    /// Roles that the viewer may give instead; empty where they may change nothing.
    roles: Vec<(String, String)>,
    /// Where changes are sent.
    action: String,
}

impl Row {
    fn of(here: &InMarket, member: Member) -> Self {
        let by = by(here);
        let manages = here.may(MarketRoles::MANAGE_MEMBERS) && may_appoint(by, member.membership.role);
        Self {
            is_me: here.who.user_id() == Some(member.user.id),
            roles: if manages { roles(by) } else { Vec::new() },
            action: format!("{}/{}", home(here), member.user.id),
            member,
        }
    }

    fn role(&self) -> Markup {
        let (user, held) = (&self.member.user, self.member.membership.role);
        html! {
            @if self.roles.is_empty() { (held.label()) } @else {
                form.role-form method="post" action=(self.action) hx-boost="false" {
                    select.select.small name="role" aria-label={ "Role of " (user.name) } {
                        @for (id, label) in &self.roles { option value=(id) selected[id == held.id()] { (label) } }
                    }
                    button.button.small aria-label={ "Change the role of " (user.name) } { "Change" }
                }
            }
        }
    }

    fn removal(&self) -> Markup {
        html! {
            @if !self.roles.is_empty() {
                form method="post" action={ (self.action) "/remove" } hx-boost="false" {
                    button.button.small aria-label={ "Remove " (self.member.user.name) } { "Remove" }
                }
            }
        }
    }
}

fn table(manages: bool) -> Table<Row> {
    let roles = MarketRole::ALL.iter().map(|role| (role.id().to_owned(), role.label().to_owned()));
    let table =
        Table::new("members", "People of the market with their roles", ("person", "people"), |row: &Row| {
            row.member.user.id.to_string()
        })
        .column(
            Column::new(
                "name",
                "Name",
                ColumnKind::Text,
                |row: &Row| html! { (row.member.user.name) @if row.is_me { " " (badge(Tone::Info, "you")) } },
                |row: &Row| Cell::from(row.member.user.name.clone()),
            )
            .sorted_by(|one, two| {
                one.member.user.name.to_lowercase().cmp(&two.member.user.name.to_lowercase())
            }),
        )
        .column(
            Column::text("email", "E-mail", |row: &Row| row.member.user.email.to_string())
                .sorted_by(|one, two| one.member.user.email.cmp(&two.member.user.email))
                .importance(2),
        )
        .column(
            Column::new("role", "Role", ColumnKind::Text, Row::role, |row: &Row| {
                Cell::from(row.member.membership.role.id())
            })
            .sorted_by(|one, two| one.member.membership.role.cmp(&two.member.membership.role)),
        )
        .column(
            Column::new(
                "state",
                "State",
                ColumnKind::Text,
                |row: &Row| standing(&row.member.user),
                |row: &Row| Cell::from(state_id(&row.member.user)),
            )
            .importance(2),
        )
        .column(
            Column::new(
                "since",
                "Since",
                ColumnKind::Text,
                |row: &Row| html! { span.nowrap { (format::instant(row.member.membership.created_at)) } },
                |row: &Row| Cell::from(row.member.membership.created_at.to_string()),
            )
            .sorted_by(|one, two| one.member.membership.created_at.cmp(&two.member.membership.created_at))
            .importance(3),
        )
        .filter(Filter::new("role", "Role", roles, |row: &Row| row.member.membership.role.id().to_owned()))
        .searched_in(|row: &Row| format!("{} {}", row.member.user.name, row.member.user.email))
        .default_sort("name")
        .when_empty(Icon::Users, "Nobody yet", "Add whoever works in this market.", []);
    if manages { table.column(Column::acting(Row::removal)) } else { table }
}

fn add_card(here: &InMarket, errors: &Errors, sent: &Addition) -> Markup {
    let role = if sent.role.is_empty() { MarketRole::Agent.id() } else { &sent.role };
    let body = html! {
        (errors.summary())
        form.form method="post" action=(home(here)) {
            (Field::email("email", "E-mail").required().attribute("autocomplete", "off").value(&sent.email).errors(errors).render())
            (Field::text("name", "Name").attribute("maxlength", "80").value(&sent.name).hint("For somebody who is new to this hub.").render())
            (Field::select("role", "Role", roles(by(here))).value(role).errors(errors).render())
            div.form-foot { button.button.primary { (Icon::Plus) "Add" } }
        }
        p.hint { "Agents see the contacts assigned to them, viewers see figures and no contacts. Who is new to the hub gets a link from you." }
    };
    card("Add somebody", None, html! {}, body)
}

#[derive(Default, Deserialize)]
pub struct Addition {
    #[serde(default)]
    email: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
}

/// `POST /m/{market}/people`
pub async fn add(
    viewer: Viewer,
    signed_in: SignedIn,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(sent): Form<Addition>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, &home(&here)) {
        return Ok(ask);
    }
    let mut errors = Errors::default();
    let email =
        sent.email.parse::<Email>().map_err(|_| errors.add("email", "Write an e-mail address: name@domain."));
    let role = sent.role.parse::<MarketRole>().map_err(|error| errors.add("role", error.to_string()));
    if let (Ok(email), Ok(role)) = (email, role) {
        let who = (email, sent.name.as_str());
        match membership::add(&state, &here.market, who, role, by(&here), &at).await {
            Ok(Added { user, link, .. }) => {
                let text = format!("{} is {} now.", user.name, role.label().to_lowercase());
                let Some(link) = link else {
                    return Ok(flash::redirect(&Address::at(home(&here)), Tone::Good, &text));
                };
                let card = link_card(&text, user.email.as_str(), &link);
                return page(&viewer, &here, &state, &errors, &Addition::default(), card).await;
            }
            Err(problem) if problem.status() == StatusCode::CONFLICT => errors.add("email", problem.detail()),
            Err(problem) => return Err(problem),
        }
    }
    let mut page = page(&viewer, &here, &state, &errors, &sent, html! {}).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

#[derive(Deserialize)]
pub struct OfMember {
    user: Ulid,
}

#[derive(Deserialize)]
pub struct NewRole {
    #[serde(default)]
    role: String,
}

/// The user in the path, if they belong to this market: a market's people manage nobody else.
async fn member(state: &AppState, here: &InMarket, user: Ulid) -> Result<Member, Problem> {
    let members = state.directory().members(here.market.id()).await?;
    members.into_iter().find(|member| member.user.id == user).ok_or_else(|| Problem::not_found(NOTHING_HERE))
}

/// `POST /m/{market}/people/{user}`
pub async fn change(
    signed_in: SignedIn,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfMember>,
    Form(sent): Form<NewRole>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, &home(&here)) {
        return Ok(ask);
    }
    let member = member(&state, &here, path.user).await?;
    let role = sent
        .role
        .parse::<MarketRole>()
        .map_err(|error| Problem::invalid(error.to_string()).with_error("role", error.to_string()))?;
    membership::put(&state, &here.market, member.user.id, role, by(&here), &at).await?;
    let text = format!("{} is {} now.", member.user.name, role.label().to_lowercase());
    Ok(flash::redirect(&Address::at(home(&here)), Tone::Good, &text))
}

/// `POST /m/{market}/people/{user}/remove`
pub async fn remove(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfMember>,
) -> Result<Response, Problem> {
    let member = member(&state, &here, path.user).await?;
    membership::remove(&state, &here.market, member.user.id, by(&here), &at).await?;
    let text = format!("{} no longer belongs to the market.", member.user.name);
    let home = if here.who.user_id() == Some(member.user.id) { "/".to_owned() } else { home(&here) };
    Ok(flash::redirect(&Address::at(home), Tone::Good, &text))
}
