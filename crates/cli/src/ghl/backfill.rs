//! `ehub ghl backfill`.

use std::time::Duration;

use gohighlevel::heal::{Progress, Standing};
use jiff::{SignedDuration, Timestamp};

use super::{OneArgs, entered};
use crate::{
    clock,
    exit::{During, Failure, Outcome, Status},
    output::{Answer, Output},
    progress,
    table::{Align, Cell, Table},
};

pub const EXAMPLES: &str = "\
Examples:
  ehub ghl backfill --market alpha

Contacts come first, then opportunities, appointments of the last two years, messages of the last two years. Stopped and started
again it goes on where it was; a running hub does the same by itself. 50 000 contacts take about 75 seconds of GoHighLevel's
time limits, and a quarter of a percent of a day's.";

/// A longer wait is for another time.
const WAIT_MAX: SignedDuration = SignedDuration::from_mins(5);
/// The shortest time between two looks while somebody else fills.
const PAUSE: Duration = Duration::from_millis(50);

pub async fn run(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, market) = entered(&args.store, &args.market).await?;
    let doing = format!("fill {} from GoHighLevel", args.market);
    let bar = progress::bar("filling", 0, out.quiet());
    let filled = loop {
        let progress = hub.gohighlevel.backfill(&market, clock::now()).await.during(&doing)?;
        bar.set_length(progress.total());
        bar.set_position(progress.seen());
        if progress.is_done() {
            break Ok(progress);
        }
        match wait(&progress, clock::now()) {
            Ok(wait) => tokio::time::sleep(wait).await,
            Err(failure) => break Err(failure),
        }
    };
    bar.finish_and_clear();
    hub.close().await;
    let progress = filled?;
    let mut table = Table::new(&[("family", Align::Left), ("entities", Align::Right), ("done", Align::Left)]);
    for family in &progress.families {
        table.row(vec![
            Cell::text(family.family.label()),
            Cell::number(family.seen as f64, 0),
            Cell::text(if family.is_done { "yes" } else { "no" }),
        ]);
    }
    out.answer(&Answer { json: progress, table })?;
    Ok(Status::Done)
}

/// How long until the next attempt.
///
/// # Errors
/// When that is nothing to wait for.
fn wait(progress: &Progress, now: Timestamp) -> Outcome<Duration> {
    if progress.standing != Standing::Well {
        return Err(Failure::new(format_args!("the location {}", progress.standing.label()))
            .advise("`ehub ghl doctor` says what to do; what was filled stays, and it goes on from there"));
    }
    let Some(retry_at) = progress.retry_at else { return Ok(PAUSE) };
    let left = retry_at.duration_since(now);
    if left > WAIT_MAX {
        let failed = progress.families.iter().find_map(|family| family.failure.clone());
        return Err(Failure::new(format_args!("GoHighLevel: {}", failed.unwrap_or_default()))
            .advise(format_args!("run it again after {retry_at}: it goes on where it was")));
    }
    Ok(left.unsigned_abs().max(PAUSE))
}
