//! `ehub market`: the life of a market from a shell.

use std::fs;

use serde_json::Value;

use crate::shell::Shell;

fn shown(shell: &Shell, name: &str) -> Value {
    shell.hub(&["market", "show", name], 0).json()
}

#[test]
fn a_market_is_opened_listed_and_shown() {
    let shell = Shell::new();
    shell.market("alpha");
    shell.market("beta");
    let list = shell.hub(&["market", "list"], 0).json();
    let names: Vec<_> = list.as_array().expect("an array").iter().map(|market| &market["name"]).collect();
    assert_eq!(names, ["alpha", "beta"]);
    let alpha = shown(&shell, "alpha");
    assert_eq!((&alpha["region"], &alpha["state"]), (&"us-wa".into(), &"active".into()));
    let again = shell.hub(
        &[
            "market",
            "create",
            "--name",
            "alpha",
            "--region",
            "us-wa",
            "--currency",
            "USD",
            "--locale",
            "en-US",
            "--time-zone",
            "America/Los_Angeles",
        ],
        1,
    );
    assert!(again.stderr.contains("alpha"), "{}", again.stderr);
    shell.hub(&["market", "show", "gamma"], 1);
}

#[test]
fn a_mistyped_data_directory_is_no_new_hub() {
    let shell = Shell::new();
    shell.market("alpha");
    let typo = shell.path("hbu");
    let data = typo.display().to_string();
    for command in [
        ["market", "list"].as_slice(),
        &["market", "show", "alpha"],
        &["market", "purge", "--yes"],
        &["user", "list"],
        &["growth", "policy", "list"],
        &["growth", "assess"],
        &["audit", "verify"],
        &["server", "list"],
        &["sign-in-link"],
    ] {
        let refused = shell.run(&[command, &["--data", &data]].concat()).expect(1);
        assert!(
            refused.stderr.contains(&format!("there is no hub in {data}")),
            "{command:?}: {}",
            refused.stderr
        );
        assert!(refused.stderr.contains("ehub market create"), "{command:?}: {}", refused.stderr);
        assert!(!typo.exists(), "{command:?} made something");
    }
    let listed = shell.hub(&["market", "list"], 0).json();
    assert_eq!(listed.as_array().map(Vec::len), Some(1), "the hub itself is there");
}

#[test]
fn what_names_nothing_is_refused_by_name() {
    let shell = Shell::new();
    let right = [
        ("--name", "alpha"),
        ("--region", "us-wa"),
        ("--currency", "USD"),
        ("--locale", "en-US"),
        ("--time-zone", "America/Los_Angeles"),
        ("--verticals", "residential"),
    ];
    for (option, wrong) in [
        ("--name", "Alpha Market"),
        ("--region", "washington"),
        ("--currency", "dollars"),
        ("--locale", "english"),
        ("--time-zone", "Mars/Olympus"),
        ("--verticals", "boats"),
    ] {
        let mut arguments = vec!["market", "create"];
        for (name, value) in right {
            arguments.extend([name, if name == option { wrong } else { value }]);
        }
        let refused = shell.hub(&arguments, 1);
        assert!(refused.stderr.contains(option), "{option}: {}", refused.stderr);
    }
    shell.market("beta");
    let list = shell.hub(&["market", "list"], 0).json();
    let names: Vec<_> = list.as_array().expect("an array").iter().map(|market| &market["name"]).collect();
    assert_eq!(names, ["beta"], "nothing else was made");
}

#[test]
fn a_suspended_market_says_why_and_opens_again() {
    let shell = Shell::new();
    shell.market("alpha");
    shell.hub(&["market", "suspend", "alpha", "--reason", "Contract under review"], 0);
    let closed = shown(&shell, "alpha");
    assert_eq!(
        (&closed["state"], &closed["state_reason"]),
        (&"suspended".into(), &"Contract under review".into())
    );
    shell.hub(&["market", "resume", "alpha"], 0);
    assert_eq!(shown(&shell, "alpha")["state"], "active");
}

#[test]
fn a_backup_holds_no_key_and_a_restore_brings_the_market_back() {
    let shell = Shell::new();
    shell.market("alpha");
    let to = shell.path("backup").display().to_string();
    let backup = shell.hub(&["market", "backup", "alpha", "--to", &to], 0).json();
    assert_eq!(backup["sha256"].as_str().map(str::len), Some(64));
    let key = fs::read_to_string(shell.path("hub/keys/hub.key")).expect("the key at the top");
    let key = key.split_whitespace().last().expect("its bytes");
    for file in fs::read_dir(&to).expect("a folder") {
        let bytes = fs::read(file.expect("a file").path()).expect("readable");
        assert!(!bytes.windows(key.len()).any(|window| window == key.as_bytes()), "a key is in the backup");
    }
    assert!(shown(&shell, "alpha")["backed_up_at"].is_string());
    shell.hub(&["market", "backup", "alpha", "--to", &to], 1);

    let entries = |shell: &Shell| {
        shell.hub(&["audit", "verify", "--market", "alpha"], 0).json()[0]["entries"]
            .as_u64()
            .expect("a count")
    };
    shell.hub(&["market", "suspend", "alpha"], 0);
    shell.hub(&["market", "resume", "alpha"], 0);
    let before = entries(&shell);
    let restored = shell.hub(&["market", "restore", "alpha", "--from", &to, "--yes"], 0).json();
    assert_eq!((&restored["state"], &restored["generation"]), (&"active".into(), &2.into()));
    assert!(entries(&shell) >= before, "the chain goes on and does not go back");
    shell.hub(&["audit", "verify"], 0);

    let image = fs::read_dir(&to)
        .expect("a folder")
        .map(|file| file.expect("a file").path())
        .max_by_key(|file| fs::metadata(file).expect("a file").len())
        .expect("the image");
    let mut bytes = fs::read(&image).expect("readable");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&image, bytes).expect("writable");
    let refused = shell.hub(&["market", "restore", "alpha", "--from", &to, "--yes"], 1);
    assert!(refused.stderr.contains("nothing was changed"), "{}", refused.stderr);
    assert_eq!(shown(&shell, "alpha")["generation"], 2);
}

