//! `ehub ghl doctor`.

use gohighlevel::Verdict;

use super::{OneArgs, entered};
use crate::{
    clock,
    exit::{During, Outcome, Status},
    output::{Answer, Output},
    table::{Align, Cell, Table},
};

pub const EXAMPLES: &str = "\
Examples:
  ehub ghl doctor --market alpha
  ehub ghl doctor --market alpha --format json

It asks GoHighLevel one harmless question per family of operations. Exit status 1 when something does not work.";

pub async fn run(args: &OneArgs, out: &Output) -> Outcome {
    let (hub, market) = entered(&args.store, &args.market).await?;
    let findings = hub.gohighlevel.doctor(&market, clock::now()).await;
    let findings = findings.during(format_args!("look at the connection of {}", args.market))?;
    hub.close().await;
    let columns = ["check", "verdict", "finding", "what to do"];
    let mut table = Table::new(&columns.map(|name| (name, Align::Left)));
    for finding in &findings {
        table.row(vec![
            Cell::text(finding.title),
            Cell::text(finding.verdict.label()),
            Cell::text(&finding.finding),
            Cell::maybe(finding.advice.as_ref(), Cell::text),
        ]);
    }
    let is_broken = findings.iter().any(|finding| finding.verdict == Verdict::Broken);
    out.answer(&Answer { json: findings, table })?;
    Ok(if is_broken { Status::NothingDone } else { Status::Done })
}
