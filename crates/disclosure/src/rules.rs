use std::collections::BTreeMap;

/// What a figure must satisfy to be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// The least number of contributors, each with more than nothing. A figure of zero needs as many who could have
    /// contributed: it says that none of them did, and nothing of how they differ.
    pub contributors_min: usize,
    /// The most that one contributor may have of a figure, in percent (0 to 100).
    pub share_max: u8,
}

/// Why a figure is not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Withheld {
    /// Fewer contributors than the rules ask for.
    TooFew,
    /// One contributor has more of it than the rules allow.
    Dominated,
    /// It is about nearly the same contributors as another figure, and their difference would be about too few.
    Overlapping,
    /// It may be told by itself, but with it another figure could be worked out.
    Protecting,
}

impl Withheld {
    /// A short identifier for machines.
    pub fn id(self) -> &'static str {
        match self {
            Self::TooFew => "too-few",
            Self::Dominated => "dominated",
            Self::Overlapping => "overlapping",
            Self::Protecting => "protecting",
        }
    }
}

impl Rules {
    /// At least five contributors, none above one half.
    pub const STANDARD: Self = Self { contributors_min: 5, share_max: 50 };

    /// Why a figure of these contributions is withheld, or `None` when it may be told by itself.
    pub fn withhold(self, cell: &Cell) -> Option<Withheld> {
        let enough = if cell.sum() == 0 { cell.0.len() } else { cell.contributors() };
        if enough < self.contributors_min {
            return Some(Withheld::TooFew);
        }
        let largest = cell.0.values().max().copied().unwrap_or_default();
        let share = u128::from(largest) * 100;
        (share > cell.sum() * u128::from(self.share_max)).then_some(Withheld::Dominated)
    }
}

/// One figure as the sum of what each contributor (by a number of the caller's) adds to it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell(BTreeMap<u32, u64>);

impl Cell {
    /// From everybody who could contribute and what they add, which may be nothing. The same contributor twice adds
    /// up.
    pub fn new(contributions: impl IntoIterator<Item = (u32, u64)>) -> Self {
        let mut cell = Self::default();
        for (contributor, value) in contributions {
            cell.add(contributor, value);
        }
        cell
    }

    /// Adds `value` of `contributor`.
    pub fn add(&mut self, contributor: u32, value: u64) {
        let had = self.0.entry(contributor).or_default();
        *had = had.saturating_add(value);
    }

    /// Adds everything of another figure.
    pub fn merge(&mut self, other: &Self) {
        for (contributor, value) in &other.0 {
            self.add(*contributor, *value);
        }
    }

    /// Each contributor with more than nothing, ascending.
    pub fn contributions(&self) -> impl Iterator<Item = (u32, u64)> + '_ {
        self.0.iter().map(|(contributor, value)| (*contributor, *value)).filter(|(_, value)| *value > 0)
    }

    /// How many contribute more than nothing.
    pub fn contributors(&self) -> usize {
        self.contributions().count()
    }

    /// The figure.
    pub fn value(&self) -> u64 {
        u64::try_from(self.sum()).unwrap_or(u64::MAX)
    }

    fn sum(&self) -> u128 {
        self.0.values().map(|value| u128::from(*value)).sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(values: &[u64]) -> Cell {
        Cell::new((0..).zip(values.iter().copied()))
    }

    #[test]
    fn five_contributors_are_enough_and_four_are_not() {
        assert_eq!(Rules::STANDARD.withhold(&cell(&[1, 1, 1, 1])), Some(Withheld::TooFew));
        assert_eq!(Rules::STANDARD.withhold(&cell(&[1, 1, 1, 1, 0])), Some(Withheld::TooFew));
        assert_eq!(Rules::STANDARD.withhold(&cell(&[1, 1, 1, 1, 1])), None);
    }

    #[test]
    fn one_half_is_allowed_and_more_is_not() {
        assert_eq!(Rules::STANDARD.withhold(&cell(&[4, 1, 1, 1, 1])), None);
        assert_eq!(Rules::STANDARD.withhold(&cell(&[5, 1, 1, 1, 1])), Some(Withheld::Dominated));
        assert_eq!(Rules::STANDARD.withhold(&cell(&[u64::MAX, u64::MAX, 1, 1, 1])), None);
    }

    #[test]
    fn zero_is_told_of_many_and_not_of_few() {
        assert_eq!(Rules::STANDARD.withhold(&cell(&[0; 5])), None);
        assert_eq!(Rules::STANDARD.withhold(&cell(&[0; 4])), Some(Withheld::TooFew));
        assert_eq!(Rules::STANDARD.withhold(&Cell::default()), Some(Withheld::TooFew));
        // Some have more than nothing: then zeros do not hide them.
        assert_eq!(Rules::STANDARD.withhold(&cell(&[1, 1, 0, 0, 0])), Some(Withheld::TooFew));
    }
}
