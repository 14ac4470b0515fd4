use std::sync::Arc;

use kernel::{Moment, PersonId};
use markets::Market;
use store::{StoreError, Tx};

use super::policy;
use crate::{
    Leads, LeadsError,
    features::Features,
    score::{LeadScore, Learned, Outcomes},
};

/// What of models is kept in memory.
#[derive(Clone, Default)]
pub(crate) struct Shelf;

/// The models that score a market's leads now, and what they rest on.
pub(crate) struct InUse {
    /// The champion, if there is one.
    pub learned: Option<Arc<Learned>>,
    /// Leads whose end is known.
    pub outcomes: Outcomes,
}

impl InUse {
    /// How likely the lead goes cold; none where nothing can be said.
    pub(crate) fn cold(&self, _features: &Features) -> Option<f64> {
        None
    }
}

/// A score as the ledger takes it.
pub(crate) struct Predicted<'a> {
    /// Of whom.
    pub contact: PersonId,
    /// From what.
    pub features: &'a Features,
    /// What.
    pub score: &'a LeadScore,
}

/// The models in use.
pub(crate) async fn in_use(
    _leads: &Leads,
    _market: &Market,
    _policy: &policy::Current,
) -> Result<InUse, LeadsError> {
    Ok(InUse { learned: None, outcomes: Outcomes::default() })
}

/// Writes predictions into the ledger, with those of models on trial.
pub(crate) async fn note_predictions(
    _tx: &mut Tx,
    _market: &Market,
    _in_use: &InUse,
    _predicted: &[Predicted<'_>],
    _at: &Moment,
) -> Result<(), StoreError> {
    Ok(())
}
