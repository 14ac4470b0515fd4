//! The same rows used several times, each time with another part held back.

use crate::chance::Generator;

/// Rows to learn from, and rows that are held back meanwhile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fold {
    /// To learn from, ascending.
    pub learned: Vec<u32>,
    /// Held back, ascending.
    pub held: Vec<u32>,
}

impl Fold {
    /// At most `rows_max` rows of it, drawn with `seed`, learned and held in the proportion that they have here.
    pub fn drawn(&self, rows_max: usize, seed: u64) -> Self {
        let (learned, held) = (self.learned.len(), self.held.len());
        if learned + held <= rows_max {
            return self.clone();
        }
        let mut chance = Generator::seeded(seed);
        let share = rows_max as f64 / (learned + held) as f64;
        let mut part = |rows: &[u32]| {
            let count = ((rows.len() as f64 * share).round() as usize).max(1);
            chance.sample(rows.len(), count).into_iter().map(|at| rows[at]).collect()
        };
        Self { learned: part(&self.learned), held: part(&self.held) }
    }
}

/// Deals `rows` into `count` (at least 2) folds of about equal size, so that each row is held back once. Each fold gets
/// its share of every class; `class` says which one a row belongs to.
pub fn folds(rows: &[u32], class: impl Fn(u32) -> bool, count: usize, seed: u64) -> Vec<Fold> {
    let count = count.max(2);
    let mut dealt: Vec<u32> = rows.to_vec();
    Generator::seeded(seed).shuffle(&mut dealt);
    dealt.sort_by_key(|row| class(*row));
    let fold = |index: usize| {
        let (held, learned): (Vec<_>, Vec<_>) =
            dealt.iter().zip(0..).partition(|(_, at)| at % count == index);
        let rows = |part: Vec<(&u32, usize)>| {
            let mut rows: Vec<u32> = part.into_iter().map(|(row, _)| *row).collect();
            rows.sort_unstable();
            rows
        };
        Fold { learned: rows(learned), held: rows(held) }
    };
    (0..count).map(fold).collect()
}
