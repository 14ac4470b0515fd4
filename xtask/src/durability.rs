//! Pulling the plug: faults at the n-th write until none is left, and what is there afterwards.
//!
//! The subject ([`Writer`], `crates/store/examples/durable_writer.rs`, and the served API in [`served`]) says of every
//! operation when it was acknowledged. After each fault it is started again without one, and four questions are asked:
//! is everything acknowledged there, is nothing there by half, does the same request sent again take effect once, and
//! does the audit chain verify.

mod cluster;
mod power;
mod served;
mod sqlite;
mod table;
mod writer;

pub use table::Row;
pub use writer::Writer;

use crate::{fault::Fault, test::Context, test::Verdict, tools, workspace::Workspace};

/// How thoroughly.
#[derive(Clone, Copy)]
pub struct Effort {
    /// Operations per run.
    pub operations: u64,
    /// Runs per kind of fault at most: where more places could be hit, they are sampled evenly.
    pub runs_max: u64,
    /// The same for faults of a PostgreSQL server, which starts again in every run.
    pub server_runs_max: u64,
    /// Whether the programs are built as they are shipped.
    pub release: bool,
}

/// Everything: the measurement.
pub const FULL: Effort = Effort { operations: 24, runs_max: 64, server_runs_max: 5, release: true };
/// A look: the check.
pub const SHORT: Effort = Effort { operations: 8, runs_max: 4, server_runs_max: 2, release: false };

/// Disturbs a client of the store; one row per kind of fault.
pub fn of_store(workspace: &Workspace, effort: Effort) -> Result<Vec<Row>, Fault> {
    let missing = |missing: tools::Missing| Fault::new(format!("{}; {}", missing.why, missing.enable));
    let strace = tools::strace().map_err(missing)?;
    let postgres = tools::postgres().map_err(missing)?;
    let writer = Writer::build(workspace, effort.release)?;
    let mut rows = sqlite::faults(&writer, &strace, effort)?;
    rows.push(power::cuts(&writer, &strace, effort)?);
    rows.extend(cluster::faults(&writer, &strace, &postgres, effort)?);
    Ok(rows)
}

/// Disturbs a hub while its API is used; one row per kind of fault.
pub fn of_api(workspace: &Workspace, effort: Effort) -> Result<Vec<Row>, Fault> {
    let missing = |missing: tools::Missing| Fault::new(format!("{}; {}", missing.why, missing.enable));
    let strace = tools::strace().map_err(missing)?;
    let postgres = tools::postgres().map_err(missing)?;
    let ehub = workspace.build_ehub(effort.release)?;
    served::faults(&ehub, &strace, &postgres, effort)
}

/// A look at the campaign, as a check.
pub fn check(context: &mut Context) -> Verdict {
    if let Some(missing) = tools::strace().err().or_else(|| tools::postgres().err()) {
        return Verdict::Skipped(missing);
    }
    let looked = of_store(&context.workspace, SHORT).and_then(|mut rows| {
        rows.extend(of_api(&context.workspace, SHORT)?);
        Ok(rows)
    });
    match looked {
        Ok(rows) => match Row::complaints(&rows) {
            complaints if complaints.is_empty() => Verdict::Passed(None),
            complaints => Verdict::Failed(None, complaints.join("\n")),
        },
        Err(fault) => fault.into(),
    }
}
