use rust_decimal::{Decimal, prelude::ToPrimitive};

use super::{
    Block, Brief, Column, Measure, Point, Question, Section, SectionKey, VehicleText,
    account::SHOWN,
    figures::{self, Figures},
};
use crate::{
    metrics::VehicleId,
    policy::{Metric, PointsSection, Relation, Values},
};

const MONTHS: Decimal = Decimal::from_parts(12, 0, 0, false, 0);

/// A vehicle as it is offered to this client.
#[derive(Clone, Debug)]
pub(super) struct Program<'a> {
    pub(super) id: &'a VehicleId,
    pub(super) name: &'a str,
    pub(super) annual: Decimal,
    pub(super) implementation: Decimal,
    signals: &'a [PointsSection],
    pub(super) text: Option<&'a VehicleText>,
}

/// What is proposed now, and what fits but is left for later.
///
/// Now: the best fit, and further ones in order of fit while their prices together stay within the
/// tier's band; a proposal beyond the band would ask for more than the client's tier supports.
#[derive(Clone, Debug)]
pub(super) struct Scope<'a> {
    now: Vec<Program<'a>>,
    later: Vec<Program<'a>>,
    pub(super) annual: Decimal,
    pub(super) implementation: Decimal,
    source: String,
}

impl<'a> Scope<'a> {
    pub(super) fn of(brief: &Brief<'a>) -> Self {
        let limit = brief.policy.tier(brief.assessment.tier).map_or(0.0, |tier| tier.band[1]);
        let limit = Decimal::from_f64_retain(limit).unwrap_or_default();
        let mut scope = Self {
            now: Vec::new(),
            later: Vec::new(),
            annual: Decimal::ZERO,
            implementation: Decimal::ZERO,
            source: brief.policy_source("vehicles"),
        };
        for fit in &brief.assessment.vehicles {
            let Some(vehicle) = brief.policy.vehicle(&fit.id) else { continue };
            let program = Program {
                id: &vehicle.id,
                name: &vehicle.name,
                annual: amount(vehicle.arr),
                implementation: amount(vehicle.cost),
                signals: &vehicle.signals,
                text: brief.commercial.vehicles.get(&vehicle.id),
            };
            if scope.now.is_empty() || scope.annual + program.annual <= limit {
                scope.annual += program.annual;
                scope.implementation += program.implementation;
                scope.now.push(program);
            } else {
                scope.later.push(program);
            }
        }
        scope
    }

    pub(super) fn is_empty(&self) -> bool {
        self.now.is_empty()
    }

    /// What is proposed now, best fit first.
    pub(super) fn proposed(&self) -> impl Iterator<Item = &Program<'a>> {
        self.now.iter()
    }

    pub(super) fn first_year(&self) -> Decimal {
        self.annual + self.implementation
    }

    pub(super) fn source(&self) -> &str {
        &self.source
    }

    /// Price and implementation as facts: printed (annual, implementation, first year).
    pub(super) fn totals(&self, figures: &mut Figures) -> (String, String, String) {
        let source = format!("sum over the programs proposed: arr ({})", self.source);
        let annual = figures.money("Annual price, total (added ARR)", self.annual, " per year", &source);
        let source = format!("sum over the programs proposed: cost ({})", self.source);
        let implementation = figures.money("Implementation, total", self.implementation, ", once", &source);
        let source = "calculated: annual price + implementation";
        let first_year = figures.money("First-year investment", self.first_year(), "", source);
        (annual, implementation, first_year)
    }

    /// What is proposed and what it costs, in a sentence.
    pub(super) fn recommendation(&self, figures: &mut Figures) -> String {
        let names: Vec<&str> = self.now.iter().map(|program| program.name).collect();
        let (annual, implementation, first_year) = self.totals(figures);
        format!(
            "We recommend {}: {annual} a year and {implementation} once for implementation, {first_year} in \
             the first year.",
            enumeration(&names)
        )
    }

    /// The figures of the proposal that decide.
    pub(super) fn at_a_glance(&self, values: &Values, figures: &mut Figures) -> Vec<Measure> {
        let (annual, implementation, first_year) = self.totals(figures);
        let needed = super::returns::needed_per_month(self, figures);
        let share = super::returns::break_even_share(values, self, figures);
        let measure = |label: &str, value: String| Measure { label: label.to_owned(), value, share: None };
        [
            measure("Price per year", annual),
            measure("Implementation, once", implementation),
            measure("First-year investment", first_year),
            measure("Has to come back per month", needed),
        ]
        .into_iter()
        .chain(share.map(|share| measure("Break-even, of the measured rate of return", share)))
        .collect()
    }

    /// What the investment has to bring to pay for itself, in a sentence.
    pub(super) fn break_even(&self, values: &Values, figures: &mut Figures) -> String {
        let needed = super::returns::needed_per_month(self, figures);
        let mut text = format!("It pays for itself in the first year when it brings back {needed} a month");
        if let Some(share) = super::returns::break_even_share(values, self, figures) {
            text.push_str(&format!(", {share} of the rate of return measured on your current subscription"));
        }
        text.push('.');
        text
    }
}

