//! Probabilities and their log-odds, kept away from certainty.

/// How near a probability may come to 0 or 1: the distance between 1 and the next double.
///
/// Whoever says 0 or 1 and is wrong once has an infinite log loss, and no number of rows proves either. With this
/// margin a single row costs at most 36.04 (natural logarithm).
pub const MARGIN: f64 = f64::EPSILON;

/// `p` moved into [[`MARGIN`], 1 - [`MARGIN`]]; `NaN` stays `NaN`.
pub fn uncertain(p: f64) -> f64 {
    p.clamp(MARGIN, 1.0 - MARGIN)
}

/// The log-odds ln(p / (1 - p)) of `p`, which is first made [`uncertain`], so that they are finite: within 36.05.
pub fn logit(p: f64) -> f64 {
    let p = uncertain(p);
    libm::log(p) - libm::log1p(-p)
}

/// The probability whose log-odds are `margin`, kept [`uncertain`].
pub fn probability(margin: f64) -> f64 {
    uncertain(sigmoid(margin))
}

/// 1 / (1 + e^-margin) without overflow; reaches 0 and 1 for large margins.
pub(crate) fn sigmoid(margin: f64) -> f64 {
    if margin >= 0.0 {
        1.0 / (1.0 + libm::exp(-margin))
    } else {
        let odds = libm::exp(margin);
        odds / (1.0 + odds)
    }
}

/// The log loss of one row whose log-odds are `margin` and whose outcome is `target` (0, 1, or a share between them).
pub(crate) fn loss(margin: f64, target: f64) -> f64 {
    // ln(1 + e^m) - t m, without overflow.
    let softplus =
        if margin > 0.0 { margin + libm::log1p(libm::exp(-margin)) } else { libm::log1p(libm::exp(margin)) };
    softplus - target * margin
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::evaluate::log_loss_of;

    proptest! {
        #[test]
        fn log_odds_and_probabilities_are_inverse(margin in -30.0_f64..30.0) {
            // Near 1 a double holds few digits of what is missing to 1.
            let tolerance = 1e-9 + 4.0 * f64::EPSILON * libm::exp(margin.abs());
            prop_assert!((logit(probability(margin)) - margin).abs() < tolerance);
        }

        #[test]
        fn any_number_gives_an_uncertain_probability(margin in proptest::num::f64::NORMAL | proptest::num::f64::INFINITE) {
            let p = probability(margin);
            prop_assert!(p > 0.0 && p < 1.0);
            prop_assert!(log_loss_of(p, true).is_finite() && log_loss_of(p, false).is_finite());
            prop_assert!(logit(p).abs() < 36.05);
        }

        #[test]
        fn the_loss_of_a_margin_is_the_loss_of_its_probability(margin in -20.0_f64..20.0, positive: bool) {
            let (one, other) = (loss(margin, f64::from(u8::from(positive))), log_loss_of(probability(margin), positive));
            prop_assert!((one - other).abs() < 1e-6 * one.max(1e-3), "{} {}", one, other);
        }
    }
}
