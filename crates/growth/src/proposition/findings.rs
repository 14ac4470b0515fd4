use super::{
    Block, Brief, Finding, Section, SectionKey,
    figures::{self, Figures},
    offer::{Scope, bound},
};
use crate::policy::Values;

/// What the client's figures show under the commercial policy's rules, each with what answers it.
/// A metric speaks once, through its first rule; findings that the proposal answers come first, and the
/// commercial policy limits how many there are.
pub(super) fn section(
    brief: &Brief<'_>,
    values: &Values,
    scope: &Scope<'_>,
    figures: &mut Figures,
) -> Option<Section> {
    let mut spoken = Vec::new();
    let mut answered = Vec::new();
    let mut open = Vec::new();
    for rule in &brief.commercial.findings {
        if spoken.contains(&rule.metric) || rule.condition().holds(values) != Some(true) {
            continue;
        }
        let Some(value) = figures.metric(brief.client, values, rule.metric) else { continue };
        spoken.push(rule.metric);
        let source = brief.commercial.source(&format!("findings, {}", rule.metric.id()));
        let threshold = figures.threshold(rule.metric, rule.threshold, &source);
        let answers: Vec<String> = scope
            .proposed()
            .filter(|program| rule.vehicles.contains(program.id))
            .map(|program| match program.text {
                Some(text) => format!("{}: {}", program.name, lowered(&text.outcome)),
                None => program.name.to_owned(),
            })
            .collect();
        let finding = Finding {
            title: rule.title.clone(),
            meaning: rule.meaning.clone(),
            evidence: format!(
                "{}: {value} (noted {} {threshold})",
                figures::label(rule.metric),
                bound(rule.relation)
            ),
            answer: answers.join("; "),
        };
        if finding.answer.is_empty() { open.push(finding) } else { answered.push(finding) }
    }
    answered.append(&mut open);
    answered.truncate(brief.commercial.finding_limit);
    (!answered.is_empty()).then(|| {
        let title = if scope.is_empty() {
            "What your figures show"
        } else {
            "What your figures show, and our answer"
        };
        Section::new(SectionKey::Findings, title, vec![Block::Findings { findings: answered }])
    })
}

/// The text with its first letter small, unless it begins with an abbreviation.
fn lowered(text: &str) -> String {
    let mut letters = text.chars();
    match (letters.next(), letters.clone().next()) {
        (Some(first), Some(second)) if !second.is_uppercase() => {
            first.to_lowercase().chain(letters).collect()
        }
        _ => text.to_owned(),
    }
}
