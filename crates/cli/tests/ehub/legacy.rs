//! Policy `legacy` through the binary equals the outputs of an earlier engine, on the rows that pass validation.

use std::collections::BTreeMap;

use serde_json::Value;

use crate::shell::{Shell, repository};

#[test]
fn every_comparable_client_agrees_to_a_billionth() {
    let answer = Shell::new().run(&[
        "growth",
        "assess",
        "--clients",
        &repository("data/growth/clients.csv"),
        "--policy",
        "legacy",
        "--as-of",
        "2026-01-19",
        "--format",
        "json",
    ]);
    let ours = answer.expect(2).json();
    let ours: BTreeMap<_, _> = ours["assessments"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| (one["client_id"].as_str().expect("an id").to_owned(), one.clone()))
        .collect();
    let expected = std::fs::read_to_string(repository("data/growth/legacy-expected.json")).expect("shipped");
    let expected: Value = serde_json::from_str(&expected).expect("JSON");
    let (mut scores, mut opportunities) = (0, 0);
    for theirs in expected["clients"].as_array().expect("a list") {
        let id = theirs["client_id"].as_str().expect("an id");
        let Some(ours) = ours.get(id) else { continue };
        let close = |name: &str, ours: &Value, theirs: &Value| {
            let (ours, theirs) = (ours.as_f64().expect("a number"), theirs.as_f64().expect("a number"));
            assert!((ours - theirs).abs() <= 1e-9, "{name} of {id}: {ours} against {theirs}");
        };
        let Some(opportunity) = theirs["opportunity"].as_object() else { continue };
        close("readiness", &ours["readiness"]["score"], &theirs["readiness_score"]);
        assert_eq!(ours["readiness"]["level"], theirs["readiness_level"], "{id}");
        scores += 1;
        let tier = theirs["tier"].as_str().expect("a tier");
        assert!(
            tier.starts_with(ours["tier"].as_str().expect("a tier")),
            "{id}: {tier} against {}",
            ours["tier"]
        );
        close("probability", &ours["success_probability"], &opportunity["success_probability"]);
        close("potential", &ours["potential_arr"], &opportunity["expansion_potential"]);
        close("close days", &ours["close_days"], &opportunity["estimated_close_days"]);
        close("priority", &ours["priority"], &opportunity["strategic_priority"]);
        opportunities += 1;
    }
    assert!(scores >= 150 && opportunities >= 100, "compared {scores} scores, {opportunities} opportunities");
}
