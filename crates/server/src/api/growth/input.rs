//! What the growth API reads beside what every endpoint does ([`crate::api::input`]): policies and boards.

use growth::{Board, BoardQuery, Growth};
use kernel::{PolicyKey, Ulid};
use serde::{Deserialize, Deserializer, de};

pub use crate::api::input::*;
use crate::problem::Problem;

/// A policy as queries name it: `framework:1`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PolicyParameter(pub PolicyKey);

impl<'de> Deserialize<'de> for PolicyParameter {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let Name(text) = Name::deserialize(input)?;
        let key = crate::pages::growth::frame::policy_key(&text);
        key.map(Self)
            .ok_or_else(|| de::Error::custom("a policy is named as `name:version`, such as framework:1"))
    }
}

/// The board that a request asks for.
///
/// # Errors
/// As [`Growth::board`].
pub async fn board(
    growth: &Growth,
    snapshot: Option<Ulid>,
    policy: Option<PolicyParameter>,
) -> Result<std::sync::Arc<Board>, Problem> {
    let query = BoardQuery { snapshot, policy: policy.map(|PolicyParameter(key)| key) };
    Ok(growth.board(query).await?)
}
