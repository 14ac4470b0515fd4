use std::collections::{BTreeMap, HashMap};

use jiff::civil::Date;
use kernel::Notice;
use rust_decimal::Decimal;
use tabular::{Cell, Format, Hint, RawRow, Sheet};

use super::{
    ProfileError,
    definition::Profile,
    measure::text,
    resolve::{self, locate},
    table::{Datum, Row, Table},
};
use crate::import::{self, ColumnMapping, Field, ImportOptions, Imported};

/// A file of raw records.
#[derive(Clone, Copy, Debug)]
pub struct SourceFile<'a> {
    /// Its name, which says which table it is.
    pub name: &'a str,
    /// Its content.
    pub bytes: &'a [u8],
}

/// The tables of a profile, read once, to be looked at as of any date.
pub struct Evidence<'p> {
    pub(super) profile: &'p Profile,
    tables: BTreeMap<String, Table>,
    /// By table and client, the rows that belong to the client, through a join where there is one.
    rows: HashMap<String, HashMap<String, Vec<usize>>>,
    /// By joining table and row, the rows of the other table that have its key.
    joined: HashMap<String, Vec<Vec<usize>>>,
    notices: Vec<Notice>,
}

impl<'p> Evidence<'p> {
    /// Reads the files of a profile.
    ///
    /// # Errors
    /// When a table has no file or two, a file cannot be read, or a column is missing.
    pub fn load(files: &[SourceFile<'_>], profile: &'p Profile) -> Result<Self, ProfileError> {
        let readings = resolve::readings(profile)?;
        let mut evidence = Self {
            profile,
            tables: BTreeMap::new(),
            rows: HashMap::new(),
            joined: HashMap::new(),
            notices: Vec::new(),
        };
        for (name, rule) in &profile.tables {
            let file = file_of(files, name, &rule.files)?;
            let sheet = tabular::read(file.bytes, &Hint::named(file.name))
                .map_err(|fault| ProfileError::File { file: file.name.to_owned(), fault })?;
            let formats = &profile.date_formats;
            let notices = &mut evidence.notices;
            let table = Table::new(name, rule, &readings, formats, file.name, &sheet, notices)?;
            evidence.tables.insert(name.clone(), table);
        }
        for name in profile.tables.keys() {
            evidence.assign_rows(name);
        }
        Ok(evidence)
    }

    /// Finds out whose the rows of a table are.
    fn assign_rows(&mut self, name: &str) {
        let rule = &self.profile.tables[name];
        let table = &self.tables[name];
        let mut rows: HashMap<String, Vec<usize>> = HashMap::new();
        let cell = |table: &Table, column: &str, row: &Row| {
            table.position(column).map(|position| text(&row.cells[position])).unwrap_or_default()
        };
        if let Some(column) = &rule.client {
            for (at, row) in table.rows.iter().enumerate() {
                rows.entry(cell(table, column, row)).or_default().push(at);
            }
        }
        if let Some(join) = &rule.join {
            let (other_rule, other) = (&self.profile.tables[&join.table], &self.tables[&join.table]);
            let key = other_rule.key.as_deref().unwrap_or_default();
            let client = other_rule.client.as_deref().unwrap_or_default();
            let mut by_key: HashMap<String, Vec<usize>> = HashMap::new();
            for (at, row) in other.rows.iter().enumerate() {
                by_key.entry(cell(other, key, row)).or_default().push(at);
            }
            let mut joined = Vec::with_capacity(table.rows.len());
            for (at, row) in table.rows.iter().enumerate() {
                let partners = by_key.get(&cell(table, &join.on, row)).cloned().unwrap_or_default();
                for partner in &partners {
                    let mine = rows.entry(cell(other, client, &other.rows[*partner])).or_default();
                    if mine.last() != Some(&at) {
                        mine.push(at);
                    }
                }
                joined.push(partners);
            }
            self.joined.insert(name.to_owned(), joined);
        }
        self.rows.insert(name.to_owned(), rows);
    }

    /// The rows of a client that are known on `as_of`, and belong to it by what is known then.
    pub(super) fn known_rows(&self, table: &str, client: &str, as_of: Date) -> impl Iterator<Item = &Row> {
        let (name, table) = (table.to_owned(), &self.tables[table]);
        let mine = self.rows[&name].get(client).map(Vec::as_slice).unwrap_or_default();
        let client = client.to_owned();
        mine.iter().map(|at| &table.rows[*at]).filter(move |row| {
            row.recorded <= as_of
                && (self.profile.tables[&name].join.is_none()
                    || self.partner(&name, row, as_of).is_some_and(|(other, partner)| {
                        let column = self.profile.tables[other].client.as_deref().unwrap_or_default();
                        text(self.datum(other, column, partner, as_of)) == client
                    }))
        })
    }

    /// The row of the joined table that `row` belongs to: the first with its key that is known.
    fn partner(&self, table: &str, row: &Row, as_of: Date) -> Option<(&str, &Row)> {
        let other = &self.profile.tables[table].join.as_ref()?.table;
        let at = self.tables[table].rows.partition_point(|earlier| earlier.number < row.number);
        let partners = &self.joined.get(table)?[at];
        let rows = &self.tables[other].rows;
        partners
            .iter()
            .map(|at| &rows[*at])
            .find(|row| row.recorded <= as_of)
            .map(|row| (other.as_str(), row))
    }

    /// What is known on `as_of` of the cell that `column` means in a row of `table`.
    pub(super) fn datum<'a>(&'a self, table: &str, column: &str, row: &'a Row, as_of: Date) -> &'a Datum {
        let (owner, column) = locate(&self.profile.tables[table], table, column);
        let row = if owner == table {
            row
        } else {
            match self.partner(table, row, as_of) {
                Some((_, partner)) => partner,
                None => return &Datum::Empty,
            }
        };
        let owner = &self.tables[owner];
        owner.position(column).map_or(&Datum::Empty, |position| owner.known(row, position, as_of))
    }

    /// Identifier, name and row number of everyone in the client table who is known on `as_of`.
    pub(super) fn clients(&self, as_of: Date) -> impl Iterator<Item = (String, String, u64)> {
        let rule = &self.profile.client;
        self.tables[&rule.table].rows.iter().filter(move |row| row.recorded <= as_of).map(move |row| {
            let cell = |column: &str| text(self.datum(&rule.table, column, row, as_of));
            (cell(&rule.id), cell(&rule.name), row.number)
        })
    }

    /// The metrics of every client, by what was known on `as_of`.
    ///
    /// # Errors
    /// When the profile's metrics cannot make a client at all.
    pub fn metrics(&self, as_of: Date) -> Result<Imported, ProfileError> {
        let fields: Vec<Field> = self.profile.metrics.keys().copied().collect();
        let columns = [Field::ClientId, Field::ClientName].into_iter().chain(fields.iter().copied());
        let mut sheet = Sheet {
            format: Format::Csv,
            delimiter: None,
            columns: columns.map(|field| field.id().to_owned()).collect(),
            rows: Vec::new(),
            bad_rows: Vec::new(),
            remarks: Vec::new(),
        };
        let mut not_paying = 0;
        for (id, name, number) in self.clients(as_of) {
            let values: Vec<Datum> =
                self.profile.metrics.values().map(|rule| self.metric(rule, &id, as_of)).collect();
            if let Some(positive) = self.profile.client.positive {
                let at = fields.iter().position(|field| *field == positive);
                let is_positive = matches!(at.map(|at| &values[at]), Some(Datum::Number(number)) if *number > Decimal::ZERO);
                if !is_positive {
                    not_paying += 1;
                    continue;
                }
            }
            let mut cells = vec![Cell::from(id), Cell::from(name)];
            cells.extend(values.iter().map(|value| Cell::from(text(value))));
            sheet.rows.push(RawRow { number, cells });
        }
        let later =
            self.tables[&self.profile.client.table].rows.iter().filter(|row| row.recorded > as_of).count();
        let left_out = [
            (later, format!("rows of {} are dated after {as_of}", self.profile.client.table)),
            (
                not_paying,
                format!(
                    "rows of {} have no {} above 0 on {as_of}",
                    self.profile.client.table,
                    self.profile.client.positive.map(Field::id).unwrap_or_default()
                ),
            ),
        ];
        for (count, what) in left_out.into_iter().filter(|(count, _)| *count > 0) {
            sheet.remarks.push(format!("{count} {what} and are left out"));
        }

        let options = ImportOptions { as_of, currency: self.profile.currency };
        let mut imported = import::check(sheet, &ColumnMapping::default(), &options, &mut |_| ())?;
        imported.notices.extend(self.notices.iter().cloned());
        Ok(imported)
    }
}

/// The one file whose name fits a pattern of the table.
fn file_of<'f>(
    files: &'f [SourceFile<'f>],
    table: &str,
    patterns: &[String],
) -> Result<&'f SourceFile<'f>, ProfileError> {
    let mut fitting = files.iter().filter(|file| {
        let name = file.name.rsplit(['/', '\\']).next().unwrap_or(file.name);
        patterns.iter().any(|pattern| fits(&pattern.to_lowercase(), &name.to_lowercase()))
    });
    match (fitting.next(), fitting.next()) {
        (Some(file), None) => Ok(file),
        (None, _) => Err(ProfileError::NoFile { table: table.to_owned(), patterns: patterns.join(" or ") }),
        (Some(first), Some(second)) => Err(ProfileError::TwoFiles {
            table: table.to_owned(),
            first: first.name.to_owned(),
            second: second.name.to_owned(),
        }),
    }
}

/// Whether `name` is `pattern`, where `*` stands for anything.
fn fits(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|mut tail| {
            loop {
                if fits(rest, tail) {
                    return true;
                }
                let mut letters = tail.chars();
                if letters.next().is_none() {
                    return false;
                }
                tail = letters.as_str();
            }
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, name, expected) in [
            ("*accounts*", "ravenstack_accounts.csv.gz", true),
            ("accounts.csv", "accounts.csv", true),
            ("accounts.csv", "my_accounts.csv", false),
            ("*_usage.csv", "feature_usage.csv.gz", false),
            ("a*b*c", "aXXbYYc", true),
            ("*", "", true),
        ] {
            assert_eq!(fits(pattern, name), expected, "{pattern} {name}");
        }
    }
}
