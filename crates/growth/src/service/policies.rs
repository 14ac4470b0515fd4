use boxed::boxed;
use kernel::PolicyKey;
use store::Session;

use super::{Growth, GrowthError, event};
use crate::{
    Moment,
    activity::ActivityKind,
    policy::Policy,
    policy_version::PolicyVersion,
    records,
    whatif::{self, PolicyDiff},
};

/// The policy that counts: the one activated last, or the default that ships.
pub(super) async fn active(tx: &mut store::Tx) -> Result<Policy, GrowthError> {
    match records::active_policy(&mut *tx).await? {
        Some(key) => load(&mut *tx, &key).await,
        None => Ok(Policy::framework()),
    }
}

/// A saved policy, compiled.
pub(super) async fn load(on: impl Into<Session<'_>>, key: &PolicyKey) -> Result<Policy, GrowthError> {
    let text = records::policy_content(on, key).await?;
    let text = text.ok_or_else(|| GrowthError::UnknownPolicy(key.clone()))?;
    Ok(Policy::from_toml(&text)?)
}

#[boxed]
impl Growth {
    /// Every saved policy, by name and the newest version first; the active one is marked.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policies(&self) -> Result<Vec<PolicyVersion>, GrowthError> {
        let active = self.active_policy().await?;
        let mut versions = records::policy_versions(&self.db).await?;
        for version in &mut versions {
            version.active = version.key == active;
        }
        Ok(versions)
    }

    /// Which policy counts.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn active_policy(&self) -> Result<PolicyKey, GrowthError> {
        let chosen = records::active_policy(&self.db).await?;
        Ok(chosen.unwrap_or_else(|| Policy::framework().key().clone()))
    }

    /// A saved policy.
    ///
    /// # Errors
    /// [`GrowthError::UnknownPolicy`], or when the database fails.
    pub async fn policy(&self, key: &PolicyKey) -> Result<Policy, GrowthError> {
        load(&self.db, key).await
    }

    /// A saved policy's text, with the comments it was saved with.
    ///
    /// # Errors
    /// [`GrowthError::UnknownPolicy`], or when the database fails.
    pub async fn policy_text(&self, key: &PolicyKey) -> Result<String, GrowthError> {
        let text = records::policy_content(&self.db, key).await?;
        text.ok_or_else(|| GrowthError::UnknownPolicy(key.clone()))
    }

    /// What a draft would do to the latest snapshot, beside the active policy. Saves nothing.
    ///
    /// # Errors
    /// [`GrowthError::NoSnapshot`], or when the database fails.
    pub async fn preview_policy(&self, draft: &Policy) -> Result<PolicyDiff, GrowthError> {
        let board = self.board(super::BoardQuery::default()).await?;
        Ok(whatif::preview(&board.clients, &board.policy, draft, board.snapshot.as_of)?)
    }

    /// Saves a policy as the next version of its name, whatever version its text says, and returns that. A text
    /// that says the same as the newest version is that version.
    ///
    /// # Errors
    /// [`GrowthError::Policy`] when the text is no policy, or when the database fails.
    pub async fn save_policy(&self, toml: &str, note: &str, at: &Moment) -> Result<PolicyKey, GrowthError> {
        let given = Policy::from_toml(toml)?;
        let name = given.key().name.clone();
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        let version = records::next_policy_version(&mut tx, &name).await?;
        if version > 1 {
            let newest = PolicyKey { name: name.clone(), version: version - 1 };
            let before = load(&mut tx, &newest).await?;
            if before == numbered(&given, newest.version)? {
                return Ok(newest);
            }
        }
        let policy = numbered(&given, version)?;
        let text = text_with_version(toml, &policy)?;
        let note = note.trim();
        records::add_policy(&mut tx, policy.key(), &text, note, Some((at.at(), &at.actor))).await?;
        let key = policy.key().clone();
        let sentence = match note {
            "" => format!("saved policy {key}"),
            note => format!("saved policy {key}: {note}"),
        };
        self.finish(tx, event(ids.next(), at, ActivityKind::PolicySaved, &key, sentence)).await?;
        Ok(key)
    }

    /// Makes a saved policy the one that counts, and records what it says of the latest snapshot.
    ///
    /// # Errors
    /// [`GrowthError::UnknownPolicy`], or when the database fails.
    pub async fn activate_policy(&self, key: &PolicyKey, at: &Moment) -> Result<(), GrowthError> {
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("growth_snapshot").await?;
        let policy = load(&mut tx, key).await?;
        if active(&mut tx).await?.key() == key {
            return Ok(());
        }
        records::activate_policy(&mut tx, key, at.at(), &at.actor).await?;
        Self::predict_latest(&mut tx, &policy, ids.next(), at).await?;
        let sentence = format!("made policy {key} the one that counts");
        self.finish(tx, event(ids.next(), at, ActivityKind::PolicyActivated, key, sentence)).await
    }
}

/// The same policy under another version number.
fn numbered(policy: &Policy, version: u32) -> Result<Policy, GrowthError> {
    let mut document = policy.document().clone();
    document.version = version;
    Ok(Policy::new(document)?)
}

/// The author's text with the version replaced, so that comments stay; without a plain `version = ` line the
/// policy as written by the program.
fn text_with_version(toml: &str, policy: &Policy) -> Result<String, GrowthError> {
    let version = policy.key().version;
    let mut before_tables = true;
    let lines = toml.lines().map(|line| {
        before_tables &= !line.trim_start().starts_with('[');
        let is_version = before_tables && line.split('=').next().is_some_and(|key| key.trim() == "version");
        if is_version { format!("version = {version}") } else { line.to_owned() }
    });
    let text = lines.collect::<Vec<_>>().join("\n") + "\n";
    match Policy::from_toml(&text) {
        Ok(read) if read == *policy => Ok(text),
        _ => Ok(policy.to_toml()?),
    }
}
