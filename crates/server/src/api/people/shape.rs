//! What endpoints about people and keys send and take.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use directory::{KeyState, KeyWanted, NewApiKey};
use jiff::{SignedDuration, Timestamp};
use kernel::{HubRole, MarketRole, Moment};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{app::AppState, idempotency::Unkept, membership::Link, problem::Problem};

/// A role in the hub.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InHub {
    /// Runs the hub.
    Operator,
    /// Works on client expansion.
    Growth,
    /// Reads and verifies audit chains.
    Auditor,
}

impl From<InHub> for HubRole {
    fn from(role: InHub) -> Self {
        match role {
            InHub::Operator => Self::Operator,
            InHub::Growth => Self::Growth,
            InHub::Auditor => Self::Auditor,
        }
    }
}

impl From<HubRole> for InHub {
    fn from(role: HubRole) -> Self {
        match role {
            HubRole::Operator => Self::Operator,
            HubRole::Growth => Self::Growth,
            HubRole::Auditor => Self::Auditor,
        }
    }
}

/// A role in a market.
#[derive(Clone, Copy, Deserialize, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InTheMarket {
    /// Everything, its people and keys included.
    Owner,
    /// The daily business.
    Manager,
    /// Figures, deliveries and the audit chain; no contacts.
    Analyst,
    /// The contacts assigned to them.
    Agent,
    /// Figures only.
    Viewer,
}

impl From<InTheMarket> for MarketRole {
    fn from(role: InTheMarket) -> Self {
        match role {
            InTheMarket::Owner => Self::Owner,
            InTheMarket::Manager => Self::Manager,
            InTheMarket::Analyst => Self::Analyst,
            InTheMarket::Agent => Self::Agent,
            InTheMarket::Viewer => Self::Viewer,
        }
    }
}

impl From<MarketRole> for InTheMarket {
    fn from(role: MarketRole) -> Self {
        match role {
            MarketRole::Owner => Self::Owner,
            MarketRole::Manager => Self::Manager,
            MarketRole::Analyst => Self::Analyst,
            MarketRole::Agent => Self::Agent,
            MarketRole::Viewer => Self::Viewer,
        }
    }
}

/// A user of the hub.
#[derive(Serialize, ToSchema)]
pub struct User {
    /// Identity.
    pub id: String,
    /// What they sign in with.
    #[schema(example = "ana@example.com")]
    pub email: String,
    /// What they are called.
    pub name: String,
    /// Their role in the hub; `null`: none.
    pub hub_role: Option<InHub>,
    /// Whether they have set a password.
    pub has_password: bool,
    /// Whether they are asked for a code after the first step.
    pub has_second_factor: bool,
    /// When they were added.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Since when they may no longer come in.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub disabled_at: Option<Timestamp>,
    /// Since when their name and e-mail are gone.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub erased_at: Option<Timestamp>,
}

impl From<&directory::User> for User {
    fn from(user: &directory::User) -> Self {
        Self {
            id: user.id.to_string(),
            email: user.email.as_str().to_owned(),
            name: user.name.clone(),
            hub_role: user.hub_role.map(InHub::from),
            has_password: user.has_password,
            has_second_factor: user.has_second_factor,
            created_at: user.created_at,
            disabled_at: user.disabled_at,
            erased_at: user.erased_at,
        }
    }
}

/// Somebody of a market.
#[derive(Serialize, ToSchema)]
pub struct Member {
    /// Identity.
    pub user_id: String,
    /// What they sign in with.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// As what they belong.
    pub role: InTheMarket,
    /// Whether they may come in.
    pub is_enabled: bool,
    /// Since when they belong.
    #[schema(value_type = String, format = DateTime)]
    pub since: Timestamp,
}

impl From<&directory::Member> for Member {
    fn from(member: &directory::Member) -> Self {
        Self {
            user_id: member.user.id.to_string(),
            email: member.user.email.as_str().to_owned(),
            name: member.user.name.clone(),
            role: member.membership.role.into(),
            is_enabled: member.user.is_enabled(),
            since: member.membership.created_at,
        }
    }
}

