//! How the plan is going: leading (what is done), lagging (what came of it), health (what is in the pipe).
//!
//! Pure: actions, outcomes and assessments in, figures as of a day out. What happens after the day is not
//! counted, so that the figures of an earlier day can be asked for again.

use std::collections::{BTreeMap, BTreeSet};

use finance::wilson;
use jiff::{ToSpan, civil::Date};
use kernel::{Arr, Currency, CurrencyMismatch, Interval};
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{Assessment, Tier},
    metrics::ClientId,
    outcome::Outcome,
    plan::{Action, ActionStatus, OwnerId, monday_of},
    playbook::ActionKind,
    policy::PlanSection,
};

/// Mass of the win rates' intervals.
const LEVEL: f64 = 0.9;

/// Steps towards a contract, in order; nurturing comes before the first.
const STAGES: [ActionKind; 5] = [
    ActionKind::DiscoveryCall,
    ActionKind::ExecutivePresentation,
    ActionKind::CustomProposal,
    ActionKind::FollowUp,
    ActionKind::ContractReview,
];

/// What the figures are made from.
#[derive(Clone, Copy, Debug)]
pub struct IndicatorInputs<'a> {
    /// All actions of the current plan and of those before.
    pub actions: &'a [Action],
    /// All outcomes recorded.
    pub outcomes: &'a [Outcome],
    /// The latest assessments.
    pub assessments: &'a [Assessment],
    /// The day to speak of.
    pub as_of: Date,
    /// Currency of the amounts.
    pub currency: Currency,
}

/// The three groups.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Indicators {
    /// What is done, week by week, ascending.
    pub leading: Vec<WeekActivity>,
    /// What came of it.
    pub lagging: Lagging,
    /// What is in the pipe.
    pub health: Health,
}

/// One kind of action in one week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WeekActivity {
    /// Monday of the week.
    pub week: Date,
    /// The kind.
    pub kind: ActionKind,
    /// Due in the week; skipped ones are not counted.
    pub planned: u32,
    /// Done in the week, whenever they were due.
    pub done: u32,
}

/// What came of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lagging {
    /// Contracts signed.
    pub contracts: u64,
    /// Annual revenue signed.
    pub arr: Arr,
    /// All offers that ended.
    pub overall: WinRate,
    /// By the tier that the client is in now; clients that are no longer in the data are only in `overall`.
    pub by_tier: BTreeMap<Tier, WinRate>,
    /// Days from a client's first done action to its signature; `None` before the first.
    pub cycle: Option<CycleDays>,
}

/// Offers won and lost.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct WinRate {
    /// Won.
    pub won: u64,
    /// Lost.
    pub lost: u64,
    /// Won over both; `None` before the first.
    pub rate: Option<f64>,
    /// Range that holds the true rate (Wilson, 90 %).
    pub interval: Interval,
}

/// How long signatures took.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct CycleDays {
    /// Signatures counted.
    pub n: u64,
    /// Mean days.
    pub mean: f64,
    /// Median days.
    pub median: f64,
}

/// What is in the pipe.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Health {
    /// Opportunities without an outcome since their assessment.
    pub open: u64,
    /// Their added annual revenue if all sign.
    pub pipeline: Arr,
    /// The same, each times its chance; major units.
    pub weighted_arr: f64,
    /// From step to step, in order.
    pub stages: Vec<Stage>,
    /// Deals without progress for longer than the policy allows, the longest first.
    pub stalled: Vec<Stalled>,
}

/// Clients that reached a step, and how many went on.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// The step.
    pub kind: ActionKind,
    /// Clients for whom it was done.
    pub reached: u64,
    /// Of these, clients for whom a later step was done, or who signed.
    pub went_on: u64,
    /// `went_on` over `reached`; `None` when nobody reached it.
    pub conversion: Option<f64>,
}

/// A deal without progress.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stalled {
    /// The client.
    pub client_id: ClientId,
    /// Who works on it.
    pub owner: OwnerId,
    /// The last day that an action was done; while none was, the day the first was due.
    pub since: Date,
    /// Days since.
    pub days: u32,
}

