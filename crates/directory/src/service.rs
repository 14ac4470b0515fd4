use jiff::{SignedDuration, Timestamp};
use kernel::Ulid;
use store::{Db, StoreError, Tx};

use crate::{
    DirectoryError, Email, Role, SavedView, Session, SignInError, SignedIn, Started, Token, User,
    password::Passwords, records, throttle,
};

/// How long a sign-in link works when nothing else is asked for.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// A session ends this long after sign-in.
pub const SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A session ends when unused for this long.
pub const SESSION_IDLE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The last use of a session is written down at most this often, so that reading stays free of writing.
const TOUCH_INTERVAL: SignedDuration = SignedDuration::from_secs(60);
/// Longest name of a browser, a user or a view, in characters.
const NAME_CHARS_MAX: usize = 80;

/// From where somebody signs in.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The network address, for throttling.
    pub address: String,
    /// The browser, as it calls itself, for the list of sessions.
    pub label: String,
}

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

    /// Sets a password and ends the user's other sessions and open links; `current` is the session that stays.
    ///
    /// # Errors
    /// [`DirectoryError::Password`], [`DirectoryError::UnknownUser`], or when the database fails.
    pub async fn set_password(
        &self,
        id: Ulid,
        password: &str,
        current: Option<Ulid>,
        salt: [u8; 16],
    ) -> Result<(), DirectoryError> {
        let hash = self.passwords.hash(password, salt).await?;
        let mut tx = self.db.begin().await?;
        if !records::set_password(&mut tx, id, Some(hash)).await? {
            return Err(DirectoryError::UnknownUser);
        }
        records::delete_sessions(&mut tx, id, current).await?;
        records::revoke_links(&mut tx, id).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether this is the user's password; also `false` when none is set.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`], or when the database fails.
    pub async fn check_password(&self, id: Ulid, password: &str) -> Result<bool, DirectoryError> {
        let user = self.user(id).await?;
        let known = records::password_of(&self.db, &user.email).await?;
        Ok(self.passwords.verify(password, known.and_then(|(_, stored)| stored)).await?)
    }

    /// A new link that signs the user in once within `lifetime`.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`] also when the user is disabled, or when the database fails.
    pub async fn issue_link(
        &self,
        user_id: Ulid,
        lifetime: SignedDuration,
        now: Timestamp,
        entropy: [u8; 32],
    ) -> Result<Token, DirectoryError> {
        let token = Token::from_entropy(entropy);
        let mut tx = self.db.begin().await?;
        let user = records::user_by_id(&mut tx, user_id).await?;
        if user.is_none_or(|user| user.disabled_at.is_some()) {
            return Err(DirectoryError::UnknownUser);
        }
        let fingerprint = Token::fingerprint(token.as_str());
        records::add_link(&mut tx, fingerprint, user_id, now, later(now, lifetime)).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Whose link this is, without using it up: programs that look into mail open links before people do, so
    /// the page asks the person to confirm first. `None` when it can no longer be used.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn peek_link(&self, token: &str, now: Timestamp) -> Result<Option<User>, StoreError> {
        records::user_of_link(&self.db, Token::fingerprint(token), now).await
    }

    /// Uses a link up and begins a session.
    ///
    /// # Errors
    /// [`SignInError::LinkUnusable`], or when the database fails.
    pub async fn sign_in_with_link(
        &self,
        token: &str,
        visit: &Visit,
        now: Timestamp,
        entropy: [u8; 32],
    ) -> Result<Started, SignInError> {
        let mut tx = self.db.begin().await?;
        let user_id = records::use_link(&mut tx, Token::fingerprint(token), now).await?;
        let user = match user_id {
            Some(id) => records::user_by_id(&mut tx, id).await?,
            None => None,
        };
        let user = user.filter(|user| user.disabled_at.is_none()).ok_or(SignInError::LinkUnusable)?;
        let started = start(&mut tx, user, visit, now, entropy).await?;
        tx.commit().await?;
        Ok(started)
    }

    /// Checks e-mail and password and begins a session.
    ///
    /// # Errors
    /// [`SignInError::WrongCredentials`], [`SignInError::TooManyAttempts`], or when the database fails.
    pub async fn sign_in_with_password(
        &self,
        email: &str,
        password: &str,
        visit: &Visit,
        now: Timestamp,
        entropy: [u8; 32],
    ) -> Result<Started, SignInError> {
        let email: Option<Email> = email.parse().ok();
        if let Some(retry_at) = throttle::retry_at(&self.db, email.as_ref(), &visit.address, now).await? {
            return Err(SignInError::TooManyAttempts { retry_at });
        }
        let known = match &email {
            Some(email) => records::password_of(&self.db, email).await?,
            None => None,
        };
        let (id, stored) = known.map_or((None, None), |(id, stored)| (Some(id), stored));
        let right = self.passwords.verify(password, stored).await?;

        let mut tx = self.db.begin().await?;
        let user = match id.filter(|_| right) {
            Some(id) => records::user_by_id(&mut tx, id).await?.filter(|user| user.disabled_at.is_none()),
            None => None,
        };
        let Some(user) = user else {
            throttle::remember(&mut tx, email.as_ref(), &visit.address, now).await?;
            tx.commit().await?;
            return Err(SignInError::WrongCredentials);
        };
        records::forget_failures_of(&mut tx, throttle::email_subject(&user.email)).await?;
        let started = start(&mut tx, user, visit, now, entropy).await?;
        tx.commit().await?;
        Ok(started)
    }

    /// Who bears this session token; `None` when the session ended or never was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: &str, now: Timestamp) -> Result<Option<SignedIn>, StoreError> {
        let fingerprint = Token::fingerprint(token);
        let found = records::signed_in(&self.db, fingerprint, now, idle_since(now)).await?;
        let Some(mut found) = found else { return Ok(None) };
        if now.duration_since(found.session.last_seen_at) >= TOUCH_INTERVAL {
            records::touch_session(&self.db, found.session.id, now).await?;
            found.session.last_seen_at = now;
        }
        Ok(Some(found))
    }

    /// Where a user is signed in, the latest use first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn sessions(&self, user_id: Ulid, now: Timestamp) -> Result<Vec<Session>, StoreError> {
        records::sessions(&self.db, user_id, now, idle_since(now)).await
    }

    /// Ends one session of a user; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_session(&self, user_id: Ulid, session_id: Ulid) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let ended = records::delete_session(&mut tx, user_id, session_id).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends every session of a user but `except`; how many.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn revoke_sessions(&self, user_id: Ulid, except: Option<Ulid>) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let ended = records::delete_sessions(&mut tx, user_id, except).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Ends the session of this token; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn end_session(&self, token: &str) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let ended = records::delete_session_of_token(&mut tx, Token::fingerprint(token)).await?;
        tx.commit().await?;
        Ok(ended)
    }

    /// Deletes sessions and links that have ended; how many. Worth doing once a day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let gone = records::prune(&mut tx, now, idle_since(now)).await?;
        tx.commit().await?;
        Ok(gone)
    }

    /// The views a user saved, of one page or of all, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn saved_views(&self, user_id: Ulid, page: Option<&str>) -> Result<Vec<SavedView>, StoreError> {
        match page {
            Some(page) => records::views_of_page(&self.db, user_id, page).await,
            None => records::views(&self.db, user_id).await,
        }
    }

    /// Keeps a page's query under a name; the same name again replaces the query.
    ///
    /// # Errors
    /// [`DirectoryError::ViewName`], [`DirectoryError::UnknownUser`], or when the database fails.
    pub async fn save_view(
        &self,
        user_id: Ulid,
        page: &str,
        name: &str,
        query: &str,
        now: Timestamp,
        random: u128,
    ) -> Result<SavedView, DirectoryError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(DirectoryError::ViewName);
        }
        let view = SavedView {
            id: ulid(now, random),
            user_id,
            page: page.to_owned(),
            name: name.to_owned(),
            query: query.trim_start_matches('?').to_owned(),
            created_at: micros(now),
        };
        let mut tx = self.db.begin().await?;
        let saved = records::save_view(&mut tx, &view).await.map_err(|error| {
            if error.is_foreign_key_violation() { DirectoryError::UnknownUser } else { error.into() }
        })?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Forgets a view of a user; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_view(&self, user_id: Ulid, id: Ulid) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let gone = records::delete_view(&mut tx, user_id, id).await?;
        tx.commit().await?;
        Ok(gone)
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

