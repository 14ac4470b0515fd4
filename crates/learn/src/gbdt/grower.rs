//! One tree, leaf by leaf: the leaf whose best question gains most is split next.

use std::ops::Range;

use super::{
    Node, Parameters, Tree,
    columns::Columns,
    histogram::{Derivatives, Histogram, Layout, Sums},
    split::{BinTest, Search, Split, leaf_value},
};

/// A tree, and which of the rows it was grown on ended in which leaf.
pub(super) struct Grown {
    pub tree: Tree,
    pub binned: BinnedTree,
    /// Node of each leaf and its part of the rows.
    pub leaves: Vec<(usize, Range<usize>)>,
}

/// The tree in terms of bins.
pub(super) struct BinnedTree {
    nodes: Vec<BinnedNode>,
}

enum BinnedNode {
    Leaf,
    Split { feature: usize, test: BinTest, missing_left: bool, left: usize, right: usize },
}

impl BinnedTree {
    /// The node of the leaf that row `row` ends in.
    pub fn leaf(&self, columns: &Columns<'_>, row: usize) -> usize {
        let mut at = 0;
        while let BinnedNode::Split { feature, test, missing_left, left, right } = &self.nodes[at] {
            at = if test.passes(columns.bins(*feature)[row], *missing_left) { *left } else { *right };
        }
        at
    }
}

/// A node that may be split further.
struct Open {
    node: usize,
    rows: Range<usize>,
    depth: usize,
    /// The value that it would have as a leaf.
    value: f64,
    sums: Sums,
    /// None where no question will be asked.
    histogram: Option<Histogram>,
    split: Option<Split>,
}

/// Grows trees on one set of rows, with the memory that this takes.
pub(super) struct Grower<'a> {
    columns: &'a Columns<'a>,
    parameters: &'a Parameters,
    threads: usize,
    layout: Layout,
    gathered: Vec<Derivatives>,
    parted: Vec<u32>,
    spare: Vec<Histogram>,
}

impl<'a> Grower<'a> {
    pub fn new(columns: &'a Columns<'a>, parameters: &'a Parameters, threads: usize) -> Self {
        Self {
            columns,
            parameters,
            threads,
            layout: Layout::of(columns),
            gathered: Vec::new(),
            parted: Vec::new(),
            spare: Vec::new(),
        }
    }

    /// Grows a tree on `rows`, which are put into the order of its leaves, asking the columns `features`.
    pub fn grow(&mut self, rows: &mut [u32], features: &[usize], derivatives: &[Derivatives]) -> Grown {
        let mut histogram = self.histogram();
        self.gather(rows, derivatives);
        histogram.fill(&self.layout, self.columns, features, rows, &self.gathered, self.threads);
        let mut sums = Sums::default();
        for at in &self.gathered {
            sums += Sums { gradient: at.gradient, hessian: at.hessian, rows: 1 };
        }
        let value = leaf_value(sums, self.parameters.l2);
        let histogram = Some(histogram);
        let root = Open { node: 0, rows: 0..rows.len(), depth: 0, value, sums, histogram, split: None };
        let mut nodes = vec![leaf(&root)];
        let mut binned = vec![BinnedNode::Leaf];
        let mut open = vec![self.searched(root, features)];
        while open.len() < self.parameters.leaves_max.max(1) {
            let Some(at) = most_gaining(&open) else { break };
            let mut parent = open.swap_remove(at);
            let Some(split) = parent.split.take() else { break };
            let middle = parent.rows.start + self.part(&mut rows[parent.rows.clone()], &split);
            let (left_rows, right_rows) = (parent.rows.start..middle, middle..parent.rows.end);
            let (left, right) = (nodes.len(), nodes.len() + 1);
            let (feature, test) = self.columns.question(split.feature, split.test, split.missing_left);
            nodes[parent.node] = Node::Split {
                feature,
                test,
                missing_left: split.missing_left,
                left: left as u32,
                right: right as u32,
                cover: f64::from(parent.sums.rows),
            };
            binned[parent.node] = BinnedNode::Split {
                feature: split.feature,
                test: split.test,
                missing_left: split.missing_left,
                left,
                right,
            };
            let depth = parent.depth + 1;
            // These two are the tree's last leaves, or too small: nobody will look at their sums.
            let is_full = open.len() + 2 >= self.parameters.leaves_max;
            let is_asked =
                !is_full && (self.may_split(split.left, depth) || self.may_split(split.right, depth));
            let (left_histogram, right_histogram) = match parent.histogram {
                Some(histogram) if is_asked => {
                    let (left, right) =
                        self.histograms(histogram, features, rows, &left_rows, &right_rows, derivatives);
                    (Some(left), Some(right))
                }
                unused => {
                    self.spare.extend(unused);
                    (None, None)
                }
            };
            let children = [
                (left, left_rows, split.left, left_histogram),
                (right, right_rows, split.right, right_histogram),
            ];
            for (node, rows, sums, histogram) in children {
                let value = self.smoothed(leaf_value(sums, split.l2), parent.value, sums.rows);
                let child = Open { node, rows, depth, value, sums, histogram, split: None };
                nodes.push(leaf(&child));
                binned.push(BinnedNode::Leaf);
                let child = self.searched(child, features);
                open.push(child);
            }
        }
        let leaves = open.iter().map(|open| (open.node, open.rows.clone())).collect();
        self.spare.extend(open.into_iter().filter_map(|open| open.histogram));
        Grown { tree: Tree { nodes }, binned: BinnedTree { nodes: binned }, leaves }
    }

