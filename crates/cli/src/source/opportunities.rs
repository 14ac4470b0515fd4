//! The opportunities of `ehub growth project`, read from JSON one by one: a bad one does not stop the good ones.

use std::{collections::HashSet, sync::Arc};

use growth::projection::Opportunity;
use kernel::{Arr, Currency, Rejection};
use rust_decimal::Decimal;
use tabular::{Cell, Format, Hint, RawRow, Sheet};

use crate::exit::{During as _, Outcome};

/// The largest ARR that a projection counts exactly.
const ARR_MAX: Decimal = Decimal::from_parts(0x4876_e800, 0x17, 0, false, 0);

/// What the file looks like.
const SHAPE: &str =
    r#"the file is a list: [{"id": "a", "arr": 12000, "probability": 0.6, "close_days": 30}, ...]"#;

/// The opportunities in a JSON list, and why the others are not among them.
///
/// # Errors
/// When the text is no JSON list or holds nothing.
pub fn parse(bytes: &[u8], name: &str, currency: Currency) -> Outcome<(Vec<Opportunity>, Vec<Rejection>)> {
    let sheet = tabular::read(bytes, &Hint::format(Format::Json))
        .during(format_args!("read the opportunities in {name}"))
        .map_err(|failure| failure.advise(SHAPE))?;
    let mut rejected: Vec<Rejection> = sheet
        .bad_rows
        .iter()
        .map(|bad| Rejection {
            row: bad.number,
            field: bad.column.clone(),
            value: bad.value.clone(),
            message: bad.message.clone(),
        })
        .collect();
    let mut seen = HashSet::new();
    let mut good = Vec::with_capacity(sheet.rows.len());
    for row in &sheet.rows {
        match opportunity(&Cells { sheet: &sheet, row }, currency, &seen) {
            Ok(one) => {
                seen.insert(one.id.clone());
                good.push(one);
            }
            Err(rejection) => rejected.push(rejection),
        }
    }
    rejected.sort_by_key(|rejection| rejection.row);
    Ok((good, rejected))
}

/// One element of the list.
struct Cells<'a> {
    sheet: &'a Sheet,
    row: &'a RawRow,
}

impl Cells<'_> {
    fn take<T>(
        &self,
        field: &'static str,
        wanted: &'static str,
        read: impl FnOnce(&Cell) -> Option<T>,
    ) -> Result<T, Rejection> {
        let found = self.sheet.column(field).map_or(&Cell::Empty, |at| &self.row.cells[at]);
        read(found).ok_or_else(|| Rejection {
            row: self.row.number,
            field: field.to_owned(),
            value: found.display(),
            message: format!("must be {wanted}"),
        })
    }
}

fn opportunity(
    cells: &Cells<'_>,
    currency: Currency,
    seen: &HashSet<Arc<str>>,
) -> Result<Opportunity, Rejection> {
    Ok(Opportunity {
        id: cells.take("id", "a text that no earlier opportunity has", |cell| {
            let (Cell::Text(text) | Cell::Number(text)) = cell else { return None };
            let id = text.trim();
            (!id.is_empty() && !seen.contains(id)).then(|| Arc::from(id))
        })?,
        arr: cells.take("arr", "an amount from 0 to 100 000 000 000", |cell| {
            let text = digits(cell)?;
            let amount = text.parse().or_else(|_| Decimal::from_scientific(text)).ok()?;
            (Decimal::ZERO..=ARR_MAX).contains(&amount).then(|| Arr::new(amount, currency))
        })?,
        probability: cells.take("probability", "a fraction from 0 to 1", |cell| {
            digits(cell)?.parse().ok().filter(|chance| (0.0..=1.0).contains(chance))
        })?,
        close_days: cells.take("close_days", "a whole number of days, 0 or more", |cell| {
            // A program that counts in floating point writes 30.0.
            let days: f64 = digits(cell)?.parse().ok()?;
            let fits = days.fract() == 0.0 && (0.0..=f64::from(u32::MAX)).contains(&days);
            fits.then_some(days as u32)
        })?,
    })
}

/// The text of a number.
fn digits(cell: &Cell) -> Option<&str> {
    match cell {
        Cell::Number(text) => Some(text),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bound_is_a_hundred_thousand_millions() {
        assert_eq!(ARR_MAX, Decimal::from(100_000_000_000_u64));
    }

    #[test]
    fn amounts_keep_their_digits() {
        let text = r#"[{"id": 7, "arr": 0.1, "probability": 1, "close_days": 0}, {"id": "b", "arr": 1.5e3, "probability": 0, "close_days": 9.0}]"#;
        let (good, rejected) = parse(text.as_bytes(), "test", Currency::USD).expect("a list");
        assert_eq!(rejected, []);
        let amounts: Vec<_> = good.iter().map(|one| one.arr.amount().to_string()).collect();
        assert_eq!(good[1].close_days, 9);
        assert_eq!((amounts, &*good[0].id), (vec!["0.1".to_owned(), "1500".to_owned()], "7"));
    }
}
