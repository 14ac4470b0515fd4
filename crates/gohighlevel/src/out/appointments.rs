//! Appointments: booked once, in the next free slot when the one that is meant is taken.

use connect::ghl::{
    Created, Failure,
    calendars::{self, Appointment, NewAppointment, SLOTS_DAYS_MAX},
    fault::Class,
};
use jiff::{SignedDuration, Timestamp};

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
            return Ok(Outcome::made(found.id));
        }
        let mut map = self.office.map();
        if map.candidates(What::Calendar, calendar).is_empty() {
            map = self.office.fresh_map().await?;
        }
        let (mut tried, mut offered): (Vec<String>, Vec<Timestamp>) = (Vec::new(), Vec::new());
        loop {
            let next = map.candidates(What::Calendar, calendar).into_iter().find(|id| !tried.contains(id));
            let Some(next) = next else { break };
            tried.push(next.clone());
            match self.book_in(remote, &next, starts_at, title).await? {
                Booked::Yes(id) => return Ok(Outcome::made(id)),
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
                is_announced: true,
            };
            let begun = self.begin(echo::Kind::Appointment).await?;
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

/// What a calendar said.
enum Booked {
    /// Booked: its identifier.
    Yes(String),
    /// Whatever was tried was taken; what was free a moment ago.
    Full(Vec<Timestamp>),
    /// It is gone or takes nothing.
    Gone,
}
