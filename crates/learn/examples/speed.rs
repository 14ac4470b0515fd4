//! How long explaining, loading and judging take: `cargo run --release -p learn --example speed`.
//!
//! A forest of 200 trees of 31 leaves is drawn; medians and 99th percentiles are printed.

use std::{hint::black_box, time::Instant};

use learn::{
    chance::Generator,
    evaluate::{ChanceFigures, Judged, Needs, bootstrap::Resampling},
    explain::Explainer,
    frame::{ColumnSchema, Kind, Schema, Value},
    gbdt::{Forest, Node, Objective, Test, Tree},
    registry::{Content, Lineage, ModelFile},
};

const COLUMNS: usize = 20;

fn main() {
    let mut chance = Generator::seeded(1);
    let trees = (0..200).map(|_| tree(&mut chance)).collect();
    let forest = Forest { objective: Objective::Binary, base: 0.0, trees };
    let rows: Vec<Vec<Value>> =
        (0..5000).map(|_| (0..COLUMNS).map(|_| Value::Number(chance.normal())).collect()).collect();
    let explainer = Explainer::new(&forest, COLUMNS).expect("the forest is well formed");
    let mut worst = 0.0_f64;
    for row in &rows {
        worst = worst.max((explainer.explain(row).prediction - forest.raw(row)).abs());
    }
    println!("200 trees of 31 leaves, {COLUMNS} columns, {} rows", rows.len());
    println!("largest difference between sum and prediction: {worst:.1e}");
    report("predict", &rows, |row| forest.predict(row));
    report("explain", &rows, |row| explainer.explain(row).prediction);
    load(forest);
    judge(&mut chance);
}

fn load(forest: Forest) {
    let column = |at| ColumnSchema {
        name: format!("c{at}"),
        kind: Kind::Number,
        levels: Vec::new(),
        left_out: None,
        writing: Default::default(),
    };
    let schema = Schema { columns: (0..COLUMNS).map(column).collect(), ..Schema::default() };
    let content = Content::Amounts { schema, forest };
    let file =
        ModelFile { content, others: Default::default(), intervals: None, lineage: Lineage::default() };
    let bytes = file.to_bytes().expect("the model is sound");
    let runs = vec![bytes; 200];
    println!("model file: {} bytes", runs[0].len());
    report("load", &runs, |bytes| f64::from(u8::from(ModelFile::read(bytes).is_ok())));
}

fn judge(chance: &mut Generator) {
    let rows = 10_000;
    let (chances, outcomes): (Vec<f64>, Vec<bool>) = (0..rows)
        .map(|_| {
            let p = chance.unit();
            (p, chance.unit() < p)
        })
        .unzip();
    let judged = Judged::new(&chances, &outcomes).expect("chances");
    let begin = Instant::now();
    black_box(ChanceFigures::of(&judged, &Needs::default(), &Resampling::default()));
    let millis = begin.elapsed().as_secs_f64() * 1e3;
    println!("five figures of {rows} rows with 1000 resamples: {millis:.0} ms");
}

/// Grows leaf by leaf, as boosting does: the leaf with the most rows is split next.
fn tree(chance: &mut Generator) -> Tree {
    let mut nodes = vec![Node::Leaf { value: chance.normal() * 0.05, cover: 10_000.0 }];
    for _ in 1..31 {
        let open = (0..nodes.len()).filter(|at| matches!(nodes[*at], Node::Leaf { .. }));
        let largest = open.max_by(|one, other| nodes[*one].cover().total_cmp(&nodes[*other].cover()));
        let Some(at) = largest else { break };
        let cover = nodes[at].cover();
        let share = 0.1 + 0.8 * chance.unit();
        let (left, right) = (nodes.len() as u32, nodes.len() as u32 + 1);
        for share in [share, 1.0 - share] {
            nodes.push(Node::Leaf { value: chance.normal() * 0.05, cover: cover * share });
        }
        let (feature, test) = (chance.below(COLUMNS) as u32, Test::Threshold(chance.normal()));
        nodes[at] = Node::Split { feature, test, missing_left: false, left, right, cover };
    }
    Tree { nodes }
}

fn report<T>(name: &str, rows: &[Vec<T>], work: impl Fn(&[T]) -> f64) {
    let mut micros: Vec<f64> = rows
        .iter()
        .map(|row| {
            let begin = Instant::now();
            black_box(work(black_box(row)));
            begin.elapsed().as_secs_f64() * 1e6
        })
        .collect();
    micros.sort_by(f64::total_cmp);
    let at = |share: f64| micros[((micros.len() - 1) as f64 * share) as usize];
    println!("{name}: median {:.1} us, 99th percentile {:.1} us a row", at(0.5), at(0.99));
}
