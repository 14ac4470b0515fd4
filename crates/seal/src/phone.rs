use std::sync::LazyLock;

/// Digits of an international number at most (ITU-T E.164, section 6.2.1), and least: country code and
/// subscriber together, below which a number is a short code of one country.
const DIGITS_MAX: usize = 15;
const DIGITS_MIN: usize = 7;
/// Characters that are read at all.
const TEXT_CHARS_MAX: usize = 64;

/// Why a text is no phone number that can be compared. Never repeats the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PhoneRefused {
    /// Nothing there.
    #[error("there is no number")]
    Empty,
    /// A letter or a sign that no number has.
    #[error("a phone number has digits, spaces, `+`, `-`, `.`, `/` and brackets only")]
    Letter,
    /// An extension: it cannot be part of an international number, and without it two people would be one.
    #[error("a number with an extension cannot be compared: give the number without it")]
    Extension,
    /// The number has no country code and the region is none whose code is known.
    #[error("the number has no country code and its region is not known: write it as +<country code> ...")]
    Region,
    /// The country code does not exist.
    #[error("no country has this code")]
    CallingCode,
    /// It may begin with the country code or be a national number that begins with the same digits.
    #[error("the number may or may not begin with its country code: write `+` before the code")]
    Ambiguous,
    /// More or fewer digits than the numbers of that country have.
    #[error("the number has more or fewer digits than numbers of its country have")]
    Digits,
}

/// How the numbers of a region are written.
struct Plan {
    region: &'static str,
    calling_code: &'static str,
    international_prefix: &'static str,
    /// Separated by spaces, the one to try first comes first.
    national_prefixes: &'static str,
    /// One bit per possible count of digits.
    national_digits: u32,
}

/// `data/phone/regions.csv`.
static PLANS: LazyLock<Vec<Plan>> = LazyLock::new(|| {
    include_str!("../../../data/phone/regions.csv").lines().skip(1).filter_map(plan).collect()
});

fn plan(line: &'static str) -> Option<Plan> {
    let mut cells = line.split(',');
    let mut cell = || cells.next();
    Some(Plan {
        region: cell()?,
        calling_code: cell()?,
        international_prefix: cell()?,
        national_prefixes: cell()?,
        national_digits: cell()?.split(' ').try_fold(0, |bits, count| {
            count.parse().ok().and_then(|count| 1_u32.checked_shl(count)).map(|bit| bits | bit)
        })?,
    })
}

impl Plan {
    fn of(region: &str) -> Option<&'static Self> {
        let country = region.split(['-', '_']).next().unwrap_or_default();
        PLANS.iter().find(|plan| plan.region.eq_ignore_ascii_case(country))
    }

    fn allows(&self, national: &str) -> bool {
        allows(self.national_digits, national)
    }
}

fn allows(bits: u32, national: &str) -> bool {
    u32::try_from(national.len())
        .ok()
        .and_then(|count| bits.checked_shr(count))
        .is_some_and(|rest| rest & 1 == 1)
}

/// The form in which phone numbers are compared: E.164, `+` and digits. A number that begins with `+`, or with
/// what the region dials before an international number, keeps its country code; any other is national to
/// `default_region` (`us-wa` or `us`). The region's leading `0`, `1`, `8`.. for calls within the country falls
/// away.
///
/// Limits: checks the country code and the count of digits, not whether the number was given out. Refused
/// rather than guessed: numbers with extensions, in letters (`1-800-FLOWERS`), without their area code, with a
/// carrier's code or the `15` of Argentine mobiles, and such as may or may not begin with their country code
/// (`393 1234567` in Italy, whose code is 39).
///
/// # Errors
/// Why it cannot be normalised.
pub fn normalise_phone(number: &str, default_region: &str) -> Result<String, PhoneRefused> {
    let (international, digits) = read(number)?;
    if international {
        return from_international(&digits);
    }
    let plan = Plan::of(default_region).ok_or(PhoneRefused::Region)?;
    if let Some(rest) = strip(&digits, plan.international_prefix) {
        return from_international(rest);
    }
    let trunk = plan.national_prefixes.split(' ').filter_map(|prefix| strip(&digits, prefix));
    if let Some(national) = trunk.into_iter().find(|rest| plan.allows(rest)) {
        return e164(plan.calling_code, national);
    }
    // The country code without its `+`?
    let coded = strip(&digits, plan.calling_code).filter(|rest| plan.allows(rest));
    match (plan.allows(&digits), coded) {
        (true, None) => e164(plan.calling_code, &digits),
        (false, Some(national)) => e164(plan.calling_code, national),
        (true, Some(_)) => Err(PhoneRefused::Ambiguous),
        (false, None) => Err(PhoneRefused::Digits),
    }
}

