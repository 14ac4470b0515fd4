use axum::{
    Json,
    extract::{Path, State},
};
use growth::{Growth, proposition as domain};
use kernel::Ulid;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::{Id, Sent, at_most},
    refusals::Changing,
    shape::{Proposition, Section, Shown},
};
use crate::{problem::Problem, viewer::At};

/// What a person wrote; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Title without the client's name.
    #[serde(default)]
    #[schema(max_length = 200)]
    title: Option<String>,
    /// Subject line of the e-mail.
    #[serde(default)]
    #[schema(max_length = 200)]
    subject: Option<String>,
    /// All sections, as this API gave them, changed.
    #[serde(default)]
    #[schema(value_type = Option<Vec<Section>>)]
    sections: Option<Vec<domain::Section>>,
}

/// Edit a proposition.
///
/// Adds a version; earlier ones stay readable. One that was sent is not changed any more.
#[utoipa::path(
    put,
    path = "/api/v1/growth/propositions/{id}",
    tag = "growth",
    operation_id = "growth_proposition_edit",
    params(("id" = inline(Id), Path, description = "The proposition.")),
    request_body = Edit,
    responses((status = 200, description = "The new version.", body = Proposition), Changing)
)]
pub async fn edit(
    State(growth): State<Growth>,
    At(at): At,
    Path(id): Path<Ulid>,
    Sent(edit): Sent<Edit>,
) -> Result<Json<Proposition>, Problem> {
    at_most(200, &[("title", edit.title.as_deref()), ("subject", edit.subject.as_deref())])?;
    let mut content = growth.proposition(id, None).await?.content;
    if let Some(title) = edit.title {
        content.title = title;
    }
    if let Some(subject) = edit.subject {
        content.subject = subject;
    }
    if let Some(sections) = edit.sections {
        content.sections = sections;
    }
    Ok(Json(Proposition::shown(&growth.edit_proposition(id, &content, &at).await?)))
}
