//! The hub's tables of markets, and their queries.

use jiff::Timestamp;
use kernel::{MarketId, MarketName, Ulid};
use store::{Migration, MigrationSet, Query, Row, Session, StoreError, Tx, Value};

use crate::{
    record::{MarketRecord, MarketState, Placement},
    server::ServerId,
};

pub(crate) const SCHEMA: MigrationSet = MigrationSet {
    domain: "markets",
    migrations: &[
        Migration { version: 1, name: "markets", sql: include_str!("../migrations/hub/0001_markets.sql") },
        Migration {
            version: 2,
            name: "reason before work",
            sql: include_str!("../migrations/hub/0002_reason_before.sql"),
        },
    ],
};

const MARKET: &str = "SELECT id, name, region, currency, locale, time_zone, verticals, state, state_reason, generation, \
     placement, schema_stamp, fenced, created_at, delete_after, backed_up_at FROM market ";

fn market(row: &Row) -> Result<MarketRecord, StoreError> {
    Ok(MarketRecord {
        id: row.parse("id")?,
        name: row.parse("name")?,
        region: row.parse("region")?,
        currency: row.parse("currency")?,
        locale: row.parse("locale")?,
        time_zone: row.parse("time_zone")?,
        verticals: row.json("verticals")?,
        state: row.parse("state")?,
        state_reason: row.text_or_null("state_reason")?,
        generation: row.count("generation")?,
        placement: row.parse("placement")?,
        schema_stamp: row.text("schema_stamp")?,
        fenced: row.text_or_null("fenced")?,
        created_at: row.timestamp("created_at")?,
        delete_after: row.timestamp_or_null("delete_after")?,
        backed_up_at: row.timestamp_or_null("backed_up_at")?,
    })
}

pub(crate) async fn markets(on: impl Into<Session<'_>>) -> Result<Vec<MarketRecord>, StoreError> {
    on.into().list(Query::new(MARKET).push("ORDER BY name"), market).await
}

pub(crate) async fn market_by_name(
    on: impl Into<Session<'_>>,
    name: &MarketName,
) -> Result<Option<MarketRecord>, StoreError> {
    let row = on.into().optional(Query::new(MARKET).push("WHERE name = ?").bind(name.as_str())).await?;
    row.as_ref().map(market).transpose()
}

pub(crate) async fn market_by_id(
    on: impl Into<Session<'_>>,
    id: MarketId,
) -> Result<Option<MarketRecord>, StoreError> {
    let row = on.into().optional(Query::new(MARKET).push("WHERE id = ?").bind(id.ulid())).await?;
    row.as_ref().map(market).transpose()
}

/// Deleted markets whose grace period has ended.
pub(crate) async fn due_for_purge(
    on: impl Into<Session<'_>>,
    now: Timestamp,
) -> Result<Vec<MarketRecord>, StoreError> {
    let query =
        Query::new(MARKET).push("WHERE state = 'deleting' AND delete_after <= ? ORDER BY delete_after");
    on.into().list(query.bind(now), market).await
}

pub(crate) async fn add_market(tx: &mut Tx, record: &MarketRecord) -> Result<(), StoreError> {
    let verticals =
        serde_json::to_string(&record.verticals).map_err(|error| StoreError::column("verticals", error))?;
    let insert = Query::new(
        "INSERT INTO market (id, name, region, currency, locale, time_zone, verticals, state, state_reason, generation, \
         placement, schema_stamp, fenced, created_at, delete_after, backed_up_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(record.id.ulid())
    .bind(record.name.as_str())
    .bind(record.region.as_str())
    .bind(record.currency.code())
    .bind(record.locale.as_str())
    .bind(record.time_zone.as_str())
    .bind(verticals)
    .bind(record.state.id())
    .bind(record.state_reason.clone())
    .bind(record.generation)
    .bind(Value::shown(record.placement))
    .bind(&record.schema_stamp)
    .bind(record.fenced.clone())
    .bind(record.created_at)
    .bind(record.delete_after)
    .bind(record.backed_up_at);
    tx.execute(insert).await.map(|_| ())
}

/// Writes what may change of a market.
pub(crate) async fn update_market(tx: &mut Tx, record: &MarketRecord) -> Result<(), StoreError> {
    let update = Query::new(
        "UPDATE market SET name = ?, state = ?, state_reason = ?, generation = ?, placement = ?, schema_stamp = ?, \
         fenced = ?, delete_after = ?, backed_up_at = ? WHERE id = ?",
    )
    .bind(record.name.as_str())
    .bind(record.state.id())
    .bind(record.state_reason.clone())
    .bind(record.generation)
    .bind(Value::shown(record.placement))
    .bind(&record.schema_stamp)
    .bind(record.fenced.clone())
    .bind(record.delete_after)
    .bind(record.backed_up_at)
    .bind(record.id.ulid());
    tx.execute(update).await.map(|_| ())
}

pub(crate) async fn set_schema(
    tx: &mut Tx,
    id: MarketId,
    stamp: &str,
    fenced: Option<String>,
) -> Result<(), StoreError> {
    let update = Query::new("UPDATE market SET schema_stamp = ?, fenced = ? WHERE id = ?");
    tx.execute(update.bind(stamp).bind(fenced).bind(id.ulid())).await.map(|_| ())
}

pub(crate) async fn delete_market(tx: &mut Tx, id: MarketId) -> Result<(), StoreError> {
    for text in [
        "DELETE FROM market_place WHERE market = ?",
        "DELETE FROM market_note WHERE market = ?",
        "DELETE FROM market_backup WHERE market = ?",
        "DELETE FROM market WHERE id = ?",
    ] {
        tx.execute(Query::new(text).bind(id.ulid())).await?;
    }
    Ok(())
}

/// A database that exists or may exist.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Place {
    pub market: MarketId,
    pub generation: u32,
    pub placement: Placement,
    /// The URL of the market's own role, sealed; `None` on SQLite and before the database was made.
    pub url_sealed: Option<Vec<u8>>,
    /// Since when another generation has taken over.
    pub retired_at: Option<Timestamp>,
}

