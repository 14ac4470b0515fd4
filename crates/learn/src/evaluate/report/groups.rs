//! The same figures, by groups of rows.

use serde::{Deserialize, Serialize};

use super::{AmountOptions, ChanceOptions};
use crate::evaluate::{
    ChanceFigures, Estimate, Figure, JudgedError, amounts::AmountFigures, ratio::RatioStudy,
};

/// A way to put rows into groups.
#[derive(Clone, Copy, Debug)]
pub struct Grouping<'a> {
    /// What the groups are by.
    pub name: &'a str,
    /// The group of each row: a place in `labels`; rows with another number are in no group.
    pub codes: &'a [u32],
    /// The groups' names.
    pub labels: &'a [String],
}

/// Groups beside each other.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct GroupTable<G> {
    /// What the groups are by.
    pub name: String,
    /// One line per group that has a row, in the order of the labels.
    pub groups: Vec<G>,
}

/// Predicted chances in one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChanceGroup {
    /// The group.
    pub label: String,
    /// Its figures.
    pub figures: ChanceFigures,
    /// Mean prediction less the share with the outcome: above 0 the group is promised too much. The interval is the
    /// mean prediction less Wilson's interval of the share, at 95 %.
    pub gap: Figure,
}

/// Predicted amounts in one group.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmountGroup {
    /// The group.
    pub label: String,
    /// Its figures.
    pub figures: AmountFigures,
    /// Its ratio study; none when some amount is not above 0.
    pub ratios: Option<RatioStudy>,
}

impl Grouping<'_> {
    /// The rows of each group that has one, below `rows`.
    fn members(&self, rows: usize) -> Vec<(&str, Vec<usize>)> {
        let mut members = vec![Vec::new(); self.labels.len()];
        for (row, code) in self.codes.iter().enumerate().take(rows) {
            if let Some(group) = members.get_mut(*code as usize) {
                group.push(row);
            }
        }
        let named = self.labels.iter().map(String::as_str).zip(members);
        named.filter(|(_, rows)| !rows.is_empty()).collect()
    }
}

fn picked<T: Copy>(from: &[T], rows: &[usize]) -> Vec<T> {
    rows.iter().map(|row| from[*row]).collect()
}

pub(super) fn of_chances(
    predictions: &[f64],
    outcomes: &[bool],
    options: &ChanceOptions<'_>,
) -> Result<Vec<GroupTable<ChanceGroup>>, JudgedError> {
    let table = |grouping: &Grouping<'_>| {
        let groups = grouping.members(outcomes.len()).into_iter().map(|(label, rows)| {
            // The lengths were compared when all rows were paired.
            let clusters = options.clusters.map(|clusters| picked(clusters, &rows));
            let (predictions, outcomes) = (picked(predictions, &rows), picked(outcomes, &rows));
            let judged = super::paired(&predictions, &outcomes, clusters.as_deref())?;
            let figures = ChanceFigures::of(&judged, &options.needs, &options.resampling);
            Ok(ChanceGroup { label: label.to_owned(), gap: gap(&figures, options), figures })
        });
        Ok(GroupTable { name: grouping.name.to_owned(), groups: groups.collect::<Result<_, _>>()? })
    };
    options.groupings.iter().map(table).collect()
}

fn gap(figures: &ChanceFigures, options: &ChanceOptions<'_>) -> Figure {
    if let Err(insufficient) = options.needs.of_chances(figures.rows, figures.positives) {
        return insufficient.into();
    }
    let (mean, rate) = (figures.mean_chance.unwrap_or(0.0), figures.base_rate.unwrap_or(0.0));
    let range = crate::evaluate::wilson(figures.positives as f64, figures.rows as f64, 1.959_963_984_540_054);
    let interval = kernel::Interval { lower: mean - range.upper, upper: mean - range.lower };
    Figure::Known(Estimate { value: mean - rate, interval: Some(interval) })
}

pub(super) fn of_amounts(
    predictions: &[f64],
    truths: &[f64],
    options: &AmountOptions<'_>,
) -> Vec<GroupTable<AmountGroup>> {
    let table = |grouping: &Grouping<'_>| {
        let groups = grouping.members(truths.len()).into_iter().filter_map(|(label, rows)| {
            let (predictions, truths) = (picked(predictions, &rows), picked(truths, &rows));
            let AmountOptions { needs, resampling, trim, .. } = options;
            // Pairs that were sound together are sound apart.
            let figures = AmountFigures::of(&predictions, &truths, needs, resampling).ok()?;
            let ratios = RatioStudy::of(&predictions, &truths, *trim, needs, resampling).ok();
            Some(AmountGroup { label: label.to_owned(), figures, ratios })
        });
        GroupTable { name: grouping.name.to_owned(), groups: groups.collect() }
    };
    options.groupings.iter().map(table).collect()
}
