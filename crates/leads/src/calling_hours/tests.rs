use jiff::{SignedDuration, civil::Weekday};
use proptest::prelude::*;

use super::*;

fn at(text: &str) -> Timestamp {
    text.parse().expect(text)
}

fn state(code: &str) -> State {
    code.parse().expect(code)
}

fn sms(whereabouts: &Whereabouts, instant: &str) -> Result<Judged, NotKnown> {
    CallingHours::shipped().judge(Channel::Sms, whereabouts, at(instant))
}

#[test]
fn the_shipped_table_is_valid_and_every_row_has_a_source() {
    let table = CallingHours::shipped();
    assert_eq!(CallingHours::parse(SHIPPED_TOML).as_ref(), Ok(table));
    assert!(table.hours.iter().all(|law| law.source.len() > 20));
    let verified: Vec<&str> =
        table.hours.iter().filter(|law| law.status == Status::Verified).map(|law| law.id.as_str()).collect();
    assert_eq!(verified, ["us.federal"]);
}

/// No state allows what federal law forbids; a row that seems to is a mistake.
#[test]
fn every_state_is_at_least_as_strict_as_federal_law() {
    let federal = OpenHours::try_from("08:00-21:00".to_owned()).expect("hours");
    for law in &CallingHours::shipped().hours {
        for weekday in [Weekday::Monday, Weekday::Saturday, Weekday::Sunday] {
            let hours = law.on(weekday);
            assert!(
                hours.opens == hours.closes || hours.within(federal) == Some(hours),
                "{} {hours}",
                law.id
            );
        }
    }
}

/// Instants worked out by hand from the zones' offsets: EST is UTC-5, EDT -4, CST -6, MST -7, PST -8, HST -10.
#[test]
fn edges_of_the_day_are_where_the_law_puts_them() {
    for (address, number, instant, allowed, next) in [
        // Georgia: federal hours. Winter, then summer.
        ("GA", "", "2026-01-15T12:59:59Z", false, "2026-01-15T13:00:00Z"),
        ("GA", "", "2026-01-15T13:00:00Z", true, "2026-01-15T13:00:00Z"),
        ("GA", "", "2026-01-16T01:59:59Z", true, "2026-01-16T01:59:59Z"),
        ("GA", "", "2026-01-16T02:00:00Z", false, "2026-01-16T13:00:00Z"),
        ("GA", "", "2026-07-15T11:59:59Z", false, "2026-07-15T12:00:00Z"),
        ("GA", "", "2026-07-15T12:00:00Z", true, "2026-07-15T12:00:00Z"),
        // The nights in which the clocks change: 8 a.m. is an hour earlier or later in UTC.
        ("GA", "", "2026-03-08T02:00:00Z", false, "2026-03-08T12:00:00Z"),
        ("GA", "", "2026-11-01T01:00:00Z", false, "2026-11-01T13:00:00Z"),
        // New Jersey ends at 20.
        ("NJ", "", "2026-01-16T00:59:59Z", true, "2026-01-16T00:59:59Z"),
        ("NJ", "", "2026-01-16T01:00:00Z", false, "2026-01-16T13:00:00Z"),
        // Texas on a Sunday begins at noon, and El Paso is an hour behind: 12:00 MST.
        ("TX", "", "2026-01-18T18:30:00Z", false, "2026-01-18T19:00:00Z"),
        ("", "+12145550123", "2026-01-18T18:00:00Z", true, "2026-01-18T18:00:00Z"),
        // Rhode Island: Saturday evening to Monday morning.
        ("RI", "", "2026-01-17T21:59:59Z", true, "2026-01-17T21:59:59Z"),
        ("RI", "", "2026-01-17T22:00:00Z", false, "2026-01-19T14:00:00Z"),
        // Arizona has no summer time: an area code of Phoenix alone.
        ("", "+16025550123", "2026-07-15T14:59:59Z", false, "2026-07-15T15:00:00Z"),
        // A Californian number, an address in Georgia: from 8 PST to 21 EST.
        ("GA", "+14155550123", "2026-01-15T13:00:00Z", false, "2026-01-15T16:00:00Z"),
        ("GA", "+14155550123", "2026-01-16T02:00:00Z", false, "2026-01-16T16:00:00Z"),
        // Hawaii, and Guam on the other side of the date line (UTC+10).
        ("HI", "", "2026-01-15T17:59:59Z", false, "2026-01-15T18:00:00Z"),
        ("", "+16715550123", "2026-01-15T21:59:59Z", false, "2026-01-15T22:00:00Z"),
    ] {
        let whereabouts = Whereabouts::of(address.parse().ok(), Some(number));
        let judged = sms(&whereabouts, instant).expect(instant);
        assert_eq!(
            (judged.allowed, judged.next),
            (allowed, at(next)),
            "{address} {number} {instant}: {judged:?}"
        );
        assert_eq!(judged.because.is_none(), allowed);
    }
}

