use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    time::Duration,
};

use boxed::boxed;
use connect::ghl::{events::Event, tokens::TokenError};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use kernel::PersonId;
use markets::Market;
use store::{
    inbox::{Inbox, Item},
    queue::{Backoff, Lease, Worker},
};

use crate::{Connection, GoHighLevel, GoHighLevelError, held::held, records::letters};
use round::Round;
use trouble::Trouble;

mod round;
mod trouble;

/// Contacts that are worked on at the same time.
const CONTACTS_AT_ONCE: usize = 8;
/// So often an event is tried, then it waits for a person.
const ATTEMPTS_MAX: u32 = 3;
/// Between these attempts.
const RETRY: Backoff =
    Backoff { first: Duration::from_secs(5), longest: Duration::from_secs(60), attempts_max: ATTEMPTS_MAX };
/// The shortest and the longest wait when it is not the event's fault: such waits are not counted.
const WAIT_MIN: SignedDuration = SignedDuration::from_secs(2);
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(5);

/// What one round of [`GoHighLevel::work`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// Events that are done.
    pub done: u64,
    /// Events that failed and are tried again.
    pub failed: u64,
    /// Events that were given up.
    pub dead: u64,
    /// Whether more may be due.
    pub more: bool,
    /// When the earliest of those that failed is tried again.
    pub next: Option<Timestamp>,
    /// Persons of whom something is new, each once.
    pub touched: Vec<PersonId>,
}

/// An event of the inbox, opened.
struct Opened {
    lease: Lease,
    received_at: Timestamp,
    event: Event,
}

/// There is nobody to ask with, until then if that is known.
struct Closed(Option<Timestamp>);

#[boxed]
impl GoHighLevel {
    /// Works off up to `limit` events of the market's inbox: those of one contact in order, several contacts at once. What
    /// they are about is fetched once, however many events speak of it.
    ///
    /// # Errors
    /// When the market fails. What fails at GoHighLevel is tried again; after three failures that are the event's own it
    /// waits for a person.
    pub async fn work(
        &self,
        market: &Market,
        now: Timestamp,
        limit: u32,
    ) -> Result<Worked, GoHighLevelError> {
        let connection = self.last_connection(market).await?;
        let closed = match self.connection(market).await? {
            Some(live) => self.closed_for(&live).await,
            None => None,
        };
        // Whoever cannot be asked need not be tried: no event is leased in vain. That the app was taken out or let in
        // again is what an event itself says, and may be what opens the door.
        if let Some(Closed(until)) = closed
            && !letters::has_installation(market.db(), now).await?
        {
            return Ok(Worked { next: until, ..Worked::default() });
        }
        let lease_for = self.0.config.lease_for;
        // Of this call: another one of the same node is another worker.
        let owner = format!("{}/gohighlevel-{:016x}", self.0.node, self.0.chance.number() as u64);
        let worker = Worker { owner, lease_for };
        let items = Inbox::new(market.db().clone()).lease(&worker, now, limit).await?;
        if items.is_empty() {
            return Ok(Worked::default());
        }
        let more = items.len() >= limit as usize;
        let round =
            Round { bridge: self, market, connection: connection.as_ref(), closed: closed.is_some(), now };
        let renew = || async {
            let until = self.now().checked_add(lease_for).unwrap_or(Timestamp::MAX);
            let mut tx = market.db().begin().await?;
            letters::hold(&mut tx, &worker.owner, until).await?;
            tx.commit().await
        };
        let mut worked = held(lease_for, renew, self.worked_off(round, items)).await??;
        worked.more = more;
        worked.touched.sort_unstable();
        worked.touched.dedup();
        Ok(worked)
    }

    async fn worked_off(&self, round: Round<'_>, items: Vec<Item>) -> Result<Worked, GoHighLevelError> {
        let mut worked = Worked::default();
        let (opened, broken) = self.opened(round.market, items).await?;
        for (lease, received_at, reason) in broken {
            round.note(&mut worked, &lease, received_at, Trouble::Never(reason)).await?;
        }
        let mut groups: BTreeMap<String, Vec<Opened>> = BTreeMap::new();
        for item in opened {
            groups.entry(group_of(&item.event)).or_default().push(item);
        }
        let mut rounds = stream::iter(groups.into_values())
            .map(|group| round.group(group))
            .buffer_unordered(CONTACTS_AT_ONCE);
        let mut failure = None;
        while let Some(done) = rounds.next().await {
            match done {
                Ok(done) => worked.add(done),
                // The others are finished first: what they fetched is not thrown away.
                Err(error) => failure = Some(error),
            }
        }
        failure.map_or(Ok(worked), Err)
    }

    /// Whether there is no token to ask with, and when to look again.
    async fn closed_for(&self, connection: &Connection) -> Option<Closed> {
        match self.0.ghl.keeper().access(&connection.account()).await {
            Ok(_) => None,
            Err(TokenError::Suspended { until, .. }) => Some(Closed(Some(until))),
            Err(_) => Some(Closed(self.now().checked_add(WAIT_MAX).ok())),
        }
    }

    /// Opens what was kept: under the key of its day, which may be gone.
    async fn opened(
        &self,
        market: &Market,
        items: Vec<Item>,
    ) -> Result<(Vec<Opened>, Vec<(Lease, Timestamp, String)>), GoHighLevelError> {
        let (mut opened, mut broken) = (Vec::with_capacity(items.len()), Vec::new());
        let mut keys = HashMap::new();
        for item in items {
            let Item { lease, kind, payload, received_at, .. } = item;
            let Ok(key_id) = seal::key_id_of(&payload.bytes) else {
                broken.push((lease, received_at, "what was kept cannot be read".to_owned()));
                continue;
            };
            let key = match keys.entry(key_id) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(market.key_named(key_id).await?),
            };
            let Some(key) = key else {
                broken.push((lease, received_at, "the key of its day was destroyed".to_owned()));
                continue;
            };
            let row = lease.id.to_string();
            let plain = market.unseal(key, "inbox", &row, "payload_sealed", &payload.bytes);
            match plain.map(|plain| Event::parse(&plain, Some(&kind))) {
                Ok(Ok(event)) => opened.push(Opened { lease, received_at, event }),
                _ => broken.push((lease, received_at, "what was kept cannot be read".to_owned())),
            }
        }
        Ok((opened, broken))
    }
}

impl Worked {
    fn add(&mut self, other: Self) {
        self.done += other.done;
        self.failed += other.failed;
        self.dead += other.dead;
        self.touched.extend(other.touched);
        self.next = [self.next, other.next].into_iter().flatten().min();
    }
}

/// What must be done in order: the events of one contact, else of one thing.
fn group_of(event: &Event) -> String {
    let about = event.contact.as_ref().or(event.entity.as_ref()).or(event.conversation.as_ref());
    about.cloned().unwrap_or_default()
}
