//! Recovery codes: what lets somebody in who has lost the second factor. Each works once.

use crate::{Token, totp::base32};

/// Codes in a set.
pub const RECOVERY_CODES: usize = 10;
/// Random bytes of one code: 120 bits, so that a plain digest of it cannot be turned back.
const CODE_BYTES: usize = 15;
/// Random bytes of a set.
pub const RECOVERY_ENTROPY_BYTES: usize = RECOVERY_CODES * CODE_BYTES;

/// The codes made of this chance, as people keep them: four groups of six letters and digits.
pub(crate) fn codes(entropy: &[u8; RECOVERY_ENTROPY_BYTES]) -> Vec<String> {
    entropy
        .chunks(CODE_BYTES)
        .map(|bytes| {
            let letters = base32(bytes).to_lowercase();
            [&letters[..6], &letters[6..12], &letters[12..18], &letters[18..]].join("-")
        })
        .collect()
}

/// What is kept of a code, however it was typed.
pub(crate) fn fingerprint(code: &str) -> String {
    let plain: String =
        code.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).collect();
    Token::fingerprint(&plain)
}

/// Whether a text can only be a recovery code: too long for a code of an app.
pub(crate) fn looks_like_one(code: &str) -> bool {
    code.chars().filter(char::is_ascii_alphanumeric).count() > 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_differ_and_are_recognised_however_they_are_typed() {
        let mut entropy = [0; RECOVERY_ENTROPY_BYTES];
        entropy.iter_mut().enumerate().for_each(|(at, byte)| *byte = at as u8);
        let codes = codes(&entropy);
        assert_eq!((codes.len(), codes[0].as_str()), (10, "aaaqea-yeauda-ocajbi-fqydio"));
        let mut prints: Vec<String> = codes.iter().map(|code| fingerprint(code)).collect();
        assert_eq!(fingerprint("AAAQEA yeauda ocajbiFQYDIO"), prints[0]);
        prints.sort();
        prints.dedup();
        assert_eq!(prints.len(), RECOVERY_CODES);
        assert!(looks_like_one(&codes[0]) && !looks_like_one("123 456"));
    }
}
