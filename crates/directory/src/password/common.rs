//! Passwords that are tried first: leaked ones, repeated ones, and names.

use std::{collections::HashSet, sync::LazyLock};

/// The 10 000 most frequent leaked passwords that are long enough, in lower case.
static LEAKED: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| include_str!("../../../../data/passwords/common.txt").lines().collect());

/// What the product is about: the words that people reach for first when they choose a password for it.
const PRODUCT: &[&str] = &[
    "enterprisehub",
    "enterprise",
    "ehub",
    "hub",
    "market",
    "broker",
    "brokerage",
    "realestate",
    "realtor",
    "estate",
    "agent",
    "owner",
    "operator",
    "admin",
    "password",
    "passwort",
    "welcome",
    "login",
];

/// Characters that a password still has without the names in it.
const REST_CHARS_MIN: usize = 8;
/// Different characters that a password has.
const DIFFERENT_MIN: usize = 5;

/// Whether a password was leaked often, ignoring case and what is added at its end, or repeats itself.
pub(super) fn is_common(password: &str) -> bool {
    let folded = password.to_lowercase();
    let core = folded.trim_end_matches(|letter: char| !letter.is_alphabetic());
    let different: HashSet<char> = folded.chars().collect();
    LEAKED.contains(folded.as_str())
        || LEAKED.contains(core)
        || different.len() < DIFFERENT_MIN
        || repeats(&folded)
        || repeats(core)
        || counts(&folded)
}

/// Whether a text is one piece of at most half its length, over and over.
fn repeats(text: &str) -> bool {
    let letters: Vec<char> = text.chars().collect();
    (1..=letters.len() / 2).any(|length| {
        letters.len().is_multiple_of(length)
            && letters.iter().zip(&letters[length..]).all(|(one, next)| one == next)
    })
}

/// Whether a text counts up or down: `1234567890123`, `abcdefghijkl`.
fn counts(text: &str) -> bool {
    let letters: Vec<u32> = text.chars().map(u32::from).collect();
    let digits = text.chars().all(|letter| letter.is_ascii_digit());
    let follows = |step: u32| {
        letters.windows(2).all(|pair| {
            let next = pair[0].wrapping_add(step);
            pair[1] == next
                || (digits
                    && pair[1]
                        == u32::from(b'0') + (next.wrapping_sub(u32::from(b'0')).wrapping_add(10)) % 10)
        })
    };
    letters.len() > 1 && (follows(1) || follows(u32::MAX))
}

/// Whether little is left of a password without the names in it.
pub(super) fn is_personal(password: &str, context: &[&str]) -> bool {
    let mut rest = password.to_lowercase();
    let context: Vec<String> = context.iter().map(|text| text.to_lowercase()).collect();
    let parts = context.iter().flat_map(|text| text.split(|letter: char| !letter.is_alphanumeric()));
    let mut names: Vec<&str> = parts.chain(PRODUCT.iter().copied()).filter(|name| name.len() >= 3).collect();
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    for name in names {
        rest = rest.replace(name, "");
    }
    let rest = rest.chars().filter(|letter| letter.is_alphanumeric()).count();
    let before = password.chars().filter(|letter| letter.is_alphanumeric()).count();
    rest < before && rest < REST_CHARS_MIN
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_list_has_ten_thousand_passwords_that_the_length_alone_would_let_pass() {
        assert_eq!(LEAKED.len(), 10_000);
        assert!(LEAKED.iter().all(|entry| entry.chars().count() >= super::super::PASSWORD_CHARS_MIN));
        assert!(LEAKED.iter().all(|entry| entry.to_lowercase() == **entry));
    }

    proptest! {
        #[test]
        fn every_leaked_password_is_refused_in_any_case_and_with_any_digits_behind(at in 0_usize..10_000, digits in "[0-9!]{0,4}") {
            let mut all: Vec<&str> = LEAKED.iter().copied().collect();
            all.sort_unstable();
            prop_assert!(is_common(&all[at].to_uppercase()));
            if all[at].ends_with(char::is_alphabetic) {
                let added = format!("{}{digits}", all[at]);
                prop_assert!(is_common(&added));
            }
        }

        #[test]
        fn whatever_repeats_is_refused(piece in "[a-z0-9]{1,8}", times in 2_usize..9) {
            prop_assert!(repeats(&piece.repeat(times)));
        }

        #[test]
        fn any_text_is_looked_at_without_harm(text in "\\PC{0,60}", name in "\\PC{0,20}") {
            let _ = (is_common(&text), is_personal(&text, &[name.as_str()]));
        }
    }

    #[test]
    fn a_name_among_enough_other_words_is_fine() {
        assert!(!is_personal("ana likes violet otters", &["Ana"]));
        assert!(is_personal("Ana-Ortiz-2026", &["Ana Ortiz"]));
        assert!(!is_personal("Gp7#kQ!z", &["Ana Ortiz"]), "short, but that is for the length to say");
    }

    #[test]
    fn counting_is_seen_in_both_directions() {
        for text in ["1234567890123", "9876543210987", "abcdefghijkl", "lkjihgfedcba"] {
            assert!(counts(text), "{text}");
        }
        assert!(!counts("123456789013") && !counts("abcdefghijkm"));
    }
}
