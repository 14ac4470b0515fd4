//! One round over events that were leased: asked about, taken in, and what became of each.

use std::panic::AssertUnwindSafe;

use connect::ghl::{fault::Action, tokens::TokenError};
use futures::FutureExt as _;
use jiff::{SignedDuration, Timestamp};
use kernel::PersonId;
use markets::Market;
use store::{
    StoreError,
    inbox::{self, Inbox},
    queue::{Backoff, Failed, Lease},
};

use super::{Opened, RETRY, Trouble, WAIT_MAX, WAIT_MIN, Worked};
use crate::{
    Connection, ConnectionState, GoHighLevel, GoHighLevelError,
    records::letters,
    road::{fetch::Target, receive::micros},
};

/// Where events are worked off, and when.
#[derive(Clone, Copy)]
pub(super) struct Round<'a> {
    pub bridge: &'a GoHighLevel,
    pub market: &'a Market,
    /// The location, connected or not any more.
    pub connection: Option<&'a Connection>,
    /// Whether there is no token to ask with.
    pub closed: bool,
    pub now: Timestamp,
}

impl Round<'_> {
    /// Works off the events of one contact.
    pub(super) async fn group(self, group: Vec<Opened>) -> Result<Worked, GoHighLevelError> {
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
        let mut worked = Worked::default();
        for (target, items) in targets {
            // What the program fails over is one event's: the others go on.
            let done = AssertUnwindSafe(self.target(&target, &items)).catch_unwind().await;
            let trouble = match done {
                Ok(Ok(touched)) => {
                    worked.touched.extend(touched);
                    worked.done += self.complete(&items).await?;
                    continue;
                }
                Ok(Err(error)) => {
                    let waited =
                        items.first().map_or(SignedDuration::ZERO, |item| self.waited(item.received_at));
                    self.told(&error).await?;
                    Trouble::of(error, waited)?
                }
                Err(_) => Trouble::broken(),
            };
            for item in items {
                self.note(&mut worked, &item.lease, item.received_at, trouble.clone()).await?;
            }
        }
        Ok(worked)
    }

    async fn target(self, target: &Target, items: &[Opened]) -> Result<Vec<PersonId>, GoHighLevelError> {
        let at = self.bridge.moment(self.now);
        match target {
            Target::Nothing => return Ok(Vec::new()),
            Target::Installation => {
                for item in items {
                    if item.event.kind.is_deletion() {
                        self.bridge.uninstalled(self.market, &item.event, &at).await?;
                    } else {
                        self.bridge.installed_again(self.market, &item.event, &at).await?;
                    }
                }
                return Ok(Vec::new());
            }
            _ => {}
        }
        // Whose location is not connected any more is not asked about: what is missing comes with the next connection.
        let live = self.connection.filter(|connection| connection.state == ConnectionState::Connected);
        let Some(connection) = live else { return Ok(Vec::new()) };
        if self.closed {
            return Err(TokenError::Unavailable(connection.account()).into());
        }
        if *target == Target::Location {
            self.bridge.look_again(self.market, &at).await?;
            return Ok(Vec::new());
        }
        let seen = self.bridge.fetch(self.market, connection, target).await?;
        Ok(self.bridge.take_in(self.market, connection, seen, &at).await?.touched)
    }

    /// Tells a person of what only a person can cure.
    async fn told(self, error: &GoHighLevelError) -> Result<(), GoHighLevelError> {
        if let GoHighLevelError::Failed(failure) = error
            && (failure.fault.class.needs_person() || failure.fault.action == Action::Remint)
        {
            self.bridge.report(self.market, failure, &self.bridge.moment(self.now)).await?;
        }
        Ok(())
    }

    fn waited(self, received_at: Timestamp) -> SignedDuration {
        self.now.duration_since(received_at)
    }

    /// Marks events as done, together. Their effects are there, and had again they would have none.
    async fn complete(self, items: &[Opened]) -> Result<u64, GoHighLevelError> {
        let mut tx = self.market.db().begin().await?;
        let mut done = 0;
        for item in items {
            match inbox::complete(&mut tx, &item.lease, self.now).await {
                Ok(()) => done += 1,
                // Somebody else works on it now.
                Err(StoreError::LeaseLost) => {}
                Err(error) => return Err(error.into()),
            }
        }
        tx.commit().await?;
        Ok(done)
    }

    /// Notes that an event is not done.
    pub(super) async fn note(
        self,
        worked: &mut Worked,
        lease: &Lease,
        received_at: Timestamp,
        trouble: Trouble,
    ) -> Result<(), GoHighLevelError> {
        let (now, inbox) = (self.now, Inbox::new(self.market.db().clone()));
        let noted = match trouble {
            Trouble::Wait(reason) => {
                // Longer the longer it has waited already.
                let wait = (self.waited(received_at) / 2).clamp(WAIT_MIN, WAIT_MAX);
                let again = micros(now.checked_add(wait).unwrap_or(Timestamp::MAX));
                let mut tx = self.market.db().begin().await?;
                letters::give_back(&mut tx, lease, again, &reason).await?;
                tx.commit().await?;
                Ok(Failed::Again(again))
            }
            Trouble::Count(reason) => {
                let chance = self.bridge.0.chance.number() as u64;
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
