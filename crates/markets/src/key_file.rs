//! A market's keys on their way to another hub: one file, sealed under a passphrase.

use std::{fs, io::Write as _, path::Path};

use argon2::{Algorithm, Argon2, Params, Version};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use kernel::{Chance, MarketId, PersonId, Ulid};
use seal::{Cell, Key, KeyId};
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize as _, Zeroizing};

use crate::{MarketsError, SealingKey, folder};

/// The key file beside an export.
pub(crate) const KEY_FILE: &str = "keys.sealed.json";
const FORMAT: &str = "enterprisehub-keys-1";
/// Fewest characters of a passphrase: it protects a file that others may hold and guess at for years.
const PASSPHRASE_CHARS_MIN: usize = 12;
/// Argon2id beyond what signing in uses (RFC 9106, second recommendation): 64 MiB, 3 passes, 4 lanes.
const MEMORY_KIB: u32 = 64 * 1024;
const PASSES: u32 = 3;
const LANES: u32 = 4;
/// What a file may ask of whoever opens it.
const MEMORY_KIB_MAX: u32 = 1024 * 1024;
const PASSES_MAX: u32 = 16;
const LANES_MAX: u32 = 16;

/// The passphrase of a key file; shown by nothing.
#[derive(Clone)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// The passphrase without line ends around it, as it stands in a file.
    pub fn new(text: &str) -> Self {
        Self(Zeroizing::new(text.trim_matches(['\r', '\n']).to_owned()))
    }
}

impl std::fmt::Debug for Passphrase {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Passphrase(..)")
    }
}

