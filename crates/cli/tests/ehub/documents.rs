//! The documents tell the truth: every command in them runs, and prints what they say it prints.
//!
//! A ```` ```console ```` block holds commands (`$ `) with what they print on both streams. A line `...` stands for any
//! lines, `...` within a line for any text: what differs from run to run, or would only fill the page. The blocks
//! of a document run in their order, in one home directory that holds the project's `data`.

#![cfg(unix)]

use std::{env, os::unix::fs::symlink, path::Path};

use crate::shell::{Shell, repository};

/// What stands for anything.
const ANYTHING: &str = "...";

/// A command and the lines that it is said to print.
struct Example<'a> {
    command: &'a str,
    printed: Vec<&'a str>,
}

fn examples(document: &str) -> Vec<Example<'_>> {
    let blocks = document.split("\n```console\n").skip(1).filter_map(|rest| rest.split("\n```").next());
    let mut examples = Vec::new();
    for line in blocks.flat_map(str::lines) {
        match line.strip_prefix("$ ") {
            Some(command) => examples.push(Example { command, printed: Vec::new() }),
            None => examples.last_mut().expect("a block begins with a command").printed.push(line),
        }
    }
    examples
}

/// Whether `printed` reads as `said`, line by line.
fn reads_as(printed: &[&str], said: &[&str]) -> bool {
    match said.split_first() {
        None => printed.is_empty(),
        Some((&ANYTHING, rest)) => (0..=printed.len()).any(|skipped| reads_as(&printed[skipped..], rest)),
        Some((line, rest)) => {
            printed.first().is_some_and(|first| line_reads_as(first, line)) && reads_as(&printed[1..], rest)
        }
    }
}

