//! `cargo xtask asvs`: every requirement of OWASP ASVS 5.0, levels 1 and 2, with what is done about it and the check
//! that shows it.
//!
//! The register (`data/asvs/register/*.toml`) has an entry per requirement. [`register::faults`] holds it against the
//! standard's own list (`data/asvs/requirements.csv`) and against what the sources really contain ([`checks`]), and
//! [`page`] writes `docs/asvs.md`. The tests below fail when a requirement is missing, when a check that is named
//! does not exist, or when the page is not what the register says.

mod checks;
mod page;
mod register;

use std::fs;

use checks::Existing;
use register::Register;

use crate::{
    fault::{Doing, Fault},
    workspace::Workspace,
};

/// Where the register is told to people.
const PAGE: &str = "docs/asvs.md";

/// Writes the page, and says what is wrong with the register; whether nothing is.
pub fn run(workspace: &Workspace) -> Result<bool, Fault> {
    let register = Register::read(&workspace.root)?;
    fs::write(workspace.root.join(PAGE), page::of(&register)).doing(format_args!("writing {PAGE}"))?;
    let faults = register::faults(&register, &Existing::in_sources(&workspace.root)?);
    for fault in &faults {
        println!("{fault}");
    }
    println!("{}", page::in_numbers(&register));
    Ok(faults.is_empty())
}

#[cfg(test)]
mod tests {
    use std::{fs, path::Path};

    use super::{
        PAGE,
        checks::Existing,
        page,
        register::{Register, faults},
    };

    fn root() -> &'static Path {
        Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
    }

    fn register() -> Register {
        Register::read(root()).expect("a register that can be read")
    }

    #[test]
    fn every_requirement_has_its_entry_and_every_check_named_exists() {
        let existing = Existing::in_sources(root()).expect("sources");
        let faults = faults(&register(), &existing);
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn the_page_says_what_the_register_says() {
        let written = fs::read_to_string(root().join(PAGE)).expect("a page");
        assert!(written == page::of(&register()), "{PAGE} is out of date: `cargo xtask asvs` writes it");
    }
}