/// All keys of a market.
pub(crate) struct MarketKeys {
    pub market: MarketId,
    pub data: SealingKey,
    pub index: Key,
    pub audit: Key,
    /// Kind, subject and key of those below: persons and days.
    pub below: Vec<(String, String, SealingKey)>,
    pub tombstones: Vec<(PersonId, Timestamp)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Stored {
    format: String,
    market: MarketId,
    memory_kib: u32,
    passes: u32,
    lanes: u32,
    salt: String,
    sealed: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Content {
    data: KeyText,
    index: String,
    audit: String,
    keys: Vec<(String, String, KeyText)>,
    erased: Vec<(PersonId, Timestamp)>,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct KeyText {
    id: KeyId,
    key: String,
}

impl Drop for KeyText {
    fn drop(&mut self) {
        self.key.zeroize();
    }
}

impl Drop for Content {
    fn drop(&mut self) {
        self.index.zeroize();
        self.audit.zeroize();
    }
}

impl From<&SealingKey> for KeyText {
    fn from(key: &SealingKey) -> Self {
        Self { id: key.id, key: STANDARD.encode(key.key.expose()) }
    }
}

/// Writes the key file into the folder of an export.
pub(crate) fn write(
    to: &Path,
    keys: &MarketKeys,
    passphrase: &Passphrase,
    chance: &Chance,
) -> Result<(), MarketsError> {
    check(passphrase)?;
    let salt: [u8; 16] = chance.bytes();
    let key = derive(passphrase, &salt, MEMORY_KIB, PASSES, LANES)?;
    let content = Content {
        data: (&keys.data).into(),
        index: STANDARD.encode(keys.index.expose()),
        audit: STANDARD.encode(keys.audit.expose()),
        keys: keys
            .below
            .iter()
            .map(|(kind, subject, key)| (kind.clone(), subject.clone(), key.into()))
            .collect(),
        erased: keys.tombstones.clone(),
    };
    let plain = Zeroizing::new(serde_json::to_vec(&content).map_err(|error| unusable(&error))?);
    let (market, id) = (keys.market.to_string(), KeyId::new(Ulid::from_bytes(salt)));
    let sealed = seal::seal(&key, id, &cell(&market), &plain, chance.bytes())?;
    let stored = Stored {
        format: FORMAT.to_owned(),
        market: keys.market,
        memory_kib: MEMORY_KIB,
        passes: PASSES,
        lanes: LANES,
        salt: STANDARD.encode(salt),
        sealed: STANDARD.encode(sealed.as_bytes()),
    };
    let path = to.join(KEY_FILE);
    let text = serde_json::to_vec(&stored).map_err(|error| unusable(&error))?;
    let written = folder::new_file(&path).and_then(|mut file| {
        file.write_all(&text)?;
        file.sync_all()
    });
    written.map_err(MarketsError::file(path))
}

/// Reads the key file of an export.
pub(crate) fn read(from: &Path, passphrase: &Passphrase) -> Result<MarketKeys, MarketsError> {
    let path = from.join(KEY_FILE);
    let text = fs::read(&path).map_err(MarketsError::file(path.clone()))?;
    let damaged = |what: &str| MarketsError::damaged(path.clone(), what);
    let stored: Stored = serde_json::from_slice(&text).map_err(|_| damaged("it is no key file"))?;
    if stored.format != FORMAT {
        return Err(damaged("it is of a form that this program does not know"));
    }
    let modest = (8..=MEMORY_KIB_MAX).contains(&stored.memory_kib)
        && (1..=PASSES_MAX).contains(&stored.passes)
        && (1..=LANES_MAX).contains(&stored.lanes);
    if !modest {
        return Err(damaged("it asks for more memory or time than any key file needs"));
    }
    let salt: [u8; 16] = STANDARD
        .decode(&stored.salt)
        .ok()
        .and_then(|salt| salt.try_into().ok())
        .ok_or_else(|| damaged("its salt cannot be read"))?;
    let sealed = STANDARD.decode(&stored.sealed).map_err(|_| damaged("its content cannot be read"))?;
    let key = derive(passphrase, &salt, stored.memory_kib, stored.passes, stored.lanes)?;
    let (market, id) = (stored.market.to_string(), KeyId::new(Ulid::from_bytes(salt)));
    let plain = seal::open(&key, id, &cell(&market), &sealed)
        .map_err(|_| damaged("the passphrase is not the one it was written with, or it was changed"))?;
    let content: Content =
        serde_json::from_slice(&plain).map_err(|_| damaged("its content cannot be read"))?;
    let bytes = |text: &str| {
        let bytes = STANDARD.decode(text).ok().map(Zeroizing::new);
        let bytes: Option<[u8; 32]> = bytes.and_then(|bytes| bytes.as_slice().try_into().ok());
        bytes.map(Key::from_bytes).ok_or_else(|| damaged("a key in it cannot be read"))
    };
    let one = |key: &KeyText| Ok::<_, MarketsError>(SealingKey { id: key.id, key: bytes(&key.key)? });
    let below = content
        .keys
        .iter()
        .map(|(kind, subject, key)| Ok((kind.clone(), subject.clone(), one(key)?)))
        .collect::<Result<_, MarketsError>>()?;
    Ok(MarketKeys {
        market: stored.market,
        data: one(&content.data)?,
        index: bytes(&content.index)?,
        audit: bytes(&content.audit)?,
        below,
        tombstones: content.erased.clone(),
    })
}

/// Refuses a passphrase that is soon guessed.
pub(crate) fn check(passphrase: &Passphrase) -> Result<(), MarketsError> {
    if passphrase.0.chars().count() < PASSPHRASE_CHARS_MIN {
        let what = format!("a passphrase for keys has at least {PASSPHRASE_CHARS_MIN} characters");
        return Err(MarketsError::Unsuitable(what));
    }
    Ok(())
}

fn cell(market: &str) -> Cell<'_> {
    Cell { market, table: "key_file", row: FORMAT, column: "keys" }
}

fn derive(
    passphrase: &Passphrase,
    salt: &[u8],
    memory_kib: u32,
    passes: u32,
    lanes: u32,
) -> Result<Key, MarketsError> {
    let params = Params::new(memory_kib, passes, lanes, Some(32)).map_err(|error| unusable(&error))?;
    let mut key = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
        .hash_password_into(passphrase.0.as_bytes(), salt, key.as_mut_slice())
        .map_err(|error| unusable(&error))?;
    Ok(Key::from_bytes(*key))
}

fn unusable(error: &impl std::fmt::Display) -> MarketsError {
    MarketsError::Unsuitable(format!("the key file cannot be made: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn keys() -> MarketKeys {
        let key = |byte: u8| SealingKey {
            id: KeyId::new(Ulid::from_parts(1, u128::from(byte))),
            key: Key::from_bytes([byte; 32]),
        };
        MarketKeys {
            market: Ulid::from_parts(5, 5).into(),
            data: key(1),
            index: Key::from_bytes([2; 32]),
            audit: Key::from_bytes([3; 32]),
            below: vec![("person".to_owned(), Ulid::from_parts(6, 6).to_string(), key(4))],
            tombstones: vec![(Ulid::from_parts(7, 7).into(), Timestamp::UNIX_EPOCH)],
        }
    }

    #[test]
    fn keys_come_back_with_the_passphrase_and_with_no_other() {
        let folder = tempfile::tempdir().expect("a folder");
        let chance = Chance::from_fn(|bytes| bytes.fill(9));
        let passphrase = Passphrase::new("correct horse battery\n");
        write(folder.path(), &keys(), &passphrase, &chance).expect("written");
        let file = folder.path().join(KEY_FILE);
        let text = fs::read_to_string(&file).expect("text");
        for byte in [1, 2, 3, 4] {
            assert!(!text.contains(&STANDARD.encode([byte; 32])), "no key stands in it");
        }
        let back = read(folder.path(), &Passphrase::new("correct horse battery")).expect("read");
        assert_eq!(back.market, keys().market);
        assert_eq!(back.data.key.expose(), &[1; 32]);
        assert_eq!((back.index.expose(), back.audit.expose()), (&[2; 32], &[3; 32]));
        assert_eq!((back.below.len(), back.below[0].2.key.expose()), (1, &[4; 32]));
        assert_eq!(back.tombstones, keys().tombstones);

        let wrong = read(folder.path(), &Passphrase::new("correct horse batterz")).err().expect("refused");
        assert!(matches!(wrong, MarketsError::Damaged { .. }), "{wrong}");
        fs::write(&file, text.replace("\"passes\":3", "\"passes\":4000")).expect("written");
        let greedy = read(folder.path(), &passphrase).err().expect("refused").to_string();
        assert!(greedy.contains("more memory or time"), "{greedy}");
    }

    #[test]
    fn a_short_passphrase_is_refused_and_none_is_shown() {
        let folder = tempfile::tempdir().expect("a folder");
        let chance = Chance::from_fn(|bytes| bytes.fill(9));
        let refused = write(folder.path(), &keys(), &Passphrase::new("short"), &chance);
        assert!(matches!(refused, Err(MarketsError::Unsuitable(_))));
        assert_eq!(format!("{:?}", Passphrase::new("correct horse battery")), "Passphrase(..)");
    }
}