#[test]
fn what_is_exported_can_be_imported_into_another_hub() {
    let shell = Shell::new();
    shell.market("alpha");
    let to = shell.path("export").display().to_string();
    let passphrase = shell.file("passphrase.txt", "seven violet otters\n");
    let export =
        shell.hub(&["market", "export", "alpha", "--to", &to, "--passphrase-file", &passphrase], 0).json();
    let tables = export["tables"].as_array().expect("tables");
    assert!(tables.iter().all(|table| table["sha256"].as_str().map(str::len) == Some(64)), "{export}");
    shell.hub(&["market", "import", "--from", &to], 1);

    let other = shell.path("other").display().to_string();
    let import = |passphrase: &str, name: &str| {
        let arguments = [
            "market",
            "import",
            "--from",
            &to,
            "--as",
            name,
            "--passphrase-file",
            passphrase,
            "--data",
            &other,
            "--format",
            "json",
        ];
        shell.run(&arguments)
    };
    let wrong = shell.file("wrong.txt", "six violet otters\n");
    import(&wrong, "copy").expect(1);
    let imported = import(&passphrase, "copy").expect(0).json();
    assert_eq!((&imported["name"], &imported["region"]), (&"copy".into(), &"us-wa".into()));
    let again = shell.path("again").display().to_string();
    let arguments = ["market", "export", "copy", "--to", &again, "--data", &other, "--format", "json"];
    let exported = shell.run(&arguments).expect(0).json();
    let rows = |export: &Value, table: &str| {
        let all = export["tables"].as_array().expect("tables");
        all.iter().find(|one| one["table"] == table).map(|one| one["rows"].clone())
    };
    for table in tables.iter().filter_map(|table| table["table"].as_str()) {
        if !table.starts_with("audit_") {
            assert_eq!(rows(&export, table), rows(&exported, table), "{table}");
        }
    }
    let found = ["audit", "verify", "--export", &to];
    shell.run(&found).expect(0);
}

#[test]
fn a_deleted_market_is_closed_at_once_and_gone_after_its_grace_period() {
    let shell = Shell::new();
    shell.market("alpha");
    shell.market("beta");
    let deleted = shell.hub(&["market", "delete", "alpha", "--grace-days", "30", "--yes"], 0).json();
    assert_eq!(deleted["state"], "deleting");
    assert!(deleted["delete_after"].is_string(), "{deleted}");
    shell.hub(&["market", "purge", "--yes"], 0);
    shell.hub(&["market", "resume", "alpha"], 0);
    assert_eq!(shown(&shell, "alpha")["state"], "active");
    shell.hub(&["market", "delete", "alpha", "--grace-days", "0", "--yes"], 0);
    shell.hub(&["market", "purge", "--yes"], 0);
    shell.hub(&["market", "show", "alpha"], 1);
    assert_eq!(shown(&shell, "beta")["state"], "active");
    let files: Vec<_> = fs::read_dir(shell.path("hub/markets"))
        .expect("a folder")
        .map(|file| file.expect("a file").file_name())
        .filter(|name| name.to_string_lossy().ends_with(".db"))
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
}

#[test]
fn health_and_checklist_say_what_is_missing() {
    let shell = Shell::new();
    shell.market("alpha");
    let list = shell.hub(&["market", "checklist", "alpha"], 0).json();
    let owner = |list: &Value| {
        let steps = list["steps"].as_array().expect("steps");
        steps.iter().find(|step| step["id"] == "owner").expect("a market needs an owner")["state"].clone()
    };
    assert_ne!(owner(&list), "done");
    shell.hub(&["user", "add", "ana@example.org"], 0);
    shell.hub(&["user", "grant", "ana@example.org", "--market", "alpha", "--role", "owner"], 0);
    assert_eq!(owner(&shell.hub(&["market", "checklist", "alpha"], 0).json()), "done");
    let to = shell.path("backup").display().to_string();
    shell.hub(&["market", "backup", "alpha", "--to", &to], 0);
    let health = shell.hub(&["market", "health", "alpha"], 0).json();
    let checks = health["checks"].as_array().expect("checks");
    assert!(checks.len() >= 4 && checks.iter().all(|check| check["ok"] == true), "{health}");
    let migrated = shell.hub(&["market", "migrate"], 0).json();
    assert_eq!((&migrated[0]["name"], &migrated[0]["failed"]), (&"alpha".into(), &Value::Null));
}

/// Commands and a running hub share one store: what one does, the other sees.
#[test]
fn commands_work_beside_a_running_hub() {
    let shell = Shell::new();
    let data = shell.path("hub").display().to_string();
    let hub = shell.start(&["serve", "--listen", "127.0.0.1:0", "--data", &data]);
    shell.market("alpha");
    let to = shell.path("backup").display().to_string();
    shell.hub(&["market", "backup", "alpha", "--to", &to], 0);
    shell.hub(&["audit", "verify"], 0);
    assert_eq!(hub.get("/healthz").0, 200);
    let key = shell.hub(&["key", "create", "Probe", "--role", "operator"], 0).json();
    let key = key["key"].as_str().expect("a key").to_owned();
    let (status, answer) = hub.get_with("/api/v1/markets", &format!("Authorization: Bearer {key}\r\n"));
    assert_eq!(status, 200, "{answer}");
    assert!(answer.contains("\"alpha\""), "{answer}");
}
