//! Tables with totals in which what is withheld cannot be worked out from what is told.

mod cover;
mod network;
mod residual;

use std::collections::BTreeSet;

use self::{cover::cover, network::Network};
use crate::{Cell, Rules, Withheld};

/// Rows and columns of figures; their totals are sums over rows, columns and everything.
#[derive(Clone, Debug)]
pub struct Table {
    rows: usize,
    columns: usize,
    cells: Vec<Cell>,
    refused: BTreeSet<usize>,
}

/// Cells that do not make a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Rows times columns is not the number of cells, or nothing.
    #[error("{rows} rows of {columns} columns are not {cells} cells")]
    Shape {
        /// Rows asked for.
        rows: usize,
        /// Columns asked for.
        columns: usize,
        /// Cells given.
        cells: usize,
    },
}

/// One figure of a protected table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shown {
    /// It may be told.
    Value(u64),
    /// It may not.
    Withheld(Withheld),
}

impl Shown {
    /// The figure, when it is told.
    pub fn value(self) -> Option<u64> {
        match self {
            Self::Value(value) => Some(value),
            Self::Withheld(_) => None,
        }
    }
}

/// What of a table is told.
#[derive(Clone, Debug)]
pub struct Protected {
    network: Network,
    withheld: Vec<Option<Withheld>>,
}

impl Table {
    /// A table of `rows` times `columns` cells, row by row. A list of groups is a table of one column.
    ///
    /// # Errors
    /// When the numbers do not fit together, or there is no cell.
    pub fn new(rows: usize, columns: usize, cells: Vec<Cell>) -> Result<Self, TableError> {
        if rows.checked_mul(columns) != Some(cells.len()) || cells.is_empty() {
            return Err(TableError::Shape { rows, columns, cells: cells.len() });
        }
        Ok(Self { rows, columns, cells, refused: BTreeSet::new() })
    }

    /// Has every figure of a row withheld, whatever the rules say of it.
    pub fn refuse_row(&mut self, row: usize) {
        self.refused.insert(row);
    }

    /// Withholds every figure that the rules refuse, and then as few others (by their size) as it finds needed:
    ///
    /// - no withheld figure may follow from the told ones, nor be known to lie in a range narrower than half
    ///   of itself, by any sums and differences and by the knowledge that no figure is negative;
    /// - what is left of a total after its told parts is a figure too: it must satisfy the rules.
    pub fn protect(&self, rules: Rules) -> Protected {
        let network = Network::of(self.rows, self.columns, &self.cells);
        let mut refused: BTreeSet<usize> = BTreeSet::new();
        for row in self.refused.iter().copied().filter(|row| *row < self.rows) {
            refused.extend((0..self.columns).map(|column| network.cell(row, column)));
            refused.insert(network.row_total(row));
        }
        let withheld = cover(&network, rules, &refused);
        Protected { network, withheld }
    }
}

impl Protected {
    /// The figure of a row and a column.
    pub fn cell(&self, row: usize, column: usize) -> Shown {
        self.shown(self.network.cell(row, column))
    }

    /// The total of a row.
    pub fn row_total(&self, row: usize) -> Shown {
        self.shown(self.network.row_total(row))
    }

    /// The total of a column.
    pub fn column_total(&self, column: usize) -> Shown {
        self.shown(self.network.column_total(column))
    }

    /// The total of everything.
    pub fn total(&self) -> Shown {
        self.shown(self.network.total())
    }

    /// How many figures, totals included, are withheld.
    pub fn withheld(&self) -> usize {
        self.withheld.iter().flatten().count()
    }

    fn shown(&self, arc: usize) -> Shown {
        self.withheld[arc].map_or_else(|| Shown::Value(self.network.arcs[arc].cell.value()), Shown::Withheld)
    }
}

#[cfg(test)]
mod tests;
