use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{
    Channel,
    optout::{Entry, Heard, Ledger, Recogniser},
};

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

/// A Friday, one in the afternoon in New Jersey.
fn afternoon() -> Timestamp {
    at("2026-11-20T18:00:00Z")
}

fn days_before(days: i64) -> Timestamp {
    afternoon() - SignedDuration::from_hours(24 * days)
}

/// Somebody in New Jersey to whom everything may be sent.
fn ready(channel: Channel) -> Facts {
    Facts {
        suspended: Some(false),
        a2p: Some(A2p::Approved),
        ledger: Some(Ledger::new()),
        listed: Some(false),
        do_not_disturb: Some(DoNotDisturb::Off),
        consent: Some(Consent::Written { at: days_before(10) }),
        do_not_call: Some(DoNotCall {
            own_list: Some(OwnList::Absent),
            scrub: Some(Scrub { at: days_before(3), listed: false }),
            last_transaction: None,
            last_inquiry: None,
        }),
        place: Place { address: "NJ".parse().ok(), number: Some("+12015550123".to_owned()) },
        market_hours: Some(MarketHours::none("America/New_York", "A market without hours of its own.")),
        heard: Some(days_before(0)),
        sent: Some(Vec::new()),
        text: Some("Hello Ana, the house on Church Street is open on Sunday from 2 to 4.".to_owned()),
        ..Facts::unknown(afternoon(), channel, Purpose::Marketing)
    }
}

fn said(text: &str, second: i64) -> Ledger {
    let mut ledger = Ledger::new();
    let heard = Heard {
        channel: Channel::Sms,
        contact: "ana",
        address: None,
        at: days_before(5) + SignedDuration::from_secs(second),
        text,
        asked_for_consent: false,
    };
    ledger.record(Entry::heard(&Recogniser::shipped().read(text), heard).expect("an entry"));
    ledger
}

fn judge(facts: &Facts) -> Decision {
    Gate::shipped().judge(facts)
}

fn rule(decision: &Decision) -> &str {
    decision.decided_by.as_deref().unwrap_or("none")
}

type Change = fn(&mut Facts);

#[test]
fn nothing_against_it_sends_on_every_channel() {
    for channel in Channel::ALL {
        let decision = judge(&ready(channel));
        assert_eq!((decision.outcome, rule(&decision)), (Outcome::Send, "none"), "{decision}");
        let steps: Vec<Step> = decision.verdicts.iter().map(|verdict| verdict.step).collect();
        assert_eq!(steps, Step::ALL);
        for verdict in &decision.verdicts {
            assert!(
                verdict.call == Call::Pass && !verdict.reason.is_empty() && verdict.source.len() > 10,
                "{verdict:?}"
            );
        }
    }
}

