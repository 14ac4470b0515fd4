//! Work of several steps: one piece per market at a time, in all processes, and none left half done.
//!
//! Before anything is made, the work is on record with a lease; whoever does it keeps the lease alive. When the lease
//! has run out, the process is gone: whoever comes next undoes what was begun. The last step of every work is one
//! transaction of the hub's database, which succeeds only while the work is still its doer's.

use std::time::{Duration, Instant};

use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::{MarketId, MarketName, Moment, Ulid};
use store::{Db, StoreError, Tx};
use tokio::task::JoinHandle;

use super::Markets;
use crate::{MarketRecord, MarketState, MarketsError, inside, records, records::Work};

/// How long a silent process is taken to be alive.
const LEASE: SignedDuration = SignedDuration::from_secs(20);
/// How often it makes itself heard.
const HEARTBEAT: Duration = Duration::from_secs(5);

/// What was undone or finished for processes that are gone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Work that was undone: the market's name and the kind of work.
    pub undone: Vec<(MarketName, String)>,
    /// Audit entries that had not reached their markets.
    pub delivered: u64,
}

/// Work that this process does. Dropped, its lease runs out.
pub(super) struct Doing {
    pub market: MarketId,
    owner: Ulid,
    heart: JoinHandle<()>,
}

impl Drop for Doing {
    fn drop(&mut self) {
        self.heart.abort();
    }
}

/// Work that is about to begin.
pub(super) struct Planned<'a> {
    pub market: MarketId,
    pub name: &'a MarketName,
    pub kind: &'static str,
    /// The state to go back to.
    pub state_before: Option<MarketState>,
    /// What people were told of that state.
    pub reason_before: Option<&'a str>,
    /// The generation being made.
    pub to_generation: Option<u32>,
}

#[boxed]
impl Doing {
    /// Makes sure that the work is still its doer's, until the end of the transaction.
    ///
    /// # Errors
    /// As [`Doing::end`].
    pub async fn hold(&self, tx: &mut Tx) -> Result<(), MarketsError> {
        if records::hold_work(tx, self.market, self.owner).await? {
            Ok(())
        } else {
            Err(MarketsError::Interrupted)
        }
    }

    /// Ends the work in the transaction that makes its result true.
    ///
    /// # Errors
    /// [`MarketsError::Interrupted`] when somebody took the work for abandoned; nothing may be committed then.
    pub async fn end(&self, tx: &mut Tx) -> Result<(), MarketsError> {
        if records::end_work(tx, self.market, self.owner).await? {
            Ok(())
        } else {
            Err(MarketsError::Interrupted)
        }
    }
}

#[boxed]
impl Markets {
    /// Puts work on record and keeps it alive. The transaction is the one that prepares the work; it is committed here.
    pub(super) async fn begin_work(
        &self,
        mut tx: Tx,
        planned: Planned<'_>,
        at: &Moment,
    ) -> Result<Doing, MarketsError> {
        let Planned { market, name, kind, state_before, reason_before, to_generation } = planned;
        tx.one_at_a_time("market work").await?;
        let by_name = records::work_named(&mut tx, name).await?;
        if let Some(work) = records::work_of(&mut tx, market).await?.or(by_name) {
            return Err(MarketsError::Busy { name: work.name, work: work.kind });
        }
        // One owner per piece of work, so that a process that was taken for dead cannot end the next one's.
        let owner = Ulid::from_bytes(self.0.chance.bytes());
        let lease_until = at.at() + LEASE;
        let work = Work {
            market,
            name: name.clone(),
            kind: kind.to_owned(),
            owner,
            lease_until,
            state_before,
            reason_before: reason_before.map(str::to_owned),
            to_generation,
        };
        records::add_work(&mut tx, &work).await?;
        tx.commit().await?;
        let heart = tokio::spawn(beat(self.0.hub.clone(), market, owner, at.at()));
        Ok(Doing { market, owner, heart })
    }

    /// Undoes work of this market or name whose process is gone, so that new work can begin.
    pub(super) async fn clear_way(
        &self,
        market: Option<MarketId>,
        name: &MarketName,
        at: &Moment,
    ) -> Result<(), MarketsError> {
        let by_id = match market {
            Some(market) => records::work_of(&self.0.hub, market).await?,
            None => None,
        };
        for work in [by_id, records::work_named(&self.0.hub, name).await?].into_iter().flatten() {
            if work.lease_until <= at.at() {
                self.undo(&work, at).await?;
            }
        }
        Ok(())
    }

