//! What must hold of a document beyond its shape.

use std::collections::BTreeSet;

use super::{
    document::{DimensionSection, PolicyDocument},
    fault::Fault,
    metric::Metric,
};
use crate::{assessment::Tier, vehicle::MAX_OFFERS};

/// Amounts above this are a slip of the keyboard, and below it every sum of a client base stays exact.
const MAX_AMOUNT: f64 = 1e12;

/// Divisors below this are a slip of the keyboard, and above it no quotient of a policy overflows.
const MIN_POSITIVE: f64 = 1e-6;

/// Every value that cannot be.
pub(super) fn faults(document: &PolicyDocument) -> Vec<Fault> {
    let mut faults = Faults(Vec::new());
    identity(document, &mut faults);
    dimensions(document, &mut faults);
    levels(document, &mut faults);
    tiers(document, &mut faults);
    fit(document, &mut faults);
    vehicles(document, &mut faults);
    probability_and_priority(document, &mut faults);
    ranking(document, &mut faults);
    next_actions(document, &mut faults);
    rest(document, &mut faults);
    faults.0
}

struct Faults(Vec<Fault>);

impl Faults {
    fn add(&mut self, key: impl Into<String>, value: impl ToString, reason: impl Into<String>) {
        self.0.push(Fault { key: key.into(), value: value.to_string(), reason: reason.into() });
    }

    fn within(&mut self, key: impl Into<String>, value: f64, low: f64, high: f64) {
        if !(low..=high).contains(&value) {
            self.add(key, value, format!("must be a number from {low} to {high}"));
        }
    }

    fn amount(&mut self, key: impl Into<String>, value: f64) {
        self.within(key, value, 0.0, MAX_AMOUNT);
    }

    fn positive(&mut self, key: impl Into<String>, value: f64) {
        self.within(key, value, MIN_POSITIVE, MAX_AMOUNT);
    }

    fn finite(&mut self, key: impl Into<String>, value: f64) {
        self.within(key, value, -MAX_AMOUNT, MAX_AMOUNT);
    }

    /// A metric may be used where it is already known: results only by the steps after theirs.
    fn available(&mut self, key: String, metric: Metric, results: &[Metric]) {
        if metric.is_result() && !results.contains(&metric) {
            self.add(key, metric.id(), "this result is not computed yet at this step of an assessment");
        }
    }

    fn distinct<'a>(&mut self, list: &str, names: impl Iterator<Item = &'a str>) {
        let mut seen = BTreeSet::new();
        for (index, name) in names.enumerate() {
            if name.is_empty() || name.len() > 64 {
                self.add(format!("{list}[{index}]"), name, "a name has 1 to 64 bytes");
            } else if !seen.insert(name.to_owned()) {
                self.add(format!("{list}[{index}]"), name, "appears twice");
            }
        }
    }
}

fn identity(document: &PolicyDocument, faults: &mut Faults) {
    let legal =
        |letter: char| letter.is_ascii_lowercase() || letter.is_ascii_digit() || "_-".contains(letter);
    if document.name.is_empty() || document.name.len() > 64 || !document.name.chars().all(legal) {
        faults.add("name", &document.name, "must be 1 to 64 of a-z, 0-9, _ and -");
    }
    if document.version == 0 {
        faults.add("version", document.version, "versions count from 1");
    }
}

fn dimensions(document: &PolicyDocument, faults: &mut Faults) {
    let dimensions = &document.readiness.dimensions;
    faults.distinct("readiness.dimensions", dimensions.iter().map(|dimension| dimension.name.as_str()));
    for (index, dimension) in dimensions.iter().enumerate() {
        let key = format!("readiness.dimensions[{index}]");
        // Above 0: a dimension without weight could be the only known one, and nothing can be scaled to it.
        if !(dimension.weight > 0.0 && dimension.weight <= 1.0) {
            faults.add(
                format!("{key}.weight"),
                dimension.weight,
                "must be above 0 and at most 1; leave the dimension out instead of weight 0",
            );
        }
        faults.available(format!("{key}.metric"), dimension.metric, &[]);
        shape(dimension, &key, faults);
    }
    let sum: f64 = dimensions.iter().map(|dimension| dimension.weight).sum();
    if (sum - 1.0).abs() > 1e-9 || sum.is_nan() {
        faults.add("readiness.dimensions.weight", sum, "the weights must sum to 1");
    }
}

fn shape(dimension: &DimensionSection, key: &str, faults: &mut Faults) {
    match (dimension.zero_at, dimension.full_at) {
        (Some(zero_at), Some(full_at)) => {
            faults.finite(format!("{key}.zero_at"), zero_at);
            faults.finite(format!("{key}.full_at"), full_at);
            if (zero_at - full_at).abs() < MIN_POSITIVE {
                faults.add(
                    format!("{key}.full_at"),
                    full_at,
                    format!("must differ from zero_at by {MIN_POSITIVE} or more"),
                );
            }
            if !dimension.points.is_empty() {
                faults.add(
                    format!("{key}.points"),
                    dimension.points.len(),
                    "a line has no points: remove one of the two",
                );
            }
        }
        (None, None) if dimension.points.is_empty() => {
            faults.add(key, &dimension.name, "needs zero_at and full_at, or points");
        }
        (None, None) => {}
        _ => faults.add(key, &dimension.name, "zero_at and full_at come together"),
    }
    for (index, item) in dimension.points.iter().enumerate() {
        let key = format!("{key}.points[{index}]");
        faults.available(format!("{key}.metric"), item.metric, &[]);
        faults.finite(format!("{key}.threshold"), item.threshold);
        faults.within(format!("{key}.points"), item.points, -100.0, 100.0);
    }
}

