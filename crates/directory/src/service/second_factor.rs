use std::fmt;

use boxed::boxed;
use jiff::Timestamp;
use kernel::{Moment, Ulid};
use seal::Cell;
use store::{StoreError, Tx};

use super::{Directory, Visit};
use crate::{
    DirectoryError, RECOVERY_ENTROPY_BYTES, SignInError, TOTP_SECRET_BYTES, User, records, recovery,
    totp::TotpSecret, trail,
};

/// What authenticator apps show as the place of a code.
const ISSUER: &str = "EnterpriseHub";

/// A second factor that is being set up: what the person's app needs. Shown to them only.
#[derive(Clone)]
pub struct Enrolment {
    /// The secret, to be typed into an app that cannot read pictures.
    pub secret: String,
    /// The address for a QR code (`otpauth://totp/..`).
    pub uri: String,
}

impl fmt::Debug for Enrolment {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Enrolment(..)")
    }
}

/// How a user's second factor stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecondFactor {
    /// Since when codes are asked for.
    pub confirmed_at: Timestamp,
    /// Recovery codes not used yet.
    pub recovery_codes_left: usize,
}

#[boxed]
impl Directory {
    /// How a user's second factor stands; `None` when codes are not asked for.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn second_factor(&self, user_id: Ulid) -> Result<Option<SecondFactor>, StoreError> {
        let factor = records::factor(&self.db, user_id).await?;
        let Some(confirmed_at) = factor.and_then(|factor| factor.confirmed_at) else { return Ok(None) };
        let recovery_codes_left = records::recovery_codes_left(&self.db, user_id).await?;
        Ok(Some(SecondFactor { confirmed_at, recovery_codes_left }))
    }

    /// Begins to set a second factor up, in place of an earlier beginning. Nothing is asked for until a code of it
    /// was right ([`Directory::confirm_second_factor`]).
    ///
    /// # Errors
    /// [`DirectoryError::SecondFactorOn`], [`DirectoryError::NoKey`], [`DirectoryError::UnknownUser`], or when the
    /// database fails.
    pub async fn begin_second_factor(
        &self,
        user_id: Ulid,
        secret: [u8; TOTP_SECRET_BYTES],
        nonce: [u8; 24],
        moment: &Moment,
    ) -> Result<Enrolment, DirectoryError> {
        let user = self.user(user_id).await?;
        let (key_id, key) = self.key.as_ref().ok_or(DirectoryError::NoKey)?;
        let secret = TotpSecret::from_bytes(secret);
        let sealed = seal::seal(key, *key_id, &cell(&user_id.to_string()), secret.bytes(), nonce)?;
        let mut tx = self.db.begin().await?;
        if records::factor(&mut tx, user_id).await?.is_some_and(|factor| factor.confirmed_at.is_some()) {
            return Err(DirectoryError::SecondFactorOn);
        }
        records::put_factor(&mut tx, user_id, sealed.as_bytes().to_vec(), moment.at()).await?;
        tx.commit().await?;
        Ok(shown(&secret, &user))
    }

    /// The second factor that is being set up, to be shown again.
    ///
    /// # Errors
    /// [`DirectoryError::NoKey`], [`DirectoryError::Sealed`], or when the database fails.
    pub async fn enrolment(&self, user: &User) -> Result<Option<Enrolment>, DirectoryError> {
        let factor = records::factor(&self.db, user.id).await?;
        let Some(factor) = factor.filter(|factor| factor.confirmed_at.is_none()) else { return Ok(None) };
        Ok(Some(shown(&self.unsealed(user.id, &factor.secret_sealed)?, user)))
    }

    /// Turns the second factor on that is being set up, as a code of it was right, and gives the recovery codes
    /// away, which are shown once.
    ///
    /// # Errors
    /// [`SignInError::WrongCode`] also when none is being set up, [`SignInError::TooManyAttempts`], or when the
    /// hub's key is missing or the database fails.
    pub async fn confirm_second_factor(
        &self,
        user_id: Ulid,
        code: &str,
        visit: &Visit,
        moment: &Moment,
        entropy: &[u8; RECOVERY_ENTROPY_BYTES],
    ) -> Result<Vec<String>, SignInError> {
        let tx = self.db.begin().await?;
        let mut tx = self.code_shown(tx, user_id, code, visit, moment.now).await?;
        let factor = records::factor(&mut tx, user_id).await?;
        if factor.is_none_or(|factor| factor.confirmed_at.is_some()) {
            return Err(SignInError::WrongCode);
        }
        records::confirm_factor(&mut tx, user_id, moment.at()).await?;
        let codes = new_codes(&mut tx, user_id, entropy).await?;
        trail::record(&mut tx, moment, "user.second_factor_enabled", trail::user(user_id), &[]);
        tx.commit().await?;
        Ok(codes)
    }

    /// New recovery codes in place of all earlier ones; shown once.
    ///
    /// # Errors
    /// [`DirectoryError::SecondFactorOff`], or when the database fails.
    pub async fn new_recovery_codes(
        &self,
        user_id: Ulid,
        moment: &Moment,
        entropy: &[u8; RECOVERY_ENTROPY_BYTES],
    ) -> Result<Vec<String>, DirectoryError> {
        let mut tx = self.db.begin().await?;
        let factor = records::factor(&mut tx, user_id).await?;
        if factor.is_none_or(|factor| factor.confirmed_at.is_none()) {
            return Err(DirectoryError::SecondFactorOff);
        }
        let codes = new_codes(&mut tx, user_id, entropy).await?;
        trail::record(&mut tx, moment, "user.recovery_codes_made", trail::user(user_id), &[]);
        tx.commit().await?;
        Ok(codes)
    }

    /// Turns a user's second factor off, or gives up setting it up; whether it was on.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn remove_second_factor(&self, user_id: Ulid, moment: &Moment) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let was_on =
            records::factor(&mut tx, user_id).await?.is_some_and(|factor| factor.confirmed_at.is_some());
        records::delete_factor(&mut tx, user_id).await?;
        if was_on {
            trail::record(&mut tx, moment, "user.second_factor_disabled", trail::user(user_id), &[]);
        }
        tx.commit().await?;
        Ok(was_on)
    }

    /// Uses up a code of the app, or a recovery code; whether it was right.
    pub(super) async fn use_code(
        &self,
        tx: &mut Tx,
        user_id: Ulid,
        code: &str,
        now: Timestamp,
    ) -> Result<bool, SignInError> {
        let Some(factor) = records::factor(&mut *tx, user_id).await? else { return Ok(false) };
        if recovery::looks_like_one(code) {
            let is_on = factor.confirmed_at.is_some();
            return Ok(is_on && records::use_recovery_code(tx, user_id, recovery::fingerprint(code)).await?);
        }
        let secret = self.unsealed(user_id, &factor.secret_sealed).map_err(|error| match error {
            DirectoryError::Sealed(error) => SignInError::Sealed(error),
            _ => SignInError::NoKey,
        })?;
        match secret.step_of(code, now, factor.last_step) {
            Some(step) => Ok(records::use_step(tx, user_id, step).await?),
            None => Ok(false),
        }
    }

    fn unsealed(&self, user_id: Ulid, sealed: &[u8]) -> Result<TotpSecret, DirectoryError> {
        let (key_id, key) = self.key.as_ref().ok_or(DirectoryError::NoKey)?;
        let opened = seal::open(key, *key_id, &cell(&user_id.to_string()), sealed)?;
        Ok(TotpSecret::from_bytes(opened.as_slice()))
    }
}

fn cell(user_id: &str) -> Cell<'_> {
    Cell { market: "hub", table: "second_factor", row: user_id, column: "secret" }
}

fn shown(secret: &TotpSecret, user: &User) -> Enrolment {
    Enrolment { secret: secret.typed(), uri: secret.uri(ISSUER, user.email.as_str()) }
}

async fn new_codes(
    tx: &mut Tx,
    user_id: Ulid,
    entropy: &[u8; RECOVERY_ENTROPY_BYTES],
) -> Result<Vec<String>, StoreError> {
    let codes = recovery::codes(entropy);
    let fingerprints = codes.iter().map(|code| recovery::fingerprint(code)).collect();
    records::put_recovery_codes(tx, user_id, fingerprints).await?;
    Ok(codes)
}
