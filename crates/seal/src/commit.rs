use ring::hmac;

use crate::Key;

/// Binds to `value` without telling it: HMAC-SHA-256 under a key derived from `key`, over the context and the
/// value. Whoever has the key and the value can show that they belong to the commitment; once the key is
/// destroyed, it says nothing about even a short value. The context (`contact/email`) keeps commitments to
/// equal values of different fields apart.
pub fn commit(key: &Key, context: &str, value: &[u8]) -> [u8; 32] {
    let derived = key.derive("enterprisehub.commitment.v1");
    let mut signing = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, derived.expose()));
    signing.update(&(context.len() as u64).to_be_bytes());
    signing.update(context.as_bytes());
    signing.update(value);
    let mut bytes = [0; 32];
    bytes.copy_from_slice(signing.sign().as_ref());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_commitment_depends_on_key_context_and_value() {
        let key = Key::from_bytes([1; 32]);
        let made = commit(&key, "email", b"ana@example.com");
        assert_eq!(made, commit(&key, "email", b"ana@example.com"));
        for other in [
            commit(&Key::from_bytes([2; 32]), "email", b"ana@example.com"),
            commit(&key, "name", b"ana@example.com"),
            commit(&key, "emaila", b"na@example.com"),
            commit(&key, "email", b"bob@example.com"),
        ] {
            assert_ne!(made, other);
        }
    }
}
