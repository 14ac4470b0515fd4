//! Charts: a title, a sentence that says the finding, the drawing, and the same numbers as a table.
//!
//! The sentence is not optional: it is what screen readers hear and what a hurried reader takes along. It
//! states the finding ("Twelve of fifty clients are ready now"), not the form ("Bar chart of readiness").

use kernel::Currency;
use maud::{Markup, PreEscaped, html};
use serde::Serialize;

use super::{Icon, format};

/// What the numbers of an axis are.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Unit {
    /// Plain numbers, up to two decimals.
    Number,
    /// Amounts of money.
    Money {
        /// In this currency.
        currency: Currency,
    },
    /// Fractions, shown in percent.
    Percent,
    /// Days.
    Days {
        /// The word after the number.
        suffix: &'static str,
    },
}

impl Unit {
    /// Amounts of money in `currency`.
    pub fn money(currency: Currency) -> Self {
        Self::Money { currency }
    }

    /// Days.
    pub fn days() -> Self {
        Self::Days { suffix: "days" }
    }

    fn text(self, value: Option<f64>) -> String {
        let Some(value) = value.filter(|value| value.is_finite()) else { return format::UNKNOWN.to_owned() };
        match self {
            Self::Number => format::number(value, 2),
            Self::Percent => format::percent(value, 2),
            Self::Days { suffix } => format!("{} {suffix}", format::number(value, 1)),
            Self::Money { currency } => match rust_decimal::Decimal::from_f64_retain(value) {
                Some(amount) => format::money(&kernel::Money::new(amount, currency)),
                None => format::UNKNOWN.to_owned(),
            },
        }
    }
}

/// An axis.
#[derive(Clone, Debug, Serialize)]
pub struct Axis {
    label: String,
    unit: Unit,
    #[serde(skip_serializing_if = "Option::is_none")]
    min: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    max: Option<f64>,
}

impl Axis {
    /// An axis with its name and unit.
    pub fn new(label: impl Into<String>, unit: Unit) -> Self {
        Self { label: label.into(), unit, min: None, max: None }
    }

    /// With fixed ends.
    #[must_use]
    pub fn between(mut self, min: f64, max: f64) -> Self {
        (self.min, self.max) = (Some(min), Some(max));
        self
    }
}

/// A colour of the palette of data, or one with a meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub enum Ink {
    /// The palette's first colour, and so on.
    #[serde(rename = "viz-1")]
    First,
    /// Second.
    #[serde(rename = "viz-2")]
    Second,
    /// Third.
    #[serde(rename = "viz-3")]
    Third,
    /// Fourth.
    #[serde(rename = "viz-4")]
    Fourth,
    /// Fifth.
    #[serde(rename = "viz-5")]
    Fifth,
    /// Grey.
    #[serde(rename = "viz-6")]
    Grey,
}

/// How a series is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
enum Shape {
    Bar,
    Line,
    Area,
    Band,
}

/// Numbers over the categories of a chart.
#[derive(Clone, Debug, Serialize)]
pub struct Series {
    name: String,
    shape: Shape,
    values: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    lower: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    upper: Vec<Option<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tone: Option<Ink>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tones: Vec<Ink>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    links: Vec<String>,
    dashed: bool,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    points: Vec<Point>,
}

/// A point of a scatter chart.
#[derive(Clone, Debug, Serialize)]
pub struct Point {
    /// Horizontal position.
    pub x: f64,
    /// Vertical position.
    pub y: f64,
    /// Area of the mark, 0-1.
    pub size: f64,
    /// What it is.
    pub label: String,
    /// Where a click leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

impl Series {
    fn new(name: &str, shape: Shape, values: impl IntoIterator<Item = f64>) -> Self {
        Self {
            name: name.to_owned(),
            shape,
            values: known(values),
            lower: Vec::new(),
            upper: Vec::new(),
            tone: None,
            tones: Vec::new(),
            links: Vec::new(),
            dashed: false,
            points: Vec::new(),
        }
    }

    /// Bars. A value that is not a number is unknown and leaves a gap.
    pub fn bars(name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        Self::new(name, Shape::Bar, values)
    }

    /// A line.
    pub fn line(name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        Self::new(name, Shape::Line, values)
    }

    /// A line over a filled area.
    pub fn area(name: &str, values: impl IntoIterator<Item = f64>) -> Self {
        Self::new(name, Shape::Area, values)
    }

    /// A filled range between `lower` and `upper`, such as the 5-95 % range of a forecast.
    pub fn band(
        name: &str,
        lower: impl IntoIterator<Item = f64>,
        upper: impl IntoIterator<Item = f64>,
    ) -> Self {
        Self { lower: known(lower), upper: known(upper), ..Self::new(name, Shape::Band, []) }
    }

