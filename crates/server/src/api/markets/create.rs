use axum::{Json, extract::State, http::StatusCode};
use markets::{Markets, NewMarket};
use serde::Deserialize;
use utoipa::ToSchema;

use super::shape::Market;
use crate::{
    api::{input::Sent, refusals::Changing},
    problem::Problem,
    viewer::At,
};

/// A market to open.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Draft {
    /// Its name in addresses and commands; unique, and never changed.
    #[schema(pattern = "^[a-z][a-z0-9-]{0,39}$", example = "alpha")]
    name: String,
    /// Where it does business: ISO 3166 country, or country and subdivision.
    #[schema(max_length = 10, example = "us-wa")]
    region: String,
    /// What its amounts are in (ISO 4217).
    #[schema(pattern = "^[A-Z]{3}$", example = "USD")]
    currency: String,
    /// How it writes (BCP 47).
    #[schema(max_length = 35, example = "en-US")]
    locale: String,
    /// Whose day it lives in (IANA).
    #[schema(max_length = 60, example = "America/Los_Angeles")]
    time_zone: String,
    /// Its lines of business: `residential`, `commercial`, `luxury`, `healthcare`; residential when left out.
    #[serde(default)]
    #[schema(max_items = 4)]
    verticals: Vec<String>,
}

impl Draft {
    /// The market, or everything that is wrong with it.
    fn checked(self) -> Result<NewMarket, Problem> {
        let mut wrong = Vec::new();
        let name = parsed("name", &self.name, &mut wrong);
        let region = parsed("region", &self.region, &mut wrong);
        let currency = parsed("currency", &self.currency, &mut wrong);
        let locale = parsed("locale", &self.locale, &mut wrong);
        let time_zone = parsed("time_zone", &self.time_zone, &mut wrong);
        let verticals: Vec<_> = self
            .verticals
            .iter()
            .enumerate()
            .map(|(at, vertical)| parsed(&format!("verticals/{at}"), vertical, &mut wrong))
            .collect();
        match (name, region, currency, locale, time_zone, verticals.into_iter().collect::<Option<_>>()) {
            (Some(name), Some(region), Some(currency), Some(locale), Some(time_zone), Some(verticals)) => {
                Ok(NewMarket { name, region, currency, locale, time_zone, verticals })
            }
            _ => Err(wrong.into_iter().fold(
                Problem::invalid("The market cannot be opened like this."),
                |problem, (field, reason)| problem.with_error(field, reason),
            )),
        }
    }
}

fn parsed<T>(field: &str, text: &str, wrong: &mut Vec<(String, String)>) -> Option<T>
where
    T: std::str::FromStr<Err: std::fmt::Display>,
{
    text.parse().map_err(|error: T::Err| wrong.push((field.to_owned(), error.to_string()))).ok()
}

/// Open a market.
///
/// It has a database and keys of its own, the policy and the pipelines to begin with, and is ready when this answers.
/// What is still missing before it goes live is in its checklist.
#[utoipa::path(
    post,
    path = "/api/v1/markets",
    tag = "markets",
    operation_id = "market_create",
    request_body = Draft,
    responses((status = 201, description = "The market.", body = Market), Changing)
)]
pub async fn create(
    State(markets): State<Markets>,
    At(at): At,
    Sent(draft): Sent<Draft>,
) -> Result<(StatusCode, Json<Market>), Problem> {
    let record = markets.create(draft.checked()?, &at).await?;
    Ok((StatusCode::CREATED, Json(Market::of(&record, None))))
}
