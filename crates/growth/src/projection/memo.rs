//! Projections asked for before.
//!
//! A projection of thousands of correlated opportunities takes a noticeable part of a second, and pages ask for
//! the same one again and again. The memory is keyed by everything that goes in, so it can never be stale:
//! another opportunity, chance, goal or correlation is another question.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, PoisonError},
};

use finance::Correlation;
use kernel::Mrr;
use rust_decimal::Decimal;

use super::{Goal, Opportunity, Projection, ProjectionError, project};

/// Answers kept: the live projection and what a few people try out beside it.
const KEPT: usize = 32;

/// Everything that a projection depends on; identifiers only name errors.
#[derive(Clone, Debug, PartialEq)]
struct Question {
    offers: Vec<(Decimal, u64, u32)>,
    current: Mrr,
    goal: Goal,
    correlation: Correlation,
}

/// The latest answers, the one used last at the end.
#[derive(Debug, Default)]
pub struct Memo(Mutex<VecDeque<(Question, Arc<Projection>)>>);

impl Memo {
    /// The answer, if this was asked lately.
    pub fn known(
        &self,
        opportunities: &[Opportunity],
        current: Mrr,
        goal: Goal,
        correlation: Correlation,
    ) -> Option<Arc<Projection>> {
        let question = question(opportunities, current, goal, correlation);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let place = kept.iter().position(|(known, _)| *known == question)?;
        let found = kept.remove(place)?;
        let answer = found.1.clone();
        kept.push_back(found);
        Some(answer)
    }

    /// The answer, worked out and kept.
    ///
    /// # Errors
    /// As [`project`]; errors are not kept.
    pub fn answer(
        &self,
        opportunities: &[Opportunity],
        current: Mrr,
        goal: Goal,
        correlation: Correlation,
    ) -> Result<Arc<Projection>, ProjectionError> {
        let answer = Arc::new(project(opportunities, current, goal, correlation)?);
        let question = question(opportunities, current, goal, correlation);
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= KEPT {
            kept.pop_front();
        }
        kept.push_back((question, answer.clone()));
        Ok(answer)
    }
}

fn question(opportunities: &[Opportunity], current: Mrr, goal: Goal, correlation: Correlation) -> Question {
    let offers = opportunities
        .iter()
        .map(|offer| (offer.arr.amount(), offer.probability.to_bits(), offer.close_days))
        .collect();
    Question { offers, current, goal, correlation }
}

#[cfg(test)]
mod tests {
    use kernel::{Arr, Currency};

    use super::*;

    fn offer(probability: f64) -> Opportunity {
        Opportunity {
            id: "a".into(),
            arr: Arr::new(12_000.into(), Currency::USD),
            probability,
            close_days: 30,
        }
    }

    #[test]
    fn an_answer_is_found_again_only_for_the_very_same_question() {
        let memo = Memo::default();
        let current = Mrr::new(1_000.into(), Currency::USD);
        let goal = Goal::MrrLevel(Mrr::new(2_000.into(), Currency::USD));
        let none = Correlation::NONE;
        assert!(memo.known(&[offer(0.5)], current, goal, none).is_none());
        let answer = memo.answer(&[offer(0.5)], current, goal, none).expect("sound");
        assert!(Arc::ptr_eq(&answer, &memo.known(&[offer(0.5)], current, goal, none).expect("known")));
        let other_goal = Goal::MrrLevel(Mrr::new(2_001.into(), Currency::USD));
        let some = Correlation::new(0.1).expect("valid");
        assert!(memo.known(&[offer(0.6)], current, goal, none).is_none());
        assert!(memo.known(&[offer(0.5)], current, other_goal, none).is_none());
        assert!(memo.known(&[offer(0.5)], current, goal, some).is_none());
        assert!(memo.known(&[offer(0.5), offer(0.5)], current, goal, none).is_none());
    }

    #[test]
    fn only_the_latest_answers_are_kept() {
        let memo = Memo::default();
        let current = Mrr::new(1_000.into(), Currency::USD);
        let goal = Goal::MrrLevel(Mrr::new(2_000.into(), Currency::USD));
        for step in 0..=KEPT {
            let chance = step as f64 / KEPT as f64;
            memo.answer(&[offer(chance)], current, goal, Correlation::NONE).expect("sound");
        }
        assert!(memo.known(&[offer(0.0)], current, goal, Correlation::NONE).is_none(), "the oldest went");
        assert!(memo.known(&[offer(1.0)], current, goal, Correlation::NONE).is_some());
    }
}
