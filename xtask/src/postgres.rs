//! A throwaway PostgreSQL cluster for one run of the checks.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    command::{Companion, as_user, is_root, quiet, which},
    fault::{Doing, Fault},
    throwaway::{self, free_port, keep_log},
    tools,
    workspace::Scratch,
};

/// The unprivileged user that Debian's package creates; `postgres` refuses to run as root.
const USER: &str = "postgres";
/// The role and database that the tests connect to.
const ROLE: &str = "ehub";
const DATABASE: &str = "ehub_test";

/// Where tests look for the address of a PostgreSQL that they may fill.
pub const URL_VARIABLE: &str = "EHUB_TEST_POSTGRES_URL";

/// A running cluster on a free port of the loopback address, gone when dropped.
pub struct Postgres {
    /// `None` while it is stopped.
    server: Option<Companion>,
    bin: PathBuf,
    port: u16,
    password: String,
    keeping: Keeping,
    /// Kept after `server` so that the folder outlives the process.
    scratch: Scratch,
}

/// Whether what was committed must survive.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Keeping {
    /// Nothing outlives the run, so durability is switched off.
    Nothing,
    /// Everything, as a server in use.
    Everything,
}

/// Whom the server runs as.
fn user() -> Option<&'static str> {
    is_root().then_some(USER)
}

/// The folder with `initdb` and `postgres`, newest version first.
pub fn find_bin() -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("EHUB_POSTGRES_BIN") {
        return Some(PathBuf::from(folder));
    }
    let mut debian: Vec<(u32, PathBuf)> = fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|entry| Some((entry.file_name().to_str()?.parse().ok()?, entry.path().join("bin"))))
        .filter(|(_, bin)| bin.join("initdb").is_file())
        .collect();
    debian.sort();
    debian.pop().map(|(_, bin)| bin).or_else(|| Some(which("initdb")?.parent()?.to_path_buf()))
}

/// Runs a command with the address of a fresh cluster in its environment; whether it succeeded.
pub fn beside(command: &[String]) -> Result<bool, Fault> {
    let bin =
        tools::postgres().map_err(|missing| Fault::new(format!("{}; {}", missing.why, missing.enable)))?;
    let cluster = Postgres::start(&bin)?;
    throwaway::run_beside(command, URL_VARIABLE, &cluster.url())
}

impl Postgres {
    /// Creates and starts a cluster with the programs in `bin`.
    pub fn start(bin: &Path) -> Result<Self, Fault> {
        Self::start_keeping(bin, Keeping::Nothing)
    }

