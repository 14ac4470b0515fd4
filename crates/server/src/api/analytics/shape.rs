//! What the endpoints of analytics send.

use contacts::analytics;
use jiff::Timestamp;
use kernel::Ulid;
use serde::Serialize;
use utoipa::ToSchema;

/// One figure: told, or withheld for a reason.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsFigure)]
pub struct Figure {
    /// The count; `null`: it is withheld. With noise it may be below zero.
    value: Option<i64>,
    /// With noise: 95 of 100 draws are at most this far off.
    plus_minus: Option<u64>,
    /// Why it is withheld: `too-few` contributors, `dominated` by one, `overlapping` with another group, or
    /// `protecting` another figure.
    withheld: Option<String>,
}

impl From<&analytics::Figure> for Figure {
    fn from(figure: &analytics::Figure) -> Self {
        match figure {
            analytics::Figure::Told { value, plus_minus } => {
                Self { value: Some(*value), plus_minus: *plus_minus, withheld: None }
            }
            analytics::Figure::Withheld { reason } => {
                Self { value: None, plus_minus: None, withheld: Some(reason.clone()) }
            }
        }
    }
}

/// The figures of one group of markets.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsGroup)]
pub struct Group {
    /// The region, line of business or currency; `all` for all markets.
    id: String,
    /// As people read it.
    label: String,
    /// Markets in it that could be read.
    markets: u64,
    /// One per column.
    figures: Vec<Figure>,
    /// Their sum, where it means something.
    total: Option<Figure>,
    /// A rate made of told figures; `null`: a part of it is withheld, or the measure has none.
    rate: Option<f64>,
    /// What is divided by what.
    rate_formula: Option<String>,
}

impl From<&analytics::Group> for Group {
    fn from(group: &analytics::Group) -> Self {
        Self {
            id: group.id.clone(),
            label: group.label.clone(),
            markets: group.markets,
            figures: group.figures.iter().map(Figure::from).collect(),
            total: group.total.as_ref().map(Figure::from),
            rate: group.rate.as_ref().and_then(|rate| rate.value),
            rate_formula: group.rate.as_ref().map(|rate| rate.formula.clone()),
        }
    }
}

/// A market that could not be read. It counts neither as zero nor as anything.
#[derive(Serialize, ToSchema)]
pub struct MissingMarket {
    /// Its name.
    market: String,
    /// Why.
    reason: String,
}

/// How noise was added.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsNoise)]
pub struct Noise {
    /// What the whole answer cost of the privacy budget.
    epsilon: String,
    /// What each figure cost.
    epsilon_per_figure: String,
    /// Most that one market counts for in one figure.
    clamp: u64,
    /// Scale of the discrete Laplace noise.
    scale: f64,
}

/// What is told.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsAnswer)]
pub struct Answer {
    /// What was counted: `stages`, `new` or `messages`.
    measure: &'static str,
    /// By what: `region`, `vertical` or `currency`.
    by: &'static str,
    /// When.
    at: Timestamp,
    /// The columns.
    columns: Vec<String>,
    /// The groups.
    groups: Vec<Group>,
    /// All groups together.
    all: Group,
    /// Markets that are not in it.
    missing: Vec<MissingMarket>,
    /// How many figures are withheld.
    withheld: u64,
    /// How noise was added, if it was.
    noise: Option<Noise>,
}

impl From<&analytics::Answer> for Answer {
    fn from(answer: &analytics::Answer) -> Self {
        let missing = answer.missing.iter();
        Self {
            measure: answer.question.measure.id(),
            by: answer.question.by.id(),
            at: answer.at,
            columns: answer.columns.clone(),
            groups: answer.groups.iter().map(Group::from).collect(),
            all: Group::from(&answer.all),
            missing: missing
                .map(|one| MissingMarket { market: one.market.clone(), reason: one.reason.clone() })
                .collect(),
            withheld: answer.withheld,
            noise: answer.noise.as_ref().map(|noise| Noise {
                epsilon: noise.epsilon.clone(),
                epsilon_per_figure: noise.epsilon_per_figure.clone(),
                clamp: noise.clamp,
                scale: noise.scale,
            }),
        }
    }
}

/// An answer with noise that was paid for.
#[derive(Serialize, ToSchema)]
#[schema(as = AnalyticsRelease)]
pub struct Release {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// When.
    at: Timestamp,
    /// Who asked: `user:` or `key:` with the identifier.
    actor: String,
    /// What it cost of the privacy budget.
    epsilon: String,
    /// What was told.
    answer: Answer,
}

impl From<&analytics::Release> for Release {
    fn from(release: &analytics::Release) -> Self {
        Self {
            id: release.id,
            at: release.at,
            actor: release.actor.clone(),
            epsilon: release.epsilon.to_string(),
            answer: Answer::from(&release.answer),
        }
    }
}

/// The budget for answers with noise, in units of epsilon as decimal text.
#[derive(Serialize, ToSchema)]
pub struct PrivacyBudget {
    /// The whole.
    total: String,
    /// What was spent.
    spent: String,
    /// What is left.
    left: String,
}

impl From<analytics::BudgetState> for PrivacyBudget {
    fn from(budget: analytics::BudgetState) -> Self {
        Self { total: budget.total, spent: budget.spent, left: budget.left }
    }
}
