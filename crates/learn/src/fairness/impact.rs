//! How often each group is chosen, against the four-fifths rule.
//!
//! A group that is chosen less than four fifths as often as the group chosen most is evidence of adverse impact (Uniform
//! Guidelines on Employee Selection Procedures, 29 CFR 1607.4(D)); the rule is used for lending and housing as well. A ratio from
//! few rows proves nothing either way, so it comes with an interval, and small groups with none.

use kernel::Interval;
use serde::{Deserialize, Serialize};

use crate::evaluate::{Insufficient, Lacking, wilson};

/// Four fifths.
pub const FOUR_FIFTHS: f64 = 0.8;

/// The least rows of a group whose ratio is told.
pub const GROUP_ROWS_MIN: u64 = 30;

/// A group and how often it was chosen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen {
    /// The group.
    pub group: String,
    /// Its rows.
    pub rows: u64,
    /// Those that were chosen.
    pub chosen: u64,
}

/// The four-fifths report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ImpactReport {
    /// The group chosen most among those large enough; none when there is no such group.
    pub reference: Option<String>,
    /// One line per group, in the order given.
    pub groups: Vec<GroupImpact>,
    /// The level of the intervals, such as 0.95.
    pub level: f64,
}

/// What is said of one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupImpact {
    /// The group.
    pub group: String,
    /// Its rows.
    pub rows: u64,
    /// Those that were chosen.
    pub chosen: u64,
    /// What follows.
    pub finding: Finding,
}

/// What follows for a group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finding {
    /// It is the group chosen most, which the others are held against.
    Reference {
        /// The share of it that was chosen.
        rate: f64,
    },
    /// It was held against the reference.
    Judged {
        /// The share of it that was chosen.
        rate: f64,
        /// That share over the reference's (adverse impact ratio).
        ratio: f64,
        /// Where the ratio lies, by the level of the report.
        interval: Interval,
        /// What the ratio and its interval say.
        verdict: Verdict,
    },
    /// It is too small to say, or no group was chosen at all.
    Insufficient(Insufficient),
}

/// What a ratio and its interval say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval is at four fifths or above.
    Kept,
    /// The ratio is at four fifths or above, and may well be below.
    KeptWithinChance,
    /// The ratio is below four fifths, and may be so by chance.
    MissedWithinChance,
    /// The whole interval is below four fifths.
    Missed,
}

/// Holds every group against the one chosen most. `level` is that of the intervals, between 0 and 1.
pub fn four_fifths(groups: &[Chosen], level: f64) -> ImpactReport {
    let z = normal_quantile(0.5 + 0.5 * level.clamp(0.0, 0.999_999));
    let rate = |group: &Chosen| group.chosen.min(group.rows) as f64 / group.rows as f64;
    let large = groups.iter().filter(|group| group.rows >= GROUP_ROWS_MIN);
    // Of equal rates the larger group, whose rate is known better.
    let most = large.max_by(|one, other| rate(one).total_cmp(&rate(other)).then(one.rows.cmp(&other.rows)));
    let finding = |group: &Chosen| {
        let lacking = |have, need| {
            Finding::Insufficient(Insufficient {
                lacking: Lacking::Rows,
                have,
                need,
                rows_needed: Some(GROUP_ROWS_MIN),
            })
        };
        let Some(most) = most.filter(|_| group.rows >= GROUP_ROWS_MIN) else {
            return lacking(group.rows, GROUP_ROWS_MIN);
        };
        if most.chosen == 0 {
            // Nobody was chosen: there is no rate to hold anyone against.
            return Finding::Insufficient(Insufficient {
                lacking: Lacking::Positives,
                have: 0,
                need: 1,
                rows_needed: None,
            });
        }
        if std::ptr::eq(group, most) {
            return Finding::Reference { rate: rate(group) };
        }
        let ratio = rate(group) / rate(most);
        let interval = ratio_interval(group, most, z);
        let verdict = match (ratio >= FOUR_FIFTHS, interval) {
            (true, interval) if interval.lower >= FOUR_FIFTHS => Verdict::Kept,
            (true, _) => Verdict::KeptWithinChance,
            (false, interval) if interval.upper < FOUR_FIFTHS => Verdict::Missed,
            (false, _) => Verdict::MissedWithinChance,
        };
        Finding::Judged { rate: rate(group), ratio, interval, verdict }
    };
    let each = |group: &Chosen| GroupImpact {
        group: group.group.clone(),
        rows: group.rows,
        chosen: group.chosen,
        finding: finding(group),
    };
    ImpactReport {
        reference: most.filter(|most| most.chosen > 0).map(|most| most.group.clone()),
        groups: groups.iter().map(each).collect(),
        level,
    }
}

/// The interval of a ratio of two independent shares from their Wilson intervals (Donner and Zou, Statistical Methods in
/// Medical Research 21, 2012).
fn ratio_interval(one: &Chosen, other: &Chosen, z: f64) -> Interval {
    let share = |group: &Chosen| group.chosen.min(group.rows) as f64 / group.rows as f64;
    let range = |group: &Chosen| wilson(group.chosen as f64, group.rows as f64, z);
    let (p1, p2, r1, r2) = (share(one), share(other), range(one), range(other));
    let product = p1 * p2;
    // Written so that nothing is divided by the difference of near numbers.
    let low = {
        let (b, c) = (r1.lower * (2.0 * p1 - r1.lower), r2.upper * (2.0 * p2 - r2.upper));
        let root = (product * product - b * c).max(0.0).sqrt();
        if product + root > 0.0 { b / (product + root) } else { 0.0 }
    };
    let high = {
        let (b, c) = (r1.upper * (2.0 * p1 - r1.upper), r2.lower * (2.0 * p2 - r2.lower));
        (product + (product * product - b * c).max(0.0).sqrt()) / c
    };
    Interval { lower: low.max(0.0), upper: if high.is_finite() { high } else { f64::MAX } }
}

/// The standard normal quantile of `p` above one half, by bisection on the tail: exact to the last digits.
fn normal_quantile(p: f64) -> f64 {
    let (mut low, mut high) = (0.0, 40.0);
    for _ in 0..200 {
        let middle = f64::midpoint(low, high);
        if 1.0 - 0.5 * super::tails::normal_two_sided(middle) < p {
            low = middle;
        } else {
            high = middle;
        }
    }
    f64::midpoint(low, high)
}
