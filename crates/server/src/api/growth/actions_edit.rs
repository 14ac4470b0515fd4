use axum::{
    Json,
    extract::{Path, State},
};
use growth::{Growth, plan::OwnerId, plan_record::ActionEdit};
use jiff::civil::Date;
use kernel::Ulid;
use serde::Deserialize;
use utoipa::ToSchema;

use super::{
    input::{Id, Sent, at_most},
    refusals::Changing,
    shape::{Action, ActionStatusWord, Shown},
};
use crate::{problem::Problem, viewer::At};

/// A change of an action; what is left out stays.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Edit {
    /// Where it stands.
    #[serde(default)]
    status: Option<ActionStatusWord>,
    /// Identifier of who does it.
    #[serde(default)]
    #[schema(value_type = Option<String>, pattern = "^[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$")]
    owner: Option<Ulid>,
    /// Until when.
    #[serde(default)]
    due: Option<Date>,
    /// Effort in hours.
    #[serde(default)]
    #[schema(minimum = 0, maximum = 168)]
    hours: Option<f64>,
    /// A remark.
    #[serde(default)]
    #[schema(max_length = 4000)]
    note: Option<String>,
}

/// Change an action.
///
/// Ticks it off, gives it to somebody else, moves its day. The change is written into its past.
#[utoipa::path(
    patch,
    path = "/api/v1/growth/actions/{id}",
    tag = "growth",
    operation_id = "growth_action_edit",
    params(("id" = inline(Id), Path, description = "The action.")),
    request_body = Edit,
    responses((status = 200, description = "The action as it stands.", body = Action), Changing)
)]
pub async fn edit(
    State(growth): State<Growth>,
    At(at): At,
    Path(id): Path<Ulid>,
    Sent(edit): Sent<Edit>,
) -> Result<Json<Action>, Problem> {
    at_most(4000, &[("note", edit.note.as_deref())])?;
    let edit = ActionEdit {
        status: edit.status.map(|status| status.0),
        owner: edit.owner.map(|owner| OwnerId::new(owner.to_string())),
        due: edit.due,
        hours: edit.hours,
        note: edit.note,
    };
    Ok(Json(Action::shown(&growth.update_action(id, &edit, &at).await?)))
}
