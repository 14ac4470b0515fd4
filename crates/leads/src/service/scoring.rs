use std::{collections::HashMap, future::Future, pin::Pin};

use boxed::boxed;
use contacts::Sight;
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Moment, PersonId};
use learn::odds;
use markets::{Market, PersonKeys, SealingKey};
use store::{StoreError, Tx};

use super::{
    models::{self, InUse, Predicted},
    overriding,
    policy::{self, Current},
    ranking::{self, Ranking},
    sealed,
    timeline::{ids, timelines},
    unsealed, zone,
};
use crate::{
    Leads, LeadsError,
    features::Features,
    overlay::{self, Effective, Override},
    records::{
        lead::{self, Due, Scored},
        score::{self, StoredScore},
    },
    score::{Basis, LeadScore, Reason, Scorer},
    timeline::{LeadSource, Timeline, What},
};

/// Leads scored in one transaction: enough that what a batch costs once hardly counts, few enough that others who want
/// to write wait for some tens of milliseconds.
const BATCH: usize = 250;
/// A score that moved less than this, without news, is not kept in the history: half a point.
const MOVED_MIN: f64 = 0.005;
/// How long ago something may have happened for the score that follows to be news: what waits longer on its way is as urgent
/// as anything else.
const NEWS: SignedDuration = SignedDuration::from_mins(15);
/// Reasons kept of a score of the past.
const REASONS_KEPT: usize = 5;

/// The answer of a [`ScoreWitness`].
pub type ScoreTelling<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// Who has to hear of scores: in the transaction that keeps them, so that both happen or neither.
pub trait ScoreWitness: Send + Sync {
    /// A lead was scored, or another band became its own because others moved.
    fn scored<'a>(&'a self, tx: &'a mut Tx, told: &'a ToldScore<'a>) -> ScoreTelling<'a>;
}

/// What a [`ScoreWitness`] is told.
#[derive(Clone, Copy)]
pub struct ToldScore<'a> {
    /// Where.
    pub market: &'a Market,
    /// The person's key: what is kept of them is sealed under it.
    pub key: &'a SealingKey,
    /// Of whom.
    pub contact: PersonId,
    /// The score, with its standing.
    pub score: &'a LeadScore,
    /// The chance that counts, and a person's word on it.
    pub effective: Effective<'a>,
    /// Whether something that happened just now made this score. What was told of the past, silence, and a place that became
    /// free did not.
    pub is_news: bool,
    /// When, by whom.
    pub at: &'a Moment,
}

/// What [`Leads::score_due`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ScoredReport {
    /// Who was scored.
    pub scored: Vec<PersonId>,
    /// Whether others wait: call again.
    pub more: bool,
    /// When the next score grows old, if nothing happens before.
    pub next: Option<Timestamp>,
}

/// A lead with its new score, before it is kept.
struct Made<'a> {
    due: &'a Due,
    key: &'a SealingKey,
    features: Features,
    score: LeadScore,
    said: Vec<Override>,
    past: Past,
    cold: Option<f64>,
}

/// What of a timeline stands in a lead's row.
#[derive(Default)]
struct Past {
    arrived_at: Option<Timestamp>,
    source: Option<LeadSource>,
    first_action_at: Option<Timestamp>,
    last_activity_at: Option<Timestamp>,
}

