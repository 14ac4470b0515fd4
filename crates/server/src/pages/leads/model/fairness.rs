//! How often leads from each source stand in a band: the four-fifths rule.

use leads::{BandFairness, ModelsView, band::Band};
use learn::fairness::impact::{Finding, GroupImpact, Verdict};
use maud::{Markup, html};

use super::super::words;
use crate::design::{Tone, badge, card, format};

/// Band by band, source by source.
pub fn card_of(view: &ModelsView) -> Markup {
    let body = html! {
        p.small.secondary {
            "No protected attribute is known of a lead, nor asked for. What can be told of groups is how they came: below four fifths of the best share, somebody should look why."
        }
        @for one in &view.fairness {
            @if !one.report.groups.is_empty() { (table(one)) }
        }
        @if view.fairness.iter().all(|one| one.report.groups.is_empty()) { p.small.secondary { "No lead is ranked yet." } }
    };
    card("Who gets called, by source", Some("The four-fifths rule, with intervals."), html! {}, body)
}

fn table(one: &BandFairness) -> Markup {
    let title = match one.band {
        Band::Hot => "Hot".to_owned(),
        band => format!("{} or better", words::band_title(band)),
    };
    html! {
        div.scroll-x tabindex="0" role="region" aria-label={ "Shares in band: " (title) } {
            table.table.plain.compact {
                caption.visually-hidden { "Shares in band: " (title) }
                thead { tr { th scope="col" { (title) } th.end scope="col" { "Leads" } th.end scope="col" { "In the band" } th.end scope="col" { "Share" } th.end scope="col" { "Of the best share" } th scope="col" { "Verdict" } } }
                tbody { @for group in &one.report.groups { (row(group)) } }
            }
        }
    }
}

fn row(group: &GroupImpact) -> Markup {
    let (rate, ratio, verdict) = match &group.finding {
        Finding::Reference { rate } => {
            (Some(*rate), html! { "the best" }, badge(Tone::Plain, "Held against"))
        }
        Finding::Judged { rate, ratio, interval, verdict } => (
            Some(*rate),
            html! { (format::percent(*ratio, 0)) span.sub { (format::percent(interval.lower, 0)) " – " (format::percent(interval.upper, 0)) } },
            match verdict {
                Verdict::Kept => badge(Tone::Good, "Kept"),
                Verdict::KeptWithinChance => badge(Tone::Good, "Kept, may be chance"),
                Verdict::MissedWithinChance => badge(Tone::Warn, "Missed, may be chance"),
                Verdict::Missed => badge(Tone::Bad, "Missed"),
            },
        ),
        _ => (None, html! { "too few" }, badge(Tone::Plain, "Cannot be told")),
    };
    html! {
        tr {
            th scope="row" { (words::title(&group.group)) }
            td.end { (format::count(group.rows)) }
            td.end { (format::count(group.chosen)) }
            td.end { (rate.map_or_else(|| format::UNKNOWN.to_owned(), |rate| format::percent(rate, 1))) }
            td.end { (ratio) }
            td { (verdict) }
        }
    }
}
