//! Facts that the gate asks for: what messages rest on, what is known of numbers, do not disturb, the sender.

use jiff::Timestamp;
use kernel::{PersonId, Ulid};
use store::{
    Kind, Query, Row, Session, StoreError, Tx,
    schema::{ColumnRule, TableRule},
};

/// What messages to somebody rest on.
pub(super) const BASIS: TableRule = TableRule {
    name: "lead_basis",
    key: &["id"],
    columns: &[
        ColumnRule::plain("id", Kind::Text),
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("kind", Kind::Text),
        ColumnRule::plain("at", Kind::Int),
        ColumnRule::plain("recorded_at", Kind::Int),
        ColumnRule::plain("told_by", Kind::Text),
        ColumnRule::plain("who", Kind::Text),
        ColumnRule::sealed("evidence_sealed", Some("contact"), "id"),
    ],
};

/// What is known of telephone numbers.
pub(super) const NUMBER: TableRule = TableRule {
    name: "lead_number",
    key: &["number_index"],
    columns: &[
        ColumnRule::index("number_index"),
        ColumnRule::plain("listed_since", Kind::Int),
        ColumnRule::plain("scrubbed_at", Kind::Int),
        ColumnRule::plain("is_registered", Kind::Bool),
        ColumnRule::plain("updated_at", Kind::Int),
    ],
};

/// Do not disturb.
pub(super) const REACHABILITY: TableRule = TableRule {
    name: "lead_reachability",
    key: &["contact", "channel"],
    columns: &[
        ColumnRule::plain("contact", Kind::Text),
        ColumnRule::plain("channel", Kind::Text),
        ColumnRule::plain("state", Kind::Text),
        ColumnRule::plain("since", Kind::Int),
        ColumnRule::plain("told_by", Kind::Text),
    ],
};

/// What holds for every message of the market.
pub(super) const SETTING: TableRule = TableRule {
    name: "lead_setting",
    key: &["name"],
    columns: &[
        ColumnRule::plain("name", Kind::Text),
        ColumnRule::plain("value", Kind::Text),
        ColumnRule::plain("told_by", Kind::Text),
        ColumnRule::plain("who", Kind::Text),
        ColumnRule::plain("set_at", Kind::Int),
    ],
};

/// A row of `lead_basis`.
#[derive(Clone, Debug)]
pub(crate) struct StoredBasis {
    pub id: Ulid,
    pub contact: PersonId,
    pub kind: String,
    pub at: Timestamp,
    pub recorded_at: Timestamp,
    pub told_by: String,
    pub who: String,
    pub evidence: Vec<u8>,
}

const BASES: &str =
    "SELECT id, contact, kind, at, recorded_at, told_by, who, evidence_sealed FROM lead_basis ";

fn basis(row: &Row) -> Result<StoredBasis, StoreError> {
    Ok(StoredBasis {
        id: row.parse("id")?,
        contact: row.parse("contact")?,
        kind: row.text("kind")?,
        at: row.timestamp("at")?,
        recorded_at: row.timestamp("recorded_at")?,
        told_by: row.text("told_by")?,
        who: row.text("who")?,
        evidence: row.bytes("evidence_sealed")?,
    })
}

/// What messages to somebody rest on, the oldest first.
pub(crate) async fn bases(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<Vec<StoredBasis>, StoreError> {
    let query = Query::new(BASES).push("WHERE contact = ? ORDER BY at, id").bind(contact);
    on.into().list(query, basis).await
}

/// What is of this kind after the row `id`, whoever it is about, in the order of the identifiers.
pub(crate) async fn bases_after(
    on: impl Into<Session<'_>>,
    kind: &str,
    id: &str,
    limit: usize,
) -> Result<Vec<StoredBasis>, StoreError> {
    let query = Query::new(BASES).push("WHERE kind = ? AND id > ? ORDER BY id LIMIT ?");
    on.into().list(query.bind(kind).bind(id).bind(limit), basis).await
}

/// Adds what messages rest on, or that it was taken back; what is there already stays as it is.
pub(crate) async fn add_basis(tx: &mut Tx, basis: StoredBasis) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO lead_basis (id, contact, kind, at, recorded_at, told_by, who, evidence_sealed) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
    );
    let insert = insert.bind(basis.id).bind(basis.contact).bind(basis.kind).bind(basis.at);
    let insert = insert.bind(basis.recorded_at).bind(basis.told_by).bind(basis.who).bind(basis.evidence);
    tx.execute(insert).await.map(|_| ())
}

/// What is known of one number.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct StoredNumber {
    /// Since when it is on our own list.
    pub listed_since: Option<Timestamp>,
    /// The last look at the registry, and whether it was there.
    pub scrub: Option<(Timestamp, bool)>,
}

/// What is known of a number; nothing when it was never spoken of.
pub(crate) async fn number(on: impl Into<Session<'_>>, number: Vec<u8>) -> Result<StoredNumber, StoreError> {
    let query =
        Query::new("SELECT listed_since, scrubbed_at, is_registered FROM lead_number WHERE number_index = ?");
    let Some(row) = on.into().optional(query.bind(number)).await? else { return Ok(StoredNumber::default()) };
    Ok(StoredNumber {
        listed_since: row.timestamp_or_null("listed_since")?,
        scrub: row.timestamp_or_null("scrubbed_at")?.zip(row.bool_or_null("is_registered")?),
    })
}

