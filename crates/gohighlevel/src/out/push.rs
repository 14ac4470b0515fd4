//! One round of writing: what is due is leased, done contact by contact, and settled.

use std::{panic::AssertUnwindSafe, pin::Pin, time::Duration};

use boxed::boxed;
use connect::ghl::fault::Class;
use futures::{FutureExt as _, StreamExt as _};
use jiff::Timestamp;
use kernel::PersonId;
use markets::{Market, SealingKey};
use serde::Serialize;
use store::{StoreError, Tx, queue::Worker};

use super::{
    asking::{self, Of, Once},
    doing::Doing,
    office::{Job, Office, Outcome, Trouble},
    person::Person,
    room::Room,
    settle::{self, Seen},
};
use crate::{
    GoHighLevel, GoHighLevelError, echo,
    held::held,
    records::out::{
        echo as echoes,
        write::{self, Leased, Put, Stored, WriteState},
    },
};

/// Contacts that are written to at the same time.
const CONTACTS_AT_ONCE: usize = 8;
/// How long what ended is kept to be looked at.
const KEPT: Duration = Duration::from_secs(90 * 24 * 3600);
/// Number of the catalogue for changes that come back as changes.
pub(crate) const LOOP_CLASS: u8 = 31;
/// Number of the catalogue for what the program cannot do, however often it tries.
pub(crate) const GIVEN_UP_CLASS: u8 = 30;
/// When it is looked again whether a contact is free of whom another write is under way, in seconds.
const BLOCKED_SECONDS: i64 = 5;
/// When it is looked again whether the budget has room, in seconds.
const ROOM_SECONDS: i64 = 1;
/// How long a contact is left alone that is changed too often, in seconds.
const LOOP_SECONDS: i64 = 60;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Pushed {
    /// Done.
    pub done: u64,
    /// Put off.
    pub waiting: u64,
    /// Not let out by the gate.
    pub refused: u64,
    /// Given up: a person decides.
    pub dead: u64,
    /// Not wanted any more, or replaced by something else.
    pub dropped: u64,
    /// Messages that were looked after.
    pub looked_after: u64,
    /// Whether more is due: call again.
    pub more: bool,
    /// When something is due next; none: nothing waits.
    pub next: Option<Timestamp>,
}

#[boxed]
impl GoHighLevel {
    /// Writes what is due, the urgent first, at most `limit` of each lane, and no more of what is not urgent than the budget
    /// lets through at once. One that is interrupted at any point is taken up again: what
    /// makes something is looked for before it is repeated, what changes something is compared first.
    ///
    /// # Errors
    /// When the market's database or keys fail; what was done by then is done.
    pub async fn push(
        &self,
        market: &Market,
        now: Timestamp,
        limit: u32,
    ) -> Result<Pushed, GoHighLevelError> {
        let mut pushed = Pushed::default();
        let Some(connection) = self.connection(market).await? else { return Ok(pushed) };
        let office = Office::open(self, market, connection).await?;
        let worker = Worker {
            // Of this call: another one of the same node is another worker.
            owner: format!("{}-{:016x}", self.0.node, self.0.chance.number() as u64),
            lease_for: self.0.config.lease_for,
        };
        let (mut jobs, mut waits_for_room) = (Vec::new(), false);
        if write::is_due(market.db(), now).await? {
            let room = Room::of(&office, limit.max(1)).await;
            let (leased, left_over) = self.leased(&office, &worker, now, room.most).await?;
            pushed.more = room.is_there(left_over);
            waits_for_room = !pushed.more && left_over.contains(&true);
            jobs = leased;
        }
        let is_idle = jobs.is_empty();
        let mut groups: Vec<Vec<Job<'_>>> = Vec::new();
        for job in jobs {
            match groups.iter_mut().find(|group| group[0].write.contact == job.write.contact) {
                Some(group) => group.push(job),
                None => groups.push(vec![job]),
            }
        }
        let renew = || async {
            let mut tx = market.db().begin().await?;
            write::hold(&mut tx, &worker.owner, office.leased_until()).await?;
            tx.commit().await
        };
        let settled = held(worker.lease_for, renew, settled(groups)).await?;
        let mut first_error = None;
        for outcome in settled {
            match outcome {
                Ok(state) => pushed.count(state),
                Err(error) => {
                    tracing::warn!(market = %market.id(), %error, "a write to GoHighLevel was not settled");
                    first_error.get_or_insert(error);
                }
            }
        }
        pushed.looked_after = self.look_after(&office, now).await?;
        // What is due already and was not taken waits for room, or for another that is under way.
        let soon = match waits_for_room {
            true => Some(office.in_seconds(ROOM_SECONDS)),
            false => is_idle.then(|| office.in_seconds(BLOCKED_SECONDS)),
        };
        let next = write::next_due(market.db()).await?;
        pushed.next = next.map(|next| soon.filter(|_| next <= now).map_or(next, |soon| next.max(soon)));
        first_error.map_or(Ok(pushed), Err)
    }

