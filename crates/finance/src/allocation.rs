mod exact;
mod prices;
mod search;

use std::ops::RangeInclusive;

use serde::{Deserialize, Serialize};

/// Hours by which a week may be overbooked before it counts: below any clock, above any rounding.
const HOURS_SLACK: f64 = 1e-6;

/// Most (work, owner, start) choices for which optimality is proved by branch and bound. Above, the
/// plan comes from a search and the gap to the upper bound is reported instead.
pub const EXACT_CHOICES_MAX: usize = 600;

/// Nodes of the branch-and-bound tree after which the best plan so far is taken, with its gap.
pub const EXACT_NODES_MAX: u64 = 1_200;

/// Relative gap at which a plan counts as optimal: the rounding of the bound itself.
const GAP_PROVED: f64 = 1e-9;

/// Something worth doing as a whole, by one owner, without a break.
#[derive(Clone, Debug, PartialEq)]
pub struct Work {
    /// What it is worth, in any unit; not negative.
    pub value: f64,
    /// Hours it takes in its first week, its second, and so on; at least one week, none negative.
    pub hours: Vec<f64>,
    /// Positions of the owners who may do it.
    pub owners: Vec<usize>,
    /// Weeks, from 0, within which it starts and ends; cut at the last week of the capacity.
    pub weeks: RangeInclusive<usize>,
}

/// Who does a piece of work, from which week on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Placement {
    /// Position of the owner.
    pub owner: usize,
    /// First week, from 0.
    pub week: usize,
}

/// How sure it is that no plan is worth more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Proof {
    /// Proved: the bound is met, or branch and bound ended.
    Optimal,
    /// Too many choices to prove it: greedy construction by priced value and local search.
    Heuristic,
    /// Branch and bound ran into [`EXACT_NODES_MAX`]; the best plan found.
    Interrupted,
}

/// The most valuable plan found.
#[derive(Clone, Debug, PartialEq)]
pub struct Allocation {
    /// For each piece of work, in the order given, where it goes; `None` when it is left out.
    pub placements: Vec<Option<Placement>>,
    /// Value of what is placed.
    pub value: f64,
    /// No plan is worth more than this.
    pub bound: f64,
    /// The bound by relaxation alone, when work could be split at will; never below `bound`.
    pub relaxation: f64,
    /// How the plan was found and what is proved of it.
    pub proof: Proof,
}

impl Allocation {
    /// Share of the bound that the plan may be missing, 0-1; 0 when optimal.
    pub fn gap(&self) -> f64 {
        if self.bound > 0.0 { ((self.bound - self.value) / self.bound).max(0.0) } else { 0.0 }
    }
}

/// The question makes no sense.
#[derive(Clone, Copy, Debug, PartialEq, thiserror::Error)]
pub enum AllocationError {
    /// A value is negative or not finite.
    #[error("work {work} is worth {value}; a value is a finite number, not negative")]
    Value {
        /// Position of the work.
        work: usize,
        /// What was given.
        value: f64,
    },
    /// No hours, or hours that are negative or not finite.
    #[error("work {work} needs at least one week of hours, all finite and none negative")]
    Hours {
        /// Position of the work.
        work: usize,
    },
    /// An owner that does not exist.
    #[error("work {work} names owner {owner}, but there are {owners}")]
    Owner {
        /// Position of the work.
        work: usize,
        /// The owner named.
        owner: usize,
        /// How many there are.
        owners: usize,
    },
    /// Capacity that is negative or not finite.
    #[error("owner {owner} has {hours} hours in week {week}; hours are finite and not negative")]
    Capacity {
        /// Position of the owner.
        owner: usize,
        /// The week, from 0.
        week: usize,
        /// What was given.
        hours: f64,
    },
}

/// Chooses who does what from which week on, so that the value of the work done is greatest and nobody
/// works more hours in a week than `capacity[owner][week]`.
///
/// A greedy plan by priced value is improved by local search and by ruin and recreate; a Lagrangian relaxation gives an upper
/// bound as tight as that of the linear relaxation. Where the two do not meet and there are at most
/// [`EXACT_CHOICES_MAX`] choices, branch and bound (microlp) settles it. Work is then moved to the
/// earliest weeks that its owners have free. Deterministic: no clock, no chance.
///
/// # Errors
/// When a number is negative, not finite or out of range.
pub fn allocate(works: &[Work], capacity: &[Vec<f64>]) -> Result<Allocation, AllocationError> {
    check(works, capacity)?;
    let model = Model::new(works, capacity);
    let prices::Priced { bound: relaxation, prices } = prices::relax(&model);
    let mut plan = search::plan(&model, &prices, relaxation);
    let mut bound = relaxation.max(plan.value());
    let mut proof = Proof::Heuristic;
    if bound - plan.value() <= GAP_PROVED * bound {
        proof = Proof::Optimal;
    } else if model.choice_count() <= EXACT_CHOICES_MAX
        && let Some(exact) = exact::solve(&model, &plan)
    {
        proof = if exact.proved { Proof::Optimal } else { Proof::Interrupted };
        plan = exact.plan;
        bound = bound.min(exact.bound).max(plan.value());
    }
    if proof == Proof::Optimal {
        bound = plan.value();
    }
    plan.pull_forward();
    Ok(Allocation {
        value: plan.value(),
        bound,
        relaxation: relaxation.max(bound),
        proof,
        placements: plan.placements,
    })
}

