use jiff::Timestamp;
use kernel::Actor;
use store::{Query, Session, StoreError, Tx};

use crate::settings::{SavedSettings, Settings};

pub(crate) async fn settings(on: impl Into<Session<'_>>) -> Result<SavedSettings, StoreError> {
    let query = Query::new("SELECT content, saved_at, saved_by FROM growth_settings");
    let Some(row) = on.into().optional(query).await? else {
        return Ok(SavedSettings { settings: Settings::default(), saved_at: None, saved_by: None });
    };
    Ok(SavedSettings {
        settings: row.json("content")?,
        saved_at: Some(row.timestamp("saved_at")?),
        saved_by: Some(row.text("saved_by")?),
    })
}

pub(crate) async fn save_settings(
    tx: &mut Tx,
    settings: &Settings,
    at: Timestamp,
    by: &Actor,
) -> Result<(), StoreError> {
    let upsert = Query::new(
        "INSERT INTO growth_settings (only_one, content, saved_at, saved_by) VALUES (1, ?, ?, ?) \
         ON CONFLICT (only_one) DO UPDATE SET content = excluded.content, saved_at = excluded.saved_at, \
         saved_by = excluded.saved_by",
    )
    .bind(super::json("content", settings)?)
    .bind(at)
    .bind(by);
    tx.execute(upsert).await.map(|_| ())
}
