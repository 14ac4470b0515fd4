use crate::Cell;

/// A table as a circulation: every figure is an arc, and at every node as much arrives as leaves.
///
/// Cells run from their row to their column, column totals from their column to the sink, the grand total from
/// the sink to the source, row totals from the source to their row. So "a row's cells sum to its total" is the
/// balance of the row's node, and whatever follows from the told figures follows from these balances. Figures
/// that are the same number (the total of a row of one cell) are one arc.
#[derive(Clone, Debug)]
pub(super) struct Network {
    pub(super) rows: usize,
    pub(super) columns: usize,
    pub(super) nodes: usize,
    pub(super) arcs: Vec<Arc>,
}

#[derive(Clone, Debug)]
pub(super) struct Arc {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) cell: Cell,
    /// How many cells it sums: totals are told rather than cells.
    pub(super) sums: u64,
}

const SOURCE: usize = 0;
const SINK: usize = 1;

impl Network {
    pub(super) fn of(rows: usize, columns: usize, cells: &[Cell]) -> Self {
        let is_list = rows == 1 || columns == 1;
        let row_node = |row: usize| if is_list { SOURCE } else { 2 + row };
        let column_node = |column: usize| if is_list { SINK } else { 2 + rows + column };
        let merged = |parts: &mut dyn Iterator<Item = &Cell>| {
            let mut sum = Cell::default();
            parts.for_each(|part| sum.merge(part));
            sum
        };
        let mut arcs: Vec<Arc> = (0..rows * columns)
            .map(|index| Arc {
                from: row_node(index / columns),
                to: column_node(index % columns),
                cell: cells[index].clone(),
                sums: 1,
            })
            .collect();
        if !is_list {
            for row in 0..rows {
                let cell = merged(&mut cells[row * columns..][..columns].iter());
                arcs.push(Arc { from: SOURCE, to: row_node(row), cell, sums: columns as u64 });
            }
            for column in 0..columns {
                let cell = merged(&mut cells.iter().skip(column).step_by(columns));
                arcs.push(Arc { from: column_node(column), to: SINK, cell, sums: rows as u64 });
            }
        }
        if cells.len() > 1 {
            let cell = merged(&mut cells.iter());
            arcs.push(Arc { from: SINK, to: SOURCE, cell, sums: cells.len() as u64 });
        }
        let nodes = if is_list { 2 } else { 2 + rows + columns };
        Self { rows, columns, nodes, arcs }
    }

    pub(super) fn cell(&self, row: usize, column: usize) -> usize {
        assert!(row < self.rows && column < self.columns, "no cell {row}, {column}");
        row * self.columns + column
    }

    pub(super) fn row_total(&self, row: usize) -> usize {
        match (self.rows, self.columns) {
            (_, 1) => self.cell(row, 0),
            (1, _) => self.total(),
            (rows, columns) => {
                assert!(row < rows, "no row {row}");
                rows * columns + row
            }
        }
    }

    pub(super) fn column_total(&self, column: usize) -> usize {
        match (self.rows, self.columns) {
            (1, _) => self.cell(0, column),
            (_, 1) => self.total(),
            (rows, columns) => {
                assert!(column < columns, "no column {column}");
                rows * columns + rows + column
            }
        }
    }

    pub(super) fn total(&self) -> usize {
        self.arcs.len() - 1
    }

    /// The totals that a figure is a part of, itself left out.
    pub(super) fn wholes(&self, arc: usize) -> Vec<usize> {
        let cells = self.rows * self.columns;
        let mut wholes = vec![self.total()];
        if arc < cells {
            wholes.push(self.row_total(arc / self.columns));
            wholes.push(self.column_total(arc % self.columns));
        }
        wholes.retain(|whole| *whole != arc);
        wholes
    }

    /// A single number: no other figure says anything about it.
    pub(super) fn is_single(&self) -> bool {
        self.arcs.len() == 1
    }
}