    /// Undoes or finishes whatever processes that are gone have left: to be called when a hub starts, and now and then.
    ///
    /// What fails is logged and tried again the next time.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn recover(&self, at: &Moment) -> Result<Recovered, MarketsError> {
        let mut recovered = Recovered::default();
        for work in records::works(&self.0.hub).await? {
            if work.lease_until > at.at() {
                continue;
            }
            match self.undo(&work, at).await {
                Ok(true) => recovered.undone.push((work.name, work.kind)),
                Ok(false) => {}
                Err(error) => {
                    tracing::error!(market = %work.market, kind = %work.kind, %error, "work could not be undone yet");
                }
            }
        }
        for market in records::markets_with_notes(&self.0.hub).await? {
            match self.deliver_notes(market).await {
                Ok(delivered) => recovered.delivered += delivered,
                Err(error) => tracing::warn!(%market, %error, "an audit entry waits for its market"),
            }
        }
        self.sweep(at).await?;
        Ok(recovered)
    }

    /// Removes what was being made when a process died. Whoever is still making something began today.
    async fn sweep(&self, at: &Moment) -> Result<(), MarketsError> {
        let (folder, before) = (self.scratch_folder(), at.at() - SignedDuration::from_hours(24));
        super::blocking(move || {
            for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
                // Of the entry itself, not of what a link leads to.
                let Ok(about) = entry.metadata() else { continue };
                let modified = about.modified().ok().and_then(|time| Timestamp::try_from(time).ok());
                if modified.is_none_or(|modified| modified >= before) {
                    continue;
                }
                let removed = match about.is_dir() {
                    true => std::fs::remove_dir_all(entry.path()),
                    false => std::fs::remove_file(entry.path()),
                };
                if let Err(error) = removed {
                    tracing::warn!(file = %entry.path().display(), %error, "a left-over file stays");
                }
            }
        })
        .await
    }

    /// Undoes one piece of work; `false` when somebody else does.
    async fn undo(&self, work: &Work, at: &Moment) -> Result<bool, MarketsError> {
        let owner = Ulid::from_bytes(self.0.chance.bytes());
        let mut tx = self.0.hub.begin().await?;
        if !records::take_work(&mut tx, work, owner, at.at(), at.at() + LEASE).await? {
            return Ok(false);
        }
        tx.commit().await?;
        let doing = Doing {
            market: work.market,
            owner,
            heart: tokio::spawn(beat(self.0.hub.clone(), work.market, owner, at.at())),
        };
        tracing::warn!(market = %work.market, kind = %work.kind, "work that was interrupted is undone");
        self.roll_back(work, &doing, at).await?;
        Ok(true)
    }

    /// Takes back what a piece of work has made so far. Every step may be repeated.
    pub(super) async fn roll_back(
        &self,
        work: &Work,
        doing: &Doing,
        at: &Moment,
    ) -> Result<(), MarketsError> {
        if work.kind == PURGE {
            // What is deleted cannot come back: a purge is finished, not undone.
            return self.finish_purge(work.market, doing, at).await;
        }
        let record = records::market_by_id(&self.0.hub, work.market).await?;
        if let Some(generation) = work.to_generation
            && record.as_ref().is_none_or(|record| record.generation != generation)
        {
            self.drop_place(work.market, generation).await?;
        }
        if record.is_none() {
            self.0.keyring.destroy_market(work.market).await?;
        }
        if let Some(record) = &record {
            self.unfence(record).await?;
        }
        let mut tx = self.0.hub.begin().await?;
        if let Some(generation) = work.to_generation
            && record.as_ref().is_none_or(|record| record.generation != generation)
        {
            records::delete_place(&mut tx, work.market, generation).await?;
        }
        let record = records::market_by_id(&mut tx, work.market).await?;
        if let (Some(mut record), Some(before)) = (record, work.state_before) {
            record.state = before;
            record.state_reason = work.reason_before.clone();
            records::update_market(&mut tx, &record).await?;
        }
        let subject = format!("market:{}", work.market);
        let detail = [("kind", work.kind.clone()), ("name", work.name.to_string())];
        crate::chain::hub(&mut tx, at, "market.work_undone", &subject, detail);
        doing.end(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Takes the fence of the present database down. One that cannot be read any more has no fence either; one that does
    /// not answer at the moment is tried again later.
    async fn unfence(&self, record: &MarketRecord) -> Result<(), MarketsError> {
        let unfenced = async {
            let db = self.open_db(record).await?;
            let unfenced = db.unfence().await;
            db.close().await;
            Ok::<(), MarketsError>(unfenced?)
        };
        match unfenced.await {
            Err(MarketsError::Store(error)) if !error.is_temporary() => {
                tracing::error!(market = %record.id, %error, "a market's database cannot be read");
                Ok(())
            }
            unfenced => unfenced,
        }
    }

    /// Undoes the work that failed with `error` in this very process, and gives the error back. When the undoing fails,
    /// too, the lease runs out and it is undone later.
    pub(super) async fn give_up(&self, doing: &Doing, at: &Moment, error: MarketsError) -> MarketsError {
        let undone = match records::work_of(&self.0.hub, doing.market).await {
            Ok(Some(work)) if work.owner == doing.owner => match self.is_still(doing).await {
                Ok(true) => self.roll_back(&work, doing, at).await,
                // A commit of which nobody knew has arrived, or somebody else undoes the work.
                Ok(false) => Ok(()),
                Err(error) => Err(error),
            },
            // Taken for dead and undone already: a fence that was put up since is nobody's.
            Ok(None) => match records::market_by_id(&self.0.hub, doing.market).await {
                Ok(Some(record)) if record.state != MarketState::Moving && record.fenced.is_none() => {
                    self.unfence(&record).await
                }
                Ok(_) => Ok(()),
                Err(error) => Err(error.into()),
            },
            Ok(Some(_)) => Ok(()),
            Err(error) => Err(error.into()),
        };
        if let Err(undoing) = undone {
            tracing::error!(market = %doing.market, error = %undoing, "failed work could not be undone yet");
        }
        error
    }

    /// Whether the work is on record and this process's. Waits for a commit under way that may be ending it.
    async fn is_still(&self, doing: &Doing) -> Result<bool, MarketsError> {
        let mut tx = self.0.hub.begin().await?;
        match doing.hold(&mut tx).await {
            Ok(()) => {
                tx.commit().await?;
                Ok(true)
            }
            Err(MarketsError::Interrupted) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Brings what the hub noted about a market into the market's own audit chain; how many entries.
    pub(super) async fn deliver_notes(&self, market: MarketId) -> Result<u64, MarketsError> {
        let notes = records::notes(&self.0.hub, market).await?;
        if notes.is_empty() {
            return Ok(0);
        }
        let Some(record) = records::market_by_id(&self.0.hub, market).await? else { return Ok(0) };
        if record.state == MarketState::Moving || record.fenced.is_some() {
            return Ok(0);
        }
        let open = self.open_market(&record).await?;
        let mut delivered = 0;
        for note in notes {
            let mut tx = open.db().begin().await?;
            if inside::take_note(&mut tx, note.id).await? {
                let actor = kernel::Actor::new(note.actor);
                let at = Moment { now: note.at, actor, entropy: 0 };
                crate::chain::append(&mut tx, &at, &note.action, &record.subject(), note.detail);
                delivered += 1;
            }
            tx.commit().await?;
            let mut tx = self.0.hub.begin().await?;
            records::delete_note(&mut tx, note.id).await?;
            tx.commit().await?;
        }
        Ok(delivered)
    }

    /// As [`Markets::deliver_notes`], when a failure can wait for [`Markets::recover`].
    pub(super) async fn try_deliver_notes(&self, record: &MarketRecord) {
        if let Err(error) = self.deliver_notes(record.id).await {
            tracing::warn!(market = %record.id, %error, "an audit entry waits for its market");
        }
    }
}

/// The kind of work that is finished and not undone.
pub(super) const PURGE: &str = "purge";

/// Renews the lease for as long as the work goes on. The instants are counted on from the work's own beginning.
async fn beat(hub: Db, market: MarketId, owner: Ulid, began_at: Timestamp) {
    let began = Instant::now();
    loop {
        tokio::time::sleep(HEARTBEAT).await;
        let elapsed = SignedDuration::try_from(began.elapsed()).unwrap_or(SignedDuration::ZERO);
        let renewed = async {
            let mut tx = hub.begin().await?;
            let mine = records::renew_work(&mut tx, market, owner, began_at + elapsed + LEASE).await?;
            tx.commit().await?;
            Ok::<bool, StoreError>(mine)
        };
        match renewed.await {
            Ok(true) => {}
            Ok(false) => return,
            Err(error) => tracing::warn!(%market, %error, "work under way could not be renewed"),
        }
    }
}
