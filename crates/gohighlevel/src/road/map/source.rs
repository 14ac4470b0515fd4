use std::sync::OnceLock;

use leads::timeline::LeadSource;
use serde::Deserialize;

const SHIPPED: &str = include_str!("../../../../../data/ghl/sources.toml");

/// What people write into the field "source", in which word of ours: the first line with a phrase in it counts.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    source: Vec<Line>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    is: String,
    phrases: Vec<String>,
}

fn shipped() -> &'static [(LeadSource, Vec<String>)] {
    static LINES: OnceLock<Vec<(LeadSource, Vec<String>)>> = OnceLock::new();
    LINES.get_or_init(|| {
        let document: Document = toml::from_str(SHIPPED).expect("the shipped table is held by a test");
        let line = |line: Line| (line.is.parse().expect("held by a test"), line.phrases);
        document.source.into_iter().map(line).collect()
    })
}

/// Where somebody came from, by what was written there.
pub(in crate::road) fn source(written: &str) -> LeadSource {
    let letters = written.to_lowercase().replace(|letter: char| !letter.is_alphanumeric(), " ");
    let words = format!(" {} ", letters.split_whitespace().collect::<Vec<_>>().join(" "));
    let says = |phrases: &[String]| phrases.iter().any(|phrase| words.contains(&format!(" {phrase} ")));
    shipped().iter().find(|(_, phrases)| says(phrases)).map_or(LeadSource::Other, |(source, _)| *source)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_understood_and_the_rest_is_other() {
        for (written, expected) in [
            ("Zillow", LeadSource::Portal),
            ("Website form", LeadSource::Website),
            ("referral", LeadSource::Referral),
            ("Facebook Ads", LeadSource::PaidSocial),
            ("Open-House 5/12", LeadSource::OpenHouse),
            ("Google Ads", LeadSource::PaidSearch),
            ("past client", LeadSource::Returning),
            ("Cold list: Ballard", LeadSource::ColdList),
            ("CSV import", LeadSource::Import),
            ("Yard sign", LeadSource::Sign),
            ("assigned by hand", LeadSource::Other),
            ("", LeadSource::Other),
        ] {
            assert_eq!(source(written), expected, "{written}");
        }
    }

    #[test]
    fn every_source_but_the_rest_can_be_written() {
        let named: Vec<LeadSource> = shipped().iter().map(|(source, _)| *source).collect();
        for source in LeadSource::ALL.iter().filter(|source| **source != LeadSource::Other) {
            assert!(named.contains(source), "{source}");
        }
        for (_, phrases) in shipped() {
            for phrase in phrases {
                let is_plain = phrase.chars().all(|letter| letter.is_alphanumeric() || letter == ' ');
                assert!(is_plain && *phrase == phrase.to_lowercase() && !phrase.is_empty(), "{phrase}");
            }
        }
    }
}
