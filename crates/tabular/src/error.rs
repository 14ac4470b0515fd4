/// Why a file as a whole could not be read. What concerns one row is a [`crate::BadRow`] instead.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// There is nothing in it.
    #[error("the file is empty")]
    Empty,
    /// It is larger than what is taken.
    #[error("the file has {bytes} bytes; at most {limit} are taken: split it")]
    TooLarge {
        /// Size of the file.
        bytes: usize,
        /// [`crate::limits::FILE_BYTES_MAX`].
        limit: usize,
    },
    /// Unpacked, it is larger than what is taken.
    #[error("the file unpacks to more than {limit} bytes and was not opened")]
    UnpacksTooLarge {
        /// The limit in bytes.
        limit: u64,
    },
    /// A packed file that does not unpack.
    #[error("the file is damaged and does not unpack: {0}")]
    Damaged(String),
    /// The content is of a kind that is not read.
    #[error("{0} is not read here: save the table as CSV (UTF-8), XLSX, JSON or NDJSON")]
    Unsupported(&'static str),
    /// The header is not UTF-8 text.
    #[error("the header is not UTF-8 text (byte {byte} of the file): save the file as CSV UTF-8")]
    HeaderNotUtf8 {
        /// Position in the file, the first byte is 0.
        byte: usize,
    },
    /// No header row.
    #[error("the file has no header: its first row must name the columns")]
    NoHeader,
    /// Too many columns.
    #[error("the file has more than {limit} columns")]
    TooManyColumns {
        /// The limit.
        limit: usize,
    },
    /// Too many rows or cells.
    #[error("the file has more than {limit} {what}: split it")]
    TooMany {
        /// Rows or cells.
        what: &'static str,
        /// The limit.
        limit: u64,
    },
    /// The quoting is broken in so many places that rows cannot be told apart.
    #[error("the quotes of this file do not pair up (first at row {row}): export it again")]
    BrokenQuoting {
        /// The first row where they do not.
        row: u64,
    },
    /// The workbook cannot be opened.
    #[error("the workbook cannot be read: {0}")]
    Workbook(String),
    /// The workbook has no sheet of that name.
    #[error("the workbook has no sheet `{name}`; it has {available}")]
    NoSuchSheet {
        /// The name asked for.
        name: String,
        /// The names there are.
        available: String,
    },
    /// The text is no JSON table.
    #[error("{0}")]
    Json(String),
}
