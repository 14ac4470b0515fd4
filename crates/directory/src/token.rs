use std::fmt;

use ring::digest::{SHA256, digest};

use crate::secret::hex;

/// A secret that opens a door: 256 random bits as 64 hexadecimal digits. Shown once, never stored.
#[derive(Clone)]
pub struct Token(String);

impl Token {
    /// The token of 256 bits from a cryptographic source of chance.
    pub fn from_entropy(entropy: [u8; 32]) -> Self {
        Self(hex(&entropy))
    }

    /// The digits, to be sent to the bearer.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// What the store keeps instead: the SHA-256 of a token's digits. Looking a token up by it is safe against
    /// timing: whoever guesses cannot steer the digest.
    pub(crate) fn fingerprint(token: &str) -> String {
        hex(digest(&SHA256, token.as_bytes()).as_ref())
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(..)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_hides_from_logs_and_is_stored_as_its_digest() {
        let token = Token::from_entropy([0xab; 32]);
        assert_eq!(token.as_str(), "ab".repeat(32));
        assert_eq!(format!("{token:?}"), "Token(..)");
        assert_eq!(
            Token::fingerprint("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
            "the vector of FIPS 180-2"
        );
    }
}