#[boxed]
impl Leads {
    /// Scores the open leads of which there are news, and those whose score has grown old, at most `limit`; ranks all
    /// open ones again, also where only a place became free, and tells the witnesses, in one transaction per some hundreds.
    /// Where two score at once, on two nodes, each lead is scored by one of them. The first call in a process also makes
    /// leads of contacts that have none; and whenever stages have another meaning than before, those who are in them end, or
    /// are open again.
    ///
    /// # Errors
    /// When the market fails; batches before the failure are kept.
    pub async fn score_due(
        &self,
        market: &Market,
        now: Timestamp,
        limit: usize,
    ) -> Result<ScoredReport, LeadsError> {
        let at = moment(market, now);
        let adopting = self.adopt(market, &at).await?;
        self.follow_stages(market, &at).await?;
        let due = lead::due(market.db(), at.at(), limit.max(1)).await?;
        let mut report = ScoredReport { more: adopting || due.len() >= limit, ..ScoredReport::default() };
        let policy = policy::current(self, market).await?;
        // Who is won or lost makes room, and nothing else may be due.
        let has_room = due.is_empty() && ranking::has_room(market.db(), &policy.capacity).await?;
        if !due.is_empty() || has_room {
            let in_use = models::in_use(self, market, &policy).await?;
            let batches: Vec<&[Due]> = if has_room { vec![&[]] } else { due.chunks(BATCH).collect() };
            for batch in batches {
                report.scored.extend(self.score_batch(market, &policy, &in_use, batch, &at).await?);
            }
        }
        report.next = lead::next_rescore(market.db()).await?;
        Ok(report)
    }

    /// The score that a lead has by what was known at `as_of`, made by the policy and model of today: how a score came
    /// about can be asked again at any time. It is kept nowhere and has no standing.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`] when it is not there or not in sight, or when the market fails.
    pub async fn score_as_of(
        &self,
        market: &Market,
        sight: Sight,
        id: PersonId,
        as_of: Timestamp,
    ) -> Result<LeadScore, LeadsError> {
        let contact = self.contacts.get(market, sight, id).await?;
        let timeline = self.timeline(market, contact.id).await?;
        let policy = policy::current(self, market).await?;
        let in_use = models::in_use(self, market, &policy).await?;
        let features = Features::as_of(&timeline, as_of, &zone(market));
        Ok(scorer(&policy, &in_use).score(&features))
    }

    async fn score_batch(
        &self,
        market: &Market,
        policy: &Current,
        in_use: &InUse,
        due: &[Due],
        at: &Moment,
    ) -> Result<Vec<PersonId>, LeadsError> {
        let contacts: Vec<PersonId> = due.iter().map(|due| due.contact).collect();
        let keys = market.person_keys(&contacts).await?;
        let timelines = timelines(market, &keys, &contacts).await?;
        let mut said = overriding::in_force(market, market.db(), &keys, &contacts, at.at()).await?;
        let mut made = make(policy, in_use, due, &keys, &timelines, &mut said, market, at);
        // Rows are locked in one order, whoever scores.
        made.sort_unstable_by_key(|made| made.due.contact);
        let rows = made
            .iter()
            .map(|made| row(market, made, policy, at))
            .collect::<Result<Vec<Scored>, LeadsError>>()?;

        let mut tx = market.db().begin().await?;
        tx.one_at_a_time("lead_ranking").await?;
        for due in due.iter().filter(|due| keys.get(due.contact).is_none()) {
            lead::rest(&mut tx, due.contact).await?;
        }
        let mut kept = Vec::with_capacity(made.len());
        for (made, row) in made.into_iter().zip(rows) {
            if lead::scored(&mut tx, row).await? {
                kept.push(made);
            }
        }
        let scored: Vec<PersonId> = kept.iter().map(|made| made.due.contact).collect();
        let ranking = ranking::rank(&mut tx, &policy.capacity, &scored).await?;
        give_standings(&mut tx, policy, &ranking, &mut kept).await?;
        score::add(&mut tx, history(market, &kept, at)?).await?;
        let predicted: Vec<Predicted<'_>> = kept
            .iter()
            .map(|made| Predicted { contact: made.due.contact, features: &made.features, score: &made.score })
            .collect();
        models::note_predictions(&mut tx, market, in_use, &predicted, at).await?;
        for made in &kept {
            let effective = overlay::effective(made.score.probability, &made.said, at.at());
            let (key, contact, score) = (made.key, made.due.contact, &made.score);
            let is_news = made.due.news && made.past.is_of_now(at.at());
            let told = ToldScore { market, key, contact, score, effective, is_news, at };
            self.tell_score(&mut tx, &told).await?;
        }
        self.tell_moved(&mut tx, market, policy, &ranking, &scored, at).await?;
        tx.commit().await?;
        Ok(scored)
    }

