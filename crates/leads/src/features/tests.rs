use jiff::SignedDuration;
use learn::{
    frame::Column,
    split::{Parts, Shares},
};
use proptest::prelude::*;

use super::*;
use crate::{
    Channel,
    timeline::{Answer, AppointmentStep, Direction, Entry, Happening, LeadSource, What},
};

fn at(hours: f64) -> Timestamp {
    Timestamp::from_second(1_772_400_000 + (hours * 3_600.0) as i64).unwrap()
}

/// A contact to whom `what` happened, hours after a fixed moment, known at once.
fn lived(what: impl IntoIterator<Item = (f64, What)>) -> Timeline {
    let entry = |(place, (hours, what)): (usize, (f64, What))| {
        Entry::told(format!("e{place}"), at(hours), Happening { at: at(hours), what })
    };
    what.into_iter().enumerate().map(entry).collect()
}

fn view(listing: &str, price: u64) -> What {
    What::ListingView { listing: listing.into(), price: Some(price) }
}

fn message(direction: Direction) -> What {
    What::Message { direction, channel: Channel::Sms }
}

fn appointment(step: AppointmentStep) -> What {
    What::Appointment { appointment: "a".into(), step }
}

fn features(timeline: &Timeline, hours: f64) -> Features {
    Features::as_of(timeline, at(hours), &TimeZone::UTC)
}

fn number(timeline: &Timeline, hours: f64, feature: Feature) -> Option<f64> {
    features(timeline, hours).number(feature)
}

#[test]
fn what_was_looked_at_is_counted_by_age_and_by_listing() {
    let views = [(0.0, "a"), (1.0, "a"), (24.0 * 6.0, "a"), (24.0 * 20.0, "b"), (24.0 * 29.9, "c")];
    let timeline = lived(views.map(|(hours, listing)| (hours, view(listing, 400_000))));
    let as_of = 24.0 * 30.0;
    assert_eq!(number(&timeline, as_of, Feature::ListingViews1d), Some(1.0));
    assert_eq!(number(&timeline, as_of, Feature::ListingViews7d), Some(1.0));
    // The first is exactly 30 days old and counts no more.
    assert_eq!(number(&timeline, as_of, Feature::ListingViews30d), Some(4.0));
    assert_eq!(number(&timeline, as_of, Feature::Listings30d), Some(3.0));
    assert_eq!(number(&timeline, as_of, Feature::RepeatViews30d), Some(2.0));
    assert_eq!(number(&timeline, as_of, Feature::ViewedPrice), Some(400_000.0));
}

#[test]
fn prices_that_close_in_are_seen() {
    let prices = [300_000, 700_000, 490_000, 510_000];
    let timeline = lived(prices.into_iter().enumerate().map(|(n, price)| (n as f64, view("a", price))));
    // 400 000 around 500 000, then 20 000 around 500 000.
    assert_eq!(number(&timeline, 5.0, Feature::PriceNarrowing), Some(1.0 - 0.04 / 0.8));
    assert_eq!(number(&timeline, 2.5, Feature::PriceNarrowing), None);
    assert_eq!(number(&timeline, 5.0, Feature::PriceSpread), Some(0.8));
}

#[test]
fn answers_are_timed_from_our_first_message() {
    use Direction::{Inbound, Outbound};
    let spoken = [(0.0, Outbound), (1.0, Outbound), (2.0, Inbound), (3.0, Outbound), (3.5, Inbound)];
    let timeline = lived(spoken.map(|(hours, who)| (hours, message(who))));
    assert_eq!(number(&timeline, 4.0, Feature::ReplyMinutes), Some(75.0));
    assert_eq!(number(&timeline, 4.0, Feature::AwaitsAnswer), Some(1.0));
    assert_eq!(number(&timeline, 1.5, Feature::Unanswered), Some(2.0));
    assert_eq!(number(&timeline, 1.5, Feature::HoursSinceInbound), None);
    assert_eq!(number(&timeline, 4.0, Feature::Unanswered), Some(0.0));
}

#[test]
fn a_call_that_was_answered_waits_for_nothing() {
    let call = |seconds| What::Call { direction: Direction::Outbound, seconds };
    let timeline = lived([(0.0, call(0)), (1.0, call(120))]);
    assert_eq!(number(&timeline, 0.5, Feature::Unanswered), Some(1.0));
    assert_eq!(number(&timeline, 2.0, Feature::Unanswered), Some(0.0));
    assert_eq!(number(&timeline, 2.0, Feature::CallsAnswered30d), Some(1.0));
    assert_eq!(number(&timeline, 2.0, Feature::CallMinutes30d), Some(2.0));
}

