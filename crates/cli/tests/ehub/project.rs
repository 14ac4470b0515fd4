//! The contract of `ehub growth project`, with the vectors of the framework's projection.

use serde_json::{Value, json};

use crate::shell::Shell;

/// 10 x 60 % x 37 500, 20 x 70 % x 11 250, 20 x 75 % x 6 250, all closing within 30 days.
fn fifty() -> String {
    let group = |name: &str, count: usize, arr: u32, probability: f64| {
        (0..count)
            .map(|n| json!({"id": format!("{name}{n}"), "arr": arr, "probability": probability, "close_days": 30}))
            .collect::<Vec<_>>()
    };
    let all: Vec<Value> =
        [group("a", 10, 37_500, 0.6), group("b", 20, 11_250, 0.7), group("c", 20, 6_250, 0.75)].concat();
    Value::Array(all).to_string()
}

fn project(more: &[&str], input: &str) -> Value {
    let goal = ["--current-mrr", "130000", "--goal-arr", "400000", "--format", "json"];
    let arguments: Vec<_> = ["growth", "project", "--opportunities", "-"]
        .into_iter()
        .chain(goal)
        .chain(more.iter().copied())
        .collect();
    Shell::new().feed(&arguments, input).expect(0).json()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_distribution_is_exact() {
    let json = project(&[], &fifty());
    let horizons = json["horizons"].as_array().expect("a list");
    assert_eq!(horizons.iter().map(|one| one["days"].clone()).collect::<Vec<_>>(), [30, 60, 90]);
    let arr = &horizons[0]["arr"];
    assert!((number(&arr["mean"]) - 476_250.0).abs() < 1e-6);
    assert!((number(&arr["sd"]) - 63_664.0).abs() < 1.0, "{}", arr["sd"]);
    assert_eq!(number(&arr["q05"]), 368_750.0);
    assert_eq!(number(&arr["q95"]), 580_000.0);
    assert!((number(&arr["p_goal"]) - 0.883).abs() < 0.0005, "{}", arr["p_goal"]);
    assert_eq!(horizons[2]["arr"]["mean"], arr["mean"], "horizons are cumulative");
    let mrr = &horizons[0]["mrr"];
    assert!((number(&mrr["mean"]) - 476_250.0 / 12.0).abs() < 1e-6, "a twelfth, and called MRR");
}

#[test]
fn correlation_widens_the_spread_and_keeps_the_mean() {
    for (rho, p_goal) in [("0.1", 0.77), ("0.3", 0.69)] {
        let arr = project(&["--correlation", rho], &fifty())["horizons"][0]["arr"].clone();
        assert!((number(&arr["mean"]) - 476_250.0).abs() < 1.0, "{}", arr["mean"]);
        assert!((number(&arr["p_goal"]) - p_goal).abs() < 0.006, "rho {rho}: {}", arr["p_goal"]);
    }
}

#[test]
fn horizons_hold_what_closes_within_them() {
    let json = project(
        &[],
        r#"[{"id":"a","arr":12000,"probability":0.5,"close_days":15},
            {"id":"b","arr":24000,"probability":1,"close_days":60},
            {"id":"c","arr":48000,"probability":1,"close_days":120}]"#,
    );
    let means: Vec<_> =
        json["horizons"].as_array().expect("a list").iter().map(|one| number(&one["arr"]["mean"])).collect();
    assert_eq!(means, [6_000.0, 30_000.0, 30_000.0]);
}

#[test]
fn what_cannot_be_an_opportunity_is_refused_by_name() {
    for (input, named) in [
        (r#"[{"id":"a","arr":1000,"probability":1.5,"close_days":30}]"#, "probability"),
        (r#"[{"id":"a","arr":-5,"probability":0.5,"close_days":30}]"#, "arr"),
        (r#"[{"id":"","arr":5,"probability":0.5,"close_days":30}]"#, "id"),
        (r#"[{"id":"a","arr":5,"probability":0.5,"close_days":-3}]"#, "close_days"),
        (r#"[{"id":"a","arr":1000,"probability":NaN,"close_days":30}]"#, "probability `NaN`"),
        (r#"{"id":"a"}"#, "arr"),
        ("[]", "the file is a list"),
        ("not json", "JSON"),
    ] {
        let arguments = [
            "growth",
            "project",
            "--opportunities",
            "-",
            "--current-mrr",
            "1",
            "--goal-arr",
            "1",
            "--format",
            "json",
        ];
        let refused = Shell::new().feed(&arguments, input).expect(1);
        assert!(refused.stderr.contains(named), "{input}: {}", refused.stderr);
    }
}

#[test]
fn a_bad_opportunity_is_rejected_and_the_good_ones_go_on() {
    let arguments = [
        "growth",
        "project",
        "--opportunities",
        "-",
        "--current-mrr",
        "1",
        "--goal-arr",
        "1",
        "--format",
        "json",
    ];
    let input = r#"[{"id":"a","arr":1000,"probability":0.5,"close_days":30},
                    {"id":"a","arr":1000,"probability":0.5,"close_days":30},
                    {"id":"b","arr":1000,"probability":"x","close_days":30},
                    null]"#;
    let ended = Shell::new().feed(&arguments, input).expect(2);
    let rejected = ended.json()["rejected"].clone();
    assert_eq!((rejected[0]["row"].clone(), rejected[2]["row"].clone()), (json!(2), json!(4)));
    assert_eq!(number(&ended.json()["horizons"][0]["arr"]["mean"]), 500.0);
    assert!(
        ended.stderr.contains("row 2: id `a`") && ended.stderr.contains("row 3: probability"),
        "{}",
        ended.stderr
    );
}
