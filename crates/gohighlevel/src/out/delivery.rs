//! What became of messages after GoHighLevel took them: carriers answer later.

use std::time::Duration;

use boxed::boxed;
use connect::ghl::{
    How,
    budget::Lane,
    conversations,
    fault::{Class, of_sms_code},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, PersonId};
use leads::Channel;
use markets::Market;

use super::{
    asking::{self, Of, Once},
    doing::{Doing, Letter, Wanted},
    messages::{Follows, instead_of},
    office::Office,
};
use crate::{
    GoHighLevel, GoHighLevelError,
    records::out::{
        pause::{self, Pause},
        write::{self, Stored, WriteState},
    },
};

/// Messages that are looked after at once.
const BATCH: u32 = 20;
/// How long one look may take, waiting for its turn included, and all looks of a round together: what is to be written does
/// not wait for them.
const LOOK_PATIENCE: Duration = Duration::from_secs(5);
const LOOKS_MAX: SignedDuration = SignedDuration::from_secs(5);
/// Waits between looks, in seconds, by how long ago the message went: then nobody says anything any more.
const LOOKS: [(i64, i64); 3] = [(10 * 60, 9 * 60), (3600, 50 * 60), (24 * 3600, 6 * 3600)];
/// A sender's day, after which messages go again.
const SENDER_DAY: SignedDuration = SignedDuration::from_hours(24);
/// A task that stands in is due so much later.
const TASK_DUE: SignedDuration = SignedDuration::from_mins(15);

#[boxed]
impl GoHighLevel {
    /// Takes note that a message from here to a contact failed with a carrier's code, however that became known; a
    /// second time has no effect. Without a write of ours (somebody there wrote it) what it says of the contact counts
    /// all the same.
    ///
    /// # Errors
    /// When the market fails.
    pub(crate) async fn delivery_failed(
        &self,
        market: &Market,
        contact: PersonId,
        message: &str,
        code: u32,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let seen = write::by_remote(market.db(), "message", message).await?;
        let class = of_sms_code(code).map(|(class, _)| class);
        if seen.as_ref().is_some_and(|seen| seen.check_at.is_none()) {
            return Ok(());
        }
        let Some(connection) = self.connection(market).await? else { return Ok(()) };
        let office = Office::open(self, market, connection).await?;
        let reason = format!("carrier's code {code}");
        let Some(class) = class else {
            // A code that nobody here knows: the message is lost, and a person sees why.
            if let Some(seen) = seen {
                office.tell(Class::EffectUnknown.number(), "message", &reason).await?;
                let mut tx = market.db().begin().await?;
                let now = at.at();
                write::failed_after(
                    &mut tx,
                    &seen,
                    WriteState::Dead,
                    now,
                    Class::EffectUnknown.number(),
                    &reason,
                    now,
                )
                .await?;
                tx.commit().await?;
            }
            return Ok(());
        };
        if class == Class::SmsBlocked {
            self.report_words(market, class.number(), "message-send", class.label(), &reason, at).await?;
        }
        // Codes are those of text messages.
        let follows = self.follows(&office, contact, Channel::Sms, class).await?;
        let Some(seen) = seen else { return Ok(()) };
        self.settle_late(market, &seen, follows, class, &reason, at).await
    }

