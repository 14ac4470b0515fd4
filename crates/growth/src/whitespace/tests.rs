use super::{WhitespaceState, matrix, totals};
use crate::{
    assess::assess,
    fixture::{AS_OF, blank, tier_one},
    metrics::{ClientMetrics, VehicleId},
    policy::Policy,
};

#[test]
fn every_client_meets_every_vehicle_and_every_cell_has_a_reason() {
    let policy = Policy::framework();
    let owner = ClientMetrics {
        upsell_history: vec![VehicleId::new("White Label"), VehicleId::new("other")],
        ..tier_one("owner")
    };
    let unsponsored = ClientMetrics {
        executive_relationship_strength: Some(6.0),
        usage_intensity: Some(0.3),
        feature_requests: Some(0),
        roi_percentage: Some(500.0),
        ..tier_one("unsponsored")
    };
    let clients = [tier_one("full"), owner, unsponsored, blank("unknown")];
    let assessments: Vec<_> = clients.iter().map(|client| assess(client, &policy, AS_OF)).collect();
    let pairs: Vec<_> = clients.iter().zip(&assessments).collect();
    let rows = matrix(&pairs, &policy);
    let text: Vec<String> = rows
        .iter()
        .flat_map(|row| {
            row.cells.iter().map(move |cell| {
                format!(
                    "{:12} {:22} {:8} {}",
                    row.client_id.as_str(),
                    cell.vehicle.as_str(),
                    cell.state.id(),
                    cell.reason
                )
            })
        })
        .collect();
    insta::assert_snapshot!(text.join("\n"));
    assert_eq!(rows[0].count(WhitespaceState::Offered), 3);
    assert_eq!(rows[0].count(WhitespaceState::Eligible), 1);
    assert_eq!(rows[1].count(WhitespaceState::Owned), 1);
    assert_eq!(rows[3].count(WhitespaceState::Blocked), 8);
}

#[test]
fn the_totals_of_a_vehicle_count_every_client_once() {
    let policy = Policy::framework();
    let owner = ClientMetrics { upsell_history: vec![VehicleId::new("white_label")], ..tier_one("owner") };
    let clients = [tier_one("full"), owner, blank("unknown")];
    let assessments: Vec<_> = clients.iter().map(|client| assess(client, &policy, AS_OF)).collect();
    let pairs: Vec<_> = clients.iter().zip(&assessments).collect();
    let totals = totals(&matrix(&pairs, &policy), &policy);
    assert_eq!(totals.len(), policy.document().vehicles.len());
    let white_label = totals.iter().find(|total| total.vehicle.as_str() == "white_label").expect("sold");
    assert_eq!(
        WhitespaceState::ALL.iter().map(|state| white_label.count(*state)).collect::<Vec<_>>(),
        [1, 1, 0, 1]
    );
    for total in &totals {
        assert_eq!(
            WhitespaceState::ALL.iter().map(|state| total.count(*state)).sum::<usize>(),
            clients.len()
        );
    }
}