/// The programs: what each is, contains, gains, and why it suits this client.
pub(super) fn section(
    brief: &Brief<'_>,
    values: &Values,
    scope: &Scope<'_>,
    figures: &mut Figures,
) -> Option<Section> {
    if scope.is_empty() {
        return None;
    }
    let mut blocks: Vec<Block> = scope
        .now
        .iter()
        .map(|program| {
            let (annual, implementation) = program.prices(figures, scope.source());
            let reasons = program.reasons(brief, values, scope.source(), figures);
            Block::Program {
                name: program.name.to_owned(),
                outcome: program.text.map(|text| text.outcome.clone()).unwrap_or_default(),
                description: program.text.map(|text| text.description.clone()).unwrap_or_default(),
                price: format!("{annual} a year, {implementation} implementation"),
                features: program.text.map(|text| text.features.clone()).unwrap_or_default(),
                advantages: program.text.map(|text| text.advantages.clone()).unwrap_or_default(),
                reasons,
            }
        })
        .collect();
    if !scope.later.is_empty() {
        let points = scope
            .later
            .iter()
            .map(|program| {
                let (annual, implementation) = program.prices(figures, scope.source());
                let outcome = program.text.map(|text| text.outcome.as_str()).unwrap_or_default();
                Point {
                    title: format!("Later: {}", program.name),
                    text: format!(
                        "{outcome}{}{annual} a year, {implementation} implementation; not part of this proposal.",
                        if outcome.is_empty() { "" } else { ". " }
                    ),
                }
            })
            .collect();
        blocks.push(Block::Points { points });
    }
    Some(Section::new(SectionKey::Offer, "What we propose", blocks))
}

/// Questions that the programs raise, then those that every proposal raises.
pub(super) fn questions(brief: &Brief<'_>, scope: &Scope<'_>) -> Option<Section> {
    if scope.is_empty() {
        return None;
    }
    let questions: Vec<Question> = scope
        .now
        .iter()
        .filter_map(|program| program.text)
        .flat_map(|text| &text.objections)
        .chain(&brief.commercial.objections)
        .map(|pair| Question { question: pair.question.clone(), answer: pair.answer.clone() })
        .collect();
    let block = Block::Questions { questions };
    Some(Section::new(SectionKey::Questions, "Questions you may have", vec![block]))
}