    /// Points, for [`Chart::scatter`].
    pub fn points(name: &str, points: Vec<Point>) -> Self {
        Self { points, ..Self::new(name, Shape::Line, []) }
    }

    /// Drawn in this colour.
    #[must_use]
    pub fn ink(mut self, ink: Ink) -> Self {
        self.tone = Some(ink);
        self
    }

    /// Each bar in its own colour.
    #[must_use]
    pub fn inks(mut self, inks: impl IntoIterator<Item = Ink>) -> Self {
        self.tones = inks.into_iter().collect();
        self
    }

    /// A click on a value leads here, by category.
    #[must_use]
    pub fn links(mut self, links: impl IntoIterator<Item = String>) -> Self {
        self.links = links.into_iter().collect();
        self
    }

    /// A dashed line: a plan, a target, a comparison.
    #[must_use]
    pub fn dashed(mut self) -> Self {
        self.dashed = true;
        self
    }
}

fn known(values: impl IntoIterator<Item = f64>) -> Vec<Option<f64>> {
    values.into_iter().map(|value| value.is_finite().then_some(value)).collect()
}

#[derive(Clone, Debug, Serialize)]
struct Mark {
    label: String,
    at: serde_json::Value,
    axis: &'static str,
}

/// A chart.
///
/// ```
/// use server::design::{Axis, Chart, Series, Unit};
///
/// let chart = Chart::new("levels", "Readiness", "Twelve of fifty clients are ready now.")
///     .over("Level", ["Ready now", "Ready soon"])
///     .y(Axis::new("Clients", Unit::Number))
///     .series(Series::bars("Clients", [12.0, 38.0]));
/// let html = chart.render().into_string();
/// assert!(html.contains("Show as table") && html.contains("<td class=\"end\">12</td>"));
/// ```
#[derive(Clone, Debug, Serialize)]
pub struct Chart {
    #[serde(skip)]
    id: &'static str,
    #[serde(skip)]
    title: String,
    #[serde(skip)]
    sentence: String,
    #[serde(skip)]
    class: &'static str,
    kind: &'static str,
    categories: Vec<String>,
    x: Axis,
    y: Axis,
    series: Vec<Series>,
    marks: Vec<Mark>,
    stacked: bool,
    horizontal: bool,
    touching: bool,
    zoom: bool,
}

impl Chart {
    /// A chart; `sentence` says its finding.
    pub fn new(id: &'static str, title: impl Into<String>, sentence: impl Into<String>) -> Self {
        Self {
            id,
            title: title.into(),
            sentence: sentence.into(),
            class: "",
            kind: "cartesian",
            categories: Vec::new(),
            x: Axis::new("", Unit::Number),
            y: Axis::new("", Unit::Number),
            series: Vec::new(),
            marks: Vec::new(),
            stacked: false,
            horizontal: false,
            touching: false,
            zoom: false,
        }
    }

    /// Values over named categories (or bins, months, horizons).
    #[must_use]
    pub fn over(mut self, label: &str, categories: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.x = Axis::new(label, Unit::Number);
        self.categories = categories.into_iter().map(Into::into).collect();
        self
    }

    /// Points over a numeric axis.
    #[must_use]
    pub fn scatter(mut self, x: Axis) -> Self {
        self.kind = "scatter";
        self.x = x;
        self
    }

    /// The axis of values.
    #[must_use]
    pub fn y(mut self, y: Axis) -> Self {
        self.y = y;
        self
    }

    /// One series more.
    #[must_use]
    pub fn series(mut self, series: Series) -> Self {
        self.series.push(series);
        self
    }

    /// A labelled line across the chart at a value: a goal, a threshold.
    #[must_use]
    pub fn mark(mut self, label: impl Into<String>, at: f64) -> Self {
        self.marks.push(Mark { label: label.into(), at: at.into(), axis: "y" });
        self
    }

    /// A labelled line at a category, or at a value of a scatter chart's horizontal axis.
    #[must_use]
    pub fn mark_x(mut self, label: impl Into<String>, at: impl Into<serde_json::Value>) -> Self {
        self.marks.push(Mark { label: label.into(), at: at.into(), axis: "x" });
        self
    }

    /// Series on top of each other.
    #[must_use]
    pub fn stacked(mut self) -> Self {
        self.stacked = true;
        self
    }

    /// Categories down the side: for long names.
    #[must_use]
    pub fn horizontal(mut self) -> Self {
        self.horizontal = true;
        self
    }

