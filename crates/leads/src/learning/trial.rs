mod contest;
#[cfg(test)]
mod tests;

use learn::{
    compare::{Look, Sequential, Verdict},
    evaluate::{ChanceDifferences, Figure, Judged, Needs, bootstrap::Resampling},
    fairness::names,
    registry::promotion::{Cleared, Evidence, Objection, Rule, decide},
};
use serde::{Deserialize, Serialize};

pub use contest::{Contest, ContestRow};

use crate::timeline::LeadSource;

/// Whom a challenger is held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Incumbent {
    /// The prior rule: there is no champion yet.
    Prior,
    /// The champion of this version.
    Model(u32),
}

/// How a trial is held.
#[derive(Clone, Debug)]
pub struct TrialTerms<'a> {
    /// The challenger's version.
    pub challenger: u32,
    /// What promotion may cost.
    pub rule: Rule,
    /// The chance, over all looks together, of promoting what loses more than the rule's margin.
    pub alpha: f64,
    /// Looks before a challenger retires.
    pub looks_max: u32,
    /// By which share rows grow between two looks.
    pub look_growth: f64,
    /// Calls of the team in a day.
    pub calls_per_day: usize,
    /// What the names of the features say.
    pub columns: &'a [names::Finding],
}

/// Rows, and rows of either end, before the first look.
const NEEDS: Needs = Needs { rows: 200, each: 50 };

/// The variance of the mixture of [`Sequential`]: it is most sensitive to a difference of five points in a hundred.
const TAU2: f64 = 0.0025;

/// The level of the test of who is called.
const CALLS_ALPHA: f64 = 0.01;

/// A challenger's way to the top or out: what was seen at its looks.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Against whom.
    pub incumbent: Incumbent,
    /// Looks so far.
    pub looks: u32,
    /// Rows at the last look.
    pub rows: u64,
    /// Rows before the next look.
    pub rows_next: u64,
    /// At the last look, challenger less incumbent: mean log loss (nats) with an interval at [`Trial::level`].
    pub difference: Option<Figure>,
    /// The level of that interval.
    pub level: f64,
    /// The test of whom only one of the two would have called.
    pub called: Sequential,
    /// What it said last.
    pub called_last: Option<Look>,
    /// What spoke against promotion at the last look.
    pub objections: Vec<Objection>,
}

/// What follows from a look.
#[derive(Clone, Debug, PartialEq)]
pub enum Decision {
    /// Too few rows to look, or nothing certain: the trial goes on.
    Wait,
    /// The challenger may replace the incumbent.
    Promote(Cleared),
    /// The challenger goes.
    Retire(WhyRetired),
}

/// Why a challenger goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WhyRetired {
    /// It surely loses more than the incumbent.
    Worse,
    /// Those whom it alone would have called surely reach the goal less often.
    CallsWorse,
    /// It was not cleared in as many looks as there are.
    NotCleared,
}

impl std::fmt::Display for WhyRetired {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Worse => "it surely loses more",
            Self::CallsWorse => "those whom it alone would have called surely reach the goal less often",
            Self::NotCleared => "it was not cleared in as many looks as there are",
        })
    }
}

impl Trial {
    /// A trial against `incumbent` that nobody has looked at.
    pub fn begin(incumbent: Incumbent) -> Self {
        // Constants inside of their ranges, as the tests of this module make sure.
        let called =
            Sequential::new(CALLS_ALPHA, TAU2).expect("the level and variance are within their ranges");
        Self {
            incumbent,
            looks: 0,
            rows: 0,
            rows_next: NEEDS.rows,
            difference: None,
            level: 0.0,
            called,
            called_last: None,
            objections: Vec::new(),
        }
    }

