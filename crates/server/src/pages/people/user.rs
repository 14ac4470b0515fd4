//! `/people/{id}`: one user of the hub.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use directory::User;
use kernel::{HubRole, MarketName, MarketRole, Ulid};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HOME, link_card, list, standing};
use crate::{
    access::{HubRoles, NOTHING_HERE},
    app::AppState,
    design::{Address, Field, Icon, Page, Tone, card, disclose, facts, flush_card, format},
    flash, membership,
    pages::account::confirm,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

fn href(id: Ulid) -> String {
    format!("{HOME}/{id}")
}

/// `GET /people/{id}`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    page(&viewer, &signed_in, &state, id, html! {}).await
}

async fn page(
    viewer: &Viewer,
    signed_in: &SignedIn,
    state: &AppState,
    id: Ulid,
    above: Markup,
) -> Result<Response, Problem> {
    let directory = state.directory();
    let user = directory.user(id).await?;
    let sessions = directory.sessions(id, viewer.now).await?;
    let last_seen = sessions.iter().map(|session| session.last_seen_at).max();
    let manages = signed_in.may(HubRoles::MANAGE_USERS) && user.erased_at.is_none();
    let about = facts(&[
        ("E-mail", html! { (user.email.as_str()) }),
        ("State", standing(&user)),
        ("Role in the hub", html! { (user.hub_role.map_or("None", HubRole::label)) }),
        ("Second step", html! { (if user.has_second_factor { "On" } else { "Off" }) }),
        (
            "Signed in",
            html! { (format::counted(sessions.len(), "browser", "browsers"))
            @if let Some(at) = last_seen { ", last used " (format::when(at, viewer.now)) } },
        ),
        ("Here since", html! { (format::when(user.created_at, viewer.now)) }),
    ]);
    Ok(Page::new(viewer, user.name.as_str())
        .crumb("People", HOME)
        .main(html! {
            (above)
            div.split {
                div.stack {
                    (card("About", None, html! {}, about))
                    (markets(state, &user, manages).await?)
                }
                @if manages { div.stack { (role_card(&user)) (doors(&user, sessions.len())) } }
            }
        })
        .render()
        .into_response())
}

fn role_card(user: &User) -> Markup {
    let role = user.hub_role.map_or("", HubRole::id);
    let body = html! {
        form.form method="post" action=(href(user.id)) {
            (Field::text("name", "Name").required().attribute("maxlength", "80").value(&user.name).render())
            (Field::select("hub_role", "Role in the hub", list::role_options()).value(role).render())
            div.form-foot { button.button.primary { "Save" } }
        }
        p.hint { "Operators run the hub, growth works on client expansion, auditors read the audit chains." }
    };
    card("Name and role", None, html! {}, body)
}

fn doors(user: &User, sessions: usize) -> Markup {
    let action = |what: &str| format!("{}/{what}", href(user.id));
    let body = html! {
        div.stack {
            @if user.is_enabled() {
                form method="post" action=(action("link")) { button.button { (Icon::Link) "Make a sign-in link" } }
                @if sessions > 0 {
                    form method="post" action=(action("sessions/end")) { button.button { (Icon::SignOut) "End " (format::counted(sessions, "session", "sessions")) } }
                }
                @if user.has_second_factor {
                    form method="post" action=(action("second-factor/remove")) { button.button { "Turn the second step off" } }
                }
                form method="post" action=(action("disable")) { button.button.danger { "Disable" } }
            } @else {
                form method="post" action=(action("enable")) { button.button { "Let in again" } }
            }
            (disclose("Erase…", html! {
                form.form method="post" action=(action("erase")) {
                    p.small { "Takes name and e-mail away for good and shuts them out. What they did stays, under an identifier." }
                    (Field::check("sure", "Erase this user").required().render())
                    div.form-foot { button.button.danger { (Icon::Trash) "Erase" } }
                }
            }))
        }
    };
    card("Doors", Some("Disabling ends sessions, links and the API keys that they made."), html! {}, body)
}

