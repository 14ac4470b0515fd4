//! What to do next with a client, and within how many days: the first rule that matches.

use crate::{
    assessment::{NextAction, ReadinessLevel},
    policy::{EDGE_TOLERANCE, NextActionSection, PolicyDocument},
};

pub(crate) struct NextActionRules(Vec<NextActionSection>);

impl NextActionRules {
    pub fn of(document: &PolicyDocument) -> Self {
        Self(document.next_actions.clone())
    }

    /// The action and, where one is due, the days until it is.
    pub fn decide(&self, level: ReadinessLevel, priority: f64) -> (NextAction, Option<u32>) {
        self.0
            .iter()
            .find(|rule| {
                rule.level.is_none_or(|of| of == level)
                    && rule.priority_from.is_none_or(|from| priority >= from - EDGE_TOLERANCE)
            })
            .map_or((NextAction::Monitor, None), |rule| (rule.action, rule.due_days))
    }
}