#[test]
fn each_fact_against_it_has_its_rule() {
    use Outcome::{NeedsPerson, Refuse};
    let cases: &[(Change, Outcome, &str)] = &[
        (|facts| facts.suspended = Some(true), Refuse, "suspended.yes"),
        (|facts| facts.a2p = Some(A2p::Pending), Refuse, "a2p.pending"),
        (|facts| facts.a2p = Some(A2p::Unregistered), Refuse, "a2p.unregistered"),
        (|facts| facts.a2p = Some(A2p::Rejected), Refuse, "a2p.rejected"),
        (|facts| facts.a2p = Some(A2p::Suspended), Refuse, "a2p.suspended"),
        (|facts| facts.ledger = Some(said("STOP", 0)), Refuse, "opt-out.suppressed"),
        (|facts| facts.ledger = Some(said("not interested", 0)), NeedsPerson, "opt-out.unclear"),
        (|facts| facts.ledger = Some(said("STOP", 24 * 3_600 * 30)), Refuse, "opt-out.suppressed"),
        (|facts| facts.listed = Some(true), Refuse, "opt-out.listed"),
        // Who is on the list is left alone, whatever else they may have meant.
        (
            |facts| {
                facts.listed = Some(true);
                facts.ledger = Some(said("not interested", 0));
            },
            Refuse,
            "opt-out.listed",
        ),
        (|facts| facts.do_not_disturb = Some(DoNotDisturb::On), Refuse, "do-not-disturb.on"),
        (|facts| facts.do_not_disturb = Some(DoNotDisturb::Permanent), Refuse, "do-not-disturb.permanent"),
        (|facts| facts.consent = Some(Consent::Missing), Refuse, "consent.missing"),
        (
            |facts| facts.consent = Some(Consent::Inquiry { at: days_before(1) }),
            NeedsPerson,
            "consent.not-written",
        ),
        (|facts| facts.consent = Some(Consent::Written { at: days_before(-1) }), Refuse, "consent.later"),
        (
            |facts| lists(facts).own_list = Some(OwnList::Listed { since: days_before(2_000) }),
            Refuse,
            "do-not-call.own-list",
        ),
        (
            |facts| unexempted(facts, Some(Scrub { at: days_before(32), listed: false })),
            Refuse,
            "do-not-call.registry.stale",
        ),
        (
            |facts| unexempted(facts, Some(Scrub { at: days_before(-1), listed: false })),
            Refuse,
            "do-not-call.registry.stale",
        ),
        (|facts| facts.place.number = Some("+442079460000".to_owned()), Refuse, "quiet-hours.unknown"),
        (|facts| facts.text = Some("Nice flat, adults only".to_owned()), Refuse, "wording.block"),
        (|facts| facts.text = Some("A very safe neighborhood".to_owned()), NeedsPerson, "wording.warn"),
        (|facts| facts.text = Some(" \n".to_owned()), Refuse, "wording.empty"),
    ];
    for (change, outcome, expected) in cases {
        let mut facts = ready(Channel::Sms);
        change(&mut facts);
        let decision = judge(&facts);
        assert_eq!((decision.outcome, rule(&decision)), (*outcome, *expected), "{decision}");
        assert_eq!(decision.verdicts.len(), Step::ALL.len());
    }
}

fn lists(facts: &mut Facts) -> &mut DoNotCall {
    facts.do_not_call.as_mut().expect("lists")
}

/// Somebody is answered whom nothing exempts from the registry, which was looked at so.
fn unexempted(facts: &mut Facts, scrub: Option<Scrub>) {
    facts.purpose = Purpose::Reply;
    facts.consent = Some(Consent::Inquiry { at: days_before(1) });
    if let Some(known) = &mut facts.do_not_call {
        known.scrub = scrub;
    }
}

/// One change per step that refuses, in the order of the steps.
const AGAINST: [Change; 9] = [
    |facts| facts.suspended = Some(true),
    |facts| facts.a2p = Some(A2p::Rejected),
    |facts| facts.ledger = Some(said("STOP", 0)),
    |facts| facts.do_not_disturb = Some(DoNotDisturb::On),
    |facts| facts.consent = Some(Consent::Missing),
    |facts| lists(facts).own_list = Some(OwnList::Listed { since: days_before(1) }),
    |facts| facts.place = Place::default(),
    |facts| facts.sent = None,
    |facts| facts.text = Some("no children".to_owned()),
];

/// One change per fact, to not known.
const UNKNOWN: [(Change, &str); 14] = [
    (|facts| facts.suspended = None, "suspended.unknown"),
    (|facts| facts.a2p = None, "a2p.unknown"),
    (|facts| facts.ledger = None, "opt-out.unknown"),
    (|facts| facts.listed = None, "opt-out.list.unknown"),
    (|facts| facts.do_not_disturb = None, "do-not-disturb.unknown"),
    (|facts| facts.consent = None, "consent.unknown"),
    (|facts| facts.do_not_call = None, "do-not-call.unknown"),
    (
        |facts| {
            if let Some(known) = &mut facts.do_not_call {
                known.own_list = None
            }
        },
        "do-not-call.own-list.unknown",
    ),
    (|facts| unexempted(facts, None), "do-not-call.registry.unknown"),
    (|facts| facts.place = Place::default(), "quiet-hours.place-unknown"),
    (|facts| facts.at = at("2028-06-01T18:00:00Z"), "quiet-hours.unknown"),
    (|facts| facts.market_hours = None, "quiet-hours.market-unknown"),
    (|facts| facts.sent = None, "frequency.unknown"),
    (|facts| facts.text = None, "wording.unknown"),
];

