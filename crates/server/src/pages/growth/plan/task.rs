//! One action as the board shows it: a card with what can be done about it.

use growth::{plan::ActionStatus, plan_record::PlannedAction, playbook::ActionKind};
use maud::{Markup, html};

use super::desk::Desk;
use crate::{
    design::{Address, Icon, Tone, badge, format, tier},
    pages::growth::frame,
};

/// The icon of a kind of action.
pub fn icon(kind: ActionKind) -> Icon {
    match kind {
        ActionKind::NurtureSequence => Icon::Mail,
        ActionKind::DiscoveryCall => Icon::Search,
        ActionKind::ExecutivePresentation => Icon::Monitor,
        ActionKind::CustomProposal => Icon::FileText,
        ActionKind::FollowUp => Icon::Clock,
        ActionKind::ContractReview => Icon::Pencil,
    }
}

/// The badge of a status.
pub fn status(status: ActionStatus) -> Markup {
    let (tone, icon) = match status {
        ActionStatus::Planned => (Tone::Plain, Icon::Calendar),
        ActionStatus::Doing => (Tone::Info, Icon::Play),
        ActionStatus::Done => (Tone::Good, Icon::Check),
        ActionStatus::Skipped => (Tone::Plain, Icon::Close),
    };
    html! { span class={ "badge " (tone.class()) } { (icon) (status.label()) } }
}

/// Hours as a person says them.
pub fn hours(value: f64) -> String {
    format!("{} h", format::number(value, 1))
}

/// The day, with a word when it has passed.
pub fn due(desk: &Desk, planned: &PlannedAction) -> Markup {
    html! {
        @if desk.is_overdue(planned) {
            span.bad.strong { (Icon::Alert) " " (format::day(planned.action.due)) " overdue" }
        } @else { (format::day(planned.action.due)) }
    }
}

/// The letters that stand for an owner.
pub fn initials(name: &str) -> String {
    let words = name.split_whitespace().filter_map(|word| word.chars().next());
    words.take(2).flat_map(char::to_uppercase).collect()
}

/// Where a client's outcome is recorded, and back to `here`.
pub fn outcome_href(client: &growth::metrics::ClientId, here: &Address) -> String {
    Address::at(format!("{}/outcomes/new", frame::client_href(client))).with("back", here.href()).href()
}

/// The card. `shows_status` where the column does not say it.
pub fn card(desk: &Desk, planned: &PlannedAction, here: &Address, shows_status: bool) -> Markup {
    let action = &planned.action;
    let owner = desk.owner_name(&action.owner);
    html! {
        li.task id={ "task-" (planned.id) } data-action-id=(planned.id) data-row=(planned.id) {
            div.task-head {
                a.task-name.row-link href=(here.with("action", planned.id).href())
                    hx-boost="true" hx-target="#drawer-slot" hx-select="#drawer-slot" hx-swap="outerHTML show:none" hx-push-url="true" {
                    (action.client_name)
                }
                @if let Some(of) = desk.tier(&action.client_id) { (tier(of)) }
            }
            p.task-kind { (icon(action.kind)) span { (action.kind.label()) } @if shows_status { (status(action.status)) } }
            p.task-facts {
                span { (due(desk, planned)) }
                span.num { (hours(action.hours)) }
                span.task-owner { span.avatar.tiny aria-hidden="true" { (initials(&owner)) } (owner) }
            }
            @if let Some(outcome) = desk.outcome(&action.client_id) {
                p.task-facts {
                    @if outcome.won() {
                        (badge(Tone::Good, &format!("Won {} ARR", format::money_compact(&outcome.arr))))
                    } @else { (badge(Tone::Plain, "Lost")) }
                }
            }
            @if !planned.note.is_empty() { p.task-note { (planned.note) } }
            div.task-foot {
                (moves(planned, here))
                @if action.status.is_open() && desk.outcome(&action.client_id).is_none() {
                    a.button.quiet.small.push href=(outcome_href(&action.client_id, here))
                        aria-label={ "Record outcome of " (action.client_name) } { "Outcome" }
                }
            }
        }
    }
}

/// The moves that make sense from where the action stands, as one form.
fn moves(planned: &PlannedAction, here: &Address) -> Markup {
    let steps: &[(ActionStatus, &str)] = match planned.action.status {
        ActionStatus::Planned => &[(ActionStatus::Doing, "Start"), (ActionStatus::Done, "Done")],
        ActionStatus::Doing => &[(ActionStatus::Done, "Done"), (ActionStatus::Planned, "Put back")],
        ActionStatus::Done | ActionStatus::Skipped => &[(ActionStatus::Planned, "Reopen")],
    };
    let what = format!("{} for {}", planned.action.kind.label().to_lowercase(), planned.action.client_name);
    html! {
        form.cluster method="post" action={ "/growth/plan/actions/" (planned.id) "/status" }
            hx-post={ "/growth/plan/actions/" (planned.id) "/status" }
            hx-target="#plan" hx-select="#plan" hx-swap="outerMorph" hx-select-oob="#toasts:beforeend" {
            input type="hidden" name="back" value=(here.href());
            @for (status, label) in steps {
                button.button.small name="status" value=(status.id()) aria-label={ (label) ": " (what) } {
                    @if *status == ActionStatus::Done { (Icon::Check) }
                    (label)
                }
            }
        }
    }
}
