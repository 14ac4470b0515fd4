//! The board as a file: every lead that meets the conditions, with what the file holds told along with it.

use std::io::{Cursor, Write};

use axum::{
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use leads::{BoardQuery, Export};
use tabular::FormulaGuard;
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    api::{contacts::sight, input::away},
    app::AppState,
    problem::Problem,
    viewer::InMarket,
};

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
    let rows = export.manifest.rows;
    let content_type = match format {
        "csv" => "text/csv; charset=utf-8",
        "xlsx" => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        _ => "application/zip",
    };
    let wanted = format.to_owned();
    // A sheet of thousands of rows takes a processor for long.
    let bytes = away(move || {
        let failed = |error: tabular::WriteError| Problem::invalid(error.to_string());
        match wanted.as_str() {
            "csv" => export.table.to_csv(FormulaGuard::On).map(String::into_bytes).map_err(failed),
            "xlsx" => export.table.to_xlsx().map_err(failed),
            _ => packed(&export),
        }
    })
    .await?;
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
    headers.insert("x-row-count", HeaderValue::from(rows));
    Ok(response)
}

/// The CSV as it is opened in a spreadsheet, no cell of which is a formula, and the manifest with that very file's digest.
fn packed(export: &Export) -> Result<Vec<u8>, Problem> {
    let csv = export.table.to_csv(FormulaGuard::On).map_err(|error| Problem::invalid(error.to_string()))?;
    let manifest = told_of(export, csv.as_bytes())?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [("leads.csv", csv.as_bytes()), ("manifest.json", manifest.as_slice())] {
        archive.start_file(name, SimpleFileOptions::default()).map_err(|error| Problem::internal(&error))?;
        archive.write_all(bytes).map_err(|error| Problem::internal(&error))?;
    }
    Ok(archive.finish().map_err(|error| Problem::internal(&error))?.into_inner())
}

fn told_of(export: &Export, file: &[u8]) -> Result<Vec<u8>, Problem> {
    let digest = ring::digest::digest(&ring::digest::SHA256, file);
    let file_sha256: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let mut told = serde_json::to_value(&export.manifest).map_err(|error| Problem::internal(&error))?;
    if let Some(members) = told.as_object_mut() {
        members.insert("file".to_owned(), "leads.csv".into());
        members.insert("file_sha256".to_owned(), file_sha256.into());
    }
    serde_json::to_vec_pretty(&told).map_err(|error| Problem::internal(&error))
}
