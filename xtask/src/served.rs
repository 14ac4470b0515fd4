//! A hub of one's own for measurements: markets made in a shell, requests by key, the process open to inspection.

use std::{
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    command::{Companion, quiet},
    fault::{Doing, Fault},
    http,
};

/// A running hub.
pub struct Served {
    process: Companion,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
    /// Its process id, also when something else (strace) runs it.
    pid: String,
}

/// `ehub` with these words, without the person's own configuration.
pub fn ehub(program: &Path, words: &[&str], at: &[String]) -> Command {
    let mut command = Command::new(program);
    command.args(words).args(at);
    bare(&mut command);
    command
}

fn bare(command: &mut Command) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("EHUB_")) {
        command.env_remove(name);
    }
    command.env("XDG_CONFIG_HOME", "/nonexistent").env("NO_COLOR", "1");
}

/// Opens a market at `at` (`--data DIR`, or more) and makes a key for it; the key.
pub fn market(program: &Path, name: &str, at: &[String]) -> Result<String, Fault> {
    market_in(program, name, "UTC", at)
}

/// The same with a time zone.
pub fn market_in(program: &Path, name: &str, zone: &str, at: &[String]) -> Result<String, Fault> {
    let profile = ["--region", "us-wa", "--currency", "USD", "--locale", "en-US"];
    let mut create = ehub(program, &["market", "create", "--name", name, "--time-zone", zone], at);
    quiet(create.args(profile))?;
    let key = ["key", "create", "measurement", "--market", name, "--role", "owner", "--days", "1"];
    Ok(quiet(&mut ehub(program, &key, at))?.trim().to_owned())
}

impl Served {
    /// Starts a hub at `at` on a free port; `under` goes before it (strace with its arguments).
    pub fn start(program: &Path, at: &[String], under: &[String]) -> Result<Self, Fault> {
        let mut words = under.iter();
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(program);
                command
            }
            None => Command::new(program),
        };
        command.args(["serve", "--listen", "127.0.0.1:0"]).args(at);
        bare(&mut command);
        let mut process = Companion::start(&command, None, "TERM")?;
        let deadline = Instant::now() + Duration::from_secs(60);
        let base = process.hear("the hub's address", deadline, |line| {
            let at = line.find("http://127.0.0.1:")?;
            let end = line[at + 7..].find(|c: char| c == '/' || c.is_whitespace());
            Some(line[at..end.map_or(line.len(), |end| at + 7 + end)].to_owned())
        })?;
        let own = process.id().to_string();
        let pid = match under.first() {
            Some(_) => child_of(&own)?,
            None => own,
        };
        while !http::request(&base, "GET", "/readyz", &[], "").is_ok_and(|answer| answer.status == 200) {
            if Instant::now() > deadline || process.ended().is_some() {
                return Err(Fault::new(format!("{base}/readyz does not become 200")));
            }
            thread::sleep(Duration::from_millis(5));
        }
        Ok(Self { process, base, pid })
    }

    /// Resident memory in MiB.
    pub fn resident_mib(&self) -> f64 {
        let status = fs::read_to_string(format!("/proc/{}/status", self.pid)).unwrap_or_default();
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1024.0
    }

    /// Open descriptors.
    pub fn descriptors(&self) -> usize {
        fs::read_dir(format!("/proc/{}/fd", self.pid)).map_or(0, Iterator::count)
    }

    /// Open descriptors of files whose path contains this.
    pub fn open_files(&self, part: &str) -> usize {
        let open = fs::read_dir(format!("/proc/{}/fd", self.pid)).into_iter().flatten().flatten();
        let targets = open.filter_map(|entry| fs::read_link(entry.path()).ok());
        targets.filter(|target| target.to_string_lossy().contains(part)).count()
    }

    /// Processor time used so far, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        let stat = fs::read_to_string(format!("/proc/{}/stat", self.pid)).unwrap_or_default();
        let fields: Vec<&str> =
            stat.rsplit_once(") ").map_or(Vec::new(), |(_, rest)| rest.split(' ').collect());
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        // Linux counts hundredths.
        (ticks(11) + ticks(12)) / 100.0
    }

    /// Whether it has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.process.ended().is_some()
    }

    /// Whether it ends by itself before this time has passed.
    pub fn ends_within(&mut self, patience: Duration) -> bool {
        let deadline = Instant::now() + patience;
        while !self.has_ended() && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        self.has_ended()
    }

    /// Kills it, as a crash does.
    pub fn kill(mut self) -> Result<(), Fault> {
        // It may have died already, which is what the fault was for.
        let _ = quiet(Command::new("kill").args(["-s", "KILL", &self.pid]));
        self.wait()
    }

    /// Asks it to end.
    pub fn stop(mut self) -> Result<(), Fault> {
        let _ = quiet(Command::new("kill").args(["-s", "TERM", &self.pid]));
        self.wait()
    }

    fn wait(&mut self) -> Result<(), Fault> {
        let deadline = Instant::now() + Duration::from_secs(60);
        while self.process.ended().is_none() {
            if Instant::now() > deadline {
                return Err(Fault::new("the hub does not end"));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }
}

fn child_of(pid: &str) -> Result<String, Fault> {
    let deadline = Instant::now() + Duration::from_secs(10);
    loop {
        let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children"))
            .doing("looking for the hub's process")?;
        if let Some(child) = children.split_whitespace().next() {
            return Ok(child.to_owned());
        }
        if Instant::now() > deadline {
            return Err(Fault::new(format!("process {pid} started nothing")));
        }
        thread::sleep(Duration::from_millis(10));
    }
}
