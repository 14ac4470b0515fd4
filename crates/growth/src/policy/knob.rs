//! The constants of a policy that a person turns first: weights, edges, thresholds, chances.
//!
//! One walk over the document ([`each`]) names them; listing and turning both follow it, so that neither can know
//! a constant that the other does not. A knob's key is the path that [`super::Fault`] names, so that a refusal
//! finds its knob.

use std::collections::BTreeMap;

use super::{document::PolicyDocument, fault::Fault, metric::Metric};

/// Digits that scaled weights keep.
const WEIGHT_STEPS: f64 = 10_000.0;

/// How a knob's value is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnobUnit {
    /// As it stands.
    Number,
    /// A fraction, read in percent.
    Share,
    /// Annual revenue, major units.
    Arr,
}

/// A constant of a policy, with the range in which turning it is sensible.
#[derive(Clone, Debug, PartialEq)]
pub struct Knob {
    /// Where it stands in the policy (`tiers[0].criteria[1].threshold`).
    pub key: String,
    /// What it belongs to, as people read it.
    pub group: String,
    /// As people read it.
    pub label: String,
    /// The value.
    pub value: f64,
    /// Least sensible value.
    pub min: f64,
    /// Greatest sensible value.
    pub max: f64,
    /// Distance between neighbouring values.
    pub step: f64,
    /// How the value is read.
    pub unit: KnobUnit,
}

/// Every knob of a policy, in the document's order.
pub fn knobs(document: &PolicyDocument) -> Vec<Knob> {
    let mut found = Vec::new();
    // The walk needs something to write to; a copy is small and nothing is written.
    each(&mut document.clone(), &mut |knob, value| found.push(Knob { value: *value, ..knob }));
    for knob in &mut found {
        // A policy written by hand may lie beyond what is sensible: the range then reaches it.
        knob.min = knob.min.min(knob.value);
        knob.max = knob.max.max(knob.value);
    }
    found
}

/// The document with these knobs turned, by key. Weights of the readiness dimensions are then scaled to add up to 1.
/// The result may still break a rule of policies: compile it to know.
///
/// # Errors
/// The keys that are no knob of this policy, and the values that are not numbers.
pub fn turned(
    document: &PolicyDocument,
    turns: &BTreeMap<String, f64>,
) -> Result<PolicyDocument, Vec<Fault>> {
    let mut document = document.clone();
    let mut left = turns.clone();
    let mut weighed = false;
    each(&mut document, &mut |knob, value| {
        if let Some(turn) = left.remove(&knob.key) {
            weighed |= is_weight(&knob.key) && turn != *value;
            *value = turn;
        }
    });
    let unknown = left.iter().map(|(key, value)| Fault {
        key: key.clone(),
        value: value.to_string(),
        reason: "the policy has no such constant to turn".to_owned(),
    });
    let not_numbers = turns.iter().filter(|(_, value)| !value.is_finite()).map(|(key, value)| Fault {
        key: key.clone(),
        value: value.to_string(),
        reason: "must be a number".to_owned(),
    });
    let faults: Vec<Fault> = unknown.chain(not_numbers).collect();
    if !faults.is_empty() {
        return Err(faults);
    }
    if weighed {
        scale_weights(&mut document);
    }
    Ok(document)
}

/// Whether a knob is the weight of a readiness dimension, which [`turned`] scales.
pub fn is_weight(key: &str) -> bool {
    key.starts_with("readiness.dimensions[") && key.ends_with("].weight")
}

/// Scales the weights to add up to 1, to four digits; what rounding leaves goes to the heaviest.
fn scale_weights(document: &mut PolicyDocument) {
    let dimensions = &mut document.readiness.dimensions;
    let sum: f64 = dimensions.iter().map(|dimension| dimension.weight).sum();
    if sum <= 0.0 {
        return;
    }
    for dimension in dimensions.iter_mut() {
        dimension.weight = (dimension.weight / sum * WEIGHT_STEPS).round() / WEIGHT_STEPS;
    }
    let rest = 1.0 - dimensions.iter().map(|dimension| dimension.weight).sum::<f64>();
    if let Some(heaviest) = dimensions.iter_mut().max_by(|left, right| left.weight.total_cmp(&right.weight)) {
        heaviest.weight = ((heaviest.weight + rest) * WEIGHT_STEPS).round() / WEIGHT_STEPS;
    }
}

