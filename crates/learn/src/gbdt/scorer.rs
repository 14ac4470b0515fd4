//! A forest laid out for speed.

use super::{Forest, Node, Objective, Test, Tree};
use crate::frame::{Frame, Value};

/// Rows that go through the trees side by side.
const BLOCK: usize = 16;

/// Up to so many columns a single row needs no memory of its own.
const WIDTH_SMALL: usize = 64;

/// A forest whose nodes lie side by side, walked without a branch that could be guessed wrongly: the same answers as
/// [`Forest`], several times as fast.
#[derive(Clone, Debug, PartialEq)]
pub struct Scorer {
    objective: Objective,
    base: f64,
    nodes: Vec<Flat>,
    /// What a node adds, if it is a leaf.
    values: Vec<f64>,
    /// Where each tree begins, and the most questions from there to a leaf.
    trees: Vec<(u32, u32)>,
    /// Bits of all level sets, one behind the other; the first word is empty.
    words: Vec<u64>,
    /// What is asked of each column.
    asks: Vec<Asks>,
}

/// A node. The right child stands behind the left; a leaf is its own left child, and everything goes left.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Flat {
    threshold: f64,
    feature: u32,
    left: u32,
    /// Where the words of a level set begin, and how many there are.
    begin: u32,
    words: u16,
    missing_left: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asks {
    Nothing,
    Number,
    Level,
}

impl Scorer {
    /// The forest's trees, laid out.
    pub fn new(forest: &Forest) -> Self {
        let mut scorer = Self {
            objective: forest.objective,
            base: forest.base,
            nodes: Vec::new(),
            values: Vec::new(),
            trees: Vec::with_capacity(forest.trees.len()),
            words: vec![0],
            asks: Vec::new(),
        };
        forest.trees.iter().for_each(|tree| scorer.lay_out(tree));
        scorer
    }

    fn lay_out(&mut self, tree: &Tree) {
        let root = self.leaf(0.0);
        let mut depth_max = 0;
        let mut open = vec![(0_usize, root, 0_u32)];
        while let Some((from, to, depth)) = open.pop() {
            match tree.nodes.get(from) {
                None => {}
                Some(Node::Leaf { value, .. }) => {
                    self.values[to] = *value;
                    depth_max = depth_max.max(depth);
                }
                Some(Node::Split { feature, test, missing_left, left, right, .. }) => {
                    let children = [self.leaf(0.0), self.leaf(0.0)];
                    let (threshold, begin, words) = self.test(*feature, test);
                    self.nodes[to] = Flat {
                        threshold,
                        feature: *feature,
                        left: children[0] as u32,
                        begin,
                        words,
                        missing_left: *missing_left,
                    };
                    open.push((*right as usize, children[1], depth + 1));
                    open.push((*left as usize, children[0], depth + 1));
                }
            }
        }
        self.trees.push((root as u32, depth_max));
    }

    /// Adds a leaf; its place.
    fn leaf(&mut self, value: f64) -> usize {
        let place = self.nodes.len();
        let left = place as u32;
        let (threshold, missing_left) = (f64::INFINITY, true);
        self.nodes.push(Flat { threshold, feature: 0, left, begin: 0, words: 0, missing_left });
        self.values.push(value);
        place
    }

    fn test(&mut self, feature: u32, test: &Test) -> (f64, u32, u16) {
        let feature = feature as usize;
        if self.asks.len() <= feature {
            self.asks.resize(feature + 1, Asks::Nothing);
        }
        match test {
            Test::Threshold(threshold) => {
                self.asks[feature] = Asks::Number;
                (*threshold, 0, 0)
            }
            Test::Levels(levels) => {
                self.asks[feature] = Asks::Level;
                let begin = self.words.len() as u32;
                self.words.extend(&levels.words);
                (f64::NEG_INFINITY, begin, levels.words.len() as u16)
            }
        }
    }

    /// As [`Forest::raw`].
    pub fn raw(&self, row: &[Value]) -> f64 {
        let mut values = [f64::NAN; WIDTH_SMALL];
        let mut sums = [0.0];
        if self.width() <= WIDTH_SMALL {
            let values = &mut values[..self.width()];
            self.ask(row, values);
            self.sum::<1>(values, &mut sums);
        } else {
            let mut values = vec![f64::NAN; self.width()];
            self.ask(row, &mut values);
            self.sum::<1>(&values, &mut sums);
        }
        sums[0]
    }

    /// As [`Forest::predict`].
    pub fn predict(&self, row: &[Value]) -> f64 {
        self.objective.prediction(self.raw(row))
    }

    /// [`Forest::raw`] of every row of `frame`, several times as fast as one by one.
    pub fn raw_all(&self, frame: &Frame) -> Vec<f64> {
        let width = self.width();
        let mut values = vec![f64::NAN; width * BLOCK];
        let mut row = Vec::with_capacity(frame.columns().len());
        let mut all = Vec::with_capacity(frame.rows() + BLOCK);
        for begin in (0..frame.rows()).step_by(BLOCK) {
            let rows = begin..frame.rows().min(begin + BLOCK);
            for (row_values, at) in values.chunks_exact_mut(width).zip(rows) {
                frame.row_into(at, &mut row);
                self.ask(&row, row_values);
            }
            let mut sums = [0.0; BLOCK];
            self.sum::<BLOCK>(&values, &mut sums);
            all.extend(sums);
        }
        all.truncate(frame.rows());
        all
    }

    fn width(&self) -> usize {
        self.asks.len().max(1)
    }

    /// Puts what the trees ask for into `values`, `NaN` where it is missing.
    fn ask(&self, row: &[Value], values: &mut [f64]) {
        for (at, (value, asks)) in values.iter_mut().zip(&self.asks).enumerate() {
            *value = match (asks, row.get(at)) {
                (Asks::Number, Some(Value::Number(number))) => *number,
                (Asks::Level, Some(Value::Level(code))) => f64::from(*code),
                _ => f64::NAN,
            };
        }
    }

    /// Sums what the trees say of `ROWS` rows, whose values stand row by row. The rows go through a tree side by side, so that
    /// the processor need not wait for one of them.
    fn sum<const ROWS: usize>(&self, values: &[f64], sums: &mut [f64; ROWS]) {
        let width = values.len() / ROWS;
        for (root, depth) in &self.trees {
            let mut at = [*root; ROWS];
            for _ in 0..*depth {
                for (row, at) in at.iter_mut().enumerate() {
                    *at = self.next(*at, &values[row * width..(row + 1) * width]);
                }
            }
            for (sum, at) in sums.iter_mut().zip(at) {
                *sum += self.values[at as usize];
            }
        }
        sums.iter_mut().for_each(|sum| *sum += self.base);
    }

    /// The node behind `at`.
    #[inline(always)]
    fn next(&self, at: u32, values: &[f64]) -> u32 {
        let node = &self.nodes[at as usize];
        let value = values[node.feature as usize];
        let missing = value.is_nan();
        // Of a number or a missing value the bit is not looked at: the words of its node are none.
        let code = value as u32;
        let word = code / 64;
        let within = word < u32::from(node.words);
        let bits = self.words[if within { node.begin + word } else { 0 } as usize];
        let in_set = bits >> (code % 64) & 1 == 1;
        let goes_left = (value <= node.threshold) | (missing & node.missing_left) | (!missing & in_set);
        node.left + u32::from(!goes_left)
    }
}
