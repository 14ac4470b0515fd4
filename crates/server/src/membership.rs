//! Who belongs to a market: one change, told in two trails. The hub's trail is written with the change; the market's own
//! follows, so that its people see who let whom in.

use audit::NewEntry;
use directory::{Email, INVITATION_LIFETIME, Membership, NewUser, User};
use kernel::{MarketRole, Moment, Ulid};
use markets::Market;
use store::trail;

use crate::{app::AppState, problem::Problem};

/// Makes a user belong to the market as `role`, or changes as what.
///
/// # Errors
/// As [`directory::Directory::put_member`].
pub async fn put(
    state: &AppState,
    market: &Market,
    user: Ulid,
    role: MarketRole,
    at: &Moment,
) -> Result<Membership, Problem> {
    let before = state.directory().memberships(user).await?;
    let before = before.iter().find(|membership| membership.market == market.id()).map(|found| found.role);
    let membership = state.directory().put_member(user, market.id(), role, at).await?;
    let action = if before.is_some() { "membership.changed" } else { "membership.granted" };
    if before != Some(role) {
        tell(market, action, user, role, at).await?;
    }
    Ok(membership)
}

/// Ends a membership; whether there was one.
///
/// # Errors
/// As [`directory::Directory::remove_member`].
pub async fn remove(state: &AppState, market: &Market, user: Ulid, at: &Moment) -> Result<bool, Problem> {
    let Some(before) = state.directory().remove_member(user, market.id(), at).await? else {
        return Ok(false);
    };
    tell(market, "membership.ended", user, before.role, at).await?;
    Ok(true)
}

/// The user with this e-mail, or a new one without any role, and then the address of their invitation: a link that
/// signs them in once.
///
/// # Errors
/// As [`directory::Directory::add_user`].
pub async fn known_or_invited(
    state: &AppState,
    email: Email,
    name: &str,
    at: &Moment,
) -> Result<(User, Option<String>), Problem> {
    if let Some(known) = state.directory().user_by_email(&email).await? {
        return Ok((known, None));
    }
    let user =
        state.directory().add_user(NewUser { email, name: name.to_owned(), hub_role: None }, at).await?;
    let link = invitation(state, user.id, at).await?;
    Ok((user, Some(link)))
}

/// The address that signs a user in once, for somebody who has never been here.
///
/// # Errors
/// As [`directory::Directory::issue_link`].
pub async fn invitation(state: &AppState, user: Ulid, at: &Moment) -> Result<String, Problem> {
    let secret = state.entropy().bytes();
    let token = state.directory().issue_link(user, INVITATION_LIFETIME, at, secret).await?;
    Ok(state.config().link(&format!("/sign-in/link/{}", token.as_str())))
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
    trail::append(&mut tx, entry).await?;
    tx.commit().await?;
    Ok(())
}
