//! Columns refused by name.
//!
//! ```
//! use learn::fairness::names::{Purpose, audit};
//!
//! let findings = audit(["Applicant_Race", "trace_id", "idioma", "visits"], Purpose::People);
//! let refused: Vec<&str> = findings.iter().map(|finding| finding.column.as_str()).collect();
//! assert_eq!(refused, ["Applicant_Race", "idioma"]);
//! assert_eq!(findings[0].ground, "race or color");
//! ```
//!
//! The words are data (`data/fairness/names.csv`), each with the law or guidance that it comes from. A name that says nothing
//! proves nothing: [`super::association`] looks at the values.

use std::{borrow::Cow, sync::LazyLock};

use serde::{Deserialize, Serialize};

/// What is predicted about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// People: who is called, shown or offered something. Where they live is refused as well.
    People,
    /// Things, such as the value of a property. Where it stands is watched, not refused.
    Things,
}

/// What a word stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bearing {
    /// A protected attribute itself.
    Protected,
    /// Something known to stand in for one.
    Proxy,
    /// Where somebody lives, which stands in for who lives there.
    Place,
}

/// What follows from a finding.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The column must not be trained on.
    Refused,
    /// The column may be used, and its association with groups and the impact of decisions must be looked at.
    Watched,
}

/// A column whose name says, or stands in for, something protected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The column, as it was given.
    pub column: String,
    /// The words that were found in it.
    pub term: Cow<'static, str>,
    /// What they stand for.
    pub bearing: Bearing,
    /// The protected ground (`race or color`, `familial status`, ..).
    pub ground: Cow<'static, str>,
    /// The law or guidance.
    pub source: Cow<'static, str>,
    /// What follows.
    pub verdict: Verdict,
}

/// Columns that must not be trained on.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("refused columns: {}", list(findings))]
pub struct RefusedColumns {
    /// Which, and why; never empty.
    pub findings: Vec<Finding>,
}

fn list(findings: &[Finding]) -> String {
    let each = findings.iter().map(|finding| {
        let kind = match finding.bearing {
            Bearing::Protected => "protected",
            Bearing::Proxy | Bearing::Place => "stands in for what is protected",
        };
        format!("\"{}\" ({kind}: {}; {})", finding.column, finding.ground, finding.source)
    });
    each.collect::<Vec<_>>().join(", ")
}

/// Looks at the names of `columns`, one finding at most for each, in their order.
pub fn audit<'a>(columns: impl IntoIterator<Item = &'a str>, purpose: Purpose) -> Vec<Finding> {
    columns.into_iter().filter_map(|column| finding(column, purpose)).collect()
}

/// Lets `columns` pass, or says which of them must go.
///
/// # Errors
/// When a name is refused for `purpose`.
pub fn refuse<'a>(
    columns: impl IntoIterator<Item = &'a str>,
    purpose: Purpose,
) -> Result<(), RefusedColumns> {
    let mut findings = audit(columns, purpose);
    findings.retain(|finding| finding.verdict == Verdict::Refused);
    if findings.is_empty() { Ok(()) } else { Err(RefusedColumns { findings }) }
}

