//! `/growth/revenue`: what the pipeline will bring, how far that is on the way to the goal, and what if.
//!
//! Annual and monthly revenue stand in columns of their own; every share is of MRR in MRR. The assumptions are in
//! the address ([`assume`]); nothing is saved here.

mod assume;
mod charts;
mod pipeline;
mod scenarios;

use std::sync::Arc;

use axum::{
    extract::State,
    http::HeaderMap,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{
    Board, Growth,
    forecast::Forecast,
    projection::{HORIZONS_DAYS, Horizon, Projection},
};
use kernel::{Arr, Currency, Mrr};
use maud::{Markup, html};
use rust_decimal::Decimal;

use self::assume::Asked;
use super::{frame, sliders};
use crate::{
    design::{Kpi, Tone, Why, card, delta, flush_card, format, kpis, notice},
    pages::views,
    problem::Problem,
    viewer::Viewer,
};

const TITLE: &str = "Revenue";

/// `GET /growth/revenue`
pub async fn show(
    viewer: Viewer,
    headers: HeaderMap,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    let Some(board) = frame::board(&viewer, &growth).await? else {
        return Ok(frame::nothing(&viewer, TITLE).render().into_response());
    };
    let prospects = board.prospects()?;
    let asked = Asked::of(&viewer.address, &board, &prospects)?;
    let viewer = Viewer { address: asked.address(&viewer.address), ..viewer };
    let live = growth.forecast(&board, &prospects, asked.live.clone()).await?;
    let what_if = match asked.differs() {
        true => growth.forecast(&board, &prospects, asked.assumptions.clone()).await?,
        false => live.clone(),
    };
    let rows = pipeline::rows(&board, &what_if);
    let table = pipeline::table();
    if let Some(file) = table.export(&rows, &viewer.address, "pipeline")? {
        return Ok(file);
    }
    let views = views::of(&viewer, &directory).await?;
    let view = View { viewer: &viewer, board: &board, asked: &asked, live: &live, forecast: &what_if };
    let content = html! {
        (frame::not_current(&viewer, &board))
        (view.statement())
        div.thirds { (view.figures()) }
        div.split {
            div.stack {
                section.card { (charts::fan(&view)) }
                section.card { (charts::density(&view)) }
            }
            div.stack {
                (card("What if", Some("Nothing is saved. The address holds every position: send it to somebody."), html! {},
                    asked.form(&viewer.address)))
            }
        }
        @if asked.differs() { (view.difference()) }
        (flush_card("By horizon", Some("Each horizon includes the ones before. ARR and MRR are the same revenue per year and per month."),
            html! {}, view.horizons()))
        (scenarios::of_pipeline(&view)?)
        (scenarios::of_reference()?)
        (flush_card("What every opportunity brings", Some("Chance × potential, under the assumptions above."), html! {},
            table.render(&rows, &viewer.address, &views)))
    };
    let page = frame::page(&viewer, TITLE, &board).main(frame::live(&viewer, "revenue", content)).render();
    Ok(sliders::shown(page.into_response(), &headers, assume::FORM, &viewer.address))
}

/// What the parts of the page are made of.
struct View<'v> {
    viewer: &'v Viewer,
    board: &'v Board,
    asked: &'v Asked,
    live: &'v Forecast,
    forecast: &'v Forecast,
}

