//! The scenario table: from the pipeline, and the framework's own case beside it.

use growth::{
    assessment::{Assessment, Tier},
    metrics::ClientId,
    playbook::Playbook,
    scenario::{self, ScenarioRow},
};
use kernel::Mrr;
use maud::{Markup, html};

use super::View;
use crate::{
    design::{Why, flush_card, format},
    problem::Problem,
};

/// The scenarios on the open opportunities.
pub(super) fn of_pipeline(view: &View<'_>) -> Result<Markup, Problem> {
    let open: Vec<&Assessment> = view
        .forecast
        .contributions
        .iter()
        .filter_map(|one| Some(view.board.client(&ClientId::new(one.id.clone()))?.1))
        .collect();
    let current = view.mrr(view.projection().coverage.current_mrr);
    let goal = view.asked.assumptions.goal;
    let tiers = scenario::potentials(open).map_err(growth::GrowthError::from)?;
    let rows = scenario::table(&tiers, &Playbook::standard().scenarios, current, goal)
        .map_err(growth::GrowthError::from)?;
    let why = Why::new("share of each tier's clients (rounded) × the tier's mean potential; ÷ 12 for MRR")
        .source(format!("playbook “{}”; {}", Playbook::standard().name, super::frame::source(view.board)));
    Ok(flush_card(
        "Scenarios from this pipeline",
        Some("A share of each tier's clients signs, whatever the chances."),
        why.render("Scenarios"),
        table(&rows, &sentence(&rows, current, goal), "Scenarios from this pipeline"),
    ))
}

/// The scenarios on the framework's case on paper.
pub(super) fn of_reference() -> Result<Markup, Problem> {
    let playbook = Playbook::standard();
    let (current, goal, rows) = scenario::reference(playbook).map_err(growth::GrowthError::from)?;
    let mut why = Why::new("share of each tier's clients (rounded) × potential of each; ÷ 12 for MRR");
    for (tier, of_tier) in &playbook.reference.tiers {
        let each = kernel::Arr::new(of_tier.arr.into(), playbook.reference.currency);
        why = why.input(tier.label(), format!("{} × {} ARR", of_tier.clients, format::money_whole(&each)));
    }
    let why = why.source(format!("playbook “{}”, the growth framework's own figures", playbook.name));
    Ok(flush_card(
        "The framework's reference case",
        Some("Fifty clients on paper, not yours: for comparison."),
        why.render("Reference case"),
        table(&rows, &sentence(&rows, current, goal), "Scenarios of the reference case"),
    ))
}

/// How much of the way each scenario covers, MRR over MRR.
fn sentence(rows: &[ScenarioRow], current: Mrr, goal: Mrr) -> String {
    let needed = Mrr::new(goal.amount() - current.amount(), goal.currency());
    let shares: Vec<String> = rows
        .iter()
        .filter_map(|row| Some(format!("“{}” {}", row.label, format::percent(row.coverage?, 1))))
        .collect();
    if shares.is_empty() {
        return format!(
            "Current MRR of {} is at or above the goal of {}.",
            format::money_whole(&current),
            format::money_whole(&goal)
        );
    }
    let reached = rows.iter().any(|row| row.coverage.is_some_and(|coverage| coverage >= 1.0));
    format!(
        "From {} to {} MRR, {} MRR ({} ARR) is needed. Of that covers: {}.{}",
        format::money_whole(&current),
        format::money_whole(&goal),
        format::money_whole(&needed),
        format::money_compact(&needed.per_year()),
        shares.join(", "),
        if reached { "" } else { " No scenario reaches the goal." }
    )
}

fn table(rows: &[ScenarioRow], sentence: &str, caption: &str) -> Markup {
    let share = |share: Option<f64>, digits| {
        share.map_or_else(|| "–".to_owned(), |share| format::percent(share, digits))
    };
    let tiers: Vec<Tier> = Tier::ALL
        .iter()
        .copied()
        .filter(|tier| rows.iter().any(|row| row.closes.get(tier).is_some_and(|closes| *closes > 0)))
        .collect();
    html! {
        p.small.secondary.lead-in { (sentence) }
        div.table-scroll tabindex="0" role="region" aria-label=(caption) {
            table.table.plain {
                caption.visually-hidden { (caption) }
                thead { tr {
                    th scope="col" { "Scenario" }
                    @for tier in &tiers { th.end.p2 scope="col" { (tier.label()) " closes" } }
                    th.end scope="col" { "Added ARR" } th.end scope="col" { "Added MRR" } th.end.p2 scope="col" { "Resulting MRR" }
                    th.end.p3 scope="col" title="Resulting MRR over current MRR" { "Of current MRR" } th.end scope="col" title="Added MRR over needed MRR" { "Of needed MRR" }
                } }
                tbody {
                    @for row in rows {
                        tr {
                            th scope="row" { (row.label) }
                            @for tier in &tiers { td.end.p2 { (row.closes.get(tier).copied().unwrap_or(0)) } }
                            td.end.num { (format::money(&row.added_arr)) } td.end.num { (format::money(&row.added_mrr)) }
                            td.end.num.p2 { (format::money(&row.resulting_mrr)) }
                            td.end.num.p3 { (share(row.growth, 0)) } td.end.num { (share(row.coverage, 1)) }
                        }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reference_case_covers_a_tenth_a_sixth_and_at_best_a_fifth() {
        let (current, goal, rows) = scenario::reference(Playbook::standard()).expect("USD");
        assert_eq!(
            sentence(&rows, current, goal),
            "From $130,000 to $400,000 MRR, $270,000 MRR ($3.2M ARR) is needed. Of that covers: “Conservative” 10.6 %, \
             “Accelerated” 15.9 %, “Every client signs” 22.4 %. No scenario reaches the goal."
        );
        let html = of_reference().expect("renders").into_string();
        for amount in
            ["$343,750.00", "$28,645.83", "$158,645.83", "122 %", "$516,250.00", "$173,020.83", "133 %"]
        {
            assert!(html.contains(amount), "{amount}");
        }
    }
}
