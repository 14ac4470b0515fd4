//! Sections under checksums.

use std::ops::RangeInclusive;

use super::file::{BYTES_MAX, ModelFileError};

const MAGIC: &[u8; 8] = b"EHMODEL\0";

/// Magic, version and number of sections.
const HEAD: usize = 16;

/// Tag, length and checksum.
const ENTRY: usize = 20;

const SECTIONS_MAX: u32 = 64;

/// A part of a file that is whole.
pub(super) struct Section<'a> {
    pub tag: [u8; 4],
    pub body: &'a [u8],
}

/// Puts `sections` into a file of format `version`.
pub(super) fn write(version: u32, sections: &[([u8; 4], Vec<u8>)]) -> Vec<u8> {
    let mut file = MAGIC.to_vec();
    file.extend(version.to_le_bytes());
    file.extend((sections.len() as u32).to_le_bytes());
    for (tag, body) in sections {
        file.extend(tag);
        file.extend((body.len() as u64).to_le_bytes());
        file.extend(crc64(body).to_le_bytes());
    }
    file.extend(crc64(&file).to_le_bytes());
    for (_, body) in sections {
        file.extend(body);
    }
    file
}

/// The sections of `file`, whose version must be in `versions`, each checked.
pub(super) fn read(file: &[u8], versions: RangeInclusive<u32>) -> Result<Vec<Section<'_>>, ModelFileError> {
    if file.len() > BYTES_MAX {
        let what = "the file".to_owned();
        return Err(ModelFileError::TooLarge { what, bytes: file.len() as u64, most: BYTES_MAX as u64 });
    }
    if !file.starts_with(MAGIC) {
        return Err(ModelFileError::NotAModel);
    }
    let short =
        |expected: usize| ModelFileError::Length { found: file.len() as u64, expected: expected as u64 };
    let (Some(version), Some(count)) = (u32_at(file, 8), u32_at(file, 12)) else { return Err(short(HEAD)) };
    // Before the checksum: formats to come may compute it otherwise.
    if version < *versions.start() {
        return Err(ModelFileError::TooOld { found: version, oldest: *versions.start() });
    }
    if version > *versions.end() {
        return Err(ModelFileError::TooNew { found: version, known: *versions.end() });
    }
    let damaged = |what: String| ModelFileError::Damaged { what };
    if count > SECTIONS_MAX {
        return Err(damaged("the table of sections".to_owned()));
    }
    let table_end = HEAD + ENTRY * count as usize;
    let Some(checksum) = u64_at(file, table_end) else { return Err(short(table_end + 8)) };
    if crc64(&file[..table_end]) != checksum {
        return Err(damaged("the table of sections".to_owned()));
    }
    let mut sections = Vec::with_capacity(count as usize);
    let mut at = table_end + 8;
    for entry in file[HEAD..table_end].chunks_exact(ENTRY) {
        let (Some(tag), Some(length), Some(checksum)) =
            (entry.first_chunk::<4>(), u64_at(entry, 4), u64_at(entry, 12))
        else {
            return Err(short(table_end));
        };
        let end = usize::try_from(length).ok().and_then(|length| at.checked_add(length));
        let Some(end) = end.filter(|end| *end <= file.len()) else {
            let expected = (at as u64).saturating_add(length);
            return Err(ModelFileError::Length { found: file.len() as u64, expected });
        };
        let body = &file[at..end];
        if crc64(body) != checksum {
            return Err(damaged(format!("section {}", shown(*tag))));
        }
        sections.push(Section { tag: *tag, body });
        at = end;
    }
    if at != file.len() {
        return Err(short(at));
    }
    Ok(sections)
}

/// A tag that may hold anything, as text.
pub(super) fn shown(tag: [u8; 4]) -> String {
    tag.escape_ascii().to_string()
}

fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}

fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes.get(at..)?.first_chunk().map(|bytes| u64::from_le_bytes(*bytes))
}

/// CRC-64/XZ: the polynomial of ECMA-182, bits reflected.
fn crc64(bytes: &[u8]) -> u64 {
    let step = |crc: u64, byte: &u8| TABLE[((crc ^ u64::from(*byte)) & 0xff) as usize] ^ (crc >> 8);
    !bytes.iter().fold(!0, step)
}

const TABLE: [u64; 256] = table();

const fn table() -> [u64; 256] {
    const POLYNOMIAL: u64 = 0xc96c_5795_d787_0f42;
    let mut table = [0; 256];
    let mut byte = 0;
    while byte < 256 {
        let mut crc = byte as u64;
        let mut bit = 0;
        while bit < 8 {
            crc = if crc & 1 == 1 { (crc >> 1) ^ POLYNOMIAL } else { crc >> 1 };
            bit += 1;
        }
        table[byte] = crc;
        byte += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_checksum_is_crc_64_xz() {
        // The check value of the catalogue of parametrised CRC algorithms.
        assert_eq!(crc64(b"123456789"), 0x995d_c9bb_df19_39fa);
        assert_eq!(crc64(b""), 0);
    }
}
