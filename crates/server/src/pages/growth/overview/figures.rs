//! The figures at the top: where revenue stands, where it is to go, and how much of the way is covered.

use std::sync::Arc;

use growth::{
    Board, GrowthError,
    assessment::ReadinessLevel,
    overview::Overview,
    projection::{Coverage, Horizon, Projection},
};
use kernel::{Currency, Money};
use maud::{Markup, html};
use rust_decimal::{Decimal, prelude::FromPrimitive};

use super::super::frame;
use crate::{
    design::{Kpi, Tone, Why, format, kpis, notice},
    problem::Problem,
};

/// The figures.
pub fn of(board: &Board, overview: &Overview, projection: Result<Arc<Projection>, GrowthError>) -> Markup {
    let currency = board.snapshot.currency;
    let mut figures = Vec::new();
    let mut trouble = html! {};
    match projection {
        Ok(projection) => {
            figures.extend(money(board, &projection.coverage, projection.horizons.last(), currency));
        }
        Err(error) => {
            let problem = Problem::from(error);
            trouble = notice(
                Tone::Warn,
                "Revenue and goal cannot be compared",
                html! {
                    p { (problem.detail()) " " a href="/growth/settings" { "Open the settings" } }
                },
            );
        }
    }
    figures.push(clients(board, overview));
    figures.push(ready(board, overview));
    html! { (trouble) div.kpis-of-three { (kpis(&figures)) } }
}

fn money(board: &Board, coverage: &Coverage, last: Option<&Horizon>, currency: Currency) -> Vec<Kpi> {
    let source = frame::source(board);
    let amount = |value: f64| amount(value, currency);
    let figure = |value: f64| html! { (format::money_figure(&amount(value))) small { " / month" } };
    let overridden = board.settings.current_mrr.is_some();
    let signed = board.signed_since();
    let current = Kpi::new("Current MRR", figure(coverage.current_mrr))
        .note(html! {
            @if overridden { "as set by the team" } @else { "of " (format::counted(board.clients.len(), "client", "clients")) }
            @if !signed.amount().is_zero() { ", with " (format::money_compact(&signed)) " ARR signed since" }
        })
        .why(
            Why::new(if overridden {
                "as set in the settings + MRR signed since the snapshot"
            } else {
                "sum of every client's current MRR + MRR signed since the snapshot"
            })
            .input("clients", format::count(board.clients.len()))
            .input("signed since, per month", format::money(&signed.per_month()))
            .source(&source),
        );
    let goal = Kpi::new("Goal", figure(coverage.goal_mrr))
        .note(html! {
            @if coverage.needed_mrr > 0.0 {
                "needs " strong { (format::money_compact(&amount(coverage.needed_mrr))) " MRR" } " more, which is "
                strong { (format::money_compact(&amount(coverage.needed_arr))) " ARR" }
            } @else { "reached" }
        })
        .why(
            Why::new("needed MRR = goal MRR − current MRR; needed ARR = 12 × needed MRR")
                .input("goal MRR", format::money(&amount(coverage.goal_mrr)))
                .input("current MRR", format::money(&amount(coverage.current_mrr)))
                .source("settings; ".to_owned() + &source),
        );
    let mut figures = vec![current, goal];
    if let (Some(expected), Some(best), Some(last)) = (coverage.expected_share, coverage.best_share, last) {
        let share = |mrr: f64| format::percent(mrr / coverage.needed_mrr, 1);
        figures.push(
            Kpi::new(
                "Covered by the pipeline",
                html! { (format::percent(expected, 1)) small { " of the goal’s gap" } },
            )
            .meter(expected, if expected < 1.0 { Tone::Warn } else { Tone::Good })
            .note(html! {
                strong { (format::money_compact(&amount(coverage.expected_mrr))) " MRR" } " expected in "
                (last.days) " days; nine times of ten " (share(last.mrr.q05)) " to " (share(last.mrr.q95))
            })
            .why(
                Why::new("expected added MRR ÷ needed MRR")
                    .input("expected MRR", format::money(&amount(coverage.expected_mrr)))
                    .input("needed MRR", format::money(&amount(coverage.needed_mrr)))
                    .input("opportunities in time", format::count(last.opportunities))
                    .input("chance of the goal", format::chance(last.mrr.p_goal))
                    .source(&source),
            ),
        );
        figures.push(
            Kpi::new("If everything is won", html! { (format::percent(best, 1)) small { " of the goal’s gap" } })
                .meter(best, if best < 1.0 { Tone::Bad } else { Tone::Good })
                .note(html! {
                    strong { (format::money_compact(&amount(coverage.best_mrr))) " MRR" }
                    @if best < 1.0 { " at most: this pipeline alone cannot reach the goal" } @else { " at most, whenever it is signed" }
                })
                .why(
                    Why::new("added MRR if every open opportunity is won ÷ needed MRR")
                        .input("added MRR", format::money(&amount(coverage.best_mrr)))
                        .input("needed MRR", format::money(&amount(coverage.needed_mrr)))
                        .source(&source),
                ),
        );
    }
    figures
}

fn clients(board: &Board, overview: &Overview) -> Kpi {
    let mean = overview.coverage_mean.unwrap_or(f64::NAN);
    Kpi::new("Clients assessed", html! { (format::count(overview.clients)) })
        .note(html! {
            @if overview.partial == 0 { "everything that the score asks is known" }
            @else { strong { (format::count(overview.partial)) } " with something unknown; " (format::percent(mean, 1)) " of the weight is known" }
        })
        .why(
            Why::new("clients of the snapshot; known = mean share of the policy's weight whose inputs are known")
                .input("rows in the file", format::count(board.snapshot.rows))
                .input("rows rejected", format::count(board.snapshot.rejected_rows))
                .input("known", format::percent(mean, 2))
                .source(frame::source(board)),
        )
}

fn ready(board: &Board, overview: &Overview) -> Kpi {
    let now = overview.at_level(ReadinessLevel::ReadyNow);
    let soon = overview.at_level(ReadinessLevel::ReadySoon);
    let from = board.policy.level(ReadinessLevel::ReadyNow).map_or(f64::NAN, |section| section.from);
    Kpi::new("Ready now", html! { (format::count(now)) small { " of " (format::count(overview.clients)) } })
        .note(html! { "and " (format::count(soon)) " ready soon" })
        .why(
            Why::new(format!("clients with a readiness of {} or more", format::number(from, 1)))
                .input("readiness", super::super::formula::readiness(&board.policy))
                .source(frame::source(board)),
        )
}

/// A statistic in money; not a number where it is none.
pub fn amount(value: f64, currency: Currency) -> Money {
    Money::new(Decimal::from_f64(value).unwrap_or_default(), currency)
}