fn finding(column: &str, purpose: Purpose) -> Option<Finding> {
    let words = words(column);
    let matching = TERMS.iter().filter(|term| term.matches(&words));
    // An exception covers the whole name; otherwise the gravest, then the longest term speaks.
    let gravest = matching.max_by_key(|term| {
        let grave = match term.bearing {
            Bearing::Protected => 2,
            Bearing::Proxy => 1,
            Bearing::Place => 0,
        };
        (term.how == How::Never, grave, term.joined.len())
    })?;
    if gravest.how == How::Never {
        return None;
    }
    let verdict = match (gravest.bearing, purpose) {
        (Bearing::Place, Purpose::Things) => Verdict::Watched,
        _ => Verdict::Refused,
    };
    Some(Finding {
        column: column.to_owned(),
        term: Cow::Borrowed(gravest.term),
        bearing: gravest.bearing,
        ground: Cow::Borrowed(gravest.ground),
        source: Cow::Borrowed(gravest.source),
        verdict,
    })
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum How {
    Anywhere,
    OfAPerson,
    Never,
}

struct Term {
    term: &'static str,
    /// The term's words without spaces.
    joined: String,
    how: How,
    bearing: Bearing,
    ground: &'static str,
    source: &'static str,
}

static TERMS: LazyLock<Vec<Term>> = LazyLock::new(|| {
    include_str!("../../../../data/fairness/names.csv").lines().skip(1).filter_map(term).collect()
});

fn term(line: &'static str) -> Option<Term> {
    let mut cells = line.split(',');
    let (term, _language, how, kind, ground, source) =
        (cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?, cells.next()?);
    let how = match how {
        "anywhere" => How::Anywhere,
        "of a person" => How::OfAPerson,
        "never" => How::Never,
        _ => return None,
    };
    let bearing = match kind {
        "protected" => Bearing::Protected,
        "proxy" => Bearing::Proxy,
        "place" => Bearing::Place,
        _ => return None,
    };
    Some(Term { term, joined: words(term).concat(), how, bearing, ground, source })
}

/// Words that may stand beside a term without making it mean something else: persons, and what is done to columns.
const FILLERS: &[&str] = &[
    "applicant",
    "borrower",
    "buyer",
    "client",
    "coapplicant",
    "coborrower",
    "contact",
    "customer",
    "head",
    "household",
    "lead",
    "member",
    "occupant",
    "owner",
    "patient",
    "people",
    "person",
    "personal",
    "prospect",
    "purchaser",
    "renter",
    "resident",
    "seller",
    "tenant",
    "user",
    "cliente",
    "comprador",
    "compradora",
    "inquilino",
    "persona",
    "prospecto",
    "propietario",
    "solicitante",
    "vendedor",
    "a",
    "an",
    "at",
    "by",
    "co",
    "current",
    "de",
    "del",
    "el",
    "has",
    "her",
    "his",
    "home",
    "in",
    "is",
    "la",
    "los",
    "of",
    "our",
    "self",
    "the",
    "their",
    "what",
    "your",
    "anos",
    "year",
    "years",
    "yr",
    "yrs",
    "avg",
    "band",
    "bin",
    "bucket",
    "cat",
    "category",
    "class",
    "clean",
    "cleaned",
    "code",
    "col",
    "column",
    "count",
    "dummy",
    "enc",
    "encoded",
    "feature",
    "field",
    "flag",
    "group",
    "grupo",
    "id",
    "index",
    "input",
    "key",
    "label",
    "level",
    "line",
    "log",
    "max",
    "mean",
    "min",
    "missing",
    "no",
    "norm",
    "normalized",
    "num",
    "number",
    "only",
    "pct",
    "percent",
    "rango",
    "range",
    "rate",
    "ratio",
    "raw",
    "scaled",
    "share",
    "status",
    "text",
    "type",
    "url",
    "value",
    "var",
    "x",
    "y",
];

impl Term {
    /// Whether the term stands among `words`: written apart, together or in the plural.
    fn matches(&self, words: &[String]) -> bool {
        (0..words.len()).any(|begin| {
            let mut run = String::new();
            (begin..words.len()).any(|end| {
                run.push_str(&words[end]);
                let ending = run.strip_prefix(self.joined.as_str());
                let found = ending.is_some_and(|ending| matches!(ending, "" | "s" | "es"));
                found && self.alone(words.iter().take(begin).chain(words.iter().skip(end + 1)))
            })
        })
    }

    /// Whether the words around the term leave it its meaning.
    fn alone<'a>(&self, mut around: impl Iterator<Item = &'a String>) -> bool {
        let filler = |word: &String| {
            let singular = word.strip_suffix('s').unwrap_or(word);
            word.bytes().all(|byte| byte.is_ascii_digit())
                || FILLERS.contains(&word.as_str())
                || FILLERS.contains(&singular)
        };
        match self.how {
            How::Anywhere => true,
            How::OfAPerson | How::Never => around.all(filler),
        }
    }
}

/// The words of a name: lower case, without accents, split where letters end, a new word begins (`firstName`, `HTTPServer`)
/// or digits meet letters.
fn words(name: &str) -> Vec<String> {
    let letters: Vec<char> = name.chars().collect();
    let mut words: Vec<String> = Vec::new();
    let mut fresh = true;
    for (at, letter) in letters.iter().enumerate() {
        if matches!(letter, '\u{300}'..='\u{36f}') {
            // An accent that stands by itself behind its letter.
            continue;
        }
        if !letter.is_alphanumeric() {
            fresh = true;
            continue;
        }
        let before = at.checked_sub(1).map(|before| letters[before]);
        let after = letters.get(at + 1);
        let turns = before.is_some_and(|before| {
            (before.is_lowercase() && letter.is_uppercase())
                || (before.is_uppercase()
                    && letter.is_uppercase()
                    && after.is_some_and(|after| after.is_lowercase()))
                || (before.is_numeric() != letter.is_numeric())
        });
        if fresh || turns {
            words.push(String::new());
        }
        fresh = false;
        if let Some(word) = words.last_mut() {
            word.extend(letter.to_lowercase().map(plain));
        }
    }
    words
}

/// A letter without its accent, as far as English and Spanish (and their neighbours) use any.
fn plain(letter: char) -> char {
    match letter {
        'á' | 'à' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'é' | 'è' | 'ê' | 'ë' => 'e',
        'í' | 'ì' | 'î' | 'ï' => 'i',
        'ó' | 'ò' | 'ô' | 'ö' | 'õ' => 'o',
        'ú' | 'ù' | 'û' | 'ü' => 'u',
        'ñ' => 'n',
        'ç' => 'c',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_understood_and_has_a_source() {
        let lines = include_str!("../../../../data/fairness/names.csv").lines().skip(1).count();
        assert_eq!(TERMS.len(), lines);
        for term in TERMS.iter() {
            assert!(
                !term.joined.is_empty() && !term.ground.is_empty() && !term.source.is_empty(),
                "{}",
                term.term
            );
        }
    }

    #[test]
    fn names_fall_into_words() {
        for (name, expected) in [
            ("firstName", &["first", "name"][..]),
            ("HTTPServer_id", &["http", "server", "id"]),
            ("Código Postal", &["codigo", "postal"]),
            ("an\u{303}o-nacimiento", &["ano", "nacimiento"]),
            ("zip5code", &["zip", "5", "code"]),
            ("__", &[]),
        ] {
            assert_eq!(words(name), expected, "{name}");
        }
    }
}
