//! The use cases, one file per subject: users here, who belongs to which market in `members`, keys of programs in
//! `keys`, the doors in `sign_in`, `second_factor` and `oidc`, what is open in `sessions`, what people keep in
//! `views`.

mod erase;
mod keys;
mod members;
mod oidc;
mod second_factor;
mod sessions;
mod sign_in;
mod views;

use boxed::boxed;
use jiff::Timestamp;
use kernel::{HubRole, Moment, Ulid};
use seal::{Key, KeyId};
use store::{Db, StoreError, Tx};

pub use self::{keys::*, oidc::*, second_factor::*, sessions::*, sign_in::*};
use crate::{DirectoryError, Email, User, password::Passwords, records, trail};

/// Longest name of a browser, a user, a key or a view, in characters.
const NAME_CHARS_MAX: usize = 80;

/// The use cases of the directory.
#[derive(Clone, Debug)]
pub struct Directory {
    db: Db,
    passwords: Passwords,
    key: Option<(KeyId, Key)>,
}

/// Somebody to be added.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// What they will sign in with.
    pub email: Email,
    /// What they are called; the e-mail when empty.
    pub name: String,
    /// What they may do in the hub; nothing when they only belong to markets.
    pub hub_role: Option<HubRole>,
}

#[boxed]
impl Directory {
    /// Opens the directory in `db`, bringing its tables and the hub's trail up to date. Second factors need
    /// [`Directory::with_key`] as well.
    ///
    /// # Errors
    /// When the database fails or belongs to a newer program.
    pub async fn open(db: Db) -> Result<Self, StoreError> {
        db.migrate(&records::SCHEMA).await?;
        trail::open(&db).await?;
        Ok(Self { db, passwords: Passwords::new(), key: None })
    }

    /// The same with the hub's key, which seals the secrets of second factors.
    #[must_use]
    pub fn with_key(mut self, id: KeyId, key: Key) -> Self {
        self.key = Some((id, key));
        self
    }

    /// Everybody, by e-mail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn users(&self) -> Result<Vec<User>, StoreError> {
        records::users(&self.db).await
    }

    /// One user.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or when the database fails.
    pub async fn user(&self, id: Ulid) -> Result<User, DirectoryError> {
        records::user_by_id(&self.db, id).await?.ok_or(DirectoryError::UnknownUser)
    }

    /// The user with this e-mail.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn user_by_email(&self, email: &Email) -> Result<Option<User>, StoreError> {
        records::user_by_email(&self.db, email).await
    }

    /// Adds a user, who comes in by a link ([`Directory::issue_link`]).
    ///
    /// # Errors
    /// [`DirectoryError::EmailTaken`], or when the database fails.
    pub async fn add_user(&self, new: NewUser, moment: &Moment) -> Result<User, DirectoryError> {
        let mut tx = self.db.begin().await?;
        let user = add(&mut tx, new, moment).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// The first enabled operator; when there is none, the user with `email` becomes one and is added if need be.
    /// What a first start calls, and every later one may.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_operator(
        &self,
        email: Email,
        name: &str,
        moment: &Moment,
    ) -> Result<User, DirectoryError> {
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time(OPERATORS).await?;
        if let Some(operator) = records::enabled_operators(&mut tx).await?.into_iter().next() {
            return Ok(operator);
        }
        let operator = match records::user_by_email(&mut tx, &email).await? {
            Some(known) => {
                let operator = User { hub_role: Some(HubRole::Operator), disabled_at: None, ..known };
                records::update_user(&mut tx, &operator).await?;
                trail::record(&mut tx, moment, "user.changed", trail::user(operator.id), &said(&operator));
                operator
            }
            None => {
                let new = NewUser { email, name: name.to_owned(), hub_role: Some(HubRole::Operator) };
                add(&mut tx, new, moment).await?
            }
        };
        tx.commit().await?;
        Ok(operator)
    }

    /// Changes a user's name and hub role. Keys of the hub that they made end when they are no operator any more.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::Erased`], [`DirectoryError::LastOperator`], or when the
    /// database fails.
    pub async fn update_user(
        &self,
        id: Ulid,
        name: &str,
        hub_role: Option<HubRole>,
        moment: &Moment,
    ) -> Result<User, DirectoryError> {
        let name = short(name);
        self.change(id, "user.changed", moment, |user| {
            let name = if name.is_empty() { user.name } else { name };
            User { name, hub_role, ..user }
        })
        .await
    }

    /// Shuts a user out: no sign-in; every session, open link and key that they made ends now.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::LastOperator`], or when the database fails.
    pub async fn disable_user(&self, id: Ulid, moment: &Moment) -> Result<User, DirectoryError> {
        self.change(id, "user.disabled", moment, |user| User {
            disabled_at: user.disabled_at.or(Some(moment.at())),
            ..user
        })
        .await
    }

    /// Lets a disabled user in again. Keys that ended stay ended.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::Erased`], or when the database fails.
    pub async fn enable_user(&self, id: Ulid, moment: &Moment) -> Result<User, DirectoryError> {
        self.change(id, "user.enabled", moment, |user| User { disabled_at: None, ..user }).await
    }

    async fn change(
        &self,
        id: Ulid,
        action: &'static str,
        moment: &Moment,
        change: impl FnOnce(User) -> User,
    ) -> Result<User, DirectoryError> {
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time(OPERATORS).await?;
        let before = records::user_by_id(&mut tx, id).await?.ok_or(DirectoryError::UnknownUser)?;
        if before.erased_at.is_some() {
            return Err(DirectoryError::Erased);
        }
        let after = change(before.clone());
        if after == before {
            return Ok(after);
        }
        keep_an_operator(&mut tx, &after).await?;
        records::update_user(&mut tx, &after).await?;
        if !after.is_enabled() {
            shut_out(&mut tx, id, moment).await?;
        } else if after.hub_role != Some(HubRole::Operator) {
            keys::revoke_made_by(&mut tx, id, moment, |scope| scope.market().is_none()).await?;
        }
        trail::record(&mut tx, moment, action, trail::user(id), &said(&after));
        tx.commit().await?;
        Ok(after)
    }
}

