use std::collections::{BTreeMap, HashMap, HashSet};

use audit::NewEntry;
use boxed::boxed;
use kernel::{Moment, Notice, PersonId, Rejection, Ulid};
use markets::{Market, Pipeline};
use serde::Serialize;
use store::trail;
use tabular::{Hint, RawRow, Sheet};

use super::{
    create::{fresh, taken},
    place, place_of, vault,
};
use crate::{
    Contact, Contacts, ContactsError, Field, NOTE_CHARS_MAX, Origin, Personal, Told, ToldWhat, check, event,
    records::{
        self, Stored,
        person::{NewMove, StoredNote},
        suppression,
    },
};

/// Most data rows of one import: they are taken in one transaction.
pub const IMPORT_ROWS_MAX: u64 = 10_000;
/// Indexes looked up in one question.
const LOOKED_UP: usize = 500;

/// What became of a file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ImportReport {
    /// Data rows in the file.
    pub rows: u64,
    /// Contacts that were added, or would be.
    pub accepted: u64,
    /// Rows that were not taken: one entry per bad value. A suppressed person's row names no value.
    pub rejected: Vec<Rejection>,
    /// What is worth knowing about the file: columns that were not understood, for example.
    pub notices: Vec<Notice>,
}

/// A row that may be taken.
struct Candidate {
    row: u64,
    personal: Personal,
    pipeline: String,
    stage: String,
    assignee: Option<Ulid>,
    note: Option<String>,
    email_index: Option<Vec<u8>>,
    phone_index: Option<Vec<u8>>,
}

#[boxed]
impl Contacts {
    /// Adds the contacts of a CSV, XLSX, JSON or NDJSON file. A row that cannot be taken is reported and the others
    /// are; with `dry_run` nothing is written. `agents` are the users that may be named as assignees, by e-mail
    /// address in lower case.
    ///
    /// # Errors
    /// [`ContactsError::Unreadable`] and [`ContactsError::TooManyRows`] for a file that is none, or when the market
    /// fails; then nothing was added.
    pub async fn import(
        &self,
        market: &Market,
        file: &[u8],
        hint: &Hint,
        agents: &BTreeMap<String, Ulid>,
        dry_run: bool,
        at: &Moment,
    ) -> Result<ImportReport, ContactsError> {
        let sheet =
            tabular::read(file, hint).map_err(|error| ContactsError::Unreadable(error.to_string()))?;
        let rows = sheet.data_rows();
        if rows > IMPORT_ROWS_MAX {
            return Err(ContactsError::TooManyRows { rows, limit: IMPORT_ROWS_MAX });
        }
        let pipelines = market.pipelines().await?;
        let (mut candidates, mut rejected, notices) = candidates(market, &sheet, &pipelines, agents)?;
        let refused = known(market, &candidates).await?;
        candidates.retain(|candidate| !refused.iter().any(|rejection| rejection.row == candidate.row));
        rejected.extend(refused);
        rejected.sort_by_key(|rejection| rejection.row);
        let accepted = candidates.len() as u64;
        if !dry_run && !candidates.is_empty() {
            let counts = (rows, rejected.len() as u64);
            self.add(market, &pipelines, candidates, counts, at).await?;
        }
        Ok(ImportReport { rows, accepted, rejected, notices })
    }
}

type Sorted = (Vec<Candidate>, Vec<Rejection>, Vec<Notice>);

