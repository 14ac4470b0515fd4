use boxed::boxed;

use crate::{Db, EngineKind, Query, StoreError, Tx, disk};

/// One step of a schema: forward only, never edited once released.
#[derive(Clone, Copy, Debug)]
pub struct Migration {
    /// 1, 2, 3, ... within the domain.
    pub version: u32,
    /// What it does, in a few words.
    pub name: &'static str,
    /// The statements, in the common dialect: see [`MigrationSet`].
    pub sql: &'static str,
}

/// The schema of one domain, as steps in order.
///
/// One text serves both databases. It is written for PostgreSQL with the types `TEXT`, `BIGINT`,
/// `DOUBLE PRECISION`, `BOOLEAN` and `BYTEA`; on SQLite these become `TEXT`, `INTEGER`, `REAL`, `INTEGER` and
/// `BLOB` in `STRICT` tables. On PostgreSQL text compares byte by byte (`COLLATE "C"`), as on SQLite, so that
/// both sort alike.
///
/// ```
/// use store::{Migration, MigrationSet};
///
/// const SCHEMA: MigrationSet = MigrationSet {
///     domain: "deals",
///     migrations: &[Migration {
///         version: 1,
///         name: "deals",
///         sql: "CREATE TABLE deal (id TEXT PRIMARY KEY, won BOOLEAN NOT NULL);",
///     }],
/// };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MigrationSet {
    /// Name of the domain; steps are counted per domain.
    pub domain: &'static str,
    /// The steps, by ascending version from 1.
    pub migrations: &'static [Migration],
}

/// The schema and the program do not fit together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MigrationError {
    /// An applied step reads differently now.
    #[error("migration {version} of `{domain}` was changed after it was applied; add a new one instead")]
    Changed {
        /// The domain.
        domain: String,
        /// The step.
        version: u32,
    },
    /// The database was migrated by a newer program.
    #[error(
        "the database has migration {found} of `{domain}`, this program knows up to {known}: use the newer program"
    )]
    Newer {
        /// The domain.
        domain: String,
        /// The highest step found.
        found: u32,
        /// The highest step known.
        known: u32,
    },
    /// The steps are not numbered 1, 2, 3, ...
    #[error("migrations of `{0}` are not numbered 1, 2, 3, ...")]
    Numbering(String),
}

#[boxed]
impl Db {
    /// Brings the schema of a domain up to date, all missing steps in one transaction; the number of steps
    /// taken. Several processes may do this at once: one works, the others wait and find nothing to do.
    ///
    /// # Errors
    /// [`MigrationError`] when the database and the program do not fit together.
    pub async fn migrate(&self, set: &MigrationSet) -> Result<u32, StoreError> {
        let numbered = set.migrations.iter().zip(1..).all(|(step, number)| step.version == number);
        if !numbered {
            return Err(MigrationError::Numbering(set.domain.to_owned()).into());
        }
        // A fenced market may be waiting for just this.
        let mut tx = self.begin_unfenced().await?;
        tx.one_at_a_time("schema_migration").await?;
        run(&mut tx, self.engine(), LEDGER).await?;
        let applied = tx
            .list(
                Query::new(
                    "SELECT version, checksum FROM schema_migration WHERE domain = ? ORDER BY version",
                )
                .bind(set.domain),
                |row| Ok((row.count::<u32>("version")?, row.text("checksum")?)),
            )
            .await?;
        let known = set.migrations.last().map_or(0, |step| step.version);
        if let Some((found, _)) = applied.last().filter(|(found, _)| *found > known) {
            let domain = set.domain.to_owned();
            return Err(MigrationError::Newer { domain, found: *found, known }.into());
        }
        let mut taken = 0;
        for step in set.migrations {
            let checksum = checksum(step.sql);
            match applied.iter().find(|(version, _)| *version == step.version) {
                Some((_, before)) if *before == checksum => {}
                Some(_) => {
                    let (domain, version) = (set.domain.to_owned(), step.version);
                    return Err(MigrationError::Changed { domain, version }.into());
                }
                None => {
                    run(&mut tx, self.engine(), step.sql).await?;
                    record(&mut tx, set.domain, step, checksum).await?;
                    taken += 1;
                }
            }
        }
        tx.commit_unmarked().await?;
        Ok(taken)
    }
}

