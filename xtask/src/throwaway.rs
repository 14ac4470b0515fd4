//! What servers that live for one run have in common: a free port, a password, a log that tells why they do not start.

use std::{
    fs,
    io::Read,
    net::TcpListener,
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use crate::{
    command::{Companion, forget_cargo},
    fault::{Doing, Fault},
};

/// A port of the loopback address that nobody listens on.
pub fn free_port() -> Result<u16, Fault> {
    let listener = TcpListener::bind(("127.0.0.1", 0)).doing("looking for a free port")?;
    Ok(listener.local_addr().doing("looking for a free port")?.port())
}

/// 128 random bits, as a password.
pub fn password() -> Result<String, Fault> {
    let mut bytes = [0; 16];
    let mut source = fs::File::open("/dev/urandom").doing("opening /dev/urandom")?;
    source.read_exact(&mut bytes).doing("reading /dev/urandom")?;
    Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Writes what a server says into a file of its folder, so that it never blocks on a full pipe; the file.
pub fn keep_log(server: &mut Companion, folder: &Path) -> PathBuf {
    let log = folder.join("server.log");
    for mut pipe in server.take_output() {
        let path = log.clone();
        thread::spawn(move || {
            let file = fs::OpenOptions::new().create(true).append(true).open(path);
            file.and_then(|mut file| std::io::copy(&mut pipe, &mut file))
        });
    }
    log
}

/// Runs a command that finds the address of a server in `variable`; whether it succeeded.
pub fn run_beside(command: &[String], variable: &str, url: &str) -> Result<bool, Fault> {
    let Some((program, arguments)) = command.split_first() else {
        return Err(Fault::new("which command?"));
    };
    let mut child = Command::new(program);
    let status = forget_cargo(&mut child).args(arguments).env(variable, url).status().doing(program)?;
    Ok(status.success())
}
