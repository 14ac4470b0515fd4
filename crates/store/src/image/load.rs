use std::path::Path;

use super::{
    RowValues, Snapshot, TableDigest, open,
    snapshot::{Digest, PAGE_ROWS, digest_in},
    tables_of,
    write::draft_db,
};
use crate::{
    Db, Query, StoreError, Tx, Value, disk,
    market::remove_file,
    schema::{Schema, TableRule, migrate_all},
    tx::BULK_VALUES_MAX,
};

pub(super) async fn load(
    path: &Path,
    into: &Db,
    schemas: &[&Schema],
    scratch: &Path,
) -> Result<Vec<TableDigest>, StoreError> {
    let image = open(path).await?;
    let is_current = is_current(&image, schemas).await?;
    if is_current {
        let loaded = load_rows(&image, into, schemas).await;
        image.close().await;
        return loaded;
    }
    image.close().await;
    let copy = disk::draft_of(&scratch.join("image"));
    let (from, to) = (path.to_owned(), copy.clone());
    disk::blocking(move || disk::copy_new(&from, &to)).await?;
    let loaded = load_older(&copy, into, schemas).await;
    remove_file(&copy).await?;
    loaded
}

async fn load_older(copy: &Path, into: &Db, schemas: &[&Schema]) -> Result<Vec<TableDigest>, StoreError> {
    let image = draft_db(copy);
    let loaded = match migrate_all(&image, schemas).await.failed {
        Some((_, error)) => Err(error),
        None => load_rows(&image, into, schemas).await,
    };
    image.close().await;
    loaded
}

/// Whether every step of every schema was taken when the image was written.
async fn is_current(image: &Db, schemas: &[&Schema]) -> Result<bool, StoreError> {
    for schema in schemas {
        let query = Query::new("SELECT COUNT(*) AS steps FROM schema_migration WHERE domain = ?");
        let steps: usize = image.one(query.bind(schema.migrations.domain)).await?.count("steps")?;
        if steps != schema.migrations.migrations.len() {
            return Ok(false);
        }
    }
    Ok(true)
}

async fn load_rows(image: &Db, into: &Db, schemas: &[&Schema]) -> Result<Vec<TableDigest>, StoreError> {
    let mut snapshot = image.snapshot().await?;
    let mut tx = into.begin_unfenced().await?;
    let mut sent = Vec::new();
    for table in tables_of(schemas) {
        is_empty(&mut tx, table).await?;
        sent.push(copy_table(&mut snapshot, &mut tx, table).await?);
    }
    snapshot.close().await;
    verify(&mut tx, schemas, &sent).await?;
    tx.commit_unmarked().await?;
    Ok(sent)
}

/// Copies a table page by page; what was read.
pub(super) async fn copy_table(
    from: &mut Snapshot,
    tx: &mut Tx,
    table: &TableRule,
) -> Result<TableDigest, StoreError> {
    let mut digest = Digest::default();
    let mut last = None;
    loop {
        let rows = from.rows(table, last.as_ref(), PAGE_ROWS).await?;
        if rows.is_empty() {
            return Ok(digest.finish().of_table(table));
        }
        digest.add(&rows);
        last = rows.last().cloned();
        insert_rows(tx, table, rows, "").await?;
    }
}

/// Refuses a table with rows: whoever fills it must be the first.
pub(super) async fn is_empty(tx: &mut Tx, table: &TableRule) -> Result<(), StoreError> {
    let count = Query::assembled(format!("SELECT COUNT(*) AS n FROM {}", table.name), Vec::new());
    match tx.one(count).await?.int("n")? {
        0 => Ok(()),
        _ => Err(StoreError::Image(format!("table `{}` of the target is not empty", table.name))),
    }
}

/// Whether the rows in the transaction are those that were sent.
pub(super) async fn verify(tx: &mut Tx, schemas: &[&Schema], sent: &[TableDigest]) -> Result<(), StoreError> {
    for (table, sent) in tables_of(schemas).zip(sent) {
        let arrived = digest_in(tx, table).await?;
        if arrived != *sent {
            let (rows, of) = (arrived.rows, sent.rows);
            let message = format!("table `{}` did not arrive as it left: {rows} of {of} rows", table.name);
            return Err(StoreError::Image(message));
        }
    }
    Ok(())
}

/// Inserts rows, with `ending` after the values; how many.
pub(super) async fn insert_rows(
    tx: &mut Tx,
    table: &TableRule,
    rows: Vec<RowValues>,
    ending: &str,
) -> Result<u64, StoreError> {
    let columns: Vec<&str> = table.columns.iter().map(|column| column.name).collect();
    let place = format!("({})", vec!["?"; columns.len()].join(","));
    let rows_max = (BULK_VALUES_MAX / columns.len().max(1)).max(1);
    let mut inserted = 0;
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let some: Vec<RowValues> = rows.by_ref().take(rows_max).collect();
        let places = vec![place.as_str(); some.len()].join(",");
        let text = format!("INSERT INTO {} ({}) VALUES {places}{ending}", table.name, columns.join(", "));
        let values: Vec<Value> = some.into_iter().flatten().collect();
        inserted += tx.execute(Query::assembled(text, values)).await?;
    }
    Ok(inserted)
}
