//! A report as one page that needs nothing else.

use std::fmt::Write as _;

use super::{AmountFindings, Beside, ChanceFindings, Findings, GroupTable, Report, chart, groups};
use crate::evaluate::{ChanceFigures, Figure, amounts::AmountFigures, ece_by_chance, ratio::RatioStudy};

const STYLE: &str = include_str!("report.css");

pub(super) fn page(report: &Report) -> String {
    let mut body = String::new();
    let (tables, rows) = match &report.findings {
        Findings::Chances(findings) => (chances(findings, report.resampling.level), findings.figures.rows),
        Findings::Amounts(findings) => (amounts(findings, report.resampling.level), findings.figures.rows),
    };
    let about = &report.about;
    let facts = [
        ("Question", escaped(&about.question)),
        ("Data", escaped(&about.data)),
        ("Split", escaped(&about.split)),
        ("Rows judged", rows.to_string()),
        ("Date", escaped(&about.date)),
    ];
    body.push_str("<dl>\n");
    for (name, value) in facts {
        let _ = writeln!(body, "<div><dt>{name}</dt><dd>{value}</dd></div>");
    }
    body.push_str("</dl>\n");
    for note in &about.notes {
        let _ = writeln!(body, "<p class=\"note\">{}</p>", escaped(note));
    }
    body.push_str(&tables);
    let title = escaped(&about.model);
    let intervals = format!(
        "Intervals in brackets hold the figure with {} % confidence: percentiles of {} resamples of the judged rows, \
         seed {}. They do not cover what another split or another training run would have changed.",
        number(100.0 * report.resampling.level, 0),
        report.resampling.rounds,
        report.resampling.seed,
    );
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">\n\
         <title>Evaluation of {title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n\
         <h1>Evaluation of {title}</h1>\n{body}<p class=\"note\">{intervals}</p>\n</main>\n</body>\n</html>\n"
    )
}

fn chances(findings: &ChanceFindings, level: f64) -> String {
    let mut page = String::new();
    let figures = &findings.figures;
    let base = figures.base_rate;
    let plain = |value: Option<f64>| value.map_or("none".to_owned(), |value| number(value, 4));
    let rows = [
        ("Base rate", plain(base), String::new(), "share of rows with the outcome"),
        ("AUC", figure(&figures.auc), "0.5000".to_owned(), "higher is better"),
        ("Average precision", figure(&figures.average_precision), plain(base), "higher is better"),
        ("Log loss", figure(&figures.log_loss), plain(figures.log_loss_of_base_rate), "lower is better"),
        ("Brier score", figure(&figures.brier), plain(figures.brier_of_base_rate), "lower is better"),
        ("ECE, 15 bins of equal mass", figure(&figures.ece), String::new(), "lower is better"),
        (
            "ECE that chance gives right predictions",
            plain(ece_by_chance(&findings.reliability)),
            String::new(),
            "no fault is proven below",
        ),
        ("ECE, 15 bins of equal width", figure(&findings.ece_equal_width), String::new(), "lower is better"),
    ];
    let caption =
        format!("Figures over {} rows, {} of them with the outcome", figures.rows, figures.positives);
    let head = ["Figure", "Value", "Predicting the base rate", ""];
    let lines = rows.map(|(name, value, base, better)| [name.to_owned(), value, base, better.to_owned()]);
    section(&mut page, "Figures", &table(&caption, &head, &lines));
    if let Some(insufficient) = &findings.withheld {
        let _ = writeln!(page, "<p class=\"note\">Tables are withheld: {insufficient}.</p>");
    }
    if !findings.reliability.is_empty() {
        section(&mut page, "Reliability", &reliability(findings));
    }
    if !findings.lift.is_empty() {
        section(&mut page, "Lift and gain", &lift(findings));
    }
    if let Some(decision) = &findings.decision {
        section(&mut page, "Decisions at a threshold", &decisions(decision));
    }
    for grouping in &findings.groups {
        section(&mut page, &format!("By {}", grouping.name), &chance_groups(grouping, level));
    }
    if !findings.beside.is_empty() {
        section(&mut page, "Beside other models", &chance_beside(figures, &findings.beside));
    }
    page
}

