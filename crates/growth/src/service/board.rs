use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};

use boxed::boxed;
use finance::Correlation;
use kernel::{Arr, Mrr, PolicyKey, Ulid};
use rust_decimal::Decimal;

use super::{Growth, GrowthError, policies::load};
use crate::{
    assess::assess_all,
    assessment::{Assessment, Tier},
    history::HistoryPoint,
    metrics::{ClientId, ClientMetrics},
    movement::{self, Movement},
    outcome::Outcome,
    policy::Policy,
    posterior::{self, Posterior},
    projection::{Goal, Opportunity, Projection, opportunities, project},
    records,
    settings::Settings,
    snapshot::SnapshotSummary,
};

/// Boards kept in memory: the live one, the previous snapshot's, and a few that somebody is comparing.
const BOARDS_KEPT: usize = 6;

/// Which board.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BoardQuery {
    /// The snapshot; `None`: the latest.
    pub snapshot: Option<Ulid>,
    /// The policy; `None`: the active one.
    pub policy: Option<PolicyKey>,
}

/// One snapshot under one policy, with what happened since: what every page and answer is made of.
#[derive(Clone, Debug)]
pub struct Board {
    /// The snapshot.
    pub snapshot: SnapshotSummary,
    /// The policy.
    pub policy: Policy,
    /// The clients, in the source's order.
    pub clients: Arc<[ClientMetrics]>,
    /// Their assessments, in the same order.
    pub assessments: Arc<[Assessment]>,
    /// The settings.
    pub settings: Settings,
    /// Every outcome that stands, by day.
    pub outcomes: Vec<Outcome>,
    /// What the outcomes make of the rule, per tier.
    pub posteriors: BTreeMap<Tier, Posterior>,
    places: Arc<HashMap<ClientId, usize>>,
}

impl Board {
    /// A client and its assessment.
    pub fn client(&self, id: &ClientId) -> Option<(&ClientMetrics, &Assessment)> {
        let place = *self.places.get(id)?;
        Some((self.clients.get(place)?, self.assessments.get(place)?))
    }

    /// Every client with its assessment, in the source's order.
    pub fn pairs(&self) -> Vec<(&ClientMetrics, &Assessment)> {
        self.clients.iter().zip(self.assessments.iter()).collect()
    }

    /// Monthly recurring revenue today: as set by the team, else the sum of the snapshot's clients.
    ///
    /// # Errors
    /// When the settings are in another currency than the snapshot.
    pub fn current_mrr(&self) -> Result<Mrr, GrowthError> {
        let currency = self.snapshot.currency;
        match self.settings.current_mrr {
            Some(amount) => self.same_currency().map(|()| Mrr::new(amount, currency)),
            None => {
                Ok(Mrr::new(self.clients.iter().map(|client| client.current_mrr.amount()).sum(), currency))
            }
        }
    }

    /// The goal.
    ///
    /// # Errors
    /// When the settings are in another currency than the snapshot.
    pub fn goal_mrr(&self) -> Result<Mrr, GrowthError> {
        self.same_currency().map(|()| self.settings.goal())
    }

    fn same_currency(&self) -> Result<(), GrowthError> {
        let (settings, snapshot) = (self.settings.currency, self.snapshot.currency);
        if settings == snapshot { Ok(()) } else { Err(GrowthError::SettingsCurrency { settings, snapshot }) }
    }

    /// The outcomes decided after the snapshot's day: the snapshot does not know them yet.
    pub fn decided_since(&self) -> impl Iterator<Item = &Outcome> {
        self.outcomes.iter().filter(|outcome| outcome.occurred_on > self.snapshot.as_of)
    }

    /// Annual revenue signed after the snapshot's day.
    pub fn signed_since(&self) -> Arr {
        let currency = self.snapshot.currency;
        let won = self.decided_since().filter(|outcome| outcome.won() && outcome.arr.currency() == currency);
        Arr::new(won.map(|outcome| outcome.arr.amount()).sum::<Decimal>(), currency)
    }

