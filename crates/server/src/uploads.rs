//! Files that were sent for a look and wait for a decision: kept in memory between the preview of an import and
//! its confirmation, so that nothing is sent twice.
//!
//! An upload belongs to the user who sent it, ends after [`LIFETIME`], and gives way to newer ones: a user keeps
//! [`PER_USER_MAX`], all together [`BYTES_MAX`]. A restart of the hub forgets them; nothing was imported then.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use jiff::{SignedDuration, Timestamp};
use kernel::Ulid;

/// How long an upload waits.
pub const LIFETIME: SignedDuration = SignedDuration::from_hours(1);
/// Most uploads that wait for one user.
pub const PER_USER_MAX: usize = 4;
/// Most bytes that wait in all.
pub const BYTES_MAX: usize = 256 * 1024 * 1024;

/// A file as it was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UploadedFile {
    /// Its name, without folders.
    pub name: String,
    /// Its content.
    pub bytes: Bytes,
}

/// What was sent at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Identity.
    pub id: Ulid,
    /// Who sent it: nobody else sees it.
    pub user: Ulid,
    /// When.
    pub at: Timestamp,
    /// The profile that reads the files; `None`: one file of client metrics.
    pub profile: Option<String>,
    /// The files.
    pub files: Vec<UploadedFile>,
}

impl Upload {
    fn bytes(&self) -> usize {
        self.files.iter().map(|file| file.bytes.len()).sum()
    }

    /// The files' names, as a snapshot names its source.
    pub fn source(&self) -> String {
        self.files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>().join(", ")
    }
}

/// The uploads that wait. Cheap to clone; all clones share them.
#[derive(Clone, Default)]
pub struct Uploads(Arc<Mutex<Vec<Arc<Upload>>>>);

impl Uploads {
    /// Keeps `upload`; the oldest give way where it would be too many or too much.
    pub fn keep(&self, upload: Upload) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| upload.at.duration_since(one.at) < LIFETIME);
        let own = kept.iter().filter(|one| one.user == upload.user).count();
        for _ in PER_USER_MAX..=own {
            if let Some(oldest) = kept.iter().position(|one| one.user == upload.user) {
                kept.remove(oldest);
            }
        }
        while !kept.is_empty()
            && kept.iter().map(|one| one.bytes()).sum::<usize>() + upload.bytes() > BYTES_MAX
        {
            kept.remove(0);
        }
        kept.push(Arc::new(upload));
    }

    /// The upload `id` of `user`, if it still waits at `now`.
    pub fn get(&self, id: Ulid, user: Ulid, now: Timestamp) -> Option<Arc<Upload>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let found = kept.iter().find(|one| one.id == id && one.user == user)?;
        (now.duration_since(found.at) < LIFETIME).then(|| found.clone())
    }

    /// Lets the upload `id` of `user` go.
    pub fn forget(&self, id: Ulid, user: Ulid) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|one| !(one.id == id && one.user == user));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn upload(number: u128, user: u128, second: i64, bytes: usize) -> Upload {
        Upload {
            id: Ulid::from_parts(0, number),
            user: Ulid::from_parts(0, user),
            at: Timestamp::from_second(second).expect("an instant"),
            profile: None,
            files: vec![UploadedFile { name: "a.csv".to_owned(), bytes: Bytes::from(vec![0; bytes]) }],
        }
    }

    fn is_there(uploads: &Uploads, number: u128, user: u128, second: i64) -> bool {
        let now = Timestamp::from_second(second).expect("an instant");
        uploads.get(Ulid::from_parts(0, number), Ulid::from_parts(0, user), now).is_some()
    }

    #[test]
    fn an_upload_is_its_senders_alone_and_ends() {
        let uploads = Uploads::default();
        uploads.keep(upload(1, 1, 0, 1));
        assert!(is_there(&uploads, 1, 1, 3_599));
        assert!(!is_there(&uploads, 1, 2, 0), "somebody else's");
        assert!(!is_there(&uploads, 1, 1, 3_600), "an hour later");
        uploads.forget(Ulid::from_parts(0, 1), Ulid::from_parts(0, 1));
        assert!(!is_there(&uploads, 1, 1, 0), "forgotten");
    }

    #[test]
    fn the_oldest_give_way_to_the_newest() {
        let uploads = Uploads::default();
        for number in 0..=PER_USER_MAX as u128 {
            uploads.keep(upload(number, 1, 0, 1));
        }
        assert!(!is_there(&uploads, 0, 1, 0), "one too many");
        assert!(is_there(&uploads, 1, 1, 0));
        uploads.keep(upload(100, 2, 0, BYTES_MAX - 1));
        assert!(!is_there(&uploads, 1, 1, 0), "too much");
        assert!(is_there(&uploads, 4, 1, 0) && is_there(&uploads, 100, 2, 0));
    }
}
