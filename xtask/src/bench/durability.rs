//! What is left after every fault: `cargo xtask bench durability` and `durability-api`.

use super::section::Section;
use crate::{
    durability::{FULL, Row, of_api, of_store},
    fault::Fault,
    workspace::Workspace,
};

/// The store, disturbed.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let data = format!("{} operations per run, four at a time, as described below", FULL.operations);
    section("Durability under faults", data, of_store(workspace, FULL)?, REMARKS)
}

/// The served API, disturbed.
pub fn measure_api(workspace: &Workspace) -> Result<Section, Fault> {
    let data = format!(
        "{} contacts per run by `POST .../contacts`, each with an `Idempotency-Key`",
        FULL.operations
    );
    section("Durability of the API under faults", data, of_api(workspace, FULL)?, REMARKS_OF_API)
}

fn section(title: &'static str, data: String, rows: Vec<Row>, remarks: &[&str]) -> Result<Section, Fault> {
    let complaints = Row::complaints(&rows);
    if !complaints.is_empty() {
        return Err(Fault::new(complaints.join("\n")));
    }
    Ok(Section {
        title,
        data,
        columns: Row::HEADS.to_vec(),
        rows: rows.iter().map(Row::cells).collect(),
        remarks: remarks.iter().map(|remark| (*remark).to_owned()).collect(),
    })
}

const REMARKS: &[&str] = &[
    "Half of the operations are requests with an idempotency key that book two rows and an entry of the audit chain in one \
     transaction, half are arrivals of the inbox that share a commit (`crates/store/examples/durable_writer.rs`). After \
     every run the program starts again without a fault: every acknowledged operation must be there, none by half, the \
     chain must verify; then all operations are sent again with the same keys, and each must be there exactly once.",
    "Faults are injected into system calls with strace, `n` rising until nothing is hit any more; the count is per thread. \
     \"sampled\": there were more places than runs, so that evenly spread ones were tried. A power cut is worked out from the \
     recorded writes and flushes of a run: at every acknowledgement and every flush, the disk is put together without what was \
     not flushed, and with a random part of it torn at sectors.",
    "\"Refused or unanswered\" are operations whose client was told that they failed, or that ended with the program: they may or \
     may not have taken effect, which is what the key is for.",
];

const REMARKS_OF_API: &[&str] = &[
    "A hub with one market serves under strace until the requests are sent or it is dead, is killed, and starts again without a \
     fault: every contact whose creation was answered with 201 must be there; then every request is sent again with its key, and \
     each contact must be there exactly once. After all runs every audit chain must verify (`ehub audit verify`), and \
     every contact must have exactly one entry of its creation. All runs of a database stand on what the earlier ones left.",
    "`n` counts per thread and includes what the hub writes while it starts: the first places hit before any request is sent.",
];
