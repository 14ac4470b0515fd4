//! The board: actions in columns, by status or by the plan's thirty-day periods.

use growth::{
    plan::{ActionStatus, Proof, monday_of},
    plan_record::{PlanRecord, PlannedAction},
};
use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};

use super::{desk::Desk, task};
use crate::{
    design::{Address, Icon, Kpi, Why, carry, empty, format, kpis},
    viewer::Viewer,
};

/// Days of one period of the plan.
const PERIOD_DAYS: i32 = 30;

/// The tab.
pub fn content(viewer: &Viewer, desk: &Desk) -> Markup {
    let Some(record) = &desk.plan else { return html! {} };
    let address = &viewer.address.without("action");
    let owner = address.get("owner");
    let by_period = address.get("by") == Some("period");
    let actions: Vec<&PlannedAction> = desk.actions_of(owner).collect();
    html! {
        (figures(desk, record))
        (tools(desk, address, by_period))
        @if actions.is_empty() {
            section.card {
                (empty(Icon::CalendarCheck, "Nothing to do", "Nobody has an action under this filter.",
                    &[crate::design::Lead::new("Show everybody", address.without("owner").href())]))
            }
        } @else if by_period { (periods(desk, record, &actions, address)) } @else { (statuses(desk, &actions, address)) }
    }
}

/// The plan in four figures.
fn figures(desk: &Desk, record: &PlanRecord) -> Markup {
    let plan = &record.plan;
    let currency = plan.currency.unwrap_or(desk.board.snapshot.currency);
    let money = |value: f64| {
        let amount = rust_decimal::Decimal::from_f64_retain(value).unwrap_or_default();
        format::money_compact(&kernel::Money::new(amount, currency))
    };
    let (done, all) = desk.done_of();
    let overdue = desk.actions().iter().filter(|one| desk.is_overdue(one)).count();
    let won: Vec<_> = desk
        .board
        .outcomes
        .iter()
        .filter(|one| one.won() && one.occurred_on >= plan.as_of && one.arr.currency() == currency)
        .collect();
    let lost = desk.board.outcomes.iter().filter(|one| !one.won() && one.occurred_on >= plan.as_of).count();
    let signed = kernel::Arr::new(won.iter().map(|one| one.arr.amount()).sum(), currency);
    let made = format!(
        "plan of {} for {} to {}; policy {}",
        format::instant(record.created_at),
        format::date(plan.as_of),
        format::date(plan.until),
        plan.policy
    );
    let share = if all == 0 { 0.0 } else { done as f64 / all as f64 };
    kpis(&[
        Kpi::new("Expected added ARR", html! { span.num { (money(plan.expected_arr)) } })
            .note(html! { "of at most " strong { (money(plan.bound)) } " with these hours: gap " (format::percent(plan.gap, 2)) })
            .why(
                Why::new("Σ added ARR × chance, over the clients taken up")
                    .input("Clients taken up", format::count(plan.engagements.len()))
                    .input("Upper bound", money(plan.bound))
                    .input("Gap to the bound", format::percent(plan.gap, 4))
                    .input("Proof", proof(plan.proof))
                    .source(made.clone()),
            ),
        Kpi::new("Actions done", html! { (format::count(done)) small { " of " (format::count(all)) } })
            .meter(share, crate::design::Tone::Accent)
            .note(html! { (format::percent(share, 0)) " of what is not skipped" })
            .why(Why::new("done / (planned + doing + done)").source(made.clone())),
        Kpi::new("Overdue", html! { (format::count(overdue)) })
            .note(html! { @if overdue == 0 { "Everything is on time" } @else { "Open with a day before " (format::day(desk.today)) } })
            .why(Why::new("planned or doing, due before today").input("Today", format::date(desk.today)).source(made)),
        Kpi::new("Won in this plan", html! { (format::count(won.len())) small { " of " (format::counted(won.len() + lost, "decision", "decisions")) } })
            .note(html! { strong { (format::money_compact(&signed)) } " added ARR signed" })
            .why(
                Why::new("outcomes recorded as won since the plan's first day")
                    .input("First day", format::date(plan.as_of))
                    .input("Lost", format::count(lost))
                    .source("recorded outcomes"),
            ),
    ])
}

/// How sure it is that no better plan exists.
pub fn proof(proof: Proof) -> &'static str {
    match proof {
        Proof::Optimal => "Proved: no plan within these hours expects more.",
        Proof::Heuristic => {
            "Not proved, there are too many choices: the gap is the most that can be missing."
        }
        Proof::Interrupted => "Not proved, the search ended first: the gap is the most that can be missing.",
    }
}

/// How the board is cut, and whose actions it shows.
fn tools(desk: &Desk, address: &Address, by_period: bool) -> Markup {
    html! {
        div.cluster.between {
            div.button-group role="group" aria-label="Columns" {
                a.button.small href=(address.without("by").href()) aria-current=[(!by_period).then_some("true")] { "By status" }
                a.button.small href=(address.with("by", "period").href()) aria-current=[by_period.then_some("true")] { "By 30, 60, 90 days" }
            }
            (owners(desk, address))
        }
    }
}

/// Chooses one owner, or everybody.
pub fn owners(desk: &Desk, address: &Address) -> Markup {
    let chosen = address.get("owner");
    html! {
        form.cluster method="get" action=(address.path()) data-autosubmit {
            (carry(address.without("owner").pairs()))
            label.visually-hidden for="owner" { "Owner" }
            select.select.fit id="owner" name="owner" {
                option value="" { "Everybody" }
                @for owner in &desk.owners {
                    @let id = owner.id.to_string();
                    option value=(id) selected[chosen == Some(id.as_str())] { (owner.name) }
                }
            }
            button.button.small.no-js-only { "Show" }
        }
    }
}

