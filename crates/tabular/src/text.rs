use std::borrow::Cow;

use crate::{Format, ReadError, format::without_bom, limits::Limits, packed};

/// The bytes 0x80 to 0x9f in Windows-1252; those that it leaves free are control characters, as in browsers.
const WINDOWS_1252: [char; 32] = [
    '\u{20ac}', '\u{81}', '\u{201a}', '\u{192}', '\u{201e}', '\u{2026}', '\u{2020}', '\u{2021}', '\u{2c6}',
    '\u{2030}', '\u{160}', '\u{2039}', '\u{152}', '\u{8d}', '\u{17d}', '\u{8f}', '\u{90}', '\u{2018}',
    '\u{2019}', '\u{201c}', '\u{201d}', '\u{2022}', '\u{2013}', '\u{2014}', '\u{2dc}', '\u{2122}', '\u{161}',
    '\u{203a}', '\u{153}', '\u{9d}', '\u{17e}', '\u{178}',
];

/// A file whose text is UTF-8.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decoded<'a> {
    /// The content: unpacked, and in UTF-8 if it is text.
    pub bytes: Cow<'a, [u8]>,
    /// What was done to it, in a sentence.
    pub remark: Option<String>,
}

/// Unpacks a gzip file and turns text of Excel and of older programs (UTF-16, Windows-1252) into UTF-8, so that it can be
/// read with [`crate::read_within`]. Bytes that are no UTF-8 are taken for Windows-1252, the others stay.
///
/// # Errors
/// When it does not unpack, or to more than `limits` allow.
pub fn decoded<'a>(bytes: &'a [u8], file_name: &str, limits: &Limits) -> Result<Decoded<'a>, ReadError> {
    let bytes = packed::unpack(bytes, limits.unpacked_bytes)?;
    let in_words: Option<fn([u8; 2]) -> u16> = match bytes.first_chunk() {
        Some(b"\xFF\xFE") => Some(u16::from_le_bytes),
        Some(b"\xFE\xFF") => Some(u16::from_be_bytes),
        _ => None,
    };
    if let Some(word) = in_words {
        let words: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| word([pair[0], pair[1]])).collect();
        let text = String::from_utf16_lossy(&words);
        let remark = Some("the file is in UTF-16 and was read as such".to_owned());
        return Ok(Decoded { bytes: Cow::Owned(text.into_bytes()), remark });
    }
    let is_text =
        matches!(Format::detect(&bytes, file_name), Ok(Format::Csv | Format::Json | Format::Ndjson));
    if !is_text || std::str::from_utf8(without_bom(&bytes)).is_ok() {
        return Ok(Decoded { bytes, remark: None });
    }
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 16);
    let mut foreign = 0_usize;
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        for &byte in chunk.invalid() {
            foreign += 1;
            text.push(match byte {
                0x80..=0x9f => WINDOWS_1252[usize::from(byte) - 0x80],
                byte => char::from(byte),
            });
        }
    }
    let remark = format!("{foreign} bytes of the file are no UTF-8 and were read as Windows-1252 (Latin-1)");
    Ok(Decoded { bytes: Cow::Owned(text.into_bytes()), remark: Some(remark) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(bytes: &[u8]) -> (String, bool) {
        let decoded = decoded(bytes, "leads.csv", &Limits::UPLOAD).unwrap();
        (String::from_utf8(decoded.bytes.into_owned()).unwrap(), decoded.remark.is_some())
    }

    #[test]
    fn text_of_older_programs_becomes_utf_8() {
        assert_eq!(text_of("name\nZoë\n".as_bytes()), ("name\nZoë\n".to_owned(), false));
        assert_eq!(text_of(b"name\nZo\xEB \x80\n"), ("name\nZoë €\n".to_owned(), true));
        // One foreign byte in a file that is UTF-8 else costs nothing but itself.
        assert_eq!(
            text_of("Zoë;\n".bytes().chain([0xE9]).collect::<Vec<_>>().as_slice()),
            ("Zoë;\né".to_owned(), true)
        );
        let utf_16: Vec<u8> = "\u{feff}a\tZoë\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
        assert_eq!(text_of(&utf_16), ("a\tZoë\r\n".to_owned(), true));
    }

    #[test]
    fn what_is_no_text_stays_as_it_is() {
        let workbook = b"PK\x03\x04\xff\xfe\xfd";
        assert_eq!(decoded(workbook, "leads.xlsx", &Limits::UPLOAD).unwrap().bytes, &workbook[..]);
    }
}
