//! `--policy`: which constants to score with.

use std::path::Path;

use growth::policy::Policy;
use kernel::PolicyKey;

use crate::exit::{Failure, Outcome};

/// The policy of files, when none is named.
pub const DEFAULT: &str = "framework";

/// A policy that ships with the product, by its name, or the one in a file.
///
/// # Errors
/// When `name` is neither, or the file holds no valid policy.
pub fn policy(name: &str) -> Outcome<Policy> {
    let shipped = Policy::shipped();
    if let Some(policy) = shipped.iter().find(|policy| policy.key().name == name) {
        return Ok(policy.clone());
    }
    let path = Path::new(name);
    let text = std::fs::read_to_string(path).map_err(|error| {
        let names = shipped.map(|policy| policy.key().name.clone()).join(", ");
        Failure::new(format_args!("cannot read the policy {name}: {error}"))
            .advise(format_args!("--policy takes {names}, or the path of a TOML file in the form of `ehub growth policy show framework`"))
    })?;
    Policy::from_toml(&text).map_err(|error| Failure::new(format_args!("{name}: {error}")))
}

/// The version that `framework@2` names.
///
/// # Errors
/// What would be right.
pub fn key(text: &str) -> Result<PolicyKey, String> {
    text.rsplit_once('@')
        .and_then(|(name, version)| Some(PolicyKey { name: name.to_owned(), version: version.parse().ok()? }))
        .filter(|key| !key.name.is_empty())
        .ok_or_else(|| "write NAME@VERSION, such as framework@2".to_owned())
}
