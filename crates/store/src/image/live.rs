//! A copy of a market that stays in use: filled while everybody works, then brought up to what has changed since.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use boxed::boxed;
use tokio::task::JoinSet;

use super::{
    RowValues, Snapshot,
    load::{insert_rows, is_empty},
    snapshot::{Digest, Key, RowsDigest, encoded, key_of, range, values},
    tables_of,
};
use crate::{
    Db, Query, StoreError, Tx,
    db::Pools,
    schema::{Schema, TableRule},
    tx::BULK_VALUES_MAX,
};

/// Rows of a span when it is made: few, since all of them are read again when one has changed.
const SPAN_ROWS: u32 = 250;
/// Rows that a span may grow to before it is split.
const SPAN_ROWS_MAX: u32 = 2 * SPAN_ROWS;
/// Rows that are kept between reading and writing; what is beyond is read again.
const HELD_ROWS_MAX: usize = 20_000;
/// Views of a fenced database that are read at the same time.
const READERS_MAX: u32 = 4;

/// A copy that follows its original.
///
/// [`LiveCopy::begin`] copies every row at one instant and remembers a digest of every few hundred of them.
/// [`LiveCopy::catch_up`] digests the original again and brings over what differs. Called once more
/// with the fence of the original up, it makes the copy equal, and the time that takes is the time of reading the
/// original once.
pub struct LiveCopy {
    schemas: Vec<&'static Schema>,
    /// Together every table from its first row to its last, in the order of the schemas.
    spans: Vec<Span>,
}

/// What [`LiveCopy::catch_up`] brought over.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CaughtUp {
    /// Rows that the original has not any more.
    pub removed: u64,
    /// Rows that were new or different.
    pub written: u64,
    /// Whether everything had to be copied again, because the differences could not be put in an order that the
    /// database takes: two rows that had exchanged a value of which there may be only one, for example.
    pub anew: bool,
}

/// Neighbouring rows of one table, and what they were when they were copied.
#[derive(Clone)]
struct Span {
    rule: &'static TableRule,
    /// The key before the first row; `None` at the beginning of the table.
    after: Option<Key>,
    /// The key up to which it reaches; `None` for all there are or will be.
    until: Option<Key>,
    digest: RowsDigest,
}

#[boxed]
impl LiveCopy {
    /// Fills `into`, whose tables are empty, with the rows that `from` has now, and reads them back. Both have the
    /// tables of these schemas and no others.
    ///
    /// # Errors
    /// [`StoreError::Image`] when the tables of the two are not the same, those of `into` are not empty, or a row does not
    /// arrive as it left; and when a database fails.
    pub async fn begin(from: &Db, into: &Db, schemas: &[&'static Schema]) -> Result<Self, StoreError> {
        same_tables(from, into).await?;
        let mut view = from.snapshot().await?;
        let mut tx = into.begin_unfenced().await?;
        let spans = fill(&mut view, &mut tx, schemas).await?;
        view.close().await;
        tx.commit_unmarked().await?;
        Ok(Self { schemas: schemas.to_vec(), spans })
    }

    /// Rows of the original when they were looked at last.
    pub fn rows(&self) -> u64 {
        self.spans.iter().map(|span| span.digest.rows).sum()
    }

    /// Makes the copy equal to what `from` is at one instant. Everything happens in one transaction of `into`, which reads
    /// back what it wrote.
    ///
    /// # Errors
    /// As [`LiveCopy::begin`]; the copy is then as it was.
    pub async fn catch_up(&mut self, from: &Db, into: &Db) -> Result<CaughtUp, StoreError> {
        same_tables(from, into).await?;
        let mut views = views(from).await?;
        let (now, changed) = of_looks(look_at_all(&mut views, self.spans.clone()).await?);
        let mut caught_up = CaughtUp::default();
        if let Some(view) = views.first_mut()
            && !changed.is_empty()
        {
            let mut tx = into.begin_unfenced().await?;
            match apply(view, &mut tx, changed).await {
                Ok(done) => {
                    tx.commit_unmarked().await?;
                    caught_up = done;
                    self.spans = now;
                }
                Err(StoreError::Unique(_) | StoreError::ForeignKey(_)) => {
                    tx.rollback().await?;
                    let mut tx = into.begin_unfenced().await?;
                    caught_up.removed = clear(&mut tx, &self.schemas).await?;
                    let spans = fill(view, &mut tx, &self.schemas).await?;
                    tx.commit_unmarked().await?;
                    self.spans = spans;
                    (caught_up.written, caught_up.anew) = (self.rows(), true);
                }
                Err(error) => return Err(error),
            }
        }
        for view in views {
            view.close().await;
        }
        Ok(caught_up)
    }
}

/// A span as it is now.
struct Look {
    span: Span,
    has_changed: bool,
    /// Its rows, when they have changed and there is room to keep them.
    rows: Option<Vec<RowValues>>,
}

/// A span that differs, with its rows or without.
type Changed = (Span, Option<Vec<RowValues>>);

fn of_looks(looks: Vec<Look>) -> (Vec<Span>, Vec<Changed>) {
    let (mut now, mut changed) = (Vec::with_capacity(looks.len()), Vec::new());
    for look in looks {
        now.push(look.span.clone());
        if look.has_changed {
            changed.push((look.span, look.rows));
        }
    }
    (now, changed)
}

/// Views of one instant: several when nobody can write in between.
async fn views(db: &Db) -> Result<Vec<Snapshot>, StoreError> {
    let readers = match (&db.pools, db.fenced().await?) {
        (_, None) => 1,
        (Pools::Sqlite { .. }, Some(_)) => READERS_MAX,
        (Pools::Postgres(pool), Some(_)) => pool.options().get_max_connections().clamp(1, READERS_MAX),
    };
    let mut views = Vec::new();
    for _ in 0..readers {
        views.push(db.snapshot().await?);
    }
    Ok(views)
}

/// What has become of every span, in their order.
async fn look_at_all(views: &mut Vec<Snapshot>, spans: Vec<Span>) -> Result<Vec<Look>, StoreError> {
    let spans = Arc::new(spans);
    let (next, room) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(HELD_ROWS_MAX)));
    // Ends with whoever waits for it.
    let mut readers = JoinSet::new();
    for mut view in views.drain(..) {
        let (spans, next, room) = (Arc::clone(&spans), Arc::clone(&next), Arc::clone(&room));
        readers.spawn(async move {
            let mut found = Vec::new();
            while let Some((place, span)) = {
                let place = next.fetch_add(1, Ordering::Relaxed);
                spans.get(place).map(|span| (place, span))
            } {
                found.push((place, look_at(&mut view, span, &room).await?));
            }
            Ok::<_, StoreError>((view, found))
        });
    }
    let mut found = Vec::with_capacity(spans.len());
    while let Some(read) = readers.join_next().await {
        let (view, some) = read.map_err(|failed| StoreError::Unreachable(Box::new(failed)))??;
        views.push(view);
        found.extend(some);
    }
    found.sort_unstable_by_key(|(place, _)| *place);
    Ok(found.into_iter().flat_map(|(_, looks)| looks).collect())
}