#[test]
fn an_appointment_is_ahead_until_it_begins_or_is_called_off() {
    let booked = appointment(AppointmentStep::Booked { starts: at(10.0) });
    let timeline = lived([(0.0, booked), (20.0, appointment(AppointmentStep::NoShow))]);
    assert_eq!(number(&timeline, 9.0, Feature::AppointmentAhead), Some(1.0));
    assert_eq!(number(&timeline, 11.0, Feature::AppointmentAhead), Some(0.0));
    assert_eq!(number(&timeline, 21.0, Feature::NoShows90d), Some(1.0));
}

#[test]
fn the_horizon_draws_nearer_by_itself() {
    let timeline = lived([(0.0, What::Answered(Answer::Horizon { days: 30 }))]);
    assert_eq!(number(&timeline, 24.0 * 10.0, Feature::HorizonDays), Some(20.0));
    assert_eq!(number(&timeline, 24.0 * 50.0, Feature::HorizonDays), Some(0.0));
}

#[test]
fn hours_of_the_day_are_those_of_the_market() {
    // 2026-03-01 21:20 in UTC is 15:20 in Chicago.
    let timeline = lived([(0.0, view("a", 1))]);
    let chicago = TimeZone::fixed(jiff::tz::offset(-6));
    assert_eq!(number(&timeline, 1.0, Feature::LastActiveHour), Some(21.0));
    let there = Features::as_of(&timeline, at(1.0), &chicago);
    assert_eq!(there.number(Feature::LastActiveHour), Some(15.0));
    assert_eq!(there.number(Feature::EveningShare30d), Some(0.0));
}

#[test]
fn nothing_known_is_not_zero() {
    let empty = features(&Timeline::default(), 0.0);
    for feature in [Feature::Budget, Feature::Preapproved, Feature::HorizonDays, Feature::Source] {
        assert_eq!(empty.value(feature), Value::Missing, "{feature}");
        assert_eq!(feature.spec().absent, Absent::Unknown, "{feature}");
    }
    assert_eq!(empty.number(Feature::Activities30d), Some(0.0));
}

#[test]
fn no_feature_tells_who_somebody_is() {
    let names = Feature::ALL.map(|feature| feature.spec().name);
    assert_eq!(learn::fairness::names::refuse(names, learn::fairness::names::Purpose::People), Ok(()));
    // Beyond what a name can tell: labels that agents put on people, and days of worship.
    assert!(
        Feature::ALL.iter().all(|feature| !feature.spec().made_from.contains(&crate::timeline::Sort::Tag))
    );
    assert!(names.iter().all(|name| !name.contains("weekday") && !name.ends_with("day_of_week")));
}

#[test]
fn every_channel_has_a_level() {
    let codes: std::collections::BTreeSet<u32> =
        Channel::ALL.into_iter().map(|channel| catalogue::channel_code(channel).unwrap()).collect();
    assert_eq!(codes.len(), Feature::LastChannelIn.spec().levels.len());
}

#[test]
fn every_feature_says_what_it_is() {
    let mut names: Vec<&str> = Feature::ALL.iter().map(|feature| feature.spec().name).collect();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), Feature::ALL.len());
    for (place, feature) in Feature::ALL.into_iter().enumerate() {
        let spec = feature.spec();
        assert_eq!(feature as usize, place);
        assert!(spec.description.ends_with('.') && !spec.made_from.is_empty(), "{feature}");
        assert!(spec.levels.is_sorted(), "the codes of {feature} are places in ascending levels");
        assert_eq!(spec.levels.is_empty(), spec.kind != Kind::Category, "{feature}");
        assert_eq!(spec.name.parse::<Feature>().unwrap(), feature);
    }
}

#[test]
fn a_frame_holds_the_rows() {
    let timeline = lived([(0.0, What::Arrived { source: LeadSource::Referral }), (1.0, view("a", 5))]);
    let rows = [features(&timeline, 2.0), features(&timeline, 0.5)];
    let frame = Features::frame(&rows);
    let mut row = Vec::new();
    for (place, features) in rows.iter().enumerate() {
        frame.row_into(place, &mut row);
        assert_eq!(row, features.values());
    }
    assert_eq!(rows[0].level(Feature::Source), Some("referral"));
    assert_ne!(rows[0].hash(), rows[1].hash());
    assert_eq!(rows[0].hash(), features(&timeline, 2.0).hash());
}