    async fn tell_score(&self, tx: &mut Tx, told: &ToldScore<'_>) -> Result<(), StoreError> {
        for witness in self.score_witnesses() {
            witness.scored(tx, told).await?;
        }
        Ok(())
    }

    /// Tells of leads that were not scored and have another band all the same.
    async fn tell_moved(
        &self,
        tx: &mut Tx,
        market: &Market,
        policy: &Current,
        ranking: &Ranking,
        scored: &[PersonId],
        at: &Moment,
    ) -> Result<(), LeadsError> {
        let mut moved: Vec<PersonId> = ranking
            .changed
            .iter()
            .copied()
            .filter(|contact| scored.binary_search(contact).is_err())
            .collect();
        if moved.is_empty() || self.score_witnesses().is_empty() {
            return Ok(());
        }
        moved.sort_unstable();
        let keys = market.person_keys(&moved).await?;
        let mut said = overriding::in_force(market, &mut *tx, &keys, &moved, at.at()).await?;
        let details = lead::details(tx, &moved).await?;
        let margins: Vec<f64> = details.iter().map(|detail| detail.margin).collect();
        let (ranks, of) = ranking::ranks(&mut *tx, &margins).await?;
        for (detail, rank) in details.iter().zip(ranks) {
            let contact = detail.contact;
            let (Some(key), Some(band)) = (keys.get(contact), ranking.bands.get(&contact)) else { continue };
            let mut score = detail_of(market, key, contact, &detail.detail)?;
            score.standing = Some(ranking::standing(*band, rank, of, &policy.capacity));
            let said = said.remove(&contact).unwrap_or_default();
            let effective = overlay::effective(score.probability, &said, at.at());
            let told = ToldScore { market, key, contact, score: &score, effective, is_news: false, at };
            self.tell_score(tx, &told).await?;
        }
        Ok(())
    }
}

/// The moment of a worker's doing: no person acts, so chance comes from the market.
pub(super) fn moment(market: &Market, now: Timestamp) -> Moment {
    Moment { now, actor: Actor::new("leads"), entropy: market.chance().number() }
}

fn scorer<'a>(policy: &'a Current, in_use: &'a InUse) -> Scorer<'a> {
    in_use.scorer(&policy.prior)
}

/// Scores what can be opened.
#[expect(clippy::too_many_arguments, reason = "a batch is what was loaded of it, each its own kind")]
fn make<'a>(
    policy: &Current,
    in_use: &InUse,
    due: &'a [Due],
    keys: &'a PersonKeys,
    timelines: &HashMap<PersonId, Timeline>,
    said: &mut HashMap<PersonId, Vec<Override>>,
    market: &Market,
    at: &Moment,
) -> Vec<Made<'a>> {
    let (zone, scorer, untold) = (zone(market), scorer(policy, in_use), Timeline::default());
    let one = |due: &'a Due| {
        let key = keys.get(due.contact)?;
        let timeline = timelines.get(&due.contact).unwrap_or(&untold);
        let features = Features::as_of(timeline, at.at(), &zone);
        let said = said.remove(&due.contact).unwrap_or_default();
        let (past, cold) = (Past::of(timeline, at.at()), in_use.cold(&features));
        Some(Made { due, key, score: scorer.score(&features), features, said, past, cold })
    };
    due.iter().filter_map(one).collect()
}

impl Past {
    fn of(timeline: &Timeline, now: Timestamp) -> Self {
        let view = timeline.as_of(now);
        let mut past = Self { arrived_at: view.first().map(|first| first.at), ..Self::default() };
        for happening in view.happenings() {
            if let What::Arrived { source } = happening.what
                && past.source.is_none()
            {
                (past.source, past.arrived_at) = (Some(source), Some(happening.at));
            }
            if happening.what.is_activity() {
                past.last_activity_at = Some(happening.at);
            }
        }
        let since = past.arrived_at;
        let mut ours = view.happenings().iter().filter(|happening| happening.what.outbound().is_some());
        past.first_action_at =
            ours.find(|happening| Some(happening.at) >= since).map(|happening| happening.at);
        past
    }

