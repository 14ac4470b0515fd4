use super::{EMAIL, signature};
use crate::proposition::{Block, Column, Proposition};

const FONT: &str = "font-family:'Segoe UI',Helvetica,Arial,sans-serif;";
const INK: &str = "#152238";
const SOFT: &str = "#4a5768";
const ACCENT: &str = "#0b5f63";
const LINE: &str = "#d5dbe3";
const WASH: &str = "#f3f6f9";

/// The letter as HTML: layout by tables and inline styles, the only kind that every mail reader keeps.
pub(super) fn email(proposition: &Proposition) -> String {
    let title = escaped(&proposition.subject);
    let brand = proposition.sender.operator.as_deref().map(escaped).unwrap_or_default();
    let mut body =
        format!("<p style=\"{}\">Dear {} team,</p>\n", text_style(), escaped(&proposition.client_name));
    for section in proposition.sections.iter().filter(|section| EMAIL.contains(&section.key)) {
        if section.key != EMAIL[0] {
            body.push_str(&format!(
                "<h2 style=\"margin:28px 0 10px;{FONT}font-size:18px;line-height:24px;color:{INK};\">{}</h2>\n",
                escaped(&section.title)
            ));
        }
        section.blocks.iter().for_each(|part| block(&mut body, part));
    }
    paragraph(
        &mut body,
        "The full proposal names every calculation, the terms and the source of each figure.",
    );
    let signature: Vec<String> = signature(proposition).iter().map(|line| escaped(line)).collect();
    let closing =
        std::iter::once("Kind regards".to_owned()).chain(signature).collect::<Vec<_>>().join("<br>");
    body.push_str(&format!("<p style=\"{}\">{closing}</p>\n", text_style()));
    format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<title>{title}</title>\n</head>\n\
         <body style=\"margin:0;padding:0;background-color:{WASH};\">\n\
         <table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"background-color:{WASH};\"><tr><td align=\"center\" style=\"padding:24px 12px;\">\n\
         <table role=\"presentation\" width=\"640\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"width:100%;max-width:640px;background-color:#ffffff;border:1px solid {LINE};\">\n\
         <tr><td style=\"padding:28px 32px;background-color:{INK};\">\
         <p style=\"margin:0;{FONT}font-size:13px;line-height:18px;color:#dbe4ee;\">{brand}</p>\
         <h1 style=\"margin:6px 0 0;{FONT}font-size:24px;line-height:30px;font-weight:600;color:#ffffff;\">{title}</h1>\
         </td></tr>\n<tr><td style=\"padding:28px 32px;\">\n{body}</td></tr>\n</table>\n</td></tr></table>\n</body>\n</html>\n"
    )
}

fn block(body: &mut String, block: &Block) {
    match block {
        Block::Paragraph { text } => paragraph(body, text),
        Block::Points { points } => {
            list(body, points.iter().map(|point| (point.title.as_str(), point.text.as_str())));
        }
        Block::Measures { measures } => {
            let rows: Vec<Vec<String>> =
                measures.iter().map(|m| vec![m.label.clone(), m.value.clone()]).collect();
            table(body, "", &[Column::text("Figure"), Column::numeric("Value")], &rows, false);
        }
        Block::Findings { findings } => {
            for finding in findings {
                let answer = if finding.answer.is_empty() {
                    String::new()
                } else {
                    format!(
                        "<p style=\"margin:6px 0 0;{FONT}font-size:14px;line-height:20px;color:{ACCENT};\">\
                         <strong>Our answer:</strong> {}</p>",
                        escaped(&finding.answer)
                    )
                };
                body.push_str(&format!(
                    "<table role=\"presentation\" width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
                     style=\"margin:0 0 12px;\"><tr><td width=\"4\" style=\"background-color:{ACCENT};\"></td>\
                     <td style=\"padding:10px 14px;background-color:{WASH};\">\
                     <p style=\"margin:0;{FONT}font-size:15px;line-height:21px;color:{INK};\"><strong>{}</strong></p>\
                     <p style=\"margin:2px 0 6px;{FONT}font-size:13px;line-height:19px;color:{SOFT};\">{}</p>\
                     <p style=\"margin:0;{FONT}font-size:14px;line-height:20px;color:{INK};\">{}</p>{answer}\
                     </td></tr></table>\n",
                    escaped(&finding.title),
                    escaped(&finding.evidence),
                    escaped(&finding.meaning),
                ));
            }
        }
        Block::Program { name, outcome, description, price, features, advantages, reasons } => {
            body.push_str(&format!(
                "<h3 style=\"margin:18px 0 4px;{FONT}font-size:16px;line-height:22px;color:{INK};\">{}</h3>\n",
                escaped(name)
            ));
            for text in [price, outcome, description].into_iter().filter(|text| !text.is_empty()) {
                paragraph(body, text);
            }
            list(body, features.iter().chain(advantages).chain(reasons).map(|line| ("", line.as_str())));
        }
        Block::Table { caption, columns, rows, total } => table(body, caption, columns, rows, *total),
        Block::Formula { name, expression } => {
            list(body, std::iter::once((name.as_str(), expression.as_str())));
        }
        Block::Questions { questions } => {
            for pair in questions {
                body.push_str(&format!(
                    "<h3 style=\"margin:14px 0 2px;{FONT}font-size:15px;line-height:21px;color:{INK};\">{}</h3>\n",
                    escaped(&pair.question)
                ));
                paragraph(body, &pair.answer);
            }
        }
        Block::Steps { steps } => {
            let rows: Vec<Vec<String>> = steps
                .iter()
                .map(|step| vec![step.date.clone(), format!("{}. {}", step.title, step.detail)])
                .collect();
            table(body, "", &[Column::text("Date"), Column::text("Step")], &rows, false);
        }
    }
}

