//! What happens while an agent does not act: reminded, passed on, told to a manager.

use kernel::Ulid;
use store::Tx;

use super::{
    Case, RoutedReport, RoutedWhat, clock,
    keeping::{add, chosen, opened, wanted_in},
};
use crate::{
    Leads, LeadsError,
    records::offer::{self, StoredOffer},
    routing::{Decision, EscalationAction},
    service::timeline::micros,
};

impl Leads {
    /// Takes the steps that are due on an offer that nobody acted on.
    pub(super) async fn escalate(
        &self,
        tx: &mut Tx,
        case: &Case<'_>,
        current: StoredOffer,
        report: &mut RoutedReport,
    ) -> Result<(), LeadsError> {
        let now = case.at.at();
        let Some(holder) = current.agent else { return Ok(()) };
        let decided = opened(case.market, case.key, &current)?;
        let mut steps = current.steps;
        while let Some((at, action)) = decided.due.escalations.get(steps as usize) {
            if *at > now {
                break;
            }
            steps += 1;
            match action {
                EscalationAction::RemindAgent => {
                    self.told(tx, case, current.id, RoutedWhat::Reminded { agent: holder }).await?;
                    report.reminded += 1;
                }
                EscalationAction::TellManager => {
                    self.told(tx, case, current.id, RoutedWhat::ManagerTold { agent: holder }).await?;
                    report.managers_told += 1;
                }
                EscalationAction::OfferToNext => {
                    offer::step(tx, current.id, steps, None).await?;
                    if self.pass_on(tx, case, &current, &decided, holder).await? {
                        report.passed_on += 1;
                        return Ok(());
                    }
                }
            }
        }
        let next = decided.due.escalations.get(steps as usize).map(|(at, _)| micros(*at));
        offer::step(tx, current.id, steps, next).await?;
        Ok(())
    }

    /// Offers a lead to the next agent; `false` when there is nobody else.
    async fn pass_on(
        &self,
        tx: &mut Tx,
        case: &Case<'_>,
        current: &StoredOffer,
        decided: &Decision,
        holder: Ulid,
    ) -> Result<bool, LeadsError> {
        let now = case.at.at();
        let Some(lead) = offer::open(tx, case.person.id).await? else { return Ok(false) };
        let wanted = wanted_in(tx, case, lead.source.as_deref()).await?;
        let had_it = offer::had_it(&mut *tx, case.person.id).await?;
        let mut decision = self.decide(tx, case, &wanted, &had_it).await?;
        let Some(agent) = chosen(&decision)? else { return Ok(false) };
        offer::end(tx, current.id, "passed_on", now).await?;
        decision.due = clock::kept_promise(decision.due, &decided.due, now);
        let id = add(tx, case, &decision, Some(agent), None, None).await?;
        let reason = decision.to_string();
        let what = RoutedWhat::PassedOn { from: holder, to: agent, reason: &reason, due: &decision.due };
        self.given(tx, case, id, agent, what).await?;
        Ok(true)
    }
}
