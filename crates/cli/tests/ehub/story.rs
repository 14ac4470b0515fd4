//! A team's weeks over one store: import, plan, tick off, record, change the policy.

use serde_json::Value;

use crate::shell::{Ended, Shell, repository};

fn run(shell: &Shell, arguments: &[&str]) -> Ended {
    let data = shell.path("hub").display().to_string();
    let arguments: Vec<_> = ["growth"]
        .iter()
        .chain(arguments)
        .chain(&["--data", data.as_str(), "--format", "json"])
        .copied()
        .collect();
    shell.run(&arguments)
}

/// A hub with the simulated base of a day long ago and of a month later.
fn two_snapshots() -> Shell {
    let shell = Shell::new();
    for (file, as_of) in
        [("data/demo/clients-month-before.csv", "2026-09-30"), ("data/demo/clients.csv", "2026-10-31")]
    {
        run(&shell, &["import", &repository(file), "--as-of", as_of, "--simulated"]).expect(0);
    }
    shell
}

/// A hub with clients of a January that is past for every clock that runs these tests.
fn january() -> Shell {
    let shell = Shell::new();
    run(&shell, &["import", &repository("data/growth/clients.csv"), "--as-of", "2026-01-19"]).expect(2);
    shell
}

#[test]
fn an_import_is_remembered_once_and_compared_with_the_one_before() {
    let shell = two_snapshots();
    let again = run(
        &shell,
        &["import", &repository("data/demo/clients.csv"), "--as-of", "2026-10-31", "--simulated"],
    );
    assert_eq!(again.expect(0).json()["existed"], true);
    let list = run(&shell, &["import", "--list"]).expect(0).json();
    let days: Vec<_> = list.as_array().expect("a list").iter().map(|one| one["as_of"].clone()).collect();
    assert_eq!(days, ["2026-10-31", "2026-09-30"]);

    let data = shell.path("other").display().to_string();
    for (file, as_of) in
        [("data/demo/clients-month-before.csv", "2026-09-30"), ("data/demo/clients.csv", "2026-10-31")]
    {
        let shown =
            shell.run(&["growth", "import", &repository(file), "--as-of", as_of, "--data", &data]).expect(0);
        assert_eq!(
            shown.stdout.contains("Since 2026-09-30: 1 came, 1 left"),
            as_of == "2026-10-31",
            "{}",
            shown.stdout
        );
    }
}

#[test]
fn a_file_with_bad_rows_is_imported_without_them_and_one_without_good_rows_is_not() {
    let shell = Shell::new();
    let file = shell.file("mixed.csv", "client_id,client_name,current_mrr\na,Alder,1000\nb,Birch,-1\n");
    let report = run(&shell, &["import", &file, "--as-of", "2026-01-19"]).expect(2).json();
    assert_eq!(
        (&report["snapshot"]["clients"], &report["snapshot"]["rejected_rows"]),
        (&1.into(), &1.into())
    );
    assert_eq!(report["rejected"][0]["field"], "current_mrr");
    let file = shell.file("bad.csv", "client_id,client_name,current_mrr\nb,Birch,-1\n");
    run(&shell, &["import", &file, "--as-of", "2026-01-19"]).expect(1);
    run(&shell, &["import"]).expect(1);
    assert_eq!(run(&shell, &["import", "--list"]).expect(0).json().as_array().map(Vec::len), Some(1));
}

#[test]
fn what_is_asked_of_the_hub_equals_what_is_asked_of_the_file() {
    let shell = two_snapshots();
    for verb in ["assess", "whitespace"] {
        let of_hub = run(&shell, &[verb]).expect(0).json();
        let file = repository("data/demo/clients.csv");
        let of_file = run(&shell, &[verb, "--clients", &file, "--as-of", "2026-10-31"]).expect(0).json();
        let rows = if verb == "assess" { "assessments" } else { "rows" };
        assert_eq!(of_hub[rows], of_file[rows], "{verb}");
        assert!(!of_hub[rows].as_array().expect("rows").is_empty());
    }
}

#[test]
fn the_hubs_open_opportunities_are_projected_towards_its_goal() {
    let shell = two_snapshots();
    let json = run(&shell, &["project"]).expect(0).json();
    assert_eq!(json["coverage"]["goal_mrr"].as_f64(), Some(400_000.0));
    let means: Vec<_> =
        (0..3).map(|place| json["horizons"][place]["arr"]["mean"].as_f64().expect("a number")).collect();
    assert!(0.0 < means[0] && means[0] < means[1] && means[1] < means[2], "{means:?}");
    run(&shell, &["project", "--correlation", "2"]).expect(1);
    run(&shell, &["project", "--current-mrr", "5"]).expect(1);
}

#[test]
fn nothing_can_be_asked_of_an_empty_hub() {
    let shell = Shell::new();
    run(&shell, &["plan", "owner", "add", "Robin Vale", "robin@example.org", "--hours", "10"]).expect(0);
    let refused = run(&shell, &["assess"]).expect(1);
    assert!(refused.stderr.contains("import"), "{}", refused.stderr);
}

