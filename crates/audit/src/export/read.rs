use std::io::{self, BufRead, Read as _};

use super::{FORMAT, Header, Line, VERSION};
use crate::{Entry, Expected, Fault, Reason, Verified, Walk, checkpoint::Verifier};

/// Bytes of one line at most; the longest entry that is written has far fewer.
const LINE_BYTES_MAX: u64 = 4 * 1024 * 1024;

pub(super) fn verify(
    mut export: impl BufRead,
    expected: &Expected,
    mut on_entry: impl FnMut(Entry),
) -> io::Result<Result<Verified, Fault>> {
    let mut walk: Option<Walk> = None;
    let mut checkpoints = 0_u64;
    let mut ended = false;
    for number in 1_u64.. {
        let mut bytes = Vec::new();
        export.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            break;
        }
        let index = walk.as_ref().map_or(0, Walk::size);
        let unreadable = |message: String| {
            Fault::at(index, Reason::Unreadable { index, message: format!("line {number}: {message}") })
        };
        if ended {
            return Ok(Err(unreadable("something follows the last line".to_owned())));
        }
        let line = match (read(&bytes), &mut walk) {
            (Ok(Line::Header(header)), None) => match begin(&header, expected) {
                Ok(begun) => {
                    walk = Some(begun);
                    continue;
                }
                Err(fault) => return Ok(Err(fault)),
            },
            (Ok(_), None) => return Ok(Err(header_fault("its first line is no header".to_owned()))),
            (Err(message), None) => return Ok(Err(header_fault(message))),
            (Err(message), Some(_)) => return Ok(Err(unreadable(message))),
            (Ok(line), Some(walk)) => (line, walk),
        };
        let step = match line {
            (Line::Header(_), _) => Err(unreadable("a second header".to_owned())),
            (Line::Entry(entry), walk) => walk.entry(&entry).map(|()| on_entry(entry)),
            (Line::Checkpoint(note), walk) => {
                checkpoints += 1;
                walk.checkpoint(&note)
            }
            (Line::End(end), walk) => {
                ended = true;
                count("entries", end.entries, walk.size())
                    .and_then(|()| count("checkpoints", end.checkpoints, checkpoints))
            }
        };
        if let Err(fault) = step {
            return Ok(Err(fault));
        }
    }
    Ok(match walk {
        None => Err(header_fault("it is empty".to_owned())),
        Some(walk) if !ended => Err(Fault::at(walk.size(), Reason::CutOff { index: walk.size() })),
        Some(walk) => walk.finish(),
    })
}

fn header_fault(message: String) -> Fault {
    Fault::beside(Reason::Header(message))
}

fn begin(header: &Header, expected: &Expected) -> Result<Walk, Fault> {
    if header.format != FORMAT {
        return Err(header_fault(format!("its format is `{}`", header.format)));
    }
    if header.version != VERSION {
        return Err(header_fault(format!("its version is {}, known is {VERSION}", header.version)));
    }
    let key: Verifier = header.key.parse().map_err(|error| header_fault(format!("{error}")))?;
    Walk::new(Some(key), expected)
}

/// The line, when it is written as [`super::Writer`] writes it.
fn read(bytes: &[u8]) -> Result<Line, String> {
    let text = std::str::from_utf8(bytes).map_err(|_| "it is no UTF-8".to_owned())?;
    if !text.ends_with('\n') {
        return Err("the line does not end".to_owned());
    }
    let line: Line = serde_json::from_str(text).map_err(|error| error.to_string())?;
    let written = line.text().map_err(|error| error.to_string())?;
    if written == text { Ok(line) } else { Err("it is not written as exports are".to_owned()) }
}

/// Fewer entries than said: the first missing one is named.
fn count(what: &'static str, said: u64, found: u64) -> Result<(), Fault> {
    let reason = Reason::Count { what, said, found };
    match said.cmp(&found) {
        std::cmp::Ordering::Equal => Ok(()),
        std::cmp::Ordering::Greater if what == "entries" => Err(Fault::at(found, reason)),
        _ => Err(Fault::beside(reason)),
    }
}