#[test]
fn somebody_of_whom_nothing_is_known_may_be_anywhere() {
    let nobody = Whereabouts::of(None, Some("+18005550123"));
    assert_eq!(nobody.basis(), Basis::Nothing);
    assert!(nobody.in_words().contains("every state counts"));
    // A Thursday: Hawaii opens at 18:00Z, Rhode Island closes at 23:00Z.
    assert_eq!(
        sms(&nobody, "2026-01-15T12:00:00Z").map(|judged| judged.next),
        Ok(at("2026-01-15T18:00:00Z"))
    );
    assert_eq!(
        sms(&nobody, "2026-01-15T23:00:00Z").map(|judged| judged.next),
        Ok(at("2026-01-16T18:00:00Z"))
    );
    // A Saturday at its end: nothing before Monday.
    assert_eq!(
        sms(&nobody, "2026-01-17T22:30:00Z").map(|judged| judged.next),
        Ok(at("2026-01-19T18:00:00Z"))
    );
}

#[test]
fn a_refusal_says_which_row_and_whose_clock() {
    let judged = sms(&Whereabouts::of(Some(state("FL")), None), "2026-01-16T01:30:00Z").expect("an answer");
    assert_eq!(judged.rows, ["us.federal", "us.fl"]);
    let because = judged.because.expect("a reason");
    assert!(
        because.contains("Thursday 20:30 in America/New_York (Florida), where us.fl allows 08:00-20:00"),
        "{because}"
    );
}

#[test]
fn what_the_table_does_not_know_is_refused_by_name() {
    let utah = Whereabouts::of(Some(state("UT")), None);
    let florida = Whereabouts::of(Some(state("FL")), None);
    for (whereabouts, instant, expected) in [
        (
            &utah,
            "1999-01-01T18:00:00Z",
            "calling hours of US are known from 2003-10-01 on, not for 1999-01-01",
        ),
        (&florida, "2020-01-01T18:00:00Z", "calling hours of FL are known from 2021-07-01 on"),
        (&utah, "2028-01-01T18:00:00Z", "row us.federal was to be reviewed by 2027-11-30"),
        (&Whereabouts::of(None, Some("+442079460000")), "2026-01-15T18:00:00Z", "`+44`"),
        (&Whereabouts::of(Some(state("FL")), Some("+14165550123")), "2026-01-15T18:00:00Z", "`ca`"),
    ] {
        let refusal = sms(whereabouts, instant).expect_err(instant).to_string();
        assert!(refusal.contains(expected), "{refusal}");
    }
    // The last relied-upon evening: the next opening lies beyond it.
    assert!(matches!(sms(&utah, "2027-12-01T05:00:00Z"), Err(NotKnown::Overdue { .. })));
}

#[test]
fn e_mail_has_no_hours() {
    let anywhere = Whereabouts::of(None, None);
    let night = at("2026-01-15T08:00:00Z");
    let judged = CallingHours::shipped().judge(Channel::Email, &anywhere, night).expect("an answer");
    assert!(judged.allowed && judged.next == night);
}

#[test]
fn the_law_of_the_day_decides() {
    let dallas = Whereabouts::of(None, Some("+12145550123"));
    let table = CallingHours::shipped();
    // Senate Bill 140 added texts on 2025-09-01; calls had the hours before.
    let before = at("2025-08-31T16:00:00Z");
    assert!(matches!(table.judge(Channel::Sms, &dallas, before), Err(NotKnown::TooEarly { .. })));
    let call = table.judge(Channel::Voice, &dallas, before).expect("an answer");
    assert_eq!((call.allowed, call.rows), (false, vec!["us.federal".to_owned(), "us.tx.before".to_owned()]));
    // From that Sunday morning the next opening is found under the row of its own day.
    let late = table.judge(Channel::Voice, &dallas, at("2025-09-01T03:00:00Z")).expect("an answer");
    assert_eq!(late.next, at("2025-09-01T14:00:00Z"));
}

#[test]
fn a_table_that_contradicts_itself_is_refused() {
    for (from, to, complaint) in [
        ("daily = \"08:00-21:00\"", "daily = \"21:00-08:00\"", "neither hours"),
        ("place = \"AL\"", "place = \"QQ\"", "neither US nor a state"),
        ("id = \"us.ct\"", "id = \"us.al\"", "two rows"),
        ("place = \"CT\"", "place = \"AL\"", "hold at once"),
        ("place = \"US\"", "place = \"UT\"", "no federal row"),
        ("status = \"verified\"", "status = \"sure\"", "unknown variant"),
        ("until = \"2025-09-01\"", "until = \"2023-09-01\"", "ends before it begins"),
        ("version = 1", "versions = 1", "unknown field"),
    ] {
        let text = SHIPPED_TOML.replacen(from, to, 1);
        assert_ne!(text, SHIPPED_TOML, "{from}");
        let fault = CallingHours::parse(&text).expect_err(to).to_string();
        assert!(fault.contains(complaint), "{fault}");
    }
}

