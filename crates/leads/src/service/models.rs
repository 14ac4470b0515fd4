//! Which models are asked now, and the ledger of what they say.

mod change;
mod shelf;
mod view;

use std::sync::Arc;

use jiff::Timestamp;
use kernel::{Moment, PersonId, Ulid};
use learn::registry::{Content, ModelFile, Stage};
use markets::Market;
use store::{StoreError, Tx};

pub use self::view::{BandFairness, KindView, ModelRecord, ModelsView, Switch, TrainingReport};
pub(crate) use self::{
    change::{Change, refused, version},
    shelf::Shelf,
};
use super::policy;
use crate::{
    Leads, LeadsError,
    features::{Feature, Features, Target},
    learning::Kind,
    policy::LeadPolicy,
    prior::Prior,
    records::{self, ledger::NewPrediction, model::StoredLineup},
    score::{LeadScore, Learned, Outcomes, Scorer},
};

/// The models that score a market's leads now, and what they rest on.
pub(crate) struct InUse {
    policy: Arc<LeadPolicy>,
    goal: Side,
    cold: Side,
}

/// One kind of question with those who answer it.
#[derive(Clone)]
pub(super) struct Side {
    kind: Kind,
    question: String,
    outcomes: Outcomes,
    champion: Option<(u32, Arc<Learned>)>,
    /// The version of a champion that this program cannot read: the rule answers instead.
    unreadable: Option<u32>,
    /// Those on trial, shadows included.
    trials: Vec<(u32, Arc<Learned>)>,
}

/// The name of a rule in the ledger.
pub(super) fn prior_name(prior: &Prior) -> String {
    format!("prior {}", prior.key())
}

/// The name of a model in the ledger.
pub(super) fn model_name(version: u32) -> String {
    format!("v{version}")
}

impl Side {
    fn scorer<'a>(&'a self, prior: &'a Prior) -> Scorer<'a> {
        match self.unreadable {
            Some(version) if self.has_enough(prior) => Scorer::without(prior, version),
            _ => {
                let learned = self.champion.as_ref().map(|(_, learned)| learned.as_ref());
                Scorer::choose(prior, learned, self.outcomes)
            }
        }
    }

    /// Whether there are outcomes enough to ask a model.
    fn has_enough(&self, prior: &Prior) -> bool {
        let switch = &prior.document().switch;
        self.outcomes.positive >= switch.positive_min && self.outcomes.negative >= switch.negative_min
    }

    /// Who answers now, as the ledger names them.
    fn in_force(&self, prior: &Prior) -> String {
        match self.asked(prior) {
            Some((version, _)) => model_name(*version),
            None => prior_name(prior),
        }
    }

    /// The champion, where there are outcomes enough to ask it: as [`Scorer::choose`] decides.
    fn asked(&self, prior: &Prior) -> Option<&(u32, Arc<Learned>)> {
        self.champion.as_ref().filter(|_| self.has_enough(prior))
    }

    /// What everybody says of a row whose answer in force is `probability`.
    fn said(&self, prior: &Prior, features: &Features, probability: f64) -> Vec<(String, f64)> {
        let mut said = vec![(self.in_force(prior), probability)];
        said.extend(
            self.trials
                .iter()
                .map(|(version, learned)| (model_name(*version), learned.probability(features))),
        );
        said
    }
}

impl InUse {
    /// What scores by the goal, where `prior` is the rule for it.
    pub(super) fn scorer<'a>(&'a self, prior: &'a Prior) -> Scorer<'a> {
        self.goal.scorer(prior)
    }

    /// How likely the lead goes cold; none where it has been silent for so long already.
    pub(crate) fn cold(&self, features: &Features) -> Option<f64> {
        let silent = 24.0 * f64::from(self.policy.cold().silent_days());
        let asked = features.number(Feature::HoursSinceActivity).is_some_and(|hours| hours < silent);
        asked.then(|| self.cold.scorer(LeadPolicy::cold_prior()).probability(features))
    }

    /// Who answers a kind of question, as the ledger names it, and the model if it is one.
    pub(super) fn in_force(&self, kind: Kind) -> (String, Option<(u32, Arc<Learned>)>) {
        let side = match kind {
            Kind::Goal => &self.goal,
            Kind::Cold => &self.cold,
        };
        let prior = prior(&self.policy, kind);
        (side.in_force(prior), side.asked(prior).cloned())
    }
}

/// A score as the ledger takes it.
pub(crate) struct Predicted<'a> {
    /// Of whom.
    pub contact: PersonId,
    /// From what.
    pub features: &'a Features,
    /// What.
    pub score: &'a LeadScore,
}

/// The models in use.
pub(crate) async fn in_use(
    leads: &Leads,
    market: &Market,
    policy: &policy::Current,
) -> Result<InUse, LeadsError> {
    let goal = side(leads, market, &policy.policy, Kind::Goal).await?;
    let cold = side(leads, market, &policy.policy, Kind::Cold).await?;
    Ok(InUse { policy: policy.policy.clone(), goal, cold })
}

