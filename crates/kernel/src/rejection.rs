use serde::{Deserialize, Serialize};

/// Why a row of an import was not taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejection {
    /// Number of the row in the file; the first data row after a header is 1.
    pub row: u64,
    /// Name of the column; empty when the row as a whole is unreadable.
    pub field: String,
    /// The cell as found.
    pub value: String,
    /// What is wrong and what would be right, in one sentence.
    pub message: String,
}

/// Something worth knowing about a row that was taken all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Number of the row in the file; 0 when it concerns the whole file.
    pub row: u64,
    /// Name of the column.
    pub field: String,
    /// The cell as found.
    pub value: String,
    /// What was done and why.
    pub message: String,
}
