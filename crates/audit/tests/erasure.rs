//! Personal values in a chain: provable while the person's key lives, meaningless afterwards, and the chain sound
//! throughout.

use audit::{Expected, NewEntry, chain, checkpoint::Signer, export, tree::Frontier};
use jiff::Timestamp;
use kernel::Actor;
use seal::Key;

const ADDRESS: &[u8] = b"ana@example.com";

fn commitment(key: &Key, value: &[u8]) -> String {
    let bytes = seal::commit(key, "contact/email", value);
    let shown =
        NewEntry::new(Timestamp::UNIX_EPOCH, &Actor::new("a"), "x.y", "z:1").with_commitment("email", bytes);
    chain::append(None, shown).detail["email"].clone()
}

#[test]
fn a_chain_over_commitments_stays_sound_when_the_persons_key_is_destroyed() {
    let person = Key::from_bytes([5; 32]);
    let actor = Actor::new("user:01K");
    let at = Timestamp::UNIX_EPOCH;
    let created = NewEntry::new(at, &actor, "contact.created", "contact:01J")
        .with_commitment("email", seal::commit(&person, "contact/email", ADDRESS));
    let first = chain::append(None, created);
    let second = chain::append(Some(&first), NewEntry::new(at, &actor, "contact.assigned", "contact:01J"));

    // While the key lives, whoever has it can show which address it was, and that it was no other.
    assert_eq!(first.detail["email"], commitment(&person, ADDRESS));
    assert_ne!(first.detail["email"], commitment(&person, b"bob@example.com"));

    drop(person);
    let receipt = NewEntry::new(at, &actor, "contact.erased", "contact:01J").with("reason", "request");
    let third = chain::append(Some(&second), receipt);
    let entries = [first, second, third];
    assert_eq!(chain::verify(&entries).expect("sound").entries, 3);

    let signer = Signer::from_seed("01JMARKET", &[7; 32]).expect("a key");
    let mut writer = export::Writer::new(Vec::new(), &signer.verifier()).expect("memory");
    let mut tree = Frontier::new();
    for entry in &entries {
        tree.push(&entry.leaf());
        writer.entry(entry).expect("memory");
    }
    writer.checkpoint(&signer.checkpoint(tree.size(), tree.root())).expect("memory");
    let file = writer.finish().expect("memory");
    assert_eq!(export::verify_bytes(&file, &Expected::default()).expect("sound").signed_entries, 3);

    // Who guesses the address has nothing to compare it with: every other key gives something else.
    assert!(!String::from_utf8_lossy(&file).contains("ana@"));
    for other in 0..=255_u8 {
        let other = Key::from_bytes([other; 32]);
        let equal = commitment(&other, ADDRESS) == entries[0].detail["email"];
        assert_eq!(equal, other.expose() == &[5; 32]);
    }
}
