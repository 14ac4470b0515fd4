//! A table as people read it in a terminal and as programs read it in CSV.

use std::fmt::Write as _;

/// Where the text of a column stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Align {
    /// Words.
    Left,
    /// Numbers.
    Right,
}

/// One value, in both of its spellings.
#[derive(Clone, Debug)]
pub struct Cell {
    /// Rounded and with thousands separators, for people.
    pub shown: String,
    /// Unrounded, for programs.
    pub exact: String,
}

/// Rows under named columns.
#[derive(Clone, Debug, Default)]
pub struct Table {
    columns: Vec<(&'static str, Align)>,
    rows: Vec<Vec<Cell>>,
    notes: Vec<String>,
}

impl Cell {
    /// The same text for people and programs.
    pub fn text(text: impl ToString) -> Self {
        let shown = text.to_string();
        Self { exact: shown.clone(), shown }
    }

    /// An empty cell, shown as a dash: unknown or not applicable.
    pub fn none() -> Self {
        Self { shown: "-".to_owned(), exact: String::new() }
    }

    /// A number, shown with `decimals` digits after the point.
    pub fn number(value: f64, decimals: usize) -> Self {
        Self { shown: grouped(value, decimals), exact: value.to_string() }
    }

    /// A fraction, shown as a percentage with `decimals` digits.
    pub fn percent(fraction: f64, decimals: usize) -> Self {
        Self { shown: format!("{} %", grouped(fraction * 100.0, decimals)), exact: fraction.to_string() }
    }

    /// `make` of the value, or an empty cell.
    pub fn maybe<T>(value: Option<T>, make: impl FnOnce(T) -> Self) -> Self {
        value.map_or_else(Self::none, make)
    }
}

impl Table {
    /// A table with these columns.
    pub fn new(columns: &[(&'static str, Align)]) -> Self {
        Self { columns: columns.to_vec(), ..Self::default() }
    }

    /// Adds a row; one cell per column.
    pub fn row(&mut self, cells: Vec<Cell>) {
        debug_assert_eq!(cells.len(), self.columns.len(), "one cell per column");
        self.rows.push(cells);
    }

    /// Adds a sentence below the table, for people only.
    pub fn note(&mut self, text: impl Into<String>) {
        self.notes.push(text.into());
    }

    /// The table for a terminal; `bold` makes the heading stand out.
    pub fn render(&self, bold: bool) -> String {
        let mut widths: Vec<usize> = self.columns.iter().map(|(title, _)| width(title)).collect();
        for row in &self.rows {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(&cell.shown));
            }
        }
        let (strong, faint, plain) = if bold { ("\x1b[1m", "\x1b[2m", "\x1b[0m") } else { ("", "", "") };
        let mut out = String::new();
        let heading = self.columns.iter().map(|(title, _)| *title);
        let _ = writeln!(out, "{strong}{}{plain}", self.line(heading, &widths));
        let rules: Vec<String> = widths.iter().map(|width| "-".repeat(*width)).collect();
        let _ = writeln!(out, "{faint}{}{plain}", self.line(rules.iter().map(String::as_str), &widths));
        for row in &self.rows {
            let _ = writeln!(out, "{}", self.line(row.iter().map(|cell| cell.shown.as_str()), &widths));
        }
        for note in &self.notes {
            let _ = writeln!(out, "{faint}{note}{plain}");
        }
        out
    }

    fn line<'a>(&self, texts: impl Iterator<Item = &'a str>, widths: &[usize]) -> String {
        let mut line = String::new();
        for ((text, width), (_, align)) in texts.zip(widths).zip(&self.columns) {
            let gap = " ".repeat(width - self::width(text).min(*width));
            match align {
                Align::Left => line.extend([text, &gap]),
                Align::Right => line.extend([&gap, text]),
            }
            line.push_str("  ");
        }
        line.truncate(line.trim_end().len());
        line
    }

    /// The names of the columns, for a CSV header.
    pub fn columns(&self) -> impl Iterator<Item = &'static str> {
        self.columns.iter().map(|(title, _)| *title)
    }

    /// The rows in their exact spelling.
    pub fn exact_rows(&self) -> impl Iterator<Item = impl Iterator<Item = &str>> {
        self.rows.iter().map(|row| row.iter().map(|cell| cell.exact.as_str()))
    }
}

/// Characters, which is what a monospaced terminal shows for the scripts that client names are in.
fn width(text: &str) -> usize {
    text.chars().count()
}

/// `value` with `decimals` digits and a comma between thousands.
pub fn grouped(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return value.to_string();
    }
    let text = format!("{value:.decimals$}");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) if rest.bytes().any(|digit| (b'1'..=b'9').contains(&digit)) => ("-", rest),
        Some(rest) => ("", rest),
        None => ("", text.as_str()),
    };
    let (whole, fraction) = digits.split_at(digits.find('.').unwrap_or(digits.len()));
    let mut out = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out + fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_grouped_and_minus_zero_is_zero() {
        for (value, decimals, shown) in [
            (0.0, 0, "0"),
            (999.0, 0, "999"),
            (1_000.0, 0, "1,000"),
            (-1_234_567.891, 2, "-1,234,567.89"),
            (-0.001, 1, "0.0"),
            (123_456.0, 1, "123,456.0"),
            (f64::NAN, 0, "NaN"),
        ] {
            assert_eq!(grouped(value, decimals), shown);
        }
    }

    #[test]
    fn columns_line_up_and_lines_carry_no_trailing_space() {
        let mut table = Table::new(&[("client", Align::Left), ("arr", Align::Right)]);
        table.row(vec![Cell::text("Ålesund & Söhne"), Cell::number(37_500.0, 0)]);
        table.row(vec![Cell::text("B"), Cell::none()]);
        assert_eq!(
            table.render(false),
            "client              arr\n---------------  ------\nÅlesund & Söhne  37,500\nB                     -\n"
        );
    }
}
