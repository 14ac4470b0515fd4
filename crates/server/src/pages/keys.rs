//! API keys: of the hub (`/keys`) and of one market (`/m/{market}/keys`). The two pages differ in whose keys they show.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
};
use directory::{ApiKey, DirectoryError, KEY_LIFETIME, KeyScope, KeyState, KeyWanted};
use jiff::{SignedDuration, Timestamp};
use kernel::{HubRole, MarketId, MarketName, MarketRole, Ulid};
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use crate::{
    access::{Access, HubRoles, MarketRoles, Routes},
    app::AppState,
    design::{
        Address, Column, Errors, Field, Filter, Icon, Page, Table, Tone, card, flush_card, format, notice,
    },
    flash,
    pages::{
        account::{confirm, key_state},
        views,
    },
    problem::Problem,
    viewer::{At, InMarket, SignedIn, Viewer},
};

/// Hours of a day.
const DAY: i64 = 24;
/// How long a key may work, in days.
const DAYS: [i64; 4] = [7, 30, 90, 365];

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Hub(HubRoles::READ_USERS);
    let manage = Access::Hub(HubRoles::MANAGE_USERS);
    let market = Access::Market(MarketRoles::MANAGE_KEYS);
    routes
        .get(read, "/keys", show_hub)
        .post(manage, "/keys", create_in_hub)
        .post(manage, "/keys/{id}/revoke", revoke_in_hub)
        .get(market, "/m/{market}/keys", show_market)
        .post(market, "/m/{market}/keys", create_in_market)
        .post(market, "/m/{market}/keys/{id}/revoke", revoke_in_market)
}

/// Whose keys a page shows, and whether the viewer may make some.
struct Place {
    market: Option<(MarketId, MarketName)>,
    manages: bool,
}

impl Place {
    fn hub(signed_in: &SignedIn) -> Self {
        Self { market: None, manages: signed_in.may(HubRoles::MANAGE_USERS) }
    }

    fn market(here: &InMarket) -> Self {
        let market = Some((here.market.id(), here.market.name().clone()));
        Self { market, manages: here.may(MarketRoles::MANAGE_KEYS) }
    }

    fn id(&self) -> Option<MarketId> {
        self.market.as_ref().map(|(id, _)| *id)
    }

    fn home(&self) -> String {
        self.market.as_ref().map_or_else(|| "/keys".to_owned(), |(_, name)| format!("/m/{name}/keys"))
    }

    fn roles(&self) -> Vec<(String, String)> {
        match &self.market {
            None => HubRole::ALL.iter().map(|role| (role.id().to_owned(), role.label().to_owned())).collect(),
            Some(_) => {
                MarketRole::ALL.iter().map(|role| (role.id().to_owned(), role.label().to_owned())).collect()
            }
        }
    }

    /// What a key with the role that was chosen opens.
    fn scope(&self, role: &str) -> Result<KeyScope, String> {
        match self.id() {
            None => role.parse().map(KeyScope::Hub).map_err(|error: kernel::HubRoleError| error.to_string()),
            Some(market) => role
                .parse()
                .map(|role| KeyScope::Market(market, role))
                .map_err(|error: kernel::MarketRoleError| error.to_string()),
        }
    }
}

/// `GET /keys`
pub async fn show_hub(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    page(&viewer, &state, &Place::hub(&signed_in), &Errors::default(), &Wanted::default(), html! {}).await
}

/// `GET /m/{market}/keys`
pub async fn show_market(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    page(&viewer, &state, &Place::market(&here), &Errors::default(), &Wanted::default(), html! {}).await
}

async fn page(
    viewer: &Viewer,
    state: &AppState,
    place: &Place,
    errors: &Errors,
    sent: &Wanted,
    above: Markup,
) -> Result<Response, Problem> {
    let users = state.directory().users().await?;
    let row = |key: ApiKey| Row {
        maker: match key.created_by {
            Some(id) => {
                users.iter().find(|user| user.id == id).map_or("somebody", |user| &user.name).to_owned()
            }
            None => "a command".to_owned(),
        },
        revoke: (place.manages && key.state(viewer.now) == KeyState::Working)
            .then(|| format!("{}/{}/revoke", place.home(), key.id)),
        now: viewer.now,
        key,
    };
    let rows: Vec<Row> = state.directory().keys(place.id()).await?.into_iter().map(row).collect();
    let table = table(place.manages);
    if let Some(file) = table.export(&rows, &viewer.address, "api-keys")? {
        return Ok(file);
    }
    let views = views::of(viewer, state.directory()).await?;
    let list = flush_card("API keys", None, html! {}, table.render(&rows, &viewer.address, &views));
    let lead = match &place.market {
        None => "Programs with a key of the hub do what its role may do in the hub, and enter no market."
            .to_owned(),
        Some((_, name)) => format!(
            "Programs with a key of {name} do what its role may do in this market, and nothing elsewhere."
        ),
    };
    Ok(Page::new(viewer, "API keys")
        .lead(html! { (lead) " Send it as " code { "Authorization: Bearer ehub_…" } "." })
        .main(html! {
            (above)
            (list)
            @if place.manages { div.narrow { (make_card(place, errors, sent)) } }
        })
        .render()
        .into_response())
}