    /// Forgets what ended long ago; how many writes.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn prune_writes(&self, market: &Market, now: Timestamp) -> Result<u64, GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        let pruned = write::prune(&mut tx, KEPT, now).await?;
        echoes::prune(&mut tx, echo::REMEMBERED, now).await?;
        tx.commit().await?;
        Ok(pruned)
    }

    async fn leased<'a>(
        &self,
        office: &'a Office,
        worker: &Worker,
        now: Timestamp,
        most: [u32; 4],
    ) -> Result<(Vec<Job<'a>>, [bool; 4]), GoHighLevelError> {
        let market = &office.market;
        let mut tx = market.db().begin().await?;
        let Leased { writes: leased, worn, left_over } = write::lease(&mut tx, worker, now, most).await?;
        tx.commit().await?;
        for kind in worn {
            office.give_up(&kind, "every worker that began with it was lost").await?;
        }
        let persons: Vec<PersonId> = leased.iter().map(|write| write.contact).collect();
        let keys = market.person_keys(&persons).await?;
        let mut jobs = Vec::with_capacity(leased.len());
        for write in leased {
            let key: Option<SealingKey> = keys.get(write.contact).cloned();
            let doing = match key.as_ref().map(|key| asking::open(market, key, &write)) {
                Some(Ok(doing)) => doing,
                Some(Err(error)) => {
                    tracing::warn!(market = %market.id(), write = %write.id, %error, "a write cannot be read");
                    give_up(office, &write, "what was asked for cannot be read").await?;
                    continue;
                }
                None => None,
            };
            match (key, doing) {
                (Some(key), Some(doing)) => jobs.push(Job { office, write, key, doing }),
                // Erased: nobody knows any more what it was.
                _ => {
                    let mut tx = market.db().begin().await?;
                    let reason = "nothing is known of it any more";
                    write::end(&mut tx, &write, WriteState::Dropped, None, reason, now).await?;
                    tx.commit().await?;
                }
            }
        }
        Ok((jobs, left_over))
    }
}

/// Everything of one contact, one after the other.
type Round<'a> = Pin<Box<dyn Future<Output = Vec<Settling>> + Send + 'a>>;
type Settling = Result<Option<WriteState>, GoHighLevelError>;

/// Contact by contact, several at once.
async fn settled(groups: Vec<Vec<Job<'_>>>) -> Vec<Settling> {
    let rounds: Vec<Round<'_>> = groups.into_iter().map(round).collect();
    futures::stream::iter(rounds).buffer_unordered(CONTACTS_AT_ONCE).concat().await
}

