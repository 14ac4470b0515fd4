//! What must be true of all sources, whoever writes the next one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use toml::{Table, Value};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The files below `folder` with this ending, by their path from the root, with their text.
fn files(folder: &str, ending: &str) -> Vec<(String, String)> {
    fn walk(folder: &Path, ending: &str, found: &mut Vec<PathBuf>) {
        for path in fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                walk(&path, ending, found);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    let mut found = Vec::new();
    walk(&root().join(folder), ending, &mut found);
    found.sort();
    assert!(!found.is_empty(), "no {ending} below {folder}");
    found
        .into_iter()
        .map(|path| {
            let text = fs::read_to_string(&path).expect("a text");
            (path.strip_prefix(root()).expect("below the root").display().to_string(), text)
        })
        .collect()
}

/// The sources of the product, without tests, benches and examples.
fn sources() -> Vec<(String, String)> {
    let ours = |path: &str| {
        path.split('/').nth(2) == Some("src")
            && !["testing.rs", "tests.rs"].iter().any(|name| path.ends_with(name))
            && !path.contains("/tests/")
    };
    files("crates", ".rs").into_iter().filter(|(path, _)| ours(path)).collect()
}

/// The part of a source before its unit tests.
fn without_tests(text: &str) -> &str {
    text.split("#[cfg(test)]").next().unwrap_or_default()
}

/// The files outside `allowed` whose code contains one of `words`.
fn elsewhere(words: &[&str], allowed: &[&str]) -> Vec<String> {
    let code = |text: &str| {
        let lines = without_tests(text).lines().filter(|line| !line.trim_start().starts_with("//"));
        lines.collect::<Vec<_>>().join("\n")
    };
    sources()
        .into_iter()
        .filter(|(path, text)| {
            let code = code(text);
            words.iter().any(|word| code.contains(word)) && !allowed.contains(&path.as_str())
        })
        .map(|(path, _)| path)
        .collect()
}

#[test]
fn unsafe_code_is_forbidden_everywhere() {
    let workspace: Table =
        fs::read_to_string(root().join("Cargo.toml")).expect("text").parse().expect("TOML");
    assert_eq!(workspace["workspace"]["lints"]["rust"]["unsafe_code"].as_str(), Some("forbid"));
    for (path, text) in files("crates", "Cargo.toml") {
        let manifest: Table = text.parse().expect("TOML");
        let inherits =
            manifest.get("lints").and_then(|lints| lints.get("workspace")).and_then(Value::as_bool);
        assert_eq!(inherits, Some(true), "{path} does not take over the lints of the workspace");
    }
}

/// Nothing reaches a command line by accident: one place starts a program, and that one is an adapter for it.
#[test]
fn only_named_places_start_programs() {
    let found = elsewhere(&["Command::new", "process::Command"], &["crates/markets/src/keyring/program.rs"]);
    assert_eq!(found, Vec::<String>::new(), "programs are started here");
}

/// Time and chance come from the shells' clock modules alone, and chance from the operating system.
#[test]
fn chance_comes_from_the_clock_modules() {
    let allowed = ["crates/cli/src/clock.rs", "crates/server/src/clock.rs"];
    let words = ["SystemRandom", "rand::rng", "rand::random", "thread_rng", "getrandom::", "OsRng"];
    assert_eq!(elsewhere(&words, &allowed), Vec::<String>::new(), "chance is an argument");
}

#[test]
fn no_broken_hash_is_used() {
    // ring names SHA-1 after what it is for: signatures that others still make.
    let words = ["md5", "Md5", "SHA1_FOR", "Sha1", "sha1::", "Ecb", "RSA_PKCS1_SHA1", "HMAC_SHA1"];
    // RFC 6238 is what authenticator apps compute, and its HMAC-SHA-1 is not broken by collisions.
    let allowed = ["crates/directory/src/totp.rs"];
    assert_eq!(elsewhere(&words, &allowed), Vec::<String>::new(), "broken hashes are named here");
}

#[test]
fn no_credential_is_in_the_sources() {
    let mut found = Vec::new();
    for (path, text) in sources() {
        let code = without_tests(&text);
        let lines = code.lines().filter(|line| !line.trim_start().starts_with("//"));
        for line in lines {
            let url_with_password = line.split("://").skip(1).any(|rest| {
                let authority = rest.split(['/', '"', ' ']).next().unwrap_or_default();
                authority.split_once('@').is_some_and(|(user, _)| {
                    user.split_once(':').is_some_and(|(_, word)| !word.starts_with(['{', '*']))
                })
            });
            if url_with_password || line.contains("BEGIN PRIVATE KEY") || line.contains("AKIA") {
                found.push(format!("{path}: {}", line.trim()));
            }
        }
    }
    assert_eq!(found, Vec::<String>::new());
}

/// The features that hold test worlds are asked for by tests only.
#[test]
fn the_program_has_no_test_code() {
    for (path, text) in files("crates", "Cargo.toml") {
        let manifest: Table = text.parse().expect("TOML");
        for (name, value) in manifest.get("dependencies").and_then(Value::as_table).into_iter().flatten() {
            let features = value.get("features").and_then(Value::as_array).into_iter().flatten();
            let wanted: Vec<&str> = features.filter_map(Value::as_str).collect();
            assert!(!wanted.contains(&"testing"), "{path} asks for the test world of {name}");
        }
        let default = manifest.get("features").and_then(|features| features.get("default"));
        let default = default.and_then(Value::as_array).into_iter().flatten();
        assert!(!default.filter_map(Value::as_str).any(|one| one == "testing"), "{path}");
    }
}

fn our_scripts() -> Vec<(String, String)> {
    files("crates/server/assets/js", ".js")
}

#[test]
fn our_scripts_keep_nothing_in_the_browser() {
    for (path, text) in our_scripts() {
        for store in ["localStorage", "sessionStorage", "indexedDB", "document.cookie", "caches.open"] {
            assert!(!text.contains(store), "{path} uses {store}");
        }
    }
}

#[test]
fn our_scripts_copy_no_foreign_keys_into_objects() {
    for (path, text) in our_scripts() {
        for word in ["__proto__", "setPrototypeOf", "JSON.parse(location", "eval(", "new Function"] {
            assert!(!text.contains(word), "{path} has {word}");
        }
        for (at, _) in text.match_indices("Object.assign(") {
            let call = text[at..].lines().next().unwrap_or_default();
            assert!(call.contains("{ "), "{path} merges something that is no literal: {call}");
        }
    }
}