/// A key with what the table shows beside.
struct Row {
    key: ApiKey,
    maker: String,
    now: Timestamp,
    /// Where it is revoked, for who may.
    revoke: Option<String>,
}

impl Row {
    fn state(&self) -> (&'static str, &'static str) {
        match self.key.state(self.now) {
            KeyState::Working => ("working", "Working"),
            KeyState::Expired => ("expired", "Expired"),
            KeyState::Revoked => ("revoked", "Revoked"),
        }
    }
}

fn table(manages: bool) -> Table<Row> {
    let states = [("working", "Working"), ("expired", "Expired"), ("revoked", "Revoked")];
    let table = Table::new("keys", "API keys", ("key", "keys"), |row: &Row| row.key.id.to_string())
        .column(
            Column::new(
                "name",
                "Key",
                ColumnKind::Text,
                |row: &Row| html! { (row.key.name) div.tiny.muted.key-id { (end_of(row.key.id)) } },
                |row: &Row| Cell::from(row.key.name.clone()),
            )
            .sorted_by(|one, two| one.key.name.to_lowercase().cmp(&two.key.name.to_lowercase())),
        )
        .column(Column::text("role", "Role", |row: &Row| row.key.scope.role_label().to_owned()))
        .column(Column::new(
            "state",
            "State",
            ColumnKind::Text,
            |row: &Row| key_state(&row.key, row.now),
            |row: &Row| Cell::from(row.state().0),
        ))
        .column(
            Column::new(
                "last_used_at",
                "Last used",
                ColumnKind::Text,
                |row: &Row| html! { @if let Some(at) = row.key.last_used_at { (format::when(at, row.now)) } @else { "never" } },
                |row: &Row| row.key.last_used_at.map_or(Cell::Empty, |at| Cell::from(at.to_string())),
            )
            .sorted_by(|one, two| one.key.last_used_at.cmp(&two.key.last_used_at))
            .importance(2),
        )
        .column(
            Column::new(
                "expires_at",
                "Ends",
                ColumnKind::Text,
                |row: &Row| html! { (format::when(row.key.expires_at, row.now)) },
                |row: &Row| Cell::from(row.key.expires_at.to_string()),
            )
            .sorted_by(|one, two| one.key.expires_at.cmp(&two.key.expires_at))
            .importance(2),
        )
        .column(Column::text("made_by", "Made by", |row: &Row| row.maker.clone()).importance(3))
        .column(Column::text("id", "Identifier", |row: &Row| row.key.id.to_string()).optional())
        .filter(Filter::new(
            "state",
            "State",
            states.map(|(id, label)| (id.to_owned(), label.to_owned())),
            |row: &Row| row.state().0.to_owned(),
        ))
        .searched_in(|row: &Row| format!("{} {} {}", row.key.name, row.key.id, row.maker))
        .when_empty(Icon::Key, "No keys yet", "Programs need one to use the API by themselves.", []);
    if !manages {
        return table;
    }
    table.column(Column::acting(|row: &Row| {
        html! {
            @if let Some(revoke) = &row.revoke {
                form method="post" action=(revoke) hx-boost="false" {
                    button.button.small.danger aria-label={ "Revoke " (row.key.name) } { "Revoke" }
                }
            }
        }
    }))
}

/// Enough of a key's identifier to tell it from others.
fn end_of(id: Ulid) -> String {
    format!("ehub_…{}", &id.to_string()[18..])
}

