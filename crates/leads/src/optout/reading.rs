use serde::{Deserialize, Serialize};

use super::table::{Applies, Recogniser, Rule};
use crate::{
    Channel,
    text::{Found, Words},
};

/// Words of a message at most, for it to be short.
const SHORT_WORDS: usize = 4;

/// What a message says about wanting messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Meaning {
    /// Nothing.
    Nothing,
    /// It asks who writes and how to end it: an answer is owed.
    Help,
    /// It agrees to something. Consent only where that was the question.
    Yes,
    /// It asks for messages again, by a keyword.
    OptIn,
    /// It may revoke consent: somebody has to read it before anything more is sent.
    NeedsPerson,
    /// It revokes consent.
    OptOut,
}

/// What a revocation is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// The channel it came by and those that reach the same number or address.
    Medium,
    /// Every channel.
    All,
    /// Calls alone.
    Voice,
}

impl Scope {
    /// The channels it covers when it is said on `channel`.
    pub fn channels(self, channel: Channel) -> &'static [Channel] {
        match self {
            Self::Medium => channel.siblings(),
            Self::All => &Channel::ALL,
            Self::Voice => &[Channel::Voice],
        }
    }

    /// Two things that one message says: the wider counts.
    fn width(self) -> u8 {
        match self {
            Self::Voice => 0,
            Self::Medium => 1,
            Self::All => 2,
        }
    }
}

/// What was read in a message, and by which rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    /// What it says.
    pub meaning: Meaning,
    /// What it is about.
    pub scope: Scope,
    /// The rule that decided; none when no rule was found.
    pub rule: Option<String>,
    /// The words that the rule was found in.
    pub matched: Option<String>,
    /// Why, in words.
    pub why: String,
    /// Where the rule comes from.
    pub source: Option<String>,
}

impl Reading {
    fn nothing(why: &str) -> Self {
        Self {
            meaning: Meaning::Nothing,
            scope: Scope::Medium,
            rule: None,
            matched: None,
            why: why.to_owned(),
            source: None,
        }
    }
}

struct Match<'a> {
    rule: &'a Rule,
    words: std::ops::Range<usize>,
}

impl Recogniser {
    /// What a message says about wanting messages.
    pub fn read(&self, text: &str) -> Reading {
        let words = Words::read(text).joined_letters();
        if words.words.is_empty() {
            return self.sign(text);
        }
        if let Some(reading) = self.whole(text, &words) {
            return reading;
        }
        // A keyword that stands alone counts although another sentence only quotes one: `Reply STOP to end. STOP`.
        let within = self.within(text, &words);
        if within.as_ref().is_none_or(|reading| reading.meaning == Meaning::Nothing)
            && let Some(reading) = self.sentence(text, &words)
        {
            return reading;
        }
        if let Some(reading) = within {
            return reading;
        }
        if let Some(reading) = self.short(text, &words) {
            return reading;
        }
        if words.cut {
            return Reading {
                meaning: Meaning::NeedsPerson,
                rule: Some("too-long".to_owned()),
                ..Reading::nothing("the message is longer than is read")
            };
        }
        Reading::nothing("no rule is about this message")
    }

    /// A message without any word.
    fn sign(&self, text: &str) -> Reading {
        let signs = |rule: &&Rule| {
            rule.applies == Applies::Sign && rule.signs.iter().any(|sign| text.contains(sign.as_str()))
        };
        match self.rules.iter().find(signs) {
            Some(rule) => self.reading(rule, text.trim().to_owned()),
            None => Reading::nothing("the message has no words"),
        }
    }

    /// A message of keywords and courtesy alone.
    fn whole(&self, text: &str, words: &Words) -> Option<Reading> {
        let mut deciding: Option<&Rule> = None;
        let mut contradicts = false;
        let mut at = 0;
        while at < words.words.len() {
            let keyword = self.longest(words, at);
            let courtesy = self.courtesy_until(words, at);
            match keyword {
                Some((rule, end)) if end >= courtesy => {
                    match deciding {
                        // Words of different meanings: what is meant is a person's to say.
                        Some(other) if other.meaning != rule.meaning => contradicts = true,
                        Some(_) => {}
                        None => deciding = Some(rule),
                    }
                    at = end;
                }
                _ if courtesy > at => at = courtesy,
                _ => return None,
            }
        }
        let rule = deciding?;
        if contradicts {
            return Some(Reading {
                meaning: Meaning::NeedsPerson,
                rule: Some("keyword.several".to_owned()),
                matched: Some(text.trim().to_owned()),
                ..Reading::nothing("the message says two things at once")
            });
        }
        (!words.cut).then(|| self.reading(rule, text.trim().to_owned()))
    }

