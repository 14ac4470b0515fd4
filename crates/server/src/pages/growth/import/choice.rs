use std::sync::Arc;

use growth::{
    import::{self, ColumnMapping, ColumnTarget, ColumnUse, ImportOptions, Imported, Preview},
    profile::{self, Profile, SourceFile},
};
use jiff::civil::Date;
use kernel::Currency;
use tabular::Hint;

use crate::{design::Errors, problem::Problem, uploads::Upload};

/// What the user says about an upload: the day, the currency, and what the columns are. Columns go by their
/// place (`c0`, `c1`, ...), so that any column name works.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The day that the metrics speak of.
    pub as_of: Date,
    /// Currency of the amounts.
    pub currency: Currency,
    /// Whether the clients are made up.
    pub simulated: bool,
    columns: Vec<(usize, ColumnTarget)>,
}

impl Choice {
    /// The choice that `pairs` (of a query or a form) make; what they leave open is `today` and `currency`.
    pub fn of(pairs: &[(String, String)], today: Date, currency: Currency) -> (Self, Errors) {
        let mut choice = Self { as_of: today, currency, simulated: false, columns: Vec::new() };
        let mut errors = Errors::default();
        for (name, value) in pairs.iter().filter(|(_, value)| !value.trim().is_empty()) {
            match name.as_str() {
                "as_of" => match value.trim().parse() {
                    Ok(day) => choice.as_of = day,
                    Err(_) => errors.add("as_of", format!("“{value}” is no day: write 2026-01-19.")),
                },
                "currency" => match value.trim().to_uppercase().parse() {
                    Ok(currency) => choice.currency = currency,
                    Err(error) => errors.add("currency", sentence(&error)),
                },
                "simulated" => choice.simulated = value == "true",
                _ => {
                    let place = name.strip_prefix('c').and_then(|place| place.parse().ok());
                    if let (Some(place), Ok(target)) = (place, value.parse()) {
                        choice.columns.push((place, target));
                    }
                }
            }
        }
        (choice, errors)
    }

    /// Where the choice differs from what the columns' names say.
    fn mapping(&self, guessed: &[ColumnUse]) -> ColumnMapping {
        self.columns.iter().fold(ColumnMapping::default(), |mapping, (place, target)| {
            match guessed.get(*place) {
                Some(column) if column.target != *target => mapping.with(column.column.clone(), *target),
                _ => mapping,
            }
        })
    }
}

/// An upload as it would be imported.
pub struct Look {
    /// How the one file of metrics looks; raw records have none.
    pub preview: Option<Preview>,
    /// The profile of raw records.
    pub profile: Option<Profile>,
    /// What each column would be used for.
    pub columns: Vec<ColumnUse>,
    /// What would become of it; why nothing would, as a sentence.
    pub imported: Result<Imported, String>,
}

/// Reads an upload as `choice` says, away from the threads that answer requests.
///
/// # Errors
/// When the upload cannot be read at all; uploads that cannot are not kept, so this is a fault of ours.
pub async fn look(upload: Arc<Upload>, choice: Choice) -> Result<Look, Problem> {
    let work = tokio::task::spawn_blocking(move || read(&upload, &choice));
    work.await.map_err(|error| Problem::internal(&error))?
}

fn read(upload: &Upload, choice: &Choice) -> Result<Look, Problem> {
    if let Some(name) = &upload.profile {
        let profile = Profile::shipped(name).map_err(|error| Problem::internal(&error))?;
        let files: Vec<SourceFile<'_>> =
            upload.files.iter().map(|file| SourceFile { name: &file.name, bytes: &file.bytes }).collect();
        let imported = profile::derive(&files, &profile, choice.as_of).map_err(|fault| sentence(&fault));
        return Ok(Look { preview: None, profile: Some(profile), columns: Vec::new(), imported });
    }
    let Some(file) = upload.files.first() else { return Err(Problem::not_found("The upload is empty.")) };
    let hint = Hint::named(file.name.clone());
    let preview = import::preview(&file.bytes, &hint).map_err(|error| Problem::invalid(sentence(&error)))?;
    let mapping = choice.mapping(&preview.columns);
    let options = ImportOptions { as_of: choice.as_of, currency: choice.currency };
    let imported = import::read(&file.bytes, &hint, &mapping, &options).map_err(|fault| sentence(&fault));
    let columns = match &imported {
        Ok(imported) => imported.columns.clone(),
        Err(_) => preview.columns.iter().map(|column| chosen(column, &mapping)).collect(),
    };
    Ok(Look { preview: Some(preview), profile: None, columns, imported })
}

/// A column as the mapping wants it, fitting or not: what the user sees is what they chose.
fn chosen(column: &ColumnUse, mapping: &ColumnMapping) -> ColumnUse {
    let target = mapping.columns.get(&column.column).copied().unwrap_or(column.target);
    ColumnUse { target, ..column.clone() }
}

/// An error's words as a sentence.
pub fn sentence(error: &dyn std::error::Error) -> String {
    let text = error.to_string();
    let mut letters = text.chars();
    let capital = letters.next().map(|first| first.to_uppercase().to_string()).unwrap_or_default();
    format!("{capital}{}.", letters.as_str().trim_end_matches('.'))
}

#[cfg(test)]
mod tests {
    use growth::import::{ColumnMatch, Field};
    use jiff::civil::date;

    use super::*;

    fn pairs(list: &[(&str, &str)]) -> Vec<(String, String)> {
        list.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn only_what_differs_from_the_guess_is_a_mapping() {
        let guessed = |column: &str, target| ColumnUse {
            column: column.to_owned(),
            target,
            matched: ColumnMatch::Synonym,
        };
        let columns =
            [guessed("id", ColumnTarget::Field(Field::ClientId)), guessed("Spend/mo", ColumnTarget::Extra)];
        let sent = pairs(&[("c0", "client_id"), ("c1", "current_mrr"), ("c9", "ignore"), ("c1", "")]);
        let (choice, errors) = Choice::of(&sent, date(2026, 1, 19), Currency::USD);
        assert!(errors.is_empty());
        let expected = ColumnMapping::default().with("Spend/mo", ColumnTarget::Field(Field::CurrentMrr));
        assert_eq!(choice.mapping(&columns), expected);
    }

    #[test]
    fn a_day_that_is_none_is_said_so_beside_its_field() {
        let sent = pairs(&[("as_of", "soon"), ("currency", "dollar")]);
        let (choice, errors) = Choice::of(&sent, date(2026, 1, 19), Currency::USD);
        assert_eq!(choice.as_of, date(2026, 1, 19));
        assert!(errors.get("as_of").is_some() && errors.get("currency").is_some());
    }
}
