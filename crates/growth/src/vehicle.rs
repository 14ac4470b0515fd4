//! Expansion vehicles: how well each fits a client, which to offer, what the offer brings and when it pays back.

use std::{cmp::Ordering, sync::Arc};

use rust_decimal::{Decimal, prelude::FromPrimitive};

use crate::{
    assessment::{Tier, VehicleFit},
    metrics::VehicleId,
    policy::{
        Condition, EDGE_TOLERANCE, PolicyDocument, PotentialBasis, Relation, Signal, Values, VehicleSection,
    },
};

/// How many vehicles a policy may offer at most: they are picked without allocating.
pub(crate) const MAX_OFFERS: usize = 8;

/// Highest fit.
const FULL: f64 = 100.0;

pub(crate) struct VehicleRules {
    base: f64,
    threshold: f64,
    relation: Relation,
    max_offers: usize,
    vehicles: Vec<VehicleRule>,
    tiers: Vec<TierOffer>,
    basis: PotentialBasis,
}

pub(crate) struct VehicleRule {
    pub id: VehicleId,
    spellings: Vec<String>,
    arr: f64,
    cost: f64,
    /// Adjustments that concern this vehicle, then its own signals.
    signals: Vec<Signal>,
    alignment: Vec<(Tier, f64, Arc<str>)>,
}

struct TierOffer {
    tier: Tier,
    vehicles: Vec<usize>,
    band: [f64; 2],
    midpoint: Decimal,
}

/// What is offered to a client and what it brings.
pub(crate) struct Offer {
    pub vehicles: Vec<VehicleFit>,
    pub potential: Decimal,
    /// One-time cost of introducing the vehicles.
    pub cost: f64,
}

impl VehicleRules {
    pub fn of(document: &PolicyDocument) -> Self {
        let index = |id: &VehicleId| document.vehicles.iter().position(|vehicle| vehicle.id == *id);
        let tiers = document
            .tiers
            .iter()
            .map(|section| TierOffer {
                tier: section.tier,
                vehicles: section.vehicles.iter().filter_map(index).collect(),
                band: section.band,
                midpoint: decimal(section.midpoint),
            })
            .collect();
        Self {
            base: document.fit.base,
            threshold: document.fit.threshold,
            relation: document.fit.relation,
            max_offers: document.fit.max_offers.min(MAX_OFFERS),
            vehicles: document.vehicles.iter().map(|vehicle| VehicleRule::of(vehicle, document)).collect(),
            tiers,
            basis: document.potential,
        }
    }

    /// Every vehicle, in the policy's order.
    pub fn all(&self) -> &[VehicleRule] {
        &self.vehicles
    }

    /// Whether the tier's list names the vehicle.
    pub fn sold_in(&self, tier: Tier, vehicle: usize) -> bool {
        self.tiers.iter().any(|offer| offer.tier == tier && offer.vehicles.contains(&vehicle))
    }

    /// Fit of a vehicle, 0-100.
    pub fn fit(&self, vehicle: &VehicleRule, tier: Tier, values: &Values) -> f64 {
        let mut fit = self.base;
        for signal in &vehicle.signals {
            if signal.condition.holds(values) == Some(true) {
                fit += signal.points;
            }
        }
        for (aligned, points, _) in &vehicle.alignment {
            if *aligned == tier {
                fit += points;
            }
        }
        fit.clamp(0.0, FULL)
    }

    /// Whether a vehicle of this fit is worth offering.
    pub fn is_worth_offering(&self, fit: f64) -> bool {
        match self.relation {
            Relation::Above | Relation::Below => fit > self.threshold + EDGE_TOLERANCE,
            Relation::AtLeast | Relation::AtMost => fit >= self.threshold - EDGE_TOLERANCE,
        }
    }

    /// Fit from which a vehicle is worth offering, as text (`>= 40`).
    pub fn threshold_text(&self) -> String {
        format!("{} {}", self.relation.sign(), self.threshold)
    }

