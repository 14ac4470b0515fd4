//! Trees and baseline, tuned on held rows, put together and trained again on all.

use super::{Model, Question, SplitBy, StudyError, model::each_row, outcome};
use crate::{
    calibrate::{self, Calibration, Level, Method},
    frame::{Column, Frame},
    gbdt::{Binner, Forest, Lesson, Objective, Parameters},
    logistic::{Logistic, LogisticError, PenaltyTrial},
    odds,
    split::{Fold, folds},
    tune::{Effort, Trial, Tuned, Tuning, bagged, candidates, in_parallel, second_kind, tune},
};

/// Penalties tried for the logistic regression.
const PENALTIES: [f64; 4] = [1.0, 10.0, 50.0, 200.0];

/// Those tried for tables of many rows, where it matters little, unless categories have very many levels.
const PENALTIES_OF_MANY_ROWS: [f64; 3] = [2.0, 20.0, 200.0];

/// The one penalty for tables of many columns, where trying takes long.
const PENALTY_OF_MANY_COLUMNS: [f64; 1] = [200.0];

/// Tables of more cells than this are held back from once only, as those of many rows.
const FOLD_CELLS_MAX: usize = 2_000_000;

/// Tables of more columns than this have numbers told apart by [`BINS_OF_WIDE`] values only: looking through more takes
/// longer than the rows do, and of very many columns none is known so finely.
const WIDE_FROM: usize = 300;

/// See [`WIDE_FROM`].
const BINS_OF_WIDE: usize = 63;

/// Weights tried for the trees.
const SHARES: [f64; 6] = [1.0, 0.8, 0.6, 0.4, 0.2, 0.0];

/// The share of the log loss that calibration must save.
const CALIBRATION_GAIN_MIN: f64 = 0.01;

/// Standard errors that what calibration saves must be above 0.
const CALIBRATION_ERRORS_MIN: f64 = 3.0;

/// The model, and what led to it.
pub(super) struct Fitted {
    pub model: Model,
    pub trials: Vec<Trial>,
    pub penalties: Vec<PenaltyTrial>,
    pub calibrations: Vec<calibrate::Trial>,
}

/// Fits a model to the rows `trained_on` of `features`; `validation` of them are later, or of other groups, than the
/// rest.
pub(super) fn fit(
    features: &Frame,
    outcomes: &[bool],
    trained_on: &[usize],
    validation: &[usize],
    question: &Question,
) -> Result<Fitted, StudyError> {
    let effort = &question.effort;
    let table = features.take(trained_on);
    let truth: Vec<bool> = trained_on.iter().map(|row| outcomes[*row]).collect();
    outcome::enough_of_both(truth.len(), truth.iter().filter(|outcome| **outcome).count())?;
    let target: Vec<f64> = truth.iter().map(|outcome| f64::from(u8::from(*outcome))).collect();
    let folds = held_back(trained_on, validation, &truth, question, is_small(&table, effort));

    let candidates = candidates(table.rows(), question.seed);
    let bins_max = if table.columns().len() > WIDE_FROM { BINS_OF_WIDE } else { candidates[0].bins_max };
    let binner = Binner::new(&table, bins_max);
    let bins = binner.bins(&table);
    let objective = Objective::Binary;
    let tuning = Tuning { binner: &binner, bins: &bins, target: &target, folds: &folds, objective };
    let held: Vec<u32> = folds.iter().flat_map(|fold| fold.held.iter().copied()).collect();
    let held_truth: Vec<bool> = held.iter().map(|row| truth[*row as usize]).collect();
    let Trees { kinds, held: by_trees, trials } = trees(tuning, &candidates, &table, &held_truth, effort);

    let penalties: &[f64] = if is_small(&table, effort) {
        &PENALTIES
    } else if table.columns().len() > WIDE_FROM {
        &PENALTY_OF_MANY_COLUMNS
    } else {
        &PENALTIES_OF_MANY_ROWS
    };
    let (penalty, penalties, by_baseline) = tune_logistic(&table, &truth, &folds, penalties, effort.threads)?;
    let forest_share = share(&by_trees, &by_baseline, &held_truth);
    let blended: Vec<f64> = by_trees
        .iter()
        .zip(&by_baseline)
        .map(|(t, l)| odds::probability(blend(forest_share, *t, *l)))
        .collect();
    let (calibration, calibrations) = calibration(&blended, &held_truth, &question.split);

    let all: Vec<u32> = (0..table.rows() as u32).collect();
    let lesson = Lesson { binner: &binner, bins: &bins, target: &target, rows: &all, threads: 1 };
    let bags = Effort { bags: effort.bags.div_ceil(kinds.len()), ..*effort };
    let forests = kinds.iter().map(|kind| bagged(lesson, objective, kind, &bags)).collect();
    let forest = Forest::mean(forests).expect("there is a kind of trees");
    let logistic = Logistic::fit(&table, &truth, penalty)?;
    let schema = table.schema().clone();
    let model = Model { schema, forest, logistic, forest_share, calibration };
    Ok(Fitted { model, trials, penalties, calibrations })
}

