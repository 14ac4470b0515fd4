//! What happened to a contact there: deals, appointments, tasks.

use connect::ghl::{
    calendars::Appointment,
    contacts::Task,
    opportunities::{Opportunity, Status},
};
use contacts::{ContactEdit, ContactsError, Sight};
use jiff::Timestamp;
use kernel::PersonId;
use markets::{SealingKey, StageKind};
use serde::{Deserialize, Serialize};

use super::{
    kind,
    map::{self, SeenAppointment, SeenOpportunity},
    take_in::{Desk, Outcome},
};
use crate::{
    GoHighLevelError,
    records::link::{self, StoredLink},
};

/// What was seen of a task last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct SeenTask {
    is_completed: bool,
    opened_at: Timestamp,
    completed_at: Option<Timestamp>,
}

/// Whose something is, and their key.
type Owner = (PersonId, SealingKey);

impl Desk<'_> {
    /// Takes in a deal.
    pub(super) async fn opportunity(&self, deal: &Opportunity) -> Result<Outcome, GoHighLevelError> {
        let known = self.link(kind::OPPORTUNITY, &deal.id).await?;
        let Some((person, key)) = self.owner(known.as_ref(), deal.contact.as_deref()).await? else {
            return Ok(refused_or_same(known.as_ref()));
        };
        let before: Option<SeenOpportunity> = self.before(&key, person, known.as_ref())?;
        let seen = SeenOpportunity::of(deal);
        if before.as_ref() == Some(&seen) || is_older(known.as_ref(), deal.updated_at) {
            return Ok(Outcome::Same);
        }
        let entry = match &deal.stage {
            Some(stage) => {
                let place = self.place_of(stage).await?;
                place.and_then(|place| map::of_opportunity(deal, place, self.at.at()))
            }
            None => None,
        };
        self.linked(kind::OPPORTUNITY, &deal.id, person, deal.updated_at).await?;
        self.stage_follows(person, &key, deal).await?;
        let entity = (kind::OPPORTUNITY, deal.id.as_str(), deal.updated_at);
        let kept = self.keep(&key, person, entity, &seen, async |tx, at| {
            let leads = &self.bridge.0.leads;
            leads.tell_in(tx, self.market, &key, person, entry.into_iter().collect(), at).await.map(drop)
        });
        Ok(if kept.await? { Outcome::Changed(person) } else { Outcome::Same })
    }

    /// The place of a stage there among those of its pipeline; the map is read again for one that is not known.
    async fn place_of(&self, stage: &str) -> Result<Option<(u16, u16)>, GoHighLevelError> {
        if let Some(place) = self.bridge.map(self.market).await?.place_of(stage) {
            return Ok(Some(place));
        }
        match self.bridge.refresh_map(self.market, &self.moment()).await {
            Ok(map) => Ok(map.place_of(stage)),
            // The deal counts without its place; the stage comes when the map can be read.
            Err(GoHighLevelError::Failed(failure)) => {
                tracing::warn!(market = %self.market.id(), operation = failure.op.key(), "the pipelines cannot be read");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    /// The contact's own stage follows the deal: where the map knows the stage, and always to an end. While another of
    /// the contact's deals is open, one that is lost ends nothing.
    async fn stage_follows(
        &self,
        person: PersonId,
        key: &SealingKey,
        deal: &Opportunity,
    ) -> Result<(), GoHighLevelError> {
        let contacts = &self.bridge.0.contacts;
        for _ in 0..STAGE_RACES_MAX {
            let here = match contacts.get(self.market, Sight::All, person).await {
                Ok(here) => here,
                Err(ContactsError::Unknown(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            };
            let mapped = match &deal.stage {
                Some(stage) => self.bridge.map(self.market).await?.local_stage(stage),
                None => None,
            };
            let ended = match deal.status {
                Some(Status::Won) => Some(StageKind::Won),
                Some(Status::Lost | Status::Abandoned) => Some(StageKind::Lost),
                Some(Status::Open) | None => None,
            };
            let target = match ended {
                Some(end) => {
                    if end == StageKind::Lost && self.has_open_deal(person, key, &deal.id).await? {
                        return Ok(());
                    }
                    let pipeline = mapped.map_or_else(|| here.pipeline.clone(), |mapped| mapped.pipeline);
                    let pipelines = self.market.pipelines().await?;
                    let pipeline = pipelines.into_iter().find(|known| known.id == pipeline);
                    pipeline.and_then(|pipeline| {
                        let stage = pipeline.stages.iter().find(|stage| stage.kind == end)?;
                        Some((pipeline.id.clone(), stage.id.clone()))
                    })
                }
                None => mapped.map(|mapped| (mapped.pipeline, mapped.stage)),
            };
            let Some((pipeline, stage)) = target else { return Ok(()) };
            if (&here.pipeline, &here.stage) == (&pipeline, &stage) {
                return Ok(());
            }
            let edit = ContactEdit { pipeline: Some(pipeline), stage: Some(stage), ..ContactEdit::default() };
            let at = self.moment();
            match contacts.update(self.market, Sight::All, person, here.version, &edit, &at).await {
                Err(ContactsError::Stale { .. }) => {}
                // The map names a stage that the market does not have any more.
                Ok(_) | Err(ContactsError::Rejected(_) | ContactsError::Unknown(_)) => return Ok(()),
                Err(error) => return Err(error.into()),
            }
        }
        Err(GoHighLevelError::Busy)
    }

    async fn has_open_deal(
        &self,
        person: PersonId,
        key: &SealingKey,
        but: &str,
    ) -> Result<bool, GoHighLevelError> {
        for known in link::of_contact(self.market.db(), person).await? {
            if known.kind == kind::OPPORTUNITY && known.remote != but && known.is_live() {
                let seen: Option<SeenOpportunity> = self.before(key, person, Some(&known))?;
                if seen.is_some_and(|seen| seen.status.as_deref() == Some(Status::Open.as_str())) {
                    return Ok(true);
                }
            }
        }
        Ok(false)
    }

    /// Takes in an appointment.
    pub(super) async fn appointment(&self, appointment: &Appointment) -> Result<Outcome, GoHighLevelError> {
        let known = self.link(kind::APPOINTMENT, &appointment.id).await?;
        let Some((person, key)) = self.owner(known.as_ref(), appointment.contact.as_deref()).await? else {
            return Ok(refused_or_same(known.as_ref()));
        };
        let before: Option<SeenAppointment> = self.before(&key, person, known.as_ref())?;
        let seen = SeenAppointment::of(appointment);
        if before.as_ref() == Some(&seen) || is_older(known.as_ref(), appointment.updated_at) {
            return Ok(Outcome::Same);
        }
        let had_outcome = before.is_some_and(|before| before.status != seen.status);
        let entries = map::of_appointment(appointment, had_outcome, self.at.at());
        self.linked(kind::APPOINTMENT, &appointment.id, person, appointment.updated_at).await?;
        let entity = (kind::APPOINTMENT, appointment.id.as_str(), appointment.updated_at);
        let kept = self.keep(&key, person, entity, &seen, async |tx, at| {
            self.bridge.0.leads.tell_in(tx, self.market, &key, person, entries, at).await.map(drop)
        });
        Ok(if kept.await? { Outcome::Changed(person) } else { Outcome::Same })
    }

    /// Takes in all tasks of a contact: those that are missing are gone.
    pub(super) async fn tasks(&self, contact: &str, tasks: &[Task]) -> Result<Outcome, GoHighLevelError> {
        let Some((person, key)) = self.owner(None, Some(contact)).await? else { return Ok(Outcome::Refused) };
        let mut outcome = Outcome::Same;
        for task in tasks {
            if self.task(person, &key, task).await? {
                outcome = Outcome::Changed(person);
            }
        }
        for known in link::of_contact(self.market.db(), person).await? {
            let is_missing = tasks.iter().all(|task| task.id != known.remote);
            if known.kind == kind::TASK && known.is_live() && is_missing {
                self.bury_entity(kind::TASK, &known.remote, Some(person)).await?;
                outcome = Outcome::Changed(person);
            }
        }
        Ok(outcome)
    }

    async fn task(&self, person: PersonId, key: &SealingKey, task: &Task) -> Result<bool, GoHighLevelError> {
        let known = self.link(kind::TASK, &task.id).await?;
        if known.as_ref().is_some_and(|known| !known.is_live()) {
            return Ok(false);
        }
        let now = self.at.at();
        let before: Option<SeenTask> = self.before(key, person, known.as_ref())?;
        if before.as_ref().is_some_and(|before| before.is_completed == task.is_completed) {
            return Ok(false);
        }
        let seen = SeenTask {
            is_completed: task.is_completed,
            opened_at: before.as_ref().map_or(now, |before| before.opened_at),
            completed_at: task.is_completed.then_some(now),
        };
        // One that was done before it was seen was opened before; when, nobody says.
        let opened = Task { is_completed: false, ..task.clone() };
        let mut entries = vec![map::of_task(&opened, seen.opened_at, now)];
        if let Some(done) = seen.completed_at {
            entries.push(map::of_task(task, done, now));
        }
        self.linked(kind::TASK, &task.id, person, None).await?;
        self.keep(key, person, (kind::TASK, &task.id, None), &seen, async |tx, at| {
            self.bridge.0.leads.tell_in(tx, self.market, key, person, entries, at).await.map(drop)
        })
        .await
    }

    /// Whose something is: the contact's there, or whoever it was linked to. Nobody: buried, or of somebody who is not
    /// here.
    pub(super) async fn owner(
        &self,
        known: Option<&StoredLink>,
        contact: Option<&str>,
    ) -> Result<Option<Owner>, GoHighLevelError> {
        if known.is_some_and(|known| known.tombstoned_at.is_some()) {
            return Ok(None);
        }
        let person = match contact {
            Some(contact) => self.person_of(contact).await?,
            None => known.and_then(|known| known.contact),
        };
        let Some(person) = person else { return Ok(None) };
        Ok(self.market.person_key(person).await?.map(|key| (person, key)))
    }

    /// Links an entity to a person, before anything is remembered of it.
    pub(super) async fn linked(
        &self,
        kind: &str,
        remote: &str,
        person: PersonId,
        updated_at: Option<Timestamp>,
    ) -> Result<(), GoHighLevelError> {
        let at = self.at.at();
        let mut tx = self.market.db().begin().await?;
        link::put(&mut tx, kind, remote, person, updated_at, at).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Attempts to move a contact that others move as well.
const STAGE_RACES_MAX: u32 = 5;

fn is_older(known: Option<&StoredLink>, updated_at: Option<Timestamp>) -> bool {
    let seen = known.filter(|known| known.seen.is_some()).and_then(|known| known.remote_updated_at);
    matches!((seen, updated_at), (Some(seen), Some(now)) if now < seen)
}

/// What is buried stays so; what is of somebody who is not here is not taken.
pub(super) fn refused_or_same(known: Option<&StoredLink>) -> Outcome {
    if known.is_some_and(|known| known.tombstoned_at.is_some()) { Outcome::Same } else { Outcome::Refused }
}
