//! What a market still needs before it goes live, and where to do it.

use std::{future::Future, pin::Pin, sync::Arc};

use kernel::Vertical;
use serde::Serialize;

use crate::{Market, Markets, MarketsError};

/// Where a step is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PlaceToDo {
    /// Path of the page, such as `/m/alpha/settings`; `None` when there is none.
    pub page: Option<String>,
    /// The command that does it.
    pub command: Option<String>,
}

/// Whether a step is done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StepState {
    /// Done.
    Done,
    /// Not yet; what is missing, in a sentence.
    Missing(String),
}

/// One step with its state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Step {
    /// Its identifier.
    pub id: &'static str,
    /// What is to be done.
    pub title: &'static str,
    /// Whether a market may go live without it.
    pub required: bool,
    /// Whether it is done.
    pub state: StepState,
    /// Where it is done.
    pub place: PlaceToDo,
}

/// All steps.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Checklist {
    /// The steps in order.
    pub steps: Vec<Step>,
}

impl Checklist {
    /// Whether every required step is done.
    pub fn is_ready(&self) -> bool {
        self.missing().all(|step| !step.required)
    }

    /// The steps that are not done.
    pub fn missing(&self) -> impl Iterator<Item = &Step> {
        self.steps.iter().filter(|step| step.state != StepState::Done)
    }
}

/// The answer of a [`GoLiveStep`].
pub type Checking<'a> = Pin<Box<dyn Future<Output = Result<StepState, MarketsError>> + Send + 'a>>;

/// A step of the checklist, which any domain or connector may add ([`Markets::add_step`]).
pub trait GoLiveStep: Send + Sync {
    /// Its identifier, unique in the list.
    fn id(&self) -> &'static str;
    /// What is to be done, in a few words.
    fn title(&self) -> &'static str;
    /// Whether a market may not go live without it.
    fn required(&self) -> bool;
    /// Where it is done.
    fn place(&self, market: &Market) -> PlaceToDo;
    /// Looks whether it is done.
    fn check<'a>(&'a self, markets: &'a Markets, market: &'a Market) -> Checking<'a>;
}

/// The steps that need nothing but the market itself.
pub(crate) fn own_steps() -> Vec<Arc<dyn GoLiveStep>> {
    vec![Arc::new(PipelineOfEveryVertical), Arc::new(PolicyReviewed), Arc::new(BackedUp)]
}

fn at(market: &Market, page: &str, command: String) -> PlaceToDo {
    PlaceToDo { page: Some(format!("/m/{}{page}", market.name())), command: Some(command) }
}

struct PipelineOfEveryVertical;

impl GoLiveStep for PipelineOfEveryVertical {
    fn id(&self) -> &'static str {
        "pipelines"
    }

    fn title(&self) -> &'static str {
        "A pipeline for every line of business"
    }

    fn required(&self) -> bool {
        true
    }

    fn place(&self, market: &Market) -> PlaceToDo {
        PlaceToDo { page: Some(format!("/m/{}", market.name())), command: None }
    }

    fn check<'a>(&'a self, _: &'a Markets, market: &'a Market) -> Checking<'a> {
        Box::pin(async move {
            let pipelines = market.pipelines().await?;
            let without: Vec<&str> = market
                .verticals()
                .iter()
                .filter(|vertical| pipelines.iter().all(|pipeline| pipeline.vertical != **vertical))
                .map(|vertical: &Vertical| vertical.label())
                .collect();
            Ok(match without.is_empty() {
                true => StepState::Done,
                false => StepState::Missing(format!("no pipeline for {}", without.join(", "))),
            })
        })
    }
}

struct PolicyReviewed;

impl GoLiveStep for PolicyReviewed {
    fn id(&self) -> &'static str {
        "policy"
    }

    fn title(&self) -> &'static str {
        "Limits, retention and quiet hours reviewed"
    }

    fn required(&self) -> bool {
        false
    }

    fn place(&self, market: &Market) -> PlaceToDo {
        at(market, "/policy", format!("ehub market policy {}", market.name()))
    }

    fn check<'a>(&'a self, _: &'a Markets, market: &'a Market) -> Checking<'a> {
        Box::pin(async move {
            Ok(match market.policies().await?.len() {
                0 | 1 => StepState::Missing("the market still has the policy it began with".to_owned()),
                _ => StepState::Done,
            })
        })
    }
}

struct BackedUp;

impl GoLiveStep for BackedUp {
    fn id(&self) -> &'static str {
        "backup"
    }

    fn title(&self) -> &'static str {
        "A first backup"
    }

    fn required(&self) -> bool {
        true
    }

    fn place(&self, market: &Market) -> PlaceToDo {
        at(market, "/backups", format!("ehub market backup {} --to FOLDER", market.name()))
    }

    fn check<'a>(&'a self, markets: &'a Markets, market: &'a Market) -> Checking<'a> {
        Box::pin(async move {
            Ok(match markets.backups(market.name()).await?.is_empty() {
                true => StepState::Missing("no backup was made yet".to_owned()),
                false => StepState::Done,
            })
        })
    }
}
