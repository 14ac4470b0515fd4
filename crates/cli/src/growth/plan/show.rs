//! The current plan on paper.

use std::collections::BTreeMap;

use clap::Args;
use growth::plan_record::{PlanRecord, PlannedAction};

use super::owner;
use crate::{
    exit::{During, Failure, Outcome, Status},
    hub::Hub,
    output::{Answer, Output},
    table::{Align, Cell, Table, grouped},
};

/// Which actions to show.
#[derive(Debug, Default, Args)]
pub(super) struct Filter {
    /// Only what is still to be done
    #[arg(long)]
    open: bool,
    /// Only one owner's, by e-mail
    #[arg(long, value_name = "EMAIL")]
    owner: Option<String>,
}

/// Shows the plan made last.
pub(super) async fn current(hub: &Hub, filter: &Filter, out: &Output) -> Outcome {
    let plan = hub.growth.current_plan().await.during("read the current plan")?.ok_or_else(|| {
        Failure::new("there is no plan yet").advise("`ehub growth plan generate` makes one")
    })?;
    let owner = match &filter.owner {
        Some(email) => Some(owner::by_email(hub, email).await?.id.to_string()),
        None => None,
    };
    let names = names(hub).await?;
    let mut table = table();
    for planned in &plan.actions {
        let action = &planned.action;
        let wanted = owner.as_deref().is_none_or(|owner| owner == action.owner.as_str());
        if wanted && (!filter.open || action.status.is_open()) {
            table.row(row(planned, &names));
        }
    }
    summarise(&plan, &mut table);
    out.answer(&Answer { json: plan, table })?;
    Ok(Status::Done)
}

/// Shows some actions.
pub(super) async fn actions(hub: &Hub, actions: Vec<PlannedAction>, out: &Output) -> Outcome<()> {
    let names = names(hub).await?;
    let mut table = table();
    for planned in &actions {
        table.row(row(planned, &names));
    }
    out.answer(&Answer { json: actions, table })
}

/// Owners' names by identifier.
async fn names(hub: &Hub) -> Outcome<BTreeMap<String, String>> {
    Ok(owner::owners(hub).await?.into_iter().map(|owner| (owner.id.to_string(), owner.name)).collect())
}

fn table() -> Table {
    Table::new(&[
        ("action", Align::Left),
        ("due", Align::Left),
        ("owner", Align::Left),
        ("kind", Align::Left),
        ("client_id", Align::Left),
        ("client_name", Align::Left),
        ("hours", Align::Right),
        ("status", Align::Left),
        ("note", Align::Left),
    ])
}

fn row(planned: &PlannedAction, names: &BTreeMap<String, String>) -> Vec<Cell> {
    let action = &planned.action;
    vec![
        Cell::text(planned.id),
        Cell::text(action.due),
        Cell::text(names.get(action.owner.as_str()).map_or(action.owner.as_str(), String::as_str)),
        Cell::text(action.kind.id()),
        Cell::text(&action.client_id),
        Cell::text(&action.client_name),
        Cell::number(action.hours, 1),
        Cell::text(action.status.id()),
        Cell::text(&planned.note),
    ]
}

fn summarise(record: &PlanRecord, table: &mut Table) {
    let plan = &record.plan;
    table.note(format!(
        "{} to {}: {} clients taken up, {} left out; expected ARR {}, gap to the optimum at most {:.2} %.",
        plan.as_of,
        plan.until,
        plan.engagements.len(),
        plan.left_out.len(),
        grouped(plan.expected_arr, 0),
        plan.gap * 100.0
    ));
    for month in &plan.targets {
        table.note(format!(
            "{} to {}: {} calls, {} presentations, {} proposals, {} follow-ups; {} contracts, ARR {} expected.",
            month.from,
            month.until,
            month.calls,
            month.presentations,
            month.proposals,
            month.follow_ups,
            grouped(month.contracts, 1),
            grouped(month.arr, 0)
        ));
    }
}
