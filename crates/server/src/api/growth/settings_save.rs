use axum::{Json, extract::State};
use growth::Growth;
use kernel::Currency;
use rust_decimal::Decimal;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::{Sent, at_most, object},
    refusals::Changing,
    settings::{Sender, Settings},
    shape::Shown,
};
use crate::{problem::Problem, viewer::At};

/// Most revenue per month, major units.
const MRR_MAX: u64 = 100_000_000_000;

/// The settings to be.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewSettings {
    /// Currency of imports that do not say theirs, and of goals; ISO 4217.
    #[schema(value_type = String, pattern = "^[A-Z]{3}$", example = "USD")]
    currency: Currency,
    /// Monthly recurring revenue to reach.
    #[serde(with = "rust_decimal::serde::arbitrary_precision")]
    #[schema(value_type = f64, exclusive_minimum = 0, maximum = 100_000_000_000_f64, example = 400_000)]
    goal_mrr: Decimal,
    /// Monthly recurring revenue today, where the snapshot's sum is not all of it.
    #[serde(default, with = "rust_decimal::serde::arbitrary_precision_option")]
    #[schema(value_type = Option<f64>, minimum = 0, maximum = 100_000_000_000_f64)]
    current_mrr: Option<Decimal>,
    /// Correlation between deals for projections.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 0.95)]
    correlation: f64,
    /// Who sends propositions.
    #[serde(default, deserialize_with = "object")]
    sender: Sender,
}

/// Replace the settings.
#[utoipa::path(
    put,
    path = "/api/v1/growth/settings",
    tag = "growth",
    operation_id = "growth_settings_save",
    request_body = NewSettings,
    responses((status = 200, description = "The settings as saved.", body = Settings), Changing)
)]
pub async fn save(
    State(growth): State<Growth>,
    At(at): At,
    Sent(new): Sent<NewSettings>,
) -> Result<Json<Settings>, Problem> {
    for (field, amount) in [("goal_mrr", Some(new.goal_mrr)), ("current_mrr", new.current_mrr)] {
        if amount.is_some_and(|amount| amount > Decimal::from(MRR_MAX)) {
            let text = format!("is at most {MRR_MAX}");
            return Err(Problem::invalid(format!("`{field}` {text}.")).with_error(field, text));
        }
    }
    let Sender { operator, name, role, email, phone } = &new.sender;
    at_most(
        200,
        &[
            ("operator", operator.as_deref()),
            ("name", name.as_deref()),
            ("role", role.as_deref()),
            ("email", email.as_deref()),
            ("phone", phone.as_deref()),
        ],
    )?;
    let Sender { operator, name, role, email, phone } = new.sender;
    let settings = growth::settings::Settings {
        currency: new.currency,
        goal_mrr: new.goal_mrr,
        current_mrr: new.current_mrr,
        correlation: new.correlation,
        sender: growth::proposition::Sender { operator, name, role, email, phone },
    };
    growth.save_settings(settings, &at).await?;
    Ok(Json(Settings::shown(&growth.settings().await?)))
}
