use kernel::Notice;

use super::Field;

/// A way of writing a cell that was understood although it is not the plain one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Convention {
    Thousands,
    Currency,
    Percent,
    DecimalComma,
    Missing,
}

impl Convention {
    fn sentence(self) -> &'static str {
        match self {
            Self::Thousands => "were read without their thousands separators",
            Self::Currency => "were read without their currency",
            Self::Percent => "were read as percentages",
            Self::DecimalComma => "were read with a decimal comma",
            Self::Missing => "were taken as unknown",
        }
    }
}

/// Remarks on cells of one column, counted, so that a file of 100 000 dollar signs gives one notice.
#[derive(Default)]
pub(super) struct Remarks(Vec<Remark>);

struct Remark {
    field: Field,
    convention: Convention,
    cells: u64,
    first_row: u64,
    first_value: String,
}

impl Remarks {
    pub(super) fn note(&mut self, field: Field, convention: Convention, row: u64, value: &str) {
        let known = self.0.iter_mut().find(|remark| remark.field == field && remark.convention == convention);
        match known {
            Some(remark) => remark.cells += 1,
            None => self.0.push(Remark {
                field,
                convention,
                cells: 1,
                first_row: row,
                first_value: value.to_owned(),
            }),
        }
    }

    pub(super) fn into_notices(self) -> impl Iterator<Item = Notice> {
        self.0.into_iter().map(|remark| Notice {
            row: 0,
            field: remark.field.id().to_owned(),
            value: remark.first_value,
            message: format!(
                "cells like this {} ({} of them, the first in row {})",
                remark.convention.sentence(),
                remark.cells,
                remark.first_row
            ),
        })
    }
}
