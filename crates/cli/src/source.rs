//! Where a command's clients come from: a file, standard input, or the raw records of a profile.

mod opportunities;

use std::{
    io::Read as _,
    path::{Path, PathBuf},
    str::FromStr,
};

use clap::Args;
use growth::import::{self, ColumnMapping, ColumnTarget, ImportOptions, Imported};
use jiff::civil::Date;
use kernel::Currency;
use tabular::Hint;

use crate::{
    exit::{During, Failure, Outcome, Status},
    output::Output,
    progress,
};

/// A client base to work on.
#[derive(Debug, Args)]
pub struct ClientsArgs {
    /// CSV, XLSX, JSON or NDJSON, plain or gzipped; `-` reads standard input
    #[arg(long, value_name = "FILE")]
    pub clients: Option<PathBuf>,
    #[command(flatten)]
    pub reading: ReadingArgs,
}

/// How to understand a client base.
#[derive(Debug, Args)]
pub struct ReadingArgs {
    /// What a column is: a field's name, `extra` or `ignore`; may be repeated
    #[arg(long, value_name = "COLUMN=FIELD")]
    map: Vec<Mapped>,
    /// Currency of the amounts, an ISO 4217 code
    #[arg(long, value_name = "CODE", default_value_t = Currency::USD)]
    pub currency: Currency,
}

/// One `--map`.
#[derive(Clone, Debug)]
struct Mapped {
    column: String,
    target: ColumnTarget,
}

impl FromStr for Mapped {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (column, target) = text.rsplit_once('=').ok_or("write COLUMN=FIELD, such as \"Spend/mo=current_mrr\"")?;
        let target = target.parse().map_err(|error: import::MappingError| error.to_string())?;
        Ok(Self { column: column.to_owned(), target })
    }
}

/// Reads the clients that `args` name, as of `as_of`.
///
/// # Errors
/// When nothing at all can be read. Rows that are refused are in [`Imported::rejected`].
pub fn read(args: &ClientsArgs, as_of: Date, out: &Output) -> Outcome<Imported> {
    read_from(args.clients.as_deref(), &args.reading, as_of, out)
}

/// Reads the clients in `file`, or those of the profile when `file` is none.
///
/// # Errors
/// As [`read`].
pub fn read_from(file: Option<&Path>, args: &ReadingArgs, as_of: Date, out: &Output) -> Outcome<Imported> {
    let Some(file) = file else {
        return Err(Failure::new("name a file with --clients"));
    };
    let bytes = bytes(file)?;
    let mapping = args
        .map
        .iter()
        .fold(ColumnMapping::default(), |mapping, one| mapping.with(one.column.clone(), one.target));
    let name = if is_stdin(file) { String::new() } else { file.display().to_string() };
    let bar = progress::bar("reading", PERMILLE, out.quiet());
    let imported = import::read_with(
        &bytes,
        &Hint::named(&name),
        &mapping,
        &ImportOptions { as_of, currency: args.currency },
        &mut |share| bar.set_position((share * PERMILLE as f64) as u64),
    );
    bar.finish_and_clear();
    imported.during(format_args!("read {}", named(file)))
}

/// Steps of the bar over reading a file.
const PERMILLE: usize = 1000;

/// The content of a file, or of standard input when it is called `-`.
///
/// # Errors
/// When it cannot be read.
pub fn bytes(file: &Path) -> Outcome<Vec<u8>> {
    if is_stdin(file) {
        let mut bytes = Vec::new();
        std::io::stdin().lock().read_to_end(&mut bytes).during("read standard input")?;
        return Ok(bytes);
    }
    std::fs::read(file).map_err(|error| {
        Failure::new(format_args!("cannot read {}: {error}", file.display()))
            .advise("check the path; `-` reads standard input")
    })
}

/// What to call the file in a sentence.
pub fn named(file: &Path) -> String {
    if is_stdin(file) { "standard input".to_owned() } else { file.display().to_string() }
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

/// The status that the rows of an import deserve.
pub fn status(imported: &Imported) -> Status {
    match (imported.clients.is_empty(), imported.rejected.is_empty()) {
        (true, _) => Status::NothingDone,
        (false, false) => Status::SomeRejected,
        (false, true) => Status::Done,
    }
}
