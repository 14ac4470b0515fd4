use crate::KeyId;

/// Why sealed bytes stay closed. Says where, never what was inside.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SealError {
    /// The bytes are shorter than any sealed value.
    #[error("{bytes} bytes are no sealed value: the shortest has {least}")]
    Short {
        /// How many there are.
        bytes: usize,
        /// How many there must be.
        least: usize,
    },
    /// The leading byte is none that this program knows.
    #[error("sealed in form {0}, which this program does not know")]
    Form(u8),
    /// The bytes name another key than the one they were to be opened with.
    #[error("sealed with the key {sealed_with}, not with {given}")]
    OtherKey {
        /// The key that the bytes name.
        sealed_with: KeyId,
        /// The key that was tried.
        given: KeyId,
    },
    /// The bytes were changed, or belong to another place, or the key is not the one it is said to be.
    #[error("the value at {place} does not open: it was changed, moved, or sealed with another key")]
    Refused {
        /// Market, table, row and column, or what a key was wrapped for.
        place: String,
    },
    /// The value is too long to be sealed (more than 256 GiB).
    #[error("the value for {place} is too long to be sealed")]
    Long {
        /// Market, table, row and column, or what a key was wrapped for.
        place: String,
    },
}
