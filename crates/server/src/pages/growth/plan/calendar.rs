//! The calendar: a month as a grid where there is room, as a list of days where there is not.

use std::collections::BTreeMap;

use growth::plan_record::PlannedAction;
use jiff::{ToSpan, civil::Date};
use maud::{Markup, html};

use super::{board, desk::Desk, task};
use crate::{
    design::{Address, Icon, empty, format},
    viewer::Viewer,
};

/// Actions shown in a day's cell before the rest is folded away.
const SHOWN_MAX: usize = 4;
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

/// The tab.
pub fn content(viewer: &Viewer, desk: &Desk) -> Markup {
    let address = &viewer.address.without("action");
    let first = address.get("month").and_then(month).unwrap_or_else(|| desk.today.first_of_month());
    let name = first.strftime("%B %Y").to_string();
    let owner = address.get("owner");
    let mut days: BTreeMap<Date, Vec<&PlannedAction>> = BTreeMap::new();
    for one in desk.actions_of(owner) {
        days.entry(one.action.due).or_default().push(one);
    }
    let within = |day: &Date| day.year() == first.year() && day.month() == first.month();
    let count: usize = days.iter().filter(|(day, _)| within(day)).map(|(_, list)| list.len()).sum();
    let to =
        |months: i32| address.with("month", first.saturating_add(months.months()).strftime("%Y-%m")).href();
    html! {
        div.cluster.between {
            div.cluster {
                a.button.small.icon-only href=(to(-1)) aria-label="Month before" { (Icon::ChevronLeft) }
                h2.month { (name) }
                a.button.small.icon-only href=(to(1)) aria-label="Month after" { (Icon::ChevronRight) }
                a.button.small href=(address.without("month").href()) { "Today" }
                span.muted.small role="status" { (format::counted(count, "action", "actions")) }
            }
            (board::owners(desk, address))
        }
        section.card.flush.month-grid {
            div.table-scroll tabindex="0" role="region" aria-label={ "Calendar of " (name) } {
                table.calendar {
                    caption.visually-hidden { "Actions due in " (name) ", one row per week" }
                    thead { tr { @for day in WEEKDAYS { th scope="col" { span.visually-hidden { (day) } span aria-hidden="true" { (day[..3]) } } } } }
                    tbody {
                        @for week in weeks(first) {
                            tr { @for day in week { (cell(desk, day, within(&day), days.get(&day), address)) } }
                        }
                    }
                }
            }
        }
        section.card.month-agenda {
            h2 { "Agenda of " (name) }
            @if count == 0 {
                (empty(Icon::Calendar, "A free month", "No action is due in this month.", &[]))
            }
            @for (day, list) in days.iter().filter(|(day, _)| within(day)) {
                h3.agenda-day { (day.strftime("%A").to_string()) ", " (format::day(*day)) @if *day == desk.today { " · today" } }
                ul.plain-list.stack.tight { @for one in list { li { (entry(desk, one, address, true)) } } }
            }
        }
    }
}

/// One day.
fn cell(desk: &Desk, day: Date, within: bool, list: Option<&Vec<&PlannedAction>>, here: &Address) -> Markup {
    let list = list.map_or(&[][..], Vec::as_slice);
    let (shown, rest) = list.split_at(list.len().min(SHOWN_MAX));
    let is_today = day == desk.today;
    html! {
        td.outside[!within].today[is_today] {
            time.day datetime=(day.to_string()) aria-current=[is_today.then_some("date")] {
                span.visually-hidden { (day.strftime("%A, %-d %B").to_string()) }
                span aria-hidden="true" { (day.day()) }
            }
            @if !list.is_empty() {
                ul.plain-list { @for one in shown { li { (entry(desk, one, here, false)) } } }
                @if !rest.is_empty() {
                    details.disclose {
                        summary { (Icon::ChevronRight) (rest.len()) " more" }
                        ul.plain-list { @for one in rest { li { (entry(desk, one, here, false)) } } }
                    }
                }
            }
        }
    }
}

/// One action, as short as it goes; `wide` says who does it, too.
fn entry(desk: &Desk, planned: &PlannedAction, here: &Address, wide: bool) -> Markup {
    let action = &planned.action;
    let owner = desk.owner_name(&action.owner);
    let state = if desk.is_overdue(planned) { "overdue" } else { action.status.id() };
    html! {
        a class={ "entry " (state) } href=(here.with("action", planned.id).href()) data-action-id=[wide.then_some(planned.id)]
            title={ (action.kind.label()) " for " (action.client_name) ", " (owner) ", " (task::hours(action.hours)) }
            hx-boost="true" hx-target="#drawer-slot" hx-select="#drawer-slot" hx-swap="outerHTML show:none" hx-push-url="true" {
            @if action.status == growth::plan::ActionStatus::Done { (Icon::Check) } @else { (task::icon(action.kind)) }
            span.entry-text {
                strong { (action.client_name) }
                " " (action.kind.label())
                @if wide { ", " (owner) ", " (task::hours(action.hours)) }
                span.visually-hidden { ", " (if state == "overdue" { "overdue" } else { action.status.label() }) }
            }
        }
    }
}

/// The weeks that a month touches, Monday first.
fn weeks(first: Date) -> Vec<[Date; 7]> {
    let mut monday = growth::plan::monday_of(first);
    let last = first.last_of_month();
    let mut weeks = Vec::new();
    while monday <= last && weeks.len() < 6 {
        weeks.push(std::array::from_fn(|index| {
            monday.saturating_add(i64::try_from(index).unwrap_or(0).days())
        }));
        monday = monday.saturating_add(7.days());
    }
    weeks
}

/// `2026-01` as its first day.
fn month(text: &str) -> Option<Date> {
    format!("{text}-01").parse().ok()
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_month_is_shown_in_whole_weeks_from_monday() {
        let february = weeks(date(2027, 2, 1));
        assert_eq!(
            (february.len(), february[0][0], february[3][6]),
            (4, date(2027, 2, 1), date(2027, 2, 28))
        );
        let august = weeks(date(2026, 8, 1));
        assert_eq!((august.len(), august[0][0], august[5][0]), (6, date(2026, 7, 27), date(2026, 8, 31)));
    }

    #[test]
    fn a_month_is_named_by_year_and_number() {
        assert_eq!(month("2026-01"), Some(date(2026, 1, 1)));
        for nonsense in ["", "2026", "2026-13", "x-1"] {
            assert_eq!(month(nonsense), None, "{nonsense}");
        }
    }
}
