use proptest::prelude::*;

use super::*;

#[derive(serde::Deserialize)]
struct Published {
    leaves_hex: Vec<String>,
    roots: Vec<Hash>,
}

fn published() -> Published {
    serde_json::from_str(include_str!("../../../../data/std/rfc6962.json")).expect("the vectors are readable")
}

fn unhex(text: &str) -> Vec<u8> {
    (0..text.len() / 2).map(|at| u8::from_str_radix(&text[2 * at..2 * at + 2], 16).expect("hex")).collect()
}

fn leaves(count: usize) -> Vec<Hash> {
    (0..count).map(|at| leaf(&at.to_be_bytes())).collect()
}

#[test]
fn the_roots_are_those_of_certificate_transparency() {
    let Published { leaves_hex, roots } = published();
    let leaves: Vec<Hash> = leaves_hex.iter().map(|content| leaf(&unhex(content))).collect();
    assert_eq!((leaves.len(), roots.len()), (8, 9));
    let mut growing = Frontier::new();
    for (size, expected) in roots.iter().enumerate() {
        assert_eq!(root(&leaves[..size]), *expected, "{size} leaves");
        assert_eq!(growing.root(), *expected, "{size} leaves, one by one");
        if let Some(next) = leaves.get(size) {
            growing.push(next);
        }
    }
}

/// The proofs of the reference tests of Certificate Transparency (`merkle_tree_test.cc`).
#[test]
fn the_proofs_are_those_of_certificate_transparency() {
    let leaves: Vec<Hash> = published().leaves_hex.iter().map(|content| leaf(&unhex(content))).collect();
    let shown = |path: Option<Vec<Hash>>| {
        path.expect("there is one").iter().map(|hash| hash.to_string()[..8].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(shown(inclusion(&leaves, 0)), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert_eq!(shown(inclusion(&leaves, 5)), ["bc1a0643", "ca854ea1", "d37ee418"]);
    assert_eq!(shown(inclusion(&leaves[..3], 2)), ["fac54203"]);
    assert_eq!(shown(consistency(&leaves, 1)), ["96a296d2", "5f083f0a", "6b47aaf2"]);
    assert_eq!(shown(consistency(&leaves, 6)), ["0ebc5d34", "ca854ea1", "d37ee418"]);
    assert_eq!(shown(consistency(&leaves[..5], 2)), ["5f083f0a", "bc1a0643"]);
}

#[test]
fn every_proof_of_small_trees_holds_and_for_nothing_else() {
    for size in 1..=17_usize {
        let leaves = leaves(size);
        let top = root(&leaves);
        for index in 0..size {
            let path = inclusion(&leaves, index as u64).expect("there is such a leaf");
            for claimed in 0..=size {
                let holds = is_included(&leaves[index], claimed as u64, size as u64, &path, &top);
                assert_eq!(holds, claimed == index, "leaf {index} of {size} as {claimed}");
            }
        }
        for earlier in 1..=size {
            let path = consistency(&leaves, earlier as u64).expect("there are so many");
            let before = root(&leaves[..earlier]);
            for claimed in 1..=size {
                let holds = is_consistent(claimed as u64, &before, size as u64, &top, &path);
                assert_eq!(holds, claimed == earlier, "{earlier} of {size} as {claimed}");
            }
        }
        assert_eq!((inclusion(&leaves, size as u64), consistency(&leaves, 0)), (None, None));
    }
}

proptest! {
    #[test]
    fn a_changed_proof_holds_for_nothing(
        size in 2..200_usize, index: prop::sample::Index, at: prop::sample::Index, byte in 0..32_usize, bit in 0..8_u32,
    ) {
        let leaves = leaves(size);
        let top = root(&leaves);
        let index = index.index(size);
        let bend = |path: &mut Vec<Hash>| {
            let at = at.index(path.len());
            let mut bytes = *path[at].as_bytes();
            bytes[byte] ^= 1_u8 << bit;
            path[at] = Hash::from_bytes(bytes);
        };
        let mut path = inclusion(&leaves, index as u64).expect("there is such a leaf");
        prop_assert!(is_included(&leaves[index], index as u64, size as u64, &path, &top));
        bend(&mut path);
        prop_assert!(!is_included(&leaves[index], index as u64, size as u64, &path, &top));
        let earlier = index.max(1);
        if earlier < size {
            let before = root(&leaves[..earlier]);
            let mut path = consistency(&leaves, earlier as u64).expect("there are so many");
            prop_assert!(is_consistent(earlier as u64, &before, size as u64, &top, &path));
            bend(&mut path);
            prop_assert!(!is_consistent(earlier as u64, &before, size as u64, &top, &path));
        }
    }

    #[test]
    fn a_tree_that_grew_has_the_root_of_its_leaves(size in 0..300_usize, cut: prop::sample::Index) {
        let leaves = leaves(size);
        let mut growing = Frontier::new();
        let cut = cut.index(size + 1);
        leaves[..cut].iter().for_each(|leaf| growing.push(leaf));
        let peaks = growing.peaks().to_vec();
        let mut growing = Frontier::from_parts(growing.size(), peaks).expect("its own parts");
        leaves[cut..].iter().for_each(|leaf| growing.push(leaf));
        prop_assert_eq!((growing.size(), growing.root()), (size as u64, root(&leaves)));
    }
}
