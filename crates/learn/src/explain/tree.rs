//! Contributions of one tree in one walk down and one up.
//!
//! A leaf with value `v` takes part in the game of its path's columns `i`: `v * product of o_i` over known columns
//! times `product of z_i` over unknown ones, where `o_i` is 1 when the row passes every test of the path on column `i`
//! (0 otherwise) and `z_i` is the share of training rows that do. The Shapley value of a column in such a product is
//!
//! `v * (o_i - z_i) * integral over t from 0 to 1 of product over j != i of (z_j + (o_j - z_j) * t)`
//!
//! (Owen's multilinear extension), a polynomial in `t` of which a Gauss-Legendre rule with half as many nodes as there are
//! columns on the path gives the exact integral. At a fixed `t` the products are shared by all leaves below a node, so that
//! one walk down (products) and one up (sums over leaves, over the edge's own factor) gives all columns: time is
//! proportional to nodes times half the depth. Where a path asks a column again, only the last of its edges counts.

use super::{ExplainError, quadrature};
use crate::{
    frame::Value,
    gbdt::{Node, Test, Tree},
};

/// How many different columns a path may ask.
pub(super) const COLUMNS_MAX: usize = 64;

/// The least share of training rows that a branch counts with, so that branches no training row took divide nothing by 0.
const SHARE_MIN: f64 = 1e-12;

/// A tree with as many quadrature nodes as its longest path needs.
#[derive(Clone, Debug)]
pub(super) enum Walked {
    Up8(Prepared<4>),
    Up16(Prepared<8>),
    Up32(Prepared<16>),
    Up64(Prepared<32>),
}

impl Walked {
    pub(super) fn of(tree: &Tree, place: usize, columns: usize) -> Result<Self, ExplainError> {
        let edges = edges(tree, place, columns)?;
        let deepest = edges.iter().map(|edge| edge.columns).max().unwrap_or(0);
        match deepest {
            0..=8 => Ok(Self::Up8(Prepared::of(tree, &edges))),
            9..=16 => Ok(Self::Up16(Prepared::of(tree, &edges))),
            17..=32 => Ok(Self::Up32(Prepared::of(tree, &edges))),
            33..=COLUMNS_MAX => Ok(Self::Up64(Prepared::of(tree, &edges))),
            columns => Err(ExplainError::TooDeep { tree: place, columns }),
        }
    }

    /// The tree's average over the training rows.
    pub(super) fn expected(&self) -> f64 {
        match self {
            Self::Up8(tree) => tree.expected,
            Self::Up16(tree) => tree.expected,
            Self::Up32(tree) => tree.expected,
            Self::Up64(tree) => tree.expected,
        }
    }

    /// Adds the contributions for `row` to `into`; `scratch` is memory to use again.
    pub(super) fn add(&self, row: &[Value], into: &mut [f64], scratch: &mut Vec<f64>) {
        match self {
            Self::Up8(tree) => tree.add(row, into, scratch),
            Self::Up16(tree) => tree.add(row, into, scratch),
            Self::Up32(tree) => tree.add(row, into, scratch),
            Self::Up64(tree) => tree.add(row, into, scratch),
        }
    }
}

/// The way into a node; the root has none and keeps the values of `Edge::default`.
#[derive(Clone, Copy, Debug)]
struct Edge {
    column: usize,
    /// The nearest edge above that asks the same column.
    above: Option<usize>,
    /// Share of the training rows that pass this edge among those that came to its parent.
    own_share: f64,
    /// The same over all edges down to this one that ask the column.
    share: f64,
    /// How many different columns the path to here asks.
    columns: usize,
}

impl Default for Edge {
    fn default() -> Self {
        Self { column: 0, above: None, own_share: 1.0, share: 1.0, columns: 0 }
    }
}

/// The edges into all nodes of a tree that is checked on the way.
fn edges(tree: &Tree, place: usize, columns: usize) -> Result<Vec<Edge>, ExplainError> {
    let malformed = |node| ExplainError::Malformed { tree: place, node };
    let mut edges = vec![Edge::default(); tree.nodes.len()];
    let mut parents: Vec<Option<usize>> = vec![None; tree.nodes.len()];
    if tree.nodes.is_empty() {
        return Err(malformed(0));
    }
    for (at, node) in tree.nodes.iter().enumerate() {
        if at > 0 && parents[at].is_none() {
            return Err(malformed(at));
        }
        let numbers = match node {
            Node::Leaf { value, cover } => [*value, *cover],
            Node::Split { cover, .. } => [*cover, 0.0],
        };
        if numbers.iter().any(|number| !number.is_finite()) {
            return Err(ExplainError::NotFinite { tree: place, node: at });
        }
        let Node::Split { feature, left, right, .. } = node else { continue };
        let column = *feature as usize;
        if column >= columns {
            return Err(ExplainError::Column { tree: place, column: *feature, columns });
        }
        // The nearest edge that asks the same column, on the way up.
        let mut above = Some(at).filter(|at| *at > 0);
        while let Some(edge) = above.filter(|edge| edges[*edge].column != column) {
            above = parents[edge].filter(|parent| *parent > 0);
        }
        let covers =
            [*left, *right].map(|child| tree.nodes.get(child as usize).map_or(0.0, Node::cover).max(0.0));
        for (child, cover) in [*left, *right].into_iter().zip(covers) {
            let child = child as usize;
            if child <= at || child >= tree.nodes.len() || parents[child].is_some() {
                return Err(malformed(at));
            }
            let total = covers[0] + covers[1];
            let own_share = if total > 0.0 { (cover / total).max(SHARE_MIN) } else { 0.5 };
            let before = above.map_or(1.0, |edge| edges[edge].share);
            parents[child] = Some(at);
            edges[child] = Edge {
                column,
                above,
                own_share,
                share: (before * own_share).max(1e-200),
                columns: edges[at].columns + usize::from(above.is_none()),
            };
        }
    }
    Ok(edges)
}

