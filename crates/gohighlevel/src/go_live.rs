//! What a market still needs before it goes live with its location.
//!
//! Only markets with a connection need any of it: GoHighLevel is one way for leads to arrive.

use std::sync::Arc;

use jiff::SignedDuration;
use markets::{Checking, GoLiveStep, Market, Markets, MarketsError, PlaceToDo, StepState};

use crate::{GoHighLevel, GoHighLevelError, records::out, road};

/// How long ago the last event may be.
const EVENTS_WITHIN: SignedDuration = SignedDuration::from_hours(72);

/// The steps, in order.
pub fn steps(bridge: &GoHighLevel) -> Vec<Arc<dyn GoLiveStep>> {
    Subject::ALL
        .into_iter()
        .map(|subject| Arc::new(Step { bridge: bridge.clone(), subject }) as Arc<dyn GoLiveStep>)
        .collect()
}

#[derive(Clone, Copy)]
enum Subject {
    Connected,
    Filled,
    Fields,
    Events,
    OptOuts,
    Quiet,
}

impl Subject {
    const ALL: [Self; 6] =
        [Self::Connected, Self::Filled, Self::Fields, Self::Events, Self::OptOuts, Self::Quiet];
}

struct Step {
    bridge: GoHighLevel,
    subject: Subject,
}

impl GoLiveStep for Step {
    fn id(&self) -> &'static str {
        match self.subject {
            Subject::Connected => "gohighlevel",
            Subject::Filled => "gohighlevel-filled",
            Subject::Fields => "gohighlevel-fields",
            Subject::Events => "gohighlevel-events",
            Subject::OptOuts => "gohighlevel-opt-outs",
            Subject::Quiet => "gohighlevel-incidents",
        }
    }

    fn title(&self) -> &'static str {
        match self.subject {
            Subject::Connected => "GoHighLevel connected",
            Subject::Filled => "Everything of the location brought over",
            Subject::Fields => "Fields for scores and a stage for every stage",
            Subject::Events => "Events arrive by themselves",
            Subject::OptOuts => "An opt-out honoured: answer STOP from a telephone of yours",
            Subject::Quiet => "Nothing at GoHighLevel waits for a person",
        }
    }

    fn required(&self) -> bool {
        // A market may live without GoHighLevel; with it, these.
        matches!(self.subject, Subject::Filled | Subject::Fields)
    }

    fn place(&self, market: &Market) -> PlaceToDo {
        let command = match self.subject {
            Subject::Connected => Some(format!("ehub ghl connect --market {}", market.name())),
            Subject::Filled => Some(format!("ehub ghl backfill --market {}", market.name())),
            Subject::Events | Subject::Quiet => Some(format!("ehub ghl doctor --market {}", market.name())),
            Subject::Fields | Subject::OptOuts => None,
        };
        PlaceToDo { page: Some(format!("/m/{}/gohighlevel", market.name())), command }
    }

    fn check<'a>(&'a self, _: &'a Markets, market: &'a Market) -> Checking<'a> {
        Box::pin(async move {
            match self.state(market).await {
                Ok(state) => Ok(state),
                Err(GoHighLevelError::Market(error)) => Err(error),
                Err(GoHighLevelError::Store(error)) => Err(MarketsError::Store(error)),
                Err(other) => Ok(StepState::Missing(other.to_string())),
            }
        })
    }
}

impl Step {
    async fn state(&self, market: &Market) -> Result<StepState, GoHighLevelError> {
        let connection = self.bridge.connection(market).await?;
        let missing = |text: String| Ok(StepState::Missing(text));
        let Some(connection) = connection else {
            return match self.subject {
                Subject::Connected => missing("no location is connected".to_owned()),
                _ => Ok(StepState::Done),
            };
        };
        match self.subject {
            Subject::Connected => Ok(StepState::Done),
            Subject::Filled => {
                let progress = self.bridge.progress(market, &connection, self.bridge.now()).await?;
                match progress.is_done() {
                    true => Ok(StepState::Done),
                    false => missing("the first fill is under way".to_owned()),
                }
            }
            Subject::Fields => {
                let there = self.bridge.provisioned(market).await?;
                let unmapped: Vec<&str> = there.unmapped().collect();
                if !there.has_fields() {
                    return missing("the fields for scores are not there yet".to_owned());
                }
                // One pipeline is enough: a location may know nothing of the others.
                let is_any = there.stages.iter().any(|(_, is_there)| *is_there);
                match is_any {
                    true => Ok(StepState::Done),
                    false => missing(format!("no stage there is known for {}", unmapped.join(", "))),
                }
            }
            Subject::Events => {
                if !connection.has_app {
                    return Ok(StepState::Done);
                }
                let now = self.bridge.now();
                let since = now.checked_sub(EVENTS_WITHIN).unwrap_or(now);
                match out::has_events_since(market.db(), road::SOURCE, since).await? {
                    true => Ok(StepState::Done),
                    false => missing("no event has arrived in the last three days".to_owned()),
                }
            }
            Subject::OptOuts => match self.bridge.0.leads.has_opt_outs(market).await? {
                true => Ok(StepState::Done),
                false => missing("no opt-out was ever recorded: try one".to_owned()),
            },
            Subject::Quiet => match self.bridge.open_incidents(market).await? {
                0 => Ok(StepState::Done),
                1 => missing("an incident is open".to_owned()),
                open => missing(format!("{open} incidents are open")),
            },
        }
    }
}
