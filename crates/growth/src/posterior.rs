//! What recorded outcomes say about the rule's chance of success: a Beta-binomial posterior.
//!
//! The prior's mean is the rule; it counts as much as `prior_strength` recorded outcomes
//! ([`PosteriorSection`]). Wins and losses move the mean and narrow the interval.

use std::collections::BTreeMap;

use finance::{Beta, BetaError};
use kernel::Interval;
use serde::{Deserialize, Serialize};

use crate::{
    assessment::{Assessment, Tier},
    metrics::ClientId,
    outcome::Outcome,
    policy::PosteriorSection,
};

/// Pseudo-outcomes that even a certain rule leaves to the other side, so that outcomes can overrule it.
const DOUBT: f64 = 0.5;

/// What is believed of a chance after its outcomes.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Posterior {
    /// The rule's chance, 0-1.
    pub prior_mean: f64,
    /// Recorded outcomes that the rule counts for.
    pub prior_strength: f64,
    /// Offers won.
    pub wins: u64,
    /// Offers lost.
    pub losses: u64,
    /// The chance believed now, 0-1: the rule itself while nothing is recorded.
    pub mean: f64,
    /// Range that holds the chance with the policy's mass (90 %).
    pub interval: Interval,
}

/// The posterior of a rule of `prior_mean` after `wins` and `losses`.
///
/// # Errors
/// When the mean is not within 0 and 1, or the policy's strength not above zero.
pub fn update(
    prior_mean: f64,
    wins: u64,
    losses: u64,
    section: &PosteriorSection,
) -> Result<Posterior, BetaError> {
    let strength = section.prior_strength;
    let successes = prior_mean * strength;
    if !(0.0..=1.0).contains(&prior_mean) || strength <= 0.0 {
        return Err(BetaError { a: successes, b: strength - successes });
    }
    let prior = Beta::new(successes.max(DOUBT), (strength - successes).max(DOUBT))?;
    let now = prior.updated(wins, losses);
    let (lower, upper) = now.interval(section.interval);
    let mean = if wins + losses == 0 { prior_mean } else { now.mean() };
    Ok(Posterior {
        prior_mean,
        prior_strength: strength,
        wins,
        losses,
        mean,
        interval: Interval { lower, upper },
    })
}

/// The posterior of every tier that has clients or outcomes. The prior's mean is the mean rule of the
/// tier's clients; an outcome counts for the tier that its client is in.
///
/// # Errors
/// When the policy's strength is not above zero.
pub fn by_tier(
    assessments: &[Assessment],
    outcomes: &[Outcome],
    section: &PosteriorSection,
) -> Result<BTreeMap<Tier, Posterior>, BetaError> {
    #[derive(Default)]
    struct Tally {
        rule: f64,
        clients: u64,
        wins: u64,
        losses: u64,
    }
    let tiers: BTreeMap<&ClientId, Tier> =
        assessments.iter().map(|assessment| (&assessment.client_id, assessment.tier)).collect();
    let mut tallies: BTreeMap<Tier, Tally> = BTreeMap::new();
    for assessment in assessments {
        let tally = tallies.entry(assessment.tier).or_default();
        tally.rule += assessment.success_probability;
        tally.clients += 1;
    }
    for outcome in outcomes {
        let Some(tally) = tiers.get(&outcome.client_id).and_then(|tier| tallies.get_mut(tier)) else {
            continue;
        };
        if outcome.won() { tally.wins += 1 } else { tally.losses += 1 }
    }
    tallies
        .into_iter()
        .map(|(tier, tally)| {
            Ok((tier, update(tally.rule / tally.clients as f64, tally.wins, tally.losses, section)?))
        })
        .collect()
}

impl Posterior {
    /// What the tier's outcomes make of one client's own rule: its prior keeps the client's mean, and the
    /// tier's record counts as if it were the client's.
    ///
    /// # Errors
    /// When `rule` is not within 0 and 1.
    pub fn of_client(&self, rule: f64, section: &PosteriorSection) -> Result<Self, BetaError> {
        update(rule, self.wins, self.losses, section)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SECTION: PosteriorSection = PosteriorSection { prior_strength: 10.0, interval: 0.9 };

    #[test]
    fn before_any_outcome_the_rule_is_believed() {
        let posterior = update(0.6, 0, 0, &SECTION).expect("sound");
        assert_eq!(posterior.mean, 0.6);
        // scipy: beta.interval(0.9, 6, 4)
        assert!((posterior.interval.lower - 0.344_941_365_943_703_1).abs() < 1e-9, "{posterior:?}");
        assert!((posterior.interval.upper - 0.831_249_504_012_675_9).abs() < 1e-9, "{posterior:?}");
    }

    #[test]
    fn six_wins_of_ten_under_a_rule_of_sixty_percent() {
        let posterior = update(0.6, 6, 4, &SECTION).expect("sound");
        assert!((posterior.mean - 0.6).abs() < 1e-12);
        // scipy: beta.interval(0.9, 12, 8)
        assert!((posterior.interval.lower - 0.418_064_474_814_192).abs() < 1e-9);
        assert!((posterior.interval.upper - 0.770_279_080_673_837).abs() < 1e-9);
    }

    #[test]
    fn a_rule_that_was_sure_is_overruled_by_losses() {
        let posterior = update(1.0, 0, 40, &SECTION).expect("sound");
        assert!(posterior.mean < 0.21, "{posterior:?}");
        assert_eq!(update(1.0, 0, 0, &SECTION).expect("sound").mean, 1.0);
    }

    #[test]
    fn nonsense_is_refused() {
        for rule in [f64::NAN, -0.1, 1.1] {
            assert!(update(rule, 1, 1, &SECTION).is_err(), "{rule}");
        }
        assert!(update(0.5, 1, 1, &PosteriorSection { prior_strength: 0.0, ..SECTION }).is_err());
    }

    proptest! {
        #[test]
        fn a_win_raises_and_a_loss_lowers_the_mean(rule in 0.06_f64..0.94, wins in 0_u64..50, losses in 0_u64..50) {
            let mean = |wins, losses| update(rule, wins, losses, &SECTION).expect("sound").mean;
            let here = mean(wins, losses);
            prop_assert!(mean(wins + 1, losses) > here && mean(wins, losses + 1) < here);
            let Interval { lower, upper } = update(rule, wins, losses, &SECTION).expect("sound").interval;
            prop_assert!(0.0 < lower && lower < upper && upper < 1.0);
        }
    }
}
