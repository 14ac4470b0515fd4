//! Taking a page in, so that one thing that cannot be taken does not keep the others out.

use connect::ghl::{
    Failure,
    fault::{Action, Class},
};
use contacts::ContactsError;
use kernel::Moment;
use leads::LeadsError;
use markets::Market;

use crate::{Connection, GoHighLevel, GoHighLevelError, road::Seen};

/// What became of a page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    /// Entities that were not here as they are there.
    pub brought: u64,
    /// Entities that could not be taken; the next sweep tries them again.
    pub left_out: u64,
}

impl GoHighLevel {
    /// Takes in what a page listed, one after the other.
    ///
    /// # Errors
    /// What would meet everything else as well: a closed door, a database.
    pub(super) async fn take_page(
        &self,
        market: &Market,
        connection: &Connection,
        seen: Vec<Seen>,
        at: &Moment,
    ) -> Result<Taken, GoHighLevelError> {
        let mut page = Taken::default();
        for one in seen {
            match self.take_in(market, connection, vec![one], at).await {
                Ok(taken) => page.brought += taken.created + taken.changed + taken.removed,
                Err(GoHighLevelError::Failed(failure)) if !meets_all(&failure) => {
                    self.report(market, &failure, at).await?;
                    page.left_out += 1;
                }
                Err(error) if is_of_one(&error) => {
                    tracing::warn!(market = %market.name(), %error, "something listed there cannot be taken in");
                    page.left_out += 1;
                }
                Err(error) => return Err(error),
            }
        }
        Ok(page)
    }
}

/// Whether the next request would fail alike.
fn meets_all(failure: &Failure) -> bool {
    let is_closed = matches!(
        failure.fault.class,
        Class::LocationInactive
            | Class::RefreshDead
            | Class::RefreshLost
            | Class::TokenExpired
            | Class::Outage
    );
    is_closed || failure.token.is_some() || failure.is_temporary() || failure.fault.action == Action::ReadOnly
}

/// Whether it is about this one thing.
fn is_of_one(error: &GoHighLevelError) -> bool {
    match error {
        GoHighLevelError::Stored(_) | GoHighLevelError::Invalid { .. } => true,
        GoHighLevelError::Contacts(error) | GoHighLevelError::Leads(LeadsError::Contacts(error)) => {
            !matches!(error, ContactsError::Store(_) | ContactsError::Market(_))
        }
        GoHighLevelError::Leads(error) => !matches!(error, LeadsError::Store(_) | LeadsError::Market(_)),
        _ => false,
    }
}
