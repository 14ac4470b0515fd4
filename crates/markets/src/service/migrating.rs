//! Tables of markets, brought up to date one market at a time.

use std::error::Error as _;

use boxed::boxed;
use kernel::{MarketName, Moment};
use ring::digest::{Context, SHA256};
use serde::Serialize;
use store::{Db, MigrationError, Schema, StoreError, schema};

use super::Markets;
use crate::{EnterError, MarketRecord, MarketsError, chain, records};

/// What came of one market.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Migrated {
    /// The market.
    pub name: MarketName,
    /// Steps taken.
    pub steps: u32,
    /// Why it is fenced now; `None` when all is well.
    pub failed: Option<String>,
}

/// A name for the tables that this program needs.
pub(super) fn stamp(schemas: &[&'static Schema]) -> String {
    let mut hash = Context::new(&SHA256);
    for schema in schemas {
        hash.update(schema.migrations.domain.as_bytes());
        for step in schema.migrations.migrations {
            hash.update(&step.version.to_be_bytes());
            hash.update(&(step.sql.len() as u64).to_be_bytes());
            hash.update(step.sql.as_bytes());
        }
    }
    crate::manifest::hex(&hash.finish().as_ref()[..12])
}

#[boxed]
impl Markets {
    /// Brings every market up to date and says what came of each. A market that fails is fenced with the reason, the
    /// others go on. Called again, it goes on where it stopped.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn migrate_all(&self, at: &Moment) -> Result<Vec<Migrated>, MarketsError> {
        let mut report = Vec::new();
        for record in self.list().await? {
            let name = record.name.clone();
            let migrated = async {
                let db = self.open_db(&record).await?;
                let done = self.migrate(&record, &db).await;
                db.close().await;
                done
            };
            let done = match migrated.await {
                Ok(done) => done,
                Err(error) => Migrated { name, steps: 0, failed: Some(error.to_string()) },
            };
            if done.steps > 0 || done.failed != record.fenced {
                let mut tx = self.0.hub.begin().await?;
                let outcome = done.failed.clone().unwrap_or_else(|| "up to date".to_owned());
                let detail = [("steps", done.steps.to_string()), ("outcome", outcome)];
                chain::both(&mut tx, at, "market.migrated", &record, detail).await?;
                tx.commit().await?;
                self.try_deliver_notes(&record).await;
            }
            report.push(done);
        }
        Ok(report)
    }

    /// The record of a market whose tables are as this program needs them.
    pub(super) async fn brought_up_to_date(
        &self,
        record: MarketRecord,
        db: &Db,
    ) -> Result<MarketRecord, MarketsError> {
        if record.schema_stamp == self.0.stamp && record.fenced.is_none() {
            return Ok(record);
        }
        let done = self.migrate(&record, db).await?;
        match done.failed {
            Some(reason) => Err(EnterError::Fenced { name: record.name, reason }.into()),
            None => Ok(MarketRecord { schema_stamp: self.0.stamp.clone(), fenced: None, ..record }),
        }
    }

    async fn migrate(&self, record: &MarketRecord, db: &Db) -> Result<Migrated, MarketsError> {
        let report = schema::migrate_all(db, &self.0.schemas).await;
        let (name, steps) = (record.name.clone(), report.steps());
        let failed = match report.failed {
            None => None,
            // That the database does not answer at the moment says nothing about its tables.
            Some((_, error)) if error.is_temporary() => return Err(error.into()),
            Some((domain, error)) => {
                let cause = error.source().map(|cause| format!(": {cause}")).unwrap_or_default();
                let reason =
                    format!("the tables of `{domain}` could not be brought up to date: {error}{cause}");
                if matches!(error, StoreError::Migration(MigrationError::Newer { .. })) {
                    // It is this program that is too old, which is nothing to be kept of the market.
                    return Ok(Migrated { name, steps, failed: Some(reason) });
                }
                Some(reason)
            }
        };
        if failed != record.fenced || record.schema_stamp != self.0.stamp {
            let mut tx = self.0.hub.begin().await?;
            records::set_schema(&mut tx, record.id, &self.0.stamp, failed.clone()).await?;
            tx.commit().await?;
            if let Some(reason) = &failed {
                tracing::error!(market = %record.id, reason, "a market is fenced");
                self.forget(record.id);
            }
        }
        Ok(Migrated { name, steps, failed })
    }
}