/// Calls `visit` with every knob (its value left at 0) and the place of its value.
fn each(document: &mut PolicyDocument, visit: &mut dyn FnMut(Knob, &mut f64)) {
    let share = (0.0, 1.0, 0.01, KnobUnit::Share);
    let points = (0.0, 100.0, 1.0, KnobUnit::Number);
    let mut knob = |group: &str, key: String, label: String, range: Range, value: &mut f64| {
        let (min, max, step, unit) = range;
        visit(Knob { key, group: group.to_owned(), label, value: 0.0, min, max, step, unit }, value);
    };

    for (index, dimension) in document.readiness.dimensions.iter_mut().enumerate() {
        let key = format!("readiness.dimensions[{index}].weight");
        let range = (0.01, 0.5, 0.01, KnobUnit::Share);
        knob("Readiness weights", key, words(&dimension.name), range, &mut dimension.weight);
    }
    let last = document.readiness.levels.len().saturating_sub(1);
    for (index, level) in document.readiness.levels.iter_mut().enumerate().take(last) {
        let group = "Levels: score from";
        let key = format!("readiness.levels[{index}].from");
        knob(group, key, level.level.label().to_owned(), points, &mut level.from);
        if let Some(from) = &mut level.fast_from {
            let key = format!("readiness.levels[{index}].fast_from");
            knob(group, key, format!("{}, soonest", level.level.label()), points, from);
        }
    }
    for (place, section) in document.tiers.iter_mut().enumerate() {
        let group = section.tier.label();
        for (index, criterion) in section.criteria.iter_mut().enumerate() {
            let key = format!("tiers[{place}].criteria[{index}].threshold");
            let label = format!("{} {}", capital(criterion.metric.label()), criterion.relation.sign());
            knob(group, key, label, range_of(criterion.metric), &mut criterion.threshold);
        }
        let [low, high] = section.band;
        let key = format!("tiers[{place}].midpoint");
        knob(
            group,
            key,
            "Potential ARR".to_owned(),
            (low, high, 250.0, KnobUnit::Arr),
            &mut section.midpoint,
        );
        let key = format!("tiers[{place}].probability");
        let range = (-0.5, 0.5, 0.01, KnobUnit::Share);
        knob(group, key, "Added to the chance of success".to_owned(), range, &mut section.probability);
    }
    for (index, bonus) in document.probability.bonuses.iter_mut().enumerate() {
        let key = format!("probability.bonuses[{index}].add");
        let label =
            format!("{} {} {}", capital(bonus.metric.label()), bonus.relation.sign(), bonus.threshold);
        let label = if bonus.metric.is_flag() { capital(bonus.metric.label()) } else { label };
        knob(
            "Added to the chance of success",
            key,
            label,
            (-0.3, 0.3, 0.01, KnobUnit::Share),
            &mut bonus.add,
        );
    }
    let priority = &mut document.priority;
    let weight = |name: &str| format!("priority.{name}");
    let group = "Priority weights";
    knob(group, weight("potential_weight"), "Potential".to_owned(), share, &mut priority.potential_weight);
    knob(group, weight("probability_weight"), "Chance".to_owned(), share, &mut priority.probability_weight);
    knob(group, weight("readiness_weight"), "Readiness".to_owned(), share, &mut priority.readiness_weight);
    let threshold = "fit.threshold".to_owned();
    knob("Offers", threshold, "Fit of a vehicle from".to_owned(), points, &mut document.fit.threshold);
    for (index, gate) in document.ranking.gates.iter_mut().enumerate() {
        let key = format!("ranking.gates[{index}].threshold");
        let label = format!("{} {}", capital(gate.metric.label()), gate.relation.sign());
        knob("Gates of the short list", key, label, range_of(gate.metric), &mut gate.threshold);
    }
    let strength = (1.0, 100.0, 1.0, KnobUnit::Number);
    let key = "posterior.prior_strength".to_owned();
    let label = "The rule counts as so many outcomes".to_owned();
    knob("Recorded outcomes", key, label, strength, &mut document.posterior.prior_strength);
}

type Range = (f64, f64, f64, KnobUnit);

