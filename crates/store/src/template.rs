//! A migrated, empty SQLite file that new markets are copied from: milliseconds instead of a migration each.

use std::path::{Path, PathBuf};

use boxed::boxed;

use crate::{
    Db, StoreError,
    db::private_folder_of,
    disk,
    market::remove_file,
    schema::{Schema, migrate_all, version},
};

/// The template of this version of the program.
#[derive(Clone, Debug)]
pub struct Template {
    path: PathBuf,
}

#[boxed]
impl Template {
    /// Finds the template of these schemas in `folder`, or makes it there. Its name carries a hash of every migration,
    /// so that another version of the program never uses it.
    ///
    /// # Errors
    /// When it cannot be made: a migration that fails, a folder that cannot be written.
    pub async fn prepare(folder: &Path, schemas: &[&Schema]) -> Result<Self, StoreError> {
        let path = folder.join(format!("template-{}.db", version(schemas)));
        if path.is_file() {
            return Ok(Self { path });
        }
        private_folder_of(&path)?;
        // Made beside its place and then moved there, so that what is found there is whole. When several processes make it
        // at once, the first one wins, and the others find it.
        let draft = disk::draft_of(&path);
        let made = Self::make(&draft, &path, schemas).await;
        remove_file(&draft).await?;
        if !path.is_file() {
            made?;
        }
        Ok(Self { path })
    }

    async fn make(draft: &Path, path: &Path, schemas: &[&Schema]) -> Result<(), StoreError> {
        let db = Db::sqlite(draft).await?;
        let report = migrate_all(&db, schemas).await;
        db.close().await;
        if let Some((_, error)) = report.failed {
            return Err(error);
        }
        let (draft, path) = (draft.to_owned(), path.to_owned());
        disk::blocking(move || disk::settle(&draft, &path)).await
    }

    /// Copies it to `path`, durably and readable for the owner only.
    ///
    /// # Errors
    /// When `path` exists already or cannot be written.
    pub async fn create(&self, path: &Path) -> Result<(), StoreError> {
        private_folder_of(path)?;
        let (from, to) = (self.path.clone(), path.to_owned());
        disk::blocking(move || disk::copy_new(&from, &to)).await
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}