/// Columns by status; within them by when it is due, or was done.
fn statuses(desk: &Desk, actions: &[&PlannedAction], here: &Address) -> Markup {
    html! {
        div.lanes {
            @for status in ActionStatus::ALL {
                @let mine: Vec<&PlannedAction> =
                    actions.iter().copied().filter(|one| one.action.status == *status).collect();
                section.lane aria-label=(status.label()) {
                    (head(status.label(), &mine))
                    @if mine.is_empty() { p.lane-empty { (nothing(*status)) } }
                    @for group in groups(desk, *status, &mine) { (group.render(desk, here, false)) }
                }
            }
        }
    }
}

/// Columns by thirty days; each card says its status.
fn periods(desk: &Desk, record: &PlanRecord, actions: &[&PlannedAction], here: &Address) -> Markup {
    let plan = &record.plan;
    let days = (plan.until - plan.as_of).get_days().max(1);
    let count = (days / PERIOD_DAYS).clamp(1, 12);
    let place = |due: Date| ((due - plan.as_of).get_days() - 1).max(0).div_euclid(PERIOD_DAYS).min(count - 1);
    html! {
        div.lanes {
            @for period in 0..count {
                @let from = period * PERIOD_DAYS + 1;
                @let last = if period + 1 == count { days } else { (period + 1) * PERIOD_DAYS };
                @let label = format!("Days {from}–{last}");
                @let mine: Vec<&PlannedAction> =
                    actions.iter().copied().filter(|one| place(one.action.due) == period).collect();
                @let (ended, open): (Vec<_>, Vec<_>) = mine.iter().copied().partition(|one| !one.action.status.is_open());
                section.lane aria-label=(label) {
                    (head(&label, &mine))
                    p.lane-note {
                        "until " (format::day(plan.as_of.saturating_add(i64::from(last).days())))
                    }
                    @if mine.is_empty() { p.lane-empty { "Nothing falls into these days." } }
                    (Group { title: "Open", folded: false, tasks: open }.render(desk, here, true))
                    (Group { title: "Done or skipped", folded: true, tasks: ended }.render(desk, here, true))
                }
            }
        }
    }
}

fn head(label: &str, tasks: &[&PlannedAction]) -> Markup {
    let total: f64 = tasks.iter().map(|one| one.action.hours).sum();
    html! {
        div.lane-head {
            h2 { (label) " " span.count { (tasks.len()) } }
            span.muted.small.num { (task::hours(total)) }
        }
    }
}

fn nothing(status: ActionStatus) -> &'static str {
    match status {
        ActionStatus::Planned => "Everything has begun.",
        ActionStatus::Doing => "Start an action and it comes here.",
        ActionStatus::Done => "Nothing done yet.",
        ActionStatus::Skipped => "Nothing was skipped.",
    }
}

/// Cards under one heading.
struct Group<'a> {
    title: &'static str,
    folded: bool,
    tasks: Vec<&'a PlannedAction>,
}

impl Group<'_> {
    fn render(&self, desk: &Desk, here: &Address, shows_status: bool) -> Markup {
        let cards = html! {
            ul.tasks { @for one in &self.tasks { (task::card(desk, one, here, shows_status)) } }
        };
        html! {
            @if self.tasks.is_empty() {}
            @else if self.folded {
                details.disclose.lane-group {
                    summary { (Icon::ChevronRight) (self.title) " " span.count { (self.tasks.len()) } }
                    (cards)
                }
            } @else {
                h3.lane-group-title { (self.title) " " span.muted { (self.tasks.len()) } }
                (cards)
            }
        }
    }
}

/// A status' actions by how soon they matter. What matters later is folded away.
fn groups<'a>(desk: &Desk, status: ActionStatus, tasks: &[&'a PlannedAction]) -> Vec<Group<'a>> {
    let monday = monday_of(desk.today);
    let (next, after) = (monday.saturating_add(7.days()), monday.saturating_add(14.days()));
    let pick = |keep: &dyn Fn(Date) -> bool,
                day: &dyn Fn(&PlannedAction) -> Option<Date>|
     -> Vec<&'a PlannedAction> {
        tasks.iter().copied().filter(|one| day(one).is_some_and(keep)).collect()
    };
    let due = |one: &PlannedAction| Some(one.action.due);
    match status {
        ActionStatus::Planned | ActionStatus::Doing => {
            let today = desk.today;
            vec![
                Group { title: "Overdue", folded: false, tasks: pick(&|day| day < today, &due) },
                Group {
                    title: "This week",
                    folded: false,
                    tasks: pick(&|day| today <= day && day < next, &due),
                },
                Group {
                    title: "Next week",
                    folded: false,
                    tasks: pick(&|day| next.max(today) <= day && day < after, &due),
                },
                Group {
                    title: "Later",
                    folded: status == ActionStatus::Planned,
                    tasks: pick(&|day| day >= after, &due),
                },
            ]
        }
        ActionStatus::Done => {
            let mut recent = pick(&|day| day >= monday, &|one| one.action.done_on);
            let mut earlier = pick(&|day| day < monday, &|one| one.action.done_on);
            for group in [&mut recent, &mut earlier] {
                group.sort_by_key(|one| std::cmp::Reverse(one.action.done_on));
            }
            vec![
                Group { title: "This week", folded: false, tasks: recent },
                Group { title: "Earlier", folded: true, tasks: earlier },
            ]
        }
        ActionStatus::Skipped => vec![Group { title: "Skipped", folded: true, tasks: tasks.to_vec() }],
    }
}
