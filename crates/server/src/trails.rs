//! The audit chains that can be looked at, of the hub and of the market that a request is in, and what is done
//! with them: verified, signed, exported.

use audit::{
    Entry, Fault, NewEntry, Verified,
    checkpoint::{Signer, Verifier},
};
use axum::{
    extract::{FromRef, FromRequestParts},
    http::request::Parts,
};
use jiff::Timestamp;
use kernel::Moment;
use store::{
    Db, StoreError,
    trail::{self, Begins, Filter, Order, StoredCheckpoint, TrailError},
};

use crate::{
    app::AppState,
    problem::{Kind, Problem},
    viewer::Entered,
};

/// Entries that are exported or listed in one answer at most; longer chains are exported by `ehub audit export`.
pub const ENTRIES_MAX: u64 = 250_000;
/// What a verification leaves in the chain.
const VERIFIED: &str = "audit.verified";

/// The chain of the market that the path names, or else of the hub.
pub struct Chain {
    db: Db,
    begins: Begins,
    signer: Signer,
    subject: String,
    name: String,
}

/// How a chain stands.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The number of entries.
    pub entries: u64,
    /// When the last one was made.
    pub last_at: Option<Timestamp>,
    /// The last signature under it.
    pub checkpoint: Option<StoredCheckpoint>,
    /// How it was found when it was last verified, and by whom.
    pub verification: Option<PastVerification>,
}

/// A verification as the chain remembers it.
#[derive(Clone, Debug)]
pub struct PastVerification {
    /// When.
    pub at: Timestamp,
    /// By whom: `user:01J..`.
    pub by: String,
    /// The number of entries then; `None` when it was not sound.
    pub entries: Option<u64>,
    /// What was wrong, in a sentence.
    pub reason: Option<String>,
}

/// What a verification found.
#[derive(Debug)]
pub enum Found {
    /// Nothing wrong.
    Sound(Verified),
    /// The first thing that is wrong.
    Broken(Fault),
}

impl Chain {
    fn of_hub(state: &AppState) -> Result<Self, Problem> {
        let signer = state.markets().audit_signer()?;
        Ok(Self {
            db: state.db().clone(),
            begins: Begins::WithAChange,
            signer,
            subject: "hub".to_owned(),
            name: "hub".to_owned(),
        })
    }

    fn of_market(entered: &Entered) -> Result<Self, Problem> {
        let market = &entered.market;
        Ok(Self {
            db: market.db().clone(),
            begins: Begins::WithAnEntry,
            signer: market.audit_signer()?,
            subject: format!("market:{}", market.id()),
            name: market.name().to_string(),
        })
    }

    /// The database that holds it.
    pub fn db(&self) -> &Db {
        &self.db
    }

    /// `hub`, or the market's name: for file names.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The public key of its checkpoints.
    pub fn key(&self) -> Verifier {
        self.signer.verifier()
    }

    /// At most `limit` entries that the filter lets through, in this order, after the one numbered `after`.
    ///
    /// # Errors
    /// When an entry cannot be read (conflict), or the database fails.
    pub async fn page(
        &self,
        filter: &Filter,
        order: Order,
        after: Option<u64>,
        limit: u32,
    ) -> Result<Vec<Entry>, Problem> {
        trail::page(&self.db, filter, order, after, limit).await.map_err(unread)
    }

    /// The entry with this number.
    ///
    /// # Errors
    /// As [`Chain::page`].
    pub async fn entry(&self, seq: u64) -> Result<Option<Entry>, Problem> {
        trail::by_seq(&self.db, seq).await.map_err(unread)
    }

    /// The last checkpoint.
    ///
    /// # Errors
    /// When it cannot be read (conflict), or the database fails.
    pub async fn last_checkpoint(&self) -> Result<Option<StoredCheckpoint>, Problem> {
        trail::last_checkpoint(&self.db).await.map_err(unread)
    }

