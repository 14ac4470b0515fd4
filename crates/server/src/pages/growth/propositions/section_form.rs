//! A section as a form: what can be typed for each kind of block, and how it is read back.

use growth::proposition::{Block, Finding, Measure, Point, Question, Section, Step};
use maud::{Markup, html};

use crate::design::{Errors, Field, disclose};

/// Longest text of one field, in characters.
const CHARS_MAX: usize = 4_000;
/// Most items of one list.
const ITEMS_MAX: usize = 60;

/// One field of an item.
struct Spec {
    name: String,
    label: String,
    lines: u32,
    required: bool,
}

fn spec(name: &str, label: &str, lines: u32, required: bool) -> Spec {
    Spec { name: name.to_owned(), label: label.to_owned(), lines, required }
}

/// What was sent, by name.
pub struct Sent<'a>(pub &'a [(String, String)]);

impl Sent<'_> {
    /// The value of `name` without the spaces around it.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.trim())
    }
}

/// What a block consists of.
struct Shape {
    heading: &'static str,
    /// What one item is called; `None` when there is exactly one.
    item: Option<&'static str>,
    specs: Vec<Spec>,
    items: Vec<Vec<String>>,
}

fn shape(block: &Block) -> Shape {
    let lines = |list: &[String]| list.join("\n");
    let one = |heading, specs, values| Shape { heading, item: None, specs, items: vec![values] };
    match block {
        Block::Paragraph { text } => {
            one("Paragraph", vec![spec("text", "Text", 5, true)], vec![text.clone()])
        }
        Block::Points { points } => Shape {
            heading: "List",
            item: Some("Point"),
            specs: vec![spec("title", "Lead-in", 1, false), spec("text", "Text", 2, true)],
            items: points.iter().map(|one| vec![one.title.clone(), one.text.clone()]).collect(),
        },
        Block::Measures { measures } => Shape {
            heading: "Figures",
            item: Some("Figure"),
            specs: vec![spec("label", "What it is", 1, true), spec("value", "Value", 1, true)],
            items: measures.iter().map(|one| vec![one.label.clone(), one.value.clone()]).collect(),
        },
        Block::Findings { findings } => Shape {
            heading: "Findings",
            item: Some("Finding"),
            specs: vec![
                spec("title", "Finding", 1, true),
                spec("evidence", "Figure that shows it", 1, true),
                spec("meaning", "What it means", 3, true),
                spec("answer", "What answers it", 2, false),
            ],
            items: findings
                .iter()
                .map(|one| {
                    vec![one.title.clone(), one.evidence.clone(), one.meaning.clone(), one.answer.clone()]
                })
                .collect(),
        },
        Block::Program { name, outcome, description, price, features, advantages, reasons } => one(
            "Program",
            vec![
                spec("name", "Name", 1, true),
                spec("price", "Price", 1, true),
                spec("outcome", "What it changes", 2, true),
                spec("description", "What it is", 4, true),
                spec("features", "What it consists of, one per line", 4, false),
                spec("advantages", "What the client gains, one per line", 4, false),
                spec("reasons", "Why it fits, one per line", 3, false),
            ],
            vec![
                name.clone(),
                price.clone(),
                outcome.clone(),
                description.clone(),
                lines(features),
                lines(advantages),
                lines(reasons),
            ],
        ),
        Block::Table { columns, rows, .. } => Shape {
            heading: "Table",
            item: Some("Row"),
            specs: columns
                .iter()
                .enumerate()
                .map(|(index, column)| spec(&index.to_string(), &column.title, 1, index == 0))
                .collect(),
            items: rows.clone(),
        },
        Block::Formula { name, expression } => one(
            "Formula",
            vec![spec("name", "What it gives", 1, true), spec("expression", "How", 2, true)],
            vec![name.clone(), expression.clone()],
        ),
        Block::Questions { questions } => Shape {
            heading: "Questions",
            item: Some("Question"),
            specs: vec![spec("question", "Question", 1, true), spec("answer", "Answer", 3, true)],
            items: questions.iter().map(|one| vec![one.question.clone(), one.answer.clone()]).collect(),
        },
        Block::Steps { steps } => Shape {
            heading: "Steps",
            item: Some("Step"),
            specs: vec![
                spec("date", "When", 1, true),
                spec("title", "Step", 1, true),
                spec("detail", "What happens", 2, false),
            ],
            items: steps
                .iter()
                .map(|one| vec![one.date.clone(), one.title.clone(), one.detail.clone()])
                .collect(),
        },
    }
}