/// A tree with everything worked out that does not depend on the row.
#[derive(Clone, Debug)]
pub(super) struct Prepared<const Q: usize> {
    steps: Vec<Step<Q>>,
    expected: f64,
}

/// A node and the edge into it.
#[derive(Clone, Debug)]
struct Step<const Q: usize> {
    what: What,
    column: usize,
    above: Option<usize>,
    /// `o - z` of this edge, when the row does not pass and when it does.
    taken: [f64; 2],
    /// What the product over the path is multiplied by at each node of the rule: when the row does not pass and when it
    /// does, given that it passed above.
    factor: [[f64; Q]; 2],
    /// The same where the row did not pass above: one number, since nothing about the column is left to fail.
    factor_failed: f64,
    /// Weights of the rule over this edge's own factor, when the row does not pass and when it does.
    weight: [[f64; Q]; 2],
}

#[derive(Clone, Debug)]
enum What {
    Leaf(f64),
    Split { column: usize, test: Test, missing_left: bool, left: usize, right: usize },
}

impl<const Q: usize> Step<Q> {
    /// `o - z` times the integral of `sums` over this edge's own factor.
    fn share_of(&self, passes: bool, sums: &[f64; Q]) -> f64 {
        let passes = usize::from(passes);
        let parts = sums.iter().zip(&self.weight[passes]).map(|(sum, weight)| sum * weight);
        self.taken[passes] * parts.sum::<f64>()
    }
}

impl<const Q: usize> Prepared<Q> {
    fn of(tree: &Tree, edges: &[Edge]) -> Self {
        let (nodes, weights) = quadrature::rule::<Q>();
        // `z + (o - z) t` at the nodes of the rule.
        let line = |share: f64, passed: usize| -> [f64; Q] {
            nodes.map(|t| if passed == 1 { share + (1.0 - share) * t } else { share * (1.0 - t) })
        };
        let step = |(node, edge): (&Node, &Edge)| {
            let above = edge.above.map(|above| edges[above].share);
            let before = above.map_or([1.0; Q], |share| line(share, 1));
            let own = [line(edge.share, 0), line(edge.share, 1)];
            Step {
                what: match node {
                    Node::Leaf { value, .. } => What::Leaf(*value),
                    Node::Split { feature, test, missing_left, left, right, .. } => What::Split {
                        column: *feature as usize,
                        test: test.clone(),
                        missing_left: *missing_left,
                        left: *left as usize,
                        right: *right as usize,
                    },
                },
                column: edge.column,
                above: edge.above,
                taken: [-edge.share, 1.0 - edge.share],
                factor: own.map(|own| std::array::from_fn(|k| own[k] / before[k])),
                factor_failed: above.map_or(edge.own_share, |share| edge.share / share),
                weight: own.map(|own| std::array::from_fn(|k| weights[k] / own[k])),
            }
        };
        let steps: Vec<Step<Q>> = tree.nodes.iter().zip(edges).map(step).collect();
        let mut reached = vec![1.0; steps.len()];
        let mut expected = 0.0;
        for (at, step) in steps.iter().enumerate() {
            match step.what {
                What::Leaf(value) => expected += value * reached[at],
                What::Split { left, right, .. } => {
                    // The product of the shares of all columns: at t = 0, where nothing is known.
                    for child in [left, right] {
                        reached[child] = reached[at] * steps[child].factor_failed;
                    }
                }
            }
        }
        Self { steps, expected }
    }

    fn add(&self, row: &[Value], into: &mut [f64], scratch: &mut Vec<f64>) {
        // Per node: the path's product (going down), then the sum over the leaves below (going up); behind them, whether the
        // row passes every test on the edge's column.
        let count = self.steps.len();
        scratch.clear();
        scratch.resize(count * Q + count, 1.0);
        let (products, passed) = scratch.split_at_mut(count * Q);
        let (products, _) = products.as_chunks_mut::<Q>();
        for at in 0..count {
            match &self.steps[at].what {
                What::Leaf(value) => products[at].iter_mut().for_each(|product| *product *= value),
                What::Split { column, test, missing_left, left, right } => {
                    let value = row.get(*column).copied().unwrap_or(Value::Missing);
                    let goes_left = test.passes(value).unwrap_or(*missing_left);
                    let product = products[at];
                    for (child, taken) in [(*left, goes_left), (*right, !goes_left)] {
                        let step = &self.steps[child];
                        let passed_above = step.above.is_none_or(|above| passed[above] > 0.5);
                        let passes = taken && passed_above;
                        passed[child] = f64::from(u8::from(passes));
                        products[child] = if passed_above {
                            let factor = &step.factor[usize::from(passes)];
                            std::array::from_fn(|k| product[k] * factor[k])
                        } else {
                            product.map(|product| product * step.factor_failed)
                        };
                    }
                }
            }
        }
        for at in (1..count).rev() {
            let step = &self.steps[at];
            if let What::Split { left, right, .. } = step.what {
                let (left, right) = (products[left], products[right]);
                products[at] = std::array::from_fn(|k| left[k] + right[k]);
            }
            // The leaves below have this edge's factor in their products, and not that of the edge above that asks the same
            // column, by which the sum above will be divided: that is taken back here.
            let mut part = step.share_of(passed[at] > 0.5, &products[at]);
            if let Some(above) = step.above {
                part -= self.steps[above].share_of(passed[above] > 0.5, &products[at]);
            }
            into[step.column] += part;
        }
    }
}
