//! What was said of the client before, and what was done.

use growth::plan::ActionStatus;
use maud::{Markup, html};

use super::Dossier;
use crate::{
    design::{Axis, Chart, Ink, Series, Tone, Unit, badge, format},
    viewer::Viewer,
};

impl Dossier<'_> {
    /// Readiness by snapshot, under the board's policy.
    pub(super) fn past(&self) -> Markup {
        let key = self.board.policy.key();
        let points: Vec<_> = self.history.iter().filter(|point| point.policy == *key).collect();
        let body = match points.as_slice() {
            [] => html! { p.small.secondary { "Nothing was recorded under this policy before." } },
            [only] => html! {
                p.small.secondary {
                    "First seen on " (format::day(only.as_of)) " with a readiness of " (format::number(only.score, 1))
                    ". The next import adds a point."
                }
            },
            [first, .., last] => {
                let change = last.score - first.score;
                let moved = match format::number(change.abs(), 1).as_str() {
                    "0" => "Readiness has not changed".to_owned(),
                    by => format!("Readiness {} by {by} points", if change > 0.0 { "rose" } else { "fell" }),
                };
                let sentence = format!(
                    "{moved} since {}: {} then, {} now.",
                    format::date(first.as_of),
                    format::number(first.score, 1),
                    format::number(last.score, 1)
                );
                let mut chart = Chart::new("client-history", "", sentence)
                    .over("Snapshot", points.iter().map(|point| format::date(point.as_of)))
                    .y(Axis::new("Readiness", Unit::Number).between(0.0, 100.0));
                if points.iter().any(|point| point.coverage < 1.0) {
                    let lower = points.iter().map(|point| point.detail.interval.lower);
                    let upper = points.iter().map(|point| point.detail.interval.upper);
                    chart =
                        chart.series(Series::band("Range for what is unknown", lower, upper).ink(Ink::Grey));
                }
                chart
                    .series(Series::line("Readiness", points.iter().map(|point| point.score)).ink(Ink::First))
                    .short()
                    .render()
            }
        };
        html! { div.section { (self.heading(html! { "Over time" })) (body) } }
    }

    /// Planned actions, outcomes, and the log.
    pub(super) fn work(&self, viewer: &Viewer) -> Markup {
        let nothing = self.actions.is_empty() && self.outcomes.is_empty() && self.activity.is_empty();
        html! {
            div.section {
                (self.heading(html! { "Actions and outcomes" }))
                @if nothing { p.small.secondary { "Nothing yet. A plan gives the client actions; “Record outcome” says how an offer ended." } }
                @if !self.actions.is_empty() {
                    ul.checks {
                        @for planned in &self.actions {
                            @let action = &planned.action;
                            li {
                                (badge(match action.status {
                                    ActionStatus::Planned => Tone::Plain,
                                    ActionStatus::Doing => Tone::Info,
                                    ActionStatus::Done => Tone::Good,
                                    ActionStatus::Skipped => Tone::Warn,
                                }, action.status.label()))
                                span { (action.kind) }
                                span.secondary.num { "due " (format::day(action.due)) }
                            }
                        }
                    }
                }
                @for outcome in self.outcomes.iter().rev() {
                    div.cluster {
                        (badge(if outcome.won() { Tone::Good } else { Tone::Bad }, outcome.kind.label()))
                        (format::day(outcome.occurred_on))
                        @if outcome.won() { strong.num { (format::money_whole(&outcome.arr)) " ARR" } }
                        @if let Some(predicted) = outcome.predicted_probability {
                            span.small.muted { "predicted " (format::percent(predicted, 0)) }
                        }
                        @if let Some(note) = &outcome.note { span.small.secondary { (note) } }
                    }
                }
                @if !self.activity.is_empty() {
                    ol.timeline {
                        @for event in &self.activity {
                            li { (event.actor) " " (event.sentence) br; (format::when(event.at, viewer.now)) }
                        }
                    }
                }
            }
        }
    }
}