fn place(row: &Row) -> Result<Place, StoreError> {
    Ok(Place {
        market: row.parse("market")?,
        generation: row.count("generation")?,
        placement: row.parse("placement")?,
        url_sealed: row.bytes_or_null("url_sealed")?,
        retired_at: row.timestamp_or_null("retired_at")?,
    })
}

const PLACE: &str = "SELECT market, generation, placement, url_sealed, retired_at FROM market_place ";

pub(crate) async fn places(on: impl Into<Session<'_>>, market: MarketId) -> Result<Vec<Place>, StoreError> {
    let query = Query::new(PLACE).push("WHERE market = ? ORDER BY generation");
    on.into().list(query.bind(market.ulid()), place).await
}

pub(crate) async fn place_of(
    on: impl Into<Session<'_>>,
    market: MarketId,
    generation: u32,
) -> Result<Option<Place>, StoreError> {
    let query = Query::new(PLACE).push("WHERE market = ? AND generation = ?");
    let row = on.into().optional(query.bind(market.ulid()).bind(generation)).await?;
    row.as_ref().map(place).transpose()
}

pub(crate) async fn places_retired_before(
    on: impl Into<Session<'_>>,
    before: Timestamp,
) -> Result<Vec<Place>, StoreError> {
    let query = Query::new(PLACE).push("WHERE retired_at <= ? ORDER BY retired_at");
    on.into().list(query.bind(before), place).await
}

pub(crate) async fn add_place(tx: &mut Tx, place: &Place) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO market_place (market, generation, placement, url_sealed, retired_at) VALUES (?, ?, ?, ?, ?)",
    )
    .bind(place.market.ulid())
    .bind(place.generation)
    .bind(Value::shown(place.placement))
    .bind(place.url_sealed.clone())
    .bind(place.retired_at);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn set_place_url(
    tx: &mut Tx,
    market: MarketId,
    generation: u32,
    url_sealed: Vec<u8>,
) -> Result<(), StoreError> {
    let update = Query::new("UPDATE market_place SET url_sealed = ? WHERE market = ? AND generation = ?");
    tx.execute(update.bind(url_sealed).bind(market.ulid()).bind(generation)).await.map(|_| ())
}

pub(crate) async fn retire_place(
    tx: &mut Tx,
    market: MarketId,
    generation: u32,
    at: Timestamp,
) -> Result<(), StoreError> {
    let update = Query::new("UPDATE market_place SET retired_at = ? WHERE market = ? AND generation = ?");
    tx.execute(update.bind(at).bind(market.ulid()).bind(generation)).await.map(|_| ())
}

pub(crate) async fn delete_place(tx: &mut Tx, market: MarketId, generation: u32) -> Result<(), StoreError> {
    let delete = Query::new("DELETE FROM market_place WHERE market = ? AND generation = ?");
    tx.execute(delete.bind(market.ulid()).bind(generation)).await.map(|_| ())
}

