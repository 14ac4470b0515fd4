//! What the text of one cell says.

/// Texts that mean "not known" in every file, in lower case: those of spreadsheets, databases and Python. An infinity is
/// the outcome of a calculation that has none.
const MISSING: [&str; 28] = [
    "",
    "na",
    "n/a",
    "#n/a",
    "#na",
    "<na>",
    "null",
    "(null)",
    "#null!",
    "\\n",
    "nil",
    "nan",
    "-nan",
    "nat",
    "none",
    "?",
    "#div/0!",
    "#value!",
    "#ref!",
    "#num!",
    "#name?",
    "inf",
    "+inf",
    "-inf",
    "infinity",
    "+infinity",
    "-infinity",
    "\u{221e}",
];

/// The length of the longest of [`MISSING`].
const MISSING_BYTES_MAX: usize = 9;

/// Whether `text` means "not known": nothing but white space, one of the usual markers, or one of `further`.
pub(super) fn is_missing(text: &str, further: &[String]) -> bool {
    let text = text.trim();
    if text.len() > MISSING_BYTES_MAX && further.is_empty() {
        return false;
    }
    let is = |marker: &str| marker.trim().eq_ignore_ascii_case(text);
    MISSING.into_iter().any(is) || further.iter().any(|marker| is(marker))
}

/// The truth value that `text` writes, in whatever case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    let is = |word: &&str| word.eq_ignore_ascii_case(text);
    if ["yes", "true", "y", "t", "1"].iter().any(is) {
        return Some(true);
    }
    ["no", "false", "n", "f", "0"].iter().any(is).then_some(false)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn missing_markers_are_read_in_any_case_and_the_callers_are_added() {
        let further = ["Select".to_owned()];
        for text in [
            "", "  ", "NA", "n/a", "NULL", "NaN", "None", "<NA>", "NaT", "\\N", "-inf", "?", "select",
            " Select ",
        ] {
            assert!(is_missing(text, &further), "{text:?}");
        }
        for text in ["0", "No", "unknown", "-"] {
            assert!(!is_missing(text, &further), "{text:?}");
        }
        assert!(!is_missing("Select", &[]));
    }

    #[test]
    fn no_marker_is_longer_than_the_longest() {
        assert!(MISSING.iter().all(|marker| marker.len() <= MISSING_BYTES_MAX));
    }

    #[test]
    fn truth_has_ten_spellings() {
        assert_eq!(["Yes", "TRUE", "y", "t", "1"].map(boolean), [Some(true); 5]);
        assert_eq!(["No", "false", "N", "F", "0"].map(boolean), [Some(false); 5]);
        assert_eq!(["maybe", "", "2", "yes!"].map(boolean), [None; 4]);
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC{0,24}") {
            let _ = (boolean(&text), is_missing(&text, &[]));
        }
    }
}
