use unicode_normalization::UnicodeNormalization as _;

/// Most bytes of an address (RFC 5321, section 4.5.3.1.3, less its brackets).
const ADDRESS_BYTES_MAX: usize = 254;

/// Why a text is no e-mail address. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EmailRefused {
    /// Nothing there.
    #[error("there is no address")]
    Empty,
    /// Longer than mail allows.
    #[error("an address has at most 254 bytes")]
    Long,
    /// White space or a control character inside.
    #[error("an address has no spaces or control characters")]
    Space,
    /// Not exactly one `@`.
    #[error("an address has one `@`")]
    At,
    /// Nothing before the `@`.
    #[error("an address has a name before the `@`")]
    Name,
    /// Nothing after the `@`, or an empty part of the domain.
    #[error("an address has a domain after the `@`")]
    Domain,
}

/// The form in which addresses are compared: trimmed, in lower case, Unicode NFC.
///
/// Limits: quoted names (`"a b"@example.com`) are refused. A domain written in another script and the same in
/// its `xn--` form stay two addresses, and so do `a.b@` and `ab@`, which some mail services treat as one.
///
/// # Errors
/// The first rule that the text breaks.
pub fn normalise_email(address: &str) -> Result<String, EmailRefused> {
    let address = address.trim();
    if address.is_empty() {
        return Err(EmailRefused::Empty);
    }
    // Before the costly part: no text of megabytes is folded.
    if address.len() > 4 * ADDRESS_BYTES_MAX {
        return Err(EmailRefused::Long);
    }
    let composed: String = address.nfc().collect::<String>().to_lowercase().nfc().collect();
    if composed.len() > ADDRESS_BYTES_MAX {
        return Err(EmailRefused::Long);
    }
    if composed.chars().any(|letter| letter.is_whitespace() || letter.is_control()) {
        return Err(EmailRefused::Space);
    }
    let (name, domain) = composed.split_once('@').ok_or(EmailRefused::At)?;
    if domain.contains('@') {
        return Err(EmailRefused::At);
    }
    if name.is_empty() {
        return Err(EmailRefused::Name);
    }
    if domain.split('.').any(str::is_empty) {
        return Err(EmailRefused::Domain);
    }
    Ok(composed)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn addresses_that_reach_the_same_person_read_alike() {
        for (text, normalised) in [
            (" Ana@Example.COM\n", "ana@example.com"),
            ("JOSE\u{301}@example.com", "jos\u{e9}@example.com"),
            ("jos\u{e9}@EXAMPLE.com", "jos\u{e9}@example.com"),
            ("ana+homes@example.co.uk", "ana+homes@example.co.uk"),
            ("owner@localhost", "owner@localhost"),
        ] {
            assert_eq!(normalise_email(text).as_deref(), Ok(normalised), "{text}");
        }
    }

    #[test]
    fn texts_that_are_no_address_are_refused_with_the_reason() {
        let long = format!("{}@example.com", "a".repeat(250));
        for (text, reason) in [
            ("  ", EmailRefused::Empty),
            ("ana", EmailRefused::At),
            ("a@b@c", EmailRefused::At),
            ("@example.com", EmailRefused::Name),
            ("ana@", EmailRefused::Domain),
            ("ana@example..com", EmailRefused::Domain),
            ("ana@example.com.", EmailRefused::Domain),
            ("a b@example.com", EmailRefused::Space),
            ("a\0@example.com", EmailRefused::Space),
            (long.as_str(), EmailRefused::Long),
        ] {
            assert_eq!(normalise_email(text), Err(reason), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_normalised_stays_as_it_is(text in "\\PC{0,12}@\\PC{1,12}") {
            if let Ok(once) = normalise_email(&text) {
                prop_assert_eq!(normalise_email(&once), Ok(once));
            }
        }
    }
}
