//! A SQLite file whose disk fails, fills up, or whose program is killed.

use std::{fs, path::Path};

use super::{
    Effort, Row, Writer,
    writer::{acknowledged, injecting, places, was_hit},
};
use crate::{
    fault::{Doing, Fault},
    workspace::Scratch,
};

/// What is done to the program: its name, the system calls, and the fault at the n-th.
type Injection = (&'static str, &'static str, fn(u64) -> String);

const INJECTIONS: &[Injection] = &[
    ("EIO at the n-th flush", "fdatasync,fsync", |n| format!("error=EIO:when={n}")),
    ("EIO at the n-th write", "pwrite64", |n| format!("error=EIO:when={n}")),
    ("disk full from the n-th write on", "pwrite64", |n| format!("error=ENOSPC:when={n}+")),
    ("kill at the n-th write", "pwrite64", |n| format!("signal=SIGKILL:when={n}")),
    ("kill at the n-th flush", "fdatasync,fsync", |n| format!("signal=SIGKILL:when={n}")),
];

/// One row per kind of fault.
pub fn faults(writer: &Writer, strace: &Path, effort: Effort) -> Result<Vec<Row>, Fault> {
    let scratch = Scratch::new("durability")?;
    let empty = scratch.path().join("empty.db");
    writer.make(&empty.display().to_string())?;
    let mut rows = Vec::new();
    for (name, calls, what) in INJECTIONS {
        let mut row = Row::new("SQLite", *name);
        let sampled = places(effort.runs_max, |n| {
            let folder = Scratch::new("durability-run")?;
            let file = folder.path().join("market.db");
            fs::copy(&empty, &file).doing("copying an empty database")?;
            let place = file.display().to_string();
            let log = folder.path().join("strace");
            let under = injecting(strace, &log, calls, &what(n));
            let output =
                writer.write(&under, &place, 1, effort.operations).output().doing("running strace")?;
            let hit = was_hit(&log)?;
            let after = writer.check(&place)?;
            let finished = writer.finish(&place, effort.operations)?;
            row.count(&format!("n = {n}"), effort.operations, hit, &acknowledged(&output), &after, &finished);
            Ok(hit)
        });
        row.is_sampled = sampled?;
        println!("{}", row.cells().join(" | "));
        rows.push(row);
    }
    Ok(rows)
}
