//! How it goes: targets and milestones, what is done week by week, what came of it, what is stuck.

use std::collections::BTreeMap;

use growth::{
    indicators::{Indicators, WinRate},
    plan::{MilestoneMeasure, MilestoneState, PlanProgress, progress},
    plan_record::PlanRecord,
    playbook::ActionKind,
};
use jiff::civil::Date;
use kernel::{Currency, Money};
use maud::{Markup, html};
use rust_decimal::Decimal;

use super::{desk::Desk, task};
use crate::{
    app::AppState,
    design::{
        Axis, Chart, Icon, Ink, Kpi, Series, Tone, Unit, Why, badge, bars, card, empty, flush_card, format,
        kpis, tier,
    },
    pages::growth::frame,
    problem::Problem,
};

/// The tab.
pub async fn content(desk: &Desk, state: &AppState) -> Result<Markup, Problem> {
    let indicators = state.growth().indicators(desk.today).await?;
    let source = frame::source(&desk.board);
    Ok(html! {
        (lagging(desk, &indicators, &source))
        @if let Some(record) = &desk.plan { (targets(desk, record)) }
        div.grid.wide {
            (leading(desk, &indicators))
            (pipeline(&indicators, &source))
        }
        div.grid.wide {
            (win_rates(&indicators))
            (stalled(desk, &indicators))
        }
        (weeks_table(&indicators))
    })
}

fn money(value: f64, currency: Currency) -> String {
    format::money_compact(&Money::new(Decimal::from_f64_retain(value).unwrap_or_default(), currency))
}

/// What came of it, in figures.
fn lagging(desk: &Desk, indicators: &Indicators, source: &str) -> Markup {
    let (lagging, health) = (&indicators.lagging, &indicators.health);
    let range = |rate: &WinRate| {
        format!("{} to {}", format::percent(rate.interval.lower, 0), format::percent(rate.interval.upper, 0))
    };
    let stalled_days = desk.board.policy.document().plan.stalled_days;
    kpis(&[
        Kpi::new("Contracts signed", html! { (format::count(lagging.contracts)) })
            .note(html! { strong { (format::money_compact(&lagging.arr)) } " added ARR" })
            .why(Why::new("outcomes recorded as won, up to today").source("recorded outcomes")),
        Kpi::new("Win rate", html! { (lagging.overall.rate.map_or_else(|| format::UNKNOWN.to_owned(), |rate| format::percent(rate, 0))) })
            .note(html! { (lagging.overall.won) " won, " (lagging.overall.lost) " lost; 90 % range " (range(&lagging.overall)) })
            .why(
                Why::new("won / (won + lost); range by Wilson's interval")
                    .input("Won", format::count(lagging.overall.won))
                    .input("Lost", format::count(lagging.overall.lost))
                    .source("recorded outcomes"),
            ),
        Kpi::new("Cycle", html! { @match &lagging.cycle { Some(cycle) => { (format::number(cycle.median, 1)) small { " days" } } None => { (format::UNKNOWN) } } })
            .note(html! { @match &lagging.cycle { Some(cycle) => { "median of " (format::counted(usize::try_from(cycle.n).unwrap_or(usize::MAX), "signature", "signatures")) ", mean " (format::number(cycle.mean, 1)) } None => { "No signature after a done action yet" } } })
            .why(Why::new("signature − first done action, in days").source("actions and recorded outcomes")),
        Kpi::new("Open pipeline", html! { (format::money_compact(&health.pipeline)) })
            .note(html! { "added ARR of " (format::count(health.open)) " clients; weighted by chance " strong { (money(health.weighted_arr, health.pipeline.currency())) } })
            .why(Why::new("Σ potential ARR of clients without a decision since the client base's day").source(source)),
        Kpi::new("Stalled deals", html! { (format::count(health.stalled.len())) })
            .note(html! { "no progress for more than " (stalled_days) " days" })
            .why(
                Why::new("open actions, and the last done one (or the first due day) too long ago")
                    .input("Allowed", format!("{stalled_days} days"))
                    .source(source),
            ),
    ])
}

