//! `ehub market health`, `checklist` and `migrate`.

use markets::StepState;

use super::OneArgs;
use crate::{
    clock,
    config::StoreArgs,
    exit::{During, Outcome, Status},
    hub::Hub,
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

pub const HEALTH: &str = "\
Examples:
  ehub market health alpha

Exit status 1 when something does not work.";

pub const CHECKLIST: &str = "\
Examples:
  ehub market checklist alpha";

pub const MIGRATE: &str = "\
Examples:
  ehub market migrate

A market whose tables cannot be brought up to date is closed with the reason, and the others go on; run it again after
the reason is gone.";

pub async fn health(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, record) = args.open().await?;
    let health = hub
        .markets
        .health(&record.name, &clock::moment()?)
        .await
        .during(format_args!("look at {}", record.name))?;
    hub.close().await;
    let mut table = Table::new(&[("check", Align::Left), ("ok", Align::Left), ("finding", Align::Left)]);
    for check in &health.checks {
        table.row(vec![
            Cell::text(check.title),
            Cell::text(if check.ok { "yes" } else { "no" }),
            Cell::text(&check.finding),
        ]);
    }
    let ok = health.is_ok();
    out.answer(&Answer { json: health, table })?;
    Ok(if ok { Status::Done } else { Status::NothingDone })
}

pub async fn checklist(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, record) = args.open().await?;
    let list = hub.markets.checklist(&record.name).await.during(format_args!("look at {}", record.name))?;
    hub.close().await;
    let columns = ["step", "needed", "done", "missing", "by"];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    let yes = |is: bool| Cell::text(if is { "yes" } else { "no" });
    for step in &list.steps {
        let missing = match &step.state {
            StepState::Done => None,
            StepState::Missing(what) => Some(what),
        };
        let place = step.place.command.as_ref().or(step.place.page.as_ref());
        table.row(vec![
            Cell::text(step.title),
            yes(step.required),
            yes(missing.is_none()),
            Cell::maybe(missing, Cell::text),
            Cell::maybe(place.filter(|_| missing.is_some()), Cell::text),
        ]);
    }
    out.answer(&Answer { json: list, table })?;
    Ok(Status::Done)
}

pub async fn migrate(store: &StoreArgs, out: &Output) -> Outcome {
    let hub = Hub::open(&store.load(store.layer())?).await?;
    let report =
        hub.markets.migrate_all(&clock::moment()?).await.during("bring the markets' tables up to date")?;
    hub.close().await;
    let mut table = Table::new(&[("market", Align::Left), ("state", Align::Left), ("reason", Align::Left)]);
    for one in &report {
        table.row(vec![
            Cell::text(&one.name),
            Cell::text(if one.failed.is_none() { "up to date" } else { "closed" }),
            Cell::maybe(one.failed.as_ref(), Cell::text),
        ]);
    }
    let failed = report.iter().any(|one| one.failed.is_some());
    out.answer(&Answer { json: report, table })?;
    Ok(if failed { Status::NothingDone } else { Status::Done })
}
