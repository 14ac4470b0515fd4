use std::sync::Arc;

use kernel::Moment;
use learn::{
    evaluate::Report,
    fairness::names::{self, Purpose},
    registry::{
        Lineup, Stage,
        promotion::{Objection, Rule},
    },
};
use markets::Market;

use super::ModelStep;
use crate::{
    Leads, LeadsError,
    features::{Feature, Sampling},
    learning::{Contest, Decision, Incumbent, Kind, Trial, TrialTerms, worth_a_trial},
    policy::LeadPolicy,
    records::{self, model::StoredModel},
    service::{
        models::{self, Change, refused, version},
        training::{blocking, entry},
    },
};

/// Moments of a contest that are read at most, the latest.
const CONTEST_ROWS_MAX: usize = 50_000;

impl Leads {
    /// Retires models that answer another question than the market asks now.
    pub(super) async fn retire_others(
        &self,
        market: &Market,
        kind: Kind,
        policy: &LeadPolicy,
        at: &Moment,
    ) -> Result<Vec<ModelStep>, LeadsError> {
        let question = models::question(policy, kind);
        let lineup = records::model::lineup(market.db(), kind).await?.lineup;
        let asked = |model: &StoredModel| {
            lineup.stage(&model.version.to_string()).is_some_and(|stage| stage != Stage::Retired)
        };
        let others: Vec<StoredModel> = records::model::models(market.db(), kind)
            .await?
            .into_iter()
            .filter(|model| model.question != question && asked(model))
            .collect();
        let mut steps = Vec::new();
        for other in others {
            let because = format!("the market asks another question now: {question}");
            let mut change = Change::begin(market, kind).await?;
            if change.stage(other.version).is_none_or(|stage| stage == Stage::Retired) {
                continue;
            }
            change.retire(&other.version.to_string(), &because, at).await?;
            change.finish(Some(at.at())).await?;
            steps.push(ModelStep::Retired { kind, version: other.version, because });
        }
        Ok(steps)
    }

    /// Lets the latest shadow challenge when nobody else does, or retires it when its own report speaks against that.
    pub(super) async fn challenge(
        &self,
        market: &Market,
        kind: Kind,
        at: &Moment,
    ) -> Result<Option<ModelStep>, LeadsError> {
        let lineup = records::model::lineup(market.db(), kind).await?.lineup;
        if lineup.versions().any(|(_, stage)| stage == Stage::Challenger) {
            return Ok(None);
        }
        let shadows = lineup.versions().filter(|(_, stage)| *stage == Stage::Shadow);
        let mut shadows: Vec<u32> = shadows.filter_map(|(name, _)| name.parse().ok()).collect();
        shadows.sort_unstable();
        let Some(latest) = shadows.pop() else { return Ok(None) };
        let report = records::model::report(market.db(), kind, latest).await?;
        let report = report.ok_or(LeadsError::UnknownModel { kind, version: latest })?;
        // What cannot be read speaks for nothing: it does not keep the others from being judged, day by day.
        let worth = match Report::from_json(&report) {
            Ok(report) => worth_a_trial(&report),
            Err(error) => Err(format!("its report cannot be read: {error}")),
        };
        let mut change = Change::begin(market, kind).await?;
        let is_taken = change.stored.lineup.versions().any(|(_, stage)| stage == Stage::Challenger);
        if is_taken || change.stage(latest) != Some(Stage::Shadow) {
            return Ok(None);
        }
        let name = latest.to_string();
        if let Err(because) = worth {
            change.retire(&name, &because, at).await?;
            change.finish(None).await?;
            return Ok(Some(ModelStep::Retired { kind, version: latest, because }));
        }
        change.stored.lineup.challenge(&name).map_err(refused)?;
        let incumbent = incumbent(&change.stored.lineup)?;
        let trial = written(&Trial::begin(incumbent), kind, latest)?;
        records::model::set_trial(&mut change.tx, kind, latest, Some(&trial)).await?;
        let against = match incumbent {
            Incumbent::Prior => "the prior rule".to_owned(),
            Incumbent::Model(champion) => champion.to_string(),
        };
        change.entries.push(entry(at, "leads.model_challenges", kind, latest).with("against", against));
        change.finish(None).await?;
        Ok(Some(ModelStep::Challenges { kind, version: latest }))
    }

    /// Looks at the challenger's trial, if there is one.
    pub(super) async fn try_challenger(
        &self,
        market: &Market,
        kind: Kind,
        policy: &Arc<LeadPolicy>,
        at: &Moment,
    ) -> Result<Option<ModelStep>, LeadsError> {
        let lineup = records::model::lineup(market.db(), kind).await?.lineup;
        let challenger = lineup.versions().find(|(_, stage)| *stage == Stage::Challenger);
        let Some(challenger) = challenger.and_then(|(name, _)| name.parse().ok()) else { return Ok(None) };
        let model = records::model::by_version(market.db(), kind, challenger).await?;
        let model = model.ok_or(LeadsError::UnknownModel { kind, version: challenger })?;
        let trial = trial_of(&model, &lineup)?;
        let (decision, trial) = self.consider(market, kind, policy, &model, trial).await?;
        self.conclude(market, &model, &decision, &trial, at).await
    }