    /// What is believed of an assessment's chance after the recorded outcomes of its tier: the rule itself while
    /// there are none.
    ///
    /// # Errors
    /// When the policy's posterior section gives no belief.
    pub fn posterior(&self, assessment: &Assessment) -> Result<Posterior, GrowthError> {
        let section = &self.policy.document().posterior;
        let rule = assessment.success_probability;
        Ok(match self.posteriors.get(&assessment.tier) {
            Some(of_tier) => of_tier.of_client(rule, section)?,
            None => posterior::update(rule, 0, 0, section)?,
        })
    }

    /// What can still be won: every client with potential that was not decided since the snapshot, with the
    /// chance that is believed now.
    ///
    /// # Errors
    /// As [`Board::posterior`].
    pub fn opportunities(&self) -> Result<Vec<Opportunity>, GrowthError> {
        let decided: HashSet<&ClientId> = self.decided_since().map(|outcome| &outcome.client_id).collect();
        let open: Vec<&Assessment> =
            self.assessments.iter().filter(|one| !decided.contains(&one.client_id)).collect();
        // One belief per tier and rule: thousands of clients share a few hundred of them.
        let mut believed: HashMap<(Tier, u64), f64> = HashMap::new();
        let mut found = opportunities(open.iter().copied());
        for opportunity in &mut found {
            let Some((_, assessment)) = self.client(&ClientId::new(opportunity.id.clone())) else { continue };
            let key = (assessment.tier, assessment.success_probability.to_bits());
            let mean = match believed.get(&key) {
                Some(mean) => *mean,
                None => *believed.entry(key).or_insert(self.posterior(assessment)?.mean),
            };
            opportunity.probability = mean.clamp(0.0, 1.0);
        }
        Ok(found)
    }

    /// What the open opportunities will bring, from today's revenue and what was signed since the snapshot.
    /// Without a correlation the settings' one is used.
    ///
    /// # Errors
    /// When currencies differ or the sum is too large to be counted exactly.
    pub fn projection(&self, correlation: Option<Correlation>) -> Result<Projection, GrowthError> {
        // Settings keep the correlation in range, so the fallback is never taken.
        let saved = Correlation::new(self.settings.correlation).unwrap_or(Correlation::NONE);
        let current = self.current_mrr()?.plus(self.signed_since().per_month())?;
        let goal = Goal::MrrLevel(self.goal_mrr()?);
        Ok(project(&self.opportunities()?, current, goal, correlation.unwrap_or(saved))?)
    }
}

/// What changed between the latest two snapshots.
#[derive(Clone, Debug)]
pub struct SnapshotMovement {
    /// The earlier snapshot.
    pub before: SnapshotSummary,
    /// The latest.
    pub after: SnapshotSummary,
    /// Who came, who left, who moved and by which factor.
    pub movement: Movement,
}

/// Boards in memory, the one used last at the end.
#[derive(Default)]
pub(super) struct Shelf {
    boards: Vec<Shelved>,
    movement: Option<(i64, Option<Arc<SnapshotMovement>>)>,
}

struct Shelved {
    query: BoardQuery,
    revision: i64,
    board: Arc<Board>,
}

impl Shelf {
    /// The board for this question, if nothing changed since it was put here.
    fn current(&mut self, query: &BoardQuery, revision: i64) -> Option<Arc<Board>> {
        let place = self.boards.iter().position(|one| one.revision == revision && one.query == *query)?;
        let found = self.boards.remove(place);
        let board = found.board.clone();
        self.boards.push(found);
        Some(board)
    }

    /// A board of this snapshot and policy: both never change, only what happened since does.
    fn same(&self, snapshot: Ulid, policy: &PolicyKey) -> Option<&Board> {
        let mut boards = self.boards.iter().map(|one| &*one.board);
        boards.find(|board| board.snapshot.id == snapshot && board.policy.key() == policy)
    }

    fn keep(&mut self, query: BoardQuery, revision: i64, board: Arc<Board>) {
        self.boards.retain(|one| one.query != query);
        if self.boards.len() >= BOARDS_KEPT {
            self.boards.remove(0);
        }
        self.boards.push(Shelved { query, revision, board });
    }
}

