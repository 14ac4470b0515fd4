use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::table::{Effect, Rule, Rules, SOURCE_OF_INCOME};
use crate::{
    place::State,
    text::{Found, Words},
};

/// What becomes of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Nothing was found.
    Clear,
    /// Somebody should look at it first.
    Warn,
    /// It must not go out.
    Block,
}

/// A statement that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The rule.
    pub rule: String,
    /// What the rule is about: a protected class, or how it is touched.
    pub class: String,
    /// Warn or block.
    pub call: Call,
    /// Bytes of the text.
    pub span: Range<usize>,
    /// The words.
    pub text: String,
    /// Why, in words.
    pub why: String,
    /// What to write instead.
    pub instead: String,
    /// Where the rule comes from.
    pub source: String,
}

/// Something that looked like a statement and is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cleared {
    /// The rule that had found it.
    pub rule: String,
    /// The rule that knows better.
    pub by: String,
    /// The words that clear it.
    pub text: String,
}

/// What the rules say of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Judged {
    /// The strictest of the findings.
    pub call: Call,
    /// What was found, in the order of the text.
    pub findings: Vec<Finding>,
    /// What was found and is not meant.
    pub cleared: Vec<Cleared>,
    /// Version of the table.
    pub version: u32,
}

impl Rules {
    /// Judges an outgoing text. `state` is where the property is; where it is not known, lawful income counts as
    /// protected.
    pub fn check(&self, text: &str, state: Option<State>) -> Judged {
        let words = Words::read(text);
        let mut meant_otherwise: Vec<(&Rule, Range<usize>)> = Vec::new();
        let mut found: Vec<(&Rule, Range<usize>)> = Vec::new();
        for rule in &self.rules {
            let list = if rule.effect == Effect::Clear { &mut meant_otherwise } else { &mut found };
            for pattern in &rule.patterns {
                list.extend(pattern.find(&words).into_iter().map(|Found { words }| (rule, words)));
            }
        }
        let mut cleared: Vec<Cleared> = Vec::new();
        let mut standing: Vec<(&Rule, Range<usize>)> = Vec::new();
        for (rule, place) in found {
            // What says more than its context is not cleared by it: `rent to Polish people` is more than `to polish`.
            let clears = |other: &Range<usize>| {
                let contained = place.start <= other.start && other.end <= place.end && other != &place;
                other.start < place.end && place.start < other.end && !contained
            };
            let other = meant_otherwise.iter().find(|(_, other)| clears(other));
            match other {
                Some((by, other)) => {
                    let (_, text) = shown(text, &words, other);
                    let cleared_by = Cleared { rule: rule.id.clone(), by: by.id.clone(), text };
                    if !cleared.contains(&cleared_by) {
                        cleared.push(cleared_by);
                    }
                }
                None => standing.push((rule, place)),
            }
        }
        // One finding per place: what a stricter or longer one contains says nothing more.
        let weight = |(rule, place): &(&Rule, Range<usize>)| (self.call(rule, state), place.len());
        let contained = |one: &(&Rule, Range<usize>), index: usize| {
            standing.iter().enumerate().any(|(at, other)| {
                let within = other.1.start <= one.1.start && one.1.end <= other.1.end;
                at != index
                    && within
                    && (weight(other) > weight(one) || (weight(other) == weight(one) && at < index))
            })
        };
        let mut findings: Vec<Finding> = standing
            .iter()
            .enumerate()
            .filter(|(index, one)| !contained(one, *index))
            .map(|(_, (rule, place))| self.finding(rule, state, text, &words, place))
            .collect();
        if words.cut {
            findings.push(Finding {
                rule: "too-long".to_owned(),
                class: "limitation".to_owned(),
                call: Call::Block,
                span: text.len()..text.len(),
                text: String::new(),
                why: "the text is longer than is read".to_owned(),
                instead: "a shorter text".to_owned(),
                source: "Own rule: what was not read is not sent.".to_owned(),
            });
        }
        findings.sort_by_key(|finding| (finding.span.start, finding.span.end));
        let call = findings.iter().map(|finding| finding.call).max().unwrap_or(Call::Clear);
        Judged { call, findings, cleared, version: self.version }
    }

    fn call(&self, rule: &Rule, state: Option<State>) -> Call {
        let known_unprotected = state.is_some_and(|state| !self.income_protected.contains(&state));
        match rule.effect {
            Effect::Block if rule.class == SOURCE_OF_INCOME && known_unprotected => Call::Warn,
            Effect::Block => Call::Block,
            Effect::Warn => Call::Warn,
            Effect::Clear => Call::Clear,
        }
    }

    fn finding(
        &self,
        rule: &Rule,
        state: Option<State>,
        text: &str,
        words: &Words,
        place: &Range<usize>,
    ) -> Finding {
        let (span, shown) = shown(text, words, place);
        Finding {
            rule: rule.id.clone(),
            class: rule.class.clone(),
            call: self.call(rule, state),
            span,
            text: shown,
            why: rule.why.clone(),
            instead: rule.instead.clone(),
            source: self.sources.get(&rule.source).cloned().unwrap_or_default(),
        }
    }
}

fn shown(text: &str, words: &Words, place: &Range<usize>) -> (Range<usize>, String) {
    let first = words.words.get(place.start).map_or(0, |word| word.span.start);
    let last = words.words.get(place.end.saturating_sub(1)).map_or(text.len(), |word| word.span.end);
    (first..last, text.get(first..last).unwrap_or(text).to_owned())
}
