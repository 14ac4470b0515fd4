use jiff::{SignedDuration, Timestamp};
use kernel::Actor;
use proptest::prelude::*;

use super::*;
use crate::Reason;

fn chain(count: usize) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for number in 0..count {
        let at = Timestamp::UNIX_EPOCH + SignedDuration::from_secs(number as i64);
        let new = NewEntry::new(at, &Actor::new("ana"), "client.noted", &format!("client:{number}"));
        entries.push(append(entries.last(), new.with("number", number)));
    }
    entries
}

/// A change whose hash is made to fit again.
fn rehash(entry: &mut Entry) {
    entry.hash = entry.expected_hash();
}

#[test]
fn a_chain_as_it_was_written_is_sound() {
    let entries = chain(5);
    let verified = verify(&entries).expect("sound");
    assert_eq!((verified.entries, verified.head), (5, entries[4].hash));
    assert_eq!((verified.checkpoints, verified.signed_entries), (0, 0));
    assert_eq!(verify(&[]).expect("sound").entries, 0);
}

#[test]
fn every_field_of_an_entry_is_bound() {
    let changes: [fn(&mut Entry); 8] = [
        |entry| entry.seq = 7,
        |entry| entry.at = Timestamp::UNIX_EPOCH,
        |entry| entry.actor = Actor::new("bob"),
        |entry| entry.action = "client.removed".to_owned(),
        |entry| entry.subject = "client:9".to_owned(),
        |entry| entry.detail.clear(),
        |entry| entry.previous = Hash::ZERO,
        |entry| entry.hash = Hash::ZERO,
    ];
    for change in changes {
        let mut entries = chain(5);
        change(&mut entries[2]);
        assert_eq!(verify(&entries).expect_err("changed").index(), Some(2));
    }
}

#[test]
fn an_entry_whose_hash_was_made_to_fit_is_named_and_not_the_one_after_it() {
    let mut entries = chain(5);
    entries[2].subject = "client:9".to_owned();
    rehash(&mut entries[2]);
    let fault = verify(&entries).expect_err("replaced");
    assert_eq!((fault.index(), fault.reason()), (Some(2), &Reason::Replaced { index: 2 }));
}

#[test]
fn a_first_entry_that_follows_something_is_no_first_entry() {
    let mut entries = chain(1);
    entries[0].previous = Hash::of(&[b"x"]);
    rehash(&mut entries[0]);
    assert_eq!(verify(&entries).expect_err("unlinked").reason(), &Reason::Unlinked { index: 0 });
}

proptest! {
    #[test]
    fn a_removed_entry_is_named(count in 2..40_usize, at: prop::sample::Index) {
        let mut entries = chain(count);
        let at = at.index(count - 1);
        entries.remove(at);
        prop_assert_eq!(verify(&entries).expect_err("removed").index(), Some(at as u64));
    }

    #[test]
    fn removed_and_renumbered_the_first_wrong_one_is_named(count in 2..40_usize, at: prop::sample::Index) {
        let mut entries = chain(count);
        let at = at.index(count - 1);
        entries.remove(at);
        entries[at..].iter_mut().for_each(|entry| entry.seq -= 1);
        prop_assert_eq!(verify(&entries).expect_err("removed").index(), Some(at as u64));
    }

    #[test]
    fn of_reordered_entries_the_first_is_named(
        count in 2..40_usize, one: prop::sample::Index, other: prop::sample::Index,
    ) {
        let mut entries = chain(count);
        let (one, other) = (one.index(count), other.index(count));
        prop_assume!(one != other);
        entries.swap(one, other);
        prop_assert_eq!(verify(&entries).expect_err("reordered").index(), Some(one.min(other) as u64));
    }

    #[test]
    fn an_inserted_entry_is_named(count in 1..40_usize, at: prop::sample::Index) {
        let mut entries = chain(count);
        let at = at.index(count);
        let copy = entries[at].clone();
        entries.insert(at, copy);
        prop_assert_eq!(verify(&entries).expect_err("inserted").index(), Some(at as u64 + 1));
    }
}