    /// Bars that touch: for distributions.
    #[must_use]
    pub fn histogram(mut self) -> Self {
        self.touching = true;
        self
    }

    /// Ctrl and wheel zoom along the categories.
    #[must_use]
    pub fn zoomable(mut self) -> Self {
        self.zoom = true;
        self
    }

    /// Higher than usual.
    #[must_use]
    pub fn tall(mut self) -> Self {
        self.class = "tall";
        self
    }

    /// Lower than usual.
    #[must_use]
    pub fn short(mut self) -> Self {
        self.class = "short";
        self
    }

    /// The chart with its sentence and its table.
    pub fn render(&self) -> Markup {
        // `</` would end the script element early, and `<!--<script` keep it from ending; no `<`, neither.
        let json = serde_json::to_string(self).unwrap_or_default().replace('<', "\\u003c");
        html! {
            figure.chart class=(self.class) id=(self.id) {
                figcaption {
                    @if !self.title.is_empty() { p.chart-title { (self.title) } }
                    p.chart-sentence { (self.sentence) }
                }
                eh-chart role="img" aria-label=(self.sentence) {
                    script type="application/json" { (PreEscaped(json)) }
                }
                details {
                    summary { (Icon::ChevronRight) "Show as table" }
                    div tabindex="0" role="region" aria-label={ "Table: " (self.title) } {
                        @if self.kind == "scatter" { (self.point_table()) } @else { (self.category_table()) }
                    }
                }
            }
        }
    }

    fn category_table(&self) -> Markup {
        let y = self.y.unit;
        html! {
            table.table.plain {
                caption.visually-hidden { (self.title) }
                thead { tr {
                    th scope="col" { (self.x.label) }
                    @for series in &self.series { th.end scope="col" { (series.name) } }
                } }
                tbody {
                    @for (index, category) in self.categories.iter().enumerate() {
                        tr {
                            th scope="row" { (category) }
                            @for series in &self.series {
                                @if series.shape == Shape::Band {
                                    td.end { (y.text(at(&series.lower, index))) " – " (y.text(at(&series.upper, index))) }
                                } @else {
                                    td.end { (y.text(at(&series.values, index))) }
                                }
                            }
                        }
                    }
                    @for mark in self.marks.iter().filter(|mark| mark.axis == "y") {
                        tr { th scope="row" { (mark.label) } td.end colspan=(self.series.len()) { (y.text(mark.at.as_f64())) } }
                    }
                }
            }
        }
    }

    fn point_table(&self) -> Markup {
        html! {
            table.table.plain {
                caption.visually-hidden { (self.title) }
                thead { tr {
                    th scope="col" { "Name" } th scope="col" { "Group" }
                    th.end scope="col" { (self.x.label) } th.end scope="col" { (self.y.label) }
                } }
                tbody {
                    @for series in &self.series { @for point in &series.points {
                        tr {
                            th scope="row" { @if let Some(href) = &point.href { a href=(href) { (point.label) } } @else { (point.label) } }
                            td { (series.name) }
                            td.end { (self.x.unit.text(Some(point.x))) }
                            td.end { (self.y.unit.text(Some(point.y))) }
                        }
                    } }
                }
            }
        }
    }
}

fn at(values: &[Option<f64>], index: usize) -> Option<f64> {
    values.get(index).copied().flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_says_what_the_drawing_shows_and_unknown_is_not_zero() {
        let html = Chart::new("fan", "Signed ARR", "Half a million is likely.")
            .over("Horizon", ["30 days", "60 days"])
            .y(Axis::new("ARR", Unit::money(Currency::USD)))
            .series(Series::band("5–95 %", [1.0, 2.0], [10.0, 20.5]))
            .series(Series::line("Mean", [f64::NAN, 11.25]))
            .mark("Goal", 400_000.0)
            .render()
            .into_string();
        assert!(html.contains("<td class=\"end\">$2.00 – $20.50</td>"), "{html}");
        assert!(html.contains("<td class=\"end\">unknown</td>") && html.contains("[null,11.25]"), "{html}");
        assert!(html.contains("$400,000.00"));
    }

    #[test]
    fn names_from_outside_cannot_leave_the_script_element() {
        for name in ["</script><script>alert(1)", "<!--<script>"] {
            let html = Chart::new("x", "T", "S").over("Name", [name]).render().into_string();
            assert!(!html.contains(name), "{html}");
            let data =
                html.split("application/json\">").nth(1).and_then(|rest| rest.split("</script>").next());
            let data: serde_json::Value = serde_json::from_str(data.expect("a script")).expect("still JSON");
            assert!(data.to_string().contains(name), "the name is the same once read: {data}");
        }
    }
}
