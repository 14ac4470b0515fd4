//! A PostgreSQL server that is killed, stopped at once, or whose disk fails; and its client, killed.

use std::{
    fs,
    path::Path,
    process::Command,
    thread,
    time::{Duration, Instant},
};

use super::{
    Effort, Row, Writer,
    writer::{acknowledged, injecting, places, was_hit},
};
use crate::{
    command::{Companion, quiet},
    fault::{Doing, Fault},
    postgres::{Keeping, Postgres},
    workspace::Scratch,
};

const GROUND: &str = "PostgreSQL";
/// A run that takes longer is stuck.
const PATIENCE: Duration = Duration::from_secs(90);

/// One row per kind of fault.
pub fn faults(writer: &Writer, strace: &Path, bin: &Path, effort: Effort) -> Result<Vec<Row>, Fault> {
    let mut bench =
        Bench { writer, strace, effort, cluster: Postgres::start_keeping(bin, Keeping::Everything)? };
    let rows = vec![
        bench.client_killed()?,
        bench.timed("kill -9 of the server's processes", |cluster| {
            let backends = "SELECT pid FROM pg_stat_activity WHERE datname = 'ehub_durability'";
            for pid in cluster.query("postgres", backends)?.lines() {
                // One that has gone by itself in the meantime is as good as killed.
                let _ = quiet(Command::new("kill").args(["-s", "KILL", pid.trim()]));
            }
            Ok(())
        })?,
        bench.timed("immediate stop and restart of the server", |cluster| {
            cluster.crash()?;
            cluster.launch()
        })?,
        bench.disk(
            "EIO at the n-th flush of a server process",
            "fdatasync,fsync",
            |n| format!("error=EIO:when={n}"),
            [2, 3],
        )?,
        bench.disk(
            "disk full at the n-th write of a server process",
            "pwrite64",
            |n| format!("error=ENOSPC:when={n}"),
            [8, 14],
        )?,
    ];
    Ok(rows)
}

struct Bench<'b> {
    writer: &'b Writer,
    strace: &'b Path,
    effort: Effort,
    cluster: Postgres,
}

