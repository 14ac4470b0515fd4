//! One market at fifty times its rate, and what the other one feels: `cargo xtask bench noisy-neighbour`.

use std::time::Duration;

use super::section::Section;
use crate::{
    fault::Fault,
    fleet::{Fleet, Node},
    load::{self, Planned, Sample},
    workspace::{Scratch, Workspace},
};

/// Requests per second of a market on an ordinary day.
const RATE: f64 = 20.0;
/// How much more the noisy one sends.
const FLOOD: f64 = 50.0;
/// How long each part is measured.
const LENGTH: Duration = Duration::from_secs(30);
/// Contacts that each market starts with.
const CONTACTS: u64 = 200;
/// Keys of the noisy market: more than one, because one alone is held back by its own budget.
const KEYS: u64 = 8;
/// The most that the quiet market's p99 may grow.
const RATIO_MAX: f64 = 2.0;

/// A market's day: nine reads of a list or of one contact to one new contact.
fn day(market: &'static str, keys: Vec<String>, run: &'static str) -> impl Fn(u64) -> Planned + Send + Sync {
    move |number| {
        let index = usize::try_from(number).unwrap_or_default() % keys.len().max(1);
        let authorization = format!("Bearer {}", keys.get(index).map_or("", String::as_str));
        let headers = vec![
            ("Authorization".to_owned(), authorization),
            ("Idempotency-Key".to_owned(), format!("{run}-{number}")),
        ];
        let contacts = format!("/api/v1/markets/{market}/contacts");
        match number % 10 {
            0 => Planned {
                method: "POST",
                path: contacts,
                headers,
                body: format!("{{\"name\":\"{run} {number}\",\"email\":\"{run}{number}@{market}.example\"}}"),
            },
            one if one % 2 == 0 => {
                Planned { method: "GET", path: format!("{contacts}?limit=20"), headers, body: String::new() }
            }
            _ => Planned {
                method: "GET",
                path: format!("/api/v1/markets/{market}"),
                headers,
                body: String::new(),
            },
        }
    }
}

fn fill(node: &Node, market: &str, key: &str) -> Result<(), Fault> {
    let mut connection = load::Connection::to(&node.base);
    let authorization = format!("Bearer {key}");
    for number in 0..CONTACTS {
        let body = format!("{{\"name\":\"Person {number}\",\"email\":\"person{number}@{market}.example\"}}");
        let path = format!("/api/v1/markets/{market}/contacts");
        let name = format!("fill-{number}");
        let headers = [("Authorization", authorization.as_str()), ("Idempotency-Key", name.as_str())];
        let answer = connection.send("POST", &path, &headers, &body)?;
        if answer.status != 201 {
            return Err(Fault::new(format!(
                "a contact was answered with {}: {}",
                answer.status, answer.body
            )));
        }
    }
    Ok(())
}

fn joined(load: std::thread::JoinHandle<Vec<Sample>>) -> Result<Vec<Sample>, Fault> {
    load.join().map_err(|_| Fault::new("a load generator failed"))
}

/// Measures the quiet market beside an ordinary neighbour, then beside a noisy one.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let ehub = workspace.build_ehub(true)?;
    let scratch = Scratch::new("noisy")?;
    let fleet = Fleet::embedded(&ehub, &scratch.path().join("data"));
    let (mut noisy_keys, mut quiet_keys) = (Vec::new(), Vec::new());
    for (market, keys) in [("noisy", &mut noisy_keys), ("quiet", &mut quiet_keys)] {
        fleet.market(market)?;
        let count = if market == "noisy" { KEYS } else { 1 };
        for number in 0..count {
            keys.push(fleet.key(&format!("load {number}"), &["--market", market, "--role", "owner"])?);
        }
    }
    let node = fleet.node()?;
    for (market, keys) in [("noisy", &noisy_keys), ("quiet", &quiet_keys)] {
        fill(&node, market, keys.first().map_or("", String::as_str))?;
    }
    // What was saved up in the budgets by filling is back before anything is measured.
    std::thread::sleep(Duration::from_secs(10));
    let mut rows = Vec::new();
    let mut quiet_p99 = Vec::new();
    for (part, factor, run) in [("ordinary", 1.0, "before"), ("at 50 times its rate", FLOOD, "during")] {
        let connections = if factor > 1.0 { 32 } else { 4 };
        let noisy = load::at_rate(
            &node.base,
            RATE * factor,
            LENGTH,
            connections,
            day("noisy", noisy_keys.clone(), run),
        );
        let quiet = load::at_rate(&node.base, RATE, LENGTH, 4, day("quiet", quiet_keys.clone(), run));
        let (quiet, noisy) = (joined(quiet)?, joined(noisy)?);
        let wrong = load::count(&quiet, |status| !(200..300).contains(&status));
        if wrong > 0 {
            return Err(Fault::new(format!(
                "{wrong} requests of the quiet market failed: {:?}",
                statuses(&quiet)
            )));
        }
        let broken = load::count(&noisy, |status| status == 0 || status >= 500);
        if broken > 0 {
            return Err(Fault::new(format!(
                "{broken} requests of the noisy market broke: {:?}",
                statuses(&noisy)
            )));
        }
        quiet_p99.push(load::percentile(&quiet, 0.99));
        for (market, samples) in [("noisy", &noisy), ("quiet", &quiet)] {
            rows.push(vec![
                part.to_owned(),
                market.to_owned(),
                format!("{:.0}", per_second(samples.len())),
                format!("{:.0}", per_second(load::count(samples, |status| (200..300).contains(&status)))),
                format!("{:.0}", per_second(load::count(samples, |status| status == 429))),
                format!("{:.1}", load::percentile(samples, 0.5)),
                format!("{:.1}", load::percentile(samples, 0.99)),
            ]);
        }
    }
    node.stop()?;
    let ratio = quiet_p99[1] / quiet_p99[0].max(f64::EPSILON);
    if ratio > RATIO_MAX {
        let text = format!(
            "the quiet market's p99 grew {ratio:.2} times, from {:.1} to {:.1} ms",
            quiet_p99[0], quiet_p99[1]
        );
        return Err(Fault::new(format!("{text}; at most {RATIO_MAX} is promised\n{rows:?}")));
    }
    Ok(Section {
        title: "A noisy neighbour",
        data: format!("two embedded markets of {CONTACTS} contacts; {RATE} requests a second each, one in ten a new contact"),
        columns: vec!["the noisy market is", "market", "sent/s", "served/s", "refused (429)/s", "p50 ms", "p99 ms"],
        rows,
        remarks: vec![
            format!("The quiet market's p99 grew {ratio:.2} times (promised: at most {RATIO_MAX:.0})."),
            "Times are of served requests, from the moment that each was due, over real connections; load and hub \
             share the machine. The noisy market sends with eight keys, so that not one key's budget but the market's is what holds it back."
                .to_owned(),
        ],
    })
}

fn statuses(samples: &[Sample]) -> std::collections::BTreeMap<u16, usize> {
    let mut counts = std::collections::BTreeMap::new();
    for (status, _) in samples {
        *counts.entry(*status).or_default() += 1;
    }
    counts
}

#[expect(clippy::cast_precision_loss, reason = "far below 2^52 requests")]
fn per_second(count: usize) -> f64 {
    count as f64 / LENGTH.as_secs_f64()
}
