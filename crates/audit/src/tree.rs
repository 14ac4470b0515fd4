//! The Merkle tree of RFC 6962, section 2.1: one root for any number of entries, and short proofs that an entry
//! is below a root ([`inclusion`]) and that an earlier root is a beginning of a later one ([`consistency`]).

use crate::Hash;

/// The hash of a leaf with this content.
pub fn leaf(content: &[u8]) -> Hash {
    Hash::of(&[&[0], content])
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Hash::of(&[&[1], left.as_bytes(), right.as_bytes()])
}

/// The root of a tree that grows leaf by leaf: holds one hash per bit of its size, not the leaves.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the full subtrees, largest first; one for each set bit of `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// The empty tree.
    pub fn new() -> Self {
        Self::default()
    }

    /// The tree of `size` leaves whose full subtrees have these roots, largest first; `None` when their number
    /// is not that of the set bits of `size`. Compare [`Frontier::root`] with a signed one before trusting it.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Roots of the full subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// The number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Adds a leaf, given by its hash ([`leaf`]).
    pub fn push(&mut self, leaf: &Hash) {
        let mut full = *leaf;
        for _ in 0..self.size.trailing_ones() {
            // One peak per set bit: there is one to take for every trailing one.
            let Some(left) = self.peaks.pop() else { break };
            full = node(&left, &full);
        }
        self.peaks.push(full);
        self.size += 1;
    }

    /// The root: of the empty tree, the hash of nothing.
    pub fn root(&self) -> Hash {
        let mut peaks = self.peaks.iter().rev().copied();
        let Some(last) = peaks.next() else { return Hash::of(&[]) };
        peaks.fold(last, |right, left| node(&left, &right))
    }
}

/// The root over these leaf hashes.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Hash::of(&[]),
        [only] => *only,
        _ => {
            let (left, right) = leaves.split_at(split(leaves.len()));
            node(&root(left), &root(right))
        }
    }
}

/// The largest power of two below `count`, which is at least 2.
fn split(count: usize) -> usize {
    let power = count.next_power_of_two();
    if power == count { count / 2 } else { power / 2 }
}

/// The hashes that lead from leaf `index` up to the root; `None` when there is no such leaf.
pub fn inclusion(leaves: &[Hash], index: u64) -> Option<Vec<Hash>> {
    let index = usize::try_from(index).ok().filter(|index| *index < leaves.len())?;
    let mut path = Vec::new();
    include(leaves, index, &mut path);
    Some(path)
}

fn include(leaves: &[Hash], index: usize, path: &mut Vec<Hash>) {
    if leaves.len() < 2 {
        return;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if index < left.len() {
        include(left, index, path);
        path.push(root(right));
    } else {
        include(right, index - left.len(), path);
        path.push(root(left));
    }
}

/// Whether `path` leads from `leaf`, the one at `index` of `size`, to `root` (RFC 9162, section 2.1.3.2).
pub fn is_included(leaf: &Hash, index: u64, size: u64, path: &[Hash], root: &Hash) -> bool {
    if index >= size {
        return false;
    }
    let (mut at, mut last, mut found) = (index, size - 1, *leaf);
    for step in path {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            found = node(step, &found);
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            found = node(&found, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && found == *root
}

/// The hashes that show that the tree of the first `size` leaves is a beginning of the tree of all; `None` when
/// there are fewer leaves, or `size` is zero.
pub fn consistency(leaves: &[Hash], size: u64) -> Option<Vec<Hash>> {
    let size = usize::try_from(size).ok().filter(|size| (1..=leaves.len()).contains(size))?;
    let mut path = Vec::new();
    consist(leaves, size, true, &mut path);
    Some(path)
}

fn consist(leaves: &[Hash], size: usize, whole: bool, path: &mut Vec<Hash>) {
    if size == leaves.len() {
        if !whole {
            path.push(root(leaves));
        }
        return;
    }
    let (left, right) = leaves.split_at(split(leaves.len()));
    if size <= left.len() {
        consist(left, size, whole, path);
        path.push(root(right));
    } else {
        consist(right, size - left.len(), false, path);
        path.push(root(left));
    }
}

/// Whether `path` shows that the tree with `earlier_root` over `earlier` leaves is a beginning of the one with
/// `later_root` over `later` (RFC 9162, section 2.1.4.2).
pub fn is_consistent(
    earlier: u64,
    earlier_root: &Hash,
    later: u64,
    later_root: &Hash,
    path: &[Hash],
) -> bool {
    if earlier == 0 || earlier > later {
        return false;
    }
    if earlier == later {
        return path.is_empty() && earlier_root == later_root;
    }
    let mut steps = path.iter();
    let (mut at, mut last) = (earlier - 1, later - 1);
    while at & 1 == 1 {
        (at, last) = (at >> 1, last >> 1);
    }
    let first = if at == 0 { Some(earlier_root) } else { steps.next() };
    let Some(first) = first else { return false };
    let (mut small, mut large) = (*first, *first);
    for step in steps {
        if last == 0 {
            return false;
        }
        if at & 1 == 1 || at == last {
            (small, large) = (node(step, &small), node(step, &large));
            while at & 1 == 0 && at != 0 {
                (at, last) = (at >> 1, last >> 1);
            }
        } else {
            large = node(&large, step);
        }
        (at, last) = (at >> 1, last >> 1);
    }
    last == 0 && small == *earlier_root && large == *later_root
}

#[cfg(test)]
mod tests;