const LEDGER: &str = "CREATE TABLE IF NOT EXISTS schema_migration (
    domain TEXT NOT NULL,
    version BIGINT NOT NULL,
    name TEXT NOT NULL,
    checksum TEXT NOT NULL,
    PRIMARY KEY (domain, version)
);";

async fn record(
    tx: &mut Tx,
    domain: &'static str,
    step: &Migration,
    checksum: String,
) -> Result<(), StoreError> {
    let insert =
        Query::new("INSERT INTO schema_migration (domain, version, name, checksum) VALUES (?, ?, ?, ?)")
            .bind(domain)
            .bind(step.version)
            .bind(step.name)
            .bind(checksum);
    tx.execute(insert).await.map(|_| ())
}

async fn run(tx: &mut Tx, engine: EngineKind, sql: &str) -> Result<(), StoreError> {
    for statement in statements(sql) {
        tx.execute(Query::assembled(translate(&statement, engine), Vec::new())).await?;
    }
    Ok(())
}

/// Splits at semicolons, dropping comments (`-- ...`). Migrations hold no semicolon inside a literal.
fn statements(sql: &str) -> Vec<String> {
    let bare: Vec<&str> = sql.lines().map(|line| line.split("--").next().unwrap_or_default()).collect();
    bare.join("\n").split(';').map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned).collect()
}

fn translate(statement: &str, engine: EngineKind) -> String {
    match engine {
        EngineKind::Sqlite => {
            let words = statement.replace("DOUBLE PRECISION", "REAL");
            let mut text = by_word(&words, |word| match word {
                "BIGINT" | "BOOLEAN" => Some("INTEGER"),
                "BYTEA" => Some("BLOB"),
                _ => None,
            });
            if text.starts_with("CREATE TABLE") {
                text.push_str(" STRICT");
            }
            text
        }
        EngineKind::Postgres => by_word(statement, |word| (word == "TEXT").then_some("TEXT COLLATE \"C\"")),
    }
}

fn by_word(text: &str, replace: impl Fn(&str) -> Option<&'static str>) -> String {
    let is_word = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let end = rest.find(|letter| is_word(letter) != is_word(first)).unwrap_or(rest.len());
        let (run, tail) = rest.split_at(end);
        out.push_str(replace(run).unwrap_or(run));
        rest = tail;
    }
    out
}

fn checksum(sql: &str) -> String {
    disk::hex(ring::digest::digest(&ring::digest::SHA256, sql.as_bytes()).as_ref())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_text_serves_both_databases() {
        let sql = "-- people\nCREATE TABLE a (id TEXT PRIMARY KEY, at BIGINT, \"BIGINTS\" BYTEA, p DOUBLE PRECISION, b BOOLEAN); \
                   CREATE INDEX a_at ON a (at);";
        let parts = statements(sql);
        assert_eq!(
            translate(&parts[0], EngineKind::Sqlite),
            "CREATE TABLE a (id TEXT PRIMARY KEY, at INTEGER, \"BIGINTS\" BLOB, p REAL, b INTEGER) STRICT"
        );
        assert_eq!(
            translate(&parts[0], EngineKind::Postgres),
            "CREATE TABLE a (id TEXT COLLATE \"C\" PRIMARY KEY, at BIGINT, \"BIGINTS\" BYTEA, p DOUBLE PRECISION, b BOOLEAN)"
        );
        assert_eq!(translate(&parts[1], EngineKind::Sqlite), "CREATE INDEX a_at ON a (at)");
    }
}
