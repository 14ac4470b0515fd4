use std::collections::BTreeMap;

use axum::{
    Json,
    extract::{Path, State},
};
use contacts::{EraseReason, ErasureReceipt};
use jiff::Timestamp;
use kernel::Ulid;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{CHANGED, OfContact, sight};
use crate::{
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    problem::Problem,
    viewer::{At, InMarket},
};

/// Why a person is erased.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Erasure {
    /// `request`, `withdrawn`, `retention` or `mistake`.
    #[schema(max_length = 20, example = "request")]
    reason: String,
}

/// What an erasure did. It names nobody.
#[derive(Serialize, ToSchema)]
#[schema(as = ErasureReceipt)]
pub struct Receipt {
    /// Who the person was: an identifier that means nothing any more.
    #[schema(value_type = String)]
    person: Ulid,
    /// When it was done.
    at: Timestamp,
    /// Who did it: `user:` or `key:` with the identifier.
    actor: String,
    /// Why.
    reason: String,
    /// Rows removed, by table.
    rows: BTreeMap<String, u64>,
    /// Number of its entry in the market's audit chain.
    entry: u64,
    /// Hash of that entry, in hexadecimal.
    hash: String,
}

impl From<ErasureReceipt> for Receipt {
    fn from(receipt: ErasureReceipt) -> Self {
        Self {
            person: receipt.person.into(),
            at: receipt.at,
            actor: receipt.actor,
            reason: receipt.reason,
            rows: receipt.rows,
            entry: receipt.entry,
            hash: receipt.hash,
        }
    }
}

/// Erase a person for good.
///
/// The person's key is destroyed, so that every copy of their data becomes unreadable, in backups and exports as
/// well; rows and what waits in queues are removed; e-mail address and phone number stay on the suppression list as
/// keyed fingerprints. Done again it returns the same receipt. A legal hold is in the way (409).
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/contacts/{contact}/erase",
    tag = "contacts",
    operation_id = "contact_erase",
    params(
        ("market" = String, Path, description = "The market's name."),
        ("contact" = inline(Id), Path, description = "The contact."),
    ),
    request_body = Erasure,
    responses((status = 200, description = "The receipt.", body = Receipt), Changing)
)]
pub async fn erase(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Sent(erasure): Sent<Erasure>,
) -> Result<Json<Receipt>, Problem> {
    let reason: EraseReason = erasure.reason.parse().map_err(|known: String| {
        Problem::invalid("The reason is not known.").with_error("reason", format!("is {known}"))
    })?;
    let receipt = state.contacts().erase(&here.market, sight(&here), path.id(), reason, &at).await?;
    state.tell(here.market.id(), CHANGED);
    Ok(Json(receipt.into()))
}
