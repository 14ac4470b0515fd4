//! The register and the standard's own list, read and held against each other.

use std::{collections::BTreeMap, fmt, fs, path::Path};

use toml::{Table, Value};

use super::checks::{Check, Existing};
use crate::fault::{Doing, Fault};

const REQUIREMENTS: &str = "data/asvs/requirements.csv";
const FOLDER: &str = "data/asvs/register";

/// How things stand with a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// It is met, and a check shows it.
    Met,
    /// It is met by whoever runs the hub; the product does its part and the documents say what is left to do.
    Deployment,
    /// It is not met, or nothing shows that it is; the entry says what is missing.
    Open,
    /// It speaks of something that the product does not have.
    NotApplicable,
}

impl Status {
    /// Every status, in the order in which they are told.
    pub const ALL: [Self; 4] = [Self::Met, Self::Deployment, Self::Open, Self::NotApplicable];

    fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.id() == id)
    }

    /// The name in the register.
    pub fn id(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Deployment => "deployment",
            Self::Open => "open",
            Self::NotApplicable => "not-applicable",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.id().replace('-', " "))
    }
}

/// A requirement as the standard has it.
pub struct Requirement {
    /// `V1.2.3`.
    pub id: String,
    /// `L1` or `L2`.
    pub level: String,
    /// The chapter's name.
    pub chapter: String,
    /// The section's name.
    pub section: String,
}

impl Requirement {
    /// Whether the requirement asks for a document, which is then its own proof.
    pub fn asks_for_a_document(&self) -> bool {
        self.section.contains("Documentation") || self.section.ends_with("Architecture")
    }
}

/// What is said about a requirement.
pub struct Entry {
    /// How it stands.
    pub status: Status,
    /// What the product does; for what does not apply, why not.
    pub says: String,
    /// What is not done yet, for what is open.
    pub missing: String,
    /// The checks that show it.
    pub checks: Vec<String>,
}

/// The standard's list and our entries.
pub struct Register {
    /// In the order of the standard.
    pub requirements: Vec<Requirement>,
    /// By the requirement's id.
    pub entries: BTreeMap<String, Entry>,
}

impl Register {
    /// Reads both from the checkout at `root`.
    pub fn read(root: &Path) -> Result<Self, Fault> {
        let list = fs::read_to_string(root.join(REQUIREMENTS)).doing(REQUIREMENTS)?;
        let requirements = list.lines().skip(1).map(requirement).collect::<Result<Vec<_>, _>>()?;
        let mut entries = BTreeMap::new();
        for file in fs::read_dir(root.join(FOLDER)).doing(FOLDER)? {
            let path = file.doing(FOLDER)?.path();
            let text = fs::read_to_string(&path).doing(path.display())?;
            let table: Table = text.parse().doing(path.display())?;
            for (id, value) in &table {
                let entry = entry(value).map_err(|why| Fault::new(format!("{id}: {why}")))?;
                if entries.insert(id.clone(), entry).is_some() {
                    return Err(Fault::new(format!("{id} has two entries")));
                }
            }
        }
        Ok(Self { requirements, entries })
    }

    /// The entry of a requirement.
    pub fn entry(&self, requirement: &Requirement) -> Option<&Entry> {
        self.entries.get(&requirement.id)
    }
}

/// The first four columns hold no quotes; the text after them is not needed.
fn requirement(line: &str) -> Result<Requirement, Fault> {
    let mut cells = cells(line).into_iter();
    match (cells.next(), cells.next(), cells.next(), cells.next()) {
        (Some(id), Some(level), Some(chapter), Some(section)) if id.starts_with('V') => {
            Ok(Requirement { id, level, chapter, section })
        }
        _ => Err(Fault::new(format!("{REQUIREMENTS}: `{line}` is no requirement"))),
    }
}

/// The cells of a line of CSV.
fn cells(line: &str) -> Vec<String> {
    let (mut cells, mut quoted) = (vec![String::new()], false);
    for character in line.chars() {
        match character {
            '"' => quoted = !quoted,
            ',' if !quoted => cells.push(String::new()),
            other => {
                if let Some(cell) = cells.last_mut() {
                    cell.push(other);
                }
            }
        }
    }
    cells
}

fn entry(value: &Value) -> Result<Entry, String> {
    let table = value.as_table().ok_or("is no table")?;
    if let Some(unknown) =
        table.keys().find(|key| !["status", "says", "missing", "checks"].contains(&key.as_str()))
    {
        return Err(format!("unknown key `{unknown}`"));
    }
    let text = |key: &str| table.get(key).and_then(Value::as_str).unwrap_or_default().trim().to_owned();
    let status = text("status");
    let checks = table.get("checks").and_then(Value::as_array).into_iter().flatten();
    Ok(Entry {
        status: Status::from_id(&status).ok_or_else(|| format!("`{status}` is no status"))?,
        says: text("says"),
        missing: text("missing"),
        checks: checks.map(|check| check.as_str().unwrap_or_default().to_owned()).collect(),
    })
}

