//! Hubs of several processes for measurements: nodes on one database, and what the shell does for them.

use std::{
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    command::{Companion, quiet},
    fault::{Doing, Fault},
    http,
    hub::NO_GOHIGHLEVEL,
};

/// How long a node may take to answer.
const READY_WITHIN: Duration = Duration::from_secs(90);

/// Where the nodes of a hub keep what, and what they share.
#[derive(Clone, Debug)]
pub struct Fleet {
    /// The program.
    pub ehub: PathBuf,
    /// Settings, as variables of the environment.
    pub settings: Vec<(&'static str, String)>,
}

impl Fleet {
    /// Of one node, embedded in `data`.
    pub fn embedded(ehub: &Path, data: &Path) -> Self {
        Self { ehub: ehub.to_owned(), settings: vec![("EHUB_DATA", data.display().to_string())] }
    }

    /// The same with one setting more.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.settings.push((name, value.into()));
        self
    }

    fn command(&self) -> Command {
        let mut command = Command::new(&self.ehub);
        // Neither the person's configuration nor their variables reach a hub under test.
        for (name, _) in std::env::vars_os().filter(|(name, _)| name.to_string_lossy().starts_with("EHUB_")) {
            command.env_remove(name);
        }
        command.env("XDG_CONFIG_HOME", "/nonexistent").env("NO_COLOR", "1");
        command.env(NO_GOHIGHLEVEL.0, NO_GOHIGHLEVEL.1);
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
        command
    }

    /// Runs a command of the shell; what it printed.
    pub fn shell(&self, arguments: &[&str]) -> Result<String, Fault> {
        let mut command = self.command();
        command.args(arguments);
        quiet(&mut command)
    }

    /// Opens a market.
    pub fn market(&self, name: &str) -> Result<(), Fault> {
        self.shell(&[
            "market",
            "create",
            "--name",
            name,
            "--region",
            "us-wa",
            "--currency",
            "USD",
            "--locale",
            "en-US",
            "--time-zone",
            "America/Los_Angeles",
        ])
        .map(|_| ())
    }

    /// Makes an API key; its text.
    pub fn key(&self, name: &str, scope: &[&str]) -> Result<String, Fault> {
        let mut arguments = vec!["key", "create", name];
        arguments.extend(scope);
        let said = self.shell(&arguments)?;
        let key = said.split_whitespace().find(|word| word.starts_with("ehub_"));
        key.map(str::to_owned).ok_or_else(|| Fault::new("`ehub key create` printed no key"))
    }

    /// Starts a node.
    pub fn node(&self) -> Result<Node, Fault> {
        let mut command = self.command();
        command.args(["serve", "--listen", "127.0.0.1:0"]);
        let mut process = Companion::start(&command, None, "TERM")?;
        let deadline = Instant::now() + READY_WITHIN;
        let base = process.hear("the node's address", deadline, |line| {
            let rest = &line[line.find("http://")? + "http://".len()..];
            let end =
                rest.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '.' && letter != ':');
            Some(format!("http://{}", rest[..end.unwrap_or(rest.len())].trim_end_matches(['.', ':'])))
        })?;
        while !http::request(&base, "GET", "/readyz", &[], "").is_ok_and(|answer| answer.status == 200) {
            if Instant::now() > deadline {
                return Err(Fault::new(format!("{base}/readyz does not become 200")));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(Node { process, base })
    }
}

/// A running process of a hub.
pub struct Node {
    process: Companion,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
}

impl Node {
    /// Ends it without a word, as a power cut would.
    pub fn kill(mut self) -> Result<(), Fault> {
        let id = self.process.id().to_string();
        quiet(Command::new("kill").args(["-s", "KILL", &id]))?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while self.process.ended().is_none() {
            if Instant::now() > deadline {
                return Err(Fault::new(format!("process {id} survives SIGKILL")));
            }
            thread::sleep(Duration::from_millis(10));
        }
        Ok(())
    }

    /// Stops it; a node that does not end on request is a fault.
    pub fn stop(mut self) -> Result<(), Fault> {
        self.process.stop().doing("stopping a node")
    }
}