/// The fields of a section, filled with what was sent, else with what it says.
pub fn fields(section: &Section, errors: &Errors, sent: &Sent<'_>) -> Markup {
    let title = sent.get("title").unwrap_or(&section.title).to_owned();
    html! {
        (Field::text("title", "Heading").required().attribute("maxlength", "200").value(title).errors(errors).render())
        @for (place, block) in section.blocks.iter().enumerate() { (block_fields(place, block, errors, sent)) }
    }
}

fn block_fields(place: usize, block: &Block, errors: &Errors, sent: &Sent<'_>) -> Markup {
    let shape = shape(block);
    let caption = match block {
        Block::Table { caption, .. } => Some(caption),
        _ => None,
    };
    let known = shape.items.len();
    html! {
        fieldset.block-fields {
            legend { (shape.heading) }
            @if let Some(caption) = caption {
                @let name = format!("b{place}-caption");
                (Field::text(&name, "Caption").required().value(sent.get(&name).unwrap_or(caption)).errors(errors).render())
            }
            @for (index, values) in shape.items.iter().enumerate() {
                (item(place, index, &shape, values, true, errors, sent))
            }
            @if let Some(word) = shape.item {
                (disclose(&format!("Add a {}", word.to_lowercase()), item(place, known, &shape, &[], false, errors, sent)))
            }
        }
    }
}

fn item(
    place: usize,
    index: usize,
    shape: &Shape,
    values: &[String],
    exists: bool,
    errors: &Errors,
    sent: &Sent<'_>,
) -> Markup {
    let wide = shape.specs.len() > 3 && shape.specs.iter().all(|spec| spec.lines == 1);
    html! {
        div.item-fields role=[shape.item.map(|_| "group")] aria-label=[shape.item.map(|word| format!("{word} {}", index + 1))] {
            div class=(if wide { "form-row" } else { "stack tight" }) {
                @for (at, spec) in shape.specs.iter().enumerate() {
                    @let name = format!("b{place}-{index}-{}", spec.name);
                    @let saved = values.get(at).map_or("", String::as_str);
                    @let value = sent.get(&name).unwrap_or(saved);
                    @let field = if spec.lines == 1 { Field::text(&name, &spec.label) } else { Field::textarea(&name, &spec.label, spec.lines) };
                    @let field = field.value(value).attribute("maxlength", CHARS_MAX.to_string()).errors(errors);
                    @if spec.required && exists { (field.required().render()) } @else { (field.render()) }
                }
            }
            @if let Some(word) = shape.item {
                @if exists {
                    @let name = format!("b{place}-{index}-remove");
                    (Field::check(&name, &format!("Leave out {} {}", word.to_lowercase(), index + 1)).value(sent.get(&name).unwrap_or_default()).render())
                }
            }
        }
    }
}

