use std::sync::Arc;

use boxed::boxed;
use cluster::{Away, Cluster};
use connect::{Client, ConnectError};
use contacts::{Contacts, ContactsError};
use directory::Directory;
use gohighlevel::{GoHighLevel, GoHighLevelError};
use growth::{Growth, GrowthError};
use jiff::Timestamp;
use kernel::{Actor, Moment};
use leads::Leads;
use markets::{Keyring, Markets, MarketsConfig, MarketsError};
use store::{Db, Schema, StoreError, postgres};
use webhooks::Webhooks;

use crate::{HubConfig, Location, forgetting, go_live};

/// The file of the hub's own database in an embedded hub's directory.
pub const DATABASE_FILE: &str = "hub.sqlite";

/// An open hub. Cheap to clone.
#[derive(Clone)]
pub struct Hub {
    /// The hub's own database.
    pub db: Db,
    /// Who may come in.
    pub directory: Directory,
    /// Client expansion.
    pub growth: Growth,
    /// The markets.
    pub markets: Markets,
    /// The people of the markets.
    pub contacts: Contacts,
    /// Who of them is worth a call, and what may be sent.
    pub leads: Leads,
    /// The markets' life with their GoHighLevel locations.
    pub gohighlevel: GoHighLevel,
    /// What markets tell other systems.
    pub webhooks: Webhooks,
    /// What asks and tells other people's servers.
    pub client: Client,
    /// What nodes share.
    pub cluster: Cluster,
}

/// Why a hub could not be opened.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The hub's database failed or belongs to a newer program.
    #[error("the hub's database cannot be used: {0}")]
    Store(#[from] StoreError),
    /// The keys or the markets cannot be used.
    #[error("the hub's markets cannot be used: {0}")]
    Markets(#[from] MarketsError),
    /// The growth records cannot be used.
    #[error("the growth records cannot be used: {0}")]
    Growth(#[from] GrowthError),
    /// The contacts' records cannot be used.
    #[error("the contacts' records cannot be used: {0}")]
    Contacts(#[from] ContactsError),
    /// The bridge's records cannot be used.
    #[error("the records of GoHighLevel cannot be used: {0}")]
    GoHighLevel(#[from] Box<GoHighLevelError>),
    /// Redis is configured and cannot be understood.
    #[error("what the hub's nodes share cannot be used: {0}")]
    Cluster(#[from] Away),
    /// Other servers cannot be talked to securely.
    #[error("other servers cannot be talked to: {0}")]
    Connect(#[from] ConnectError),
}

/// The tables that markets have, those that others refer to first.
fn market_schemas() -> Vec<&'static Schema> {
    vec![
        &store::trail::SCHEMA,
        &markets::MARKET_SCHEMA,
        &store::idempotency::SCHEMA,
        &store::inbox::SCHEMA,
        &store::outbox::SCHEMA,
        &store::jobs::SCHEMA,
        &contacts::SCHEMA,
        &leads::SCHEMA,
        &webhooks::SCHEMA,
        &gohighlevel::SCHEMA,
    ]
}

#[boxed]
impl Hub {
    /// Opens a hub, making it on the first use. Tables of the hub are brought up to date; those of markets when they
    /// are entered.
    ///
    /// # Errors
    /// See [`OpenError`].
    pub async fn open(config: HubConfig, now: Timestamp) -> Result<Self, OpenError> {
        let (db, keys, admin_url, replicas) = match &config.location {
            Location::Embedded => {
                let db = Db::sqlite(&config.data.join(DATABASE_FILE)).await?;
                let keys = Db::keyring(&config.data.join("keys").join("keys.db")).await?;
                (db, keys, None, Vec::new())
            }
            Location::Server { url, replicas } => {
                let db = Db::open(url).await?;
                let name = format!("{}_keys", postgres::database_of(url));
                let keys_url = postgres::ensure_database(url, &name).await?;
                // Markets' own roles have no business in the hub's databases.
                postgres::close_to_public(url).await?;
                postgres::close_to_public(&keys_url).await?;
                (db, Db::open(&keys_url).await?, Some(url.clone()), replicas.clone())
            }
        };
        for schema in [&store::trail::SCHEMA, &store::idempotency::SCHEMA, &store::jobs::SCHEMA] {
            db.migrate(&schema.migrations).await?;
        }
        let keyring = Keyring::open(keys, &config.key_source(), config.chance.clone(), now).await?;
        let markets = Markets::open(
            MarketsConfig {
                hub: db.clone(),
                keyring,
                folder: config.data.clone(),
                admin_url,
                replicas,
                schemas: market_schemas(),
                open_max: config.open_max,
                chance: config.chance.clone(),
            },
            now,
        )
        .await?;
        let second_factor = markets.derive_key("directory/second-factor");
        let directory = Directory::open(db.clone()).await?.with_key(markets.hub_key().id, second_factor);
        let growth = Growth::open(db.clone()).await?;
        markets.add_step(go_live::owner(directory.clone()));
        markets.add_forgetter(forgetting::members(directory.clone()));
        let contacts = Contacts::open(db.clone(), markets.clone(), config.chance.clone()).await?;
        let leads = Leads::new(contacts.clone());
        markets.add_eraser(Arc::new(leads.clone()));
        let cluster = Cluster::open(&config.cluster)?;
        let chance = config.chance.clone();
        let client = Client::new(config.egress.clone(), Arc::new(move || chance.number() as u64))?;
        let gohighlevel = GoHighLevel::open(
            db.clone(),
            markets.clone(),
            contacts.clone(),
            leads.clone(),
            client.clone(),
            config.gohighlevel.clone(),
            config.clock(now),
            config.chance.clone(),
        )
        .await
        .map_err(Box::new)?;
        let webhooks = Webhooks::new(client.clone(), config.bus.clone(), config.cluster.node.clone());
        markets.add_eraser(Arc::new(webhooks.clone()));
        // What processes that are gone have begun is undone, once every domain can do its part.
        let actor = Actor::new("hub");
        markets.recover(&Moment { now, actor, entropy: config.chance.number() }).await?;
        Ok(Self { db, directory, growth, markets, contacts, leads, gohighlevel, webhooks, client, cluster })
    }

    /// Closes every database. Handles that are still in use fail from then on.
    pub async fn close(&self) {
        self.markets.close().await;
        self.db.close().await;
    }
}
