//! One market with its location: what the hub knows, and what is true.

use std::{
    collections::BTreeMap,
    thread,
    time::{Duration, Instant},
};

use serde_json::{Value, json};

use crate::{
    fault::{Doing, Fault},
    load::Connection,
};

/// The least time between two looks.
const LOOK: Duration = Duration::from_millis(150);

/// A market and its location.
pub struct Site {
    /// The market's name.
    pub market: String,
    /// The location's identifier.
    pub location: String,
    key: String,
    hub: Connection,
    office: Connection,
    /// Contacts of the location that no trial has used yet.
    fresh: Vec<String>,
    local: BTreeMap<String, String>,
    numbers: u32,
    /// Requests to the hub so far.
    asked: u64,
    /// Workflows, calendars, stages: what deeds need, as the location has it at first.
    pub world: Value,
}

impl Site {
    /// A market whose key this is.
    pub fn new(hub: &str, office: &str, market: &str, location: &str, key: &str) -> Result<Self, Fault> {
        let mut site = Self {
            market: market.to_owned(),
            location: location.to_owned(),
            key: key.to_owned(),
            hub: Connection::to(hub),
            office: Connection::to(office),
            fresh: Vec::new(),
            local: BTreeMap::new(),
            numbers: 0,
            asked: 0,
            world: Value::Null,
        };
        let state = site.office("GET", &format!("state?location={location}"), &Value::Null)?;
        site.world = state["locations"][location].clone();
        let contacts = site.world["contacts"].as_object().into_iter().flatten();
        site.fresh = contacts.map(|(id, _)| id.clone()).collect();
        Ok(site)
    }

    /// A contact that no trial has used yet.
    pub fn fresh(&mut self) -> Result<String, Fault> {
        self.fresh.pop().ok_or_else(|| Fault::new(format!("{}: no contact is left to try", self.location)))
    }

    /// A number of four digits that no other contact of the location has been given.
    pub fn number(&mut self) -> u32 {
        self.numbers += 1;
        8_000 + self.numbers
    }

    /// Asks the emulator below `/__emulator/`.
    pub fn office(&mut self, method: &str, what: &str, body: &Value) -> Result<Value, Fault> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let answer = self.office.send(method, &format!("/__emulator/{what}"), &[], &text)?;
        if answer.status >= 300 {
            return Err(Fault::new(format!("{method} {what} answers {}: {}", answer.status, answer.body)));
        }
        serde_json::from_str(&answer.body).doing("reading the emulator's answer")
    }

    /// Somebody in the office does something, with events.
    pub fn staff(&mut self, method: &str, path: &str, body: &Value) -> Result<Value, Fault> {
        let deed = json!({ "locationId": self.location, "method": method, "path": path, "body": body });
        self.office("POST", "staff", &deed)
    }

    /// Asks the hub about this market.
    pub fn hub(&mut self, method: &str, path: &str, body: &Value) -> Result<(u16, Value), Fault> {
        let text = if body.is_null() { String::new() } else { body.to_string() };
        let path = format!("/api/v1/markets/{}{path}", self.market);
        let bearer = format!("Bearer {}", self.key);
        self.asked += 1;
        let name = format!("{}-{}", self.market, self.asked);
        let headers = [("Authorization", bearer.as_str()), ("Idempotency-Key", name.as_str())];
        let answer = match self.hub.send(method, &path, &headers, &text) {
            // An idle connection was closed: what has a name can be asked again on a new one.
            Err(_) => self.hub.send(method, &path, &headers, &text)?,
            Ok(answer) => answer,
        };
        Ok((answer.status, serde_json::from_str(&answer.body).unwrap_or(Value::Null)))
    }

    /// What is true of a contact.
    pub fn truth(&mut self, remote: &str) -> Result<Value, Fault> {
        self.office("GET", &format!("state?location={}&contact={remote}", self.location), &Value::Null)
    }

    /// What the hub calls a contact; none when it does not know it, or knows that it is gone.
    pub fn local(&mut self, remote: &str) -> Result<Option<String>, Fault> {
        if let Some(local) = self.local.get(remote) {
            return Ok(Some(local.clone()));
        }
        let link = self.link(remote)?;
        let local = link["contact"].as_str().map(str::to_owned);
        if let Some(local) = &local {
            self.local.insert(remote.to_owned(), local.clone());
        }
        Ok(local)
    }

    /// The hub's link of a contact; null when there is none.
    pub fn link(&mut self, remote: &str) -> Result<Value, Fault> {
        let (status, found) =
            self.hub("GET", &format!("/gohighlevel/links?kind=contact&remote={remote}"), &Value::Null)?;
        if status != 200 {
            return Err(Fault::new(format!("the links of {} are answered {status}: {found}", self.market)));
        }
        Ok(found["links"][0].clone())
    }

    /// The hub's copy of a contact; null when it has none.
    pub fn copy(&mut self, remote: &str) -> Result<Value, Fault> {
        let Some(local) = self.local(remote)? else { return Ok(Value::Null) };
        let (status, contact) = self.hub("GET", &format!("/contacts/{local}"), &Value::Null)?;
        Ok(if status == 200 { contact } else { Value::Null })
    }

    /// How often a rule has struck.
    pub fn struck(&mut self, rule: u64) -> Result<u64, Fault> {
        let rules = self.office("GET", "faults", &Value::Null)?;
        let rule = rules["faults"].as_array().into_iter().flatten().find(|standing| standing["id"] == rule);
        Ok(rule.and_then(|standing| standing["struck"].as_u64()).unwrap_or_default())
    }
}

/// Looks until nothing is missing any more, at most for `limit`; the time it took, or what is missing.
pub fn until(
    limit: Duration,
    mut missing: impl FnMut() -> Result<Option<String>, Fault>,
) -> Result<Result<Duration, String>, Fault> {
    let began = Instant::now();
    loop {
        let Some(what) = missing()? else { return Ok(Ok(began.elapsed())) };
        if began.elapsed() > limit {
            return Ok(Err(what));
        }
        thread::sleep(LOOK);
    }
}
