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
    server: Companion,
    psql: PathBuf,
    port: u16,
    password: String,
    /// Kept after `server` so that the folder outlives the process.
    _scratch: Scratch,
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
        let scratch = Scratch::new("postgres")?;
        let user = is_root().then_some(USER);
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
        let mut postgres = Command::new(bin.join("postgres"));
        postgres.arg("-D").arg(&data).current_dir(scratch.path());
        // Nothing here outlives the run, so durability is switched off.
        for setting in [
            format!("port={port}"),
            "listen_addresses=127.0.0.1".to_owned(),
            "unix_socket_directories=".to_owned(),
            "max_connections=300".to_owned(),
            "fsync=off".to_owned(),
            "synchronous_commit=off".to_owned(),
            "full_page_writes=off".to_owned(),
        ] {
            postgres.arg("-c").arg(setting);
        }
        let mut server = Companion::start(&postgres, user, "INT")?;
        let log = keep_log(&mut server, scratch.path());
        let mut cluster = Self { server, psql: bin.join("psql"), port, password, _scratch: scratch };
        cluster.wait(&log)?;
        cluster.query("postgres", &format!("CREATE DATABASE {DATABASE}"))?;
        Ok(cluster)
    }

    fn wait(&mut self, log: &Path) -> Result<(), Fault> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            match self.query("postgres", "SELECT 1") {
                Ok(_) => return Ok(()),
                Err(fault) if Instant::now() > deadline || self.server.ended().is_some() => {
                    let said = fs::read_to_string(log).unwrap_or_default();
                    return Err(Fault::new(format!("PostgreSQL does not start: {fault}\n{said}")));
                }
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// Runs one statement and returns its rows, columns parted by `|`.
    pub fn query(&self, database: &str, statement: &str) -> Result<String, Fault> {
        let mut psql = Command::new(&self.psql);
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