fn round(group: Vec<Job<'_>>) -> Round<'_> {
    Box::pin(async move {
        let mut outcomes = Vec::with_capacity(group.len());
        for job in group {
            let (office, write) = (job.office, job.write.clone());
            outcomes.push(match AssertUnwindSafe(job.through()).catch_unwind().await {
                Ok(settled) => settled,
                // It would do so again: a person sees it, and everything else goes on.
                Err(_) => give_up(office, &write, "the program failed over it").await,
            });
        }
        outcomes
    })
}

async fn give_up(office: &Office, write: &Stored, reason: &str) -> Settling {
    office.give_up(&write.kind, reason).await?;
    let mut tx = office.market.db().begin().await?;
    match write::end(&mut tx, write, WriteState::Dead, None, reason, office.now()).await {
        Ok(is_dead) => {
            tx.commit().await?;
            Ok(Some(if is_dead { WriteState::Dead } else { WriteState::Waiting }))
        }
        Err(StoreError::LeaseLost) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

impl Pushed {
    fn count(&mut self, state: Option<WriteState>) {
        match state {
            Some(WriteState::Done) => self.done += 1,
            Some(WriteState::Waiting) => self.waiting += 1,
            Some(WriteState::Refused) => self.refused += 1,
            Some(WriteState::Dead) => self.dead += 1,
            Some(WriteState::Dropped) => self.dropped += 1,
            // Somebody else took it over.
            None => {}
        }
    }
}

impl Job<'_> {
    /// Does it and settles it; its state then, none when somebody else took it over.
    async fn through(self) -> Settling {
        let office = self.office;
        let outcome = match self.attempt().await {
            Ok(outcome) => self.told(outcome).await?,
            Err(Trouble::Failed(failure)) => self.after(&failure, false).await?,
            Err(Trouble::NotBegun(failure)) => self.after(&failure, true).await?,
            Err(Trouble::Loop) => {
                let at = office.moment();
                let words = "a contact is changed again and again";
                let told = "changes were put off for a minute";
                office
                    .bridge
                    .report_words(&office.market, LOOP_CLASS, "contact-update", words, told, &at)
                    .await?;
                let at = office.in_seconds(LOOP_SECONDS);
                let reason = "changed too often within a minute".to_owned();
                Outcome::Later { at, counts: true, class: None, reason, afresh: false }
            }
            Err(Trouble::Broken(error)) if is_lost(&error) => return Ok(None),
            Err(Trouble::Broken(error)) => self.told(self.broken(&error)).await?,
        };
        let mut tx = office.market.db().begin().await?;
        match self.note(&mut tx, outcome).await {
            Ok(state) => {
                tx.commit().await?;
                Ok(Some(state))
            }
            Err(StoreError::LeaseLost) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What becomes of it after a failure; a person is told where one is needed.
    async fn after(
        &self,
        failure: &connect::ghl::Failure,
        is_afresh: bool,
    ) -> Result<Outcome, GoHighLevelError> {
        let office = self.office;
        let family = &failure.op.operation().family;
        let is_outage = office.bridge.0.ghl.outages().iter().any(|out| out == family);
        let seen = Seen {
            tries: self.write.tries,
            is_outage,
            sent_since: self.write.begun_at.filter(|_| matches!(self.doing, Doing::Message(_))),
            now: office.now(),
            chance: office.bridge.0.chance.number() as u64,
        };
        let settled = settle::settle(failure, seen);
        tracing::info!(
            market = %office.market.id(), kind = self.doing.kind(), operation = failure.op.key(),
            class = failure.fault.class.number(), "a write to GoHighLevel failed"
        );
        if settled.is_incident || failure.fault.class.needs_person() {
            office.bridge.report(&office.market, failure, &office.moment()).await?;
        }
        Ok(match settled.outcome {
            Outcome::Later { at, counts, class, reason, .. } => {
                Outcome::Later { at, counts, class, reason, afresh: is_afresh }
            }
            other => other,
        })
    }

    /// Something here failed that need not be the database's: tried again like anything else, and not for ever.
    fn broken(&self, error: &GoHighLevelError) -> Outcome {
        let office = self.office;
        tracing::warn!(
            market = %office.market.id(), kind = self.doing.kind(), %error, "a write to GoHighLevel failed here"
        );
        let chance = office.bridge.0.chance.number() as u64;
        let reason = "it failed here".to_owned();
        match settle::BACKOFF.wait(self.write.tries + 1, chance) {
            Some(wait) => {
                let at = office.now().checked_add(wait).unwrap_or(Timestamp::MAX);
                Outcome::Later { at, counts: true, class: None, reason, afresh: false }
            }
            None => Outcome::Dead { class: None, reason },
        }
    }

    /// Tells a person of what ends undone without an answer of theirs: what is dead, and a message in whose place nothing
    /// goes to somebody who is still there.
    async fn told(&self, outcome: Outcome) -> Result<Outcome, GoHighLevelError> {
        let ended = match &outcome {
            Outcome::Dead { class, reason } => Some((*class, reason)),
            Outcome::Dropped { class, reason, instead: None }
                if matches!(self.doing, Doing::Message(_)) && *class != Some(Class::EntityGone) =>
            {
                Some((*class, reason))
            }
            _ => None,
        };
        if let Some((class, reason)) = ended {
            let class = class.map_or(GIVEN_UP_CLASS, Class::number);
            self.office.tell(class, self.doing.kind(), reason).await?;
        }
        Ok(outcome)
    }

    async fn attempt(&self) -> Result<Outcome, Trouble> {
        let remote = match self.person(self.is_worth_making()).await? {
            Person::There(remote) => remote,
            Person::Not(outcome) => return Ok(outcome),
        };
        match self.on(&remote).await {
            Err(Trouble::Failed(failure) | Trouble::NotBegun(failure))
                if failure.fault.class == Class::EntityGone =>
            {
                match self.found_again(&remote, *failure).await? {
                    Person::There(twin) => self.on(&twin).await,
                    Person::Not(outcome) => Ok(outcome),
                }
            }
            other => other,
        }
    }

    async fn on(&self, remote: &str) -> Result<Outcome, Trouble> {
        match &self.doing {
            Doing::Score(wanted) => self.write_score(remote, wanted).await,
            Doing::Contact(wanted) => self.write_contact(remote, wanted).await,
            Doing::Stage { pipeline, stage } => self.write_stage(remote, pipeline, stage).await,
            Doing::Note { text } => self.write_note(remote, text).await,
            Doing::Task { title, body, due_at, user } => {
                self.write_task(remote, title, body.as_deref(), *due_at, *user).await
            }
            Doing::Workflow { workflow } => self.enrol(remote, workflow).await,
            Doing::Appointment { calendar, starts_at, title } => {
                self.book(remote, calendar, *starts_at, title.as_deref()).await
            }
            Doing::Message(letter) => self.send(remote, letter).await,
        }
    }

    /// Whether it is reason enough to make the contact there: what is to be read there is not, what is to be done is.
    fn is_worth_making(&self) -> bool {
        !matches!(self.doing, Doing::Score(_) | Doing::Contact(_) | Doing::Stage { .. })
    }

    /// Whether what is wanted is compared with what is wanted next.
    fn is_compared(&self) -> bool {
        matches!(self.doing, Doing::Score(_))
    }

    fn kind(&self) -> Option<echo::Kind> {
        match self.doing {
            Doing::Note { .. } => Some(echo::Kind::Note),
            Doing::Task { .. } => Some(echo::Kind::Task),
            Doing::Message(_) => Some(echo::Kind::Message),
            Doing::Appointment { .. } => Some(echo::Kind::Appointment),
            Doing::Stage { .. } => Some(echo::Kind::Opportunity),
            Doing::Score(_) | Doing::Contact(_) | Doing::Workflow { .. } => None,
        }
    }

    async fn note(&self, tx: &mut Tx, outcome: Outcome) -> Result<WriteState, StoreError> {
        let (office, write) = (self.office, &self.write);
        let now = office.now();
        let ended = |has_ended: bool, state| if has_ended { state } else { WriteState::Waiting };
        Ok(match outcome {
            Outcome::Done { remote, check_at } => {
                let keep = self.is_compared() || check_at.is_some();
                let is_done = write::done(tx, write, remote.as_deref(), check_at, keep, now).await?;
                if let (Some(kind), Some(remote)) = (self.kind(), &remote) {
                    echo::note(tx, office, kind, remote, write.contact, now).await?;
                }
                ended(is_done, WriteState::Done)
            }
            Outcome::DoneBut { remote, rest } => {
                let is_done = write::done(tx, write, Some(&remote), None, self.is_compared(), now).await?;
                if let Some(kind) = self.kind() {
                    echo::note(tx, office, kind, &remote, write.contact, now).await?;
                }
                self.instead(tx, write, rest, now).await?;
                ended(is_done, WriteState::Done)
            }
            Outcome::Later { at, counts, class, reason, afresh } => {
                let class = class.map(Class::number);
                write::later(tx, write, &Put { at, counts, class, reason: &reason, afresh }).await?;
                WriteState::Waiting
            }
            Outcome::Refused { reason } => {
                let state = WriteState::Refused;
                ended(write::end(tx, write, state, None, &reason, now).await?, state)
            }
            Outcome::Dead { class, reason } => {
                let class = class.map(Class::number);
                let state = WriteState::Dead;
                ended(write::end(tx, write, state, class, &reason, now).await?, state)
            }
            Outcome::Dropped { class, reason, instead } => {
                let class = class.map(Class::number);
                let state = WriteState::Dropped;
                let has_ended = write::end(tx, write, state, class, &reason, now).await?;
                if let Some(doing) = instead {
                    self.instead(tx, write, doing, now).await?;
                }
                ended(has_ended, state)
            }
        })
    }

    async fn instead(
        &self,
        tx: &mut Tx,
        write: &Stored,
        doing: Doing,
        now: Timestamp,
    ) -> Result<(), StoreError> {
        let of = Of { market: &self.office.market, key: &self.key, contact: write.contact };
        let id = self.office.bridge.moment(now).ids().next();
        let key = Some(format!("instead:{}", write.id));
        asking::once(tx, of, Once { id, doing, key, decision: None, run_at: now }, now).await.map(|_| ())
    }
}

fn is_lost(error: &GoHighLevelError) -> bool {
    matches!(error, GoHighLevelError::Store(StoreError::LeaseLost))
}
