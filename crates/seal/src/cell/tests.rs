use proptest::prelude::*;

use super::*;

const HERE: Cell<'static> = Cell { market: "m1", table: "contact", row: "1", column: "name" };

fn id(number: u128) -> KeyId {
    KeyId::new(Ulid::from_parts(1, number))
}

fn key(byte: u8) -> Key {
    Key::from_bytes([byte; 32])
}

fn bytes(hex: &str) -> Vec<u8> {
    let hex: Vec<u8> = hex.bytes().filter(u8::is_ascii_hexdigit).collect();
    hex.chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).expect("ASCII"), 16).expect("hex"))
        .collect()
}

/// draft-irtf-cfrg-xchacha-03, appendix A.3.1.
#[test]
fn the_cipher_gives_the_published_example() {
    let plain =
        b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                  sunscreen would be it.";
    let key: [u8; 32] = std::array::from_fn(|at| 0x80 + at as u8);
    let nonce: [u8; 24] = std::array::from_fn(|at| 0x40 + at as u8);
    let aad = bytes("50515253c0c1c2c3c4c5c6c7");
    let closed = cipher(&Key::from_bytes(key))
        .encrypt(&nonce.into(), Payload { msg: plain, aad: &aad })
        .expect("short enough");
    let expected = bytes(
        "bd6d179d3e83d43b9576579493c0e939572a1700252bfaccbed2902c21396cbb
         731c7f1b0b4aa6440bf3a82f4eda7e39ae64c6708c54c216cb96b72e1213b452
         2f8c9ba40db5d945b11b69b982c1bb9e3f3fac2bc369488f76b2383565d3fff9
         21f9664c97637da9768812f615c68b13b52e c0875924c1c7987947deafd8780acf49",
    );
    assert_eq!(closed, expected);
}

#[test]
fn a_sealed_value_opens_at_its_place_and_names_its_key() {
    let sealed = seal(&key(1), id(7), &HERE, b"Ana", [5; 24]).expect("sealed");
    assert_eq!(sealed.as_bytes().len(), 3 + SEALED_OVERHEAD_BYTES);
    assert_eq!(key_id_of(sealed.as_bytes()), Ok(id(7)));
    assert_eq!(open(&key(1), id(7), &HERE, sealed.as_bytes()).expect("opens").as_slice(), b"Ana");
}

#[test]
fn a_value_moved_to_another_place_does_not_open() {
    let sealed = seal(&key(1), id(7), &HERE, b"Ana", [5; 24]).expect("sealed");
    for elsewhere in [
        Cell { market: "m2", ..HERE },
        Cell { table: "note", ..HERE },
        Cell { row: "2", ..HERE },
        Cell { column: "email", ..HERE },
        // The same letters, parted differently.
        Cell { market: "m1c", table: "ontact", ..HERE },
        Cell { row: "1n", column: "ame", ..HERE },
    ] {
        let refused = SealError::Refused { place: elsewhere.to_string() };
        assert_eq!(open(&key(1), id(7), &elsewhere, sealed.as_bytes()), Err(refused), "{elsewhere}");
    }
}

#[test]
fn another_key_does_not_open_even_under_the_same_name() {
    let sealed = seal(&key(1), id(7), &HERE, b"Ana", [5; 24]).expect("sealed");
    let other = SealError::OtherKey { sealed_with: id(7), given: id(8) };
    assert_eq!(open(&key(1), id(8), &HERE, sealed.as_bytes()), Err(other));
    let refused = Err(SealError::Refused { place: HERE.to_string() });
    assert_eq!(open(&key(2), id(7), &HERE, sealed.as_bytes()), refused);
    // Renamed in the bytes: the name is authenticated.
    let mut renamed = sealed.into_bytes();
    renamed[1..17].copy_from_slice(&id(8).ulid().to_bytes());
    assert_eq!(open(&key(1), id(8), &HERE, &renamed), refused);
}

#[test]
fn bytes_that_are_no_sealed_value_are_told_apart() {
    for length in [0, 1, SEALED_OVERHEAD_BYTES - 1] {
        let short = SealError::Short { bytes: length, least: SEALED_OVERHEAD_BYTES };
        assert_eq!(open(&key(1), id(7), &HERE, &vec![1; length]), Err(short));
    }
    let unknown = vec![9; SEALED_OVERHEAD_BYTES];
    assert_eq!(open(&key(1), id(7), &HERE, &unknown), Err(SealError::Form(9)));
    assert_eq!(key_id_of(&unknown), Err(SealError::Form(9)));
}

proptest! {
    #[test]
    fn whatever_is_sealed_opens_and_no_changed_bit_does(
        plain in prop::collection::vec(any::<u8>(), 0..200),
        secret: [u8; 32], nonce: [u8; 24], row in "[a-z0-9]{1,12}", at: prop::sample::Index, bit in 0..8_u32,
    ) {
        let key = Key::from_bytes(secret);
        let here = Cell { row: &row, ..HERE };
        let mut sealed = seal(&key, id(1), &here, &plain, nonce).expect("sealed").into_bytes();
        let opened = open(&key, id(1), &here, &sealed).expect("opens");
        prop_assert_eq!(opened.as_slice(), plain.as_slice());
        let at = at.index(sealed.len());
        sealed[at] ^= 1 << bit;
        prop_assert!(open(&key, id(1), &here, &sealed).is_err(), "bit {} of byte {}", bit, at);
    }

    #[test]
    fn two_cells_never_change_places(
        first in "[a-c]{1,3}/[a-c]{1,3}/[a-c]{1,3}/[a-c]{1,3}",
        second in "[a-c]{1,3}/[a-c]{1,3}/[a-c]{1,3}/[a-c]{1,3}",
    ) {
        fn cell(text: &str) -> Cell<'_> {
            let parts: Vec<&str> = text.split('/').collect();
            Cell { market: parts[0], table: parts[1], row: parts[2], column: parts[3] }
        }
        prop_assume!(first != second);
        let sealed = seal(&key(1), id(1), &cell(&first), b"x", [1; 24]).expect("sealed");
        prop_assert!(open(&key(1), id(1), &cell(&second), sealed.as_bytes()).is_err());
    }
}
