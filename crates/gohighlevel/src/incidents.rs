//! What a person has to see to: a packet with everything that somebody at GoHighLevel would ask for.
//!
//! The same fault at the same operation is one incident while it is open, counted; the first of them is told through
//! the market's outbox ([`TOPIC`]), so that whoever asked for that topic hears of it. There is no support API at
//! GoHighLevel: the packet is for a person to read, and to copy into a report there. Nothing in it is secret or names
//! anybody.

use boxed::boxed;
use connect::ghl::{Failure, fault::Class};
use jiff::Timestamp;
use kernel::{Moment, Ulid};
use markets::Market;
use serde::Serialize;
use serde_json::json;
use store::{
    outbox::{self, Message},
    queue::Payload,
    trail,
};

use crate::{
    GoHighLevel, GoHighLevelError,
    heal::gaps::SIGNATURE_CLASS,
    out::{GIVEN_UP_CLASS, LOOP_CLASS, Over},
    records::out::{
        incident::{self, Stored},
        pause,
    },
};

/// What the first of its kind is told under.
pub const TOPIC: &str = "integration.incident";
/// Trace identifiers that are kept, the latest.
const TRACES_MAX: usize = 10;
/// Steps of what was tried that are kept.
const TRIED_MAX: usize = 20;
/// Incidents in one list.
const LIST_MAX: u32 = 500;
/// The longest note that closes one.
const NOTE_CHARS_MAX: usize = 2_000;

/// An incident.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Incident {
    /// Which.
    pub id: Ulid,
    /// Number of the fault catalogue.
    pub class: u8,
    /// The operation: `contact-update`.
    pub operation: String,
    /// The version of the API that it was asked under; empty where none is.
    pub version: String,
    /// How often.
    pub count: u64,
    /// The first time.
    pub first_at: Timestamp,
    /// The last time.
    pub last_at: Timestamp,
    /// What GoHighLevel said last, masked.
    pub message: String,
    /// Their trace identifiers, the latest last.
    pub traces: Vec<String>,
    /// What was asked, masked: method, path and body.
    pub request: String,
    /// What was tried, in order.
    pub tried: Vec<String>,
    /// Where in their published contract the operation stands.
    pub reference: String,
    /// When somebody closed it.
    pub closed_at: Option<Timestamp>,
    /// What they wrote.
    pub note: Option<String>,
}

/// Some incidents.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct IncidentsPage {
    /// The incidents, the latest first.
    pub incidents: Vec<Incident>,
    /// After which place the next page begins, when the last one here happened and which it is; none: there is none.
    pub next: Option<(Timestamp, Ulid)>,
}

impl Incident {
    /// As a text to be sent to somebody.
    pub fn packet(&self) -> String {
        let mut text = format!(
            "GoHighLevel: {} (class {})\nOperation: {}\nVersion: {}\nSeen {} times from {} to {}\nAnswer: {}\nRequest: {}\nContract: {}\n",
            self.operation,
            self.class,
            self.operation,
            if self.version.is_empty() { "none" } else { &self.version },
            self.count,
            self.first_at,
            self.last_at,
            self.message,
            self.request,
            self.reference,
        );
        for (title, lines) in [("Trace ids", &self.traces), ("Tried", &self.tried)] {
            if !lines.is_empty() {
                text.push_str(&format!("{title}:\n"));
                for line in lines {
                    text.push_str(&format!("- {line}\n"));
                }
            }
        }
        text
    }
}

impl From<Stored> for Incident {
    fn from(stored: Stored) -> Self {
        let Stored { id, class, operation, version, count, first_at, last_at, message, traces, .. } = stored;
        let Stored { request, tried, reference, closed_at, note, .. } = stored;
        Self {
            id,
            class,
            operation,
            version,
            count,
            first_at,
            last_at,
            message,
            traces,
            request,
            tried,
            reference,
            closed_at,
            note,
        }
    }
}

#[boxed]
impl GoHighLevel {
    /// Reports a failure that somebody has to see to.
    ///
    /// # Errors
    /// When the market's database fails.
    pub(crate) async fn report(
        &self,
        market: &Market,
        failure: &Failure,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let operation = failure.op.operation();
        let tried = failure.tried.iter().rev().take(TRIED_MAX).rev();
        let version = operation.version.map(connect::ghl::wire::Version::as_str).unwrap_or_default();
        let new = Stored {
            id: at.ids().next(),
            class: failure.fault.class.number(),
            operation: failure.op.key().to_owned(),
            version: version.to_owned(),
            count: 1,
            first_at: at.at(),
            last_at: at.at(),
            message: failure.fault.to_string(),
            traces: failure.fault.trace_id.iter().cloned().collect(),
            request: failure.request.clone(),
            tried: tried.map(|step| format!("{}: {}", step.at, step.fault)).collect(),
            reference: format!("{} {}", operation.method, operation.path),
            closed_at: None,
            note: None,
        };
        self.note_incident(market, new, at).await
    }

    /// Reports what is no answer of theirs.
    ///
    /// # Errors
    /// When the market's database fails.
    pub(crate) async fn report_words(
        &self,
        market: &Market,
        class: u8,
        operation: &str,
        message: &str,
        tried: &str,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let new = Stored {
            id: at.ids().next(),
            class,
            operation: operation.to_owned(),
            version: String::new(),
            count: 1,
            first_at: at.at(),
            last_at: at.at(),
            message: message.to_owned(),
            traces: Vec::new(),
            request: String::new(),
            tried: vec![tried.to_owned()],
            reference: String::new(),
            closed_at: None,
            note: None,
        };
        self.note_incident(market, new, at).await
    }

