//! The pages of leads, under `/m/{market}/leads`: the board, who gets which lead, what scores rest on, what may be sent,
//! and the policy behind all of it. What is known of one lead stands on the page of the person (`lead`).
//!
//! Agents see the leads assigned to them. No name, address or number is ever in an address: searching is a `POST`.

mod board;
mod compliance;
mod decision;
mod file;
pub(super) mod lead;
mod model;
mod offers;
mod policy;
mod routing;
pub(super) mod words;

use leads::LeadsError;

use crate::{
    access::{Access, MarketRoles, Routes},
    app::AppState,
    design::{Page, Tab, tabs},
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Market(MarketRoles::READ_LEADS);
    let write = Access::Market(MarketRoles::WRITE_LEADS);
    let look = Access::Market(MarketRoles::READ_MODELS);
    let manage = Access::Market(MarketRoles::MANAGE_MODELS);
    routes
        .get(read, "/m/{market}/leads", board::show)
        .post(read, "/m/{market}/leads/search", board::search)
        .get(look, "/m/{market}/leads/routing", routing::show)
        .get(look, "/m/{market}/leads/routing/{agent}", routing::agent::show)
        .post(manage, "/m/{market}/leads/routing/{agent}", routing::agent::save)
        .post(manage, "/m/{market}/leads/routing/{agent}/remove", routing::agent::remove)
        .get(look, "/m/{market}/leads/offers", offers::show)
        .get(look, "/m/{market}/leads/model", model::show)
        .post(manage, "/m/{market}/leads/model/{kind}/train", model::work::train)
        .post(manage, "/m/{market}/leads/model/{kind}/roll-back", model::work::roll_back)
        .post(manage, "/m/{market}/leads/model/{kind}/{version}/promote", model::work::promote)
        .post(manage, "/m/{market}/leads/model/{kind}/{version}/retire", model::work::retire)
        .get(look, "/m/{market}/leads/compliance", compliance::show)
        .post(manage, "/m/{market}/leads/compliance/sender", compliance::sender::save)
        .post(manage, "/m/{market}/leads/compliance/opt-outs", compliance::earlier::bring)
        .get(look, "/m/{market}/leads/policy", policy::show)
        .post(manage, "/m/{market}/leads/policy", policy::save)
        .post(write, "/m/{market}/contacts/{contact}/override", lead::change::say)
        .post(write, "/m/{market}/contacts/{contact}/override/withdraw", lead::change::withdraw)
        .post(write, "/m/{market}/contacts/{contact}/opt-out", lead::change::opt_out)
        .post(write, "/m/{market}/contacts/{contact}/send", lead::doing::send)
        .post(write, "/m/{market}/contacts/{contact}/task", lead::doing::task)
        .post(write, "/m/{market}/contacts/{contact}/opt-out/settle", lead::change::settle)
        .post(write, "/m/{market}/contacts/{contact}/consent", lead::change::consent)
}

/// Where the market's leads are.
fn home(here: &InMarket) -> String {
    format!("/m/{}/leads", here.market.name())
}

/// The pages of leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Section {
    Board,
    Routing,
    Offers,
    Model,
    Compliance,
    Policy,
}

impl Section {
    /// All of them, in order.
    const ALL: [Self; 6] =
        [Self::Board, Self::Routing, Self::Offers, Self::Model, Self::Compliance, Self::Policy];

    fn label(self) -> &'static str {
        match self {
            Self::Board => "Board",
            Self::Routing => "Routing",
            Self::Offers => "Offers",
            Self::Model => "Model",
            Self::Compliance => "Compliance",
            Self::Policy => "Policy",
        }
    }

    fn path(self) -> &'static str {
        match self {
            Self::Board => "",
            Self::Routing => "/routing",
            Self::Offers => "/offers",
            Self::Model => "/model",
            Self::Compliance => "/compliance",
            Self::Policy => "/policy",
        }
    }
}

/// A page of leads, with the way to the others that the viewer may see.
fn page<'v>(viewer: &'v Viewer, here: &InMarket, section: Section, title: &str) -> Page<'v> {
    let page =
        Page::new(viewer, title).crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()));
    let page = if section == Section::Board { page } else { page.crumb("Leads", home(here)) };
    if !here.may(MarketRoles::READ_MODELS) {
        return page;
    }
    let shown =
        Section::ALL.into_iter().filter(|one| *one != Section::Board || here.may(MarketRoles::READ_LEADS));
    let all: Vec<Tab> = shown
        .map(|one| Tab {
            label: one.label().to_owned(),
            href: format!("{}{}", home(here), one.path()),
            current: one == section,
        })
        .collect();
    page.tabs(tabs("Pages of leads", &all))
}

/// What the market wants of its leads, in words. A policy that cannot be read keeps nobody from calling: it is put right on
/// its own page.
async fn goal_of(state: &AppState, here: &InMarket) -> Result<String, Problem> {
    match state.hub().leads.policy(&here.market).await {
        Ok(policy) => Ok(words::goal(policy.goal())),
        Err(LeadsError::Invalid { .. }) => Ok("the market's goal".to_owned()),
        Err(error) => Err(error.into()),
    }
}