fn reliability(findings: &ChanceFindings) -> String {
    let head = ["Predicted", "Rows", "Mean prediction", "Happened", "95 %"];
    let lines = findings.reliability.iter().map(|bin| {
        let range = bin.rate_interval(1.959_963_984_540_054);
        [
            format!("{} to {}", number(bin.lowest, 3), number(bin.highest, 3)),
            bin.rows.to_string(),
            number(bin.mean_chance, 3),
            number(bin.rate, 3),
            format!("{} to {}", number(range.lower, 3), number(range.upper, 3)),
        ]
    });
    let mut beside = table("Predictions against what happened", &head, &lines.collect::<Vec<_>>());
    match &findings.line {
        Some(line) => {
            let bounds = |interval: kernel::Interval| {
                format!("[{}, {}]", number(interval.lower, 3), number(interval.upper, 3))
            };
            let _ = writeln!(
                beside,
                "<p>Calibration line on log odds: slope {} {}, intercept {} {} (1 and 0 are best).</p>",
                number(line.slope, 3),
                bounds(line.slope_interval),
                number(line.intercept, 3),
                bounds(line.intercept_interval),
            );
        }
        None => beside.push_str("<p>Calibration line: no finite line is best for these rows.</p>\n"),
    }
    if let Some(parts) = &findings.brier_parts {
        let _ = writeln!(
            beside,
            "<p>Brier score in parts: reliability {} - resolution {} + uncertainty {} + within bins {} = {}.</p>",
            number(parts.reliability, 4),
            number(parts.resolution, 4),
            number(parts.uncertainty, 4),
            number(parts.within, 4),
            number(parts.sum(), 4),
        );
    }
    with_chart(&chart::reliability(&findings.reliability), &beside)
}

fn lift(findings: &ChanceFindings) -> String {
    let head = ["Ranks", "Lowest prediction", "With outcome", "Rate", "Lift", "Lift so far", "Gain"];
    let lines = findings.lift.iter().map(|row| {
        [
            format!("{} to {}", row.first, row.last),
            number(row.lowest, 3),
            number(row.positives, 1),
            number(row.rate, 3),
            number(row.lift, 2),
            number(row.lift_so_far, 2),
            number(row.gain, 3),
        ]
    });
    let mut beside = table("Slices by rank, highest predictions first", &head, &lines.collect::<Vec<_>>());
    if !findings.capacities.is_empty() {
        let head = ["Worked on", "Lowest prediction", "Precision", "Recall", "Lift"];
        let lines = findings.capacities.iter().map(|at| {
            [
                format!("{} ({} %)", at.rows, number(100.0 * at.share, 1)),
                number(at.lowest, 3),
                number(at.precision, 3),
                number(at.recall, 3),
                number(at.lift, 2),
            ]
        });
        beside.push_str(&table("What fits into a capacity", &head, &lines.collect::<Vec<_>>()));
    }
    with_chart(&chart::gain(&findings.lift), &beside)
}

fn decisions(decision: &crate::evaluate::Confusion) -> String {
    let plain = |value: Option<f64>| value.map_or("none".to_owned(), |value| number(value, 4));
    let caption = format!(
        "Yes from a chance of {} on; {} rows, base rate {}",
        number(decision.threshold, 3),
        decision.rows(),
        plain(decision.base_rate())
    );
    let line = |name: &str, value: String| [name.to_owned(), value];
    let lines = [
        line("Yes, and it happened", decision.true_positives.to_string()),
        line("Yes, and it did not", decision.false_positives.to_string()),
        line("No, and it did not", decision.true_negatives.to_string()),
        line("No, and yet it happened", decision.false_negatives.to_string()),
        line("Precision", plain(decision.precision())),
        line("Recall", plain(decision.recall())),
        line("Specificity", plain(decision.specificity())),
        line("F1", plain(decision.f1())),
        line("Matthews correlation", number(decision.matthews(), 4)),
        line("Accuracy", plain(decision.accuracy())),
        line("Accuracy of giving everyone the commoner answer", plain(decision.accuracy_of_one_answer())),
    ];
    table(&caption, &["", "Value"], &lines)
}

