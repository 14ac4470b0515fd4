//! What a contact's values must look like.

use kernel::{Region, Rejection};

use crate::{Field, Personal};

/// Longest name, in characters.
pub const NAME_CHARS_MAX: usize = 200;
/// Longest postal address, in characters.
pub const ADDRESS_CHARS_MAX: usize = 500;
/// Longest note, in characters.
pub const NOTE_CHARS_MAX: usize = 10_000;
/// Longest message, in characters.
pub const MESSAGE_CHARS_MAX: usize = 50_000;
/// Longest reason of a legal hold, in characters.
pub const HOLD_CHARS_MAX: usize = 500;

/// Most of a refused value that is repeated to whoever sent it, in characters.
const SHOWN_CHARS_MAX: usize = 120;

/// A refused value of row `row` (0 when it did not come from a file).
pub(crate) fn rejection(row: u64, field: &str, value: &str, message: impl Into<String>) -> Rejection {
    let value = value.chars().filter(|letter| !letter.is_control()).take(SHOWN_CHARS_MAX).collect();
    Rejection { row, field: field.to_owned(), value, message: message.into() }
}

/// Checks and tidies who a person is: spaces trimmed, empty texts absent, the phone number in international form.
pub(crate) fn personal(row: u64, given: &Personal, region: &Region) -> Result<Personal, Vec<Rejection>> {
    let mut refused = Vec::new();
    let mut keep = |field: Field, result: Result<Option<String>, Rejection>| {
        result.unwrap_or_else(|rejection| {
            debug_assert_eq!(rejection.field, field.id());
            refused.push(rejection);
            None
        })
    };
    let name = keep(Field::Name, line(row, Field::Name, &given.name, NAME_CHARS_MAX));
    let email = keep(Field::Email, email(row, &given.email));
    let phone = keep(Field::Phone, phone(row, &given.phone, region));
    let address = keep(Field::Address, text(row, Field::Address.id(), &given.address, ADDRESS_CHARS_MAX));
    let personal = Personal { name, email, phone, address };
    if refused.is_empty() && personal.label().is_none() {
        refused.push(rejection(
            row,
            Field::Name.id(),
            "",
            "a contact has a name, an e-mail address or a phone number",
        ));
    }
    if refused.is_empty() { Ok(personal) } else { Err(refused) }
}

/// A text of one line.
fn line(
    row: u64,
    field: Field,
    given: &Option<String>,
    chars_max: usize,
) -> Result<Option<String>, Rejection> {
    let Some(value) = text(row, field.id(), given, chars_max)? else { return Ok(None) };
    if value.chars().any(char::is_control) {
        return Err(rejection(row, field.id(), &value, "it must be one line without control characters"));
    }
    Ok(Some(value))
}

/// A text of any number of lines; trimmed, absent when empty.
pub(crate) fn text(
    row: u64,
    field: &str,
    given: &Option<String>,
    chars_max: usize,
) -> Result<Option<String>, Rejection> {
    let Some(value) = given.as_deref().map(str::trim).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    if value.chars().nth(chars_max).is_some() {
        return Err(rejection(row, field, value, format!("it must have at most {chars_max} characters")));
    }
    if value.chars().any(|letter| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t')) {
        return Err(rejection(row, field, value, "it must not hold control characters"));
    }
    Ok(Some(value.to_owned()))
}

/// A text that must be there.
pub(crate) fn required(field: &str, given: &str, chars_max: usize) -> Result<String, Vec<Rejection>> {
    let value = text(0, field, &Some(given.to_owned()), chars_max).map_err(|refused| vec![refused])?;
    value.ok_or_else(|| vec![rejection(0, field, "", "it must not be empty")])
}

fn email(row: u64, given: &Option<String>) -> Result<Option<String>, Rejection> {
    let Some(value) = given.as_deref().map(str::trim).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    match seal::normalise_email(value) {
        Ok(_) => Ok(Some(value.to_owned())),
        Err(refused) => Err(rejection(row, Field::Email.id(), value, refused.to_string())),
    }
}

fn phone(row: u64, given: &Option<String>, region: &Region) -> Result<Option<String>, Rejection> {
    let Some(value) = given.as_deref().map(str::trim).filter(|value| !value.is_empty()) else {
        return Ok(None);
    };
    match seal::normalise_phone(value, region.as_str()) {
        Ok(international) => Ok(Some(international)),
        Err(refused) => Err(rejection(row, Field::Phone.id(), value, refused.to_string())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn washington() -> Region {
        "us-wa".parse().unwrap()
    }

    fn given(name: &str, email: &str, phone: &str, address: &str) -> Personal {
        let some = |text: &str| Some(text.to_owned());
        Personal { name: some(name), email: some(email), phone: some(phone), address: some(address) }
    }

    #[test]
    fn values_are_tidied() {
        let tidy =
            personal(0, &given("  Ana Díaz ", "Ana@Example.com", "(206) 555-0123", " "), &washington());
        let tidy = tidy.unwrap();
        assert_eq!(tidy.name.as_deref(), Some("Ana Díaz"));
        assert_eq!(tidy.email.as_deref(), Some("Ana@Example.com"));
        assert_eq!(tidy.phone.as_deref(), Some("+12065550123"));
        assert_eq!(tidy.address, None);
    }

    #[test]
    fn every_bad_field_is_named_with_its_row_value_and_reason() {
        let long = "x".repeat(ADDRESS_CHARS_MAX + 1);
        let refused = personal(7, &given("A\nB", "nobody", "12", &long), &washington()).unwrap_err();
        let fields: Vec<&str> = refused.iter().map(|rejection| rejection.field.as_str()).collect();
        assert_eq!(fields, ["name", "email", "phone", "address"]);
        assert!(refused.iter().all(|rejection| rejection.row == 7 && !rejection.message.is_empty()));
        assert_eq!(refused[1].value, "nobody");
        assert_eq!(refused[3].value.chars().count(), SHOWN_CHARS_MAX);
    }

    #[test]
    fn somebody_without_any_name_or_way_to_reach_them_is_nobody() {
        let refused = personal(0, &given(" ", "", "", "12 Elm Street"), &washington()).unwrap_err();
        assert_eq!(refused.len(), 1);
        assert!(refused[0].message.contains("a name, an e-mail address or a phone number"));
    }

    proptest! {
        #[test]
        fn any_text_is_taken_or_refused_and_what_is_taken_is_taken_again(
            name in ".{0,300}", email in ".{0,60}", phone in "[+() 0-9-]{0,20}", address in "(?s).{0,50}",
        ) {
            if let Ok(tidy) = personal(1, &given(&name, &email, &phone, &address), &washington()) {
                prop_assert_eq!(personal(1, &tidy, &washington()), Ok(tidy.clone()));
                prop_assert!(tidy.label().is_some());
            }
        }
    }
}
