//! Secrets come from files or standard input, never from arguments, which other processes can read.

use std::{
    io::{self, BufRead},
    path::Path,
};

use crate::exit::{Failure, Outcome};

/// The first line of a file; of standard input for `-`.
///
/// # Errors
/// When it cannot be read or is empty.
pub fn read(path: &Path) -> Outcome<String> {
    let mut line = String::new();
    let read = if path.as_os_str() == "-" {
        io::stdin().lock().read_line(&mut line)
    } else {
        std::fs::File::open(path).and_then(|file| io::BufReader::new(file).read_line(&mut line))
    };
    read.map_err(|error| Failure::new(format_args!("cannot read {}: {error}", path.display())))?;
    let secret = line.trim_end_matches(['\r', '\n']);
    if secret.is_empty() {
        return Err(Failure::new(format_args!("{} is empty", path.display())));
    }
    Ok(secret.to_owned())
}
