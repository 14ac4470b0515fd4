use axum::{
    Json,
    extract::{Path, Query, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use leads::{ExportManifest, LeadsError};
use serde::Deserialize;
use tabular::FormulaGuard;

use super::{list::Asked, shape::LeadExportManifest};
use crate::{
    api::{contacts::sight, input::away, refusals::Asking},
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// As what leads are taken out.
#[derive(Deserialize)]
pub struct OfFormat {
    format: String,
}

/// Take the leads of the market out as a file.
///
/// Every lead that meets the conditions, with its score, reasons, owner and next step, in the order asked for. The headers tell
/// how many rows there are (`X-Row-Count`) and the manifest in one line (`X-Export-Manifest`); the format `manifest` answers
/// with the manifest alone. Every export is an entry of the audit trail.
#[utoipa::path(
    get,
    path = "/api/v1/markets/{market}/lead-exports/{format}",
    tag = "leads",
    operation_id = "lead_export",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("format" = String, Path, description = "`csv`, `xlsx` or `manifest`."),
        Asked,
    ),
    responses(
        (status = 200, description = "The file.", content(
            (String = "text/csv"),
            (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
            (LeadExportManifest = "application/json"),
        )),
        Asking
    )
)]
pub async fn export(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(OfFormat { format }): Path<OfFormat>,
    Query(asked): Query<Asked>,
) -> Result<Response, Problem> {
    let media = match format.as_str() {
        "csv" => "text/csv; charset=utf-8",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "manifest" => "application/json",
        _ => return Err(Problem::not_found("There is no such format; there are csv, xlsx and manifest.")),
    };
    let query = asked.query(None, 1)?;
    let export = match state.hub().leads.export(&here.market, sight(&here), &query, &at).await {
        Ok(export) => export,
        Err(error) => return Err(LeadsError::into(error)),
    };
    let (table, manifest) = (export.table, export.manifest);
    let extension = format.clone();
    let mut response = match format.as_str() {
        "manifest" => Json(LeadExportManifest::from(manifest.clone())).into_response(),
        _ => {
            // A sheet of thousands of rows takes a processor for long.
            let bytes = away(move || {
                let failed = |error: tabular::WriteError| Problem::invalid(error.to_string());
                match extension.as_str() {
                    "csv" => table.to_csv(FormulaGuard::On).map(String::into_bytes).map_err(failed),
                    _ => table.to_xlsx().map_err(failed),
                }
            })
            .await?;
            let disposition = format!("attachment; filename=\"leads-{}.{format}\"", here.market.name());
            let headers =
                [(header::CONTENT_TYPE, media.to_owned()), (header::CONTENT_DISPOSITION, disposition)];
            (headers, bytes).into_response()
        }
    };
    describe(&mut response, manifest);
    Ok(response)
}

fn describe(response: &mut Response, manifest: ExportManifest) {
    let headers = response.headers_mut();
    headers.insert("x-row-count", HeaderValue::from(manifest.rows));
    let line = serde_json::to_string(&LeadExportManifest::from(manifest)).unwrap_or_default();
    // Names of policies and models are plain; what is not is left out of a header.
    if let Ok(line) = HeaderValue::from_str(&line) {
        headers.insert("x-export-manifest", line);
    }
}
