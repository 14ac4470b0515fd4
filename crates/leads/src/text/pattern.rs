//! Patterns over words, as they are written in rule tables.
//!
//! | written | means |
//! |---|---|
//! | `word` | this word, without case and accents |
//! | `stem*` | a word that begins so |
//! | `#` | a number |
//! | `_` | any one word |
//! | `..` | no to three words within the same clause |
//! | `,` | here a comma may stand |
//! | `(a\|b c)` | one of these |
//! | `[a\|b]` | one of these, or nothing |
//! | `@name` | one of the words of a named set |
//!
//! Words of a pattern follow each other within a clause; a full stop always ends a match.

use std::{
    collections::{BTreeMap, BTreeSet},
    ops::Range,
};

use super::{Break, Words};

/// Named sets of words and phrases, each phrase a pattern itself.
pub(crate) type Sets = BTreeMap<String, Vec<String>>;

/// Words that `..` skips at most.
const GAP_WORDS: usize = 3;

/// What is wrong with a pattern as written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("pattern `{pattern}`: {fault}")]
pub struct PatternFault {
    /// As written.
    pub pattern: String,
    /// What is wrong.
    pub fault: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Word(String),
    Stem(String),
    Number,
    Any,
    Gap,
    Comma,
    One { of: Vec<Vec<Part>>, or_nothing: bool },
}

/// A pattern that can be looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pattern {
    parts: Vec<Part>,
    /// What the first word may be; nothing when it may be anything.
    first: Option<First>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct First {
    words: BTreeSet<String>,
    stems: Vec<String>,
}

impl First {
    fn may_be(&self, word: &str) -> bool {
        self.words.contains(word) || self.stems.iter().any(|stem| word.starts_with(stem.as_str()))
    }

    /// Adds what a sequence may begin with: `None` when that may be anything, else whether it may be nothing.
    fn add(&mut self, parts: &[Part]) -> Option<bool> {
        for part in parts {
            match part {
                Part::Word(word) => {
                    self.words.insert(word.clone());
                    return Some(false);
                }
                Part::Stem(stem) => {
                    self.stems.push(stem.clone());
                    return Some(false);
                }
                Part::Number | Part::Any | Part::Gap => return None,
                Part::Comma => {}
                Part::One { of, or_nothing } => {
                    let mut goes_on = *or_nothing;
                    for sequence in of {
                        goes_on |= self.add(sequence)?;
                    }
                    if !goes_on {
                        return Some(false);
                    }
                }
            }
        }
        Some(true)
    }
}

/// Where a pattern was found, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub words: Range<usize>,
}

impl Pattern {
    /// Reads a pattern; `sets` are what `@name` may stand for.
    pub fn parse(text: &str, sets: &Sets) -> Result<Self, PatternFault> {
        let fault = |fault: String| PatternFault { pattern: text.to_owned(), fault };
        let tokens = tokens(text);
        let mut reader = Reader { tokens: &tokens, at: 0, sets, depth: 0 };
        let parts = reader.sequence().map_err(fault)?;
        if reader.at < tokens.len() {
            return Err(fault(format!("`{}` is not expected here", tokens[reader.at])));
        }
        let mut first = First::default();
        let first = first.add(&parts).map(|_| first);
        let pattern = Self { parts, first };
        if pattern.may_be_nothing() {
            return Err(fault("it may match nothing at all".to_owned()));
        }
        Ok(pattern)
    }

    fn may_be_nothing(&self) -> bool {
        reach(&self.parts, &Words::default(), 0, Break::Space).contains(&0)
    }

    /// Every place in a text where it is found, longest first at each word, not within an earlier one.
    pub fn find(&self, text: &Words) -> Vec<Found> {
        let mut found = Vec::new();
        let mut start = 0;
        while start < text.words.len() {
            match self.end_at(text, start) {
                Some(end) => {
                    found.push(Found { words: start..end });
                    start = end;
                }
                None => start += 1,
            }
        }
        found
    }

