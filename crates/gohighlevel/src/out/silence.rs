//! Who opted out here is left alone there: GoHighLevel's own workflows and people write as well, and ask nobody here.

use contacts::{ContactsError, Sight};
use kernel::{Moment, PersonId};
use leads::{ChannelStanding, LeadsError, OptOutTelling, OptOutWitness, ToldOptOut};
use markets::Market;
use store::{StoreError, Tx};

use super::{
    asking::{self, Of},
    doing::Wanted,
    witness::{OutWitness, fresh_id, is_there},
};
use crate::{GoHighLevel, GoHighLevelError};

/// Do-not-disturb that somebody who opted out gets there, unless nothing lifts it again.
const ACTIVE: &str = "active";
const PERMANENT: &str = "permanent";

impl OptOutWitness for OutWitness {
    fn opted_out<'a>(&'a self, tx: &'a mut Tx, told: &'a ToldOptOut<'a>) -> OptOutTelling<'a> {
        Box::pin(async move {
            let status = if told.permanent { PERMANENT } else { ACTIVE };
            if !is_there(tx, told.contact).await? {
                return Ok(());
            }
            let wanted = Wanted::left_alone(told.channels.iter().copied(), status);
            let of = Of { market: told.market, key: told.key, contact: told.contact };
            silence_in(tx, of, wanted, told.at).await
        })
    }

    fn opted_in<'a>(&'a self, tx: &'a mut Tx, told: &'a ToldOptOut<'a>) -> OptOutTelling<'a> {
        Box::pin(async move {
            let wanted = Wanted::written_to(told.channels.iter().copied());
            if wanted.lifted.is_empty() || !is_there(tx, told.contact).await? {
                return Ok(());
            }
            let of = Of { market: told.market, key: told.key, contact: told.contact };
            asking::contact(tx, of, fresh_id(told.market, told.at), wanted, told.at.at()).await.map(drop)
        })
    }
}

impl GoHighLevel {
    /// How a contact is to be left alone there by what its ledger says here: for somebody who has only now become known
    /// there, or of whom more has become known.
    ///
    /// # Errors
    /// When the market fails.
    pub(crate) async fn left_alone(
        &self,
        market: &Market,
        contact: PersonId,
    ) -> Result<Wanted, GoHighLevelError> {
        let leads = &self.0.leads;
        if !leads.has_opt_outs(market).await? {
            return Ok(Wanted::default());
        }
        let standings = match leads.channel_standings(market, Sight::All, contact).await {
            Ok(standings) => standings,
            Err(LeadsError::Unknown(_) | LeadsError::Contacts(ContactsError::Unknown(_))) => {
                return Ok(Wanted::default());
            }
            Err(error) => return Err(error.into()),
        };
        let is_suppressed =
            |standing: &ChannelStanding| matches!(standing, ChannelStanding::Suppressed { .. });
        let suppressed = standings.into_iter().filter(|(_, standing)| is_suppressed(standing));
        Ok(Wanted::left_alone(suppressed.map(|(channel, _)| channel), ACTIVE))
    }

    /// Asks for what [`GoHighLevel::left_alone`] says.
    ///
    /// # Errors
    /// When the market fails.
    pub(crate) async fn silence(
        &self,
        market: &Market,
        contact: PersonId,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let wanted = self.left_alone(market, contact).await?;
        let Some(key) = market.person_key(contact).await? else { return Ok(()) };
        let mut tx = market.db().begin().await?;
        silence_in(&mut tx, Of { market, key: &key, contact }, wanted, at).await?;
        tx.commit().await?;
        Ok(())
    }
}

/// Asks for it in the transaction of its cause, if there is anything to ask for.
pub(crate) async fn silence_in(
    tx: &mut Tx,
    of: Of<'_>,
    wanted: Wanted,
    at: &Moment,
) -> Result<(), StoreError> {
    if wanted.dnd.is_empty() {
        return Ok(());
    }
    asking::contact(tx, of, fresh_id(of.market, at), wanted, at.at()).await.map(drop)
}