prop_compose! {
    fn somewhere()(state in prop::option::of(prop::sample::select(State::all().collect::<Vec<_>>())),
                   code in prop::option::of(prop::sample::select(vec!["212", "415", "307", "850", "915", "808", "907", "800", "787", "401"])))
                   -> Whereabouts {
        let number = code.map(|code| format!("+1{code}5550123"));
        Whereabouts::of(state, number.as_deref())
    }
}

/// Seconds from the first instant at which it is 2026 all over the country to the last day that every row is relied upon,
/// less the days that a search may take.
fn relied_upon() -> impl Strategy<Value = Timestamp> {
    (1_767_312_000_i64..1_827_000_000).prop_map(|second| Timestamp::from_second(second).expect("an instant"))
}

/// The strictest reading of the table's rows, by the plain clock and without anything that the code under test uses.
fn hour_and_day(zone: &str, instant: Timestamp) -> (i8, Weekday) {
    let local = TimeZone::get(zone).expect(zone).to_datetime(instant);
    (local.hour(), local.date().weekday())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn the_next_allowed_instant_is_allowed_and_none_before_it_is(whereabouts in somewhere(), instant in relied_upon()) {
        let table = CallingHours::shipped();
        match table.next_allowed(Channel::Sms, &whereabouts, instant) {
            Ok(next) => {
                prop_assert!(next >= instant);
                let judged = table.judge(Channel::Sms, &whereabouts, next).expect("an answer");
                prop_assert!(judged.allowed && judged.next == next, "{next} {judged:?}");
                // No half hour on the way is allowed, nor the last second.
                let mut between = instant;
                let last = next - SignedDuration::from_secs(1);
                while between < next {
                    let (_, because) = table.look(Channel::Sms, &whereabouts, between).expect("an answer");
                    prop_assert!(because.is_some(), "{between}");
                    let step = SignedDuration::from_mins(30).min(last.duration_since(between));
                    between += step.max(SignedDuration::from_secs(1));
                }
            }
            // Only zones without a common hour have none: a territory beyond Hawaii and a far state.
            Err(refusal) => {
                prop_assert_eq!(refusal, NotKnown::Never);
                let far = |spot: &Spot| ["GU", "MP", "AS"].contains(&spot.state.code());
                prop_assert!(whereabouts.spots().iter().any(far));
            }
        }
    }

}

proptest! {
    #[test]
    fn nothing_within_quiet_hours_is_ever_allowed(whereabouts in somewhere(), instant in relied_upon()) {
        let Ok(judged) = CallingHours::shipped().judge(Channel::Voice, &whereabouts, instant) else { return Ok(()) };
        for spot in whereabouts.spots() {
            let (hour, weekday) = hour_and_day(spot.zone_name(), instant);
            let quiet = !(8..21).contains(&hour) || match spot.state.code() {
                "FL" | "OK" | "MD" | "NJ" => hour >= 20,
                "MS" | "AL" | "LA" => hour >= 20 || weekday == Weekday::Sunday,
                "CT" => !(9..20).contains(&hour),
                "TX" => hour < if weekday == Weekday::Sunday { 12 } else { 9 },
                "RI" => match weekday {
                    Weekday::Sunday => true,
                    Weekday::Saturday => !(10..17).contains(&hour),
                    _ => !(9..18).contains(&hour),
                },
                _ => false,
            };
            prop_assert!(!(quiet && judged.allowed), "{instant} is {weekday:?} {hour} o'clock in {}", spot.state);
        }
    }

    #[test]
    fn knowing_less_never_allows_more(state in prop::sample::select(State::all().collect::<Vec<_>>()), instant in relied_upon()) {
        let table = CallingHours::shipped();
        prop_assume!(state.assumed_when_unknown());
        let unknown = table.judge(Channel::Sms, &Whereabouts::of(None, None), instant).expect("an answer");
        let known = table.judge(Channel::Sms, &Whereabouts::of(Some(state), None), instant).expect("an answer");
        prop_assert!(known.allowed || !unknown.allowed);
        let both = Whereabouts::of(Some(state), Some("+14155550123"));
        let both = table.judge(Channel::Sms, &both, instant).expect("an answer");
        prop_assert!(known.allowed || !both.allowed);
    }
}
