/// A closed list of words, each with the text it is stored and typed as and the text that people read.
macro_rules! words {
    (
        $(#[$doc:meta])*
        $Name:ident, $Error:ident, $what:literal;
        $($(#[$member_doc:meta])* $Member:ident = $id:literal, $label:literal;)+
    ) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
        )]
        #[serde(into = "String", try_from = "String")]
        pub enum $Name {
            $($(#[$member_doc])* $Member,)+
        }

        #[doc = concat!("The text is no ", $what, ".")]
        #[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
        #[error("`{0}` is not a {what}: one of {known}", what = $what, known = $Name::known())]
        pub struct $Error(String);

        impl $Name {
            /// All of them, in the order in which people see them.
            pub const ALL: &'static [Self] = &[$(Self::$Member),+];

            /// The word as it is stored and typed.
            pub const fn id(self) -> &'static str {
                match self {
                    $(Self::$Member => $id,)+
                }
            }

            /// The word as people read it.
            pub const fn label(self) -> &'static str {
                match self {
                    $(Self::$Member => $label,)+
                }
            }

            /// The member whose word this is.
            pub fn from_id(id: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|member| member.id() == id)
            }

            fn known() -> String {
                Self::ALL.iter().map(|member| member.id()).collect::<Vec<_>>().join(", ")
            }
        }

        impl std::fmt::Display for $Name {
            fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str(self.id())
            }
        }

        impl std::str::FromStr for $Name {
            type Err = $Error;

            fn from_str(text: &str) -> Result<Self, $Error> {
                Self::from_id(text).ok_or_else(|| $Error(text.chars().take(40).collect()))
            }
        }

        impl From<$Name> for String {
            fn from(member: $Name) -> Self {
                member.id().to_owned()
            }
        }

        impl TryFrom<String> for $Name {
            type Error = $Error;

            fn try_from(text: String) -> Result<Self, $Error> {
                text.parse()
            }
        }
    };
}

pub(crate) use words;
