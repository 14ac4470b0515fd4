//! Cards, figures with their reasons, tabs and the drawer.

use maud::{Markup, html};

use super::{Icon, Tone};

/// A titled surface. `actions` stand at the right of the title.
pub fn card(title: &str, note: Option<&str>, actions: Markup, body: Markup) -> Markup {
    html! {
        section.card {
            (head(title, note, actions))
            (body)
        }
    }
}

/// A titled surface whose body reaches its edges: for tables.
pub fn flush_card(title: &str, note: Option<&str>, actions: Markup, body: Markup) -> Markup {
    html! {
        section.card.flush {
            (head(title, note, actions))
            (body)
        }
    }
}

fn head(title: &str, note: Option<&str>, actions: Markup) -> Markup {
    html! {
        div.card-head {
            div {
                h2 { (title) }
                @if let Some(note) = note { p.card-note { (note) } }
            }
            (actions)
        }
    }
}

/// Where a number comes from: its formula, what went in, and from where.
#[derive(Clone, Debug, Default)]
pub struct Why {
    formula: String,
    inputs: Vec<(String, String)>,
    source: String,
}

impl Why {
    /// A number made by `formula`, in words or symbols.
    pub fn new(formula: impl Into<String>) -> Self {
        Self { formula: formula.into(), ..Self::default() }
    }

    /// One thing that went in, with its value.
    #[must_use]
    pub fn input(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.inputs.push((name.into(), value.into()));
        self
    }

    /// The file, snapshot and policy version it comes from.
    #[must_use]
    pub fn source(mut self, source: impl Into<String>) -> Self {
        self.source = source.into();
        self
    }

    /// A small button that opens the reasons of `what`.
    pub fn render(&self, what: &str) -> Markup {
        html! {
            details.menu.why {
                summary aria-label={ "Why: " (what) } title="Where this comes from" { (Icon::Info) }
                div.menu-panel {
                    p.why-title { (what) }
                    p.formula { (self.formula) }
                    @if !self.inputs.is_empty() {
                        dl.facts { @for (name, value) in &self.inputs { dt { (name) } dd { (value) } } }
                    }
                    @if !self.source.is_empty() { p.muted.tiny { "Source: " (self.source) } }
                }
            }
        }
    }
}

/// One figure with its reasons.
#[derive(Clone, Debug)]
pub struct Kpi {
    label: String,
    value: Markup,
    note: Option<Markup>,
    meter: Option<(f64, Tone)>,
    why: Option<Why>,
}

impl Kpi {
    /// A figure; `value` is made by [`super::format`].
    pub fn new(label: impl Into<String>, value: Markup) -> Self {
        Self { label: label.into(), value, note: None, meter: None, why: None }
    }

    /// A line below: a comparison, a caveat, a change.
    #[must_use]
    pub fn note(mut self, note: Markup) -> Self {
        self.note = Some(note);
        self
    }

    /// A bar of `fraction` (0-1).
    #[must_use]
    pub fn meter(mut self, fraction: f64, tone: Tone) -> Self {
        self.meter = Some((fraction, tone));
        self
    }

    /// Where it comes from.
    #[must_use]
    pub fn why(mut self, why: Why) -> Self {
        self.why = Some(why);
        self
    }

    /// The card.
    pub fn render(&self) -> Markup {
        html! {
            div.kpi {
                div.kpi-label {
                    span { (self.label) }
                    @if let Some(why) = &self.why { (why.render(&self.label)) }
                }
                p.kpi-value { (self.value) }
                @if let Some((fraction, tone)) = self.meter { (super::badge::meter(fraction, 1.0, tone)) }
                @if let Some(note) = &self.note { p.kpi-note { (note) } }
            }
        }
    }
}

/// Figures side by side.
pub fn kpis(figures: &[Kpi]) -> Markup {
    html! { div.kpis { @for figure in figures { (figure.render()) } } }
}

/// A change against before: arrow, sign and colour. `good_is_up` says which way is welcome.
pub fn delta(change: f64, digits: u32, unit: &str, good_is_up: bool) -> Markup {
    let text = super::format::signed(change, digits);
    let unmoved = text == "0";
    let class = match (unmoved, (change > 0.0) == good_is_up) {
        (true, _) => "muted",
        (false, true) => "good",
        (false, false) => "bad",
    };
    html! {
        span class={ "delta " (class) } {
            @if !unmoved { @if change > 0.0 { (Icon::ArrowUp) } @else { (Icon::ArrowDown) } }
            (text) (unit)
        }
    }
}

/// Names with values, one per line.
pub fn facts(rows: &[(&str, Markup)]) -> Markup {
    html! { dl.facts { @for (name, value) in rows { dt { (name) } dd { (value) } } } }
}

/// One tab: a link, because a tab is an address.
#[derive(Clone, Debug)]
pub struct Tab {
    /// What it says.
    pub label: String,
    /// Where it leads.
    pub href: String,
    /// Whether it is the one shown.
    pub current: bool,
}

/// Tabs of one subject; `label` names them for screen readers.
pub fn tabs(label: &str, tabs: &[Tab]) -> Markup {
    html! {
        nav.tabs aria-label=(label) {
            @for tab in tabs { a href=(tab.href) aria-current=[tab.current.then_some("page")] { (tab.label) } }
        }
    }
}

/// The panel with the details of one row. It has an address of its own: opening it adds a parameter,
/// `close_href` is the address without. Give it to [`super::Page::drawer`].
pub fn drawer(row: &str, title: &str, subtitle: Markup, close_href: &str, body: Markup) -> Markup {
    html! {
        dialog.drawer open aria-labelledby="drawer-title" data-close-href=(close_href) data-opened-by=(row) {
            div.drawer-head {
                div {
                    h2 #drawer-title tabindex="-1" { (title) }
                    div.cluster { (subtitle) }
                }
                a.button.quiet.icon-only href=(close_href) data-dialog-close aria-label="Close details" { (Icon::Close) }
            }
            div.drawer-body { (body) }
        }
    }
}

/// Something folded away until asked for.
pub fn disclose(summary: &str, body: Markup) -> Markup {
    html! { details.disclose { summary { (Icon::ChevronRight) (summary) } (body) } }
}

/// A line of small bars: parts of a whole with a name and a number each.
pub fn bars(rows: &[(Markup, f64, String, Tone)]) -> Markup {
    let whole = rows.iter().map(|row| row.1).fold(0.0, f64::max);
    html! {
        div.bars {
            @for (name, value, text, tone) in rows {
                div.bar-row { span { (name) } (super::badge::meter(*value, whole, *tone)) span.num { (text) } }
            }
        }
    }
}

/// A line drawn by the server, for a figure's recent past. `sentence` says what it shows.
pub fn sparkline(values: &[f64], sentence: &str) -> Markup {
    let (low, high) =
        values.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), v| (low.min(*v), high.max(*v)));
    let span = if high > low { high - low } else { 1.0 };
    let step = 100.0 / (values.len().max(2) - 1) as f64;
    let points: Vec<String> = values
        .iter()
        .enumerate()
        .map(|(index, value)| format!("{:.2},{:.2}", index as f64 * step, 22.0 - (value - low) / span * 20.0))
        .collect();
    html! {
        svg.sparkline viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label=(sentence) {
            polyline points=(points.join(" ")) fill="none" stroke="currentColor" stroke-width="1.6"
                vector-effect="non-scaling-stroke" stroke-linejoin="round" {}
        }
    }
}