/// What is wrong with the register, a sentence each.
pub fn faults(register: &Register, existing: &Existing) -> Vec<String> {
    let mut faults = Vec::new();
    for requirement in &register.requirements {
        match register.entry(requirement) {
            None => faults.push(format!("{} has no entry", requirement.id)),
            Some(entry) => faults.extend(
                faults_of(requirement, entry, existing)
                    .into_iter()
                    .map(|why| format!("{}: {why}", requirement.id)),
            ),
        }
    }
    let known = |id: &str| register.requirements.iter().any(|requirement| requirement.id == id);
    let strangers = register.entries.keys().filter(|id| !known(id));
    faults.extend(strangers.map(|id| format!("{id} is no requirement of levels 1 and 2")));
    faults
}

fn faults_of(requirement: &Requirement, entry: &Entry, existing: &Existing) -> Vec<String> {
    let mut faults = Vec::new();
    let mut must = |holds: bool, why: &str| {
        if !holds {
            faults.push(why.to_owned());
        }
    };
    must(entry.says.ends_with('.'), "a sentence must say what is done, or why it does not apply");
    let is_open = entry.status == Status::Open;
    must(is_open != entry.missing.is_empty(), "`missing` is for what is open, and there it must be said");
    let checks: Vec<Option<Check<'_>>> = entry.checks.iter().map(|check| Check::parse(check)).collect();
    let mut documents = checks.iter().flatten().filter(|check| matches!(check, Check::Document { .. }));
    match entry.status {
        Status::Met => {
            let shown = checks.iter().flatten().any(|check| !matches!(check, Check::Document { .. }));
            must(
                shown || (requirement.asks_for_a_document() && documents.next().is_some()),
                "no check shows that it is met",
            );
        }
        Status::Deployment => must(documents.next().is_some(), "no document tells what is left to do"),
        Status::Open => {}
        Status::NotApplicable => must(checks.is_empty(), "what does not apply has no check"),
    }
    for (named, check) in entry.checks.iter().zip(checks) {
        match check {
            None => faults.push(format!("`{named}` is no check")),
            Some(check) if !existing.has(&check) => faults.push(format!("`{named}` does not exist")),
            Some(_) => {}
        }
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn register(entry: &str) -> Register {
        let line = "V9.9.9,L2,\"Chapter, quoted\",Section,\"A text, with commas\"";
        let value: Table = entry.parse().expect("TOML");
        let entries = value.iter().map(|(id, value)| (id.clone(), super::entry(value).expect("an entry")));
        Register { requirements: vec![requirement(line).expect("one")], entries: entries.collect() }
    }

    fn found(entry: &str) -> String {
        faults(&register(entry), &Existing::of(&["store::a_real_test"], &["docs/security.md#keys"]))
            .join("; ")
    }

    #[test]
    fn commas_inside_quotes_part_no_cells() {
        assert_eq!(register("").requirements[0].chapter, "Chapter, quoted");
    }

    #[test]
    fn what_is_met_needs_a_check_that_exists() {
        let met = |checks: &str| {
            found(&format!("[\"V9.9.9\"]\nstatus = \"met\"\nsays = \"It does.\"\nchecks = [{checks}]"))
        };
        assert_eq!(met("\"store::a_real_test\""), "");
        assert!(met("").contains("no check"));
        assert!(met("\"store::an_invented_test\"").contains("does not exist"));
        assert!(met("\"docs/security.md#keys\"").contains("no check shows"), "a promise is no proof");
        assert!(met("\"nonsense\"").contains("is no check"));
    }

    #[test]
    fn nothing_is_hidden_and_nothing_invented() {
        assert_eq!(found(""), "V9.9.9 has no entry");
        let open = "[\"V9.9.9\"]\nstatus = \"open\"\nsays = \"It does not yet.\"\n";
        assert!(found(open).contains("`missing`"));
        assert_eq!(found(&format!("{open}missing = \"All of it.\"")), "");
        assert!(found("[\"V9.9.9\"]\nstatus = \"not-applicable\"").contains("a sentence"));
        assert!(
            found("[\"V1.1.0\"]\nstatus = \"not-applicable\"\nsays = \"No.\"").contains("is no requirement")
        );
    }
}
