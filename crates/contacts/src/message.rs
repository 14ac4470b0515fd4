use std::fmt;

use jiff::Timestamp;
use kernel::Ulid;
use serde::{Deserialize, Serialize};

macro_rules! words {
    ($(#[$doc:meta])* $Name:ident { $($(#[$variant_doc:meta])* $Variant:ident = $id:literal, $label:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "kebab-case")]
        pub enum $Name {
            $($(#[$variant_doc])* $Variant,)+
        }

        impl $Name {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$Variant),+];

            /// The word as it is stored and sent.
            pub fn id(self) -> &'static str {
                match self {
                    $(Self::$Variant => $id,)+
                }
            }

            /// The word as people read it.
            pub fn label(self) -> &'static str {
                match self {
                    $(Self::$Variant => $label,)+
                }
            }
        }

        impl std::str::FromStr for $Name {
            type Err = String;

            fn from_str(text: &str) -> Result<Self, String> {
                let found = Self::ALL.iter().copied().find(|word| word.id() == text);
                found.ok_or_else(|| {
                    let known: Vec<&str> = Self::ALL.iter().map(|word| word.id()).collect();
                    format!("one of {}", known.join(", "))
                })
            }
        }
    };
}
pub(crate) use words;

words! {
    /// Which way a message went.
    Direction {
        /// From the contact.
        In = "in", "From the contact";
        /// To the contact.
        Out = "out", "To the contact";
    }
}

words! {
    /// How a message travelled.
    Channel {
        /// E-mail.
        Email = "email", "E-mail";
        /// Text message.
        Sms = "sms", "Text message";
        /// Telephone, as a summary.
        Call = "call", "Call";
        /// On paper.
        Letter = "letter", "Letter";
        /// Face to face.
        Visit = "visit", "Visit";
    }
}

/// A message between the market and a contact.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Message {
    /// Which one.
    pub id: Ulid,
    /// Which way.
    pub direction: Direction,
    /// How.
    pub channel: Channel,
    /// What.
    pub body: String,
    /// When it was sent or received.
    pub at: Timestamp,
}

impl fmt::Debug for Message {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "Message({}, {} {}, {} bytes)",
            self.id,
            self.direction.id(),
            self.channel.id(),
            self.body.len()
        )
    }
}

/// A message to be kept.
#[derive(Clone, PartialEq, Eq)]
pub struct NewMessage {
    /// Which way.
    pub direction: Direction,
    /// How.
    pub channel: Channel,
    /// What.
    pub body: String,
    /// When it was sent or received; now when absent.
    pub at: Option<Timestamp>,
}

impl fmt::Debug for NewMessage {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "NewMessage({} {}, {} bytes)", self.direction.id(), self.channel.id(), self.body.len())
    }
}
