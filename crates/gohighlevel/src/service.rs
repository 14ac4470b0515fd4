use std::{fmt, sync::Arc};

use boxed::boxed;
use connect::ghl::{self, Clock, Road, oauth::HttpIssuer};
use contacts::Contacts;
use jiff::Timestamp;
use kernel::{Actor, Chance, MarketId, Moment};
use leads::Leads;
use markets::Markets;
use store::Db;

use crate::{
    Config, GoHighLevelError, install,
    out::OutWitness,
    records,
    road::{Gate, LinkWitness},
    tokens::Vault,
};

/// The bridge between the markets of a hub and GoHighLevel. Cheap to clone; clones share tokens, budgets, breakers and what
/// was learned.
#[derive(Clone)]
pub struct GoHighLevel(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) hub: Db,
    pub(crate) markets: Markets,
    pub(crate) contacts: Contacts,
    pub(crate) leads: Leads,
    /// GoHighLevel, asked.
    pub(crate) ghl: ghl::Client,
    /// How requests reach GoHighLevel, for trying a token that is not kept.
    pub(crate) road: Arc<dyn Road>,
    /// The token endpoint, for consents.
    pub(crate) issuer: HttpIssuer,
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    pub(crate) chance: Chance,
    /// Names this process in leases.
    pub(crate) node: String,
    pub(crate) vault: Arc<Vault>,
    /// What the hot path of webhooks remembers.
    pub(crate) gate: Gate,
    /// Links that are made in the transactions of contacts.
    pub(crate) links: Arc<LinkWitness>,
}

#[boxed]
impl GoHighLevel {
    /// Opens the bridge: brings its tables in the hub's database up to date, and takes part in what happens to contacts.
    ///
    /// # Errors
    /// When the database fails.
    #[expect(clippy::too_many_arguments, reason = "everything that a bridge joins, each once")]
    pub async fn open(
        hub: Db,
        markets: Markets,
        contacts: Contacts,
        leads: Leads,
        client: connect::Client,
        config: Config,
        clock: Clock,
        chance: Chance,
    ) -> Result<Self, GoHighLevelError> {
        hub.migrate(&records::HUB).await?;
        let road: Arc<dyn Road> = Arc::new(client);
        let vault = Arc::new(Vault::new(hub.clone(), markets.clone(), chance.clone()));
        let drawn = chance.clone();
        let ghl = ghl::Client::new(
            road.clone(),
            vault.clone(),
            config.options(),
            clock.clone(),
            Arc::new(move || drawn.number() as u64),
        );
        let issuer = HttpIssuer::new(road.clone(), &config.options(), clock.clone());
        let links = Arc::new(LinkWitness::default());
        contacts.add_witness(links.clone());
        contacts.add_witness(Arc::new(OutWitness));
        leads.add_score_witness(Arc::new(OutWitness));
        leads.add_route_witness(Arc::new(OutWitness));
        leads.add_opt_out_witness(Arc::new(OutWitness));
        markets.add_eraser(links.clone());
        let node = config.node.clone();
        let gate = Gate::default();
        let inner = Inner {
            hub,
            markets,
            contacts,
            leads,
            ghl,
            road,
            issuer,
            config,
            clock,
            chance,
            node,
            vault,
            gate,
            links,
        };
        let inner = Arc::new(inner);
        let part = install::OfMarkets { hub: inner.hub.clone(), bridge: Arc::downgrade(&inner) };
        inner.markets.add_forgetter(Arc::new(part));
        Ok(Self(inner))
    }

    /// The markets with a location that is connected.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn connected(&self) -> Result<Vec<MarketId>, GoHighLevelError> {
        Ok(records::places::connected(&self.0.hub).await?)
    }

    /// Whether the hub has an app in GoHighLevel's marketplace, by which markets can be connected.
    pub fn has_app(&self) -> bool {
        self.0.config.app.is_some()
    }

    /// What time it is, as the bridge was told.
    pub(crate) fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// The circumstances of what the bridge does by itself.
    pub(crate) fn moment(&self, now: Timestamp) -> Moment {
        Moment { now, actor: Actor::new("gohighlevel"), entropy: self.0.chance.number() }
    }
}

impl fmt::Debug for GoHighLevel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "GoHighLevel({})", self.0.config.base)
    }
}