    /// Puts the derivatives of `rows` side by side.
    fn gather(&mut self, rows: &[u32], derivatives: &[Derivatives]) {
        self.gathered.clear();
        self.gathered.extend(rows.iter().map(|row| derivatives[*row as usize]));
    }

    fn histogram(&mut self) -> Histogram {
        self.spare.pop().unwrap_or_else(|| Histogram::zero(&self.layout))
    }

    /// The histograms of both children: that of the smaller is summed, the other is what is left of the parent's.
    fn histograms(
        &mut self,
        mut parent: Histogram,
        features: &[usize],
        rows: &[u32],
        left: &Range<usize>,
        right: &Range<usize>,
        derivatives: &[Derivatives],
    ) -> (Histogram, Histogram) {
        let left_is_smaller = left.len() <= right.len();
        let smaller = if left_is_smaller { left } else { right };
        let mut summed = self.histogram();
        let rows = &rows[smaller.clone()];
        self.gather(rows, derivatives);
        summed.fill(&self.layout, self.columns, features, rows, &self.gathered, self.threads);
        parent.subtract(&self.layout, features, &summed);
        if left_is_smaller { (summed, parent) } else { (parent, summed) }
    }

    /// Whether a node of these sums, so deep, may be split at all.
    fn may_split(&self, sums: Sums, depth: usize) -> bool {
        sums.rows >= 2 * self.parameters.leaf_rows_min.max(1) && depth < self.parameters.depth_max
    }

    /// Looks for the best question to `open`.
    fn searched(&self, mut open: Open, features: &[usize]) -> Open {
        if let Some(histogram) = &open.histogram
            && self.may_split(open.sums, open.depth)
        {
            let mut search = Search::new(self.parameters, open.sums);
            for &feature in features {
                let cells = histogram.of(&self.layout, feature);
                search.column(feature, self.columns.order(feature), cells);
            }
            open.split = search.best();
        }
        open
    }

    fn smoothed(&self, value: f64, parent: f64, rows: u32) -> f64 {
        if self.parameters.smoothing <= 0.0 {
            return value;
        }
        let weight = f64::from(rows) / self.parameters.smoothing;
        (value * weight + parent) / (weight + 1.0)
    }

    /// Puts the rows that go left before the others, each in their order; how many go left.
    fn part(&mut self, rows: &mut [u32], split: &Split) -> usize {
        let column = self.columns.bins(split.feature);
        self.parted.clear();
        let mut left = 0;
        for at in 0..rows.len() {
            let row = rows[at];
            if split.test.passes(column[row as usize], split.missing_left) {
                rows[left] = row;
                left += 1;
            } else {
                self.parted.push(row);
            }
        }
        rows[left..].copy_from_slice(&self.parted);
        left
    }
}

fn leaf(open: &Open) -> Node {
    Node::Leaf { value: open.value, cover: f64::from(open.sums.rows) }
}

/// The place of the node whose question gains most; of equals the one that was made first.
fn most_gaining(open: &[Open]) -> Option<usize> {
    let gains =
        open.iter().enumerate().filter_map(|(at, open)| open.split.as_ref().map(|split| (at, split.gain)));
    gains.max_by(|(a, x), (b, y)| x.total_cmp(y).then(open[*b].node.cmp(&open[*a].node))).map(|(at, _)| at)
}
