//! What one round of writing works with, and what can come of one write.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use boxed::boxed;
use connect::ghl::{
    Failure, How,
    fault::Class,
    tokens::Account,
    wire::{Call, FromWire},
};
use contacts::{Contact, ContactsError, Sight};
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, Ulid};
use leads::LeadsError;
use markets::{Market, MarketsError, SealingKey};
use store::StoreError;

use super::{
    doing::{Doing, lane_of},
    push::GIVEN_UP_CLASS,
};
use crate::{
    Connection, GoHighLevel, GoHighLevelError,
    backup_map::Map,
    echo,
    records::{link, out::write},
    road::kind,
};

/// How long one request of a write may take, waiting for its turn included.
const PATIENCE: Duration = Duration::from_secs(25);

/// The bridge, working for one market.
pub(crate) struct Office {
    pub bridge: GoHighLevel,
    pub market: Market,
    pub connection: Connection,
    pub account: Account,
    map: Mutex<Arc<Map>>,
    /// Held while the map is read anew: once in a round, however many writes find something gone.
    reading: tokio::sync::Mutex<Read>,
}

#[derive(Default)]
struct Read {
    map: bool,
    fields: bool,
}

/// Why a write did not come to an outcome by itself.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// GoHighLevel did not do it.
    Failed(Box<Failure>),
    /// GoHighLevel did not do it, and for certain nothing of it.
    NotBegun(Box<Failure>),
    /// The contact was changed too often within a minute.
    Loop,
    /// Something here failed: nothing is known of the write, and its lease runs out.
    Broken(Box<GoHighLevelError>),
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl From<GoHighLevelError> for Trouble {
    fn from(error: GoHighLevelError) -> Self {
        match error {
            GoHighLevelError::Failed(failure) => Self::Failed(failure),
            other => Self::Broken(Box::new(other)),
        }
    }
}

macro_rules! broken {
    ($($error:ty),+) => {
        $(impl From<$error> for Trouble {
            fn from(error: $error) -> Self {
                Self::Broken(Box::new(error.into()))
            }
        })+
    };
}

broken!(StoreError, MarketsError, ContactsError, LeadsError);

/// What comes of a write.
pub(crate) enum Outcome {
    /// It is done.
    Done {
        /// What was made.
        remote: Option<String>,
        /// When to look what became of it.
        check_at: Option<Timestamp>,
    },
    /// It is done but for a part, in whose place this is done.
    DoneBut { remote: String, rest: Doing },
    /// Not now.
    Later {
        at: Timestamp,
        /// Whether it counts as a failure.
        counts: bool,
        class: Option<Class>,
        reason: String,
        /// Whether nothing of it can be there.
        afresh: bool,
    },
    /// The gate does not let it out.
    Refused { reason: String },
    /// It will not succeed by itself.
    Dead { class: Option<Class>, reason: String },
    /// Nobody can have it any more; this is done instead, if anything can be.
    Dropped { class: Option<Class>, reason: String, instead: Option<Doing> },
}

impl Outcome {
    /// Done, with what was made.
    pub fn made(remote: impl Into<String>) -> Self {
        Self::Done { remote: Some(remote.into()), check_at: None }
    }

    /// Done.
    pub fn done() -> Self {
        Self::Done { remote: None, check_at: None }
    }

    /// The contact is not there any more.
    pub fn gone() -> Self {
        let reason = "the contact is gone".to_owned();
        Self::Dropped { class: Some(Class::EntityGone), reason, instead: None }
    }
}

#[boxed]
impl Office {
    pub async fn open(
        bridge: &GoHighLevel,
        market: &Market,
        connection: Connection,
    ) -> Result<Self, GoHighLevelError> {
        let map = bridge.map(market).await?;
        let account = connection.account();
        Ok(Self {
            bridge: bridge.clone(),
            market: market.clone(),
            connection,
            account,
            map: Mutex::new(Arc::new(map)),
            reading: tokio::sync::Mutex::default(),
        })
    }

    pub fn now(&self) -> Timestamp {
        self.bridge.now()
    }

    pub fn moment(&self) -> Moment {
        self.bridge.moment(self.now())
    }

    /// In so many seconds.
    pub fn in_seconds(&self, seconds: i64) -> Timestamp {
        self.now().checked_add(SignedDuration::from_secs(seconds)).unwrap_or(Timestamp::MAX)
    }

