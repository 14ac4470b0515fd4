//! Where answers go: data to standard output in the format asked for, talk to standard error.

use std::io::{self, IsTerminal, Write};

use clap::ValueEnum;
use kernel::{Notice, Rejection};
use serde::Serialize;

use crate::{
    exit::{Failure, Outcome},
    table::Table,
};

/// How data is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For people: aligned columns, rounded numbers.
    #[default]
    #[value(alias = "text")]
    Table,
    /// For programs: everything, unrounded.
    Json,
    /// For spreadsheets: the table's columns, unrounded.
    Csv,
}

/// Options that every command understands.
#[derive(Clone, Copy, Debug, clap::Args)]
pub struct OutputArgs {
    /// How to write the data
    #[arg(long, value_enum, default_value_t, global = true, value_name = "FORMAT", help_heading = "Output")]
    pub format: Format,
    /// Say nothing on standard error but errors
    #[arg(long, short, global = true, help_heading = "Output")]
    pub quiet: bool,
}

/// The result of a command in its two spellings.
pub struct Answer<J> {
    /// Everything, for programs.
    pub json: J,
    /// The essence, for people and spreadsheets.
    pub table: Table,
}

/// The two streams of the process and how to write to them.
pub struct Output {
    format: Format,
    quiet: bool,
}

/// Rejected rows shown on standard error before the rest is only counted.
const REJECTIONS_SHOWN: usize = 20;

impl Output {
    /// The streams as the options ask for them.
    pub fn new(args: OutputArgs) -> Self {
        Self { format: args.format, quiet: args.quiet }
    }

    /// The format asked for.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether talk is unwanted.
    pub fn quiet(&self) -> bool {
        self.quiet
    }

    /// Writes an answer to standard output.
    pub fn answer<J: Serialize>(&self, answer: &Answer<J>) -> Outcome<()> {
        let mut out = io::BufWriter::new(io::stdout().lock());
        match self.format {
            Format::Table => out.write_all(answer.table.render(bold(&io::stdout())).as_bytes())?,
            Format::Csv => out.write_all(&csv(&answer.table)?)?,
            Format::Json => {
                if io::stdout().is_terminal() {
                    serde_json::to_writer_pretty(&mut out, &answer.json).map_err(io::Error::from)?;
                } else {
                    serde_json::to_writer(&mut out, &answer.json).map_err(io::Error::from)?;
                }
                out.write_all(b"\n")?;
            }
        }
        Ok(out.flush()?)
    }

    /// Writes text or bytes to standard output as they are.
    pub fn data(&self, bytes: &[u8]) -> Outcome<()> {
        let mut out = io::stdout().lock();
        out.write_all(bytes)?;
        Ok(out.flush()?)
    }

    /// Tells the person something; not data.
    pub fn say(&self, text: impl std::fmt::Display) {
        if !self.quiet {
            // Talk that nobody can hear is no reason to stop.
            let _ = writeln!(io::stderr(), "{text}");
        }
    }

    /// Tells which rows were not taken and why, and what was noticed about rows that were.
    pub fn rows(&self, rejected: &[Rejection], notices: &[Notice]) {
        for Rejection { row, field, value, message } in rejected.iter().take(REJECTIONS_SHOWN) {
            self.say(format_args!("rejected: row {row}: {field} `{}`: {message}", clip(value)));
        }
        if rejected.len() > REJECTIONS_SHOWN {
            let more = rejected.len() - REJECTIONS_SHOWN;
            self.say(format_args!("rejected: {more} more rows; --format json lists them all"));
        }
        for Notice { row, field, value, message } in notices.iter().take(REJECTIONS_SHOWN) {
            match row {
                0 if field.is_empty() => self.say(format_args!("warning: {message}")),
                0 => self.say(format_args!("warning: {field}: {message}")),
                _ => self.say(format_args!("warning: row {row}: {field} `{}`: {message}", clip(value))),
            }
        }
        if notices.len() > REJECTIONS_SHOWN {
            let more = notices.len() - REJECTIONS_SHOWN;
            self.say(format_args!("warning: {more} more; --format json lists them all"));
        }
    }
}

/// Prints a failure to standard error.
pub fn complain(failure: &Failure) {
    let mut err = io::stderr();
    let text = failure.to_string();
    let _ = match text.strip_prefix("error:") {
        Some(rest) if bold(&err) => writeln!(err, "\x1b[1;31merror:\x1b[0m{rest}"),
        _ => writeln!(err, "{text}"),
    };
}

/// Whether `stream` is a terminal whose owner wants emphasis.
pub fn bold(stream: &impl IsTerminal) -> bool {
    stream.is_terminal()
        && std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty())
        && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// A value of a file, short enough for a line and without control characters.
fn clip(value: &str) -> String {
    let clean: String = value.chars().map(|c| if c.is_control() { ' ' } else { c }).take(61).collect();
    if clean.chars().count() > 60 { clean.chars().take(59).chain(['…']).collect() } else { clean }
}

fn csv(table: &Table) -> Outcome<Vec<u8>> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    writer.write_record(table.columns()).map_err(io::Error::from)?;
    for row in table.exact_rows() {
        writer.write_record(row).map_err(io::Error::from)?;
    }
    writer.into_inner().map_err(|error| Failure::from(error.into_error()))
}
