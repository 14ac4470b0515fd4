use std::{
    collections::{BTreeMap, HashMap, hash_map::Entry},
    time::Duration,
};

use connect::ghl::{events::Event, fault::Class, tokens::TokenError};
use futures::{StreamExt as _, stream};
use jiff::{SignedDuration, Timestamp};
use kernel::PersonId;
use markets::Market;
use store::{
    StoreError,
    inbox::{self, Inbox, Item},
    queue::{Backoff, Failed, Lease, Worker},
};

use super::fetch::Target;
use crate::{Connection, GoHighLevel, GoHighLevelError, records::letters};

/// Contacts that are worked on at the same time.
const CONTACTS_AT_ONCE: usize = 8;
/// How long a worker may be silent before its events go to another one: longer than one request may take.
const LEASE_FOR: Duration = Duration::from_secs(300);
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

/// Why an event is not done.
#[derive(Clone)]
enum Trouble {
    /// It is not the event's fault: nothing is counted.
    Wait(String),
    /// It may be: counted.
    Count(String),
    /// Nothing will help.
    Never(String),
}

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
        if let Some(live) = self.connection(market).await?
            && let Err(until) = self.is_reachable(&live).await
        {
            // Whoever cannot be asked need not be tried: no event is leased in vain.
            return Ok(Worked { next: until, ..Worked::default() });
        }
        let worker = Worker { owner: format!("{}/gohighlevel", self.0.node), lease_for: LEASE_FOR };
        let inbox = Inbox::new(market.db().clone());
        let items = inbox.lease(&worker, now, limit).await?;
        let mut worked = Worked { more: items.len() >= limit as usize, ..Worked::default() };
        let (opened, broken) = self.opened(market, items).await?;
        for (lease, received_at, reason) in broken {
            self.note(market, &inbox, &mut worked, &lease, received_at, Trouble::Never(reason), now).await?;
        }
        let mut groups: BTreeMap<String, Vec<Opened>> = BTreeMap::new();
        for item in opened {
            groups.entry(group_of(&item.event)).or_default().push(item);
        }
        let mut rounds = stream::iter(groups.into_values())
            .map(|group| self.group(market, connection.as_ref(), group, now))
            .buffer_unordered(CONTACTS_AT_ONCE);
        let mut failure = None;
        while let Some(round) = rounds.next().await {
            match round {
                Ok(round) => worked.add(round),
                // The others are finished first: what they fetched is not thrown away.
                Err(error) => failure = Some(error),
            }
        }
        worked.touched.sort_unstable();
        worked.touched.dedup();
        failure.map_or(Ok(worked), Err)
    }

    /// Whether there is a token to ask with; else when to look again.
    async fn is_reachable(&self, connection: &Connection) -> Result<(), Option<Timestamp>> {
        match self.0.ghl.keeper().access(&connection.account()).await {
            Ok(_) => Ok(()),
            Err(TokenError::Suspended { until, .. }) => Err(Some(until)),
            Err(_) => Err(self.now().checked_add(WAIT_MAX).ok()),
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

    /// Works off the events of one contact.
    async fn group(
        &self,
        market: &Market,
        connection: Option<&Connection>,
        group: Vec<Opened>,
        now: Timestamp,
    ) -> Result<Worked, GoHighLevelError> {
        let mut targets: Vec<(Target, Vec<Opened>)> = Vec::new();
        for item in group {
            let target = Target::of(&item.event);
            // An installation is what its event says: each counts.
            let same =
                targets.iter_mut().find(|(known, _)| *known == target && target != Target::Installation);
            match same {
                Some((_, items)) => items.push(item),
                None => targets.push((target, vec![item])),
            }
        }
        // The person before what happened to them.
        targets.sort_by_key(|(target, _)| !matches!(target, Target::Contact(_)));
        let inbox = Inbox::new(market.db().clone());
        let mut worked = Worked::default();
        for (target, items) in targets {
            match self.target(market, connection, &target, &items, now).await {
                Ok(touched) => {
                    worked.touched.extend(touched);
                    worked.done += complete(market, &items, now).await?;
                }
                Err(error) => {
                    if let GoHighLevelError::Failed(failure) = &error
                        && failure.fault.class.needs_person()
                    {
                        self.report(market, failure, &self.moment(now)).await?;
                    }
                    let trouble = trouble_of(error)?;
                    for item in items {
                        let (lease, since) = (&item.lease, item.received_at);
                        self.note(market, &inbox, &mut worked, lease, since, trouble.clone(), now).await?;
                    }
                }
            }
        }
        Ok(worked)
    }

    async fn target(
        &self,
        market: &Market,
        connection: Option<&Connection>,
        target: &Target,
        items: &[Opened],
        now: Timestamp,
    ) -> Result<Vec<PersonId>, GoHighLevelError> {
        let at = self.moment(now);
        match target {
            Target::Nothing => return Ok(Vec::new()),
            Target::Location => {
                self.look_again(market, &at).await?;
                return Ok(Vec::new());
            }
            Target::Installation => {
                for item in items {
                    if item.event.kind.is_deletion() {
                        self.uninstalled(market, &item.event, &at).await?;
                    } else {
                        self.installed_again(market, &item.event, &at).await?;
                    }
                }
                return Ok(Vec::new());
            }
            _ => {}
        }
        // Whose location is not connected any more is not asked about: what is missing comes with the next connection.
        let live = connection.filter(|connection| connection.state == crate::ConnectionState::Connected);
        let Some(connection) = live else { return Ok(Vec::new()) };
        let seen = self.fetch(market, connection, target).await?;
        Ok(self.take_in(market, connection, seen, &at).await?.touched)
    }

    /// Notes that an event is not done.
    #[expect(clippy::too_many_arguments, reason = "one call for all that is known of the event")]
    async fn note(
        &self,
        market: &Market,
        inbox: &Inbox,
        worked: &mut Worked,
        lease: &Lease,
        received_at: Timestamp,
        trouble: Trouble,
        now: Timestamp,
    ) -> Result<(), GoHighLevelError> {
        let noted = match trouble {
            Trouble::Wait(reason) => {
                // Longer the longer it has waited already.
                let waited = now.duration_since(received_at) / 2;
                let again = now.checked_add(waited.clamp(WAIT_MIN, WAIT_MAX)).unwrap_or(Timestamp::MAX);
                let again = super::receive::micros(again);
                let mut tx = market.db().begin().await?;
                letters::give_back(&mut tx, lease, again, &reason).await?;
                tx.commit().await?;
                Ok(Failed::Again(again))
            }
            Trouble::Count(reason) => {
                let chance = self.0.chance.number() as u64;
                inbox.fail(lease, &reason, &RETRY, now, chance).await
            }
            Trouble::Never(reason) => {
                inbox.fail(lease, &reason, &Backoff { attempts_max: 1, ..RETRY }, now, 0).await
            }
        };
        match noted {
            Ok(Failed::Again(again)) => {
                worked.failed += 1;
                worked.next = Some(worked.next.map_or(again, |next| next.min(again)));
            }
            Ok(Failed::Dead) => worked.dead += 1,
            // Somebody else works on it now.
            Err(StoreError::LeaseLost) => {}
            Err(error) => return Err(error.into()),
        }
        Ok(())
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

/// Marks events as done, together. Their effects are there, and had again they would have none.
async fn complete(market: &Market, items: &[Opened], now: Timestamp) -> Result<u64, GoHighLevelError> {
    let mut tx = market.db().begin().await?;
    let mut done = 0;
    for item in items {
        match inbox::complete(&mut tx, &item.lease, now).await {
            Ok(()) => done += 1,
            // Somebody else works on it now.
            Err(StoreError::LeaseLost) => {}
            Err(error) => return Err(error.into()),
        }
    }
    tx.commit().await?;
    Ok(done)
}

/// Whose fault it is. Reasons name classes and operations, never what was said there: that may be personal.
fn trouble_of(error: GoHighLevelError) -> Result<Trouble, GoHighLevelError> {
    Ok(match error {
        GoHighLevelError::Failed(failure) => {
            let class = failure.fault.class;
            let status = failure.fault.status.map_or_else(String::new, |status| format!(" ({status})"));
            let reason = format!("{}: {}{status}", failure.op.key(), class.label());
            let is_passing = failure.is_temporary()
                || matches!(
                    class,
                    Class::LocationInactive
                        | Class::RefreshDead
                        | Class::RefreshLost
                        | Class::ScopeMissing
                        | Class::Outage
                        | Class::NotJson
                        | Class::GatewayAs401
                );
            if is_passing { Trouble::Wait(reason) } else { Trouble::Count(reason) }
        }
        GoHighLevelError::Token(error) => Trouble::Wait(format!("there is no token: {error}")),
        GoHighLevelError::Busy => Trouble::Wait("others change the same contact".to_owned()),
        GoHighLevelError::UnknownCompany(_) | GoHighLevelError::NoApp => {
            Trouble::Count("installed again, and nobody has given consent here: connect it again".to_owned())
        }
        // The market itself fails: nothing is known about the event.
        error @ (GoHighLevelError::Store(_) | GoHighLevelError::Market(_) | GoHighLevelError::Enter(_)) => {
            return Err(error);
        }
        GoHighLevelError::Contacts(contacts::ContactsError::Store(error)) => return Err(error.into()),
        GoHighLevelError::Leads(leads::LeadsError::Store(error)) => return Err(error.into()),
        error => Trouble::Count(error.to_string()),
    })
}
