//! Folders of backups and exports: made whole or recognisably not at all.

use std::{
    fs::{self, File},
    io::{self, Write as _},
    path::Path,
};

use serde::{Serialize, de::DeserializeOwned};

use crate::{MarketsError, manifest::MANIFEST_FILE};

/// Most bytes of a manifest: thousands of tables would fit.
const MANIFEST_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Makes `path` a new folder for its owner only; an empty one that exists is taken.
pub(crate) fn make(path: &Path) -> Result<(), MarketsError> {
    match fs::read_dir(path) {
        Ok(mut entries) => match entries.next() {
            None => Ok(()),
            Some(_) => Err(MarketsError::FolderTaken(path.to_owned())),
        },
        Err(error) if error.kind() == io::ErrorKind::NotFound => private(path),
        // A file, for example.
        Err(error) if error.kind() == io::ErrorKind::NotADirectory => {
            Err(MarketsError::FolderTaken(path.to_owned()))
        }
        Err(error) => Err(MarketsError::file(path)(error)),
    }
}

/// Makes sure that a folder is there, with those above it; what is new is for its owner only.
pub(crate) fn private(path: &Path) -> Result<(), MarketsError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(MarketsError::file(path))
}

/// A new file for its owner only.
pub(crate) fn new_file(path: &Path) -> io::Result<File> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

/// Writes the manifest last and in one step: a folder with one is complete.
pub(crate) fn seal_with<T: Serialize>(folder: &Path, manifest: &T) -> Result<(), MarketsError> {
    let (draft, path) = (folder.join("manifest.draft"), folder.join(MANIFEST_FILE));
    let written = || {
        let mut file = new_file(&draft)?;
        let mut text = serde_json::to_vec_pretty(manifest)?;
        text.push(b'\n');
        file.write_all(&text)?;
        file.sync_all()?;
        fs::rename(&draft, &path)?;
        File::open(folder)?.sync_all()
    };
    written().map_err(MarketsError::file(path.clone()))
}

/// Reads the manifest of a folder.
pub(crate) fn manifest<T: DeserializeOwned>(folder: &Path, format: &str) -> Result<T, MarketsError> {
    #[derive(serde::Deserialize)]
    struct Format {
        format: String,
    }
    let path = folder.join(MANIFEST_FILE);
    let about = fs::metadata(&path).map_err(MarketsError::file(path.clone()))?;
    if about.len() > MANIFEST_BYTES_MAX {
        return Err(MarketsError::damaged(path, "the manifest is too long to be one"));
    }
    let text = fs::read(&path).map_err(MarketsError::file(path.clone()))?;
    let found: Format =
        serde_json::from_slice(&text).map_err(|error| MarketsError::damaged(path.clone(), error))?;
    if found.format != format {
        let what = format!("{} is of the form `{}`, not `{format}`", path.display(), found.format);
        return Err(MarketsError::Unsuitable(what));
    }
    serde_json::from_slice(&text).map_err(|error| MarketsError::damaged(path, error))
}

/// The file of this name in a folder: names in a manifest are names, never paths.
pub(crate) fn file(folder: &Path, name: &str) -> Result<std::path::PathBuf, MarketsError> {
    let plain = !name.is_empty()
        && !name.starts_with('.')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-'));
    if plain {
        Ok(folder.join(name))
    } else {
        Err(MarketsError::damaged(folder.join(MANIFEST_FILE), format!("`{name}` is no name of a file")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_manifest_cannot_name_a_file_outside_of_its_folder() {
        let folder = Path::new("/backup");
        for name in ["../market.sqlite", "/etc/passwd", "a/b", "", ".hidden", "a\\b", "a\0", ".."] {
            assert!(file(folder, name).is_err(), "{name:?}");
        }
        assert_eq!(file(folder, "contact.ndjson").expect("a name"), folder.join("contact.ndjson"));
    }

    #[test]
    fn a_folder_that_holds_something_is_left_alone() {
        let home = tempfile::tempdir().expect("a folder");
        let taken = home.path().join("taken");
        fs::create_dir(&taken).expect("made");
        make(&taken).expect("empty ones are taken");
        fs::write(taken.join("x"), "x").expect("written");
        assert!(matches!(make(&taken), Err(MarketsError::FolderTaken(_))));
        assert!(matches!(make(&taken.join("x")), Err(MarketsError::FolderTaken(_))));
        make(&home.path().join("a/b/c")).expect("with those above it");
    }
}