/// The name under which changes that could take the last operator away wait for each other.
const OPERATORS: &str = "directory operators";

/// Refuses a change after which nobody could run the hub.
async fn keep_an_operator(tx: &mut Tx, after: &User) -> Result<(), DirectoryError> {
    let operators = records::enabled_operators(tx).await?;
    let stays = after.hub_role == Some(HubRole::Operator) && after.is_enabled();
    if !stays && !operators.is_empty() && operators.iter().all(|operator| operator.id == after.id) {
        return Err(DirectoryError::LastOperator);
    }
    Ok(())
}

/// Ends everything by which a user, or somebody with a secret that they saw, could come in.
async fn shut_out(tx: &mut Tx, id: Ulid, moment: &Moment) -> Result<(), DirectoryError> {
    records::delete_sessions(tx, id, None).await?;
    records::revoke_links(tx, id).await?;
    keys::revoke_made_by(tx, id, moment, |_| true).await
}

async fn add(tx: &mut Tx, new: NewUser, moment: &Moment) -> Result<User, DirectoryError> {
    let name = match short(&new.name) {
        empty if empty.is_empty() => new.email.as_str().to_owned(),
        name => name,
    };
    let user = User {
        id: moment.ids().next(),
        email: new.email,
        name,
        hub_role: new.hub_role,
        has_password: false,
        has_second_factor: false,
        created_at: moment.at(),
        disabled_at: None,
        erased_at: None,
    };
    records::add_user(tx, &user).await.map_err(|error| {
        if error.is_unique_violation() { DirectoryError::EmailTaken } else { error.into() }
    })?;
    trail::record(tx, moment, "user.added", trail::user(user.id), &said(&user));
    Ok(user)
}

/// What the trail keeps of a user's state.
fn said(user: &User) -> Vec<(&'static str, String)> {
    let role = user.hub_role.map_or("none", HubRole::id);
    vec![("hub_role", role.to_owned()), ("enabled", user.is_enabled().to_string())]
}

fn ulid(now: Timestamp, random: u128) -> Ulid {
    Ulid::from_parts(u64::try_from(now.as_millisecond()).unwrap_or_default(), random)
}

fn micros(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

fn short(text: &str) -> String {
    text.trim().chars().take(NAME_CHARS_MAX).collect()
}