#[test]
fn each_fact_that_is_not_known_refuses_under_its_name() {
    for (change, expected) in UNKNOWN {
        let mut facts = ready(Channel::Sms);
        change(&mut facts);
        let decision = judge(&facts);
        assert_eq!(decision.outcome, Outcome::Refuse, "{expected}");
        assert!(
            decision.verdicts.iter().any(|verdict| verdict.rule == expected),
            "{expected}: {:?}",
            decision.verdicts
        );
    }
}

#[test]
fn a_night_and_a_cap_are_waited_for_and_the_wait_ends_in_sending() {
    let mut facts = Facts { at: at("2026-11-21T01:30:00Z"), ..ready(Channel::Sms) };
    let decision = judge(&facts);
    assert_eq!(
        (decision.outcome, rule(&decision)),
        (Outcome::Wait(at("2026-11-21T13:00:00Z")), "quiet-hours.quiet")
    );
    assert!(decision.to_string().contains("where us.nj allows 08:00-20:00"), "{decision}");
    facts.at = at("2026-11-21T13:00:00Z");
    assert_eq!(judge(&facts).outcome, Outcome::Send);

    // Two at half past two in the night before: the cap ends in the night after, the morning is awaited.
    let sent = at("2026-11-20T07:30:00Z");
    let mut facts = Facts { sent: Some(vec![sent, sent]), ..ready(Channel::Sms) };
    let decision = judge(&facts);
    assert_eq!(
        (decision.outcome, rule(&decision)),
        (Outcome::Wait(at("2026-11-21T13:00:00Z")), "frequency.cap")
    );
    facts.at = at("2026-11-21T13:00:00Z");
    assert_eq!(judge(&facts).outcome, Outcome::Send);
}

#[test]
fn caps_count_what_lies_within_their_window_and_replies_are_owed() {
    let hours_ago = |hours: i64| afternoon() - SignedDuration::from_hours(hours);
    for (sent, expected) in [
        (vec![1], Outcome::Send),
        (vec![1, 24], Outcome::Send),
        (vec![1, 23], Outcome::Wait(at("2026-11-20T19:00:00Z"))),
        (vec![25, 26, 27, 28, 29], Outcome::Wait(at("2026-11-26T13:00:00Z"))),
    ] {
        let facts =
            Facts { sent: Some(sent.iter().map(|hours| hours_ago(*hours)).collect()), ..ready(Channel::Sms) };
        assert_eq!(judge(&facts).outcome, expected, "{sent:?}");
        assert_eq!(judge(&Facts { purpose: Purpose::Reply, ..facts }).outcome, Outcome::Send);
    }
}

#[test]
fn a_listed_number_may_be_reached_as_long_as_something_exempts_it() {
    let listed = |consent: Consent, transaction: Option<&str>, inquiry: Option<&str>| {
        let mut facts = Facts { review: reviewed(), consent: Some(consent), ..ready(Channel::Voice) };
        let lists = lists(&mut facts);
        lists.scrub = Some(Scrub { at: days_before(31), listed: true });
        lists.last_transaction = transaction.map(at);
        lists.last_inquiry = inquiry.map(at);
        let verdicts = judge(&facts).verdicts;
        let found = verdicts.into_iter().find(|verdict| verdict.step == Step::DoNotCall);
        found.expect("a verdict").rule
    };
    let inquiry = Consent::Inquiry { at: days_before(1) };
    let written = Consent::Written { at: days_before(1) };
    assert_eq!(listed(inquiry, None, None), "do-not-call.registry.listed");
    assert_eq!(listed(written, None, None), "do-not-call.registry.consent");
    // Eighteen and three months to the instant, and the instant before.
    assert_eq!(listed(inquiry, Some("2025-05-20T18:00:01Z"), None), "do-not-call.registry.relationship");
    assert_eq!(listed(inquiry, Some("2025-05-20T18:00:00Z"), None), "do-not-call.registry.listed");
    assert_eq!(listed(inquiry, None, Some("2026-08-20T18:00:01Z")), "do-not-call.registry.inquiry");
    assert_eq!(listed(inquiry, None, Some("2026-08-20T18:00:00Z")), "do-not-call.registry.listed");
    assert_eq!(listed(inquiry, Some("2026-12-01T00:00:00Z"), None), "do-not-call.registry.listed");
}