#[test]
fn a_goal_is_reached_missed_or_open() {
    let booked = appointment(AppointmentStep::Booked { starts: at(24.0 * 20.0) });
    let timeline = lived([(0.0, view("a", 1)), (24.0 * 14.0, booked)]);
    let (goal, delay) = (Goal::default(), SignedDuration::from_hours(48));
    let label = |as_of, now| goal.label(&timeline, at(as_of), at(now), delay);
    let day = 24.0;
    assert_eq!(label(0.0, 13.0 * day), Label::Open);
    assert_eq!(label(0.0, 14.0 * day), Label::Reached(at(14.0 * day)));
    assert_eq!(label(-1.0, 14.5 * day), Label::Open, "it may have happened, and we do not know yet");
    assert_eq!(label(-1.0, 16.0 * day), Label::Missed);
    assert_eq!(label(20.5 * day, 40.0 * day), Label::Missed, "what was there at the moment is no outcome");
    assert_eq!(label(15.0 * day, 40.0 * day), Label::Open, "it was booked: there was nothing to miss");
}

#[test]
fn a_booking_that_was_deleted_later_was_no_outcome() {
    let mut timeline = lived([(24.0, appointment(AppointmentStep::Booked { starts: at(48.0) }))]);
    timeline.add(Entry::deleted("e0", at(30.0)));
    let label = |now| Goal::default().label(&timeline, at(0.0), at(now), SignedDuration::ZERO);
    assert_eq!(label(25.0), Label::Reached(at(24.0)));
    assert_eq!(label(24.0 * 15.0), Label::Missed);
}

#[test]
fn a_lead_goes_cold_when_nothing_comes_for_the_whole_time() {
    let timeline = lived([(0.0, view("a", 1)), (24.0 * 10.0, message(Direction::Inbound))]);
    let cold = GoingCold::default();
    let label = |as_of, now| cold.label(&timeline, at(as_of), at(now), SignedDuration::ZERO);
    let day = 24.0;
    assert_eq!(label(1.0, 5.0 * day), Label::Open);
    assert_eq!(label(1.0, 11.0 * day), Label::Missed, "they wrote");
    assert_eq!(label(10.0 * day, 20.0 * day), Label::Open);
    assert_eq!(label(10.0 * day, 24.0 * day), Label::Reached(at(24.0 * day)));
    assert!(cold.is_asked(&timeline, at(20.0 * day)));
    assert!(!cold.is_asked(&timeline, at(25.0 * day)), "who is silent already cannot fall silent");
    assert!(GoingCold::new(0).is_err());
}

#[test]
fn training_rows_know_their_contact_and_leave_out_what_is_open() {
    let day = 24.0;
    let booked = appointment(AppointmentStep::Booked { starts: at(5.0 * day) });
    let buyer = lived([(0.0, view("a", 1)), (2.0 * day, booked), (3.0 * day, view("b", 1))]);
    let looker = lived([(0.0, view("a", 1)), (0.5, view("b", 1)), (40.0 * day, view("c", 1))]);
    let rows = training_rows(
        [&buyer, &looker, &looker, &looker],
        &Goal::default(),
        &Sampling::default(),
        &TimeZone::UTC,
        at(41.0 * day),
    );
    assert_eq!(rows.positive, 2, "the buyer before the booking: at first and after a day");
    assert!(rows.negative >= 5, "silence teaches as well");
    assert_eq!(rows.not_asked, 3, "booked, looking with the appointment ahead, and a day later");
    assert!(rows.open >= 3, "the lookers' return");
    assert_eq!((rows.contacts_reached, rows.contacts_missed), (1, 3));
    let contacts = rows.contacts();
    let parts = Parts::by_group(&contacts, Shares { validation: 0.0, test: 0.3 }, 1).unwrap();
    let of =
        |part: &[usize]| part.iter().map(|row| contacts[*row]).collect::<std::collections::BTreeSet<u32>>();
    assert!(of(&parts.training).is_disjoint(&of(&parts.test)));
    let Some(Column::Number(moments)) = rows.frame.column(AS_OF) else { panic!("dates are numbers") };
    assert_eq!(moments.len(), rows.positive + rows.negative);
}

