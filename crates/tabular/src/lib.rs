//! Rows in and rows out: CSV, XLSX, JSON and NDJSON become raw cells with row numbers, typed tables
//! become CSV and XLSX files.
//!
//! ```
//! use tabular::{Cell, Hint};
//!
//! let file = b"client_id;name\nc1;Harbour Homes\nc2\nc3;\"Hill; Vale\"\n";
//! let sheet = tabular::read(file, &Hint::named("clients.csv"))?;
//! assert_eq!(sheet.columns, ["client_id", "name"]);
//! assert_eq!(sheet.rows.len(), 2);
//! assert_eq!(sheet.rows[1].cells[1], Cell::Text("Hill; Vale".to_owned()));
//! assert_eq!(sheet.bad_rows[0].number, 2);
//! # Ok::<(), tabular::ReadError>(())
//! ```
//!
//! ```
//! use tabular::{Cell, ColumnKind, FormulaGuard, Table};
//!
//! let mut table = Table::new("Clients", [("client", ColumnKind::Text), ("score", ColumnKind::Number)]);
//! table.push([Cell::from("=1+1"), Cell::from(72.5)]);
//! assert_eq!(table.to_csv(FormulaGuard::On)?, "client,score\r\n'=1+1,72.5\r\n");
//! let workbook: Vec<u8> = table.to_xlsx()?;
//! assert!(workbook.starts_with(b"PK"));
//! # Ok::<(), tabular::WriteError>(())
//! ```
//!
//! **Flow.** bytes -> unpack gzip -> detect the [`Format`] -> read -> name the columns -> [`Sheet`];
//! and [`Table`] -> CSV or XLSX.
//!
//! **Invariants.** A row that cannot be read becomes a [`BadRow`] and the rows after it are still read:
//! `rows + bad_rows` is every data row of the file. Numbers stay the text they were written as. Nothing
//! here knows what a column means. No I/O: bytes come in, bytes go out. Every size is bounded ([`limits`]).
//!
//! **To add a format**: a variant of [`Format`] with its detection in `format.rs`, a file named after it
//! with one function from bytes to [`Sheet`], and its line in `read.rs`.

mod cell;
mod delimited;
mod delimiter;
mod error;
mod format;
mod json;
mod json_elements;
pub mod limits;
mod packed;
mod read;
mod sheet;
mod table;
mod text;
mod to_csv;
mod to_xlsx;
mod workbook;

pub use cell::Cell;
pub use error::ReadError;
pub use format::{Format, Hint};
pub use read::{read, read_with, read_within};
pub use sheet::{BadRow, RawRow, Sheet};
pub use table::{Column, ColumnKind, Table, WriteError};
pub use text::{Decoded, decoded};
pub use to_csv::FormulaGuard;
