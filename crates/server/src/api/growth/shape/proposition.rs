use growth::{proposition as domain, proposition_record};
use jiff::{Timestamp, civil::Date};
use kernel::Ulid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{PolicyName, Shown, shows, words::PropositionStatusWord};

/// A part of a proposition.
#[derive(Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Section {
    /// What it is about (`summary`, `offer`, ...); stays as it is.
    pub key: String,
    /// Heading.
    pub title: String,
    /// Content: objects with one key, the kind of block (`paragraph`, `points`, `table`, ...).
    #[schema(value_type = Vec<Object>)]
    pub blocks: Vec<serde_json::Value>,
}

/// A number that a proposition prints, and where it comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct Fact {
    /// What it is.
    pub label: String,
    /// As printed.
    pub value: String,
    /// What it counts.
    pub unit: String,
    /// The input or constant it is, or the calculation that made it.
    pub source: String,
}

shows!(Fact of domain::Fact { label, value, unit, source });

/// A proposition without its content.
#[derive(Debug, Serialize, ToSchema)]
pub struct PropositionSummary {
    /// Identity.
    pub id: Ulid,
    /// For whom.
    pub client_id: String,
    /// The snapshot it was written from.
    pub snapshot_id: Ulid,
    /// Where it stands.
    pub status: PropositionStatusWord,
    /// The latest version, from 1.
    pub version: u32,
    /// When it was first written.
    pub created_at: Timestamp,
    /// By whom.
    pub created_by: String,
    /// When it went out.
    pub sent_at: Option<Timestamp>,
    /// Who sent it.
    pub sent_by: Option<String>,
    /// Which version went out.
    pub sent_version: Option<u32>,
    /// To whom, as far as known.
    pub sent_to: Option<String>,
}

shows!(PropositionSummary of proposition_record::PropositionSummary {
    id, client_id, snapshot_id, status, version, created_at, created_by, sent_at, sent_by, sent_version, sent_to,
});

/// One version of a proposition.
#[derive(Debug, Serialize, ToSchema)]
pub struct Proposition {
    /// What it belongs to.
    #[serde(flatten)]
    pub summary: PropositionSummary,
    /// Which version this is.
    pub this_version: u32,
    /// Whether a person changed the generated text.
    pub edited: bool,
    /// When it was written.
    pub written_at: Timestamp,
    /// By whom.
    pub written_by: String,
    /// The client's name.
    pub client_name: String,
    /// The day it speaks of.
    pub as_of: Date,
    /// The policy behind assessment and prices.
    pub policy: PolicyName,
    /// Title without the client's name.
    pub title: String,
    /// Subject line of the e-mail.
    pub subject: String,
    /// Currency of its amounts.
    pub currency: String,
    /// Sections in reading order.
    pub sections: Vec<Section>,
    /// Every number in the sections as they were generated.
    pub facts: Vec<Fact>,
}

impl Shown<domain::Section> for Section {
    fn shown(value: &domain::Section) -> Self {
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        // Keys and blocks are strings, lists and maps: they always become JSON.
        let json = |value: &domain::Block| serde_json::to_value(value).unwrap_or_default();
        Self {
            key: serde_json::to_value(value.key).map(|key| text(&key)).unwrap_or_default(),
            title: value.title.clone(),
            blocks: value.blocks.iter().map(json).collect(),
        }
    }
}

impl Shown<proposition_record::PropositionVersion> for Proposition {
    fn shown(value: &proposition_record::PropositionVersion) -> Self {
        let content = &value.content;
        Self {
            summary: PropositionSummary::shown(&value.summary),
            this_version: value.this_version,
            edited: value.edited,
            written_at: value.written_at,
            written_by: value.written_by.clone(),
            client_name: content.client_name.to_string(),
            as_of: content.as_of,
            policy: PolicyName::shown(&content.policy),
            title: content.title.clone(),
            subject: content.subject.clone(),
            currency: content.currency.to_string(),
            sections: Shown::shown(&content.sections),
            facts: Shown::shown(&content.facts),
        }
    }
}
