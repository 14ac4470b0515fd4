//! The tables of healing: watermarks, sightings, rates of events, gaps, vitals.

use jiff::Timestamp;
use store::{
    Kind, Query, Row, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

use crate::{
    heal::{
        Family, Pass,
        mark::{Cursor, Mark},
        probe::{Standing, Vitals},
        rate::Rate,
    },
    health::Gap,
};

/// The rules of these tables.
pub(crate) const TABLES: &[TableRule] = &[
    TableRule {
        name: "ghl_watermark",
        key: &["family"],
        columns: &[
            ColumnRule::plain("family", Kind::Text),
            ColumnRule::plain("location", Kind::Text),
            ColumnRule::plain("pass", Kind::Text),
            ColumnRule::plain("cursor_json", Kind::Text),
            ColumnRule::plain("from_at", Kind::Int),
            ColumnRule::plain("began_at", Kind::Int),
            ColumnRule::plain("seen", Kind::Int),
            ColumnRule::plain("total", Kind::Int),
            ColumnRule::plain("brought", Kind::Int),
            ColumnRule::plain("good_until", Kind::Int),
            ColumnRule::plain("filled", Kind::Int),
            ColumnRule::plain("filled_at", Kind::Int),
            ColumnRule::plain("swept_at", Kind::Int),
            ColumnRule::plain("wanted", Kind::Text),
            ColumnRule::plain("retry_at", Kind::Int),
            ColumnRule::plain("failures", Kind::Int),
            ColumnRule::plain("failure", Kind::Text),
            ColumnRule::plain("version", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_sighting",
        key: &["kind", "remote"],
        columns: &[
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("remote", Kind::Text),
            ColumnRule::plain("seen_at", Kind::Int),
            ColumnRule::plain("happens_at", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_rate",
        key: &["kind", "hour"],
        columns: &[
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("hour", Kind::Int),
            ColumnRule::plain("mean", Kind::Real),
            ColumnRule::plain("weeks", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_gap",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("family", Kind::Text),
            ColumnRule::plain("kind", Kind::Text),
            ColumnRule::plain("from_at", Kind::Int),
            ColumnRule::plain("until_at", Kind::Int),
            ColumnRule::plain("expected", Kind::Real),
            ColumnRule::plain("observed", Kind::Int),
            ColumnRule::plain("found_at", Kind::Int),
            ColumnRule::plain("ended_at", Kind::Int),
            ColumnRule::plain("brought", Kind::Int),
        ],
    },
    TableRule {
        name: "ghl_vitals",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("location", Kind::Text),
            ColumnRule::plain("standing", Kind::Text),
            ColumnRule::plain("since", Kind::Int),
            ColumnRule::plain("probe_at", Kind::Int),
            ColumnRule::plain("probed_at", Kind::Int),
            ColumnRule::plain("alive_at", Kind::Int),
            ColumnRule::plain("looked_at", Kind::Int),
            ColumnRule::plain("folded_until", Kind::Int),
            ColumnRule::plain("replayed_by", Kind::Text),
        ],
    },
];

/// Microseconds in an hour, as timestamps are stored.
const HOUR_MICROS: i64 = 3_600_000_000;

fn word<T>(row: &Row, column: &'static str, read: fn(&str) -> Option<T>) -> Result<Option<T>, StoreError> {
    let text = row.text_or_null(column)?;
    let read = |text: String| {
        read(&text).ok_or_else(|| StoreError::column(column, format!("`{text}` is no such word")))
    };
    text.map(read).transpose()
}

fn needed<T>(row: &Row, column: &'static str, read: fn(&str) -> Option<T>) -> Result<T, StoreError> {
    word(row, column, read)?.ok_or_else(|| StoreError::column(column, "it is NULL"))
}

fn count_or_null(row: &Row, column: &'static str) -> Result<Option<u64>, StoreError> {
    let number = row.int_or_null(column)?;
    number
        .map(|number| u64::try_from(number).map_err(|_| StoreError::column(column, "below zero")))
        .transpose()
}

const MARK: &str = "SELECT family, location, pass, cursor_json, from_at, began_at, seen, total, brought, \
                    good_until, filled, filled_at, swept_at, wanted, retry_at, failures, failure, version \
                    FROM ghl_watermark";

fn mark(row: &Row) -> Result<Mark, StoreError> {
    Ok(Mark {
        family: needed(row, "family", Family::from_id)?,
        location: row.text("location")?,
        pass: word(row, "pass", Pass::from_id)?,
        cursor: row.json::<Cursor>("cursor_json")?,
        from: row.timestamp_or_null("from_at")?,
        began_at: row.timestamp_or_null("began_at")?,
        seen: row.count("seen")?,
        total: count_or_null(row, "total")?,
        brought: row.count("brought")?,
        good_until: row.timestamp_or_null("good_until")?,
        filled: row.count("filled")?,
        filled_at: row.timestamp_or_null("filled_at")?,
        swept_at: row.timestamp_or_null("swept_at")?,
        wanted: word(row, "wanted", Pass::from_id)?,
        retry_at: row.timestamp_or_null("retry_at")?,
        failures: row.count("failures")?,
        failure: row.text_or_null("failure")?,
        version: row.int("version")?,
    })
}

/// The watermarks that there are.
pub(crate) async fn marks(on: impl Into<Session<'_>>) -> Result<Vec<Mark>, StoreError> {
    on.into().list(Query::new(MARK).push(" ORDER BY family"), mark).await
}

/// Writes a watermark whose version was `mark.version` (0: there was none); whether nobody else did since.
pub(crate) async fn save_mark(tx: &mut Tx, mark: &Mark) -> Result<bool, StoreError> {
    let cursor =
        serde_json::to_string(&mark.cursor).map_err(|error| StoreError::column("cursor_json", error))?;
    let bound = |query: Query| {
        query
            .bind(mark.location.as_str())
            .bind(mark.pass.map(Pass::id))
            .bind(cursor.as_str())
            .bind(mark.from)
            .bind(mark.began_at)
            .bind(stored(mark.seen))
            .bind(mark.total.map(stored))
            .bind(stored(mark.brought))
            .bind(mark.good_until)
            .bind(stored(mark.filled))
            .bind(mark.filled_at)
            .bind(mark.swept_at)
            .bind(mark.wanted.map(Pass::id))
            .bind(mark.retry_at)
            .bind(i64::from(mark.failures))
            .bind(mark.failure.as_deref())
    };
    let query = if mark.version == 0 {
        bound(Query::new(
            "INSERT INTO ghl_watermark (location, pass, cursor_json, from_at, began_at, seen, total, brought, \
             good_until, filled, filled_at, swept_at, wanted, retry_at, failures, failure, family, version) \
             VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1) ON CONFLICT (family) DO NOTHING",
        ))
        .bind(mark.family.id())
    } else {
        bound(Query::new(
            "UPDATE ghl_watermark SET location = ?, pass = ?, cursor_json = ?, from_at = ?, began_at = ?, seen = ?, \
             total = ?, brought = ?, good_until = ?, filled = ?, filled_at = ?, swept_at = ?, wanted = ?, retry_at = ?, \
             failures = ?, failure = ?, version = version + 1 WHERE family = ? AND version = ?",
        ))
        .bind(mark.family.id())
        .bind(mark.version)
    };
    Ok(tx.execute(query).await? > 0)
}

/// Counts are far below 2^63; what is not becomes the largest.
fn stored(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Notes that GoHighLevel listed these entities, each with when it happens, if it is something that does.
pub(crate) async fn sight(
    tx: &mut Tx,
    kind: &str,
    listed: &[(String, Option<Timestamp>)],
    at: Timestamp,
) -> Result<(), StoreError> {
    let rows = listed
        .iter()
        .map(|(remote, happens_at)| [kind.into(), remote.as_str().into(), at.into(), (*happens_at).into()])
        .collect();
    let ending = "ON CONFLICT (kind, remote) DO UPDATE SET seen_at = excluded.seen_at, \
                  happens_at = excluded.happens_at RETURNING remote";
    tx.insert_all_returning(
        "INSERT INTO ghl_sighting (kind, remote, seen_at, happens_at) VALUES",
        rows,
        ending,
    )
    .await
    .map(|_| ())
}

/// Forgets who was in no list since `before`: verified since, and here without a sighting, or buried. Those that happen at a
/// time keep theirs, by which it is known when that is.
pub(crate) async fn prune_sightings(tx: &mut Tx, kind: &str, before: Timestamp) -> Result<u64, StoreError> {
    let delete = Query::new("DELETE FROM ghl_sighting WHERE kind = ? AND seen_at < ? AND happens_at IS NULL");
    tx.execute(delete.bind(kind).bind(before)).await
}

/// Entities that are here and were in no list since `since`, after `after` in their order; of those that happen at a
/// time, the ones that do within `span`, or whose time is unknown.
pub(crate) async fn unlisted(
    on: impl Into<Session<'_>>,
    kind: &str,
    since: Timestamp,
    after: &str,
    span: (Timestamp, Timestamp),
    limit: u32,
) -> Result<Vec<String>, StoreError> {
    let query = Query::new(
        "SELECT l.remote FROM ghl_link l LEFT JOIN ghl_sighting s ON s.kind = l.kind AND s.remote = l.remote \
         WHERE l.kind = ? AND l.tombstoned_at IS NULL AND l.remote > ? \
         AND (s.seen_at IS NULL OR s.seen_at < ?) \
         AND (s.happens_at IS NULL OR (s.happens_at >= ? AND s.happens_at < ?)) ORDER BY l.remote LIMIT ?",
    );
    let query = query.bind(kind).bind(after).bind(since).bind(span.0).bind(span.1).bind(limit);
    on.into().list(query, |row| row.text("remote")).await
}

/// Live entities of a kind that are here.
pub(crate) async fn linked(on: impl Into<Session<'_>>, kind: &str) -> Result<u64, StoreError> {
    let query = Query::new("SELECT COUNT(*) AS n FROM ghl_link WHERE kind = ? AND tombstoned_at IS NULL");
    on.into().one(query.bind(kind)).await?.count("n")
}

/// Events by kind and hour since the epoch (UTC), received from `from` until `until`.
pub(crate) async fn events_by_hour(
    on: impl Into<Session<'_>>,
    source: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(String, i64, u64)>, StoreError> {
    let query = Query::new(
        "SELECT kind, received_at / 3600000000 AS hour, COUNT(*) AS n FROM inbox \
         WHERE source = ? AND received_at >= ? AND received_at < ? GROUP BY kind, received_at / 3600000000",
    );
    on.into()
        .list(query.bind(source).bind(from).bind(until), |row| {
            Ok((row.text("kind")?, row.int("hour")?, row.count("n")?))
        })
        .await
}

/// Events by kind received from `from` until `until`, with the time of the last.
pub(crate) async fn events(
    on: impl Into<Session<'_>>,
    source: &str,
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<(String, u64, Timestamp)>, StoreError> {
    let query = Query::new(
        "SELECT kind, COUNT(*) AS n, MAX(received_at) AS last FROM inbox \
         WHERE source = ? AND received_at >= ? AND received_at < ? GROUP BY kind ORDER BY kind",
    );
    on.into()
        .list(query.bind(source).bind(from).bind(until), |row| {
            Ok((row.text("kind")?, row.count("n")?, row.timestamp("last")?))
        })
        .await
}

/// When the last event arrived.
pub(crate) async fn last_event(
    on: impl Into<Session<'_>>,
    source: &str,
) -> Result<Option<Timestamp>, StoreError> {
    let query = Query::new("SELECT MAX(received_at) AS last FROM inbox WHERE source = ?");
    on.into().one(query.bind(source)).await?.timestamp_or_null("last")
}

/// The start of the hour that an instant is in.
pub(crate) fn hour_of(at: Timestamp) -> i64 {
    at.as_microsecond().div_euclid(HOUR_MICROS)
}

/// The instant at which an hour since the epoch begins.
pub(crate) fn hour_begin(hour: i64) -> Timestamp {
    Timestamp::from_microsecond(hour.saturating_mul(HOUR_MICROS)).unwrap_or(Timestamp::MAX)
}

/// Every rate that was learned.
pub(crate) async fn rates(on: impl Into<Session<'_>>) -> Result<Vec<(String, u8, Rate)>, StoreError> {
    on.into()
        .list(Query::new("SELECT kind, hour, mean, weeks FROM ghl_rate"), |row| {
            let rate = Rate { mean: row.real("mean")?, weeks: row.count("weeks")? };
            Ok((row.text("kind")?, row.count("hour")?, rate))
        })
        .await
}

/// Writes rates.
pub(crate) async fn save_rates(tx: &mut Tx, rates: &[(String, u8, Rate)]) -> Result<(), StoreError> {
    let rows = rates.iter().map(|(kind, hour, rate)| {
        [kind.as_str().into(), i64::from(*hour).into(), rate.mean.into(), i64::from(rate.weeks).into()]
    });
    let ending =
        "ON CONFLICT (kind, hour) DO UPDATE SET mean = excluded.mean, weeks = excluded.weeks RETURNING kind";
    let insert = "INSERT INTO ghl_rate (kind, hour, mean, weeks) VALUES";
    tx.insert_all_returning(insert, rows.collect(), ending).await.map(|_| ())
}

fn gap(row: &Row) -> Result<Gap, StoreError> {
    Ok(Gap {
        id: row.parse("id")?,
        family: needed(row, "family", Family::from_id)?,
        kind: row.text("kind")?,
        from: row.timestamp("from_at")?,
        until: row.timestamp("until_at")?,
        expected: row.real_or_null("expected")?,
        observed: row.count("observed")?,
        found_at: row.timestamp("found_at")?,
        ended_at: row.timestamp_or_null("ended_at")?,
        brought: count_or_null(row, "brought")?,
    })
}

/// The latest gaps.
pub(crate) async fn gaps(on: impl Into<Session<'_>>, limit: u32) -> Result<Vec<Gap>, StoreError> {
    let query = Query::new(
        "SELECT id, family, kind, from_at, until_at, expected, observed, found_at, ended_at, brought \
         FROM ghl_gap ORDER BY found_at DESC, id DESC LIMIT ?",
    );
    on.into().list(query.bind(limit), gap).await
}

/// Notes a gap.
pub(crate) async fn add_gap(tx: &mut Tx, gap: &Gap) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO ghl_gap (id, family, kind, from_at, until_at, expected, observed, found_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let insert = insert.bind(gap.id).bind(gap.family.id()).bind(gap.kind.as_str()).bind(gap.from);
    let insert = insert.bind(gap.until).bind(gap.expected).bind(stored(gap.observed)).bind(gap.found_at);
    tx.execute(insert).await.map(|_| ())
}

/// Ends the gaps of a family that were found before a pass over it began, with what the pass brought.
pub(crate) async fn end_gaps(
    tx: &mut Tx,
    family: Family,
    before: Timestamp,
    brought: u64,
    at: Timestamp,
) -> Result<u64, StoreError> {
    let update = Query::new(
        "UPDATE ghl_gap SET ended_at = ?, brought = ? WHERE family = ? AND ended_at IS NULL AND found_at <= ?",
    );
    tx.execute(update.bind(at).bind(stored(brought)).bind(family.id()).bind(before)).await
}

/// Forgets gaps that ended before.
pub(crate) async fn prune_gaps(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    tx.execute(Query::new("DELETE FROM ghl_gap WHERE ended_at < ?").bind(before)).await
}

const VITALS: &str = "market";

/// The vitals, if there are any yet.
pub(crate) async fn vitals(on: impl Into<Session<'_>>) -> Result<Option<Vitals>, StoreError> {
    let query = Query::new(
        "SELECT location, standing, since, probe_at, probed_at, alive_at, looked_at, folded_until, replayed_by \
         FROM ghl_vitals WHERE id = ?",
    );
    let row = on.into().optional(query.bind(VITALS)).await?;
    row.map(|row| {
        Ok(Vitals {
            location: row.text("location")?,
            standing: needed(&row, "standing", Standing::from_id)?,
            since: row.timestamp("since")?,
            probe_at: row.timestamp_or_null("probe_at")?,
            probed_at: row.timestamp_or_null("probed_at")?,
            alive_at: row.timestamp_or_null("alive_at")?,
            looked_at: row.timestamp_or_null("looked_at")?,
            folded_until: row.timestamp_or_null("folded_until")?,
            replayed_by: row.text_or_null("replayed_by")?,
        })
    })
    .transpose()
}

/// Writes the vitals.
pub(crate) async fn save_vitals(tx: &mut Tx, vitals: &Vitals) -> Result<(), StoreError> {
    let query = Query::new(
        "INSERT INTO ghl_vitals (id, location, standing, since, probe_at, probed_at, alive_at, looked_at, folded_until, \
         replayed_by) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO UPDATE SET location = excluded.location, \
         standing = excluded.standing, since = excluded.since, probe_at = excluded.probe_at, \
         probed_at = excluded.probed_at, alive_at = excluded.alive_at, looked_at = excluded.looked_at, \
         folded_until = excluded.folded_until, replayed_by = excluded.replayed_by",
    );
    let query =
        query.bind(VITALS).bind(vitals.location.as_str()).bind(vitals.standing.id()).bind(vitals.since);
    let query = query.bind(vitals.probe_at).bind(vitals.probed_at).bind(vitals.alive_at);
    let query = query.bind(vitals.looked_at).bind(vitals.folded_until);
    tx.execute(query.bind(vitals.replayed_by.as_deref())).await.map(|_| ())
}
