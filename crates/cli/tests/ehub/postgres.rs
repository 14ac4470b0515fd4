//! A hub in PostgreSQL: the same verbs by `--database-url`, markets in databases of their own.
//!
//! Needs `EHUB_TEST_POSTGRES_URL` (`cargo xtask postgres ..`); without it, it says so and checks nothing.

use serde_json::Value;
use store::postgres::{drop_database, ensure_database};

use crate::shell::{Ended, Shell};

fn now<T>(work: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(work)
}

#[test]
fn a_hub_on_a_server_keeps_each_market_in_a_database_of_its_own() {
    let Ok(admin) = std::env::var("EHUB_TEST_POSTGRES_URL") else {
        eprintln!("skipped: EHUB_TEST_POSTGRES_URL is not set");
        return;
    };
    let name = format!("ehub_cli_{}", std::process::id());
    let url = now(ensure_database(&admin, &name)).expect("a database");
    let shell = Shell::new();
    let secret = shell.file("url.txt", format!("{url}\n"));
    let shell = shell.with("EHUB_DATABASE_URL_FILE", secret);
    let data = shell.path("keys-only").display().to_string();
    let run = |arguments: &[&str], status: i32| -> Ended {
        let all: Vec<_> = arguments.iter().chain(&["--data", &data, "--format", "json"]).copied().collect();
        let ended = shell.run(&all).expect(status);
        assert!(!ended.stderr.contains(&url) && !ended.stdout.contains(&url), "the URL holds a password");
        ended
    };
    for market in ["alpha", "beta"] {
        let zone = ["--locale", "en-US", "--time-zone", "America/Los_Angeles"];
        let create = ["market", "create", "--name", market, "--region", "us-wa", "--currency", "USD"];
        run(&[create.as_slice(), &zone].concat(), 0);
    }
    let list = run(&["market", "list"], 0).json();
    let placed: Vec<_> =
        list.as_array().expect("a list").iter().map(|one| one["placement"].clone()).collect();
    assert!(placed.iter().all(|place| *place != "embedded"), "{placed:?}");

    let (to, out) = (shell.path("backup").display().to_string(), shell.path("export").display().to_string());
    run(&["market", "backup", "alpha", "--to", &to], 0);
    run(&["market", "export", "alpha", "--to", &out], 0);
    let restored = run(&["market", "restore", "alpha", "--from", &to, "--yes"], 0).json();
    assert_eq!(restored["generation"], 2);
    let verified = run(&["audit", "verify"], 0).json();
    assert!(verified.as_array().expect("a list").iter().all(|chain| chain["whole"] == true), "{verified}");
    let refused = run(&["market", "move", "beta", "--embedded"], 1);
    assert!(refused.stderr.contains("other nodes could not reach"), "{}", refused.stderr);
    let east = shell.file("east.txt", format!("{admin}\n"));
    run(&["server", "add", "east", "--url-file", &east], 0);
    let servers = run(&["server", "list"], 0);
    let password = admin.split([':', '@']).nth(2).expect("a password");
    assert!(servers.stdout.contains("east") && !servers.stdout.contains(password), "{}", servers.stdout);
    let before = run(&["market", "show", "beta"], 0).json();
    let moved = run(&["market", "move", "beta", "--server", "east"], 0).json();
    assert_ne!(moved["placement"], before["placement"]);
    run(&["market", "move", "beta", "--server", "west"], 1);

    for market in ["alpha", "beta"] {
        run(&["market", "delete", market, "--grace-days", "0", "--yes"], 0);
    }
    run(&["market", "purge", "--yes"], 0);
    assert_eq!(run(&["market", "list"], 0).json(), Value::Array(Vec::new()));
    for database in [format!("{name}_keys"), name] {
        // The role is none of ours; dropping one that does not exist is no fault.
        now(drop_database(&admin, &database, &format!("{database}_nobody"))).expect("dropped");
    }
}
