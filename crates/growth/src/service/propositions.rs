use boxed::boxed;
use kernel::Ulid;

use super::{Board, BoardQuery, Growth, GrowthError, event};
use crate::{
    Moment,
    activity::ActivityKind,
    metrics::ClientId,
    proposition::{Proposition, propose},
    proposition_record::{PropositionStatus, PropositionSummary, PropositionVersion},
    records,
};

#[boxed]
impl Growth {
    /// The propositions of one client or of all, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn propositions(
        &self,
        client_id: Option<&ClientId>,
    ) -> Result<Vec<PropositionSummary>, GrowthError> {
        Ok(records::propositions(&self.db, client_id).await?)
    }

    /// A proposition's version; without a number the latest.
    ///
    /// # Errors
    /// [`GrowthError::UnknownProposition`], or when the database fails.
    pub async fn proposition(
        &self,
        id: Ulid,
        version: Option<u32>,
    ) -> Result<PropositionVersion, GrowthError> {
        records::proposition(&self.db, id, version).await?.ok_or(GrowthError::UnknownProposition(id))
    }

    /// What a proposition for this client would say now. Saves nothing.
    ///
    /// # Errors
    /// [`GrowthError::NoSnapshot`], [`GrowthError::UnknownClient`], or when the database fails.
    pub async fn preview_proposition(&self, client_id: &ClientId) -> Result<Proposition, GrowthError> {
        let board = self.board(BoardQuery::default()).await?;
        write(&board, client_id)
    }

    /// Writes a proposition for a client from the latest snapshot. While the client has an open draft, that is
    /// returned instead: one text at a time, and nobody's edits are lost.
    ///
    /// # Errors
    /// [`GrowthError::NoSnapshot`], [`GrowthError::UnknownClient`], or when the database fails.
    pub async fn draft_proposition(
        &self,
        client_id: &ClientId,
        at: &Moment,
    ) -> Result<PropositionVersion, GrowthError> {
        let board = self.board(BoardQuery::default()).await?;
        let content = write(&board, client_id)?;
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("growth_proposition").await?;
        let earlier = records::propositions(&mut tx, Some(client_id)).await?;
        if let Some(open) = earlier.iter().find(|one| one.status == PropositionStatus::Draft) {
            let id = open.id;
            let open = records::proposition(&mut tx, id, None).await?;
            return open.ok_or(GrowthError::UnknownProposition(id));
        }
        let id = ids.next();
        records::add_proposition(&mut tx, id, board.snapshot.id, &content, at.at(), &at.actor).await?;
        let sentence = format!("drafted a proposition for {}", content.client_name);
        self.finish(tx, event(ids.next(), at, ActivityKind::PropositionDrafted, client_id, sentence)).await?;
        self.proposition(id, None).await
    }

    /// Adds a version that a person wrote. The same text again adds none.
    ///
    /// # Errors
    /// [`GrowthError::UnknownProposition`], [`GrowthError::PropositionSent`],
    /// [`GrowthError::PropositionClient`], or when the database fails.
    pub async fn edit_proposition(
        &self,
        id: Ulid,
        content: &Proposition,
        at: &Moment,
    ) -> Result<PropositionVersion, GrowthError> {
        self.next_version(id, content, true, at).await
    }

    /// Adds a version written anew from the latest snapshot; earlier ones stay readable.
    ///
    /// # Errors
    /// As [`Growth::edit_proposition`] and [`Growth::preview_proposition`].
    pub async fn regenerate_proposition(
        &self,
        id: Ulid,
        at: &Moment,
    ) -> Result<PropositionVersion, GrowthError> {
        let client_id = self.proposition(id, None).await?.summary.client_id;
        let content = self.preview_proposition(&client_id).await?;
        self.next_version(id, &content, false, at).await
    }

    async fn next_version(
        &self,
        id: Ulid,
        content: &Proposition,
        edited: bool,
        at: &Moment,
    ) -> Result<PropositionVersion, GrowthError> {
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("growth_proposition").await?;
        let before = records::proposition(&mut tx, id, None).await?;
        let before = before.ok_or(GrowthError::UnknownProposition(id))?;
        if before.summary.status == PropositionStatus::Sent {
            return Err(GrowthError::PropositionSent);
        }
        if before.summary.client_id != content.client_id {
            return Err(GrowthError::PropositionClient {
                expected: before.summary.client_id,
                found: content.client_id.clone(),
            });
        }
        if before.content == *content {
            return Ok(before);
        }
        let version =
            records::add_proposition_version(&mut tx, id, content, edited, at.at(), &at.actor).await?;
        let version = version.ok_or(GrowthError::PropositionSent)?;
        let verb = if edited { "edited" } else { "rewrote" };
        let sentence = format!("{verb} the proposition for {} (version {version})", content.client_name);
        let client = &content.client_id;
        self.finish(tx, event(ids.next(), at, ActivityKind::PropositionEdited, client, sentence)).await?;
        self.proposition(id, None).await
    }

    /// Records that the latest version went out, from now on unchanged. Doing so twice is doing it once.
    ///
    /// # Errors
    /// [`GrowthError::UnknownProposition`], or when the database fails.
    pub async fn mark_sent(
        &self,
        id: Ulid,
        to: Option<&str>,
        at: &Moment,
    ) -> Result<PropositionVersion, GrowthError> {
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        let before = records::proposition(&mut tx, id, None).await?;
        let before = before.ok_or(GrowthError::UnknownProposition(id))?;
        let to = to.map(str::trim).filter(|to| !to.is_empty());
        if !records::mark_proposition_sent(&mut tx, id, to, at.at(), &at.actor).await? {
            return Ok(before);
        }
        let sentence = format!("sent the proposition to {}", before.content.client_name);
        let client = &before.summary.client_id;
        self.finish(tx, event(ids.next(), at, ActivityKind::PropositionSent, client, sentence)).await?;
        self.proposition(id, None).await
    }
}

fn write(board: &Board, client_id: &ClientId) -> Result<Proposition, GrowthError> {
    let (client, assessment) =
        board.client(client_id).ok_or_else(|| GrowthError::UnknownClient(client_id.clone()))?;
    let sender = &board.settings.sender;
    Ok(propose(client, assessment, &board.policy, &board.clients, board.snapshot.as_of, sender))
}
