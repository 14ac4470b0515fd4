//! Messages: the gate is asked when one is asked for and again right before it is sent, and what became of it is
//! looked after.

use connect::ghl::{
    Created, Failure,
    conversations::{self, Channel as WireChannel, Export, Message, NewMessage, Sent},
    fault::Class,
};
use contacts::{ContactsError, Direction, Sight};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Moment};
use leads::{
    Channel, Draft,
    gate::DoNotDisturb,
    timeline::{self, Entry, Happening, What},
};

use super::{
    doing::{Doing, Letter},
    judging::Word,
    office::{Job, Outcome, Trouble},
};
use crate::{echo, records::out::pause};

/// How far clocks there and here may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(2);
/// When it is looked for the first time what became of a message, in seconds: carriers answer within that, mostly, and an
/// event that was quicker than the answer to our own request found nothing yet to settle.
const FIRST_LOOK_SECONDS: i64 = 20;
/// A task that stands in is due after so many seconds.
const TASK_DUE_SECONDS: i64 = 900;
/// Pages of messages that are looked through for one of ours.
const PAGES_MAX: usize = 4;

/// What GoHighLevel calls a channel; none that it cannot send by.
pub(super) fn wire(channel: Channel) -> Option<WireChannel> {
    match channel {
        Channel::Sms => Some(WireChannel::Sms),
        Channel::Email => Some(WireChannel::Email),
        Channel::WhatsApp => Some(WireChannel::WhatsApp),
        Channel::Chat => Some(WireChannel::LiveChat),
        Channel::Voice | Channel::Messenger | Channel::GoogleBusiness => None,
    }
}

/// Whether a message there went by a channel: `TYPE_SMS`.
fn is_by(kind: Option<&str>, channel: Channel) -> bool {
    let Some(kind) = kind else { return true };
    let kind = kind.to_ascii_uppercase();
    match channel {
        Channel::Sms => kind.contains("SMS"),
        Channel::Email => kind.contains("EMAIL"),
        Channel::WhatsApp => kind.contains("WHATSAPP"),
        Channel::Chat => kind.contains("CHAT"),
        Channel::Voice | Channel::Messenger | Channel::GoogleBusiness => true,
    }
}

impl Letter {
    /// As the gate is asked.
    pub(super) fn draft(&self) -> Draft {
        Draft {
            channel: self.channel,
            purpose: self.purpose,
            text: Some(self.text.clone()),
            property: self.property,
            review: self.review.clone(),
        }
    }
}

