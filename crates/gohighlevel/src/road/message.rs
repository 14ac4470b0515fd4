//! Messages: what they say about wanting messages first, then that they were.

use connect::ghl::{
    budget::Lane,
    conversations::{self, Message},
};
use contacts::{ContactsError, Direction, MESSAGE_CHARS_MAX, NewMessage, Sight};
use kernel::PersonId;
use leads::{Channel, Inbound};
use serde::{Deserialize, Serialize};

use super::{
    happened::refused_or_same,
    kind, map, patient,
    take_in::{Desk, Outcome, is_gone},
    witness::NewLink,
};
use crate::{GoHighLevelError, echo};

/// What was seen of a message last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SeenMessage {
    status: Option<String>,
    error_code: Option<u32>,
}

impl Desk<'_> {
    /// Takes in a message: what it says about wanting messages first, then that it was.
    pub(super) async fn message(&self, message: &Message) -> Result<Outcome, GoHighLevelError> {
        let (Some(channel), Some(is_inbound)) = (map::channel(message), message.is_inbound) else {
            return Ok(Outcome::Same);
        };
        let known = self.link(kind::MESSAGE, &message.id).await?;
        let Some((person, key)) = self.owner(known.as_ref(), message.contact.as_deref()).await? else {
            return Ok(refused_or_same(known.as_ref()));
        };
        let before: Option<SeenMessage> = self.before(&key, person, known.as_ref())?;
        let seen = SeenMessage { status: message.status.clone(), error_code: message.error_code };
        if before.as_ref() == Some(&seen) {
            return Ok(Outcome::Same);
        }
        let is_new = before.is_none();
        if is_new {
            let text = self.text_of(message, channel).await?;
            if is_inbound && let Some(text) = &text {
                let inbound = Inbound {
                    channel,
                    text,
                    message: &message.id,
                    from: None,
                    sent_at: message.at.unwrap_or(self.at.at()),
                    asked_for_consent: false,
                };
                let heard = self.bridge.0.leads.heard(self.market, person, &inbound, &self.moment()).await;
                match heard {
                    Ok(_) => {}
                    Err(leads::LeadsError::Unknown(_)) => return Ok(Outcome::Refused),
                    Err(error) => return Err(error.into()),
                }
            }
            if known.is_none() && !self.keep_text(person, message, (channel, is_inbound), text).await? {
                self.linked(kind::MESSAGE, &message.id, person, message.at).await?;
            }
        }
        if !is_inbound
            && let Some(code) = message.error_code
            && before.is_none_or(|before| before.error_code != Some(code))
        {
            self.bridge.delivery_failed(self.market, person, &message.id, code, &self.moment()).await?;
        }
        let entry = map::of_message(message, channel, is_inbound, self.at.at());
        let kept = self.keep(&key, person, (kind::MESSAGE, &message.id, None), &seen, async |tx, at| {
            self.bridge.0.leads.tell_in(tx, self.market, &key, person, vec![entry], at).await.map(drop)
        });
        Ok(match kept.await? {
            true if is_new => Outcome::Created(person),
            true => Outcome::Changed(person),
            false => Outcome::Same,
        })
    }

    /// What a message says; the bodies of e-mails are asked for one by one.
    async fn text_of(&self, message: &Message, channel: Channel) -> Result<Option<String>, GoHighLevelError> {
        let said = |text: &Option<String>| text.clone().filter(|text| !text.trim().is_empty());
        if let Some(text) = said(&message.body) {
            return Ok(Some(text));
        }
        if channel != Channel::Email {
            return Ok(None);
        }
        let account = self.connection.account();
        let call = conversations::email(&message.id);
        match self.bridge.0.ghl.perform(&account, &call, patient(Lane::Reply)).await {
            Ok(done) => Ok(said(&done.value.body)),
            Err(failure) if is_gone(&failure) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Keeps the text of a message with the contact, and links it in the same transaction; whether that was done. What we
    /// sent ourselves is kept where it was sent.
    async fn keep_text(
        &self,
        person: PersonId,
        message: &Message,
        (channel, is_inbound): (Channel, bool),
        text: Option<String>,
    ) -> Result<bool, GoHighLevelError> {
        let kept_as = match channel {
            Channel::Sms => contacts::Channel::Sms,
            Channel::Email => contacts::Channel::Email,
            _ => return Ok(false),
        };
        let Some(text) = text else { return Ok(false) };
        if !is_inbound && echo::is_our_message(self.market, person, &message.id, channel, Some(&text)).await?
        {
            return Ok(false);
        }
        let at = self.moment();
        let new = NewMessage {
            direction: if is_inbound { Direction::In } else { Direction::Out },
            channel: kept_as,
            body: text.chars().take(MESSAGE_CHARS_MAX).collect(),
            at: Some(message.at.unwrap_or(at.at()).min(at.at())),
        };
        let link = NewLink { kind: kind::MESSAGE, remote: message.id.clone(), remote_updated_at: message.at };
        let promise = self.bridge.0.links.promise(&at, link);
        let kept = self.bridge.0.contacts.add_message(self.market, Sight::All, person, &new, &at).await;
        drop(promise);
        match kept {
            Ok(_) => Ok(true),
            Err(ContactsError::Store(error)) if error.is_unique_violation() => Ok(true),
            Err(ContactsError::Rejected(_) | ContactsError::Unknown(_)) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }
}
