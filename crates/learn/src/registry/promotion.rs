//! When a challenger may replace the champion.
//!
//! Not when it looks better, but when its being worse by more than a margin is excluded: over all rows, in no segment,
//! and without a group that it chooses too seldom. What cannot be judged for want of rows stands in the clearance.

use serde::{Deserialize, Serialize};

use crate::{
    evaluate::{ChanceDifferences, Figure, Insufficient},
    fairness::{
        impact::{Finding, ImpactReport, Verdict},
        names,
    },
};

/// What promotion asks for.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Rule {
    /// How much log loss (nats) over all rows may be lost at most, with the confidence of the interval.
    pub margin: f64,
    /// How much log loss may be lost in a segment, as far as its rows tell.
    pub segment_margin: f64,
}

impl Default for Rule {
    /// 0.005 nats over all rows, about what separates good libraries on the same rows; 0.02 in a segment.
    fn default() -> Self {
        Self { margin: 0.005, segment_margin: 0.02 }
    }
}

/// What is known of a challenger.
#[derive(Clone, Debug)]
pub struct Evidence<'a> {
    /// The challenger's version.
    pub challenger: &'a str,
    /// The champion's version; none when there is none yet, and differences are from predicting the base rate.
    pub champion: Option<&'a str>,
    /// Challenger less champion on the same rows.
    pub difference: &'a ChanceDifferences,
    /// The same by segments.
    pub segments: &'a [(String, ChanceDifferences)],
    /// How often groups would be chosen, where they are lawfully known.
    pub impact: Option<&'a ImpactReport>,
    /// What the names of its columns say.
    pub columns: &'a [names::Finding],
}

/// Leave for one version to replace one champion; only [`decide`] gives it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cleared {
    challenger: String,
    champion: Option<String>,
    unjudged: Vec<String>,
}

impl Cleared {
    /// The version that was cleared.
    pub fn challenger(&self) -> &str {
        &self.challenger
    }

    /// The champion that it was cleared against.
    pub fn champion(&self) -> Option<&str> {
        self.champion.as_deref()
    }

    /// Segments and groups that had too few rows to be judged.
    pub fn unjudged(&self) -> &[String] {
        &self.unjudged
    }
}

/// Why a challenger is not promoted.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objection {
    /// There are too few rows.
    Insufficient(Insufficient),
    /// There is no interval, since too many resamples left the figure undefined.
    NoInterval,
    /// It may lose more than the margin.
    MayLose {
        /// The largest loss (nats) that the interval holds.
        loss: f64,
        /// The loss allowed.
        margin: f64,
    },
    /// It is worse in a segment: certainly, or by more than the margin.
    WorseInSegment {
        /// The segment.
        segment: String,
        /// How much it loses there (nats).
        loss: f64,
    },
    /// A group is chosen less than four fifths as often as another, beyond chance.
    AdverseImpact {
        /// The group.
        group: String,
        /// How often it is chosen compared with the group chosen most.
        ratio: f64,
    },
    /// A column must not be trained on.
    RefusedColumn {
        /// The column.
        column: String,
    },
}

/// Judges `evidence` by `rule`.
///
/// # Errors
/// Everything that speaks against the promotion; never empty.
pub fn decide(evidence: &Evidence<'_>, rule: &Rule) -> Result<Cleared, Vec<Objection>> {
    let mut objections = Vec::new();
    let mut unjudged = Vec::new();
    match evidence.difference.log_loss {
        Figure::Insufficient(insufficient) => objections.push(Objection::Insufficient(insufficient)),
        Figure::Known(estimate) => match estimate.interval {
            None => objections.push(Objection::NoInterval),
            // Written so that a number that is none is an objection.
            Some(interval) if interval.upper <= rule.margin => {}
            Some(interval) => {
                objections.push(Objection::MayLose { loss: interval.upper, margin: rule.margin });
            }
        },
    }
    for (segment, difference) in evidence.segments {
        match difference.log_loss {
            Figure::Insufficient(_) => unjudged.push(segment.clone()),
            Figure::Known(estimate) => {
                let certainly = estimate.interval.is_some_and(|interval| interval.lower > 0.0);
                let within = estimate.value <= rule.segment_margin;
                if certainly || !within {
                    let segment = segment.clone();
                    objections.push(Objection::WorseInSegment { segment, loss: estimate.value });
                }
            }
        }
    }
    for group in evidence.impact.iter().flat_map(|report| &report.groups) {
        match &group.finding {
            Finding::Judged { ratio, verdict: Verdict::Missed, .. } => {
                let (group, ratio) = (group.group.clone(), *ratio);
                objections.push(Objection::AdverseImpact { group, ratio });
            }
            Finding::Insufficient(_) => unjudged.push(group.group.clone()),
            Finding::Judged { .. } | Finding::Reference { .. } => {}
        }
    }
    let refused = evidence.columns.iter().filter(|finding| finding.verdict == names::Verdict::Refused);
    objections.extend(refused.map(|finding| Objection::RefusedColumn { column: finding.column.clone() }));
    if !objections.is_empty() {
        return Err(objections);
    }
    let champion = evidence.champion.map(str::to_owned);
    Ok(Cleared { challenger: evidence.challenger.to_owned(), champion, unjudged })
}
