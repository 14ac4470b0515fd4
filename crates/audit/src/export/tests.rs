use std::sync::LazyLock;

use jiff::Timestamp;
use kernel::Actor;
use proptest::prelude::*;

use super::*;
use crate::{NewEntry, chain, checkpoint::Signer, tree::Frontier};

fn signer() -> Signer {
    Signer::from_seed("01JMARKET", &[7; 32]).expect("a key")
}

fn entries(count: usize, word: &str) -> Vec<Entry> {
    let mut entries: Vec<Entry> = Vec::new();
    for number in 0..count {
        let new = NewEntry::new(Timestamp::UNIX_EPOCH, &Actor::new("Ana Ö."), "contact.changed", "contact:1");
        let new = new.with("number", number).with("word", word).with_commitment("email", [number as u8; 32]);
        entries.push(chain::append(entries.last(), new));
    }
    entries
}

/// An export with checkpoints at these sizes.
fn export(entries: &[Entry], sizes: &[u64], signer: &Signer) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), &signer.verifier()).expect("memory");
    let mut tree = Frontier::new();
    for entry in entries {
        writer.entry(entry).expect("memory");
        tree.push(&entry.leaf());
        if sizes.contains(&tree.size()) {
            writer.checkpoint(&signer.checkpoint(tree.size(), tree.root())).expect("memory");
        }
    }
    writer.finish().expect("memory")
}

/// Ten entries, checkpoints at 4 and 10.
static SOUND: LazyLock<Vec<u8>> = LazyLock::new(|| export(&entries(10, "w"), &[4, 10], &signer()));

fn lines() -> Vec<String> {
    let text = String::from_utf8(SOUND.clone()).expect("UTF-8");
    text.lines().map(|line| format!("{line}\n")).collect()
}

fn fault(export: &[u8]) -> Fault {
    verify_bytes(export, &Expected::default()).expect_err("a fault")
}

/// Which entry a line is or follows.
fn entries_before(line: usize) -> u64 {
    lines()[..line].iter().filter(|line| line.starts_with("{\"entry\"")).count() as u64
}

#[test]
fn an_export_verifies_from_a_file_and_from_the_folder_that_holds_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join(FILE_NAME);
    std::fs::write(&file, &*SOUND).expect("written");
    let expected = Expected { key: Some(signer().verifier()), kept: Vec::new() };
    for path in [file.as_path(), folder.path()] {
        let verified = verify(path, &expected).expect("sound");
        assert_eq!((verified.entries, verified.checkpoints, verified.signed_entries), (10, 2, 10));
        assert!(verified.key_expected && verified.key == Some(signer().verifier()));
    }
    let (_, entries_read) = super::entries(folder.path(), &expected).expect("sound");
    assert_eq!(entries_read, entries(10, "w"));
    let absent = verify(&folder.path().join("absent"), &expected);
    assert!(matches!(absent, Err(VerifyError::Read { .. })));
}

#[test]
fn the_file_is_as_described() {
    let lines = lines();
    assert_eq!(lines.len(), 14);
    assert_eq!(
        lines[0],
        format!(
            "{{\"header\":{{\"format\":\"enterprisehub-audit\",\"version\":1,\"key\":\"{}\"}}}}\n",
            signer().verifier()
        )
    );
    assert!(
        lines[1].starts_with("{\"entry\":{\"seq\":0,\"at\":\"1970-01-01T00:00:00Z\",\"actor\":\"Ana Ö.\",")
    );
    assert!(lines[5].starts_with("{\"checkpoint\":\"01JMARKET\\n4\\n"));
    assert_eq!(lines[13], "{\"end\":{\"entries\":10,\"checkpoints\":2}}\n");
}

#[test]
fn every_removed_line_is_found_and_the_entry_named() {
    for line in 0..lines().len() {
        let mut rest = lines();
        let removed = rest.remove(line);
        let found = fault(rest.concat().as_bytes());
        if removed.starts_with("{\"entry\"") {
            assert_eq!(found.index(), Some(entries_before(line)), "line {line}: {found}");
        }
    }
}

#[test]
fn an_export_cut_off_anywhere_is_found_and_the_first_missing_entry_named() {
    for length in 0..SOUND.len() {
        let found = fault(&SOUND[..length]);
        let whole = SOUND[..length].iter().filter(|byte| **byte == b'\n').count();
        if whole > 0 {
            assert_eq!(found.index(), Some(entries_before(whole)), "{length}: {found}");
        }
    }
}