    /// What to offer a client of this tier who owns `owned`.
    pub fn offer(&self, tier: Tier, values: &Values, owned: &[VehicleId]) -> Offer {
        let Some(terms) = self.tiers.iter().find(|offer| offer.tier == tier) else {
            return Offer { vehicles: Vec::new(), potential: Decimal::ZERO, cost: 0.0 };
        };
        let mut best = [(0.0_f64, 0_usize); MAX_OFFERS];
        let mut count = 0;
        for &index in &terms.vehicles {
            let vehicle = &self.vehicles[index];
            if vehicle.is_in(owned) {
                continue;
            }
            let fit = self.fit(vehicle, tier, values);
            if !self.is_worth_offering(fit) {
                continue;
            }
            let place = best[..count]
                .iter()
                .position(|&(other_fit, other)| {
                    vehicle.before(fit, &self.vehicles[other], other_fit) == Ordering::Less
                })
                .unwrap_or(count);
            if place < self.max_offers {
                let end = (count + 1).min(self.max_offers);
                best[place..end].rotate_right(1);
                best[place] = (fit, index);
                count = end;
            }
        }
        let picked = &best[..count];
        let vehicles =
            picked.iter().map(|&(fit, index)| self.vehicles[index].explained(fit, tier, values)).collect();
        let cost = picked.iter().map(|&(_, index)| self.vehicles[index].cost).sum();
        let potential = match self.basis {
            PotentialBasis::Midpoint => terms.midpoint,
            PotentialBasis::Vehicles if picked.is_empty() => Decimal::ZERO,
            PotentialBasis::Vehicles => {
                let sum: f64 = picked.iter().map(|&(_, index)| self.vehicles[index].arr).sum();
                decimal(sum.clamp(terms.band[0], terms.band[1]))
            }
        };
        Offer { vehicles, potential, cost }
    }
}

impl VehicleRule {
    fn of(section: &VehicleSection, document: &PolicyDocument) -> Self {
        let adjustments = document.fit.adjustments.iter().filter(|adjustment| {
            adjustment.complexity.is_none_or(|complexity| complexity == section.complexity)
        });
        let adjustments = adjustments.map(|adjustment| {
            let condition = Condition {
                metric: adjustment.metric,
                relation: adjustment.relation,
                threshold: adjustment.threshold,
            };
            Signal::new(condition, adjustment.points)
        });
        let signals = section.signals.iter().map(|signal| Signal::new(signal.condition(), signal.points));
        let alignment = document
            .fit
            .alignment
            .iter()
            .filter(|item| {
                item.arr_from <= section.arr && item.arr_below.is_none_or(|below| section.arr < below)
            })
            .map(|item| (item.tier, item.points, format!("suits {}: {:+}", item.tier, item.points).into()))
            .collect();
        let spellings = std::iter::once(section.id.as_str())
            .chain(std::iter::once(section.name.as_str()))
            .chain(section.aliases.iter().map(String::as_str))
            .map(str::to_owned)
            .collect();
        Self {
            id: section.id.clone(),
            spellings,
            arr: section.arr,
            cost: section.cost,
            signals: adjustments.chain(signals).collect(),
            alignment,
        }
    }

    /// Whether the history names this vehicle, in any of its spellings.
    pub fn is_in(&self, owned: &[VehicleId]) -> bool {
        owned.iter().any(|id| {
            *id == self.id || self.spellings.iter().any(|spelling| letters(id.as_str()).eq(letters(spelling)))
        })
    }

    /// Best fit first, then higher ARR, then identifier.
    fn before(&self, fit: f64, other: &Self, other_fit: f64) -> Ordering {
        other_fit
            .total_cmp(&fit)
            .then_with(|| other.arr.total_cmp(&self.arr))
            .then_with(|| self.id.cmp(&other.id))
    }

    /// The fit with its reasons.
    pub fn explained(&self, fit: f64, tier: Tier, values: &Values) -> VehicleFit {
        let mut reasons = Vec::with_capacity(self.signals.len());
        let mut unknown = Vec::new();
        for signal in &self.signals {
            match signal.condition.holds(values) {
                Some(true) => reasons.push(signal.reason.clone()),
                Some(false) => {}
                None => unknown.push(signal.text.clone()),
            }
        }
        for (aligned, _, reason) in &self.alignment {
            if *aligned == tier {
                reasons.push(reason.clone());
            }
        }
        VehicleFit { id: self.id.clone(), fit, reasons, unknown }
    }
}

/// A spelling without its case and its choice of separators.
fn letters(text: &str) -> impl Iterator<Item = char> {
    text.trim().chars().map(|letter| if letter.is_alphanumeric() { letter.to_ascii_lowercase() } else { '_' })
}

/// An amount of the policy, which the check keeps finite and far below the limits of a decimal.
fn decimal(amount: f64) -> Decimal {
    Decimal::from_f64(amount).unwrap_or_default()
}
