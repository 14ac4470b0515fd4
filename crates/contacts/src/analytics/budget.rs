use boxed::boxed;
use disclosure::{Budget, Epsilon};
use kernel::Moment;
use serde::Serialize;
use store::trail;

use super::{BUDGET_DEFAULT, records};
use crate::{Contacts, ContactsError};

/// The privacy budget as people see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BudgetState {
    /// The whole.
    pub total: String,
    /// What was spent.
    pub spent: String,
    /// What is left.
    pub left: String,
}

impl From<Budget> for BudgetState {
    fn from(budget: Budget) -> Self {
        Self {
            total: budget.total().to_string(),
            spent: budget.spent().to_string(),
            left: budget.left().to_string(),
        }
    }
}

#[boxed]
impl Contacts {
    /// The budget for answers with noise.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn budget(&self) -> Result<Budget, ContactsError> {
        Ok(records::budget(&self.hub).await?.unwrap_or(Budget::new(BUDGET_DEFAULT)))
    }

    /// Sets the whole budget. What was spent stays spent.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn set_budget(&self, total: Epsilon, at: &Moment) -> Result<Budget, ContactsError> {
        let mut tx = self.hub.begin().await?;
        tx.one_at_a_time("privacy_budget").await?;
        let before = records::budget(&mut tx).await?.unwrap_or(Budget::new(BUDGET_DEFAULT));
        let budget = Budget::resume(total, before.spent());
        records::set_budget(&mut tx, budget, at.at()).await?;
        let noted = audit::NewEntry::new(at.at(), &at.actor, "analytics.budget-set", "hub:analytics")
            .with("before", before.total())
            .with("total", total)
            .with("spent", budget.spent());
        trail::append(&mut tx, noted);
        tx.commit().await?;
        Ok(budget)
    }
}