/// A link that signs somebody in once. It is shown this once.
#[derive(Serialize, ToSchema)]
pub struct Invitation {
    /// The address to open.
    #[schema(format = "uri")]
    pub link: String,
    /// When it stops working.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl Invitation {
    /// The link just made at `at`.
    pub fn new(link: Link, at: &Moment) -> Self {
        let expires_at = at.at().checked_add(link.lifetime).unwrap_or(Timestamp::MAX);
        Self { link: link.href, expires_at }
    }
}

/// How a key stands.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// It opens what its role says.
    Working,
    /// Its time is over.
    Expired,
    /// Somebody took it back.
    Revoked,
}

/// An API key, without its secret.
#[derive(Serialize, ToSchema)]
pub struct Key {
    /// Identity: the readable part of the key.
    pub id: String,
    /// What it is for.
    pub name: String,
    /// The role that it has: of the hub, or of the market whose key it is.
    pub role: String,
    /// How it stands.
    pub state: State,
    /// Who made it; `null`: a command.
    pub created_by: Option<String>,
    /// When it was made.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it stops working.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Last request, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_used_at: Option<Timestamp>,
    /// When it was taken back.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

impl Key {
    /// A key as it stands at `now`.
    pub fn of(key: &directory::ApiKey, now: Timestamp) -> Self {
        Self {
            id: key.id.to_string(),
            name: key.name.clone(),
            role: key.scope.role_id().to_owned(),
            state: match key.state(now) {
                KeyState::Working => State::Working,
                KeyState::Expired => State::Expired,
                KeyState::Revoked => State::Revoked,
            },
            created_by: key.created_by.map(|id| id.to_string()),
            created_at: key.created_at,
            expires_at: key.expires_at,
            last_used_at: key.last_used_at,
            revoked_at: key.revoked_at,
        }
    }
}

/// A new key with its secret, for the only time.
#[derive(Serialize, ToSchema)]
pub struct MadeKey {
    /// What is kept of it.
    pub key: Key,
    /// `ehub_<id>_<secret>`: to be sent as `Authorization: Bearer ..`. It is shown this once.
    #[schema(pattern = "^ehub_[0-9A-Z]{26}_[0-9a-f]{32}$")]
    pub secret: String,
}

/// Days that a key works unless asked otherwise.
fn days() -> i64 {
    directory::KEY_LIFETIME.as_hours() / 24
}

/// A key of the hub to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HubKeyDraft {
    /// What it is for.
    #[schema(min_length = 1, max_length = 80)]
    pub name: String,
    /// The role that it has in the hub.
    pub role: InHub,
    /// Days that it works.
    #[serde(default = "days")]
    #[schema(minimum = 1, maximum = 366)]
    pub days: i64,
}

/// A key of a market to be made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MarketKeyDraft {
    /// What it is for.
    #[schema(min_length = 1, max_length = 80)]
    pub name: String,
    /// The role that it has in the market.
    pub role: InTheMarket,
    /// Days that it works.
    #[serde(default = "days")]
    #[schema(minimum = 1, maximum = 366)]
    pub days: i64,
}

/// Days that a key may work, as a duration.
///
/// # Errors
/// 422 outside of 1 to 366 days.
pub fn lifetime(days: i64) -> Result<SignedDuration, Problem> {
    match (1..=DAYS_MAX).contains(&days) {
        true => Ok(SignedDuration::from_hours(days * 24)),
        false => {
            let text = format!("A key works for 1 to {DAYS_MAX} days.");
            Err(Problem::invalid(text).with_error("days", format!("is not within 1 to {DAYS_MAX}")))
        }
    }
}

/// The longest that a key may work, in days.
const DAYS_MAX: i64 = directory::KEY_LIFETIME_MAX.as_hours() / 24;

/// Makes a key and answers with its secret, which is kept nowhere.
///
/// # Errors
/// As [`directory::Directory::create_key`].
pub async fn made(state: &AppState, wanted: KeyWanted, at: &Moment) -> Result<Response, Problem> {
    super::super::input::at_most(80, &[("name", Some(&wanted.name))])?;
    let NewApiKey { key, text } = state.directory().create_key(wanted, at, state.entropy().bytes()).await?;
    Ok(once(StatusCode::CREATED, MadeKey { key: Key::of(&key, at.now), secret: text }))
}

/// An answer with a secret in it: for this request and for no repetition of it.
pub fn once(status: StatusCode, body: impl Serialize) -> Response {
    let mut response = (status, Json(body)).into_response();
    response.extensions_mut().insert(Unkept);
    response
}
