//! Saved views.

use kernel::Ulid;
use store::{Db, Query, Row, StoreError, Tx};

use crate::SavedView;

fn view(row: &Row) -> Result<SavedView, StoreError> {
    Ok(SavedView {
        id: row.parse("id")?,
        user_id: row.parse("user_id")?,
        page: row.text("page")?,
        name: row.text("name")?,
        query: row.text("query")?,
        created_at: row.timestamp("created_at")?,
    })
}

const VIEW: &str = "SELECT id, user_id, page, name, query, created_at FROM saved_view WHERE user_id = ?";

pub(crate) async fn views(db: &Db, user_id: Ulid) -> Result<Vec<SavedView>, StoreError> {
    db.list(Query::new(VIEW).push(" ORDER BY page, name").bind(user_id), view).await
}

pub(crate) async fn views_of_page(db: &Db, user_id: Ulid, page: &str) -> Result<Vec<SavedView>, StoreError> {
    db.list(Query::new(VIEW).push(" AND page = ? ORDER BY name").bind(user_id).bind(page), view).await
}

/// Keeps a view; one of the same name on the same page is replaced and keeps its identity.
pub(crate) async fn save_view(tx: &mut Tx, new: &SavedView) -> Result<SavedView, StoreError> {
    let insert = Query::new(
        "INSERT INTO saved_view (id, user_id, page, name, query, created_at) VALUES (?, ?, ?, ?, ?, ?) \
         ON CONFLICT (user_id, page, name) DO UPDATE SET query = excluded.query \
         RETURNING id, user_id, page, name, query, created_at",
    )
    .bind(new.id)
    .bind(new.user_id)
    .bind(new.page.as_str())
    .bind(new.name.as_str())
    .bind(new.query.as_str())
    .bind(new.created_at);
    view(&tx.one(insert).await?)
}

pub(crate) async fn delete_view(tx: &mut Tx, user_id: Ulid, id: Ulid) -> Result<bool, StoreError> {
    let delete = Query::new("DELETE FROM saved_view WHERE user_id = ? AND id = ?").bind(user_id).bind(id);
    Ok(tx.execute(delete).await? > 0)
}
