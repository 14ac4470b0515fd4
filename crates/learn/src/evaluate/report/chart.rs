//! Charts as inline SVG: shapes and classes only, colours come from the page.

use std::fmt::Write as _;

use crate::evaluate::{Bin, LiftRow};

/// Side of the square that data is drawn in, and the margin for axes, in SVG units.
const SIDE: f64 = 300.0;
const MARGIN: f64 = 44.0;

fn x(share: f64) -> f64 {
    MARGIN + share * SIDE
}

fn y(share: f64) -> f64 {
    MARGIN / 2.0 + (1.0 - share) * SIDE
}

/// Predicted chances against what happened, with the diagonal of perfect calibration.
pub(super) fn reliability(bins: &[Bin]) -> String {
    let mut marks = String::new();
    for bin in bins {
        let range = bin.rate_interval(1.959_963_984_540_054);
        let at = x(bin.mean_chance);
        let _ = write!(
            marks,
            r#"<line class="range" x1="{at:.1}" x2="{at:.1}" y1="{:.1}" y2="{:.1}"/>
<circle class="mark" cx="{at:.1}" cy="{:.1}" r="4"><title>{} rows: predicted {:.3}, happened {:.3}</title></circle>
"#,
            y(range.lower),
            y(range.upper),
            y(bin.rate),
            bin.rows,
            bin.mean_chance,
            bin.rate,
        );
    }
    let description = "Each mark is a bin of rows; the line through it is the 95 % interval of what happened. \
                       Marks on the diagonal are perfectly calibrated. The table beside has the numbers.";
    frame("reliability", "Reliability", description, "predicted chance", "share with the outcome", &marks)
}

/// The share of positives reached against the share of rows worked on, with the diagonal of no ranking.
pub(super) fn gain(rows: &[LiftRow]) -> String {
    let all = rows.last().map_or(1.0, |row| row.last as f64);
    let mut points = format!("{:.1},{:.1}", x(0.0), y(0.0));
    let mut marks = String::new();
    for row in rows {
        let (at, gain) = (x(row.last as f64 / all), y(row.gain));
        let _ = write!(points, " {at:.1},{gain:.1}");
        let _ = writeln!(
            marks,
            r#"<circle class="mark" cx="{at:.1}" cy="{gain:.1}" r="3"><title>top {}: {:.1} % of positives, lift {:.2}</title></circle>"#,
            row.last,
            100.0 * row.gain,
            row.lift_so_far,
        );
    }
    let marks = format!("<polyline class=\"curve\" points=\"{points}\"/>\n{marks}");
    let description = "How much of all rows with the outcome is reached when rows are worked on by rank, the highest \
                       prediction first. The diagonal is no ranking at all. The table beside has the numbers.";
    frame("gain", "Gain", description, "share of rows worked on", "share of positives reached", &marks)
}

fn frame(id: &str, title: &str, description: &str, along: &str, up: &str, marks: &str) -> String {
    let mut grid = String::new();
    for step in 0..=5 {
        let share = f64::from(step) / 5.0;
        let _ = write!(
            grid,
            r#"<line class="grid" x1="{x0:.1}" x2="{x1:.1}" y1="{at:.1}" y2="{at:.1}"/>
<text x="{left:.1}" y="{text:.1}" text-anchor="end">{share:.1}</text>
<text x="{below:.1}" y="{bottom:.1}" text-anchor="middle">{share:.1}</text>
"#,
            x0 = x(0.0),
            x1 = x(1.0),
            at = y(share),
            left = x(0.0) - 6.0,
            text = y(share) + 4.0,
            below = x(share),
            bottom = y(0.0) + 16.0,
        );
    }
    let (wide, high) = (SIDE + 1.5 * MARGIN, SIDE + 1.5 * MARGIN);
    let (middle_x, bottom) = (x(0.5), y(0.0) + 34.0);
    let middle_y = y(0.5);
    let (x0, x1, y0, y1) = (x(0.0), x(1.0), y(0.0), y(1.0));
    format!(
        r#"<svg viewBox="0 0 {wide:.0} {high:.0}" role="img" aria-labelledby="{id}-title {id}-text">
<title id="{id}-title">{title}</title>
<desc id="{id}-text">{description}</desc>
{grid}<line class="ideal" x1="{x0:.1}" x2="{x1:.1}" y1="{y0:.1}" y2="{y1:.1}"/>
{marks}<text x="{middle_x:.1}" y="{bottom:.1}" text-anchor="middle">{along}</text>
<text x="12" y="{middle_y:.1}" text-anchor="middle" transform="rotate(-90 12 {middle_y:.1})">{up}</text>
</svg>
"#
    )
}
