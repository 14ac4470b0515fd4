//! Tree after tree, each on what those before it left.

use super::{
    Binner, Bins, Forest, Node, Objective, Parameters,
    columns::Columns,
    grower::{Grower, Grown},
    histogram::Derivatives,
};
use crate::chance::Generator;

/// Rows to learn from.
#[derive(Clone, Copy, Debug)]
pub struct Lesson<'a> {
    /// How the columns were binned.
    pub binner: &'a Binner,
    /// The bins of all rows.
    pub bins: &'a Bins,
    /// What is to be predicted, of all rows: 0 or 1 for [`Objective::Binary`].
    pub target: &'a [f64],
    /// The rows to learn from.
    pub rows: &'a [u32],
    /// Threads to work on; they change how long it takes and nothing else.
    pub threads: usize,
}

/// Rows that say when to stop.
#[derive(Clone, Copy, Debug)]
pub struct Watch<'a> {
    /// Rows that are not learned from.
    pub rows: &'a [u32],
    /// Trees that may be added without a better loss before training stops, to keep the trees up to the best; none: all
    /// rounds are done and kept.
    pub patience: Option<usize>,
}

/// What training came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Boosted {
    /// The model: up to the best round where one watched with patience, else all rounds.
    pub forest: Forest,
    /// The margins of the watched rows by this model, in their order.
    pub watched: Vec<f64>,
    /// The mean loss on the watched rows before the first round and after each that was done.
    pub losses: Vec<f64>,
}

/// Trains a forest.
///
/// The same arguments give the same forest, bit by bit.
pub fn boost(
    lesson: Lesson<'_>,
    objective: Objective,
    parameters: &Parameters,
    watch: Option<Watch<'_>>,
) -> Boosted {
    let Lesson { target, rows, threads, .. } = lesson;
    let learned: Vec<f64> = rows.iter().map(|row| target[*row as usize]).collect();
    let base = objective.base(&learned);
    let mut margins = vec![base; target.len()];
    let mut derivatives = vec![Derivatives::default(); target.len()];
    let mut forest = Forest { objective, base, trees: Vec::new() };
    let columns = Columns::of(lesson, parameters);
    let asked = columns.asked();
    let mut grower = Grower::new(&columns, parameters, threads);
    let patience = watch.and_then(|watch| watch.patience);
    let watched_rows = watch.map_or(&[][..], |watch| watch.rows);
    let mut progress = Progress::new(watched_rows, objective, target);
    progress.look(&margins);
    let mut chosen = vec![false; if parameters.row_share < 1.0 { target.len() } else { 0 }];
    for round in 0..parameters.rounds_max {
        let mut chance = Generator::seeded_part(parameters.seed, round as u64);
        for &row in rows {
            derivatives[row as usize] = objective.derivatives(margins[row as usize], target[row as usize]);
        }
        let features = part(&asked, parameters.column_share, &mut chance);
        let mut bag: Vec<u32> = part(rows, parameters.row_share, &mut chance);
        let mut grown = grower.grow(&mut bag, &features, &derivatives);
        if grown.leaves.len() < 2 && (parameters.row_share >= 1.0 && parameters.column_share >= 1.0) {
            break;
        }
        finish(&mut grown, &bag, objective, parameters, &margins, target);
        for (node, range) in &grown.leaves {
            let value = value_of(&grown, *node);
            bag[range.clone()].iter().for_each(|row| margins[*row as usize] += value);
        }
        if bag.len() < rows.len() {
            bag.iter().for_each(|row| chosen[*row as usize] = true);
            for &row in rows {
                if !std::mem::take(&mut chosen[row as usize]) {
                    margins[row as usize] += value_of(&grown, grown.binned.leaf(&columns, row as usize));
                }
            }
        }
        for &row in watched_rows {
            margins[row as usize] += value_of(&grown, grown.binned.leaf(&columns, row as usize));
        }
        forest.trees.push(grown.tree);
        if watch.is_some() {
            progress.look(&margins);
        }
        if patience.is_some_and(|patience| forest.trees.len() >= progress.best_round + patience.max(1)) {
            break;
        }
    }
    if patience.is_some() {
        forest.trees.truncate(progress.best_round);
        return Boosted { forest, watched: progress.best_margins, losses: progress.losses };
    }
    let watched = watched_rows.iter().map(|row| margins[*row as usize]).collect();
    Boosted { forest, watched, losses: progress.losses }
}

/// How the watched rows fare.
struct Progress<'a> {
    rows: &'a [u32],
    objective: Objective,
    target: &'a [f64],
    losses: Vec<f64>,
    best_round: usize,
    best_margins: Vec<f64>,
}

impl<'a> Progress<'a> {
    fn new(rows: &'a [u32], objective: Objective, target: &'a [f64]) -> Self {
        Self { rows, objective, target, losses: Vec::new(), best_round: 0, best_margins: Vec::new() }
    }

    fn look(&mut self, margins: &[f64]) {
        let losses = self.rows.iter().map(|row| {
            let row = *row as usize;
            self.objective.loss(margins[row], self.target[row])
        });
        let loss = losses.sum::<f64>() / self.rows.len() as f64;
        if self.losses.is_empty() || loss < self.losses[self.best_round] {
            self.best_round = self.losses.len();
            self.best_margins = self.rows.iter().map(|row| margins[*row as usize]).collect();
        }
        self.losses.push(loss);
    }
}

/// A share of `all`, at least one of them, in their order.
fn part<T: Copy>(all: &[T], share: f64, chance: &mut Generator) -> Vec<T> {
    if share >= 1.0 {
        return all.to_vec();
    }
    let count = ((all.len() as f64 * share).round() as usize).clamp(1, all.len().max(1));
    chance.sample(all.len(), count).into_iter().map(|at| all[at]).collect()
}

/// Puts the final values into the leaves: renewed where the objective asks for it, and shrunk.
fn finish(
    grown: &mut Grown,
    rows: &[u32],
    objective: Objective,
    parameters: &Parameters,
    margins: &[f64],
    target: &[f64],
) {
    for (node, range) in &grown.leaves {
        let residuals = || {
            let rows = rows[range.clone()].iter();
            rows.map(|row| target[*row as usize] - margins[*row as usize]).collect::<Vec<f64>>()
        };
        if let Node::Leaf { value, .. } = &mut grown.tree.nodes[*node] {
            *value = objective.renewed(residuals).unwrap_or(*value) * parameters.learning_rate;
        }
    }
}

fn value_of(grown: &Grown, node: usize) -> f64 {
    match &grown.tree.nodes[node] {
        Node::Leaf { value, .. } => *value,
        Node::Split { .. } => 0.0,
    }
}
