use serde::{Deserialize, Serialize};

use crate::Epsilon;

/// How much may be told, and how much was: privacy losses add up, and the sum stays within the total.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Budget {
    total: Epsilon,
    spent: Epsilon,
}

/// A figure that would cost more than is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the privacy budget has {left} left, and this would cost {asked}")]
pub struct Overspent {
    /// What it would cost.
    pub asked: Epsilon,
    /// What is left.
    pub left: Epsilon,
}

impl Budget {
    /// An unspent budget.
    pub const fn new(total: Epsilon) -> Self {
        Self { total, spent: Epsilon::ZERO }
    }

    /// A budget as it was kept. One whose total was lowered below what was spent has nothing left.
    pub const fn resume(total: Epsilon, spent: Epsilon) -> Self {
        Self { total, spent }
    }

    /// The whole.
    pub const fn total(self) -> Epsilon {
        self.total
    }

    /// What was spent.
    pub const fn spent(self) -> Epsilon {
        self.spent
    }

    /// What is left, never below zero.
    pub const fn left(self) -> Epsilon {
        Epsilon::from_micro(self.total.micro().saturating_sub(self.spent.micro()))
    }

    /// Pays `asked`, or changes nothing.
    ///
    /// # Errors
    /// When less is left.
    pub fn spend(&mut self, asked: Epsilon) -> Result<(), Overspent> {
        let left = self.left();
        if asked > left {
            return Err(Overspent { asked, left });
        }
        // At most `total`: `asked` fits into what is left.
        self.spent = Epsilon::from_micro(self.spent.micro() + asked.micro());
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn three_thirds_of_a_budget_are_spent_to_the_last_millionth() {
        let mut budget = Budget::new(Epsilon::ONE);
        let third = Epsilon::ONE.split(3);
        for _ in 0..3 {
            budget.spend(third).unwrap();
        }
        assert_eq!(budget.left(), Epsilon::from_micro(1));
        let refused = budget.spend(Epsilon::from_micro(2)).unwrap_err();
        assert_eq!(refused, Overspent { asked: Epsilon::from_micro(2), left: Epsilon::from_micro(1) });
        budget.spend(Epsilon::from_micro(1)).unwrap();
        assert_eq!(budget.left(), Epsilon::ZERO);
    }

    proptest! {
        #[test]
        fn spending_never_exceeds_the_total(total: u64, asked in prop::collection::vec(any::<u64>(), 0..40)) {
            let mut budget = Budget::new(Epsilon::from_micro(total));
            let mut paid = 0_u128;
            for micro in asked {
                let before = budget;
                match budget.spend(Epsilon::from_micro(micro)) {
                    Ok(()) => paid += u128::from(micro),
                    Err(refused) => {
                        prop_assert_eq!(before, budget);
                        prop_assert!(refused.asked > refused.left);
                    }
                }
                prop_assert_eq!(u128::from(budget.spent().micro()), paid);
                prop_assert!(paid <= u128::from(total));
            }
        }
    }
}
