use super::{Block, Brief, Section, SectionKey, Step, account::working_day, figures::Figures};

/// The dated steps of the next action: its own deadline first, then the commercial policy's days.
pub(super) fn section(brief: &Brief<'_>, figures: &mut Figures) -> Option<Section> {
    let action = brief.assessment.next_action;
    let rules = brief.commercial.steps.get(action.id())?;
    let deadline = brief.assessment.next_action_days;
    let steps: Vec<Step> = rules
        .iter()
        .enumerate()
        .map(|(position, rule)| {
            let (days, source) = match deadline {
                Some(days) if position == 0 => {
                    (days, brief.policy_source(&format!("next action {}, {days} days", action.id())))
                }
                _ => {
                    let field = format!("steps, {}, {} days", action.id(), rule.days);
                    (rule.days, brief.commercial.source(&field))
                }
            };
            let date = working_day(brief.as_of, days);
            let source = format!("calculated: as-of date + days, weekends to Monday ({source})");
            Step {
                date: figures.date(&format!("Next step: {}", rule.title), date, &source),
                title: rule.title.clone(),
                detail: rule.detail.clone(),
            }
        })
        .collect();
    (!steps.is_empty()).then(|| Section::new(SectionKey::Steps, "Next steps", vec![Block::Steps { steps }]))
}
