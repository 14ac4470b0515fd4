use proptest::prelude::*;

use super::*;

#[test]
fn every_row_of_the_table_is_read() {
    let rows = include_str!("../../../../data/phone/regions.csv").lines().count() - 1;
    assert_eq!(PLANS.len(), rows);
    let us = Plan::of("us-wa").expect("known");
    assert_eq!((us.calling_code, us.international_prefix, us.national_prefixes), ("1", "011", "1"));
    assert!(PLANS.iter().all(|plan| plan.national_digits != 0 && !plan.calling_code.is_empty()));
}

/// What libphonenumber reads and this does not.
const REFUSED_ON_PURPOSE: [&str; 2] = ["011 15-2345-6789", "1-800-FLOWERS"];

#[test]
fn numbers_become_what_libphonenumber_makes_of_them_or_are_refused_for_a_reason() {
    let mut reader = csv::Reader::from_reader(&include_bytes!("../../../../data/phone/numbers.csv")[..]);
    let (mut equal, mut wrong, mut ambiguous) = (0, Vec::new(), 0);
    for row in reader.records() {
        let row = row.expect("a readable row");
        match normalise_phone(&row[1], &row[0]) {
            Ok(number) if number == row[2] => equal += 1,
            Err(_) if row[2].is_empty() || REFUSED_ON_PURPOSE.contains(&&row[1]) => equal += 1,
            Err(PhoneRefused::Ambiguous) if row[1].bytes().all(|byte| byte.is_ascii_digit()) => {
                ambiguous += 1
            }
            answer => wrong.push(format!("{} {}: {answer:?}, not {}", &row[0], &row[1], &row[2])),
        }
    }
    assert!(wrong.is_empty(), "{equal} right; wrong:\n{}", wrong.join("\n"));
    assert!(equal > 800 && ambiguous < 40, "{equal} right, {ambiguous} ambiguous");
}

#[test]
fn what_is_no_number_is_refused_with_the_reason() {
    for (text, region, reason) in [
        (" - ", "us", PhoneRefused::Empty),
        ("call me", "us", PhoneRefused::Letter),
        ("206-555-0123 x12", "us", PhoneRefused::Extension),
        ("206-555-0123", "atlantis", PhoneRefused::Region),
        ("+999 123456789", "us", PhoneRefused::CallingCode),
        ("555-0123", "us", PhoneRefused::Digits),
        ("393 1234567", "it", PhoneRefused::Ambiguous),
        (&"1".repeat(1000), "us", PhoneRefused::Digits),
    ] {
        assert_eq!(normalise_phone(text, region), Err(reason), "{text}");
    }
}

proptest! {
    #[test]
    fn what_is_normalised_stays_as_it_is_in_every_region(
        text in "[+0-9 ().-]{1,24}", from: prop::sample::Index, to: prop::sample::Index,
    ) {
        let (from, to) = (PLANS[from.index(PLANS.len())].region, PLANS[to.index(PLANS.len())].region);
        if let Ok(once) = normalise_phone(&text, from) {
            prop_assert_eq!(normalise_phone(&once, to), Ok(once));
        }
    }

    #[test]
    fn no_text_breaks_the_reader(text in "\\PC{0,80}") {
        let _ = normalise_phone(&text, "us");
    }
}