    /// Whether they came, or did something of their own accord, just now.
    fn is_of_now(&self, now: Timestamp) -> bool {
        let last = self.last_activity_at.max(self.arrived_at);
        last.is_some_and(|last| now.duration_since(last) <= NEWS)
    }
}

fn row(market: &Market, made: &Made<'_>, policy: &Current, at: &Moment) -> Result<Scored, LeadsError> {
    let (contact, score) = (made.due.contact, &made.score);
    let effective = overlay::effective(score.probability, &made.said, at.at());
    // When a person's word ends, the computed chance counts again.
    let ends = made.said.iter().map(Override::until).min();
    let rescore_at = at.at().saturating_add(policy.policy.rescore()).unwrap_or(Timestamp::MAX);
    let (basis, model) = basis(&score.basis);
    Ok(Scored {
        contact,
        revision: made.due.revision,
        scored_before: made.due.scored_at,
        at: at.at(),
        rescore_at: ends.map_or(rescore_at, |ends| ends.min(rescore_at)),
        arrived_at: made.past.arrived_at,
        source: made.past.source.map(LeadSource::id),
        first_action_at: made.past.first_action_at,
        last_activity_at: made.past.last_activity_at,
        probability: score.probability,
        lower: score.interval.lower,
        upper: score.interval.upper,
        effective: effective.probability,
        margin: odds::logit(effective.probability),
        basis,
        model,
        features: score.features.to_string(),
        cold_probability: made.cold,
        detail: sealed(market, made.key, "lead", &contact.to_string(), "detail_sealed", score)?,
    })
}

/// What a score rests on, as columns say it.
fn basis(basis: &Basis) -> (&'static str, String) {
    match basis {
        Basis::Prior { policy, .. } => ("prior", policy.to_string()),
        Basis::Model { id, version, .. } => ("model", format!("{id} v{version}")),
    }
}

/// Opens the score that a lead's row holds.
pub(super) fn detail_of(
    market: &Market,
    key: &SealingKey,
    contact: PersonId,
    detail: &[u8],
) -> Result<LeadScore, LeadsError> {
    unsealed(market, key, "lead", &contact.to_string(), "detail_sealed", detail)
}

async fn give_standings(
    tx: &mut Tx,
    policy: &Current,
    ranking: &Ranking,
    made: &mut [Made<'_>],
) -> Result<(), LeadsError> {
    let margins: Vec<f64> = made.iter().map(|made| effective_margin(&made.score, &made.said)).collect();
    let (ranks, of) = ranking::ranks(tx, &margins).await?;
    for (made, rank) in made.iter_mut().zip(ranks) {
        let band = ranking.bands.get(&made.due.contact);
        made.score.standing = band.map(|band| ranking::standing(*band, rank, of, &policy.capacity));
    }
    Ok(())
}

fn effective_margin(score: &LeadScore, said: &[Override]) -> f64 {
    odds::logit(overlay::effective(score.probability, said, score.as_of).probability)
}

/// What is new in the scores.
fn history(market: &Market, made: &[Made<'_>], at: &Moment) -> Result<Vec<StoredScore>, LeadsError> {
    let mut ids = ids(market, at);
    let mut rows = Vec::new();
    for made in made {
        let (due, score) = (made.due, &made.score);
        let (basis, model) = basis(&score.basis);
        let other = due.basis.as_deref() != Some(basis) || due.model.as_ref() != Some(&model);
        let moved = due.probability.is_none_or(|before| (before - score.probability).abs() >= MOVED_MIN);
        let Some(standing) = score.standing.filter(|_| due.news || moved || other) else { continue };
        let id = ids.next();
        let reasons: Vec<&Reason> = score.reasons.iter().take(REASONS_KEPT).collect();
        rows.push(StoredScore {
            id,
            contact: due.contact,
            at: at.at(),
            probability: score.probability,
            lower: score.interval.lower,
            upper: score.interval.upper,
            band: standing.band,
            basis: basis.to_owned(),
            model,
            features: score.features.to_string(),
            detail: sealed(market, made.key, "lead_score", &id.to_string(), "detail_sealed", &reasons)?,
        });
    }
    Ok(rows)
}
