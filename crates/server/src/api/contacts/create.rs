use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderName, StatusCode, header},
    response::IntoResponse,
};
use contacts::{NewContact, Personal};
use kernel::{MarketRole, Ulid};
use serde::Deserialize;
use utoipa::ToSchema;

use super::{CHANGED, assignee, shape::Contact};
use crate::{
    api::{
        input::{Id, Sent},
        refusals::Changing,
    },
    app::AppState,
    idempotency::About,
    problem::Problem,
    viewer::{At, InMarket},
};

/// A contact to add: at least a name, an e-mail address or a phone number.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactDraft {
    /// Name, on one line.
    #[schema(max_length = 200)]
    name: Option<String>,
    /// E-mail address; no two contacts of a market have the same.
    #[schema(max_length = 254, example = "ana@example.com")]
    email: Option<String>,
    /// Phone number, international or as it is written in the market's region.
    #[schema(max_length = 40, example = "+1 206 555 0123")]
    phone: Option<String>,
    /// Postal address.
    #[schema(max_length = 500)]
    address: Option<String>,
    /// The pipeline; the market's first when left out.
    #[schema(max_length = 60)]
    pipeline: Option<String>,
    /// The stage; the pipeline's first when left out.
    #[schema(max_length = 60)]
    stage: Option<String>,
    /// The user who looks after it. An agent's contacts are always their own.
    #[schema(inline, value_type = Option<Id>)]
    assignee: Option<Ulid>,
}

/// Add a contact.
///
/// The person gets a key of their own. Who is on the suppression list is refused.
#[utoipa::path(
    post,
    path = "/api/v1/markets/{market}/contacts",
    tag = "contacts",
    operation_id = "contact_create",
    params(("market" = String, Path, description = "The market's name.")),
    request_body = ContactDraft,
    responses((status = 201, description = "The contact.", body = Contact), Changing)
)]
pub async fn create(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Sent(draft): Sent<ContactDraft>,
) -> Result<impl IntoResponse, Problem> {
    let looked_after = match (here.role, draft.assignee) {
        (Some(MarketRole::Agent), named) => {
            let own = here.who.user_id();
            if named.is_some() && named != own {
                let text = "an agent's contacts are looked after by the agent";
                return Err(Problem::invalid(format!("This cannot be: {text}.")).with_error("assignee", text));
            }
            own
        }
        (_, Some(user)) => Some(assignee(&state, &here, user).await?),
        (_, None) => None,
    };
    let new = NewContact {
        personal: Personal {
            name: draft.name,
            email: draft.email,
            phone: draft.phone,
            address: draft.address,
        },
        pipeline: draft.pipeline,
        stage: draft.stage,
        assignee: looked_after,
    };
    let contact = state.contacts().create(&here.market, &new, &at).await?;
    state.tell(here.market.id(), CHANGED);
    let place = format!("/api/v1/markets/{}/contacts/{}", here.market.name(), contact.id);
    let location: [(HeaderName, String); 1] = [(header::LOCATION, place)];
    let about = Extension(About(contact.id));
    Ok((StatusCode::CREATED, location, about, Json(Contact::from(contact))))
}
