use crate::odds::{loss, sigmoid};

/// Rows of a design as lists of (feature, value); features that are not listed are 0.
pub(crate) struct Design {
    /// Where each row's entries begin in `entries`; one more than rows.
    starts: Vec<usize>,
    entries: Vec<(u32, f64)>,
    width: usize,
}

impl Design {
    /// A design of `width` features, without rows yet.
    pub fn new(width: usize) -> Self {
        Self { starts: vec![0], entries: Vec::new(), width }
    }

    /// The design whose rows are the `columns` side by side.
    pub fn dense<const WIDTH: usize>(rows: impl IntoIterator<Item = [f64; WIDTH]>) -> Self {
        let mut design = Self::new(WIDTH);
        for row in rows {
            design.push(row.into_iter().enumerate().map(|(feature, value)| (feature as u32, value)));
        }
        design
    }

    /// One more row. Features ascend and are below the width.
    pub fn push(&mut self, row: impl IntoIterator<Item = (u32, f64)>) {
        self.entries.extend(row);
        self.starts.push(self.entries.len());
    }

    /// The number of rows.
    pub fn rows(&self) -> usize {
        self.starts.len() - 1
    }

    /// The number of features.
    pub fn width(&self) -> usize {
        self.width
    }

    fn row(&self, row: usize) -> &[(u32, f64)] {
        &self.entries[self.starts[row]..self.starts[row + 1]]
    }

    /// `coefficients . row + intercept`; `coefficients` may hold the intercept behind the features.
    pub fn margin(&self, row: usize, coefficients: &[f64], intercept: f64) -> f64 {
        let products = self.row(row).iter().map(|&(feature, value)| coefficients[feature as usize] * value);
        intercept + products.sum::<f64>()
    }
}

/// What the solver found.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Solution {
    /// One number per feature.
    pub coefficients: Vec<f64>,
    /// The log-odds of a row of zeros; never penalised.
    pub intercept: f64,
    /// Newton steps taken.
    pub steps: usize,
    /// Whether the gradient vanished (else the steps ran out or no step helped any more).
    pub converged: bool,
}

/// Up to this width the linear system of a step is solved by Cholesky's method, beyond it by conjugate gradients.
const CHOLESKY_WIDTH_MAX: usize = 400;
const STEPS_MAX: usize = 100;

/// How far from the solution of its linear system a step by conjugate gradients may be, as a share of the way: a step need
/// not be better solved than the next can correct ("inexact Newton", Dembo, Eisenstat and Steihaug 1982).
const STEP_ERROR: f64 = 1e-3;

/// The coefficients that minimise sum of log losses + `penalty` / 2 * |coefficients|^2, the intercept left free.
///
/// `targets` lie in [0, 1]. Newton's method (iteratively reweighted least squares) with backtracking: the objective
/// is convex, so that the minimum is the only one, and the same rows always take the same steps. A `penalty` above
/// 0 keeps the minimum finite where the classes can be separated.
pub(crate) fn minimise(design: &Design, targets: &[f64], penalty: f64) -> Solution {
    let (rows, width) = (design.rows(), design.width());
    let mean = targets.iter().sum::<f64>() / rows.max(1) as f64;
    // The best model of no features.
    let mut at = vec![0.0; width + 1];
    at[width] = crate::odds::logit(mean).clamp(-10.0, 10.0);
    let mut value = objective(design, targets, penalty, &at);
    let mut converged = false;
    let mut steps = 0;
    while steps < STEPS_MAX {
        let (gradient, curvatures) = slope(design, targets, penalty, &at);
        let scale = rows.max(1) as f64;
        if gradient.iter().all(|g| g.abs() <= 1e-11 * scale) {
            converged = true;
            break;
        }
        let step = if width < CHOLESKY_WIDTH_MAX {
            by_cholesky(design, &curvatures, penalty, &gradient)
        } else {
            by_conjugate_gradients(design, &curvatures, penalty, &gradient, STEP_ERROR)
        };
        let descent: f64 = step.iter().zip(&gradient).map(|(s, g)| s * g).sum();
        let Some((next, next_value)) =
            backtrack(value, descent, &at, &step, |point| objective(design, targets, penalty, point))
        else {
            // No step lowers the objective within a double's digits: this is the minimum.
            converged = true;
            break;
        };
        at = next;
        value = next_value;
        steps += 1;
    }
    let intercept = at.pop().unwrap_or_default();
    Solution { coefficients: at, intercept, steps, converged }
}

fn objective(design: &Design, targets: &[f64], penalty: f64, at: &[f64]) -> f64 {
    let width = design.width();
    let losses = targets.iter().enumerate();
    let losses: f64 = losses.map(|(row, &t)| loss(design.margin(row, at, at[width]), t)).sum();
    losses + 0.5 * penalty * at[..width].iter().map(|c| c * c).sum::<f64>()
}

