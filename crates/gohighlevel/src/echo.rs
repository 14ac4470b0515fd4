//! What we did ourselves: so that it is not news when GoHighLevel tells of it.
//!
//! Everything that is written there comes back as an event. What of a contact only we write (tags that begin with
//! [`OWN_TAGS`], our custom fields) says nothing new to whoever reads it; what was made there is known by its identifier,
//! and while that is not known yet, by the write under way.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use kernel::PersonId;
use leads::Channel;
use markets::Market;
use store::{Session, StoreError, Tx};

use crate::{
    GoHighLevelError,
    out::{Doing, Office, asking},
    records::out::{echo, write},
};

/// How tags begin that only we write.
pub const OWN_TAGS: &str = "ehub-";
/// Changes of one contact within a minute from which on it is taken for a loop: nobody works so fast.
const CHANGES_PER_MINUTE_MAX: u64 = 12;
/// How long what we did is remembered: events are repeated for an hour and logged for a month.
pub(crate) const REMEMBERED: Duration = Duration::from_secs(31 * 24 * 3600);

/// What was made or changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A contact.
    Contact,
    /// A note.
    Note,
    /// A task.
    Task,
    /// A message.
    Message,
    /// A deal.
    Opportunity,
    /// An appointment.
    Appointment,
}

impl Kind {
    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Contact => "contact",
            Self::Note => "note",
            Self::Task => "task",
            Self::Message => "message",
            Self::Opportunity => "opportunity",
            Self::Appointment => "appointment",
        }
    }
}

/// Notes that something is made or changed by us, before or when it is.
pub(crate) async fn note(
    tx: &mut Tx,
    office: &Office,
    kind: Kind,
    remote: &str,
    contact: PersonId,
    now: Timestamp,
) -> Result<(), StoreError> {
    let id = office.bridge.moment(now).ids().next();
    echo::note(tx, id, kind.id(), remote, contact, now).await
}

/// Whether we made this.
pub(crate) async fn is_ours(
    on: impl Into<Session<'_>>,
    kind: Kind,
    remote: &str,
) -> Result<bool, StoreError> {
    echo::is_ours(on, kind.id(), remote).await
}

/// Whether a message to a contact is one that we sent, or are sending right now: an event may overtake the answer that
/// names the message.
pub(crate) async fn is_our_message(
    market: &Market,
    contact: PersonId,
    remote: &str,
    channel: Channel,
    text: Option<&str>,
) -> Result<bool, GoHighLevelError> {
    if is_ours(market.db(), Kind::Message, remote).await? {
        return Ok(true);
    }
    let under_way = write::messages_under_way(market.db(), contact).await?;
    let (Some(text), false) = (text, under_way.is_empty()) else { return Ok(false) };
    let Some(key) = market.person_key(contact).await? else { return Ok(false) };
    for write in under_way {
        if let Some(Doing::Message(letter)) = asking::open(market, &key, &write)?
            && letter.channel == channel
            && says(text, &letter.text)
        {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a message that is there says what was written: spaces may have moved, and e-mails are wrapped.
pub(crate) fn says(there: &str, written: &str) -> bool {
    let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (there, written) = (flat(there), flat(written));
    there == written || (written.len() >= WRAPPED_CHARS_MIN && there.contains(&written))
}

/// A shorter text may be part of another message.
const WRAPPED_CHARS_MIN: usize = 40;

/// Whether a contact was changed so often within the last minute that something answers our own changes.
pub(crate) async fn is_loop(
    on: impl Into<Session<'_>>,
    contact: PersonId,
    now: Timestamp,
) -> Result<bool, StoreError> {
    let since = now.checked_sub(SignedDuration::from_mins(1)).unwrap_or(Timestamp::MIN);
    Ok(echo::count_since(on, contact, since).await? >= CHANGES_PER_MINUTE_MAX)
}

#[cfg(test)]
mod tests {
    use super::says;

    #[test]
    fn a_message_is_known_by_what_it_says() {
        assert!(says("Hello  Ana,\nshall we?", "Hello Ana, shall we?"));
        let long = "We found three homes in Ballard that you may like.";
        assert!(says(&format!("<html><body>{long}</body></html>"), long));
        assert!(!says("Yes please, tomorrow", "Yes"), "a short answer is no part of a longer one");
        assert!(!says("", "Hello"));
    }
}
