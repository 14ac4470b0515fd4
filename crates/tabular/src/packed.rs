use std::{
    borrow::Cow,
    io::{self, Cursor, Read},
};

use crate::{ReadError, limits};

/// The content of a gzip file; anything else as it is.
pub(crate) fn unpack(bytes: &[u8], limit: u64) -> Result<Cow<'_, [u8]>, ReadError> {
    if !bytes.starts_with(b"\x1F\x8B") {
        return Ok(Cow::Borrowed(bytes));
    }
    let mut content = Vec::new();
    let mut unpacked = flate2::read::MultiGzDecoder::new(bytes).take(limit + 1);
    unpacked.read_to_end(&mut content).map_err(|fault| ReadError::Damaged(fault.to_string()))?;
    if content.len() as u64 > limit {
        return Err(ReadError::UnpacksTooLarge { limit });
    }
    Ok(Cow::Owned(content))
}

/// Unpacks every part of a zip package once, counting, so that a bomb is refused before anything
/// holds its content. Declared sizes are not believed.
pub(crate) fn check_package(bytes: &[u8]) -> Result<(), ReadError> {
    let damaged = |fault: &dyn ToString| ReadError::Damaged(fault.to_string());
    let mut package = zip::ZipArchive::new(Cursor::new(bytes)).map_err(|fault| damaged(&fault))?;
    if package.len() > limits::PACKAGE_PARTS_MAX {
        return Err(ReadError::TooMany { what: "parts", limit: limits::PACKAGE_PARTS_MAX as u64 });
    }
    let mut budget = limits::UNPACKED_BYTES_MAX;
    for position in 0..package.len() {
        let part = package.by_index(position).map_err(|fault| damaged(&fault))?;
        let unpacked =
            io::copy(&mut part.take(budget + 1), &mut io::sink()).map_err(|fault| damaged(&fault))?;
        budget = budget
            .checked_sub(unpacked)
            .ok_or(ReadError::UnpacksTooLarge { limit: limits::UNPACKED_BYTES_MAX })?;
    }
    Ok(())
}
