//! Everything that is known about a model's worth, in one value: to JSON, to a page, to a record.

mod chart;
mod groups;
mod html;

use serde::{Deserialize, Serialize};

pub use groups::{AmountGroup, ChanceGroup, GroupTable, Grouping};

use super::{
    AtCapacity, BINS, Bin, Binning, BrierParts, CalibrationLine, ChanceDifferences, ChanceFigures, Confusion,
    Figure, Insufficient, Judged, JudgedError, LiftRow, Needs,
    amounts::{AmountDifferences, AmountFigures, AmountsError},
    bootstrap::Resampling,
    ratio::{RatioLimits, RatioStudy, Trim},
};

/// A model judged on rows that it has not seen.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// What was judged, on what, when.
    pub about: About,
    /// What came out.
    pub findings: Findings,
    /// How intervals were drawn.
    pub resampling: Resampling,
}

/// What no figure is shown without.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// The model, with its version.
    pub model: String,
    /// What is predicted, in words.
    pub question: String,
    /// The data, with its hash or version.
    pub data: String,
    /// How the judged rows were kept apart from those that were learned from.
    pub split: String,
    /// The day of the evaluation, as the caller writes it.
    pub date: String,
    /// What a reader must know besides.
    pub notes: Vec<String>,
}

/// What came out.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Findings {
    /// Of predicted chances.
    Chances(Box<ChanceFindings>),
    /// Of predicted amounts.
    Amounts(Box<AmountFindings>),
}

/// What came out of predicted chances.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ChanceFindings {
    /// The figures, with n and base rate.
    pub figures: ChanceFigures,
    /// Why tables are withheld, if they are.
    pub withheld: Option<Insufficient>,
    /// The Brier score in parts, over the bins below.
    pub brier_parts: Option<BrierParts>,
    /// Predictions against what happened, in bins of equal mass.
    pub reliability: Vec<Bin>,
    /// Expected calibration error over 15 bins of equal width.
    pub ece_equal_width: Figure,
    /// Slope and intercept; none when no finite line is best.
    pub line: Option<CalibrationLine>,
    /// Slices by rank.
    pub lift: Vec<LiftRow>,
    /// What fits into the capacities that were asked about.
    pub capacities: Vec<AtCapacity>,
    /// Decisions at the threshold that was asked about.
    pub decision: Option<Confusion>,
    /// The same by groups of rows.
    pub groups: Vec<GroupTable<ChanceGroup>>,
    /// Other models on the same rows.
    pub beside: Vec<Beside<ChanceFigures, ChanceDifferences>>,
}

/// What came out of predicted amounts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AmountFindings {
    /// The figures, with n.
    pub figures: AmountFigures,
    /// The ratio study; none when some amount is not above 0.
    pub ratios: Option<RatioStudy>,
    /// What the study is held against.
    pub limits: RatioLimits,
    /// The same by groups of rows.
    pub groups: Vec<GroupTable<AmountGroup>>,
    /// Other models on the same rows.
    pub beside: Vec<Beside<AmountFigures, AmountDifferences>>,
}

/// Another model on the same rows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Beside<F, D> {
    /// The other model.
    pub name: String,
    /// Its figures.
    pub figures: F,
    /// The judged model's figures less its; none when they cannot be compared.
    pub difference: Option<D>,
}

/// Predictions of another model for the same rows.
#[derive(Clone, Copy, Debug)]
pub struct Other<'a> {
    /// The other model.
    pub name: &'a str,
    /// Its predictions, in the same order.
    pub predictions: &'a [f64],
}

/// What a report about chances should contain.
#[derive(Clone, Copy, Debug)]
pub struct ChanceOptions<'a> {
    /// How many rows figures need.
    pub needs: Needs,
    /// How intervals are drawn.
    pub resampling: Resampling,
    /// The cluster of each row, where rows are not independent of each other.
    pub clusters: Option<&'a [u32]>,
    /// At which chance a decision would be yes; none leaves the table of decisions out.
    pub threshold: Option<f64>,
    /// How many rows could be worked on; each gives a line.
    pub capacities: &'a [usize],
    /// Into how many slices by rank the lift table is cut.
    pub slices: usize,
    /// Groups of rows to look at by themselves.
    pub groupings: &'a [Grouping<'a>],
    /// Other models to hold against it; a plain baseline should be among them.
    pub beside: &'a [Other<'a>],
}

impl Default for ChanceOptions<'_> {
    /// Ten slices, a threshold of one half, nothing else.
    fn default() -> Self {
        Self {
            needs: Needs::default(),
            resampling: Resampling::default(),
            clusters: None,
            threshold: Some(0.5),
            capacities: &[],
            slices: 10,
            groupings: &[],
            beside: &[],
        }
    }
}

