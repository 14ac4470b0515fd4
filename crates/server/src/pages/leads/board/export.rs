//! The board as a file: every lead that meets the conditions, with what the file holds told along with it.

use std::io::{Cursor, Write};

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use leads::{BoardQuery, Export};
use tabular::FormulaGuard;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{api::contacts::sight, app::AppState, problem::Problem, viewer::InMarket};

/// `csv`, `xlsx`, or `zip` with the CSV and its manifest. The manifest travels in `X-Manifest` of each.
pub async fn file(
    state: &AppState,
    here: &InMarket,
    query: BoardQuery,
    format: &str,
    at: &kernel::Moment,
) -> Result<Response, Problem> {
    if !matches!(format, "csv" | "xlsx" | "zip") {
        return Err(Problem::bad_request(format!("There is no export as `{format}`: use csv, xlsx or zip.")));
    }
    let export = state.hub().leads.export(&here.market, sight(here), &query, at).await?;
    let manifest = serde_json::to_string(&export.manifest).map_err(|error| Problem::internal(&error))?;
    let failed = |error: tabular::WriteError| Problem::invalid(error.to_string());
    let (bytes, content_type) = match format {
        "csv" => {
            (export.table.to_csv(FormulaGuard::On).map_err(failed)?.into_bytes(), "text/csv; charset=utf-8")
        }
        "xlsx" => (
            export.table.to_xlsx().map_err(failed)?,
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        ),
        _ => (packed(&export)?, "application/zip"),
    };
    let mut response = ([(header::CONTENT_TYPE, content_type)], bytes).into_response();
    let headers = response.headers_mut();
    let disposition = format!("attachment; filename=\"leads-{}.{format}\"", here.market.name());
    for (name, value) in
        [(header::CONTENT_DISPOSITION.as_str(), disposition.as_str()), ("x-manifest", manifest.as_str())]
    {
        if let Ok(value) = HeaderValue::from_str(value) {
            headers.insert(
                header::HeaderName::from_bytes(name.as_bytes()).map_err(|error| Problem::internal(&error))?,
                value,
            );
        }
    }
    headers.insert("x-row-count", HeaderValue::from(export.manifest.rows));
    Ok(response)
}

/// The CSV, byte for byte as its digest in the manifest says, and the manifest.
fn packed(export: &Export) -> Result<Vec<u8>, Problem> {
    let csv = export.table.to_csv(FormulaGuard::Off).map_err(|error| Problem::invalid(error.to_string()))?;
    let manifest = serde_json::to_vec_pretty(&export.manifest).map_err(|error| Problem::internal(&error))?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("leads.csv", csv.as_bytes()), ("manifest.json", manifest.as_slice())] {
        archive.start_file(name, SimpleFileOptions::default()).map_err(|error| Problem::internal(&error))?;
        archive.write_all(bytes).map_err(|error| Problem::internal(&error))?;
    }
    Ok(archive.finish().map_err(|error| Problem::internal(&error))?.into_inner())
}
