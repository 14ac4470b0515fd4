use std::fmt;

use serde::{Deserialize, Serialize};

use crate::assessment::named;

/// What a section is about; decides which renderings carry it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SectionKey {
    /// What this is about, in a few sentences.
    Summary,
    /// The client's figures.
    Situation,
    /// What the figures show, and what answers it.
    Findings,
    /// The programs proposed.
    Offer,
    /// Price, implementation, what has to come back.
    Investment,
    /// Documented results of comparable clients.
    Evidence,
    /// Dates and growth that speak for acting now.
    Urgency,
    /// Dated steps.
    Steps,
    /// Objections and answers.
    Questions,
    /// Justification of the price, discounts, terms.
    Terms,
}

named!(SectionKey {
    Summary => "summary", "Summary";
    Situation => "situation", "Situation";
    Findings => "findings", "Findings";
    Offer => "offer", "Offer";
    Investment => "investment", "Investment";
    Evidence => "evidence", "Evidence";
    Urgency => "urgency", "Urgency";
    Steps => "steps", "Steps";
    Questions => "questions", "Questions";
    Terms => "terms", "Terms";
});

/// A part of a proposition. Title and blocks may be edited; the key stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Section {
    /// What it is about.
    pub key: SectionKey,
    /// Heading.
    pub title: String,
    /// Content.
    pub blocks: Vec<Block>,
}

impl Section {
    pub(super) fn new(key: SectionKey, title: &str, blocks: Vec<Block>) -> Self {
        Self { key, title: title.to_owned(), blocks }
    }
}

/// A piece of content that every renderer knows how to set.
///
/// In JSON an object with one key, the kind: a tag beside the fields could not be read back where
/// serde_json keeps numbers in arbitrary precision.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Block {
    /// Running text.
    Paragraph {
        /// The text.
        text: String,
    },
    /// A list.
    Points {
        /// Its items.
        points: Vec<Point>,
    },
    /// Figures with a bar where they lie on a scale.
    Measures {
        /// The figures.
        measures: Vec<Measure>,
    },
    /// What the figures show, and what answers it.
    Findings {
        /// The findings, strongest first.
        findings: Vec<Finding>,
    },
    /// One program.
    Program {
        /// Its name.
        name: String,
        /// What it changes, in a few words.
        outcome: String,
        /// What it is.
        description: String,
        /// Its annual price and implementation, as printed.
        price: String,
        /// What it consists of.
        features: Vec<String>,
        /// What the client gains.
        advantages: Vec<String>,
        /// What in the client's figures speaks for it.
        reasons: Vec<String>,
    },
    /// Rows and columns.
    Table {
        /// What it shows.
        caption: String,
        /// Headings.
        columns: Vec<Column>,
        /// Cells as printed, as many per row as there are columns.
        rows: Vec<Vec<String>>,
        /// Whether the last row is a sum.
        total: bool,
    },
    /// A calculation in words.
    Formula {
        /// What it gives.
        name: String,
        /// How.
        expression: String,
    },
    /// Questions with answers.
    Questions {
        /// The pairs.
        questions: Vec<Question>,
    },
    /// Dated steps.
    Steps {
        /// The steps, earliest first.
        steps: Vec<Step>,
    },
}

/// An item of a list.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Lead-in, set in bold; may be empty.
    pub title: String,
    /// The text.
    pub text: String,
}

/// A figure of the client.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measure {
    /// What it is.
    pub label: String,
    /// As printed.
    pub value: String,
    /// Where it lies on its scale, 0-1; `None` when it has none.
    #[serde(default)]
    pub share: Option<f64>,
}

/// What a figure shows, and what answers it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// In a few words.
    pub title: String,
    /// What it usually means.
    pub meaning: String,
    /// The figure that shows it, as printed.
    pub evidence: String,
    /// What of the proposal answers it; may be empty.
    pub answer: String,
}

/// A heading of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The heading.
    pub title: String,
    /// Whether its cells are numbers, set flush right.
    pub numeric: bool,
}

impl Column {
    pub(super) fn text(title: &str) -> Self {
        Self { title: title.to_owned(), numeric: false }
    }

    pub(super) fn numeric(title: &str) -> Self {
        Self { title: title.to_owned(), numeric: true }
    }
}

/// A question with its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// The question.
    pub question: String,
    /// The answer.
    pub answer: String,
}

/// A dated step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// As printed.
    pub date: String,
    /// In a few words.
    pub title: String,
    /// What happens in it.
    pub detail: String,
}