async fn markets(state: &AppState, user: &User, manages: bool) -> Result<Markup, Problem> {
    let mut rows = Vec::new();
    for membership in state.directory().memberships(user.id).await? {
        if let Some(record) = state.markets().by_id(membership.market).await? {
            rows.push((record.name, membership.role, membership.created_at));
        }
    }
    rows.sort();
    let now = state.clock().now();
    let table = html! {
        @if rows.is_empty() { p.secondary.pad { "Belongs to no market." } } @else {
            div.table-scroll tabindex="0" role="region" aria-label="Markets" {
                table.table.plain {
                    caption.visually-hidden { "Markets that the user belongs to" }
                    thead { tr { th scope="col" { "Market" } th scope="col" { "Role" } th.p2 scope="col" { "Since" } } }
                    tbody { @for (name, role, since) in &rows { tr { th scope="row" { (name) } td { (role.label()) } td.p2 { (format::when(*since, now)) } } } }
                }
            }
        }
    };
    let all = if manages && user.is_enabled() { state.markets().list().await? } else { Vec::new() };
    let others: Vec<(String, String)> = all
        .iter()
        .filter(|record| {
            !rows.iter().any(|(name, role, _)| *name == record.name && *role == MarketRole::Owner)
        })
        .map(|record| (record.name.to_string(), record.name.to_string()))
        .collect();
    Ok(html! {
        (flush_card("Markets", None, html! {}, table))
        @if !others.is_empty() {
            (card("Make them owner of a market", Some("Owners manage the people of their market themselves. Both audit chains tell of it."), html! {}, html! {
                form.form method="post" action={ (href(user.id)) "/owner" } {
                    (Field::select("market", "Market", others).render())
                    div.form-foot { button.button { "Make owner" } }
                }
            }))
        }
    })
}

#[derive(Deserialize)]
pub struct Change {
    #[serde(default)]
    name: String,
    #[serde(default)]
    hub_role: String,
}

/// What a change ends with: the page again, with what was done.
fn done(id: Ulid, text: &str) -> Response {
    flash::redirect(&Address::at(href(id)), Tone::Good, text)
}

/// `POST /people/{id}`
pub async fn save(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
    Form(sent): Form<Change>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, &href(id)) {
        return Ok(ask);
    }
    let role = list::chosen_role(&sent.hub_role)
        .map_err(|error| Problem::invalid(error.clone()).with_error("hub_role", error))?;
    let user = state.directory().update_user(id, &sent.name, role, &at).await?;
    Ok(done(id, &format!("{}: {}.", user.name, user.hub_role.map_or("no role in the hub", HubRole::label))))
}

/// `POST /people/{id}/link`
pub async fn link(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, &href(id)) {
        return Ok(ask);
    }
    let user = state.directory().user(id).await?;
    let link = membership::link(&state, &user, &at).await?;
    let card = link_card("A sign-in link", user.email.as_str(), &link);
    page(&viewer, &signed_in, &state, id, card).await
}

/// `POST /people/{id}/sessions/end`
pub async fn end_sessions(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    let mine = (id == signed_in.user().id).then_some(signed_in.session().id);
    let ended = state.directory().revoke_sessions(id, mine, &at).await?;
    let count = format::counted(usize::try_from(ended).unwrap_or(usize::MAX), "session", "sessions");
    Ok(done(id, &format!("{count} ended.")))
}

/// `POST /people/{id}/second-factor/remove`
pub async fn remove_second_factor(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, &href(id)) {
        return Ok(ask);
    }
    state.directory().remove_second_factor(id, &at).await?;
    Ok(done(id, "The second step is off. They should set it up again."))
}

/// `POST /people/{id}/disable`
pub async fn disable(
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    let user = membership::disable(&state, id, &at).await?;
    Ok(done(id, &format!("{} is shut out. Sessions, links and keys have ended.", user.name)))
}

/// `POST /people/{id}/enable`
pub async fn enable(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, &href(id)) {
        return Ok(ask);
    }
    let user = state.directory().enable_user(id, &at).await?;
    Ok(done(id, &format!("{} may come in again.", user.name)))
}

#[derive(Deserialize)]
pub struct Sure {
    #[serde(default)]
    sure: String,
}

/// `POST /people/{id}/erase`
pub async fn erase(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
    Form(sent): Form<Sure>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, &href(id)) {
        return Ok(ask);
    }
    if sent.sure != "true" {
        return Err(
            Problem::invalid("Tick the box to say that you are sure.").with_error("sure", "is not ticked")
        );
    }
    membership::erase(&state, id, &at).await?;
    Ok(done(id, "Name and e-mail are gone."))
}

#[derive(Deserialize)]
pub struct Ownership {
    #[serde(default)]
    market: String,
}

/// `POST /people/{id}/owner`
pub async fn make_owner(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Path(id): Path<Ulid>,
    Form(sent): Form<Ownership>,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(&signed_in, at.now, &href(id)) {
        return Ok(ask);
    }
    let name: MarketName = sent.market.parse().map_err(|_| Problem::not_found(NOTHING_HERE))?;
    let market = state.markets().enter(&name).await?;
    membership::put(&state, &market, id, MarketRole::Owner, MarketRole::Owner, &at).await?;
    Ok(done(id, &format!("Owner of {name} now.")))
}
