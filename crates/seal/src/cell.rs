use std::fmt;

use chacha20poly1305::{
    KeyInit, XChaCha20Poly1305,
    aead::{Aead, Payload},
};
use kernel::Ulid;
use zeroize::Zeroizing;

use crate::{Key, KeyId, SealError};

/// Leading byte of a sealed cell.
const CELL_V1: u8 = 1;
/// Leading byte of a wrapped key.
pub(crate) const WRAPPED_KEY_V1: u8 = 0x41;

const KEY_ID_BYTES: usize = 16;
const NONCE_BYTES: usize = 24;
const TAG_BYTES: usize = 16;
const HEAD_BYTES: usize = 1 + KEY_ID_BYTES + NONCE_BYTES;

/// How much longer a sealed value is than the plain one.
pub const SEALED_OVERHEAD_BYTES: usize = HEAD_BYTES + TAG_BYTES;

/// A place in a database: one field of one row. It is authenticated with the sealed value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell<'a> {
    /// The market's identifier, or `hub`.
    pub market: &'a str,
    /// The table.
    pub table: &'a str,
    /// The row's key. Never personal data: it appears in errors.
    pub row: &'a str,
    /// The column.
    pub column: &'a str,
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}/{}/{}", self.market, self.table, self.row, self.column)
    }
}

impl Cell<'_> {
    fn place(&self) -> [&str; 4] {
        [self.market, self.table, self.row, self.column]
    }
}

/// A sealed value as it is stored: form (1 byte), key identifier (16), nonce (24), ciphertext, tag (16).
#[derive(Clone, PartialEq, Eq)]
pub struct Sealed(Vec<u8>);

impl Sealed {
    /// The bytes to store.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// The bytes to store.
    pub fn into_bytes(self) -> Vec<u8> {
        self.0
    }
}

impl fmt::Debug for Sealed {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "Sealed({} bytes)", self.0.len())
    }
}

impl From<Sealed> for Vec<u8> {
    fn from(sealed: Sealed) -> Self {
        sealed.0
    }
}

/// Seals `plain` for the place `cell` with `key`, which is known as `key_id`. The nonce is 24 random bytes,
/// never used twice with one key.
///
/// # Errors
/// [`SealError::Long`], for values beyond what the cipher allows (256 GiB).
pub fn seal(
    key: &Key,
    key_id: KeyId,
    cell: &Cell<'_>,
    plain: &[u8],
    nonce: [u8; 24],
) -> Result<Sealed, SealError> {
    seal_bytes(CELL_V1, key, key_id, &cell.place(), plain, nonce).map(Sealed)
}

/// Opens what [`seal()`] made, at the same place and with the same key.
///
/// # Errors
/// What is wrong: no sealed value, another key, or changed, moved or forged bytes.
pub fn open(
    key: &Key,
    key_id: KeyId,
    cell: &Cell<'_>,
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    open_bytes(CELL_V1, key, key_id, &cell.place(), sealed)
}

/// Which key a sealed value or wrapped key names. Authentic only once it was opened.
///
/// # Errors
/// When the bytes are no sealed value.
pub fn key_id_of(sealed: &[u8]) -> Result<KeyId, SealError> {
    match parts(sealed)? {
        (CELL_V1 | WRAPPED_KEY_V1, key_id, ..) => Ok(key_id),
        (form, ..) => Err(SealError::Form(form)),
    }
}

pub(crate) fn seal_bytes(
    form: u8,
    key: &Key,
    key_id: KeyId,
    place: &[&str],
    plain: &[u8],
    nonce: [u8; NONCE_BYTES],
) -> Result<Vec<u8>, SealError> {
    let aad = associated(form, place, key_id);
    let closed = cipher(key)
        .encrypt(&nonce.into(), Payload { msg: plain, aad: &aad })
        .map_err(|_| SealError::Long { place: place.join("/") })?;
    let mut sealed = Vec::with_capacity(HEAD_BYTES + closed.len());
    sealed.push(form);
    sealed.extend_from_slice(&key_id.ulid().to_bytes());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(&closed);
    Ok(sealed)
}

pub(crate) fn open_bytes(
    form: u8,
    key: &Key,
    key_id: KeyId,
    place: &[&str],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let (found, sealed_with, nonce, closed) = parts(sealed)?;
    if found != form {
        return Err(SealError::Form(found));
    }
    if sealed_with != key_id {
        return Err(SealError::OtherKey { sealed_with, given: key_id });
    }
    let aad = associated(form, place, key_id);
    cipher(key)
        .decrypt(&nonce.into(), Payload { msg: closed, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| SealError::Refused { place: place.join("/") })
}

fn cipher(key: &Key) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(key.expose().into())
}

type Parts<'a> = (u8, KeyId, [u8; NONCE_BYTES], &'a [u8]);

fn parts(sealed: &[u8]) -> Result<Parts<'_>, SealError> {
    let short = SealError::Short { bytes: sealed.len(), least: SEALED_OVERHEAD_BYTES };
    if sealed.len() < SEALED_OVERHEAD_BYTES {
        return Err(short);
    }
    let mut key_id = [0; KEY_ID_BYTES];
    key_id.copy_from_slice(&sealed[1..1 + KEY_ID_BYTES]);
    let mut nonce = [0; NONCE_BYTES];
    nonce.copy_from_slice(&sealed[1 + KEY_ID_BYTES..HEAD_BYTES]);
    Ok((sealed[0], KeyId::new(Ulid::from_bytes(key_id)), nonce, &sealed[HEAD_BYTES..]))
}

/// What is authenticated beside the value: the form, every part of the place behind its length (so that no
/// two places read alike), the key's identifier.
fn associated(form: u8, place: &[&str], key_id: KeyId) -> Vec<u8> {
    let mut bytes = b"enterprisehub.seal".to_vec();
    bytes.push(form);
    for part in place {
        bytes.extend_from_slice(&(part.len() as u64).to_be_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes.extend_from_slice(&key_id.ulid().to_bytes());
    bytes
}

#[cfg(test)]
mod tests;
