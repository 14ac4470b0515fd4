//! Power cuts: what would be on the disk if it lost everything that was not flushed.
//!
//! Killing a program does not do that: what it wrote stays with the operating system. Here the writes and flushes of one run
//! are recorded, and after every acknowledgement and every flush the files are put together as a disk would hold them then: once
//! with nothing that was not flushed, once with a random part of it, torn at sectors.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use super::{Effort, Row, Writer};
use crate::{
    fault::{Doing, Fault},
    workspace::Scratch,
};

/// What a disk writes as a whole.
const SECTOR: usize = 512;

/// One call of the recorded run.
enum Call {
    Write {
        file: PathBuf,
        at: usize,
        bytes: Vec<u8>,
    },
    Resize {
        file: PathBuf,
        length: usize,
    },
    /// Of a file or a folder.
    Flush(PathBuf),
    Acknowledged(u64),
}

/// A disk with a cache that forgets.
#[derive(Default)]
struct Disk {
    flushed: BTreeMap<PathBuf, Vec<u8>>,
    pending: Vec<Call>,
    /// Files whose names would be found again.
    named: BTreeSet<PathBuf>,
}

/// Cuts the power after every acknowledgement and flush of a run.
pub fn cuts(writer: &Writer, strace: &Path, effort: Effort) -> Result<Row, Fault> {
    let mut row = Row::new("SQLite", "power cut: what was not flushed is gone, or a torn part of it");
    let scratch = Scratch::new("power")?;
    let (file, log) = (scratch.path().join("market.db"), scratch.path().join("strace"));
    let place = file.display().to_string();
    writer.make(&place)?;
    let mut disk = Disk::default();
    disk.flushed.insert(file.clone(), fs::read(&file).doing("reading an empty database")?);
    disk.named.insert(file.clone());
    let under = [
        strace.display().to_string(),
        "-f".into(),
        "--seccomp-bpf".into(),
        "-y".into(),
        "-xx".into(),
        "-s".into(),
        "1000000".into(),
        "-o".into(),
        log.display().to_string(),
        "-e".into(),
        "trace=pwrite64,fdatasync,fsync,ftruncate,write".into(),
    ];
    writer.write(&under, &place, 1, effort.operations).output().doing("running strace")?;
    let log = fs::read_to_string(&log).doing("reading the log of strace")?;
    let calls: Vec<Call> = calls(&log).collect();
    let cuts =
        calls.iter().filter(|call| matches!(call, Call::Acknowledged(_) | Call::Flush(_))).count() as u64;
    let step = (2 * cuts / effort.runs_max).max(1);
    row.is_sampled = step > 1;

    let mut acknowledged = BTreeSet::new();
    let (mut cut, mut random) = (0_u64, 0x9e37_79b9_7f4a_7c15_u64);
    for call in calls {
        let is_cut = matches!(call, Call::Acknowledged(_) | Call::Flush(_));
        if let Call::Acknowledged(operation) = call {
            acknowledged.insert(operation);
        } else {
            disk.take(call);
        }
        if !is_cut {
            continue;
        }
        cut += 1;
        if cut % step != 0 {
            continue;
        }
        for keeps_some in [false, true] {
            let found = Scratch::new("power-cut")?;
            disk.power_off(found.path(), keeps_some, &mut random)?;
            let file = found.path().join("market.db").display().to_string();
            let after = writer.check(&file)?;
            let finished = writer.finish(&file, effort.operations)?;
            row.count(&format!("cut {cut}"), effort.operations, true, &acknowledged, &after, &finished);
        }
    }
    println!("{}", row.cells().join(" | "));
    Ok(row)
}

impl Disk {
    fn take(&mut self, call: Call) {
        match call {
            Call::Flush(path) => {
                let (now, later): (Vec<_>, Vec<_>) = std::mem::take(&mut self.pending)
                    .into_iter()
                    .partition(|call| call.file() == Some(&path));
                self.pending = later;
                for call in now {
                    call.apply(&mut self.flushed);
                }
                // A folder: the names in it. What flushes a file flushes its name on the usual file systems, but no
                // standard says so.
                let named = self.flushed.keys().chain(self.pending.iter().filter_map(Call::file));
                let here: Vec<PathBuf> = named.filter(|file| file.parent() == Some(&path)).cloned().collect();
                self.named.extend(here);
            }
            call => self.pending.push(call),
        }
    }

    /// Writes the files as they are found when the power is back.
    fn power_off(&self, into: &Path, keeps_some: bool, random: &mut u64) -> Result<(), Fault> {
        let mut files = self.flushed.clone();
        for call in &self.pending {
            if keeps_some && toss(random) {
                call.torn(random).apply(&mut files);
            }
        }
        for (file, bytes) in files {
            let name = file.file_name().unwrap_or_default();
            // Shared memory never survives, and a name that was not flushed need not.
            if name.to_string_lossy().ends_with("-shm") || !(self.named.contains(&file) || keeps_some) {
                continue;
            }
            fs::write(into.join(name), bytes).doing("writing what a power cut leaves")?;
        }
        Ok(())
    }
}

impl Call {
    fn file(&self) -> Option<&PathBuf> {
        match self {
            Self::Write { file, .. } | Self::Resize { file, .. } => Some(file),
            Self::Flush(_) | Self::Acknowledged(_) => None,
        }
    }

