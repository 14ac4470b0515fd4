use zeroize::Zeroizing;

use crate::{
    Key, KeyId, SealError,
    cell::{WRAPPED_KEY_V1, open_bytes, seal_bytes},
};

/// Wraps `key` with the key `kek`, which is known as `kek_id`. The context says what the key is for
/// (`market/01J..`); it is authenticated and must be said again to unwrap. The nonce is 24 random bytes.
///
/// # Errors
/// None in practice: a key is short enough for the cipher.
pub fn wrap(
    kek: &Key,
    kek_id: KeyId,
    context: &str,
    key: &Key,
    nonce: [u8; 24],
) -> Result<Vec<u8>, SealError> {
    seal_bytes(WRAPPED_KEY_V1, kek, kek_id, &[context], key.expose(), nonce)
}

/// Unwraps what [`wrap`] made.
///
/// # Errors
/// What is wrong: no wrapped key, another key or context, changed or forged bytes.
pub fn unwrap(kek: &Key, kek_id: KeyId, context: &str, wrapped: &[u8]) -> Result<Key, SealError> {
    let opened = open_bytes(WRAPPED_KEY_V1, kek, kek_id, &[context], wrapped)?;
    let bytes: Zeroizing<[u8; 32]> = match opened.as_slice().try_into() {
        Ok(bytes) => Zeroizing::new(bytes),
        Err(_) => return Err(SealError::Refused { place: context.to_owned() }),
    };
    Ok(Key::from_bytes(*bytes))
}

/// The key at the top: it wraps the keys below it and may live in a file, in a variable's file or in another
/// program (a key management service). Doing so is for crates above; this one only says what is asked of it.
pub trait KeyWrapping: Send + Sync {
    /// Wraps `key` for `context`; `nonce` is 24 random bytes, which a service may ignore.
    ///
    /// # Errors
    /// When the key at the top cannot be reached or refuses.
    fn wrap(&self, context: &str, key: &Key, nonce: [u8; 24]) -> Result<Vec<u8>, KeyWrappingError>;

    /// Unwraps what [`KeyWrapping::wrap`] made for the same context.
    ///
    /// # Errors
    /// When the key at the top cannot be reached or refuses, or the bytes are not its own.
    fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<Key, KeyWrappingError>;
}

/// Why a key stays wrapped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyWrappingError {
    /// The bytes do not open.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The key at the top cannot be reached: a missing file, a failed program.
    #[error("the key-encryption key cannot be used: {0}")]
    Unavailable(String),
}

/// A key at the top that is held in memory.
#[derive(Clone, Debug)]
pub struct HeldKey {
    id: KeyId,
    key: Key,
}

impl HeldKey {
    /// The key `key`, known as `id`.
    pub fn new(id: KeyId, key: Key) -> Self {
        Self { id, key }
    }

    /// What it is known as.
    pub fn id(&self) -> KeyId {
        self.id
    }
}

impl KeyWrapping for HeldKey {
    fn wrap(&self, context: &str, key: &Key, nonce: [u8; 24]) -> Result<Vec<u8>, KeyWrappingError> {
        Ok(wrap(&self.key, self.id, context, key, nonce)?)
    }

    fn unwrap(&self, context: &str, wrapped: &[u8]) -> Result<Key, KeyWrappingError> {
        Ok(unwrap(&self.key, self.id, context, wrapped)?)
    }
}

#[cfg(test)]
mod tests {
    use kernel::Ulid;

    use super::*;
    use crate::{Cell, key_id_of, open, seal};

    fn id(number: u128) -> KeyId {
        KeyId::new(Ulid::from_parts(1, number))
    }

    #[test]
    fn a_key_travels_wrapped_and_comes_back_for_the_same_context_only() {
        let top = HeldKey::new(id(1), Key::from_bytes([1; 32]));
        let wrapped = top.wrap("market/a", &Key::from_bytes([2; 32]), [3; 24]).expect("wrapped");
        assert_eq!(key_id_of(&wrapped), Ok(id(1)));
        assert_eq!(top.unwrap("market/a", &wrapped).expect("unwrapped").expose(), &[2; 32]);
        let refused = SealError::Refused { place: "market/b".to_owned() };
        assert_eq!(top.unwrap("market/b", &wrapped).map(|_| ()), Err(refused.into()));
        let other = HeldKey::new(id(2), Key::from_bytes([1; 32]));
        assert!(other.unwrap("market/a", &wrapped).is_err());
    }

    #[test]
    fn a_wrapped_key_never_opens_as_a_cell_nor_a_cell_as_a_key() {
        let (key, key_id) = (Key::from_bytes([1; 32]), id(1));
        let cell = Cell { market: "m", table: "t", row: "r", column: "c" };
        let wrapped = wrap(&key, key_id, "m/t/r/c", &Key::from_bytes([2; 32]), [3; 24]).expect("wrapped");
        assert_eq!(open(&key, key_id, &cell, &wrapped), Err(SealError::Form(0x41)));
        let sealed = seal(&key, key_id, &cell, &[2; 32], [3; 24]).expect("sealed").into_bytes();
        assert_eq!(unwrap(&key, key_id, "m/t/r/c", &sealed).map(|_| ()), Err(SealError::Form(1)));
        // Relabelled, it fails for the form is authenticated.
        let mut relabelled = sealed;
        relabelled[0] = 0x41;
        assert!(unwrap(&key, key_id, "m/t/r/c", &relabelled).is_err());
    }
}