fn chance_groups(grouping: &GroupTable<groups::ChanceGroup>, level: f64) -> String {
    let caption =
        format!("Groups by {}; intervals at {} %", escaped(&grouping.name), number(100.0 * level, 0));
    let head = ["Group", "Rows", "Base rate", "AUC", "Log loss", "Brier score", "Promised too much"];
    let lines = grouping.groups.iter().map(|group| {
        let figures = &group.figures;
        [
            escaped(&group.label),
            figures.rows.to_string(),
            figures.base_rate.map_or("none".to_owned(), |rate| number(rate, 4)),
            figure(&figures.auc),
            figure(&figures.log_loss),
            figure(&figures.brier),
            figure(&group.gap),
        ]
    });
    table(&caption, &head, &lines.collect::<Vec<_>>())
}

fn chance_beside(
    own: &ChanceFigures,
    beside: &[Beside<ChanceFigures, crate::evaluate::ChanceDifferences>],
) -> String {
    let head = ["Model", "AUC", "Average precision", "Log loss", "Brier score"];
    let line = |name: String, figures: &ChanceFigures| {
        [
            name,
            figure(&figures.auc),
            figure(&figures.average_precision),
            figure(&figures.log_loss),
            figure(&figures.brier),
        ]
    };
    let mut lines = vec![line("this model".to_owned(), own)];
    for other in beside {
        lines.push(line(escaped(&other.name), &other.figures));
        if let Some(difference) = &other.difference {
            lines.push([
                format!("this model less {}", escaped(&other.name)),
                figure(&difference.auc),
                figure(&difference.average_precision),
                figure(&difference.log_loss),
                figure(&difference.brier),
            ]);
        }
    }
    table("Models on the same rows; differences with paired intervals", &head, &lines)
}

fn amounts(findings: &AmountFindings, level: f64) -> String {
    let mut page = String::new();
    let figures = &findings.figures;
    let line = |name: &str, value: &Figure| [name.to_owned(), figure(value)];
    let mut lines = vec![
        line("Mean absolute error", &figures.mean_absolute_error),
        line("Root mean squared error", &figures.root_mean_squared_error),
        line("R squared", &figures.r_squared),
    ];
    if let Some(relative) = &figures.relative {
        lines.push(line("Median relative error (MdAPE)", &relative.median));
        lines.push(line("Mean relative error (MAPE)", &relative.mean));
        lines.push(line("Within 10 % (PE10)", &relative.within_10));
        lines.push(line("Within 20 % (PE20)", &relative.within_20));
    }
    section(
        &mut page,
        "Figures",
        &table(&format!("Figures over {} rows", figures.rows), &["Figure", "Value"], &lines),
    );
    if let Some(study) = &findings.ratios {
        section(&mut page, "Ratio study", &ratios(study, findings));
    }
    for grouping in &findings.groups {
        let caption =
            format!("Groups by {}; intervals at {} %", escaped(&grouping.name), number(100.0 * level, 0));
        let head = ["Group", "Rows", "MdAPE", "Within 10 %", "Median ratio", "COD"];
        let lines = grouping.groups.iter().map(|group| {
            let relative = group.figures.relative.as_ref();
            let none = || "none".to_owned();
            [
                escaped(&group.label),
                group.figures.rows.to_string(),
                relative.map_or_else(none, |relative| figure(&relative.median)),
                relative.map_or_else(none, |relative| figure(&relative.within_10)),
                group.ratios.as_ref().map_or_else(none, |study| figure(&study.median)),
                group.ratios.as_ref().map_or_else(none, |study| figure(&study.cod)),
            ]
        });
        let lines = lines.collect::<Vec<_>>();
        section(&mut page, &format!("By {}", grouping.name), &table(&caption, &head, &lines));
    }
    if !findings.beside.is_empty() {
        section(&mut page, "Beside other models", &amount_beside(figures, findings));
    }
    page
}

