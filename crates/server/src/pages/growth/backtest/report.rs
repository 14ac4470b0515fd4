//! The verdict, the measures and the reliability diagram.

use growth::{
    backtest::{Estimate, Measures, Report, Silence, Verdict},
    service::BacktestRequest,
};
use maud::{Markup, html};

use super::compared;
use crate::design::{
    Axis, Chart, Icon, Ink, Kpi, Lead, Series, Tone, Unit, Why, card, empty, format, kpis, notice,
};

/// What the comparison comes to.
pub(super) fn verdict(report: &Report) -> Markup {
    match &report.verdict {
        Verdict::InsufficientData { needed } => notice(
            Tone::Warn,
            "Insufficient data",
            html! {
                p {
                    (compared(report)) ". Measures need at least " (needed) " of each; below that they would be noise, and none is shown."
                }
                p { "Record what became of offers, won and lost, and come back." }
            },
        ),
        Verdict::Measured(measures) => {
            let skilled = measures.brier.value < measures.brier_of_base_rate;
            let ranks = measures.auc.interval.lower > 0.5;
            let (tone, title) = match (skilled, ranks) {
                (true, true) => (Tone::Good, "The predictions rank and size better than the base rate"),
                (false, true) => (Tone::Warn, "The predictions rank well, but their sizes are off"),
                (true, false) => {
                    (Tone::Warn, "The sizes beat the base rate, the ranking is not better than chance")
                }
                (false, false) => {
                    (Tone::Bad, "The predictions are no better than always saying the base rate")
                }
            };
            notice(
                tone,
                title,
                html! { p { (compared(report)) ", from " (format::counted(report.as_of.len(), "day", "days")) " of predictions." } },
            )
        }
    }
}

/// The measures, or the counts where there are none.
pub(super) fn figures(report: &Report, request: &BacktestRequest) -> Markup {
    let source = match &request.policy {
        None => "prediction ledger and recorded outcomes".to_owned(),
        Some(key) => format!("policy {key} on every snapshot, and recorded outcomes"),
    };
    let silence = match request.silence {
        Silence::Excluded => "left out",
        Silence::NotWon => "not won",
    };
    let pairs =
        Why::new("each prediction with the first outcome of its client after its day, within the window")
            .input("window", format!("{} days", request.window_days))
            .input("without an outcome", silence)
            .source(&source);
    let compared = Kpi::new("Predictions compared", html! { (format::count(report.n)) })
        .note(html! { (format::count(report.positives)) " won, " (format::count(report.negatives)) " not" })
        .why(pairs);
    let wrong = Kpi::new("Wrong way", html! { (format::count(report.false_positives.len() + report.false_negatives.len())) })
        .note(html! { (format::count(report.false_positives.len())) " expected and not won, " (format::count(report.false_negatives.len())) " won unexpectedly" })
        .why(Why::new("chance ≥ threshold and not won, or below and won").input("threshold", format::percent(report.threshold, 0)).source(&source));
    let Verdict::Measured(measures) = &report.verdict else { return kpis(&[compared, wrong]) };
    let range = |estimate: &Estimate| {
        format!(
            "90 % range {} to {}",
            format::number(estimate.interval.lower, 3),
            format::number(estimate.interval.upper, 3)
        )
    };
    kpis(&[
        compared,
        Kpi::new("Brier score", html! { (format::decimal(measures.brier.value, 3)) })
            .note(html! { (range(&measures.brier)) "; base rate alone " (format::decimal(measures.brier_of_base_rate, 3)) })
            .why(Why::new("mean of (chance − happened)²; 0 is perfect").input("base rate", format::percent(measures.base_rate, 1)).source(&source)),
        Kpi::new("AUC", html! { (format::decimal(measures.auc.value, 3)) })
            .note(html! { (range(&measures.auc)) "; 0.5 is guessing" })
            .why(Why::new("chance that a case that happened was given the higher chance; ties count half").source(&source)),
        Kpi::new("Log loss", html! { (format::decimal(measures.log_loss, 3)) })
            .note(html! { "lower is better" })
            .why(Why::new("mean −ln(chance given to what happened)").source(&source)),
        Kpi::new("Calibration error", html! { (format::percent(measures.ece, 1)) })
            .note(html! { "mean distance of predicted and observed" })
            .why(Why::new("ECE = Σ n/N × |predicted − observed| over ten bins").source(&source)),
        Kpi::new("Lift of the top tenth", html! { "× " (format::decimal(measures.top_decile_lift, 2)) })
            .note(html! { "won share of the highest chances over the base rate" })
            .why(Why::new("won share in the top 10 % ÷ base rate").input("base rate", format::percent(measures.base_rate, 1)).source(&source)),
        wrong,
    ])
}

/// Predicted against observed, with how sure that is.
pub(super) fn reliability(report: &Report) -> Markup {
    let Verdict::Measured(measures) = &report.verdict else {
        return html! {
            (card("Predicted and observed", None, html! {}, empty(
                    Icon::Scale,
                    "Not enough outcomes to measure",
                    "Record won and lost offers on the plan or a client's page; predictions are kept with every snapshot.",
                    &[Lead::new("Open the plan", "/growth/plan"), Lead::new("Top opportunities", "/growth/opportunities")],
                )))
        };
    };
    html! {
        section.card { (diagram(measures)) (bins(measures)) }
        @if report.as_of.len() > 1 {
            (card("Predictions compared, by day", None, html! {}, html! {
                ul.plain-list { @for (day, n) in &report.as_of { li { (format::day(*day)) ": " (format::counted(*n, "prediction", "predictions")) } } }
            }))
        }
    }
}

fn diagram(measures: &Measures) -> Markup {
    let filled: Vec<_> = measures.bins.iter().filter(|bin| bin.n > 0).collect();
    let outside = filled
        .iter()
        .filter(|bin| {
            bin.predicted
                .is_some_and(|predicted| !(bin.interval.lower..=bin.interval.upper).contains(&predicted))
        })
        .count();
    let sentence = format!(
        "In {} of {} bins the predicted chance lies outside the range of what happened.",
        outside,
        filled.len()
    );
    let known = |value: Option<f64>| value.unwrap_or(f64::NAN);
    Chart::new("reliability", "Predicted and observed", sentence)
        .over(
            "Predicted chance",
            filled.iter().map(|bin| {
                format!("{}–{} %", format::number(bin.from * 100.0, 0), format::number(bin.to * 100.0, 0))
            }),
        )
        .y(Axis::new("Share won", Unit::Percent).between(0.0, 1.0))
        .series(
            Series::band(
                "90 % range of the true share",
                filled.iter().map(|bin| bin.interval.lower),
                filled.iter().map(|bin| bin.interval.upper),
            )
            .ink(Ink::Second),
        )
        .series(Series::line("Observed", filled.iter().map(|bin| known(bin.observed))).ink(Ink::Second))
        .series(
            Series::line("Predicted", filled.iter().map(|bin| known(bin.predicted))).ink(Ink::Grey).dashed(),
        )
        .render()
}

fn bins(measures: &Measures) -> Markup {
    html! {
        p.small.secondary {
            "Predictions per bin: "
            @for (index, bin) in measures.bins.iter().filter(|bin| bin.n > 0).enumerate() {
                @if index > 0 { ", " }
                (format::number(bin.from * 100.0, 0)) "–" (format::number(bin.to * 100.0, 0)) " %: " strong.num { (bin.n) }
            }
            "."
        }
    }
}
