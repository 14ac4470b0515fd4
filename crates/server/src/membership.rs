//! Who belongs to a market: one change, told in two trails. The hub's trail is written with the change; the market's own
//! follows, so that its people see who let whom in. Who cannot hold leads any more, by whichever of these ways, is offered
//! none, and what they were offered and have not acted on goes to the others.

use audit::NewEntry;
use directory::{Email, INVITATION_LIFETIME, LINK_LIFETIME, Membership, NewUser, User, may_appoint};
use jiff::SignedDuration;
use kernel::{MarketId, MarketRole, Moment, Ulid};
use markets::Market;
use store::trail;

use crate::{api::leads, app::AppState, problem::Problem};

/// Makes a user belong to the market as `role`, or changes as what; decided by somebody who is `by` there.
///
/// # Errors
/// 403 beyond what `by` may decide, and as [`directory::Directory::put_member`].
pub async fn put(
    state: &AppState,
    market: &Market,
    user: Ulid,
    role: MarketRole,
    by: MarketRole,
    at: &Moment,
) -> Result<Membership, Problem> {
    let before = role_of(state, market, user).await?;
    allowed(by, before.into_iter().chain([role]))?;
    let membership = state.directory().put_member(user, market.id(), role, at).await?;
    let action = if before.is_some() { "membership.changed" } else { "membership.granted" };
    if before != Some(role) {
        tell(market, action, user, role, at).await?;
    }
    settle(state, user, &[market.id()], at).await;
    Ok(membership)
}

/// Ends a membership, as somebody who is `by` there decided; whether there was one.
///
/// # Errors
/// 403 beyond what `by` may decide, and as [`directory::Directory::remove_member`].
pub async fn remove(
    state: &AppState,
    market: &Market,
    user: Ulid,
    by: MarketRole,
    at: &Moment,
) -> Result<bool, Problem> {
    allowed(by, role_of(state, market, user).await?)?;
    let Some(before) = state.directory().remove_member(user, market.id(), at).await? else {
        return Ok(false);
    };
    tell(market, "membership.ended", user, before.role, at).await?;
    settle(state, user, &[market.id()], at).await;
    Ok(true)
}

/// Shuts a user out.
///
/// # Errors
/// As [`directory::Directory::disable_user`].
pub async fn disable(state: &AppState, user: Ulid, at: &Moment) -> Result<User, Problem> {
    let markets = markets_of(state, user).await?;
    let disabled = state.directory().disable_user(user, at).await?;
    settle(state, user, &markets, at).await;
    Ok(disabled)
}

/// Takes name and e-mail of a user away for good, and shuts them out.
///
/// # Errors
/// As [`directory::Directory::erase_user`].
pub async fn erase(state: &AppState, user: Ulid, at: &Moment) -> Result<User, Problem> {
    let markets = markets_of(state, user).await?;
    let erased = state.directory().erase_user(user, at).await?;
    settle(state, user, &markets, at).await;
    Ok(erased)
}

async fn markets_of(state: &AppState, user: Ulid) -> Result<Vec<MarketId>, Problem> {
    let memberships = state.directory().memberships(user).await?;
    Ok(memberships.into_iter().map(|membership| membership.market).collect())
}

/// Brings the rosters of these markets in line with what became of the user.
async fn settle(state: &AppState, user: Ulid, markets: &[MarketId], at: &Moment) {
    for market in state.hub().settle_agent(user, markets, at).await {
        state.tell(market, leads::POLICY_CHANGED);
        state.tell(market, leads::CHANGED);
    }
}

async fn role_of(state: &AppState, market: &Market, user: Ulid) -> Result<Option<MarketRole>, Problem> {
    let memberships = state.directory().memberships(user).await?;
    Ok(memberships.iter().find(|membership| membership.market == market.id()).map(|found| found.role))
}

/// Whether somebody who is `by` may give and take all of these roles.
fn allowed(by: MarketRole, roles: impl IntoIterator<Item = MarketRole>) -> Result<(), Problem> {
    match roles.into_iter().all(|role| may_appoint(by, role)) {
        true => Ok(()),
        false => Err(Problem::forbidden("Only an owner of the market makes owners and parts from them.")),
    }
}

/// Somebody who was added to a market.
pub struct Added {
    /// The person.
    pub user: User,
    /// As what they belong.
    pub membership: Membership,
    /// For somebody new to the hub: a link that signs them in once.
    pub link: Option<Link>,
}

/// Adds the user with this e-mail to a market, or a new one who has no other role, as somebody who is `by` there
/// decided.
///
/// # Errors
/// 403 beyond what `by` may decide, 409 for a user who is disabled, and as [`directory::Directory::add_user`].
pub async fn add(
    state: &AppState,
    market: &Market,
    (email, name): (Email, &str),
    role: MarketRole,
    by: MarketRole,
    at: &Moment,
) -> Result<Added, Problem> {
    allowed(by, [role])?;
    let known = state.directory().user_by_email(&email).await?;
    let (user, link) = match known {
        Some(known) if !known.is_enabled() => {
            return Err(Problem::conflict(
                "This user is disabled. An operator of the hub can let them in again.",
            ));
        }
        Some(known) => (known, None),
        None => {
            let new = NewUser { email, name: name.to_owned(), hub_role: None };
            let user = state.directory().add_user(new, at).await?;
            let link = link(state, &user, at).await?;
            (user, Some(link))
        }
    };
    let membership = put(state, market, user.id, role, by, at).await?;
    Ok(Added { user, membership, link })
}

/// An address that signs a user in once.
pub struct Link {
    /// The address.
    pub href: String,
    /// How long it works.
    pub lifetime: SignedDuration,
}

/// A link that signs a user in once: for somebody who has never set a password it works as long as an invitation must,
/// for others as long as it takes to pass it on.
///
/// # Errors
/// As [`directory::Directory::issue_link`].
pub async fn link(state: &AppState, user: &User, at: &Moment) -> Result<Link, Problem> {
    let lifetime = if user.has_password { LINK_LIFETIME } else { INVITATION_LIFETIME };
    let secret = state.entropy().bytes();
    let token = state.directory().issue_link(user.id, lifetime, at, secret).await?;
    Ok(Link { href: state.config().link(&format!("/sign-in/link/{}", token.as_str())), lifetime })
}

async fn tell(
    market: &Market,
    action: &str,
    user: Ulid,
    role: MarketRole,
    at: &Moment,
) -> Result<(), Problem> {
    let entry = NewEntry::new(at.now, &at.actor, action, &format!("user:{user}")).with("role", role.id());
    let mut tx = market.db().begin().await?;
    trail::append(&mut tx, entry);
    tx.commit().await?;
    Ok(())
}