/// The section as typed. An item whose fields are all blank, or that is ticked to be left out, is left out.
///
/// # Errors
/// Which fields have to change.
pub fn read(section: &Section, sent: &Sent<'_>) -> Result<Section, Errors> {
    let mut errors = Errors::default();
    let title = text(sent, "title", "The section needs a heading.", true, &mut errors);
    let mut blocks = Vec::with_capacity(section.blocks.len());
    for (place, block) in section.blocks.iter().enumerate() {
        let shape = shape(block);
        let count = if shape.item.is_some() { (shape.items.len() + 1).min(ITEMS_MAX) } else { 1 };
        let mut items = Vec::with_capacity(count);
        for index in 0..count {
            let name = |field: &str| format!("b{place}-{index}-{field}");
            let blank =
                shape.specs.iter().all(|spec| sent.get(&name(&spec.name)).unwrap_or_default().is_empty());
            let left_out = shape.item.is_some() && (blank || sent.get(&name("remove")) == Some("true"));
            if left_out {
                continue;
            }
            let mut values = Vec::with_capacity(shape.specs.len());
            for spec in &shape.specs {
                let missing = format!("“{}” must not be empty.", spec.label);
                values.push(text(sent, &name(&spec.name), &missing, spec.required, &mut errors));
            }
            items.push(values);
        }
        if items.is_empty() {
            continue; // A list without items says nothing.
        }
        let caption = match block {
            Block::Table { .. } => {
                text(sent, &format!("b{place}-caption"), "The table needs a caption.", true, &mut errors)
            }
            _ => String::new(),
        };
        blocks.push(rebuilt(block, items, caption));
    }
    if blocks.is_empty() && errors.is_empty() {
        errors.add("title", "Nothing is left of this section: use “Leave the section out” instead.");
    }
    if errors.is_empty() { Ok(Section { key: section.key, title, blocks }) } else { Err(errors) }
}

fn text(sent: &Sent<'_>, name: &str, missing: &str, required: bool, errors: &mut Errors) -> String {
    // Browsers send line ends as two characters.
    let value = sent.get(name).unwrap_or_default().replace("\r\n", "\n");
    if required && value.is_empty() {
        errors.add(name, missing);
    } else if value.chars().count() > CHARS_MAX {
        errors.add(name, format!("At most {CHARS_MAX} characters."));
    }
    value
}

/// The block with these items; what cannot be typed (numeric columns, bars) stays as it was.
fn rebuilt(block: &Block, items: Vec<Vec<String>>, caption: String) -> Block {
    let mut items = items.into_iter().map(|values| {
        let mut values = values.into_iter();
        move || values.next().unwrap_or_default()
    });
    let lines = |text: String| -> Vec<String> {
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect()
    };
    match block {
        Block::Paragraph { .. } => {
            Block::Paragraph { text: items.next().map(|mut next| next()).unwrap_or_default() }
        }
        Block::Points { .. } => {
            Block::Points { points: items.map(|mut next| Point { title: next(), text: next() }).collect() }
        }
        Block::Measures { measures } => Block::Measures {
            measures: items
                .map(|mut next| {
                    let (label, value) = (next(), next());
                    let same = measures.iter().find(|one| one.label == label && one.value == value);
                    Measure { share: same.and_then(|one| one.share), label, value }
                })
                .collect(),
        },
        Block::Findings { .. } => Block::Findings {
            findings: items
                .map(|mut next| Finding { title: next(), evidence: next(), meaning: next(), answer: next() })
                .collect(),
        },
        Block::Program { .. } => match items.next() {
            Some(mut next) => Block::Program {
                name: next(),
                price: next(),
                outcome: next(),
                description: next(),
                features: lines(next()),
                advantages: lines(next()),
                reasons: lines(next()),
            },
            None => block.clone(),
        },
        Block::Table { columns, total, rows: before, .. } => {
            let rows: Vec<Vec<String>> =
                items.map(|mut next| columns.iter().map(|_| next()).collect()).collect();
            // A sum stays one only while its row is the last.
            let total = *total && rows.last().map(|row| row.first()) == before.last().map(|row| row.first());
            Block::Table { caption, columns: columns.clone(), rows, total }
        }
        Block::Formula { .. } => match items.next() {
            Some(mut next) => Block::Formula { name: next(), expression: next() },
            None => block.clone(),
        },
        Block::Questions { .. } => Block::Questions {
            questions: items.map(|mut next| Question { question: next(), answer: next() }).collect(),
        },
        Block::Steps { .. } => Block::Steps {
            steps: items.map(|mut next| Step { date: next(), title: next(), detail: next() }).collect(),
        },
    }
}

#[cfg(test)]
mod tests {
    use growth::proposition::{Column, SectionKey};

