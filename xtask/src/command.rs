//! Running other programs: echoed as they run, remembered for the summary, never left behind.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader, Read, Write},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use crate::fault::{Doing, Fault};

/// How a program ended and what it said.
pub struct Ran {
    /// Its exit status.
    pub status: ExitStatus,
    /// Everything it printed, standard error after standard output.
    pub output: String,
}

/// Runs a program to its end, showing its output as it comes and keeping a copy.
pub fn run(command: &mut Command) -> Result<Ran, Fault> {
    let name = describe(command);
    let mut child =
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().doing(&name)?;
    let stdout = child.stdout.take().map(|pipe| thread::spawn(move || tee(pipe, std::io::stdout())));
    let stderr = child.stderr.take().map(|pipe| thread::spawn(move || tee(pipe, std::io::stderr())));
    let status = child.wait().doing(&name)?;
    let mut output = String::new();
    for reader in [stdout, stderr].into_iter().flatten() {
        output.push_str(&reader.join().unwrap_or_default());
    }
    Ok(Ran { status, output })
}

/// Runs a program to its end in silence; its output only on failure, in the fault.
pub fn quiet(command: &mut Command) -> Result<String, Fault> {
    let name = describe(command);
    let output = command.stdin(Stdio::null()).output().doing(&name)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = [output.stdout, output.stderr].concat();
    Err(Fault::new(format!("{name}: {}\n{}", output.status, String::from_utf8_lossy(&said).trim_end())))
}

fn tee(pipe: impl Read, mut echo: impl Write) -> String {
    let mut kept = String::new();
    let mut reader = BufReader::new(pipe);
    let mut line = Vec::new();
    while reader.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
        let text = String::from_utf8_lossy(&line);
        // A closed terminal is no reason to stop listening to the child.
        let _ = echo.write_all(text.as_bytes()).and_then(|()| echo.flush());
        kept.push_str(&text);
        line.clear();
    }
    kept
}

/// Takes out of a command's environment what `cargo run` told this process about itself.
///
/// A cargo started with these variables believes that the build scripts which watch them (ring's does) must run
/// again, and rebuilds half of the dependencies.
pub fn forget_cargo(command: &mut Command) -> &mut Command {
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        let ours = ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"];
        if ours.iter().any(|prefix| text.starts_with(prefix)) {
            command.env_remove(&name);
        }
    }
    command
}

/// The command line, for messages.
pub fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut text = program.file_name().unwrap_or(command.get_program()).to_string_lossy().into_owned();
    for argument in command.get_args() {
        text.push(' ');
        text.push_str(&argument.to_string_lossy());
    }
    text
}

/// The first program of this name on the search path.
pub fn which(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder| folder.join(name)).find(|candidate| candidate.is_file())
}

/// `program`, to be run as `user` by a root process.
pub fn as_user(user: &str, program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new("runuser");
    command.args(["-u", user, "--"]).arg(program);
    command
}

/// Whether this process is root.
pub fn is_root() -> bool {
    quiet(Command::new("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}

/// A program that runs beside us: asked to stop, then made to, when dropped. Where `setpriv` exists the
/// kernel stops it as well should this process be killed.
pub struct Companion {
    child: Child,
    stop: &'static str,
}

impl Companion {
    /// Starts `command`, as another user if one is named; `stop` is the signal that asks it to end
    /// (`TERM`, `INT`).
    pub fn start(command: &Command, user: Option<&str>, stop: &'static str) -> Result<Self, Fault> {
        let mut guarded = match (which("setpriv"), user) {
            (Some(setpriv), user) => {
                let mut guarded = Command::new(setpriv);
                if let Some(user) = user {
                    guarded.args(["--reuid", user, "--regid", user, "--init-groups"]);
                }
                guarded.args(["--pdeathsig", stop]).arg(command.get_program());
                guarded
            }
            (None, Some(user)) => as_user(user, command.get_program()),
            (None, None) => Command::new(command.get_program()),
        };
        guarded.args(command.get_args());
        for (key, value) in command.get_envs() {
            match value {
                Some(value) => guarded.env(key, value),
                None => guarded.env_remove(key),
            };
        }
        if let Some(folder) = command.get_current_dir() {
            guarded.current_dir(folder);
        }
        let child = guarded
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .doing(describe(command))?;
        Ok(Self { child, stop })
    }

    /// Reads what it prints, line by line, until `hear` has what it listens for. What comes later is read and dropped, so
    /// that the program never blocks on a full pipe. Once.
    pub fn hear<T>(
        &mut self,
        wanted: &str,
        deadline: Instant,
        mut hear: impl FnMut(&str) -> Option<T>,
    ) -> Result<T, Fault> {
        let (sender, lines) = mpsc::channel();
        for pipe in self.take_output() {
            let sender = sender.clone();
            thread::spawn(move || {
                for line in BufReader::new(pipe).lines().map_while(Result::ok) {
                    let _ = sender.send(line);
                }
            });
        }
        drop(sender);
        let mut said = String::new();
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let line = lines
                .recv_timeout(left)
                .map_err(|_| Fault::new(format!("a program never printed {wanted}:\n{said}")))?;
            if let Some(heard) = hear(&line) {
                return Ok(heard);
            }
            said.push_str(&line);
            said.push('\n');
        }
    }

    /// Its output pipes, once.
    pub fn take_output(&mut self) -> Vec<Box<dyn Read + Send>> {
        let stdout = self.child.stdout.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
        let stderr = self.child.stderr.take().map(|pipe| Box::new(pipe) as Box<dyn Read + Send>);
        stdout.into_iter().chain(stderr).collect()
    }

    /// Its process id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// How it ended, if it has.
    pub fn ended(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().ok().flatten()
    }

    /// Asks it to stop and waits; after ten seconds it is killed, which is a fault.
    pub fn stop(&mut self) -> Result<(), Fault> {
        if self.ended().is_some() {
            return Ok(());
        }
        let id = self.child.id().to_string();
        quiet(Command::new("kill").args(["-s", self.stop, &id]))?;
        let deadline = Instant::now() + Duration::from_secs(10);
        while Instant::now() < deadline {
            if self.ended().is_some() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        self.child.kill().doing("killing a program that does not stop")?;
        self.child.wait().doing("waiting for a killed program")?;
        Err(Fault::new(format!("process {id} did not stop within 10 s of SIG{}", self.stop)))
    }
}

impl Drop for Companion {
    fn drop(&mut self) {
        if let Err(fault) = self.stop() {
            eprintln!("xtask: {fault}");
        }
    }
}
