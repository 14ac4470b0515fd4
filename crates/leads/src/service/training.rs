use std::sync::Arc;

use audit::NewEntry;
use boxed::boxed;
use jiff::Timestamp;
use kernel::{Moment, PersonId};
use learn::{
    evaluate::Report,
    registry::{Lineage, Stage},
};
use markets::Market;
use ring::digest::{SHA256, digest};
use serde::Serialize;

use super::{
    models::{self, Change},
    policy,
};
use crate::{
    Leads, LeadsError,
    learning::{Kind, Lesson, TaughtModel, Teaching, teach},
    policy::LeadPolicy,
    records::{self, model::NewModel},
    score::{Learned, Outcomes},
    timeline::Timeline,
};

/// A model that was trained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Trained {
    /// Which question it answers.
    pub kind: Kind,
    /// The question in words.
    pub question: String,
    /// Counts up from 1 within the kind.
    pub version: u32,
    /// What it is used for now: it looks on, until it is held against the one in force.
    pub stage: Stage,
    /// Leads whose end is known.
    pub outcomes: Outcomes,
    /// Where it came from.
    pub lineage: Lineage,
    /// What it is worth on contacts who came later than those that it learned from.
    pub report: Report,
}

/// Contacts whose timelines are read at once.
const READ_AT_ONCE: usize = 500;

/// The timelines of a market's latest contacts, for everything that learns or counts.
pub(super) type Lives = Arc<Vec<(PersonId, Timeline)>>;

#[boxed]
impl Leads {
    /// Trains a model of the market's own outcomes. It begins as a shadow: it predicts beside the rule or model in force
    /// from the next score on, and [`Leads::judge`] lets it challenge and succeed that. An older shadow retires.
    ///
    /// # Errors
    /// [`LeadsError::NotEnough`] before as many leads of either end are known as the prior policy asks for,
    /// [`LeadsError::Model`] when the rows teach nothing, [`LeadsError::Conflict`] when another was trained meanwhile,
    /// or when the market fails.
    pub async fn train(&self, market: &Market, kind: Kind, at: &Moment) -> Result<Trained, LeadsError> {
        let policy = policy::current(self, market).await?.policy;
        let lives = self.lives(market, &policy).await?;
        let lesson = lesson(market, kind, &policy, lives, at.now).await?;
        self.train_on(market, kind, &policy, Arc::new(lesson), at).await
    }

    /// Trains on a lesson that was drawn up already.
    pub(super) async fn train_on(
        &self,
        market: &Market,
        kind: Kind,
        policy: &Arc<LeadPolicy>,
        lesson: Arc<Lesson>,
        at: &Moment,
    ) -> Result<Trained, LeadsError> {
        let switch = &models::prior(policy, kind).document().switch;
        let outcomes = lesson.outcomes;
        if outcomes.positive < switch.positive_min || outcomes.negative < switch.negative_min {
            let needed = switch.positive_min.max(switch.negative_min);
            return Err(LeadsError::NotEnough {
                positive: outcomes.positive,
                negative: outcomes.negative,
                needed,
            });
        }
        let before = records::model::models(market.db(), kind).await?;
        let version = before.first().map_or(1, |latest| latest.version + 1);
        let lineup = records::model::lineup(market.db(), kind).await?.lineup;
        let parent = lineup.champion().and_then(|champion| champion.parse().ok());
        let (taught, bytes) = {
            let (policy, zone) = (policy.clone(), super::zone(market));
            blocking(move || {
                let teaching = Teaching {
                    kind,
                    question: models::question(&policy, kind),
                    version,
                    parent,
                    prior: models::prior(&policy, kind),
                    capacity: *policy.capacity(),
                    date: at_day(lesson.moments.iter().max().copied(), &zone),
                };
                let taught = teach(&lesson, &teaching).map_err(|error| unmade(kind, version, &error))?;
                let bytes = taught.file.to_bytes().map_err(|error| unmade(kind, version, &error))?;
                Ok::<_, LeadsError>((taught, bytes))
            })
            .await??
        };
        let question = models::question(policy, kind);
        // What is kept must be able to score.
        usable(&taught, kind, version, &question)?;
        self.keep(market, kind, version, parent, &question, &taught, bytes, outcomes, at).await?;
        Ok(Trained {
            kind,
            question,
            version,
            stage: Stage::Shadow,
            outcomes,
            lineage: taught.file.lineage,
            report: taught.report,
        })
    }

