//! How full everybody's weeks are now: the plan's capacity against the actions as they stand.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::{Action, ActionStatus, OwnerId, Plan, monday_of};

/// A week of an owner.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct WeekWork {
    /// The owner.
    pub owner: OwnerId,
    /// Monday of the week.
    pub week: Date,
    /// Hours there are: as the plan counted them, else the weekly hours.
    pub capacity_hours: f64,
    /// Hours of done actions that were due in the week.
    pub done_hours: f64,
    /// Hours still to be spent on actions due in the week.
    pub open_hours: f64,
}

impl WeekWork {
    /// Hours beyond what there is; zero while they fit.
    pub fn excess_hours(&self) -> f64 {
        (self.done_hours + self.open_hours - self.capacity_hours).max(0.0)
    }
}

/// Every week that the plan covers or that has actions, per owner in the order given, by week. Actions that
/// were given to somebody else or moved since the plan was made count where they are now; skipped ones do not
/// count. `owners` has the hours of a full week.
pub fn workload(plan: &Plan, actions: &[Action], owners: &[(OwnerId, f64)]) -> Vec<WeekWork> {
    let mut weeks: BTreeMap<(usize, Date), WeekWork> = BTreeMap::new();
    let place = |id: &OwnerId| owners.iter().position(|(known, _)| known == id);
    let empty = |owner: &OwnerId, week, capacity_hours| WeekWork {
        owner: owner.clone(),
        week,
        capacity_hours,
        done_hours: 0.0,
        open_hours: 0.0,
    };
    // The weeks in which the plan has working days.
    let covered: BTreeSet<Date> = plan.load.iter().map(|load| load.week).collect();
    for week in covered {
        for (index, (owner, weekly_hours)) in owners.iter().enumerate() {
            let counted = plan.load.iter().find(|load| load.owner == *owner && load.week == week);
            let capacity = counted.map_or(*weekly_hours, |load| load.capacity_hours);
            weeks.insert((index, week), empty(owner, week, capacity));
        }
    }
    for action in actions {
        let Some(index) = place(&action.owner) else { continue };
        let (owner, weekly_hours) = &owners[index];
        let week = monday_of(action.due);
        let work = weeks.entry((index, week)).or_insert_with(|| empty(owner, week, *weekly_hours));
        match action.status {
            ActionStatus::Done => work.done_hours += action.hours,
            ActionStatus::Planned | ActionStatus::Doing => work.open_hours += action.hours,
            ActionStatus::Skipped => {}
        }
    }
    weeks.into_values().collect()
}
