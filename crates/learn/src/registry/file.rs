//! A model and where it came from, as bytes.
//!
//! ```text
//! "EHMODEL\0"                        8 bytes
//! format version                     u32, little endian as all numbers
//! number of sections                 u32, at most 64
//! per section: tag, length, CRC-64   4 + 8 + 8 bytes
//! CRC-64 of everything before        8 bytes
//! the sections, one behind the other
//! ```
//!
//! Every byte is under a checksum (CRC-64/XZ): it finds damage, not forgery; who keeps files keeps a cryptographic hash of
//! them elsewhere. `FRST` sections hold forests (dense, about 20 bytes for a node), the others JSON. A reader skips sections
//! whose tag begins with a small letter and that it does not know, and refuses others: what is added later and may be
//! ignored gets a small letter. Fields that are added to JSON sections get a default.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize, de::DeserializeOwned};

use super::{
    forest,
    sections::{self, Section},
};
use crate::{
    calibrate::Calibration,
    evaluate::Estimate,
    frame::Schema,
    gbdt::Forest,
    intervals::{Conformal, Mondrian, Quantiles},
    logistic::Logistic,
    study::Model,
};

/// The format that is written.
pub const FORMAT: u32 = 1;

/// The oldest format that is read.
pub const FORMAT_OLDEST: u32 = 1;

/// The largest file that is read, in bytes.
pub const BYTES_MAX: usize = 64 << 20;

/// The largest JSON section that is read, in bytes: it may take some thirty times as much memory while it is read.
pub(super) const JSON_BYTES_MAX: usize = 8 << 20;

/// A model with everything that it takes to use, explain and trace it.
#[derive(Clone, Debug, PartialEq)]
pub struct ModelFile {
    /// The model.
    pub content: Content,
    /// Further forests with the content's schema, by what they are for: quantiles, difficulty.
    pub others: BTreeMap<String, Forest>,
    /// What turns predictions into intervals.
    pub intervals: Option<Intervals>,
    /// Where the model came from.
    pub lineage: Lineage,
}

/// The model itself.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// It predicts chances.
    Chances(Box<Model>),
    /// It predicts amounts.
    Amounts {
        /// The columns that it looks at, in the order of a row's values.
        schema: Schema,
        /// The trees.
        forest: Forest,
    },
}

impl Content {
    /// The columns that the model looks at.
    pub fn schema(&self) -> &Schema {
        match self {
            Self::Chances(model) => &model.schema,
            Self::Amounts { schema, .. } => schema,
        }
    }
}

/// What turns predictions into intervals.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Intervals {
    /// Split conformal, of one width or scaled by difficulty.
    Conformal(Conformal),
    /// Around quantile forests.
    Quantiles(Quantiles),
    /// By groups.
    Mondrian(Mondrian),
}

/// Where a model came from.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Lineage {
    /// What it predicts, as its users call it.
    pub name: String,
    /// Its version, unique for the name.
    pub version: String,
    /// Hash of the rows that it was trained and judged on.
    pub data_hash: String,
    /// How many rows it was trained on.
    pub trained_rows: u64,
    /// How rows were kept apart, in words.
    pub split: String,
    /// The seed of everything that was drawn.
    pub seed: u64,
    /// What else was chosen, by name.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// What was measured on rows that it had not seen.
    #[serde(default)]
    pub measured: Vec<Measured>,
    /// Version of the program that trained it.
    pub code_version: String,
    /// Versions that it was derived from or trained to replace.
    #[serde(default)]
    pub parents: Vec<String>,
    /// When it was trained, as the caller writes it.
    pub created_at: String,
}

/// A figure with what it must not be shown without.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// The figure (`auc`, `log_loss`).
    pub name: String,
    /// Its value and interval.
    pub estimate: Estimate,
    /// The rows that it is from.
    pub rows: u64,
    /// The share of them with the outcome; none for amounts.
    pub base_rate: Option<f64>,
}