/// What was found for the trees.
struct Trees {
    /// The parameters of forests whose mean the trees are.
    kinds: Vec<Parameters>,
    /// Their log odds of the held rows.
    held: Vec<f64>,
    trials: Vec<Trial>,
}

/// The best of `candidates`, or its second kind where `table` has categories to ask otherwise, or the mean of both: what has
/// the least loss on held rows, whose outcomes are `truth`.
fn trees(
    tuning: Tuning<'_>,
    candidates: &[Parameters],
    table: &Frame,
    truth: &[bool],
    effort: &Effort,
) -> Trees {
    let Tuned { parameters, mut trials, held } = tune(tuning, candidates, effort);
    let first = held.concat();
    let levels = table.columns().iter().filter_map(|column| match column {
        Column::Category { levels, .. } => Some(levels.len()),
        Column::Number(_) => None,
    });
    let Some(second_kind) = second_kind(&parameters, candidates, levels) else {
        return Trees { kinds: vec![parameters], held: first, trials };
    };
    let other = tune(tuning, &[second_kind], effort);
    trials.extend(other.trials);
    let second = other.held.concat();
    let both: Vec<f64> = first.iter().zip(&second).map(|(one, two)| blend(0.5, *one, *two)).collect();
    let loss = |held: &[f64]| loss(held.iter().copied(), truth.iter().copied());
    let (by_first, by_second, by_both) = (loss(&first), loss(&second), loss(&both));
    let (kinds, held) = if by_both <= by_first.min(by_second) {
        (vec![parameters, other.parameters], both)
    } else if by_first <= by_second {
        (vec![parameters], first)
    } else {
        (vec![other.parameters], second)
    };
    Trees { kinds, held, trials }
}

/// Whether a table is learned from several times as fast as from a large one once.
fn is_small(table: &Frame, effort: &Effort) -> bool {
    table.rows() <= effort.fold_rows_max && table.rows() * table.columns().len() <= FOLD_CELLS_MAX
}

/// What is held back when: by chance every row once, unless there are many; else the validation part.
fn held_back(
    trained_on: &[usize],
    validation: &[usize],
    truth: &[bool],
    question: &Question,
    few: bool,
) -> Vec<Fold> {
    let all: Vec<u32> = (0..trained_on.len() as u32).collect();
    if question.split == SplitBy::Chance && few {
        return folds(&all, |row| truth[row as usize], question.effort.folds, question.seed);
    }
    let (held, learned): (Vec<u32>, Vec<u32>) =
        all.iter().partition(|row| validation.binary_search(&trained_on[**row as usize]).is_ok());
    let both = |rows: &[u32]| {
        let positives = rows.iter().filter(|row| truth[**row as usize]).count();
        positives > 0 && positives < rows.len()
    };
    if both(&held) && both(&learned) {
        return vec![Fold { learned, held }];
    }
    // A validation part of one outcome decides nothing.
    folds(&all, |row| truth[row as usize], question.effort.folds, question.seed)
}

