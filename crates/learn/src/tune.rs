//! Which parameters suit a table, by rows that are held back, never by those that judge.

use std::{
    collections::BTreeMap,
    sync::atomic::{AtomicUsize, Ordering},
    thread,
};

use serde::{Deserialize, Serialize};

use crate::{
    gbdt::{Binner, Bins, Boosted, CategoryParameters, Forest, Lesson, Objective, Parameters, Watch, boost},
    split::Fold,
};

/// How much work is put into finding parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Effort {
    /// Parts in which chance splits are used in turn to learn and to hold back.
    pub folds: usize,
    /// Tables with more rows than this are held back from once only.
    pub fold_rows_max: usize,
    /// Rounds that may pass without a better loss.
    pub patience: usize,
    /// Tables with more rows than this choose among parameters by a part of so many.
    pub tuning_rows_max: usize,
    /// Forests of other seeds whose mean the model is; one where there are more rows than
    /// [`Effort::tuning_rows_max`], for then they hardly differ.
    pub bags: usize,
    /// Threads to work on; they change how long it takes and nothing else.
    pub threads: usize,
}

impl Default for Effort {
    fn default() -> Self {
        Self { folds: 5, fold_rows_max: 20_000, patience: 40, tuning_rows_max: 80_000, bags: 3, threads: 1 }
    }
}

/// How one set of parameters did on rows that were held back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// The parameters.
    pub parameters: Parameters,
    /// The number of trees with the least mean loss.
    pub rounds: usize,
    /// That loss.
    pub loss: f64,
}

/// What tuning found.
#[derive(Clone, Debug, PartialEq)]
pub struct Tuned {
    /// The best parameters; their rounds are those to train with.
    pub parameters: Parameters,
    /// What was tried, in the order of the candidates.
    pub trials: Vec<Trial>,
    /// For each fold the margins of its held rows, by a model that has not seen them, with the best parameters.
    pub held: Vec<Vec<f64>>,
}

/// Rows to tune on.
#[derive(Clone, Copy, Debug)]
pub struct Tuning<'a> {
    /// How the columns were binned.
    pub binner: &'a Binner,
    /// The bins of all rows.
    pub bins: &'a Bins,
    /// What is to be predicted, of all rows.
    pub target: &'a [f64],
    /// Rows to learn from and rows held back; at least one fold.
    pub folds: &'a [Fold],
    /// What is minimised.
    pub objective: Objective,
}

/// From so many levels on a category is asked by how often the target is met in them: groups of levels that fit one node of
/// a tree predict worse there, and no better below.
const STATISTICS_FROM: usize = 100;

/// Parameters worth trying on a table of `rows` rows: from few to many leaves, with less freedom where there are fewer
/// rows.
pub fn candidates(rows: usize, seed: u64) -> Vec<Parameters> {
    // A leaf of a twentieth of a small table is as fine as its rows can bear.
    let leaf_rows = |most: u32| most.min((rows / 20).max(2) as u32);
    let categories =
        CategoryParameters { statistics_from: Some(STATISTICS_FROM), ..CategoryParameters::default() };
    let basis = Parameters { seed, row_share: 0.8, categories, ..Parameters::default() };
    // Small trees learn little each and can bear a higher rate, and many rows can as well.
    let many = rows > 20_000;
    [
        (4, 0.1, 20, 0.5, 1.0),
        (6, 0.1, 30, 0.5, 5.0),
        (15, 0.05, 30, 0.8, 1.0),
        (31, 0.05, 20, 0.8, 1.0),
        (63, 0.05, 20, 0.8, 1.0),
    ]
    .into_iter()
    .map(|(leaves_max, learning_rate, leaf_rows_min, column_share, l2)| Parameters {
        learning_rate: if many { 0.1 } else { learning_rate },
        leaves_max,
        leaf_rows_min: leaf_rows(leaf_rows_min),
        column_share,
        l2,
        ..basis.clone()
    })
    .collect()
}

/// From so many levels on a category is asked by statistics in the second kind of trees.
const STATISTICS_FROM_IN_SECOND: usize = 4;

/// The parameters of a second kind of trees, as free as `best`, that asks nearly all categories by how often the target is
/// met in them. Both kinds together predict better than twice as many trees of either. None where no category of a table
/// whose categories have `levels` would be asked otherwise.
pub fn second_kind(
    best: &Parameters,
    candidates: &[Parameters],
    mut levels: impl Iterator<Item = usize>,
) -> Option<Parameters> {
    let rounds_max = candidates.first()?.rounds_max;
    let from = best.categories.statistics_from.unwrap_or(usize::MAX);
    levels.any(|levels| (STATISTICS_FROM_IN_SECOND..from).contains(&levels)).then(|| {
        let categories = CategoryParameters {
            statistics_from: Some(STATISTICS_FROM_IN_SECOND),
            ..best.categories.clone()
        };
        Parameters { rounds_max, categories, ..best.clone() }
    })
}