    fn apply(self, files: &mut BTreeMap<PathBuf, Vec<u8>>) {
        match self {
            Self::Write { file, at, bytes } => {
                let content = files.entry(file).or_default();
                content.resize(content.len().max(at + bytes.len()), 0);
                content[at..at + bytes.len()].copy_from_slice(&bytes);
            }
            Self::Resize { file, length } => files.entry(file).or_default().resize(length, 0),
            Self::Flush(_) | Self::Acknowledged(_) => {}
        }
    }

    /// The part of it that reached the disk: up to some sector.
    fn torn(&self, random: &mut u64) -> Self {
        match self {
            Self::Write { file, at, bytes } => {
                let sectors = bytes.len() / SECTOR + 1;
                let kept = if toss(random) { bytes.len() } else { next(random) as usize % sectors * SECTOR };
                Self::Write { file: file.clone(), at: *at, bytes: bytes[..kept.min(bytes.len())].to_vec() }
            }
            Self::Resize { file, length } => Self::Resize { file: file.clone(), length: *length },
            Self::Flush(path) => Self::Flush(path.clone()),
            Self::Acknowledged(operation) => Self::Acknowledged(*operation),
        }
    }
}

/// The calls in a log of `strace -f -y -xx`, in the order in which they count: a flush when it is over, everything else when
/// it begins.
fn calls(log: &str) -> impl Iterator<Item = Call> + '_ {
    let mut flushing: BTreeMap<&str, PathBuf> = BTreeMap::new();
    log.lines().filter_map(move |line| {
        let (thread, rest) = line.split_once(' ')?;
        let rest = rest.trim_start();
        if rest.starts_with("<... f") && rest.contains("sync resumed>") && rest.ends_with("= 0") {
            return flushing.remove(thread).map(Call::Flush);
        }
        let (name, arguments) = rest.split_once('(')?;
        let (descriptor, arguments) = arguments.split_once('<')?;
        let (path, arguments) = arguments.split_once('>')?;
        let path = PathBuf::from(String::from_utf8(unhex(path)).ok()?);
        let number = |text: &str| text.trim().split([')', ' ']).next()?.parse::<usize>().ok();
        match name {
            "fsync" | "fdatasync" if arguments.contains("<unfinished") => {
                flushing.insert(thread, path);
                None
            }
            "fsync" | "fdatasync" => arguments.ends_with("= 0").then_some(Call::Flush(path)),
            "ftruncate" => Some(Call::Resize { file: path, length: number(arguments.strip_prefix(',')?)? }),
            "write" if descriptor == "1" => {
                let said = String::from_utf8(unhex(quoted(arguments)?)).ok()?;
                said.strip_prefix("ack ")?.trim().parse().ok().map(Call::Acknowledged)
            }
            "pwrite64" => {
                let at = arguments.rsplit_once("\", ")?.1.split_once(", ")?.1;
                Some(Call::Write { file: path, at: number(at)?, bytes: unhex(quoted(arguments)?) })
            }
            _ => None,
        }
    })
}

fn quoted(arguments: &str) -> Option<&str> {
    arguments.split_once('"')?.1.split_once('"').map(|(text, _)| text)
}

fn unhex(text: &str) -> Vec<u8> {
    text.split("\\x").skip(1).filter_map(|digits| u8::from_str_radix(digits, 16).ok()).collect()
}

/// The next of a row of numbers that looks random and is the same in every run (xorshift).
fn next(random: &mut u64) -> u64 {
    *random ^= *random << 13;
    *random ^= *random >> 7;
    *random ^= *random << 17;
    *random
}

fn toss(random: &mut u64) -> bool {
    next(random) & 1 == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hex(text: &str) -> String {
        text.bytes().map(|byte| format!("\\x{byte:02x}")).collect()
    }

    #[test]
    fn what_was_not_flushed_is_lost() {
        let (file, folder) = (hex("/d/a"), hex("/d"));
        let log = format!(
            "7 pwrite64(3<{file}>, \"{}\", 2, 0) = 2\n\
             7 fsync(3<{file}>) = 0\n\
             7 fsync(4<{folder}>) = 0\n\
             7 write(1<{}>, \"{}\", 6) = 6\n\
             7 pwrite64(3<{file}>, \"{}\", 2, 2 <unfinished ...>\n\
             8 write(9<{file}>, \"{}\", 1) = 1\n\
             7 <... pwrite64 resumed>) = 2\n\
             7 fsync(3<{file}> <unfinished ...>\n",
            hex("ab"),
            hex("/dev/null"),
            hex("ack 5\n"),
            hex("cd"),
            hex("x"),
        );
        let mut disk = Disk::default();
        let mut acknowledged = Vec::new();
        for call in calls(&log) {
            match call {
                Call::Acknowledged(operation) => acknowledged.push(operation),
                call => disk.take(call),
            }
        }
        assert_eq!(acknowledged, [5]);
        assert_eq!(disk.flushed[Path::new("/d/a")], b"ab");
        assert_eq!(disk.pending.len(), 1, "a flush that is not over has flushed nothing");
        disk.take(Call::Flush("/d/a".into()));
        assert_eq!(disk.flushed[Path::new("/d/a")], b"abcd");
    }
}
