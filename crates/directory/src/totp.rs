//! One-time codes as authenticator apps make them (RFC 6238: SHA-1, 6 digits, 30 seconds).

use jiff::Timestamp;
use ring::hmac;
use zeroize::Zeroizing;

use crate::secret;

/// Bytes of a secret: as long as the digest, as RFC 4226 recommends.
pub const TOTP_SECRET_BYTES: usize = 20;
/// Seconds in which one code is shown.
const STEP_SECONDS: i64 = 30;

/// The secret that a hub shares with an authenticator app.
pub(crate) struct TotpSecret(Zeroizing<Vec<u8>>);

impl TotpSecret {
    pub(crate) fn from_bytes(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.0
    }

    /// The secret as it is typed into an app: base 32 in groups of four.
    pub(crate) fn typed(&self) -> String {
        let letters = base32(&self.0);
        let groups: Vec<&str> =
            letters.as_bytes().chunks(4).filter_map(|group| std::str::from_utf8(group).ok()).collect();
        groups.join(" ")
    }

    /// The address that a QR code carries to an app.
    pub(crate) fn uri(&self, issuer: &str, account: &str) -> String {
        let (issuer, account) = (percent(issuer), percent(account));
        let secret = base32(&self.0);
        format!(
            "otpauth://totp/{issuer}:{account}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30"
        )
    }

    /// The step of `now`, when `code` is its code and it is later than `used`. A code lives for the 30 seconds of
    /// its step and not longer (OWASP ASVS 5.0, 6.5.5): devices set their clocks by the network.
    pub(crate) fn step_of(&self, code: &str, now: Timestamp, used: i64) -> Option<i64> {
        let code: String = code.chars().filter(|letter| !letter.is_whitespace()).collect();
        let step = now.as_second().div_euclid(STEP_SECONDS);
        let is_right = secret::same(code.as_bytes(), self.code(step, 6).as_bytes());
        (is_right && step > used).then_some(step)
    }

    /// RFC 4226's code for a counter.
    fn code(&self, step: i64, digits: u32) -> String {
        let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &self.0);
        let tag = hmac::sign(&key, &step.to_be_bytes());
        let tag = tag.as_ref();
        let at = usize::from(tag[tag.len() - 1] & 0x0f);
        let number = u32::from_be_bytes([tag[at] & 0x7f, tag[at + 1], tag[at + 2], tag[at + 3]]);
        format!("{:0width$}", number % 10_u32.pow(digits), width = digits as usize)
    }
}

/// RFC 4648's base 32, without padding.
pub(crate) fn base32(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    let mut text = String::with_capacity(bytes.len().div_ceil(5) * 8);
    for chunk in bytes.chunks(5) {
        let value =
            (0..5).fold(0_u64, |value, at| (value << 8) | u64::from(chunk.get(at).copied().unwrap_or(0)));
        let letters = (chunk.len() * 8).div_ceil(5);
        text.extend((0..letters).map(|at| char::from(LETTERS[(value >> (35 - 5 * at)) as usize & 31])));
    }
    text
}

/// Everything but unreserved characters as `%XX`.
fn percent(text: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            out.push_str(&secret::hex(&[byte]).to_uppercase());
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).expect("an instant")
    }

    #[test]
    fn the_vectors_of_rfc_6238_agree() {
        let secret = TotpSecret::from_bytes(*b"12345678901234567890");
        for (second, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            assert_eq!(secret.code(second / 30, 8), code, "at {second}");
            assert_eq!(secret.step_of(&code[2..], at(second), 0), Some(second / 30), "the last six digits");
        }
    }

    #[test]
    fn the_vectors_of_rfc_4226_agree() {
        let secret = TotpSecret::from_bytes(*b"12345678901234567890");
        for (counter, code) in ["755224", "287082", "359152", "969429", "338314"].iter().enumerate() {
            assert_eq!(secret.code(counter as i64, 6), *code);
        }
    }

    #[test]
    fn the_vectors_of_rfc_4648_agree() {
        for (bytes, text) in [
            ("", ""),
            ("f", "MY"),
            ("fo", "MZXQ"),
            ("foo", "MZXW6"),
            ("foob", "MZXW6YQ"),
            ("fooba", "MZXW6YTB"),
            ("foobar", "MZXW6YTBOI"),
        ] {
            assert_eq!(base32(bytes.as_bytes()), text);
        }
    }

    #[test]
    fn a_code_lives_for_thirty_seconds_and_is_taken_once() {
        let secret = TotpSecret::from_bytes([7; 20]);
        let code = secret.code(1000, 6);
        for (second, taken) in
            [(1000 * 30 - 1, false), (1000 * 30, true), (1000 * 30 + 29, true), (1001 * 30, false)]
        {
            assert_eq!(secret.step_of(&code, at(second), 0).is_some(), taken, "at {second}");
        }
        assert_eq!(secret.step_of(&code, at(30_000), 1000), None, "used");
        assert_eq!(secret.step_of(&code, at(30_000), 1001), None, "a later one was used");
        let spaced = format!(" {} {} ", &code[..3], &code[3..]);
        assert_eq!(secret.step_of(&spaced, at(30_000), 999), Some(1000), "as apps show it");
    }

    #[test]
    fn an_app_is_told_everything_it_needs() {
        let secret = TotpSecret::from_bytes([0xff; 20]);
        assert_eq!(secret.typed(), "7777 7777 7777 7777 7777 7777 7777 7777");
        assert_eq!(
            secret.uri("Enterprise Hub", "ana@example.com"),
            "otpauth://totp/Enterprise%20Hub:ana%40example.com?secret=77777777777777777777777777777777\
             &issuer=Enterprise%20Hub&algorithm=SHA1&digits=6&period=30"
        );
    }

    proptest! {
        #[test]
        fn other_texts_are_no_code(secret: [u8; 20], text in "\\PC{0,12}", second in 0_i64..4_000_000_000) {
            let secret = TotpSecret::from_bytes(secret);
            let digits: String = text.chars().filter(|letter| !letter.is_whitespace()).collect();
            let right = secret.code(second / 30, 6) == digits;
            prop_assert_eq!(secret.step_of(&text, at(second), -1).is_some(), right);
        }
    }
}
