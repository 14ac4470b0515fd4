//! Runs `ehub` away from the tester's own environment.

use std::{
    io::{BufRead, BufReader, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Output, Stdio},
    time::{Duration, Instant},
};

use serde_json::Value;
use tempfile::TempDir;

/// A home directory of its own, and nothing of the tester's in the environment.
pub struct Shell {
    home: TempDir,
    variables: Vec<(&'static str, String)>,
}

/// Where hubs write their log, in the home directory.
const LOG: &str = "hub.log";

/// How a command ended.
#[derive(Debug)]
pub struct Ended {
    pub status: i32,
    pub stdout: String,
    pub stderr: String,
}

/// A hub that was started and is stopped when the test ends.
pub struct Running {
    child: Child,
    /// Where it answers.
    pub address: SocketAddr,
    /// The one-time link it printed.
    pub sign_in_link: String,
    /// How long it took from start to the printed address.
    pub started_in: Duration,
}

impl Shell {
    pub fn new() -> Self {
        Self { home: tempfile::tempdir().expect("a directory for the test"), variables: Vec::new() }
    }

    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.variables.push((name, value.to_string()));
        self
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Runs a command on the hub in the home directory, which must end with `status`; in JSON.
    #[track_caller]
    pub fn hub(&self, arguments: &[&str], status: i32) -> Ended {
        let data = self.path("hub").display().to_string();
        let all: Vec<_> = arguments.iter().chain(&["--data", &data, "--format", "json"]).copied().collect();
        self.run(&all).expect(status)
    }

    /// Opens a market in the hub in the home directory.
    #[track_caller]
    pub fn market(&self, name: &str) {
        let zone = ["--locale", "en-US", "--time-zone", "America/Los_Angeles"];
        let create = ["market", "create", "--name", name, "--region", "us-wa", "--currency", "USD"];
        self.hub(&[create.as_slice(), &zone].concat(), 0);
    }

    /// Writes a file into the home directory; its path as an argument.
    pub fn file(&self, name: &str, content: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, content).expect("the test's own directory is writable");
        path.display().to_string()
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_ehub"));
        command.args(arguments).current_dir(self.home.path()).env_clear().env("HOME", self.home.path());
        for (name, value) in &self.variables {
            command.env(name, value);
        }
        command
    }

    /// Runs to the end with nothing on standard input.
    pub fn run(&self, arguments: &[&str]) -> Ended {
        self.feed(arguments, "")
    }

    /// Runs to the end with `input` on standard input.
    pub fn feed(&self, arguments: &[&str], input: impl AsRef<[u8]>) -> Ended {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary starts");
        let mut stdin = child.stdin.take().expect("piped");
        // A command that does not read its input closes the pipe; that is its right.
        let _ = stdin.write_all(input.as_ref());
        drop(stdin);
        child.wait_with_output().expect("the binary ends").into()
    }

    /// What a line of a shell script prints on both streams, in its order.
    #[cfg(unix)]
    pub fn script(&self, line: &str) -> String {
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{{ {line}\n}} 2>&1")]);
        command.current_dir(self.home.path()).env_clear().env("HOME", self.home.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        let output = command.stdin(Stdio::null()).output().expect("there is a shell");
        String::from_utf8(output.stdout).expect("UTF-8")
    }

    /// What the hubs that were started wrote on standard error.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.path(LOG)).unwrap_or_default()
    }

    /// Starts a hub and waits for its address and its sign-in link.
    pub fn start(&self, arguments: &[&str]) -> Running {
        let log = std::fs::File::options().create(true).append(true).open(self.path(LOG));
        let begun = Instant::now();
        let mut child = self
            .command(arguments)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(log.expect("the test's own directory is writable"))
            .spawn()
            .expect("the binary starts");
        let stdout = BufReader::new(child.stdout.take().expect("piped"));
        let mut urls = stdout.lines().map_while(Result::ok).filter_map(|line| {
            line.split_whitespace().find(|word| word.starts_with("http://")).map(str::to_owned)
        });
        let (Some(address), Some(sign_in_link)) = (urls.next(), urls.next()) else {
            let _ = child.kill();
            panic!("the hub ended before it printed its address and a link: {:?}", child.wait_with_output());
        };
        let started_in = begun.elapsed();
        let address =
            address.trim_start_matches("http://").trim_end_matches('/').parse().expect("an address");
        Running { child, address, sign_in_link, started_in }
    }
}

impl Running {
    /// The status and body of `GET path`.
    pub fn get(&self, path: &str) -> (u16, String) {
        self.get_with(path, "")
    }

    /// The same with more headers, each with its line end.
    pub fn get_with(&self, path: &str, headers: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(self.address).expect("the hub listens");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
        let host = self.address;
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Connection: close\r\n\r\n")
            .expect("the hub reads");
        let mut answer = Vec::new();
        std::io::Read::read_to_end(&mut stream, &mut answer).expect("the hub answers");
        let answer = String::from_utf8_lossy(&answer).into_owned();
        let status = answer.split(' ').nth(1).and_then(|code| code.parse().ok()).expect("a status line");
        (status, answer)
    }

    /// Memory that it holds in MiB, without pages of files, which the system takes back when it needs them.
    #[cfg(target_os = "linux")]
    pub fn held_mib(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).expect("it runs");
        let line = status.lines().find(|line| line.starts_with("RssAnon:")).expect("a size");
        line.split_whitespace().nth(1).and_then(|kib| kib.parse::<f64>().ok()).expect("a number") / 1024.0
    }

    /// Asks it to stop as a service manager does; how long it took and whether it ended well.
    #[cfg(unix)]
    pub fn stop(mut self) -> (Duration, bool) {
        let begun = Instant::now();
        let asked = Command::new("kill").arg(self.child.id().to_string()).status().expect("kill exists");
        assert!(asked.success());
        let ended = self.child.wait().expect("it ends");
        (begun.elapsed(), ended.success())
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Ended {
    /// Standard output as JSON.
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("{error} in {}\n{}", self.stdout, self.stderr))
    }

    /// The same, after making sure that the command ended with `status`.
    #[track_caller]
    pub fn expect(self, status: i32) -> Self {
        assert_eq!(self.status, status, "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }
}

impl From<Output> for Ended {
    fn from(output: Output) -> Self {
        Self {
            status: output.status.code().expect("ended by itself"),
            stdout: String::from_utf8(output.stdout).expect("UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("UTF-8"),
        }
    }
}

/// A file of the repository.
pub fn repository(path: &str) -> String {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").join(path).display().to_string()
}