/// The figures as of `inputs.as_of`.
///
/// # Errors
/// When amounts are not all in the inputs' currency.
pub fn indicators(
    inputs: &IndicatorInputs<'_>,
    section: &PlanSection,
) -> Result<Indicators, CurrencyMismatch> {
    let outcomes: Vec<&Outcome> =
        inputs.outcomes.iter().filter(|outcome| outcome.occurred_on <= inputs.as_of).collect();
    Ok(Indicators {
        leading: leading(inputs),
        lagging: lagging(inputs, &outcomes)?,
        health: health(inputs, &outcomes, section)?,
    })
}

/// The day an action was done, if by then.
fn done_by(action: &Action, as_of: Date) -> Option<Date> {
    action.done_on.filter(|day| action.status == ActionStatus::Done && *day <= as_of)
}

fn leading(inputs: &IndicatorInputs<'_>) -> Vec<WeekActivity> {
    let mut weeks: BTreeMap<(Date, ActionKind), (u32, u32)> = BTreeMap::new();
    for action in inputs.actions {
        if action.status != ActionStatus::Skipped {
            weeks.entry((monday_of(action.due), action.kind)).or_default().0 += 1;
        }
        if let Some(day) = done_by(action, inputs.as_of) {
            weeks.entry((monday_of(day), action.kind)).or_default().1 += 1;
        }
    }
    weeks
        .into_iter()
        .map(|((week, kind), (planned, done))| WeekActivity { week, kind, planned, done })
        .collect()
}

fn lagging(inputs: &IndicatorInputs<'_>, outcomes: &[&Outcome]) -> Result<Lagging, CurrencyMismatch> {
    let tiers: BTreeMap<&ClientId, Tier> =
        inputs.assessments.iter().map(|assessment| (&assessment.client_id, assessment.tier)).collect();
    let mut arr = Arr::zero(inputs.currency);
    let (mut overall, mut by_tier) = ((0, 0), BTreeMap::<Tier, (u64, u64)>::new());
    for outcome in outcomes {
        let won = outcome.won();
        if won {
            arr = arr.plus(outcome.arr)?;
        }
        count(&mut overall, won);
        if let Some(tier) = tiers.get(&outcome.client_id) {
            count(by_tier.entry(*tier).or_default(), won);
        }
    }
    Ok(Lagging {
        contracts: overall.0,
        arr,
        overall: rate(overall),
        by_tier: by_tier.into_iter().map(|(tier, tally)| (tier, rate(tally))).collect(),
        cycle: cycle(inputs, outcomes),
    })
}

fn count((won, lost): &mut (u64, u64), is_won: bool) {
    if is_won { *won += 1 } else { *lost += 1 }
}

fn rate((won, lost): (u64, u64)) -> WinRate {
    let (lower, upper) = wilson(won, won + lost, LEVEL);
    let rate = (won + lost > 0).then(|| won as f64 / (won + lost) as f64);
    WinRate { won, lost, rate, interval: Interval { lower, upper } }
}

fn cycle(inputs: &IndicatorInputs<'_>, outcomes: &[&Outcome]) -> Option<CycleDays> {
    let mut first: BTreeMap<&ClientId, Date> = BTreeMap::new();
    for action in inputs.actions {
        if let Some(day) = done_by(action, inputs.as_of) {
            first.entry(&action.client_id).and_modify(|first| *first = day.min(*first)).or_insert(day);
        }
    }
    let mut days: Vec<i32> = outcomes
        .iter()
        .filter(|outcome| outcome.won())
        .filter_map(|outcome| Some((outcome.occurred_on - *first.get(&outcome.client_id)?).get_days()))
        .filter(|days| *days >= 0)
        .collect();
    days.sort_unstable();
    let middle = days.len() / 2;
    let median = match days.get(middle) {
        None => return None,
        Some(upper) if days.len() % 2 == 1 => f64::from(*upper),
        Some(upper) => 0.5 * (f64::from(days[middle - 1]) + f64::from(*upper)),
    };
    let mean = days.iter().copied().map(f64::from).sum::<f64>() / days.len() as f64;
    Some(CycleDays { n: days.len() as u64, mean, median })
}