    /// The furthest word that it reaches from a word on, whatever stands before either.
    pub fn end_at(&self, text: &Words, at: usize) -> Option<usize> {
        let word = text.words.get(at)?;
        if self.first.as_ref().is_some_and(|first| !first.may_be(&word.text)) {
            return None;
        }
        reach(&self.parts, text, at, Break::Sentence).into_iter().filter(|end| *end > at).max()
    }
}

/// Word positions at which the parts may end when they begin at `at`, without repeats. `allowed` is the strongest
/// break that the next word may have before it.
fn reach(parts: &[Part], text: &Words, at: usize, allowed: Break) -> Vec<usize> {
    // (position, break allowed before the next word)
    let mut ends = vec![(at, allowed)];
    for part in parts {
        let mut next: Vec<(usize, Break)> = Vec::new();
        for (at, allowed) in ends {
            for end in step(part, text, at, allowed) {
                if !next.contains(&end) {
                    next.push(end);
                }
            }
        }
        ends = next;
        if ends.is_empty() {
            break;
        }
    }
    let mut ends: Vec<usize> = ends.into_iter().map(|(end, _)| end).collect();
    ends.dedup();
    ends
}

fn step(part: &Part, text: &Words, at: usize, allowed: Break) -> Vec<(usize, Break)> {
    let one = |fits: &dyn Fn(&str) -> bool| match text.words.get(at) {
        Some(word) if word.before <= allowed && fits(&word.text) => vec![(at + 1, Break::Space)],
        _ => Vec::new(),
    };
    match part {
        Part::Word(wanted) => one(&|word| word == wanted),
        Part::Stem(stem) => one(&|word| word.starts_with(stem.as_str())),
        Part::Number => one(&|word| word.bytes().all(|byte| byte.is_ascii_digit())),
        Part::Any => one(&|_| true),
        Part::Comma => vec![(at, allowed.max(Break::Clause))],
        Part::Gap => {
            let mut ends = vec![(at, allowed)];
            for end in at..at + GAP_WORDS {
                match text.words.get(end) {
                    Some(word) if word.before == Break::Space || (end == at && word.before <= allowed) => {
                        ends.push((end + 1, Break::Space));
                    }
                    _ => break,
                }
            }
            ends
        }
        Part::One { of, or_nothing } => {
            let mut ends = Vec::new();
            if *or_nothing {
                ends.push((at, allowed));
            }
            for sequence in of {
                for end in reach(sequence, text, at, allowed) {
                    let end = (end, if end == at { allowed } else { Break::Space });
                    if !ends.contains(&end) {
                        ends.push(end);
                    }
                }
            }
            ends
        }
    }
}

fn tokens(text: &str) -> Vec<String> {
    let mut tokens = Vec::new();
    for chunk in text.split_whitespace() {
        let mut word = String::new();
        for sign in chunk.chars() {
            if "()[]|,".contains(sign) {
                if !word.is_empty() {
                    tokens.push(std::mem::take(&mut word));
                }
                tokens.push(sign.to_string());
            } else {
                word.push(sign);
            }
        }
        if !word.is_empty() {
            tokens.push(word);
        }
    }
    tokens
}

struct Reader<'a> {
    tokens: &'a [String],
    at: usize,
    sets: &'a Sets,
    depth: usize,
}

