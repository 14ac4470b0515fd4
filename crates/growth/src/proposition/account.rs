use jiff::{Span, civil::Date};

use super::{
    Block, Brief, Measure, Point, Section, SectionKey,
    figures::{self, Figures},
    offer::Scope,
};
use crate::policy::{Metric, Values};

/// What a client may read of its own figures, in this order. Payment history and the strength of the
/// relationship are judgements of ours and stay inside.
pub(super) const SHOWN: [Metric; 14] = [
    Metric::CurrentArr,
    Metric::Locations,
    Metric::ActiveUsers,
    Metric::Leads,
    Metric::LeadsGrowth,
    Metric::Appointments,
    Metric::LocationsGrowth,
    Metric::Tenure,
    Metric::Roi,
    Metric::Tickets,
    Metric::FeatureRequests,
    Metric::Referrals,
    Metric::Satisfaction,
    Metric::Usage,
];

/// The figures of the client that are known, and the readiness they add up to.
pub(super) fn situation(brief: &Brief<'_>, values: &Values, figures: &mut Figures) -> Option<Section> {
    let mut measures: Vec<Measure> = SHOWN
        .into_iter()
        .filter_map(|metric| {
            let share = match metric {
                Metric::Satisfaction => values.get(metric).map(|score| rounded(score / 5.0)),
                Metric::Usage => values.get(metric).map(rounded),
                _ => None,
            };
            let value = figures.metric(brief.client, values, metric)?;
            Some(Measure { label: figures::label(metric), value, share })
        })
        .collect();
    let readiness = &brief.assessment.readiness;
    if readiness.coverage > 0.0 {
        let source = brief.policy_source("readiness score");
        let value = figures.state(
            "Readiness for the next stage",
            format!("{} of 100", figures::number(readiness.score, 0)),
            "score from 0 to 100",
            source,
        );
        let label = "Readiness for the next stage".to_owned();
        measures.push(Measure { label, value, share: Some(rounded(readiness.score / 100.0)) });
    }
    let as_of = figures.date("Day of this proposition", brief.as_of, "as-of date");
    let text = format!(
        "Your account as it stands on {as_of}. Figures that we do not hold are left out rather than estimated."
    );
    (!measures.is_empty()).then(|| {
        let blocks = vec![Block::Paragraph { text }, Block::Measures { measures }];
        Section::new(SectionKey::Situation, "Where you stand", blocks)
    })
}

/// The whole proposition in a few sentences.
pub(super) fn summary(
    brief: &Brief<'_>,
    values: &Values,
    scope: &Scope<'_>,
    figures: &mut Figures,
) -> Section {
    let client = brief.client;
    let mut paragraphs = Vec::new();
    let locations = values.get(Metric::Locations).map(|count| {
        let shown = figures.metric(client, values, Metric::Locations).unwrap_or_default();
        format!("runs {shown} {}", plural(count, "location", "locations"))
    });
    let leads = figures
        .metric(client, values, Metric::Leads)
        .map(|leads| format!("processes {leads} leads a month on the platform"));
    let state: Vec<String> = locations.into_iter().chain(leads).collect();
    if !state.is_empty() {
        let mut text = format!("{} {}.", client.client_name, state.join(" and "));
        let satisfaction = figures
            .metric(client, values, Metric::Satisfaction)
            .map(|score| format!("satisfaction stands at {score}"));
        let usage = figures
            .metric(client, values, Metric::Usage)
            .map(|share| format!("{share} of the product is in use"));
        let quality: Vec<String> = satisfaction.into_iter().chain(usage).collect();
        if !quality.is_empty() {
            text.push_str(&format!(" {}.", figures::capitalised(&quality.join("; "))));
        }
        paragraphs.push(text);
    }
    if scope.is_empty() {
        paragraphs.push(
            "On these figures we propose no extension at present. This review shows what we see and when \
             we would like to look at it together again."
                .to_owned(),
        );
    } else {
        paragraphs.push(scope.recommendation(figures));
        paragraphs.push(scope.break_even(values, figures));
    }
    let mut blocks: Vec<Block> = paragraphs.into_iter().map(|text| Block::Paragraph { text }).collect();
    if !scope.is_empty() {
        blocks.push(Block::Measures { measures: scope.at_a_glance(values, figures) });
    }
    Section::new(SectionKey::Summary, "Executive summary", blocks)
}

/// Reasons to act now that are facts: the end of the contract and growth, within the policy's limits.
pub(super) fn urgency(brief: &Brief<'_>, figures: &mut Figures) -> Option<Section> {
    let limits = brief.policy.document().proposition;
    let mut points = Vec::new();
    if let Some(end) = brief.client.contract_end_date {
        let days = days_until(brief.as_of, end);
        if (0..=i64::from(limits.urgent_contract_days)).contains(&days) {
            let date = figures.date("End of the present contract", end, "client data: contract_end_date");
            let days = figures.count(
                "Days to the end of the present contract",
                days as f64,
                "days",
                "calculated: contract_end_date - as-of date",
            );
            points.push(Point {
                title: "Contract".to_owned(),
                text: format!("The present contract ends on {date}, in {days} days."),
            });
        }
    }
    let values = Values::of(brief.client, brief.as_of);
    for (metric, subject) in
        [(Metric::LeadsGrowth, "Leads grow"), (Metric::LocationsGrowth, "Locations grow")]
    {
        if values.get(metric).is_some_and(|growth| growth > limits.urgent_leads_growth)
            && let Some(growth) = figures.metric(brief.client, &values, metric)
        {
            points.push(Point {
                title: "Growth".to_owned(),
                text: format!(
                    "{subject} by {growth} month over month; what is decided later has to carry more."
                ),
            });
        }
    }
    (!points.is_empty()).then(|| Section::new(SectionKey::Urgency, "Why now", vec![Block::Points { points }]))
}

/// To four decimals: enough for a bar, and short enough to read back exactly.
fn rounded(share: f64) -> f64 {
    (share * 10_000.0).round() / 10_000.0
}

/// Whole days from one date to another, negative when `to` is earlier.
fn days_until(from: Date, to: Date) -> i64 {
    from.duration_until(to).as_secs() / 86_400
}

/// The date so many days later, moved to Monday from a weekend; the last date of the calendar at most.
pub(super) fn working_day(from: Date, days: u32) -> Date {
    let day = from.saturating_add(Span::new().days(i64::from(days)));
    let to_monday = match day.weekday() {
        jiff::civil::Weekday::Saturday => 2,
        jiff::civil::Weekday::Sunday => 1,
        _ => 0,
    };
    day.saturating_add(Span::new().days(to_monday))
}

pub(super) fn plural<'a>(count: f64, one: &'a str, many: &'a str) -> &'a str {
    if count == 1.0 { one } else { many }
}
