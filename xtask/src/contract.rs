//! Schemathesis: requests generated from the served OpenAPI document, answers held against it.

use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
};

use crate::{
    command::run,
    fault::{Doing, Fault},
    hub::{Ground, Hub},
    tally::Tally,
    test::{Context, Verdict},
    tools,
    workspace::{Scratch, Workspace},
};

/// Where the hub serves its description.
const DOCUMENT: &str = "/api/openapi.json";

/// Starts a hub, on PostgreSQL where there is one, and runs schemathesis against it.
pub fn check(context: &mut Context) -> Verdict {
    let schemathesis = match tools::schemathesis(&context.workspace) {
        Ok(program) => program,
        Err(missing) => return Verdict::Skipped(missing),
    };
    let ci = context.workspace.ci;
    let database = match context.postgres() {
        Ok(cluster) => match cluster.fresh_database("ehub_contract") {
            Ok(url) => Some(url),
            Err(fault) => return fault.into(),
        },
        Err(missing) if ci => return Verdict::Skipped(missing),
        Err(_) => None,
    };
    let ehub = match context.ehub() {
        Ok(path) => path,
        Err(fault) => return fault.into(),
    };
    judge(context, &schemathesis, &ehub, database.as_deref()).unwrap_or_else(Verdict::from)
}

fn judge(
    context: &Context,
    schemathesis: &Path,
    ehub: &Path,
    database: Option<&str>,
) -> Result<Verdict, Fault> {
    let scratch = Scratch::new("contract")?;
    let data = scratch.path().join("data");
    let ground = match database {
        Some(url) => {
            fill(&context.workspace, ehub, url)?;
            Ground::Database(url)
        }
        None => Ground::Demo(&data),
    };
    let hub = Hub::start(ehub, &ground)?;
    println!("hub at {} on {}", hub.base, if database.is_some() { "PostgreSQL" } else { "SQLite" });
    let session = hub.session()?;
    let report = scratch.path().join("report.json");
    let mut command = Command::new(schemathesis);
    command.arg("--config-file").arg(context.workspace.root.join("e2e/schemathesis.toml"));
    command.args(["run", &format!("{}{DOCUMENT}", hub.base)]);
    command.args(["-H", &format!("Cookie: {session}"), "-H", &format!("Origin: {}", hub.base)]);
    command
        .args(["--no-color", "--generation-deterministic", "--report", "json", "--report-json-path"])
        .arg(&report);
    let ran = run(command.current_dir(scratch.path()).env("COLUMNS", "110"))?;
    hub.stop()?;
    let tally = tally(&fs::read_to_string(&report).doing("reading the report of schemathesis")?)?;
    Ok(match (ran.status.success(), tally) {
        (true, tally) if tally.passed > 0 && tally.failed == 0 => Verdict::Passed(Some(tally)),
        (true, tally) => Verdict::Failed(Some(tally), "schemathesis tested nothing".to_owned()),
        (false, tally) => Verdict::Failed(Some(tally), "see above".to_owned()),
    })
}

/// Imports a client base, so that the API has something to tell.
fn fill(workspace: &Workspace, ehub: &Path, database: &str) -> Result<(), Fault> {
    let mut import = workspace.command(ehub);
    import.args([
        "growth",
        "import",
        "data/growth/clients.csv",
        "--as-of",
        "2026-01-19",
        "--database-url",
        database,
    ]);
    let status =
        import.stdout(Stdio::null()).stderr(Stdio::null()).status().doing("running ehub growth import")?;
    // 2: some rows of that file are bad on purpose.
    match status.code() {
        Some(0 | 2) => Ok(()),
        _ => Err(Fault::new(format!("{}: {status}", crate::command::describe(&import)))),
    }
}

/// Every generated request is a test.
fn tally(report: &str) -> Result<Tally, Fault> {
    let report: serde_json::Value =
        serde_json::from_str(report).doing("reading the report of schemathesis")?;
    let count = |name: &str| report["test_cases"][name].as_u64();
    match (count("generated"), count("with_failures"), count("errored")) {
        (Some(generated), Some(failures), Some(errors)) => {
            let failed = failures + errors;
            Ok(Tally { passed: generated.saturating_sub(failed), failed })
        }
        _ => Err(Fault::new(format!("the report of schemathesis has no counts: {}", report["test_cases"]))),
    }
}

#[cfg(test)]
mod tests {
    use super::tally;
    use crate::tally::Tally;

    #[test]
    fn a_report_is_counted() {
        let report = r#"{"test_cases":{"generated":11,"with_failures":2,"errored":1}}"#;
        assert_eq!(tally(report).ok(), Some(Tally { passed: 8, failed: 3 }));
        assert!(tally("{}").is_err());
    }
}
