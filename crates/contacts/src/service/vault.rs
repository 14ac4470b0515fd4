//! Contacts into sealed rows, and back.

use markets::{Market, SealingKey};
use seal::blind;

use crate::{Contact, ContactsError, Hold, Personal, records::Stored};

const TABLE: &str = "contact";

/// Seals a text for one field of a contact's row.
pub(super) fn seal(
    market: &Market,
    key: &SealingKey,
    table: &str,
    row: &str,
    column: &str,
    text: &str,
) -> Result<Vec<u8>, ContactsError> {
    Ok(market.seal(key, table, row, column, text.as_bytes())?)
}

/// Opens a text of one field.
pub(super) fn unseal(
    market: &Market,
    key: &SealingKey,
    table: &str,
    row: &str,
    column: &str,
    sealed: &[u8],
) -> Result<String, ContactsError> {
    let plain = market.unseal(key, table, row, column, sealed)?;
    // Only texts are sealed here, and the seal vouches for every byte.
    Ok(String::from_utf8_lossy(&plain).into_owned())
}

/// The index of an e-mail address in this market.
pub(super) fn email_index(market: &Market, address: &str) -> Option<Vec<u8>> {
    blind::email(market.index_key(), address).map(Into::into)
}

/// The index of a phone number in this market.
pub(super) fn phone_index(market: &Market, number: &str) -> Option<Vec<u8>> {
    blind::phone(market.index_key(), number, market.region().as_str()).map(Into::into)
}

/// Puts who a person is into a row, sealed, with the indexes to find them by.
pub(super) fn put(
    market: &Market,
    key: &SealingKey,
    row: &mut Stored,
    personal: &Personal,
) -> Result<(), ContactsError> {
    let id = row.id.to_string();
    let sealed = |column: &str, value: &Option<String>| {
        value.as_deref().map(|text| seal(market, key, TABLE, &id, column, text)).transpose()
    };
    row.name = sealed("name_sealed", &personal.name)?;
    row.email = sealed("email_sealed", &personal.email)?;
    row.phone = sealed("phone_sealed", &personal.phone)?;
    row.address = sealed("address_sealed", &personal.address)?;
    row.email_index = personal.email.as_deref().and_then(|address| email_index(market, address));
    row.phone_index = personal.phone.as_deref().and_then(|number| phone_index(market, number));
    Ok(())
}

/// Seals the reason of a hold for a contact's row.
pub(super) fn seal_hold(
    market: &Market,
    key: &SealingKey,
    row: &Stored,
    reason: &str,
) -> Result<Vec<u8>, ContactsError> {
    seal(market, key, TABLE, &row.id.to_string(), "hold_sealed", reason)
}

/// Opens a row.
pub(super) fn open(market: &Market, key: &SealingKey, row: &Stored) -> Result<Contact, ContactsError> {
    let id = row.id.to_string();
    let opened = |column: &str, sealed: &Option<Vec<u8>>| {
        sealed.as_deref().map(|sealed| unseal(market, key, TABLE, &id, column, sealed)).transpose()
    };
    let personal = Personal {
        name: opened("name_sealed", &row.name)?,
        email: opened("email_sealed", &row.email)?,
        phone: opened("phone_sealed", &row.phone)?,
        address: opened("address_sealed", &row.address)?,
    };
    let reason = opened("hold_sealed", &row.hold)?;
    Ok(Contact {
        id: row.id,
        version: row.version,
        personal,
        pipeline: row.pipeline.clone(),
        stage: row.stage.clone(),
        staged_at: row.staged_at,
        assignee: row.assignee,
        origin: row.origin,
        hold: row.held_at.map(|since| Hold { since, reason: reason.unwrap_or_default() }),
        created_at: row.created_at,
        updated_at: row.updated_at,
    })
}