/// The gradient, and each row's p (1 - p).
fn slope(design: &Design, targets: &[f64], penalty: f64, at: &[f64]) -> (Vec<f64>, Vec<f64>) {
    let width = design.width();
    let mut gradient: Vec<f64> = at.iter().map(|c| penalty * c).collect();
    gradient[width] = 0.0;
    let mut curvatures = Vec::with_capacity(targets.len());
    for (row, &target) in targets.iter().enumerate() {
        let p = sigmoid(design.margin(row, at, at[width]));
        let error = p - target;
        for &(feature, value) in design.row(row) {
            gradient[feature as usize] += error * value;
        }
        gradient[width] += error;
        curvatures.push(p * (1.0 - p));
    }
    (gradient, curvatures)
}

/// The point along -`step` at which the objective has fallen enough (Armijo), or none within 60 halvings.
fn backtrack(
    value: f64,
    descent: f64,
    at: &[f64],
    step: &[f64],
    objective: impl Fn(&[f64]) -> f64,
) -> Option<(Vec<f64>, f64)> {
    let mut length = 1.0;
    for _ in 0..60 {
        let point: Vec<f64> = at.iter().zip(step).map(|(a, s)| a - length * s).collect();
        let reached = objective(&point);
        if reached < value && reached <= value - 1e-4 * length * descent {
            return Some((point, reached));
        }
        length *= 0.5;
    }
    None
}

/// Solves (X' W X + penalty) step = gradient by Cholesky's method, the diagonal raised where it is not positive.
fn by_cholesky(design: &Design, curvatures: &[f64], penalty: f64, gradient: &[f64]) -> Vec<f64> {
    let width = design.width();
    let side = width + 1;
    let mut matrix = vec![0.0; side * side];
    for (row, &curvature) in curvatures.iter().enumerate() {
        let entries = design.row(row);
        for (place, &(i, value)) in entries.iter().enumerate() {
            let weighted = curvature * value;
            let line = &mut matrix[i as usize * side..][..side];
            // Entries ascend, so that these are all at or below the diagonal.
            for &(j, other) in &entries[..=place] {
                line[j as usize] += weighted * other;
            }
        }
        let last = &mut matrix[width * side..];
        for &(j, value) in entries {
            last[j as usize] += curvature * value;
        }
        last[width] += curvature;
    }
    for feature in 0..width {
        matrix[feature * side + feature] += penalty;
    }
    let largest = (0..side).map(|i| matrix[i * side + i]).fold(f64::MIN_POSITIVE, f64::max);
    let mut raised = 0.0;
    loop {
        if let Some(step) = cholesky(&matrix, side, raised, gradient) {
            return step;
        }
        raised = if raised == 0.0 { 1e-14 * largest } else { raised * 100.0 };
    }
}

/// The solution of (matrix + raised I) x = right, of a symmetric matrix of which the lower half is given; none when
/// it is not positive definite.
fn cholesky(matrix: &[f64], side: usize, raised: f64, right: &[f64]) -> Option<Vec<f64>> {
    let mut lower = matrix.to_vec();
    for i in 0..side {
        for j in 0..=i {
            let (before, line) = lower.split_at(i * side);
            let other = if j == i { &line[..j] } else { &before[j * side..j * side + j] };
            let products: f64 = line[..j].iter().zip(other).map(|(a, b)| a * b).sum();
            let rest = line[j] - products;
            let entry = if i == j {
                let pivot = rest + raised;
                // What is left of a pivot after cancellation must still be a number.
                if pivot.is_nan() || pivot <= 1e-15 * matrix[i * side + i].abs() {
                    return None;
                }
                pivot.sqrt()
            } else {
                rest / lower[j * side + j]
            };
            lower[i * side + j] = entry;
        }
    }
    let mut x = right.to_vec();
    for i in 0..side {
        let products: f64 = (0..i).map(|j| lower[i * side + j] * x[j]).sum();
        x[i] = (x[i] - products) / lower[i * side + i];
    }
    for i in (0..side).rev() {
        let products: f64 = (i + 1..side).map(|j| lower[j * side + i] * x[j]).sum();
        x[i] = (x[i] - products) / lower[i * side + i];
    }
    x.iter().all(|v| v.is_finite()).then_some(x)
}

