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

/// Words for no and yes, in pairs, in lower case.
const TRUTHS: [[&str; 2]; 5] = [["no", "yes"], ["false", "true"], ["n", "y"], ["f", "t"], ["0", "1"]];

/// The pair of words that `text` belongs to, in whatever case, and the truth value that it writes.
fn truth(text: &str) -> Option<(usize, bool)> {
    let is = |word: &str| word.eq_ignore_ascii_case(text);
    TRUTHS.iter().zip(0..).find_map(|([no, yes], pair)| {
        if is(yes) { Some((pair, true)) } else { is(no).then_some((pair, false)) }
    })
}

/// The truth value that `text` writes, in whatever case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    truth(text).map(|(_, yes)| yes)
}

/// Whether all of `texts` write truth values, and nothing else is lost by reading them so: each value is written in one
/// way, or in several that all have both. `F` and `N` of one column, or `Y`, `N` and `F`, are levels.
pub(super) fn are_booleans<'a>(texts: impl Iterator<Item = &'a str>) -> bool {
    let mut pairs = [0_u32; 2];
    for text in texts {
        let Some((pair, yes)) = truth(text) else { return false };
        pairs[usize::from(yes)] |= 1 << pair;
    }
    let [no, yes] = pairs;
    no == yes || (no.count_ones() <= 1 && yes.count_ones() <= 1)
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
    fn words_for_truth_that_are_levels_are_not_taken_for_it() {
        let are = |texts: &[&str]| are_booleans(texts.iter().copied());
        for texts in [
            &["Yes", "no"][..],
            &["Y"],
            &["t", "F"],
            &["1", "0", "0"],
            &["yes", "TRUE", "no", "false"],
            &["1", "no"],
        ] {
            assert!(are(texts), "{texts:?}");
        }
        for texts in
            [&["F", "N"][..], &["y", "n", "f"], &["y", "t"], &["yes", "no", "maybe"], &["1", "true", "0"]]
        {
            assert!(!are(texts), "{texts:?}");
        }
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
