use std::collections::BTreeSet;

/// The contributors of one group.
pub type GroupSet = BTreeSet<u32>;

/// Which of `groups` must not be told beside the others: told together with another one, of which it is a part or
/// which is a part of it, it would leave a difference of fewer than `contributors_min` contributors (but of some).
/// The smaller of such a pair is named. Groups of fewer than `contributors_min` are not told anyway and
/// take no part; the same group twice is one.
pub fn too_close(groups: &[GroupSet], contributors_min: usize) -> BTreeSet<usize> {
    let told = |index: &usize| groups[*index].len() >= contributors_min;
    let mut order: Vec<usize> = (0..groups.len()).filter(told).collect();
    // The largest first: it stays, and smaller ones are measured against what stays.
    order.sort_by_key(|index| (usize::MAX - groups[*index].len(), *index));
    let (mut kept, mut refused): (Vec<usize>, BTreeSet<usize>) = (Vec::new(), BTreeSet::new());
    for index in order {
        let group = &groups[index];
        let close = kept.iter().any(|larger| {
            let difference = groups[*larger].len() - group.len();
            difference > 0 && difference < contributors_min && group.is_subset(&groups[*larger])
        });
        if close {
            refused.insert(index);
        } else {
            kept.push(index);
        }
    }
    refused
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(range: std::ops::Range<u32>) -> GroupSet {
        range.collect()
    }

    #[test]
    fn a_group_that_differs_from_a_larger_one_by_a_single_market_is_refused() {
        // All six, five of them by currency: the difference is the sixth market.
        assert_eq!(too_close(&[set(0..6), set(0..5)], 5), BTreeSet::from([1]));
        assert_eq!(too_close(&[set(0..5), set(0..6)], 5), BTreeSet::from([0]));
    }

    #[test]
    fn equal_distant_and_small_groups_do_not_disturb_each_other() {
        assert!(too_close(&[set(0..6), set(0..6)], 5).is_empty());
        assert!(too_close(&[set(0..12), set(0..6), set(6..12)], 5).is_empty());
        assert!(too_close(&[set(0..6), set(0..2)], 5).is_empty());
    }
}
