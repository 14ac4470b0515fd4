use std::path::Path;

use sqlx::{
    ConnectOptions, Connection,
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous},
};

use super::{
    load::{copy_table, verify},
    tables_of,
};
use crate::{
    Db, Query, StoreError,
    db::Pools,
    disk,
    schema::{Schema, migrate_all},
    sqlite,
};

/// Writes the image to `draft`, then moves it to `path`.
pub(super) async fn write(db: &Db, draft: &Path, path: &Path, schemas: &[&Schema]) -> Result<(), StoreError> {
    disk::create_private(draft)?;
    match &db.pools {
        Pools::Sqlite { options, .. } => copy_file(options, draft).await?,
        Pools::Postgres(_) => copy_rows(db, draft, schemas).await?,
    }
    let (draft, path) = (draft.to_owned(), path.to_owned());
    disk::blocking(move || disk::settle(&draft, &path)).await
}

async fn copy_file(options: &SqliteConnectOptions, draft: &Path) -> Result<(), StoreError> {
    let mut source = options.clone().connect().await?;
    let copied = sqlx::query("VACUUM INTO ?").bind(draft.display().to_string()).execute(&mut source).await;
    source.close().await?;
    copied?;
    let image = draft_db(draft);
    // A copy taken while the market moves must not be fenced where it arrives. A hub has no fence.
    let query = Query::new("SELECT COUNT(*) AS n FROM sqlite_master WHERE type = 'table' AND name = 'fence'");
    if image.one(query).await?.int("n")? > 0 {
        image.unfence().await?;
    }
    image.close().await;
    Ok(())
}

async fn copy_rows(db: &Db, draft: &Path, schemas: &[&Schema]) -> Result<(), StoreError> {
    let image = draft_db(draft);
    if let Some((_, error)) = migrate_all(&image, schemas).await.failed {
        return Err(error);
    }
    let mut snapshot = db.snapshot().await?;
    let mut tx = image.begin().await?;
    let mut left = Vec::new();
    for table in tables_of(schemas) {
        left.push(copy_table(&mut snapshot, &mut tx, table).await?);
    }
    snapshot.close().await;
    verify(&mut tx, schemas, &left).await?;
    tx.commit_unmarked().await?;
    image.close().await;
    Ok(())
}

/// A file that is made in one go and synced at its end: one file, without a log beside it.
pub(super) fn draft_db(path: &Path) -> Db {
    let options = SqliteConnectOptions::new()
        .filename(path)
        .journal_mode(SqliteJournalMode::Delete)
        .synchronous(SqliteSynchronous::Off)
        .foreign_keys(true);
    Db::from_sqlite(sqlite::pools(options, &sqlite::IMAGE), path, false)
}