#[test]
fn whom_something_exempts_needs_no_look_at_the_registry() {
    for scrub in [None, Some(Scrub { at: days_before(60), listed: false })] {
        let mut facts = ready(Channel::Sms);
        unexempted(&mut facts, scrub);
        assert_eq!(judge(&facts).outcome, Outcome::Refuse);
        lists(&mut facts).last_inquiry = Some(days_before(0));
        let decision = judge(&facts);
        assert_eq!(decision.outcome, Outcome::Send, "{decision}");
        assert!(decision.verdicts.iter().any(|verdict| verdict.rule == "do-not-call.registry.inquiry"));
    }
}

fn reviewed() -> Option<Review> {
    Some(Review { by: "user:1".to_owned(), at: days_before(0) })
}

#[test]
fn a_review_lets_a_warning_through_and_never_what_is_forbidden() {
    let with = |text: &str, review: Option<Review>| {
        judge(&Facts { text: Some(text.to_owned()), review, ..ready(Channel::Sms) }).outcome
    };
    assert_eq!(with("A very safe neighborhood", reviewed()), Outcome::Send);
    assert_eq!(with("Adults only", reviewed()), Outcome::Refuse);
    let later = Some(Review { by: "user:1".to_owned(), at: days_before(-1) });
    assert_eq!(with("A very safe neighborhood", later), Outcome::NeedsPerson);
}

#[test]
fn e_mail_needs_no_hour_and_no_registry_and_still_honours_an_opt_out() {
    let night = at("2026-11-21T08:00:00Z");
    let facts = Facts {
        at: night,
        do_not_call: None,
        consent: None,
        a2p: None,
        place: Place::default(),
        ..ready(Channel::Email)
    };
    assert_eq!(judge(&facts).outcome, Outcome::Send);
    let facts = Facts { ledger: Some(said("take me off your list", 0)), ..facts };
    assert_eq!(rule(&judge(&facts)), "opt-out.suppressed");
}

#[test]
fn where_the_policy_says_so_an_unknown_place_means_the_hours_of_every_state() {
    let text = SHIPPED_TOML.replace("value = \"refuse\"", "value = \"strictest\"");
    let policy = GatePolicy::parse(&text).expect("a policy");
    let gate = Gate { policy: &policy, ..Gate::shipped() };
    let facts = Facts {
        place: Place { address: None, number: Some("+18005550123".to_owned()) },
        ..ready(Channel::Sms)
    };
    // Eight in Hawaii.
    assert_eq!(gate.judge(&facts).outcome, Outcome::Send);
    let earlier = Facts { at: at("2026-11-20T17:59:00Z"), ..facts.clone() };
    assert_eq!(gate.judge(&earlier).outcome, Outcome::Wait(afternoon()));
    assert_eq!(rule(&judge(&facts)), "quiet-hours.place-unknown");
}

/// A market in Denver that sends nothing from one full hour to another.
fn quiet_from(begin: i8, end: i8) -> MarketHours {
    let hour = |hour| jiff::civil::time(hour, 0, 0, 0);
    let none = MarketHours::none("America/Denver", "The market's own policy.");
    MarketHours { begin: hour(begin), end: hour(end), ..none }
}

