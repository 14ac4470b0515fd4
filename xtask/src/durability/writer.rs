//! The client of the store whose runs are disturbed.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use crate::{
    command::quiet,
    fault::{Doing, Fault},
    workspace::Workspace,
};

/// The program.
pub struct Writer(PathBuf);

/// What is there.
#[derive(Default)]
pub struct Found {
    /// Operations that took effect, wholly.
    pub present: BTreeSet<u64>,
    /// What must not be.
    pub broken: Vec<String>,
}

impl Writer {
    /// Builds it.
    pub fn build(workspace: &Workspace, release: bool) -> Result<Self, Fault> {
        let mut build =
            workspace.cargo(["build", "--quiet", "--package", "store", "--example", "durable_writer"]);
        if release {
            build.arg("--release");
        }
        if !build.status().doing("running cargo build")?.success() {
            return Err(Fault::new("durable_writer does not build"));
        }
        let profile = if release { "release" } else { "debug" };
        Ok(Self(workspace.target()?.join(profile).join("examples/durable_writer")))
    }

    /// Makes the tables at `place`.
    pub fn make(&self, place: &str) -> Result<(), Fault> {
        quiet(Command::new(&self.0).args(["make", place])).map(|_| ())
    }

    /// What writes operations `0..count` in run number `run`; `under` goes before it (strace with its arguments).
    pub fn write(&self, under: &[String], place: &str, run: u64, count: u64) -> Command {
        let mut words = under.iter();
        let mut command = match words.next() {
            Some(first) => {
                let mut command = Command::new(first);
                command.args(words).arg(&self.0);
                command
            }
            None => Command::new(&self.0),
        };
        command.args(["write", place, &run.to_string(), "0", &count.to_string()]);
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Writes all operations once more, undisturbed.
    pub fn finish(&self, place: &str, count: u64) -> Result<Found, Fault> {
        self.write(&[], place, 2, count).output().doing("running durable_writer")?;
        self.check(place)
    }

    /// What is at `place`.
    pub fn check(&self, place: &str) -> Result<Found, Fault> {
        let mut command = Command::new(&self.0);
        let output =
            command.args(["check", place]).stdin(Stdio::null()).output().doing("running durable_writer")?;
        let mut found = Found { present: numbers(&output, "present"), broken: Vec::new() };
        let said = String::from_utf8_lossy(&output.stdout);
        found.broken.extend(said.lines().filter_map(|line| Some(line.strip_prefix("broken ")?.to_owned())));
        if !output.status.success() {
            found.broken.push(format!("unreadable: {}", String::from_utf8_lossy(&output.stderr).trim()));
        }
        Ok(found)
    }
}

/// The operations that a run acknowledged.
pub fn acknowledged(output: &Output) -> BTreeSet<u64> {
    numbers(output, "ack")
}

fn numbers(output: &Output, word: &str) -> BTreeSet<u64> {
    let said = String::from_utf8_lossy(&output.stdout);
    said.lines().filter_map(|line| line.strip_prefix(word)?.trim().parse().ok()).collect()
}

/// `strace`, injecting one fault into the program after it. (Not with `--seccomp-bpf`, under which it sends no signals.)
pub fn injecting(strace: &Path, log: &Path, calls: &str, what: &str) -> Vec<String> {
    [
        strace.display().to_string().as_str(),
        "-f",
        "-o",
        &log.display().to_string(),
        "-e",
        &format!("trace={calls}"),
        "-e",
        &format!("inject={calls}:{what}"),
    ]
    .map(str::to_owned)
    .to_vec()
}

/// Whether the log of strace tells of an injected fault, or of a program that was killed (by nobody else).
pub fn was_hit(log: &Path) -> Result<bool, Fault> {
    Ok(was_injected(log)? || read(log)?.contains("+++ killed by SIGKILL"))
}

/// Whether the log of strace tells of an injected fault.
pub fn was_injected(log: &Path) -> Result<bool, Fault> {
    Ok(read(log)?.contains("(INJECTED)"))
}

fn read(log: &Path) -> Result<String, Fault> {
    let text = fs::read(log).doing("reading the log of strace")?;
    Ok(String::from_utf8_lossy(&text).into_owned())
}

/// The places to try: every one from 1 while `hit` says that there is something to hit, in steps so that there are not more
/// than `runs_max` of them; whether that is a sample.
pub fn places(runs_max: u64, mut try_one: impl FnMut(u64) -> Result<bool, Fault>) -> Result<bool, Fault> {
    // How many places there are is found by doubling, then all of them are tried, or an even sample.
    let mut last_hit = 0;
    let mut place = 1;
    while try_one(place)? {
        last_hit = place;
        place *= 2;
    }
    let step = (place / runs_max.max(1)).max(1);
    let is_sampled = step > 1;
    let mut next = 1 + step;
    while next < place {
        // Those that the doubling tried are done.
        let is_done = next.is_power_of_two() && next <= last_hit;
        if !is_done && !try_one(next)? {
            break;
        }
        next += step;
    }
    Ok(is_sampled)
}

#[cfg(test)]
mod tests {
    use super::places;

    #[test]
    fn every_place_is_tried_until_nothing_is_hit() {
        let mut tried = Vec::new();
        let sampled = places(100, |place| {
            tried.push(place);
            Ok(place <= 11)
        });
        assert!(!sampled.expect("no fault"));
        tried.sort_unstable();
        tried.retain(|place| *place <= 11);
        assert_eq!(tried, (1..=11).collect::<Vec<_>>());
    }

    #[test]
    fn a_sample_is_spread_evenly() {
        let mut tried = 0;
        let sampled = places(10, |place| {
            tried += 1;
            Ok(place <= 1000)
        });
        assert!(sampled.expect("no fault"));
        assert!((15..=25).contains(&tried), "{tried}");
    }
}
