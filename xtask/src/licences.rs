//! Licences, doubled crates and sources of everything we build on, held against `deny.toml`.
//!
//! Reads the part of cargo-deny's configuration that the project uses, so that `cargo deny check licenses
//! bans sources` gives the same answer where that tool is installed. Ours needs nothing but
//! `cargo metadata`: it also runs offline and costs a second instead of a long build.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use serde_json::Value as Json;
use toml::{Table, Value as Toml};

use crate::{
    fault::{Doing, Fault},
    spdx,
    workspace::Workspace,
};

/// What the project accepts.
struct Rules {
    allow: BTreeSet<String>,
    exceptions: BTreeMap<String, BTreeSet<String>>,
    deny_doubles: bool,
    skip: BTreeSet<(String, String)>,
    registries: BTreeSet<String>,
}

/// Outcome of the check.
pub struct Report {
    /// Crates looked at.
    pub crates: usize,
    /// What is against the rules, one sentence each.
    pub violations: Vec<String>,
    /// What the rules mention without need: a reminder to clean up.
    pub stale: Vec<String>,
}

/// Checks the locked dependency graph.
pub fn check(workspace: &Workspace) -> Result<Report, Fault> {
    let rules = Rules::read(&workspace.root.join("deny.toml"))?;
    let metadata = workspace.metadata(&["--all-features"])?;
    judge(&rules, &metadata)
}

fn judge(rules: &Rules, metadata: &Json) -> Result<Report, Fault> {
    let packages =
        metadata["packages"].as_array().ok_or_else(|| Fault::new("cargo metadata lists no packages"))?;
    let mut violations = Vec::new();
    let mut used = BTreeSet::new();
    let mut versions: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let text = |field: &str| package[field].as_str().unwrap_or_default();
        let (name, version, source) = (text("name"), text("version"), package["source"].as_str());
        let Some(source) = source else { continue };
        versions.entry(name).or_default().push(version);
        if !rules.registries.contains(source) {
            violations.push(format!("{name} {version} comes from {source}, which [sources] does not allow"));
        }
        let extra = rules.exceptions.get(name);
        let allowed = |id: &str| rules.allow.contains(id) || extra.is_some_and(|ids| ids.contains(id));
        match spdx::satisfied(text("license"), &allowed) {
            Some(true) => used.extend(rules.allow.iter().filter(|id| text("license").contains(id.as_str()))),
            Some(false) => violations.push(format!("{name} {version} is under `{}`", text("license"))),
            None => violations
                .push(format!("{name} {version} states no readable licence (`{}`)", text("license"))),
        }
    }
    let mut skipped = BTreeSet::new();
    for (name, versions) in versions.iter().filter(|(_, versions)| versions.len() > 1) {
        let skip = |version: &str| (String::from(*name), version.to_owned());
        let (excused, left): (Vec<&str>, Vec<&str>) =
            versions.iter().partition(|version| rules.skip.contains(&skip(version)));
        skipped.extend(excused.into_iter().map(skip));
        if rules.deny_doubles && left.len() > 1 {
            violations.push(format!("{name} is built more than once: {}", left.join(", ")));
        }
    }
    let unused = rules
        .allow
        .iter()
        .filter(|id| !used.contains(id))
        .map(|id| format!("licence {id} is allowed but not met"));
    let idle = rules
        .skip
        .difference(&skipped)
        .map(|(name, version)| format!("{name} {version} is skipped but not doubled"));
    let stale = unused.chain(idle).collect();
    Ok(Report { crates: versions.values().map(Vec::len).sum(), violations, stale })
}

impl Rules {
    fn read(path: &Path) -> Result<Self, Fault> {
        let text = fs::read_to_string(path).doing("reading deny.toml")?;
        Self::parse(&text)
    }

