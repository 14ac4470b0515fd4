//! What was known at a moment.

/// A fact about somebody or something, or a question about them.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    /// Whom it is about.
    pub key: u64,
    /// When it became known, or when it is asked; in the same unit for both.
    pub at: f64,
}

/// For each question the latest fact about the same key that was known at that moment, with `lag` (at least 0) between a
/// fact and its being known; none when nothing was. Of facts of the same time the last in the list is taken.
///
/// A join like this is the only way that history may enter a table to learn from: nothing later than the row's own
/// moment can be in it.
///
/// ```
/// use learn::split::{Known, as_of};
///
/// let visits = [Known { key: 7, at: 1.0 }, Known { key: 7, at: 5.0 }, Known { key: 8, at: 2.0 }];
/// let asked = [Known { key: 7, at: 4.0 }, Known { key: 8, at: 1.0 }];
/// assert_eq!(as_of(&visits, &asked, 0.0), [Some(0), None]);
/// ```
pub fn as_of(facts: &[Known], questions: &[Known], lag: f64) -> Vec<Option<usize>> {
    let mut order: Vec<usize> = (0..facts.len()).filter(|fact| !facts[*fact].at.is_nan()).collect();
    order.sort_by(|a, b| facts[*a].key.cmp(&facts[*b].key).then(facts[*a].at.total_cmp(&facts[*b].at)));
    let known = |fact: &Known, question: &Known| {
        fact.key < question.key || (fact.key == question.key && fact.at + lag.max(0.0) <= question.at)
    };
    let last = |question: &Known| {
        let known = order.partition_point(|fact| known(&facts[*fact], question));
        known.checked_sub(1).map(|at| order[at]).filter(|fact| facts[*fact].key == question.key)
    };
    questions.iter().map(last).collect()
}
