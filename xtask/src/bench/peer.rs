//! A server in Python, as a peer: uvicorn with one process per core.

use std::{
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{command::Companion, fault::Fault, load::Connection, throwaway::free_port, workspace::Workspace};

/// A running peer.
pub struct Peer {
    process: Companion,
    /// `http://127.0.0.1:PORT`.
    pub base: String,
}

impl Peer {
    /// Starts `bench/MODULE.py` on a free port and waits until it answers.
    pub fn start(
        workspace: &Workspace,
        python: &Path,
        module: &str,
        environment: &[(&str, &str)],
    ) -> Result<Self, Fault> {
        let port = free_port()?.to_string();
        let cores = thread::available_parallelism().map_or(1, usize::from).to_string();
        let app = format!("{module}:app");
        let mut command = Command::new(python);
        command.args(["-m", "uvicorn", &app, "--port", &port, "--workers", &cores]);
        command.args(["--log-level", "warning", "--no-access-log", "--app-dir"]);
        command.arg(workspace.root.join("bench")).env("PYTHONDONTWRITEBYTECODE", "1");
        command.envs(environment.iter().copied());
        let mut process = Companion::start(&command, None, "TERM")?;
        for mut pipe in process.take_output() {
            thread::spawn(move || std::io::copy(&mut pipe, &mut std::io::stderr()));
        }
        let base = format!("http://127.0.0.1:{port}");
        let deadline = Instant::now() + Duration::from_secs(30);
        while Connection::to(&base).send("GET", "/openapi.json", &[], "").is_err() {
            if Instant::now() > deadline {
                return Err(Fault::new("the peer does not start"));
            }
            thread::sleep(Duration::from_millis(100));
        }
        Ok(Self { process, base })
    }

    /// Processor time that it and everything it started used, in seconds.
    pub fn cpu_seconds(&self) -> f64 {
        family_cpu_seconds(self.process.id())
    }
}

fn family_cpu_seconds(id: u32) -> f64 {
    let mut sum = 0.0;
    let mut waiting = vec![id.to_string()];
    while let Some(pid) = waiting.pop() {
        let stat = std::fs::read_to_string(PathBuf::from(format!("/proc/{pid}/stat"))).unwrap_or_default();
        let fields: Vec<&str> =
            stat.rsplit_once(") ").map_or(Vec::new(), |(_, rest)| rest.split(' ').collect());
        let ticks = |at: usize| fields.get(at).and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0);
        // Linux counts hundredths.
        sum += (ticks(11) + ticks(12)) / 100.0;
        let children =
            std::fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
        waiting.extend(children.split_whitespace().map(str::to_owned));
    }
    sum
}
