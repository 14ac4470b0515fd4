use std::collections::BTreeSet;

use super::{
    network::Network,
    residual::{Residual, touching},
};
use crate::{Cell, Rules, Withheld};

/// A withheld figure may be known to lie in a range no narrower than its value divided by this.
pub(super) const NARROWEST: u64 = 2;

/// Which arcs are withheld, and why. `refused` ones are, whatever the rules say.
pub(super) fn cover(network: &Network, rules: Rules, refused: &BTreeSet<usize>) -> Vec<Option<Withheld>> {
    let mut withheld: Vec<Option<Withheld>> =
        network.arcs.iter().map(|arc| rules.withhold(&arc.cell)).collect();
    for arc in refused {
        withheld[*arc] = withheld[*arc].or(Some(Withheld::Overlapping));
    }
    if network.is_single() {
        return withheld;
    }
    tell_parts_of_zero(network, &mut withheld);
    let touching = touching(network);
    let primary: Vec<usize> = (0..network.arcs.len()).filter(|arc| withheld[*arc].is_some()).collect();
    // Withholding more only widens ranges, so each figure needs to be looked at once.
    for arc in primary {
        loop {
            let more = missing(network, &touching, &withheld, arc);
            if more.is_empty() {
                break;
            }
            for arc in more {
                withheld[arc] = Some(Withheld::Protecting);
            }
        }
    }
    while let Some(arc) = remainder(network, &touching, &withheld, rules) {
        withheld[arc] = Some(Withheld::Protecting);
    }
    withheld
}

/// A total of zero that is told says that each of its parts is zero: to withhold them would hide nothing.
fn tell_parts_of_zero(network: &Network, withheld: &mut [Option<Withheld>]) {
    let zero = |arc: usize| network.arcs[arc].cell.value() == 0;
    // Totals first: a cell may be a part of one that is told only because a larger one is.
    for arc in (0..network.arcs.len()).rev().filter(|arc| zero(*arc)) {
        let follows = network.wholes(arc).into_iter().any(|whole| zero(whole) && withheld[whole].is_none());
        if follows {
            withheld[arc] = None;
        }
    }
}

/// What is lost by withholding a figure: large ones and totals are worth more. A zero protects others badly, as
/// nothing can be taken from it, so it is the last to go.
fn price(network: &Network, arc: usize) -> u128 {
    let arc = &network.arcs[arc];
    let all = network.arcs[network.total()].cell.value();
    let value = if arc.cell.value() == 0 { all } else { arc.cell.value() };
    (u128::from(value) + 1) * u128::from(arc.sums)
}

/// How wide the range of a withheld figure must be.
pub(super) fn width(value: u64) -> u64 {
    value.div_ceil(NARROWEST).max(1)
}

/// What must be withheld as well so that the range of `arc` gets wider; nothing when it is wide enough.
fn missing(
    network: &Network,
    touching: &[Vec<usize>],
    withheld: &[Option<Withheld>],
    arc: usize,
) -> Vec<usize> {
    let ends = &network.arcs[arc];
    let value = ends.cell.value();
    let need = width(value);
    let fresh = || Residual::new(network, touching, withheld.iter().map(Option::is_some), arc);
    // More of this arc must come back on other ways; less of it must go other ways.
    let (mut more, mut less) = (fresh(), fresh());
    let up = more.push(ends.to, ends.from, need);
    if up >= need {
        return Vec::new();
    }
    let down = less.push(ends.from, ends.to, value.min(need - up));
    if up + down >= need {
        return Vec::new();
    }
    let cost = |arc: usize| price(network, arc);
    let upward = more.cheapest(ends.to, ends.from, cost);
    let downward = if down < value { less.cheapest(ends.from, ends.to, cost) } else { None };
    // Upward there always is a way: forwards round the whole network.
    upward.into_iter().chain(downward).min().map(|(_, added)| added).unwrap_or_default()
}

/// A figure to withhold because the withheld rest of some balance follows from the told ones and may not be
/// told itself.
fn remainder(
    network: &Network,
    touching: &[Vec<usize>],
    withheld: &[Option<Withheld>],
    rules: Rules,
) -> Option<usize> {
    for (node, arcs) in touching.iter().enumerate() {
        let (leaving, arriving): (Vec<usize>, Vec<usize>) = arcs
            .iter()
            .filter(|arc| withheld[**arc].is_some())
            .partition(|arc| network.arcs[**arc].from == node);
        // Withheld on both sides: only a difference follows.
        let rest = match (leaving.is_empty(), arriving.is_empty()) {
            (false, true) => leaving,
            (true, false) => arriving,
            _ => continue,
        };
        let mut sum = Cell::default();
        rest.iter().for_each(|arc| sum.merge(&network.arcs[*arc].cell));
        if rules.withhold(&sum).is_none() {
            continue;
        }
        let told = arcs.iter().copied().filter(|arc| withheld[*arc].is_none());
        let cheapest = told.min_by_key(|arc| price(network, *arc));
        // A balance of which everything is withheld has withheld figures on both sides.
        if cheapest.is_some() {
            return cheapest;
        }
    }
    None
}
