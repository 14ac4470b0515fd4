//! The analytics tables in the hub's database.

use jiff::Timestamp;
use kernel::Ulid;
use store::{Db, Migration, MigrationSet, Query, Row, Session as On, StoreError, Tx};

use disclosure::{Budget, Epsilon};

use super::{Question, ask::Release};

pub(crate) const SCHEMA: MigrationSet = MigrationSet {
    domain: "analytics",
    migrations: &[Migration {
        version: 1,
        name: "privacy budget",
        sql: include_str!("../../migrations/hub_0001_analytics.sql"),
    }],
};

/// The budget as it is kept; `None` before the first use.
pub(super) async fn budget(on: impl Into<On<'_>>) -> Result<Option<Budget>, StoreError> {
    let query = Query::new("SELECT total_micro, spent_micro FROM privacy_budget WHERE slot = 1");
    let row = on.into().optional(query).await?;
    row.map(|row| {
        let (total, spent) = (row.count("total_micro")?, row.count("spent_micro")?);
        Ok(Budget::resume(Epsilon::from_micro(total), Epsilon::from_micro(spent)))
    })
    .transpose()
}

pub(super) async fn set_budget(tx: &mut Tx, budget: Budget, at: Timestamp) -> Result<(), StoreError> {
    let micro = |epsilon: Epsilon| i64::try_from(epsilon.micro()).unwrap_or(i64::MAX);
    let insert = Query::new(
        "INSERT INTO privacy_budget (slot, total_micro, spent_micro, changed_at) VALUES (1, ?, ?, ?) \
         ON CONFLICT (slot) DO UPDATE SET total_micro = excluded.total_micro, spent_micro = excluded.spent_micro, \
         changed_at = excluded.changed_at",
    )
    .bind(micro(budget.total()))
    .bind(micro(budget.spent()))
    .bind(at);
    tx.execute(insert).await.map(|_| ())
}

pub(super) async fn add_release(tx: &mut Tx, release: &Release, answer: String) -> Result<(), StoreError> {
    let insert = Query::new(
        "INSERT INTO privacy_release (id, at, actor, measure, grouping, epsilon_micro, answer) \
         VALUES (?, ?, ?, ?, ?, ?, ?)",
    )
    .bind(release.id)
    .bind(release.at)
    .bind(&release.actor)
    .bind(release.answer.question.measure.id())
    .bind(release.answer.question.by.id())
    .bind(i64::try_from(release.epsilon.micro()).unwrap_or(i64::MAX))
    .bind(answer);
    tx.execute(insert).await.map(|_| ())
}

const RELEASE: &str = "SELECT id, at, actor, epsilon_micro, answer FROM privacy_release";

fn release(row: &Row) -> Result<Release, StoreError> {
    Ok(Release {
        id: row.parse("id")?,
        at: row.timestamp("at")?,
        actor: row.text("actor")?,
        epsilon: Epsilon::from_micro(row.count("epsilon_micro")?),
        answer: row.json("answer")?,
    })
}

pub(super) async fn release_by_id(db: &Db, id: Ulid) -> Result<Option<Release>, StoreError> {
    let row = db.optional(Query::new(RELEASE).push(" WHERE id = ?").bind(id)).await?;
    row.as_ref().map(release).transpose()
}

/// The newest first; of one question, if one is named.
pub(super) async fn releases(
    db: &Db,
    question: Option<Question>,
    limit: usize,
) -> Result<Vec<Release>, StoreError> {
    let mut query = Query::new(RELEASE).push(" WHERE 1 = 1");
    if let Some(question) = question {
        query = query
            .push(" AND measure = ? AND grouping = ?")
            .bind(question.measure.id())
            .bind(question.by.id());
    }
    db.list(query.push(" ORDER BY at DESC, id DESC LIMIT ?").bind(limit), release).await
}
