//! The gate, asked right before something goes out by which the person is written to.

use contacts::ContactsError;
use kernel::Ulid;
use leads::{
    Draft, Judgement, LeadsError,
    gate::{Decision, Outcome as Verdict},
};

use super::office::{Job, Outcome, Trouble};

/// What the gate says.
pub(super) enum Word {
    /// It may go out now, by this decision.
    Go(Ulid),
    /// It may not.
    Not(Outcome),
}

impl Job<'_> {
    /// Asks whether it may still go out. The place that it held in the caps since it was asked for is given back first.
    pub(super) async fn may_go(&self, draft: &Draft) -> Result<Word, Trouble> {
        let Some(judged) = self.judged(draft).await? else { return Ok(Word::Not(Outcome::gone())) };
        let reason = why(&judged.decision);
        Ok(match judged.decision.outcome {
            Verdict::Send => Word::Go(judged.id),
            Verdict::Wait(at) => {
                Word::Not(Outcome::Later { at, counts: false, class: None, reason, afresh: false })
            }
            Verdict::Refuse | Verdict::NeedsPerson => Word::Not(Outcome::Refused { reason }),
        })
    }

    /// The gate's decision; none when the person is gone.
    pub(super) async fn judged(&self, draft: &Draft) -> Result<Option<Judgement>, Trouble> {
        let (office, contact) = (self.office, self.write.contact);
        let (leads, at) = (&office.bridge.0.leads, office.moment());
        let judged = match self.write.decision {
            Some(earlier) => leads.may_still_send(&office.market, contact, draft, earlier, &at).await,
            None => leads.may_send(&office.market, contact, draft, &at).await,
        };
        match judged {
            Ok(judged) => Ok(Some(judged)),
            Err(
                LeadsError::Unknown(_)
                | LeadsError::Contacts(ContactsError::Unknown(_) | ContactsError::Erased(_)),
            ) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }
}

/// Why something was not let out, in words that name nobody.
fn why(decision: &Decision) -> String {
    decision.decided_by.clone().unwrap_or_else(|| "the gate".to_owned())
}
