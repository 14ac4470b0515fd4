use boxed::boxed;
use contacts::Sight;
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, PersonId};
use markets::Market;
use store::trail;

use super::{ChannelStanding, OptOutEntry, reason, said_by};
use crate::{
    Channel, Leads, LeadsError,
    optout::{Entry, Ledger, Origin, Standing, Word},
    records,
    service::{
        ledger::{self, Addresses, Said},
        timeline::ids,
    },
};

#[boxed]
impl Leads {
    /// Settles what was unclear: somebody has read it. Where it was an opt-out, that is recorded as one. How many entries
    /// were settled.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], [`LeadsError::Invalid`], or when the market fails.
    pub async fn settle(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
        was_opt_out: bool,
        why: &str,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        let why = reason(why)?;
        let person = self.contacts.get(market, sight, contact).await?;
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let addresses = Addresses::of(market, &person.personal);
        let mut tx = market.db().begin().await?;
        tx.one_at_a_time("lead opt-outs").await?;
        let mut names = ids(market, at);
        let ledger = ledger::ledger(&mut tx, contact, &addresses).await?;
        let mut settled = 0;
        for stored in ledger::rows(&mut tx, contact, &addresses).await? {
            let unclear = ledger::entry(&stored)?;
            if unclear.word != Word::Unclear || !in_force(&ledger, &unclear) {
                continue;
            }
            // What a clock ahead of ours has heard is settled as well.
            let after = unclear.at.saturating_add(SignedDuration::from_micros(1)).unwrap_or(Timestamp::MAX);
            let said = Said {
                word: Word::Settled,
                channels: unclear.channels,
                at: at.at().max(after),
                origin: Origin::Team,
                rule: None,
                permanent: false,
                message: None,
                // What was said by a contact that was joined with this one is answered as its word.
                answers: Some(unclear.contact).filter(|contact| !contact.is_empty()),
                detail: said_by(at, why.clone()),
            };
            let address = stored.address;
            ledger::record_one(&mut tx, market, &key, contact, address.clone(), &said, names.next(), at)
                .await?;
            if was_opt_out {
                let said = Said { word: Word::OptOut, ..said };
                ledger::record_one(&mut tx, market, &key, contact, address, &said, names.next(), at).await?;
                ledger::tell_others(&mut tx, market, &key, contact, &said, at).await?;
                self.tell_witnesses(&mut tx, market, &key, contact, &said, at).await?;
            }
            settled += 1;
        }
        if settled > 0 {
            let entry = ledger::noted(at, "lead.opt_out_settled", contact).with("entries", settled);
            trail::append(&mut tx, entry.with("was_opt_out", was_opt_out));
            tx.commit().await?;
        }
        Ok(settled)
    }

    /// Everything that counts for a contact, the latest first: what it said, and what was said from its number or address.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn opt_outs(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
    ) -> Result<Vec<OptOutEntry>, LeadsError> {
        let person = self.contacts.get(market, sight, contact).await?;
        let key = market.person_key(contact).await?.ok_or(LeadsError::Unknown(contact))?;
        let addresses = Addresses::of(market, &person.personal);
        let mut shown = Vec::new();
        for stored in ledger::rows(market.db(), contact, &addresses).await? {
            let entry = ledger::entry(&stored)?;
            let own = stored.contact == Some(contact);
            // What another contact said is sealed under that person's key.
            let detail = if own { ledger::detail(market, &key, &stored)? } else { None };
            let detail = detail.unwrap_or_default();
            shown.push(OptOutEntry {
                id: stored.id,
                said_at: stored.said_at,
                recorded_at: stored.recorded_at,
                word: entry.word,
                channels: entry.channels.into_iter().collect(),
                origin: entry.origin,
                rule: entry.rule,
                permanent: stored.permanent,
                own,
                by: own.then_some(detail.by),
                matched: detail.matched,
                why: detail.reason.or(detail.why),
            });
        }
        shown.reverse();
        Ok(shown)
    }

    /// How every channel to a contact stands after all that was said until now.
    ///
    /// # Errors
    /// [`LeadsError::Unknown`], or when the market fails.
    pub async fn channel_standings(
        &self,
        market: &Market,
        sight: Sight,
        contact: PersonId,
    ) -> Result<Vec<(Channel, ChannelStanding)>, LeadsError> {
        let person = self.contacts.get(market, sight, contact).await?;
        let addresses = Addresses::of(market, &person.personal);
        let ledger = ledger::ledger(market.db(), contact, &addresses).await?;
        let stand = |channel| match ledger.standing(channel, Timestamp::MAX) {
            Standing::Open => ChannelStanding::Open,
            Standing::Unclear(entry) => ChannelStanding::Unclear { since: entry.at },
            Standing::Suppressed(entry) => ChannelStanding::Suppressed { since: entry.at },
        };
        Ok(Channel::ALL.into_iter().map(|channel| (channel, stand(channel))).collect())
    }

    /// Whether any opt-out was ever recorded in a market.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn has_opt_outs(&self, market: &Market) -> Result<bool, LeadsError> {
        Ok(records::optout::any(market.db(), "opt_out").await?)
    }
}

/// Whether nothing that was said later ended an unclear entry, on any of its channels.
fn in_force(ledger: &Ledger, unclear: &Entry) -> bool {
    let alone = |channel: &Channel| {
        let mut only = Ledger::new();
        only.record(unclear.clone());
        let ends = ledger.entries().filter(|entry| matches!(entry.word, Word::Settled | Word::OptIn));
        for entry in ends {
            only.record(entry.clone());
        }
        only.standing(*channel, Timestamp::MAX) != Standing::Open
    };
    unclear.channels.iter().any(alone)
}
