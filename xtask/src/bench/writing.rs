//! Writers that never give up: each contact under a name of its own, sent again until a hub acknowledges it.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};

use crate::{fault::Fault, load::Connection};

/// What became of the writes.
#[derive(Debug, Default)]
pub struct Written {
    /// Names of contacts that were acknowledged, with the identifier in the acknowledgement.
    pub acknowledged: BTreeMap<String, String>,
    /// When each was acknowledged, since the start.
    pub at: Vec<Duration>,
    /// Attempts that were answered with 503, or not at all.
    pub missed: usize,
    /// Answers that were given again to a name.
    pub again: usize,
    /// Answers that nothing explains.
    pub wrong: Vec<String>,
}

impl Written {
    /// The longest time between two acknowledgements.
    pub fn longest_pause(&self) -> Duration {
        let mut at = self.at.clone();
        at.sort();
        at.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).max().unwrap_or_default()
    }
}

/// Writers at work until they are told to stop.
pub struct Writers {
    stop: Arc<AtomicBool>,
    written: Arc<Mutex<Written>>,
    threads: Vec<JoinHandle<()>>,
}

/// Who writes where.
#[derive(Clone, Debug)]
pub struct Target {
    /// The nodes; a writer goes on to the next when one does not answer.
    pub bases: Vec<String>,
    /// The market.
    pub market: &'static str,
    /// An API key of the market.
    pub key: String,
}

impl Writers {
    /// Starts `count` of them.
    pub fn start(target: &Target, count: usize) -> Self {
        let (stop, written) = (Arc::new(AtomicBool::new(false)), Arc::new(Mutex::new(Written::default())));
        let started = Instant::now();
        let threads = (0..count)
            .map(|writer| {
                let (stop, written, target) = (Arc::clone(&stop), Arc::clone(&written), target.clone());
                thread::spawn(move || write(writer, &target, &stop, &written, started))
            })
            .collect();
        Self { stop, written, threads }
    }

    /// How many were acknowledged so far.
    pub fn acknowledged(&self) -> usize {
        self.written.lock().unwrap_or_else(PoisonError::into_inner).acknowledged.len()
    }

    /// Lets each finish the write that it is at.
    pub fn stop(self) -> Written {
        self.stop.store(true, Ordering::Relaxed);
        for thread in self.threads {
            // A writer that panicked left what was acknowledged to it.
            let _ = thread.join();
        }
        std::mem::take(&mut *self.written.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

fn write(writer: usize, target: &Target, stop: &AtomicBool, written: &Mutex<Written>, started: Instant) {
    let mut at_node = writer;
    let mut connection = Connection::to(&target.bases[at_node % target.bases.len()]);
    let authorization = format!("Bearer {}", target.key);
    let path = format!("/api/v1/markets/{}/contacts", target.market);
    for number in 0.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let name = format!("writer{writer} contact{number}");
        let body = format!("{{\"name\":\"{name}\",\"email\":\"w{writer}n{number}@load.example\"}}");
        let request = format!("w{writer}-n{number}");
        let headers = [("Authorization", authorization.as_str()), ("Idempotency-Key", request.as_str())];
        let give_up = Instant::now() + Duration::from_secs(120);
        loop {
            let answer = connection.send("POST", &path, &headers, &body);
            let mut seen = written.lock().unwrap_or_else(PoisonError::into_inner);
            match answer {
                Ok(answer) if answer.status == 201 => {
                    let id = serde_json::from_str::<serde_json::Value>(&answer.body)
                        .ok()
                        .and_then(|body| body["id"].as_str().map(str::to_owned));
                    seen.acknowledged.insert(name, id.unwrap_or_default());
                    seen.at.push(started.elapsed());
                    break;
                }
                // The request is at work elsewhere, or the market or the node is closed for a moment.
                Ok(answer) if matches!(answer.status, 409 | 429 | 503) => {
                    if answer.status == 503 {
                        seen.missed += 1;
                    } else {
                        seen.again += 1;
                    }
                }
                Ok(answer) => seen.wrong.push(format!("{}: {}", answer.status, answer.body)),
                Err(_) => {
                    seen.missed += 1;
                    at_node += 1;
                    connection = Connection::to(&target.bases[at_node % target.bases.len()]);
                }
            }
            drop(seen);
            if Instant::now() > give_up || stop.load(Ordering::Relaxed) {
                break;
            }
            thread::sleep(Duration::from_millis(50));
        }
    }
}

/// Names of all contacts of a market, each as often as it is there.
pub fn names(base: &str, target: &Target) -> Result<BTreeMap<String, usize>, Fault> {
    let mut connection = Connection::to(base);
    let authorization = format!("Bearer {}", target.key);
    let (mut names, mut cursor, mut seen) = (BTreeMap::new(), String::new(), BTreeSet::new());
    loop {
        let path = format!("/api/v1/markets/{}/contacts?limit=500{cursor}", target.market);
        let answer = connection.send("GET", &path, &[("Authorization", &authorization)], "")?;
        if answer.status == 429 {
            thread::sleep(Duration::from_secs(answer.retry_after.unwrap_or(1)));
            continue;
        }
        let body: serde_json::Value = serde_json::from_str(&answer.body)
            .map_err(|error| Fault::new(format!("{path}: {} {error}: {}", answer.status, answer.body)))?;
        let contacts = body["contacts"].as_array().ok_or_else(|| Fault::new(format!("{path}: {body}")))?;
        for contact in contacts {
            let id = contact["id"].as_str().unwrap_or_default().to_owned();
            if seen.insert(id) {
                *names.entry(contact["name"].as_str().unwrap_or_default().to_owned()).or_default() += 1;
            }
        }
        match body["next_cursor"].as_str() {
            Some(next) => cursor = format!("&cursor={next}"),
            None => return Ok(names),
        }
    }
}

/// Says what is wrong between what was acknowledged and what is there.
pub fn complaints(written: &Written, there: &BTreeMap<String, usize>) -> Vec<String> {
    let mut complaints: Vec<String> =
        written.wrong.iter().take(5).map(|text| format!("unexpected: {text}")).collect();
    let lost: Vec<&String> = written.acknowledged.keys().filter(|name| !there.contains_key(*name)).collect();
    if !lost.is_empty() {
        complaints.push(format!("{} acknowledged contacts are lost, such as {:?}", lost.len(), lost.first()));
    }
    let doubled: Vec<&String> = there
        .iter()
        .filter(|(name, count)| **count > 1 && name.starts_with("writer"))
        .map(|(name, _)| name)
        .collect();
    if !doubled.is_empty() {
        complaints.push(format!("{} contacts are there twice, such as {:?}", doubled.len(), doubled.first()));
    }
    complaints
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_lost_or_doubled_is_said() {
        let mut written = Written::default();
        for name in ["writer0 contact0", "writer0 contact1"] {
            written.acknowledged.insert(name.to_owned(), String::new());
        }
        written.at = [1, 2, 9].map(Duration::from_secs).to_vec();
        let there = BTreeMap::from([("writer0 contact0".to_owned(), 2), ("Somebody".to_owned(), 2)]);
        let complaints = complaints(&written, &there);
        assert_eq!(complaints.len(), 2, "{complaints:?}");
        assert_eq!(written.longest_pause(), Duration::from_secs(7));
    }
}
