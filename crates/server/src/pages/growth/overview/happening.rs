//! What is due, and what has happened.

use growth::{Board, activity::GrowthEvent, plan_record::PlanRecord, ranking};
use jiff::{civil::Date, tz::TimeZone};
use maud::{Markup, html};

use crate::{
    design::{Address, Icon, Tone, badge, card, format},
    viewer::Viewer,
};

/// Entries of the log shown.
pub const ACTIVITY_SHOWN: usize = 8;
/// Actions shown.
const ACTIONS_SHOWN: usize = 7;

/// Something to do for a client.
struct Due {
    on: Date,
    client: String,
    id: String,
    what: String,
    late: bool,
}

/// The next actions: the plan's, or before there is one, what the policy suggests for those at the top.
pub fn due(viewer: &Viewer, board: &Board, plan: Option<&PlanRecord>) -> Markup {
    let today = viewer.now.to_zoned(TimeZone::UTC).date();
    let (note, link, rows) = match plan {
        Some(plan) => ("From the plan", ("/growth/plan", "Open the plan"), planned(plan, today)),
        None => (
            "What the policy suggests for the top of the list",
            ("/growth/plan", "Make a plan"),
            suggested(board, today),
        ),
    };
    let link = html! { a.small href=(link.0) { (link.1) (Icon::ChevronRight) } };
    card(
        "Next actions",
        Some(note),
        link,
        html! {
            @if rows.is_empty() { p.small.secondary { "Nothing is due." } }
            ul.moves {
                @for row in &rows {
                    li {
                        a href=(Address::at("/growth/opportunities").with("client", &row.id).href()) { (row.client) }
                        span.push.small { @if row.late { (badge(Tone::Bad, "late")) " " } (format::day(row.on)) }
                        span.move-what { span.small.secondary { (row.what) } }
                    }
                }
            }
        },
    )
}

fn planned(plan: &PlanRecord, today: Date) -> Vec<Due> {
    let open = plan.actions.iter().filter(|planned| planned.action.status.is_open());
    let mut rows: Vec<Due> = open
        .map(|planned| Due {
            on: planned.action.due,
            client: planned.action.client_name.to_string(),
            id: planned.action.client_id.to_string(),
            what: planned.action.kind.to_string(),
            late: planned.action.due < today,
        })
        .collect();
    rows.sort_by_key(|row| row.on);
    rows.truncate(ACTIONS_SHOWN);
    rows
}

fn suggested(board: &Board, today: Date) -> Vec<Due> {
    let top = ranking::top(&board.pairs(), &board.policy, board.policy.document().ranking.limit);
    let mut rows: Vec<Due> = top
        .iter()
        .filter_map(|ranked| {
            let assessment = &board.assessments[ranked.index];
            let on = assessment.next_action_due()?;
            Some(Due {
                on,
                client: board.clients[ranked.index].client_name.to_string(),
                id: ranked.client_id.to_string(),
                what: assessment.next_action.to_string(),
                late: on < today,
            })
        })
        .collect();
    rows.sort_by_key(|row| row.on);
    rows.truncate(ACTIONS_SHOWN);
    rows
}

/// The log, the newest first.
pub fn activity(viewer: &Viewer, events: &[GrowthEvent]) -> Markup {
    html! {
        @if events.is_empty() { p.small.secondary { "Nothing has happened yet." } }
        ol.timeline {
            @for event in events {
                li { span.small { (event.actor) " " (event.sentence) } br; (format::when(event.at, viewer.now)) }
            }
        }
    }
}
