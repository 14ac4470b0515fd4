//! Whitespace: every client against every vehicle, and why each cell is what it is.

use std::fmt;

use serde::Serialize;

use crate::{
    assessment::{Assessment, Tier, named},
    metrics::{ClientId, ClientMetrics, VehicleId},
    policy::Policy,
    ranking::values_of,
    vehicle::{VehicleRule, VehicleRules},
};

/// What a vehicle is to a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum WhitespaceState {
    /// Bought already.
    Owned,
    /// Among the vehicles of the assessment.
    Offered,
    /// Fits, but better ones fill the offer.
    Eligible,
    /// Not to be offered now.
    Blocked,
}

named!(WhitespaceState {
    Owned => "owned", "Owned";
    Offered => "offered", "Offered";
    Eligible => "eligible", "Eligible";
    Blocked => "blocked", "Blocked";
});

/// One client and one vehicle.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhitespaceCell {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// What it is to the client.
    pub state: WhitespaceState,
    /// Fit, 0-100.
    pub fit: f64,
    /// Why, in one sentence.
    pub reason: String,
}

/// One client and every vehicle, in the policy's order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhitespaceRow {
    /// The client.
    pub client_id: ClientId,
    /// The client's tier.
    pub tier: Tier,
    /// A cell per vehicle.
    pub cells: Vec<WhitespaceCell>,
}

/// The matrix: a row per client, in their order; a column per vehicle, in the policy's order.
pub fn matrix(clients: &[(&ClientMetrics, &Assessment)], policy: &Policy) -> Vec<WhitespaceRow> {
    clients.iter().map(|(client, assessment)| row(client, assessment, policy)).collect()
}

/// The row of one client.
pub fn row(client: &ClientMetrics, assessment: &Assessment, policy: &Policy) -> WhitespaceRow {
    let rules = &policy.rules().vehicles;
    let values = values_of(client, assessment);
    let cells = rules
        .all()
        .iter()
        .enumerate()
        .map(|(index, vehicle)| {
            let fit = rules.fit(vehicle, assessment.tier, &values);
            let (state, reason) = state(client, assessment, rules, vehicle, index, fit);
            WhitespaceCell { vehicle: vehicle.id.clone(), state, fit, reason }
        })
        .collect();
    WhitespaceRow { client_id: client.client_id.clone(), tier: assessment.tier, cells }
}

fn state(
    client: &ClientMetrics,
    assessment: &Assessment,
    rules: &VehicleRules,
    vehicle: &VehicleRule,
    index: usize,
    fit: f64,
) -> (WhitespaceState, String) {
    let tier = assessment.tier;
    if vehicle.is_in(&client.upsell_history) {
        return (WhitespaceState::Owned, "bought already, see the upsell history".to_owned());
    }
    if let Some(place) = assessment.vehicles.iter().position(|offer| offer.id == vehicle.id) {
        let reason = format!("offered as number {} of {}, fit {fit}", place + 1, assessment.vehicles.len());
        return (WhitespaceState::Offered, reason);
    }
    if tier == Tier::Maintenance {
        return (WhitespaceState::Blocked, "the client is in maintenance: nothing is offered now".to_owned());
    }
    if !rules.sold_in(tier, index) {
        return (WhitespaceState::Blocked, format!("not sold in {tier}"));
    }
    if !rules.is_worth_offering(fit) {
        let wanted = rules.threshold_text();
        return (WhitespaceState::Blocked, format!("fit {fit} misses the threshold {wanted}"));
    }
    let reason = format!("fits with {fit}, but {} others come first", assessment.vehicles.len());
    (WhitespaceState::Eligible, reason)
}

/// One vehicle over all clients.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct VehicleTotal {
    /// The vehicle.
    pub vehicle: VehicleId,
    /// Clients that own it.
    pub owned: usize,
    /// Clients that it is offered to.
    pub offered: usize,
    /// Clients that it fits while others come first.
    pub eligible: usize,
    /// Clients that it is not to be offered to now.
    pub blocked: usize,
}

impl VehicleTotal {
    /// How many clients are in a state.
    pub fn count(&self, state: WhitespaceState) -> usize {
        match state {
            WhitespaceState::Owned => self.owned,
            WhitespaceState::Offered => self.offered,
            WhitespaceState::Eligible => self.eligible,
            WhitespaceState::Blocked => self.blocked,
        }
    }
}

/// The totals of every vehicle, in the policy's order.
pub fn totals(rows: &[WhitespaceRow], policy: &Policy) -> Vec<VehicleTotal> {
    let vehicles = policy.document().vehicles.iter();
    let mut totals: Vec<VehicleTotal> = vehicles
        .map(|vehicle| VehicleTotal {
            vehicle: vehicle.id.clone(),
            owned: 0,
            offered: 0,
            eligible: 0,
            blocked: 0,
        })
        .collect();
    for row in rows {
        // Cells are in the policy's order, too.
        for (total, cell) in totals.iter_mut().zip(&row.cells) {
            match cell.state {
                WhitespaceState::Owned => total.owned += 1,
                WhitespaceState::Offered => total.offered += 1,
                WhitespaceState::Eligible => total.eligible += 1,
                WhitespaceState::Blocked => total.blocked += 1,
            }
        }
    }
    totals
}

impl WhitespaceRow {
    /// How many cells are in a state.
    pub fn count(&self, state: WhitespaceState) -> usize {
        self.cells.iter().filter(|cell| cell.state == state).count()
    }
}

#[cfg(test)]
mod tests;
