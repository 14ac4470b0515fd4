//! How much of a file is read, so that no upload can exhaust the machine.

/// Largest file taken, in bytes (64 MiB).
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Largest content of a packed file (gzip, or all parts of an XLSX together), in bytes (256 MiB).
pub const UNPACKED_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Most parts of an XLSX package.
pub const PACKAGE_PARTS_MAX: usize = 2_000;

/// Most columns of a sheet.
pub const COLUMNS_MAX: usize = 500;

/// Most data rows of a sheet.
pub const ROWS_MAX: u64 = 1_500_000;

/// Most cells of a workbook's sheet.
pub const CELLS_MAX: usize = 20_000_000;

/// Bytes that may be read again, as a multiple of the file, to find the rows after a broken one.
pub const REREAD_FACTOR: usize = 8;

/// Longest excerpt of a bad row that is kept, in characters.
pub const EXCERPT_CHARS_MAX: usize = 120;