/// Work on a market that takes several steps: at most one at a time per market.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Work {
    pub market: MarketId,
    pub name: MarketName,
    /// What is being done: `create`, `restore`, `move`, `import`, `purge`.
    pub kind: String,
    /// Which process does it.
    pub owner: Ulid,
    /// Until when it is taken to be alive.
    pub lease_until: Timestamp,
    /// The state to go back to.
    pub state_before: Option<MarketState>,
    /// What people were told of that state.
    pub reason_before: Option<String>,
    /// The generation being made.
    pub to_generation: Option<u32>,
}

fn work(row: &Row) -> Result<Work, StoreError> {
    Ok(Work {
        market: row.parse("market")?,
        name: row.parse("name")?,
        kind: row.text("kind")?,
        owner: row.parse("owner")?,
        lease_until: row.timestamp("lease_until")?,
        state_before: row.parse_or_null("state_before")?,
        reason_before: row.text_or_null("reason_before")?,
        to_generation: row
            .int_or_null("to_generation")?
            .map(u32::try_from)
            .transpose()
            .map_err(|error| StoreError::column("to_generation", error))?,
    })
}

const WORK: &str = "SELECT market, name, kind, owner, lease_until, state_before, reason_before, to_generation \
     FROM market_work ";

pub(crate) async fn works(on: impl Into<Session<'_>>) -> Result<Vec<Work>, StoreError> {
    on.into().list(Query::new(WORK).push("ORDER BY market"), work).await
}

pub(crate) async fn work_of(
    on: impl Into<Session<'_>>,
    market: MarketId,
) -> Result<Option<Work>, StoreError> {
    let row = on.into().optional(Query::new(WORK).push("WHERE market = ?").bind(market.ulid())).await?;
    row.as_ref().map(work).transpose()
}

pub(crate) async fn work_named(
    on: impl Into<Session<'_>>,
    name: &MarketName,
) -> Result<Option<Work>, StoreError> {
    let row = on.into().optional(Query::new(WORK).push("WHERE name = ?").bind(name.as_str())).await?;
    row.as_ref().map(work).transpose()
}

pub(crate) async fn add_work(tx: &mut Tx, work: &Work) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO market_work (market, name, kind, owner, lease_until, state_before, reason_before, \
         to_generation) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(work.market.ulid())
    .bind(work.name.as_str())
    .bind(&work.kind)
    .bind(work.owner)
    .bind(work.lease_until)
    .bind(work.state_before.map(MarketState::id))
    .bind(work.reason_before.clone())
    .bind(work.to_generation.map(i64::from));
    tx.execute(insert).await.map(|_| ())
}

/// Keeps work alive; `false` when somebody else has taken it over.
pub(crate) async fn renew_work(
    tx: &mut Tx,
    market: MarketId,
    owner: Ulid,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new("UPDATE market_work SET lease_until = ? WHERE market = ? AND owner = ?");
    Ok(tx.execute(update.bind(until).bind(market.ulid()).bind(owner)).await? > 0)
}

/// Whether work is still its owner's, and nobody takes it over until the transaction ends.
pub(crate) async fn hold_work(tx: &mut Tx, market: MarketId, owner: Ulid) -> Result<bool, StoreError> {
    let update = Query::new("UPDATE market_work SET owner = owner WHERE market = ? AND owner = ?");
    Ok(tx.execute(update.bind(market.ulid()).bind(owner)).await? > 0)
}

/// Takes over work whose owner is gone; `false` when somebody was faster or it is alive.
pub(crate) async fn take_work(
    tx: &mut Tx,
    work: &Work,
    owner: Ulid,
    now: Timestamp,
    until: Timestamp,
) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE market_work SET owner = ?, lease_until = ? WHERE market = ? AND owner = ? AND lease_until <= ?",
    );
    let update = update.bind(owner).bind(until).bind(work.market.ulid()).bind(work.owner).bind(now);
    Ok(tx.execute(update).await? > 0)
}

/// Ends work; `false` when somebody else has taken it over: then nothing may be committed with it.
pub(crate) async fn end_work(tx: &mut Tx, market: MarketId, owner: Ulid) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM market_work WHERE market = ? AND owner = ?");
    Ok(tx.execute(delete.bind(market.ulid()).bind(owner)).await? > 0)
}

/// An entry that the market's own audit chain still has to get.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Note {
    pub id: Ulid,
    pub at: Timestamp,
    pub actor: String,
    pub action: String,
    pub detail: std::collections::BTreeMap<String, String>,
}

