use jiff::{SignedDuration, Timestamp};
use kernel::Ulid;
use store::{StoreError, Tx};

use super::{Directory, SESSION_LIFETIME, micros, short, ulid};
use crate::{DirectoryError, Email, Session, SignInError, Started, Token, User, records, throttle};

/// How long a sign-in link works when nothing else is asked for.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// From where somebody signs in.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The network address, for throttling.
    pub address: String,
    /// The browser, as it calls itself, for the list of sessions.
    pub label: String,
}

impl Directory {
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
        // Attempts made at the same moment all passed the check above; each is counted again once its turn has
        // come, or a hundred at once would be a hundred guesses.
        tx.one_at_a_time("directory sign-in").await?;
        if let Some(retry_at) = throttle::retry_at(&mut tx, email.as_ref(), &visit.address, now).await? {
            return Err(SignInError::TooManyAttempts { retry_at });
        }
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

fn later(now: Timestamp, lifetime: SignedDuration) -> Timestamp {
    micros(now.checked_add(lifetime).unwrap_or(Timestamp::MAX))
}