    /// Looks at `contest`, if there are rows enough since the last look.
    ///
    /// Look k has the level 1 - alpha / (k (k + 1)): the levels of all looks sum to alpha, however many there are, so
    /// that looking often does not make a worse model champion. The test of who is called is always valid by itself.
    pub fn consider(&mut self, contest: &Contest, terms: &TrialTerms<'_>) -> Decision {
        let (incumbent, challenger) = contest.called_by_one(terms.calls_per_day);
        // Fewer than before: somebody was erased. The last word stands until there are as many again.
        if let Ok(look) = self.called.look(incumbent, challenger) {
            self.called_last = Some(look);
        }
        if self.called_last.is_some_and(|look| look.verdict == Verdict::ChampionBetter) {
            return Decision::Retire(WhyRetired::CallsWorse);
        }
        let rows = contest.rows().len() as u64;
        let reached = contest.rows().iter().filter(|row| row.reached).count() as u64;
        if rows < self.rows_next || NEEDS.of_chances(rows, reached).is_err() {
            return Decision::Wait;
        }
        self.looks += 1;
        self.rows = rows;
        self.rows_next = rows + ((rows as f64 * terms.look_growth).ceil() as u64).max(1);
        let spent = terms.alpha / (f64::from(self.looks) * f64::from(self.looks + 1));
        self.level = 1.0 - spent;
        let looked = self.compare(contest, terms, spent);
        match looked {
            Ok(cleared) => {
                self.objections = Vec::new();
                Decision::Promote(cleared)
            }
            Err(objections) => {
                self.objections = objections;
                let worse = match self.difference {
                    Some(Figure::Known(estimate)) => {
                        estimate.interval.is_some_and(|interval| interval.lower > 0.0)
                    }
                    _ => false,
                };
                match () {
                    () if worse => Decision::Retire(WhyRetired::Worse),
                    () if self.looks >= terms.looks_max => Decision::Retire(WhyRetired::NotCleared),
                    () => Decision::Wait,
                }
            }
        }
    }

    fn compare(
        &mut self,
        contest: &Contest,
        terms: &TrialTerms<'_>,
        spent: f64,
    ) -> Result<Cleared, Vec<Objection>> {
        let resampling =
            Resampling { rounds: rounds(spent), level: 1.0 - spent, seed: u64::from(terms.challenger) };
        let all: Vec<usize> = (0..contest.rows.len()).collect();
        let against = |rows: &[usize], needs: &Needs, incumbent: &dyn Fn(&ContestRow) -> f64| {
            difference(contest, rows, needs, &resampling, incumbent)
        };
        let Some(over_all) = against(&all, &NEEDS, &|row| row.incumbent) else {
            return Err(vec![Objection::NoInterval]);
        };
        self.difference = Some(over_all.log_loss);
        let segments: Vec<(String, ChanceDifferences)> = LeadSource::ALL
            .iter()
            .filter_map(|source| {
                let rows: Vec<usize> =
                    all.iter().copied().filter(|row| contest.rows[*row].source == Some(*source)).collect();
                let found = (!rows.is_empty()).then(|| against(&rows, &NEEDS, &|row| row.incumbent))??;
                Some((format!("source {source}"), found))
            })
            .collect();
        let challenger = terms.challenger.to_string();
        let champion = match self.incumbent {
            Incumbent::Prior => None,
            Incumbent::Model(version) => Some(version.to_string()),
        };
        let evidence = Evidence {
            challenger: &challenger,
            champion: champion.as_deref(),
            difference: &over_all,
            segments: &segments,
            // No protected attribute is known of contacts, by design; how they came is none, and is meant to make a
            // difference.
            impact: None,
            columns: terms.columns,
        };
        if self.incumbent == Incumbent::Prior {
            // A rule that is far off is easily beaten: the first model must beat its own base rate as well.
            let reached = contest.rows.iter().filter(|row| row.reached).count();
            let base = reached as f64 / contest.rows.len() as f64;
            let Some(from_base) = against(&all, &NEEDS, &|_| base) else {
                return Err(vec![Objection::NoInterval]);
            };
            decide(&Evidence { difference: &from_base, segments: &[], ..evidence.clone() }, &terms.rule)?;
        }
        decide(&evidence, &terms.rule)
    }
}

/// Challenger less incumbent on `rows`, by contacts; none when they cannot be compared.
fn difference(
    contest: &Contest,
    rows: &[usize],
    needs: &Needs,
    resampling: &Resampling,
    incumbent: &dyn Fn(&ContestRow) -> f64,
) -> Option<ChanceDifferences> {
    let of = |said: &dyn Fn(&ContestRow) -> f64| -> Vec<f64> {
        rows.iter().map(|row| said(&contest.rows[*row])).collect()
    };
    let reached: Vec<bool> = rows.iter().map(|row| contest.rows[*row].reached).collect();
    let clusters: Vec<u32> = rows.iter().map(|row| contest.clusters[*row]).collect();
    let challenger = Judged::new(&of(&|row| row.challenger), &reached).ok()?.clustered(&clusters).ok()?;
    let incumbent = Judged::new(&of(incumbent), &reached).ok()?;
    ChanceDifferences::of(&challenger, &incumbent, needs, resampling)
}

/// Draws that put about a dozen into each tail of an interval that leaves out `spent`; at most 20 000.
fn rounds(spent: f64) -> u32 {
    (24.0 / spent).ceil().clamp(1_000.0, 20_000.0) as u32
}
