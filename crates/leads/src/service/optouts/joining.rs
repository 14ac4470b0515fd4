use std::collections::BTreeSet;

use boxed::boxed;
use contacts::Sight;
use jiff::Timestamp;
use kernel::{Moment, PersonId};
use markets::{Market, SealingKey};
use store::{Tx, trail};

use crate::{
    Channel, Leads, LeadsError,
    optout::{Entry, Standing, Word},
    service::{
        facts,
        ledger::{self, Addresses, Detail, Said},
    },
};

#[boxed]
impl Leads {
    /// Two contacts turned out to be one person, of whom `kept` goes on: what either said about wanting messages holds for
    /// it, and so does what speaks against sending: agreements that were taken back, and do not disturb. What lets
    /// messages out is not taken over: it was said for one number or address. How many things are new there.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`] when `kept` is not there, or when the market fails.
    pub async fn joined(
        &self,
        market: &Market,
        gone: PersonId,
        kept: PersonId,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        let person = self.contacts.get(market, Sight::All, kept).await?;
        let keys = market.person_keys(&[gone, kept]).await?;
        let kept_key = keys.get(kept).ok_or(LeadsError::Unknown(kept))?;
        let mut tx = market.db().begin().await?;
        let (gone_too, kept_too) = ((gone, keys.get(gone)), (kept, kept_key));
        let said = ledger::join(&mut tx, market, gone_too, kept_too, at).await?;
        let addresses = Addresses::of(market, &person.personal);
        self.tell_joined(&mut tx, market, kept_key, kept, &addresses, &said.opt_outs, at).await?;
        let said = said.entries;
        let brought = facts::join(&mut tx, market, gone_too, kept_too, at).await?;
        let new = said + brought.withdrawals + brought.disturbed;
        if new > 0 {
            let entry = ledger::noted(at, "lead.opt_outs_joined", kept)
                .with("from", gone)
                .with("entries", said)
                .with("withdrawals", brought.withdrawals)
                .with("do_not_disturb", brought.disturbed);
            trail::append(&mut tx, entry);
            tx.commit().await?;
        }
        Ok(new)
    }

    /// Whoever else writes to `kept` has to stop as well, by the channels that what came along stops.
    #[expect(
        clippy::too_many_arguments,
        reason = "the transaction, the person, what came along, the circumstances"
    )]
    async fn tell_joined(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        kept: PersonId,
        addresses: &Addresses,
        opt_outs: &[Entry],
        at: &Moment,
    ) -> Result<(), LeadsError> {
        let ledger = ledger::ledger(&mut *tx, kept, addresses).await?;
        for permanent in [false, true] {
            let of_kind = || opt_outs.iter().filter(|entry| entry.permanent == permanent);
            let Some(last) = of_kind().max() else { continue };
            let is_stopped = |channel: &Channel| {
                matches!(ledger.standing(*channel, Timestamp::MAX), Standing::Suppressed(_))
            };
            let channels: BTreeSet<Channel> =
                of_kind().flat_map(|entry| entry.channels.iter().copied()).filter(is_stopped).collect();
            if channels.is_empty() {
                continue;
            }
            let said = Said {
                word: Word::OptOut,
                channels,
                at: last.at,
                origin: last.origin,
                rule: last.rule.clone(),
                permanent,
                message: None,
                answers: None,
                detail: Detail::default(),
            };
            ledger::tell_others(tx, market, key, kept, &said, at).await?;
            self.tell_witnesses(tx, market, key, kept, &said, at).await?;
        }
        Ok(())
    }
}
