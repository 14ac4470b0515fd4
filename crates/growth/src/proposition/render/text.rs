use super::{EMAIL, signature};
use crate::proposition::{Block, Proposition};

const WIDTH: usize = 76;

/// The letter as plain text, wrapped for mail readers that do not.
pub(super) fn email(proposition: &Proposition) -> String {
    let mut text = format!("Subject: {}\n\n", one_line(&proposition.subject));
    paragraph(&mut text, &format!("Dear {} team,", proposition.client_name), "");
    text.push('\n');
    for section in proposition.sections.iter().filter(|section| EMAIL.contains(&section.key)) {
        if section.key != EMAIL[0] {
            let title = one_line(&section.title);
            text.push_str(&format!("{title}\n{}\n", "-".repeat(title.chars().count())));
        }
        for part in &section.blocks {
            block(&mut text, part);
            text.push('\n');
        }
    }
    paragraph(
        &mut text,
        "The full proposal names every calculation, the terms and the source of each figure.",
        "",
    );
    text.push_str("\nKind regards\n");
    for line in signature(proposition) {
        text.push_str(&one_line(&line));
        text.push('\n');
    }
    text
}

fn block(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph { text: content } => paragraph(text, content, ""),
        Block::Points { points } => {
            for point in points {
                item(text, "- ", &[point.title.as_str(), point.text.as_str()]);
            }
        }
        Block::Measures { measures } => {
            for measure in measures {
                item(text, "- ", &[&measure.label, &measure.value]);
            }
        }
        Block::Findings { findings } => {
            for (position, finding) in findings.iter().enumerate() {
                if position > 0 {
                    text.push('\n');
                }
                paragraph(text, &finding.title, "* ");
                paragraph(text, &finding.evidence, "  ");
                paragraph(text, &finding.meaning, "  ");
                if !finding.answer.is_empty() {
                    paragraph(text, &format!("Our answer: {}", finding.answer), "  ");
                }
            }
        }
        Block::Program { name, outcome, description, price, features, advantages, reasons } => {
            item(text, "* ", &[name, price]);
            for content in [outcome, description] {
                paragraph(text, content, "  ");
            }
            for line in features.iter().chain(advantages).chain(reasons) {
                paragraph(text, line, "  - ");
            }
        }
        Block::Table { caption, columns, rows, .. } => {
            paragraph(text, caption, "");
            for row in rows {
                let cells: Vec<String> = columns
                    .iter()
                    .zip(row)
                    .map(|(column, cell)| format!("{}: {cell}", column.title))
                    .collect();
                paragraph(text, &cells.join("; "), "- ");
            }
        }
        Block::Formula { name, expression } => paragraph(text, &format!("{name}: {expression}"), ""),
        Block::Questions { questions } => {
            for pair in questions {
                paragraph(text, &pair.question, "* ");
                paragraph(text, &pair.answer, "  ");
            }
        }
        Block::Steps { steps } => {
            for step in steps {
                item(text, "- ", &[&step.date, &format!("{}. {}", step.title, step.detail)]);
            }
        }
    }
}

fn item(text: &mut String, bullet: &str, parts: &[&str]) {
    let parts: Vec<&str> = parts.iter().copied().filter(|part| !part.is_empty()).collect();
    paragraph(text, &parts.join(": "), bullet);
}

/// Wraps `content` at [`WIDTH`]; further lines are indented by the width of `lead`.
fn paragraph(text: &mut String, content: &str, lead: &str) {
    let indent = " ".repeat(lead.chars().count());
    let mut line = lead.to_owned();
    let mut empty = true;
    for word in content.split_whitespace() {
        if !empty && line.chars().count() + 1 + word.chars().count() > WIDTH {
            text.push_str(line.trim_end());
            text.push('\n');
            line.clone_from(&indent);
            empty = true;
        }
        if !empty {
            line.push(' ');
        }
        line.push_str(word);
        empty = false;
    }
    if !empty {
        text.push_str(&line);
        text.push('\n');
    }
}

/// The text without line breaks, which would end a mail header or a heading.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
