//! The policy `legacy` against what the earlier engine answered (`data/growth/ORIGIN.md`).

use kernel::Currency;
use serde::Deserialize;
use tabular::{Format, Hint};

use super::assess;
use crate::{
    assessment::{Assessment, ReadinessLevel, Tier},
    fixture::AS_OF,
    import::{self, ColumnMapping, ImportOptions, Imported},
    policy::Policy,
};

const CLIENTS: &str = include_str!("../../../../data/growth/clients.csv");
const EXPECTED: &str = include_str!("../../../../data/growth/legacy-expected.json");

#[derive(Deserialize)]
struct Expected {
    clients: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    client_id: String,
    readiness_score: f64,
    readiness_level: ReadinessLevel,
    tier: String,
    opportunity: Option<Opportunity>,
}

#[derive(Deserialize)]
struct Opportunity {
    success_probability: f64,
    expansion_potential: f64,
    estimated_close_days: u32,
    strategic_priority: u32,
}

fn near(one: f64, two: f64) -> bool {
    (one - two).abs() <= 1e-9
}

fn assert_equal(row: &Row, assessment: &Assessment) {
    let id = &row.client_id;
    let tier = match row.tier.as_str() {
        "tier_1_10x" => Tier::One,
        "tier_2_5x" => Tier::Two,
        "tier_3_2x" => Tier::Three,
        _ => Tier::Maintenance,
    };
    let score = assessment.readiness.score;
    assert!(near(score, row.readiness_score), "{id}: {score} is not {}", row.readiness_score);
    assert_eq!(assessment.readiness.level, row.readiness_level, "{id}");
    assert_eq!(assessment.tier, tier, "{id}");
    let Some(expected) = &row.opportunity else {
        assert!(assessment.vehicles.is_empty(), "{id}: the earlier engine found nothing to offer");
        return;
    };
    assert!(!assessment.vehicles.is_empty(), "{id}: the earlier engine found something to offer");
    let (ours, theirs) = (assessment.success_probability, expected.success_probability);
    assert!(near(ours, theirs), "{id}: probability {ours} is not {theirs}");
    let (ours, theirs) = (assessment.potential_arr.to_f64(), expected.expansion_potential);
    assert!(near(ours, theirs), "{id}: potential {ours} is not {theirs}");
    assert_eq!(assessment.close_days, expected.estimated_close_days, "{id}");
    let (ours, theirs) = (assessment.priority, f64::from(expected.strategic_priority));
    assert!(near(ours, theirs), "{id}: priority {ours} is not {theirs}");
}

#[test]
fn every_valid_row_equals_the_earlier_engine() {
    let expected: Expected = serde_json::from_str(EXPECTED).expect("the expected answers are JSON");
    let options = ImportOptions { as_of: AS_OF, currency: Currency::USD };
    let hint = Hint::format(Format::Csv);
    let imported = import::read(CLIENTS.as_bytes(), &hint, &ColumnMapping::default(), &options);
    let Imported { clients, rejected, .. } = imported.expect("the file is readable");
    let reasons: Vec<_> =
        rejected.iter().map(|rejection| (rejection.row, rejection.field.as_str())).collect();
    assert_eq!(
        reasons,
        [(172, "leads_growth_rate"), (176, "usage_intensity"), (181, "last_interaction_date")]
    );
    let policy = Policy::legacy();
    let (mut compared, mut with_opportunity) = (0, 0);
    for client in &clients {
        let row = expected.clients.iter().find(|row| row.client_id == client.client_id.as_str());
        let row = row.expect("every client has an answer");
        assert_equal(row, &assess(client, &policy, AS_OF));
        compared += 1;
        with_opportunity += usize::from(row.opportunity.is_some());
    }
    // 200 rows less the three that validation rejects; 38 more have no opportunity (30 in maintenance, 8 without a
    // vehicle above the threshold) and are compared on readiness, level, tier and the empty offer.
    assert_eq!((compared, with_opportunity), (197, 159));
}
