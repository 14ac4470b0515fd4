use std::{
    cmp::Reverse,
    collections::{BinaryHeap, VecDeque},
};

use super::network::Network;

/// How withheld figures could differ from the true ones while all told figures stay: flow that may still be
/// pushed along each arc, forwards without end, backwards as much as its figure has.
pub(super) struct Residual<'a> {
    network: &'a Network,
    /// What each arc carries, starting at the true figure.
    flow: Vec<u64>,
    /// Arcs that may change.
    free: Vec<bool>,
    /// The arc whose range is asked for takes no part.
    without: usize,
    touching: &'a [Vec<usize>],
}

/// Arcs at each node.
pub(super) fn touching(network: &Network) -> Vec<Vec<usize>> {
    let mut touching = vec![Vec::new(); network.nodes];
    for (index, arc) in network.arcs.iter().enumerate() {
        touching[arc.from].push(index);
        touching[arc.to].push(index);
    }
    touching
}

impl<'a> Residual<'a> {
    pub(super) fn new(
        network: &'a Network,
        touching: &'a [Vec<usize>],
        free: impl Iterator<Item = bool>,
        without: usize,
    ) -> Self {
        let flow = network.arcs.iter().map(|arc| arc.cell.value()).collect();
        Self { network, flow, free: free.collect(), without, touching }
    }

    /// The other end of `arc` seen from `node`, and how much may be pushed there.
    fn step(&self, arc: usize, node: usize) -> (usize, u64) {
        let ends = &self.network.arcs[arc];
        if ends.from == node { (ends.to, u64::MAX) } else { (ends.from, self.flow[arc]) }
    }

    /// Pushes flow between two nodes along free arcs, at least `enough` if possible; how much it was.
    pub(super) fn push(&mut self, from: usize, to: usize, enough: u64) -> u64 {
        let mut pushed = 0_u64;
        while pushed < enough {
            let Some(path) = self.shortest(from, to) else { break };
            let narrowest = path.iter().map(|(arc, node)| self.step(*arc, *node).1).min().unwrap_or(0);
            let amount = narrowest.min(enough - pushed);
            for (arc, node) in path {
                let forward = self.network.arcs[arc].from == node;
                let flow = &mut self.flow[arc];
                *flow = if forward { flow.saturating_add(amount) } else { *flow - amount };
            }
            pushed += amount;
        }
        pushed
    }

    /// The arcs of a shortest way, each with the node it is entered from.
    fn shortest(&self, from: usize, to: usize) -> Option<Vec<(usize, usize)>> {
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.network.nodes];
        let mut queue = VecDeque::from([from]);
        while let Some(node) = queue.pop_front() {
            for &arc in &self.touching[node] {
                let (next, room) = self.step(arc, node);
                let open = self.free[arc] && arc != self.without && room > 0;
                if open && next != from && came[next].is_none() {
                    came[next] = Some((arc, node));
                    if next == to {
                        return Some(trace(&came, from, to));
                    }
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// The cheapest way between two nodes when any arc may be withheld, as the arcs that would have to be;
    /// withheld ones cost nothing.
    pub(super) fn cheapest(
        &self,
        from: usize,
        to: usize,
        cost: impl Fn(usize) -> u128,
    ) -> Option<(u128, Vec<usize>)> {
        let mut best = vec![u128::MAX; self.network.nodes];
        let mut came: Vec<Option<(usize, usize)>> = vec![None; self.network.nodes];
        let mut queue = BinaryHeap::from([Reverse((0_u128, from))]);
        best[from] = 0;
        while let Some(Reverse((paid, node))) = queue.pop() {
            if node == to {
                let path = trace(&came, from, to);
                let added = path.into_iter().map(|(arc, _)| arc).filter(|arc| !self.free[*arc]).collect();
                return Some((paid, added));
            }
            if paid > best[node] {
                continue;
            }
            for &arc in &self.touching[node] {
                let (next, room) = self.step(arc, node);
                if arc == self.without || room == 0 {
                    continue;
                }
                let price = paid.saturating_add(if self.free[arc] { 0 } else { cost(arc) });
                if price < best[next] {
                    best[next] = price;
                    came[next] = Some((arc, node));
                    queue.push(Reverse((price, next)));
                }
            }
        }
        None
    }
}

fn trace(came: &[Option<(usize, usize)>], from: usize, to: usize) -> Vec<(usize, usize)> {
    let mut path = Vec::new();
    let mut node = to;
    while node != from {
        let Some((arc, before)) = came[node] else { break };
        path.push((arc, before));
        node = before;
    }
    path.reverse();
    path
}
