//! A trained model: trees whose leaves sum to the margin.

use serde::{Deserialize, Serialize};

use super::Objective;
use crate::frame::Value;

/// Trees and the constant that they start from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Forest {
    /// What was minimised.
    pub objective: Objective,
    /// The margin before any tree.
    pub base: f64,
    /// The trees; the learning rate is in their leaves already.
    pub trees: Vec<Tree>,
}

/// One decision tree; the root is node 0, and children stand behind their parents.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// The nodes.
    pub nodes: Vec<Node>,
}

/// A node of a tree.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Node {
    /// Asks one column and goes on.
    Split {
        /// The column's place in the schema that the forest was trained with.
        feature: u32,
        /// Which values go left.
        test: Test,
        /// Whether a missing value goes left.
        missing_left: bool,
        /// The node for values that pass.
        left: u32,
        /// The node for the others.
        right: u32,
        /// How many training rows came here.
        cover: f64,
    },
    /// Adds its value to the margin.
    Leaf {
        /// What it adds.
        value: f64,
        /// How many training rows came here.
        cover: f64,
    },
}

/// A question to one value.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Test {
    /// Numbers not above it go left.
    Threshold(f64),
    /// Levels in it go left.
    Levels(LevelSet),
}

/// A set of level codes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LevelSet {
    /// Bit `code % 64` of word `code / 64` says whether `code` is in.
    pub words: Vec<u64>,
}

impl LevelSet {
    /// Whether `code` is in the set.
    pub fn contains(&self, code: u32) -> bool {
        self.words.get(code as usize / 64).is_some_and(|word| word >> (code % 64) & 1 == 1)
    }

    /// Adds `code`.
    pub fn insert(&mut self, code: u32) {
        let word = code as usize / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (code % 64);
    }
}

impl FromIterator<u32> for LevelSet {
    fn from_iter<I: IntoIterator<Item = u32>>(codes: I) -> Self {
        let mut set = Self::default();
        codes.into_iter().for_each(|code| set.insert(code));
        set
    }
}

impl Node {
    /// How many training rows came here.
    pub fn cover(&self) -> f64 {
        match self {
            Self::Split { cover, .. } | Self::Leaf { cover, .. } => *cover,
        }
    }

    /// The child that `value` goes to; none at a leaf.
    pub fn next(&self, value: impl FnOnce(u32) -> Value) -> Option<u32> {
        match self {
            Self::Leaf { .. } => None,
            Self::Split { feature, test, missing_left, left, right, .. } => {
                let goes_left = test.passes(value(*feature)).unwrap_or(*missing_left);
                Some(if goes_left { *left } else { *right })
            }
        }
    }
}

impl Test {
    /// Whether `value` goes left; none when it is missing, or not of the kind that the test is for.
    pub fn passes(&self, value: Value) -> Option<bool> {
        match (self, value) {
            (Self::Threshold(threshold), Value::Number(number)) if !number.is_nan() => {
                Some(number <= *threshold)
            }
            (Self::Levels(levels), Value::Level(code)) => Some(levels.contains(code)),
            _ => None,
        }
    }
}

impl Tree {
    /// The leaf's value for `row`.
    pub fn value(&self, row: &[Value]) -> f64 {
        let mut at = 0;
        // Children stand behind their parents, so that this ends.
        while let Some(node) = self.nodes.get(at) {
            if let Node::Leaf { value, .. } = node {
                return *value;
            }
            match node.next(|feature| row.get(feature as usize).copied().unwrap_or(Value::Missing)) {
                Some(next) => at = next as usize,
                None => break,
            }
        }
        0.0
    }
}

impl Forest {
    /// The forest whose margin is the mean of those of `forests`, which have one objective; none when there are none.
    pub fn mean(forests: Vec<Self>) -> Option<Self> {
        let share = 1.0 / forests.len() as f64;
        let base = forests.iter().map(|forest| forest.base).sum::<f64>() * share;
        let objective = forests.first()?.objective;
        let mut trees: Vec<Tree> = forests.into_iter().flat_map(|forest| forest.trees).collect();
        for node in trees.iter_mut().flat_map(|tree| &mut tree.nodes) {
            if let Node::Leaf { value, .. } = node {
                *value *= share;
            }
        }
        Some(Self { objective, base, trees })
    }

    /// The margin of `row`, whose values stand in the schema's order: log odds for [`Objective::Binary`].
    pub fn raw(&self, row: &[Value]) -> f64 {
        self.trees.iter().map(|tree| tree.value(row)).sum::<f64>() + self.base
    }

    /// The probability (for [`Objective::Binary`]) or the value that is predicted for `row`.
    pub fn predict(&self, row: &[Value]) -> f64 {
        self.objective.prediction(self.raw(row))
    }
}