#[boxed]
impl Growth {
    /// One snapshot under one policy; from memory while nothing changed, also by another process.
    ///
    /// # Errors
    /// [`GrowthError::NoSnapshot`], [`GrowthError::UnknownSnapshot`], [`GrowthError::UnknownPolicy`], or when
    /// the database fails.
    pub async fn board(&self, query: BoardQuery) -> Result<Arc<Board>, GrowthError> {
        let revision = records::revision(&self.db).await?;
        // Held while loading: of many pages that ask at once one loads and the others find it.
        let mut shelf = self.boards.lock().await;
        if let Some(board) = shelf.current(&query, revision) {
            return Ok(board);
        }
        let snapshot = match query.snapshot {
            Some(id) => self.snapshot(id).await?,
            None => {
                let latest = records::latest_snapshots(&self.db, 1).await?;
                latest.into_iter().next().ok_or(GrowthError::NoSnapshot)?
            }
        };
        let key = match &query.policy {
            Some(key) => key.clone(),
            None => self.active_policy().await?,
        };
        let settings = records::settings(&self.db).await?.settings;
        let outcomes = records::outcomes(&self.db).await?;
        let mut board = match shelf.same(snapshot.id, &key) {
            Some(known) => Board { snapshot, settings, outcomes, ..known.clone() },
            None => {
                let policy = load(&self.db, &key).await?;
                let clients = records::clients(&self.db, snapshot.id, snapshot.currency).await?;
                assembled(snapshot, policy, clients, settings, outcomes)
            }
        };
        let section = &board.policy.document().posterior;
        board.posteriors = posterior::by_tier(&board.assessments, &board.outcomes, section)?;
        let board = Arc::new(board);
        shelf.keep(query, revision, board.clone());
        Ok(board)
    }

    /// What changed between the latest two snapshots under the active policy; `None` while there is only one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn movement(&self) -> Result<Option<Arc<SnapshotMovement>>, GrowthError> {
        let revision = records::revision(&self.db).await?;
        if let Some((_, known)) = self.boards.lock().await.movement.as_ref().filter(|kept| kept.0 == revision)
        {
            return Ok(known.clone());
        }
        let latest = records::latest_snapshots(&self.db, 2).await?;
        let found = match latest.as_slice() {
            [after, before] => Some(Arc::new(self.movement_between(before.id, after.id).await?)),
            _ => None,
        };
        self.boards.lock().await.movement = Some((revision, found.clone()));
        Ok(found)
    }

    /// What changed between two snapshots under the active policy.
    ///
    /// # Errors
    /// [`GrowthError::UnknownSnapshot`], or when the database fails.
    pub async fn movement_between(&self, before: Ulid, after: Ulid) -> Result<SnapshotMovement, GrowthError> {
        let before = self.board(BoardQuery { snapshot: Some(before), policy: None }).await?;
        let after = self.board(BoardQuery { snapshot: Some(after), policy: None }).await?;
        Ok(SnapshotMovement {
            movement: movement::compare(&before.assessments, &after.assessments),
            before: before.snapshot.clone(),
            after: after.snapshot.clone(),
        })
    }

    /// Everything that was predicted of a client, the oldest day first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn client_history(&self, id: &ClientId) -> Result<Vec<HistoryPoint>, GrowthError> {
        Ok(records::history(&self.db, id).await?)
    }
}

fn assembled(
    snapshot: SnapshotSummary,
    policy: Policy,
    clients: Vec<ClientMetrics>,
    settings: Settings,
    outcomes: Vec<Outcome>,
) -> Board {
    let assessments = assess_all(&clients, &policy, snapshot.as_of).into();
    let places = clients.iter().enumerate().map(|(place, client)| (client.client_id.clone(), place));
    let places = Arc::new(places.collect());
    let posteriors = BTreeMap::new();
    Board { snapshot, policy, assessments, places, clients: clients.into(), settings, outcomes, posteriors }
}
