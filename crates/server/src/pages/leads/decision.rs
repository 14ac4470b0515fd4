//! The gate's decision on one message: what became of it, and what every step said.

use std::collections::BTreeMap;

use leads::{
    OutcomeKind,
    gate::{Call, Decision, Outcome, Purpose, Step},
};
use maud::{Markup, html};

use super::words;
use crate::design::{Icon, Tone, badge, facts, format};

/// What became of a message, without when, as a badge.
pub fn kind(kind: OutcomeKind) -> Markup {
    let tone = match kind {
        OutcomeKind::Send => Tone::Good,
        OutcomeKind::Wait => Tone::Info,
        OutcomeKind::Refuse => Tone::Bad,
        OutcomeKind::NeedsPerson => Tone::Warn,
    };
    badge(tone, kind_label(kind))
}

/// What became of a message, as people read it.
pub fn kind_label(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Send => "May be sent",
        OutcomeKind::Wait => "Has to wait",
        OutcomeKind::Refuse => "Refused",
        OutcomeKind::NeedsPerson => "Needs a person",
    }
}

/// A step as people read it.
pub fn step(step: Step) -> &'static str {
    match step {
        Step::Suspended => "Sender suspended",
        Step::A2p => "Registered with carriers",
        Step::OptOut => "Opt-outs",
        Step::DoNotDisturb => "Do not disturb",
        Step::Consent => "Consent",
        Step::DoNotCall => "Do not call",
        Step::QuietHours => "Quiet hours",
        Step::Frequency => "Frequency",
        Step::Wording => "Wording",
    }
}

/// The word of a step in addresses and files, as decisions are stored.
pub fn step_id(step: Step) -> &'static str {
    match step {
        Step::Suspended => "suspended",
        Step::A2p => "a2p",
        Step::OptOut => "opt_out",
        Step::DoNotDisturb => "do_not_disturb",
        Step::Consent => "consent",
        Step::DoNotCall => "do_not_call",
        Step::QuietHours => "quiet_hours",
        Step::Frequency => "frequency",
        Step::Wording => "wording",
    }
}

/// What a message is for.
pub fn purpose(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Marketing => "Marketing",
        Purpose::Reply => "Reply",
        Purpose::Sequence => "Workflow",
        Purpose::Notice => "Appointment",
    }
}

fn call(call: &Call) -> Markup {
    match call {
        Call::Pass => html! { span.good { (Icon::Done) } " Passed" },
        Call::Wait(until) => html! { span.info { (Icon::Clock) } " Wait until " (format::instant(*until)) },
        Call::Refuse => html! { span.bad { (Icon::Close) } " Refused" },
        Call::NeedsPerson => html! { span.warn { (Icon::Help) } " A person has to look" },
    }
}

/// The decision in a sentence.
pub fn sentence(decision: &Decision) -> String {
    let why = decision.deciding().map_or_else(
        || "Nothing is against it".to_owned(),
        |verdict| reason(Some(verdict.step), &verdict.reason),
    );
    match decision.outcome {
        Outcome::Wait(until) => words::sentence(&format!("{why}; not before {}", format::instant(until))),
        _ => words::sentence(&why),
    }
}

/// What a step said, with its name: alone it may say no more than "it is not known".
pub fn reason(of: Option<Step>, said: &str) -> String {
    of.map_or_else(|| said.to_owned(), |of| format!("{}: {said}", step(of)))
}

/// Every step in order: what it said, by which rule, from which facts.
pub fn steps(decision: &Decision) -> Markup {
    html! {
        ol.verdicts {
            @for verdict in &decision.verdicts {
                @let decides = decision.decided_by.as_deref() == Some(verdict.rule.as_str());
                li.decides[decides] {
                    div.cluster.between {
                        strong { (step(verdict.step)) @if decides { " " (badge(Tone::Accent, "Decided")) } }
                        span.small { (call(&verdict.call)) }
                    }
                    p.small { (words::sentence(&verdict.reason)) }
                    p.tiny.muted { "Rule " code { (verdict.rule) } ". " (verdict.source) }
                    (known(&verdict.facts))
                }
            }
        }
        @if !decision.versions.is_empty() {
            p.tiny.muted { "Tables used: " (decision.versions.iter().map(|(name, version)| format!("{name} {version}")).collect::<Vec<_>>().join(", ")) "." }
        }
    }
}

fn known(used: &BTreeMap<String, String>) -> Markup {
    if used.is_empty() {
        return html! {};
    }
    let rows: Vec<(&str, Markup)> =
        used.iter().map(|(name, value)| (name.as_str(), html! { (value) })).collect();
    html! { div.small { (facts(&rows)) } }
}
