use std::borrow::Cow;

use growth::{
    assessment::{NextAction, ReadinessLevel, Tier},
    outcome::OutcomeKind,
    plan::{ActionStatus, LeftOutReason, MilestoneMeasure},
    playbook::ActionKind,
    proposition_record::PropositionStatus,
    whitespace::WhitespaceState,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, Type},
    },
};

use super::Shown;

/// Identifiers of the domain as the API writes and reads them; the values come from the domain itself.
macro_rules! words {
    ($($(#[$doc:meta])* $word:ident of $domain:ident = $title:literal;)+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub struct $word(pub $domain);

        impl Serialize for $word {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.serialize_str(self.0.id())
            }
        }

        impl<'de> Deserialize<'de> for $word {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let id = Cow::<'de, str>::deserialize(input)?;
                $domain::from_id(&id).map(Self).ok_or_else(|| {
                    let known: Vec<_> = $domain::ALL.iter().map(|one| one.id()).collect();
                    de::Error::custom(format!("`{id}` is none of {}", known.join(", ")))
                })
            }
        }

        impl PartialSchema for $word {
            fn schema() -> RefOr<Schema> {
                let values = $domain::ALL.iter().map(|one| one.id());
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(values)).into()
            }
        }

        impl ToSchema for $word {
            fn name() -> Cow<'static, str> {
                $title.into()
            }
        }

        impl Shown<$domain> for $word {
            fn shown(value: &$domain) -> Self {
                Self(*value)
            }
        }
    )+};
}

words! {
    /// A tier.
    TierWord of Tier = "Tier";
    /// A readiness level.
    LevelWord of ReadinessLevel = "ReadinessLevel";
    /// What to do next.
    NextActionWord of NextAction = "NextAction";
    /// What a vehicle is to a client.
    StateWord of WhitespaceState = "WhitespaceState";
    /// How an offer ended.
    OutcomeWord of OutcomeKind = "OutcomeKind";
    /// Where an action stands.
    ActionStatusWord of ActionStatus = "ActionStatus";
    /// What an action is.
    ActionKindWord of ActionKind = "ActionKind";
    /// Why an opportunity is not in a plan.
    LeftOutWord of LeftOutReason = "LeftOutReason";
    /// What a milestone measures.
    MilestoneWord of MilestoneMeasure = "MilestoneMeasure";
    /// Where a proposition stands.
    PropositionStatusWord of PropositionStatus = "PropositionStatus";
}
