//! The client base: readiness, tiers, who is where, and what is known.

use growth::{
    Board,
    assessment::{Assessment, ReadinessLevel, Tier},
    metrics::ClientMetrics,
    overview::{BIN_POINTS, Overview},
};
use maud::{Markup, html};

use super::super::{frame, words};
use crate::design::{
    Address, Axis, Chart, Icon, Ink, Point, Series, Tone, Unit, Why, badge, card, flush_card, format, level,
    meter, tier,
};

/// Points that a scatter chart shows at most: more would hide each other, and slow the page.
const POINTS_SHOWN: usize = 250;

const ALL_CLIENTS: &str = "/growth/opportunities?scope=all";

fn ink(level: ReadinessLevel) -> Ink {
    match level {
        ReadinessLevel::ReadyNow => Ink::Second,
        ReadinessLevel::ReadySoon => Ink::Fifth,
        ReadinessLevel::NeedsNurture => Ink::Third,
        ReadinessLevel::NotReady => Ink::Grey,
    }
}

/// Readiness of everybody, and the levels.
pub fn readiness(board: &Board, overview: &Overview) -> Markup {
    let now = overview.at_level(ReadinessLevel::ReadyNow);
    let sentence = format!(
        "{} of {} {} ready now; the client in the middle scores {}.",
        format::count(now),
        format::counted(overview.clients, "client", "clients"),
        if now == 1 { "is" } else { "are" },
        format::number(overview.score_median.unwrap_or(f64::NAN), 1),
    );
    let edges: Vec<f64> = (0..overview.bins.len()).map(|bin| bin as f64 * f64::from(BIN_POINTS)).collect();
    let levels = &board.policy.document().readiness.levels;
    let inks = edges.iter().map(|edge| {
        let level = levels.iter().find(|section| *edge >= section.from).map(|section| section.level);
        ink(level.unwrap_or(ReadinessLevel::NotReady))
    });
    let names = edges.iter().map(|edge| format!("{edge}–{}", edge + f64::from(BIN_POINTS)));
    html! {
        (Chart::new("readiness", "Readiness", sentence)
            .over("Score", names)
            .y(Axis::new("Clients", Unit::Number))
            .series(Series::bars("Clients", overview.bins.iter().map(|count| *count as f64)).inks(inks))
            .histogram()
            .render())
        ul.level-list {
            @for count in &overview.levels {
                li {
                    a href={ (ALL_CLIENTS) "&level=" (count.level.id()) } { (level(count.level)) }
                    strong.num { (format::count(count.clients)) }
                }
            }
        }
    }
}

/// Readiness against potential, those with the highest priority.
pub fn scatter(here: &Address, board: &Board) -> Markup {
    let mut open: Vec<(&ClientMetrics, &Assessment)> = board
        .pairs()
        .into_iter()
        .filter(|(_, assessment)| !assessment.potential_arr.amount().is_zero())
        .collect();
    let all = open.len();
    open.sort_by(|one, two| two.1.priority.total_cmp(&one.1.priority));
    open.truncate(POINTS_SHOWN);
    let ready = open.iter().filter(|(_, one)| one.readiness.level == ReadinessLevel::ReadyNow).count();
    let shown = if open.len() < all {
        format!("the {} of {} with the highest priority", format::count(open.len()), format::count(all))
    } else {
        format!("all {}", format::counted(all, "client", "clients"))
    };
    let sentence = format!("Of {shown} with something to buy, {} are ready now.", format::count(ready));
    let mrr_max = open.iter().map(|(client, _)| client.current_mrr.to_f64()).fold(1.0, f64::max);
    let address = here.without("client");
    let mut chart = Chart::new("bubbles", "Readiness and expected revenue", sentence)
        .scatter(Axis::new("Readiness", Unit::Number))
        .y(Axis::new("Potential ARR × chance", Unit::money(board.snapshot.currency)))
        .zoomable();
    for one in [Tier::One, Tier::Two, Tier::Three] {
        let points: Vec<Point> = open
            .iter()
            .filter(|(_, assessment)| assessment.tier == one)
            .map(|(client, assessment)| Point {
                x: (assessment.readiness.score * 10.0).round() / 10.0,
                y: (assessment.potential_arr.to_f64() * assessment.success_probability).round(),
                size: client.current_mrr.to_f64() / mrr_max,
                label: client.client_name.to_string(),
                href: Some(address.with("client", &client.client_id).href()),
            })
            .collect();
        if !points.is_empty() {
            chart = chart.series(Series::points(one.label(), points));
        }
    }
    html! {
        (chart.render())
        p.tiny.muted { "The larger a mark, the more the client pays today. Click one for its reasons." }
    }
}

