use std::sync::Arc;

use markets::Market;

use crate::{Leads, LeadsError, band::Capacity, features::Goal, prior::Prior};

/// What a market's leads are scored and ranked by now.
pub(crate) struct Current {
    /// The version of the market's policy; 0 while it has none of its own.
    pub version: u32,
    /// What the market wants to happen.
    pub goal: Goal,
    /// How many leads the team can get to.
    pub capacity: Capacity,
    /// What scores before there is a model.
    pub prior: Arc<Prior>,
}

/// The policy in force.
pub(crate) async fn current(_leads: &Leads, _market: &Market) -> Result<Current, LeadsError> {
    let capacity = Capacity::new(40, 5).map_err(|error| LeadsError::Conflict(error.to_string()))?;
    Ok(Current { version: 0, goal: Goal::default(), capacity, prior: Arc::new(Prior::shipped().clone()) })
}
