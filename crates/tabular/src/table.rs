use crate::Cell;

/// A table to be written: typed columns and rows of cells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    /// Name of the sheet in a workbook.
    pub title: String,
    /// The columns, in order.
    pub columns: Vec<Column>,
    /// The rows; cells beyond the columns are not written, missing ones are empty.
    pub rows: Vec<Vec<Cell>>,
}

/// A column of a [`Table`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its header.
    pub name: String,
    /// What its cells are.
    pub kind: ColumnKind,
}

/// What the cells of a column are: decides type and number format in a workbook.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ColumnKind {
    /// Text, also when it looks like a number (identifiers).
    Text,
    /// A number as it is.
    Number,
    /// A whole number, with thousands separators.
    Integer,
    /// An amount of money, with thousands separators and two decimals.
    Money,
    /// A fraction, shown in percent.
    Fraction,
    /// A civil date, given as ISO 8601 text.
    Date,
    /// True or false.
    Bool,
}

/// Why a table could not be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// More rows than a workbook's sheet can hold.
    #[error("the table has {rows} rows and a sheet holds {limit}: export it as CSV")]
    TooManyRows {
        /// Rows of the table.
        rows: usize,
        /// Rows of a sheet below the header.
        limit: usize,
    },
    /// The workbook library refused.
    #[error("the workbook cannot be written: {0}")]
    Workbook(#[from] rust_xlsxwriter::XlsxError),
    /// The text library refused.
    #[error("the CSV cannot be written: {0}")]
    Csv(String),
}

impl Table {
    /// An empty table with these columns.
    pub fn new<N: Into<String>>(
        title: impl Into<String>,
        columns: impl IntoIterator<Item = (N, ColumnKind)>,
    ) -> Self {
        let columns = columns.into_iter().map(|(name, kind)| Column { name: name.into(), kind }).collect();
        Self { title: title.into(), columns, rows: Vec::new() }
    }

    /// Adds a row.
    pub fn push(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// Number of rows below the header: what an export says it holds.
    pub fn row_count(&self) -> usize {
        self.rows.len()
    }

    pub(crate) fn cells<'a>(&'a self, row: &'a [Cell]) -> impl Iterator<Item = (ColumnKind, &'a Cell)> {
        let cells = row.iter().chain(std::iter::repeat(&Cell::Empty));
        self.columns.iter().map(|column| column.kind).zip(cells)
    }
}