async fn start(
    tx: &mut Tx,
    user: User,
    visit: &Visit,
    now: Timestamp,
    entropy: [u8; 32],
) -> Result<Started, StoreError> {
    let token = Token::from_entropy(entropy);
    let fingerprint = Token::fingerprint(token.as_str());
    let now = micros(now);
    let session = Session {
        // The identifier is shown, so it is taken from the digest: the token cannot be told from it.
        id: ulid(now, u128::from_str_radix(&fingerprint[..20], 16).unwrap_or_default()),
        user_id: user.id,
        label: short(&visit.label),
        created_at: now,
        last_seen_at: now,
        expires_at: later(now, SESSION_LIFETIME),
    };
    records::add_session(tx, fingerprint, &session).await?;
    Ok(Started { token, user, session })
}

fn ulid(now: Timestamp, random: u128) -> Ulid {
    Ulid::from_parts(u64::try_from(now.as_millisecond()).unwrap_or_default(), random)
}

/// The instant as the store keeps it, so that what was returned equals what is read later.
fn micros(instant: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(instant.as_microsecond()).unwrap_or(instant)
}

fn later(now: Timestamp, lifetime: SignedDuration) -> Timestamp {
    micros(now.checked_add(lifetime).unwrap_or(Timestamp::MAX))
}

fn idle_since(now: Timestamp) -> Timestamp {
    now.checked_sub(SESSION_IDLE_MAX).unwrap_or(Timestamp::MIN)
}

fn short(text: &str) -> String {
    text.trim().chars().take(NAME_CHARS_MAX).collect()
}