#[test]
fn a_plan_is_made_within_the_owners_hours_and_ticked_off() {
    let shell = two_snapshots();
    let nobody = run(&shell, &["plan", "generate", "--start", "2026-11-02"]).expect(1);
    assert!(nobody.stderr.contains("owner"), "{}", nobody.stderr);
    run(&shell, &["plan", "show"]).expect(1);
    run(&shell, &["plan", "owner", "add", "Robin Vale", "robin@example.org", "--hours", "10"]).expect(0);
    let plan = run(&shell, &["plan", "generate", "--start", "2026-11-02"]).expect(0).json();
    let actions = plan["actions"].as_array().expect("actions");
    assert!(!actions.is_empty());
    for load in plan["plan"]["load"].as_array().expect("weeks") {
        let hours = |name: &str| load[name].as_f64().expect("hours");
        assert!(hours("planned_hours") <= hours("capacity_hours") + 1e-9, "{load}");
    }
    let id = actions[0]["id"].as_str().expect("an id");
    let set = run(&shell, &["plan", "set", id, "--status", "done", "--note", "Went well"]).expect(0).json();
    assert_eq!(set[0]["action"]["status"], "done");
    let shown = run(&shell, &["plan", "show"]).expect(0).json();
    let done =
        shown["actions"].as_array().expect("actions").iter().filter(|one| one["action"]["status"] == "done");
    assert_eq!(done.count(), 1);
    let stranger = run(&shell, &["plan", "set", id, "--owner", "nobody@example.org"]).expect(1);
    assert!(stranger.stderr.contains("nobody@example.org"), "{}", stranger.stderr);
    run(&shell, &["plan", "set", id]).expect(1);
}

#[test]
fn an_outcome_carries_what_was_predicted_and_can_be_withdrawn() {
    let shell = january();
    let assessed = run(&shell, &["assess"]).expect(0).json();
    let assessed = assessed["assessments"].as_array().expect("a list");
    let predicted =
        &assessed.iter().find(|one| one["client_id"] == "client_004").expect("taken")["success_probability"];

    let record = |arguments: &[&str]| {
        let all: Vec<_> = ["outcome", "record"].iter().chain(arguments).copied().collect();
        run(&shell, &all)
    };
    for wrong in [
        &["--client", "client_004", "--won"][..],
        &["--client", "client_004", "--lost", "--arr", "5"],
        &["--client", "client_004"],
        &["--client", "nobody", "--lost", "--on", "2026-02-05"],
        &["--client", "client_004", "--won", "--arr", "5", "--on", "2999-01-01"],
    ] {
        record(wrong).expect(1);
    }
    let listed = || run(&shell, &["outcome", "list"]).expect(0).json().as_array().cloned().expect("a list");
    assert_eq!(listed(), [] as [Value; 0]);
    let won = [
        "--client",
        "client_004",
        "--won",
        "--arr",
        "11250",
        "--vehicle",
        "multi_market",
        "--on",
        "2026-02-05",
    ];
    let won = record(&won).expect(0).json();
    assert_eq!((&won["kind"], &won["predicted_probability"]), (&"won".into(), predicted));
    assert_eq!(listed(), std::slice::from_ref(&won));
    let id = won["id"].as_str().expect("an id");
    run(&shell, &["outcome", "withdraw", id]).expect(0);
    assert_eq!(listed(), [] as [Value; 0]);
    run(&shell, &["outcome", "withdraw", id]).expect(1);
}

#[test]
fn a_policy_is_previewed_saved_activated_and_shown() {
    let shell = two_snapshots();
    let text = shell.run(&["growth", "policy", "show", "framework"]).expect(0).stdout;
    let draft =
        shell.file("draft.toml", text.replacen("potential = \"midpoint\"", "potential = \"vehicles\"", 1));
    assert_ne!(std::fs::read_to_string(&draft).expect("written"), text);
    let diff = run(&shell, &["policy", "diff", &draft]).expect(0).json();
    assert!(diff["movement"]["changed"].as_array().is_some_and(|changed| !changed.is_empty()), "{diff}");
    let same = run(&shell, &["policy", "diff", "framework"]).expect(0).json();
    assert_eq!(same["movement"]["changed"], Value::Array(vec![]));

    let saved = run(&shell, &["policy", "save", &draft, "--note", "By vehicles"]).expect(0).json();
    assert_eq!((&saved["name"], &saved["version"]), (&"framework".into(), &2.into()));
    assert_eq!(run(&shell, &["assess"]).expect(0).json()["policy"]["version"], 1, "saved is not active");
    run(&shell, &["policy", "activate", "framework@2"]).expect(0);
    assert_eq!(run(&shell, &["assess"]).expect(0).json()["policy"]["version"], 2);
    let listed = run(&shell, &["policy", "list"]).expect(0).json();
    let active: Vec<_> =
        listed.as_array().expect("a list").iter().filter(|one| one["active"] == true).collect();
    assert_eq!((active.len(), &active[0]["note"]), (1, &"By vehicles".into()));
    assert!(run(&shell, &["policy", "show"]).expect(0).stdout.contains("vehicles"));

    let broken = shell.file("broken.toml", "name = \"broken\"\n");
    run(&shell, &["policy", "save", &broken]).expect(1);
    let unknown = run(&shell, &["policy", "activate", "framework@9"]).expect(1);
    assert!(unknown.stderr.contains("framework v9"), "{}", unknown.stderr);
    run(&shell, &["policy", "activate", "framework"]).expect(1);
}

#[test]
fn the_hubs_predictions_are_held_against_its_outcomes() {
    let shell = january();
    run(&shell, &["outcome", "record", "--client", "client_002", "--lost", "--on", "2026-02-05"]).expect(0);
    let recorded = run(&shell, &["backtest"]).expect(0).json();
    assert_eq!((&recorded["clients"], &recorded["policy"]), (&1.into(), &Value::Null));
    let report = &recorded["questions"][0]["report"];
    assert_eq!((&report["positives"], &report["negatives"]), (&0.into(), &1.into()));
    assert!(report["verdict"].to_string().contains("insufficient_data"), "{report}");
    let hindsight = run(&shell, &["backtest", "--policy", "legacy@1"]).expect(0).json();
    assert_eq!(hindsight["policy"]["name"], "legacy");
    run(&shell, &["backtest", "--policy", "legacy"]).expect(1);
}
