//! A client of the store that can be killed, cut off and starved: the subject of `cargo xtask bench durability`.
//!
//! ```text
//! durable_writer make  PLACE                  the tables
//! durable_writer write PLACE RUN FIRST COUNT  operations FIRST.., each printed as `ack N` once the store has promised it
//! durable_writer check PLACE                  what is there, as `present N`, and every contradiction as `broken ..`
//! ```
//!
//! An even operation is a request with an idempotency key: two rows and an entry of the audit trail in one transaction.
//! An odd one is an arrival of the inbox, which shares its commit with others. PLACE is the path of a SQLite file or the
//! URL of a PostgreSQL database. RUN numbers the runs of the program: each is an hour later than the one before.

use std::{collections::BTreeMap, io::Write as _, process::ExitCode, time::Duration};

use audit::NewEntry;
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Ulid};
use store::{
    Db, EngineKind, Kind, MarketOptions, MarketPlace, Migration, MigrationSet, Query, Schema, StoreError,
    idempotency::{self, Claim, Request, StoredAnswer, claim},
    inbox::{self, Arrival, Inbox},
    queue::Payload,
    schema::{ColumnRule, TableRule, migrate_all},
    template::Template,
    trail,
};

const LEDGER: Schema = Schema {
    migrations: MigrationSet {
        domain: "ledger",
        migrations: &[Migration {
            version: 1,
            name: "ledger",
            // Nothing keeps an operation from being written twice but its idempotency key.
            sql: "CREATE TABLE ledger (id TEXT PRIMARY KEY, operation BIGINT NOT NULL, side TEXT NOT NULL);",
        }],
    },
    tables: &[TableRule {
        name: "ledger",
        key: &["id"],
        columns: &[
            ColumnRule::plain("id", Kind::Text),
            ColumnRule::plain("operation", Kind::Int),
            ColumnRule::plain("side", Kind::Text),
        ],
    }],
};
const ALL: &[&Schema] = &[&LEDGER, &inbox::SCHEMA, &idempotency::SCHEMA, &trail::SCHEMA];
/// Operations under way at the same time.
const AT_ONCE: u64 = 4;
/// How often an operation that failed is sent again.
const TRIES: u32 = 3;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let number = |word: &str| word.parse::<u64>().unwrap_or_default();
    let done = match words.as_slice() {
        ["make", place] => make(place).await,
        ["write", place, run, first, count] => write(place, number(run), number(first), number(count)).await,
        ["check", place] => check(place).await,
        _ => {
            eprintln!("durable_writer make|write|check PLACE ..");
            return ExitCode::from(2);
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}: {:?}", std::error::Error::source(&error).map(ToString::to_string));
            ExitCode::FAILURE
        }
    }
}

async fn open(place: &str) -> Result<Db, StoreError> {
    let place = if place.contains("://") {
        MarketPlace::Postgres { url: place.to_owned(), pool_size: 5, replicas: Vec::new() }
    } else {
        MarketPlace::Sqlite(place.into())
    };
    Db::open_market(&place, &MarketOptions::default()).await
}

async fn make(place: &str) -> Result<(), StoreError> {
    if !place.contains("://") {
        let path = std::path::Path::new(place);
        let folder = path.parent().unwrap_or(path);
        Template::prepare(folder, ALL).await?.create(path).await?;
    }
    match migrate_all(&open(place).await?, ALL).await.failed {
        Some((_, error)) => Err(error),
        None => Ok(()),
    }
}

fn say(word: &str, operation: u64) {
    let mut out = std::io::stdout().lock();
    // One system call, so that it is said before anything that happens later.
    let said = out.write_all(format!("{word} {operation}\n").as_bytes()).and_then(|()| out.flush());
    if said.is_err() {
        std::process::exit(3);
    }
}

async fn write(place: &str, run: u64, first: u64, count: u64) -> Result<(), StoreError> {
    let db = open(place).await?;
    let inbox = Inbox::new(db.clone());
    let mut tasks = Vec::new();
    for lane in 0..AT_ONCE {
        let (db, inbox) = (db.clone(), inbox.clone());
        tasks.push(tokio::spawn(async move {
            let operations = (first..first + count).filter(|operation| operation % AT_ONCE == lane);
            for operation in operations {
                let mut tries = 0;
                loop {
                    match once(&db, &inbox, run, operation, tries).await {
                        Ok(()) => break say("ack", operation),
                        Err(error) if tries >= TRIES => {
                            eprintln!("operation {operation}: {error}");
                            break say("err", operation);
                        }
                        Err(_) => tries += 1,
                    }
                    tokio::time::sleep(pause(&db)).await;
                }
                if lane == 0 && db.engine() == EngineKind::Sqlite {
                    // Folds the log into the file, so that faults hit that as well. It may fail: the log stays.
                    let _ = db.scrub(&[]).await;
                }
            }
        }));
    }
    for task in tasks {
        if task.await.is_err() {
            std::process::exit(4);
        }
    }
    db.close().await;
    Ok(())
}