/// What a report about amounts should contain.
#[derive(Clone, Copy, Debug)]
pub struct AmountOptions<'a> {
    /// How many rows figures need.
    pub needs: Needs,
    /// How intervals are drawn.
    pub resampling: Resampling,
    /// Which ratios the ratio study sets aside.
    pub trim: Trim,
    /// Groups of rows to look at by themselves.
    pub groupings: &'a [Grouping<'a>],
    /// Other models to hold against it.
    pub beside: &'a [Other<'a>],
}

impl Default for AmountOptions<'_> {
    /// Ratios beyond three interquartile ranges are set aside, nothing else.
    fn default() -> Self {
        Self {
            needs: Needs::default(),
            resampling: Resampling::default(),
            trim: Trim::Quartiles(3.0),
            groupings: &[],
            beside: &[],
        }
    }
}

/// Predictions with outcomes, by clusters where there are any.
fn paired(predictions: &[f64], outcomes: &[bool], clusters: Option<&[u32]>) -> Result<Judged, JudgedError> {
    let judged = Judged::new(predictions, outcomes)?;
    match clusters {
        Some(clusters) => judged.clustered(clusters),
        None => Ok(judged),
    }
}

impl Report {
    /// Judges predicted chances by their outcomes.
    ///
    /// # Errors
    /// When predictions (also those of other models) and outcomes cannot be paired or a prediction is not a chance.
    pub fn of_chances(
        about: About,
        predictions: &[f64],
        outcomes: &[bool],
        options: &ChanceOptions<'_>,
    ) -> Result<Self, JudgedError> {
        let ChanceOptions { needs, resampling, .. } = options;
        let judged = paired(predictions, outcomes, options.clusters)?;
        let figures = ChanceFigures::of(&judged, needs, resampling);
        let withheld = needs.of_chances(figures.rows, figures.positives).err();
        let mut beside = Vec::with_capacity(options.beside.len());
        for other in options.beside {
            let against = paired(other.predictions, outcomes, options.clusters)?;
            beside.push(Beside {
                name: other.name.to_owned(),
                figures: ChanceFigures::of(&against, needs, resampling),
                difference: ChanceDifferences::of(&judged, &against, needs, resampling),
            });
        }
        let groups = groups::of_chances(predictions, outcomes, options)?;
        let told = withheld.is_none();
        let reliability = if told { judged.bins(Binning::EqualMass, BINS) } else { Vec::new() };
        let findings = ChanceFindings {
            brier_parts: judged.brier_parts(&reliability).filter(|_| told),
            ece_equal_width: match withheld {
                Some(insufficient) => insufficient.into(),
                None => Figure::point(judged.ece(&judged.bins(Binning::EqualWidth, BINS))),
            },
            line: judged.calibration_line().filter(|_| told),
            lift: if told { judged.lift(options.slices) } else { Vec::new() },
            capacities: match told {
                true => options.capacities.iter().filter_map(|rows| judged.at_capacity(*rows)).collect(),
                false => Vec::new(),
            },
            decision: options
                .threshold
                .filter(|_| told)
                .and_then(|threshold| Confusion::at(threshold, predictions, outcomes)),
            figures,
            withheld,
            reliability,
            groups,
            beside,
        };
        Ok(Self { about, findings: Findings::Chances(Box::new(findings)), resampling: *resampling })
    }

    /// Judges predicted amounts by the true ones.
    ///
    /// # Errors
    /// When predictions (also those of other models) and truths cannot be paired.
    pub fn of_amounts(
        about: About,
        predictions: &[f64],
        truths: &[f64],
        options: &AmountOptions<'_>,
    ) -> Result<Self, AmountsError> {
        let AmountOptions { needs, resampling, trim, .. } = options;
        let figures = AmountFigures::of(predictions, truths, needs, resampling)?;
        let mut beside = Vec::with_capacity(options.beside.len());
        for other in options.beside {
            beside.push(Beside {
                name: other.name.to_owned(),
                figures: AmountFigures::of(other.predictions, truths, needs, resampling)?,
                difference: AmountFigures::difference(
                    predictions,
                    other.predictions,
                    truths,
                    needs,
                    resampling,
                )
                .ok(),
            });
        }
        let findings = AmountFindings {
            figures,
            ratios: RatioStudy::of(predictions, truths, *trim, needs, resampling).ok(),
            limits: RatioLimits::default(),
            groups: groups::of_amounts(predictions, truths, options),
            beside,
        };
        Ok(Self { about, findings: Findings::Amounts(Box::new(findings)), resampling: *resampling })
    }

    /// The report as JSON, indented.
    ///
    /// # Errors
    /// None that a report made here can cause; serde's type is kept.
    pub fn to_json(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string_pretty(self)
    }

    /// Reads a report that [`Report::to_json`] wrote, every number to the last bit.
    ///
    /// # Errors
    /// When `text` is no such report.
    pub fn from_json(text: &str) -> Result<Self, serde_json::Error> {
        crate::json::exactly(text.as_bytes())
    }

    /// The report as a page by itself: no script, no reference to anything outside, light and dark.
    pub fn to_html(&self) -> String {
        html::page(self)
    }
}