fn levels(document: &PolicyDocument, faults: &mut Faults) {
    let levels = &document.readiness.levels;
    if levels.is_empty() {
        faults.add("readiness.levels", 0, "at least one level is needed");
    }
    faults.distinct("readiness.levels", levels.iter().map(|level| level.level.id()));
    for (index, level) in levels.iter().enumerate() {
        let key = format!("readiness.levels[{index}]");
        faults.within(format!("{key}.from"), level.from, 0.0, 100.0);
        if level.close_days == 0 || level.close_days > 3650 {
            faults.add(format!("{key}.close_days"), level.close_days, "must be 1 to 3650 days");
        }
        if let Some(before) = index.checked_sub(1).map(|index| &levels[index]) {
            if level.from >= before.from {
                faults.add(
                    format!("{key}.from"),
                    level.from,
                    format!("edges descend: must be below {}", before.from),
                );
            }
            if level.level < before.level {
                faults.add(format!("{key}.level"), level.level.id(), "levels are listed best first");
            }
        }
        match (level.fast_from, level.fast_close_days) {
            (Some(from), Some(days)) => {
                faults.within(format!("{key}.fast_from"), from, level.from, 100.0);
                if days == 0 || days > level.close_days {
                    faults.add(
                        format!("{key}.fast_close_days"),
                        days,
                        format!("must be 1 to {} days", level.close_days),
                    );
                }
            }
            (None, None) => {}
            _ => faults.add(key, level.level.id(), "fast_from and fast_close_days come together"),
        }
    }
    if let Some(last) = levels.last()
        && last.from != 0.0
    {
        faults.add(
            format!("readiness.levels[{}].from", levels.len() - 1),
            last.from,
            "the last level starts at 0, so that every score has one",
        );
    }
}

fn tiers(document: &PolicyDocument, faults: &mut Faults) {
    let tiers = &document.tiers;
    faults.distinct("tiers", tiers.iter().map(|section| section.tier.id()));
    for (index, section) in tiers.iter().enumerate() {
        let key = format!("tiers[{index}]");
        if section.tier == Tier::Maintenance {
            faults.add(
                format!("{key}.tier"),
                section.tier.id(),
                "is what remains without a tier and has no criteria",
            );
        }
        if index > 0 && section.tier < tiers[index - 1].tier {
            faults.add(format!("{key}.tier"), section.tier.id(), "tiers are listed best first");
        }
        let [low, high] = section.band;
        faults.amount(format!("{key}.band[0]"), low);
        faults.amount(format!("{key}.band[1]"), high);
        if low > high {
            faults.add(format!("{key}.band"), format!("[{low}, {high}]"), "the lower end comes first");
        } else if !(low..=high).contains(&section.midpoint) {
            faults.add(
                format!("{key}.midpoint"),
                section.midpoint,
                format!("must lie in the band {low} to {high}"),
            );
        }
        faults.within(format!("{key}.close_rate"), section.close_rate, 0.0, 1.0);
        faults.within(format!("{key}.probability"), section.probability, -1.0, 1.0);
        if section.criteria.is_empty() {
            faults.add(
                format!("{key}.criteria"),
                0,
                "at least one criterion is needed, or every client would qualify",
            );
        }
        for (index, criterion) in section.criteria.iter().enumerate() {
            let key = format!("{key}.criteria[{index}]");
            faults.finite(format!("{key}.threshold"), criterion.threshold);
            faults.available(format!("{key}.metric"), criterion.metric, &[Metric::Readiness]);
        }
        faults.distinct(&format!("{key}.vehicles"), section.vehicles.iter().map(|id| id.as_str()));
        for (index, id) in section.vehicles.iter().enumerate() {
            if !document.vehicles.iter().any(|vehicle| vehicle.id == *id) {
                faults.add(format!("{key}.vehicles[{index}]"), id, "no vehicle has this id");
            }
        }
    }
}