/// How long to wait before an operation that failed is sent again: a server takes a while to come back.
fn pause(db: &Db) -> Duration {
    Duration::from_millis(if db.engine() == EngineKind::Postgres { 400 } else { 5 })
}

fn now(run: u64) -> Timestamp {
    let hours = SignedDuration::from_hours(i64::try_from(run).unwrap_or_default());
    Timestamp::UNIX_EPOCH + SignedDuration::from_hours(24 * 365) + hours
}

/// One attempt at one operation; it returns well only when the store has promised it.
async fn once(db: &Db, inbox: &Inbox, run: u64, operation: u64, attempt: u32) -> Result<(), StoreError> {
    let id =
        |part: u128| Ulid::from_parts(run, (u128::from(operation) << 16) + (u128::from(attempt) << 8) + part);
    if operation % 2 == 1 {
        let arrival = Arrival {
            id: id(0),
            source: "campaign".to_owned(),
            dedupe_key: operation.to_string(),
            kind: "test".to_owned(),
            payload: Payload { bytes: vec![0x5a; 700], person: None },
            received_at: now(run),
        };
        return inbox.receive(arrival).await.map(|_| ());
    }
    let request = Request {
        scope: "campaign".to_owned(),
        key: operation.to_string(),
        fingerprint: [7; 32],
        boot: Ulid::from_parts(run, 1),
        claim: id(1),
        lease_for: Duration::from_secs(60),
    };
    match claim(db, &request, now(run)).await? {
        // The promise was made before; what must be told is known.
        Claim::Done(_) | Claim::EffectWithoutAnswer => Ok(()),
        Claim::Fresh(intent) => {
            let worked = intent.scope(effect(db, run, operation, [id(2), id(3)])).await;
            if worked.is_err() {
                // Free again if it took no effect, which only the database knows.
                idempotency::release(db, request.claim).await?;
            }
            worked?;
            let answer = StoredAnswer {
                claim: request.claim,
                status: 201,
                headers: Vec::new(),
                body_sealed: vec![0x5a; 200],
            };
            // The effect is durable whether or not its answer can be kept.
            let _ = idempotency::answer(db, &answer, now(run)).await;
            Ok(())
        }
        Claim::InFlight | Claim::Mismatch => Err(StoreError::Busy),
    }
}

async fn effect(db: &Db, run: u64, operation: u64, ids: [Ulid; 2]) -> Result<(), StoreError> {
    let mut tx = db.begin().await?;
    for (id, side) in ids.into_iter().zip(["debit", "credit"]) {
        let insert = Query::new("INSERT INTO ledger (id, operation, side) VALUES (?, ?, ?)");
        let operation = i64::try_from(operation).unwrap_or_default();
        tx.execute(insert.bind(id).bind(operation).bind(side)).await?;
    }
    let subject = format!("operation:{operation}");
    trail::append(&mut tx, NewEntry::new(now(run), &Actor::new("campaign"), "campaign.booked", &subject));
    tx.commit().await
}

async fn check(place: &str) -> Result<(), StoreError> {
    let db = open(place).await?;
    let broken = |what: String| println!("broken {what}");
    if db.engine() == EngineKind::Sqlite {
        for row in db.all(Query::new("PRAGMA integrity_check")).await? {
            let verdict = row.text("integrity_check")?;
            if verdict != "ok" {
                broken(format!("the file: {verdict}"));
            }
        }
    }
    let entries = trail::after(&db, None).await?;
    if let Err(fault) = audit::chain::verify(&entries) {
        broken(format!("the chain: {fault:?}"));
    }
    let mut told: BTreeMap<String, u32> = BTreeMap::new();
    for entry in &entries {
        *told.entry(entry.subject.clone()).or_default() += 1;
    }
    let mut sides: BTreeMap<u64, (u32, u32)> = BTreeMap::new();
    for row in db.all(Query::new("SELECT operation, side FROM ledger")).await? {
        let (debits, credits) = sides.entry(row.count("operation")?).or_default();
        *(if row.str("side")? == "debit" { debits } else { credits }) += 1;
    }
    for (operation, (debits, credits)) in &sides {
        let entries = told.remove(&format!("operation:{operation}")).unwrap_or_default();
        if debits != credits || entries != *debits {
            broken(format!("half of {operation}: {debits} debits, {credits} credits, {entries} entries"));
        } else if *debits > 1 {
            broken(format!("{operation} took effect {debits} times"));
        } else {
            say("present", *operation);
        }
    }
    for (subject, count) in told {
        broken(format!("half of {subject}: {count} entries, no rows"));
    }
    for row in db.all(Query::new("SELECT dedupe_key, COUNT(*) AS n FROM inbox GROUP BY dedupe_key")).await? {
        if row.int("n")? > 1 {
            broken(format!("{} arrived twice", row.text("dedupe_key")?));
        }
        say("present", row.parse("dedupe_key")?);
    }
    Ok(())
}