    #[expect(clippy::too_many_arguments, reason = "what a record of a model is made of")]
    async fn keep(
        &self,
        market: &Market,
        kind: Kind,
        version: u32,
        parent: Option<u32>,
        question: &str,
        taught: &TaughtModel,
        bytes: Vec<u8>,
        outcomes: Outcomes,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        let json =
            |made: Result<String, serde_json::Error>| made.map_err(|error| unmade(kind, version, &error));
        let judged: Vec<(f64, bool)> =
            taught.predictions.iter().copied().zip(taught.outcomes.iter().copied()).collect();
        let judged = json(serde_json::to_string(&judged))?;
        let report = json(taught.report.to_json())?;
        let lineage = json(serde_json::to_string(&taught.file.lineage))?;
        let file_hash = hex(&bytes);
        let mut change = Change::begin(market, kind).await?;
        if records::model::by_version(&mut change.tx, kind, version).await?.is_some() {
            return Err(LeadsError::Conflict("another model was trained meanwhile".to_owned()));
        }
        let shadows: Vec<String> = change
            .stored
            .lineup
            .versions()
            .filter(|(_, stage)| *stage == Stage::Shadow)
            .map(|(version, _)| version.to_owned())
            .collect();
        for shadow in shadows {
            change.retire(&shadow, "a newer one was trained", at).await?;
        }
        let new = NewModel {
            kind,
            version,
            question,
            trained_at: at.at(),
            trained_by: at.actor.id(),
            parent,
            file: bytes,
            file_hash: &file_hash,
            lineage: &lineage,
            report: &report,
            judged: &judged,
        };
        records::model::add(&mut change.tx, new).await?;
        change
            .stored
            .lineup
            .enter(&version.to_string())
            .map_err(|error| LeadsError::Conflict(error.to_string()))?;
        change.stored.outcomes = outcomes;
        change.stored.counted_at = Some(at.at());
        let lineage = &taught.file.lineage;
        change.entries.push(
            entry(at, "leads.model_trained", kind, version)
                .with("question", question)
                .with("rows", lineage.trained_rows)
                .with("judged_rows", taught.outcomes.len())
                .with("data", &lineage.data_hash)
                .with("file", &file_hash),
        );
        change.finish(None).await
    }

    /// The timelines of the latest contacts, as many as the policy learns from.
    pub(super) async fn lives(&self, market: &Market, policy: &LeadPolicy) -> Result<Lives, LeadsError> {
        let most = policy.learning().contacts_max as usize;
        let contacts = records::ledger::latest_contacts(market.db(), most).await?;
        let mut lives = Vec::with_capacity(contacts.len());
        for some in contacts.chunks(READ_AT_ONCE) {
            lives.extend(lives_of(market, some).await?);
        }
        Ok(Arc::new(lives))
    }
}

/// The timelines of these contacts; who was erased is missing, and of whom nothing was told has an empty one.
pub(super) async fn lives_of(
    market: &Market,
    contacts: &[PersonId],
) -> Result<Vec<(PersonId, Timeline)>, LeadsError> {
    let keys = market.person_keys(contacts).await?;
    let mut found = super::timeline::timelines(market, &keys, contacts).await?;
    let there = contacts.iter().filter(|contact| keys.get(**contact).is_some());
    Ok(there.map(|contact| (*contact, found.remove(contact).unwrap_or_default())).collect())
}

/// The rows to learn from, and how many leads came to which end.
pub(super) async fn lesson(
    market: &Market,
    kind: Kind,
    policy: &Arc<LeadPolicy>,
    lives: Lives,
    now: Timestamp,
) -> Result<Lesson, LeadsError> {
    let (policy, zone) = (policy.clone(), super::zone(market));
    blocking(move || {
        let timelines = lives.iter().map(|(_, timeline)| timeline);
        let sampling = policy.sampling();
        match kind {
            Kind::Goal => Lesson::of(timelines, policy.goal(), &sampling, &zone, now),
            Kind::Cold => Lesson::of(timelines, policy.cold(), &sampling, &zone, now),
        }
    })
    .await
}

/// Long computations, off the threads that answer people.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, LeadsError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => Ok(done),
        Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
        Err(_) => Err(LeadsError::Conflict("the program is being stopped".to_owned())),
    }
}

/// The audit entry of a change of a model.
pub(super) fn entry(at: &Moment, action: &str, kind: Kind, version: u32) -> NewEntry {
    NewEntry::new(at.at(), &at.actor, action, &format!("lead_model:{kind}:{version}"))
        .with("kind", kind)
        .with("version", version)
}

fn usable(taught: &TaughtModel, kind: Kind, version: u32, question: &str) -> Result<(), LeadsError> {
    let learn::registry::Content::Chances(model) = &taught.file.content else {
        return Err(LeadsError::Model { kind, version, reason: "it predicts amounts".to_owned() });
    };
    let rows = taught.file.lineage.trained_rows;
    let made = Learned::new(question, version, rows, *model.clone(), &taught.predictions, &taught.outcomes);
    made.map(|_| ()).map_err(|error| unmade(kind, version, &error))
}

fn unmade(kind: Kind, version: u32, error: &dyn std::fmt::Display) -> LeadsError {
    LeadsError::Model { kind, version, reason: error.to_string() }
}

fn at_day(moment: Option<Timestamp>, zone: &jiff::tz::TimeZone) -> String {
    moment.map(|moment| moment.to_zoned(zone.clone()).date().to_string()).unwrap_or_default()
}

fn hex(bytes: &[u8]) -> String {
    digest(&SHA256, bytes).as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}