fn fit(document: &PolicyDocument, faults: &mut Faults) {
    let fit = &document.fit;
    faults.within("fit.base", fit.base, 0.0, 100.0);
    faults.within("fit.threshold", fit.threshold, 0.0, 100.0);
    if !matches!(fit.relation.sign(), ">=" | ">") {
        faults.add("fit.relation", fit.relation.sign(), "must be `>=` or `>`");
    }
    if fit.max_offers == 0 || fit.max_offers > MAX_OFFERS {
        faults.add("fit.max_offers", fit.max_offers, format!("must be 1 to {MAX_OFFERS}"));
    }
    for (index, item) in fit.adjustments.iter().enumerate() {
        let key = format!("fit.adjustments[{index}]");
        faults.finite(format!("{key}.threshold"), item.threshold);
        faults.within(format!("{key}.points"), item.points, -100.0, 100.0);
        faults.available(format!("{key}.metric"), item.metric, &[Metric::Readiness]);
    }
    for (index, item) in fit.alignment.iter().enumerate() {
        let key = format!("fit.alignment[{index}]");
        faults.amount(format!("{key}.arr_from"), item.arr_from);
        faults.within(format!("{key}.points"), item.points, -100.0, 100.0);
        if let Some(below) = item.arr_below
            && (below.is_nan() || below <= item.arr_from)
        {
            faults.add(
                format!("{key}.arr_below"),
                below,
                format!("must be above arr_from = {}", item.arr_from),
            );
        }
    }
}

fn vehicles(document: &PolicyDocument, faults: &mut Faults) {
    faults.distinct("vehicles", document.vehicles.iter().map(|vehicle| vehicle.id.as_str()));
    for (index, vehicle) in document.vehicles.iter().enumerate() {
        let key = format!("vehicles[{index}]");
        if vehicle.name.trim().is_empty() {
            faults.add(format!("{key}.name"), &vehicle.name, "must not be empty");
        }
        faults.positive(format!("{key}.arr"), vehicle.arr);
        faults.amount(format!("{key}.cost"), vehicle.cost);
        for (index, signal) in vehicle.signals.iter().enumerate() {
            let key = format!("{key}.signals[{index}]");
            faults.finite(format!("{key}.threshold"), signal.threshold);
            faults.within(format!("{key}.points"), signal.points, -100.0, 100.0);
            faults.available(format!("{key}.metric"), signal.metric, &[Metric::Readiness]);
        }
    }
}

fn probability_and_priority(document: &PolicyDocument, faults: &mut Faults) {
    faults.positive("probability.readiness_divisor", document.probability.readiness_divisor);
    let priority = &document.priority;
    let weights = [
        ("potential_weight", priority.potential_weight),
        ("probability_weight", priority.probability_weight),
        ("readiness_weight", priority.readiness_weight),
    ];
    for (name, weight) in weights {
        faults.within(format!("priority.{name}"), weight, 0.0, 1000.0);
    }
    let sum: f64 = weights.iter().map(|(_, weight)| weight).sum();
    if sum < MIN_POSITIVE {
        faults.add("priority", sum, "the three weights must not all be 0");
    }
    faults.positive("priority.potential_per_point", priority.potential_per_point);
    let earlier = [Metric::Readiness, Metric::PotentialArr, Metric::Probability];
    for (list, bonuses, results) in [
        ("probability.bonuses", &document.probability.bonuses, &earlier[..2]),
        ("priority.boosts", &priority.boosts, &earlier[..]),
    ] {
        faults.distinct(list, bonuses.iter().map(|bonus| bonus.name.as_str()));
        for (index, bonus) in bonuses.iter().enumerate() {
            let key = format!("{list}[{index}]");
            faults.finite(format!("{key}.threshold"), bonus.threshold);
            faults.within(format!("{key}.add"), bonus.add, -1.0, 1.0);
            faults.available(format!("{key}.metric"), bonus.metric, results);
        }
    }
}

fn ranking(document: &PolicyDocument, faults: &mut Faults) {
    let ranking = &document.ranking;
    if ranking.limit == 0 {
        faults.add("ranking.limit", 0, "must be at least 1");
    }
    faults.amount("ranking.whale_arr", ranking.whale_arr);
    for (list, conditions) in [("reference", &ranking.reference), ("gates", &ranking.gates)] {
        for (index, condition) in conditions.iter().enumerate() {
            faults.finite(format!("ranking.{list}[{index}].threshold"), condition.threshold);
        }
    }
}

fn next_actions(document: &PolicyDocument, faults: &mut Faults) {
    for (index, rule) in document.next_actions.iter().enumerate() {
        if let Some(from) = rule.priority_from {
            faults.within(format!("next_actions[{index}].priority_from"), from, 1.0, 10.0);
        }
    }
    match document.next_actions.last() {
        Some(last) if last.level.is_none() && last.priority_from.is_none() => {}
        Some(last) => faults.add(
            format!("next_actions[{}]", document.next_actions.len() - 1),
            last.action.id(),
            "the last rule has neither level nor priority_from, so that every client has an action",
        ),
        None => faults.add("next_actions", 0, "at least one rule is needed"),
    }
}

fn rest(document: &PolicyDocument, faults: &mut Faults) {
    faults.positive("posterior.prior_strength", document.posterior.prior_strength);
    faults.within("posterior.interval", document.posterior.interval, 0.5, 0.999);
    for action in crate::assessment::NextAction::ALL {
        let hours = document.plan.effort_hours.of(*action);
        faults.within(format!("plan.effort_hours.{}", action.id()), hours, 0.0, 1000.0);
    }
    faults.within("proposition.urgent_leads_growth", document.proposition.urgent_leads_growth, -1.0, 100.0);
}