#[test]
fn where_law_and_market_both_speak_of_the_hour_the_stricter_wins() {
    // New Jersey allows 08:00 to 20:00, which is 13:00 to 01:00 in UTC; Denver is two hours behind.
    for (begin, end, now, expected, by) in [
        (21, 8, "2026-11-20T13:30:00Z", Outcome::Wait(at("2026-11-20T15:00:00Z")), "quiet-hours.market"),
        (21, 8, "2026-11-20T15:00:00Z", Outcome::Send, "none"),
        (21, 8, "2026-11-21T01:30:00Z", Outcome::Wait(at("2026-11-21T15:00:00Z")), "quiet-hours.quiet"),
        (23, 1, "2026-11-21T01:30:00Z", Outcome::Wait(at("2026-11-21T13:00:00Z")), "quiet-hours.quiet"),
        // What is left of the day lies in the night of New Jersey.
        (6, 18, "2026-11-20T18:00:00Z", Outcome::Refuse, "quiet-hours.never"),
    ] {
        let facts = Facts { at: at(now), market_hours: Some(quiet_from(begin, end)), ..ready(Channel::Sms) };
        let decision = judge(&facts);
        assert_eq!((decision.outcome, rule(&decision)), (expected, by), "{begin}-{end} {now}: {decision}");
    }
    // The law knows no hours for e-mail; the market's own hold for it as well.
    let facts = Facts {
        at: at("2026-11-20T08:00:00Z"),
        market_hours: Some(quiet_from(21, 8)),
        ..ready(Channel::Email)
    };
    let decision = judge(&facts);
    let expected = (Outcome::Wait(at("2026-11-20T15:00:00Z")), "quiet-hours.market");
    assert_eq!((decision.outcome, rule(&decision)), expected);
    assert_eq!(
        decision.to_string(),
        "wait until 2026-11-20T15:00:00Z: the market sends nothing from 21:00 to 08:00 in America/Denver"
    );
}

#[test]
fn a_reply_answers_something_that_was_said_lately_or_is_marketing() {
    let hours_ago = |hours: i64| Some(afternoon() - SignedDuration::from_hours(hours));
    for (heard, expected) in [
        (hours_ago(72), Outcome::Send),
        (hours_ago(73), Outcome::NeedsPerson),
        (hours_ago(-1), Outcome::NeedsPerson),
        (None, Outcome::NeedsPerson),
    ] {
        let facts = Facts {
            purpose: Purpose::Reply,
            consent: Some(Consent::Inquiry { at: days_before(10) }),
            heard,
            ..ready(Channel::Sms)
        };
        assert_eq!(judge(&facts).outcome, expected, "{heard:?}");
    }
}

#[test]
fn what_the_platform_writes_by_itself_is_judged_in_everything_but_its_wording() {
    let unseen = |purpose: Purpose, change: Change| {
        let mut facts = Facts { purpose, text: None, ..ready(Channel::Sms) };
        change(&mut facts);
        judge(&facts)
    };
    for purpose in [Purpose::Sequence, Purpose::Notice] {
        let decision = unseen(purpose, |_| {});
        assert_eq!(decision.outcome, Outcome::Send, "{decision}");
        assert!(decision.verdicts.iter().any(|verdict| verdict.rule == "wording.elsewhere"));
        for against in &AGAINST[..8] {
            assert_eq!(unseen(purpose, *against).outcome, Outcome::Refuse);
        }
        // A text that is there is judged like any other.
        let told = unseen(purpose, |facts| facts.text = Some("Adults only".to_owned()));
        assert_eq!(rule(&told), "wording.block");
        let night = unseen(purpose, |facts| facts.at = at("2026-11-21T08:00:00Z"));
        assert_eq!(rule(&night), "quiet-hours.quiet");
    }
    for purpose in [Purpose::Marketing, Purpose::Reply] {
        assert_eq!(rule(&unseen(purpose, |_| {})), "wording.unknown");
    }
}

#[test]
fn a_series_needs_written_consent_and_a_notice_that_the_person_asked() {
    let asked = |purpose: Purpose| {
        let mut facts = Facts { purpose, text: None, heard: None, ..ready(Channel::Sms) };
        facts.consent = Some(Consent::Inquiry { at: days_before(100) });
        facts.sent = Some(vec![days_before(0); 9]);
        lists(&mut facts).scrub = Some(Scrub { at: days_before(1), listed: true });
        judge(&facts)
    };
    let series = asked(Purpose::Sequence);
    assert_eq!((series.outcome, rule(&series)), (Outcome::NeedsPerson, "consent.not-written"));
    let listed = series.verdicts.iter().any(|verdict| verdict.rule == "do-not-call.registry.listed");
    assert!(listed, "{series}");
    let notice = asked(Purpose::Notice);
    assert_eq!(notice.outcome, Outcome::Send, "{notice}");
    let passed: Vec<&str> = notice.verdicts.iter().map(|verdict| verdict.rule.as_str()).collect();
    for expected in ["consent.notice", "do-not-call.registry.notice", "frequency.notice"] {
        assert!(passed.contains(&expected), "{expected}: {passed:?}");
    }
}

