use boxed::boxed;
use jiff::Timestamp;
use learn::{
    evaluate::Report,
    fairness::impact::{Chosen, ImpactReport, four_fifths},
    registry::{Lineage, Stage},
};
use markets::Market;
use serde::Serialize;

use super::{in_use, prior, question};
use crate::{
    Leads, LeadsError,
    band::Band,
    learning::{Kind, Trial},
    policy::LeadPolicy,
    records::{self, model::StoredModel},
    score::Outcomes,
    service::{
        drifting::{self, Seen},
        policy,
    },
    timeline::LeadSource,
};

/// Everything that is known of a market's models: what a page shows.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelsView {
    /// Whether a lead reaches the goal.
    pub goal: KindView,
    /// Whether an active lead goes cold.
    pub cold: KindView,
    /// How often leads from each source stand in a band: the four-fifths rule. No protected attribute is known of a
    /// contact, by design; how they came is what can be told of groups.
    pub fairness: Vec<BandFairness>,
}

/// Who answers one kind of question, and how well.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct KindView {
    /// Which.
    pub kind: Kind,
    /// The question in words.
    pub question: String,
    /// Who answers now, as the ledger names it: `prior leads_prior v1`, `v3`.
    pub in_force: String,
    /// What is there, and missing, until a model may answer.
    pub switch: Switch,
    /// The champion, if there is one.
    pub champion: Option<ModelRecord>,
    /// Challengers and shadows, the newest first.
    pub challengers: Vec<ModelRecord>,
    /// Every model that there ever was, the newest first.
    pub lineage: Vec<ModelRecord>,
    /// How the champion was judged when it was trained; without one, the newest on trial. Where a report cannot be read, that
    /// of the next.
    pub report: Option<TrainingReport>,
    /// Models in use, or on trial, whose report is in a form that this program does not read.
    pub unreadable: Vec<u32>,
    /// What was last seen of who answers: its worth on the ledger with reliability and lift, and drift.
    pub seen: Option<Seen>,
    /// Predictions on record.
    pub predictions: u64,
    /// Those whose end is not known yet.
    pub waiting: u64,
}

/// How a model was judged when it was trained.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TrainingReport {
    /// Which.
    pub version: u32,
    /// What it is worth on contacts who came later than those that it learned from.
    pub report: Report,
}

/// How far it is from the prior rule to a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Switch {
    /// Leads whose end is known, as counted last.
    pub outcomes: Outcomes,
    /// How many it takes.
    pub needed: Outcomes,
    /// How many are missing of each.
    pub missing: Outcomes,
    /// When they were counted; none before the first time.
    pub counted_at: Option<Timestamp>,
}

/// A model on record.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ModelRecord {
    /// Which question it answers.
    pub kind: Kind,
    /// Counts up from 1 within the kind.
    pub version: u32,
    /// What it is used for.
    pub stage: Stage,
    /// The question in words.
    pub question: String,
    /// When it was trained.
    pub trained_at: Timestamp,
    /// Who had it trained, as the audit chain names them.
    pub trained_by: String,
    /// The version that it was trained to replace.
    pub parent: Option<u32>,
    /// Where it came from, with what was measured.
    pub lineage: Lineage,
    /// How its trial stands, or ended.
    pub trial: Option<Trial>,
    /// Why it is not asked any more.
    pub retired_because: Option<String>,
}

/// How often leads from each source stand in a band.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct BandFairness {
    /// In this band, or a higher one.
    pub band: Band,
    /// Source by source.
    pub report: ImpactReport,
}

/// The level of the intervals in a [`BandFairness`].
const FAIRNESS_LEVEL: f64 = 0.95;

#[boxed]
impl Leads {
    /// Everything that is known of a market's models.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn models(&self, market: &Market) -> Result<ModelsView, LeadsError> {
        let current = policy::current(self, market).await?;
        let in_use = in_use(self, market, &current).await?;
        let goal = kind_view(market, &current.policy, Kind::Goal, in_use.in_force(Kind::Goal).0).await?;
        let cold = kind_view(market, &current.policy, Kind::Cold, in_use.in_force(Kind::Cold).0).await?;
        Ok(ModelsView { goal, cold, fairness: fairness(market).await? })
    }
}