impl Reader<'_> {
    fn sequence(&mut self) -> Result<Vec<Part>, String> {
        let mut parts = Vec::new();
        while let Some(token) = self.tokens.get(self.at) {
            let part = match token.as_str() {
                ")" | "]" | "|" => break,
                "(" => self.one_of(")", false)?,
                "[" => self.one_of("]", true)?,
                "," => Part::Comma,
                ".." => Part::Gap,
                "#" => Part::Number,
                "_" => Part::Any,
                word => self.word(word)?,
            };
            parts.push(part);
            self.at += 1;
        }
        if parts.is_empty() {
            return Err("an empty part".to_owned());
        }
        Ok(parts)
    }

    /// Stands at the opening bracket, and at the closing one afterwards.
    fn one_of(&mut self, closing: &str, or_nothing: bool) -> Result<Part, String> {
        let mut of = Vec::new();
        loop {
            self.at += 1;
            of.push(self.sequence()?);
            match self.tokens.get(self.at).map(String::as_str) {
                Some("|") => {}
                Some(token) if token == closing => return Ok(Part::One { of, or_nothing }),
                _ => return Err(format!("`{closing}` is missing")),
            }
        }
    }

    fn word(&self, word: &str) -> Result<Part, String> {
        if let Some(name) = word.strip_prefix('@') {
            return self.set(name);
        }
        let (plain, stem) = match word.strip_suffix('*') {
            Some(plain) => (plain, true),
            None => (word, false),
        };
        let read = Words::read(plain);
        match read.words.as_slice() {
            [only] if only.span == (0..plain.len()) || !plain.contains(['-', '.', '/']) => {
                Ok(if stem { Part::Stem(only.text.clone()) } else { Part::Word(only.text.clone()) })
            }
            _ => Err(format!("`{word}` is not one word")),
        }
    }

    fn set(&self, name: &str) -> Result<Part, String> {
        if self.depth > 3 {
            return Err(format!("@{name} is within itself"));
        }
        let phrases = self.sets.get(name).ok_or_else(|| format!("there is no set @{name}"))?;
        let mut of = Vec::new();
        for phrase in phrases {
            let tokens = tokens(phrase);
            let mut reader = Reader { tokens: &tokens, at: 0, sets: self.sets, depth: self.depth + 1 };
            of.push(reader.sequence().map_err(|fault| format!("@{name}, `{phrase}`: {fault}"))?);
            if reader.at < tokens.len() {
                return Err(format!("@{name}, `{phrase}`: `{}` is not expected here", tokens[reader.at]));
            }
        }
        Ok(Part::One { of, or_nothing: false })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(pattern: &str, text: &str) -> Vec<String> {
        let sets = Sets::from([("pet".to_owned(), vec!["dog*".to_owned(), "guinea pig*".to_owned()])]);
        let words = Words::read(text);
        let pattern = Pattern::parse(pattern, &sets).expect(pattern);
        let part = |found: Found| {
            text[words.words[found.words.start].span.start..words.words[found.words.end - 1].span.end]
                .to_owned()
        };
        pattern.find(&words).into_iter().map(part).collect()
    }

    #[test]
    fn each_sign_of_the_language_does_what_it_says() {
        for (pattern, text, expected) in [
            ("no kids", "No KIDS please", vec!["No KIDS"]),
            ("no kids", "no, kids are fine", vec![]),
            ("no , kids", "no, kids are fine", vec!["no, kids"]),
            ("no kids", "No. Kids welcome", vec![]),
            ("no , kids", "No. Kids welcome", vec![]),
            ("no .. kids", "no noisy young kids, no kids", vec!["no noisy young kids", "no kids"]),
            ("no .. kids", "no one two three four kids", vec![]),
            ("no .. kids", "no pets, kids welcome", vec![]),
            (
                "stop [the] (text*|call*)",
                "stop the texts, stop calling",
                vec!["stop the texts", "stop calling"],
            ),
            ("ages # to #", "ages 30 to 45", vec!["ages 30 to 45"]),
            ("no @pet", "no dogs, no guinea pigs", vec!["no dogs", "no guinea pigs"]),
            ("no _ cars", "no old cars", vec!["no old cars"]),
            ("a b", "a a b a b", vec!["a b", "a b"]),
        ] {
            assert_eq!(found(pattern, text), expected, "{pattern} in {text}");
        }
    }

    #[test]
    fn a_pattern_that_cannot_be_read_says_why() {
        for (pattern, fault) in [
            ("no (kids", "`)` is missing"),
            ("no )", "`)` is not expected"),
            ("[maybe]", "nothing at all"),
            ("@unknown", "no set @unknown"),
            ("", "an empty part"),
            ("opt-out", "not one word"),
        ] {
            let error = Pattern::parse(pattern, &Sets::new()).expect_err(pattern).to_string();
            assert!(error.contains(fault), "{error}");
        }
    }
}
