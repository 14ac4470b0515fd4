use super::{Model, Placement, Plan};
use crate::Sequence;

/// Passes of the local search; it usually ends by itself after a few.
const PASSES_MAX: usize = 12;

/// Work that the ruin-and-recreate search may spend, in choices looked at; about a tenth of a second.
const CHOICES_LOOKED_AT: usize = 40_000_000;

/// Rounds of ruin and recreate at most; small plans are settled long before.
const ROUNDS_MAX: usize = 12_000;

/// Seed of the sequence that picks what to ruin: fixed, so that the same question has the same answer.
const SEED: u64 = 0x9E37_79B9_7F4A_7C15;

/// A good plan: the best of three greedy ones, improved until no single exchange helps, then partly
/// taken apart and put together again as long as the effort allows and `bound` is not reached.
pub(super) fn plan<'a>(model: &'a Model<'a>, prices: &[Vec<f64>], bound: f64) -> Plan<'a> {
    let flat: Vec<Vec<f64>> = model.capacity.iter().map(|weeks| vec![0.0; weeks.len()]).collect();
    let mut by_margin: Vec<usize> = (0..model.works.len()).collect();
    let margin = |work: usize| {
        let cheapest =
            model.choices[work].iter().map(|at| cost(model, prices, work, *at)).fold(f64::INFINITY, f64::min);
        model.works[work].value - cheapest
    };
    by_margin.sort_by(|a, b| margin(*b).total_cmp(&margin(*a)).then(a.cmp(b)));
    let candidates = [(by_density(model), &flat[..]), (by_density(model), prices), (by_margin, prices)];
    let mut best = Plan::empty(model);
    for (order, prices) in candidates {
        let mut plan = greedy(model, &order, prices);
        improve(&mut plan, &order);
        if plan.value() > best.value() {
            best = plan;
        }
    }
    recreate(best, bound)
}

/// Ruin and recreate (Schrimpf et al., Journal of Computational Physics 159, 2000): some weeks of some
/// owners are emptied and filled anew from everything left out, denser work earlier but not always; a
/// slightly worse plan is gone on from, the best one is kept.
fn recreate<'a>(start: Plan<'a>, bound: f64) -> Plan<'a> {
    const TOLERATED_LOSS: f64 = 0.004;
    let model = start.model;
    let rounds = (CHOICES_LOOKED_AT / (model.choice_count() / 2).max(1)).min(ROUNDS_MAX);
    let density: Vec<f64> = model
        .works
        .iter()
        .map(|work| work.value / work.hours.iter().sum::<f64>().max(f64::MIN_POSITIVE))
        .collect();
    let mut sequence = Sequence::new(SEED);
    let (mut best_value, mut best, mut current) = (start.value(), start.clone(), start);
    for _ in 0..rounds {
        if best_value >= bound * (1.0 - super::GAP_PROVED) {
            break;
        }
        let mut next = current.clone();
        ruin(&mut next, &mut sequence);
        let mut order: Vec<(f64, usize)> = (0..model.works.len())
            .filter(|work| next.placements[*work].is_none() && !model.choices[*work].is_empty())
            .map(|work| (density[work] * (0.6 + 0.8 * sequence.fraction()), work))
            .collect();
        order.sort_by(|a, b| b.0.total_cmp(&a.0));
        for (_, work) in order {
            let tightest = model.choices[work]
                .iter()
                .filter(|at| next.fits(work, **at))
                .min_by(|a, b| next.rest(work, **a).total_cmp(&next.rest(work, **b)));
            if let Some(at) = tightest.copied() {
                next.place(work, at);
            }
        }
        let value = next.value();
        if value > best_value {
            best_value = value;
            best = next.clone();
        }
        if value >= best_value * (1.0 - TOLERATED_LOSS * sequence.fraction()) {
            current = next;
        }
    }
    best
}

/// Takes out what touches a few weeks of one or two owners.
fn ruin(plan: &mut Plan<'_>, sequence: &mut Sequence) {
    let owners = plan.model.capacity.len();
    for _ in 0..=sequence.below(2) {
        let owner = sequence.below(owners);
        let first = sequence.below(plan.model.capacity[owner].len().max(1));
        let last = first + sequence.below(4);
        for work in 0..plan.placements.len() {
            let length = plan.model.works[work].hours.len();
            if plan.placements[work]
                .is_some_and(|at| at.owner == owner && at.week <= last && at.week + length > first)
            {
                plan.remove(work);
            }
        }
    }
}

/// Works by value per hour, best first; equal ones in the order given.
pub(super) fn by_density(model: &Model<'_>) -> Vec<usize> {
    let density = |work: usize| {
        let hours: f64 = model.works[work].hours.iter().sum();
        if hours > 0.0 { model.works[work].value / hours } else { f64::INFINITY }
    };
    let mut order: Vec<usize> = (0..model.works.len()).collect();
    order.sort_by(|a, b| density(*b).total_cmp(&density(*a)).then(a.cmp(b)));
    order
}

fn cost(model: &Model<'_>, prices: &[Vec<f64>], work: usize, at: Placement) -> f64 {
    let hours = &model.works[work].hours;
    hours.iter().zip(&prices[at.owner][at.week..]).map(|(hours, price)| hours * price).sum()
}

/// Each work in turn goes where its hours are cheapest, then where the fullest week stays least free, so
/// that whole weeks remain for larger work.
fn greedy<'a>(model: &'a Model<'a>, order: &[usize], prices: &[Vec<f64>]) -> Plan<'a> {
    let mut plan = Plan::empty(model);
    for work in order {
        let key = |at: &Placement| (cost(model, prices, *work, *at), plan.rest(*work, *at));
        let best =
            model.choices[*work].iter().filter(|at| plan.fits(*work, **at)).map(|at| (key(at), *at)).min_by(
                |(a, at_a), (b, at_b)| a.0.total_cmp(&b.0).then(a.1.total_cmp(&b.1)).then(at_a.cmp(at_b)),
            );
        if let Some((_, at)) = best {
            plan.place(*work, at);
        }
    }
    plan
}

/// Puts left-out work in, if need be in place of, or by moving, one that is placed; only ever upwards.
fn improve(plan: &mut Plan<'_>, order: &[usize]) {
    for _ in 0..PASSES_MAX {
        let mut improved = false;
        for work in order {
            if plan.placements[*work].is_none() && !plan.model.choices[*work].is_empty() {
                improved |= insert(plan, *work) || exchange(plan, *work, order);
            }
        }
        if !improved {
            break;
        }
    }
}

fn insert(plan: &mut Plan<'_>, work: usize) -> bool {
    let fitting = plan.model.choices[work].iter().find(|at| plan.fits(work, **at)).copied();
    if let Some(at) = fitting {
        plan.place(work, at);
    }
    fitting.is_some()
}

/// Removes one placed work, puts `work` in its room and the removed one elsewhere; kept when worth more.
fn exchange(plan: &mut Plan<'_>, work: usize, order: &[usize]) -> bool {
    for other in order.iter().rev() {
        let Some(before) = plan.remove(*other) else { continue };
        let rooms =
            plan.model.choices[work].iter().filter(|at| at.owner == before.owner && plan.fits(work, **at));
        let rooms: Vec<Placement> = rooms.copied().collect();
        for at in rooms {
            plan.place(work, at);
            if insert(plan, *other) || plan.model.works[work].value > plan.model.works[*other].value {
                return true;
            }
            plan.remove(work);
        }
        plan.place(*other, before);
    }
    false
}
