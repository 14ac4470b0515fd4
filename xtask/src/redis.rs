//! A throwaway Redis for one run of the checks.

use std::{
    fs,
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use crate::{
    command::Companion,
    fault::{Doing, Fault},
    throwaway::{self, free_port, keep_log},
    tools,
    workspace::Scratch,
};

/// Where tests look for the address of a Redis that they may fill.
pub const URL_VARIABLE: &str = "EHUB_TEST_REDIS_URL";

/// A running server on a free port of the loopback address, gone when dropped. It keeps nothing on disk.
pub struct Redis {
    server: Companion,
    port: u16,
    password: String,
    /// Connections that this tool itself has made.
    own: std::cell::Cell<u64>,
    /// Kept after `server` so that the folder outlives the process.
    _scratch: Scratch,
}

/// Runs a command with the address of a fresh server in its environment; whether it succeeded.
pub fn beside(command: &[String]) -> Result<bool, Fault> {
    let program =
        tools::redis().map_err(|missing| Fault::new(format!("{}; {}", missing.why, missing.enable)))?;
    let server = Redis::start(&program)?;
    throwaway::run_beside(command, URL_VARIABLE, &server.url())
}

impl Redis {
    /// Starts `program`, a `redis-server`.
    pub fn start(program: &Path) -> Result<Self, Fault> {
        let scratch = Scratch::new("redis")?;
        let (port, password) = (free_port()?, throwaway::password()?);
        let settings = format!(
            "port {port}\nbind 127.0.0.1\nprotected-mode yes\nrequirepass {password}\nsave \"\"\nappendonly no\n"
        );
        // In a file, because arguments are for everybody to read.
        let file = scratch.path().join("redis.conf");
        fs::write(&file, settings).doing("writing the settings of the test Redis")?;
        let mut command = Command::new(program);
        command.arg(&file).arg("--dir").arg(scratch.path()).current_dir(scratch.path());
        let mut server = Companion::start(&command, None, "TERM")?;
        let log = keep_log(&mut server, scratch.path());
        let mut redis = Self { server, port, password, own: 0.into(), _scratch: scratch };
        redis.wait(&log)?;
        Ok(redis)
    }

    fn wait(&mut self, log: &Path) -> Result<(), Fault> {
        let deadline = Instant::now() + Duration::from_secs(15);
        loop {
            match self.info("server") {
                Ok(_) => return Ok(()),
                Err(fault) if Instant::now() > deadline || self.server.ended().is_some() => {
                    let said = fs::read_to_string(log).unwrap_or_default();
                    return Err(Fault::new(format!("Redis does not start: {fault}\n{said}")));
                }
                Err(_) => thread::sleep(Duration::from_millis(50)),
            }
        }
    }

    /// The address for tests.
    pub fn url(&self) -> String {
        format!("redis://default:{}@127.0.0.1:{}/0", self.password, self.port)
    }

    /// The server's version.
    pub fn version(&self) -> Result<String, Fault> {
        let info = self.info("server")?;
        field(&info, "redis_version").map(str::to_owned).ok_or_else(|| Fault::new("Redis tells no version"))
    }

    /// Connections made so far by anybody but this tool: the proof that tests used it.
    pub fn connections(&self) -> Result<u64, Fault> {
        let info = self.info("stats")?;
        let all: u64 = field(&info, "total_connections_received")
            .ok_or_else(|| Fault::new("Redis does not count its connections"))?
            .parse()
            .doing("reading the number of connections")?;
        Ok(all.saturating_sub(self.own.get()))
    }

    /// A section of what Redis says about itself, as `name:value` lines.
    fn info(&self, section: &str) -> Result<String, Fault> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).doing("connecting to Redis")?;
        self.own.set(self.own.get() + 1);
        stream.set_read_timeout(Some(Duration::from_secs(5))).doing("talking to Redis")?;
        write!(stream, "AUTH {}\r\nINFO {section}\r\n", self.password).doing("talking to Redis")?;
        let mut answers = BufReader::new(stream);
        let welcome = line(&mut answers)?;
        if welcome != "+OK" {
            return Err(Fault::new(format!("Redis answers {welcome}")));
        }
        let head = line(&mut answers)?;
        let length = head.strip_prefix('$').and_then(|length| length.parse().ok());
        let length: usize = length.ok_or_else(|| Fault::new(format!("Redis answers {head}")))?;
        let mut text = vec![0; length];
        answers.read_exact(&mut text).doing("reading from Redis")?;
        Ok(String::from_utf8_lossy(&text).into_owned())
    }
}

fn line(answers: &mut impl BufRead) -> Result<String, Fault> {
    let mut line = String::new();
    answers.read_line(&mut line).doing("reading from Redis")?;
    Ok(line.trim_end().to_owned())
}

fn field<'a>(info: &'a str, name: &str) -> Option<&'a str> {
    info.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':')).map(str::trim)
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_of_the_servers_words_is_found_by_its_whole_name() {
        let info = "# Stats\r\ntotal_connections_received_before:1\r\ntotal_connections_received:17\r\n";
        assert_eq!(field(info, "total_connections_received"), Some("17"));
        assert_eq!(field(info, "redis_version"), None);
    }
}