/// Puts a number on our own list, from where nothing takes it; `false` when it was there. The earlier day stays.
pub(crate) async fn list_number(
    tx: &mut Tx,
    number: Vec<u8>,
    since: Timestamp,
    at: Timestamp,
) -> Result<bool, StoreError> {
    let was = self::number(&mut *tx, number.clone()).await?.listed_since;
    if was.is_some_and(|was| was <= since) {
        return Ok(false);
    }
    let upsert = Query::new(
        "INSERT INTO lead_number (number_index, listed_since, updated_at) VALUES (?, ?, ?) \
         ON CONFLICT (number_index) DO UPDATE SET listed_since = excluded.listed_since, \
         updated_at = excluded.updated_at",
    );
    tx.execute(upsert.bind(number).bind(since).bind(at)).await?;
    Ok(was.is_none())
}

/// Notes looks at the registry, of which the latest of each number counts; how many numbers changed.
pub(crate) async fn scrub_numbers(
    tx: &mut Tx,
    numbers: Vec<(Vec<u8>, bool)>,
    scrubbed_at: Timestamp,
    at: Timestamp,
) -> Result<u64, StoreError> {
    let mut changed = 0;
    for (number, is_registered) in numbers {
        let upsert = Query::new(
            "INSERT INTO lead_number (number_index, scrubbed_at, is_registered, updated_at) VALUES (?, ?, ?, ?) \
             ON CONFLICT (number_index) DO UPDATE SET scrubbed_at = excluded.scrubbed_at, \
             is_registered = excluded.is_registered, updated_at = excluded.updated_at \
             WHERE lead_number.scrubbed_at IS NULL OR lead_number.scrubbed_at <= excluded.scrubbed_at",
        );
        changed += tx.execute(upsert.bind(number).bind(scrubbed_at).bind(is_registered).bind(at)).await?;
    }
    Ok(changed)
}

/// Numbers on our own list, in the order of their indexes.
pub(crate) async fn listed_numbers(
    on: impl Into<Session<'_>>,
) -> Result<Vec<(Vec<u8>, Timestamp)>, StoreError> {
    let query = Query::new(
        "SELECT number_index, listed_since FROM lead_number WHERE listed_since IS NOT NULL ORDER BY number_index",
    );
    on.into().list(query, |row| Ok((row.bytes("number_index")?, row.timestamp("listed_since")?))).await
}

/// A row of `lead_reachability`.
#[derive(Clone, Debug)]
pub(crate) struct StoredReach {
    pub channel: String,
    pub state: String,
    pub since: Timestamp,
    pub told_by: String,
}

/// Do not disturb of every channel that it is known for.
pub(crate) async fn reach(
    on: impl Into<Session<'_>>,
    contact: PersonId,
) -> Result<Vec<StoredReach>, StoreError> {
    let query = Query::new(
        "SELECT channel, state, since, told_by FROM lead_reachability WHERE contact = ? ORDER BY channel",
    );
    on.into().list(query.bind(contact), reach_of).await
}

/// Do not disturb after this contact and channel, whoever it is about, in their order.
pub(crate) async fn reach_after(
    on: impl Into<Session<'_>>,
    (contact, channel): &(String, String),
    limit: usize,
) -> Result<Vec<(PersonId, StoredReach)>, StoreError> {
    let query = Query::new(
        "SELECT contact, channel, state, since, told_by FROM lead_reachability \
         WHERE contact > ? OR (contact = ? AND channel > ?) ORDER BY contact, channel LIMIT ?",
    );
    let query = query.bind(contact).bind(contact).bind(channel).bind(limit);
    on.into().list(query, |row| Ok((row.parse("contact")?, reach_of(row)?))).await
}

fn reach_of(row: &Row) -> Result<StoredReach, StoreError> {
    Ok(StoredReach {
        channel: row.text("channel")?,
        state: row.text("state")?,
        since: row.timestamp("since")?,
        told_by: row.text("told_by")?,
    })
}

pub(crate) async fn put_reach(tx: &mut Tx, contact: PersonId, reach: StoredReach) -> Result<(), StoreError> {
    let upsert = Query::new(
        "INSERT INTO lead_reachability (contact, channel, state, since, told_by) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (contact, channel) DO UPDATE SET state = excluded.state, since = excluded.since, \
         told_by = excluded.told_by",
    );
    let upsert = upsert.bind(contact).bind(reach.channel).bind(reach.state).bind(reach.since);
    tx.execute(upsert.bind(reach.told_by)).await.map(|_| ())
}

/// A row of `lead_setting`.
#[derive(Clone, Debug)]
pub(crate) struct StoredSetting {
    pub value: String,
    pub told_by: String,
    pub who: String,
    pub set_at: Timestamp,
}

/// A setting, if it was ever made.
pub(crate) async fn setting(
    on: impl Into<Session<'_>>,
    name: &'static str,
) -> Result<Option<StoredSetting>, StoreError> {
    let query = Query::new("SELECT value, told_by, who, set_at FROM lead_setting WHERE name = ?").bind(name);
    let row = on.into().optional(query).await?;
    row.map(|row| {
        Ok(StoredSetting {
            value: row.text("value")?,
            told_by: row.text("told_by")?,
            who: row.text("who")?,
            set_at: row.timestamp("set_at")?,
        })
    })
    .transpose()
}

pub(crate) async fn put_setting(
    tx: &mut Tx,
    name: &'static str,
    setting: StoredSetting,
) -> Result<(), StoreError> {
    let upsert = Query::new(
        "INSERT INTO lead_setting (name, value, told_by, who, set_at) VALUES (?, ?, ?, ?, ?) \
         ON CONFLICT (name) DO UPDATE SET value = excluded.value, told_by = excluded.told_by, who = excluded.who, \
         set_at = excluded.set_at",
    );
    let upsert = upsert.bind(name).bind(setting.value).bind(setting.told_by).bind(setting.who);
    tx.execute(upsert.bind(setting.set_at)).await.map(|_| ())
}
