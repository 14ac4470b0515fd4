use axum::{
    Json,
    extract::{Query, State},
    http::StatusCode,
};
use growth::{
    Growth,
    import::{self, ColumnMapping, ImportOptions},
    service::NewSnapshot,
};
use jiff::civil::Date;
use kernel::Currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    input::{FileForm, Name, SentFile, at_most, away, invalid, today},
    refusals::Changing,
    shape::{Notice, Rejection, Shown, Snapshot, many},
};
use crate::{problem::Problem, viewer::At};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The day that the metrics speak of; today when left out.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<Date>,
    /// Currency of the amounts, ISO 4217; the settings' one when left out.
    #[param(value_type = Option<String>, pattern = "^[A-Z]{3}$")]
    currency: Option<Currency>,
    /// What the source is called; the file's name, or `api`, when left out.
    #[param(value_type = Option<String>, min_length = 1, max_length = 200)]
    source: Option<Name>,
    /// Whether the clients are made up.
    #[serde(default)]
    simulated: bool,
    /// What columns are, as JSON: `{"Spend/mo": "current_mrr", "Notes": "ignore"}`. Columns not named are
    /// recognised by their names.
    #[param(value_type = Option<String>, example = "{\"Spend/mo\":\"current_mrr\"}")]
    mapping: Option<String>,
}

/// What an import did.
#[derive(Serialize, ToSchema)]
pub struct Imported {
    /// The snapshot.
    snapshot: Snapshot,
    /// Whether the same file of the same day had been imported before: then nothing was done.
    existed: bool,
    /// Why rows were not taken.
    rejected: Vec<Rejection>,
    /// What is worth knowing about rows that were.
    notices: Vec<Notice>,
}

/// Import a client base.
///
/// The body is the file itself: CSV, XLSX, JSON or NDJSON with one row per client, or a form with the field
/// `file`. The same file of the same day again is answered with the snapshot there is (200).
#[utoipa::path(
    post,
    path = "/api/v1/growth/snapshots",
    tag = "growth",
    operation_id = "growth_snapshot_create",
    params(Asked),
    request_body(description = "One row per client, at most 64 MiB. JSON: an array of objects, or an object that holds one.", content(
        (serde_json::Value = "application/json"),
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (FileForm = "multipart/form-data"),
    )),
    responses(
        (status = 201, description = "The new snapshot.", body = Imported),
        (status = 200, description = "It was imported before; nothing changed.", body = Imported),
        Changing
    )
)]
pub async fn create(
    State(growth): State<Growth>,
    At(at): At,
    Query(asked): Query<Asked>,
    file: SentFile,
) -> Result<(StatusCode, Json<Imported>), Problem> {
    at_most(200, &[("source", asked.source.as_ref().map(|Name(name)| name.as_str()))])?;
    let mapping: ColumnMapping = match &asked.mapping {
        Some(text) => serde_json::from_str(text).map_err(|error| {
            let text = format!("The mapping does not fit: {error}.");
            Problem::invalid(text.clone()).with_error("mapping", text)
        })?,
        None => ColumnMapping::default(),
    };
    let as_of = asked.as_of.unwrap_or_else(|| today(at.now));
    let currency = match asked.currency {
        Some(currency) => currency,
        None => growth.settings().await?.settings.currency,
    };
    let named = if file.hint.file_name.is_empty() { "api".to_owned() } else { file.hint.file_name.clone() };
    let source = asked.source.map_or(named, |Name(name)| name);
    let content_sha256 = NewSnapshot::digest([&file.bytes[..]]);
    let imported = away(move || {
        let options = ImportOptions { as_of, currency };
        import::read(&file.bytes, &file.hint, &mapping, &options).map_err(|error| invalid(&error))
    })
    .await?;
    if imported.clients.is_empty() {
        let rejected = imported.rejected.into_iter().map(Into::into);
        return Err(Problem::invalid("No row could be taken; nothing was imported.").with_errors(rejected));
    }
    let simulated = asked.simulated;
    let new = NewSnapshot { source, content_sha256, profile: None, simulated, as_of, currency, imported };
    let report = growth.import(new, &at).await?;
    let status = if report.existed { StatusCode::OK } else { StatusCode::CREATED };
    let imported = Imported {
        snapshot: Snapshot::shown(&report.snapshot),
        existed: report.existed,
        rejected: many(&report.rejected),
        notices: many(&report.notices),
    };
    Ok((status, Json(imported)))
}
