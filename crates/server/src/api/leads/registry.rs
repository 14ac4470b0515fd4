use axum::{Extension, Json, extract::State};
use jiff::Timestamp;
use leads::ToldBy;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::shape::ToldByWord;
use crate::{
    api::{
        growth::shape::{Rejection, many},
        input::{Sent, objects},
        refusals::Changing,
    },
    app::AppState,
    idempotency::Unkept,
    problem::Problem,
    viewer::{At, InMarket},
};

/// What a look at the national do-not-call registry said.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadRegistryLook {
    /// When it was looked at.
    looked_at: Timestamp,
    /// Who looked.
    #[schema(value_type = ToldByWord)]
    told_by: ToldBy,
    /// The numbers.
    #[serde(deserialize_with = "objects")]
    #[schema(min_items = 1, max_items = 1000)]
    numbers: Vec<LeadNumber>,
}

/// A number and whether it is on the registry.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadNumber {
    /// International, or as it is written in the market's region.
    #[schema(min_length = 1, max_length = 40)]
    number: String,
    /// Whether it is on it.
    listed: bool,
}

/// What became of it.
#[derive(Serialize, ToSchema)]
pub struct LeadRegistryReport {
    /// Numbers that are known now as of this look.
    noted: u64,
    /// Numbers for which a later look is on record.
    older: u64,
    /// What is no number.
    rejected: Vec<Rejection>,
}

/// Note what a look at the national do-not-call registry said of numbers.
///
/// It is about numbers and not about contacts: it holds for whoever has one, now or later. After 31 days it is too old to
/// let a call out.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/lead-registry-looks",
    tag = "leads",
    operation_id = "lead_registry_look",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = LeadRegistryLook,
    responses((status = 200, description = "What became of it.", body = LeadRegistryReport), Changing)
)]
pub async fn look(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(look): Sent<LeadRegistryLook>,
) -> Result<(Extension<Unkept>, Json<LeadRegistryReport>), Problem> {
    let numbers: Vec<(String, bool)> =
        look.numbers.into_iter().map(|number| (number.number, number.listed)).collect();
    let leads = &state.hub().leads;
    let report = leads.scrubbed(&here.market, &numbers, look.looked_at, look.told_by, &at).await?;
    let shown =
        LeadRegistryReport { noted: report.noted, older: report.older, rejected: many(&report.rejected) };
    Ok((Extension(Unkept), Json(shown)))
}
