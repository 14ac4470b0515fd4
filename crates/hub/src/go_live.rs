//! Steps of a market's checklist that need more than the market itself.

use std::sync::Arc;

use directory::Directory;
use kernel::MarketRole;
use markets::{Checking, GoLiveStep, Market, Markets, PlaceToDo, StepState};

/// Somebody must own the market.
pub(crate) fn owner(directory: Directory) -> Arc<dyn GoLiveStep> {
    Arc::new(Owner(directory))
}

struct Owner(Directory);

impl GoLiveStep for Owner {
    fn id(&self) -> &'static str {
        "owner"
    }

    fn title(&self) -> &'static str {
        "An owner"
    }

    fn required(&self) -> bool {
        true
    }

    fn place(&self, market: &Market) -> PlaceToDo {
        PlaceToDo {
            page: Some(format!("/m/{}/people", market.name())),
            command: Some(format!("ehub user grant EMAIL --market {} --role owner", market.name())),
        }
    }

    fn check<'a>(&'a self, _: &'a Markets, market: &'a Market) -> Checking<'a> {
        Box::pin(async move {
            let members = self.0.members(market.id()).await?;
            Ok(match members.iter().any(|member| member.membership.role == MarketRole::Owner) {
                true => StepState::Done,
                false => {
                    StepState::Missing("nobody owns the market: only an owner manages its people".to_owned())
                }
            })
        })
    }
}