/// Tiers with their true multiples.
pub fn tiers(board: &Board, overview: &Overview) -> Markup {
    let why = Why::new(
        "true multiple = (current ARR + potential ARR) ÷ current ARR; the middle one of the tier's clients",
    )
    .source(frame::source(board));
    let most = overview.tiers.iter().map(|count| count.clients).max().unwrap_or_default() as f64;
    flush_card(
        "Tiers",
        Some("The label is marketing; the multiple is what it comes to."),
        frame::why(why, "True multiple"),
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Tiers" {
                table.table {
                    caption.visually-hidden { "Clients, potential and true multiple per tier" }
                    thead { tr {
                        th scope="col" { "Tier" } th.end scope="col" { "Clients" } th.p2 scope="col" { span.visually-hidden { "Share" } }
                        th.end scope="col" { "Potential ARR" } th.end scope="col" { "True multiple" }
                    } }
                    tbody {
                        @for count in &overview.tiers {
                            @let label = board.policy.tier(count.tier).map(|section| section.label.as_str());
                            tr {
                                th.nowrap scope="row" {
                                    a href={ (ALL_CLIENTS) "&tier=" (count.tier.id()) } { (tier(count.tier)) }
                                    @if let Some(label) = label { " " span.small.muted.nowrap { "“" (label) "”" } }
                                }
                                td.end { (format::count(count.clients)) }
                                td.p2.grow { (meter(count.clients as f64, most, if count.tier == Tier::Maintenance { Tone::Plain } else { Tone::Accent })) }
                                td.end { (format::money_whole(&count.potential_arr)) }
                                td.end {
                                    @match count.multiple_median {
                                        Some(multiple) => { (format::decimal(multiple, 2)) "×" }
                                        None => span.muted { "–" span.visually-hidden { "none" } }
                                    }
                                }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// What is known, and what the file's rows lost.
pub fn quality(board: &Board, overview: &Overview) -> Markup {
    let snapshot = &board.snapshot;
    let href = format!("/growth/snapshots/{}", snapshot.id);
    card(
        "Data quality",
        Some("What the score knows of how many clients"),
        html! {},
        html! {
            div.bars.wide-names {
                div.bars {
                    @for dimension in &overview.dimensions {
                        @let share = if overview.clients > 0 { dimension.known as f64 / overview.clients as f64 } else { f64::NAN };
                        div.bar-row {
                            span { (words::title(&dimension.name)) }
                            (meter(share, 1.0, if share < 0.9 { Tone::Warn } else { Tone::Good }))
                            span.num { (format::percent(share, 0)) }
                        }
                    }
                }
            }
            div.cluster {
                @if snapshot.rejected_rows > 0 {
                    (badge(Tone::Warn, &format!("{} rejected", format::counted(snapshot.rejected_rows as usize, "row", "rows"))))
                } @else { (badge(Tone::Good, "No row rejected")) }
                @if snapshot.notices > 0 {
                    (badge(Tone::Info, &format::counted(snapshot.notices as usize, "remark", "remarks")))
                }
                a.small href=(href) { "Rows and reasons" (Icon::ChevronRight) }
            }
            p.small.secondary { a href={ (ALL_CLIENTS) "&coverage=partial" } { (format::counted(overview.partial, "client", "clients")) " with something unknown" } }
        },
    )
}