/// Finds the best of `candidates`, which are in the order of their freedom: begins with the second and goes on to the next
/// in either direction as long as the mean loss over all held rows falls.
///
/// # Panics
/// When there is no candidate or no fold.
pub fn tune(tuning: Tuning<'_>, candidates: &[Parameters], effort: &Effort) -> Tuned {
    let drawn: Vec<Fold> =
        tuning.folds.iter().map(|fold| fold.drawn(effort.tuning_rows_max, candidates[0].seed)).collect();
    let is_part = drawn != tuning.folds;
    let mut search =
        Search { tuning: Tuning { folds: &drawn, ..tuning }, candidates, effort, tried: BTreeMap::new() };
    let mut best = 1.min(candidates.len() - 1);
    loop {
        search.try_all([Some(best), best.checked_sub(1), Some(best + 1)].into_iter().flatten());
        let least = search.least();
        if least == best {
            break;
        }
        best = least;
    }
    if is_part {
        // More rows bear more freedom: what was best on a part stands against the next on all.
        search = Search { tuning, candidates, effort, tried: BTreeMap::new() };
        search.try_all([best, best + 1].into_iter());
        best = search.least();
    }
    let Tried { trial, watched } = &search.tried[&best];
    let parameters = Parameters { rounds_max: trial.rounds, ..candidates[best].clone() };
    let held = match watched {
        Some(watched) => vec![watched.clone()],
        None => {
            let threads = each_of(tuning.folds.len(), effort);
            let on_fold = |fold: &Fold| on_fold(tuning, &parameters, fold, None, threads).watched;
            in_parallel(tuning.folds, effort.threads, on_fold)
        }
    };
    Tuned { parameters, trials: search.tried.into_values().map(|tried| tried.trial).collect(), held }
}

/// What was tried on which rows.
struct Search<'a> {
    tuning: Tuning<'a>,
    candidates: &'a [Parameters],
    effort: &'a Effort,
    tried: BTreeMap<usize, Tried>,
}

struct Tried {
    trial: Trial,
    /// The margins of the held rows at the best round, where there is one fold and so one best round.
    watched: Option<Vec<f64>>,
}

impl Search<'_> {
    /// Tries those of the candidates `places` that there are and that were not tried yet.
    fn try_all(&mut self, places: impl Iterator<Item = usize>) {
        let folds = self.tuning.folds;
        let new: Vec<usize> =
            places.filter(|at| *at < self.candidates.len() && !self.tried.contains_key(at)).collect();
        let jobs: Vec<(usize, &Fold)> =
            new.iter().flat_map(|at| folds.iter().map(move |fold| (*at, fold))).collect();
        let threads = each_of(jobs.len(), self.effort);
        let mut boosted = in_parallel(&jobs, self.effort.threads, |(at, fold)| {
            let Boosted { losses, watched, .. } =
                on_fold(self.tuning, &self.candidates[*at], fold, Some(self.effort.patience), threads);
            (losses, watched)
        })
        .into_iter();
        for at in new {
            let (losses, mut watched): (Vec<_>, Vec<_>) = boosted.by_ref().take(folds.len()).unzip();
            let (rounds, loss) = least(&losses, folds);
            let trial = Trial { parameters: self.candidates[at].clone(), rounds, loss };
            let watched = if folds.len() == 1 { watched.pop() } else { None };
            self.tried.insert(at, Tried { trial, watched });
        }
    }

    /// The place of the best so far; of equals the first.
    fn least(&self) -> usize {
        let least = self.tried.iter().min_by(|a, b| a.1.trial.loss.total_cmp(&b.1.trial.loss));
        least.map_or(0, |(at, _)| *at)
    }
}

/// Trains `bags` forests that differ in their seed only; their mean.
pub fn bagged(lesson: Lesson<'_>, objective: Objective, parameters: &Parameters, effort: &Effort) -> Forest {
    let bags = if lesson.rows.len() > effort.tuning_rows_max { 1 } else { effort.bags.max(1) };
    let seeds: Vec<u64> = (0..bags as u64).collect();
    let lesson = Lesson { threads: each_of(seeds.len(), effort), ..lesson };
    let forests = in_parallel(&seeds, effort.threads, |index| {
        let seed = parameters.seed.wrapping_add(index.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        boost(lesson, objective, &Parameters { seed, ..parameters.clone() }, None).forest
    });
    Forest::mean(forests).expect("at least one bag")
}

/// The threads that each of `jobs` may use when as many as possible are done at once.
fn each_of(jobs: usize, effort: &Effort) -> usize {
    effort.threads / jobs.clamp(1, effort.threads.max(1))
}

fn on_fold(
    tuning: Tuning<'_>,
    parameters: &Parameters,
    fold: &Fold,
    patience: Option<usize>,
    threads: usize,
) -> Boosted {
    let Tuning { binner, bins, target, objective, .. } = tuning;
    let lesson = Lesson { binner, bins, target, rows: &fold.learned, threads };
    boost(lesson, objective, parameters, Some(Watch { rows: &fold.held, patience }))
}

/// The round with the least loss over all held rows, among those that every fold has reached.
fn least(losses: &[Vec<f64>], folds: &[Fold]) -> (usize, f64) {
    let rounds = losses.iter().map(Vec::len).min().unwrap_or_default();
    let held = folds.iter().map(|fold| fold.held.len()).sum::<usize>() as f64;
    let mean = |round: usize| {
        let sums = losses.iter().zip(folds).map(|(losses, fold)| losses[round] * fold.held.len() as f64);
        sums.sum::<f64>() / held
    };
    (0..rounds).map(|round| (round, mean(round))).min_by(|a, b| a.1.total_cmp(&b.1)).unwrap_or((0, f64::NAN))
}

/// `work` done on each of `items`, on up to `threads` threads; the answers are in the order of the items.
pub(crate) fn in_parallel<T: Sync, R: Send>(
    items: &[T],
    threads: usize,
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    if threads <= 1 || items.len() <= 1 {
        return items.iter().map(work).collect();
    }
    let next = AtomicUsize::new(0);
    let labour = || {
        let mut done = Vec::new();
        while let Some((at, item)) =
            Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, items.get(at)?)))
        {
            done.push((at, work(item)));
        }
        done
    };
    let mut done: Vec<(usize, R)> = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads.min(items.len())).map(|_| scope.spawn(labour)).collect();
        workers
            .into_iter()
            .flat_map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)))
            .collect()
    });
    done.sort_unstable_by_key(|(at, _)| *at);
    done.into_iter().map(|(_, answer)| answer).collect()
}
