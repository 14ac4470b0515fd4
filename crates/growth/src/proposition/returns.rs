use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    Block, Brief, Column, Section, SectionKey,
    figures::{self, Figures},
    offer::{Scope, decimal, float, measured_return, per_month},
};
use crate::policy::{Metric, Values};

/// What the programs cost, what they have to bring back, and what that means at cautious shares of the
/// return that the client's own data shows today. Without a measured return there is no return table.
pub(super) fn section(
    brief: &Brief<'_>,
    values: &Values,
    scope: &Scope<'_>,
    figures: &mut Figures,
) -> Option<Section> {
    if scope.is_empty() {
        return None;
    }
    let mut blocks = vec![price_table(scope, figures), subscription_table(brief, scope, figures)];
    let (annual, implementation, first_year) = scope.totals(figures);
    let needed = needed_per_month(scope, figures);
    let months = figures.count("Months of a year", 12.0, "months", "calendar");
    blocks.push(Block::Formula {
        name: "Has to come back each month of the first year".to_owned(),
        expression: format!("({annual} + {implementation}) / {months} = {needed}"),
    });
    if let Some(payback) = implementation_payback(scope) {
        let monthly = figures.money(
            "Added subscription per month",
            per_month(scope.annual),
            " per month",
            "calculated: annual price / 12 months",
        );
        let payback = figures.count(
            "Implementation in months of the added subscription (payback)",
            payback,
            "months",
            "calculated: implementation / added subscription per month, rounded up",
        );
        blocks.push(Block::Formula {
            name: "Implementation in months of the added subscription".to_owned(),
            expression: format!("{implementation} / {monthly} a month = {payback} months, rounded up"),
        });
    }
    blocks.extend(return_blocks(brief, values, scope, &first_year, figures).into_iter().flatten());
    Some(Section::new(SectionKey::Investment, "Investment and return", blocks))
}

fn price_table(scope: &Scope<'_>, figures: &mut Figures) -> Block {
    let mut rows: Vec<Vec<String>> = scope
        .proposed()
        .map(|program| {
            let (annual, implementation) = program.prices(figures, scope.source());
            let source = "calculated: annual price + implementation";
            let sum = program.annual + program.implementation;
            let first_year = figures.money(&format!("{}: first year", program.name), sum, "", source);
            vec![program.name.to_owned(), annual, implementation, first_year]
        })
        .collect();
    let (annual, implementation, first_year) = scope.totals(figures);
    rows.push(vec!["Total".to_owned(), annual, implementation, first_year]);
    Block::Table {
        caption: "Investment".to_owned(),
        columns: vec![
            Column::text("Program"),
            Column::numeric("Per year"),
            Column::numeric("Implementation, once"),
            Column::numeric("First year"),
        ],
        rows,
        total: true,
    }
}

fn subscription_table(brief: &Brief<'_>, scope: &Scope<'_>, figures: &mut Figures) -> Block {
    let today = brief.client.current_arr.amount();
    let total = today + scope.annual;
    let (annual, _, _) = scope.totals(figures);
    let source = "client data: current_arr";
    let current = figures.money("Current subscription", today, " per year", source);
    let sum = figures.money(
        "Subscription with the programs",
        total,
        " per year",
        "calculated: current subscription + annual price",
    );
    let mut row = vec![current, annual, sum];
    let mut columns = vec![
        Column::numeric("Current per year"),
        Column::numeric("Added per year"),
        Column::numeric("Together per year"),
    ];
    if today > Decimal::ZERO {
        let multiple = format!("{} times", figures::number(float(total) / float(today), 2));
        let source = "calculated: subscription with the programs / current subscription";
        row.push(figures.state("Multiple of the current subscription", multiple, "ratio", source));
        columns.push(Column::numeric("Of the current one"));
    }
    Block::Table { caption: "Your subscription".to_owned(), columns, rows: vec![row], total: false }
}

