//! What counts as a check, and which ones the sources really contain.

use std::{collections::BTreeSet, fs, path::Path};

use crate::{
    fault::{Doing, Fault},
    test,
};

/// A check as the register names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Check<'a> {
    /// `store::a_transaction_happens_whole_or_not_at_all`: a test of that name in that crate (or in `xtask`).
    Test {
        /// The crate.
        package: &'a str,
        /// The function.
        name: &'a str,
    },
    /// `xtask check licences`: a step of `cargo xtask test`.
    Step(&'a str),
    /// `e2e/stories/10-pages.mjs`: a story in the browser.
    Story(&'a str),
    /// `docs/security.md#keys`: a heading of a document, with text below it.
    Document {
        /// The file.
        file: &'a str,
        /// The heading as a link names it.
        heading: &'a str,
    },
}

impl<'a> Check<'a> {
    /// The check that a text names.
    pub fn parse(text: &'a str) -> Option<Self> {
        if let Some(step) = text.strip_prefix("xtask check ") {
            Some(Self::Step(step))
        } else if text.starts_with("e2e/stories/") {
            Some(Self::Story(text))
        } else if let Some((file, heading)) = text.split_once(".md#") {
            Some(Self::Document { file: &text[..file.len() + 3], heading })
        } else {
            let (package, name) = text.split_once("::")?;
            Some(Self::Test { package, name })
        }
    }
}

/// The checks that there are.
#[derive(Default)]
pub struct Existing {
    /// `package::name`; a test that is ignored shows nothing and is not here.
    tests: BTreeSet<String>,
    stories: BTreeSet<String>,
    /// `file#heading`.
    headings: BTreeSet<String>,
}

impl Existing {
    /// What the checkout at `root` contains.
    pub fn in_sources(root: &Path) -> Result<Self, Fault> {
        let mut existing = Self::default();
        let crates = entries(&root.join("crates"))?;
        for package in crates.into_iter().chain([root.join("xtask")]) {
            let name = package.file_name().unwrap_or_default().to_string_lossy().into_owned();
            existing.collect_tests(&name, &package)?;
        }
        for story in entries(&root.join("e2e/stories"))? {
            let name = story.file_name().unwrap_or_default().to_string_lossy().into_owned();
            existing.stories.insert(format!("e2e/stories/{name}"));
        }
        for document in entries(&root.join("docs"))?.into_iter().chain([root.join("ARCHITECTURE.md")]) {
            if document.extension().is_some_and(|extension| extension == "md") {
                let file = document.strip_prefix(root).unwrap_or(&document).to_string_lossy().into_owned();
                let text = fs::read_to_string(&document).doing(&file)?;
                existing
                    .headings
                    .extend(headings(&text).into_iter().map(|heading| format!("{file}#{heading}")));
            }
        }
        Ok(existing)
    }

    fn collect_tests(&mut self, package: &str, folder: &Path) -> Result<(), Fault> {
        for path in entries(folder)? {
            if path.is_dir() {
                self.collect_tests(package, &path)?;
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).doing(path.display())?;
                self.tests.extend(tests(&text).into_iter().map(|name| format!("{package}::{name}")));
            }
        }
        Ok(())
    }

    /// Exactly these, for tests.
    #[cfg(test)]
    pub fn of(tests: &[&str], headings: &[&str]) -> Self {
        let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        Self { tests: owned(tests), headings: owned(headings), ..Self::default() }
    }

    /// Whether there is such a check.
    pub fn has(&self, check: &Check<'_>) -> bool {
        match check {
            Check::Test { package, name } => self.tests.contains(&format!("{package}::{name}")),
            Check::Step(name) => test::has_step(name),
            Check::Story(path) => self.stories.contains(*path),
            Check::Document { file, heading } => self.headings.contains(&format!("{file}#{heading}")),
        }
    }
}

fn entries(folder: &Path) -> Result<Vec<std::path::PathBuf>, Fault> {
    let doing = || format!("reading {}", folder.display());
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder).doing(doing())? {
        paths.push(entry.doing(doing())?.path());
    }
    paths.sort();
    Ok(paths)
}

/// The names of the functions that a test attribute stands above and that are not ignored.
fn tests(source: &str) -> Vec<&str> {
    let (mut names, mut is_test, mut is_ignored) = (Vec::new(), false, false);
    for line in source.lines().map(str::trim) {
        if line.starts_with("#[test]") || line.starts_with("#[tokio::test") {
            is_test = true;
        } else if line.starts_with("#[ignore") {
            is_ignored = true;
        } else if let Some(name) = function(line) {
            if is_test && !is_ignored {
                names.push(name);
            }
            (is_test, is_ignored) = (false, false);
        }
    }
    names
}

/// The name of the function that begins on a line.
fn function(line: &str) -> Option<&str> {
    let line = line.strip_prefix("pub ").unwrap_or(line);
    let rest = line.strip_prefix("async ").unwrap_or(line).strip_prefix("fn ")?;
    rest.split(|c: char| !c.is_alphanumeric() && c != '_').next()
}

/// The headings that have text below them, as links name them.
fn headings(markdown: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut last: Option<String> = None;
    for line in markdown.lines() {
        if let Some(title) = line.trim_start_matches('#').strip_prefix(' ').filter(|_| line.starts_with('#'))
        {
            let lower = title.to_lowercase();
            let kept = lower.chars().filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-'));
            last = Some(kept.map(|c| if c == ' ' { '-' } else { c }).collect());
        } else if !line.trim().is_empty() {
            found.extend(last.take());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_is_what_runs() {
        let source = "#[test]\nfn one() {}\n#[tokio::test(flavor = \"multi_thread\")]\nasync fn two() {}\n\
                      #[test]\n#[ignore = \"slow\"]\nfn never() {}\nfn helper() {}\nproptest! {\n #[test]\n fn three(x in 0..1) {} }";
        assert_eq!(super::tests(source), ["one", "two", "three"]);
    }

    #[test]
    fn a_heading_without_text_promises_nothing() {
        assert_eq!(headings("# Top\n\n## Keys & secrets\n\ntext\n\n## Empty\n"), ["keys--secrets"]);
    }

    #[test]
    fn every_kind_of_check_is_told_apart() {
        assert_eq!(Check::parse("store::a"), Some(Check::Test { package: "store", name: "a" }));
        assert_eq!(Check::parse("xtask check fmt"), Some(Check::Step("fmt")));
        assert_eq!(
            Check::parse("docs/security.md#keys"),
            Some(Check::Document { file: "docs/security.md", heading: "keys" })
        );
        assert_eq!(Check::parse("a promise"), None);
    }
}
