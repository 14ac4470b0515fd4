//! Endpoints: made, changed, given new secrets, removed.

use audit::NewEntry;
use boxed::boxed;
use connect::{EgressError, standard_webhooks::Secret};
use kernel::{Moment, Ulid};
use markets::Market;
use store::{Tx, trail};

use super::{
    Webhooks,
    secrets::{self, OVERLAP, Which},
};
use crate::{
    DisabledReason, Endpoint, EndpointEdit, EndpointState, NewEndpoint, WebhooksError,
    endpoint::{URL_CHARS_MAX, checked_description},
    records::{self, StoredEndpoint},
};

/// Endpoints of one market.
pub const ENDPOINTS_MAX: usize = 50;

/// An endpoint with its new secret, which is shown now and never again.
#[derive(Debug)]
pub struct MadeEndpoint {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// For the receiver.
    pub secret: Secret,
}

#[boxed]
impl Webhooks {
    /// The endpoints of a market, the oldest first.
    ///
    /// # Errors
    /// When the database or a key fails.
    pub async fn endpoints(&self, market: &Market) -> Result<Vec<Endpoint>, WebhooksError> {
        let stored = records::endpoints(market.db()).await?;
        stored.iter().map(|stored| shown(market, stored)).collect()
    }

    /// One endpoint.
    ///
    /// # Errors
    /// [`WebhooksError::UnknownEndpoint`], or when the database or a key fails.
    pub async fn endpoint(&self, market: &Market, id: Ulid) -> Result<Endpoint, WebhooksError> {
        shown(market, &self.stored(market, id).await?)
    }

    /// Makes an endpoint with a secret of its own.
    ///
    /// # Errors
    /// When the address is not allowed, a text too long, or there are [`ENDPOINTS_MAX`] already.
    pub async fn create(
        &self,
        market: &Market,
        new: NewEndpoint,
        at: &Moment,
    ) -> Result<MadeEndpoint, WebhooksError> {
        let (url, host) = self.checked_url(&new.url)?;
        let description = checked_description(&new.description)?;
        let id = at.ids().next();
        let secret = Secret::from_entropy(market.chance().bytes());
        let endpoint = StoredEndpoint {
            id,
            host,
            url_sealed: secrets::seal_url(market, id, &url)?,
            description,
            topics: new.topics,
            version: 1,
            created_at: at.at(),
            updated_at: at.at(),
            secret_sealed: Some(secrets::seal(market, id, Which::Current, &secret)?),
            former_secret_sealed: None,
            former_until: None,
            disabled: None,
            failing_since: None,
        };
        let made = shown(market, &endpoint)?;
        let mut tx = market.db().begin().await?;
        tx.one_at_a_time("webhook endpoints").await?;
        if records::endpoints(&mut tx).await?.len() >= ENDPOINTS_MAX {
            return Err(WebhooksError::TooMany);
        }
        records::add_endpoint(&mut tx, endpoint).await?;
        let entry = entry(at, "webhook.created", id).with("host", &made.host).with("topics", &made.topics);
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(MadeEndpoint { endpoint: made, secret })
    }

    /// Changes an endpoint as it was at `version`. Enabling it forgets its failures; what waited goes out.
    ///
    /// # Errors
    /// [`WebhooksError::Changed`] when somebody else was faster; otherwise as [`Webhooks::create`].
    pub async fn update(
        &self,
        market: &Market,
        id: Ulid,
        version: u32,
        edit: EndpointEdit,
        at: &Moment,
    ) -> Result<Endpoint, WebhooksError> {
        let mut endpoint = self.stored(market, id).await?;
        let mut changes = entry(at, "webhook.updated", id);
        if let Some(url) = edit.url {
            let (url, host) = self.checked_url(&url)?;
            endpoint.url_sealed = secrets::seal_url(market, id, &url)?;
            changes = changes.with("host", &host);
            endpoint.host = host;
        }
        if let Some(description) = edit.description {
            endpoint.description = checked_description(&description)?;
        }
        if let Some(topics) = edit.topics {
            changes = changes.with("topics", &topics);
            endpoint.topics = topics;
        }
        if let Some(enabled) = edit.enabled
            && enabled != endpoint.disabled.is_none()
        {
            if enabled && endpoint.secret_sealed.is_none() {
                return Err(WebhooksError::NoSecret);
            }
            changes = changes.with("enabled", enabled);
            endpoint.disabled = (!enabled).then(|| (at.at(), DisabledReason::Person));
            endpoint.failing_since = None;
        }
        self.write(market, endpoint, version, changes, at).await
    }

