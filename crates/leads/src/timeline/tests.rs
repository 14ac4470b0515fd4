use proptest::prelude::*;

use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(seconds).unwrap()
}

fn tag(at_second: i64, name: &str) -> Happening {
    Happening { at: at(at_second), what: What::Tag { tag: name.into(), added: true } }
}

fn tags(view: &View<'_>) -> Vec<String> {
    let name = |happening: &&Happening| match &happening.what {
        What::Tag { tag, .. } => tag.clone(),
        other => panic!("no tag: {other:?}"),
    };
    view.happenings().iter().map(name).collect()
}

#[test]
fn what_is_learned_late_is_in_its_place_from_then_on() {
    let timeline: Timeline =
        [Entry::told("b", at(20), tag(20, "second")), Entry::told("a", at(30), tag(10, "first"))]
            .into_iter()
            .collect();
    assert_eq!(tags(&timeline.as_of(at(20))), ["second"]);
    assert_eq!(tags(&timeline.as_of(at(30))), ["first", "second"]);
}

#[test]
fn a_correction_counts_from_when_it_was_known() {
    let timeline: Timeline =
        [Entry::told("a", at(10), tag(10, "wrong")), Entry::told("a", at(50), tag(10, "right"))]
            .into_iter()
            .collect();
    assert_eq!(tags(&timeline.as_of(at(49))), ["wrong"]);
    assert_eq!(tags(&timeline.as_of(at(50))), ["right"]);
}

#[test]
fn an_older_version_that_arrives_later_changes_nothing() {
    let timeline: Timeline = [
        Entry::told("a", at(50), tag(10, "new")).revised(at(40)),
        Entry::told("a", at(60), tag(10, "old")).revised(at(30)),
    ]
    .into_iter()
    .collect();
    assert_eq!(tags(&timeline.as_of(at(70))), ["new"]);
}

#[test]
fn a_deletion_is_final_although_a_change_arrives_after_it() {
    let timeline: Timeline = [
        Entry::told("a", at(10), tag(10, "there")),
        Entry::deleted("a", at(20)),
        Entry::told("a", at(30), tag(10, "changed")),
    ]
    .into_iter()
    .collect();
    assert_eq!(tags(&timeline.as_of(at(19))), ["there"]);
    assert!(timeline.as_of(at(20)).is_empty());
    assert!(timeline.as_of(at(30)).is_empty());
}

#[test]
fn what_is_told_twice_is_there_once() {
    let mut timeline = Timeline::default();
    assert!(timeline.add(Entry::told("a", at(10), tag(10, "one"))));
    assert!(!timeline.add(Entry::told("a", at(10), tag(10, "one"))));
    assert!(timeline.add(Entry::told("other name", at(11), tag(10, "one"))));
    assert_eq!(timeline.as_of(at(20)).len(), 1);
}

#[test]
fn a_timeline_comes_back_from_its_text() {
    let timeline: Timeline =
        [Entry::told("a", at(10), tag(9, "one")), Entry::deleted("a", at(20)).revised(at(15))]
            .into_iter()
            .collect();
    let text = serde_json::to_string(&timeline).unwrap();
    assert_eq!(serde_json::from_str::<Timeline>(&text).unwrap(), timeline);
}

#[test]
fn every_source_reads_as_it_is_written() {
    for source in LeadSource::ALL {
        assert_eq!(source.id().parse::<LeadSource>().as_ref(), Ok(source));
        assert_eq!(serde_json::to_value(source).unwrap(), source.id());
    }
    assert!("ColdList".parse::<LeadSource>().is_err());
    assert_eq!(LeadSource::ALL.len(), LeadSource::IDS.len());
}

fn entry() -> impl Strategy<Value = Entry> {
    (0_u8..6, 0_i64..50, 0_i64..50, 0_i64..50, 0_u8..3, any::<bool>()).prop_map(
        |(id, happened, known, revised, content, deleted)| Entry {
            id: format!("e{id}"),
            revised_at: at(revised),
            known_at: at(known),
            happening: (!deleted).then(|| tag(happened, &format!("t{content}"))),
        },
    )
}

proptest! {
    #[test]
    fn the_order_of_telling_does_not_matter(entries in prop::collection::vec(entry(), 0..20), turn in 0_usize..20) {
        let mut turned = entries.clone();
        turned.rotate_left(turn % entries.len().max(1));
        turned.reverse();
        let (one, other): (Timeline, Timeline) = (entries.into_iter().collect(), turned.into_iter().collect());
        prop_assert_eq!(one, other);
    }

    #[test]
    fn no_moment_sees_what_came_after_it(entries in prop::collection::vec(entry(), 0..20), as_of in 0_i64..50) {
        let known = entries.iter().filter(|entry| entry.known_at <= at(as_of)).cloned();
        let (all, then): (Timeline, Timeline) = (entries.iter().cloned().collect(), known.collect());
        prop_assert_eq!(all.as_of(at(as_of)), then.as_of(at(as_of)));
        prop_assert!(all.as_of(at(as_of)).happenings().iter().all(|happening| happening.at <= at(as_of)));
    }

    #[test]
    fn happenings_are_in_order(entries in prop::collection::vec(entry(), 0..20)) {
        let timeline: Timeline = entries.into_iter().collect();
        prop_assert!(timeline.as_of(at(99)).happenings().is_sorted_by_key(|happening| happening.at));
    }
}
