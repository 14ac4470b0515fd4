//! A demo hub for checks and measurements: started, signed in to, stopped.

use std::{
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    command::Companion,
    fault::{Doing, Fault},
    http, sign_in,
};

/// Where hubs under test look for GoHighLevel: nobody listens there, so that no token that a check makes up is ever shown
/// to the real one.
pub const NO_GOHIGHLEVEL: (&str, &str) = ("EHUB_GHL_BASE", "http://127.0.0.1:9");

/// What the address of a sign-in link contains.
const SIGN_IN: &str = "/sign-in";

/// What a hub under test stands on.
pub enum Ground<'a> {
    /// The demo, with its data in this folder.
    Demo(&'a Path),
    /// The demo with an emulated GoHighLevel beside it.
    DemoWithOffice(&'a Path),
    /// A hub of one's own in this PostgreSQL database.
    Database(&'a str),
}

/// A running hub.
pub struct Hub {
    process: Companion,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// The one-time sign-in link that it printed.
    pub sign_in: String,
    /// From the start of the process to the first 200 of `/readyz`.
    pub ready_after: Duration,
}

impl Hub {
    /// Starts a hub on a free port.
    pub fn start(ehub: &Path, ground: &Ground<'_>) -> Result<Self, Fault> {
        let mut command = Command::new(ehub);
        match ground {
            Ground::Demo(data) => command.args(["demo", "--no-open", "--data"]).arg(data),
            Ground::DemoWithOffice(data) => {
                command.args(["demo", "--no-open", "--gohighlevel", "--data"]).arg(data)
            }
            Ground::Database(url) => command.args(["serve", "--database-url", url]),
        };
        command.args(["--listen", "127.0.0.1:0"]);
        // Neither the person's configuration nor their variables reach a hub under test.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("EHUB_")) {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", "/nonexistent").env("NO_COLOR", "1");
        command.env(NO_GOHIGHLEVEL.0, NO_GOHIGHLEVEL.1);
        let started = Instant::now();
        let mut process = Companion::start(&command, None, "TERM")?;
        let deadline = started + Duration::from_secs(60);
        let (mut base, mut sign_in) = (None, None);
        let (base, sign_in) = process.hear("an address and a sign-in link", deadline, |line| {
            for url in urls(line) {
                base.get_or_insert_with(|| origin(url).to_owned());
                if url.contains(SIGN_IN) {
                    sign_in.get_or_insert_with(|| url.to_owned());
                }
            }
            base.clone().zip(sign_in.clone())
        })?;
        while !http::request(&base, "GET", "/readyz", &[], "").is_ok_and(|answer| answer.status == 200) {
            if Instant::now() > deadline {
                return Err(Fault::new(format!("{base}/readyz does not become 200")));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { process, base, sign_in, ready_after: started.elapsed() })
    }

    /// Signs in by its link; the session as a `Cookie` header value.
    pub fn session(&self) -> Result<String, Fault> {
        sign_in::follow(&self.base, &self.sign_in)
    }

    /// Resident memory of the process in MiB, where the system tells (Linux).
    pub fn resident_mib(&self) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
        let kib: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
        Some(kib / 1024.0)
    }

    /// Stops it; a hub that does not end on request is a fault.
    pub fn stop(mut self) -> Result<(), Fault> {
        self.process.stop().doing("stopping the hub")
    }
}

fn urls(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("http://").map(|(at, _)| {
        let rest = &line[at..];
        rest[..rest.find(|c: char| c.is_whitespace() || "\"'<>)".contains(c)).unwrap_or(rest.len())]
            .trim_end_matches('.')
    })
}

fn origin(url: &str) -> &str {
    let host = "http://".len();
    url[host..].find('/').map_or(url, |slash| &url[..host + slash])
}

#[cfg(test)]
mod tests {
    use super::{origin, urls};

    #[test]
    fn urls_are_found_in_talk() {
        let line = "Open http://127.0.0.1:7000/sign-in/abc?next=/ or (http://127.0.0.1:7000).";
        let found: Vec<&str> = urls(line).collect();
        assert_eq!(found, ["http://127.0.0.1:7000/sign-in/abc?next=/", "http://127.0.0.1:7000"]);
        assert_eq!(origin(found[0]), "http://127.0.0.1:7000");
    }
}
