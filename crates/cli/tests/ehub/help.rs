//! Every command explains itself, with examples.

use crate::shell::Shell;

/// Every command, without its name.
const COMMANDS: &[&[&str]] = &[
    &[],
    &["demo"],
    &["serve"],
    &["sign-in-link"],
    &["user"],
    &["user", "add"],
    &["user", "list"],
    &["user", "role"],
    &["user", "grant"],
    &["user", "revoke"],
    &["user", "disable"],
    &["user", "enable"],
    &["user", "end-sessions"],
    &["user", "reset-second-factor"],
    &["user", "erase"],
    &["key"],
    &["key", "create"],
    &["key", "list"],
    &["key", "revoke"],
    &["audit"],
    &["audit", "verify"],
    &["audit", "list"],
    &["audit", "export"],
    &["audit", "checkpoint"],
    &["webhook"],
    &["webhook", "list"],
    &["webhook", "log"],
    &["webhook", "replay"],
    &["server"],
    &["server", "add"],
    &["server", "list"],
    &["market"],
    &["market", "create"],
    &["market", "list"],
    &["market", "show"],
    &["market", "suspend"],
    &["market", "resume"],
    &["market", "backup"],
    &["market", "restore"],
    &["market", "export"],
    &["market", "import"],
    &["market", "move"],
    &["market", "erase-person"],
    &["market", "policy"],
    &["market", "delete"],
    &["market", "purge"],
    &["market", "health"],
    &["market", "checklist"],
    &["market", "migrate"],
    &["leads"],
    &["leads", "import"],
    &["leads", "train"],
    &["leads", "score"],
    &["leads", "evaluate"],
    &["ghl"],
    &["ghl", "connect"],
    &["ghl", "backfill"],
    &["ghl", "doctor"],
    &["emulate"],
    &["emulate", "ghl"],
    &["config"],
    &["config", "show"],
    &["completions"],
    &["growth"],
    &["growth", "import"],
    &["growth", "assess"],
    &["growth", "whitespace"],
    &["growth", "project"],
    &["growth", "plan"],
    &["growth", "plan", "owner"],
    &["growth", "plan", "owner", "add"],
    &["growth", "plan", "owner", "list"],
    &["growth", "plan", "generate"],
    &["growth", "plan", "show"],
    &["growth", "plan", "set"],
    &["growth", "propose"],
    &["growth", "outcome"],
    &["growth", "outcome", "withdraw"],
    &["growth", "outcome", "record"],
    &["growth", "outcome", "list"],
    &["growth", "backtest"],
    &["growth", "policy"],
    &["growth", "policy", "list"],
    &["growth", "policy", "show"],
    &["growth", "policy", "diff"],
    &["growth", "policy", "save"],
    &["growth", "policy", "activate"],
];

#[test]
fn every_command_has_help_with_an_example_of_itself() {
    for command in COMMANDS {
        let arguments: Vec<_> = command.iter().copied().chain(["--help"]).collect();
        let help = Shell::new().run(&arguments).expect(0);
        assert_eq!(help.stderr, "", "{command:?}: help was asked for, so it is data");
        let (_, examples) =
            help.stdout.split_once("Examples:\n").unwrap_or_else(|| panic!("{command:?}: no examples"));
        assert!(examples.contains(&format!("ehub {}", command.join(" "))), "{command:?}: {examples}");
    }
}

#[test]
fn the_first_page_of_help_reads_well() {
    insta::assert_snapshot!(Shell::new().run(&["--help"]).expect(0).stdout);
}

#[test]
fn the_version_is_that_of_the_package() {
    let version = Shell::new().run(&["--version"]).expect(0).stdout;
    assert_eq!(version, format!("ehub {}\n", env!("CARGO_PKG_VERSION")));
}

#[test]
fn without_arguments_the_help_is_shown_and_nothing_is_done() {
    let help = Shell::new().run(&[]).expect(1);
    assert!(help.stderr.contains("Usage: ehub"), "{}", help.stderr);
}