    /// How it stands, without going through it. What cannot be read is left out: a verification names it.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn standing(&self) -> Result<Standing, Problem> {
        let last = if_readable(trail::last(&self.db).await.map_err(unread))?.flatten();
        let entries = match &last {
            Some(last) => last.seq + 1,
            None => trail::count(&self.db, &Filter::default()).await?,
        };
        let verified = Filter { action: Some(VERIFIED.to_owned()), ..Filter::default() };
        let verified = if_readable(self.page(&verified, Order::Newest, None, 1).await)?;
        Ok(Standing {
            entries,
            last_at: last.map(|last| last.at),
            checkpoint: if_readable(self.last_checkpoint().await)?.flatten(),
            verification: verified.into_iter().flatten().next().map(|mut entry| PastVerification {
                at: entry.at,
                by: entry.actor.as_str().to_owned(),
                entries: entry.detail.get("entries").and_then(|entries| entries.parse().ok()),
                reason: entry.detail.remove("reason"),
            }),
        })
    }

    /// Goes through the whole chain and leaves in it who did so, and what was found.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn verify(&self, at: &Moment) -> Result<Found, Problem> {
        let new = NewEntry::new(at.at(), &at.actor, VERIFIED, &self.subject);
        let (found, new) = match trail::verify(&self.db, &self.key(), self.begins).await {
            Ok(verified) => {
                let new =
                    new.with("entries", verified.entries).with("signed_entries", verified.signed_entries);
                (Found::Sound(verified), new)
            }
            Err(TrailError::Fault(fault)) => {
                tracing::error!(chain = self.subject, %fault, "an audit chain is not whole: {fault}");
                let index = fault.index().map_or_else(|| "none".to_owned(), |index| index.to_string());
                let new = new.with("first_wrong_entry", index).with("reason", &fault);
                (Found::Broken(fault), new)
            }
            Err(error) => return Err(error.into()),
        };
        // A chain that takes no entries now (its market is on the move, its last row unreadable) was verified all
        // the same.
        if let Err(error) = self.append(new).await {
            tracing::warn!(chain = self.subject, %error, "a verification could not be noted: {error}");
        }
        Ok(found)
    }

    async fn append(&self, new: NewEntry) -> Result<(), StoreError> {
        let mut tx = self.db.begin().await?;
        trail::append(&mut tx, new);
        tx.commit().await
    }

    /// The whole chain as a file to be verified elsewhere. It is signed first, so that nothing of it can be cut
    /// off unnoticed.
    ///
    /// # Errors
    /// When the chain is not whole, is longer than [`ENTRIES_MAX`], or the database fails.
    pub async fn export(&self, now: Timestamp) -> Result<Vec<u8>, Problem> {
        let entries = trail::count(&self.db, &Filter::default()).await?;
        if entries > ENTRIES_MAX {
            return Err(Problem::conflict(format!(
                "The chain has {entries} entries; more than {ENTRIES_MAX} are exported by `ehub audit export`."
            )));
        }
        match trail::checkpoint(&self.db, &self.signer, now).await {
            // A market on the move takes no signature: what it has signed is exported.
            Err(TrailError::Store(StoreError::Fenced { .. })) => {}
            signed => drop(signed?),
        }
        Ok(trail::export(&self.db, &self.key(), Vec::new()).await?)
    }
}

/// A row that does not read as what was written is no fault of the hub, but was changed behind its back.
fn unread(error: StoreError) -> Problem {
    match error {
        StoreError::Column { .. } => Problem::conflict(
            "Something in this audit chain cannot be read: it was changed outside of the hub. Verify the chain to \
             learn where.",
        ),
        error => error.into(),
    }
}

/// `None` when it is there and cannot be read.
///
/// # Errors
/// Every other one.
pub fn if_readable<T>(read: Result<T, Problem>) -> Result<Option<T>, Problem> {
    match read {
        Err(problem) if problem.kind() == Kind::Conflict => Ok(None),
        read => read.map(Some),
    }
}

impl<S> FromRequestParts<S> for Chain
where
    AppState: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        match parts.extensions.get::<Entered>() {
            Some(entered) => Self::of_market(entered),
            None => Self::of_hub(&AppState::from_ref(state)),
        }
    }
}
