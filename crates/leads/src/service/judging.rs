//! What becomes of models: ends are read, challengers are tried, and the better one is asked.

mod forget;
mod settle;
mod steps;

use std::sync::Arc;

use boxed::boxed;
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Moment};
use learn::registry::Stage;
use markets::Market;
use serde::Serialize;

use super::{
    drifting, models,
    models::{Change, refused, version},
    policy,
    training::{self, entry},
};
use crate::{
    Leads, LeadsError,
    learning::{Kind, Lesson},
    policy::LeadPolicy,
    records,
    score::Outcomes,
};

/// What [`Leads::judge`] did.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Judged {
    /// Predictions whose end was read.
    pub settled: u64,
    /// Predictions that were forgotten for their age.
    pub pruned: u64,
    /// Scores of the past that were.
    pub forgotten: u64,
    /// What happened to models, in order.
    pub steps: Vec<ModelStep>,
}

/// What happened to a model.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ModelStep {
    /// It was trained, and looks on.
    Trained {
        /// Which question it answers.
        kind: Kind,
        /// Its version.
        version: u32,
    },
    /// It is due and cannot be trained.
    NotTrained {
        /// Which question it would answer.
        kind: Kind,
        /// Why, as a sentence.
        because: String,
    },
    /// It is held against the one in force from now on.
    Challenges {
        /// Which question it answers.
        kind: Kind,
        /// Its version.
        version: u32,
    },
    /// It is the one that is asked.
    Promoted {
        /// Which question it answers.
        kind: Kind,
        /// Its version.
        version: u32,
    },
    /// It is not asked any more.
    Retired {
        /// Which question it answered.
        kind: Kind,
        /// Its version.
        version: u32,
        /// Why, as a sentence.
        because: String,
    },
}

/// The least time between two trainings that the program begins by itself, in days: news of a few days change nothing.
const TRAINING_GAP_DAYS: i64 = 7;

#[boxed]
impl Leads {
    /// Everything that models need from day to day, for both kinds of question: reads the ends of predictions whose time
    /// is over, counts outcomes, trains when there are enough and the last model is old or the world has moved, lets a
    /// shadow challenge, looks at the trial of a challenger and promotes or retires it, forgets what is too old, and
    /// watches for drift. Safe to be called at any time, also by two at once: each step is taken by one of them, and the
    /// other finds nothing to do.
    ///
    /// # Errors
    /// When the market fails. What cannot be trained is a step of the answer and no error.
    pub async fn judge(&self, market: &Market, now: Timestamp) -> Result<Judged, LeadsError> {
        let policy = policy::current(self, market).await?.policy;
        let mut judged = Judged::default();
        for kind in Kind::ALL {
            judged.settled += self.read_ends(market, kind, &policy, now).await?;
        }
        let lives = self.lives(market, &policy).await?;
        for kind in Kind::ALL {
            let at = moment(market, now);
            let lesson = Arc::new(training::lesson(market, kind, &policy, lives.clone(), now).await?);
            self.count(market, kind, &policy, lesson.outcomes, &at).await?;
            judged.steps.extend(self.retire_others(market, kind, &policy, &at).await?);
            judged.steps.extend(self.try_challenger(market, kind, &policy, &at).await?);
            judged.steps.extend(self.train_if_due(market, kind, &policy, lesson, &at).await?);
            judged.steps.extend(self.challenge(market, kind, &at).await?);
            drifting::look(self, market, kind, &policy, lives.clone(), &at).await?;
        }
        self.forget(market, &policy, now, &mut judged).await?;
        Ok(judged)
    }

    /// Makes a challenger champion, when what is known of it by now speaks for that; the champion retires.
    ///
    /// # Errors
    /// [`LeadsError::NotCleared`] with everything that speaks against it, [`LeadsError::UnknownModel`],
    /// [`LeadsError::Conflict`] when it is no challenger, or when the market fails.
    pub async fn promote(
        &self,
        market: &Market,
        kind: Kind,
        version: u32,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        let policy = policy::current(self, market).await?.policy;
        let model = records::model::by_version(market.db(), kind, version).await?;
        let model = model.ok_or(LeadsError::UnknownModel { kind, version })?;
        let lineup = records::model::lineup(market.db(), kind).await?.lineup;
        let stage = lineup.stage(&version.to_string());
        if stage != Some(Stage::Challenger) {
            return Err(LeadsError::Conflict(format!(
                "only a challenger can be promoted, and model {version} is {}",
                stage.map_or("unknown".to_owned(), |stage| format!("{stage:?}").to_lowercase())
            )));
        }
        let mut trial = steps::trial_of(&model, &lineup)?;
        // A person asks now: as soon as there is enough for any look.
        trial.rows_next = 0;
        let (decision, trial) = self.consider(market, kind, &policy, &model, trial).await?;
        let step = self.conclude(market, &model, &decision, &trial, at).await?;
        if matches!(step, Some(ModelStep::Promoted { .. })) {
            return Ok(());
        }
        // Somebody else may have been faster.
        let lineup = records::model::lineup(market.db(), kind).await?.lineup;
        if lineup.stage(&version.to_string()) == Some(Stage::Champion) {
            return Ok(());
        }
        Err(LeadsError::NotCleared { kind, version, objections: steps::objections(&decision, &trial) })
    }

