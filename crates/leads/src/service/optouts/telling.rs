//! Who hears of opt-outs: whoever else can write to the person has to stop as well.

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::Future,
    pin::Pin,
    sync::{Arc, PoisonError, RwLock},
};

use jiff::Timestamp;
use kernel::{Moment, PersonId};
use markets::{Market, SealingKey};
use store::{StoreError, Tx};

use crate::{
    Channel, Leads, LeadsError,
    optout::{Standing, Word},
    service::ledger::{self, Addresses, Said},
};

/// The answer of an [`OptOutWitness`].
pub type OptOutTelling<'a> = Pin<Box<dyn Future<Output = Result<(), StoreError>> + Send + 'a>>;

/// Who has to hear of opt-outs, and of their end: in the transaction that records them, so that both happen or neither.
pub trait OptOutWitness: Send + Sync {
    /// A person wants no more messages.
    fn opted_out<'a>(&'a self, tx: &'a mut Tx, told: &'a ToldOptOut<'a>) -> OptOutTelling<'a>;

    /// A person asked for messages again, and nothing that they said speaks against these channels any more.
    fn opted_in<'a>(&'a self, _tx: &'a mut Tx, _told: &'a ToldOptOut<'a>) -> OptOutTelling<'a> {
        Box::pin(async { Ok(()) })
    }
}

/// What an [`OptOutWitness`] is told.
#[derive(Clone, Copy)]
pub struct ToldOptOut<'a> {
    /// Where.
    pub market: &'a Market,
    /// The person's key: what is kept of them is sealed under it.
    pub key: &'a SealingKey,
    /// Who.
    pub contact: PersonId,
    /// By which channels nothing is to be sent any more, or something again.
    pub channels: &'a BTreeSet<Channel>,
    /// Whether nothing lifts it again.
    pub permanent: bool,
    /// When, by whom it was recorded.
    pub at: &'a Moment,
}

/// Those who listen.
#[derive(Clone, Default)]
pub(crate) struct Shelf(Arc<RwLock<Vec<Arc<dyn OptOutWitness>>>>);

impl Leads {
    /// Tells `witness` of every opt-out from now on, in the transaction that records it.
    pub fn add_opt_out_witness(&self, witness: Arc<dyn OptOutWitness>) {
        self.opt_out_witnesses.0.write().unwrap_or_else(PoisonError::into_inner).push(witness);
    }

    /// Writes what was said into a contact's ledger, and tells of an opt-out; how many entries are new.
    #[expect(
        clippy::too_many_arguments,
        reason = "the transaction, the person, what was said, the circumstances"
    )]
    pub(in crate::service) async fn record_said(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        contact: PersonId,
        addresses: &Addresses,
        said: &Said,
        at: &Moment,
    ) -> Result<u64, LeadsError> {
        let new = ledger::record(tx, market, key, contact, addresses, said, at).await?;
        if new > 0 {
            self.tell_witnesses(tx, market, key, contact, said, at).await?;
        }
        if new > 0 && said.word == Word::OptOut {
            let reached = addresses.reached(&said.channels).into_iter();
            let reached: Vec<_> =
                reached.filter_map(|(address, channels)| Some((address?, channels))).collect();
            self.tell_whoever_has(tx, market, Some(contact), &reached, said.permanent, at).await?;
        }
        Ok(new)
    }

    /// Tells whoever listens of everybody who has one of these numbers and addresses, and of the channels that reach them by
    /// it: an opt-out holds for whoever has it. `but` was told of already.
    pub(in crate::service) async fn tell_whoever_has(
        &self,
        tx: &mut Tx,
        market: &Market,
        but: Option<PersonId>,
        reached: &[(Vec<u8>, BTreeSet<Channel>)],
        permanent: bool,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        let witnesses = self.opt_out_witnesses();
        if witnesses.is_empty() {
            return Ok(());
        }
        let by_index: HashMap<&[u8], &BTreeSet<Channel>> =
            reached.iter().map(|(address, channels)| (address.as_slice(), channels)).collect();
        let indexes: Vec<Vec<u8>> = reached.iter().map(|(address, _)| address.clone()).collect();
        let mut silenced: BTreeMap<PersonId, BTreeSet<Channel>> = BTreeMap::new();
        for (contact, index) in self.contacts.having(tx, &indexes).await? {
            let channels = by_index.get(index.as_slice()).copied().into_iter().flatten();
            silenced.entry(contact).or_default().extend(channels);
        }
        for (contact, channels) in silenced.iter().filter(|(contact, _)| Some(**contact) != but) {
            // Who is being erased has no key any more, and needs none.
            let Some(key) = market.person_key(*contact).await? else { continue };
            let told = ToldOptOut { market, key: &key, contact: *contact, channels, permanent, at };
            for witness in &witnesses {
                witness.opted_out(tx, &told).await?;
            }
        }
        Ok(())
    }

    /// Tells whoever listens, if it is an opt-out.
    pub(in crate::service) async fn tell_witnesses(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        contact: PersonId,
        said: &Said,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        if said.word != Word::OptOut {
            return Ok(());
        }
        let (channels, permanent) = (&said.channels, said.permanent);
        let told = ToldOptOut { market, key, contact, channels, permanent, at };
        for witness in self.opt_out_witnesses() {
            witness.opted_out(tx, &told).await?;
        }
        Ok(())
    }

    /// Tells whoever listens that a person wants messages again, by the channels that nothing stops any more: `addresses` are
    /// all of the person's, since another number may have been silenced as well.
    #[expect(
        clippy::too_many_arguments,
        reason = "the transaction, the person, what was said, the circumstances"
    )]
    pub(in crate::service) async fn tell_of_the_end(
        &self,
        tx: &mut Tx,
        market: &Market,
        key: &SealingKey,
        contact: PersonId,
        addresses: &Addresses,
        said: &Said,
        at: &Moment,
    ) -> Result<(), LeadsError> {
        let witnesses = self.opt_out_witnesses();
        if said.word != Word::OptIn || witnesses.is_empty() {
            return Ok(());
        }
        let ledger = ledger::ledger(&mut *tx, contact, addresses).await?;
        let is_open = |channel: &Channel| ledger.standing(*channel, Timestamp::MAX) == Standing::Open;
        let channels: BTreeSet<Channel> = said.channels.iter().copied().filter(is_open).collect();
        if channels.is_empty() {
            return Ok(());
        }
        let told = ToldOptOut { market, key, contact, channels: &channels, permanent: false, at };
        for witness in witnesses {
            witness.opted_in(tx, &told).await?;
        }
        Ok(())
    }

    fn opt_out_witnesses(&self) -> Vec<Arc<dyn OptOutWitness>> {
        self.opt_out_witnesses.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
