use super::{WhitespaceState, matrix};
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
