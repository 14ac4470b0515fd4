//! What a place says when it has nothing to show, something went wrong, or it is still coming: always with
//! what to do next.

use maud::{Markup, html};

use super::{Icon, Tone};
use crate::problem::Problem;

/// A link that leads on.
#[derive(Clone, Debug)]
pub struct Lead {
    label: String,
    href: String,
}

impl Lead {
    /// A link to `href`.
    pub fn new(label: impl Into<String>, href: impl Into<String>) -> Self {
        Self { label: label.into(), href: href.into() }
    }
}

/// Nothing here yet: why, and the ways on (the first is the main one).
pub fn empty(icon: Icon, title: &str, text: &str, leads: &[Lead]) -> Markup {
    html! {
        div.empty {
            (icon)
            h3 { (title) }
            p { (text) }
            @if !leads.is_empty() {
                div.cluster {
                    @for (index, lead) in leads.iter().enumerate() {
                        a.button.primary[index == 0] href=(lead.href) { (lead.label) }
                    }
                }
            }
        }
    }
}

/// Still coming; `what` is announced to screen readers. Lines stand in for the content.
pub fn loading(what: &str, lines: usize) -> Markup {
    html! {
        div.skeleton role="status" {
            span.visually-hidden { "Loading " (what) "…" }
            @for _ in 0..lines { span aria-hidden="true" {} }
        }
    }
}

/// A message within the page.
pub fn notice(tone: Tone, title: &str, body: Markup) -> Markup {
    let icon = tone_icon(tone);
    html! {
        div class={ "notice " (tone.class()) } role=[(tone == Tone::Bad).then_some("alert")] {
            (icon)
            div {
                p.notice-title { (title) }
                (body)
            }
        }
    }
}

/// A message that passes by. Rendered into the region `#toasts`, which screen readers watch.
pub fn toast(tone: Tone, text: &str) -> Markup {
    html! {
        div class={ "toast notice " (tone.class()) } {
            (tone_icon(tone))
            p data-text { (text) }
            button.button.quiet.small.icon-only type="button" data-dismiss aria-label="Dismiss" { (Icon::Close) }
        }
    }
}

/// What went wrong, as a whole page's content.
pub fn failure(problem: &Problem, request_id: &str) -> Markup {
    let status = problem.status();
    html! {
        section.card {
            div.empty {
                (Icon::Warning)
                h1 { (problem.kind().title()) }
                p { (problem.detail()) }
                @if !problem.errors().is_empty() {
                    ul { @for error in problem.errors() { li { strong { (error.field) } ": " (error.message) } } }
                }
                div.cluster {
                    a.button.primary href="/" { "Go to the start page" }
                    @if status.is_server_error() { a.button href="" { (Icon::Refresh) "Try again" } }
                }
                p.muted.tiny { "Status " (status.as_u16()) @if !request_id.is_empty() { " · request " code { (request_id) } } }
            }
        }
    }
}

fn tone_icon(tone: Tone) -> Icon {
    match tone {
        Tone::Good => Icon::Done,
        Tone::Warn => Icon::Warning,
        Tone::Bad => Icon::Alert,
        Tone::Plain | Tone::Accent | Tone::Info => Icon::Info,
    }
}
