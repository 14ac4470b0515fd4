use proptest::prelude::*;

use super::*;

const CASES_CSV: &str = include_str!("../../../../data/leads/wording_cases.csv");
const HUD_CSV: &str = include_str!("../../../../data/leads/fair_housing/hud_examples.csv");
const WORDS_CSV: &str = include_str!("../../../../data/leads/fair_housing/cfr109_20_words.csv");

#[derive(serde::Deserialize)]
struct Case {
    call: Call,
    rule: Option<String>,
    text: String,
}

#[derive(serde::Deserialize)]
struct Example {
    phrase: String,
    verdict: String,
}

#[derive(serde::Deserialize)]
struct Listed {
    term: String,
    group: String,
    note: String,
}

fn rows<T: serde::de::DeserializeOwned>(csv: &str) -> Vec<T> {
    csv::Reader::from_reader(csv.as_bytes())
        .deserialize()
        .collect::<Result<_, _>>()
        .expect("the rows can be read")
}

fn call(text: &str) -> Call {
    Rules::shipped().check(text, None).call
}

#[test]
fn every_case_is_judged_as_the_law_reads_it() {
    let cases: Vec<Case> = rows(CASES_CSV);
    assert!(cases.len() >= 190, "{}", cases.len());
    let mut wrong = Vec::new();
    for case in &cases {
        let judged = Rules::shipped().check(&case.text, None);
        let found: Vec<_> = judged.findings.iter().map(|finding| (&*finding.rule, &*finding.text)).collect();
        let named = case.rule.as_ref().is_none_or(|rule| found.iter().any(|(found, _)| found == rule));
        if judged.call != case.call || !named {
            wrong.push(format!(
                "{:?}: {:?} {:?} but {:?} {found:?}",
                case.text, case.call, case.rule, judged.call
            ));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
}

#[test]
fn every_rule_is_shown_by_a_case() {
    let cases: Vec<Case> = rows(CASES_CSV);
    let silent: Vec<&str> = Rules::shipped()
        .ids()
        .filter(|id| !cases.iter().any(|case| case.rule.as_deref() == Some(id)))
        .collect();
    assert!(silent.is_empty(), "{silent:?}");
}

#[test]
fn the_violations_of_the_guidance_are_blocked_and_what_it_allows_goes_out() {
    let examples: Vec<Example> = rows(HUD_CSV);
    assert_eq!(examples.len(), 39);
    let mut wrong = Vec::new();
    for example in examples {
        let expected = if example.verdict == "violation" { Call::Block } else { Call::Clear };
        for text in
            [example.phrase.clone(), format!("Hello, it has this: {}. Shall we see it?", example.phrase)]
        {
            if call(&text) != expected {
                wrong.push(format!(
                    "{text}: {} but {:?}",
                    example.verdict,
                    Rules::shipped().check(&text, None).findings
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// The list is of signs, not of forbidden words: alone none of them blocks, except where the list says that it is
/// explicit; said of who may live there, every one of them does.
#[test]
fn a_listed_word_alone_is_no_violation_and_said_of_tenants_it_is() {
    let listed: Vec<Listed> = rows(WORDS_CSV);
    assert_eq!(listed.len(), 53);
    let mut wrong = Vec::new();
    let mut expect = |text: String, fits: bool, what: &str| {
        if !fits {
            wrong.push(format!("{text}: {what}, but {:?}", Rules::shipped().check(&text, None)));
        }
    };
    for Listed { term, group, note } in listed {
        let alone = call(&term);
        match group.as_str() {
            "dwelling/landlord/tenant" => expect(term.clone(), alone == Call::Block, "explicit"),
            "catchword" => {
                expect(term.clone(), alone == Call::Clear, "only in a discriminatory context");
                let discriminatory = format!("{term} building, whites only");
                expect(
                    discriminatory.clone(),
                    call(&discriminatory) == Call::Block,
                    "a discriminatory context",
                );
            }
            "directions" | "area" => {
                let direction = format!("It is next to the {term}.");
                expect(direction.clone(), call(&direction) == Call::Warn, "somebody should look");
                expect(term.clone(), alone != Call::Block, "a word alone");
            }
            _ => {
                expect(term.clone(), alone != Call::Block, "a word alone");
                if note.starts_with("context") {
                    expect(term.clone(), alone == Call::Clear || group == "race", "context is needed");
                }
                for text in [
                    format!("{term} only"),
                    format!("{term} tenants preferred"),
                    format!("We do not rent to {term} people"),
                    format!("No {term}"),
                ] {
                    expect(text.clone(), call(&text) == Call::Block, "a limitation or preference");
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn lawful_income_is_protected_where_a_state_protects_it_and_where_nothing_is_known() {
    let call = |state: Option<&str>| {
        Rules::shipped().check("Sorry, no Section 8", state.map(|code| code.parse().expect(code))).call
    };
    assert_eq!((call(Some("NJ")), call(Some("TX")), call(None)), (Call::Block, Call::Warn, Call::Block));
}

#[test]
fn a_finding_says_where_why_and_what_to_write_instead() {
    let text = "Señora, ¡no se aceptan niños!";
    let judged = Rules::shipped().check(text, None);
    let finding = &judged.findings[0];
    assert_eq!(&text[finding.span.clone()], "no se aceptan niños");
    assert!(!finding.why.is_empty() && !finding.instead.is_empty() && finding.source.contains("3604"));
    // What was cleared is on record with its reason.
    let judged = Rules::shipped().check("On Christian Street", None);
    assert_eq!(judged.cleared.first().map(|cleared| cleared.by.as_str()), Some("clear.names"));
}

#[test]
fn a_table_with_a_mistake_is_refused() {
    for (from, to, complaint) in [
        ("source = \"statute\"", "source = \"gossip\"", "no source `gossip`"),
        ("id = \"prefer\"", "id = \"limit.no\"", "two of this name"),
        ("instead = \"describe the property", "# \"", "what to write instead"),
        ("\"CA\", \"CO\"", "\"CA\", \"QQ\"", "no state"),
        ("@anybody [@people] (only", "@anyone [@people] (only", "no set @anyone"),
    ] {
        let text = SHIPPED_TOML.replacen(from, to, 1);
        assert_ne!(text, SHIPPED_TOML, "{from}");
        let fault = Rules::parse(&text).expect_err(to).to_string();
        assert!(fault.contains(complaint), "{fault}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_text_is_judged_without_fault_and_findings_lie_within_it(text in any::<String>()) {
        let judged = Rules::shipped().check(&text, None);
        for finding in &judged.findings {
            prop_assert_eq!(text.get(finding.span.clone()), Some(finding.text.as_str()));
        }
        prop_assert_eq!(judged.call == Call::Clear, judged.findings.is_empty());
    }

    #[test]
    fn a_harmless_sentence_beside_it_hides_no_violation(
        before in prop::sample::select(vec!["White kitchen. ", "Master bedroom! ", "Walk to Church Street. ", "Families welcome. ", "Christian Street. "]),
        violation in prop::sample::select(vec!["No children", "adults only", "Christian home", "no Irish", "solo adultos", "sin niños", "no service animals"]),
        after in prop::sample::select(vec!["", ". Great family room", ". Black countertops", ". Not wheelchair accessible"])) {
        prop_assert_eq!(call(&format!("{before}{violation}{after}")), Call::Block);
    }
}