    /// Gives an endpoint a new secret. For [`OVERLAP`] messages are signed with the one before as well, so that the
    /// receiver can change over without losing any.
    ///
    /// # Errors
    /// As [`Webhooks::update`].
    pub async fn rotate(
        &self,
        market: &Market,
        id: Ulid,
        version: u32,
        at: &Moment,
    ) -> Result<MadeEndpoint, WebhooksError> {
        let mut endpoint = self.stored(market, id).await?;
        let secret = Secret::from_entropy(market.chance().bytes());
        let former = match &endpoint.secret_sealed {
            Some(sealed) => {
                let former = secrets::open(market, id, Which::Current, sealed)?;
                Some(secrets::seal(market, id, Which::Former, &former)?)
            }
            None => None,
        };
        endpoint.former_until = former.is_some().then(|| super::later(at.at(), OVERLAP));
        endpoint.former_secret_sealed = former;
        endpoint.secret_sealed = Some(secrets::seal(market, id, Which::Current, &secret)?);
        let changes = entry(at, "webhook.rotated", id).with("host", &endpoint.host);
        let endpoint = self.write(market, endpoint, version, changes, at).await?;
        Ok(MadeEndpoint { endpoint, secret })
    }

    /// Removes an endpoint with its log; what was on its way there is not sent any more.
    ///
    /// # Errors
    /// [`WebhooksError::UnknownEndpoint`], or when the database fails.
    pub async fn delete(&self, market: &Market, id: Ulid, at: &Moment) -> Result<(), WebhooksError> {
        let endpoint = self.stored(market, id).await?;
        let mut tx = market.db().begin().await?;
        if !records::delete_endpoint(&mut tx, id).await? {
            return Err(WebhooksError::UnknownEndpoint);
        }
        trail::append(&mut tx, entry(at, "webhook.deleted", id).with("host", endpoint.host));
        tx.commit().await?;
        Ok(())
    }

    async fn write(
        &self,
        market: &Market,
        mut endpoint: StoredEndpoint,
        version: u32,
        changes: NewEntry,
        at: &Moment,
    ) -> Result<Endpoint, WebhooksError> {
        // A former secret whose time is over has no business in the database.
        if endpoint.former_until.is_some_and(|until| until <= at.now) {
            (endpoint.former_until, endpoint.former_secret_sealed) = (None, None);
        }
        endpoint.version = version.saturating_add(1);
        endpoint.updated_at = at.at();
        let after = shown(market, &endpoint)?;
        let mut tx = market.db().begin().await?;
        if !records::update_endpoint(&mut tx, endpoint, version).await? {
            return Err(WebhooksError::Changed);
        }
        trail::append(&mut tx, changes);
        tx.commit().await?;
        Ok(after)
    }

    pub(super) async fn stored(&self, market: &Market, id: Ulid) -> Result<StoredEndpoint, WebhooksError> {
        records::endpoint_by_id(market.db(), id).await?.ok_or(WebhooksError::UnknownEndpoint)
    }

    fn checked_url(&self, url: &str) -> Result<(String, String), WebhooksError> {
        if url.chars().count() > URL_CHARS_MAX {
            return Err(WebhooksError::UrlLength);
        }
        let url = self.client.egress().check(url)?;
        let host = url.host_str().ok_or(EgressError::NotAUrl)?.to_owned();
        Ok((url.into(), host))
    }
}

/// An audit entry about an endpoint: its host at most, never its address.
pub(super) fn entry(at: &Moment, action: &str, endpoint: Ulid) -> NewEntry {
    NewEntry::new(at.at(), &at.actor, action, &format!("webhook:{endpoint}"))
}

/// Disables an endpoint and says so in the audit chain; whether it was enabled.
pub(super) async fn disable(
    tx: &mut Tx,
    endpoint: &StoredEndpoint,
    reason: DisabledReason,
    at: &Moment,
) -> Result<bool, WebhooksError> {
    let disabled = records::disable_endpoint(tx, endpoint.id, reason, at.at()).await?;
    if disabled {
        let entry = entry(at, "webhook.disabled", endpoint.id);
        trail::append(tx, entry.with("host", &endpoint.host).with("reason", reason.id()));
    }
    Ok(disabled)
}

fn shown(market: &Market, stored: &StoredEndpoint) -> Result<Endpoint, WebhooksError> {
    let state = match (stored.disabled, stored.failing_since) {
        (Some((at, reason)), _) => EndpointState::Disabled { at, reason },
        (None, Some(since)) => EndpointState::Failing { since },
        (None, None) => EndpointState::Enabled,
    };
    Ok(Endpoint {
        id: stored.id,
        url: secrets::open_url(market, stored)?,
        host: stored.host.clone(),
        description: stored.description.clone(),
        topics: stored.topics.clone(),
        version: stored.version,
        state,
        former_secret_until: stored.former_until,
        has_secret: stored.secret_sealed.is_some(),
        created_at: stored.created_at,
        updated_at: stored.updated_at,
    })
}
