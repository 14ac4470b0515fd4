use axum::{Json, extract::State};
use growth::{Growth, settings::SavedSettings};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    refusals::Asking,
    shape::{Shown, shows},
};
use crate::problem::Problem;

/// Who sends propositions. What is not known is left out of every rendering.
#[derive(Default, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Sender {
    /// The operator's name, shown as the brand.
    pub operator: Option<String>,
    /// The person.
    pub name: Option<String>,
    /// The person's role.
    pub role: Option<String>,
    /// E-mail address.
    pub email: Option<String>,
    /// Telephone number.
    pub phone: Option<String>,
}

shows!(Sender of growth::proposition::Sender { operator, name, role, email, phone });

/// The settings of the growth team.
#[derive(Serialize, ToSchema)]
pub struct Settings {
    /// Currency of imports that do not say theirs, and of goals.
    currency: String,
    /// Monthly recurring revenue to reach.
    goal_mrr: f64,
    /// Monthly recurring revenue today, where the snapshot's sum is not all of it.
    current_mrr: Option<f64>,
    /// Correlation between deals for projections.
    correlation: f64,
    /// Who sends propositions.
    sender: Sender,
    /// When they were saved; `null`: never, these are the defaults.
    saved_at: Option<Timestamp>,
    /// By whom.
    saved_by: Option<String>,
}

impl Shown<SavedSettings> for Settings {
    fn shown(saved: &SavedSettings) -> Self {
        let settings = &saved.settings;
        Self {
            currency: settings.currency.to_string(),
            goal_mrr: Shown::shown(&settings.goal_mrr),
            current_mrr: Shown::shown(&settings.current_mrr),
            correlation: settings.correlation,
            sender: Sender::shown(&settings.sender),
            saved_at: saved.saved_at,
            saved_by: saved.saved_by.clone(),
        }
    }
}

/// The settings.
///
/// Goal, currency, correlation and sender; defaults until somebody saves some.
#[utoipa::path(
    get,
    path = "/api/v1/growth/settings",
    tag = "growth",
    operation_id = "growth_settings",
    responses((status = 200, description = "The settings.", body = Settings), Asking)
)]
pub async fn settings(State(growth): State<Growth>) -> Result<Json<Settings>, Problem> {
    Ok(Json(Settings::shown(&growth.settings().await?)))
}
