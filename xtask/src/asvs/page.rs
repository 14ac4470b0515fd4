//! `docs/asvs.md`: the register for people.

use std::fmt::Write as _;

use super::register::{Entry, Register, Requirement, Status};

const HEAD: &str = "\
# OWASP ASVS 5.0, level 2

Every requirement of levels 1 and 2 of the [OWASP Application Security Verification
Standard 5.0](https://github.com/OWASP/ASVS/tree/master/5.0), with what EnterpriseHub does about it and the check that shows
it. Written by `cargo xtask asvs` from `data/asvs/register`; a test of `xtask` fails when a requirement is missing, when a
check that is named here does not exist, or when this page is out of date. The text of the requirements is OWASP's and
stays in `data/asvs/requirements.csv`, under its own licence.

- **met**: done, and the check shows it. A check is a test (`crate::name`), a step of `cargo xtask test`, a story in the
  browser (`e2e/`) or, where a document is what is asked for, the document.
- **deployment**: whoever runs the hub completes it; the document named says how.
- **open**: not met, or not shown to be; what is missing stands first.
- **not applicable**: about something that the product does not have.

";

/// How many stand how, in a line.
pub fn in_numbers(register: &Register) -> String {
    let count = |status| entries(register).filter(|(_, entry)| entry.status == status).count();
    let parts: Vec<String> =
        Status::ALL.into_iter().map(|status| format!("{} {status}", count(status))).collect();
    format!("{} requirements: {}", register.requirements.len(), parts.join(", "))
}

fn entries(register: &Register) -> impl Iterator<Item = (&Requirement, &Entry)> {
    register.requirements.iter().filter_map(|one| Some((one, register.entry(one)?)))
}

/// The page.
pub fn of(register: &Register) -> String {
    let mut page = format!("{HEAD}{}.\n\n", in_numbers(register));
    let mut line = |text: &str| {
        let _ = writeln!(page, "{text}");
    };
    let mut chapters: Vec<&str> = Vec::new();
    for requirement in &register.requirements {
        if chapters.last() != Some(&requirement.chapter.as_str()) {
            chapters.push(&requirement.chapter);
        }
    }
    line("| chapter | met | deployment | open | not applicable |");
    line("|---|---|---|---|---|");
    for chapter in &chapters {
        let count = |status| {
            entries(register).filter(|(one, entry)| one.chapter == *chapter && entry.status == status).count()
        };
        let counts: Vec<String> = Status::ALL.into_iter().map(|status| count(status).to_string()).collect();
        line(&format!("| {chapter} | {} |", counts.join(" | ")));
    }
    for chapter in &chapters {
        line(&format!("\n## {chapter}\n"));
        line("| | | status | what is done | shown by |");
        line("|---|---|---|---|---|");
        for (one, entry) in entries(register).filter(|(one, _)| one.chapter == *chapter) {
            let says = match entry.status {
                Status::Open => format!("**Missing:** {} {}", entry.missing, entry.says),
                _ => entry.says.clone(),
            };
            let checks: Vec<String> = entry.checks.iter().map(|check| shown(check)).collect();
            line(&format!(
                "| {} | {} | {} | {says} | {} |",
                one.id,
                one.level,
                entry.status,
                checks.join("<br>")
            ));
        }
    }
    page
}

/// A check as a link where it leads to a document, else as code.
fn shown(check: &str) -> String {
    match check.strip_prefix("docs/") {
        Some(path) => format!("[{check}]({path})"),
        None => format!("`{check}`"),
    }
}
