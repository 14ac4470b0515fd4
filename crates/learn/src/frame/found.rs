//! What a column is, by what its cells say.

use std::collections::{BTreeSet, HashSet};

use super::{Kind, READABLE_SHARE_MIN, Writing, cell, date, number};

/// So many different texts may say "not known" in a column of numbers or dates, in any number of cells up to
/// [`WORDS_SHARE_MAX`].
const WORDS_MAX: usize = 3;

/// The share of the cells that such texts may take.
const WORDS_SHARE_MAX: f64 = 0.5;

/// Different numbers or dates beside such texts that a column needs at least; fewer are levels.
const DIFFERENT_MIN: usize = 20;

/// Stray texts of a column that are remembered, and their length.
const REMEMBERED_MAX: usize = 20;
const REMEMBERED_BYTES_MAX: usize = 40;

/// What a column was found to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub kind: Kind,
    pub writing: Writing,
    /// How many cells say something else.
    pub strays: usize,
}

impl Found {
    fn clearly(kind: Kind) -> Self {
        Self { kind, writing: Writing::default(), strays: 0 }
    }

    /// Finds out what the column with these cells, of which none is missing, is.
    pub fn from(cells: &[(u64, &str)]) -> Self {
        if cells.is_empty() {
            return Self::clearly(Kind::Number);
        }
        if cell::are_booleans(cells.iter().map(|(_, text)| *text)) {
            return Self::clearly(Kind::Boolean);
        }
        for kind in [Kind::Number, Kind::Date] {
            let usual = Way { kind, other: false };
            let other = Way { kind, other: true };
            let (way, strays) = match usual.strays(cells) {
                Some(0) if kind == Kind::Number => (usual, 0),
                by_usual => match (by_usual, other.strays(cells)) {
                    (None, None) => continue,
                    (Some(strays), None) => (usual, strays),
                    (None, Some(strays)) => (other, strays),
                    (Some(one), Some(two)) if one == two => (usual.unless_days_come_first(cells), one),
                    (Some(one), Some(two)) if one < two => (usual, one),
                    (Some(_), Some(two)) => (other, two),
                },
            };
            let missing = if strays == 0 { Vec::new() } else { way.remembered(cells) };
            return Self { kind, writing: Writing { missing, ..way.writing() }, strays };
        }
        Self::clearly(Kind::Category)
    }

    /// Whether `text` says something of the column's kind.
    pub fn says(&self, text: &str) -> bool {
        let other = self.writing.decimal_comma || self.writing.day_first;
        match self.kind {
            Kind::Category => true,
            Kind::Boolean => cell::boolean(text).is_some(),
            kind => Way { kind, other }.reads(text),
        }
    }
}

/// One of the two ways in which numbers, and dates, are written: with a decimal comma, and with the day first, when
/// `other`.
#[derive(Clone, Copy)]
struct Way {
    kind: Kind,
    other: bool,
}

impl Way {
    fn writing(self) -> Writing {
        let (decimal_comma, day_first) = (self.kind == Kind::Number, self.kind == Kind::Date);
        Writing {
            decimal_comma: decimal_comma && self.other,
            day_first: day_first && self.other,
            ..Writing::default()
        }
    }

    fn reads(self, text: &str) -> bool {
        match self.kind {
            Kind::Date => date::date(text, self.other).is_some(),
            _ => number::number(text, self.other).is_some(),
        }
    }

    /// How many cells cannot be read this way; none when there are too many for the column to be of this kind.
    fn strays(self, cells: &[(u64, &str)]) -> Option<usize> {
        let few = ((1.0 - READABLE_SHARE_MIN) * cells.len() as f64).floor() as usize;
        let many = (WORDS_SHARE_MAX * cells.len() as f64).floor() as usize;
        let mut words: HashSet<&str> = HashSet::new();
        let mut different: HashSet<&str> = HashSet::new();
        let mut strays = 0;
        for (_, text) in cells {
            if self.reads(text) {
                if different.len() < DIFFERENT_MIN {
                    different.insert(text);
                }
                continue;
            }
            strays += 1;
            if words.len() <= WORDS_MAX {
                words.insert(text);
            }
            if strays > few && (words.len() > WORDS_MAX || strays > many) {
                return None;
            }
        }
        (strays <= few || different.len() >= DIFFERENT_MIN).then_some(strays)
    }

    /// Of dates that can be read either way: points and hyphens stand behind the day, strokes behind the month.
    fn unless_days_come_first(self, cells: &[(u64, &str)]) -> Self {
        if self.kind != Kind::Date {
            return self;
        }
        let differs = |(_, text): &&(u64, &str)| date::date(text, false) != date::date(text, true);
        let other = cells.iter().find(differs).is_some_and(|(_, text)| !text.contains('/'));
        Self { other, ..self }
    }

    /// The texts that cannot be read, when they are few and short: they are missing in rows to come as well.
    fn remembered(self, cells: &[(u64, &str)]) -> Vec<String> {
        let strays = cells.iter().map(|(_, text)| *text).filter(|text| !self.reads(text));
        let words: BTreeSet<&str> = strays.take(100 * REMEMBERED_MAX).collect();
        let short = words.into_iter().filter(|word| word.len() <= REMEMBERED_BYTES_MAX);
        short.take(REMEMBERED_MAX).map(str::to_owned).collect()
    }
}