/// Why bytes are no model, or a model cannot be written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ModelFileError {
    /// The beginning is not that of a model file.
    #[error("this is no model file")]
    NotAModel,
    /// The format is older than any that is still read.
    #[error(
        "the file has format {found}, and the oldest that is still read is {oldest}: train the model again"
    )]
    TooOld {
        /// The file's format.
        found: u32,
        /// The oldest that is read.
        oldest: u32,
    },
    /// The format is newer than this program.
    #[error("the file has format {found}, and this program knows formats up to {known}: use a newer program")]
    TooNew {
        /// The file's format.
        found: u32,
        /// The newest that is read.
        known: u32,
    },
    /// The file, or a part of it, is larger than allowed.
    #[error("{what} has {bytes} bytes, and at most {most} are read")]
    TooLarge {
        /// What is too large.
        what: String,
        /// Its size.
        bytes: u64,
        /// The limit.
        most: u64,
    },
    /// The file ends early, or goes on behind its end.
    #[error("the file has {found} bytes where {expected} belong: it was cut off or added to")]
    Length {
        /// The bytes that there are.
        found: u64,
        /// The bytes that there should be.
        expected: u64,
    },
    /// A checksum does not fit.
    #[error("{what} is damaged: its checksum does not fit")]
    Damaged {
        /// What is damaged.
        what: String,
    },
    /// A section that cannot be left aside is unknown, missing or there twice.
    #[error("section {tag} is {problem}")]
    Section {
        /// The section's tag.
        tag: String,
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A section does not say what it must.
    #[error("section {tag} cannot be read: {reason}")]
    Content {
        /// The section's tag.
        tag: String,
        /// Why.
        reason: String,
    },
    /// The model holds something that would not come back as it is, such as a number that is not finite.
    #[error(
        "the model cannot be written so that it comes back the same; it holds a number that is not finite"
    )]
    Unfaithful,
}

/// The parts of [`Content::Chances`] that are no forest.
#[derive(Serialize, Deserialize)]
struct Blend {
    logistic: Logistic,
    forest_share: f64,
    calibration: Calibration,
}

const SCHEMA: [u8; 4] = *b"SCHM";
const BLEND: [u8; 4] = *b"BLND";
const FOREST: [u8; 4] = *b"FRST";
const OTHERS: [u8; 4] = *b"OTHR";
const INTERVALS: [u8; 4] = *b"INTV";
const LINEAGE: [u8; 4] = *b"LINE";

