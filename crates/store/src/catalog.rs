//! What tables a database has: the one question that each database wants asked differently.

use crate::{Db, EngineKind, Kind, Query, StoreError};

/// A table as it is.
pub(crate) struct Table {
    pub(crate) name: String,
    /// Its columns, with the kinds that each may hold: SQLite does not tell truth values from numbers.
    pub(crate) columns: Vec<(String, &'static [Kind])>,
    /// The columns of its primary key, in the key's order.
    pub(crate) key: Vec<String>,
}

/// Every table, by name.
pub(crate) async fn tables(db: &Db) -> Result<Vec<Table>, StoreError> {
    let (columns, keys) = match db.engine() {
        EngineKind::Sqlite => (SQLITE_COLUMNS, SQLITE_KEYS),
        EngineKind::Postgres => (POSTGRES_COLUMNS, POSTGRES_KEYS),
    };
    let mut tables: Vec<Table> = Vec::new();
    for row in db.all(Query::new(columns)).await? {
        let name = row.text("table_name")?;
        if tables.last().is_none_or(|last| last.name != name) {
            tables.push(Table { name, columns: Vec::new(), key: Vec::new() });
        }
        if let Some(table) = tables.last_mut() {
            table.columns.push((row.text("column_name")?, kinds(row.str("column_type")?)));
        }
    }
    for row in db.all(Query::new(keys)).await? {
        let name = row.text("table_name")?;
        if let Some(table) = tables.iter_mut().find(|table| table.name == name) {
            table.key.push(row.text("column_name")?);
        }
    }
    Ok(tables)
}

fn kinds(declared: &str) -> &'static [Kind] {
    match declared.to_ascii_lowercase().as_str() {
        "text" => &[Kind::Text],
        "integer" => &[Kind::Int, Kind::Bool],
        "bigint" => &[Kind::Int],
        "boolean" => &[Kind::Bool],
        "real" | "double precision" => &[Kind::Real],
        "blob" | "bytea" => &[Kind::Bytes],
        _ => &[],
    }
}

const SQLITE_COLUMNS: &str = "SELECT t.name AS table_name, c.name AS column_name, c.type AS column_type \
     FROM sqlite_master t JOIN pragma_table_info(t.name) c \
     WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY t.name, c.cid";

const SQLITE_KEYS: &str = "SELECT t.name AS table_name, c.name AS column_name \
     FROM sqlite_master t JOIN pragma_table_info(t.name) c \
     WHERE t.type = 'table' AND c.pk > 0 ORDER BY t.name, c.pk";

const POSTGRES_COLUMNS: &str = "SELECT CAST(c.table_name AS TEXT) AS table_name, \
     CAST(c.column_name AS TEXT) AS column_name, CAST(c.data_type AS TEXT) AS column_type \
     FROM information_schema.columns c JOIN information_schema.tables t \
     ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
     WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' \
     ORDER BY c.table_name, c.ordinal_position";

const POSTGRES_KEYS: &str = "SELECT CAST(r.relname AS TEXT) AS table_name, \
     CAST(a.attname AS TEXT) AS column_name \
     FROM pg_index i JOIN pg_class r ON r.oid = i.indrelid \
     JOIN pg_namespace n ON n.oid = r.relnamespace AND n.nspname = current_schema() \
     CROSS JOIN LATERAL unnest(CAST(i.indkey AS smallint[])) WITH ORDINALITY AS k(number, place) \
     JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.number \
     WHERE i.indisprimary ORDER BY r.relname, k.place";
