mod row;

use std::collections::HashMap;

use audit::NewEntry;
use boxed::boxed;
use contacts::{ContactsError, NewContact, Origin};
use kernel::{Moment, Notice, PersonId, Rejection};
use markets::Market;
use seal::blind;
use serde::Serialize;
use store::trail;
use tabular::Hint;

use self::row::{Columns, Given};
use crate::{Leads, LeadsError, records::imported, timeline::Entry};

/// Most data rows of one import.
pub const IMPORT_ROWS_MAX: u64 = 50_000;

/// The kind of index by which rows are known again that name nothing to reach somebody by.
const ROW: &str = "lead-import";

/// What became of a file of leads.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LeadImport {
    /// Data rows in the file.
    pub rows: u64,
    /// Rows that were taken.
    pub accepted: u64,
    /// Contacts that were added.
    pub added: u64,
    /// Contacts that were there already, and of whom something was told.
    pub known: u64,
    /// What was told of them and was new: arrivals, answers, events.
    pub entries: u64,
    /// Rows that were not taken: one entry per bad value.
    pub rejected: Vec<Rejection>,
    /// What is worth knowing about the file: columns that were not understood, for example.
    pub notices: Vec<Notice>,
}

/// Rows of one person, the first of which says who they are.
struct Person {
    first: Given,
    rows: Vec<u64>,
    entries: Vec<Entry>,
    /// What the row is known by when nobody can be reached by it.
    known_by: Option<Vec<u8>>,
}

#[boxed]
impl Leads {
    /// Takes in a CSV, XLSX, JSON or NDJSON file of leads and of what happened to them. A row says who (the columns of
    /// a contact file), and what is known: `source`, `arrived`, `budget`, `horizon_days`, `preapproved`; with `event` and `at`,
    /// that something happened (with `channel`, `seconds`, `listing`, `price`, `appointment`, `starts` where the event has such).
    /// A person may have many rows; who is a contact already is told more of. The same file again changes nothing; of whom it
    /// says neither address nor number, each row is somebody, known again by name and address as the file has them.
    ///
    /// What a file says happened counts as known since then: whoever kept it knew it at the time.
    ///
    /// # Errors
    /// [`LeadsError::Contacts`] for a file that is none or too long; then nothing was taken. When the market fails, the
    /// persons before are there, and the file can be given again.
    pub async fn import(
        &self,
        market: &Market,
        file: &[u8],
        hint: &Hint,
        at: &Moment,
    ) -> Result<LeadImport, LeadsError> {
        let unreadable = |message: String| LeadsError::Contacts(ContactsError::Unreadable(message));
        let sheet = tabular::read(file, hint).map_err(|error| unreadable(error.to_string()))?;
        let rows = sheet.data_rows();
        if rows > IMPORT_ROWS_MAX {
            return Err(LeadsError::Contacts(ContactsError::TooManyRows { rows, limit: IMPORT_ROWS_MAX }));
        }
        let (columns, notices) = Columns::of(&sheet.columns).map_err(unreadable)?;
        let mut report = LeadImport { rows, notices, ..LeadImport::default() };
        report.rejected = sheet
            .bad_rows
            .iter()
            .map(|bad| row::rejection(bad.number, &bad.column, &bad.value, &bad.message))
            .collect();
        let zone = super::zone(market);
        let mut persons: Vec<Person> = Vec::new();
        let mut namesakes: HashMap<String, u32> = HashMap::new();
        let mut places: HashMap<(Option<String>, Option<String>), usize> = HashMap::new();
        for raw in &sheet.rows {
            match columns.read(raw, &zone, at.at()) {
                Ok((given, entries)) => {
                    let name = given.reached_by();
                    let place = places.get(&name).copied().filter(|_| name != (None, None));
                    match place {
                        Some(place) => {
                            persons[place].rows.push(raw.number);
                            persons[place].entries.extend(entries);
                        }
                        None => {
                            let known_by = (name == (None, None)).then(|| {
                                let words = given.words();
                                let count = namesakes.entry(words.clone()).or_default();
                                *count += 1;
                                let index =
                                    blind::other(market.index_key(), ROW, &format!("{count} {words}"));
                                index.into()
                            });
                            places.insert(name, persons.len());
                            let rows = vec![raw.number];
                            persons.push(Person { first: given, rows, entries, known_by });
                        }
                    }
                }
                Err(refused) => report.rejected.extend(refused),
            }
        }
        for person in persons {
            self.take(market, person, at, &mut report).await?;
        }
        report.rejected.sort_by_key(|rejection| rejection.row);
        let entry = NewEntry::new(at.at(), &at.actor, "leads.imported", &format!("market:{}", market.id()))
            .with("rows", report.rows)
            .with("accepted", report.accepted)
            .with("added", report.added)
            .with("rejected", report.rejected.len());
        let mut tx = market.db().begin().await?;
        trail::append(&mut tx, entry);
        tx.commit().await?;
        Ok(report)
    }

