use boxed::boxed;
use jiff::Timestamp;
use kernel::Ulid;
use store::StoreError;

use super::{Directory, NAME_CHARS_MAX, micros, ulid};
use crate::{DirectoryError, SavedView, records};

#[boxed]
impl Directory {
    /// The views a user saved, of one page or of all, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn saved_views(&self, user_id: Ulid, page: Option<&str>) -> Result<Vec<SavedView>, StoreError> {
        match page {
            Some(page) => records::views_of_page(&self.db, user_id, page).await,
            None => records::views(&self.db, user_id).await,
        }
    }

    /// Keeps a page's query under a name; the same name again replaces the query.
    ///
    /// # Errors
    /// [`DirectoryError::ViewName`], [`DirectoryError::UnknownUser`], or when the database fails.
    pub async fn save_view(
        &self,
        user_id: Ulid,
        page: &str,
        name: &str,
        query: &str,
        now: Timestamp,
        random: u128,
    ) -> Result<SavedView, DirectoryError> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_CHARS_MAX {
            return Err(DirectoryError::ViewName);
        }
        let view = SavedView {
            id: ulid(now, random),
            user_id,
            page: page.to_owned(),
            name: name.to_owned(),
            query: query.trim_start_matches('?').to_owned(),
            created_at: micros(now),
        };
        let mut tx = self.db.begin().await?;
        let saved = records::save_view(&mut tx, &view).await.map_err(|error| {
            if error.is_foreign_key_violation() { DirectoryError::UnknownUser } else { error.into() }
        })?;
        tx.commit().await?;
        Ok(saved)
    }

    /// Forgets a view of a user; whether there was one.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn delete_view(&self, user_id: Ulid, id: Ulid) -> Result<bool, StoreError> {
        let mut tx = self.db.begin().await?;
        let gone = records::delete_view(&mut tx, user_id, id).await?;
        tx.commit().await?;
        Ok(gone)
    }
}