impl Job<'_> {
    /// Sends a message, if the gate still lets it out.
    pub(super) async fn send(&self, remote: &str, letter: &Letter) -> Result<Outcome, Trouble> {
        let office = self.office;
        // What may have gone out already is looked for before anything else: the gate would count it.
        if let Some(begun) = self.write.begun_at
            && let Some(sent) = self.sent(remote, letter, begun).await?
        {
            return self.kept(letter, begun, &sent.message).await;
        }
        let Some(channel) = wire(letter.channel) else {
            let reason = format!("GoHighLevel sends no {}", letter.channel);
            return Ok(Outcome::Dead { class: None, reason });
        };
        let now = office.now();
        if let Some(pause) = pause::of(office.market.db(), letter.channel.word(), now).await? {
            return self.paused(letter, &pause).await;
        }
        let judged = match self.may_go(&letter.draft()).await? {
            Word::Go(judged) => judged,
            Word::Not(outcome) => return Ok(outcome),
        };
        let call = conversations::send(&NewMessage {
            channel,
            contact: remote.to_owned(),
            text: letter.text.clone(),
            subject: letter.subject.clone(),
            at: None,
        });
        let begun = self.begin_by(echo::Kind::Message, Some(judged)).await?;
        let look = || self.sent(remote, letter, begun);
        let client = &office.bridge.0.ghl;
        // It was looked for above if it was begun before.
        match client.create(&office.account, &call, self.how(), look).await {
            Ok(Created::New(sent) | Created::Found(sent)) => self.kept(letter, begun, &sent.message).await,
            Ok(Created::Exists(id)) => self.kept(letter, begun, &id).await,
            Err(failure) => self.not_sent(letter, failure).await,
        }
    }

    /// The message among those of the contact, if it went out: by its text, since then, and of no other write.
    async fn sent(&self, remote: &str, letter: &Letter, begun: Timestamp) -> Result<Option<Sent>, Failure> {
        let since = begun.checked_sub(SKEW).unwrap_or(Timestamp::MIN);
        let mut export = Export { from: Some(since), contact: Some(remote.to_owned()), ..Export::default() };
        for _ in 0..PAGES_MAX {
            let page = self.ask(&conversations::export(&self.office.connection.location, &export)).await?;
            for message in page.messages {
                if self.is_it(remote, letter, since, &message).await?
                    && !self.is_of_another(&message.id).await
                {
                    return Ok(Some(Sent { message: message.id, conversation: message.conversation }));
                }
            }
            match page.next {
                Some(next) => export.cursor = Some(next),
                None => break,
            }
        }
        Ok(None)
    }

    async fn is_it(
        &self,
        remote: &str,
        letter: &Letter,
        since: Timestamp,
        message: &Message,
    ) -> Result<bool, Failure> {
        let is_likely = message.is_inbound != Some(true)
            && message.contact.as_deref().is_none_or(|contact| contact == remote)
            && message.at.is_none_or(|at| at >= since)
            && is_by(message.kind.as_deref(), letter.channel)
            // What failed is known by its identifier, and sent anew.
            && message.status.as_deref() != Some("failed");
        if !is_likely {
            return Ok(false);
        }
        if message.body.is_none() && letter.channel == Channel::Email {
            let email = self.ask(&conversations::email(&message.id)).await?;
            return Ok(email.body.is_some_and(|body| echo::says(&body, &letter.text)));
        }
        Ok(message.body.as_deref().is_some_and(|body| echo::says(body, &letter.text)))
    }

    /// Keeps what was sent with the contact; done again, it is kept once.
    async fn kept(&self, letter: &Letter, begun: Timestamp, message: &str) -> Result<Outcome, Trouble> {
        let office = self.office;
        // When it was sent is theirs to say: by the same instant it is told when it is fetched.
        let sent_at = match self.ask(&conversations::message(message)).await {
            Ok(there) => there.at.unwrap_or(begun),
            // It was sent; that it cannot be looked at any more says nothing of the contact.
            Err(failure) if failure.fault.class == Class::EntityGone => begun,
            Err(failure) => return Err(failure.into()),
        };
        // The same circumstances whenever this is repeated: so it gets the same identifier.
        let random = u128::from_be_bytes(self.write.id.to_bytes());
        let at = Moment { now: sent_at, actor: Actor::new(super::ACTOR), entropy: random };
        let channel = match letter.channel {
            Channel::Sms => Some(contacts::Channel::Sms),
            Channel::Email => Some(contacts::Channel::Email),
            _ => None,
        };
        let all = &office.bridge.0;
        match channel {
            Some(channel) => {
                let new = contacts::NewMessage {
                    direction: Direction::Out,
                    channel,
                    body: letter.text.clone(),
                    at: Some(sent_at),
                };
                match all
                    .contacts
                    .add_message(&office.market, Sight::All, self.write.contact, &new, &at)
                    .await
                {
                    Ok(_) => {}
                    Err(ContactsError::Store(error)) if error.is_unique_violation() => {}
                    // Sent it is, whether or not its text can be kept here.
                    Err(
                        ContactsError::Unknown(_) | ContactsError::Erased(_) | ContactsError::Rejected(_),
                    ) => {}
                    Err(error) => return Err(error.into()),
                }
            }
            None => {
                let what =
                    What::Message { direction: timeline::Direction::Outbound, channel: letter.channel };
                let id = format!("message:{message}");
                let entry = Entry::told(id, office.now(), Happening { at: sent_at, what });
                all.leads.tell(&office.market, self.write.contact, vec![entry], &office.moment()).await?;
            }
        }
        let is_looked_after = letter.channel == Channel::Sms;
        let check_at = is_looked_after.then(|| office.in_seconds(FIRST_LOOK_SECONDS));
        Ok(Outcome::Done { remote: Some(message.to_owned()), check_at })
    }

    /// What follows when GoHighLevel refuses a message at once.
    async fn not_sent(&self, letter: &Letter, failure: Failure) -> Result<Outcome, Trouble> {
        let class = failure.fault.class;
        let office = self.office;
        let concerns = [Class::SmsUnreachable, Class::SmsOptOut, Class::SmsBlocked, Class::SmsCapped];
        if !concerns.contains(&class) {
            return Err(failure.into());
        }
        if class == Class::SmsOptOut && says_dnd(&failure) {
            // Somebody there put it on, and may take it off again: no complaint of the person's.
            let told = [(letter.channel, DoNotDisturb::On)];
            let leads = &office.bridge.0.leads;
            leads.reachability(&office.market, self.write.contact, &told, &office.moment()).await?;
            return Ok(Outcome::Refused { reason: "do not disturb is on there".to_owned() });
        }
        if class == Class::SmsBlocked {
            office.bridge.report(&office.market, &failure, &office.moment()).await?;
        }
        let follows = office.bridge.follows(office, self.write.contact, letter.channel, class).await?;
        Ok(match follows {
            Follows::Again(at) => Outcome::Later {
                at,
                counts: false,
                class: Some(class),
                reason: class.label().to_owned(),
                afresh: true,
            },
            Follows::Nothing => Outcome::Refused { reason: class.label().to_owned() },
            Follows::Another => {
                let instead = self.another(letter).await?;
                Outcome::Dropped { class: Some(class), reason: class.label().to_owned(), instead }
            }
        })
    }

    async fn paused(&self, letter: &Letter, pause: &pause::Pause) -> Result<Outcome, Trouble> {
        let reason = format!("nothing is sent by this channel: {}", pause.reason);
        Ok(match pause.until {
            Some(at) => Outcome::Later { at, counts: false, class: None, reason, afresh: false },
            // Told again each time: whoever closed the incident may believe that all is well.
            None => {
                self.office.tell(pause.class, self.doing.kind(), &reason).await?;
                let instead = self.another(letter).await?;
                Outcome::Dropped { class: Some(Class::SmsBlocked), reason, instead }
            }
        })
    }

    /// By another way: an e-mail where there is an address, else somebody is asked to call.
    async fn another(&self, letter: &Letter) -> Result<Option<Doing>, Trouble> {
        let Some(here) = self.contact().await? else { return Ok(None) };
        Ok(Some(instead_of(letter, here.personal.email.is_some(), self.office.in_seconds(TASK_DUE_SECONDS))))
    }
}

