//! Every address of a market and every identifier in it, as its owner finds them.

use std::collections::{BTreeSet, VecDeque};

use kernel::{PersonId, Ulid};

use crate::world::{ALPHA, BETA, World};

/// Addresses that differ in the values of their query only: so many of them are looked at.
const ALIKE_MAX: usize = 3;
/// Addresses that are looked at in all.
const LOOKED_AT_MAX: usize = 600;

/// What was found in the first market.
#[derive(Debug, Default)]
pub struct Found {
    /// Addresses that answer its owner.
    pub addresses: BTreeSet<String>,
    /// Identifiers in those answers.
    pub ids: BTreeSet<String>,
    /// Identifiers that are in the second market as well.
    pub shared: BTreeSet<String>,
}

/// How many places a pattern has beside the market's.
pub fn params(pattern: &str) -> usize {
    pattern.split('/').filter(|part| part.starts_with('{') && *part != "{market}").count()
}

/// A pattern with its places filled in.
pub fn filled(pattern: &str, market: &str, id: &str) -> String {
    let fill = |part: &str| match part {
        "{market}" => market.to_owned(),
        "{format}" => "csv".to_owned(),
        part if part.starts_with('{') => id.to_owned(),
        part => part.to_owned(),
    };
    pattern.split('/').map(fill).collect::<Vec<_>>().join("/")
}

fn ids_in(text: &str) -> BTreeSet<String> {
    text.split(|letter: char| !letter.is_ascii_alphanumeric())
        .filter(|word| word.len() == 26 && word.parse::<Ulid>().is_ok_and(|id| id.to_string() == *word))
        .map(str::to_owned)
        .collect()
}

fn links_in(text: &str, market: &str) -> Vec<String> {
    let mut links = Vec::new();
    for mark in ["href=\"", "hx-get=\"", "action=\"", "src=\""] {
        for rest in text.split(mark).skip(1) {
            let link = rest.split('"').next().unwrap_or_default().replace("&amp;", "&");
            let link = link.split('#').next().unwrap_or_default().to_owned();
            if link.starts_with(&format!("/m/{market}"))
                || link.starts_with(&format!("/api/v1/markets/{market}"))
            {
                links.push(link);
            }
        }
    }
    links
}

/// The kind of an address: its path, and the names in its query.
fn kind(address: &str) -> String {
    let (path, query) = address.split_once('?').unwrap_or((address, ""));
    let names: BTreeSet<&str> = query.split('&').filter_map(|pair| pair.split('=').next()).collect();
    format!("{path}?{names:?}")
}

async fn walk(world: &World, market: &str) -> (BTreeSet<String>, BTreeSet<String>) {
    let (owner, planted) = (world.owner(market).await, world.planted());
    let reads: Vec<String> = world
        .routes_of_markets()
        .into_iter()
        .filter(|((path, method), declared)| method == "GET" && !declared.lasting && !path.ends_with("/live"))
        .map(|((path, _), _)| path)
        .collect();
    let (mut addresses, mut ids) = (BTreeSet::new(), BTreeSet::new());
    let mut seen: std::collections::HashMap<String, usize> = std::collections::HashMap::new();
    let mut tried = BTreeSet::new();
    let mut queue: VecDeque<String> =
        reads.iter().filter(|path| params(path) == 0).map(|path| filled(path, market, "")).collect();
    let mut looked = 0;
    while let Some(address) = queue.pop_front() {
        let alike = seen.entry(kind(&address)).or_default();
        if !tried.insert(address.clone()) || *alike >= ALIKE_MAX || looked >= LOOKED_AT_MAX {
            continue;
        }
        *alike += 1;
        looked += 1;
        let answer = owner.get(&address).await;
        if answer.status != 200 {
            continue;
        }
        let text = answer.text();
        queue.extend(links_in(&text, market));
        for id in ids_in(&text) {
            if ids.insert(id.clone()) && (ids.len() <= 40 || planted.contains(&id)) {
                queue.extend(
                    reads.iter().filter(|path| params(path) > 0).map(|path| filled(path, market, &id)),
                );
            }
        }
        addresses.insert(address);
    }
    (addresses, ids)
}

/// Walks through the first market as its owner, and through the second to know what they share.
pub async fn crawl(world: &World) -> Found {
    let (addresses, ids) = walk(world, ALPHA).await;
    let (_, others) = walk(world, BETA).await;
    for id in world.shared.iter().map(PersonId::to_string).chain(world.planted()) {
        assert!(ids.contains(&id), "the walk finds everything planted: {id} is not in {addresses:?}");
    }
    let shared = ids.intersection(&others).cloned().collect();
    Found { addresses, ids, shared }
}