/// Checks every row by itself and against the rows before it.
fn candidates(
    market: &Market,
    sheet: &Sheet,
    pipelines: &[Pipeline],
    agents: &BTreeMap<String, Ulid>,
) -> Result<Sorted, ContactsError> {
    let mut notices = Vec::new();
    let mut columns: BTreeMap<Field, usize> = BTreeMap::new();
    for (position, name) in sheet.columns.iter().enumerate() {
        match Field::of_column(name) {
            Some(field) if !columns.contains_key(&field) => {
                columns.insert(field, position);
            }
            _ => notices.push(Notice {
                row: 0,
                field: name.clone(),
                value: String::new(),
                message: "this column is not used".to_owned(),
            }),
        }
    }
    let reach = [Field::Name, Field::GivenName, Field::FamilyName, Field::Email, Field::Phone];
    if !reach.iter().any(|field| columns.contains_key(field)) {
        let known: Vec<&str> = Field::ALL.into_iter().map(Field::id).collect();
        let message =
            format!("no column is called name, email or phone; known columns are {}", known.join(", "));
        return Err(ContactsError::Unreadable(message));
    }
    let mut rejected: Vec<Rejection> = sheet
        .bad_rows
        .iter()
        .map(|bad| check::rejection(bad.number, &bad.column, &bad.value, &bad.message))
        .collect();
    let mut taken: HashMap<Vec<u8>, u64> = HashMap::new();
    let mut candidates = Vec::new();
    for row in &sheet.rows {
        match candidate(market, row, &columns, pipelines, agents) {
            Ok(candidate) => {
                let before = candidate.email_index.as_ref().and_then(|index| taken.get(index));
                if let Some(before) = before {
                    let value = candidate.personal.email.as_deref().unwrap_or_default();
                    let message = format!("row {before} has the same e-mail address");
                    rejected.push(check::rejection(row.number, Field::Email.id(), value, message));
                    continue;
                }
                if let Some(index) = &candidate.email_index {
                    taken.insert(index.clone(), row.number);
                }
                candidates.push(candidate);
            }
            Err(refused) => rejected.extend(refused),
        }
    }
    Ok((candidates, rejected, notices))
}

fn candidate(
    market: &Market,
    row: &RawRow,
    columns: &BTreeMap<Field, usize>,
    pipelines: &[Pipeline],
    agents: &BTreeMap<String, Ulid>,
) -> Result<Candidate, Vec<Rejection>> {
    let cell = |field: Field| -> Option<String> {
        let text = row.cells.get(*columns.get(&field)?)?.display();
        let text = text.trim();
        (!text.is_empty()).then(|| text.to_owned())
    };
    let parts = [cell(Field::GivenName), cell(Field::FamilyName)];
    let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let given = Personal {
        name: cell(Field::Name).or((!joined.is_empty()).then_some(joined)),
        email: cell(Field::Email),
        phone: cell(Field::Phone),
        address: cell(Field::Address),
    };
    let mut refused = Vec::new();
    let personal = check::personal(row.number, &given, market.region()).unwrap_or_else(|rejections| {
        refused.extend(rejections);
        Personal::default()
    });
    let (wanted_pipeline, wanted_stage) = (cell(Field::Pipeline), cell(Field::Stage));
    let placed = place(pipelines, wanted_pipeline.as_deref(), wanted_stage.as_deref());
    let (pipeline, stage) = placed.unwrap_or_else(|(field, message)| {
        let given = if field == "stage" { &wanted_stage } else { &wanted_pipeline };
        refused.push(check::rejection(row.number, field, given.as_deref().unwrap_or_default(), message));
        ("", "")
    });
    let assignee = cell(Field::Assignee).and_then(|email| {
        let known = agents.get(&email.to_lowercase()).copied();
        if known.is_none() {
            let message = "no member of this market who can look after contacts has this e-mail address";
            refused.push(check::rejection(row.number, Field::Assignee.id(), &email, message));
        }
        known
    });
    let note =
        check::text(row.number, Field::Note.id(), &cell(Field::Note), NOTE_CHARS_MAX).unwrap_or_else(|bad| {
            refused.push(bad);
            None
        });
    if !refused.is_empty() {
        return Err(refused);
    }
    Ok(Candidate {
        row: row.number,
        email_index: personal.email.as_deref().and_then(|address| vault::email_index(market, address)),
        phone_index: personal.phone.as_deref().and_then(|number| vault::phone_index(market, number)),
        personal,
        pipeline: pipeline.to_owned(),
        stage: stage.to_owned(),
        assignee,
        note,
    })
}

