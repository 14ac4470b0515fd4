use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::zone_of;
use crate::place::{self, Area, State};

/// What somebody's place is known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Address and area code.
    AddressAndNumber,
    /// Address alone: the number belongs to no place (toll-free), or there is none.
    Address,
    /// Area code alone.
    Number,
    /// Neither: somebody who may be anywhere in the United States.
    Nothing,
}

/// A state and one of its time zones.
#[derive(Clone, Debug)]
pub struct Spot {
    /// The state.
    pub state: State,
    zone_name: &'static str,
    zone: TimeZone,
}

impl Spot {
    fn new(state: State, zone_name: &'static str) -> Self {
        Self { state, zone_name, zone: zone_of(zone_name) }
    }

    /// IANA name of the zone.
    pub fn zone_name(&self) -> &'static str {
        self.zone_name
    }

    pub(super) fn zone(&self) -> &TimeZone {
        &self.zone
    }
}

/// Every place where somebody may be.
#[derive(Clone, Debug)]
pub struct Whereabouts {
    basis: Basis,
    spots: Vec<Spot>,
    foreign: Option<String>,
}

impl Whereabouts {
    /// From the state of an address and a number in international form (`+12125550123`). People keep numbers when
    /// they move, and addresses grow old: both count. Without either, every state counts.
    pub fn of(address: Option<State>, number: Option<&str>) -> Self {
        let number = number.map(str::trim).filter(|number| !number.is_empty());
        let mut places: Vec<(State, &'static str)> = Vec::new();
        let mut foreign = None;
        if let Some(state) = address {
            places.extend(state.zones().iter().map(|zone| (state, *zone)));
        }
        let mut located = false;
        match number.map(origin) {
            Some(Origin::Area(Area::State { state, zones })) => {
                located = true;
                places.extend(zones.iter().map(|zone| (*state, *zone)));
            }
            Some(Origin::Area(Area::Country(country))) => foreign = Some((*country).to_owned()),
            Some(Origin::Abroad(number)) => foreign = Some(number),
            Some(Origin::Nowhere) | None => {}
        }
        let basis = match (address.is_some(), located) {
            (true, true) => Basis::AddressAndNumber,
            (true, false) => Basis::Address,
            (false, true) => Basis::Number,
            (false, false) => Basis::Nothing,
        };
        if basis == Basis::Nothing && foreign.is_none() {
            let assumed = State::all().filter(|state| state.assumed_when_unknown());
            places.extend(assumed.flat_map(|state| state.zones().iter().map(move |zone| (state, *zone))));
        }
        places.sort_unstable();
        places.dedup();
        let spots = places.into_iter().map(|(state, zone)| Spot::new(state, zone)).collect();
        Self { basis, spots, foreign }
    }

    /// What it is known from.
    pub fn basis(&self) -> Basis {
        self.basis
    }

    /// States with their zones; never empty unless the number belongs to another country.
    pub fn spots(&self) -> &[Spot] {
        &self.spots
    }

    /// Calling code or country of a number that does not belong to the United States.
    pub fn foreign(&self) -> Option<&str> {
        self.foreign.as_deref()
    }

    /// In a sentence, for people.
    pub fn in_words(&self) -> String {
        if let Some(foreign) = &self.foreign {
            return format!("the number belongs to {foreign}");
        }
        let known = match self.basis {
            Basis::AddressAndNumber => "from address and area code",
            Basis::Address => "from the address; the number belongs to no place",
            Basis::Number => "from the area code; no address is known",
            Basis::Nothing => {
                return "neither address nor area code says where: every state counts".to_owned();
            }
        };
        let spots: Vec<String> =
            self.spots.iter().map(|spot| format!("{} in {}", spot.zone_name, spot.state)).collect();
        format!("{known}: {}", spots.join(", "))
    }
}

enum Origin {
    Area(&'static Area),
    Nowhere,
    Abroad(String),
}

fn origin(number: &str) -> Origin {
    let digits: String = number.chars().filter(char::is_ascii_digit).collect();
    if !number.starts_with('+') {
        return Origin::Nowhere;
    }
    match digits.strip_prefix('1') {
        Some(national) => national.get(..3).and_then(place::area).map_or(Origin::Nowhere, Origin::Area),
        None => Origin::Abroad(format!("+{}", digits.get(..2).unwrap_or(&digits))),
    }
}