/// Solves (X' W X + penalty) step = gradient by conjugate gradients, preconditioned by the diagonal, until the residual is
/// `error` of what it was: needs no matrix.
fn by_conjugate_gradients(
    design: &Design,
    curvatures: &[f64],
    penalty: f64,
    gradient: &[f64],
    error: f64,
) -> Vec<f64> {
    let width = design.width();
    let mut diagonal = vec![penalty; width + 1];
    diagonal[width] = 0.0;
    for (row, &curvature) in curvatures.iter().enumerate() {
        for &(feature, value) in design.row(row) {
            diagonal[feature as usize] += curvature * value * value;
        }
        diagonal[width] += curvature;
    }
    for entry in &mut diagonal {
        *entry = entry.max(f64::MIN_POSITIVE.sqrt());
    }
    let product = |vector: &[f64]| {
        let mut result: Vec<f64> = vector.iter().map(|v| penalty * v).collect();
        result[width] = 0.0;
        for (row, &curvature) in curvatures.iter().enumerate() {
            let weighted = curvature * design.margin(row, vector, vector[width]);
            for &(feature, value) in design.row(row) {
                result[feature as usize] += weighted * value;
            }
            result[width] += weighted;
        }
        result
    };
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    let mut x = vec![0.0; width + 1];
    let mut residual = gradient.to_vec();
    let conditioned =
        |residual: &[f64]| residual.iter().zip(&diagonal).map(|(r, d)| r / d).collect::<Vec<_>>();
    let mut z = conditioned(&residual);
    let mut direction = z.clone();
    let mut energy = dot(&residual, &z);
    let enough = error * error * energy;
    for _ in 0..4 * (width + 1) {
        if energy <= enough {
            break;
        }
        let image = product(&direction);
        let bend = dot(&direction, &image);
        if bend <= 0.0 {
            break;
        }
        let length = energy / bend;
        for (x, d) in x.iter_mut().zip(&direction) {
            *x += length * d;
        }
        for (r, i) in residual.iter_mut().zip(&image) {
            *r -= length * i;
        }
        z = conditioned(&residual);
        let next = dot(&residual, &z);
        for (d, z) in direction.iter_mut().zip(&z) {
            *d = z + next / energy * *d;
        }
        energy = next;
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows that no line separates, made without a generator.
    fn rows(count: usize) -> (Design, Vec<f64>) {
        let cell = |i: usize, k: usize| ((i * 37 + k * 101) % 23) as f64 / 23.0 - 0.5;
        let design = Design::dense((0..count).map(|i| [cell(i, 1), cell(i, 2), cell(i * i, 3)]));
        let targets = (0..count).map(|i| f64::from(u8::from((i * 7919) % 13 < 5 + (i % 2)))).collect();
        (design, targets)
    }

    #[test]
    fn the_gradient_vanishes_at_the_solution() {
        let (design, targets) = rows(200);
        for penalty in [0.0, 0.5, 20.0] {
            let solution = minimise(&design, &targets, penalty);
            assert!(solution.converged && solution.steps < 12, "{solution:?}");
            let at = [&solution.coefficients[..], &[solution.intercept]].concat();
            let (gradient, _) = slope(&design, &targets, penalty, &at);
            assert!(gradient.iter().all(|g| g.abs() < 1e-8), "{gradient:?}");
        }
    }

    #[test]
    fn conjugate_gradients_and_cholesky_find_the_same_step() {
        let (design, targets) = rows(120);
        let at = [0.3, -0.2, 0.1, 0.05];
        let (gradient, curvatures) = slope(&design, &targets, 0.7, &at);
        let one = by_cholesky(&design, &curvatures, 0.7, &gradient);
        let other = by_conjugate_gradients(&design, &curvatures, 0.7, &gradient, 1e-10);
        for (a, b) in one.iter().zip(&other) {
            assert!((a - b).abs() < 1e-9 * a.abs().max(1.0), "{one:?} {other:?}");
        }
    }

    #[test]
    fn separable_rows_with_a_penalty_have_a_finite_solution() {
        let design = Design::dense((0..20).map(|i| [f64::from(i)]));
        let targets: Vec<f64> = (0..20).map(|i| f64::from(u8::from(i >= 10))).collect();
        let solution = minimise(&design, &targets, 1.0);
        assert!(solution.converged && solution.coefficients[0].is_finite() && solution.coefficients[0] > 0.5);
    }

    #[test]
    fn features_that_repeat_each_other_share_the_weight() {
        let one = Design::dense((0..40).map(|i| [f64::from(i % 7)]));
        let twice = Design::dense((0..40).map(|i| [f64::from(i % 7), f64::from(i % 7)]));
        let targets: Vec<f64> = (0..40).map(|i| f64::from(u8::from(i % 7 > 3 || i % 5 == 0))).collect();
        let single = minimise(&one, &targets, 1.0);
        let shared = minimise(&twice, &targets, 2.0);
        assert!((shared.coefficients[0] - shared.coefficients[1]).abs() < 1e-9);
        assert!(
            (2.0 * shared.coefficients[0] - single.coefficients[0]).abs() < 1e-8,
            "{single:?} {shared:?}"
        );
    }
}
