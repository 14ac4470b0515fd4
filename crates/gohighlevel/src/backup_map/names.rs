use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

/// A custom field that the bridge makes where it is missing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FieldSpec {
    /// Our key for it.
    pub key: String,
    /// Its name there.
    pub name: String,
    /// Its type there: `TEXT`, `LARGE_TEXT`, `NUMERICAL`.
    pub data_type: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Backup {
    words: Vec<String>,
}

/// How things are recognised by name: `data/ghl/names.toml`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Names {
    #[expect(dead_code, reason = "for whoever reads the file; there is one version so far")]
    version: u32,
    pipeline: BTreeMap<String, Vec<String>>,
    stage: BTreeMap<String, Vec<String>>,
    backup: Backup,
    #[serde(rename = "field")]
    pub fields: Vec<FieldSpec>,
}

static SHIPPED: LazyLock<Names> = LazyLock::new(|| {
    toml::from_str(include_str!("../../../../data/ghl/names.toml"))
        .expect("the shipped names are TOML, as a test makes sure")
});

impl Names {
    /// The shipped ones.
    pub fn shipped() -> &'static Self {
        &SHIPPED
    }

    /// How well a pipeline's name fits a line of business: the lower, the better.
    pub fn pipeline(&self, vertical: &str, name: &str) -> Option<usize> {
        rank(self.pipeline.get(vertical)?, name)
    }

    /// How well a stage's name fits a stage of ours (by identifier or name): the lower, the better.
    pub fn stage(&self, id: &str, own_name: &str, name: &str) -> Option<usize> {
        if plain(own_name) == plain(name) || plain(id) == plain(name) {
            return Some(0);
        }
        rank(self.stage.get(id)?, name).map(|rank| rank + 1)
    }

    /// Whether a name says that it stands in for others.
    pub fn is_backup(&self, name: &str) -> bool {
        let name = plain(name);
        self.backup.words.iter().any(|word| name.split(' ').any(|part| part == word))
    }
}

fn rank(names: &[String], name: &str) -> Option<usize> {
    let name = plain(name);
    names.iter().position(|known| plain(known) == name)
}

/// A name as it is compared: small letters and digits, one space between words.
pub fn plain(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    for letter in name.chars().flat_map(char::to_lowercase) {
        if letter.is_alphanumeric() {
            out.push(letter);
        } else if !out.is_empty() && !out.ends_with(' ') && letter != '\'' {
            out.push(' ');
        }
    }
    out.truncate(out.trim_end().len());
    out
}
