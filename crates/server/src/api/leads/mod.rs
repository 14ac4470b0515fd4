//! Leads: `/api/v1/markets/{market}/leads..` and beside it what scores rest on (`lead-models`, `lead-policy`), who takes
//! leads (`lead-agents`) and what may be sent (`lead-gate`). One endpoint per file; what they send is in `shape`.
//!
//! A lead is named by its contact. An agent reaches the leads assigned to them; others answer as if they did not exist.

mod a2p;
mod a2p_put;
mod act;
mod agent_put;
mod agent_remove;
mod agents;
mod basis_note;
mod do_not_call;
mod events_create;
mod export;
mod facts;
mod fairness;
mod gate_check;
mod gate_figures;
mod gate_log;
mod gate_record;
mod list;
mod model_promote;
mod model_retire;
mod model_roll_back;
mod model_train;
mod models;
mod offer_log;
mod offers;
mod on_lead;
mod opt_in;
mod opt_out;
mod opt_out_settle;
mod opt_outs_import;
mod override_delete;
mod override_put;
mod policy;
mod policy_save;
mod registry;
mod scores;
mod search;
pub mod shape;
mod show;
mod speed;
mod timeline;
mod why_not;

use kernel::{PersonId, Ulid};
use leads::learning::Kind;
use serde::Deserialize;
use utoipa_axum::routes;

use crate::{
    access::{Access, MarketRoles, NOTHING_HERE, Routes},
    problem::Problem,
};

/// What open pages of the market are told when something about leads changed.
pub const CHANGED: &str = "lead_changed";
/// What they are told when the policy of leads, a model or the team did.
pub const POLICY_CHANGED: &str = "lead_policy_changed";

/// Adds the endpoints to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Market(MarketRoles::READ_LEADS);
    let write = Access::Market(MarketRoles::WRITE_LEADS);
    let rules = Access::Market(MarketRoles::READ_MODELS);
    let manage = Access::Market(MarketRoles::MANAGE_MODELS);
    routes
        .api(read, routes!(list::list))
        .api(read, routes!(search::search))
        .api(read, routes!(show::show))
        .api(read, routes!(scores::scores))
        .api(read, routes!(timeline::timeline))
        .api(write, routes!(events_create::tell))
        .api(write, routes!(override_put::put))
        .api(write, routes!(override_delete::delete))
        .api_named(write, routes!(act::act))
        .api(write, routes!(gate_check::check))
        .api(read, routes!(offers::offers))
        .api(rules, routes!(offer_log::log))
        .api(rules, routes!(speed::speed))
        .api(rules, routes!(fairness::fairness))
        .api(read, routes!(why_not::why_not))
        .api(read, routes!(gate_record::record))
        .api(rules, routes!(gate_log::log))
        .api(rules, routes!(gate_figures::figures))
        .api(rules, routes!(agents::agents))
        .api(manage, routes!(agent_put::put))
        .api(manage, routes!(agent_remove::delete))
        .api(read, routes!(facts::facts))
        .api(write, routes!(basis_note::note))
        .api(write, routes!(do_not_call::list))
        .api(write, routes!(opt_out::opt_out))
        .api(write, routes!(opt_out_settle::settle))
        // Lifting what somebody said, and speaking for people who may be nobody's yet, is for those who answer for it.
        .api(manage, routes!(opt_in::opt_in))
        .api(manage, routes!(opt_outs_import::import))
        .api(rules, routes!(models::models))
        .api(manage, routes!(model_train::train))
        .api(manage, routes!(model_promote::promote))
        .api(manage, routes!(model_retire::retire))
        .api(manage, routes!(model_roll_back::roll_back))
        .api(rules, routes!(a2p::a2p))
        .api(manage, routes!(a2p_put::put))
        .api(manage, routes!(registry::look))
        .api(rules, routes!(policy::policy))
        .api(manage, routes!(policy_save::save))
        .api(Access::Market(MarketRoles::EXPORT_LEADS), routes!(export::export))
}

/// The lead in the path, beside the market.
#[derive(Deserialize)]
pub struct OfLead {
    lead: Ulid,
}

impl OfLead {
    /// Which one.
    pub fn id(&self) -> PersonId {
        self.lead.into()
    }
}

/// A model in the path, beside the market.
#[derive(Deserialize)]
pub struct OfModel {
    kind: String,
    version: u32,
}

impl OfModel {
    /// Which question it answers.
    ///
    /// # Errors
    /// 404 when there is no such kind.
    pub fn kind(&self) -> Result<Kind, Problem> {
        kind_of(&self.kind)
    }
}

/// The kind of models that a path names.
fn kind_of(text: &str) -> Result<Kind, Problem> {
    text.parse().map_err(|_| Problem::not_found(NOTHING_HERE))
}

/// An agent in the path, beside the market.
#[derive(Deserialize)]
pub struct OfAgent {
    user: Ulid,
}