/// Why the price is what it is, when it may be less, and the terms.
pub(super) fn terms(
    brief: &Brief<'_>,
    values: &Values,
    scope: &Scope<'_>,
    figures: &mut Figures,
) -> Option<Section> {
    if scope.is_empty() {
        return None;
    }
    let commercial = brief.commercial;
    let mut points: Vec<Point> = commercial
        .justification
        .iter()
        .map(|text| Point { title: String::new(), text: text.clone() })
        .collect();
    if let Some(share) = super::returns::price_share(values, scope, figures) {
        points.push(Point {
            title: String::new(),
            text: format!(
                "The annual price equals {share} of the annual return measured on your current subscription."
            ),
        });
    }
    let mut blocks = vec![Block::Points { points }];

    let rows: Vec<Vec<String>> = commercial
        .discounts
        .iter()
        .filter(|rule| rule.minimum_vehicles <= scope.now.len())
        .map(|rule| {
            let source = commercial.source(&format!("discounts, {}", rule.name));
            let percent = figures.percent(&format!("Discount: {}", rule.name), rule.fraction, &source);
            let worth =
                scope.annual * Decimal::from_f64_retain(rule.fraction).unwrap_or_default().round_dp(6);
            let source = format!("calculated: annual price x {percent}");
            let worth =
                figures.money(&format!("Discount: {}, worth", rule.name), worth, " per year", &source);
            vec![rule.name.clone(), rule.condition.clone(), percent, worth]
        })
        .collect();
    let limit =
        figures.percent("Discounts, limit", commercial.discount_limit, &commercial.source("discount_limit"));
    if !rows.is_empty() {
        blocks.push(Block::Table {
            caption: format!("Discounts, together at most {limit} of the annual price"),
            columns: vec![
                Column::text("Discount"),
                Column::text("Given when"),
                Column::numeric("Reduction"),
                Column::numeric("Worth per year"),
            ],
            rows,
            total: false,
        });
    }
    let term = figures.count(
        "Initial term",
        f64::from(commercial.term_months),
        "months",
        &commercial.source("term_months"),
    );
    let payment = figures.count(
        "Time for payment",
        f64::from(commercial.payment_days),
        "days",
        &commercial.source("payment_days"),
    );
    blocks.push(Block::Paragraph {
        text: format!(
            "Initial term {term} months; payment within {payment} days of the invoice. Prices are net of taxes."
        ),
    });
    Some(Section::new(SectionKey::Terms, "Price and terms", blocks))
}

impl Program<'_> {
    /// The client's figures that speak for the program under the policy, each with its threshold.
    fn reasons(
        &self,
        brief: &Brief<'_>,
        values: &Values,
        source: &str,
        figures: &mut Figures,
    ) -> Vec<String> {
        (self.signals.iter())
            .filter(|signal| signal.points > 0.0 && SHOWN.contains(&signal.metric))
            .filter(|signal| signal.condition().holds(values) == Some(true))
            .filter_map(|signal| {
                let value = figures.metric(brief.client, values, signal.metric)?;
                let source = format!("{source}, {}, signals", self.id);
                let threshold = figures.threshold(signal.metric, signal.threshold, &source);
                Some(format!(
                    "{}: {value} ({} {threshold})",
                    figures::label(signal.metric),
                    bound(signal.relation)
                ))
            })
            .collect()
    }

    /// Printed annual price and implementation, as facts.
    pub(super) fn prices(&self, figures: &mut Figures, source: &str) -> (String, String) {
        let annual = figures.money(
            &format!("{}: annual price", self.name),
            self.annual,
            " per year",
            &format!("{source}, {}, arr", self.id),
        );
        let implementation = figures.money(
            &format!("{}: implementation", self.name),
            self.implementation,
            ", once",
            &format!("{source}, {}, cost", self.id),
        );
        (annual, implementation)
    }
}

/// How a threshold of this relation is introduced.
pub(super) fn bound(relation: Relation) -> &'static str {
    match relation {
        Relation::AtLeast => "from",
        Relation::Above => "above",
        Relation::AtMost => "up to",
        Relation::Below => "below",
    }
}

/// `a`, `a and b`, `a, b and c`.
fn enumeration(names: &[&str]) -> String {
    match names {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

fn amount(value: f64) -> Decimal {
    Decimal::from_f64_retain(value).unwrap_or_default().round_dp(2)
}

/// The amount per month, exactly to 28 digits.
pub(super) fn per_month(annual: Decimal) -> Decimal {
    annual / MONTHS
}

/// Today's annual return in money: current ARR x ROI; `None` when the ROI is unknown or not positive.
pub(super) fn measured_return(values: &Values) -> Option<f64> {
    let (roi, spend) = (values.get(Metric::Roi)?, values.get(Metric::CurrentArr)?);
    (roi > 0.0 && spend > 0.0).then_some(roi / 100.0 * spend)
}

/// The amount as a floating-point number, for ratios.
pub(super) fn float(amount: Decimal) -> f64 {
    amount.to_f64().unwrap_or_default()
}

/// The amount nearest to a floating-point number, in cents.
pub(super) fn decimal(value: f64) -> Option<Decimal> {
    Decimal::from_f64_retain(value).map(|amount| amount.round_dp(2))
}
