//! What a model, or the rule in its place, is worth: figures, reliability and lift, each with its n and its doubt.

use leads::learning::Kind;
use learn::evaluate::{
    Bin, ChanceFigures, Estimate, Figure, Insufficient, LiftRow, Report,
    report::{ChanceFindings, Findings},
};
use maud::{Markup, html};

use crate::design::{Axis, Chart, Ink, Kpi, Series, Tone, Unit, Why, badge, disclose, format, kpis, notice};

/// 90 % of a normal distribution lie within this many standard deviations.
const Z_90: f64 = 1.645;

/// Which of the pages' two reports one is: their charts need names of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Of {
    /// Judged once, on leads that the training did not see.
    Trial,
    /// Followed since, on what it said before the ends were known.
    Life,
}

/// What question a model answers.
pub fn question(kind: Kind) -> &'static str {
    match kind {
        Kind::Goal => "Reaching the goal",
        Kind::Cold => "Going cold",
    }
}

/// Everything that a report says of predicted chances.
pub fn findings(report: &Report, of: Of) -> Markup {
    let Findings::Chances(found) = &report.findings else { return html! {} };
    let about = &report.about;
    let source = format!("{}; {}; {}", about.data, about.split, about.date);
    html! {
        @if let Some(withheld) = &found.withheld { (too_few(withheld, &found.figures)) }
        (figures(&found.figures, found, report.resampling.level, &source))
        @if !found.reliability.is_empty() {
            (reliability(&found.reliability, of))
            (lift(&found.lift, &found.figures, of))
        }
        (groups(found))
        (beside(found))
        @if !about.notes.is_empty() { ul.plain-list.small.secondary { @for note in &about.notes { li { (note) } } } }
        p.hint { "Judged: " (about.model) ", " (about.question.replace('_', " ")) ". " (source) "." }
    }
}

/// Why figures are not shown.
fn too_few(lacking: &Insufficient, figures: &ChanceFigures) -> Markup {
    notice(
        Tone::Warn,
        "Too few ends are known to measure",
        html! {
            p {
                (format::counted(figures.rows as usize, "prediction has", "predictions have")) " come to an end, "
                (format::count(figures.positives)) " of them with the outcome. Measures need at least " (format::count(lacking.need)) " " (lacking_of(lacking)) "; there are " (format::count(lacking.have)) ". Below that they would be noise, and none is shown."
            }
        },
    )
}

fn lacking_of(lacking: &Insufficient) -> &'static str {
    use learn::evaluate::Lacking;
    match lacking.lacking {
        Lacking::Rows => "in all",
        Lacking::Positives => "with the outcome",
        Lacking::Negatives => "without it",
    }
}

/// A figure with its range, or why there is none.
fn figure(figure: &Figure, digits: u32) -> Markup {
    match figure {
        Figure::Known(estimate) => html! { (format::decimal(estimate.value, digits)) },
        Figure::Insufficient(_) => html! { small { "too few" } },
    }
}

fn range(figure: &Figure, digits: u32, level: f64) -> String {
    match figure {
        Figure::Known(Estimate { interval: Some(interval), .. }) => format!(
            "{} range {} to {}",
            format::percent(level, 0),
            format::decimal(interval.lower, digits),
            format::decimal(interval.upper, digits)
        ),
        Figure::Known(_) => "no range can be given".to_owned(),
        Figure::Insufficient(lacking) => {
            format!("needs {} {}", format::count(lacking.need), lacking_of(lacking))
        }
    }
}

fn figures(figures: &ChanceFigures, found: &ChanceFindings, level: f64, source: &str) -> Markup {
    let range = |figure: &Figure, digits: u32| range(figure, digits, level);
    let base = |value: Option<f64>| {
        value.map_or_else(String::new, |value| format!("; base rate alone {}", format::decimal(value, 3)))
    };
    let share = figures.base_rate.map_or_else(|| format::UNKNOWN.to_owned(), |rate| format::percent(rate, 1));
    let top = found.lift.first().map(|slice| slice.lift);
    kpis(&[
        Kpi::new("Predictions judged", html! { (format::count(figures.rows)) })
            .note(html! { (format::count(figures.positives)) " came about, " (share) })
            .why(Why::new("predictions whose end is known, one per lead and horizon").source(source)),
        Kpi::new("AUC", figure(&figures.auc, 3))
            .note(html! { (range(&figures.auc, 3)) "; 0.5 is guessing" })
            .why(Why::new("chance that a lead that got there was given the higher chance; ties count half").source(source)),
        Kpi::new("Brier score", figure(&figures.brier, 4))
            .note(html! { (range(&figures.brier, 4)) (base(figures.brier_of_base_rate)) })
            .why(Why::new("mean of (chance − happened)²; 0 is perfect").source(source)),
        Kpi::new("Log loss", figure(&figures.log_loss, 4))
            .note(html! { (range(&figures.log_loss, 4)) (base(figures.log_loss_of_base_rate)) })
            .why(Why::new("mean −ln(chance given to what happened), in nats").source(source)),
        Kpi::new("Calibration error", figure(&figures.ece, 3))
            .note(html! { (range(&figures.ece, 3)) })
            .why(Why::new("Σ n/N × |predicted − observed| over 15 bins of equal mass").source(source)),
        Kpi::new("Lift of the top tenth", html! { @match top { Some(lift) => { "× " (format::decimal(lift, 2)) }, None => { small { "too few" } } } })
            .note(html! { "as often as leads taken by chance" })
            .why(Why::new("share that got there among the highest tenth ÷ base rate").source(source)),
    ])
}