#[test]
fn a_policy_looser_than_the_law_is_refused() {
    for (from, to, complaint) in [
        ("value = 31", "value = 32", "scrub_days_max: 32 is not from 1 to 31"),
        ("value = 18", "value = 19", "relationship_months"),
        ("value = 3\n", "value = 4\n", "inquiry_months"),
        ("channel = \"voice\"", "channel = \"chat\"", "frequency of call: there is none"),
        ("at_most = 3", "at_most = 0", "is no cap"),
        ("[unknown_place]", "[unknown_places]", "unknown field"),
    ] {
        let text = SHIPPED_TOML.replacen(from, to, 1);
        assert_ne!(text, SHIPPED_TOML, "{from}");
        assert!(GatePolicy::parse(&text).expect_err(to).to_string().contains(complaint), "{to}");
    }
}

#[test]
fn a_stored_decision_tells_nothing_personal_and_is_read_back() {
    let mut facts = ready(Channel::Sms);
    facts.ledger = Some(said("please stop texting me Maria", 0));
    let decision = judge(&facts);
    let json = serde_json::to_string(&decision).expect("text");
    for personal in ["Maria", "5550123", "Hello Ana", "ana"] {
        assert!(
            !json.contains(&format!("{personal}\"")) && !json.contains(&format!(" {personal} ")),
            "{personal}"
        );
    }
    assert_eq!(serde_json::from_str::<Decision>(&json).expect("a decision"), decision);
    let facts_json = serde_json::to_string(&facts).expect("text");
    assert_eq!(serde_json::from_str::<Facts>(&facts_json).expect("facts"), facts);
}

/// Makes the changes whose bits are set.
fn spoiled(facts: &mut Facts, against: u16, unknown: u16) {
    let set = |bits: u16, index: usize| bits >> index & 1 == 1;
    for (index, change) in AGAINST.iter().enumerate() {
        if set(against, index) {
            change(facts);
        }
    }
    for (index, (change, _)) in UNKNOWN.iter().enumerate() {
        if set(unknown, index) {
            change(facts);
        }
    }
}

