use std::{collections::BTreeMap, fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use super::{Field, ImportError};

/// What the user says about columns: by column name, what it is. Columns not named here are recognised by
/// their names.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ColumnMapping {
    /// Target by column name.
    pub columns: BTreeMap<String, ColumnTarget>,
}

impl ColumnMapping {
    /// The mapping with `column` pointing at `target`.
    #[must_use]
    pub fn with(mut self, column: impl Into<String>, target: ColumnTarget) -> Self {
        self.columns.insert(column.into(), target);
        self
    }
}

/// Where the cells of a column go. Written as the field's name, `extra` or `ignore`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub enum ColumnTarget {
    /// Into this field.
    Field(Field),
    /// Kept beside the client as found.
    Extra,
    /// Nowhere.
    Ignore,
}

impl fmt::Display for ColumnTarget {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Field(field) => field.id(),
            Self::Extra => "extra",
            Self::Ignore => "ignore",
        })
    }
}

impl FromStr for ColumnTarget {
    type Err = MappingError;

    fn from_str(text: &str) -> Result<Self, MappingError> {
        match text.trim() {
            "extra" => Ok(Self::Extra),
            "ignore" => Ok(Self::Ignore),
            id => Field::from_id(id).map(Self::Field).ok_or_else(|| MappingError::NoSuchField(id.to_owned())),
        }
    }
}

impl From<ColumnTarget> for String {
    fn from(target: ColumnTarget) -> Self {
        target.to_string()
    }
}

impl TryFrom<String> for ColumnTarget {
    type Error = MappingError;

    fn try_from(text: String) -> Result<Self, MappingError> {
        text.parse()
    }
}

/// Why a mapping does not fit.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// It names a column that the file does not have.
    #[error("the mapping names the column `{0}`, which the file does not have")]
    NoSuchColumn(String),
    /// It names a field that there is not.
    #[error("`{0}` is no field: use a field's name such as current_mrr, or `extra`, or `ignore`")]
    NoSuchField(String),
    /// Two columns for one field.
    #[error("both `{first}` and `{second}` are mapped to {field}: choose one")]
    FieldTwice {
        /// The field.
        field: Field,
        /// One column.
        first: String,
        /// The other.
        second: String,
    },
}

/// Why a column went where it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ColumnMatch {
    /// The mapping says so.
    Mapped,
    /// It has the field's name.
    Name,
    /// It has a name that usually means the field.
    Synonym,
    /// Nothing is known of it.
    Unknown,
}

/// What a column of a file is used for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnUse {
    /// The column's name in the file.
    pub column: String,
    /// Where its cells go.
    pub target: ColumnTarget,
    /// Why.
    pub matched: ColumnMatch,
}

/// Which column of a sheet is which field.
pub(super) struct Plan {
    pub(super) uses: Vec<ColumnUse>,
    pub(super) remarks: Vec<String>,
    positions: [Option<usize>; Field::ALL.len()],
}

impl Plan {
    pub(super) fn new(columns: &[String], mapping: &ColumnMapping) -> Result<Self, MappingError> {
        if let Some(stranger) = mapping.columns.keys().find(|name| !columns.contains(name)) {
            return Err(MappingError::NoSuchColumn(stranger.clone()));
        }
        let mut given: BTreeMap<Field, &String> = BTreeMap::new();
        for (column, target) in &mapping.columns {
            if let ColumnTarget::Field(field) = *target
                && let Some(first) = given.insert(field, column)
            {
                let (first, second) = (first.clone(), column.clone());
                return Err(MappingError::FieldTwice { field, first, second });
            }
        }
        Ok(Self::place(columns, mapping))
    }

    /// The plan for `columns` under a mapping that is known to fit.
    pub(super) fn place(columns: &[String], mapping: &ColumnMapping) -> Self {
        let mut plan = Self { uses: Vec::new(), remarks: Vec::new(), positions: [None; Field::ALL.len()] };
        // The user's word first, then a field's own name, then synonyms.
        for (position, column) in columns.iter().enumerate() {
            if let Some(ColumnTarget::Field(field)) = mapping.columns.get(column) {
                plan.positions[*field as usize] = Some(position);
            }
        }
        let guesses: Vec<_> = columns.iter().map(|column| Field::guess(column)).collect();
        // A name written exactly wins over another spelling of it, and that over a synonym.
        type Closeness = fn(&str, Field, bool) -> bool;
        let passes: [Closeness; 3] =
            [|column, field, _| column == field.id(), |_, _, own_name| own_name, |_, _, _| true];
        for fits in passes {
            for (position, column) in columns.iter().enumerate() {
                if let Some((field, own_name)) = guesses[position]
                    && fits(column, field, own_name)
                    && !mapping.columns.contains_key(column)
                    && plan.position(field).is_none()
                {
                    plan.positions[field as usize] = Some(position);
                }
            }
        }
        for (position, column) in columns.iter().enumerate() {
            let placed = Field::ALL.iter().copied().find(|field| plan.position(*field) == Some(position));
            let (target, matched) = match (mapping.columns.get(column), placed, guesses[position]) {
                (Some(target), _, _) => (*target, ColumnMatch::Mapped),
                (None, Some(field), Some((_, true))) => (ColumnTarget::Field(field), ColumnMatch::Name),
                (None, Some(field), _) => (ColumnTarget::Field(field), ColumnMatch::Synonym),
                (None, None, guess) => {
                    if let Some((field, _)) = guess {
                        plan.remarks.push(format!(
                            "the column `{column}` is kept as an extra: another column already gives {field}"
                        ));
                    }
                    (ColumnTarget::Extra, ColumnMatch::Unknown)
                }
            };
            plan.uses.push(ColumnUse { column: column.clone(), target, matched });
        }
        plan
    }

    /// Position of the column that gives `field`.
    pub(super) fn position(&self, field: Field) -> Option<usize> {
        self.positions[field as usize]
    }

    /// The columns kept as extras: (position, name).
    pub(super) fn extras(&self) -> impl Iterator<Item = (usize, &str)> {
        let extra = |(_, used): &(usize, &ColumnUse)| used.target == ColumnTarget::Extra;
        self.uses.iter().enumerate().filter(extra).map(|(position, used)| (position, used.column.as_str()))
    }

    /// What every client needs and no column gives, in words.
    pub(super) fn missing(&self) -> Vec<&'static str> {
        let has = |field| self.position(field).is_some();
        let mut missing = Vec::new();
        if !has(Field::ClientId) {
            missing.push("client_id");
        }
        if !has(Field::ClientName) {
            missing.push("client_name");
        }
        if !has(Field::CurrentMrr) && !has(Field::CurrentAnnualSpend) {
            missing.push("current_mrr or current_annual_spend");
        }
        missing
    }

    pub(super) fn require_columns(&self, columns: &[String]) -> Result<(), ImportError> {
        let missing = self.missing();
        if missing.is_empty() {
            return Ok(());
        }
        let shown: Vec<&str> = columns.iter().take(40).map(String::as_str).collect();
        Err(ImportError::MissingColumns { missing: missing.join(", "), found: shown.join(", ") })
    }
}
