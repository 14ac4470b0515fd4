//! Where databases are, made and dropped. Names are made of identifier and generation alone.

use std::path::PathBuf;

use boxed::boxed;
use kernel::MarketId;
use seal::Cell;
use store::{Db, MarketOptions, MarketPlace, postgres, template::Template};

use super::Markets;
use crate::{MarketRecord, MarketServer, MarketsError, Placement, ServerId, keyring::HUB, records};

/// Prefix of databases and roles on PostgreSQL.
const PREFIX: &str = "ehub_m";

#[boxed]
impl Markets {
    /// Where new markets are placed.
    pub fn default_placement(&self) -> Placement {
        match self.0.admin_url {
            Some(_) => Placement::Server(ServerId::DEFAULT),
            None => Placement::Embedded,
        }
    }

    /// The folder of embedded databases.
    pub(super) fn markets_folder(&self) -> PathBuf {
        self.0.folder.join("markets")
    }

    /// A folder for files that are about to be removed again, for this account only; what a dead process left there is
    /// removed a day later.
    ///
    /// # Errors
    /// When it cannot be made.
    pub async fn scratch(&self) -> Result<PathBuf, MarketsError> {
        let (made, folder) = (self.scratch_folder(), self.scratch_folder());
        super::blocking(move || crate::folder::private(&made)).await??;
        Ok(folder)
    }

    pub(super) fn scratch_folder(&self) -> PathBuf {
        self.markets_folder().join("scratch")
    }

    pub(super) fn file_of(&self, market: MarketId, generation: u32) -> PathBuf {
        self.markets_folder().join(format!("{market}.{generation}.db"))
    }

    pub(super) async fn template(&self) -> Result<&Template, MarketsError> {
        let prepare = async || {
            let folder = self.0.folder.join("templates");
            Ok(Template::prepare(&folder, &self.0.schemas).await?)
        };
        self.0.template.get_or_try_init(prepare).await
    }

    /// Makes an empty database; on a server, the URL of the market's own role comes back. What an earlier attempt left
    /// is removed first.
    pub(super) async fn make_database(
        &self,
        market: MarketId,
        generation: u32,
        placement: Placement,
    ) -> Result<Option<String>, MarketsError> {
        match placement {
            Placement::Embedded => {
                let file = self.file_of(market, generation);
                self.template().await?.create(&file).await?;
                Ok(None)
            }
            Placement::Server(id) => {
                let server = self.server(id).await?;
                let mut templates = self.0.server_templates.lock().await;
                let template = match templates.get(&id) {
                    Some(known) => known.clone(),
                    None => {
                        let made =
                            postgres::prepare_template(&server.admin_url, "ehub_t", &self.0.schemas).await?;
                        templates.insert(id, made.clone());
                        made
                    }
                };
                drop(templates);
                let name = database_name(market, generation);
                let password = self.password();
                let url =
                    postgres::create_database(&server.admin_url, &name, &name, &password, &template).await?;
                Ok(Some(url))
            }
        }
    }

    /// Drops a database with everything beside it, when it exists.
    pub(super) async fn drop_place(&self, market: MarketId, generation: u32) -> Result<(), MarketsError> {
        match records::place_of(&self.0.hub, market, generation).await?.map(|place| place.placement) {
            None => Ok(()),
            Some(Placement::Embedded) => {
                Ok(store::market::remove_file(&self.file_of(market, generation)).await?)
            }
            Some(Placement::Server(id)) => {
                let name = database_name(market, generation);
                Ok(postgres::drop_database(&self.server(id).await?.admin_url, &name, &name).await?)
            }
        }
    }

    /// Opens the database of a market's current generation.
    pub(super) async fn open_db(&self, record: &MarketRecord) -> Result<Db, MarketsError> {
        self.open_generation(record.id, record.generation).await
    }

