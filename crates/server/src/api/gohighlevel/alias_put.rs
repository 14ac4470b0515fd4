use axum::{extract::State, http::StatusCode};
use gohighlevel::backup_map::What;
use serde::Deserialize;
use utoipa::ToSchema;

use super::CHANGED;
use crate::{
    api::{
        input::{Sent, at_most},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// What has a name in GoHighLevel.
#[derive(Clone, Copy, Deserialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum GoHighLevelNamed {
    /// A pipeline; its alias is the market's pipeline.
    Pipeline,
    /// A stage; its alias is the stage of the market's pipeline.
    Stage,
    /// A calendar.
    Calendar,
    /// A workflow.
    Workflow,
    /// A user; the alias is the user here.
    User,
    /// A custom field of contacts.
    Field,
}

impl From<GoHighLevelNamed> for What {
    fn from(named: GoHighLevelNamed) -> Self {
        match named {
            GoHighLevelNamed::Pipeline => Self::Pipeline,
            GoHighLevelNamed::Stage => Self::Stage,
            GoHighLevelNamed::Calendar => Self::Calendar,
            GoHighLevelNamed::Workflow => Self::Workflow,
            GoHighLevelNamed::User => Self::User,
            GoHighLevelNamed::Field => Self::Field,
        }
    }
}

/// What something there is called here.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct GoHighLevelAliasDraft {
    /// What it is.
    what: GoHighLevelNamed,
    /// Its identifier there.
    #[schema(min_length = 1, max_length = 200)]
    remote: String,
    /// The word here; none when left out.
    #[schema(max_length = 200)]
    alias: Option<String>,
    /// Among several with one alias: 0 is taken first, the others stand in, in this order.
    #[serde(default)]
    #[schema(maximum = 1000)]
    place: u32,
}

/// Say what something in GoHighLevel is called here, once, where the names do not say it.
#[utoipa::path(
    put,
    path = "/api/v1/markets/{market}/gohighlevel/aliases",
    tag = "gohighlevel",
    operation_id = "gohighlevel_alias",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = GoHighLevelAliasDraft,
    responses((status = 204, description = "It is called so."), Changing)
)]
pub async fn put(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(draft): Sent<GoHighLevelAliasDraft>,
) -> Result<StatusCode, Problem> {
    at_most(200, &[("remote", Some(&draft.remote)), ("alias", draft.alias.as_deref())])?;
    let (what, alias) = (draft.what.into(), draft.alias.as_deref());
    let bridge = &state.hub().gohighlevel;
    bridge.save_alias(&here.market, what, &draft.remote, alias, draft.place, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(StatusCode::NO_CONTENT)
}