/// The penalty with the least loss on held rows, how all did, and the log odds of the held rows with the best.
fn tune_logistic(
    table: &Frame,
    truth: &[bool],
    folds: &[Fold],
    penalties: &[f64],
    threads: usize,
) -> Result<(f64, Vec<PenaltyTrial>, Vec<f64>), StudyError> {
    let mut trials = Vec::new();
    let mut best: Option<(f64, f64, Vec<f64>)> = None;
    let parts: Vec<(Frame, Vec<bool>, Frame, Vec<bool>)> = folds
        .iter()
        .map(|fold| {
            let rows = |rows: &[u32]| rows.iter().map(|row| *row as usize).collect::<Vec<usize>>();
            let (learned, held) = (rows(&fold.learned), rows(&fold.held));
            let of = |rows: &[usize]| rows.iter().map(|row| truth[*row]).collect::<Vec<bool>>();
            (table.take(&learned), of(&learned), table.take(&held), of(&held))
        })
        .collect();
    let jobs: Vec<(f64, usize)> =
        penalties.iter().flat_map(|penalty| (0..parts.len()).map(|part| (*penalty, part))).collect();
    let mut margins = in_parallel(&jobs, threads, |(penalty, part)| {
        let (learned, outcomes, held, _) = &parts[*part];
        let logistic = Logistic::fit(learned, outcomes, *penalty)?;
        Ok(each_row(held, |row| logistic.margin(row)))
    })
    .into_iter();
    for &penalty in penalties {
        let of_parts = margins.by_ref().take(parts.len()).collect::<Result<Vec<_>, LogisticError>>()?;
        let margins = of_parts.concat();
        let held = parts.iter().flat_map(|(_, _, _, outcomes)| outcomes);
        let log_loss = loss(margins.iter().copied(), held.copied());
        trials.push(PenaltyTrial { penalty, log_loss });
        if best.as_ref().is_none_or(|(_, least, _)| log_loss < *least) {
            best = Some((penalty, log_loss, margins));
        }
    }
    let (penalty, _, margins) = best.expect("there are penalties to try");
    Ok((penalty, trials, margins))
}

/// How to calibrate, and how all ways did on held rows. Trees that stopped by log loss are calibrated as they are, and the
/// model is trained again afterwards: a curve must save [`CALIBRATION_GAIN_MIN`] of the loss, clearly, and be smooth. Where
/// the held rows are later than those learned from, what has moved in between goes on moving: the level moves with it.
fn calibration(predictions: &[f64], truth: &[bool], split: &SplitBy) -> (Calibration, Vec<calibrate::Trial>) {
    let Ok(choice) = calibrate::choose(predictions, truth) else {
        // Too few held rows, or of one kind only, to say anything against the model.
        return (Calibration::Raw, Vec::new());
    };
    let raw = choice.trials.first().map_or(0.0, |trial| trial.log_loss);
    let worth = |trial: &&calibrate::Trial| {
        matches!(trial.method, Method::Platt | Method::Beta)
            && trial.gain > CALIBRATION_ERRORS_MIN * trial.gain_error
            && trial.gain > CALIBRATION_GAIN_MIN * raw
    };
    let best = choice.trials.iter().filter(worth).max_by(|a, b| a.gain.total_cmp(&b.gain));
    let fitted = best.and_then(|trial| Calibration::fit(trial.method, predictions, truth).ok());
    let moved = || {
        let level = matches!(split, SplitBy::Time(_)).then(|| Level::beyond_chance(predictions, truth).ok());
        level.flatten().filter(|level| level.shift() != 0.0).map(Calibration::Level)
    };
    (fitted.or_else(moved).unwrap_or(Calibration::Raw), choice.trials)
}

/// The weight of the trees with the least loss; the first of equals, which is the highest.
fn share(trees: &[f64], baseline: &[f64], truth: &[bool]) -> f64 {
    let loss = |share: f64| {
        loss(trees.iter().zip(baseline).map(|(t, l)| blend(share, *t, *l)), truth.iter().copied())
    };
    let best = SHARES.into_iter().map(|share| (share, loss(share))).min_by(|a, b| a.1.total_cmp(&b.1));
    best.map_or(1.0, |(share, _)| share)
}

fn blend(share: f64, trees: f64, baseline: f64) -> f64 {
    share * trees + (1.0 - share) * baseline
}

/// Mean log loss of log odds.
fn loss(margins: impl Iterator<Item = f64>, truth: impl Iterator<Item = bool>) -> f64 {
    let losses = margins.zip(truth).map(|(margin, truth)| odds::loss(margin, f64::from(u8::from(truth))));
    let (sum, rows) = losses.fold((0.0, 0_usize), |(sum, rows), loss| (sum + loss, rows + 1));
    sum / rows.max(1) as f64
}