fn check(works: &[Work], capacity: &[Vec<f64>]) -> Result<(), AllocationError> {
    let sound = |number: f64| number.is_finite() && number >= 0.0;
    for (owner, weeks) in capacity.iter().enumerate() {
        if let Some((week, hours)) = weeks.iter().enumerate().find(|(_, hours)| !sound(**hours)) {
            return Err(AllocationError::Capacity { owner, week, hours: *hours });
        }
    }
    for (index, work) in works.iter().enumerate() {
        if !sound(work.value) {
            return Err(AllocationError::Value { work: index, value: work.value });
        }
        if work.hours.is_empty() || !work.hours.iter().copied().all(sound) {
            return Err(AllocationError::Hours { work: index });
        }
        if let Some(owner) = work.owners.iter().copied().find(|owner| *owner >= capacity.len()) {
            return Err(AllocationError::Owner { work: index, owner, owners: capacity.len() });
        }
    }
    Ok(())
}

/// The question with the hopeless choices left out.
struct Model<'a> {
    works: &'a [Work],
    capacity: &'a [Vec<f64>],
    /// For each work of value, the placements that fit an empty calendar.
    choices: Vec<Vec<Placement>>,
}

impl<'a> Model<'a> {
    fn new(works: &'a [Work], capacity: &'a [Vec<f64>]) -> Self {
        let choices = works
            .iter()
            .map(|work| {
                let mut owners = work.owners.clone();
                owners.sort_unstable();
                owners.dedup();
                let mut fitting = Vec::new();
                for owner in owners {
                    let weeks = &capacity[owner];
                    let ends = weeks.len().min(work.weeks.end().saturating_add(1));
                    for week in *work.weeks.start()..(ends + 1).saturating_sub(work.hours.len()) {
                        let fits = work
                            .hours
                            .iter()
                            .zip(&weeks[week..])
                            .all(|(need, free)| *need <= free + HOURS_SLACK);
                        if fits && work.value > 0.0 {
                            fitting.push(Placement { owner, week });
                        }
                    }
                }
                fitting
            })
            .collect();
        Self { works, capacity, choices }
    }

    fn choice_count(&self) -> usize {
        self.choices.iter().map(Vec::len).sum()
    }
}

/// A calendar being filled.
#[derive(Clone)]
struct Plan<'a> {
    model: &'a Model<'a>,
    placements: Vec<Option<Placement>>,
    free: Vec<Vec<f64>>,
}

impl<'a> Plan<'a> {
    fn empty(model: &'a Model<'a>) -> Self {
        Self { model, placements: vec![None; model.works.len()], free: model.capacity.to_vec() }
    }

    /// Summed in the order of the works, so that equal plans have equal values to the last bit.
    fn value(&self) -> f64 {
        self.placements
            .iter()
            .zip(self.model.works)
            .filter(|(placement, _)| placement.is_some())
            .map(|(_, work)| work.value)
            .sum()
    }

    fn fits(&self, work: usize, at: Placement) -> bool {
        let hours = &self.model.works[work].hours;
        hours.iter().zip(&self.free[at.owner][at.week..]).all(|(need, free)| *need <= free + HOURS_SLACK)
    }

    /// Hours left free, over all weeks of `work`, once it is placed there.
    fn rest(&self, work: usize, at: Placement) -> f64 {
        let hours = &self.model.works[work].hours;
        hours.iter().zip(&self.free[at.owner][at.week..]).map(|(need, free)| free - need).sum()
    }

    fn place(&mut self, work: usize, at: Placement) {
        debug_assert!(self.placements[work].is_none() && self.fits(work, at));
        for (need, free) in self.model.works[work].hours.iter().zip(&mut self.free[at.owner][at.week..]) {
            *free -= need;
        }
        self.placements[work] = Some(at);
    }

    fn remove(&mut self, work: usize) -> Option<Placement> {
        let at = self.placements[work].take()?;
        for (need, free) in self.model.works[work].hours.iter().zip(&mut self.free[at.owner][at.week..]) {
            *free += need;
        }
        Some(at)
    }

    /// Moves work to earlier free weeks, the densest first, until nothing moves.
    fn pull_forward(&mut self) {
        let order = search::by_density(self.model);
        loop {
            let mut moved = false;
            for work in &order {
                let Some(before) = self.remove(*work) else { continue };
                let earliest = self.model.choices[*work]
                    .iter()
                    .filter(|choice| choice.week < before.week && self.fits(*work, **choice))
                    .min_by_key(|choice| (choice.week, choice.owner))
                    .copied();
                moved |= earliest.is_some();
                self.place(*work, earliest.unwrap_or(before));
            }
            if !moved {
                break;
            }
        }
    }
}

#[cfg(test)]
mod tests;