impl View<'_> {
    fn projection(&self) -> &Arc<Projection> {
        &self.forecast.projection
    }

    fn currency(&self) -> Currency {
        self.forecast.projection.currency
    }

    fn arr(&self, amount: f64) -> Arr {
        Arr::new(decimal(amount), self.currency())
    }

    fn mrr(&self, amount: f64) -> Mrr {
        Mrr::new(decimal(amount), self.currency())
    }

    /// The horizon that the address asks for; the longest without one.
    fn horizon<'f>(&self, forecast: &'f Forecast) -> Option<&'f Horizon> {
        let days = self.viewer.address.parsed("horizon").filter(|days| HORIZONS_DAYS.contains(days));
        let horizons = &forecast.projection.horizons;
        horizons.iter().find(|horizon| Some(horizon.days) == days).or(horizons.last())
    }

    /// How far this is on the way to the goal, in one breath.
    fn statement(&self) -> Markup {
        let reached = self.projection().coverage.best_share.is_none_or(|share| share >= 1.0);
        let tone = if reached { Tone::Info } else { Tone::Warn };
        let title = match self.projection().coverage.expected_share {
            None => "The goal is reached".to_owned(),
            Some(share) => {
                format!("The pipeline covers {} of the way to the goal", format::percent(share, 1))
            }
        };
        notice(
            tone,
            &title,
            html! { p { (coverage_sentence(self.projection())) } p { (self.chance_sentence()) } },
        )
    }

    fn chance_sentence(&self) -> String {
        let Some(last) = self.projection().horizons.last() else { return String::new() };
        format!(
            "Chance of reaching the goal within {} days: {}, {}.",
            last.days,
            format::chance(last.arr.p_goal),
            correlation_words(self.projection().correlation)
        )
    }

    fn figures(&self) -> Markup {
        let coverage = &self.projection().coverage;
        let source = frame::source(self.board);
        let Some(last) = self.projection().horizons.last() else { return html! {} };
        let share = |share: Option<f64>| {
            share.map_or("nothing is needed".to_owned(), |share| {
                format!("{} of the MRR needed", format::percent(share, 1))
            })
        };
        let signed = self.board.signed_since();
        let needed = Why::new("goal MRR − current MRR; × 12 per year")
            .input("goal MRR", format::money(&self.mrr(coverage.goal_mrr)))
            .input("current MRR", format::money(&self.mrr(coverage.current_mrr)))
            .source("settings and snapshot");
        let current = Why::new("sum of the clients' MRR (or as set) + a twelfth of the ARR signed since")
            .input("clients", format::count(self.board.clients.len()))
            .input("ARR signed since the snapshot", format::money(&signed))
            .source(&source);
        let expected = Why::new("Σ chance × potential of what closes within the horizon")
            .input("opportunities", format::count(last.opportunities))
            .input("standard deviation, ARR", format::money_whole(&self.arr(last.arr.sd)))
            .source(&source);
        let goal = Why::new("P(signed revenue ≥ needed), from the distribution of the sum")
            .input("needed ARR", format::money_whole(&self.arr(coverage.needed_arr)))
            .input("correlation", format::number(self.projection().correlation, 2))
            .source(&source);
        let all = Why::new("Σ potential ÷ 12, every opportunity signed, the late ones too")
            .input(
                "opportunities",
                format::count(self.forecast.contributions.iter().filter(|one| one.worked).count()),
            )
            .source(&source);
        kpis(&[
            Kpi::new("Current MRR", html! { (format::money_figure(&self.mrr(coverage.current_mrr))) small { " / month" } })
                .note(html! { @if signed.amount() > Decimal::ZERO { "with " (format::money_compact(&signed)) " ARR signed since" } @else { "before anything is signed" } })
                .why(current),
            Kpi::new("Goal MRR", html! { (format::money_figure(&self.mrr(coverage.goal_mrr))) small { " / month" } })
                .note(html! { "needs " strong { (format::money_compact(&self.mrr(coverage.needed_mrr))) " MRR" } " more, that is " (format::money_compact(&self.arr(coverage.needed_arr))) " ARR" })
                .why(needed),
            Kpi::new("Expected MRR by day 90", html! { (format::money_figure(&self.mrr(coverage.expected_mrr))) small { " / month" } })
                .meter(coverage.expected_share.unwrap_or(1.0), Tone::Warn)
                .note(html! { (share(coverage.expected_share)) "; 90 % range " (format::money_compact(&self.mrr(last.mrr.q05))) " to " (format::money_compact(&self.mrr(last.mrr.q95))) })
                .why(expected.clone()),
            Kpi::new("Expected ARR by day 90", html! { (format::money_figure(&self.arr(last.arr.mean))) small { " / year" } })
                .note(html! { "the same revenue per year; 90 % range " (format::money_compact(&self.arr(last.arr.q05))) " to " (format::money_compact(&self.arr(last.arr.q95))) })
                .why(expected),
            Kpi::new("Chance of the goal by day 90", html! { (format::chance(last.arr.p_goal)) })
                .meter(last.arr.p_goal, Tone::Accent)
                .note(html! { (correlation_words(self.projection().correlation)) })
                .why(goal),
            Kpi::new("If everything is won", html! { (format::money_figure(&self.mrr(coverage.best_mrr))) small { " / month" } })
                .meter(coverage.best_share.unwrap_or(1.0), Tone::Plain)
                .note(html! { (share(coverage.best_share)) })
                .why(all),
        ])
    }

    /// The assumptions beside the live ones.
    fn difference(&self) -> Markup {
        let (Some(live), Some(what_if)) = (self.horizon(self.live), self.horizon(self.forecast)) else {
            return html! {};
        };
        let (before, after) = (&self.live.projection.coverage, &self.forecast.projection.coverage);
        let money = |arr: bool, before: f64, after: f64| {
            let text = |amount: f64| {
                if arr {
                    format::money_compact(&self.arr(amount))
                } else {
                    format::money_compact(&self.mrr(amount))
                }
            };
            let sign = if after - before >= 0.5 { "+" } else { "" };
            (text(before), text(after), html! { (sign) (text(after - before)) })
        };
        let chance = |before: f64, after: f64| {
            (
                format::chance(before),
                format::chance(after),
                delta((after - before) * 100.0, 1, " points", true),
            )
        };
        let days = what_if.days;
        let rows = [
            (format!("Expected ARR, {days} days"), money(true, live.arr.mean, what_if.arr.mean)),
            (format!("Expected MRR, {days} days"), money(false, live.mrr.mean, what_if.mrr.mean)),
            (format!("Chance of the goal, {days} days"), chance(live.arr.p_goal, what_if.arr.p_goal)),
            (
                "Coverage of the MRR needed".to_owned(),
                chance(before.expected_share.unwrap_or(1.0), after.expected_share.unwrap_or(1.0)),
            ),
            ("MRR if everything is won".to_owned(), money(false, before.best_mrr, after.best_mrr)),
        ];
        flush_card(
            "Against the live assumptions",
            None,
            html! {},
            html! {
                div.table-scroll tabindex="0" role="region" aria-label="What if against live" {
                    table.table.plain {
                        caption.visually-hidden { "What if against the live assumptions" }
                        thead { tr { th scope="col" { "Figure" } th.end scope="col" { "Live" } th.end scope="col" { "What if" } th.end scope="col" { "Difference" } } }
                        tbody {
                            @for (name, (before, after, change)) in &rows {
                                tr { th scope="row" { (name) } td.end { (before) } td.end { (after) } td.end { (change) } }
                            }
                        }
                    }
                }
                (self.asked.keep())
            },
        )
    }

    fn horizons(&self) -> Markup {
        let whole = |arr: bool, amount: f64| {
            if arr { format::money_whole(&self.arr(amount)) } else { format::money_whole(&self.mrr(amount)) }
        };
        html! {
            div.table-scroll tabindex="0" role="region" aria-label="Revenue by horizon" {
                table.table.plain {
                    caption.visually-hidden { "Signed revenue by horizon, per year and per month" }
                    thead {
                        tr {
                            th scope="col" rowspan="2" { "Within" } th.end scope="col" rowspan="2" { "Opportunities" }
                            th.end scope="colgroup" colspan="4" { "ARR, per year" } th.end scope="colgroup" colspan="4" { "MRR, per month" }
                            th.end scope="col" rowspan="2" { "Chance of the goal" }
                        }
                        tr { @for _ in 0..2 { @for name in ["Expected", "5 %", "Median", "95 %"] { th.end scope="col" { (name) } } } }
                    }
                    tbody {
                        @for horizon in &self.projection().horizons {
                            tr {
                                th.nowrap scope="row" { (horizon.days) " days" }
                                td.end { (format::count(horizon.opportunities)) }
                                @for (arr, spread) in [(true, &horizon.arr), (false, &horizon.mrr)] {
                                    @for amount in [spread.mean, spread.q05, spread.q50, spread.q95] { td.end.num { (whole(arr, amount)) } }
                                }
                                td.end.num { (format::chance(horizon.arr.p_goal)) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// How much deals hang together, in words.
fn correlation_words(correlation: f64) -> String {
    if correlation > 0.0 {
        format!("deals correlated at {} through one common cause", format::number(correlation, 2))
    } else {
        "deals decided independently of each other (correlation 0)".to_owned()
    }
}

/// MRR against MRR needed, expected and at best.
fn coverage_sentence(projection: &Projection) -> String {
    let coverage = &projection.coverage;
    let mrr = |amount: f64| format::money_whole(&Mrr::new(decimal(amount), projection.currency));
    let (Some(expected), Some(best)) = (coverage.expected_share, coverage.best_share) else {
        return format!(
            "Current MRR of {} is at or above the goal of {}.",
            mrr(coverage.current_mrr),
            mrr(coverage.goal_mrr)
        );
    };
    let verdict =
        if best < 1.0 { "this pipeline alone cannot reach the goal" } else { "enough for the goal" };
    format!(
        "Within 90 days it is expected to add {} MRR, {} of the {} MRR needed to go from {} to {} MRR. \
         Winning every opportunity would add {} MRR, {}: {verdict}.",
        mrr(coverage.expected_mrr),
        format::percent(expected, 1),
        mrr(coverage.needed_mrr),
        mrr(coverage.current_mrr),
        mrr(coverage.goal_mrr),
        mrr(coverage.best_mrr),
        format::percent(best, 1),
    )
}

fn decimal(amount: f64) -> Decimal {
    // A quotient of floating-point statistics: cents are all that it can claim.
    Decimal::from_f64_retain(amount).unwrap_or_default().round_dp(2)
}

#[cfg(test)]
mod tests {
    use growth::projection::{Correlation, Goal, Opportunity, project};

    use super::*;

    /// The framework's fifty clients, 130K MRR today and a goal of 400K.
    fn reference(probability: f64) -> Projection {
        let offers = [(10, 37_500, 30), (20, 11_250, 60), (20, 6_250, 90)];
        let offers: Vec<Opportunity> = offers
            .into_iter()
            .flat_map(|(times, arr, close_days)| {
                let arr = Arr::new(arr.into(), Currency::USD);
                vec![Opportunity { id: "c".into(), arr, probability, close_days }; times]
            })
            .collect();
        let monthly = |amount: i64| Mrr::new(amount.into(), Currency::USD);
        let goal = Goal::MrrLevel(monthly(400_000));
        project(&offers, monthly(130_000), goal, Correlation::NONE).expect("sound")
    }

    #[test]
    fn coverage_is_monthly_over_monthly_and_winning_everything_is_not_enough() {
        let sentence = coverage_sentence(&reference(1.0));
        assert_eq!(
            sentence,
            "Within 90 days it is expected to add $60,417 MRR, 22.4 % of the $270,000 MRR needed to go from $130,000 \
             to $400,000 MRR. Winning every opportunity would add $60,417 MRR, 22.4 %: this pipeline alone cannot \
             reach the goal."
        );
    }

    #[test]
    fn half_the_chance_is_half_the_coverage() {
        assert!(
            coverage_sentence(&reference(0.5)).contains("$30,208 MRR, 11.2 % of the $270,000 MRR needed")
        );
    }

    #[test]
    fn the_correlation_is_said_in_words() {
        assert!(correlation_words(0.0).contains("independently"));
        assert!(correlation_words(0.1).contains("0.1"));
    }
}