    /// Opens the database of one generation.
    pub(super) async fn open_generation(
        &self,
        market: MarketId,
        generation: u32,
    ) -> Result<Db, MarketsError> {
        let place = records::place_of(&self.0.hub, market, generation)
            .await?
            .ok_or(MarketsError::UnknownId(market))?;
        let place = match place.placement {
            Placement::Embedded => MarketPlace::Sqlite(self.file_of(market, generation)),
            Placement::Server(id) => {
                let server = self.server(id).await?;
                let sealed = place.url_sealed.ok_or(MarketsError::UnknownId(market))?;
                let url = self.unseal_url(market, generation, &sealed)?;
                let replicas = server.replicas.iter().map(|replica| elsewhere(&url, replica)).collect();
                MarketPlace::Postgres { url, pool_size: server.pool_size, replicas }
            }
        };
        Ok(Db::open_market(&place, &MarketOptions::default()).await?)
    }

    /// Seals the URL of a market's role for its place.
    pub(super) fn seal_url(
        &self,
        market: MarketId,
        generation: u32,
        url: &str,
    ) -> Result<Vec<u8>, MarketsError> {
        let key = &self.0.hub_roots.data;
        let row = format!("{market}.{generation}");
        let cell = Cell { market: HUB, table: "market_place", row: &row, column: "url" };
        Ok(seal::seal(&key.key, key.id, &cell, url.as_bytes(), self.0.chance.bytes())?.into_bytes())
    }

    fn unseal_url(&self, market: MarketId, generation: u32, sealed: &[u8]) -> Result<String, MarketsError> {
        let key = &self.0.hub_roots.data;
        let row = format!("{market}.{generation}");
        let cell = Cell { market: HUB, table: "market_place", row: &row, column: "url" };
        let opened = seal::open(&key.key, key.id, &cell, sealed)?;
        Ok(String::from_utf8_lossy(&opened).into_owned())
    }

    /// 32 random characters out of 64: 192 bits.
    fn password(&self) -> String {
        const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
        let bytes: [u8; 32] = self.0.chance.bytes();
        bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte & 63)])).collect()
    }
}

impl ServerId {
    /// The server of the hub's own configuration.
    pub const DEFAULT: Self = Self::nil();
}

/// Name of a market's database and of its role.
fn database_name(market: MarketId, generation: u32) -> String {
    format!("{PREFIX}_{}_{generation}", market.to_string().to_ascii_lowercase())
}

/// The database, role and password of `url` on the server of `replica`.
fn elsewhere(url: &str, replica: &str) -> String {
    let credentials = url.split_once("://").map_or("", |(_, rest)| rest);
    let credentials = credentials.rsplit_once('@').map_or("", |(credentials, _)| credentials);
    let (base, options) = replica.split_once('?').map_or((replica, None), |(base, rest)| (base, Some(rest)));
    let host = base.split_once("://").map_or(base, |(_, rest)| rest);
    let host = host.rsplit_once('@').map_or(host, |(_, host)| host);
    let host = host.split('/').next().unwrap_or_default();
    let options = options.map(|options| format!("?{options}")).unwrap_or_default();
    format!("postgres://{credentials}@{host}/{}{options}", postgres::database_of(url))
}

impl Markets {
    /// The server of this identifier.
    pub(super) async fn server(&self, id: ServerId) -> Result<MarketServer, MarketsError> {
        let servers = self.servers().await?;
        let found = servers.into_iter().find(|server| server.id == id);
        found.ok_or_else(|| MarketsError::UnknownServer(id.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_replica_is_reached_with_the_markets_own_role_and_database() {
        assert_eq!(
            elsewhere(
                "postgres://m_1:pass-word@db:5432/m_1",
                "postgres://admin:x@replica:5433/postgres?sslmode=require"
            ),
            "postgres://m_1:pass-word@replica:5433/m_1?sslmode=require"
        );
    }

    #[test]
    fn the_name_of_a_database_is_made_of_identifier_and_generation_alone() {
        let market: MarketId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("an id");
        assert_eq!(database_name(market, 3), "ehub_m_01arz3ndektsv4rrffq69g5fav_3");
    }
}
