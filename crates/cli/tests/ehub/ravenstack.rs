//! Clients derived from raw records.

use crate::shell::{Shell, repository};

#[test]
fn raw_records_are_assessed_as_of_three_dates_and_each_day_knows_more() {
    let dir = repository("data/ravenstack");
    let clients = |as_of: &str| {
        let ended = Shell::new().run(&[
            "growth",
            "assess",
            "--profile",
            "ravenstack",
            "--dir",
            &dir,
            "--as-of",
            as_of,
            "--format",
            "json",
        ]);
        assert_ne!(ended.status, 1, "{}", ended.stderr);
        let json = ended.json();
        assert_eq!(json["as_of"], as_of);
        json["assessments"].as_array().map(Vec::len).expect("a list")
    };
    let counts = [clients("2023-12-31"), clients("2024-06-30"), clients("2024-09-30")];
    assert!(counts[0] > 100 && counts[0] < counts[1] && counts[1] < counts[2], "{counts:?}");
}

#[test]
fn a_profile_needs_its_files() {
    let shell = Shell::new();
    let empty = shell.path("").display().to_string();
    let refused = shell
        .run(&["growth", "assess", "--profile", "ravenstack", "--dir", &empty, "--as-of", "2024-06-30"])
        .expect(1);
    assert!(refused.stderr.contains("accounts"), "{}", refused.stderr);
    let unknown = shell.run(&["growth", "assess", "--profile", "nowhere", "--dir", &empty]).expect(1);
    assert!(unknown.stderr.contains("ravenstack"), "{}", unknown.stderr);
}

#[test]
fn predictions_of_three_days_are_compared_with_what_happened() {
    let dir = repository("data/ravenstack");
    let days = ["2024-03-31", "2024-06-30", "2024-09-30"].map(|day| ["--as-of", day]);
    let arguments: Vec<_> =
        ["growth", "backtest", "--profile", "ravenstack", "--dir", &dir, "--format", "json"]
            .into_iter()
            .chain(days.as_flattened().iter().copied())
            .collect();
    let json = Shell::new().run(&arguments).expect(0).json();
    let clients = json["clients"].as_u64().expect("a count");
    assert!(clients > 300, "{clients}");
    let questions = json["questions"].as_array().expect("a list");
    assert_eq!(questions.len(), 3);
    for question in questions {
        let report = &question["report"];
        assert_eq!(report["n"].as_u64(), Some(clients));
        let verdict = &report["verdict"];
        assert!(
            !verdict.is_null() && report["positives"].as_u64().is_some_and(|count| count > 0),
            "{question}"
        );
    }
}
