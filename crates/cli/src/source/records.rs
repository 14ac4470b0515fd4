//! Clients derived from the raw records of another system, by a profile.

use std::path::{Path, PathBuf};

use clap::Args;
use growth::{
    import::Imported,
    profile::{Evidence, Profile, SourceFile},
};
use jiff::civil::Date;

use super::Source;
use crate::exit::{During, Failure, Outcome};

/// Which records, and the profile that understands them.
#[derive(Clone, Debug, Args)]
pub struct ProfileArgs {
    /// Derive the clients from raw records by this profile: ravenstack, or the path of a TOML file
    #[arg(long, value_name = "NAME|PATH", requires = "dir")]
    pub profile: Option<String>,
    /// Directory that holds the profile's files
    #[arg(long, value_name = "DIR", requires = "profile")]
    pub dir: Option<PathBuf>,
}

/// The files of a profile, read.
pub struct Records {
    /// The profile.
    pub profile: Profile,
    files: Vec<(String, Vec<u8>)>,
}

/// Endings of files that can be tables; whatever else lies in the directory is not read.
const TABLES: [&str; 9] = ["csv", "tsv", "tab", "psv", "json", "ndjson", "jsonl", "xlsx", "gz"];

impl Records {
    /// Reads the profile and the files of its directory; `None` when the arguments name none.
    ///
    /// # Errors
    /// When the profile or a file cannot be read.
    pub fn read(args: &ProfileArgs) -> Outcome<Option<Self>> {
        let (Some(name), Some(dir)) = (&args.profile, &args.dir) else { return Ok(None) };
        let profile = profile(name)?;
        let mut files = Vec::new();
        let entries = std::fs::read_dir(dir).during(format_args!("read the directory {}", dir.display()))?;
        for entry in entries {
            let path = entry?.path();
            let ending = path.extension().and_then(|ending| ending.to_str()).map(str::to_ascii_lowercase);
            if path.is_file() && ending.is_some_and(|ending| TABLES.contains(&ending.as_str())) {
                let bytes = std::fs::read(&path).during(format_args!("read {}", path.display()))?;
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                files.push((name, bytes));
            }
        }
        files.sort();
        Ok(Some(Self { profile, files }))
    }

    /// The records as tables.
    ///
    /// # Errors
    /// When a table has no file, or a file lacks a column.
    pub fn evidence(&self) -> Outcome<Evidence<'_>> {
        Evidence::load(&self.sources(), &self.profile)
            .during(format_args!("read the records by the profile {}", self.profile.name))
    }

    /// The metrics of every client by what was known on `as_of`.
    ///
    /// # Errors
    /// As [`Records::evidence`].
    pub fn clients(&self, as_of: Date) -> Outcome<Imported> {
        self.evidence()?.metrics(as_of).during(format_args!("derive the metrics as of {as_of}"))
    }

    /// `imported` with its origin.
    pub fn into_source(self, imported: Imported) -> Source {
        let names: Vec<&str> = self.files.iter().map(|(name, _)| name.as_str()).collect();
        Source {
            imported,
            name: names.join(", "),
            profile: Some(self.profile.name.clone()),
            currency: self.profile.currency,
            files: self.files.into_iter().map(|(_, bytes)| bytes).collect(),
        }
    }

    fn sources(&self) -> Vec<SourceFile<'_>> {
        self.files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect()
    }
}

/// A profile that ships with the product, by its name, or the one in a file.
fn profile(name: &str) -> Outcome<Profile> {
    if Profile::SHIPPED.contains(&name) {
        return Profile::shipped(name).during(format_args!("use the profile {name}"));
    }
    let text = std::fs::read_to_string(Path::new(name)).map_err(|error| {
        Failure::new(format_args!("cannot read the profile {name}: {error}")).advise(format_args!(
            "--profile takes {}, or the path of a TOML file",
            Profile::SHIPPED.join(", ")
        ))
    })?;
    Profile::from_toml(&text).during(format_args!("use {name}"))
}
