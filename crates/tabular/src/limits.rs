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

/// How much is taken of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The file, in bytes.
    pub file_bytes: usize,
    /// What a gzip file holds, in bytes.
    pub unpacked_bytes: u64,
    /// Columns of a text table; other formats have at most [`COLUMNS_MAX`].
    pub columns: usize,
    /// Rows of a text table; other formats have at most [`ROWS_MAX`].
    pub rows: u64,
}

impl Limits {
    /// Of a file that somebody sends.
    pub const UPLOAD: Self = Self {
        file_bytes: FILE_BYTES_MAX,
        unpacked_bytes: UNPACKED_BYTES_MAX,
        columns: COLUMNS_MAX,
        rows: ROWS_MAX,
    };

    /// Of a file that lies on the machine of whoever asks, and costs nobody else anything: 4 GiB, 20 000 columns, 50
    /// million rows.
    pub const OWN: Self =
        Self { file_bytes: 4 << 30, unpacked_bytes: 4 << 30, columns: 20_000, rows: 50_000_000 };
}
