//! Hot, warm and cold: by how many leads the team can get to, not by a number that somebody liked.
//!
//! Leads stand in the order of their chances. As many as the team can call today are hot, as many more as it can call
//! within the following days are warm, the rest is cold. A lead that has a place keeps it against one that is hardly
//! better, so that nobody goes back and forth with every page view.
//!
//! ```
//! use leads::band::{self, Band, Capacity, Ranked};
//!
//! let leads: Vec<Ranked> =
//!     (0..5).map(|n| Ranked { lead: format!("lead {n}"), margin: f64::from(n), previous: None }).collect();
//! let standings = band::assign(&leads, &Capacity::new(1, 2).unwrap());
//! let bands: Vec<Band> = standings.iter().map(|standing| standing.band).collect();
//! assert_eq!(bands, [Band::Cold, Band::Cold, Band::Cold, Band::Warm, Band::Hot]);
//! assert_eq!(standings[4].to_string(), "hot: the one that your team can call today, first of 5");
//! ```

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much better, in log-odds, a newcomer has to be to take the place of a lead that has it: about a sixth more odds.
/// A judgement: a page view should not move a lead, a reply should.
pub const STAY_LOG_ODDS: f64 = 0.15;

/// Where a lead stands. Ascending: cold, warm, hot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Band {
    /// Beyond what the team can get to: for automation.
    Cold,
    /// Within the days that the team plans.
    Warm,
    /// Today.
    Hot,
}

impl Band {
    /// The word as it is stored and read.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
            Self::Hot => "hot",
        }
    }
}

impl fmt::Display for Band {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.id())
    }
}

/// How many leads a team can get to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Capacity {
    calls_per_day: u32,
    days: u32,
}

/// The days are none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a team plans 1 to 90 days ahead, not {0}")]
pub struct CapacityError(u32);

impl Capacity {
    /// `calls_per_day` of the whole team, planned for `days` days, today included. 0 calls leave everybody cold.
    ///
    /// # Errors
    /// When the days are not within 1 and 90.
    pub fn new(calls_per_day: u32, days: u32) -> Result<Self, CapacityError> {
        if (1..=90).contains(&days) { Ok(Self { calls_per_day, days }) } else { Err(CapacityError(days)) }
    }

    /// Leads that can be called today.
    pub fn today(&self) -> usize {
        self.calls_per_day as usize
    }

    /// Leads that can be called in all the days planned.
    pub fn planned(&self) -> usize {
        self.calls_per_day as usize * self.days as usize
    }
}

/// An open lead to be ranked.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranked {
    /// Which; equal chances are ordered by it.
    pub lead: String,
    /// Its chance in log-odds. `NaN` counts as the least.
    pub margin: f64,
    /// Where it stood before; none when it is new.
    pub previous: Option<Band>,
}

/// Where a lead stands, and why. Its `Display` is a sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// The band.
    pub band: Band,
    /// Its place by chance alone, from 1.
    pub rank: usize,
    /// How many open leads there are.
    pub of: usize,
    /// How many places the band has: today's for hot, those of the other planned days for warm, the rest for cold.
    pub places: usize,
    /// Whether it has its band because it had it before: by chance alone another would be there.
    pub kept: bool,
}

impl fmt::Display for Standing {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.band)?;
        match (self.band, self.places) {
            (Band::Hot, 1) => out.write_str("the one that your team can call today")?,
            (Band::Hot, places) => write!(out, "among the {places} that your team can call today")?,
            (Band::Warm, 1) => out.write_str("the one that your team can call in the next days")?,
            (Band::Warm, places) => {
                write!(out, "among the {places} that your team can call in the next days")?
            }
            (Band::Cold, _) => out.write_str("beyond what your team can call in the days that it plans")?,
        }
        match self.rank {
            1 => write!(out, ", first of {}", self.of)?,
            rank => write!(out, ", number {rank} of {}", self.of)?,
        }
        if self.kept {
            out.write_str("; it keeps its place, for the next one is hardly better")?;
        }
        Ok(())
    }
}

/// Where each of `leads` stands, in their order. There are never more hot and warm ones than `capacity` has places for,
/// and the order in which leads are given does not matter.
pub fn assign(leads: &[Ranked], capacity: &Capacity) -> Vec<Standing> {
    let today = capacity.today().min(leads.len());
    let planned = capacity.planned().min(leads.len());
    let ranking = ordered(leads, (0..leads.len()).collect(), |_| false);
    let hot_first = ordered(leads, ranking.clone(), |previous| previous == Band::Hot);
    let (hot, others) = hot_first.split_at(today);
    let warm_first = ordered(leads, others.to_vec(), |previous| previous >= Band::Warm);
    let (warm, _) = warm_first.split_at(planned - today);

    let rest = leads.len() - planned;
    let cold = Standing { band: Band::Cold, rank: 0, of: leads.len(), places: rest, kept: false };
    let mut standings = vec![cold; leads.len()];
    for (place, lead) in ranking.iter().enumerate() {
        standings[*lead].rank = place + 1;
    }
    for (band, members, last) in [(Band::Hot, hot, today), (Band::Warm, warm, planned)] {
        for lead in members {
            let standing = &mut standings[*lead];
            standing.band = band;
            standing.places = members.len();
            standing.kept = standing.rank > last;
        }
    }
    standings
}