fn reliability(bins: &[Bin], of: Of) -> Markup {
    let outside = bins
        .iter()
        .filter(|bin| {
            let interval = bin.rate_interval(Z_90);
            !(interval.lower..=interval.upper).contains(&bin.mean_chance)
        })
        .count();
    let sentence = match outside {
        0 => {
            "Where chances are like each other, as many came about as was said, within what chance explains."
                .to_owned()
        }
        outside => format!(
            "In {} of {} the mean predicted chance lies outside of the 90 % range of what happened.",
            outside,
            format::counted(bins.len(), "bin", "bins")
        ),
    };
    let id = match of {
        Of::Trial => "model-reliability",
        Of::Life => "live-reliability",
    };
    let intervals: Vec<_> = bins.iter().map(|bin| bin.rate_interval(Z_90)).collect();
    Chart::new(id, "Predicted and observed", sentence)
        .over(
            "Mean chance (predictions)",
            bins.iter()
                .map(|bin| format!("{} ({})", format::percent(bin.mean_chance, 1), format::count(bin.rows))),
        )
        .y(Axis::new("Came about", Unit::Percent))
        .series(
            Series::band(
                "90 % range of the true share",
                intervals.iter().map(|interval| interval.lower),
                intervals.iter().map(|interval| interval.upper),
            )
            .ink(Ink::Second),
        )
        .series(Series::line("Observed", bins.iter().map(|bin| bin.rate)).ink(Ink::Second))
        .series(Series::line("Predicted", bins.iter().map(|bin| bin.mean_chance)).ink(Ink::Grey).dashed())
        .render()
}

fn lift(rows: &[LiftRow], figures: &ChanceFigures, of: Of) -> Markup {
    let Some(first) = rows.first() else { return html! {} };
    let sentence = format!(
        "Who calls the first {} by chance reaches {} of all that got there, × {} as often as calling at random.",
        format::counted(first.last as usize, "lead", "leads"),
        format::percent(first.gain, 0),
        format::number(first.lift, 2)
    );
    let id = match of {
        Of::Trial => "model-lift",
        Of::Life => "live-lift",
    };
    let mut chart = Chart::new(id, "What calling the best first brings", sentence)
        .over(
            "Rank",
            rows.iter().map(|row| format!("{}–{}", format::count(row.first), format::count(row.last))),
        )
        .y(Axis::new("Got there", Unit::Percent))
        .series(Series::bars("Share that got there", rows.iter().map(|row| row.rate)).ink(Ink::First))
        .series(
            Series::line("Reached so far, of all", rows.iter().map(|row| row.gain)).ink(Ink::Second).dashed(),
        );
    if let Some(base) = figures.base_rate {
        chart = chart.mark("Base rate", base);
    }
    chart.render()
}

fn groups(found: &ChanceFindings) -> Markup {
    html! {
        @for table in &found.groups {
            (disclose(&format!("By {}", table.name), html! {
                div.scroll-x tabindex="0" role="region" aria-label={ "Figures by " (table.name) } {
                    table.table.plain.compact {
                        caption.visually-hidden { "Figures by " (table.name) }
                        thead { tr { th scope="col" { (super::super::words::title(&table.name)) } th.end scope="col" { "Judged" } th.end scope="col" { "Came about" } th.end scope="col" { "AUC" } th.end scope="col" { "Promised too much" } } }
                        tbody { @for group in &table.groups { tr {
                            th scope="row" { (super::super::words::title(&group.label)) }
                            td.end { (format::count(group.figures.rows)) }
                            td.end { (group.figures.base_rate.map_or_else(|| format::UNKNOWN.to_owned(), |rate| format::percent(rate, 1))) }
                            td.end { (figure(&group.figures.auc, 3)) }
                            td.end { @match &group.gap { Figure::Known(gap) => { (format::signed(100.0 * gap.value, 1)) " points" }, Figure::Insufficient(_) => "too few" } }
                        } } }
                    }
                }
            }))
        }
    }
}

fn beside(found: &ChanceFindings) -> Markup {
    if found.beside.is_empty() {
        return html! {};
    }
    html! {
        div.scroll-x tabindex="0" role="region" aria-label="Others on the same leads" {
            table.table.plain.compact {
                caption.visually-hidden { "Others on the same leads" }
                thead { tr { th scope="col" { "On the same leads" } th.end scope="col" { "AUC" } th.end scope="col" { "Log loss" } th.end scope="col" { "Log loss of this one less theirs" } th scope="col" { "Verdict" } } }
                tbody { @for other in &found.beside { tr {
                    th scope="row" { (other.name) }
                    td.end { (figure(&other.figures.auc, 3)) }
                    td.end { (figure(&other.figures.log_loss, 4)) }
                    @match other.difference.as_ref().map(|difference| &difference.log_loss) {
                        Some(Figure::Known(estimate)) => {
                            td.end { (format::signed(estimate.value, 4)) @if let Some(interval) = estimate.interval { span.sub { (format::signed(interval.lower, 4)) " to " (format::signed(interval.upper, 4)) } } }
                            td { (verdict(estimate)) }
                        }
                        _ => { td.end { "too few" } td { (badge(Tone::Plain, "Cannot be told")) } }
                    }
                } } }
            }
        }
    }
}

fn verdict(difference: &Estimate) -> Markup {
    match difference.interval {
        Some(interval) if interval.upper < 0.0 => badge(Tone::Good, "Better"),
        Some(interval) if interval.lower > 0.0 => badge(Tone::Bad, "Worse"),
        _ => badge(Tone::Plain, "Cannot be told apart"),
    }
}