impl ModelFile {
    /// The file's bytes: the same model gives the same bytes.
    ///
    /// # Errors
    /// When the model would not come back as it is, or is larger than what is read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, ModelFileError> {
        let forest = match &self.content {
            Content::Chances(model) => &model.forest,
            Content::Amounts { forest, .. } => forest,
        };
        let mut sections = vec![json(SCHEMA, self.content.schema())?, forest_section(forest)];
        if let Content::Chances(model) = &self.content {
            let Model { logistic, forest_share, calibration, .. } = model.as_ref();
            let (logistic, calibration) = (logistic.clone(), calibration.clone());
            sections.push(json(BLEND, &Blend { logistic, forest_share: *forest_share, calibration })?);
        }
        if !self.others.is_empty() {
            // The names here, the forests behind the first one in the same order.
            sections.push(json(OTHERS, &self.others.keys().collect::<Vec<_>>())?);
            sections.extend(self.others.values().map(forest_section));
        }
        if let Some(intervals) = &self.intervals {
            sections.push(json(INTERVALS, intervals)?);
        }
        sections.push(json(LINEAGE, &self.lineage)?);
        let bytes = sections::write(FORMAT, &sections);
        match Self::read(&bytes) {
            Ok(back) if back == *self => Ok(bytes),
            Err(error @ ModelFileError::TooLarge { .. }) => Err(error),
            _ => Err(ModelFileError::Unfaithful),
        }
    }

    /// Reads a file that [`ModelFile::to_bytes`] of this or an older program wrote.
    ///
    /// Takes memory in proportion to the length of `bytes` only, whatever they claim.
    ///
    /// # Errors
    /// When the bytes are no model file, of a format that is not read, damaged, cut off, too large or contradictory.
    pub fn read(bytes: &[u8]) -> Result<Self, ModelFileError> {
        let sections = sections::read(bytes, FORMAT_OLDEST..=FORMAT)?;
        let mut only = BTreeMap::new();
        let mut forests = Vec::new();
        for section in sections {
            let tag = section.tag;
            match tag {
                FOREST => forests.push(section),
                SCHEMA | BLEND | OTHERS | INTERVALS | LINEAGE => {
                    if only.insert(tag, section).is_some() {
                        return Err(wrong(tag, "there twice"));
                    }
                }
                [first, ..] if first.is_ascii_lowercase() => {}
                _ => return Err(wrong(tag, "unknown to this program")),
            }
        }
        let required = |tag: [u8; 4]| only.get(&tag).ok_or_else(|| wrong(tag, "missing"));
        let schema: Schema = parsed(required(SCHEMA)?)?;
        let lineage = parsed(required(LINEAGE)?)?;
        let names: Vec<String> = only.get(&OTHERS).map(parsed).transpose()?.unwrap_or_default();
        if forests.len() != names.len() + 1 {
            return Err(wrong(
                FOREST,
                if forests.is_empty() { "missing" } else { "there more or less often than named" },
            ));
        }
        let mut read = Vec::with_capacity(forests.len());
        for section in &forests {
            read.push(forest::read(section.body, &schema).map_err(|reason| unreadable(FOREST, reason))?);
        }
        let mut read = read.into_iter();
        let forest = read.next().ok_or_else(|| wrong(FOREST, "missing"))?;
        let count = names.len();
        let others: BTreeMap<String, Forest> = names.into_iter().zip(read).collect();
        if others.len() != count {
            return Err(wrong(OTHERS, "naming a forest twice"));
        }
        let intervals = only.get(&INTERVALS).map(parsed).transpose()?;
        let content = match only.get(&BLEND) {
            None => Content::Amounts { schema, forest },
            Some(section) => {
                let Blend { logistic, forest_share, calibration } = parsed(section)?;
                logistic.check(&schema).map_err(|error| unreadable(BLEND, error.to_string()))?;
                if !(0.0..=1.0).contains(&forest_share) {
                    return Err(unreadable(
                        BLEND,
                        "the share of the trees is not between 0 and 1".to_owned(),
                    ));
                }
                Content::Chances(Box::new(Model { schema, forest, logistic, forest_share, calibration }))
            }
        };
        Ok(Self { content, others, intervals, lineage })
    }
}

fn forest_section(forest: &Forest) -> ([u8; 4], Vec<u8>) {
    (FOREST, forest::write(forest))
}

fn json(tag: [u8; 4], value: &impl Serialize) -> Result<([u8; 4], Vec<u8>), ModelFileError> {
    let body = serde_json::to_vec(value).map_err(|error| unreadable(tag, error.to_string()))?;
    Ok((tag, body))
}

fn parsed<T: DeserializeOwned>(section: &Section<'_>) -> Result<T, ModelFileError> {
    if section.body.len() > JSON_BYTES_MAX {
        let what = format!("section {}", sections::shown(section.tag));
        let (bytes, most) = (section.body.len() as u64, JSON_BYTES_MAX as u64);
        return Err(ModelFileError::TooLarge { what, bytes, most });
    }
    crate::json::exactly(section.body).map_err(|error| unreadable(section.tag, error.to_string()))
}

fn wrong(tag: [u8; 4], problem: &'static str) -> ModelFileError {
    ModelFileError::Section { tag: sections::shown(tag), problem }
}

fn unreadable(tag: [u8; 4], reason: String) -> ModelFileError {
    ModelFileError::Content { tag: sections::shown(tag), reason }
}