/// Months and milestones of the plan against what happened.
fn targets(desk: &Desk, record: &PlanRecord) -> Markup {
    let plan = &record.plan;
    let actions: Vec<_> = record.actions.iter().map(|one| one.action.clone()).collect();
    let reached = progress(plan, &actions, &desk.board.outcomes, desk.today);
    let currency = plan.currency.unwrap_or(desk.board.snapshot.currency);
    let of = |done: u32, planned: u32| {
        html! { td.end { span.strong { (done) } span.muted { " of " (planned) } } }
    };
    let note = format!("Plan of {} to {}.", format::date(plan.as_of), format::date(plan.until));
    html! {
        (flush_card("Targets by month", Some(&note), html! {}, html! {
            div.table-scroll tabindex="0" role="region" aria-label="Targets by month" {
                table.table.plain {
                    caption.visually-hidden { "Done of what was planned, by thirty days of the plan" }
                    thead { tr {
                        th scope="col" { "Days" } th.end scope="col" { "Calls" } th.end scope="col" { "Presentations" }
                        th.end scope="col" { "Proposals" } th.end scope="col" { "Follow-ups" }
                        th.end scope="col" title="Sum of chances of what closes in these days" { "Contracts" } th.end scope="col" { "Added ARR" }
                    } }
                    tbody { @for month in &reached.months {
                        @let target = &month.target;
                        tr {
                            th scope="row" { (format::day(target.from)) " – " (format::day(target.until)) }
                            (of(month.calls, target.calls))
                            (of(month.presentations, target.presentations))
                            (of(month.proposals, target.proposals))
                            (of(month.follow_ups, target.follow_ups))
                            td.end { span.strong { (month.contracts) } span.muted { " of " (format::number(target.contracts, 1)) } }
                            td.end { span.strong { (money(month.arr, currency)) } span.muted { " of " (money(target.arr, currency)) } }
                        }
                    } }
                }
            }
        }))
        (milestones(&reached, currency))
    }
}

fn milestones(reached: &PlanProgress, currency: Currency) -> Markup {
    let figure = |measure: MilestoneMeasure, value: f64| match measure {
        MilestoneMeasure::Arr => money(value, currency),
        MilestoneMeasure::Contracts => format::number(value, 1),
        MilestoneMeasure::Proposals => format::number(value, 0),
    };
    let mut days: BTreeMap<Date, Vec<_>> = BTreeMap::new();
    for one in &reached.milestones {
        days.entry(one.milestone.due).or_default().push(one);
    }
    card(
        "Milestones",
        Some("Counted from the plan's first day."),
        html! {},
        html! {
            div.grid {
                @for (day, list) in &days {
                    div.section {
                        h3 { "By " (format::day(*day)) }
                        @for one in list {
                            @let (tone, word) = match one.state {
                                MilestoneState::Reached => (Tone::Good, "Reached"),
                                MilestoneState::Ahead => (Tone::Info, "Ahead"),
                                MilestoneState::Missed => (Tone::Bad, "Missed"),
                            };
                            div.milestone {
                                div.cluster.between {
                                    span.small { (one.milestone.measure.label()) }
                                    (badge(tone, word))
                                }
                                (crate::design::meter(one.actual, one.milestone.target, tone))
                                p.small.num { strong { (figure(one.milestone.measure, one.actual)) } span.muted { " of " (figure(one.milestone.measure, one.milestone.target)) } }
                            }
                        }
                    }
                }
            }
        },
    )
}

/// What was done per week against what was due.
fn leading(desk: &Desk, indicators: &Indicators) -> Markup {
    let mut weeks: BTreeMap<Date, (u32, u32)> = BTreeMap::new();
    for one in &indicators.leading {
        let week = weeks.entry(one.week).or_default();
        *week = (week.0 + one.planned, week.1 + one.done);
    }
    if weeks.is_empty() {
        return card(
            "Week by week",
            None,
            html! {},
            empty(
                Icon::Activity,
                "Nothing planned",
                "A plan brings calls, presentations and proposals per week.",
                &[],
            ),
        );
    }
    let monday = growth::plan::monday_of(desk.today);
    let (planned, done) = weeks.get(&monday).copied().unwrap_or_default();
    let sentence = format!(
        "This week {} done, {planned} due.",
        format::counted(usize::try_from(done).unwrap_or(0), "action is", "actions are")
    );
    let chart = Chart::new("leading", "Actions per week", sentence)
        .over("Week of", weeks.keys().map(|week| week.strftime("%-d %b").to_string()))
        .y(Axis::new("Actions", Unit::Number))
        .series(Series::bars("Due", weeks.values().map(|week| f64::from(week.0))).ink(Ink::Grey))
        .series(Series::bars("Done", weeks.values().map(|week| f64::from(week.1))).ink(Ink::Second));
    card(
        "Week by week",
        Some("Leading: calls, presentations, proposals and follow-ups."),
        html! {},
        chart.render(),
    )
}

