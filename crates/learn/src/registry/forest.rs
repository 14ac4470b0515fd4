//! Forests as bytes: about 20 for a node.
//!
//! Objective (a byte, and its number where it has one), base, number of trees; per tree the number of nodes; per node a byte
//! for its kind (bit 0: split, bit 1: by levels, bit 2: missing goes left), then its numbers. Counts and places are
//! LEB128, children as distances from their parent, numbers as IEEE 754 doubles.

use crate::{
    frame::Schema,
    gbdt::{Forest, LevelSet, Node, Objective, Test, Tree},
};

const SPLIT: u8 = 1;
const BY_LEVELS: u8 = 2;
const MISSING_LEFT: u8 = 4;

/// The least bytes of a node: kind and two numbers.
const NODE_BYTES_MIN: usize = 17;

pub(super) fn write(forest: &Forest) -> Vec<u8> {
    let mut out = Vec::new();
    match forest.objective {
        Objective::Binary => out.push(0),
        Objective::Squared => out.push(1),
        Objective::Huber { delta } => {
            out.push(2);
            out.extend(delta.to_le_bytes());
        }
        Objective::Quantile { q } => {
            out.push(3);
            out.extend(q.to_le_bytes());
        }
    }
    out.extend(forest.base.to_le_bytes());
    count(&mut out, forest.trees.len() as u64);
    for tree in &forest.trees {
        count(&mut out, tree.nodes.len() as u64);
        for (at, node) in tree.nodes.iter().enumerate() {
            write_node(&mut out, at, node);
        }
    }
    out
}

fn write_node(out: &mut Vec<u8>, at: usize, node: &Node) {
    match node {
        Node::Leaf { value, cover } => {
            out.push(0);
            out.extend(value.to_le_bytes());
            out.extend(cover.to_le_bytes());
        }
        Node::Split { feature, test, missing_left, left, right, cover } => {
            let by_levels = if matches!(test, Test::Levels(_)) { BY_LEVELS } else { 0 };
            out.push(SPLIT | by_levels | if *missing_left { MISSING_LEFT } else { 0 });
            count(out, u64::from(*feature));
            // Children stand behind their parents; others give distances that are refused when read.
            count(out, u64::from(*left).wrapping_sub(at as u64));
            count(out, u64::from(*right).wrapping_sub(at as u64));
            out.extend(cover.to_le_bytes());
            match test {
                Test::Threshold(threshold) => out.extend(threshold.to_le_bytes()),
                Test::Levels(levels) => {
                    count(out, levels.words.len() as u64);
                    levels.words.iter().for_each(|word| out.extend(word.to_le_bytes()));
                }
            }
        }
    }
}

fn count(out: &mut Vec<u8>, mut value: u64) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

/// Reads a forest over the columns of `schema`, or says what is wrong with it.
pub(super) fn read(bytes: &[u8], schema: &Schema) -> Result<Forest, String> {
    let mut input = Input { bytes };
    let objective = match input.byte()? {
        0 => Objective::Binary,
        1 => Objective::Squared,
        2 => Objective::Huber { delta: input.finite("delta")? },
        3 => Objective::Quantile { q: input.finite("q")? },
        other => return Err(format!("objective {other} is unknown")),
    };
    let base = input.finite("base")?;
    let trees = input.count()?;
    // A claim takes no memory: every tree takes bytes before it is believed.
    let mut forest =
        Forest { objective, base, trees: Vec::with_capacity(trees.min(input.bytes.len() / NODE_BYTES_MIN)) };
    for place in 0..trees {
        let tree = input.tree(schema).map_err(|reason| format!("tree {place}: {reason}"))?;
        forest.trees.push(tree);
    }
    if input.bytes.is_empty() { Ok(forest) } else { Err("there are bytes behind the last tree".to_owned()) }
}

struct Input<'a> {
    bytes: &'a [u8],
}

impl Input<'_> {
    fn byte(&mut self) -> Result<u8, String> {
        let (first, rest) = self.bytes.split_first().ok_or("it ends early")?;
        self.bytes = rest;
        Ok(*first)
    }

    fn eight(&mut self) -> Result<[u8; 8], String> {
        let (first, rest) = self.bytes.split_first_chunk::<8>().ok_or("it ends early")?;
        self.bytes = rest;
        Ok(*first)
    }

    fn finite(&mut self, what: &str) -> Result<f64, String> {
        let value = f64::from_le_bytes(self.eight()?);
        if value.is_finite() { Ok(value) } else { Err(format!("{what} is not a finite number")) }
    }

    fn count(&mut self) -> Result<usize, String> {
        let mut value = 0_u64;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let part = u64::from(byte & 0x7f);
            if part << shift >> shift != part {
                break;
            }
            value |= part << shift;
            if byte < 0x80 {
                return usize::try_from(value).map_err(|_| "a count is too large".to_owned());
            }
        }
        Err("a count is too large".to_owned())
    }

    fn tree(&mut self, schema: &Schema) -> Result<Tree, String> {
        let nodes = self.count()?;
        if nodes == 0 {
            return Err("it has no nodes".to_owned());
        }
        if nodes > self.bytes.len() / NODE_BYTES_MIN {
            return Err(format!("it claims {nodes} nodes, more than there are bytes for"));
        }
        let mut tree = Tree { nodes: Vec::with_capacity(nodes) };
        let mut has_parent = vec![false; nodes];
        for at in 0..nodes {
            let node = self.node(at, schema).map_err(|reason| format!("node {at}: {reason}"))?;
            if at > 0 && !has_parent[at] {
                return Err(format!("node {at} has no parent"));
            }
            if let Node::Split { left, right, .. } = &node {
                for child in [*left as usize, *right as usize] {
                    match has_parent.get_mut(child) {
                        Some(taken) if child > at && !*taken => *taken = true,
                        _ => return Err(format!("node {at} leads to {child}, which is no child")),
                    }
                }
            }
            tree.nodes.push(node);
        }
        Ok(tree)
    }

    fn node(&mut self, at: usize, schema: &Schema) -> Result<Node, String> {
        let kind = self.byte()?;
        if kind == 0 {
            return Ok(Node::Leaf { value: self.finite("the value")?, cover: self.finite("the cover")? });
        }
        if kind & SPLIT == 0 || kind > SPLIT | BY_LEVELS | MISSING_LEFT {
            return Err(format!("kind {kind} is unknown"));
        }
        let feature = self.count()?;
        let column = schema.columns.get(feature).ok_or_else(|| format!("there is no column {feature}"))?;
        let mut child = || -> Result<u32, String> {
            let place = at.checked_add(self.count()?).ok_or("a child is too far")?;
            u32::try_from(place).map_err(|_| "a child is too far".to_owned())
        };
        let (left, right) = (child()?, child()?);
        let cover = self.finite("the cover")?;
        let test = if kind & BY_LEVELS == 0 {
            let threshold = f64::from_le_bytes(self.eight()?);
            if threshold.is_nan() {
                return Err("the threshold is not a number".to_owned());
            }
            Test::Threshold(threshold)
        } else {
            let words = self.count()?;
            if words > column.levels.len().div_ceil(64).max(1) {
                return Err(format!("it asks for levels that column {feature} does not have"));
            }
            Test::Levels(LevelSet {
                words: (0..words).map(|_| self.eight().map(u64::from_le_bytes)).collect::<Result<_, _>>()?,
            })
        };
        let (feature, missing_left) = (feature as u32, kind & MISSING_LEFT != 0);
        Ok(Node::Split { feature, test, missing_left, left, right, cover })
    }
}