fn strip<'t>(digits: &'t str, prefix: &str) -> Option<&'t str> {
    digits.strip_prefix(prefix).filter(|_| !prefix.is_empty())
}

/// Whether the number begins with `+`, and its digits.
fn read(number: &str) -> Result<(bool, String), PhoneRefused> {
    let text = number.trim();
    let text = text.strip_prefix("tel:").unwrap_or(text);
    if text.is_empty() {
        return Err(PhoneRefused::Empty);
    }
    if text.chars().count() > TEXT_CHARS_MAX {
        return Err(PhoneRefused::Digits);
    }
    let (mut international, mut digits) = (false, String::new());
    for letter in text.chars() {
        match letter {
            '+' | '\u{ff0b}' if digits.is_empty() && !international => international = true,
            'x' | 'X' | 'e' | 'E' | '#' | ',' | ';' if !digits.is_empty() => {
                return Err(PhoneRefused::Extension);
            }
            ' ' | '\u{a0}' | '\u{202f}' | '\t' | '-' | '.' | '/' | '(' | ')' => {}
            '\u{2010}'..='\u{2015}' | '\u{2212}' => {}
            _ => digits.push(digit(letter).ok_or(PhoneRefused::Letter)?),
        }
    }
    if digits.is_empty() {
        return Err(PhoneRefused::Empty);
    }
    Ok((international, digits))
}

/// The digit in ASCII: from ASCII, full-width or Arabic writing.
fn digit(letter: char) -> Option<char> {
    let zero = match letter {
        '0'..='9' => '0',
        '\u{ff10}'..='\u{ff19}' => '\u{ff10}',
        '\u{660}'..='\u{669}' => '\u{660}',
        '\u{6f0}'..='\u{6f9}' => '\u{6f0}',
        _ => return None,
    };
    char::from_digit(u32::from(letter) - u32::from(zero), 10)
}

fn from_international(digits: &str) -> Result<String, PhoneRefused> {
    let code = PLANS.iter().map(|plan| plan.calling_code).find(|code| digits.starts_with(code));
    let code = code.ok_or(PhoneRefused::CallingCode)?;
    let national = &digits[code.len()..];
    let plans = || PLANS.iter().filter(|plan| plan.calling_code == code);
    let possible = plans().fold(0, |bits, plan| bits | plan.national_digits);
    // The zero of calls within the country, written after the code although nobody dials it there: +44 (0)20.
    let trunk_zero = plans().any(|plan| plan.national_prefixes == "0");
    if let Some(rest) = strip(national, "0").filter(|rest| trunk_zero && allows(possible, rest)) {
        return e164(code, rest);
    }
    if !allows(possible, national) {
        return Err(PhoneRefused::Digits);
    }
    e164(code, national)
}

fn e164(code: &str, national: &str) -> Result<String, PhoneRefused> {
    let count = code.len() + national.len();
    if !(DIGITS_MIN..=DIGITS_MAX).contains(&count) {
        return Err(PhoneRefused::Digits);
    }
    Ok(format!("+{code}{national}"))
}

#[cfg(test)]
mod tests;