fn ratios(study: &RatioStudy, findings: &AmountFindings) -> String {
    let limits = &findings.limits;
    let line = |name: &str, value: &Figure, limit: Option<kernel::Interval>| {
        let range = limit.map(|limit| format!("{} to {}", number(limit.lower, 2), number(limit.upper, 2)));
        let verdict = match (value.value(), limit) {
            (Some(value), Some(limit)) if limit.contains(value) => "kept",
            (Some(_), Some(_)) => "missed",
            _ => "",
        };
        [name.to_owned(), figure(value), range.unwrap_or_default(), verdict.to_owned()]
    };
    let lines = [
        line("Median ratio", &study.median, Some(limits.median)),
        line("Mean ratio", &study.mean, None),
        line("Weighted mean ratio", &study.weighted_mean, None),
        line("COD, %", &study.cod, Some(limits.cod)),
        line("PRD", &study.prd, Some(limits.prd)),
        line("PRB", &study.prb, Some(limits.prb)),
        line("MKI", &study.mki, Some(limits.mki)),
        line("KI", &study.ki, None),
    ];
    let caption = format!("{} ratios, {} set aside as extreme", study.rows, study.trimmed);
    table(&caption, &["Statistic", "Value", "Limits", "Verdict"], &lines)
}

fn amount_beside(own: &AmountFigures, findings: &AmountFindings) -> String {
    let line = |name: String, figures: &AmountFigures| {
        let relative = figures.relative.as_ref();
        let of = |value: Option<&Figure>| value.map_or("none".to_owned(), figure);
        [name, of(relative.map(|relative| &relative.median)), of(relative.map(|relative| &relative.mean))]
    };
    let mut lines = vec![line("this model".to_owned(), own)];
    for other in &findings.beside {
        lines.push(line(escaped(&other.name), &other.figures));
        if let Some(difference) = &other.difference {
            let name = format!("this model less {}", escaped(&other.name));
            lines.push([name, figure(&difference.median), figure(&difference.mean)]);
        }
    }
    let caption = "Models on the same rows; differences with paired intervals";
    table(caption, &["Model", "MdAPE", "MAPE"], &lines)
}

fn section(page: &mut String, title: &str, content: &str) {
    let _ = writeln!(page, "<section>\n<h2>{}</h2>\n{content}</section>", escaped(title));
}

fn with_chart(chart: &str, beside: &str) -> String {
    format!("<div class=\"beside\">\n<figure>\n{chart}</figure>\n<div>\n{beside}</div>\n</div>\n")
}

/// A table whose cells are safe already; the first column names the lines.
fn table<const N: usize>(caption: &str, head: &[&str; N], lines: &[[String; N]]) -> String {
    let mut table =
        format!("<div class=\"scroll\" tabindex=\"0\">\n<table>\n<caption>{caption}</caption>\n<thead><tr>");
    for name in head {
        if name.is_empty() {
            table.push_str("<td></td>");
        } else {
            let _ = write!(table, "<th scope=\"col\">{name}</th>");
        }
    }
    table.push_str("</tr></thead>\n<tbody>\n");
    for line in lines {
        table.push_str("<tr>");
        for (place, cell) in line.iter().enumerate() {
            match place {
                0 => {
                    let _ = write!(table, "<th scope=\"row\">{cell}</th>");
                }
                _ => {
                    let _ = write!(table, "<td>{cell}</td>");
                }
            }
        }
        table.push_str("</tr>\n");
    }
    table.push_str("</tbody>\n</table>\n</div>\n");
    table
}

fn figure(figure: &Figure) -> String {
    match figure {
        Figure::Insufficient(insufficient) => insufficient.to_string(),
        Figure::Known(estimate) => match estimate.interval {
            None => number(estimate.value, 4),
            Some(interval) => format!(
                "{} [{}, {}]",
                number(estimate.value, 4),
                number(interval.lower, 4),
                number(interval.upper, 4)
            ),
        },
    }
}

/// `value` with so many decimals; large ones with fewer, never as minus zero.
fn number(value: f64, decimals: usize) -> String {
    let decimals = if value.abs() >= 1000.0 { 0 } else { decimals };
    let text = format!("{value:.decimals$}");
    match text.strip_prefix('-') {
        Some(rest) if rest.bytes().all(|byte| matches!(byte, b'0' | b'.')) => rest.to_owned(),
        _ => text,
    }
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            other => safe.push(other),
        }
    }
    safe
}