/// What has become of a span: several when it has grown too long. There is `room` for so many rows.
async fn look_at(view: &mut Snapshot, span: &Span, room: &AtomicUsize) -> Result<Vec<Look>, StoreError> {
    let mut looks = Vec::new();
    let mut after = span.after.clone();
    loop {
        let rows = view.range(span.rule, after.as_ref(), span.until.as_ref(), Some(SPAN_ROWS_MAX)).await?;
        let is_last = rows.len() < SPAN_ROWS_MAX as usize;
        let until = match rows.last() {
            Some(row) if !is_last => Some(key_of(span.rule, row)),
            _ => span.until.clone(),
        };
        let digest = Digest::of(&rows);
        let has_changed = !looks.is_empty() || digest != span.digest;
        let now = Span { rule: span.rule, after, until: until.clone(), digest };
        let takes = |left: usize| left.checked_sub(rows.len());
        let is_room = has_changed && room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, takes).is_ok();
        looks.push(Look { span: now, has_changed, rows: Some(rows).filter(|_| is_room) });
        if is_last {
            return Ok(looks);
        }
        after = until;
    }
}

/// Copies all rows, span by span, and reads them back.
async fn fill(
    view: &mut Snapshot,
    tx: &mut Tx,
    schemas: &[&'static Schema],
) -> Result<Vec<Span>, StoreError> {
    let mut spans = Vec::new();
    for rule in tables_of(schemas) {
        is_empty(tx, rule).await?;
        let mut after: Option<Key> = None;
        loop {
            let rows = view.range(rule, after.as_ref(), None, Some(SPAN_ROWS)).await?;
            let is_last = rows.len() < SPAN_ROWS as usize;
            let until = rows.last().filter(|_| !is_last).map(|row| key_of(rule, row));
            let digest = Digest::of(&rows);
            insert_rows(tx, rule, rows, "").await?;
            spans.push(Span { rule, after, until: until.clone(), digest });
            if is_last {
                break;
            }
            after = until;
        }
    }
    verify(tx, &spans).await?;
    Ok(spans)
}

/// Brings over the spans that differ.
async fn apply(view: &mut Snapshot, tx: &mut Tx, changed: Vec<Changed>) -> Result<CaughtUp, StoreError> {
    let mut done = CaughtUp::default();
    let (mut spans, mut waiting) = (Vec::with_capacity(changed.len()), Vec::with_capacity(changed.len()));
    // Rows that refer to others go before those and come after them.
    for (span, rows) in changed.into_iter().rev() {
        let is_held = rows.is_some();
        let differing = compare(view, tx, &span, rows).await?;
        done.removed += remove(tx, span.rule, &differing.gone).await?;
        waiting.push(Some(differing.changed).filter(|_| is_held));
        spans.push(span);
    }
    for (span, rows) in spans.iter().zip(waiting).rev() {
        let rows = match rows {
            Some(rows) => rows,
            None => compare(view, tx, span, None).await?.changed,
        };
        done.written += write(tx, span.rule, rows).await?;
    }
    verify(tx, &spans).await?;
    Ok(done)
}

/// How a span of the copy differs from the original.
struct Differing {
    /// Keys of the rows that the original has not any more.
    gone: Vec<Key>,
    /// Rows of the original that are new or different.
    changed: Vec<RowValues>,
}

/// Compares a span with the copy; its rows are read when they are not given.
async fn compare(
    view: &mut Snapshot,
    tx: &mut Tx,
    span: &Span,
    rows: Option<Vec<RowValues>>,
) -> Result<Differing, StoreError> {
    let rule = span.rule;
    let mut rows = match rows {
        Some(rows) => rows,
        None => view.range(rule, span.after.as_ref(), span.until.as_ref(), None).await?,
    };
    let copied = rows_in_copy(tx, span).await?;
    let mut copied: HashMap<Vec<u8>, (Key, Vec<u8>)> = copied
        .into_iter()
        .map(|row| (key_of(rule, &row), encoded(&row)))
        .map(|(key, row)| (encoded(&key), (key, row)))
        .collect();
    rows.retain(|row| match copied.remove(&encoded(&key_of(rule, row))) {
        Some((_, copy)) => copy != encoded(row),
        None => true,
    });
    Ok(Differing { gone: copied.into_values().map(|(key, _)| key).collect(), changed: rows })
}

async fn remove(tx: &mut Tx, rule: &TableRule, gone: &[Key]) -> Result<u64, StoreError> {
    let width = rule.key.len().max(1);
    let place = format!("({})", vec!["?"; width].join(", "));
    let mut removed = 0;
    for some in gone.chunks((BULK_VALUES_MAX / width).max(1)) {
        let places = vec![place.as_str(); some.len()].join(", ");
        let text = format!("DELETE FROM {} WHERE ({}) IN (VALUES {places})", rule.name, rule.key.join(", "));
        removed += tx.execute(Query::assembled(text, some.iter().flatten().cloned().collect())).await?;
    }
    Ok(removed)
}

async fn write(tx: &mut Tx, rule: &TableRule, rows: Vec<RowValues>) -> Result<u64, StoreError> {
    let others: Vec<String> = rule
        .columns
        .iter()
        .filter(|column| !rule.key.contains(&column.name))
        .map(|column| format!("{0} = excluded.{0}", column.name))
        .collect();
    let ending = match others.is_empty() {
        true => format!(" ON CONFLICT ({}) DO NOTHING", rule.key.join(", ")),
        false => format!(" ON CONFLICT ({}) DO UPDATE SET {}", rule.key.join(", "), others.join(", ")),
    };
    insert_rows(tx, rule, rows, &ending).await
}

/// Whether the copy holds what the spans say.
async fn verify(tx: &mut Tx, spans: &[Span]) -> Result<(), StoreError> {
    for span in spans {
        let arrived = Digest::of(&rows_in_copy(tx, span).await?);
        if arrived != span.digest {
            let (table, rows, of) = (span.rule.name, arrived.rows, span.digest.rows);
            let message = format!("table `{table}` did not arrive as it left: {rows} of {of} rows");
            return Err(StoreError::Image(message));
        }
    }
    Ok(())
}

async fn rows_in_copy(tx: &mut Tx, span: &Span) -> Result<Vec<RowValues>, StoreError> {
    let query = range(span.rule, span.after.as_ref(), span.until.as_ref(), None);
    values(span.rule, tx.all(query).await?)
}

async fn clear(tx: &mut Tx, schemas: &[&'static Schema]) -> Result<u64, StoreError> {
    let mut removed = 0;
    for rule in tables_of(schemas).collect::<Vec<_>>().into_iter().rev() {
        removed += tx.execute(Query::assembled(format!("DELETE FROM {}", rule.name), Vec::new())).await?;
    }
    Ok(removed)
}

/// A column that only one of the two has would be lost without a sign.
async fn same_tables(from: &Db, into: &Db) -> Result<(), StoreError> {
    let steps = async |db: &Db| {
        let query = Query::new("SELECT domain, version FROM schema_migration ORDER BY domain, version");
        db.list(query, |row| Ok((row.text("domain")?, row.int("version")?))).await
    };
    if steps(from).await? == steps(into).await? {
        Ok(())
    } else {
        Err(StoreError::Image("the tables of the two databases are not the same".to_owned()))
    }
}