/// Measured return, break-even and the table of cautious shares; nothing without a measured return.
fn return_blocks(
    brief: &Brief<'_>,
    values: &Values,
    scope: &Scope<'_>,
    first_year: &str,
    figures: &mut Figures,
) -> Option<Vec<Block>> {
    let roi = values.get(Metric::Roi).filter(|roi| *roi > 0.0)?;
    let measured = figures.metric(brief.client, values, Metric::Roi)?;
    let share = break_even_share(values, scope, figures)?;
    let (annual, _, _) = scope.totals(figures);
    let rate = roi / 100.0;
    let mut rows = Vec::new();
    for fraction in &brief.commercial.return_shares {
        let Some(back) = decimal(float(scope.annual) * rate * fraction) else { continue };
        let label = figures.percent(
            "Share of the measured rate of return",
            *fraction,
            &brief.commercial.source("return_shares"),
        );
        let row = format!("Return at {label} of the measured rate");
        let source = format!("calculated: annual price x measured return x {label}");
        let printed = figures.money(&row, back, " per year", &source);
        let source = format!("calculated: {row} - first-year investment");
        let net =
            figures.money(&format!("{row}, net of the first year"), back - scope.first_year(), "", &source);
        let months = payback_months(scope.first_year(), back).map_or_else(
            || "not reached".to_owned(),
            |months| {
                let source = format!("calculated: first-year investment / ({row} / 12 months), rounded up");
                figures.count(&format!("{row}: payback"), months, "months", &source)
            },
        );
        rows.push(vec![label, printed, net, months]);
    }
    let formula = format!("{first_year} / ({annual} x {measured}) = {share} of the measured rate");
    Some(vec![
        Block::Formula { name: "Pays for itself in the first year at".to_owned(), expression: formula },
        Block::Table {
            caption: "What the programs bring back at a part of the return measured today".to_owned(),
            columns: vec![
                Column::numeric("Share of the measured rate"),
                Column::numeric("Return per year"),
                Column::numeric("Net of the first year"),
                Column::numeric("Payback, months"),
            ],
            rows,
            total: false,
        },
        Block::Paragraph {
            text: format!(
                "Assumptions: the return of {measured} is the one reported for your current subscription; the \
                 programs are assumed to return only the stated share of it; return per year = annual price x \
                 {measured} x share. This is a calculation on your own figures, not a promise."
            ),
        },
    ])
}

/// What has to come back per month to cover the first year.
pub(super) fn needed_per_month(scope: &Scope<'_>, figures: &mut Figures) -> String {
    figures.money(
        "Has to come back each month of the first year",
        per_month(scope.first_year()),
        " per month",
        "calculated: first-year investment / 12 months",
    )
}

/// The share of today's measured rate of return at which the first year is covered.
pub(super) fn break_even_share(values: &Values, scope: &Scope<'_>, figures: &mut Figures) -> Option<String> {
    let rate = values.get(Metric::Roi).filter(|roi| *roi > 0.0)? / 100.0;
    (scope.annual > Decimal::ZERO).then(|| {
        figures.percent(
            "Break-even share of the measured rate of return",
            float(scope.first_year()) / (float(scope.annual) * rate),
            "calculated: first-year investment / (annual price x measured return)",
        )
    })
}

/// The annual price as a share of the return that the current subscription brings.
pub(super) fn price_share(values: &Values, scope: &Scope<'_>, figures: &mut Figures) -> Option<String> {
    let measured = measured_return(values)?;
    Some(figures.percent(
        "Annual price as a share of the annual return measured today",
        float(scope.annual) / measured,
        "calculated: annual price / (current_arr x roi_percentage)",
    ))
}

/// Implementation in months of the added subscription, rounded up; `None` when nothing is added.
fn implementation_payback(scope: &Scope<'_>) -> Option<f64> {
    if scope.annual <= Decimal::ZERO {
        return None;
    }
    (scope.implementation / per_month(scope.annual)).round_dp(6).ceil().to_f64()
}

/// Months until the return covers the investment, rounded up; `None` when it never does.
fn payback_months(investment: Decimal, back_per_year: Decimal) -> Option<f64> {
    if back_per_year <= Decimal::ZERO {
        return None;
    }
    (investment / per_month(back_per_year)).round_dp(6).ceil().to_f64()
}