#[test]
fn a_tail_cut_off_with_a_new_end_is_found_by_the_checkpoint_or_by_one_kept_elsewhere() {
    let cut = |keep: usize, checkpoints: u64| {
        let entries = lines()[1..keep].iter().filter(|line| line.starts_with("{\"entry\"")).count();
        let end = format!("{{\"end\":{{\"entries\":{entries},\"checkpoints\":{checkpoints}}}}}\n");
        format!("{}{end}", lines()[..keep].concat())
    };
    // Nine entries, the last checkpoint still there.
    let with_checkpoint = lines().into_iter().enumerate().filter(|(at, _)| *at != 11).map(|(_, line)| line);
    let found = fault(with_checkpoint.collect::<String>().as_bytes());
    assert_eq!((found.index(), found.reason()), (Some(9), &Reason::Truncated { index: 9, size: 10 }));
    // Seven entries and no later checkpoint: sound in itself, not for who kept the last checkpoint.
    let seven = cut(9, 1);
    let verified = verify_bytes(seven.as_bytes(), &Expected::default()).expect("sound in itself");
    assert_eq!((verified.entries, verified.signed_entries), (7, 4));
    let all = entries(10, "w");
    let leaves: Vec<_> = all.iter().map(Entry::leaf).collect();
    let kept = vec![signer().checkpoint(10, crate::tree::root(&leaves))];
    let found = verify_bytes(seven.as_bytes(), &Expected { key: None, kept: kept.clone() }).expect_err("cut");
    assert_eq!(found.reason(), &Reason::Truncated { index: 7, size: 10 });
    assert!(verify_bytes(&SOUND, &Expected { key: None, kept }).is_ok());
}

#[test]
fn another_history_without_the_secret_key_is_found_from_the_checkpoint_it_contradicts() {
    let mut other = entries(4, "w");
    for number in 4..10 {
        let new = NewEntry::new(Timestamp::UNIX_EPOCH, &Actor::new("eve"), "contact.changed", "contact:2");
        other.push(chain::append(other.last(), new.with("number", number)));
    }
    let rewritten = String::from_utf8(export(&other, &[], &signer())).expect("UTF-8");
    let mut rewritten: Vec<String> = rewritten.lines().map(|line| format!("{line}\n")).collect();
    rewritten.insert(5, lines()[5].clone());
    rewritten.insert(12, lines()[12].clone());
    rewritten[13] = lines()[13].clone();
    let found = fault(rewritten.concat().as_bytes());
    assert_eq!(found.reason(), &Reason::Rewritten { from: 4, last: 9, size: 10 });
    assert_eq!(found.index(), Some(4));
}

#[test]
fn another_history_with_another_key_is_found_by_who_knows_the_key() {
    let eve = Signer::from_seed("01JMARKET", &[8; 32]).expect("a key");
    let forged = export(&entries(10, "x"), &[10], &eve);
    assert!(!verify_bytes(&forged, &Expected::default()).expect("sound in itself").key_expected);
    let expected = Expected { key: Some(signer().verifier()), kept: Vec::new() };
    let found = verify_bytes(&forged, &expected).expect_err("another key");
    assert!(matches!(found.reason(), Reason::OtherKey { .. }), "{found}");
}

#[test]
fn lines_that_stand_elsewhere_are_found() {
    for (from, to, index) in [(5, 7, None), (13, 3, Some(2)), (0, 2, None), (2, 12, Some(1))] {
        let mut moved = lines();
        let line = moved.remove(from);
        moved.insert(to, line);
        assert_eq!(fault(moved.concat().as_bytes()).index(), index, "{from} to {to}");
    }
    let twice = [lines().concat(), lines()[1].clone()].concat();
    assert!(matches!(fault(twice.as_bytes()).reason(), Reason::Unreadable { .. }));
}

#[test]
fn a_market_without_entries_has_an_export_too() {
    let empty = export(&[], &[], &signer());
    assert_eq!(verify_bytes(&empty, &Expected::default()).expect("sound").entries, 0);
    assert!(matches!(fault(b"").reason(), Reason::Header(_)));
}

#[test]
fn every_single_changed_bit_is_found_and_the_entry_named() {
    let (mut line, mut number) = (0, 0);
    let starts: Vec<(usize, u64, bool)> = SOUND
        .iter()
        .map(|byte| {
            let here = (line, number, lines()[line].starts_with("{\"entry\""));
            if *byte == b'\n' {
                number += u64::from(here.2);
                line += 1;
            }
            here
        })
        .collect();
    let mut changed = SOUND.clone();
    for (at, (line, index, is_entry)) in starts.into_iter().enumerate() {
        // One bit of every byte: which one changes with the place.
        let bit = 1 << (at % 8);
        changed[at] ^= bit;
        let found = fault(&changed);
        if is_entry {
            assert_eq!(found.index(), Some(index), "byte {at} in line {line}: {found}");
        }
        changed[at] ^= bit;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(400))]

    #[test]
    fn no_changed_bit_passes(at: prop::sample::Index, bit in 0..8_u32) {
        let mut changed = SOUND.clone();
        let at = at.index(changed.len());
        changed[at] ^= 1 << bit;
        prop_assert!(verify_bytes(&changed, &Expected::default()).is_err());
    }

    #[test]
    fn no_file_breaks_the_verifier(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(verify_bytes(&bytes, &Expected::default()).is_err());
    }
}
