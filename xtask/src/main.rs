//! The project's own tool: every check, measurement and picture with one command.
//!
//! ```text
//! cargo xtask test         everything that CI runs
//! cargo xtask postgres ..  a command beside a throwaway PostgreSQL
//! cargo xtask redis ..     a command beside a throwaway Redis
//! cargo xtask setup        what the checks need beside Rust
//! cargo xtask ghl          the GoHighLevel emulator against the published contract and the official library
//! cargo xtask asvs         docs/asvs.md from the register of security requirements
//! cargo xtask bench NAME   a measurement, written into docs/measured.md
//! cargo xtask screenshots  the pictures in docs/screenshots
//! ```
//!
//! **Invariants.** Nothing here is part of the product. A check that could not run is said aloud, and on
//! CI it is a failure. What is started (PostgreSQL, Redis, a hub) is stopped again, whatever happens.
//!
//! **To add a check**: a function from `test::Context` to a `test::Verdict` in `test/`, and its line in
//! `test::STEPS`. **To add a measurement**: a file in `bench/` and its line in `bench::BENCHES`.

mod asvs;
mod bench;
mod browser;
mod command;
mod contract;
mod durability;
mod fault;
mod fleet;
mod ghl;
mod http;
mod hub;
mod isolation;
mod licences;
mod load;
mod office;
mod postgres;
mod redis;
mod served;
mod sign_in;
mod spdx;
mod tally;
mod test;
mod throwaway;
mod tools;
mod workspace;

use std::process::ExitCode;

use fault::Fault;
use workspace::Workspace;

const HELP: &str = "\
Checks, measurements and pictures of the project.

Usage: cargo xtask COMMAND

  test [--only A,B] [--skip A,B]   run the checks (`test --list` names them)
  postgres COMMAND..               run a command beside a throwaway PostgreSQL, whose address is in
                                   EHUB_TEST_POSTGRES_URL (`cargo xtask postgres cargo test -p store`)
  redis COMMAND..                  run a command beside a throwaway Redis, whose address is in
                                   EHUB_TEST_REDIS_URL; both: `cargo xtask postgres cargo xtask redis ..`
  setup                            install what the checks need beside Rust
  bench NAME.. | --list            measure, and write docs/measured.md
  ghl [contract] [sdk]             hold the GoHighLevel emulator to the published contract and the official library
  asvs                             write docs/asvs.md from the register of security requirements
  screenshots                      take the pictures in docs/screenshots

Environment:
  CI=true                every check must run: what cannot is a failure
  CARGO_TARGET_DIR       where cargo builds
  EHUB_CACHE_DIR         tools of the checks (default ~/.cache/enterprisehub)
  EHUB_CHROMIUM          the browser to use
  EHUB_POSTGRES_BIN      folder with initdb and postgres
";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(fault) => {
            eprintln!("xtask: {fault}");
            ExitCode::from(2)
        }
    }
}

/// Whether everything asked for went well.
fn run(arguments: &[String]) -> Result<bool, Fault> {
    let Some((command, rest)) = arguments.split_first() else {
        print!("{HELP}");
        return Ok(true);
    };
    let workspace = Workspace::find()?;
    match command.as_str() {
        "test" => test::run(workspace, rest),
        "postgres" => postgres::beside(rest),
        "redis" => redis::beside(rest),
        "setup" => tools::setup(&workspace),
        "asvs" => asvs::run(&workspace),
        "ghl" => ghl::command(&workspace, rest),
        "bench" => bench::run(&workspace, rest),
        "screenshots" => browser::screenshots(&workspace),
        "help" | "--help" | "-h" => {
            print!("{HELP}");
            Ok(true)
        }
        unknown => Err(Fault::new(format!("there is no command `{unknown}`\n\n{HELP}"))),
    }
}
