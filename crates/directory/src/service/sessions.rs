use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, Ulid};
use store::StoreError;

use super::Directory;
use crate::{Session, SignedIn, Token, records, trail};

/// A session ends this long after sign-in.
pub const SESSION_LIFETIME: SignedDuration = SignedDuration::from_hours(30 * 24);
/// A session ends when unused for this long.
pub const SESSION_IDLE_MAX: SignedDuration = SignedDuration::from_hours(7 * 24);
/// The last use of a session is written down at most this often, so that reading stays free of writing.
const TOUCH_INTERVAL: SignedDuration = SignedDuration::from_secs(60);

#[boxed]
impl Directory {
    /// Who bears this session token; `None` when the session ended or never was.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn session(&self, token: &str, now: Timestamp) -> Result<Option<SignedIn>, StoreError> {
        let fingerprint = Token::fingerprint(token);
        let found = records::signed_in(&self.db, fingerprint, now, idle_since(now)).await?;
        let Some(mut found) = found else { return Ok(None) };
        let is_due = now.duration_since(found.session.last_seen_at) >= TOUCH_INTERVAL;
        // A store that can be read but not written (full disk, long write elsewhere) still shows its pages; the
        // next request tries again.
        if is_due && records::touch_session(&self.db, found.session.id, now).await.is_ok() {
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
    pub async fn revoke_sessions(
        &self,
        user_id: Ulid,
        except: Option<Ulid>,
        moment: &Moment,
    ) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let ended = records::delete_sessions(&mut tx, user_id, except).await?;
        if ended > 0 {
            let detail = [("sessions", ended.to_string())];
            trail::record(&mut tx, moment, "user.sessions_ended", trail::user(user_id), &detail);
        }
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

    /// Deletes sessions, links and half-done sign-ins that have ended; how many. Worth doing once a day.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn prune(&self, now: Timestamp) -> Result<u64, StoreError> {
        let mut tx = self.db.begin().await?;
        let gone = records::prune(&mut tx, now, idle_since(now)).await?;
        tx.commit().await?;
        Ok(gone)
    }
}

fn idle_since(now: Timestamp) -> Timestamp {
    now.checked_sub(SESSION_IDLE_MAX).unwrap_or(Timestamp::MIN)
}
