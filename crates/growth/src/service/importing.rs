use boxed::boxed;
use jiff::civil::Date;
use kernel::{Currency, Notice, PolicyKey, Rejection, Ulid};
use ring::digest::{Context, SHA256, digest};

use super::{Growth, GrowthError, event};
use crate::{
    Moment,
    activity::ActivityKind,
    assess::assess_all,
    import::Imported,
    policy::Policy,
    records,
    snapshot::{ImportReport, SnapshotSummary},
};

/// A snapshot to be: what [`crate::import::read`] or [`crate::profile`] made of a source, and where it is from.
#[derive(Clone, Debug)]
pub struct NewSnapshot {
    /// File name, or the profile's files.
    pub source: String,
    /// SHA-256 of the source's bytes, hexadecimal: [`NewSnapshot::digest`].
    pub content_sha256: String,
    /// Profile that derived the metrics; `None`: the file had metrics.
    pub profile: Option<String>,
    /// Whether the clients are made up.
    pub simulated: bool,
    /// The day the metrics speak of.
    pub as_of: Date,
    /// Currency of the amounts.
    pub currency: Currency,
    /// The clients, and what was refused.
    pub imported: Imported,
}

impl NewSnapshot {
    /// SHA-256 of a source's files, one after the other, hexadecimal.
    pub fn digest<'a>(files: impl IntoIterator<Item = &'a [u8]>) -> String {
        let mut context = Context::new(&SHA256);
        for file in files {
            context.update(file);
        }
        hex(context.finish().as_ref())
    }

    /// Digest of everything that makes this snapshot what it is.
    fn fingerprint(&self) -> String {
        let columns =
            self.imported.columns.iter().map(|column| format!("{}={}", column.column, column.target));
        let parts = [
            self.content_sha256.clone(),
            self.as_of.to_string(),
            self.currency.to_string(),
            self.profile.clone().unwrap_or_default(),
            self.simulated.to_string(),
            columns.collect::<Vec<_>>().join("\n"),
        ];
        hex(digest(&SHA256, parts.join("\0").as_bytes()).as_ref())
    }

    fn summary(&self, id: Ulid, at: &Moment) -> SnapshotSummary {
        SnapshotSummary {
            id,
            source: self.source.clone(),
            content_sha256: self.content_sha256.clone(),
            profile: self.profile.clone(),
            simulated: self.simulated,
            as_of: self.as_of,
            currency: self.currency,
            imported_at: at.at(),
            imported_by: at.actor.as_str().to_owned(),
            rows: self.imported.rows,
            clients: self.imported.clients.len() as u64,
            rejected_rows: self.imported.rejected_rows(),
            notices: self.imported.notices.len() as u64,
            columns: self.imported.columns.clone(),
        }
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[boxed]
impl Growth {
    /// Keeps a snapshot, with the active policy's assessments. The same source of the same day again changes
    /// nothing and returns the snapshot there is.
    ///
    /// # Errors
    /// [`GrowthError::NothingToImport`] when no row could be taken, or when the database fails.
    pub async fn import(&self, new: NewSnapshot, at: &Moment) -> Result<ImportReport, GrowthError> {
        if new.imported.clients.is_empty() {
            return Err(GrowthError::NothingToImport { rows: new.imported.rows });
        }
        let fingerprint = new.fingerprint();
        let mut ids = at.ids();
        let mut tx = self.db.begin().await?;
        tx.one_at_a_time("growth_snapshot").await?;
        if let Some(snapshot) = records::snapshot_by_fingerprint(&mut tx, &fingerprint).await? {
            let Imported { rejected, notices, .. } = new.imported;
            return Ok(ImportReport { snapshot, existed: true, rejected, notices });
        }
        let policy = super::policies::active(&mut tx).await?;
        let snapshot = new.summary(ids.next(), at);
        let Imported { clients, rejected, notices, .. } = new.imported;
        let assessments = assess_all(&clients, &policy, new.as_of);
        records::add_snapshot(&mut tx, &snapshot, &fingerprint).await?;
        records::add_clients(&mut tx, snapshot.id, &clients).await?;
        records::add_remarks(&mut tx, snapshot.id, &rejected, &notices).await?;
        let run = ids.next();
        records::add_run(&mut tx, run, snapshot.id, policy.key(), &assessments, at.at(), &at.actor).await?;
        let sentence = format!("imported {} clients as of {} from {}", clients.len(), new.as_of, new.source);
        let log = event(ids.next(), at, ActivityKind::SnapshotImported, snapshot.id, sentence);
        self.finish(tx, log).await?;
        Ok(ImportReport { snapshot, existed: false, rejected, notices })
    }

    /// Every snapshot, the latest first: by the day it speaks of, then by arrival.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn snapshots(&self) -> Result<Vec<SnapshotSummary>, GrowthError> {
        Ok(records::snapshots(&self.db).await?)
    }

    /// One snapshot.
    ///
    /// # Errors
    /// [`GrowthError::UnknownSnapshot`], or when the database fails.
    pub async fn snapshot(&self, id: Ulid) -> Result<SnapshotSummary, GrowthError> {
        records::snapshot_by_id(&self.db, id).await?.ok_or(GrowthError::UnknownSnapshot(id))
    }

    /// What was refused, and what was remarked, when a snapshot was imported.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn import_remarks(&self, id: Ulid) -> Result<(Vec<Rejection>, Vec<Notice>), GrowthError> {
        Ok((records::rejections(&self.db, id).await?, records::notices(&self.db, id).await?))
    }

    /// Writes a policy's view of the latest snapshot into the ledger, unless it is there.
    pub(super) async fn predict_latest(
        tx: &mut store::Tx,
        policy: &Policy,
        run_id: Ulid,
        at: &Moment,
    ) -> Result<(), GrowthError> {
        let Some(latest) = records::latest_snapshots(&mut *tx, 1).await?.into_iter().next() else {
            return Ok(());
        };
        let key: &PolicyKey = policy.key();
        if records::has_run(tx, latest.id, key).await? {
            return Ok(());
        }
        let clients = records::clients(&mut *tx, latest.id, latest.currency).await?;
        let assessments = assess_all(&clients, policy, latest.as_of);
        records::add_run(tx, run_id, latest.id, key, &assessments, at.at(), &at.actor).await?;
        Ok(())
    }
}