    use super::*;

    fn every_block() -> Section {
        let text = |text: &str| text.to_owned();
        Section {
            key: SectionKey::Offer,
            title: text("Offer"),
            blocks: vec![
                Block::Paragraph { text: text("Two lines\nof text") },
                Block::Points { points: vec![Point { title: text(""), text: text("A point") }] },
                Block::Measures {
                    measures: vec![Measure { label: text("Usage"), value: text("70%"), share: Some(0.7) }],
                },
                Block::Findings {
                    findings: vec![Finding {
                        title: text("Slow"),
                        meaning: text("It takes long"),
                        evidence: text("4 tickets"),
                        answer: text(""),
                    }],
                },
                Block::Program {
                    name: text("White label"),
                    outcome: text("Your brand"),
                    description: text("All of it"),
                    price: text("$25,000"),
                    features: vec![text("One"), text("Two")],
                    advantages: vec![],
                    reasons: vec![text("locations >= 5")],
                },
                Block::Table {
                    caption: text("Price"),
                    columns: vec![
                        Column { title: text("What"), numeric: false },
                        Column { title: text("USD"), numeric: true },
                    ],
                    rows: vec![vec![text("A"), text("1")], vec![text("Sum"), text("1")]],
                    total: true,
                },
                Block::Formula { name: text("ROI"), expression: text("gain / cost") },
                Block::Questions {
                    questions: vec![Question { question: text("Why?"), answer: text("So.") }],
                },
                Block::Steps {
                    steps: vec![Step { date: text("26 January"), title: text("Call"), detail: text("") }],
                },
            ],
        }
    }

    /// What a browser sends when nothing is changed.
    fn untouched(section: &Section) -> Vec<(String, String)> {
        let mut sent = vec![("title".to_owned(), section.title.clone())];
        for (place, block) in section.blocks.iter().enumerate() {
            if let Block::Table { caption, .. } = block {
                sent.push((format!("b{place}-caption"), caption.clone()));
            }
            let shape = shape(block);
            for (index, values) in shape.items.iter().enumerate() {
                for (spec, value) in shape.specs.iter().zip(values) {
                    sent.push((format!("b{place}-{index}-{}", spec.name), value.replace('\n', "\r\n")));
                }
            }
        }
        sent
    }

    #[test]
    fn a_form_that_nobody_touched_changes_nothing() {
        let section = every_block();
        assert_eq!(read(&section, &Sent(&untouched(&section))), Ok(section));
    }

    #[test]
    fn every_field_that_is_read_is_in_the_form() {
        let section = every_block();
        let form = fields(&section, &Errors::default(), &Sent(&[])).into_string();
        for (name, _) in untouched(&section) {
            assert!(form.contains(&format!("name=\"{name}\"")), "{name} is missing");
        }
    }

    #[test]
    fn items_are_added_left_out_and_refused_when_half_empty() {
        let section = every_block();
        let mut sent = untouched(&section);
        let put = |sent: &mut Vec<(String, String)>, name: &str, value: &str| {
            sent.retain(|(key, _)| key != name);
            sent.push((name.to_owned(), value.to_owned()));
        };
        put(&mut sent, "b1-0-remove", "true");
        put(&mut sent, "b7-1-question", "And then?");
        put(&mut sent, "b7-1-answer", "Then this.");
        let edited = read(&section, &Sent(&sent)).expect("fine");
        assert_eq!(edited.blocks.len(), section.blocks.len() - 1, "the list had one point");
        let asked = edited.blocks.iter().find_map(|block| match block {
            Block::Questions { questions } => Some(questions.len()),
            _ => None,
        });
        assert_eq!(asked, Some(2));

        put(&mut sent, "b7-1-answer", " ");
        put(&mut sent, "b0-0-text", "");
        let errors = read(&section, &Sent(&sent)).expect_err("refused");
        assert!(errors.get("b7-1-answer").is_some() && errors.get("b0-0-text").is_some(), "{errors:?}");
    }
}
