//! Contacts from files that nothing but the file's own words tell apart.

use kernel::PersonId;
use store::{
    Kind, Query, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

/// Which row of a file is whom.
pub(super) const IMPORT: TableRule = TableRule {
    name: "lead_import",
    key: &["row_index"],
    columns: &[ColumnRule::index("row_index"), ColumnRule::plain("contact", Kind::Text)],
};

/// Whose row this is, if it came before.
pub(crate) async fn contact_of(
    on: impl Into<Session<'_>>,
    row: Vec<u8>,
) -> Result<Option<PersonId>, StoreError> {
    let query = Query::new("SELECT contact FROM lead_import WHERE row_index = ?").bind(row);
    on.into().optional(query).await?.map(|row| row.parse("contact")).transpose()
}

/// Notes whose row this is.
pub(crate) async fn note(tx: &mut Tx, row: Vec<u8>, contact: PersonId) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO lead_import (row_index, contact) VALUES (?, ?) ON CONFLICT (row_index) DO NOTHING",
    );
    tx.execute(insert.bind(row).bind(contact)).await.map(|_| ())
}