impl Bench<'_> {
    fn fresh(&self) -> Result<String, Fault> {
        let url = self.cluster.fresh_database("ehub_durability")?;
        self.writer.make(&url)?;
        Ok(url)
    }

    /// The program that writes is killed at the n-th message it sends.
    fn client_killed(&mut self) -> Result<Row, Fault> {
        let mut row = Row::new(GROUND, "kill of our process at the n-th message to the server");
        let (count, runs_max) = (self.effort.operations, self.effort.runs_max.min(24));
        let mut run = |n| {
            let place = self.fresh()?;
            let folder = Scratch::new("durability-run")?;
            let log = folder.path().join("strace");
            let under = injecting(self.strace, &log, "sendto", &format!("signal=SIGKILL:when={n}"));
            let output = self.writer.write(&under, &place, 1, count).output().doing("running strace")?;
            let hit = was_hit(&log)?;
            let after = self.writer.check(&place)?;
            let finished = self.writer.finish(&place, count)?;
            row.count(&format!("n = {n}"), count, hit, &acknowledged(&output), &after, &finished);
            Ok(hit)
        };
        row.is_sampled = if runs_max > 10 {
            places(runs_max, run)?
        } else {
            for n in [20, 60] {
                run(n)?;
            }
            true
        };
        println!("{}", row.cells().join(" | "));
        Ok(row)
    }

    /// Something happens to the server while the program writes, a little later in each run.
    fn timed(
        &mut self,
        fault: &str,
        strike: impl Fn(&mut Postgres) -> Result<(), Fault>,
    ) -> Result<Row, Fault> {
        let mut row = Row::new(GROUND, fault);
        row.is_sampled = true;
        let count = self.effort.operations * 4;
        let place = self.fresh()?;
        let started = Instant::now();
        self.writer.write(&[], &place, 1, count).output().doing("running durable_writer")?;
        let undisturbed = started.elapsed();
        let runs = self.effort.server_runs_max;
        for run in 0..runs {
            let place = self.fresh()?;
            let child = self.writer.write(&[], &place, 1, count).spawn().doing("running durable_writer")?;
            thread::sleep(undisturbed.mul_f64((run as f64 + 0.5) / runs as f64));
            strike(&mut self.cluster)?;
            let output = child.wait_with_output().doing("waiting for durable_writer")?;
            self.recover()?;
            let acknowledged = acknowledged(&output);
            let after = self.writer.check(&place)?;
            let finished = self.writer.finish(&place, count)?;
            row.count(&format!("run {run}"), count, true, &acknowledged, &after, &finished);
        }
        println!("{}", row.cells().join(" | "));
        Ok(row)
    }

    /// The server's disk fails under it, in each of its processes at the n-th call.
    fn disk(
        &mut self,
        fault: &str,
        calls: &str,
        what: impl Fn(u64) -> String,
        look: [u64; 2],
    ) -> Result<Row, Fault> {
        let mut row = Row::new(GROUND, fault);
        let (count, runs_max) = (self.effort.operations, self.effort.server_runs_max);
        let mut run = |n| {
            let place = self.fresh()?;
            let folder = Scratch::new("durability-run")?;
            let log = folder.path().join("strace");
            let strace = self.attach(&log, calls, &what(n))?;
            let output = self.until_hit(&place, count, &log, strace)?;
            self.recover()?;
            let hit = was_hit(&log)?;
            let after = self.writer.check(&place)?;
            let finished = self.writer.finish(&place, count)?;
            row.count(&format!("n = {n}"), count, hit, &acknowledged(&output), &after, &finished);
            Ok(hit)
        };
        row.is_sampled = if runs_max > 2 {
            places(runs_max, run)?
        } else {
            for n in look {
                run(n)?;
            }
            true
        };
        println!("{}", row.cells().join(" | "));
        Ok(row)
    }

    /// Puts strace onto the server and everything it starts from now on.
    fn attach(&self, log: &Path, calls: &str, what: &str) -> Result<Companion, Fault> {
        let own = self.cluster.processes()?;
        let mut command = Command::new(self.strace);
        command.args(["-f", "-q"]).arg("-o").arg(log);
        command.args(["-e", &format!("trace={calls}"), "-e", &format!("inject={calls}:{what}")]);
        for pid in &own {
            command.args(["-p", pid]);
        }
        let strace = Companion::start(&command, None, "INT")?;
        let is_traced = |pid: &String| {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
            let tracer = status.lines().find_map(|line| line.strip_prefix("TracerPid:"));
            // One that has gone in the meantime is not missed.
            status.is_empty() || tracer.is_some_and(|tracer| tracer.trim() != "0")
        };
        let deadline = Instant::now() + Duration::from_secs(10);
        while !own.iter().all(is_traced) {
            if Instant::now() > deadline {
                return Err(Fault::new("strace does not attach to PostgreSQL"));
            }
            thread::sleep(Duration::from_millis(20));
        }
        Ok(strace)
    }

    /// Waits until the server has recovered by itself; starts it when it gave up.
    fn recover(&mut self) -> Result<(), Fault> {
        let deadline = Instant::now() + Duration::from_secs(30);
        loop {
            if self.cluster.has_ended() {
                self.cluster.launch()?;
            }
            match self.cluster.query("postgres", "SELECT 1") {
                Ok(_) => return Ok(()),
                Err(fault) if Instant::now() > deadline => return Err(fault),
                Err(_) => thread::sleep(Duration::from_millis(100)),
            }
        }
    }

    /// What the program acknowledges until it is done. After the first hit the disk works again: otherwise every process that the
    /// server starts to recover would be hit as well.
    fn until_hit(
        &mut self,
        place: &str,
        count: u64,
        log: &Path,
        strace: Companion,
    ) -> Result<std::process::Output, Fault> {
        let mut strace = Some(strace);
        let mut child = self.writer.write(&[], place, 1, count).spawn().doing("running durable_writer")?;
        let deadline = Instant::now() + PATIENCE;
        while child.try_wait().doing("waiting for durable_writer")?.is_none() {
            if strace.is_some() && was_hit(log)? {
                // Detaches.
                strace = None;
            }
            if self.cluster.has_ended() {
                self.recover()?;
            }
            if Instant::now() > deadline {
                child.kill().doing("killing durable_writer")?;
            }
            thread::sleep(Duration::from_millis(20));
        }
        child.wait_with_output().doing("waiting for durable_writer")
    }
}
