//! Random forests over random columns, with rows that may miss anything.

use learn::{
    chance::Generator,
    frame::Value,
    gbdt::{Forest, LevelSet, Node, Objective, Test, Tree},
};

/// A forest and the rows that it may be asked about.
pub struct World {
    pub forest: Forest,
    /// Whether each column has levels.
    categories: Vec<bool>,
    seed: u64,
}

const LEVELS: usize = 70;

impl World {
    /// `trees` trees of up to `leaves` leaves over `columns` columns, numbers and categories by turns of chance.
    pub fn new(seed: u64, columns: usize, trees: usize, leaves: usize) -> Self {
        let mut chance = Generator::seeded(seed);
        let categories: Vec<bool> = (0..columns).map(|_| chance.unit() < 0.3).collect();
        let trees = (0..trees).map(|_| tree(&mut chance, &categories, leaves)).collect();
        let base = chance.normal();
        Self { forest: Forest { objective: Objective::Binary, base, trees }, categories, seed }
    }

    /// Rows of values, a fifth of them missing.
    pub fn rows(&self, count: usize) -> Vec<Vec<Value>> {
        let mut chance = Generator::seeded_part(self.seed, 1);
        let mut value = |category: &bool| {
            if chance.unit() < 0.2 {
                Value::Missing
            } else if *category {
                Value::Level(chance.below(LEVELS) as u32)
            } else {
                Value::Number((chance.normal() * 4.0).round() / 2.0)
            }
        };
        (0..count).map(|_| self.categories.iter().map(&mut value).collect()).collect()
    }
}

fn tree(chance: &mut Generator, categories: &[bool], leaves: usize) -> Tree {
    let mut nodes = vec![Node::Leaf { value: chance.normal(), cover: 1000.0 }];
    for _ in 1..leaves {
        // Mostly the newest leaf, so that some paths are long and ask the same column again.
        let open: Vec<usize> =
            (0..nodes.len()).filter(|at| matches!(nodes[*at], Node::Leaf { .. })).collect();
        let at = if chance.unit() < 0.6 { open[open.len() - 1] } else { open[chance.below(open.len())] };
        let cover = nodes[at].cover();
        let share = 0.02 + 0.96 * chance.unit();
        let feature = chance.below(categories.len());
        let test = if categories[feature] {
            Test::Levels((0..LEVELS as u32).filter(|_| chance.unit() < 0.5).collect::<LevelSet>())
        } else {
            Test::Threshold((chance.normal() * 4.0).round() / 2.0)
        };
        let (left, right) = (nodes.len() as u32, nodes.len() as u32 + 1);
        for share in [share, 1.0 - share] {
            nodes.push(Node::Leaf { value: chance.normal(), cover: cover * share });
        }
        let (feature, missing_left) = (feature as u32, chance.unit() < 0.5);
        nodes[at] = Node::Split { feature, test, missing_left, left, right, cover };
    }
    Tree { nodes }
}
