//! Files that survive a power cut: copied, moved and removed so that either all of it is there afterwards or nothing.

use std::{
    fs::{File, OpenOptions},
    io::{self, Read as _},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU32, Ordering},
};

use ring::digest;

use crate::StoreError;

/// Runs work on files where it may wait for the disk.
pub(crate) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
) -> Result<T, StoreError> {
    match tokio::task::spawn_blocking(work).await {
        Ok(done) => done,
        Err(failed) => Err(StoreError::Unreachable(Box::new(failed))),
    }
}

/// A name beside `path` that nobody else uses: for what is not finished yet.
pub(crate) fn draft_of(path: &Path) -> PathBuf {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{}-{}.part", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    PathBuf::from(name)
}

/// Makes an empty file for its owner only.
pub(crate) fn create_private(path: &Path) -> Result<File, StoreError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map_err(|error| StoreError::file(path, error))
}

/// Copies a file to the new file `to`.
pub(crate) fn copy_new(from: &Path, to: &Path) -> Result<(), StoreError> {
    if to.exists() {
        return Err(StoreError::file(to, io::ErrorKind::AlreadyExists.into()));
    }
    let draft = draft_of(to);
    let copied = (|| {
        let mut source = File::open(from).map_err(|error| StoreError::file(from, error))?;
        let mut target = create_private(&draft)?;
        io::copy(&mut source, &mut target).map_err(|error| StoreError::file(&draft, error))?;
        drop(target);
        settle(&draft, to)
    })();
    if copied.is_err() {
        // What cannot be removed either is told by the error that counts.
        let _ = std::fs::remove_file(&draft);
    }
    copied
}

/// Moves a finished draft to its place, durably. Nothing that is there already is overwritten.
pub(crate) fn settle(draft: &Path, place: &Path) -> Result<(), StoreError> {
    let synced = File::open(draft).and_then(|file| file.sync_all());
    synced.map_err(|error| StoreError::file(draft, error))?;
    // A hard link fails when the place is taken, a rename would replace what is there.
    match std::fs::hard_link(draft, place) {
        Ok(()) => std::fs::remove_file(draft).map_err(|error| StoreError::file(draft, error))?,
        Err(error) if place.exists() => return Err(StoreError::file(place, error)),
        // Not every file system has links.
        Err(_) => std::fs::rename(draft, place).map_err(|error| StoreError::file(place, error))?,
    }
    sync_folder_of(place)
}

/// Makes the names in the folder of `path` durable.
pub(crate) fn sync_folder_of(path: &Path) -> Result<(), StoreError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    // Only Unix opens folders.
    if cfg!(unix) {
        let synced = File::open(folder).and_then(|folder| folder.sync_all());
        synced.map_err(|error| StoreError::file(folder, error))?;
    }
    Ok(())
}

/// Size and SHA-256 of a file.
pub(crate) fn digest_of(path: &Path) -> Result<(u64, String), StoreError> {
    let failed = |error| StoreError::file(path, error);
    let mut file = File::open(path).map_err(failed)?;
    let mut context = digest::Context::new(&digest::SHA256);
    let (mut bytes, mut buffer) = (0, vec![0; 1 << 16]);
    loop {
        let count = file.read(&mut buffer).map_err(failed)?;
        if count == 0 {
            return Ok((bytes, hex(context.finish().as_ref())));
        }
        bytes += count as u64;
        context.update(&buffer[..count]);
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
