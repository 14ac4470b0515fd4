//! What can be told, and what an endpoint wants to hear.

use std::{fmt, str::FromStr};

/// One thing that can be told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its identifier: `contact.created`.
    pub id: &'static str,
    /// What happened, in a few words.
    pub label: &'static str,
}

/// The topics that this program tells of.
pub const TOPICS: [Topic; 9] = [
    Topic { id: "contact.created", label: "A contact was added" },
    Topic { id: "contact.updated", label: "A contact changed" },
    Topic { id: "contact.moved", label: "A contact entered another stage" },
    Topic { id: "contact.assigned", label: "A contact was given to somebody, or to nobody" },
    Topic { id: ERASED, label: "A person was erased: copies are to be erased, too" },
    Topic { id: "lead.offered", label: "A lead was offered to somebody" },
    Topic { id: "lead.overdue", label: "Nobody has acted on a lead in time" },
    Topic { id: "lead.opted_out", label: "A person wants no more messages" },
    Topic { id: "integration.incident", label: "A connection to another system needs a person" },
];

/// Sent whoever hears of contacts at all, asked for or not: copies of what is erased must go (GDPR, article 19).
pub(crate) const ERASED: &str = "contact.erased";
/// Sent by [`crate::Webhooks::test`] only.
pub(crate) const TEST: &str = "webhook.test";
/// Patterns of one endpoint.
const PATTERNS_MAX: usize = 32;
/// Longest pattern.
const PATTERN_CHARS_MAX: usize = 80;

/// What an endpoint wants to hear: patterns like `contact.created` or `contact.*`; none means everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Topics(Vec<String>);

/// The text is no list of topics.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// One of them is none.
    #[error("`{0}` is no topic: write `contact.created`, `contact.*`, or nothing for everything")]
    Pattern(String),
    /// There are too many.
    #[error("an endpoint lists at most {PATTERNS_MAX} topics")]
    TooMany,
}

impl Topics {
    /// Everything.
    pub fn all() -> Self {
        Self::default()
    }

    /// These patterns, sorted, each once.
    ///
    /// # Errors
    /// [`TopicError`].
    pub fn new<T: AsRef<str>>(patterns: impl IntoIterator<Item = T>) -> Result<Self, TopicError> {
        let mut all = Vec::new();
        for pattern in patterns {
            let pattern = pattern.as_ref().trim();
            if pattern.is_empty() {
                continue;
            }
            if pattern == "*" {
                return Ok(Self::all());
            }
            if !is_pattern(pattern) {
                return Err(TopicError::Pattern(pattern.chars().take(PATTERN_CHARS_MAX).collect()));
            }
            all.push(pattern.to_owned());
        }
        all.sort();
        all.dedup();
        if all.len() > PATTERNS_MAX { Err(TopicError::TooMany) } else { Ok(Self(all)) }
    }

    /// The patterns; empty for everything.
    pub fn patterns(&self) -> &[String] {
        &self.0
    }

    /// Whether a message with this topic is wanted.
    pub fn wants(&self, topic: &str) -> bool {
        let hears_of_contacts = || self.0.iter().any(|pattern| pattern.starts_with("contact."));
        self.0.is_empty()
            || self.0.iter().any(|pattern| match pattern.strip_suffix('*') {
                Some(beginning) => topic.starts_with(beginning),
                None => topic == pattern,
            })
            || (topic == ERASED && hears_of_contacts())
    }
}

/// `a.b`, `a_b.c.d`, or the same with `*` as its last part.
fn is_pattern(text: &str) -> bool {
    let body = text.strip_suffix(".*").unwrap_or(text);
    let is_part = |part: &str| {
        !part.is_empty()
            && part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
    };
    text.len() <= PATTERN_CHARS_MAX && body.split('.').all(is_part)
}

impl FromStr for Topics {
    type Err = TopicError;

    /// Reads patterns separated by commas or white space.
    fn from_str(text: &str) -> Result<Self, TopicError> {
        Self::new(text.split([',', ' ', '\n', '\r', '\t']))
    }
}

impl fmt::Display for Topics {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() { out.write_str("*") } else { out.write_str(&self.0.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn topics(text: &str) -> Topics {
        text.parse().unwrap()
    }

    #[test]
    fn nothing_named_means_everything() {
        for text in ["", "*", " , ", "contact.created, *"] {
            assert!(topics(text).wants("contact.created") && topics(text).wants("anything.else"), "{text}");
        }
    }

    #[test]
    fn a_star_stands_for_the_rest_of_whole_words() {
        let wanted = topics("contact.*");
        assert!(wanted.wants("contact.created") && wanted.wants("contact.note.added"));
        assert!(!wanted.wants("contacts.created") && !wanted.wants("contact"));
        assert!(!topics("contact.created").wants("contact.created.twice"));
    }

    #[test]
    fn whoever_hears_of_contacts_hears_that_one_was_erased() {
        assert!(topics("contact.created").wants("contact.erased"));
        assert!(!topics("deal.won").wants("contact.erased"));
    }

    #[test]
    fn texts_that_are_no_topic_are_refused() {
        for text in ["Contact.Created", "contact..created", ".a", "a.", "a.*.b", "a*", "a/b", "ä"] {
            assert!(matches!(text.parse::<Topics>(), Err(TopicError::Pattern(_))), "{text}");
        }
        let many: Vec<String> = (0..33).map(|number| format!("a{number}")).collect();
        assert_eq!(Topics::new(&many), Err(TopicError::TooMany));
    }

    proptest! {
        #[test]
        fn what_is_shown_reads_back(patterns in prop::collection::vec("[a-z]{1,5}\\.([a-z]{1,5}|\\*)", 0..5)) {
            let topics = Topics::new(&patterns).unwrap();
            prop_assert_eq!(topics.to_string().parse::<Topics>(), Ok(topics));
        }
    }
}
