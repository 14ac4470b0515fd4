//! Each rule of validation, seen from the shell: the row, the field, the value and the reason are named.

use crate::shell::Shell;

const HEADER: &str = "client_id,client_name,current_mrr,satisfaction_score,last_interaction_date,nps_score,\
usage_intensity,payment_history_score,executive_relationship_strength,leads_growth_rate,active_users";
const GOOD: &str = "good,Good Client,2400,4.2,2026-01-10,40,0.6,9,7,0.1,12";

fn assess(file: &str) -> crate::shell::Ended {
    Shell::new()
        .feed(&["growth", "assess", "--clients", "-", "--as-of", "2026-01-19", "--format", "json"], file)
}

#[test]
fn each_rule_names_row_field_and_value_and_spares_the_good_row() {
    for (row, field, value) in [
        (",No Id,2400,4.2,2026-01-10,40,0.6,9,7,0.1,12", "client_id", ""),
        ("x,,2400,4.2,2026-01-10,40,0.6,9,7,0.1,12", "client_name", ""),
        ("good,Again,2400,4.2,2026-01-10,40,0.6,9,7,0.1,12", "client_id", "good"),
        ("x,X,-1,4.2,2026-01-10,40,0.6,9,7,0.1,12", "current_mrr", "-1"),
        ("x,X,,4.2,2026-01-10,40,0.6,9,7,0.1,12", "current_mrr", ""),
        ("x,X,NaN,4.2,2026-01-10,40,0.6,9,7,0.1,12", "current_mrr", "NaN"),
        ("x,X,2400,9.5,2026-01-10,40,0.6,9,7,0.1,12", "satisfaction_score", "9.5"),
        ("x,X,2400,0.9,2026-01-10,40,0.6,9,7,0.1,12", "satisfaction_score", "0.9"),
        ("x,X,2400,4.2,2026-01-20,40,0.6,9,7,0.1,12", "last_interaction_date", "2026-01-20"),
        ("x,X,2400,4.2,yesterday,40,0.6,9,7,0.1,12", "last_interaction_date", "yesterday"),
        ("x,X,2400,4.2,2026-01-10,101,0.6,9,7,0.1,12", "nps_score", "101"),
        ("x,X,2400,4.2,2026-01-10,40,1.4,9,7,0.1,12", "usage_intensity", "1.4"),
        ("x,X,2400,4.2,2026-01-10,40,0.6,11,7,0.1,12", "payment_history_score", "11"),
        ("x,X,2400,4.2,2026-01-10,40,0.6,9,0,0.1,12", "executive_relationship_strength", "0"),
        ("x,X,2400,4.2,2026-01-10,40,0.6,9,7,-1.5,12", "leads_growth_rate", "-1.5"),
        ("x,X,2400,4.2,2026-01-10,40,0.6,9,7,0.1,-2", "active_users", "-2"),
    ] {
        let ended = assess(&format!("{HEADER}\n{GOOD}\n{row}\n")).expect(2);
        let json = ended.json();
        assert_eq!(json["assessments"].as_array().map(Vec::len), Some(1), "{row}");
        let rejected = &json["rejected"][0];
        assert_eq!(rejected["row"], 2, "{row}");
        assert_eq!(rejected["field"], field, "{row}");
        assert_eq!(rejected["value"], value, "{row}");
        let reason = rejected["message"].as_str().expect("a reason");
        assert!(!reason.is_empty());
        assert!(ended.stderr.contains(reason) && ended.stderr.contains("row 2"), "{}", ended.stderr);
    }
}

#[test]
fn what_is_no_client_file_at_all_is_refused_with_advice() {
    for (file, named) in
        [("", "empty"), ("%PDF-1.7", "PDF"), ("name,mrr\nx,1\n", "client_id"), ("{\"a\": ", "JSON")]
    {
        let refused = assess(file).expect(1);
        assert!(refused.stderr.contains(named), "{file:?}: {}", refused.stderr);
    }
    let shell = Shell::new();
    let refused = shell.run(&["growth", "assess", "--clients", "nowhere.csv"]).expect(1);
    assert!(refused.stderr.contains("nowhere.csv"), "{}", refused.stderr);
}

#[test]
fn a_wrong_call_is_status_one_because_two_means_rejected_rows() {
    let shell = Shell::new();
    let refused = shell.run(&["growth", "assess", "--clients", "-", "--as-of", "someday"]).expect(1);
    assert!(refused.stderr.contains("someday"), "{}", refused.stderr);
    shell.run(&["growth", "asses"]).expect(1);
    shell.run(&["growth", "assess", "--clients", "-", "--format", "yaml"]).expect(1);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    use std::{
        io::Read,
        process::{Command, Stdio},
    };
    let rows: String =
        (0..20_000).map(|n| format!("c{n},Client {n},2400,4.2,2026-01-10,40,0.6,9,7,0.1,12\n")).collect();
    let shell = Shell::new();
    let file = shell.file("many.csv", format!("{HEADER}\n{rows}"));
    let mut child = Command::new(env!("CARGO_BIN_EXE_ehub"))
        .args(["growth", "assess", "--clients", &file, "--as-of", "2026-01-19", "--format", "csv"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary starts");
    let mut first = [0; 64];
    child.stdout.take().expect("piped").read_exact(&mut first).expect("a header");
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success() && ended.stderr.is_empty(), "{ended:?}");
}
