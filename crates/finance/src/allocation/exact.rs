use microlp::{ComparisonOp, OptimizationDirection, Problem, SolutionStatus, SolveOptions, Variable};

use super::{EXACT_NODES_MAX, Model, Placement, Plan};

pub(super) struct Exact<'a> {
    pub plan: Plan<'a>,
    pub proved: bool,
    /// No plan is worth more, as far as the tree was searched; infinite when the solver does not say.
    pub bound: f64,
}

/// The plan by branch and bound, begun from `known`: one binary variable per choice, one row per work
/// (at most one choice) and per owner and week (the hours). `None` when the solver finds nothing better
/// that holds up when its hours are added again here.
pub(super) fn solve<'a>(model: &'a Model<'a>, known: &Plan<'a>) -> Option<Exact<'a>> {
    let scale = model.works.iter().map(|work| work.value).fold(0.0, f64::max);
    let mut problem = Problem::new(OptimizationDirection::Maximize);
    let mut variables: Vec<(usize, Placement, Variable)> = Vec::new();
    for (work, choices) in model.choices.iter().enumerate() {
        let of_work: Vec<(Variable, f64)> = choices
            .iter()
            .map(|at| {
                let variable = problem.add_binary_var(model.works[work].value / scale);
                variables.push((work, *at, variable));
                (variable, 1.0)
            })
            .collect();
        if !of_work.is_empty() {
            problem.add_constraint(&of_work, ComparisonOp::Le, 1.0);
        }
    }
    for (owner, weeks) in model.capacity.iter().enumerate() {
        for (week, capacity) in weeks.iter().enumerate() {
            let booked: Vec<(Variable, f64)> = variables
                .iter()
                .filter(|(_, at, _)| at.owner == owner && at.week <= week)
                .filter_map(|(work, at, variable)| {
                    let hours = model.works[*work].hours.get(week - at.week).copied()?;
                    (hours > 0.0).then_some((*variable, hours))
                })
                .collect();
            if !booked.is_empty() {
                problem.add_constraint(&booked, ComparisonOp::Le, *capacity);
            }
        }
    }
    let start = variables
        .iter()
        .map(|(work, at, variable)| (*variable, f64::from(u8::from(known.placements[*work] == Some(*at)))))
        .collect();
    let mut options = SolveOptions::default();
    options.node_limit = Some(EXACT_NODES_MAX);
    options.warm_start = Some(start);
    let solution = problem.solve_with(options).ok()?.into_solution().ok()?;
    let mut plan = Plan::empty(model);
    for (work, at, variable) in variables {
        if solution.var_value(variable).round() == 1.0 {
            if plan.placements[work].is_some() || !plan.fits(work, at) {
                return None;
            }
            plan.place(work, at);
        }
    }
    let proved = solution.status() == SolutionStatus::Optimal;
    // The solver's tolerance must not cost value that the search already had.
    if plan.value() < known.value() {
        plan = known.clone();
    }
    // The solver compares to 1e-9 of the largest value; the bound leaves it that room.
    let bound = solution.stats().best_bound.map_or(f64::INFINITY, |bound| (bound + 1e-9) * scale);
    Some(Exact { plan, proved, bound })
}
