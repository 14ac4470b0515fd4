//! Where open leads stand among each other.

use kernel::PersonId;
use store::{Query, Row, Session, StoreError, Tx};

use crate::band::Band;

/// An open lead that was scored.
pub(crate) struct Standing {
    pub contact: PersonId,
    pub margin: f64,
    pub band: Option<Band>,
}

fn standing(row: &Row) -> Result<Standing, StoreError> {
    Ok(Standing { contact: row.parse("contact")?, margin: row.real("margin")?, band: band(row)? })
}

/// The band of a row.
pub(crate) fn band(row: &Row) -> Result<Option<Band>, StoreError> {
    let Some(word) = row.text_or_null("band")? else { return Ok(None) };
    let found = [Band::Hot, Band::Warm, Band::Cold].into_iter().find(|band| band.id() == word);
    found.map(Some).ok_or_else(|| StoreError::column("band", format!("no band `{word}`")))
}

/// The `limit` with the highest chances.
pub(crate) async fn first(tx: &mut Tx, limit: usize) -> Result<Vec<Standing>, StoreError> {
    let query = Query::new(
        "SELECT contact, margin, band FROM lead WHERE closed_at IS NULL AND margin IS NOT NULL \
         ORDER BY margin DESC, contact LIMIT ?",
    );
    tx.list(query.bind(limit), standing).await
}

/// Those that have a place, whatever their chances are now.
pub(crate) async fn placed(tx: &mut Tx) -> Result<Vec<Standing>, StoreError> {
    let query = Query::new(
        "SELECT contact, margin, band FROM lead WHERE band IN ('hot', 'warm') AND closed_at IS NULL \
         AND margin IS NOT NULL",
    );
    tx.list(query, standing).await
}

/// How many open leads are hot, and how many warm.
pub(crate) async fn places(on: impl Into<Session<'_>>) -> Result<(usize, usize), StoreError> {
    let query = Query::new(
        "SELECT band, COUNT(*) AS leads FROM lead WHERE band IN ('hot', 'warm') AND closed_at IS NULL GROUP BY band",
    );
    let found = on.into().list(query, |row| Ok((band(row)?, row.count("leads")?))).await?;
    let of = |band| found.iter().find(|(found, _)| *found == Some(band)).map_or(0, |(_, leads)| *leads);
    Ok((of(Band::Hot), of(Band::Warm)))
}

/// Gives a lead a band; whether it had another one.
pub(crate) async fn put(tx: &mut Tx, contact: PersonId, band: Band) -> Result<bool, StoreError> {
    let update = Query::new(
        "UPDATE lead SET band = ? WHERE contact = ? AND closed_at IS NULL AND (band IS NULL OR band <> ?)",
    );
    Ok(tx.execute(update.bind(band.id()).bind(contact).bind(band.id())).await? > 0)
}

/// How many open leads were scored.
pub(crate) async fn open(on: impl Into<Session<'_>>) -> Result<usize, StoreError> {
    let query =
        Query::new("SELECT COUNT(*) AS leads FROM lead WHERE closed_at IS NULL AND margin IS NOT NULL");
    on.into().one(query).await?.count("leads")
}

/// How many of them have a margin above `above` and, where it is given, at most `up_to`.
pub(crate) async fn between(
    on: impl Into<Session<'_>>,
    above: f64,
    up_to: Option<f64>,
) -> Result<usize, StoreError> {
    let query =
        Query::new("SELECT COUNT(*) AS leads FROM lead WHERE closed_at IS NULL AND margin > ?").bind(above);
    let query = match up_to {
        Some(up_to) => query.push(" AND margin <= ?").bind(up_to),
        None => query,
    };
    on.into().one(query).await?.count("leads")
}