async fn kind_view(
    market: &Market,
    policy: &LeadPolicy,
    kind: Kind,
    in_force: String,
) -> Result<KindView, LeadsError> {
    let stored = records::model::lineup(market.db(), kind).await?;
    let needed = &prior(policy, kind).document().switch;
    let needed = Outcomes { positive: needed.positive_min, negative: needed.negative_min };
    let outcomes = stored.outcomes;
    let missing = Outcomes {
        positive: needed.positive.saturating_sub(outcomes.positive),
        negative: needed.negative.saturating_sub(outcomes.negative),
    };
    let lineage: Vec<ModelRecord> = records::model::models(market.db(), kind)
        .await?
        .into_iter()
        .filter_map(|model| {
            let stage = stored.lineup.stage(&model.version.to_string())?;
            Some(record(model, stage))
        })
        .collect();
    let of =
        |stages: &[Stage]| lineage.iter().filter(|model| stages.contains(&model.stage)).cloned().collect();
    let champion = lineage.iter().find(|model| model.stage == Stage::Champion).cloned();
    let challengers: Vec<ModelRecord> = of(&[Stage::Challenger, Stage::Shadow]);
    let (mut report, mut unreadable) = (None, Vec::new());
    for model in champion.iter().chain(&challengers).map(|model| model.version) {
        let Some(text) = records::model::report(market.db(), kind, model).await? else { continue };
        match Report::from_json(&text) {
            Ok(found) => report = report.or(Some(TrainingReport { version: model, report: found })),
            Err(error) => {
                tracing::warn!(market = %market.id(), %kind, version = model, %error, "the report of a model cannot be read");
                unreadable.push(model);
            }
        }
    }
    let question = question(policy, kind);
    let (predictions, waiting) = records::ledger::counts(market.db(), kind, &question).await?;
    let seen = drifting::last(market, kind).await?;
    // What was seen of another rule or model says nothing of the present one.
    let seen = seen.filter(|seen| seen.in_force == in_force && seen.question == question);
    Ok(KindView {
        kind,
        question,
        in_force,
        switch: Switch { outcomes, needed, missing, counted_at: stored.counted_at },
        champion,
        challengers,
        lineage,
        report,
        unreadable,
        seen,
        predictions,
        waiting,
    })
}

fn record(model: StoredModel, stage: Stage) -> ModelRecord {
    ModelRecord {
        kind: model.kind,
        version: model.version,
        stage,
        question: model.question,
        trained_at: model.trained_at,
        trained_by: model.trained_by,
        parent: model.parent,
        lineage: model.lineage,
        // A trial in a form that is not read any more begins anew with the next look.
        trial: model.trial.and_then(|text| serde_json::from_str(&text).ok()),
        retired_because: model.retired_because,
    }
}

async fn fairness(market: &Market) -> Result<Vec<BandFairness>, LeadsError> {
    let counted = records::ledger::bands_by_source(market.db()).await?;
    let name = |source: Option<LeadSource>| source.map_or("not told", LeadSource::id).to_owned();
    let mut groups: Vec<String> = counted.iter().map(|(source, _, _)| name(*source)).collect();
    groups.dedup();
    let chosen_in = |bands: &[Band]| -> Vec<Chosen> {
        let one = |group: &String| {
            let own = || counted.iter().filter(|(source, _, _)| name(*source) == *group);
            let chosen =
                own().filter(|(_, band, _)| bands.iter().any(|wanted| band.as_deref() == Some(wanted.id())));
            Chosen {
                group: group.clone(),
                rows: own().map(|(_, _, leads)| leads).sum(),
                chosen: chosen.map(|(_, _, leads)| leads).sum(),
            }
        };
        groups.iter().map(one).collect()
    };
    let of =
        |band, bands: &[Band]| BandFairness { band, report: four_fifths(&chosen_in(bands), FAIRNESS_LEVEL) };
    Ok(vec![of(Band::Hot, &[Band::Hot]), of(Band::Warm, &[Band::Hot, Band::Warm])])
}
