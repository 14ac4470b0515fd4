//! The contract of `ehub growth assess`.

use serde_json::Value;

use crate::shell::{Shell, repository};

const TWO: &str = "\
client_id,client_name,current_mrr,satisfaction_score,usage_intensity,leads_growth_rate,payment_history_score,\
last_interaction_date,executive_relationship_strength,success_case_documented,roi_percentage,referrals_provided,\
leads_processed_monthly,locations_count
a,Alder,4800,4.8,0.9,0.1,10,2026-01-09,9,true,25000,3,300,6
b,Birch,1000,,,,,,,,,,,
";

const ASSESS: [&str; 8] = ["growth", "assess", "--clients", "-", "--as-of", "2026-01-19", "--format", "json"];

#[test]
fn the_answer_has_the_shape_that_programs_rely_on() {
    let answer = Shell::new().feed(&ASSESS, TWO).expect(0);
    let json = answer.json();
    assert_eq!(json["policy"]["name"], "framework");
    assert!(json["policy"]["version"].is_u64());
    assert_eq!(json["as_of"], "2026-01-19");
    assert_eq!(json["rejected"], Value::Array(vec![]));
    assert!(json["warnings"].is_array());
    let assessments = json["assessments"].as_array().expect("a list");
    let ids: Vec<_> = assessments.iter().filter_map(|one| one["client_id"].as_str()).collect();
    assert_eq!(ids, ["a", "b"], "in the order of the file");
    for one in assessments {
        for number in ["potential_arr", "success_probability", "close_days", "priority"] {
            assert!(one[number].is_number(), "{number} of {one}");
        }
        for number in ["score", "coverage"] {
            assert!(one["readiness"][number].is_number(), "{number} of {one}");
        }
        assert!(one["saturated"].is_boolean());
        assert!(one["missed_criteria"].is_array() && one["next_action"].is_string());
        let factors = one["readiness"]["factors"].as_array().expect("factors");
        let sum: f64 = factors.iter().filter_map(|factor| factor["contribution"].as_f64()).sum();
        let score = one["readiness"]["score"].as_f64().expect("a number");
        assert!((sum - score).abs() < 1e-9, "the factors sum to the score");
        let bounds = one["readiness"]["interval"].as_array().expect("two ends");
        assert!(bounds[0].as_f64() <= Some(score) && Some(score) <= bounds[1].as_f64() || factors.is_empty());
        for vehicle in one["vehicles"].as_array().expect("vehicles") {
            assert!(vehicle["id"].is_string() && vehicle["fit"].is_number() && vehicle["reasons"].is_array());
        }
    }
}

/// By hand: satisfaction 96, usage 90, growth 55, payment 100, engagement 80, executive 90, success 50+30+20.
#[test]
fn the_numbers_are_those_of_the_framework_unrounded() {
    let json = Shell::new().feed(&ASSESS, TWO).expect(0).json();
    let alder = &json["assessments"][0];
    let score = 0.20 * 96.0 + 0.15 * (90.0 + 55.0 + 100.0 + 80.0) + 0.10 * (90.0 + 100.0);
    assert!((alder["readiness"]["score"].as_f64().expect("a number") - score).abs() < 1e-9);
    assert_eq!(alder["readiness"]["level"], "ready_now");
    assert_eq!(alder["tier"], "tier_1");
    assert_eq!(alder["potential_arr"].as_f64(), Some(37_500.0));
    // 0.8695 - 0.15 + 0.10 documented + 0.05 referrals + 0.10 ROI.
    let probability = alder["success_probability"].as_f64().expect("a number");
    assert!((probability - (score / 100.0 + 0.10)).abs() < 1e-9);
    assert_eq!(alder["saturated"], false);
    assert_eq!(alder["close_days"], 30);
}

#[test]
fn unknown_inputs_are_left_out_and_never_zero() {
    let json = Shell::new().feed(&ASSESS, TWO).expect(0).json();
    let birch = &json["assessments"][1]["readiness"];
    assert_eq!(birch["coverage"].as_f64(), Some(0.0));
    assert_eq!(birch["interval"][0].as_f64(), Some(0.0));
    assert_eq!(birch["interval"][1].as_f64(), Some(100.0));
    assert_eq!(birch["factors"], Value::Array(vec![]));
}

#[test]
fn a_file_and_standard_input_give_the_same_answer() {
    let shell = Shell::new();
    let file = shell.file("clients.csv", TWO);
    let mut arguments = ASSESS;
    arguments[3] = &file;
    assert_eq!(shell.run(&arguments).expect(0).stdout, shell.feed(&ASSESS, TWO).expect(0).stdout);
}

#[test]
fn the_policy_is_chosen_by_name_or_by_file() {
    let shell = Shell::new();
    let with = |policy: &str| {
        let arguments: Vec<_> = ASSESS.into_iter().chain(["--policy", policy]).collect();
        shell.feed(&arguments, TWO).expect(0).json()["policy"]["name"].clone()
    };
    assert_eq!(with("legacy"), "legacy");
    let text = std::fs::read_to_string(repository("policies/framework.toml")).expect("shipped");
    let own = shell.file("own.toml", text.replacen("name = \"framework\"", "name = \"own\"", 1));
    assert_eq!(with(&own), "own");
    let arguments: Vec<_> = ASSESS.into_iter().chain(["--policy", "nowhere"]).collect();
    let refused = shell.feed(&arguments, TWO).expect(1);
    assert!(refused.stderr.contains("nowhere") && refused.stderr.contains("framework"), "{}", refused.stderr);
}

#[test]
fn rejected_rows_are_listed_the_rest_goes_on_and_the_status_says_so() {
    let file = format!("{TWO}c,Cedar,1000,9.5,,,,,,,,,,\n");
    let answer = Shell::new().feed(&ASSESS, file).expect(2);
    let json = answer.json();
    assert_eq!(json["assessments"].as_array().map(Vec::len), Some(2));
    let rejected = &json["rejected"][0];
    assert_eq!(rejected["row"], 3);
    assert_eq!(rejected["field"], "satisfaction_score");
    assert_eq!(rejected["value"], "9.5");
    assert!(answer.stderr.contains("row 3: satisfaction_score `9.5`"), "{}", answer.stderr);
}

#[test]
fn a_file_without_a_good_row_ends_with_one() {
    let json = Shell::new().feed(&ASSESS, "client_id,client_name,current_mrr\na,Alder,-1\n").expect(1).json();
    assert_eq!(json["assessments"], Value::Array(vec![]));
    assert_eq!(json["rejected"][0]["field"], "current_mrr");
}

#[test]
fn tables_and_csv_have_a_row_per_client_and_no_colour_in_a_pipe() {
    let shell = Shell::new().with("TERM", "xterm-256color");
    let mut arguments = ASSESS;
    arguments[7] = "table";
    let table = shell.feed(&arguments, TWO).expect(0).stdout;
    assert!(table.contains("Alder") && table.contains("37,500"), "{table}");
    assert!(!table.contains('\x1b'));
    arguments[7] = "csv";
    let csv = shell.feed(&arguments, TWO).expect(0).stdout;
    assert_eq!(csv.lines().count(), 3);
    assert!(csv.contains(",37500,"), "{csv}");
}

#[test]
fn quiet_says_nothing_but_keeps_the_status() {
    let arguments: Vec<_> = ASSESS.into_iter().chain(["--quiet"]).collect();
    let answer = Shell::new().feed(&arguments, format!("{TWO}c,Cedar,NaN,,,,,,,,,,,\n")).expect(2);
    assert_eq!(answer.stderr, "");
}
