use std::collections::BTreeSet;

use jiff::Timestamp;
use markets::{Pipeline, Stage, StageKind};

use super::{refresh::merged, *};

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn named(what: What, remote: &str, parent: &str, name: &str) -> Named {
    Named {
        what,
        remote: remote.into(),
        parent: parent.into(),
        name: name.into(),
        position: 0,
        alias: None,
        is_chosen: false,
        place: 0,
        is_usable: true,
        gone_at: None,
    }
}

fn homes() -> Vec<Pipeline> {
    let stage = |id: &str, name: &str| Stage { id: id.into(), name: name.into(), kind: StageKind::Open };
    vec![Pipeline {
        id: "residential".into(),
        vertical: kernel::Vertical::Residential,
        name: "Homes".into(),
        stages: vec![stage("new", "New"), stage("viewing", "Viewing"), stage("contacted", "Contacted")],
    }]
}

fn everything() -> BTreeSet<What> {
    What::ALL.into_iter().collect()
}

fn buyers(generation: &str) -> Vec<Named> {
    let id = |name: &str| format!("{name}-{generation}");
    vec![
        named(What::Pipeline, &id("buyers"), "", "Buyers"),
        named(What::Stage, &id("new"), &id("buyers"), "New Lead"),
        named(What::Stage, &id("attempted"), &id("buyers"), "Attempted"),
        named(What::Stage, &id("contacted"), &id("buyers"), "Contacted"),
        named(What::Stage, &id("showing"), &id("buyers"), "Showing"),
    ]
}

#[test]
fn names_are_understood_both_ways() {
    let map = Map::new(merged(Vec::new(), buyers("1"), &everything(), &homes(), at(1)));
    let stage = |stage: &str| map.remote_stage("residential", stage).map(|there| there.stage);
    assert_eq!(stage("new").as_deref(), Some("new-1"));
    assert_eq!(stage("viewing").as_deref(), Some("showing-1"));
    // Two names for one stage: both are understood, the better one is written.
    assert_eq!(stage("contacted").as_deref(), Some("contacted-1"));
    assert_eq!(map.local_stage("attempted-1").unwrap().stage, "contacted");
    assert_eq!(stage("closed"), None);
}

#[test]
fn a_pipeline_that_was_rebuilt_keeps_the_words_that_a_person_chose() {
    let mut first = merged(Vec::new(), buyers("1"), &everything(), &homes(), at(1));
    let showing = first.iter_mut().find(|named| named.remote == "showing-1").unwrap();
    (showing.alias, showing.is_chosen) = (Some("new".into()), true);
    let second = Map::new(merged(first, buyers("2"), &everything(), &homes(), at(2)));
    assert_eq!(second.local_stage("showing-2").unwrap().stage, "new");
    assert_eq!(second.remote_stage("residential", "contacted").unwrap().pipeline, "buyers-2");
    // Events of before are still understood.
    assert_eq!(second.local_stage("contacted-1").unwrap().stage, "contacted");
    assert!(second.named().all(|named| named.remote.ends_with("-2")));
}

#[test]
fn a_list_that_could_not_be_read_is_left_as_it_was() {
    let first = merged(Vec::new(), buyers("1"), &everything(), &homes(), at(1));
    let second = Map::new(merged(first, Vec::new(), &BTreeSet::new(), &homes(), at(2)));
    assert_eq!(second.remote_stage("residential", "new").unwrap().stage, "new-1");
}

#[test]
fn what_stands_in_comes_after_what_was_meant() {
    let mut hot = named(What::Workflow, "hot", "", "Hot lead: call now");
    (hot.alias, hot.is_chosen) = (Some("hot".into()), true);
    let mut second = named(What::Workflow, "second", "", "Another");
    (second.alias, second.is_chosen, second.place) = (Some("hot".into()), true, 1);
    let general = named(What::Workflow, "general", "", "Follow-up (backup)");
    let draft = Named { is_usable: false, ..named(What::Workflow, "draft", "", "Open house") };
    let map = Map::new(vec![general, second, hot, draft]);
    assert_eq!(map.candidates(What::Workflow, "hot"), ["hot", "second", "general"]);
    assert_eq!(map.candidates(What::Workflow, "Hot lead - call now"), ["hot", "general"]);
    assert_eq!(map.candidates(What::Workflow, "open house"), ["general"], "a draft takes nobody");
    assert!(map.candidates(What::Workflow, "never heard of").is_empty());
}

#[test]
fn names_are_compared_as_people_read_them() {
    assert_eq!(plain("  Pre-Approved! "), "pre approved");
    assert_eq!(plain("Hot lead: call now"), plain("hot LEAD  call-now"));
    assert!(Names::shipped().is_backup("Call back (backup)") && !Names::shipped().is_backup("Backups"));
}