    fn parse(text: &str) -> Result<Self, Fault> {
        let table: Table = text.parse().doing("reading deny.toml")?;
        let section = |name: &str| {
            table
                .get(name)
                .and_then(Toml::as_table)
                .ok_or_else(|| Fault::new(format!("deny.toml has no [{name}]")))
        };
        let (licences, bans, sources) = (section("licenses")?, section("bans")?, section("sources")?);
        let exceptions = tables(licences, "exceptions")
            .map(|entry| (text_of(entry, &["crate", "name"]), texts(entry, "allow").collect()))
            .collect();
        let skip = tables(bans, "skip").filter_map(|entry| {
            let id = text_of(entry, &["crate", "name"]);
            let (name, version) = id.split_once('@')?;
            Some((name.to_owned(), version.to_owned()))
        });
        let registries = texts(sources, "allow-registry").map(|url| format!("registry+{url}"));
        Ok(Self {
            allow: texts(licences, "allow").collect(),
            exceptions,
            deny_doubles: bans.get("multiple-versions").and_then(Toml::as_str) == Some("deny"),
            skip: skip.collect(),
            registries: registries.collect(),
        })
    }
}

fn texts<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = String> + use<'a> {
    let values = table.get(key).and_then(Toml::as_array).into_iter().flatten();
    values.filter_map(Toml::as_str).map(str::to_owned)
}

fn tables<'a>(table: &'a Table, key: &str) -> impl Iterator<Item = &'a Table> + use<'a> {
    table.get(key).and_then(Toml::as_array).into_iter().flatten().filter_map(Toml::as_table)
}

fn text_of(table: &Table, keys: &[&str]) -> String {
    keys.iter().find_map(|key| table.get(*key)?.as_str()).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Rules, judge};

    const RULES: &str = r#"
        [licenses]
        allow = ["MIT", "ISC"]
        exceptions = [{ crate = "odd", allow = ["MPL-2.0"] }]
        [bans]
        multiple-versions = "deny"
        skip = [{ crate = "old@1.0.0", reason = "a neighbour is late" }]
        [sources]
        allow-registry = ["https://example.org/index"]
    "#;

    fn violations(packages: serde_json::Value) -> (Vec<String>, Vec<String>) {
        let rules = Rules::parse(RULES).expect("valid rules");
        let report = judge(&rules, &json!({ "packages": packages })).expect("valid metadata");
        (report.violations, report.stale)
    }

    fn package(name: &str, version: &str, license: &str) -> serde_json::Value {
        json!({ "name": name, "version": version, "license": license, "source": "registry+https://example.org/index" })
    }

    #[test]
    fn allowed_and_excepted_licences_pass() {
        let packages = json!([package("a", "1.0.0", "MIT OR GPL-3.0"), package("odd", "1.0.0", "MPL-2.0")]);
        let (violations, stale) = violations(packages);
        assert!(violations.is_empty(), "{violations:?}");
        assert_eq!(stale, ["licence ISC is allowed but not met", "old 1.0.0 is skipped but not doubled"]);
    }

    #[test]
    fn other_licences_sources_and_doubles_do_not() {
        let mut foreign = package("git", "1.0.0", "MIT");
        foreign["source"] = json!("git+https://example.org/x");
        let (violations, _) = violations(json!([
            package("gpl", "1.0.0", "GPL-3.0-only"),
            package("mpl", "1.0.0", "MPL-2.0"),
            json!({ "name": "none", "version": "1.0.0", "license": null, "source": "registry+https://example.org/index" }),
            package("twice", "1.0.0", "MIT"),
            package("twice", "2.0.0", "MIT"),
            package("old", "1.0.0", "MIT"),
            package("old", "2.0.0", "MIT"),
            foreign,
        ]));
        assert_eq!(
            violations,
            [
                "gpl 1.0.0 is under `GPL-3.0-only`",
                "mpl 1.0.0 is under `MPL-2.0`",
                "none 1.0.0 states no readable licence (``)",
                "git 1.0.0 comes from git+https://example.org/x, which [sources] does not allow",
                "twice is built more than once: 1.0.0, 2.0.0",
            ]
        );
    }
}
