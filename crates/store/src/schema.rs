//! What a domain says of its tables: how they are made, and how each column travels.

use boxed::boxed;

use crate::{Db, Kind, MigrationSet, StoreError, catalog, disk, fence};

/// Tables that belong to one database and are never copied: the ledger of migrations and the fence.
pub(crate) const OWN: &[&str] = &["schema_migration", "fence"];

/// The schema of one domain: its migrations, and a rule for every table and column they make. Exports,
/// copies between databases, comparisons and erasure read the rules; a table without one is found by
/// [`unruled`], which the tests of every domain call.
///
/// ```
/// use store::{Migration, MigrationSet, Kind, schema::{ColumnRule, Schema, TableRule}};
///
/// pub const SCHEMA: Schema = Schema {
///     migrations: MigrationSet {
///         domain: "notes",
///         migrations: &[Migration {
///             version: 1,
///             name: "notes",
///             sql: "CREATE TABLE note (id TEXT PRIMARY KEY, person_id TEXT NOT NULL, text_sealed BYTEA NOT NULL);",
///         }],
///     },
///     tables: &[TableRule {
///         name: "note",
///         key: &["id"],
///         columns: &[
///             ColumnRule::plain("id", Kind::Text),
///             ColumnRule::plain("person_id", Kind::Text),
///             ColumnRule::sealed("text_sealed", Some("person_id"), "id"),
///         ],
///     }],
/// };
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Schema {
    /// How the tables are made.
    pub migrations: MigrationSet,
    /// Every table, those that others refer to first: rows are copied in this order.
    pub tables: &'static [TableRule],
}

/// One table.
#[derive(Clone, Copy, Debug)]
pub struct TableRule {
    /// Its name.
    pub name: &'static str,
    /// The columns of its primary key, none of which is ever NULL: rows are read in this order.
    pub key: &'static [&'static str],
    /// Every column, in the order in which they are written out.
    pub columns: &'static [ColumnRule],
}

/// One column.
#[derive(Clone, Copy, Debug)]
pub struct ColumnRule {
    /// Its name.
    pub name: &'static str,
    /// What it holds. SQLite does not tell truth values from numbers, hence it is said here.
    pub kind: Kind,
    /// How it travels.
    pub rule: Rule,
}

/// How a column travels between hubs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// As it is: no personal data, no secret.
    Plain,
    /// Sealed for one row; unsealed and sealed again when the row moves to another market.
    Sealed {
        /// The column with the person under whose key it is sealed; `None`, or NULL in that column, when it is
        /// sealed under a key of the market.
        person: Option<&'static str>,
        /// The column whose text is the row in the seal's associated data.
        row: &'static str,
    },
    /// A keyed blind index: made anew from the sealed columns in another market.
    Index,
    /// A sealed credential (`row` as in [`Rule::Sealed`]): it stays in its hub, and an export leaves it out.
    Secret {
        /// The column whose text is the row in the seal's associated data.
        row: &'static str,
    },
}

impl ColumnRule {
    /// A column that travels as it is.
    pub const fn plain(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, rule: Rule::Plain }
    }

    /// A sealed column: [`Rule::Sealed`].
    pub const fn sealed(name: &'static str, person: Option<&'static str>, row: &'static str) -> Self {
        Self { name, kind: Kind::Bytes, rule: Rule::Sealed { person, row } }
    }

    /// A blind index: [`Rule::Index`].
    pub const fn index(name: &'static str) -> Self {
        Self { name, kind: Kind::Bytes, rule: Rule::Index }
    }

    /// A sealed credential: [`Rule::Secret`].
    pub const fn secret(name: &'static str, row: &'static str) -> Self {
        Self { name, kind: Kind::Bytes, rule: Rule::Secret { row } }
    }
}

impl TableRule {
    /// The rule of a column.
    pub fn column(&self, name: &str) -> Option<&ColumnRule> {
        self.columns.iter().find(|column| column.name == name)
    }
}

