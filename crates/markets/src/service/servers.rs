//! The PostgreSQL servers that markets can be placed on.

use boxed::boxed;
use kernel::Moment;
use seal::Cell;
use zeroize::Zeroizing;

use super::Markets;
use crate::{MarketServer, MarketsError, ServerId, chain, keyring::HUB, records};

/// Name of the server that the hub's own configuration names.
const DEFAULT_NAME: &str = "default";
/// Connections of one process to one market's database, unless told otherwise.
const POOL_SIZE: u32 = 4;

#[boxed]
impl Markets {
    /// The servers that markets can be placed on: the one of the hub's configuration first.
    ///
    /// # Errors
    /// When the database or a key fails.
    pub async fn servers(&self) -> Result<Vec<MarketServer>, MarketsError> {
        let mut servers = Vec::new();
        if let Some(admin_url) = &self.0.admin_url {
            servers.push(MarketServer {
                id: ServerId::DEFAULT,
                name: DEFAULT_NAME.to_owned(),
                admin_url: admin_url.clone(),
                pool_size: POOL_SIZE,
                replicas: self.0.replicas.clone(),
            });
        }
        for stored in records::servers(&self.0.hub).await? {
            let row = stored.id.to_string();
            let open = |column: &str, sealed: &[u8]| -> Result<Zeroizing<Vec<u8>>, MarketsError> {
                let key = &self.0.hub_roots.data;
                let cell = Cell { market: HUB, table: "market_server", row: &row, column };
                Ok(seal::open(&key.key, key.id, &cell, sealed)?)
            };
            let text = |column: &str, sealed: Option<Vec<u8>>| -> Result<String, MarketsError> {
                match sealed {
                    Some(sealed) => Ok(String::from_utf8_lossy(&open(column, &sealed)?).into_owned()),
                    None => Ok(String::new()),
                }
            };
            let replicas = text("replicas", stored.replicas_sealed)?;
            servers.push(MarketServer {
                id: stored.id,
                name: stored.name,
                admin_url: text("admin_url", stored.admin_url_sealed)?,
                pool_size: stored.pool_size,
                replicas: replicas.lines().map(str::to_owned).collect(),
            });
        }
        Ok(servers)
    }

    /// Adds a server, or changes the one of this name. Its URLs are sealed.
    ///
    /// # Errors
    /// [`MarketsError::ServerTaken`] for the name of the hub's own server, or when the database fails.
    pub async fn put_server(
        &self,
        name: &str,
        admin_url: &str,
        pool_size: u32,
        replicas: &[String],
        at: &Moment,
    ) -> Result<ServerId, MarketsError> {
        if name == DEFAULT_NAME {
            return Err(MarketsError::ServerTaken(name.to_owned()));
        }
        let mut tx = self.0.hub.begin().await?;
        tx.one_at_a_time("market servers").await?;
        let known = records::servers(&mut tx).await?.into_iter().find(|server| server.name == name);
        let id = known.map_or_else(|| at.ids().next().into(), |server| server.id);
        let row = id.to_string();
        let seal = |column: &str, plain: &str| -> Result<Vec<u8>, MarketsError> {
            let key = &self.0.hub_roots.data;
            let cell = Cell { market: HUB, table: "market_server", row: &row, column };
            let nonce = self.0.chance.bytes();
            Ok(seal::seal(&key.key, key.id, &cell, plain.as_bytes(), nonce)?.into_bytes())
        };
        let server = records::StoredServer {
            id,
            name: name.to_owned(),
            admin_url_sealed: Some(seal("admin_url", admin_url)?),
            pool_size: pool_size.max(1),
            replicas_sealed: Some(seal("replicas", &replicas.join("\n"))?),
        };
        records::put_server(&mut tx, server).await?;
        let detail = [("name", name.to_owned()), ("replicas", replicas.len().to_string())];
        chain::hub(&mut tx, at, "server.saved", &format!("server:{id}"), detail);
        tx.commit().await?;
        Ok(id)
    }
}
