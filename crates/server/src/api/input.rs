//! What endpoints read: JSON bodies, files, and the names in paths and queries.

use axum::{
    body::Bytes,
    extract::{FromRequest, Multipart, Request},
    http::{StatusCode, header},
    response::IntoResponse,
};
use jiff::{civil::Date, tz::TimeZone};
use serde::{Deserialize, Deserializer, de};
use tabular::{Format, Hint};

use super::json;
use crate::problem::{Kind, Problem};

/// A JSON body, read strictly: an object, no member twice, no NUL in a text (no database keeps it), no list
/// longer than `json::ITEMS_MAX`. What does not fit is named by a JSON pointer. A number without a fraction is
/// an integer however it is written (`53.0`).
pub struct Sent<T>(pub T);

impl<T, S> FromRequest<S> for Sent<T>
where
    T: de::DeserializeOwned,
    S: Send + Sync,
{
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        if media_type(&request) != "application/json" {
            let detail = "Send JSON, with the header `Content-Type: application/json`.";
            return Err(Problem::new(Kind::UnsupportedMediaType, detail));
        }
        json::read(&body(request, state).await?).map(Self)
    }
}

/// A file of rows: CSV, XLSX, JSON or NDJSON as the body itself, or as the field `file` of a form.
pub struct SentFile {
    /// The content.
    pub bytes: Bytes,
    /// What is known of its format.
    pub hint: Hint,
}

/// How an XLSX workbook is announced.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

impl<S: Send + Sync> FromRequest<S> for SentFile {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let format = match media_type(&request).as_str() {
            "text/csv" => Format::Csv,
            "application/json" => Format::Json,
            "application/x-ndjson" => Format::Ndjson,
            XLSX => Format::Xlsx,
            "multipart/form-data" => return of_form(request, state).await,
            _ => {
                let detail = format!(
                    "Send text/csv, {XLSX}, application/json, application/x-ndjson, or a form with the field `file`."
                );
                return Err(Problem::new(Kind::UnsupportedMediaType, detail));
            }
        };
        Ok(Self { bytes: body(request, state).await?, hint: Hint::format(format) })
    }
}

async fn of_form<S: Send + Sync>(request: Request, state: &S) -> Result<SentFile, Problem> {
    let refused = |status: StatusCode, text: String| match status {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large(text),
        _ => Problem::bad_request(text),
    };
    let mut form = Multipart::from_request(request, state)
        .await
        .map_err(|error| refused(error.status(), error.body_text()))?;
    let mut file = None;
    while let Some(field) =
        form.next_field().await.map_err(|error| refused(error.status(), error.body_text()))?
    {
        if field.name() != Some("file") || file.is_some() {
            return Err(Problem::invalid("The form has one field, `file`, once."));
        }
        let hint = Hint::named(field.file_name().unwrap_or_default().to_owned());
        let bytes = field.bytes().await.map_err(|error| refused(error.status(), error.body_text()))?;
        file = Some(SentFile { bytes, hint });
    }
    file.ok_or_else(|| Problem::invalid("The form has no field `file`.").with_error("file", "is missing"))
}

fn media_type(request: &Request) -> String {
    let value = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    value.and_then(|value| value.split(';').next()).unwrap_or_default().trim().to_ascii_lowercase()
}

async fn body<S: Send + Sync>(request: Request, state: &S) -> Result<Bytes, Problem> {
    Bytes::from_request(request, state).await.map_err(|error| match error.into_response().status() {
        StatusCode::PAYLOAD_TOO_LARGE => Problem::too_large("The body is larger than the hub takes."),
        _ => Problem::bad_request("The body broke off."),
    })
}

/// A name in a path or query, not empty. NUL is read as the replacement character: no name has either, and no
/// database takes the former.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Name(pub String);

impl<'de> Deserialize<'de> for Name {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = String::deserialize(input)?;
        if text.is_empty() {
            return Err(de::Error::custom("a name is not empty"));
        }
        Ok(Self(text.replace('\0', "\u{fffd}")))
    }
}

/// The day in UTC.
pub fn today(now: jiff::Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date()
}

/// An error's words as the detail of a problem.
pub fn invalid(error: &dyn std::error::Error) -> Problem {
    let text = error.to_string();
    let mut letters = text.chars();
    let capital = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    Problem::invalid(format!("{capital}{}.", letters.as_str().trim_end_matches('.')))
}

/// Runs work that takes a while away from the threads that answer requests.
///
/// # Errors
/// When the work ends early, and whatever the work itself says.
pub async fn away<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| Problem::internal(&error))?
}

/// A form with a file, in the description.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FileForm {
    /// CSV, XLSX, JSON or NDJSON.
    #[schema(value_type = String, content_media_type = "application/octet-stream")]
    pub file: Vec<u8>,
}

/// An identifier in a path, in the description.
pub struct Id;

impl utoipa::PartialSchema for Id {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::Schema> {
        use utoipa::openapi::schema::{ObjectBuilder, Type};
        ObjectBuilder::new().schema_type(Type::String).pattern(Some(ID)).into()
    }
}

impl utoipa::ToSchema for Id {
    fn name() -> std::borrow::Cow<'static, str> {
        "Id".into()
    }
}

/// How identifiers look.
const ID: &str = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$";

/// Refuses texts that are too long for their field.
///
/// # Errors
/// Names every field that is.
pub fn at_most(max: usize, texts: &[(&str, Option<&str>)]) -> Result<(), Problem> {
    let long = |text: &Option<&str>| text.is_some_and(|text| text.chars().count() > max);
    let wrong: Vec<&str> = texts.iter().filter(|(_, text)| long(text)).map(|(field, _)| *field).collect();
    if wrong.is_empty() {
        return Ok(());
    }
    let problem =
        Problem::invalid(format!("Texts that are too long: {}; at most {max} characters.", wrong.join(", ")));
    Err(wrong
        .into_iter()
        .fold(problem, |problem, field| problem.with_error(field, format!("has more than {max} characters"))))
}

/// A part of a body that must be an object; serde would also take a list of the fields in their order.
///
/// # Errors
/// When it is none, or does not fit.
pub fn object<'de, D: Deserializer<'de>, T: de::DeserializeOwned>(input: D) -> Result<T, D::Error> {
    let map = serde_json::Map::deserialize(input)?;
    serde_json::from_value(map.into()).map_err(de::Error::custom)
}

/// As [`object`], of every item of a list.
///
/// # Errors
/// As [`object`].
pub fn objects<'de, D: Deserializer<'de>, T: de::DeserializeOwned>(input: D) -> Result<Vec<T>, D::Error> {
    let maps = Vec::<serde_json::Map<String, serde_json::Value>>::deserialize(input)?;
    let items = maps.into_iter().map(|map| serde_json::from_value(map.into()).map_err(de::Error::custom));
    items.collect()
}
