//! A key in a file: one line `ehub-key-1 IDENTIFIER BASE64`, private to its owner.

use std::{
    fs::{self, OpenOptions},
    io::{self, Write as _},
    path::{Path, PathBuf},
};

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kernel::{Chance, Ulid};
use seal::{Key, KeyId};
use zeroize::Zeroizing;

use super::source::KeySourceError;

const FORM: &str = "ehub-key-1";

pub(super) fn fresh_id(chance: &Chance) -> Ulid {
    Ulid::from_bytes(chance.bytes())
}

/// The file in which the next key waits during a rotation.
pub(super) fn next(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".next");
    PathBuf::from(name)
}

pub(super) fn read(path: &Path) -> Result<(KeyId, Key), KeySourceError> {
    let cannot = |cause: io::Error| match cause.kind() {
        io::ErrorKind::NotFound => KeySourceError::Missing(path.to_owned()),
        _ => KeySourceError::File { path: path.to_owned(), cause },
    };
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(path).map_err(cannot)?.permissions().mode();
        if mode & 0o077 != 0 {
            return Err(KeySourceError::Public(path.to_owned()));
        }
    }
    let text = Zeroizing::new(fs::read_to_string(path).map_err(cannot)?);
    let content = || KeySourceError::Content(path.to_owned());
    let mut words = text.split_ascii_whitespace();
    let (form, id, secret) = (words.next(), words.next(), words.next());
    if form != Some(FORM) || words.next().is_some() {
        return Err(content());
    }
    let id = id.and_then(|id| id.parse().ok()).ok_or_else(content)?;
    let secret = Zeroizing::new(STANDARD.decode(secret.unwrap_or_default()).map_err(|_| content())?);
    let bytes: Zeroizing<[u8; 32]> = Zeroizing::new(secret.as_slice().try_into().map_err(|_| content())?);
    Ok((id, Key::from_bytes(*bytes)))
}

/// Makes a new key in a new file. When another process makes one at the same time, both get the same.
pub(super) fn make(path: &Path, chance: &Chance) -> Result<(KeyId, Key), KeySourceError> {
    let (id, key) = (KeyId::new(fresh_id(chance)), Key::from_bytes(chance.bytes()));
    // Written aside and linked into place whole: nobody ever reads half a key, and who comes second finds the first.
    let aside = path.with_extension(format!("{id}.made"));
    write(&aside, id, &key)?;
    let placed = fs::hard_link(&aside, path);
    let _ = fs::remove_file(&aside);
    match placed {
        Ok(()) => sync_folder(path)?,
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
        Err(cause) => return Err(KeySourceError::File { path: path.to_owned(), cause }),
    }
    read(path)
}

/// Writes a key into a new private file and makes it durable.
pub(super) fn write(path: &Path, id: KeyId, key: &Key) -> Result<(), KeySourceError> {
    let cannot = |cause| KeySourceError::File { path: path.to_owned(), cause };
    if let Some(folder) = path.parent() {
        private_folder(folder).map_err(cannot)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path).map_err(cannot)?;
    let secret = Zeroizing::new(STANDARD.encode(key.expose()));
    let line = Zeroizing::new(format!("{FORM} {id} {}\n", secret.as_str()));
    file.write_all(line.as_bytes()).and_then(|()| file.sync_all()).map_err(cannot)?;
    sync_folder(path)
}

/// Puts the key that waits in [`next`] in the place of `path`.
pub(super) fn replace(path: &Path) -> Result<(), KeySourceError> {
    let cannot = |cause| KeySourceError::File { path: path.to_owned(), cause };
    fs::rename(next(path), path).map_err(cannot)?;
    sync_folder(path)
}

fn sync_folder(path: &Path) -> Result<(), KeySourceError> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let synced = fs::File::open(folder).and_then(|folder| folder.sync_all());
    synced.map_err(|cause| KeySourceError::File { path: path.to_owned(), cause })
}

fn private_folder(folder: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}