/// Where turning a threshold of `metric` is sensible.
fn range_of(metric: Metric) -> Range {
    use KnobUnit::{Arr, Number, Share};
    match metric {
        Metric::Satisfaction => (1.0, 5.0, 0.1, Number),
        Metric::Nps => (-100.0, 100.0, 5.0, Number),
        Metric::Usage | Metric::Probability => (0.0, 1.0, 0.01, Share),
        Metric::LeadsGrowth | Metric::LocationsGrowth => (-1.0, 1.0, 0.01, Share),
        Metric::Payment | Metric::Executive | Metric::Priority => (1.0, 10.0, 0.5, Number),
        Metric::DaysSinceInteraction => (0.0, 180.0, 1.0, Number),
        Metric::Documented => (0.0, 1.0, 1.0, Number),
        Metric::Roi => (0.0, 60_000.0, 500.0, Number),
        Metric::Leads | Metric::Appointments => (0.0, 500.0, 10.0, Number),
        Metric::Locations | Metric::ActiveLocations | Metric::Referrals => (0.0, 20.0, 1.0, Number),
        Metric::ActiveUsers | Metric::Tickets | Metric::FeatureRequests => (0.0, 50.0, 1.0, Number),
        Metric::Tenure => (0.0, 60.0, 1.0, Number),
        Metric::Readiness => (0.0, 100.0, 1.0, Number),
        Metric::CurrentMrr => (0.0, 20_000.0, 100.0, Number),
        Metric::CurrentArr | Metric::PotentialArr => (0.0, 50_000.0, 500.0, Arr),
    }
}

fn words(name: &str) -> String {
    capital(&name.replace('_', " "))
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters
        .next()
        .map(|first| first.to_uppercase().collect::<String>() + letters.as_str())
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::policy::{Policy, PolicyError};

    fn turn(key: &str, value: f64) -> Result<PolicyDocument, Vec<Fault>> {
        turned(Policy::framework().document(), &BTreeMap::from([(key.to_owned(), value)]))
    }

    #[test]
    fn every_policy_that_ships_can_be_turned_and_keys_are_unique() {
        for policy in Policy::shipped() {
            let found = knobs(policy.document());
            let keys: BTreeSet<&str> = found.iter().map(|knob| knob.key.as_str()).collect();
            assert_eq!(keys.len(), found.len());
            for knob in &found {
                assert!((knob.min..=knob.max).contains(&knob.value), "{knob:?}");
            }
        }
    }

    #[test]
    fn turning_every_knob_to_where_it_stands_changes_nothing() {
        for policy in Policy::shipped() {
            let stands = knobs(policy.document()).into_iter().map(|knob| (knob.key, knob.value)).collect();
            assert_eq!(&turned(policy.document(), &stands).expect("knobs"), policy.document());
        }
    }

    #[test]
    fn weights_that_are_turned_add_up_to_one_again() {
        let document = turn("readiness.dimensions[0].weight", 0.40).expect("a knob");
        let weights: Vec<f64> = document.readiness.dimensions.iter().map(|one| one.weight).collect();
        assert!((weights[0] - 0.3333).abs() < 2e-4, "{weights:?}");
        assert!((weights.iter().sum::<f64>() - 1.0).abs() < 1e-9, "{weights:?}");
        assert!(Policy::new(document).is_ok());
    }

    #[test]
    fn a_key_that_is_no_knob_and_a_value_that_is_no_number_are_named() {
        let faults = turn("readiness.levels[9].from", 3.0).expect_err("no such level");
        assert_eq!(faults[0].key, "readiness.levels[9].from");
        let faults = turn("fit.threshold", f64::NAN).expect_err("not a number");
        assert_eq!(faults[0].key, "fit.threshold");
    }

    #[test]
    fn a_refusal_names_the_knob_that_was_turned_too_far() {
        let document = turn("readiness.levels[1].from", 85.0).expect("a knob");
        let Err(PolicyError::Invalid(faults)) = Policy::new(document) else { panic!("edges must descend") };
        let keys: BTreeSet<String> =
            knobs(Policy::framework().document()).into_iter().map(|knob| knob.key).collect();
        assert_eq!(faults[0].key, "readiness.levels[1].from");
        assert!(faults.iter().any(|fault| keys.contains(&fault.key)), "{faults:?}");
    }
}