/// Rows of people who are suppressed, or contacts already.
async fn known(market: &Market, candidates: &[Candidate]) -> Result<Vec<Rejection>, ContactsError> {
    let mut refused = Vec::new();
    let mut tx = market.db().begin().await?;
    for some in candidates.chunks(LOOKED_UP) {
        let emails = || some.iter().filter_map(|candidate| candidate.email_index.clone());
        let phones = some.iter().filter_map(|candidate| candidate.phone_index.clone());
        let mut suppressed: HashSet<Vec<u8>> = HashSet::new();
        suppressed.extend(suppression::among(&mut tx, suppression::EMAIL, emails()).await?);
        suppressed.extend(suppression::among(&mut tx, suppression::PHONE, phones).await?);
        let known: HashSet<Vec<u8>> = records::known_emails(&mut tx, emails()).await?.into_iter().collect();
        for candidate in some {
            let has = |set: &HashSet<Vec<u8>>| {
                [&candidate.email_index, &candidate.phone_index]
                    .into_iter()
                    .flatten()
                    .any(|index| set.contains(index))
            };
            if has(&suppressed) {
                let message = "this person is on the suppression list and must be left alone";
                refused.push(check::rejection(candidate.row, "", "", message));
            } else if has(&known) {
                let value = candidate.personal.email.as_deref().unwrap_or_default();
                let message = "a contact of this market has this e-mail address already";
                refused.push(check::rejection(candidate.row, Field::Email.id(), value, message));
            }
        }
    }
    tx.rollback().await?;
    Ok(refused)
}

impl Contacts {
    /// Makes keys, seals, and adds all in one transaction.
    async fn add(
        &self,
        market: &Market,
        pipelines: &[Pipeline],
        candidates: Vec<Candidate>,
        (rows, rejected): (u64, u64),
        at: &Moment,
    ) -> Result<(), ContactsError> {
        let mut ids = at.ids();
        let persons: Vec<PersonId> = candidates.iter().map(|_| PersonId::from(ids.next())).collect();
        let keys = market.new_person_keys(&persons, at).await?;
        let mut sealed: Vec<Stored> = Vec::with_capacity(candidates.len());
        let mut notes = Vec::new();
        let mut told: Vec<Contact> = Vec::with_capacity(candidates.len());
        for (candidate, id) in candidates.into_iter().zip(&persons) {
            let key = keys.get(*id).ok_or(ContactsError::Erased(*id))?;
            let mut row = fresh(*id, &candidate.pipeline, &candidate.stage, Origin::Import, at);
            row.assignee = candidate.assignee;
            vault::put(market, key, &mut row, &candidate.personal)?;
            if let Some(text) = candidate.note {
                let note = ids.next();
                notes.push(StoredNote {
                    id: note,
                    contact: *id,
                    author: at.actor.id().to_owned(),
                    body: vault::seal(market, key, "note", &note.to_string(), "body_sealed", &text)?,
                    created_at: at.at(),
                });
            }
            told.push(vault::open(market, key, &row)?);
            sealed.push(row);
        }
        let mut tx = market.db().begin().await?;
        let added = sealed.len();
        records::add_contacts(&mut tx, sealed).await.map_err(taken)?;
        let moves: Vec<NewMove<'_>> = told
            .iter()
            .map(|contact| NewMove {
                id: ids.next(),
                contact: contact.id,
                pipeline: &contact.pipeline,
                from: None,
                stage: &contact.stage,
                at: at.at(),
            })
            .collect();
        records::person::add_moves(&mut tx, &moves).await?;
        records::person::add_notes(&mut tx, notes).await?;
        for contact in &told {
            let key = keys.get(contact.id).ok_or(ContactsError::Erased(contact.id))?;
            event::tell(&mut tx, market, key, ids.next(), event::CREATED, contact, at)?;
        }
        let mut created = Vec::with_capacity(told.len());
        for contact in &told {
            let key = keys.get(contact.id).ok_or(ContactsError::Erased(contact.id))?;
            let stage = place_of(pipelines, &contact.pipeline, &contact.stage);
            let what = ToldWhat::Created { origin: Origin::Import, stage, assignee: contact.assignee };
            created.push(Told { market, key, contact: contact.id, at, what });
        }
        self.tell(&mut tx, &created).await?;
        let noted =
            NewEntry::new(at.at(), &at.actor, "contacts.imported", &format!("market:{}", market.id()))
                .with("rows", rows)
                .with("accepted", added)
                .with("rejected", rejected);
        trail::append(&mut tx, noted);
        tx.commit().await?;
        Ok(())
    }
}
