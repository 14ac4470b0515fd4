use boxed::boxed;
use connect::ghl::{
    events::{Event, Kind},
    signature::Rejection,
};
use jiff::Timestamp;
use kernel::{MarketId, Ulid};
use markets::EnterError;
use store::{
    inbox::{Arrival, Received as Appended},
    queue::Payload,
};

use super::SOURCE;
use crate::{GoHighLevel, GoHighLevelError, records::places};

/// What became of a webhook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// It is kept, durably: answered 200.
    Kept {
        /// In which market.
        market: MarketId,
    },
    /// It was kept before: answered 200.
    Duplicate {
        /// In which market.
        market: MarketId,
    },
    /// An installation that nobody here asked for, remembered until somebody does: answered 200.
    Parked,
    /// Of a location or an app that is not ours, or of a market that was deleted: answered 200, since a repeat would change nothing.
    NotOurs,
    /// Signed, and no event: answered 400.
    Unreadable,
    /// Not signed by a known key: answered 401.
    Refused(Rejection),
}

#[boxed]
impl GoHighLevel {
    /// Takes a webhook: `signature` is the header `x-ghl-signature`, `body` its exact bytes, `hint` what the address it
    /// came to stands for.
    ///
    /// An event that is older than GoHighLevel repeats ([`connect::ghl::events::AGE_MAX`]) is kept as well: what it hints at is
    /// asked for, so that an old one does no harm, and one that was held up is not lost. That the app was let in or taken
    /// out is all that an event itself is believed, and is history by then: somebody repeats what was heard once.
    ///
    /// # Errors
    /// When it cannot be kept: answered 429, which is all that GoHighLevel repeats.
    pub async fn receive(
        &self,
        signature: Option<&str>,
        body: &[u8],
        hint: Option<&str>,
        now: Timestamp,
    ) -> Result<Received, GoHighLevelError> {
        let verdict = self.0.config.webhook_keys.verify(signature, body, now).map(drop);
        self.0.gate.verified(verdict);
        if let Err(rejection) = verdict {
            return Ok(Received::Refused(rejection));
        }
        let Ok(event) = Event::parse(body, hint) else { return Ok(Received::Unreadable) };
        if let (Some(app), Some(of)) = (&self.0.config.app, &event.app)
            && app.app_id() != of
        {
            return Ok(Received::NotOurs);
        }
        if matches!(event.kind, Kind::Install | Kind::Uninstall) {
            if event.is_stale(now) {
                return Ok(Received::NotOurs);
            }
            return self.installation(&event, body, now).await;
        }
        let Some(location) = &event.location else { return Ok(Received::NotOurs) };
        match self.place(location, now).await? {
            Some(place) if place.is_connected => self.keep(place.market, &event, body, now).await,
            _ => Ok(Received::NotOurs),
        }
    }

    /// The app was let into a location or a company, or taken out again. It may come before the tokens, or for a location
    /// that no market has.
    async fn installation(
        &self,
        event: &Event,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Received, GoHighLevelError> {
        let is_install = event.kind == Kind::Install;
        let place = match (&event.location, &event.company) {
            (Some(location), _) => {
                if let Some(place) = self.place(location, now).await? {
                    let received = self.keep(place.market, event, body, now).await?;
                    if received != Received::NotOurs {
                        return Ok(received);
                    }
                }
                location
            }
            (None, Some(company)) => {
                let mut received = None;
                for place in places::of_company(&self.0.hub, company).await? {
                    if place.is_connected {
                        let kept = self.keep(place.market, event, body, now).await?;
                        received = Some(kept).filter(|kept| *kept != Received::NotOurs).or(received);
                    }
                }
                if let Some(received) = received {
                    return Ok(received);
                }
                company
            }
            (None, None) => return Ok(Received::NotOurs),
        };
        let mut tx = self.0.hub.begin().await?;
        if is_install {
            places::park(&mut tx, place, event.company.as_deref(), micros(now)).await?;
        } else {
            places::unpark(&mut tx, place).await?;
        }
        tx.commit().await?;
        Ok(if is_install { Received::Parked } else { Received::NotOurs })
    }

    /// Keeps an event for a market. One that was deleted wants none: nobody would work on it, and when it is taken back
    /// within its grace period the comparison finds what it missed. One that is closed for another reason wants it later.
    async fn keep(
        &self,
        market: MarketId,
        event: &Event,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Received, GoHighLevelError> {
        match self.keep_once(market, event, body, now).await {
            // It was restored or moved since it was entered.
            Err(GoHighLevelError::Store(error)) if error.is_fenced() => {
                self.shut(market);
                self.keep_once(market, event, body, now).await
            }
            Err(GoHighLevelError::Enter(EnterError::Unknown(_) | EnterError::Deleting(_))) => {
                Ok(Received::NotOurs)
            }
            Err(error) => {
                self.shut(market);
                Err(error)
            }
            kept => kept,
        }
    }

    async fn keep_once(
        &self,
        market: MarketId,
        event: &Event,
        body: &[u8],
        now: Timestamp,
    ) -> Result<Received, GoHighLevelError> {
        let door = self.door(market, now).await?;
        let key = self.day_key(&door, now).await?;
        let millis = u64::try_from(now.as_millisecond()).unwrap_or_default();
        let id = Ulid::from_parts(millis, self.0.chance.number());
        let bytes = door.market.seal(&key, "inbox", &id.to_string(), "payload_sealed", body)?;
        let arrival = Arrival {
            id,
            source: SOURCE.to_owned(),
            dedupe_key: dedupe_key(event, id),
            kind: event.kind.name().to_owned(),
            payload: Payload { bytes, person: None },
            received_at: micros(now),
        };
        Ok(match door.inbox.receive(arrival).await? {
            Appended::New => Received::Kept { market },
            Appended::Duplicate => Received::Duplicate { market },
        })
    }
}

/// What tells a delivery from every other: its identifier, which its repeats share. Without one it is what the event says
/// and when. One that does not even say when is kept every time: the same may truly happen twice.
fn dedupe_key(event: &Event, id: Ulid) -> String {
    if let Some(webhook) = &event.webhook_id {
        // A company's event goes to each of its markets, which have inboxes of their own.
        return webhook.chars().take(KEY_CHARS_MAX).collect();
    }
    match event.sent_at {
        Some(at) => format!("{}@{}", event.semantic_key(), at.as_millisecond()),
        None => format!("{}#{id}", event.semantic_key()),
    }
}

/// Longest identifier of a delivery that is kept; theirs have 36 characters.
const KEY_CHARS_MAX: usize = 200;

pub(super) fn micros(now: Timestamp) -> Timestamp {
    Timestamp::from_microsecond(now.as_microsecond()).unwrap_or(now)
}
