use axum::{Json, http::StatusCode};
use jiff::Timestamp;
use kernel::Ulid;
use leads::{BasisKind, NewBasis, ToldBy};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    on_lead::OnLead,
    shape::{BasisWord, ToldByWord},
};
use crate::{
    api::{
        input::{Id, Sent, at_most},
        refusals::Changing,
    },
    problem::Problem,
};

/// Something that messages to a lead rest on, or that it was taken back.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LeadBasisDraft {
    /// What.
    #[schema(value_type = BasisWord)]
    kind: BasisKind,
    /// When it was.
    at: Timestamp,
    /// Where it is known from. Not everything can be told by everybody.
    #[schema(value_type = ToldByWord)]
    told_by: ToldBy,
    /// Which form, document or conversation shows it.
    #[schema(min_length = 1, max_length = 1000)]
    evidence: String,
}

/// Something that was noted.
#[derive(Serialize, ToSchema)]
pub struct LeadNoted {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
}

/// Note what messages to a lead rest on: a written agreement, an inquiry, business with us, or that it was taken back.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/leads/{lead}/consent",
    tag = "leads",
    operation_id = "lead_consent",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("lead" = inline(Id), Path, description = "The lead: its contact."),
    ),
    request_body = LeadBasisDraft,
    responses((status = 201, description = "It is on record.", body = LeadNoted), Changing)
)]
pub async fn note(
    on: OnLead,
    Sent(draft): Sent<LeadBasisDraft>,
) -> Result<(StatusCode, Json<LeadNoted>), Problem> {
    at_most(1_000, &[("evidence", Some(&draft.evidence))])?;
    let LeadBasisDraft { kind, at: when, told_by, evidence } = draft;
    let new = NewBasis { kind, at: when, told_by, evidence };
    let id = on.leads().note_basis(on.market(), on.sight(), on.id, &new, &on.at).await?;
    on.tell();
    Ok((StatusCode::CREATED, Json(LeadNoted { id })))
}
