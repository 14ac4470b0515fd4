use crate::proposition::{Block, Column, Proposition};

/// The whole proposition as Markdown (CommonMark with tables), with the source of every figure.
pub(super) fn document(proposition: &Proposition) -> String {
    let mut text = format!("# {} for {}\n\n", plain(&proposition.title), plain(&proposition.client_name));
    let from = super::signature(proposition);
    if !from.is_empty() {
        let from: Vec<String> = from.iter().map(|line| plain(line)).collect();
        text.push_str(&format!("{}\n\n", from.join(" · ")));
    }
    for section in &proposition.sections {
        text.push_str(&format!("## {}\n\n", plain(&section.title)));
        for part in &section.blocks {
            block(&mut text, part);
            text.push('\n');
        }
    }
    text.push_str("## Where every number comes from\n\n");
    let columns =
        [Column::text("Number"), Column::numeric("Value"), Column::text("Unit"), Column::text("Source")];
    let rows = proposition
        .facts
        .iter()
        .map(|fact| vec![fact.label.clone(), fact.value.clone(), fact.unit.clone(), fact.source.clone()]);
    table(&mut text, &columns, rows);
    text
}

fn block(text: &mut String, block: &Block) {
    match block {
        Block::Paragraph { text: content } => text.push_str(&format!("{}\n", plain(content))),
        Block::Points { points } => {
            for point in points {
                let title = if point.title.is_empty() {
                    String::new()
                } else {
                    format!("**{}.** ", plain(&point.title))
                };
                text.push_str(&format!("- {title}{}\n", plain(&point.text)));
            }
        }
        Block::Measures { measures } => {
            let rows = measures.iter().map(|measure| vec![measure.label.clone(), measure.value.clone()]);
            table(text, &[Column::text("Figure"), Column::numeric("Value")], rows);
        }
        Block::Findings { findings } => {
            let rows = findings.iter().map(|finding| {
                vec![
                    finding.title.clone(),
                    finding.evidence.clone(),
                    finding.meaning.clone(),
                    finding.answer.clone(),
                ]
            });
            table(text, &["Finding", "Shown by", "What it means", "Our answer"].map(Column::text), rows);
        }
        Block::Program { name, outcome, description, price, features, advantages, reasons } => {
            text.push_str(&format!("### {}\n\n", plain(name)));
            if !outcome.is_empty() {
                text.push_str(&format!("*{}*\n\n", plain(outcome)));
            }
            text.push_str(&format!("**{}**\n", plain(price)));
            if !description.is_empty() {
                text.push_str(&format!("\n{}\n", plain(description)));
            }
            for (title, lines) in
                [("Features", features), ("Advantages", advantages), ("Why it fits", reasons)]
            {
                if !lines.is_empty() {
                    text.push_str(&format!("\n{title}:\n\n"));
                    lines.iter().for_each(|line| text.push_str(&format!("- {}\n", plain(line))));
                }
            }
        }
        Block::Table { caption, columns, rows, .. } => {
            if !caption.is_empty() {
                text.push_str(&format!("**{}**\n\n", plain(caption)));
            }
            table(text, columns, rows.iter().cloned());
        }
        Block::Formula { name, expression } => {
            text.push_str(&format!("**{}:** {}\n", plain(name), plain(expression)));
        }
        Block::Questions { questions } => {
            for (position, pair) in questions.iter().enumerate() {
                let gap = if position > 0 { "\n" } else { "" };
                text.push_str(&format!("{gap}**{}**\n\n{}\n", plain(&pair.question), plain(&pair.answer)));
            }
        }
        Block::Steps { steps } => {
            for step in steps {
                let (date, title, detail) = (plain(&step.date), plain(&step.title), plain(&step.detail));
                text.push_str(&format!("- **{date}: {title}.** {detail}\n"));
            }
        }
    }
}

fn table(text: &mut String, columns: &[Column], rows: impl Iterator<Item = Vec<String>>) {
    let line = |cells: Vec<String>| format!("| {} |\n", cells.join(" | "));
    text.push_str(&line(columns.iter().map(|column| plain(&column.title)).collect()));
    let rules = columns.iter().map(|column| if column.numeric { "---:" } else { "---" }.to_owned());
    text.push_str(&line(rules.collect()));
    for row in rows {
        text.push_str(&line(row.iter().map(|cell| plain(cell)).collect()));
    }
}

/// The text as Markdown that shows exactly it: one line, no markup, no HTML.
fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (position, word) in text.split_whitespace().enumerate() {
        if position > 0 {
            out.push(' ');
        }
        for letter in word.chars() {
            match letter {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '\\' | '`' | '*' | '_' | '[' | ']' | '|' | '~' | '#' => {
                    out.push('\\');
                    out.push(letter);
                }
                _ => out.push(letter),
            }
        }
    }
    // A list or quote begins with these at the start of a line only.
    if out.starts_with(['-', '+', '>', '=']) {
        out.insert(0, '\\');
    }
    out
}
