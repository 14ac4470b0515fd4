//! `ehub growth propose` from a file alone.

use crate::shell::{Shell, repository};

fn propose(shell: &Shell, more: &[&str]) -> crate::shell::Ended {
    let file = repository("data/demo/clients.csv");
    let base = ["growth", "propose", "--clients", &file, "--as-of", "2026-10-31"];
    let arguments: Vec<_> = base.iter().chain(more).copied().collect();
    shell.run(&arguments)
}

#[test]
fn each_kind_is_written_for_the_client_asked_for() {
    let shell = Shell::new();
    for (kind, start) in [
        ("text", "Subject: "),
        ("html", "<!"),
        ("markdown", "#"),
        ("summary-pdf", "%PDF-"),
        ("proposal-pdf", "%PDF-"),
    ] {
        let file = shell.path(kind).display().to_string();
        let ended = propose(&shell, &["--client", "sim-013", "--kind", kind, "--to", &file]).expect(0);
        assert_eq!(ended.stdout, "", "the proposition is in the file");
        let bytes = std::fs::read(&file).expect("written");
        assert!(bytes.starts_with(start.as_bytes()), "{kind}: {}", String::from_utf8_lossy(&bytes[..40]));
        if !start.starts_with('%') {
            assert!(String::from_utf8_lossy(&bytes).contains("Ember Orchard Homes"), "{kind}");
        }
    }
}

#[test]
fn text_goes_to_standard_output_and_names_the_sender() {
    let text = propose(
        &Shell::new(),
        &["--client", "sim-013", "--sender", "Robin Vale", "--operator", "Example Platform"],
    )
    .expect(0)
    .stdout;
    assert!(text.contains("Ember Orchard Homes") && text.contains("Robin Vale"), "{text}");
}

#[test]
fn the_best_opportunities_get_a_file_each() {
    let shell = Shell::new();
    let directory = shell.path("out");
    propose(&shell, &["--top", "3", "--kind", "markdown", "--to", &directory.display().to_string()])
        .expect(0);
    assert_eq!(std::fs::read_dir(&directory).expect("made").count(), 3);
}

#[test]
fn what_cannot_be_written_is_refused_with_advice() {
    let shell = Shell::new();
    let stranger = propose(&shell, &["--client", "nobody"]).expect(1);
    assert!(stranger.stderr.contains("nobody") && stranger.stderr.contains("sim-001"), "{}", stranger.stderr);
    let several = propose(&shell, &["--top", "3"]).expect(1);
    assert!(several.stderr.contains("--to"), "{}", several.stderr);
}
