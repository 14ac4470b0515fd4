//! What every tab of the plan is made of.

use std::{collections::HashMap, sync::Arc};

use growth::{
    Board,
    assessment::Tier,
    metrics::ClientId,
    outcome::Outcome,
    owner::Owner,
    plan::{ActionStatus, OwnerId},
    plan_record::{PlanRecord, PlannedAction},
};
use jiff::{civil::Date, tz::TimeZone};

use crate::{app::AppState, pages::growth::frame, problem::Problem, viewer::Viewer};

/// The plan with everything around it.
pub struct Desk {
    /// The client base.
    pub board: Arc<Board>,
    /// The current plan.
    pub plan: Option<PlanRecord>,
    /// The team.
    pub owners: Vec<Owner>,
    /// The day of the request.
    pub today: Date,
    names: HashMap<String, usize>,
}

impl Desk {
    /// Everything at once; `None` before the first import.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn load(viewer: &Viewer, state: &AppState) -> Result<Option<Self>, Problem> {
        let Some(board) = frame::board(viewer, state.growth()).await? else { return Ok(None) };
        let plan = state.growth().current_plan().await?;
        let owners = state.growth().owners().await?;
        let today = viewer.now.to_zoned(TimeZone::UTC).date();
        let names = owners.iter().enumerate().map(|(place, owner)| (owner.id.to_string(), place)).collect();
        Ok(Some(Self { board, plan, owners, today, names }))
    }

    /// The owner behind an identifier.
    pub fn owner(&self, id: &OwnerId) -> Option<&Owner> {
        self.names.get(id.as_str()).and_then(|place| self.owners.get(*place))
    }

    /// The name of an owner.
    pub fn owner_name(&self, id: &OwnerId) -> String {
        self.owner(id).map_or_else(|| "somebody who left".to_owned(), |owner| owner.name.clone())
    }

    /// The tier that a client is in now.
    pub fn tier(&self, client: &ClientId) -> Option<Tier> {
        self.board.client(client).map(|(_, assessment)| assessment.tier)
    }

    /// What was decided about a client since the plan's first day.
    pub fn outcome(&self, client: &ClientId) -> Option<&Outcome> {
        let from = self.plan.as_ref()?.plan.as_of;
        self.board.outcomes.iter().rev().find(|one| one.client_id == *client && one.occurred_on >= from)
    }

    /// The actions of the current plan, by day.
    pub fn actions(&self) -> &[PlannedAction] {
        self.plan.as_ref().map_or(&[], |plan| &plan.actions)
    }

    /// The actions that the address asks for: all, or one owner's.
    pub fn actions_of<'a>(&'a self, owner: Option<&'a str>) -> impl Iterator<Item = &'a PlannedAction> {
        self.actions().iter().filter(move |one| owner.is_none_or(|owner| one.action.owner.as_str() == owner))
    }

    /// Whether an action should be done by now and is not.
    pub fn is_overdue(&self, planned: &PlannedAction) -> bool {
        planned.action.status.is_open() && planned.action.due < self.today
    }

    /// How many actions are done, and how many there are to do; skipped ones do not count.
    pub fn done_of(&self) -> (usize, usize) {
        let counted = |status: ActionStatus| status != ActionStatus::Skipped;
        let all = self.actions().iter().filter(|one| counted(one.action.status)).count();
        let done = self.actions().iter().filter(|one| one.action.status == ActionStatus::Done).count();
        (done, all)
    }
}
