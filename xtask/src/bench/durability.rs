//! What is left after every fault: `cargo xtask bench durability`.

use super::section::Section;
use crate::{
    durability::{FULL, Row, campaign},
    fault::Fault,
    workspace::Workspace,
};

/// The whole campaign, as a table.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let rows = campaign(workspace, FULL)?;
    let complaints = Row::complaints(&rows);
    if !complaints.is_empty() {
        return Err(Fault::new(complaints.join("\n")));
    }
    Ok(Section {
        title: "Durability under faults",
        data: format!("{} operations per run, four at a time, as described below", FULL.operations),
        columns: Row::HEADS.to_vec(),
        rows: rows.iter().map(Row::cells).collect(),
        remarks: REMARKS.iter().map(|remark| (*remark).to_owned()).collect(),
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