/// What [`migrate_all`] did, domain by domain.
#[derive(Debug, Default)]
pub struct MigrationReport {
    /// The domains that are up to date now, with the steps taken this time.
    pub done: Vec<(&'static str, u32)>,
    /// The domain that failed, and why. The domains after it were not tried, those before it stay done.
    pub failed: Option<(&'static str, StoreError)>,
}

impl MigrationReport {
    /// Whether every domain is up to date.
    pub fn is_complete(&self) -> bool {
        self.failed.is_none()
    }

    /// The number of steps taken.
    pub fn steps(&self) -> u32 {
        self.done.iter().map(|(_, steps)| steps).sum()
    }
}

/// Brings every domain up to date, each in a transaction of its own, the fence's own table first. Called again
/// after a failure, it goes on where it stopped. It passes a fence: a market that waits for its migration is fenced.
#[boxed]
pub async fn migrate_all(db: &Db, schemas: &[&Schema]) -> MigrationReport {
    let mut report = MigrationReport::default();
    let sets =
        std::iter::once(&fence::SCHEMA).chain(schemas.iter().copied()).map(|schema| &schema.migrations);
    for set in sets {
        match db.migrate(set).await {
            Ok(steps) => report.done.push((set.domain, steps)),
            Err(error) => {
                report.failed = Some((set.domain, error));
                break;
            }
        }
    }
    report
}

/// Where a migrated database and the rules of `schemas` disagree, as sentences: a table or column without a rule,
/// a rule without its table or column, a key that is not the primary key. Empty when all is well.
///
/// # Errors
/// When the database cannot be read.
#[boxed]
pub async fn unruled(db: &Db, schemas: &[&Schema]) -> Result<Vec<String>, StoreError> {
    let found = catalog::tables(db).await?;
    let rules = || schemas.iter().flat_map(|schema| schema.tables);
    let mut complaints = Vec::new();
    for table in found.iter().filter(|table| !OWN.contains(&table.name.as_str())) {
        match rules().find(|rule| rule.name == table.name) {
            None => complaints.push(format!("table `{}` has no rule", table.name)),
            Some(rule) => complaints.extend(disagreements(rule, table)),
        }
    }
    for rule in rules() {
        if !found.iter().any(|table| table.name == rule.name) {
            complaints.push(format!("rule of `{}`, which is no table", rule.name));
        }
    }
    Ok(complaints)
}

fn disagreements(rule: &TableRule, table: &catalog::Table) -> Vec<String> {
    let name = rule.name;
    let mut complaints = Vec::new();
    for (column, kinds) in &table.columns {
        match rule.column(column) {
            None => complaints.push(format!("column `{name}.{column}` has no rule")),
            Some(said) if !kinds.contains(&said.kind) => {
                complaints.push(format!("`{name}.{column}` holds {kinds:?}, its rule says {:?}", said.kind));
            }
            Some(_) => {}
        }
    }
    let exists = |column: &str| table.columns.iter().any(|(found, _)| found == column);
    for column in rule.columns {
        let (person, row) = match column.rule {
            Rule::Sealed { person, row } => (person, Some(row)),
            Rule::Secret { row } => (None, Some(row)),
            Rule::Plain | Rule::Index => (None, None),
        };
        let named = [Some(column.name), person, row].into_iter().flatten();
        let missing = named.filter(|column| !exists(column));
        complaints
            .extend(missing.map(|column| format!("a rule names `{name}.{column}`, which is no column")));
    }
    if !rule.key.iter().eq(&table.key) {
        complaints.push(format!("the key of `{name}` is {:?}, its rule says {:?}", table.key, rule.key));
    }
    complaints
}

/// A hash of every migration: what a template was made of.
pub(crate) fn version(schemas: &[&Schema]) -> String {
    let mut context = ring::digest::Context::new(&ring::digest::SHA256);
    for schema in std::iter::once(&&fence::SCHEMA).chain(schemas) {
        for step in schema.migrations.migrations {
            let step = (schema.migrations.domain, step.version, step.sql);
            context.update(format!("{step:?}\n").as_bytes());
        }
    }
    disk::hex(&context.finish().as_ref()[..8])
}