    /// How long a write is ours that is begun now, unless it is made to last.
    pub fn leased_until(&self) -> Timestamp {
        self.now().checked_add(self.bridge.0.config.lease_for).unwrap_or(Timestamp::MAX)
    }

    /// The map as it is known.
    pub fn map(&self) -> Arc<Map> {
        self.map.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn take(&self, map: Map) -> Arc<Map> {
        let map = Arc::new(map);
        *self.map.lock().unwrap_or_else(PoisonError::into_inner) = map.clone();
        map
    }

    /// The map as it is there now: read once in a round.
    pub async fn fresh_map(&self) -> Result<Arc<Map>, Trouble> {
        let mut read = self.reading.lock().await;
        if !read.map {
            let map = self.bridge.refresh_map(&self.market, &self.moment()).await?;
            read.map = true;
            return Ok(self.take(map));
        }
        Ok(self.map())
    }

    /// The map after custom fields that are missing were made: once in a round.
    pub async fn with_fields(&self) -> Result<Arc<Map>, Trouble> {
        let mut read = self.reading.lock().await;
        if !read.fields {
            let map = self.bridge.provision(&self.market, &self.moment()).await?;
            (read.fields, read.map) = (true, true);
            return Ok(self.take(map));
        }
        Ok(self.map())
    }

    /// Tells a person that something of this kind ended undone, and why: in words that name nobody.
    pub async fn tell(&self, class: u8, kind: &str, reason: &str) -> Result<(), GoHighLevelError> {
        let operation = match kind {
            "message" => "message-send",
            "workflow" => "workflow-add",
            other => other,
        };
        let words = GoHighLevel::class_label(class);
        self.bridge.report_words(&self.market, class, operation, words, reason, &self.moment()).await
    }

    /// Tells a person that the program gave something of this kind up.
    pub async fn give_up(&self, kind: &str, reason: &str) -> Result<(), GoHighLevelError> {
        self.tell(GIVEN_UP_CLASS, kind, reason).await
    }

    /// Asks GoHighLevel in the market's name.
    pub async fn ask<T: FromWire>(&self, call: &Call<T>, how: How) -> Result<T, Failure> {
        Ok(self.bridge.0.ghl.perform(&self.account, call, how).await?.value)
    }
}

/// One write under way.
pub(crate) struct Job<'a> {
    pub office: &'a Office,
    pub write: write::Stored,
    pub key: SealingKey,
    pub doing: Doing,
}

#[boxed]
impl Job<'_> {
    pub fn how(&self) -> How {
        How::lane(lane_of(self.write.lane)).within(PATIENCE)
    }

    /// Asks GoHighLevel, as urgently as the write is.
    pub async fn ask<T: FromWire>(&self, call: &Call<T>) -> Result<T, Failure> {
        self.office.ask(call, self.how()).await
    }

    /// Whether it may be there already: somebody began with it.
    pub fn is_in_doubt(&self) -> bool {
        self.write.begun_at.is_some()
    }

    /// Notes that it may be there from now on; returns since when.
    pub async fn begin(&self, of: echo::Kind) -> Result<Timestamp, Trouble> {
        self.begin_by(of, None).await
    }

    /// [`Job::begin`] by a decision of the gate: the place that it holds in the caps is given back by whoever judges next.
    pub async fn begin_by(&self, of: echo::Kind, decision: Option<Ulid>) -> Result<Timestamp, Trouble> {
        let now = self.office.now();
        let mut tx = self.office.market.db().begin().await?;
        write::begin(&mut tx, &self.write, self.office.leased_until(), decision, now).await?;
        let under_way = format!("write:{}", self.write.id);
        echo::note(&mut tx, self.office, of, &under_way, self.write.contact, now).await?;
        tx.commit().await?;
        Ok(self.write.begun_at.unwrap_or(now))
    }

    /// The person, if still here.
    pub async fn contact(&self) -> Result<Option<Contact>, Trouble> {
        let found =
            self.office.bridge.0.contacts.get(&self.office.market, Sight::All, self.write.contact).await;
        match found {
            Ok(contact) => Ok(Some(contact)),
            Err(ContactsError::Unknown(_) | ContactsError::Erased(_)) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// What the person is there, as far as known.
    pub async fn linked(&self) -> Result<Option<String>, Trouble> {
        Ok(link::remote_of(self.office.market.db(), kind::CONTACT, self.write.contact).await?)
    }

    /// What marks something as made by this write, in texts that only colleagues read.
    pub fn mark(&self) -> String {
        format!("Ref. EH-{}", self.write.id)
    }
}
