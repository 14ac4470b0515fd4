use boxed::boxed;
use jiff::civil::Date;
use kernel::PolicyKey;

use super::{BoardQuery, Growth, GrowthError, policies::load};
use crate::{
    assess::assess_all,
    backtest::{self, Claim, Report, Silence},
    history::RecordedPrediction,
    indicators::{IndicatorInputs, Indicators, indicators},
    plan::{Action, ActionStatus},
    records,
};

/// Starts the resampling behind the intervals: always the same, so that the same ledger gives the same report.
const RESAMPLING_SEED: u64 = 1;

/// Which predictions are held against which outcomes.
#[derive(Clone, Debug, PartialEq)]
pub struct BacktestRequest {
    /// `None`: what the ledger recorded at the time. Some policy: what it would have said of the same snapshots.
    pub policy: Option<PolicyKey>,
    /// Outcomes count up to so many days after the prediction.
    pub window_days: u32,
    /// The chance from which on a win was expected.
    pub threshold: f64,
    /// What a client without an outcome counts as.
    pub silence: Silence,
}

impl Default for BacktestRequest {
    fn default() -> Self {
        Self { policy: None, window_days: 90, threshold: 0.5, silence: Silence::Excluded }
    }
}

#[boxed]
impl Growth {
    /// Holds every snapshot's predictions against the outcomes recorded since.
    ///
    /// # Errors
    /// [`GrowthError::UnknownPolicy`], or when the database fails.
    pub async fn backtest(&self, request: &BacktestRequest) -> Result<Report, GrowthError> {
        let mut predicted = match &request.policy {
            None => records::predictions(&self.db).await?,
            Some(key) => self.hindsight(key).await?,
        };
        // The resampling draws by place: one order for both sources.
        predicted.sort_by(|one, two| (one.as_of, &one.client_id).cmp(&(two.as_of, &two.client_id)));
        let outcomes = records::outcomes(&self.db).await?;
        let request = request.clone();
        let work = move || {
            let claims = predicted.iter().map(|one| Claim {
                client_id: &one.client_id,
                as_of: one.as_of,
                probability: one.probability,
            });
            let pairs = backtest::pair(claims, &outcomes, request.window_days, request.silence);
            Ok(backtest::run(&pairs, request.threshold, RESAMPLING_SEED)?)
        };
        tokio::task::spawn_blocking(work).await.map_err(|_| GrowthError::Interrupted)?
    }

    /// What a policy would have said of every snapshot.
    async fn hindsight(&self, key: &PolicyKey) -> Result<Vec<RecordedPrediction>, GrowthError> {
        let policy = load(&self.db, key).await?;
        let mut predicted = Vec::new();
        for snapshot in records::snapshots(&self.db).await?.iter().rev() {
            let clients = records::clients(&self.db, snapshot.id, snapshot.currency).await?;
            let assessments = assess_all(&clients, &policy, snapshot.as_of);
            predicted.extend(assessments.into_iter().map(|assessment| RecordedPrediction {
                client_id: assessment.client_id,
                as_of: assessment.as_of,
                probability: assessment.success_probability,
            }));
        }
        Ok(predicted)
    }

    /// Leading, lagging and health indicators on a day: from the current plan, from work done under earlier
    /// ones, and from the outcomes.
    ///
    /// # Errors
    /// [`GrowthError::NoSnapshot`], or when the database fails.
    pub async fn indicators(&self, on: Date) -> Result<Indicators, GrowthError> {
        let board = self.board(BoardQuery::default()).await?;
        let current = records::current_plan(&self.db).await?.map(|plan| plan.id);
        let actions: Vec<Action> = records::all_actions(&self.db)
            .await?
            .into_iter()
            .filter(|one| Some(one.plan_id) == current || one.action.status == ActionStatus::Done)
            .map(|one| one.action)
            .collect();
        let inputs = IndicatorInputs {
            actions: &actions,
            outcomes: &board.outcomes,
            assessments: &board.assessments,
            as_of: on,
            currency: board.snapshot.currency,
        };
        Ok(indicators(&inputs, &board.policy.document().plan)?)
    }
}
