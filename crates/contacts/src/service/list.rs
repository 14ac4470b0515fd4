use boxed::boxed;
use kernel::{PersonId, Ulid};
use markets::Market;
use serde::Serialize;

use super::vault;
use crate::{
    Contact, Contacts, ContactsError, Sight,
    records::{self, Conditions, Stored},
};

/// Most contacts of one page.
pub const PAGE_MAX: usize = 500;
/// Rows opened at a time while looking for a name.
const LOOKED_AT: usize = 500;
/// Rows opened at most for one page while looking for a name; the next page goes on from there.
const LOOKED_AT_MAX: usize = 10_000;

/// Which contacts are asked for; every condition that is there must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    /// In this pipeline.
    pub pipeline: Option<String>,
    /// In this stage.
    pub stage: Option<String>,
    /// Looked after by this user; `Some(None)`: by nobody.
    pub assignee: Option<Option<Ulid>>,
    /// An e-mail address or a phone number, exactly (found by blind index), or else a part of a name in any case.
    pub search: Option<String>,
    /// Only those after this one, from [`Page::next`].
    pub after: Option<PersonId>,
    /// How many, at least 1 and at most [`PAGE_MAX`].
    pub limit: usize,
}

/// Some contacts, the newest first.
#[derive(Clone, Debug, Serialize)]
pub struct Page {
    /// The contacts.
    pub contacts: Vec<Contact>,
    /// Where the next page begins; `None` at the end. A page may be short, or empty, and still have a next one.
    pub next: Option<PersonId>,
}

#[boxed]
impl Contacts {
    /// Contacts, the newest first.
    ///
    /// # Errors
    /// When the market fails.
    pub async fn list(
        &self,
        market: &Market,
        sight: Sight,
        query: &ListQuery,
    ) -> Result<Page, ContactsError> {
        let limit = query.limit.clamp(1, PAGE_MAX);
        let mut conditions = Conditions {
            pipeline: query.pipeline.clone(),
            stage: query.stage.clone(),
            assignee: query.assignee,
            after: query.after,
            ..Conditions::default()
        };
        let search = query.search.as_deref().map(str::trim).filter(|text| !text.is_empty());
        let mut name = None;
        if let Some(text) = search {
            conditions.email_index = vault::email_index(market, text);
            if conditions.email_index.is_none() {
                conditions.phone_index = vault::phone_index(market, text);
            }
            if conditions.email_index.is_none() && conditions.phone_index.is_none() {
                name = Some(text.to_lowercase());
            }
        }
        match name {
            Some(part) => named(market, sight, conditions, &part, limit).await,
            None => {
                let mut rows = records::contacts(market.db(), sight, &conditions, limit + 1).await?;
                let more = rows.len() > limit;
                rows.truncate(limit);
                let next = rows.last().filter(|_| more).map(|row| row.id);
                Ok(Page { contacts: opened(market, &rows).await?, next })
            }
        }
    }
}

/// Names are sealed, so they are looked for by opening row after row.
async fn named(
    market: &Market,
    sight: Sight,
    mut conditions: Conditions,
    part: &str,
    limit: usize,
) -> Result<Page, ContactsError> {
    let mut found: Vec<Contact> = Vec::new();
    let mut looked_at = 0;
    loop {
        let rows = records::contacts(market.db(), sight, &conditions, LOOKED_AT).await?;
        let Some(last) = rows.last().map(|row| row.id) else {
            return Ok(Page { contacts: found, next: None });
        };
        for contact in opened(market, &rows).await? {
            let name = contact.personal.name.as_deref().unwrap_or_default();
            if name.to_lowercase().contains(part) {
                found.push(contact);
                if found.len() == limit {
                    let next = found.last().map(|contact| contact.id);
                    return Ok(Page { contacts: found, next });
                }
            }
        }
        looked_at += rows.len();
        if rows.len() < LOOKED_AT {
            return Ok(Page { contacts: found, next: None });
        }
        if looked_at >= LOOKED_AT_MAX {
            return Ok(Page { contacts: found, next: Some(last) });
        }
        conditions.after = Some(last);
    }
}

/// Opens rows; those whose key was destroyed are gone.
async fn opened(market: &Market, rows: &[Stored]) -> Result<Vec<Contact>, ContactsError> {
    let persons: Vec<PersonId> = rows.iter().map(|row| row.id).collect();
    let keys = market.person_keys(&persons).await?;
    rows.iter().filter_map(|row| Some(vault::open(market, keys.get(row.id)?, row))).collect()
}
