//! Where a command's clients come from: a file, standard input, or the raw records of a profile.

pub mod opportunities;
mod records;

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

pub use records::{ProfileArgs, Records};

use crate::{
    exit::{During, Failure, Outcome, Status},
    output::Output,
    progress,
};

/// A client base to work on.
#[derive(Debug, Args)]
pub struct ClientsArgs {
    /// CSV, XLSX, JSON or NDJSON, plain or gzipped; `-` reads standard input
    #[arg(long, value_name = "FILE", conflicts_with = "profile")]
    clients: Option<PathBuf>,
    #[command(flatten)]
    reading: ReadingArgs,
}

impl ClientsArgs {
    /// Whether a file or a profile is named.
    pub fn names_something(&self) -> bool {
        self.clients.is_some() || self.reading.profile.profile.is_some()
    }
}

/// How to understand a client base.
#[derive(Debug, Args)]
pub struct ReadingArgs {
    #[command(flatten)]
    pub profile: ProfileArgs,
    /// What a column is: a field's name, `extra` or `ignore`; may be repeated
    #[arg(long, value_name = "COLUMN=FIELD", conflicts_with = "profile")]
    map: Vec<Mapped>,
    /// Currency of the amounts, an ISO 4217 code [default: USD]
    #[arg(long, value_name = "CODE", conflicts_with = "profile")]
    pub currency: Option<Currency>,
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
        let (column, target) =
            text.rsplit_once('=').ok_or("write COLUMN=FIELD, such as \"Spend/mo=current_mrr\"")?;
        let target = target.parse().map_err(|error: import::MappingError| error.to_string())?;
        Ok(Self { column: column.to_owned(), target })
    }
}

/// A client base, and where it is from.
pub struct Source {
    /// The clients, and what was refused.
    pub imported: Imported,
    /// The file's name, or those of the profile's files.
    pub name: String,
    /// The profile that derived the metrics.
    pub profile: Option<String>,
    /// Currency of the amounts.
    pub currency: Currency,
    /// The files as they were read.
    pub files: Vec<Vec<u8>>,
}

/// Reads the clients that `args` name, as of `as_of`.
///
/// # Errors
/// When nothing at all can be read. Rows that are refused are in [`Imported::rejected`].
pub fn read(args: &ClientsArgs, as_of: Date, out: &Output) -> Outcome<Source> {
    read_from(args.clients.as_deref(), &args.reading, as_of, out)
}

/// Reads the clients in `file`, or those of the profile when `file` is none.
///
/// # Errors
/// As [`read`].
pub fn read_from(file: Option<&Path>, args: &ReadingArgs, as_of: Date, out: &Output) -> Outcome<Source> {
    if let Some(records) = Records::read(&args.profile)? {
        let spinner = progress::spinner("deriving metrics", out.quiet());
        let imported = records.clients(as_of);
        spinner.finish_and_clear();
        return Ok(records.into_source(imported?));
    }
    let file = file.ok_or_else(|| {
        Failure::new("no clients are named").advise("give a file, or --profile NAME with --dir DIR")
    })?;
    let bytes = bytes(file)?;
    let mapping = args
        .map
        .iter()
        .fold(ColumnMapping::default(), |mapping, one| mapping.with(one.column.clone(), one.target));
    let hint = if is_stdin(file) { String::new() } else { file.display().to_string() };
    let currency = args.currency.unwrap_or(Currency::USD);
    let bar = progress::bar("reading", PERMILLE, out.quiet());
    let imported = import::read_with(
        &bytes,
        &Hint::named(&hint),
        &mapping,
        &ImportOptions { as_of, currency },
        &mut |share| bar.set_position((share * PERMILLE as f64) as u64),
    );
    bar.finish_and_clear();
    let imported = imported.during(format_args!("read {}", named(file)))?;
    let name = file.file_name().map_or_else(|| named(file), |name| name.to_string_lossy().into_owned());
    let name = if is_stdin(file) { named(file) } else { name };
    Ok(Source { imported, name, profile: None, currency, files: vec![bytes] })
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

/// The status that reading `taken` rows and refusing others with `rejections` deserves.
pub fn status(taken: usize, rejections: usize) -> Status {
    match (taken, rejections) {
        (0, _) => Status::NothingDone,
        (_, 0) => Status::Done,
        _ => Status::SomeRejected,
    }
}