fn text_style() -> String {
    format!("margin:0 0 14px;{FONT}font-size:15px;line-height:23px;color:{INK};")
}

fn paragraph(body: &mut String, text: &str) {
    body.push_str(&format!("<p style=\"{}\">{}</p>\n", text_style(), escaped(text)));
}

fn list<'a>(body: &mut String, items: impl Iterator<Item = (&'a str, &'a str)>) {
    body.push_str(&format!(
        "<ul style=\"margin:0 0 14px;padding:0 0 0 20px;{FONT}font-size:15px;line-height:23px;color:{INK};\">\n"
    ));
    for (title, text) in items {
        let title =
            if title.is_empty() { String::new() } else { format!("<strong>{}:</strong> ", escaped(title)) };
        body.push_str(&format!("<li style=\"margin:0 0 6px;\">{title}{}</li>\n", escaped(text)));
    }
    body.push_str("</ul>\n");
}

fn table(body: &mut String, caption: &str, columns: &[Column], rows: &[Vec<String>], total: bool) {
    let align = |column: &Column| if column.numeric { "right" } else { "left" };
    body.push_str(&format!(
        "<table width=\"100%\" cellpadding=\"0\" cellspacing=\"0\" border=\"0\" \
         style=\"margin:0 0 16px;border-collapse:collapse;{FONT}font-size:14px;line-height:20px;color:{INK};\">\n"
    ));
    if !caption.is_empty() {
        body.push_str(&format!(
            "<caption style=\"padding:0 0 6px;text-align:left;font-weight:600;\">{}</caption>\n",
            escaped(caption)
        ));
    }
    body.push_str("<tr>");
    for column in columns {
        body.push_str(&format!(
            "<th scope=\"col\" align=\"{0}\" style=\"padding:6px 8px 6px 0;text-align:{0};color:{SOFT};\
             border-bottom:2px solid {INK};\">{1}</th>",
            align(column),
            escaped(&column.title)
        ));
    }
    body.push_str("</tr>\n");
    for (position, row) in rows.iter().enumerate() {
        let weight = if total && position + 1 == rows.len() { "font-weight:600;" } else { "" };
        body.push_str("<tr>");
        for (column, cell) in columns.iter().zip(row) {
            body.push_str(&format!(
                "<td align=\"{0}\" valign=\"top\" style=\"padding:7px 8px 7px 0;text-align:{0};{weight}\
                 border-bottom:1px solid {LINE};\">{1}</td>",
                align(column),
                escaped(cell)
            ));
        }
        body.push_str("</tr>\n");
    }
    body.push_str("</table>\n");
}

/// The text as HTML that shows exactly it, in content and in attributes.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            _ => out.push(letter),
        }
    }
    out
}
