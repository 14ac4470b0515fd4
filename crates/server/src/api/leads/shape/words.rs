//! Words that the API shares with the domain, as the description lists them.

use std::borrow::Cow;

use leads::{
    BasisKind, Channel, OutcomeKind, ToldBy,
    band::Band,
    gate::{A2p, Step},
    timeline::LeadSource,
};
use serde::Serialize;
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr, Schema,
        schema::{ObjectBuilder, Type},
    },
};

/// How a member of an enumeration is written: the one word that it is serialised as.
pub fn word<T: Serialize>(member: &T) -> String {
    match serde_json::to_value(member) {
        Ok(serde_json::Value::String(word)) => word,
        // A member that carries something is written as its name and what it carries.
        Ok(serde_json::Value::Object(map)) => map.keys().next().cloned().unwrap_or_default(),
        _ => String::new(),
    }
}

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident of $members:expr;)+) => {
        $($(#[$doc])*
        pub struct $name;

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let words: Vec<String> = $members.iter().map(word).collect();
                ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                stringify!($name).into()
            }
        })+
    };
}

words! {
    /// Where a lead stands.
    BandWord of [Band::Hot, Band::Warm, Band::Cold];
    /// Where a lead came from.
    SourceWord of LeadSource::ALL;
    /// How somebody is reached.
    ChannelWord of Channel::ALL;
    /// What became of a message.
    OutcomeWord of OutcomeKind::ALL;
    /// The steps of the gate.
    StepWord of Step::ALL;
    /// Where a fact is known from.
    ToldByWord of [ToldBy::Team, ToldBy::Form, ToldBy::Import, ToldBy::Platform, ToldBy::Registry];
    /// What messages rest on.
    BasisWord of [BasisKind::Written, BasisKind::Withdrawn, BasisKind::Inquiry, BasisKind::Transaction];
    /// How a sender is registered with the carriers.
    A2pWord of [
        A2p::Approved,
        A2p::TollFreeVerified,
        A2p::Pending,
        A2p::Rejected,
        A2p::Unregistered,
        A2p::Suspended,
    ];
}
