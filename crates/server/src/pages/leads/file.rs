//! A list of leads, of decisions or of offers as a file: every row that meets the conditions, with what the file holds told along
//! with it.

use std::io::{Cursor, Write};

use axum::{
    http::{HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use maud::{Markup, html};
use serde::Serialize;
use tabular::{FormulaGuard, Table};
use zip::{ZipWriter, write::SimpleFileOptions};

use crate::{
    api::input::away,
    design::{Address, Icon},
    problem::Problem,
    viewer::InMarket,
};

/// What the manifest travels in beside the file.
const MANIFEST: HeaderName = HeaderName::from_static("x-manifest");
/// What the number of rows travels in.
const ROW_COUNT: HeaderName = HeaderName::from_static("x-row-count");

/// As what a list is taken out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// Comma-separated.
    Csv,
    /// A sheet.
    Xlsx,
    /// The comma-separated file and its manifest.
    Zip,
}

impl Format {
    /// The format that an address asks for; none where it asks for a page.
    ///
    /// # Errors
    /// For a format that there is not.
    pub fn asked(address: &Address) -> Result<Option<Self>, Problem> {
        match address.get("format") {
            None => Ok(None),
            Some("csv") => Ok(Some(Self::Csv)),
            Some("xlsx") => Ok(Some(Self::Xlsx)),
            Some("zip") => Ok(Some(Self::Zip)),
            Some(other) => {
                Err(Problem::bad_request(format!("There is no export as `{other}`: use csv, xlsx or zip.")))
            }
        }
    }

    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Zip => "zip",
        }
    }

    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            Self::Zip => "application/zip",
        }
    }
}

/// The way to the archive of what an address shows.
pub fn button(address: &Address) -> Markup {
    let all = ["after", "from", "lead", "decision"]
        .into_iter()
        .fold(address.clone(), |all, of_a_page| all.without(of_a_page));
    html! { a.button href=(all.with("format", "zip").href()) download { (Icon::Download) "Export with manifest" } }
}

/// The file called `name` of this market. The manifest travels in `X-Manifest` as well.
pub async fn answer(
    here: &InMarket,
    name: &'static str,
    format: Format,
    table: Table,
    manifest: &impl Serialize,
) -> Result<Response, Problem> {
    let manifest = serde_json::to_value(manifest).map_err(|error| Problem::internal(&error))?;
    let (line, rows) = (manifest.to_string(), table.row_count());
    // A sheet of thousands of rows takes a processor for long.
    let bytes = away(move || {
        let failed = |error: tabular::WriteError| Problem::invalid(error.to_string());
        match format {
            Format::Csv => table.to_csv(FormulaGuard::On).map(String::into_bytes).map_err(failed),
            Format::Xlsx => table.to_xlsx().map_err(failed),
            Format::Zip => packed(&table, name, manifest),
        }
    })
    .await?;
    let mut response = ([(header::CONTENT_TYPE, format.content_type())], bytes).into_response();
    let headers = response.headers_mut();
    let disposition =
        format!("attachment; filename=\"{name}-{}.{}\"", here.market.name(), format.extension());
    for (header, value) in [(header::CONTENT_DISPOSITION, disposition), (MANIFEST, line)] {
        // Names of policies and models are plain; what is not is left out of a header.
        if let Ok(value) = HeaderValue::from_str(&value) {
            headers.insert(header, value);
        }
    }
    headers.insert(ROW_COUNT, HeaderValue::from(rows));
    Ok(response)
}

/// The CSV as it is opened in a spreadsheet, no cell of which is a formula, and the manifest with that very file's digest.
fn packed(table: &Table, name: &str, mut manifest: serde_json::Value) -> Result<Vec<u8>, Problem> {
    let csv = table.to_csv(FormulaGuard::On).map_err(|error| Problem::invalid(error.to_string()))?;
    let digest = ring::digest::digest(&ring::digest::SHA256, csv.as_bytes());
    let file_sha256: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    let file = format!("{name}.csv");
    if let Some(members) = manifest.as_object_mut() {
        members.insert("file".to_owned(), file.as_str().into());
        members.insert("file_sha256".to_owned(), file_sha256.into());
    }
    let manifest = serde_json::to_vec_pretty(&manifest).map_err(|error| Problem::internal(&error))?;
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in [(file.as_str(), csv.as_bytes()), ("manifest.json", manifest.as_slice())] {
        archive.start_file(name, SimpleFileOptions::default()).map_err(|error| Problem::internal(&error))?;
        archive.write_all(bytes).map_err(|error| Problem::internal(&error))?;
    }
    Ok(archive.finish().map_err(|error| Problem::internal(&error))?.into_inner())
}
