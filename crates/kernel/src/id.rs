use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Ulid, UlidError};

macro_rules! id {
    ($(#[$doc:meta])* $Name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $Name(Ulid);

        impl $Name {
            /// The identifier inside.
            pub fn ulid(self) -> Ulid {
                self.0
            }
        }

        impl From<Ulid> for $Name {
            fn from(id: Ulid) -> Self {
                Self(id)
            }
        }

        impl From<$Name> for Ulid {
            fn from(id: $Name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $Name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, out)
            }
        }

        impl fmt::Debug for $Name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, out)
            }
        }

        impl FromStr for $Name {
            type Err = UlidError;

            fn from_str(text: &str) -> Result<Self, UlidError> {
                text.parse().map(Self)
            }
        }
    };
}

id! {
    /// Which market. It never changes and is never used again; files and databases are named by it.
    MarketId
}

id! {
    /// Which person (a contact of one market). It means nothing outside of that market.
    PersonId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_identifier_reads_back_as_it_is_written_and_is_a_bare_text_in_json() {
        let id: MarketId = "01ARZ3NDEKTSV4RRFFQ69G5FAV".parse().expect("valid");
        assert_eq!(id.to_string(), "01ARZ3NDEKTSV4RRFFQ69G5FAV");
        let json = serde_json::to_string(&id).expect("json");
        assert_eq!(json, "\"01ARZ3NDEKTSV4RRFFQ69G5FAV\"");
        assert_eq!(serde_json::from_str::<MarketId>(&json).expect("reads back"), id);
        assert_eq!("market".parse::<PersonId>(), Err(UlidError));
    }
}
