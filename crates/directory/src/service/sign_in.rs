use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, Ulid};
use store::{StoreError, Tx};

use super::{Directory, SESSION_LIFETIME, micros, short, ulid};
use crate::{
    DirectoryError, Email, Entry, Pending, Session, SignInError, SignedIn, Started, Token, User, records,
    throttle::{self, Attempt},
    trail,
};

/// How long a sign-in link works when nothing else is asked for.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
/// How long an invitation works: a link for somebody who has never been here.
pub const INVITATION_LIFETIME: SignedDuration = SignedDuration::from_hours(72);
/// How long a sign-in waits for its second step.
pub const SECOND_STEP_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// From where somebody signs in.
#[derive(Clone, Debug)]
pub struct Visit {
    /// The network address, for throttling.
    pub address: String,
    /// The browser, as it calls itself, for the list of sessions.
    pub label: String,
}

#[boxed]
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
        moment: &Moment,
        salt: [u8; 16],
    ) -> Result<(), DirectoryError> {
        let user = self.user(id).await?;
        let hash = self.passwords.hash(password, &user, salt).await?;
        let mut tx = self.db.begin().await?;
        if user.erased_at.is_some() || !records::set_password(&mut tx, id, Some(hash)).await? {
            return Err(DirectoryError::UnknownUser);
        }
        records::delete_sessions(&mut tx, id, current).await?;
        records::revoke_links(&mut tx, id).await?;
        trail::record(&mut tx, moment, "user.password_set", trail::user(id), &[]);
        tx.commit().await?;
        Ok(())
    }

    /// Whether this is the user's password, throttled as signing in is.
    ///
    /// # Errors
    /// [`SignInError::WrongCredentials`] also when none is set, [`SignInError::TooManyAttempts`], or when the
    /// database fails.
    pub async fn check_password(
        &self,
        user: &User,
        password: &str,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), SignInError> {
        self.password_shown(Some(&user.email), password, visit, now).await.map(|_| ())
    }

    /// Notes that the bearer of a session has shown again who they are, by what they have: the password, a code,
    /// or both. Changes that matter ask for it when the last proof is old ([`Session::is_proven`]).
    ///
    /// # Errors
    /// As signing in; [`SignInError::NothingToProve`] when the user has neither.
    pub async fn prove(
        &self,
        signed_in: &SignedIn,
        password: &str,
        code: &str,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(), SignInError> {
        let user = &signed_in.user;
        if !user.has_password && !user.has_second_factor {
            return Err(SignInError::NothingToProve);
        }
        if user.has_password {
            self.check_password(user, password, visit, now).await?;
        }
        let mut tx = self.db.begin().await?;
        if user.has_second_factor {
            tx = self.code_shown(tx, user.id, code, visit, now).await?;
        }
        records::prove_session(&mut tx, signed_in.session.id, micros(now)).await?;
        tx.commit().await?;
        Ok(())
    }

    /// A new link that signs the user in once within `lifetime`.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownUser`] also when the user is disabled, or when the database fails.
    pub async fn issue_link(
        &self,
        user_id: Ulid,
        lifetime: SignedDuration,
        moment: &Moment,
        entropy: [u8; 32],
    ) -> Result<Token, DirectoryError> {
        let token = Token::from_entropy(entropy);
        let mut tx = self.db.begin().await?;
        let user = records::user_by_id(&mut tx, user_id).await?;
        if user.is_none_or(|user| !user.is_enabled()) {
            return Err(DirectoryError::UnknownUser);
        }
        let fingerprint = Token::fingerprint(token.as_str());
        let expires_at = later(moment.now, lifetime);
        records::add_link(&mut tx, fingerprint, user_id, moment.at(), expires_at).await?;
        let detail = [("expires_at", expires_at.to_string())];
        trail::record(&mut tx, moment, "user.link_issued", trail::user(user_id), &detail);
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

    /// Uses a link up and begins a session, or asks for the second step.
    ///
    /// # Errors
    /// [`SignInError::LinkUnusable`], or when the database fails.
    pub async fn sign_in_with_link(
        &self,
        token: &str,
        visit: &Visit,
        now: Timestamp,
        entropy: [u8; 32],
    ) -> Result<Entry, SignInError> {
        let mut tx = self.db.begin().await?;
        let user_id = records::use_link(&mut tx, Token::fingerprint(token), now).await?;
        let user = match user_id {
            Some(id) => records::user_by_id(&mut tx, id).await?,
            None => None,
        };
        let user = user.filter(User::is_enabled).ok_or(SignInError::LinkUnusable)?;
        let entry = enter(&mut tx, user, visit, now, entropy).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Checks e-mail and password and begins a session, or asks for the second step.
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
    ) -> Result<Entry, SignInError> {
        let email: Option<Email> = email.parse().ok();
        let (mut tx, user) = self.password_shown(email.as_ref(), password, visit, now).await?;
        let entry = enter(&mut tx, user, visit, now, entropy).await?;
        tx.commit().await?;
        Ok(entry)
    }

    /// Takes the code of the second step and begins the session that waited for it.
    ///
    /// # Errors
    /// [`SignInError::StepUnusable`], [`SignInError::WrongCode`], [`SignInError::TooManyAttempts`], or when the
    /// hub's key is missing or the database fails.
    pub async fn finish_sign_in(
        &self,
        pending: &str,
        code: &str,
        visit: &Visit,
        now: Timestamp,
        entropy: [u8; 32],
    ) -> Result<Started, SignInError> {
        let fingerprint = Token::fingerprint(pending);
        let waiting = records::pending(&self.db, fingerprint.clone(), now).await?;
        let user_id = waiting.ok_or(SignInError::StepUnusable)?;
        let tx = self.db.begin().await?;
        let mut tx = self.code_shown(tx, user_id, code, visit, now).await?;
        // Of two browsers with one token, one finishes.
        if !records::delete_pending(&mut tx, fingerprint).await? {
            return Err(SignInError::StepUnusable);
        }
        let user = records::user_by_id(&mut tx, user_id).await?.filter(User::is_enabled);
        let user = user.ok_or(SignInError::StepUnusable)?;
        let started = start(&mut tx, user, visit, now, entropy).await?;
        tx.commit().await?;
        Ok(started)
    }

    /// The enabled user whose password this is, in a transaction in which nobody else counts attempts.
    async fn password_shown(
        &self,
        email: Option<&Email>,
        password: &str,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<(Tx, User), SignInError> {
        let attempt = Attempt::password(email, &visit.address);
        if let Some(retry_at) = attempt.retry_at(&self.db, now).await? {
            return Err(SignInError::TooManyAttempts { retry_at });
        }
        let known = match email {
            Some(email) => records::password_of(&self.db, email).await?,
            None => None,
        };
        let (id, stored) = known.map_or((None, None), |(id, stored)| (Some(id), stored));
        let right = self.passwords.verify(password, stored).await?;

        let mut tx = self.db.begin().await?;
        // Attempts made at the same moment all passed the check above; each is counted again once its turn has
        // come, or a hundred at once would be a hundred guesses.
        tx.one_at_a_time(ATTEMPTS).await?;
        if let Some(retry_at) = attempt.retry_at(&mut tx, now).await? {
            return Err(SignInError::TooManyAttempts { retry_at });
        }
        let user = match id.filter(|_| right) {
            Some(id) => records::user_by_id(&mut tx, id).await?.filter(User::is_enabled),
            None => None,
        };
        let Some(user) = user else {
            attempt.failed(&mut tx, now).await?;
            tx.commit().await?;
            return Err(SignInError::WrongCredentials);
        };
        records::forget_failures_of(&mut tx, throttle::email_subject(&user.email)).await?;
        Ok((tx, user))
    }

    /// Uses up a code of the user's second factor; the transaction goes on. A wrong one is remembered.
    pub(super) async fn code_shown(
        &self,
        mut tx: Tx,
        user_id: Ulid,
        code: &str,
        visit: &Visit,
        now: Timestamp,
    ) -> Result<Tx, SignInError> {
        let attempt = Attempt::code(user_id, &visit.address);
        tx.one_at_a_time(ATTEMPTS).await?;
        if let Some(retry_at) = attempt.retry_at(&mut tx, now).await? {
            return Err(SignInError::TooManyAttempts { retry_at });
        }
        if self.use_code(&mut tx, user_id, code, now).await? {
            records::forget_failures_of(&mut tx, throttle::code_subject(user_id)).await?;
            return Ok(tx);
        }
        attempt.failed(&mut tx, now).await?;
        tx.commit().await?;
        Err(SignInError::WrongCode)
    }
}

/// The name under which attempts are counted one after the other.
const ATTEMPTS: &str = "directory sign-in";

/// What follows the first step: the session, or the second step for who has one.
pub(super) async fn enter(
    tx: &mut Tx,
    user: User,
    visit: &Visit,
    now: Timestamp,
    entropy: [u8; 32],
) -> Result<Entry, StoreError> {
    if !user.has_second_factor {
        return start(tx, user, visit, now, entropy).await.map(|started| Entry::In(Box::new(started)));
    }
    let token = Token::from_entropy(entropy);
    let expires_at = later(now, SECOND_STEP_LIFETIME);
    records::add_pending(tx, Token::fingerprint(token.as_str()), user.id, micros(now), expires_at).await?;
    Ok(Entry::SecondStep(Pending { token, expires_at }))
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
        proven_at: now,
        last_seen_at: now,
        expires_at: later(now, SESSION_LIFETIME),
    };
    records::add_session(tx, fingerprint, &session).await?;
    Ok(Started { token, user, session })
}

pub(super) fn later(now: Timestamp, lifetime: SignedDuration) -> Timestamp {
    micros(now.checked_add(lifetime).unwrap_or(Timestamp::MAX))
}
