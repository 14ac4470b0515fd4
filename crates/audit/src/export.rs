//! A whole chain in one file (NDJSON), to be verified by somebody without the database.
//!
//! ```text
//! {"header":{"format":"enterprisehub-audit","version":1,"key":"hub+6a1b..+AT.."}}
//! {"entry":{"seq":0,"at":"2026-03-01T09:00:00Z","actor":"..","action":"..","subject":"..","detail":{},"previous":"00..","hash":".."}}
//! {"checkpoint":"hub\n1\n<root>\n\n— hub <signature>\n"}
//! {"end":{"entries":1,"checkpoints":1}}
//! ```
//!
//! A checkpoint stands after the last entry it signed. There is one writing: the verifier takes a line only when
//! it is to the byte what [`Writer`] writes, so that no bit of an export changes unnoticed.

use std::{
    io::{self, BufRead, Write},
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};

use crate::{
    Entry, Expected, Fault, Reason, Verified,
    checkpoint::{Note, Verifier},
};

mod read;

/// The file's name inside the folder of a larger export.
pub const FILE_NAME: &str = "audit.ndjson";
const FORMAT: &str = "enterprisehub-audit";
const VERSION: u32 = 1;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    Header(Header),
    Entry(Entry),
    Checkpoint(String),
    End(End),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    format: String,
    version: u32,
    key: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct End {
    entries: u64,
    checkpoints: u64,
}

impl Line {
    fn text(&self) -> io::Result<String> {
        let mut text = serde_json::to_string(self)?;
        text.push('\n');
        Ok(text)
    }
}

/// Writes an export: entries in order, each checkpoint after the last entry it signed, then the end.
#[derive(Debug)]
pub struct Writer<W> {
    out: W,
    entries: u64,
    checkpoints: u64,
}

impl<W: Write> Writer<W> {
    /// Begins an export whose checkpoints are signed with `key`.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn new(mut out: W, key: &Verifier) -> io::Result<Self> {
        let header = Header { format: FORMAT.to_owned(), version: VERSION, key: key.to_string() };
        out.write_all(Line::Header(header).text()?.as_bytes())?;
        Ok(Self { out, entries: 0, checkpoints: 0 })
    }

    /// The next entry.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn entry(&mut self, entry: &Entry) -> io::Result<()> {
        self.entries += 1;
        self.out.write_all(Line::Entry(entry.clone()).text()?.as_bytes())
    }

    /// The checkpoint over the entries so far.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn checkpoint(&mut self, note: &Note) -> io::Result<()> {
        self.checkpoints += 1;
        self.out.write_all(Line::Checkpoint(note.text().to_owned()).text()?.as_bytes())
    }

    /// What was written so far, to be taken away in pieces.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.out
    }

    /// Writes the end; without it, an export counts as cut off.
    ///
    /// # Errors
    /// When `out` cannot be written to.
    pub fn finish(mut self) -> io::Result<W> {
        let end = End { entries: self.entries, checkpoints: self.checkpoints };
        self.out.write_all(Line::End(end).text()?.as_bytes())?;
        self.out.flush()?;
        Ok(self.out)
    }
}

/// Why an export was not found sound.
#[derive(Debug, thiserror::Error)]
pub enum VerifyError {
    /// It cannot be read from the disk.
    #[error("{} cannot be read", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It can be read, and something is wrong with it.
    #[error(transparent)]
    Fault(#[from] Fault),
}

/// Verifies the export at `path`: a file, or a folder that holds it as `audit.ndjson`. Needs no database.
///
/// # Errors
/// When the file cannot be read, and the first fault in it.
pub fn verify(path: &Path, expected: &Expected) -> Result<Verified, VerifyError> {
    open(path, |file| verify_reader(file, expected))
}

/// The entries of the export at `path`, a file or the folder that holds it, once all of it was found sound.
///
/// # Errors
/// As [`verify`].
pub fn entries(path: &Path, expected: &Expected) -> Result<(Verified, Vec<Entry>), VerifyError> {
    let mut entries = Vec::new();
    let verified = open(path, |file| read::verify(file, expected, |entry| entries.push(entry)))?;
    Ok((verified, entries))
}

fn open(
    path: &Path,
    read: impl FnOnce(io::BufReader<std::fs::File>) -> io::Result<Result<Verified, Fault>>,
) -> Result<Verified, VerifyError> {
    let path = if path.is_dir() { path.join(FILE_NAME) } else { path.to_owned() };
    let unread = |source| VerifyError::Read { path: path.clone(), source };
    let file = std::fs::File::open(&path).map_err(unread)?;
    read(io::BufReader::new(file)).map_err(unread)?.map_err(VerifyError::Fault)
}

/// Verifies an export that is in memory.
///
/// # Errors
/// The first fault.
pub fn verify_bytes(export: &[u8], expected: &Expected) -> Result<Verified, Fault> {
    // Reading from memory does not fail.
    let failed = |error: io::Error| Fault::beside(Reason::Header(error.to_string()));
    verify_reader(export, expected).map_err(failed)?
}

/// Verifies an export as it comes, in constant memory.
///
/// # Errors
/// When `export` cannot be read; inside, the first fault.
pub fn verify_reader(export: impl BufRead, expected: &Expected) -> io::Result<Result<Verified, Fault>> {
    read::verify(export, expected, |_| ())
}

#[cfg(test)]
mod tests;
