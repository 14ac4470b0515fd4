//! Text as rules read it: words without case, accents, signs and look-alikes, each with its place in the original.

mod pattern;

pub(crate) use pattern::{Found, Pattern, PatternFault, Sets};

use std::ops::Range;

use unicode_normalization::UnicodeNormalization as _;

/// Words of a text that are read at most; what comes after is not judged, which [`Words::cut`] says.
const WORDS_MAX: usize = 5_000;

/// What stands between a word and the one before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Break {
    /// A space, a hyphen, a quotation mark.
    Space,
    /// A comma, a colon, a dash, a bracket.
    Clause,
    /// A full stop, a line, an emoji.
    Sentence,
}

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Word {
    /// Letters and digits in lower case without accents; apostrophes are gone (`dont`, `ill`).
    pub text: String,
    /// Its bytes in the original.
    pub span: Range<usize>,
    /// What stands before it.
    pub before: Break,
}

/// A text in words.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Words {
    /// In order.
    pub words: Vec<Word>,
    /// Whether the text was longer than is read.
    pub cut: bool,
}

impl Words {
    /// Reads a text: compatibility forms (NFKD) without accents, lower case, Latin for letters that look like it.
    pub fn read(text: &str) -> Self {
        let mut read = Self::default();
        let mut word = String::new();
        let mut span = 0..0;
        let mut before = Break::Sentence;
        let mut signs = text.char_indices().peekable();
        while let Some((at, sign)) = signs.next() {
            if is_silent(sign) {
                continue;
            }
            let inside = !word.is_empty()
                && is_apostrophe(sign)
                && signs.peek().is_some_and(|(_, next)| next.is_alphabetic());
            if inside {
                continue;
            }
            let length = word.len();
            let shown = std::iter::once(sign).nfkd().filter(|part| !is_silent(*part));
            for part in shown.flat_map(char::to_lowercase).filter(|part| part.is_alphanumeric()) {
                word.push(latin(part));
            }
            if word.len() > length {
                if length == 0 {
                    span.start = at;
                }
                span.end = at + sign.len_utf8();
                continue;
            }
            if !word.is_empty() {
                if read.words.len() == WORDS_MAX {
                    read.cut = true;
                    return read;
                }
                read.words.push(Word { text: std::mem::take(&mut word), span: span.clone(), before });
                before = Break::Space;
            }
            before = before.max(break_of(sign));
        }
        if !word.is_empty() {
            if read.words.len() == WORDS_MAX {
                read.cut = true;
            } else {
                read.words.push(Word { text: word, span, before });
            }
        }
        read
    }

    /// Its sentences.
    pub fn sentences(&self) -> Vec<Self> {
        let mut sentences: Vec<Self> = Vec::new();
        for word in &self.words {
            match sentences.last_mut() {
                Some(sentence) if word.before < Break::Sentence => sentence.words.push(word.clone()),
                _ => sentences.push(Self { words: vec![word.clone()], cut: self.cut }),
            }
        }
        sentences
    }

    /// Letters that stand alone, joined: `S T O P` and `s.t.o.p.` are one word. Changes nothing unless every word
    /// is a single letter and there are at least three.
    pub fn joined_letters(self) -> Self {
        let single =
            |word: &Word| word.text.chars().count() == 1 && word.text.chars().all(char::is_alphabetic);
        let (true, Some(first), Some(last)) =
            (self.words.len() > 2 && self.words.iter().all(single), self.words.first(), self.words.last())
        else {
            return self;
        };
        let text = self.words.iter().map(|word| word.text.as_str()).collect();
        let word = Word { text, span: first.span.start..last.span.end, before: Break::Sentence };
        Self { words: vec![word], cut: self.cut }
    }
}

/// What is written and not seen, and accents that stand alone.
fn is_silent(sign: char) -> bool {
    unicode_normalization::char::is_combining_mark(sign)
        || matches!(sign, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2064}'
            | '\u{feff}' | '\u{fe00}'..='\u{fe0f}')
}

fn is_apostrophe(sign: char) -> bool {
    matches!(sign, '\'' | '\u{2019}' | '\u{2018}' | '\u{2bc}' | '`' | '\u{b4}' | '\u{ff07}')
}

fn break_of(sign: char) -> Break {
    match sign {
        '\n' | '\r' | '.' | '!' | '?' | '¡' | '¿' | '…' | '\u{2022}' | '|' => Break::Sentence,
        ',' | ';' | ':' | '(' | ')' | '[' | ']' | '—' | '–' => Break::Clause,
        _ if sign.is_whitespace() || sign.is_ascii_punctuation() => Break::Space,
        '“' | '”' | '«' | '»' | '\u{2018}' | '\u{2019}' | '´' | '\u{2010}' | '\u{2011}' => {
            Break::Space
        }
        _ => Break::Sentence,
    }
}

/// Cyrillic and Greek small letters that look like a Latin one (Unicode Technical Standard 39, confusables).
fn latin(letter: char) -> char {
    match letter {
        'а' | 'α' => 'a',
        'в' | 'β' => 'b',
        'с' | 'ϲ' => 'c',
        'ԁ' => 'd',
        'е' | 'ε' => 'e',
        'н' => 'h',
        'і' | 'ι' | 'ı' => 'i',
        'ј' => 'j',
        'к' | 'κ' => 'k',
        'ӏ' => 'l',
        'м' => 'm',
        'ո' | 'η' => 'n',
        'о' | 'ο' | 'ø' => 'o',
        'р' | 'ρ' => 'p',
        'ѕ' => 's',
        'т' | 'τ' => 't',
        'υ' | 'у' => 'u',
        'х' | 'χ' => 'x',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn words(text: &str) -> Vec<String> {
        Words::read(text).words.into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn case_accents_signs_and_look_alikes_make_no_difference() {
        for text in
            ["STOP", "stop!!", "«Stop.»", "ＳＴＯＰ", "s\u{200b}top", "ЅТОР", "🛑 stop 🛑", "'stop'", "stóp"]
        {
            assert_eq!(words(text), ["stop"], "{text}");
        }
        assert_eq!(words("No más, señor"), ["no", "mas", "senor"]);
        assert_eq!(words("don’t I'll opt-out"), ["dont", "ill", "opt", "out"]);
    }

    #[test]
    fn breaks_say_where_clauses_and_sentences_end() {
        let breaks: Vec<_> =
            Words::read("No pets, children. Welcome to").words.into_iter().map(|word| word.before).collect();
        let expected = [Break::Sentence, Break::Space, Break::Clause, Break::Sentence, Break::Space];
        assert_eq!(breaks, expected);
    }

    #[test]
    fn letters_alone_are_joined_only_when_nothing_else_is_there() {
        let joined = |text| Words::read(text).joined_letters().words.len();
        assert_eq!(joined("S T O P"), 1);
        assert_eq!(joined("s.t.o.p."), 1);
        assert_eq!(joined("I a m here"), 4);
        assert_eq!(joined("a b"), 2);
    }

    proptest! {
        #[test]
        fn every_span_is_a_part_of_the_text(text in any::<String>()) {
            let mut end = 0;
            for word in Words::read(&text).words {
                prop_assert!(word.span.start >= end && text.get(word.span.clone()).is_some());
                prop_assert!(!word.text.is_empty());
                end = word.span.end;
            }
        }
    }
}