/// The question of a kind, as a market's policy asks it.
pub(super) fn question(policy: &LeadPolicy, kind: Kind) -> String {
    match kind {
        Kind::Goal => policy.question(),
        Kind::Cold => policy.cold_question(),
    }
}

/// The rule that answers a kind of question without a model.
pub(super) fn prior(policy: &LeadPolicy, kind: Kind) -> &Prior {
    match kind {
        Kind::Goal => policy.prior(),
        Kind::Cold => LeadPolicy::cold_prior(),
    }
}

async fn side(leads: &Leads, market: &Market, policy: &LeadPolicy, kind: Kind) -> Result<Side, LeadsError> {
    let question = question(policy, kind);
    let stored = records::model::lineup(market.db(), kind).await?;
    if let Some(known) = leads.models.side(market, kind, &question, stored.revision) {
        return Ok(known);
    }
    let StoredLineup { revision, lineup, outcomes, .. } = stored;
    let mut side = Side { kind, question, outcomes, champion: None, unreadable: None, trials: Vec::new() };
    for (name, stage) in lineup.versions() {
        let Ok(version) = name.parse::<u32>() else { continue };
        if stage == Stage::Retired {
            continue;
        }
        let Some(model) = records::model::by_version(market.db(), kind, version).await? else { continue };
        // One that answers another question waits for the next judgement, which retires it.
        if model.question != side.question {
            continue;
        }
        let learned = match learned(market, kind, version, &side.question).await {
            Ok(learned) => Arc::new(learned),
            // Leads are scored all the same: without it, by the rule, which says so.
            Err(LeadsError::Model { reason, .. }) => {
                tracing::warn!(market = %market.id(), %kind, version, reason, "a model of leads cannot be read: {reason}");
                side.unreadable = side.unreadable.or((stage == Stage::Champion).then_some(version));
                continue;
            }
            Err(error) => return Err(error),
        };
        match stage {
            Stage::Champion => side.champion = Some((version, learned)),
            _ => side.trials.push((version, learned)),
        }
    }
    leads.models.keep_side(market, revision, &side);
    Ok(side)
}

/// A model read from its record.
pub(super) async fn learned(
    market: &Market,
    kind: Kind,
    version: u32,
    question: &str,
) -> Result<Learned, LeadsError> {
    let unreadable = |reason: String| LeadsError::Model { kind, version, reason };
    let found = records::model::file(market.db(), kind, version).await?;
    let (bytes, judged) = found.ok_or(LeadsError::UnknownModel { kind, version })?;
    let file = ModelFile::read(&bytes).map_err(|error| unreadable(error.to_string()))?;
    let Content::Chances(model) = file.content else {
        return Err(unreadable("it predicts amounts".to_owned()));
    };
    let judged: Vec<(f64, bool)> =
        serde_json::from_str(&judged).map_err(|error| unreadable(error.to_string()))?;
    let (predictions, outcomes): (Vec<f64>, Vec<bool>) = judged.into_iter().unzip();
    let rows = file.lineage.trained_rows;
    Learned::new(format!("{kind}: {question}"), version, rows, *model, &predictions, &outcomes)
        .map_err(|error| unreadable(error.to_string()))
}

/// Writes predictions into the ledger, with those of models on trial.
pub(crate) async fn note_predictions(
    tx: &mut Tx,
    market: &Market,
    in_use: &InUse,
    predicted: &[Predicted<'_>],
    at: &Moment,
) -> Result<(), StoreError> {
    // Not of the moment's own identifiers, which the scores have: chance of its own.
    let entropy = market.chance().number();
    let mut ids = Moment { entropy, ..at.clone() }.ids();
    let mut rows = Vec::new();
    for one in predicted {
        let moment = one.features.moment();
        let delay = in_use.policy.delay();
        let goal = (
            &in_use.goal,
            in_use.policy.prior(),
            one.score.probability,
            in_use.policy.goal().settles(moment, delay),
        );
        rows.extend(said(one, goal, &mut || ids.next()));
        if let Some(chance) = in_use.cold(one.features) {
            let settles = in_use.policy.cold().settles(moment, delay);
            let cold = (&in_use.cold, LeadPolicy::cold_prior(), chance, settles);
            rows.extend(said(one, cold, &mut || ids.next()));
        }
    }
    records::ledger::add(tx, rows).await
}

fn said(
    one: &Predicted<'_>,
    (side, prior, probability, settle_at): (&Side, &Prior, f64, Timestamp),
    id: &mut dyn FnMut() -> Ulid,
) -> Vec<NewPrediction> {
    let row = |(model, probability): (String, f64)| NewPrediction {
        id: id(),
        contact: one.contact,
        kind: side.kind,
        question: side.question.clone(),
        model,
        at: one.features.moment(),
        probability,
        features: one.features.hash().to_string(),
        settle_at,
    };
    side.said(prior, one.features, probability).into_iter().map(row).collect()
}
