//! How long a snapshot takes to be kept and to come back: `snapshot_throughput [CLIENTS]` (default 5 000).
//!
//! Prints one line of JSON: seconds for reading the file, keeping it, the first board (from the database), the
//! next (from memory), the movement against a second snapshot, and the projections.

use std::{fmt::Write as _, time::Instant};

use finance::Correlation;
use growth::{
    BoardQuery, Growth, Moment,
    import::{self, ColumnMapping, ImportOptions},
    service::NewSnapshot,
};
use jiff::{Timestamp, civil::date};
use kernel::{Actor, Currency};
use store::Db;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let clients: u64 = std::env::args().nth(1).map_or(Ok(5_000), |text| text.parse())?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("hub.db");
    let growth = Growth::open(Db::sqlite(&path).await?).await?;

    let text = file(clients, 0)?;
    let (read, new) = timed(|| snapshot(&text))?;
    let start = Instant::now();
    growth.import(new, &moment(1)?).await?;
    let kept = start.elapsed();
    growth.import(snapshot(&file(clients, 1)?)?, &moment(2)?).await?;

    let growth = Growth::open(Db::sqlite(&path).await?).await?;
    let start = Instant::now();
    growth.board(BoardQuery::default()).await?;
    let cold = start.elapsed();
    let start = Instant::now();
    growth.board(BoardQuery::default()).await?;
    let warm = start.elapsed();
    let start = Instant::now();
    growth.movement().await?;
    let movement = start.elapsed();
    let board = growth.board(BoardQuery::default()).await?;
    let (opportunities, _) = timed(|| Ok(board.opportunities()?))?;
    let (independent, _) = timed(|| Ok(board.projection(None)?))?;
    let (correlated, _) = timed(|| Ok(board.projection(Some(Correlation::new(0.1)?))?))?;
    println!(
        "{{\"clients\":{clients},\"read_s\":{},\"keep_s\":{},\"board_cold_s\":{},\"board_warm_s\":{},\"movement_s\":{},\
         \"opportunities_s\":{},\"projection_s\":{},\"projection_correlated_s\":{}}}",
        read.as_secs_f64(),
        kept.as_secs_f64(),
        cold.as_secs_f64(),
        warm.as_secs_f64(),
        movement.as_secs_f64(),
        opportunities.as_secs_f64(),
        independent.as_secs_f64(),
        correlated.as_secs_f64()
    );
    Ok(())
}

type Failure = Box<dyn std::error::Error>;

fn timed<T>(work: impl FnOnce() -> Result<T, Failure>) -> Result<(std::time::Duration, T), Failure> {
    let start = Instant::now();
    let made = work()?;
    Ok((start.elapsed(), made))
}

fn moment(n: u128) -> Result<Moment, Failure> {
    let now: Timestamp = "2026-01-20T09:00:00Z".parse()?;
    Ok(Moment { now, actor: Actor::new("bench"), entropy: n << 32 })
}

fn snapshot(text: &str) -> Result<NewSnapshot, Failure> {
    let (as_of, currency) = (date(2026, 1, 19), Currency::USD);
    let options = ImportOptions { as_of, currency };
    let imported = import::read(text.as_bytes(), &"clients.csv".into(), &ColumnMapping::default(), &options)?;
    let content_sha256 = NewSnapshot::digest([text.as_bytes()]);
    let source = "clients.csv".to_owned();
    Ok(NewSnapshot { source, content_sha256, profile: None, simulated: true, as_of, currency, imported })
}

/// Clients with every column, made from a counter so that each run has the same.
fn file(clients: u64, shift: u64) -> Result<String, std::fmt::Error> {
    let mut text = String::from(
        "client_id,client_name,current_mrr,active_users,monthly_active_locations,locations_count,\
         leads_processed_monthly,appointments_generated_monthly,roi_percentage,satisfaction_score,nps_score,\
         success_case_documented,referrals_provided,support_tickets_monthly,feature_requests,\
         last_interaction_date,executive_relationship_strength,leads_growth_rate,locations_growth_rate,\
         usage_intensity,payment_history_score,contract_end_date\n",
    );
    for n in 0..clients {
        let of = |step: u64, modulus: u64| (n * step + shift * 13) % modulus;
        writeln!(
            text,
            "c{n},Client {n},{}.50,{},{},{},{},{},{},{:.1},{},{},{},{},{},2026-01-{:02},{},0.{:02},0.{:02},0.{:02},{},2026-{:02}-15",
            1_000 + of(37, 4_000),
            of(7, 40),
            1 + of(3, 9),
            1 + of(5, 10),
            of(11, 400),
            of(13, 90),
            of(997, 40_000),
            1.0 + of(17, 40) as f64 / 10.0,
            of(19, 100),
            n % 2 == 0,
            of(23, 5),
            of(29, 7),
            of(31, 9),
            1 + of(41, 18),
            1 + of(43, 10),
            of(47, 60),
            of(53, 30),
            of(59, 100),
            1 + of(61, 10),
            1 + of(67, 12),
        )?;
    }
    Ok(text)
}