/// Whether a message was refused for do-not-disturb, and not for what the person told a carrier.
fn says_dnd(failure: &Failure) -> bool {
    let said = failure.fault.message.as_deref().unwrap_or_default().to_lowercase();
    said.contains("dnd") && !["opted out", "opt-out", "unsubscribed"].iter().any(|word| said.contains(word))
}

/// What follows a carrier's refusal.
pub(super) enum Follows {
    /// The same again, then.
    Again(Timestamp),
    /// Nothing: they do not want it.
    Nothing,
    /// By another way.
    Another,
}

/// What stands in for a message that cannot go by its channel.
pub(super) fn instead_of(letter: &Letter, has_email: bool, due_at: Timestamp) -> Doing {
    if has_email && letter.channel != Channel::Email {
        let paragraphs = letter.text.split('\n').map(escaped).collect::<Vec<_>>().join("<br>");
        return Doing::Message(Letter {
            channel: Channel::Email,
            text: format!("<p>{paragraphs}</p>"),
            subject: Some(letter.subject.clone().unwrap_or_else(|| "Our message to you".to_owned())),
            ..letter.clone()
        });
    }
    let title = format!("Call: a {} could not be delivered", letter.channel);
    Doing::Task { title, body: Some(letter.text.clone()), due_at, user: None }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use leads::gate::Purpose;

    use super::*;

    fn letter() -> Letter {
        Letter {
            channel: Channel::Sms,
            purpose: Purpose::Reply,
            text: "Tea & <talk>?\nToday".to_owned(),
            subject: None,
            property: None,
            review: None,
        }
    }

    #[test]
    fn an_email_stands_in_where_there_is_an_address_and_a_call_otherwise() {
        let Doing::Message(email) = instead_of(&letter(), true, Timestamp::UNIX_EPOCH) else { panic!() };
        assert_eq!(
            (email.channel, email.text.as_str()),
            (Channel::Email, "<p>Tea &amp; &lt;talk&gt;?<br>Today</p>")
        );
        assert!(email.subject.is_some());
        let nothing_left = [
            instead_of(&letter(), false, Timestamp::UNIX_EPOCH),
            instead_of(&email, true, Timestamp::UNIX_EPOCH),
        ];
        assert!(
            nothing_left.iter().all(|doing| doing.kind() == "task"),
            "an e-mail is not replaced by itself"
        );
    }

    #[test]
    fn kinds_of_messages_are_told_apart() {
        assert!(is_by(Some("TYPE_SMS"), Channel::Sms) && is_by(Some("TYPE_CUSTOM_SMS"), Channel::Sms));
        assert!(!is_by(Some("TYPE_EMAIL"), Channel::Sms) && is_by(Some("TYPE_LIVE_CHAT"), Channel::Chat));
    }
}
