//! `ehub audit`: chains that show what was done to them.

use crate::shell::Shell;

fn with_history() -> Shell {
    let shell = Shell::new();
    shell.market("alpha");
    for number in 0..6 {
        shell.hub(&["user", "add", &format!("user{number}@example.org")], 0);
    }
    shell
}

#[test]
fn the_chains_of_the_hub_and_of_every_market_are_verified() {
    let shell = with_history();
    let found = shell.hub(&["audit", "verify"], 0).json();
    let chains: Vec<_> =
        found.as_array().expect("a list").iter().map(|one| (&one["chain"], &one["whole"])).collect();
    assert_eq!(chains, [(&"hub".into(), &true.into()), (&"alpha".into(), &true.into())]);
    assert!(found[0]["entries"].as_u64() >= Some(7), "{found}");
    let one = shell.hub(&["audit", "verify", "--market", "alpha"], 0).json();
    assert_eq!(one.as_array().map(Vec::len), Some(1));
    shell.hub(&["audit", "verify", "--market", "gamma"], 1);
}

#[test]
fn the_chain_of_a_market_that_nobody_may_enter_is_verified_as_well() {
    let shell = with_history();
    shell.hub(&["market", "suspend", "alpha"], 0);
    let found = shell.hub(&["audit", "verify", "--market", "alpha"], 0).json();
    assert_eq!(found[0]["whole"], true);
    shell.hub(&["market", "delete", "alpha", "--yes"], 0);
    shell.hub(&["audit", "verify"], 0);
}

#[test]
fn an_export_is_verified_without_the_hub_and_a_change_is_named() {
    let shell = with_history();
    let export = shell.path("audit.ndjson").display().to_string();
    let checkpoint = shell.run(&["audit", "checkpoint", "--data", &shell.path("hub").display().to_string()]);
    let kept = shell.file("kept.txt", checkpoint.expect(0).stdout);
    shell.hub(&["audit", "export", "--to", &export], 0);
    shell.hub(&["audit", "export", "--to", &export], 1);
    std::fs::remove_dir_all(shell.path("hub")).expect("the hub is gone");

    let verify = |file: &str| shell.run(&["audit", "verify", "--export", file, "--format", "json"]);
    let found = verify(&export).expect(0).json();
    assert_eq!((&found[0]["whole"], &found[0]["entries"]), (&true.into(), &found[0]["signed_entries"]));
    shell.run(&["audit", "verify", "--export", &export, "--checkpoint", &kept]).expect(0);

    let text = std::fs::read_to_string(&export).expect("written");
    assert!(!text.contains("user3@example.org"), "no personal data is in a chain");
    let lines: Vec<&str> = text.lines().collect();
    // The third entry, after the header.
    let change = |edit: &dyn Fn(&mut Vec<String>)| {
        let mut changed: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        edit(&mut changed);
        let file = shell.file("changed.ndjson", changed.join("\n") + "\n");
        verify(&file).expect(1).stderr
    };
    let changed = change(&|lines| lines[3] = lines[3].replace("user.added", "user.hidden"));
    assert!(changed.contains("entry 2 was changed"), "{changed}");
    let removed = change(&|lines| {
        lines.remove(3);
    });
    assert!(removed.contains("entry 2 was removed or moved"), "{removed}");
    let moved = change(&|lines| lines.swap(3, 4));
    assert!(moved.contains("entry 2 was removed or moved"), "{moved}");
    let cut = change(&|lines| lines.truncate(4));
    assert!(cut.contains("cut off"), "{cut}");
}

#[test]
fn entries_are_found_by_what_was_done() {
    let shell = with_history();
    let added = shell.hub(&["audit", "list", "--action", "user.", "--limit", "4"], 0).json();
    let added = added.as_array().expect("a list");
    assert_eq!(added.len(), 4);
    assert!(added.iter().all(|entry| entry["action"] == "user.added"));
    let created = shell.hub(&["audit", "list", "--market", "alpha"], 0).json();
    assert!(created.as_array().expect("a list").iter().any(|entry| entry["action"] == "market.created"));
}
