use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::Channel;

const CASES_CSV: &str = include_str!("../../../../data/leads/optout_cases.csv");

#[derive(serde::Deserialize)]
struct Case {
    meaning: Meaning,
    scope: Option<Scope>,
    rule: Option<String>,
    text: String,
}

fn cases() -> Vec<Case> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::None).from_reader(CASES_CSV.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().expect("the cases can be read")
}

#[test]
fn every_case_reads_as_a_person_would_read_it() {
    let cases = cases();
    assert!(cases.len() >= 200, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let reading = Recogniser::shipped().read(&case.text);
        let as_expected = reading.meaning == case.meaning
            && case.scope.is_none_or(|scope| reading.scope == scope)
            && (case.rule.is_none() || reading.rule == case.rule);
        if !as_expected {
            let Reading { meaning, scope, rule, matched, .. } = reading;
            wrong.push(format!(
                "{:?}: {:?} {:?} but {meaning:?} {scope:?} {rule:?} {matched:?}",
                case.text, case.meaning, case.rule
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_rule_is_shown_by_a_case() {
    let cases = cases();
    let shown = |id: &str| {
        cases.iter().any(|case| {
            let reading = Recogniser::shipped().read(&case.text);
            reading.rule.is_some_and(|rule| rule == id)
        })
    };
    let silent: Vec<&str> = Recogniser::shipped().rules().map(|(id, _)| id).filter(|id| !shown(id)).collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn a_reading_names_rule_words_and_source() {
    let reading = Recogniser::shipped().read("Hi Ana. Please STOP texting me, ok?");
    assert_eq!(reading.rule.as_deref(), Some("en.stop-contacting"));
    assert_eq!(reading.matched.as_deref(), Some("STOP texting me"));
    assert!(reading.source.is_some_and(|source| source.contains("64.1200(a)(10)")));
}

#[test]
fn a_table_with_a_mistake_is_refused() {
    for (from, to, complaint) in [
        ("source = \"fcc\"", "source = \"fbi\"", "no source `fbi`"),
        ("id = \"keyword.es\"", "id = \"keyword.en\"", "two of this name"),
        ("\"stop\", \"quit\"", "\"(stop\", \"quit\"", "`)` is missing"),
        ("from = \"2025-04-11\"", "since = \"2025-04-11\"", "unknown field"),
        ("[@me]", "[@them]", "no set @them"),
    ] {
        let text = SHIPPED_TOML.replacen(from, to, 1);
        assert_ne!(text, SHIPPED_TOML, "{from}");
        let fault = Recogniser::parse(&text).expect_err(to).to_string();
        assert!(fault.contains(complaint), "{fault}");
    }
}

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_790_000_000 + second).expect("an instant")
}

fn heard<'a>(text: &'a str, channel: Channel, contact: &'a str, second: i64) -> Option<Entry> {
    let heard = Heard { channel, contact, address: None, at: at(second), text, asked_for_consent: false };
    Entry::heard(&Recogniser::shipped().read(text), heard)
}

fn ledger(said: &[(&str, Channel, i64)]) -> Ledger {
    let mut ledger = Ledger::new();
    for (text, channel, second) in said {
        if let Some(entry) = heard(text, *channel, "ana", *second) {
            ledger.record(entry);
        }
    }
    ledger
}

fn suppressed(ledger: &Ledger) -> Vec<Channel> {
    let is = |channel: &Channel| matches!(ledger.standing(*channel, at(1_000_000)), Standing::Suppressed(_));
    Channel::ALL.into_iter().filter(is).collect()
}

#[test]
fn stop_ends_calls_and_texts_and_take_me_off_your_list_ends_everything() {
    use Channel::{Email, Sms, Voice, WhatsApp};
    assert_eq!(suppressed(&ledger(&[("STOP", Sms, 1)])), [Sms, Voice, WhatsApp]);
    assert_eq!(suppressed(&ledger(&[("unsubscribe", Email, 1)])), [Email]);
    assert_eq!(suppressed(&ledger(&[("take me off your list", Sms, 1)])), Channel::ALL);
    assert_eq!(suppressed(&ledger(&[("no calls, text only", Sms, 1)])), [Voice]);
    assert_eq!(suppressed(&ledger(&[("see you at the bus stop", Sms, 1)])), []);
}

#[test]
fn start_opens_the_channel_it_came_by_and_no_other() {
    use Channel::{Sms, Voice, WhatsApp};
    assert_eq!(suppressed(&ledger(&[("STOP", Sms, 1), ("START", Sms, 2)])), [Voice, WhatsApp]);
    assert_eq!(suppressed(&ledger(&[("START", Sms, 1), ("STOP", Sms, 2)])), [Sms, Voice, WhatsApp]);
    // Two at the same instant: the stricter holds.
    assert_eq!(suppressed(&ledger(&[("STOP", Sms, 2), ("START", Sms, 2)])), [Sms, Voice, WhatsApp]);
    // Agreeing to something else gives no consent.
    assert_eq!(suppressed(&ledger(&[("STOP", Sms, 1), ("YES", Sms, 2)])), [Sms, Voice, WhatsApp]);
}

#[test]
fn yes_counts_only_as_the_answer_to_whether_messages_are_wanted() {
    let reading = Recogniser::shipped().read("sí");
    let said = |asked_for_consent| {
        let heard = Heard {
            channel: Channel::Sms,
            contact: "ana",
            address: None,
            at: at(2),
            text: "sí",
            asked_for_consent,
        };
        Entry::heard(&reading, heard).map(|entry| entry.word)
    };
    assert_eq!((said(false), said(true)), (None, Some(Word::OptIn)));
}

#[test]
fn neither_the_team_nor_the_platform_gives_consent_and_complaints_are_for_ever() {
    let opt_out = heard("STOP", Channel::Sms, "ana", 1).expect("an entry");
    let opt_in = heard("START", Channel::Sms, "ana", 2).expect("an entry");
    let stands = |first: &Entry, then: &Entry| {
        let mut ledger = Ledger::new();
        ledger.record(first.clone());
        ledger.record(then.clone());
        suppressed(&ledger).contains(&Channel::Sms)
    };
    assert!(!stands(&opt_out, &opt_in));
    for origin in [Origin::Team, Origin::Platform, Origin::Import] {
        assert!(stands(&opt_out, &Entry { origin, ..opt_in.clone() }), "{origin:?}");
    }
    assert!(stands(&Entry { permanent: true, ..opt_out.clone() }, &opt_in));
    assert!(stands(
        &Entry { address: Some("a".into()), ..opt_out.clone() },
        &Entry { address: Some("b".into()), ..opt_in.clone() }
    ));
}

#[test]
fn what_is_unclear_waits_until_somebody_has_read_it() {
    let mut ledger = ledger(&[("not interested", Channel::Sms, 1)]);
    assert!(matches!(ledger.standing(Channel::Sms, at(5)), Standing::Unclear(_)));
    assert_eq!(ledger.standing(Channel::Sms, at(0)), Standing::Open);
    let unclear = ledger.entries().next().expect("an entry").clone();
    ledger.record(Entry { word: Word::Settled, origin: Origin::Platform, at: at(2), ..unclear.clone() });
    assert!(matches!(ledger.standing(Channel::Sms, at(5)), Standing::Unclear(_)));
    ledger.record(Entry { word: Word::Settled, origin: Origin::Team, at: at(3), ..unclear });
    assert_eq!(ledger.standing(Channel::Sms, at(5)), Standing::Open);
}

#[test]
fn a_ledger_is_read_back_as_it_was_written() {
    let ledger = ledger(&[
        ("STOP", Channel::Sms, 1),
        ("START", Channel::Sms, 2),
        ("déjenme en paz", Channel::Email, 3),
    ]);
    let json = serde_json::to_string(&ledger).expect("text");
    assert_eq!(serde_json::from_str::<Ledger>(&json).expect("a ledger"), ledger);
}

fn entry(contact: &'static str) -> impl Strategy<Value = Entry> {
    let word = prop::sample::select(vec![Word::OptOut, Word::OptIn, Word::Unclear, Word::Settled]);
    let origin = prop::sample::select(vec![Origin::Message, Origin::Form, Origin::Team, Origin::Platform]);
    let channels = prop::collection::btree_set(prop::sample::select(Channel::ALL.to_vec()), 1..4);
    let address = prop::option::of(prop::sample::select(vec!["x", "y"]));
    (0_i64..8, word, origin, channels, address, any::<bool>()).prop_map(
        move |(second, word, origin, channels, address, permanent)| Entry {
            at: at(second),
            word,
            channels,
            contact: contact.to_owned(),
            address: address.map(|address| format!("{contact}/{address}")),
            origin,
            rule: None,
            text: None,
            permanent,
        },
    )
}

fn of(entries: Vec<Entry>) -> Ledger {
    let mut ledger = Ledger::new();
    for entry in entries {
        ledger.record(entry);
    }
    ledger
}

proptest! {
    #[test]
    fn merging_forgets_no_opt_out_whatever_the_other_contact_said(
        ana in prop::collection::vec(entry("ana"), 0..8), bob in prop::collection::vec(entry("bob"), 0..8)) {
        let (ana, bob) = (of(ana), of(bob));
        let mut merged = ana.clone();
        merged.merge(&bob);
        let mut other_way = bob.clone();
        other_way.merge(&ana);
        prop_assert_eq!(&merged, &other_way);
        let mut again = merged.clone();
        again.merge(&bob);
        prop_assert_eq!(&merged, &again);
        for channel in suppressed(&ana).into_iter().chain(suppressed(&bob)) {
            prop_assert!(suppressed(&merged).contains(&channel));
        }
    }

    #[test]
    fn only_the_person_can_open_what_was_closed(said in prop::collection::vec(entry("ana"), 0..8), then in entry("ana")) {
        let before = of(said);
        let mut after = before.clone();
        after.record(then.clone());
        let opened = suppressed(&before).into_iter().any(|channel| !suppressed(&after).contains(&channel));
        prop_assert!(!opened || (then.word == Word::OptIn && matches!(then.origin, Origin::Message | Origin::Form)));
    }

    #[test]
    fn any_text_is_read_without_fault_and_the_same_way_each_time(text in any::<String>()) {
        let reading = Recogniser::shipped().read(&text);
        prop_assert_eq!(&reading, &Recogniser::shipped().read(&text));
        prop_assert_eq!(reading.meaning == Meaning::Nothing || reading.rule.is_some(), true);
    }

    #[test]
    fn signs_and_case_around_a_keyword_change_nothing(
        before in "[ .,!¡¿\"'*_\\-\n]{0,5}", after in "[ .,!?\"'*_\\-\n]{0,5}", flips in any::<u16>(),
        word in prop::sample::select(vec!["stop", "unsubscribe", "cancel", "alto", "baja", "no más", "opt out"])) {
        let cased: String = word.chars().enumerate()
            .map(|(index, letter)| if flips >> (index % 16) & 1 == 1 { letter.to_uppercase().next().unwrap_or(letter) } else { letter })
            .collect();
        let text = format!("{before}{cased}{after}");
        prop_assert_eq!(Recogniser::shipped().read(&text).meaning, Meaning::OptOut, "{}", text);
    }
}
