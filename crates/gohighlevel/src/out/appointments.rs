//! Appointments: booked once, in the next free slot when the one that is meant is taken. Whether GoHighLevel tells the
//! person of it is the gate's to say.

use connect::ghl::{
    Created, Failure,
    calendars::{self, Appointment, NewAppointment, SLOTS_DAYS_MAX},
    fault::Class,
};
use contacts::Sight;
use jiff::{SignedDuration, Timestamp};
use kernel::Ulid;
use leads::{
    Draft,
    gate::{Decision, Outcome as Verdict},
};

use super::{
    doing::Doing,
    office::{Job, Outcome, Trouble},
};
use crate::{backup_map::What, echo, records::out::write};

/// Slots of one calendar that are tried before it counts as full.
const SLOTS_TRIED_MAX: usize = 4;
/// Free slots that the agent is told of when none could be booked.
const SLOTS_OFFERED: usize = 3;
/// How far clocks there and here may differ.
const SKEW: SignedDuration = SignedDuration::from_mins(2);
/// A task that stands in is due after so many seconds.
const TASK_DUE_SECONDS: i64 = 3600;

impl Job<'_> {
    /// Books an appointment at `starts_at`, else in the next free slot; in the calendar that is meant, else in what
    /// stands in; else an agent is asked to do it by hand.
    pub(super) async fn book(
        &self,
        remote: &str,
        calendar: &str,
        starts_at: Timestamp,
        title: Option<&str>,
    ) -> Result<Outcome, Trouble> {
        if let Some(begun) = self.write.begun_at
            && let Some(found) = self.booked(remote, begun).await?
        {
            let untold = match self.write.decision {
                Some(decision) => self.untold_by(decision).await?,
                None => None,
            };
            return Ok(self.booked_as(found.id, untold));
        }
        let notice = match self.judged(&Draft::notice()).await? {
            Some(judged) => Notice { decision: judged.id, untold: untold(&judged.decision) },
            None => return Ok(Outcome::gone()),
        };
        let mut map = self.office.map();
        if map.candidates(What::Calendar, calendar).is_empty() {
            map = self.office.fresh_map().await?;
        }
        let (mut tried, mut offered): (Vec<String>, Vec<Timestamp>) = (Vec::new(), Vec::new());
        loop {
            let next = map.candidates(What::Calendar, calendar).into_iter().find(|id| !tried.contains(id));
            let Some(next) = next else { break };
            tried.push(next.clone());
            match self.book_in(remote, &next, starts_at, title, &notice).await? {
                Booked::Yes(id) => return Ok(self.booked_as(id, notice.untold)),
                Booked::Full(free) => offered.extend(free),
                Booked::Gone => map = self.office.fresh_map().await?,
            }
        }
        if offered.is_empty() {
            let (class, office) = (Class::WorkflowGone, self.office);
            let told = "no calendar stands in: name one in the map";
            let at = office.moment();
            let op = "appointment-create";
            office.bridge.report_words(&office.market, class.number(), op, class.label(), told, &at).await?;
        }
        offered.truncate(SLOTS_OFFERED);
        let mut body = format!("Asked for: {starts_at}.");
        if !offered.is_empty() {
            let slots: Vec<String> = offered.iter().map(Timestamp::to_string).collect();
            body.push_str(&format!(" Free then: {}.", slots.join(", ")));
        }
        let due_at = self.office.in_seconds(TASK_DUE_SECONDS);
        let title = format!("Book by hand: calendar \"{calendar}\"");
        let instead = Doing::Task { title, body: Some(body), due_at, user: None };
        let reason = "no calendar took the appointment: an agent was asked to book it by hand".to_owned();
        Ok(Outcome::Dropped { class: Some(Class::WorkflowGone), reason, instead: Some(instead) })
    }

    async fn book_in(
        &self,
        remote: &str,
        calendar: &str,
        wanted: Timestamp,
        title: Option<&str>,
        notice: &Notice,
    ) -> Result<Booked, Trouble> {
        let mut slot = wanted;
        let mut free: Vec<Timestamp> = Vec::new();
        for _ in 0..SLOTS_TRIED_MAX {
            let new = NewAppointment {
                calendar: calendar.to_owned(),
                location: self.office.connection.location.clone(),
                contact: remote.to_owned(),
                starts_at: slot,
                ends_at: None,
                assigned_to: None,
                title: title.map(str::to_owned),
                is_announced: notice.untold.is_none(),
            };
            let begun = self.begin_by(echo::Kind::Appointment, Some(notice.decision)).await?;
            let look = || self.booked(remote, begun);
            let client = &self.office.bridge.0.ghl;
            let made = client.create(&self.office.account, &calendars::book(&new), self.how(), look).await;
            let failure = match made {
                Ok(Created::New(made) | Created::Found(made)) => return Ok(Booked::Yes(made.id)),
                Ok(Created::Exists(id)) => return Ok(Booked::Yes(id)),
                Err(failure) => failure,
            };
            match failure.fault.class {
                Class::SlotTaken => {}
                Class::WorkflowGone => return Ok(Booked::Gone),
                _ => return Err(failure.into()),
            }
            let from = wanted.max(self.office.now());
            let slots = calendars::free_slots(calendar, from, SLOTS_DAYS_MAX, None);
            free = match self.ask(&slots).await {
                Ok(slots) => slots.0.into_iter().filter(|free| *free != slot).collect(),
                Err(failure) if failure.fault.class == Class::WorkflowGone => return Ok(Booked::Gone),
                Err(failure) => return Err(failure.into()),
            };
            match free.first() {
                Some(first) => slot = *first,
                None => break,
            }
        }
        Ok(Booked::Full(free))
    }

    /// Booked; where GoHighLevel did not tell the person of it, an agent is asked to see to it.
    fn booked_as(&self, id: String, untold: Option<String>) -> Outcome {
        let Some(why) = untold else { return Outcome::made(id) };
        let title = "Not announced: an appointment was booked".to_owned();
        let body = format!("GoHighLevel did not tell the person of it. The gate said: {why}.");
        let due_at = self.office.in_seconds(TASK_DUE_SECONDS);
        Outcome::DoneBut { remote: id, rest: Doing::Task { title, body: Some(body), due_at, user: None } }
    }

    /// Why the person was not told, by an earlier decision.
    async fn untold_by(&self, decision: Ulid) -> Result<Option<String>, Trouble> {
        let office = self.office;
        let record = office.bridge.0.leads.gate_record(&office.market, Sight::All, decision).await?;
        Ok(record.and_then(|record| untold(&record.decision)))
    }

    /// The contact's appointment that this write made, if it did: made since, and by no other write.
    async fn booked(&self, remote: &str, begun: Timestamp) -> Result<Option<Appointment>, Failure> {
        let since = begun.checked_sub(SKEW).unwrap_or(Timestamp::MIN);
        let all = self.ask(&calendars::of_contact(remote)).await?;
        for appointment in all {
            let is_since = appointment.added_at.is_some_and(|added| added >= since);
            let is_off = appointment.status.as_deref() == Some("cancelled");
            if is_since && !is_off && !self.is_of_another(&appointment.id).await {
                return Ok(Some(appointment));
            }
        }
        Ok(None)
    }

    /// Whether another write made this. When it cannot be known, it counts as not: better once too few than twice.
    pub(super) async fn is_of_another(&self, remote: &str) -> bool {
        write::is_claimed(self.office.market.db(), remote, self.write.id).await.unwrap_or(false)
    }
}

/// What the gate says of telling the person of it.
struct Notice {
    decision: Ulid,
    /// Why they are not told; none when they are.
    untold: Option<String>,
}

fn untold(decision: &Decision) -> Option<String> {
    (decision.outcome != Verdict::Send).then(|| decision.to_string())
}

/// What a calendar said.
enum Booked {
    /// Booked: its identifier.
    Yes(String),
    /// Whatever was tried was taken; what was free a moment ago.
    Full(Vec<Timestamp>),
    /// It is gone or takes nothing.
    Gone,
}
