use axum::{
    Json,
    extract::{Query, State},
};
use growth::{
    Growth,
    assess::assess_all,
    import::{self, ColumnMapping, ImportOptions},
};
use jiff::civil::Date;
use kernel::Currency;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

use super::{
    input::{FileForm, PolicyParameter, SentFile, away, invalid, today},
    refusals::Changing,
    shape::{NamedAssessment, Notice, PolicyName, Rejection, Shown, many},
};
use crate::{Clock, problem::Problem};

#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct Asked {
    /// The day that the metrics speak of; today when left out.
    #[param(value_type = Option<String>, format = Date)]
    as_of: Option<Date>,
    /// Currency of the amounts, ISO 4217; USD when left out.
    #[param(value_type = Option<String>, pattern = "^[A-Z]{3}$")]
    currency: Option<Currency>,
    /// The policy as `name:version`; the active one when left out.
    #[param(value_type = Option<String>, pattern = "^[A-Za-z0-9_-]+:[1-9][0-9]{0,8}$", example = "framework:1")]
    policy: Option<PolicyParameter>,
}

/// Assessments of the clients in a file.
#[derive(Serialize, ToSchema)]
pub struct Assessed {
    /// The policy.
    policy: PolicyName,
    /// The day they speak of.
    as_of: Date,
    /// One per client, in the file's order.
    assessments: Vec<NamedAssessment>,
    /// Why other rows were not assessed.
    rejected: Vec<Rejection>,
    /// What is worth knowing about rows that were.
    warnings: Vec<Notice>,
}

/// Assess clients without keeping them.
///
/// The body is the file itself: CSV, XLSX, JSON or NDJSON with one row per client, or a form with the field
/// `file`. Nothing is stored. Bad rows are named in `rejected`; good ones are assessed.
#[utoipa::path(
    post,
    path = "/api/v1/growth/assess",
    tag = "growth",
    operation_id = "growth_assess",
    params(Asked),
    request_body(description = "One row per client, at most 64 MiB. JSON: an array of objects, or an object that holds one.", content(
        (serde_json::Value = "application/json"),
        (String = "text/csv"),
        (String = "application/x-ndjson"),
        (Vec<u8> = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
        (FileForm = "multipart/form-data"),
    )),
    responses((status = 200, description = "The assessments.", body = Assessed), Changing)
)]
pub async fn assess(
    State(growth): State<Growth>,
    State(clock): State<Clock>,
    Query(asked): Query<Asked>,
    file: SentFile,
) -> Result<Json<Assessed>, Problem> {
    let key = match asked.policy {
        Some(PolicyParameter(key)) => key,
        None => growth.active_policy().await?,
    };
    let policy = growth.policy(&key).await?;
    let as_of = asked.as_of.unwrap_or_else(|| today(clock.now()));
    let options = ImportOptions { as_of, currency: asked.currency.unwrap_or(Currency::USD) };
    away(move || {
        let read = import::read(&file.bytes, &file.hint, &ColumnMapping::default(), &options);
        let imported = read.map_err(|error| invalid(&error))?;
        let assessments = assess_all(&imported.clients, &policy, as_of);
        let pairs = imported.clients.iter().zip(&assessments);
        Ok(Json(Assessed {
            policy: PolicyName::shown(&key),
            as_of,
            assessments: pairs.map(|(client, assessment)| NamedAssessment::of(client, assessment)).collect(),
            rejected: many(&imported.rejected),
            warnings: many(&imported.notices),
        }))
    })
    .await
}