fn make_card(place: &Place, errors: &Errors, sent: &Wanted) -> Markup {
    let roles = place.roles();
    // The least powerful role is offered first.
    let least = roles.last().map(|(id, _)| id.clone()).unwrap_or_default();
    let role = if sent.role.is_empty() { &least } else { &sent.role };
    let days =
        if sent.days.is_empty() { (KEY_LIFETIME.as_hours() / DAY).to_string() } else { sent.days.clone() };
    let lifetimes = DAYS.map(|days| (days.to_string(), format!("{days} days")));
    let body = html! {
        (errors.summary())
        form.form method="post" action=(place.home()) {
            (Field::text("name", "What it is for").required().attribute("maxlength", "80").attribute("placeholder", "Nightly export").value(&sent.name).errors(errors).render())
            (Field::select("role", "Role", roles).value(role).errors(errors).render())
            (Field::select("days", "Works for", lifetimes).value(days).errors(errors).render())
            div.form-foot { button.button.primary { (Icon::Key) "Make key" } }
        }
        p.hint { "Choose the smallest role that does. The key ends with your own right to make keys." }
    };
    card("Make a key", None, html! {}, body)
}

/// The key, for the only time.
fn secret_card(text: &str, key: &ApiKey) -> Markup {
    let body = html! {
        (notice(Tone::Warn, "Copy it now", html! { p { "It is shown this once and kept nowhere in the hub. Whoever has it is " strong { (key.scope.role_label()) } " until it ends." } }))
        pre.secret-list { (text) }
        div.form-foot { button.button.primary.js-only type="button" data-copy=(text) { (Icon::Copy) "Copy" } }
    };
    card(&format!("Key “{}”", key.name), None, html! {}, body)
}

#[derive(Default, Deserialize)]
pub struct Wanted {
    #[serde(default)]
    name: String,
    #[serde(default)]
    role: String,
    #[serde(default)]
    days: String,
}

async fn create(
    viewer: &Viewer,
    signed_in: &SignedIn,
    at: &kernel::Moment,
    state: &AppState,
    place: Place,
    sent: Wanted,
) -> Result<Response, Problem> {
    if let Some(ask) = confirm::needed(signed_in, at.now, &place.home()) {
        return Ok(ask);
    }
    let mut errors = Errors::default();
    let scope = place.scope(&sent.role).map_err(|error| errors.add("role", error));
    let days = sent.days.parse::<i64>().ok().filter(|days| DAYS.contains(days));
    if days.is_none() {
        errors.add("days", "Choose how long it works.");
    }
    if let (Ok(scope), Some(days)) = (scope, days) {
        let lifetime = SignedDuration::from_hours(days * DAY);
        let created_by = Some(signed_in.user().id);
        let wanted = KeyWanted { name: sent.name.clone(), scope, lifetime, created_by };
        match state.directory().create_key(wanted, at, state.entropy().bytes()).await {
            Ok(made) => {
                let card = secret_card(&made.text, &made.key);
                return page(viewer, state, &place, &errors, &Wanted::default(), card).await;
            }
            Err(error @ DirectoryError::KeyName) => {
                errors.add("name", crate::api::input::invalid(&error).detail())
            }
            Err(error) => return Err(error.into()),
        }
    }
    let mut page = page(viewer, state, &place, &errors, &sent, html! {}).await?;
    *page.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    Ok(page)
}

/// `POST /keys`
pub async fn create_in_hub(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Form(sent): Form<Wanted>,
) -> Result<Response, Problem> {
    create(&viewer, &signed_in, &at, &state, Place::hub(&signed_in), sent).await
}

/// `POST /m/{market}/keys`
pub async fn create_in_market(
    viewer: Viewer,
    signed_in: SignedIn,
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Form(sent): Form<Wanted>,
) -> Result<Response, Problem> {
    create(&viewer, &signed_in, &at, &state, Place::market(&here), sent).await
}

/// A key in a path.
#[derive(Deserialize)]
pub struct OfKey {
    id: Ulid,
}

async fn revoke(state: &AppState, at: &kernel::Moment, place: Place, id: Ulid) -> Result<Response, Problem> {
    let key = state.directory().revoke_key(place.id(), id, at).await?;
    let text = format!("“{}” opens nothing any more.", key.name);
    Ok(flash::redirect(&Address::at(place.home()), Tone::Good, &text))
}

/// `POST /keys/{id}/revoke`
pub async fn revoke_in_hub(
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfKey>,
) -> Result<Response, Problem> {
    revoke(&state, &at, Place::hub(&signed_in), path.id).await
}

/// `POST /m/{market}/keys/{id}/revoke`
pub async fn revoke_in_market(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfKey>,
) -> Result<Response, Problem> {
    revoke(&state, &at, Place::market(&here), path.id).await
}
