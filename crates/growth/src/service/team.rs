use boxed::boxed;
use kernel::Ulid;

use super::{Growth, GrowthError, event};
use crate::{
    Moment,
    activity::ActivityKind,
    owner::{Owner, OwnerDraft},
    records,
    settings::{SavedSettings, Settings},
};

#[boxed]
impl Growth {
    /// The settings; defaults until somebody saves some.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn settings(&self) -> Result<SavedSettings, GrowthError> {
        Ok(records::settings(&self.db).await?)
    }

    /// Replaces the settings.
    ///
    /// # Errors
    /// [`GrowthError::Settings`], or when the database fails.
    pub async fn save_settings(&self, settings: Settings, at: &Moment) -> Result<(), GrowthError> {
        let settings = settings.checked()?;
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        let before = records::settings(&mut tx).await?;
        if before.saved_at.is_some() && before.settings == settings {
            return Ok(());
        }
        records::save_settings(&mut tx, &settings, at.at(), &at.actor).await?;
        let sentence = format!("set the goal to {} {} a month", settings.goal_mrr, settings.currency);
        let sentence = if before.settings.goal_mrr == settings.goal_mrr {
            "changed the settings".to_owned()
        } else {
            sentence
        };
        self.finish(tx, event(ids.next(), at, ActivityKind::SettingsSaved, "settings", sentence)).await
    }

    /// Everybody who works on opportunities, by name.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn owners(&self) -> Result<Vec<Owner>, GrowthError> {
        Ok(records::owners(&self.db).await?)
    }

    /// Adds an owner, or changes the one with identity `id`.
    ///
    /// # Errors
    /// [`GrowthError::Owner`], [`GrowthError::OwnerEmailTaken`], [`GrowthError::UnknownOwner`], or when the
    /// database fails.
    pub async fn save_owner(
        &self,
        id: Option<Ulid>,
        draft: &OwnerDraft,
        at: &Moment,
    ) -> Result<Owner, GrowthError> {
        let mut ids = at.ids();
        let new_id = ids.next();
        let owner = draft.owner(id.unwrap_or(new_id))?;
        let mut tx = self.db.begin().await?;
        let before = match id {
            Some(id) => Some(records::owner_by_id(&mut tx, id).await?.ok_or(GrowthError::UnknownOwner(id))?),
            None => None,
        };
        if before.as_ref() == Some(&owner) {
            return Ok(owner);
        }
        let saved = records::save_owner(&mut tx, &owner, at.at(), &at.actor).await;
        saved.map_err(|error| {
            if error.is_unique_violation() { GrowthError::OwnerEmailTaken } else { error.into() }
        })?;
        let verb = if before.is_some() { "changed" } else { "added" };
        let hours = owner.weekly_hours;
        let sentence = format!("{verb} owner {} with {hours} hours a week", owner.name);
        self.finish(tx, event(ids.next(), at, ActivityKind::OwnerSaved, owner.id, sentence)).await?;
        Ok(owner)
    }
}
