use crate::metrics::VehicleId;

/// Longest identifier and name, in characters.
pub(super) const NAME_CHARS_MAX: usize = 200;

/// Most entries of a list.
const LIST_ITEMS_MAX: usize = 100;

/// Words by which people and spreadsheets write "not known".
const MISSING_WORDS: [&str; 6] = ["n/a", "#n/a", "na", "null", "none", "-"];

/// Whether `text` says that there is no value.
pub(super) fn means_missing(text: &str) -> bool {
    MISSING_WORDS.iter().any(|word| text.eq_ignore_ascii_case(word))
}

/// A trimmed identifier or name.
pub(super) fn name(text: &str) -> Result<&str, String> {
    let text = text.trim();
    if text.chars().any(char::is_control) {
        return Err("holds a control character (a line break or the like): write it on one line".to_owned());
    }
    if text.chars().count() > NAME_CHARS_MAX {
        return Err(format!("is longer than {NAME_CHARS_MAX} characters"));
    }
    Ok(text)
}

/// Yes or no.
pub(super) fn flag(text: &str) -> Result<bool, String> {
    let text = text.trim();
    let is = |words: &[&str]| words.iter().any(|word| text.eq_ignore_ascii_case(word));
    if is(&["true", "1", "yes", "y"]) {
        Ok(true)
    } else if is(&["false", "0", "no", "n"]) {
        Ok(false)
    } else {
        Err("is neither true nor false: write true, false, 1, 0, yes or no".to_owned())
    }
}

/// Vehicles from names: small letters, words joined by `_`, each once, in the order given.
pub(super) fn vehicles<'a>(items: impl Iterator<Item = &'a str>) -> Result<Vec<VehicleId>, String> {
    let mut vehicles = Vec::new();
    for item in items.map(str::trim).filter(|item| !item.is_empty()) {
        let id: String = item
            .chars()
            .map(|letter| if letter == ' ' || letter == '-' { '_' } else { letter.to_ascii_lowercase() })
            .collect();
        if !id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Err("holds signs that no vehicle has: separate the names by `;`".to_owned());
        }
        let vehicle = VehicleId::new(id);
        if !vehicles.contains(&vehicle) {
            vehicles.push(vehicle);
        }
        if vehicles.len() > LIST_ITEMS_MAX {
            return Err(format!("has more than {LIST_ITEMS_MAX} entries"));
        }
    }
    Ok(vehicles)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn yes_and_no_have_a_few_spellings() {
        for (text, expected) in [
            ("TRUE", Some(true)),
            (" yes ", Some(true)),
            ("0", Some(false)),
            ("No", Some(false)),
            ("maybe", None),
            ("2", None),
        ] {
            assert_eq!(flag(text).ok(), expected, "{text:?}");
        }
    }

    #[test]
    fn vehicles_are_named_one_way() {
        let read = vehicles("White Label; multi-market ;;white_label".split(';')).expect("vehicles");
        assert_eq!(read.iter().map(VehicleId::as_str).collect::<Vec<_>>(), ["white_label", "multi_market"]);
        assert!(vehicles("a, b".split(';')).is_err());
    }
}
