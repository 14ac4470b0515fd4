use std::collections::BTreeMap;

use axum::{
    Extension, Json,
    extract::{Query, State},
};
use kernel::Ulid;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::CHANGED;
use crate::{
    access::MarketRoles,
    api::{
        growth::shape::{Notice, Rejection, many},
        input::{FileForm, SentFile},
        refusals::Changing,
    },
    app::AppState,
    idempotency::Unkept,
    problem::Problem,
    viewer::{At, InMarket},
};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// Only say what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// What became of a file.
#[derive(Serialize, ToSchema)]
pub struct ContactImport {
    /// Data rows in the file.
    rows: u64,
    /// Contacts that were added, or would be.
    accepted: u64,
    /// Why rows were not taken: one entry per bad value. The row of a person who asked to be left alone names no
    /// value.
    rejected: Vec<Rejection>,
    /// What is worth knowing about the file.
    notices: Vec<Notice>,
}

/// Add the contacts of a file.
///
/// The body is the file itself: CSV, XLSX, JSON or NDJSON with one row per person, at most 10 000, or a form with the
/// field `file`. Columns are recognised by their names. A row that cannot be taken is reported, and the others are
/// added all together.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/contact-imports",
    tag = "contacts",
    operation_id = "contact_import",
    params(("market" = String, Path, description = "The market's name."), Asked),
    request_body(description = "One row per person.", content(
        (serde_json::Value = "application/json"),
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (FileForm = "multipart/form-data"),
    )),
    responses((status = 200, description = "What became of it.", body = ContactImport), Changing)
)]
pub async fn import(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Query(asked): Query<Asked>,
    file: SentFile,
) -> Result<(Extension<Unkept>, Json<ContactImport>), Problem> {
    let agents = agents(&state, &here).await?;
    let report =
        state.contacts().import(&here.market, &file.bytes, &file.hint, &agents, asked.dry_run, &at).await?;
    if !asked.dry_run {
        state.tell(here.market.id(), CHANGED);
    }
    // Rejected cells may name persons of whom any may be erased later.
    let shown = Json(ContactImport {
        rows: report.rows,
        accepted: report.accepted,
        rejected: many(&report.rejected),
        notices: many(&report.notices),
    });
    Ok((Extension(Unkept), shown))
}

/// The members of the market who can look after contacts, by e-mail address in lower case.
///
/// # Errors
/// When the database fails.
pub async fn agents(state: &AppState, here: &InMarket) -> Result<BTreeMap<String, Ulid>, Problem> {
    let members = state.directory().members(here.market.id()).await?;
    let able = members.into_iter().filter(|member| MarketRoles::READ_CONTACTS.has(member.membership.role));
    Ok(able.map(|member| (member.user.email.as_str().to_lowercase(), member.user.id)).collect())
}
