//! Durable appends to an inbox by many callers at once: one side of `cargo xtask bench appends`.
//!
//! `inbox_appends PLACE CALLERS SECONDS together|alone`: together they share commits as in the product, alone each has its
//! own. It prints appends per second and how long one took, as JSON.

use std::{
    process::ExitCode,
    time::{Duration, Instant},
};

use jiff::Timestamp;
use kernel::Ulid;
use store::{
    Db, MarketOptions, MarketPlace, Query, Schema, StoreError,
    inbox::{self, Arrival, Inbox},
    queue::Payload,
    schema::migrate_all,
    template::Template,
};

const ALL: &[&Schema] = &[&inbox::SCHEMA];

#[tokio::main]
async fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let [place, callers, seconds, manner] = words[..] else {
        eprintln!("inbox_appends PLACE CALLERS SECONDS together|alone");
        return ExitCode::from(2);
    };
    let (callers, seconds) = (callers.parse().unwrap_or(64), seconds.parse().unwrap_or(5.0));
    match measure(place, callers, Duration::from_secs_f64(seconds), manner == "together").await {
        Ok(line) => {
            println!("{line}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

async fn measure(place: &str, callers: u64, length: Duration, together: bool) -> Result<String, StoreError> {
    let db = open(place).await?;
    let inbox = Inbox::new(db.clone());
    let started = Instant::now();
    let lanes: Vec<_> = (0..callers)
        .map(|lane| {
            let (db, inbox) = (db.clone(), inbox.clone());
            tokio::spawn(async move {
                let mut times = Vec::new();
                while started.elapsed() < length {
                    let arrival = arrival(lane, times.len() as u64);
                    let begun = Instant::now();
                    if together {
                        inbox.receive(arrival).await?;
                    } else {
                        let mut tx = db.begin().await?;
                        inbox::append(&mut tx, vec![arrival]).await?;
                        tx.commit().await?;
                    }
                    times.push(begun.elapsed());
                }
                Ok::<_, StoreError>(times)
            })
        })
        .collect();
    let mut times = Vec::new();
    for lane in lanes {
        times.extend(lane.await.map_err(|error| StoreError::column("lane", error))??);
    }
    let took = started.elapsed().as_secs_f64();
    times.sort();
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e3;
    let rows = db.one(Query::new("SELECT COUNT(*) AS n FROM inbox")).await?.int("n")?;
    let line = serde_json::json!({
        "appends": times.len(),
        "rows": rows,
        "per_second": times.len() as f64 / took,
        "p50_ms": at(0.5),
        "p99_ms": at(0.99),
    });
    Ok(line.to_string())
}

async fn open(place: &str) -> Result<Db, StoreError> {
    let place = if place.contains("://") {
        MarketPlace::Postgres { url: place.to_owned(), pool_size: 8, replicas: Vec::new() }
    } else {
        let path = std::path::Path::new(place);
        Template::prepare(path.parent().unwrap_or(path), ALL).await?.create(path).await?;
        MarketPlace::Sqlite(path.to_owned())
    };
    let db = Db::open_market(&place, &MarketOptions::default()).await?;
    match migrate_all(&db, ALL).await.failed {
        Some((_, error)) => Err(error),
        None => Ok(db),
    }
}

fn arrival(lane: u64, number: u64) -> Arrival {
    Arrival {
        id: Ulid::from_parts(number, u128::from(lane)),
        source: "bench".to_owned(),
        dedupe_key: format!("{lane}-{number}"),
        kind: "contact.updated".to_owned(),
        payload: Payload { bytes: vec![0x5a; 700], person: None },
        received_at: Timestamp::UNIX_EPOCH,
    }
}