fn line_reads_as(printed: &str, said: &str) -> bool {
    let Some((before, last)) = said.rsplit_once(ANYTHING) else { return printed == said };
    let mut parts = before.split(ANYTHING);
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = printed.strip_prefix(first) else { return false };
    for part in parts {
        let Some(at) = rest.find(part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

/// A home directory in which `ehub` is on the path and the project's data lies where the documents say.
fn home() -> Shell {
    let shell = Shell::new();
    symlink(repository("data"), shell.path("data")).expect("the test's own directory is writable");
    let programs =
        Path::new(env!("CARGO_BIN_EXE_ehub")).parent().expect("a file is in a directory").display();
    let path = env::var("PATH").expect("a shell has a path");
    let data = shell.path("hub").display().to_string();
    shell.with("PATH", format!("{programs}:{path}")).with("EHUB_DATA", data)
}

/// Runs every example of `document` in `shell` and compares.
fn check(document: &str, shell: &Shell) {
    let text = std::fs::read_to_string(repository(document)).expect("the document is there");
    let examples = examples(&text);
    assert!(!examples.is_empty(), "{document} has no examples");
    for Example { command, printed: said } in examples {
        let printed = shell.script(command);
        let printed: Vec<&str> = printed.lines().collect();
        assert!(
            reads_as(&printed, &said),
            "{document} says that\n  {command}\nprints\n{}\nbut it prints\n{}",
            said.join("\n"),
            printed.join("\n")
        );
    }
}

#[test]
fn the_guide_to_client_expansion_says_what_the_program_prints() {
    check("docs/growth.md", &home());
}

#[test]
fn the_guide_to_policies_says_what_the_program_prints() {
    check("docs/policies.md", &home());
}

#[test]
fn the_guide_to_audit_chains_says_what_the_program_prints() {
    check("docs/audit.md", &home());
}

#[test]
fn the_guide_to_markets_says_what_the_program_prints() {
    check("docs/markets.md", &home());
}

/// Needs `curl`.
#[test]
fn the_guide_to_the_api_says_what_a_hub_answers() {
    let shell = home();
    let hub = shell.start(&["serve", "--listen", "127.0.0.1:0"]);
    let shell = shell.with("HUB", format!("http://{}", hub.address)).with("LINK", &hub.sign_in_link);
    check("docs/api.md", &shell);
}

#[test]
fn the_commands_of_the_readme_do_their_work() {
    let text = std::fs::read_to_string(repository("README.md")).expect("the document is there");
    let shell = home();
    let of_ehub = examples(&text).into_iter().filter(|example| example.command.starts_with("ehub "));
    let mut ran = 0;
    for Example { command, .. } in of_ehub {
        let printed = shell.script(&format!("{command}\necho \"status $?\""));
        // The example file has rows that are rejected, which status 2 says.
        let status = printed.lines().last().unwrap_or_default();
        assert!(matches!(status, "status 0" | "status 2"), "{command}\n{printed}");
        ran += 1;
    }
    assert!(ran > 5, "the README shows the shell");
}

/// Limits are promises: the guide must say what the program does.
#[test]
fn the_guide_to_security_names_the_limits_in_force() {
    let text = std::fs::read_to_string(repository("docs/security.md")).expect("the document is there");
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let server = server::Config::default();
    let mib = |bytes: usize| bytes / (1024 * 1024);
    let grouped = |count: u64| {
        let digits = count.to_string();
        let groups: Vec<&str> =
            digits.as_bytes().rchunks(3).rev().filter_map(|c| std::str::from_utf8(c).ok()).collect();
        groups.join(",")
    };
    let (passwords, codes) = (directory::FAILURES_PER_EMAIL_MAX, directory::FAILURES_PER_CODE_MAX);
    let (per_address, minutes) = (directory::FAILURES_PER_ADDRESS_MAX, directory::THROTTLE_WINDOW.as_mins());
    for sentence in [
        format!(
            "{passwords} passwords and {codes} codes per account, {per_address} per address, in {minutes} minutes"
        ),
        format!(
            "ends after {} days, or {} days without use",
            directory::SESSION_LIFETIME.as_hours() / 24,
            directory::SESSION_IDLE_MAX.as_hours() / 24
        ),
        format!("works once and for {} minutes", directory::LINK_LIFETIME.as_mins()),
        format!(
            "At least {} characters, up to {} bytes",
            directory::PASSWORD_CHARS_MIN,
            grouped(directory::PASSWORD_BYTES_MAX as u64)
        ),
        format!("| {} MiB; files {} MiB |", mib(server.body_bytes_max), mib(server.upload_bytes_max)),
        format!("| a request's time | {} seconds |", server.request_timeout.as_secs()),
        format!(
            "| {} per person, {} MiB together, one hour |",
            server::uploads::PER_USER_MAX,
            mib(server::uploads::BYTES_MAX)
        ),
        format!(
            "{} MiB, unpacked {} MiB, {} columns, {} rows, {} cells; a workbook of at most {} parts",
            mib(tabular::limits::FILE_BYTES_MAX),
            tabular::limits::UNPACKED_BYTES_MAX / (1024 * 1024),
            tabular::limits::COLUMNS_MAX,
            grouped(tabular::limits::ROWS_MAX),
            grouped(tabular::limits::CELLS_MAX as u64),
            grouped(tabular::limits::PACKAGE_PARTS_MAX as u64)
        ),
        format!("| {} at a time, the least used is closed |", markets::OPEN_MAX),
    ] {
        assert!(text.contains(&sentence), "docs/security.md does not say: {sentence}");
    }
}

#[test]
fn what_stands_for_anything_is_nothing_else() {
    assert!(reads_as(&["a", "b", "c"], &["a", "...", "c"]));
    assert!(reads_as(&["a 17 b"], &["a ... b"]));
    assert!(reads_as(&["a 17"], &["a ..."]));
    assert!(!reads_as(&["a", "b"], &["a"]));
    assert!(!reads_as(&["a 17 c"], &["a ... b"]));
    assert!(!reads_as(&["a 17 b and more"], &["a ... b"]));
}
