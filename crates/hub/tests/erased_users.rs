//! Nothing of a user who was erased is left on the hub's disk, not even in pages that are free again.

use std::{
    fs,
    path::{Path, PathBuf},
};

use directory::NewUser;
use hub::{Hub, HubConfig};
use jiff::{SignedDuration, Timestamp};
use kernel::{Actor, Chance, HubRole, Moment};

fn chance() -> Chance {
    Chance::from_fn(|bytes| {
        ring::rand::SecureRandom::fill(&ring::rand::SystemRandom::new(), bytes).expect("chance")
    })
}

fn at(seconds: i64) -> Moment {
    let start: Timestamp = "2026-01-19T09:00:00Z".parse().expect("an instant");
    let now = start + SignedDuration::from_secs(seconds);
    Moment { now, actor: Actor::new("user:1"), entropy: chance().number() }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let paths = fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    paths.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] }).collect()
}

/// The words that some file below `folder` holds, in letters of any size.
fn found(folder: &Path, words: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for path in files(folder) {
        let bytes = fs::read(&path).expect("readable").to_ascii_lowercase();
        let held = words.iter().filter(|word| bytes.windows(word.len()).any(|part| part == word.as_bytes()));
        found.extend(held.map(|word| format!("{word} in {}", path.display())));
    }
    found
}

#[tokio::test]
async fn no_file_of_the_hub_knows_an_erased_user() {
    let home = tempfile::tempdir().expect("a folder");
    let hub = Hub::open(HubConfig::embedded(home.path(), chance()), at(0).now).await.expect("opens");
    let email = |text: &str| text.parse().expect("an address");
    let directory = &hub.directory;
    directory.ensure_operator(email("ana@example.com"), "Ana", &at(1)).await.expect("an operator");
    let new = NewUser {
        email: email("Quillfeather.Zanzibar@Example.com"),
        name: "Quillfeather Zanzibar".to_owned(),
        hub_role: Some(HubRole::Growth),
    };
    let quill = directory.add_user(new, &at(2)).await.expect("added");
    // Rows that grow are moved, and leave copies of themselves behind.
    for n in 0..40 {
        let name = format!("Quillfeather Zanzibar {}", "the younger ".repeat(n));
        let role = Some(HubRole::Growth);
        directory.update_user(quill.id, &name, role, &at(3)).await.expect("renamed");
        let new = NewUser { email: email(&format!("u{n}@example.com")), name: String::new(), hub_role: None };
        directory.add_user(new, &at(4)).await.expect("added");
    }
    directory.save_view(quill.id, "/growth/top", "Quillfeather's", "", at(5).now, 1).await.expect("saved");
    let words = ["quillfeather", "zanzibar"];
    assert!(!found(home.path(), &words).is_empty(), "what is there is found");

    directory.erase_user(quill.id, &at(6)).await.expect("erased");
    assert_eq!(found(home.path(), &words), [""; 0], "while the hub runs");
    assert!(!found(home.path(), &["ana@example.com"]).is_empty(), "the others stay");
    hub.close().await;
    assert_eq!(found(home.path(), &words), [""; 0], "after it has stopped");
}