    /// The whole-message rule that reaches furthest from a word, and to where.
    fn longest(&self, words: &Words, at: usize) -> Option<(&Rule, usize)> {
        let mut best: Option<(&Rule, usize)> = None;
        for rule in self.rules.iter().filter(|rule| rule.applies == Applies::Whole) {
            for pattern in &rule.compiled {
                if let Some(end) = pattern.end_at(words, at)
                    && best.is_none_or(|(_, furthest)| end > furthest)
                {
                    best = Some((rule, end));
                }
            }
        }
        best
    }

    fn courtesy_until(&self, words: &Words, at: usize) -> usize {
        self.courtesy.iter().filter_map(|pattern| pattern.end_at(words, at)).max().unwrap_or(at)
    }

    /// Phrases within a message.
    fn within(&self, text: &str, words: &Words) -> Option<Reading> {
        let mut matches: Vec<Match<'_>> = Vec::new();
        for rule in self.rules.iter().filter(|rule| rule.applies == Applies::Within) {
            for pattern in &rule.compiled {
                for Found { words } in pattern.find(words) {
                    matches.push(Match { rule, words });
                }
            }
        }
        // What is said at more length is said better.
        let overruled = |one: &Match<'_>| {
            matches.iter().any(|other| {
                (other.rule.meaning != one.rule.meaning || other.rule.scope != one.rule.scope)
                    && other.words.len() > one.words.len()
                    && other.words.start <= one.words.start
                    && one.words.end <= other.words.end
            })
        };
        let standing: Vec<&Match<'_>> = matches.iter().filter(|one| !overruled(one)).collect();
        let unmeant = |one: &&&Match<'_>| {
            standing.iter().any(|other| {
                other.rule.meaning == Meaning::Nothing
                    && other.words.start < one.words.end
                    && one.words.start < other.words.end
            })
        };
        let meant = standing
            .iter()
            .filter(|one| one.rule.meaning != Meaning::Nothing && !unmeant(one))
            .max_by_key(|one| (one.rule.meaning, one.rule.scope.width(), one.words.len()));
        if let Some(one) = meant {
            return Some(self.reading(one.rule, shown(text, words, one)));
        }
        let nothing = standing.iter().find(|one| one.rule.meaning == Meaning::Nothing);
        nothing.map(|one| self.reading(one.rule, shown(text, words, one)))
    }

    /// A keyword that is a sentence of a longer message.
    fn sentence(&self, text: &str, words: &Words) -> Option<Reading> {
        let sentences = words.sentences();
        if sentences.len() < 2 {
            return None;
        }
        sentences.iter().find_map(|sentence| {
            let reading = self.whole(text, sentence).filter(|reading| reading.meaning == Meaning::OptOut)?;
            let (first, last) = (sentence.words.first()?, sentence.words.last()?);
            Some(Reading {
                meaning: Meaning::NeedsPerson,
                rule: reading.rule.map(|rule| format!("{rule}.sentence")),
                matched: text.get(first.span.start..last.span.end).map(str::to_owned),
                why: "a sentence of the message is a keyword".to_owned(),
                ..reading
            })
        })
    }

    /// A keyword among very few other words: a signature, a name, a typing mistake.
    fn short(&self, text: &str, words: &Words) -> Option<Reading> {
        if words.words.len() > SHORT_WORDS {
            return None;
        }
        let rules = self.rules.iter().filter(|rule| rule.applies == Applies::Short);
        let mut found =
            rules.filter(|rule| rule.compiled.iter().any(|pattern| !pattern.find(words).is_empty()));
        found.next().map(|rule| self.reading(rule, text.trim().to_owned()))
    }

    fn reading(&self, rule: &Rule, matched: String) -> Reading {
        Reading {
            meaning: rule.meaning,
            scope: rule.scope,
            rule: Some(rule.id.clone()),
            matched: Some(matched),
            why: rule.why.clone(),
            source: self.sources.get(&rule.source).cloned(),
        }
    }
}

fn shown(text: &str, words: &Words, one: &Match<'_>) -> String {
    let first = words.words.get(one.words.start).map_or(0, |word| word.span.start);
    let last = words.words.get(one.words.end.saturating_sub(1)).map_or(text.len(), |word| word.span.end);
    text.get(first..last).unwrap_or(text).to_owned()
}