pub(crate) async fn add_note(tx: &mut Tx, market: MarketId, note: &Note) -> Result<(), StoreError> {
    let detail = serde_json::to_string(&note.detail).map_err(|error| StoreError::column("detail", error))?;
    let insert = Query::new(
        "INSERT INTO market_note (id, market, at, actor, action, detail) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(note.id)
    .bind(market.ulid())
    .bind(note.at)
    .bind(&note.actor)
    .bind(&note.action)
    .bind(detail);
    tx.execute(insert).await.map(|_| ())
}

pub(crate) async fn notes(on: impl Into<Session<'_>>, market: MarketId) -> Result<Vec<Note>, StoreError> {
    let query =
        Query::new("SELECT id, at, actor, action, detail FROM market_note WHERE market = ? ORDER BY id");
    on.into()
        .list(query.bind(market.ulid()), |row| {
            Ok(Note {
                id: row.parse("id")?,
                at: row.timestamp("at")?,
                actor: row.text("actor")?,
                action: row.text("action")?,
                detail: row.json("detail")?,
            })
        })
        .await
}

pub(crate) async fn markets_with_notes(on: impl Into<Session<'_>>) -> Result<Vec<MarketId>, StoreError> {
    let query = Query::new("SELECT DISTINCT market FROM market_note");
    on.into().list(query, |row| row.parse("market")).await
}

pub(crate) async fn delete_note(tx: &mut Tx, id: Ulid) -> Result<(), StoreError> {
    tx.execute(Query::new("DELETE FROM market_note WHERE id = ?").bind(id)).await.map(|_| ())
}

/// A server as it is stored.
pub(crate) struct StoredServer {
    pub id: ServerId,
    pub name: String,
    pub admin_url_sealed: Option<Vec<u8>>,
    pub pool_size: u32,
    pub replicas_sealed: Option<Vec<u8>>,
}

pub(crate) async fn servers(on: impl Into<Session<'_>>) -> Result<Vec<StoredServer>, StoreError> {
    let query = Query::new(
        "SELECT id, name, admin_url_sealed, pool_size, replicas_sealed FROM market_server ORDER BY name",
    );
    on.into()
        .list(query, |row| {
            Ok(StoredServer {
                id: row.parse("id")?,
                name: row.text("name")?,
                admin_url_sealed: row.bytes_or_null("admin_url_sealed")?,
                pool_size: row.count("pool_size")?,
                replicas_sealed: row.bytes_or_null("replicas_sealed")?,
            })
        })
        .await
}

pub(crate) async fn put_server(tx: &mut Tx, server: StoredServer) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO market_server (id, name, admin_url_sealed, pool_size, replicas_sealed) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (id) DO UPDATE SET name = excluded.name, admin_url_sealed = excluded.admin_url_sealed, \
         pool_size = excluded.pool_size, replicas_sealed = excluded.replicas_sealed",
    )
    .bind(Value::shown(server.id))
    .bind(server.name)
    .bind(server.admin_url_sealed)
    .bind(server.pool_size)
    .bind(server.replicas_sealed);
    tx.execute(insert).await.map(|_| ())
}

/// A backup that was completed.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct BackupRecord {
    /// Which one.
    pub id: Ulid,
    /// When.
    pub at: Timestamp,
    /// Where it was written, as the command said.
    pub path: String,
    /// Size of the image in bytes.
    pub bytes: u64,
    /// SHA-256 of the image, as hex.
    pub sha256: String,
}

pub(crate) async fn add_backup(
    tx: &mut Tx,
    market: MarketId,
    backup: &BackupRecord,
) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO market_backup (id, market, at, path, bytes, sha256) VALUES (?, ?, ?, ?, ?, ?)",
    )
    .bind(backup.id)
    .bind(market.ulid())
    .bind(backup.at)
    .bind(&backup.path)
    .bind(i64::try_from(backup.bytes).unwrap_or(i64::MAX))
    .bind(&backup.sha256);
    tx.execute(insert).await?;
    let update = Query::new("UPDATE market SET backed_up_at = ? WHERE id = ?");
    tx.execute(update.bind(backup.at).bind(market.ulid())).await.map(|_| ())
}

pub(crate) async fn backups(
    on: impl Into<Session<'_>>,
    market: MarketId,
) -> Result<Vec<BackupRecord>, StoreError> {
    let query = Query::new(
        "SELECT id, at, path, bytes, sha256 FROM market_backup WHERE market = ? ORDER BY at DESC, id DESC LIMIT 100",
    );
    on.into()
        .list(query.bind(market.ulid()), |row| {
            Ok(BackupRecord {
                id: row.parse("id")?,
                at: row.timestamp("at")?,
                path: row.text("path")?,
                bytes: row.count("bytes")?,
                sha256: row.text("sha256")?,
            })
        })
        .await
}
