use axum::{
    extract::{Path, Query, State},
    http::header,
    response::{IntoResponse, Response},
};
use growth::{
    Growth,
    proposition::{Format, render},
};
use kernel::Ulid;

use super::{
    input::{Id, away},
    proposition::{Asked, version},
    refusals::Asking,
};
use crate::problem::Problem;

/// A proposition as a document.
///
/// `text` and `html` are the e-mail, `markdown` is everything, `summary_pdf` one page, `proposal_pdf` the whole
/// proposal. The same version always gives the same bytes.
#[utoipa::path(
    get,
    path = "/api/v1/growth/propositions/{id}/export/{format}",
    tag = "growth",
    operation_id = "growth_proposition_export",
    params(
        ("id" = inline(Id), Path, description = "The proposition."),
        ("format" = String, Path, description = "`text`, `html`, `markdown`, `summary_pdf` or `proposal_pdf`."),
        Asked
    ),
    responses(
        (status = 200, description = "The document.", content(
            (String = "text/plain"),
            (String = "text/html"),
            (String = "text/markdown"),
            (String = "application/pdf"),
        )),
        Asking
    )
)]
pub async fn export(
    State(growth): State<Growth>,
    Path((id, format)): Path<(Ulid, String)>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let format = Format::from_id(&format).ok_or_else(|| {
        let known: Vec<_> = Format::ALL.iter().map(|format| format.id()).collect();
        Problem::not_found(format!("There is no such format; there are {}.", known.join(", ")))
    })?;
    version(asked.version)?;
    let content = growth.proposition(id, asked.version).await?.content;
    let rendered = away(move || render(&content, format).map_err(|error| Problem::internal(&error))).await?;
    let disposition = format!("attachment; filename=\"{}\"", rendered.file_name);
    let headers =
        [(header::CONTENT_TYPE, rendered.media_type.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
    Ok((headers, rendered.bytes).into_response())
}