    async fn note_incident(&self, market: &Market, new: Stored, at: &Moment) -> Result<(), GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        if incident::add(&mut tx, &new).await? {
            tracing::warn!(
                market = %market.id(), class = new.class, operation = %new.operation,
                "GoHighLevel needs a person's attention"
            );
            let id = Moment { entropy: market.chance().number(), ..at.clone() }.ids().next();
            let data = json!({
                "id": new.id.to_string(), "class": new.class, "operation": new.operation,
                "message": new.message, "at": new.first_at.to_string(),
            });
            let body = json!({ "type": TOPIC, "timestamp": at.at().to_string(), "data": data }).to_string();
            let key = market.market_key();
            let bytes = market.seal(key, "outbox", &id.to_string(), "payload_sealed", body.as_bytes())?;
            let message = Message {
                id,
                topic: TOPIC.to_owned(),
                ordering_key: new.id.to_string(),
                payload: Payload { bytes, person: None },
            };
            outbox::enqueue(&mut tx, message, at.at());
        } else if let Some(mut open) = incident::open_of(&mut tx, new.class, &new.operation).await? {
            open.traces.extend(new.traces);
            let surplus = open.traces.len().saturating_sub(TRACES_MAX);
            open.traces.drain(..surplus);
            let (message, request, tried) = (new.message, new.request, new.tried);
            incident::again(&mut tx, &Stored { last_at: new.last_at, message, request, tried, ..open })
                .await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// Incidents, the latest first: the open ones, or all; the first 500 of them.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn incidents(
        &self,
        market: &Market,
        open_only: bool,
    ) -> Result<Vec<Incident>, GoHighLevelError> {
        Ok(self.incidents_page(market, open_only, None, LIST_MAX).await?.incidents)
    }

    /// A page of incidents, the latest first: the open ones, or all; those after a place in that order
    /// ([`IncidentsPage::next`]), at most `limit` and never more than 500. One that happens again meanwhile moves to the front,
    /// and does not come twice.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn incidents_page(
        &self,
        market: &Market,
        open_only: bool,
        after: Option<(Timestamp, Ulid)>,
        limit: u32,
    ) -> Result<IncidentsPage, GoHighLevelError> {
        let limit = limit.clamp(1, LIST_MAX);
        let mut all = incident::list(market.db(), open_only, after, limit + 1).await?;
        let more = all.len() > limit as usize;
        all.truncate(limit as usize);
        let next = all.last().map(|last| (last.last_at, last.id)).filter(|_| more);
        Ok(IncidentsPage { incidents: all.into_iter().map(Incident::from).collect(), next })
    }

    /// How many incidents are open.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn open_incidents(&self, market: &Market) -> Result<u64, GoHighLevelError> {
        Ok(incident::open_count(market.db()).await?)
    }

    /// Closes an incident: somebody saw to it. What waited because of it is due at once, what was given up for it is tried
    /// again, and channels that it stopped are used again.
    ///
    /// # Errors
    /// [`GoHighLevelError::UnknownIncident`] when it is not there or closed, [`GoHighLevelError::Invalid`], or when the
    /// database fails.
    pub async fn close_incident(
        &self,
        market: &Market,
        id: Ulid,
        note: &str,
        at: &Moment,
    ) -> Result<Incident, GoHighLevelError> {
        let note = note.trim();
        if note.chars().count() > NOTE_CHARS_MAX {
            let message = format!("at most {NOTE_CHARS_MAX} characters");
            return Err(GoHighLevelError::Invalid { field: "note", message });
        }
        let mut tx = market.db().begin().await?;
        if !incident::close(&mut tx, id, note, at.at()).await? {
            return Err(GoHighLevelError::UnknownIncident(id));
        }
        let closed = incident::by_id(&mut tx, id).await?.ok_or(GoHighLevelError::UnknownIncident(id))?;
        let subject = format!("ghl-incident:{id}");
        let entry = audit::NewEntry::new(at.now, &at.actor, "gohighlevel.incident-closed", &subject)
            .with("class", closed.class)
            .with("operation", &closed.operation);
        trail::append(&mut tx, entry);
        for channel in pause::lift_of(&mut tx, closed.class).await? {
            let subject = format!("channel:{channel}");
            let resumed = audit::NewEntry::new(at.now, &at.actor, "gohighlevel.channel-resumed", &subject);
            trail::append(&mut tx, resumed.with("incident", id));
        }
        tx.commit().await?;
        self.hasten_writes(market, at).await?;
        self.try_again(market, Over::SeenTo(closed.class), at).await?;
        Ok(closed.into())
    }

    /// What a class of the fault catalogue is called.
    pub fn class_label(class: u8) -> &'static str {
        match class {
            SIGNATURE_CLASS => "the signatures of webhooks do not fit",
            LOOP_CLASS => "our changes come back as changes",
            GIVEN_UP_CLASS => "something was given up here",
            class => {
                let known = Class::ALL.into_iter().find(|known| known.number() == class);
                known.map_or("another fault", Class::label)
            }
        }
    }
}
