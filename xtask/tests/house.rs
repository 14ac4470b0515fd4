//! The house keeps what its documents promise: floors, sentences for dependencies, links that lead somewhere.

use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

/// The floors of ARCHITECTURE.md, lowest first. A crate may import from floors below its own.
const FLOORS: &[&[&str]] = &[
    &["kernel", "boxed"],
    &["finance", "tabular", "press", "seal", "audit", "disclosure", "learn"],
    &["store", "connect", "cluster", "emulator"],
    &["markets", "directory"],
    &["contacts"],
    &["growth", "webhooks", "leads"],
    &["gohighlevel"],
    &["hub"],
    &["server"],
    &["cli"],
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn text(path: impl AsRef<Path>) -> String {
    let path = root().join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn manifest(path: impl AsRef<Path>) -> Table {
    text(path).parse().expect("a manifest is TOML")
}

fn dependencies(manifest: &Table, section: &str) -> BTreeSet<String> {
    let table = manifest.get(section).and_then(Value::as_table);
    table.into_iter().flat_map(|table| table.keys().cloned()).collect()
}

fn floor(name: &str) -> Option<usize> {
    FLOORS.iter().position(|crates| crates.contains(&name))
}

fn crates() -> Vec<String> {
    let entries = fs::read_dir(root().join("crates")).expect("there are crates");
    let names =
        entries.map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned());
    names.collect()
}

#[test]
fn imports_run_downward_only() {
    for name in crates() {
        let own = floor(&name)
            .unwrap_or_else(|| panic!("crate {name} has no floor: give it one in ARCHITECTURE.md"));
        for dependency in dependencies(&manifest(format!("crates/{name}/Cargo.toml")), "dependencies") {
            if let Some(below) = floor(&dependency) {
                assert!(below < own, "{name} imports {dependency}, which is not below it");
            }
        }
    }
}

#[test]
fn every_crate_and_every_dependency_has_its_sentence() {
    let architecture = text("ARCHITECTURE.md");
    let rows: String = architecture.lines().filter(|line| line.starts_with("| `")).collect();
    let workspace = manifest("Cargo.toml");
    let shared = workspace["workspace"].as_table().expect("a workspace");
    let mut names = dependencies(shared, "dependencies");
    names.extend(crates());
    let silent: Vec<&String> = names.iter().filter(|name| !rows.contains(&format!("`{name}`"))).collect();
    assert!(silent.is_empty(), "without a sentence in ARCHITECTURE.md: {silent:?}");
}

#[test]
fn every_dependency_of_the_workspace_is_used() {
    let workspace = manifest("Cargo.toml");
    let declared = dependencies(workspace["workspace"].as_table().expect("a workspace"), "dependencies");
    let mut used = BTreeSet::new();
    let members = crates().into_iter().map(|name| format!("crates/{name}")).chain(["xtask".to_owned()]);
    for member in members {
        let manifest = manifest(format!("{member}/Cargo.toml"));
        used.extend(dependencies(&manifest, "dependencies"));
        used.extend(dependencies(&manifest, "dev-dependencies"));
    }
    let idle: Vec<&String> = declared.difference(&used).collect();
    assert!(idle.is_empty(), "declared in Cargo.toml and used by no crate: {idle:?}");
}

#[test]
fn links_in_the_documents_lead_somewhere() {
    let mut broken = Vec::new();
    let docs = fs::read_dir(root().join("docs")).expect("there are documents");
    let documents = docs
        .map(|entry| entry.expect("a readable entry").path())
        .chain(["README.md", "ARCHITECTURE.md", "CHANGELOG.md"].map(|name| root().join(name)))
        .filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    for document in documents {
        let folder = document.parent().expect("a file is in a folder");
        for target in links(&text(&document)) {
            let file = target.split('#').next().unwrap_or_default();
            if !file.is_empty() && !file.contains("://") && !folder.join(file).exists() {
                broken.push(format!("{}: {target}", document.display()));
            }
        }
    }
    assert!(broken.is_empty(), "links that lead nowhere:\n{}", broken.join("\n"));
}

fn links(markdown: &str) -> Vec<&str> {
    markdown.split("](").skip(1).filter_map(|rest| rest.split([')', ' ']).next()).collect()
}

/// A name in backticks with an ending of ours is a file, by its path or the end of it.
#[test]
fn files_named_in_the_documents_exist() {
    let root = root();
    let mut files = Vec::new();
    for folder in ["crates", "xtask", "e2e", "policies", "profiles", "data", "docs"] {
        walk(&root.join(folder), &mut files);
    }
    for file in ["README.md", "ARCHITECTURE.md", "CHANGELOG.md", "Cargo.toml", "deny.toml", "clippy.toml"] {
        files.push(format!("/{file}"));
    }
    let mut missing = Vec::new();
    for document in ["README.md", "ARCHITECTURE.md", "docs/growth.md", "docs/policies.md", "docs/api.md"] {
        let text = text(document);
        let prose: String = text.split("```").step_by(2).collect();
        for name in prose.split('`').skip(1).step_by(2).filter(|name| is_file_name(name)) {
            if !files.iter().any(|file| file.ends_with(&format!("/{name}"))) {
                missing.push(format!("{document}: {name}"));
            }
        }
    }
    assert!(missing.is_empty(), "named and not there:\n{}", missing.join("\n"));
}

/// `records.rs`, `growth/src/plan.rs`; no pattern, no address, and nothing that users write themselves (`ehub.toml`).
fn is_file_name(name: &str) -> bool {
    let plain = !name.starts_with('/')
        && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._/-".contains(&byte));
    let ours = [".rs", ".sql", ".typ", ".mjs", ".csv"].iter().any(|ending| name.ends_with(ending));
    let data = name.contains('/') && [".toml", ".json", ".md"].iter().any(|ending| name.ends_with(ending));
    plain && (ours || data)
}

fn walk(folder: &Path, files: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "node_modules" && name != "target") {
                walk(&path, files);
            }
        } else {
            files.push(path.to_string_lossy().replace('\\', "/"));
        }
    }
}
