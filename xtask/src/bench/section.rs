//! One section of `docs/measured.md`: what was measured, on what, with which result.

use std::{fmt::Write, fs};

use super::machine;
use crate::{
    fault::{Doing, Fault},
    workspace::Workspace,
};

/// Columns of figures under a heading.
pub struct Section {
    /// The heading.
    pub title: &'static str,
    /// What went in.
    pub data: String,
    /// Column heads.
    pub columns: Vec<&'static str>,
    /// Rows, as long as the heads.
    pub rows: Vec<Vec<String>>,
    /// What a reader must know to judge the figures.
    pub remarks: Vec<String>,
}

impl Section {
    /// The table and the remarks as Markdown.
    pub fn body(&self) -> String {
        let mut text = String::new();
        let mut line = |cells: Vec<&str>| {
            let _ = writeln!(text, "| {} |", cells.join(" | "));
        };
        line(self.columns.clone());
        line(self.columns.iter().map(|_| "---").collect());
        for row in &self.rows {
            line(row.iter().map(String::as_str).collect());
        }
        for remark in &self.remarks {
            let _ = write!(text, "\n{remark}\n");
        }
        text
    }

    /// Puts the section between its markers, behind the others when it is new.
    pub fn write(&self, workspace: &Workspace, name: &str) -> Result<(), Fault> {
        let path = workspace.root.join("docs/measured.md");
        let text = fs::read_to_string(&path).unwrap_or_else(|_| HEAD.to_owned());
        let section = format!(
            "## {}\n\n{} · {} · data: {}\n\n    cargo xtask bench {name}\n\n{}",
            self.title,
            machine::today().text(),
            machine::describe(),
            self.data,
            self.body()
        );
        fs::write(&path, place(&text, name, &section)).doing("writing docs/measured.md")
    }
}

const HEAD: &str = "\
# Measured

Every figure here was written by the command above its table; run it to measure your own machine.
";

fn place(text: &str, name: &str, section: &str) -> String {
    let (open, close) = (format!("<!-- measured: {name} -->"), format!("<!-- end: {name} -->"));
    let block = format!("{open}\n{}\n{close}", section.trim_end());
    match (text.find(&open), text.find(&close)) {
        (Some(start), Some(end)) if start < end => {
            format!("{}{block}{}", &text[..start], &text[end + close.len()..])
        }
        _ => format!("{}\n\n{block}\n", text.trim_end()),
    }
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn a_section_replaces_itself_and_nothing_else() {
        let first = place("# M\n", "a", "one");
        let both = place(&first, "b", "two");
        let again = place(&both, "a", "three");
        assert_eq!(
            again,
            "# M\n\n<!-- measured: a -->\nthree\n<!-- end: a -->\n\n<!-- measured: b -->\ntwo\n<!-- end: b -->\n"
        );
    }
}
