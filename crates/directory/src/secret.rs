//! Small tools for secrets: comparing without telling where they differ, and writing bytes down.

use std::fmt::Write as _;

/// Whether two texts are the same, in a time that depends on their lengths only.
pub(crate) fn same(one: &[u8], other: &[u8]) -> bool {
    // The black box keeps the compiler from stopping at the first difference.
    let differing = one.iter().zip(other).fold(0, |sum, (a, b)| std::hint::black_box(sum | (a ^ b)));
    one.len() == other.len() && differing == 0
}

/// Two lower-case digits per byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn sameness_is_equality(one: Vec<u8>, other: Vec<u8>) {
            prop_assert!(same(&one, &one));
            prop_assert_eq!(same(&one, &other), one == other);
        }
    }

    #[test]
    fn a_text_is_not_the_same_as_its_beginning() {
        assert!(!same(b"abc", b"abcd"));
        assert!(!same(b"abc", b""));
    }
}