    /// Holds a challenger against the one in force on everything that both said, off the threads that answer people.
    pub(super) async fn consider(
        &self,
        market: &Market,
        kind: Kind,
        policy: &Arc<LeadPolicy>,
        model: &StoredModel,
        mut trial: Trial,
    ) -> Result<(Decision, Trial), LeadsError> {
        let incumbent = match trial.incumbent {
            Incumbent::Prior => models::prior_name(models::prior(policy, kind)),
            Incumbent::Model(version) => models::model_name(version),
        };
        let challenger = models::model_name(model.version);
        let rows = records::ledger::contest(
            market.db(),
            kind,
            &model.question,
            &incumbent,
            &challenger,
            CONTEST_ROWS_MAX,
        )
        .await?;
        let (policy, version) = (policy.clone(), model.version);
        blocking(move || {
            let contest = Contest::of(rows, Sampling::default().gap);
            let columns =
                names::audit(Feature::ALL.iter().map(|feature| feature.spec().name), Purpose::People);
            let learning = policy.learning();
            let terms = TrialTerms {
                challenger: version,
                rule: Rule { margin: learning.promotion_margin, ..Rule::default() },
                alpha: learning.promotion_alpha,
                looks_max: learning.looks_max,
                look_growth: learning.look_growth,
                calls_per_day: policy.capacity().today(),
                columns: &columns,
            };
            let decision = trial.consider(&contest, &terms);
            (decision, trial)
        })
        .await
    }

    /// Writes down what a look at `model` led to; nothing when another looked meanwhile: one look is not counted twice, and
    /// what it decided is done.
    pub(super) async fn conclude(
        &self,
        market: &Market,
        model: &StoredModel,
        decision: &Decision,
        trial: &Trial,
        at: &Moment,
    ) -> Result<Option<ModelStep>, LeadsError> {
        let (kind, version) = (model.kind, model.version);
        let mut change = Change::begin(market, kind).await?;
        let now = records::model::by_version(&mut change.tx, kind, version).await?;
        let is_untouched = change.stage(version) == Some(Stage::Challenger)
            && incumbent(&change.stored.lineup)? == trial.incumbent
            && now.is_some_and(|now| now.trial == model.trial);
        if !is_untouched {
            return Ok(None);
        }
        let text = written(trial, kind, version)?;
        records::model::set_trial(&mut change.tx, kind, version, Some(&text)).await?;
        let loss = trial.difference.and_then(|figure| figure.value());
        let loss = loss.map_or_else(|| "unknown".to_owned(), |loss| format!("{loss:.4}"));
        match decision {
            Decision::Wait => {
                change.finish(None).await?;
                Ok(None)
            }
            Decision::Retire(why) => {
                let because = why.to_string();
                change.retire(&version.to_string(), &because, at).await?;
                change.finish(None).await?;
                Ok(Some(ModelStep::Retired { kind, version, because }))
            }
            Decision::Promote(cleared) => {
                let before = change.stored.lineup.champion().map(str::to_owned);
                change.stored.lineup.promote(cleared).map_err(refused)?;
                if let Some(before) = &before {
                    let former = self::version(before)?;
                    let because = format!("model {version} took its place");
                    records::model::set_retired(&mut change.tx, kind, former, Some(&because)).await?;
                }
                let noted = entry(at, "leads.model_promoted", kind, version)
                    .with("instead_of", before.as_deref().unwrap_or("the prior rule"))
                    .with("rows", trial.rows)
                    .with("looks", trial.looks)
                    .with("level", format!("{:.4}", trial.level))
                    .with("log_loss_difference", loss)
                    .with("unjudged", cleared.unjudged().join(", "));
                change.entries.push(noted);
                change.finish(Some(at.at())).await?;
                Ok(Some(ModelStep::Promoted { kind, version }))
            }
        }
    }
}

/// The trial of a challenger as it was written down; a new one when it is held against another by now.
pub(super) fn trial_of(model: &StoredModel, lineup: &Lineup) -> Result<Trial, LeadsError> {
    let incumbent = incumbent(lineup)?;
    let trial = match &model.trial {
        Some(text) => serde_json::from_str::<Trial>(text).map_err(|error| LeadsError::Model {
            kind: model.kind,
            version: model.version,
            reason: error.to_string(),
        })?,
        None => Trial::begin(incumbent),
    };
    Ok(if trial.incumbent == incumbent { trial } else { Trial::begin(incumbent) })
}

/// Who is to be beaten.
fn incumbent(lineup: &Lineup) -> Result<Incumbent, LeadsError> {
    lineup.champion().map_or(Ok(Incumbent::Prior), |name| Ok(Incumbent::Model(version(name)?)))
}

fn written(trial: &Trial, kind: Kind, version: u32) -> Result<String, LeadsError> {
    serde_json::to_string(trial).map_err(|error| LeadsError::Model {
        kind,
        version,
        reason: error.to_string(),
    })
}

/// What speaks against a promotion, as sentences.
pub(super) fn objections(decision: &Decision, trial: &Trial) -> Vec<String> {
    if let Decision::Retire(why) = decision {
        return vec![why.to_string()];
    }
    if trial.objections.is_empty() {
        return vec!["too few of its predictions have come to their end".to_owned()];
    }
    trial.objections.iter().map(said).collect()
}

fn said(objection: &Objection) -> String {
    match objection {
        Objection::Insufficient(insufficient) => insufficient.to_string(),
        Objection::NoInterval => "its loss cannot be told apart from luck".to_owned(),
        Objection::MayLose { loss, margin } => {
            format!("it may lose {loss:.4} nats a row, and at most {margin} are allowed")
        }
        Objection::WorseInSegment { segment, loss } => format!("it loses {loss:.4} nats a row in {segment}"),
        Objection::AdverseImpact { group, ratio } => {
            format!("{group} would be chosen {ratio:.2} times as often as the group chosen most")
        }
        Objection::RefusedColumn { column } => format!("`{column}` must not be learned from"),
    }
}