    /// Goes back to the champion before the present one, which retires; the version that is asked then. One step only.
    ///
    /// # Errors
    /// [`LeadsError::Conflict`] when there is none to go back to, or when the market fails.
    pub async fn roll_back(&self, market: &Market, kind: Kind, at: &Moment) -> Result<u32, LeadsError> {
        let mut change = Change::begin(market, kind).await?;
        let from = change.stored.lineup.champion().map(str::to_owned);
        change.stored.lineup.roll_back().map_err(refused)?;
        let to = version(change.stored.lineup.champion().unwrap_or_default())?;
        records::model::set_retired(&mut change.tx, kind, to, None).await?;
        if let Some(from) = &from {
            let from = version(from)?;
            records::model::set_retired(&mut change.tx, kind, from, Some("it was rolled back")).await?;
        }
        let noted = entry(at, "leads.model_rolled_back", kind, to);
        change.entries.push(noted.with("from", from.as_deref().unwrap_or("none")));
        change.finish(Some(at.at())).await?;
        Ok(to)
    }

    /// Retires a model, for a reason that others can read. Without a champion the prior rule scores.
    ///
    /// # Errors
    /// [`LeadsError::Invalid`] without a reason, [`LeadsError::Conflict`] when it is unknown or retired already, or when
    /// the market fails.
    pub async fn retire(
        &self,
        market: &Market,
        kind: Kind,
        version: u32,
        because: &str,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        let because = because.trim();
        if because.is_empty() || because.chars().count() > REASON_CHARS_MAX {
            let message = format!("say why, in at most {REASON_CHARS_MAX} characters");
            return Err(LeadsError::Invalid { field: "because", message });
        }
        let mut change = Change::begin(market, kind).await?;
        let name = version.to_string();
        let was_champion = change.stored.lineup.champion() == Some(name.as_str());
        change.retire(&name, because, at).await?;
        change.finish(was_champion.then(|| at.at())).await
    }

    /// Writes down how many ends are known. When that makes the model in force take over from the prior rule, or hand
    /// back to it, every lead is scored anew.
    async fn count(
        &self,
        market: &Market,
        kind: Kind,
        policy: &LeadPolicy,
        outcomes: Outcomes,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        let switch = &models::prior(policy, kind).document().switch;
        let enough = |outcomes: Outcomes| {
            outcomes.positive >= switch.positive_min && outcomes.negative >= switch.negative_min
        };
        let mut change = Change::begin(market, kind).await?;
        let crossed = enough(change.stored.outcomes) != enough(outcomes);
        let rescore = (crossed && change.stored.lineup.champion().is_some()).then(|| at.at());
        change.stored.outcomes = outcomes;
        change.stored.counted_at = Some(at.at());
        change.finish(rescore).await
    }

    async fn train_if_due(
        &self,
        market: &Market,
        kind: Kind,
        policy: &Arc<LeadPolicy>,
        lesson: Arc<Lesson>,
        at: &Moment,
    ) -> Result<Option<ModelStep>, LeadsError> {
        let lineup = records::model::lineup(market.db(), kind).await?.lineup;
        let on_trial = lineup.versions().any(|(_, stage)| matches!(stage, Stage::Shadow | Stage::Challenger));
        if on_trial {
            return Ok(None);
        }
        let question = models::question(policy, kind);
        let trained = records::model::models(market.db(), kind).await?;
        let last = trained.iter().find(|model| model.question == question).map(|model| model.trained_at);
        let days = |days: i64| SignedDuration::from_hours(24 * days);
        let age = last.map(|last| at.now.duration_since(last));
        let has_moved = drifting::is_alarmed(market, kind, &question).await?;
        let due = match age {
            None => true,
            Some(age) if age < days(TRAINING_GAP_DAYS) => false,
            Some(age) => {
                age >= days(i64::from(policy.learning().retrain_days))
                    || has_moved
                    || lineup.champion().is_none()
            }
        };
        if !due {
            return Ok(None);
        }
        match self.train_on(market, kind, policy, lesson, at).await {
            Ok(trained) => Ok(Some(ModelStep::Trained { kind, version: trained.version })),
            // Too few, or another trained one meanwhile: there is nothing to do.
            Err(LeadsError::NotEnough { .. } | LeadsError::Conflict(_)) => Ok(None),
            Err(LeadsError::Model { reason, .. }) => {
                Ok(Some(ModelStep::NotTrained { kind, because: reason }))
            }
            Err(error) => Err(error),
        }
    }
}

/// Characters of a reason at most.
const REASON_CHARS_MAX: usize = 500;

/// The circumstances of what the program decides by itself.
fn moment(market: &Market, now: Timestamp) -> Moment {
    Moment { now, actor: Actor::new("leads"), entropy: market.chance().number() }
}
