//! Names of the growth team's things as people read them, where the domain has identifiers.

use growth::{metrics::VehicleId, policy::Policy, ranking::GateFailure};

use crate::design::format;

/// Days after which a signature is "beyond 90".
const HORIZON_DAYS: u32 = 90;

/// `30 days`, or `beyond 90`.
pub fn close_days(days: u32) -> String {
    if days > HORIZON_DAYS { "beyond 90 days".to_owned() } else { format!("{days} days") }
}

/// `executive_relationship` as `Executive relationship`.
pub fn title(id: &str) -> String {
    let text = id.replace('_', " ");
    let mut letters = text.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().collect::<String>() + letters.as_str())
}

/// A vehicle's name; its identifier when the policy does not know it.
pub fn vehicle(policy: &Policy, id: &VehicleId) -> String {
    policy.vehicle(id).map_or_else(|| title(id.as_str()), |vehicle| vehicle.name.clone())
}

/// `satisfaction >= 3.5 fails: it is 2`, with no more decimals than anybody reads.
pub fn failure(failure: &GateFailure) -> String {
    match failure.actual {
        Some(actual) => format!("{} fails: it is {}", failure.gate, format::number(actual, 2)),
        None => format!("{} fails: it is {}", failure.gate, format::UNKNOWN),
    }
}

/// `+0.10`, `−0.15`: two decimals, so that parts of a sum stand below each other.
pub fn part(value: f64) -> String {
    let text = format::decimal(value.abs(), 2);
    format!("{}{text}", if value < 0.0 { "−" } else { "+" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_made_of_identifiers_and_numbers() {
        assert_eq!(title("executive_relationship"), "Executive relationship");
        assert_eq!(title(""), "");
        assert_eq!((close_days(30), close_days(120)), ("30 days".to_owned(), "beyond 90 days".to_owned()));
        assert_eq!([part(0.1), part(-0.15), part(1.0), part(0.764)], ["+0.10", "−0.15", "+1.00", "+0.76"]);
    }
}