    async fn take(
        &self,
        market: &Market,
        person: Person,
        at: &Moment,
        report: &mut LeadImport,
    ) -> Result<(), LeadsError> {
        let Person { first, rows, mut entries, known_by } = person;
        let (email, phone) = (first.personal.email.as_deref(), first.personal.phone.as_deref());
        let found = match &known_by {
            Some(row) => imported::contact_of(market.db(), row.clone()).await?,
            None => self.contacts.find_by(market, email, phone).await?,
        };
        let contact: PersonId = match found {
            Some(contact) => {
                report.known += 1;
                contact
            }
            None => match self.add(market, &first, at).await? {
                Ok(contact) => {
                    report.added += 1;
                    if let Some(row) = known_by {
                        let mut tx = market.db().begin().await?;
                        imported::note(&mut tx, row, contact).await?;
                        tx.commit().await?;
                    }
                    contact
                }
                Err(refused) => {
                    // The rows fall together: there is nobody to tell the others of.
                    report.rejected.extend(refused);
                    let others = rows.iter().skip(1);
                    let why = format!("row {} of the same person was not taken", first.row);
                    report.rejected.extend(others.map(|row| row::rejection(*row, "", "", &why)));
                    return Ok(());
                }
            },
        };
        // What the file says of the arrival is later news than that somebody was imported, and says an earlier time.
        for entry in entries.iter_mut().filter(|entry| entry.id == row::ARRIVED) {
            entry.revised_at = row::after(at.at());
        }
        report.accepted += rows.len() as u64;
        if !entries.is_empty() {
            let told = Moment { entropy: market.chance().number(), ..at.clone() };
            report.entries += self.tell(market, contact, entries, &told).await?;
        }
        Ok(())
    }

    /// Adds a contact; what speaks against it, with its row, when it cannot be taken.
    async fn add(
        &self,
        market: &Market,
        given: &Given,
        at: &Moment,
    ) -> Result<Result<PersonId, Vec<Rejection>>, LeadsError> {
        let new = NewContact {
            personal: given.personal.clone(),
            pipeline: given.pipeline.clone(),
            stage: given.stage.clone(),
            assignee: None,
        };
        let own = Moment { entropy: market.chance().number(), ..at.clone() };
        match self.contacts.create_from(market, &new, Origin::Import, &own).await {
            Ok(contact) => Ok(Ok(contact.id)),
            Err(ContactsError::Rejected(refused)) => {
                let own = |rejection: Rejection| Rejection { row: given.row, ..rejection };
                Ok(Err(refused.into_iter().map(own).collect()))
            }
            Err(ContactsError::Suppressed) => {
                let why = "this person is on the suppression list and must be left alone";
                Ok(Err(vec![row::rejection(given.row, "", "", why)]))
            }
            Err(ContactsError::EmailTaken) => {
                let why = "another contact of this market has this e-mail address";
                let value = given.personal.email.as_deref().unwrap_or_default();
                Ok(Err(vec![row::rejection(given.row, "email", value, why)]))
            }
            Err(error) => Err(error.into()),
        }
    }
}
