//! Enrolment in workflows: at most once, for nobody can be asked whether it was done, and only for whom the gate lets it:
//! what a workflow writes passes no other one.

use connect::ghl::{contacts, fault::Class};
use leads::Draft;

use super::{
    doing::Doing,
    judging::Word,
    office::{Job, Outcome, Trouble},
};
use crate::{backup_map::What, echo};

/// A task that stands in for what could not be done is due after so many seconds.
const TASK_DUE_SECONDS: i64 = 3600;

impl Job<'_> {
    /// Enrols the contact: in the workflow that is meant, else in what stands in, else an agent is asked to do it by
    /// hand.
    pub(super) async fn enrol(&self, remote: &str, workflow: &str) -> Result<Outcome, Trouble> {
        if self.is_in_doubt() {
            return Ok(in_doubt(
                "the enrolment was under way when the program ended, and nobody can say whether it took place",
            ));
        }
        let decision = match self.may_go(&Draft::sequence()).await? {
            Word::Go(decision) => decision,
            Word::Not(outcome) => return Ok(outcome),
        };
        let mut map = self.office.map();
        if map.candidates(What::Workflow, workflow).is_empty() {
            map = self.office.fresh_map().await?;
        }
        let mut tried: Vec<String> = Vec::new();
        loop {
            let next = map.candidates(What::Workflow, workflow).into_iter().find(|id| !tried.contains(id));
            let Some(next) = next else { break };
            tried.push(next.clone());
            self.begin_by(echo::Kind::Contact, Some(decision)).await?;
            let failure = match self.ask(&contacts::add_to_workflow(remote, &next, None)).await {
                Ok(_) => return Ok(Outcome::made(next)),
                Err(failure) => failure,
            };
            match failure.fault.class {
                Class::WorkflowGone => map = self.office.fresh_map().await?,
                // It may have been done, and twice would be a message too many to somebody.
                Class::EffectUnknown | Class::NotJson | Class::Drift | Class::GatewayAs401 => {
                    self.office.bridge.report(&self.office.market, &failure, &self.office.moment()).await?;
                    return Ok(in_doubt(
                        "the enrolment was not answered, and nobody can say whether it took place",
                    ));
                }
                // Nothing was done: the next attempt is not in doubt.
                _ => return Err(Trouble::NotBegun(Box::new(failure))),
            }
        }
        let (class, office) = (Class::WorkflowGone, self.office);
        let told = "no workflow stands in: name one in the map";
        let at = office.moment();
        office
            .bridge
            .report_words(&office.market, class.number(), "workflow-add", class.label(), told, &at)
            .await?;
        let at = self.office.in_seconds(TASK_DUE_SECONDS);
        let title = format!("Start by hand: workflow \"{workflow}\"");
        let body = "The workflow is gone or not published, and no other one stands in for it.".to_owned();
        let instead = Doing::Task { title, body: Some(body), due_at: at, user: None };
        let reason =
            "the workflow is gone and none stands in: an agent was asked to do it by hand".to_owned();
        Ok(Outcome::Dropped { class: Some(Class::WorkflowGone), reason, instead: Some(instead) })
    }
}

fn in_doubt(reason: &str) -> Outcome {
    Outcome::Dead { class: Some(Class::EffectUnknown), reason: reason.to_owned() }
}