    async fn settle_late(
        &self,
        market: &Market,
        seen: &Stored,
        follows: Follows,
        class: Class,
        reason: &str,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let now = at.at();
        let Some(key) = market.person_key(seen.contact).await? else { return Ok(()) };
        let (state, run_at) = match follows {
            Follows::Again(run_at) => (WriteState::Waiting, run_at),
            Follows::Nothing => (WriteState::Refused, now),
            Follows::Another => (WriteState::Dropped, now),
        };
        let instead = match (&follows, asking::open(market, &key, seen)?) {
            (Follows::Another, Some(Doing::Message(letter))) => {
                Some(self.by_another_way(market, seen.contact, &letter, now).await?)
            }
            _ => None,
        };
        let mut tx = market.db().begin().await?;
        let number = class.number();
        if write::failed_after(&mut tx, seen, state, run_at, number, reason, now).await?
            && let Some(doing) = instead
        {
            let of = Of { market, key: &key, contact: seen.contact };
            let id = at.ids().next();
            let key = Some(format!("instead:{}", seen.id));
            asking::once(&mut tx, of, Once { id, doing, key, decision: None, run_at: now }, now).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    async fn by_another_way(
        &self,
        market: &Market,
        contact: PersonId,
        letter: &Letter,
        now: Timestamp,
    ) -> Result<Doing, GoHighLevelError> {
        let here = self.0.contacts.get(market, contacts::Sight::All, contact).await;
        let has_email = here.is_ok_and(|here| here.personal.email.is_some());
        Ok(instead_of(letter, has_email, now.checked_add(TASK_DUE).unwrap_or(now)))
    }

    /// Does what a carrier's refusal asks for, apart from the message itself.
    pub(super) async fn follows(
        &self,
        office: &Office,
        contact: PersonId,
        channel: Channel,
        class: Class,
    ) -> Result<Follows, GoHighLevelError> {
        let (market, at) = (&office.market, office.moment());
        Ok(match class {
            Class::SmsOptOut => {
                self.0.leads.complained(market, contact, channel, &at).await?;
                self.want_dnd(market, contact, channel, "permanent", &at).await?;
                Follows::Nothing
            }
            Class::SmsUnreachable => {
                self.want_dnd(market, contact, channel, "active", &at).await?;
                Follows::Another
            }
            Class::SmsBlocked => {
                self.pause(market, channel, None, class, &at).await?;
                Follows::Another
            }
            Class::SmsCapped => {
                let until = at.at().checked_add(SENDER_DAY).unwrap_or(Timestamp::MAX);
                self.pause(market, channel, Some(until), class, &at).await?;
                Follows::Again(until)
            }
            _ => Follows::Another,
        })
    }

    async fn want_dnd(
        &self,
        market: &Market,
        contact: PersonId,
        channel: Channel,
        status: &str,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let Some(key) = market.person_key(contact).await? else { return Ok(()) };
        let mut tx = market.db().begin().await?;
        let of = Of { market, key: &key, contact };
        asking::contact(&mut tx, of, at.ids().next(), Wanted::left_alone([channel], status), at.at()).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn pause(
        &self,
        market: &Market,
        channel: Channel,
        until: Option<Timestamp>,
        class: Class,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        let reason = class.label().to_owned();
        let new = Pause {
            channel: channel.word().to_owned(),
            since: at.at(),
            until,
            class: class.number(),
            reason,
        };
        pause::set(&mut tx, &new).await?;
        let entry = audit::NewEntry::new(
            at.now,
            &at.actor,
            "gohighlevel.channel-paused",
            &format!("channel:{}", new.channel),
        )
        .with("class", class.number())
        .with("until", until.map_or_else(|| "somebody resumes it".to_owned(), |until| until.to_string()));
        store::trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(())
    }

    /// Sends by a channel again that was stopped.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn resume_channel(
        &self,
        market: &Market,
        channel: Channel,
        at: &Moment,
    ) -> Result<bool, GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        let was_paused = pause::lift(&mut tx, channel.word()).await?;
        if was_paused {
            let subject = format!("channel:{}", channel.word());
            let entry = audit::NewEntry::new(at.now, &at.actor, "gohighlevel.channel-resumed", &subject);
            store::trail::append(&mut tx, entry);
        }
        tx.commit().await?;
        Ok(was_paused)
    }

    /// Channels by which nothing is sent for now.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn paused_channels(
        &self,
        market: &Market,
        now: Timestamp,
    ) -> Result<Vec<super::PausedChannel>, GoHighLevelError> {
        let all = pause::all(market.db(), now).await?;
        Ok(all
            .into_iter()
            .map(|Pause { channel, since, until, class, reason }| super::PausedChannel {
                channel,
                since,
                until,
                class,
                reason,
            })
            .collect())
    }

    /// Asks what became of messages whose time has come.
    pub(super) async fn look_after(&self, office: &Office, now: Timestamp) -> Result<u64, GoHighLevelError> {
        let market = &office.market;
        let due = write::to_check(market.db(), now, BATCH).await?;
        let (mut looked, began) = (0, self.now());
        for seen in due {
            if self.now().duration_since(began) >= LOOKS_MAX {
                break;
            }
            let Some(remote) = seen.remote.clone() else { continue };
            let call = conversations::message(&remote);
            let message = match office.ask(&call, How::lane(Lane::Bulk).within(LOOK_PATIENCE)).await {
                Ok(message) => message,
                Err(failure) if failure.fault.class == Class::EntityGone => {
                    self.check_again(market, &seen, None).await?;
                    continue;
                }
                // The next one would meet the same closed door.
                Err(_) => {
                    self.check_again(market, &seen, Some(office.in_seconds(LOOKS[0].1))).await?;
                    break;
                }
            };
            looked += 1;
            let is_failed = message.status.as_deref().is_some_and(|status| {
                ["failed", "undelivered"].iter().any(|word| status.eq_ignore_ascii_case(word))
            });
            if is_failed {
                let code = message.error_code.unwrap_or_default();
                let at = self.moment(now);
                self.delivery_failed(market, seen.contact, &remote, code, &at).await?;
                continue;
            }
            let is_settled = message.status.as_deref().is_some_and(|status| {
                ["delivered", "read", "completed", "opened"]
                    .iter()
                    .any(|word| status.eq_ignore_ascii_case(word))
            });
            let age = now.duration_since(seen.ended_at.unwrap_or(now)).as_secs();
            let wait = LOOKS.iter().find(|(until, _)| age < *until).map(|(_, wait)| *wait);
            let next = wait.filter(|_| !is_settled).map(|wait| office.in_seconds(wait));
            self.check_again(market, &seen, next).await?;
        }
        Ok(looked)
    }

    async fn check_again(
        &self,
        market: &Market,
        seen: &Stored,
        next: Option<Timestamp>,
    ) -> Result<(), GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        write::check_again(&mut tx, seen, next, next.is_some()).await?;
        tx.commit().await?;
        Ok(())
    }
}
