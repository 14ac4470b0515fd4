use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::{MarketId, Moment, Ulid};
use store::{StoreError, Tx};

use super::{Directory, micros, short};
use crate::{
    ApiKey, DirectoryError, KEY_LIFETIME_MAX, KeyScope, KeyState, NewApiKey, api_key, api_key::PresentedKey,
    records, trail,
};

/// The last use of a key is written down at most this often, so that reading stays free of writing.
const TOUCH_INTERVAL: SignedDuration = SignedDuration::from_secs(60);
/// A key works at least this long.
const KEY_LIFETIME_MIN: SignedDuration = SignedDuration::from_hours(1);

/// A key to be made.
#[derive(Clone, Debug)]
pub struct KeyWanted {
    /// What it is for.
    pub name: String,
    /// What it opens. Whether its maker may give that away is decided by the caller.
    pub scope: KeyScope,
    /// How long it works: 1 hour to [`KEY_LIFETIME_MAX`].
    pub lifetime: SignedDuration,
    /// Who makes it and will have seen it; nobody when made from a shell.
    pub created_by: Option<Ulid>,
}

#[boxed]
impl Directory {
    /// Makes a key of 128 bits of chance. Its text is in the answer and nowhere else.
    ///
    /// # Errors
    /// [`DirectoryError::KeyName`], [`DirectoryError::KeyLifetime`], [`DirectoryError::UnknownUser`] for a maker
    /// who is disabled, or when the database fails.
    pub async fn create_key(
        &self,
        wanted: KeyWanted,
        moment: &Moment,
        secret: [u8; 16],
    ) -> Result<NewApiKey, DirectoryError> {
        let name = short(&wanted.name);
        if name.is_empty() {
            return Err(DirectoryError::KeyName);
        }
        if !(KEY_LIFETIME_MIN..=KEY_LIFETIME_MAX).contains(&wanted.lifetime) {
            return Err(DirectoryError::KeyLifetime);
        }
        let now = moment.at();
        let key = ApiKey {
            id: moment.ids().next(),
            name,
            scope: wanted.scope,
            created_by: wanted.created_by,
            created_at: now,
            expires_at: micros(now.checked_add(wanted.lifetime).unwrap_or(Timestamp::MAX)),
            last_used_at: None,
            revoked_at: None,
        };
        let (text, fingerprint) = api_key::written(key.id, secret);
        let mut tx = self.db.begin().await?;
        if let Some(maker) = wanted.created_by {
            let maker = records::user_by_id(&mut tx, maker).await?;
            if maker.is_none_or(|maker| !maker.is_enabled()) {
                return Err(DirectoryError::UnknownUser);
            }
        }
        records::add_key(&mut tx, &key, fingerprint).await?;
        trail::record(&mut tx, moment, "key.created", trail::key(key.id), &said(&key));
        tx.commit().await?;
        Ok(NewApiKey { key, text })
    }

    /// The key that a request carries, if it works. Its last use is noted to the minute.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn key(&self, text: &str, now: Timestamp) -> Result<Option<ApiKey>, StoreError> {
        let Some(presented) = PresentedKey::parse(text) else { return Ok(None) };
        let Some((mut key, fingerprint)) = records::key_with_fingerprint(&self.db, presented.id).await?
        else {
            return Ok(None);
        };
        if !presented.opens(&fingerprint) || key.state(now) != KeyState::Working {
            return Ok(None);
        }
        let is_due = key.last_used_at.is_none_or(|last| now.duration_since(last) >= TOUCH_INTERVAL);
        // A store that can be read but not written still answers; the next request tries again.
        if is_due && records::touch_key(&self.db, key.id, micros(now)).await.is_ok() {
            key.last_used_at = Some(micros(now));
        }
        Ok(Some(key))
    }

    /// The keys of a market or, without one, of the hub, the latest first; also those that ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys(&self, market: Option<MarketId>) -> Result<Vec<ApiKey>, StoreError> {
        records::keys(&self.db, market).await
    }

    /// The keys that a user made, the latest first; also those that ended.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn keys_made_by(&self, user_id: Ulid) -> Result<Vec<ApiKey>, StoreError> {
        records::keys_made_by(&self.db, user_id).await
    }

    /// Takes a key of this market (or of the hub) back, at once; a second time changes nothing.
    ///
    /// # Errors
    /// [`DirectoryError::UnknownKey`], also for a key of another market, or when the database fails.
    pub async fn revoke_key(
        &self,
        market: Option<MarketId>,
        id: Ulid,
        moment: &Moment,
    ) -> Result<ApiKey, DirectoryError> {
        let mut tx = self.db.begin().await?;
        let key = records::key_by_id(&mut tx, id).await?;
        let key = key.filter(|key| key.scope.market() == market).ok_or(DirectoryError::UnknownKey)?;
        revoke(&mut tx, &key, moment).await?;
        tx.commit().await?;
        Ok(ApiKey { revoked_at: key.revoked_at.or(Some(moment.at())), ..key })
    }
}

/// Takes a key back inside of a larger change.
pub(super) async fn revoke(tx: &mut Tx, key: &ApiKey, moment: &Moment) -> Result<(), StoreError> {
    if records::revoke_key(tx, key.id, moment.at()).await? {
        trail::record(tx, moment, "key.revoked", trail::key(key.id), &said(key));
    }
    Ok(())
}

/// Takes the keys back that a user made (and therefore saw) where `ends` says so.
pub(super) async fn revoke_made_by(
    tx: &mut Tx,
    user_id: Ulid,
    moment: &Moment,
    ends: impl Fn(KeyScope) -> bool,
) -> Result<(), crate::DirectoryError> {
    for key in records::keys_made_by(&mut *tx, user_id).await? {
        if key.revoked_at.is_none() && ends(key.scope) {
            revoke(tx, &key, moment).await?;
        }
    }
    Ok(())
}

fn said(key: &ApiKey) -> Vec<(&'static str, String)> {
    let place = key.scope.market().map_or_else(|| "hub".to_owned(), |market| market.to_string());
    let until = key.expires_at.to_string();
    vec![("scope", place), ("role", key.scope.role_id().to_owned()), ("expires_at", until)]
}