fn health(
    inputs: &IndicatorInputs<'_>,
    outcomes: &[&Outcome],
    section: &PlanSection,
) -> Result<Health, CurrencyMismatch> {
    let mut decided: BTreeMap<&ClientId, Date> = BTreeMap::new();
    for outcome in outcomes {
        let day = decided.entry(&outcome.client_id).or_insert(outcome.occurred_on);
        *day = outcome.occurred_on.max(*day);
    }
    let (mut open, mut pipeline, mut weighted_arr) = (0, Arr::zero(inputs.currency), 0.0);
    for assessment in inputs.assessments {
        let since = decided.get(&assessment.client_id).is_some_and(|day| *day >= assessment.as_of);
        if assessment.potential_arr.amount() > Decimal::ZERO && !since {
            open += 1;
            pipeline = pipeline.plus(assessment.potential_arr)?;
            weighted_arr += assessment.potential_arr.to_f64() * assessment.success_probability;
        }
    }
    let stages = stages(inputs, outcomes);
    Ok(Health { open, pipeline, weighted_arr, stages, stalled: stalled(inputs, &decided, section) })
}

fn stages(inputs: &IndicatorInputs<'_>, outcomes: &[&Outcome]) -> Vec<Stage> {
    let signed: BTreeSet<&ClientId> =
        outcomes.iter().filter(|outcome| outcome.won()).map(|outcome| &outcome.client_id).collect();
    let reached: Vec<BTreeSet<&ClientId>> = STAGES
        .iter()
        .map(|kind| {
            let done = |action: &&Action| action.kind == *kind && done_by(action, inputs.as_of).is_some();
            inputs.actions.iter().filter(done).map(|action| &action.client_id).collect()
        })
        .collect();
    STAGES
        .iter()
        .enumerate()
        .map(|(index, kind)| {
            let later = |client: &&&ClientId| {
                signed.contains(**client) || reached[index + 1..].iter().any(|stage| stage.contains(**client))
            };
            let went_on = reached[index].iter().filter(later).count() as u64;
            let reached = reached[index].len() as u64;
            let conversion = (reached > 0).then(|| went_on as f64 / reached as f64);
            Stage { kind: *kind, reached, went_on, conversion }
        })
        .collect()
}

/// Clients with open actions whose last progress is too long ago and who have decided nothing since.
fn stalled(
    inputs: &IndicatorInputs<'_>,
    decided: &BTreeMap<&ClientId, Date>,
    section: &PlanSection,
) -> Vec<Stalled> {
    #[derive(Default)]
    struct Deal<'a> {
        owner: Option<&'a OwnerId>,
        first_due: Option<Date>,
        last_done: Option<Date>,
    }
    let mut deals: BTreeMap<&ClientId, Deal<'_>> = BTreeMap::new();
    for action in inputs.actions {
        let deal = deals.entry(&action.client_id).or_default();
        let done = done_by(action, inputs.as_of);
        deal.last_done = deal.last_done.max(done);
        if action.status != ActionStatus::Skipped && done.is_none() {
            if deal.first_due.is_none_or(|due| action.due < due) {
                deal.owner = Some(&action.owner);
            }
            deal.first_due = Some(deal.first_due.map_or(action.due, |due| due.min(action.due)));
        }
    }
    let limit = inputs.as_of.saturating_sub(i64::from(section.stalled_days).days());
    let mut stalled: Vec<Stalled> = deals
        .into_iter()
        .filter_map(|(client, deal)| {
            let (owner, since) = (deal.owner?, deal.last_done.or(deal.first_due)?);
            let ended = decided.get(client).is_some_and(|day| *day >= since);
            let days = u32::try_from((inputs.as_of - since).get_days()).unwrap_or(0);
            (since < limit && !ended).then(|| Stalled {
                client_id: client.clone(),
                owner: owner.clone(),
                since,
                days,
            })
        })
        .collect();
    stalled.sort_by(|a, b| b.days.cmp(&a.days).then_with(|| a.client_id.cmp(&b.client_id)));
    stalled
}

#[cfg(test)]
mod tests;