    /// As [`Postgres::start`], durable or not.
    pub fn start_keeping(bin: &Path, keeping: Keeping) -> Result<Self, Fault> {
        let scratch = Scratch::new("postgres")?;
        let user = user();
        let data = scratch.path().join("data");
        let password = throwaway::password()?;
        let password_file = scratch.path().join("password");
        fs::write(&password_file, &password).doing("writing the password of the test cluster")?;
        if let Some(user) = user {
            quiet(Command::new("chown").args(["-R", user]).arg(scratch.path()))?;
        }

        let initdb = bin.join("initdb");
        let mut init = match user {
            Some(user) => as_user(user, initdb),
            None => Command::new(initdb),
        };
        init.args(["--username", ROLE, "--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"]);
        init.arg("--no-sync").arg("--pwfile").arg(&password_file).arg("--pgdata").arg(&data);
        quiet(init.current_dir(scratch.path()))?;

        let port = free_port()?;
        let mut cluster = Self { server: None, bin: bin.to_path_buf(), port, password, keeping, scratch };
        cluster.launch()?;
        cluster.query("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
        Ok(cluster)
    }

    /// Starts the stopped server.
    pub fn launch(&mut self) -> Result<(), Fault> {
        let mut command = Command::new(self.bin.join("postgres"));
        command.arg("-D").arg(self.scratch.path().join("data")).current_dir(self.scratch.path());
        let mut settings = vec![
            format!("port={}", self.port),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "max_connections=300".to_owned(),
        ];
        if self.keeping == Keeping::Nothing {
            settings
                .extend(["fsync=off", "synchronous_commit=off", "full_page_writes=off"].map(str::to_owned));
        }
        for setting in settings {
            command.arg("-c").arg(setting);
        }
        let mut server = Companion::start(&command, user(), "INT")?;
        let log = keep_log(&mut server, self.scratch.path());
        self.server = Some(server);
        self.wait(&log)
    }

    /// Stops the server at once, as a machine that fails does: without finishing or writing anything.
    pub fn crash(&mut self) -> Result<(), Fault> {
        let Some(mut server) = self.server.take() else { return Ok(()) };
        quiet(Command::new("kill").args(["-s", "QUIT", &self.postmaster()?]))?;
        let deadline = Instant::now() + Duration::from_secs(20);
        while server.ended().is_none() {
            if Instant::now() > deadline {
                return Err(Fault::new("the test cluster does not stop"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    /// The server's own processes: the first one, and those that write on behalf of all. Not those of connections.
    pub fn processes(&self) -> Result<Vec<String>, Fault> {
        let statement = "SELECT pid FROM pg_stat_activity WHERE backend_type IN ('checkpointer', 'background writer', 'walwriter')";
        let mut all: Vec<String> = self.query("postgres", statement)?.lines().map(str::to_owned).collect();
        all.push(self.postmaster()?);
        Ok(all)
    }

    /// The process id of the server, which is not always the one that was started.
    fn postmaster(&self) -> Result<String, Fault> {
        let file = self.scratch.path().join("data/postmaster.pid");
        let text = fs::read_to_string(file).doing("reading the process id of the test cluster")?;
        Ok(text.lines().next().unwrap_or_default().trim().to_owned())
    }

    /// Whether the server has ended by itself.
    pub fn has_ended(&mut self) -> bool {
        self.server.as_mut().is_none_or(|server| server.ended().is_some())
    }

    fn wait(&mut self, log: &Path) -> Result<(), Fault> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match self.query("postgres", "SELECT 1") {
                Ok(_) => return Ok(()),
                Err(fault) if Instant::now() > deadline || self.has_ended() => {
                    let said = fs::read_to_string(log).unwrap_or_default();
                    return Err(Fault::new(format!("PostgreSQL does not start: {fault}\n{said}")));
                }
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// Runs one statement and returns its rows, columns parted by `|`.
    pub fn query(&self, database: &str, statement: &str) -> Result<String, Fault> {
        let mut psql = Command::new(self.bin.join("psql"));
        psql.env("PGPASSWORD", &self.password).env("PGCONNECT_TIMEOUT", "5");
        psql.args(["-h", "127.0.0.1", "-p", &self.port.to_string(), "-U", ROLE, "-d", database]);
        psql.args(["-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-c", statement]);
        Ok(quiet(&mut psql)?.trim().to_owned())
    }

    /// The address of the database for tests.
    pub fn url(&self) -> String {
        self.url_of(DATABASE)
    }

    /// The address of a new, empty database.
    pub fn fresh_database(&self, name: &str) -> Result<String, Fault> {
        self.query("postgres", &format!("DROP DATABASE IF EXISTS {name} WITH (FORCE)"))?;
        self.query("postgres", &format!("CREATE DATABASE {name}"))?;
        Ok(self.url_of(name))
    }

    fn url_of(&self, database: &str) -> String {
        format!("postgres://{ROLE}:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }

    /// The server's version.
    pub fn version(&self) -> Result<String, Fault> {
        self.query("postgres", "SHOW server_version")
    }

    /// Connections made so far to the database for tests and to databases derived from it: the proof
    /// that tests used it.
    pub fn sessions(&self) -> Result<u64, Fault> {
        let count = self.query(
            "postgres",
            "SELECT coalesce(sum(sessions), 0) FROM pg_stat_database WHERE datname NOT IN ('postgres', 'template0', 'template1')",
        )?;
        count.parse().doing("reading the number of sessions")
    }
}