/// `places` by chance, the best first, where those whose band `stays` says so have a little more.
fn ordered(leads: &[Ranked], mut places: Vec<usize>, stays: impl Fn(Band) -> bool) -> Vec<usize> {
    let chance = |lead: &Ranked| {
        let margin = if lead.margin.is_nan() { f64::NEG_INFINITY } else { lead.margin };
        if lead.previous.is_some_and(&stays) { margin + STAY_LOG_ODDS } else { margin }
    };
    places.sort_by(|one, other| {
        let (one, other) = (&leads[*one], &leads[*other]);
        chance(other).total_cmp(&chance(one)).then_with(|| one.lead.cmp(&other.lead))
    });
    places
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn lead(name: &str, margin: f64, previous: Option<Band>) -> Ranked {
        Ranked { lead: name.to_owned(), margin, previous }
    }

    fn bands(leads: &[Ranked], calls: u32, days: u32) -> Vec<Band> {
        assign(leads, &Capacity::new(calls, days).unwrap()).iter().map(|standing| standing.band).collect()
    }

    #[test]
    fn a_lead_keeps_its_place_against_one_that_is_hardly_better() {
        let hardly = [lead("a", 1.0, Some(Band::Hot)), lead("b", 1.1, Some(Band::Warm))];
        assert_eq!(bands(&hardly, 1, 2), [Band::Hot, Band::Warm]);
        let clearly = [lead("a", 1.0, Some(Band::Hot)), lead("b", 1.2, Some(Band::Warm))];
        assert_eq!(bands(&clearly, 1, 2), [Band::Warm, Band::Hot]);
        let standings = assign(&hardly, &Capacity::new(1, 2).unwrap());
        assert!(standings[0].kept);
        assert_eq!(
            standings[0].to_string(),
            "hot: the one that your team can call today, number 2 of 2; it keeps its place, for the next one is hardly better"
        );
    }

    #[test]
    fn equal_chances_stand_in_the_order_of_their_names() {
        let leads = [lead("b", 1.0, None), lead("a", 1.0, None)];
        assert_eq!(bands(&leads, 1, 1), [Band::Cold, Band::Hot]);
    }

    #[test]
    fn a_team_without_time_has_no_hot_leads() {
        assert_eq!(bands(&[lead("a", 9.0, Some(Band::Hot))], 0, 5), [Band::Cold]);
        assert_eq!(Capacity::new(1, 0), Err(CapacityError(0)));
    }

    fn leads() -> impl Strategy<Value = Vec<Ranked>> {
        let band = prop::option::of(prop_oneof![Just(Band::Cold), Just(Band::Warm), Just(Band::Hot)]);
        let lead = (-20_i32..20, band).prop_map(|(tenths, band)| (f64::from(tenths) / 10.0, band));
        prop::collection::vec(lead, 0..40).prop_map(|leads| {
            let ranked = |(place, (margin, band)): (usize, (f64, Option<Band>))| lead_of(place, margin, band);
            leads.into_iter().enumerate().map(ranked).collect()
        })
    }

    fn lead_of(place: usize, margin: f64, band: Option<Band>) -> Ranked {
        lead(&format!("{place:02}"), margin, band)
    }

    proptest! {
        #[test]
        fn the_team_is_never_given_more_than_it_can_do(leads in leads(), calls in 0_u32..20, days in 1_u32..5) {
            let bands = bands(&leads, calls, days);
            let count = |band| bands.iter().filter(|other| **other == band).count();
            prop_assert_eq!(count(Band::Hot), leads.len().min(calls as usize));
            prop_assert_eq!(count(Band::Hot) + count(Band::Warm), leads.len().min((calls * days) as usize));
        }

        #[test]
        fn the_order_of_leads_does_not_matter(leads in leads(), calls in 0_u32..20, days in 1_u32..5) {
            let straight = bands(&leads, calls, days);
            let mut reversed: Vec<Ranked> = leads;
            reversed.reverse();
            let mut turned = bands(&reversed, calls, days);
            turned.reverse();
            prop_assert_eq!(straight, turned);
        }

        #[test]
        fn who_is_clearly_better_never_stands_lower(leads in leads(), calls in 0_u32..20, days in 1_u32..5) {
            let bands = bands(&leads, calls, days);
            for (one, of_one) in leads.iter().zip(&bands) {
                for (other, of_other) in leads.iter().zip(&bands) {
                    prop_assert!(one.margin <= other.margin + STAY_LOG_ODDS + 1e-9 || of_one >= of_other);
                }
            }
        }

        /// With bands as they are, chances that move by less than half of the margin change nothing.
        #[test]
        fn small_moves_change_no_band(
            leads in leads(), moves in prop::collection::vec(-0.07_f64..0.07, 40), calls in 0_u32..20, days in 1_u32..5,
        ) {
            let first = bands(&leads, calls, days);
            let settle = |leads: &[Ranked], bands: &[Band]| -> Vec<Ranked> {
                leads.iter().zip(bands).map(|(lead, band)| Ranked { previous: Some(*band), ..lead.clone() }).collect()
            };
            // By chance alone first, so that nobody is in a band on the last of its credit.
            let fresh: Vec<Ranked> = leads.iter().map(|lead| Ranked { previous: None, ..lead.clone() }).collect();
            let by_chance = self::bands(&fresh, calls, days);
            let mut moved = settle(&leads, &by_chance);
            for (lead, by) in moved.iter_mut().zip(moves) {
                lead.margin += by;
            }
            prop_assert_eq!(self::bands(&moved, calls, days), by_chance);
            // And whatever was, the same chances again give the same bands.
            prop_assert_eq!(self::bands(&settle(&leads, &first), calls, days), first);
        }
    }
}