prop_compose! {
    fn any_facts()(channel in prop::sample::select(Channel::ALL.to_vec()),
                   reply in any::<bool>(), reviewed_by in any::<bool>(),
                   second in 1_767_225_600_i64..1_850_000_000,
                   against in 0_u16..512, unknown in 0_u16..16384, spoil in any::<bool>(),
                   state in prop::sample::select(vec!["NJ", "FL", "TX", "RI", "CA", "HI"]),
                   number in prop::option::of(prop::sample::select(vec!["+12015550123", "+14155550123", "+18005550123", "+16715550123"])),
                   quiet in prop::option::of((0_i8..24, 0_i8..24)), heard in prop::option::of(0_i64..200),
                   hours in prop::collection::vec(0_i64..200, 0..7)) -> Facts {
        let mut facts = ready(channel);
        facts.at = Timestamp::from_second(second).expect("an instant");
        facts.market_hours = quiet.map(|(begin, end)| quiet_from(begin, end)).or(facts.market_hours);
        facts.heard = heard.map(|hours| facts.at - SignedDuration::from_hours(hours));
        facts.purpose = if reply { Purpose::Reply } else { Purpose::Marketing };
        facts.review = reviewed_by.then(reviewed).flatten();
        facts.place = Place { address: state.parse().ok(), number: number.map(str::to_owned) };
        facts.sent = Some(hours.iter().map(|hours| facts.at - SignedDuration::from_hours(*hours)).collect());
        let now = facts.at;
        lists(&mut facts).scrub = Some(Scrub { at: now - SignedDuration::from_hours(24), listed: reply });
        if spoil {
            spoiled(&mut facts, against, unknown);
        }
        facts
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_first_step_that_refuses_decides_and_all_are_judged(mask in 1_u16..512) {
        let mut facts = ready(Channel::Sms);
        spoiled(&mut facts, mask, 0);
        let decision = judge(&facts);
        prop_assert_eq!(decision.outcome, Outcome::Refuse);
        let first = Step::ALL[mask.trailing_zeros() as usize];
        prop_assert_eq!(decision.deciding().map(|verdict| verdict.step), Some(first));
        for (index, verdict) in decision.verdicts.iter().enumerate() {
            prop_assert_eq!(verdict.step, Step::ALL[index]);
            prop_assert_eq!(verdict.call == Call::Refuse, mask >> index & 1 == 1, "{:?}", verdict);
        }
    }

    #[test]
    fn what_is_not_known_never_sends(mask in 1_u16..16384, also in 0_u16..512) {
        let mut facts = ready(Channel::Sms);
        spoiled(&mut facts, also, mask);
        let decision = judge(&facts);
        // A person may be asked by an earlier step, for instance of an inquiry that is old by then.
        prop_assert!(matches!(decision.outcome, Outcome::Refuse | Outcome::NeedsPerson), "{}", decision);
        prop_assert!(decision.deciding().is_some_and(|verdict| !verdict.reason.is_empty()));
        prop_assert!(decision.verdicts.iter().any(|verdict| verdict.call == Call::Refuse));
    }

    #[test]
    fn sending_means_that_every_step_passed(facts in any_facts()) {
        let decision = judge(&facts);
        let passed = decision.verdicts.iter().all(|verdict| verdict.call == Call::Pass);
        prop_assert_eq!(decision.outcome == Outcome::Send, passed);
        prop_assert_eq!(decision.decided_by.is_none(), passed);
        if let Outcome::Wait(until) = decision.outcome {
            prop_assert!(until > facts.at, "{} {}", until, facts.at);
        }
    }

    #[test]
    fn the_markets_own_hours_only_ever_narrow(facts in any_facts(), quiet in (0_i8..24, 0_i8..24)) {
        let without = Facts { market_hours: Some(MarketHours::none("America/Denver", "A test.")), ..facts.clone() };
        let own = quiet_from(quiet.0, quiet.1);
        let with = judge(&Facts { market_hours: Some(own.clone()), ..facts.clone() });
        match (judge(&without).outcome, with.outcome) {
            (Outcome::Send, Outcome::Send) => prop_assert_eq!(own.quiet_at(facts.at), Some(false)),
            (_, Outcome::Send) => prop_assert!(false, "hours of its own let a message out"),
            (Outcome::Wait(law), Outcome::Wait(both)) => {
                prop_assert!(both >= law);
                prop_assert_eq!(own.quiet_at(both), Some(false));
            }
            (Outcome::Send, Outcome::Wait(both)) => prop_assert_eq!(own.quiet_at(both), Some(false)),
            _ => {}
        }
    }

    #[test]
    fn the_same_facts_give_the_same_bytes_however_they_are_gathered(facts in any_facts()) {
        let bytes = |facts: &Facts| serde_json::to_vec(&judge(facts)).expect("bytes");
        let first = bytes(&facts);
        prop_assert_eq!(&first, &bytes(&facts));
        let mut gathered = facts.clone();
        if let Some(sent) = &mut gathered.sent {
            sent.reverse();
        }
        if let Some(ledger) = &mut gathered.ledger {
            let entries: Vec<Entry> = ledger.entries().rev().cloned().collect();
            *ledger = Ledger::new();
            for entry in entries {
                ledger.record(entry);
            }
        }
        prop_assert_eq!(&first, &bytes(&gathered));
        let stored: Facts = serde_json::from_slice(&serde_json::to_vec(&facts).expect("bytes")).expect("facts");
        prop_assert_eq!(&first, &bytes(&stored));
        let decision: Decision = serde_json::from_slice(&first).expect("a decision");
        prop_assert_eq!(serde_json::to_vec(&decision).expect("bytes"), first);
    }
}
