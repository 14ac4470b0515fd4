//! The README's build, from an empty target directory.

use std::time::Instant;

use super::section::Section;
use crate::{
    command::run,
    fault::Fault,
    workspace::{Scratch, Workspace},
};

/// Wall time of `cargo build --release` with the sources already downloaded.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let scratch = Scratch::new("cold-build")?;
    if !run(&mut workspace.cargo(["fetch", "--locked"]))?.status.success() {
        return Err(Fault::new("the dependencies cannot be fetched"));
    }
    let mut build = workspace.cargo(["build", "--release", "--locked"]);
    build.env("CARGO_TARGET_DIR", scratch.path());
    let started = Instant::now();
    if !run(&mut build)?.status.success() {
        return Err(Fault::new("the release build fails"));
    }
    let minutes = started.elapsed().as_secs_f64() / 60.0;
    let crates = workspace.metadata(&[])?["packages"].as_array().map_or(0, Vec::len);
    Ok(Section {
        title: "Building from nothing",
        data: format!("{crates} crates, sources downloaded before"),
        columns: vec!["build", "minutes"],
        rows: vec![vec![
            "`cargo build --release`, empty target directory".to_owned(),
            format!("{minutes:.1}"),
        ]],
        remarks: Vec::new(),
    })
}
