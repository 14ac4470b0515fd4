//! The people of a market: `/api/v1/markets/{market}/contacts..`. One endpoint per file; what they send is in
//! `shape`. Agents reach the contacts assigned to them; everybody else's answer as if they did not exist.

mod assign;
mod counts;
mod create;
mod edit;
mod erase;
mod hold;
mod import;
mod list;
mod message_create;
mod messages;
mod note_create;
mod notes;
mod search;
pub mod shape;
mod show;
mod stages;
mod suppressions;

pub use import::agents;

use contacts::Sight;
use kernel::{MarketRole, PersonId, Ulid};
use serde::Deserialize;
use utoipa_axum::routes;

use crate::{
    Config,
    access::{Access, MarketRoles, NOTHING_HERE, Routes},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

/// What open pages of the market are told when a contact changed.
pub const CHANGED: &str = "contact_changed";

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes, config: &Config) -> Routes {
    let read = Access::Market(MarketRoles::READ_CONTACTS);
    let write = Access::Market(MarketRoles::WRITE_CONTACTS);
    let assign = Access::Market(MarketRoles::ASSIGN_CONTACTS);
    let erase = Access::Market(MarketRoles::ERASE_CONTACTS);
    let bytes = config.upload_bytes_max;
    routes
        .api(read, routes!(list::list))
        .api_named(write, routes!(create::create))
        .api(read, routes!(search::search))
        .api(read, routes!(show::show))
        .api(write, routes!(edit::edit))
        .api(assign, routes!(assign::assign))
        .api(erase, routes!(hold::hold))
        .api_named(erase, routes!(erase::erase))
        .api(read, routes!(stages::stages))
        .api(read, routes!(notes::notes))
        .api_named(write, routes!(note_create::create))
        .api(read, routes!(messages::messages))
        .api_named(write, routes!(message_create::create))
        .api_upload(assign, bytes, routes!(import::import))
        .api(Access::Market(MarketRoles::SEE_FIGURES), routes!(counts::counts))
        .api(Access::Market(MarketRoles::SEE_FIGURES), routes!(suppressions::list))
        .api(erase, routes!(suppressions::add))
        .api(erase, routes!(suppressions::remove))
}

/// The contact in the path, beside the market.
#[derive(Deserialize)]
pub struct OfContact {
    contact: Ulid,
}

impl OfContact {
    /// Which one.
    pub fn id(&self) -> PersonId {
        self.contact.into()
    }
}

/// Whose contacts the caller may see.
pub fn sight(here: &InMarket) -> Sight {
    match here.role {
        Some(MarketRole::Owner | MarketRole::Manager) => Sight::All,
        // A program with an agent's role is nobody that contacts are assigned to: it sees those it was given.
        _ => Sight::AssignedTo(here.who.user_id().unwrap_or(Ulid::from_parts(0, 0))),
    }
}

/// A user who may look after contacts of the market.
///
/// # Errors
/// 422 for everybody else.
pub async fn assignee(state: &AppState, here: &InMarket, user: Ulid) -> Result<Ulid, Problem> {
    let members = state.directory().members(here.market.id()).await?;
    if members.iter().any(|member| member.user.id == user && member.may_hold_contacts()) {
        return Ok(user);
    }
    let text = "is nobody in this market who can look after contacts";
    Err(Problem::invalid("The contact cannot be assigned like this.").with_error("assignee", text))
}

/// What a missing contact says: the same as a missing market.
pub fn nothing() -> Problem {
    Problem::not_found(NOTHING_HERE)
}
