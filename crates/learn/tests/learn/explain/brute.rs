//! Shapley values by their definition: every coalition of columns.

use learn::{
    frame::Value,
    gbdt::{Forest, Node, Tree},
};

/// The margin of `row` when only the columns in the bit set `known` are known; the others are averaged over the training
/// rows as each tree distributes them.
pub fn known(forest: &Forest, row: &[Value], known: u32) -> f64 {
    forest.base + forest.trees.iter().map(|tree| below(tree, 0, row, known)).sum::<f64>()
}

fn below(tree: &Tree, at: usize, row: &[Value], known: u32) -> f64 {
    match &tree.nodes[at] {
        Node::Leaf { value, .. } => *value,
        Node::Split { feature, left, right, .. } => {
            if known >> feature & 1 == 1 {
                let next = tree.nodes[at].next(|feature| row[feature as usize]).expect("a split");
                return below(tree, next as usize, row, known);
            }
            let children = [*left, *right].map(|child| child as usize);
            let covers = children.map(|child| tree.nodes[child].cover());
            let parts = children.map(|child| below(tree, child, row, known));
            (covers[0] * parts[0] + covers[1] * parts[1]) / (covers[0] + covers[1])
        }
    }
}

/// The Shapley value of each of `columns` columns.
pub fn shapley(forest: &Forest, row: &[Value], columns: usize) -> Vec<f64> {
    let factorial = |n: usize| (1..=n).map(|k| k as f64).product::<f64>();
    let all = factorial(columns);
    let worth: Vec<f64> = (0..1_u32 << columns).map(|set| known(forest, row, set)).collect();
    let mut values = vec![0.0; columns];
    for (column, value) in values.iter_mut().enumerate() {
        for set in (0..1_usize << columns).filter(|set| set >> column & 1 == 0) {
            let size = set.count_ones() as usize;
            let weight = factorial(size) * factorial(columns - size - 1) / all;
            *value += weight * (worth[set | 1 << column] - worth[set]);
        }
    }
    values
}
