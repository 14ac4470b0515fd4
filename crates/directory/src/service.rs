//! The use cases: users here, the doors in `sign_in`, what is open in `sessions`, what people keep in `views`.

mod sessions;
mod sign_in;
mod views;

use jiff::Timestamp;
use kernel::Ulid;
use store::{Db, StoreError, Tx};

pub use self::{sessions::*, sign_in::*};
use crate::{DirectoryError, Email, Role, User, password::Passwords, records};

/// Longest name of a browser, a user or a view, in characters.
const NAME_CHARS_MAX: usize = 80;

/// The use cases of the directory.
#[derive(Clone, Debug)]
pub struct Directory {
    db: Db,
    passwords: Passwords,
}

impl Directory {
    /// Opens the directory in `db`, bringing its tables up to date.
    ///
    /// # Errors
    /// When the database fails or belongs to a newer program.
    pub async fn open(db: Db) -> Result<Self, StoreError> {
        db.migrate(&records::SCHEMA).await?;
        Ok(Self { db, passwords: Passwords::new() })
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

    /// Adds a user. `random` makes the identifier.
    ///
    /// # Errors
    /// [`DirectoryError::EmailTaken`], or when the database fails.
    pub async fn add_user(
        &self,
        email: Email,
        name: &str,
        role: Role,
        now: Timestamp,
        random: u128,
    ) -> Result<User, DirectoryError> {
        let mut tx = self.db.begin().await?;
        let user = add(&mut tx, email, name, role, now, random).await?;
        tx.commit().await?;
        Ok(user)
    }

    /// The first enabled owner; when there is none, the user with `email` becomes one and is added if need be.
    /// What a first start calls, and every later one may.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn ensure_owner(
        &self,
        email: Email,
        name: &str,
        now: Timestamp,
        random: u128,
    ) -> Result<User, DirectoryError> {
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("directory owners").await?;
        if let Some(owner) = records::enabled_owners(&mut tx).await?.into_iter().next() {
            return Ok(owner);
        }
        let owner = match records::user_by_email(&mut tx, &email).await? {
            Some(known) => {
                let owner = User { role: Role::Owner, disabled_at: None, ..known };
                records::update_user(&mut tx, &owner).await?;
                owner
            }
            None => add(&mut tx, email, name, Role::Owner, now, random).await?,
        };
        tx.commit().await?;
        Ok(owner)
    }

    /// Changes a user's name and role.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::LastOwner`], or when the database fails.
    pub async fn update_user(&self, id: Ulid, name: &str, role: Role) -> Result<User, DirectoryError> {
        self.change(id, |user| User { name: short(name), role, ..user }).await
    }

    /// Shuts a user out: no sign-in, and every session and open link ends now.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], [`DirectoryError::LastOwner`], or when the database fails.
    pub async fn disable_user(&self, id: Ulid, now: Timestamp) -> Result<User, DirectoryError> {
        self.change(id, |user| User { disabled_at: user.disabled_at.or(Some(now)), ..user }).await
    }

    /// Lets a disabled user in again.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or when the database fails.
    pub async fn enable_user(&self, id: Ulid) -> Result<User, DirectoryError> {
        self.change(id, |user| User { disabled_at: None, ..user }).await
    }

    async fn change(&self, id: Ulid, change: impl FnOnce(User) -> User) -> Result<User, DirectoryError> {
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("directory owners").await?;
        let before = records::user_by_id(&mut tx, id).await?.ok_or(DirectoryError::UnknownUser)?;
        let after = change(before);
        let owners = records::enabled_owners(&mut tx).await?;
        let stays_owner = after.role == Role::Owner && after.disabled_at.is_none();
        if !stays_owner && owners.iter().all(|owner| owner.id == id) && !owners.is_empty() {
            return Err(DirectoryError::LastOwner);
        }
        records::update_user(&mut tx, &after).await?;
        if after.disabled_at.is_some() {
            records::delete_sessions(&mut tx, id, None).await?;
            records::revoke_links(&mut tx, id).await?;
        }
        tx.commit().await?;
        Ok(after)
    }
}

async fn add(
    tx: &mut Tx,
    email: Email,
    name: &str,
    role: Role,
    now: Timestamp,
    random: u128,
) -> Result<User, DirectoryError> {
    let name = match short(name) {
        empty if empty.is_empty() => email.as_str().to_owned(),
        name => name,
    };
    let user = User {
        id: ulid(now, random),
        email,
        name,
        role,
        has_password: false,
        created_at: micros(now),
        disabled_at: None,
    };
    records::add_user(tx, &user).await.map_err(|error| {
        if error.is_unique_violation() { DirectoryError::EmailTaken } else { error.into() }
    })?;
    Ok(user)
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
