//! The policy's formulas in a line each, with the policy's own numbers, for "why".

use growth::policy::{BonusSection, Policy, Rounding};

use crate::design::format;

/// Readiness: the weighted sum.
pub fn readiness(policy: &Policy) -> String {
    let dimensions = policy.document().readiness.dimensions.iter();
    let terms = dimensions.map(|dimension| {
        format!("{} × {}", format::percent(dimension.weight, 1), dimension.name.replace('_', " "))
    });
    terms.collect::<Vec<_>>().join(" + ")
}

/// Chance of success: the prior rule.
pub fn probability(policy: &Policy) -> String {
    let document = policy.document();
    let mut text =
        format!("readiness ÷ {} + tier", format::number(document.probability.readiness_divisor, 2));
    for bonus in &document.probability.bonuses {
        text.push_str(&format!(" {}", bonus_text(bonus)));
    }
    text.push_str(", within 0 and 1");
    text
}

/// Priority: the weighted mean of three marks.
pub fn priority(policy: &Policy) -> String {
    let section = &policy.document().priority;
    let number = |value: f64| format::number(value, 3);
    let mut text = format!(
        "{} × min(10, potential ÷ {}) + {} × 10 × chance + {} × readiness ÷ 10",
        number(section.potential_weight),
        number(section.potential_per_point),
        number(section.probability_weight),
        number(section.readiness_weight),
    );
    let weights = section.potential_weight + section.probability_weight + section.readiness_weight;
    if (weights - 1.0).abs() > 1e-9 {
        text = format!("({text}) ÷ {}", number(weights));
    }
    if !section.boosts.is_empty() {
        let boosts: Vec<String> = section.boosts.iter().map(bonus_text).collect();
        text = format!("({text}) × (1 {})", boosts.join(" "));
    }
    let rounding = match section.rounding {
        Rounding::OneDecimal => "to one decimal",
        Rounding::IntegerPart => "integer part",
    };
    format!("{text}, within 1 and 10, {rounding}")
}

fn bonus_text(bonus: &BonusSection) -> String {
    let sign = if bonus.add < 0.0 { "−" } else { "+" };
    format!("{sign} {} if {}", format::number(bonus.add.abs(), 3), bonus.condition())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_carry_the_numbers_of_their_policy() {
        let policy = Policy::framework();
        assert!(
            readiness(&policy).starts_with("20 % × satisfaction + 15 % × usage"),
            "{}",
            readiness(&policy)
        );
        assert!(
            probability(&policy).starts_with("readiness ÷ 100 + tier + 0.1 if "),
            "{}",
            probability(&policy)
        );
        let priority = priority(&policy);
        assert!(
            priority.contains("0.4 × min(10, potential ÷ 5,000)") && priority.contains("+ 0.15 if"),
            "{priority}"
        );
    }
}
