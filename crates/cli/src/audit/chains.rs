//! The chains of a hub: its own, and one per market.

use audit::checkpoint::Signer;
use kernel::MarketName;
use store::{Db, trail::Begins};

use crate::{
    exit::{During, Outcome},
    hub::Hub,
    market,
};

/// A chain, where it is and who signs it.
pub struct Chain {
    /// What people call it: `hub`, or the market's name.
    pub name: String,
    /// The database that holds it.
    pub db: Db,
    /// Whether it has an entry from the start.
    pub begins: Begins,
    /// The key of its checkpoints.
    pub signer: Signer,
}

/// The hub's own chain.
///
/// # Errors
/// When the keyring has no seed for it.
pub fn of_hub(hub: &Hub) -> Outcome<Chain> {
    let signer = hub.markets.audit_signer().during("read the hub's signing key")?;
    Ok(Chain { name: HUB.to_owned(), db: hub.db.clone(), begins: Begins::WithAChange, signer })
}

/// The chain of a market, also of one that nobody may enter now.
///
/// # Errors
/// When there is no such market, or its database or keys cannot be had.
pub async fn of_market(hub: &Hub, name: &MarketName) -> Outcome<Chain> {
    let record = market::record(hub, name).await?;
    let market = hub.markets.inspect(&record.name).await.during(format_args!("look into {name}"))?;
    let signer = market.audit_signer().during(format_args!("read the signing key of {name}"))?;
    Ok(Chain { name: name.to_string(), db: market.db().clone(), begins: Begins::WithAnEntry, signer })
}

/// The chain that was asked for: of a market, or the hub's.
///
/// # Errors
/// As above.
pub async fn one(hub: &Hub, market: Option<&MarketName>) -> Outcome<Chain> {
    match market {
        Some(name) => of_market(hub, name).await,
        None => of_hub(hub),
    }
}

/// The name of the hub's chain.
const HUB: &str = "hub";