fn what() -> impl Strategy<Value = What> {
    let direction = prop_oneof![Just(Direction::Inbound), Just(Direction::Outbound)];
    let step = prop_oneof![
        (-50_i64..200).prop_map(|hours| AppointmentStep::Booked { starts: at(hours as f64) }),
        Just(AppointmentStep::Shown),
        Just(AppointmentStep::NoShow),
        Just(AppointmentStep::Cancelled),
    ];
    prop_oneof![
        Just(What::Arrived { source: LeadSource::Portal }),
        "[a-c]".prop_map(|page| What::PageView { page }),
        ("[a-c]", prop::option::of(0_u64..900))
            .prop_map(|(listing, price)| What::ListingView { listing, price }),
        "[a-c]".prop_map(|listing| What::ListingSaved { listing }),
        (prop::option::of(0_u64..900), prop::option::of(0_u64..900))
            .prop_map(|(price_from, price_to)| What::Search { price_from, price_to }),
        direction.clone().prop_map(|direction| What::Message { direction, channel: Channel::Email }),
        (direction, 0_u32..100).prop_map(|(direction, seconds)| What::Call { direction, seconds }),
        ("[a-b]", step).prop_map(|(appointment, step)| What::Appointment { appointment, step }),
        (0_u16..5).prop_map(|place| What::StageMove { opportunity: "o".into(), place, of: 5 }),
        Just(What::Answered(Answer::Budget(500))),
        Just(What::Answered(Answer::Horizon { days: 9 })),
        any::<bool>().prop_map(|yes| What::Answered(Answer::Preapproved(yes))),
        Just(What::Tag { tag: "t".into(), added: true }),
    ]
}

fn entry(known: std::ops::Range<i64>, happened: std::ops::Range<i64>) -> impl Strategy<Value = Entry> {
    (0_u8..12, known, happened, prop::option::weighted(0.9, what())).prop_map(
        |(id, known, happened, what)| {
            let happening = what.map(|what| Happening { at: at(happened as f64), what });
            Entry {
                id: format!("e{id}"),
                revised_at: at(known as f64),
                known_at: at(known as f64),
                happening,
            }
        },
    )
}

proptest! {
    /// The test that leakage would fail: whatever is told later, even of the past, and whatever happens later, even if
    /// it is known before, the row stays as it was, bit by bit.
    #[test]
    fn the_future_changes_no_feature(
        past in prop::collection::vec(entry(-1_000..100, -1_000..100), 0..40),
        told_later in prop::collection::vec(entry(101..500, -1_000..500), 0..40),
        happens_later in prop::collection::vec((what(), 101_i64..500, -1_000_i64..100), 0..10),
    ) {
        let then: Timeline = past.iter().cloned().collect();
        let mut now: Timeline = past.into_iter().chain(told_later).collect();
        for (place, (what, happens, known)) in happens_later.into_iter().enumerate() {
            let happening = Happening { at: at(happens as f64), what };
            now.add(Entry::told(format!("later{place}"), at(known as f64), happening));
        }
        prop_assert_eq!(features(&then, 100.0), features(&now, 100.0));
    }

    #[test]
    fn every_value_is_of_its_kind_and_finite(entries in prop::collection::vec(entry(-1_000..100, -1_000..100), 0..60)) {
        let row = features(&entries.into_iter().collect(), 100.0);
        for feature in Feature::ALL {
            match (row.value(feature), feature.spec().kind) {
                (Value::Missing, _) => {}
                (Value::Level(code), Kind::Category) => prop_assert!((code as usize) < feature.spec().levels.len()),
                (Value::Number(number), Kind::Boolean) => prop_assert!(number == 0.0 || number == 1.0),
                (Value::Number(number), Kind::Number) => prop_assert!(number.is_finite()),
                (value, kind) => prop_assert!(false, "{}: {:?} is no {:?}", feature, value, kind),
            }
        }
    }

    #[test]
    fn counts_of_a_longer_time_are_not_smaller(entries in prop::collection::vec(entry(-1_000..100, -1_000..100), 0..60)) {
        let row = features(&entries.into_iter().collect(), 100.0);
        let of = |feature| row.number(feature).unwrap();
        for [short, long] in [
            [Feature::Activities1d, Feature::Activities7d], [Feature::Activities7d, Feature::Activities30d],
            [Feature::ListingViews7d, Feature::ListingViews30d], [Feature::Inbound7d, Feature::Inbound30d],
            [Feature::Listings30d, Feature::ListingViews30d], [Feature::RepeatViews30d, Feature::ListingViews30d],
            [Feature::ActiveDays30d, Feature::Activities30d], [Feature::Saves7d, Feature::Saves30d],
        ] {
            prop_assert!(of(short) <= of(long), "{} > {}", short, long);
        }
    }
}