/// From step to step.
fn pipeline(indicators: &Indicators, source: &str) -> Markup {
    let rows: Vec<_> = indicators
        .health
        .stages
        .iter()
        .map(|stage| {
            let on = stage.conversion.map(|share| format!("{} went on", format::percent(share, 0)));
            let name = html! { (stage.kind.label()) @if let Some(on) = &on { span.sub { (on) } } };
            (name, stage.reached as f64, stage.reached.to_string(), Tone::Accent)
        })
        .collect();
    let why = Why::new("clients for whom the step was done; on: a later step was done, or they signed")
        .source(source);
    card(
        "From step to step",
        Some("Clients that reached each step, and the share that went on."),
        why.render("From step to step"),
        bars(&rows),
    )
}

fn win_rates(indicators: &Indicators) -> Markup {
    let lagging = &indicators.lagging;
    flush_card(
        "Win rate by tier",
        Some("By the tier that the client is in now; 90 % range."),
        html! {},
        html! {
            @if lagging.by_tier.is_empty() {
                (empty(Icon::Scale, "No decisions yet", "Record wins and losses to see them by tier.", &[]))
            } @else {
                div.table-scroll tabindex="0" role="region" aria-label="Win rate by tier" {
                    table.table.plain {
                        caption.visually-hidden { "Won, lost and the rate with its range, by tier" }
                        thead { tr { th scope="col" { "Tier" } th.end scope="col" { "Won" } th.end scope="col" { "Lost" } th.end scope="col" { "Rate" } th.end scope="col" { "Range" } } }
                        tbody { @for (of, rate) in &lagging.by_tier { tr {
                            th scope="row" { (tier(*of)) }
                            td.end { (rate.won) } td.end { (rate.lost) }
                            td.end { (rate.rate.map_or_else(|| format::UNKNOWN.to_owned(), |rate| format::percent(rate, 0))) }
                            td.end { (format::percent(rate.interval.lower, 0)) " – " (format::percent(rate.interval.upper, 0)) }
                        } } }
                    }
                }
            }
        },
    )
}

fn stalled(desk: &Desk, indicators: &Indicators) -> Markup {
    flush_card(
        "Stalled deals",
        Some("The longest first."),
        html! {},
        html! {
            @if indicators.health.stalled.is_empty() {
                (empty(Icon::Done, "Nothing is stuck", "Every deal has moved lately, or is not due yet.", &[]))
            } @else {
                div.table-scroll tabindex="0" role="region" aria-label="Stalled deals" {
                    table.table.plain {
                        caption.visually-hidden { "Deals without progress" }
                        thead { tr { th scope="col" { "Client" } th scope="col" { "Owner" } th scope="col" { "Since" } th.end scope="col" { "Days" } } }
                        tbody { @for one in &indicators.health.stalled {
                            @let name = desk.board.client(&one.client_id).map_or_else(|| one.client_id.to_string(), |(client, _)| client.client_name.to_string());
                            tr {
                                th scope="row" { a href=(frame::client_href(&one.client_id)) { (name) } }
                                td { (desk.owner_name(&one.owner)) } td { (format::day(one.since)) } td.end { (one.days) }
                            }
                        } }
                    }
                }
            }
        },
    )
}

/// Every week and kind, for who wants the numbers.
fn weeks_table(indicators: &Indicators) -> Markup {
    let mut weeks: BTreeMap<Date, BTreeMap<ActionKind, (u32, u32)>> = BTreeMap::new();
    for one in &indicators.leading {
        weeks.entry(one.week).or_default().insert(one.kind, (one.planned, one.done));
    }
    html! {
        @if !weeks.is_empty() {
            (flush_card("By kind of action", Some("Done of due, per week."), html! {}, html! {
                div.table-scroll tabindex="0" role="region" aria-label="By kind of action" {
                    table.table.plain {
                        caption.visually-hidden { "Actions done of those due, by week and kind" }
                        thead { tr { th scope="col" { "Week of" } @for kind in ActionKind::ALL { th.end scope="col" { (task::icon(*kind)) " " (kind.label()) } } } }
                        tbody { @for (week, kinds) in &weeks { tr {
                            th scope="row" { (format::day(*week)) }
                            @for kind in ActionKind::ALL {
                                td.end { @if let Some((planned, done)) = kinds.get(kind) { span.strong { (done) } span.muted { " of " (planned) } } @else { span.muted { "–" } } }
                            }
                        } } }
                    }
                }
            }))
        }
    }
}
