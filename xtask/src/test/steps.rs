//! The checks of [`super::STEPS`].

use std::process::Command;

use super::{Context, Verdict};
use crate::{
    browser,
    command::{run, which},
    contract,
    fault::Fault,
    licences, postgres, redis,
    tally::Tally,
    tools::Missing,
    workspace::Workspace,
};

/// Formatting.
pub fn fmt(context: &mut Context) -> Verdict {
    by_status(&mut context.workspace.cargo(["fmt", "--all", "--check"]), "`cargo fmt --all` repairs it")
}

/// Lints.
pub fn clippy(context: &mut Context) -> Verdict {
    let arguments =
        ["clippy", "--workspace", "--all-targets", "--locked", "--keep-going", "--", "-D", "warnings"];
    by_status(&mut context.workspace.cargo(arguments), "see above")
}

/// API documentation.
pub fn docs(context: &mut Context) -> Verdict {
    let mut command =
        context.workspace.cargo(["doc", "--workspace", "--no-deps", "--locked", "--keep-going"]);
    by_status(command.env("RUSTDOCFLAGS", "-D warnings"), "see above")
}

/// Licences, doubled crates, sources.
pub fn licences(context: &mut Context) -> Verdict {
    let report = match licences::check(&context.workspace) {
        Ok(report) => report,
        Err(fault) => return fault.into(),
    };
    for note in &report.stale {
        println!("note: {note}");
    }
    println!("{} crates looked at", report.crates);
    if report.violations.is_empty() {
        Verdict::Passed(None)
    } else {
        Verdict::Failed(None, report.violations.join("\n"))
    }
}

/// Everything that is a Rust test.
pub fn tests(context: &mut Context) -> Verdict {
    let mut command = rust_tests(&context.workspace);
    let mut without = Vec::new();
    for server in [offer_postgres, offer_redis] {
        match server(context, &mut command) {
            Ok(greeting) => println!("{greeting} is up for this run"),
            Err(missing) if context.workspace.ci => return Verdict::Skipped(missing),
            Err(missing) => without.push(missing),
        }
    }
    if let Err(fault) = build_tests(&context.workspace) {
        return fault.into();
    }
    let verdict = counted(&mut command);
    for Missing { why, enable } in &without {
        println!("\nnote: the tests ran without it: {why}\n      to enable: {enable}");
    }
    match verdict {
        Verdict::Passed(tally) => match proofs(context) {
            Ok(()) => Verdict::Passed(tally),
            Err(fault) => Verdict::Failed(tally, fault.to_string()),
        },
        verdict => verdict,
    }
}

/// Tells `command` where PostgreSQL is; its name and version.
fn offer_postgres(context: &mut Context, command: &mut Command) -> Result<String, Missing> {
    let cluster = context.postgres()?;
    command.env(postgres::URL_VARIABLE, cluster.url());
    Ok(format!("PostgreSQL {}", cluster.version()?))
}

/// Tells `command` where Redis is; its name and version.
fn offer_redis(context: &mut Context, command: &mut Command) -> Result<String, Missing> {
    let server = context.redis()?;
    command.env(redis::URL_VARIABLE, server.url());
    Ok(format!("Redis {}", server.version()?))
}

/// The tests must have talked to the servers that were started for them.
fn proofs(context: &mut Context) -> Result<(), Fault> {
    if let Some(cluster) = &context.postgres {
        proof("PostgreSQL", || cluster.sessions())?;
    }
    if let Some(server) = &context.redis {
        proof("Redis", || server.connections())?;
    }
    Ok(())
}

fn proof(server: &str, count: impl Fn() -> Result<u64, Fault>) -> Result<(), Fault> {
    // The statistics of a connection appear shortly after it closed.
    for _ in 0..20 {
        let connections = count()?;
        if connections > 0 {
            println!("the tests opened {connections} connections to {server}");
            return Ok(());
        }
        std::thread::sleep(std::time::Duration::from_millis(250));
    }
    Err(Fault::new(format!("no test connected to {server}: what uses it must be tested with it")))
}

/// Linking dozens of test programs is most of the build; `mold` halves it, without new compiler flags.
fn build_tests(workspace: &Workspace) -> Result<(), Fault> {
    let Some(mold) = which("mold") else { return Ok(()) };
    let cargo = workspace.cargo([
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--tests",
        "--no-run",
        "--locked",
        "--quiet",
    ]);
    let mut command = workspace.command(mold);
    command.arg("-run").arg(cargo.get_program()).args(cargo.get_args());
    if run(&mut command)?.status.success() { Ok(()) } else { Err(Fault::new("the tests do not build")) }
}

fn rust_tests(workspace: &Workspace) -> Command {
    if which("cargo-nextest").is_some() {
        workspace.cargo([
            "nextest",
            "run",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--locked",
            "--no-fail-fast",
            "--status-level",
            "slow",
            "--final-status-level",
            "fail",
        ])
    } else {
        workspace.cargo([
            "test",
            "--workspace",
            "--lib",
            "--bins",
            "--tests",
            "--locked",
            "--no-fail-fast",
            "--quiet",
        ])
    }
}

/// Examples in the documentation.
pub fn doctests(context: &mut Context) -> Verdict {
    counted(&mut context.workspace.cargo([
        "test",
        "--workspace",
        "--doc",
        "--locked",
        "--no-fail-fast",
        "--quiet",
    ]))
}

/// The served API against its description.
pub fn contract(context: &mut Context) -> Verdict {
    contract::check(context)
}

/// Stories and accessibility.
pub fn browser(context: &mut Context) -> Verdict {
    browser::check(context)
}

/// Runs a command whose exit status is the whole answer.
fn by_status(command: &mut Command, advice: &str) -> Verdict {
    match run(command) {
        Ok(ran) if ran.status.success() => Verdict::Passed(None),
        Ok(_) => Verdict::Failed(None, advice.to_owned()),
        Err(fault) => fault.into(),
    }
}

/// Runs a test runner: it must succeed and have counted at least one test.
pub fn counted(command: &mut Command) -> Verdict {
    match run(command) {
        Ok(ran) => match (Tally::read(&ran.output), ran.status.success()) {
            (Some(tally), true) if tally.passed > 0 && tally.failed == 0 => Verdict::Passed(Some(tally)),
            (Some(tally), true) => {
                Verdict::Failed(Some(tally), "the runner says all is well, its summary does not".into())
            }
            (None, true) => Verdict::Failed(None, "the runner printed no summary".into()),
            (tally, false) => Verdict::Failed(tally, "see above".into()),
        },
        Err(fault) => fault.into(),
    }
}
