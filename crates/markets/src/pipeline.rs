//! Pipelines: the stages that a contact goes through, per line of business.

use std::sync::LazyLock;

use boxed::boxed;
use kernel::Vertical;
use serde::{Deserialize, Serialize};

use crate::{Market, MarketsError, inside};

/// The stages of one line of business, in order.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Pipeline {
    /// Its identifier, unique in the market.
    pub id: String,
    /// The line of business.
    pub vertical: Vertical,
    /// What people call it.
    pub name: String,
    /// Its stages in order; the first is where contacts begin.
    #[serde(rename = "stage")]
    pub stages: Vec<Stage>,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stage {
    /// Its identifier, unique in the pipeline.
    pub id: String,
    /// What people call it.
    pub name: String,
    /// What it means to be there.
    pub kind: StageKind,
}

/// What it means to be in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Being worked on.
    Open,
    /// Done, with success.
    Won,
    /// Done, without.
    Lost,
}

impl StageKind {
    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Won => "won",
            Self::Lost => "lost",
        }
    }
}

impl std::str::FromStr for StageKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = [Self::Open, Self::Won, Self::Lost].into_iter().find(|kind| kind.id() == text);
        found.ok_or_else(|| format!("`{text}` is no kind of stage"))
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    pipeline: Vec<Pipeline>,
}

static SHIPPED: LazyLock<Vec<Pipeline>> = LazyLock::new(|| {
    let file: File = toml::from_str(include_str!("../../../policies/pipelines.toml"))
        .expect("the shipped pipelines are TOML, as a test makes sure");
    file.pipeline
});

/// The pipelines that a new market with these lines of business begins with.
pub(crate) fn shipped(verticals: &[Vertical]) -> Vec<Pipeline> {
    SHIPPED.iter().filter(|pipeline| verticals.contains(&pipeline.vertical)).cloned().collect()
}

#[boxed]
impl Market {
    /// Its pipelines, in order.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn pipelines(&self) -> Result<Vec<Pipeline>, MarketsError> {
        Ok(inside::pipelines(self.db()).await?)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_vertical_has_a_pipeline_that_begins_open_and_can_be_won_and_lost() {
        for vertical in Vertical::ALL {
            let pipelines = shipped(&[*vertical]);
            assert_eq!(pipelines.len(), 1, "{vertical}");
            let stages = &pipelines[0].stages;
            assert_eq!(stages[0].kind, StageKind::Open);
            for kind in [StageKind::Won, StageKind::Lost] {
                assert!(stages.iter().any(|stage| stage.kind == kind), "{vertical}: {}", kind.id());
            }
            let ids: BTreeSet<&str> = stages.iter().map(|stage| stage.id.as_str()).collect();
            assert_eq!(ids.len(), stages.len(), "{vertical}: a stage twice");
        }
        let all = shipped(Vertical::ALL);
        let ids: BTreeSet<&str> = all.iter().map(|pipeline| pipeline.id.as_str()).collect();
        assert_eq!(ids.len(), all.len());
    }
}
