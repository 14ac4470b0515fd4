//! `cargo xtask ghl`: the GoHighLevel emulator, held to what others say of GoHighLevel.
//!
//! Prism's validating proxy knows GoHighLevel's own OpenAPI document and stands between a script and the emulator: every
//! emulated operation is called through it, and both directions are judged. GoHighLevel's official client library works
//! on the emulator as it would on the real thing: tokens, limits, contacts, deals, messages, webhooks.

use std::{
    path::{Path, PathBuf},
    process::Command,
    time::{Duration, Instant},
};

use crate::{
    command::{Companion, quiet, run},
    fault::{Doing, Fault},
    office::Office,
    tally::Tally,
    test::{Context, Verdict},
    throwaway::free_port,
    tools,
    workspace::{Scratch, Workspace},
};

/// The scripts and their packages.
const FOLDER: &str = "e2e/ghl";
/// GoHighLevel's description of itself, packed.
const DOCUMENT: &str = "data/ghl/merged-v2.json.gz";
/// Where that description is known to be wrong.
const DEFECTS: &str = "data/ghl/known-spec-defects.json";

/// A part of the check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Contract,
    Library,
}

/// Runs the parts that are named, or both; whether they held.
pub fn command(workspace: &Workspace, arguments: &[String]) -> Result<bool, Fault> {
    let mut parts = Vec::new();
    for argument in arguments {
        parts.push(match argument.as_str() {
            "contract" => Part::Contract,
            "sdk" => Part::Library,
            other => return Err(Fault::new(format!("ghl: there is no part `{other}` (contract, sdk)"))),
        });
    }
    if parts.is_empty() {
        parts = vec![Part::Contract, Part::Library];
    }
    let node = tools::ghl(workspace).map_err(|missing| Fault::new(missing.why))?;
    let ehub = workspace.build_ehub(false)?;
    Ok(matches!(judge(workspace, &node, &ehub, &parts)?, Verdict::Passed(_)))
}

/// Both parts, as a check.
pub fn check(context: &mut Context) -> Verdict {
    let node = match tools::ghl(&context.workspace) {
        Ok(node) => node,
        Err(missing) => return Verdict::Skipped(missing),
    };
    let ehub = match context.ehub() {
        Ok(path) => path,
        Err(fault) => return fault.into(),
    };
    judge(&context.workspace, &node, &ehub, &[Part::Contract, Part::Library]).unwrap_or_else(Verdict::from)
}

fn judge(workspace: &Workspace, node: &Path, ehub: &Path, parts: &[Part]) -> Result<Verdict, Fault> {
    let scratch = Scratch::new("ghl")?;
    let mut sum = Tally::default();
    let mut ended_well = true;
    for part in parts {
        // Each in a world of its own: what one leaves behind is no business of the other.
        let office = Office::start(ehub, 2, 50)?;
        let base = &office.base;
        let mut script = workspace.command(node);
        let (file, proxy) = match part {
            Part::Contract => {
                let document = unpacked(workspace, &scratch)?;
                let (proxy, address) = prism(workspace, node, &document, base)?;
                script.arg("contract.mjs").arg(&address).arg(base).arg(workspace.root.join(DEFECTS));
                ("the contract", Some(proxy))
            }
            Part::Library => {
                script.arg("sdk.mjs").arg(base);
                ("the official library", None)
            }
        };
        let ran = run(script.current_dir(workspace.root.join(FOLDER)))?;
        if let Some(mut proxy) = proxy {
            proxy.stop()?;
        }
        office.stop()?;
        let tally = tally(&ran.output)
            .ok_or_else(|| Fault::new(format!("{file}: the script did not count its checks")))?;
        ended_well &= ran.status.success();
        sum += tally;
    }
    Ok(if ended_well && sum.failed == 0 && sum.passed > 0 {
        Verdict::Passed(Some(sum))
    } else {
        Verdict::Failed(Some(sum), "see above".to_owned())
    })
}

/// Prism between a free port and the emulator, and its address.
fn prism(
    workspace: &Workspace,
    node: &Path,
    document: &Path,
    upstream: &str,
) -> Result<(Companion, String), Fault> {
    let port = free_port()?.to_string();
    let mut command = workspace.command(node);
    command.current_dir(workspace.root.join(FOLDER));
    command.args([
        "node_modules/@stoplight/prism-cli/dist/index.js",
        "proxy",
        "-h",
        "127.0.0.1",
        "-p",
        &port,
    ]);
    command.arg(document).arg(upstream);
    let mut process = Companion::start(&command, None, "TERM")?;
    first_line(&mut process, "Prism is listening")?;
    Ok((process, format!("http://127.0.0.1:{port}")))
}

/// The first line that a program prints with this in it.
fn first_line(process: &mut Companion, wanted: &str) -> Result<String, Fault> {
    let deadline = Instant::now() + Duration::from_secs(60);
    process.hear(&format!("`{wanted}`"), deadline, |line| line.contains(wanted).then(|| line.to_owned()))
}

fn unpacked(workspace: &Workspace, scratch: &Scratch) -> Result<PathBuf, Fault> {
    let path = scratch.path().join("ghl.json");
    let text = quiet(Command::new("gzip").args(["-dc"]).arg(workspace.root.join(DOCUMENT)))?;
    std::fs::write(&path, text).doing("unpacking the description")?;
    Ok(path)
}

/// The counts in the last line, `282 passed, 0 failed`.
fn tally(output: &str) -> Option<Tally> {
    output.lines().rev().find_map(|line| {
        let (passed, failed) = line.strip_suffix(" failed")?.split_once(" passed, ")?;
        Some(Tally { passed: passed.parse().ok()?, failed: failed.parse().ok()? })
    })
}

#[cfg(test)]
mod tests {
    use super::tally;
    use crate::tally::Tally;

    #[test]
    fn the_last_line_is_counted() {
        assert_eq!(tally("FAILED x\n3 passed, 1 failed\n"), Some(Tally { passed: 3, failed: 1 }));
        assert_eq!(tally("nothing"), None);
    }
}
