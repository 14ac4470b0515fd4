//! What has happened at the simulated operator before the demo's first start.

use std::collections::BTreeSet;

use growth::{
    Moment,
    metrics::{ClientId, VehicleId},
    outcome::OutcomeKind,
    owner::OwnerDraft,
    plan::ActionStatus,
    proposition::Sender,
    service::{Growth, NewOutcome, PlanRequest},
    settings::Settings,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use kernel::Actor;
use rust_decimal::Decimal;
use serde::Deserialize;

use super::{
    cannot,
    clients::{BEFORE, NOW},
};
use crate::{
    clock,
    exit::{During, Outcome},
};

const STORY: &str = include_str!("../../../../data/demo/story.toml");

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Story {
    goal_mrr: Decimal,
    correlation: f64,
    sender: Sender,
    owners: Vec<OwnerDraft>,
    plan: PlanPart,
    outcomes: Vec<OutcomePart>,
    propositions: Vec<PropositionPart>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PlanPart {
    days_ago: i64,
    late_every: usize,
    doing: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OutcomePart {
    client: String,
    days_ago: i64,
    kind: OutcomeKind,
    arr: Option<Decimal>,
    vehicle: Option<String>,
    note: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct PropositionPart {
    client: String,
    days_ago: i64,
    sent: bool,
}

/// Fills an empty hub, in the order in which things would have happened.
///
/// # Errors
/// When the store fails.
pub async fn tell(growth: &Growth) -> Outcome<()> {
    let story: Story = toml::from_str(STORY).during("read the demo's story")?;
    let (now, entropy) = (clock::now(), u128::from_le_bytes(clock::entropy()?));
    let mut teller = Teller { growth, now, today: now.to_zoned(TimeZone::UTC).date(), entropy };

    let month_before = teller.today - BEFORE_DAYS.days();
    let at = teller.on(month_before);
    let settings = Settings {
        goal_mrr: story.goal_mrr,
        correlation: story.correlation,
        sender: story.sender.clone(),
        ..Settings::default()
    };
    growth.save_settings(settings, &at).await.map_err(|error| cannot("save the demo's settings", error))?;
    for owner in &story.owners {
        let at = teller.on(month_before);
        growth.save_owner(None, owner, &at).await.map_err(|error| cannot("add the demo's owners", error))?;
    }
    let before = BEFORE.snapshot(teller.today)?;
    let at = teller.on(month_before);
    growth.import(before, &at).await.map_err(|error| cannot("import the demo's clients", error))?;
    // Before the plan, although some were decided after it was made: the plan then leaves out whom the team
    // had in hand already, and no action stays open for a client that has signed.
    for outcome in &story.outcomes {
        teller.outcome(outcome).await?;
    }
    teller.plan(&story.plan).await?;
    let present = NOW.snapshot(teller.today)?;
    let at = teller.on(teller.today);
    growth.import(present, &at).await.map_err(|error| cannot("import the demo's clients", error))?;
    for proposition in &story.propositions {
        teller.proposition(proposition).await?;
    }
    Ok(())
}

/// Days between the two snapshots.
const BEFORE_DAYS: i64 = 31;

struct Teller<'a> {
    growth: &'a Growth,
    now: Timestamp,
    today: Date,
    entropy: u128,
}

impl Teller<'_> {
    /// The circumstances of something that happened on `day`, at this time of day.
    fn on(&mut self, day: Date) -> Moment {
        // Far enough apart for every identifier that one change makes.
        self.entropy = self.entropy.wrapping_add(1 << 32);
        let days = day.until(self.today).map_or(0, |span| i64::from(span.get_days()));
        let now = self.now.checked_sub(SignedDuration::from_hours(24 * days)).unwrap_or(self.now);
        Moment { now, actor: Actor::new("demo (simulated)"), entropy: self.entropy }
    }

    async fn outcome(&mut self, part: &OutcomePart) -> Outcome<()> {
        let occurred_on = self.today - part.days_ago.days();
        let new = NewOutcome {
            client_id: ClientId::new(part.client.as_str()),
            occurred_on,
            kind: part.kind,
            arr: part.arr,
            vehicle: part.vehicle.as_deref().map(VehicleId::new),
            note: part.note.clone(),
        };
        let at = self.on(occurred_on);
        let recorded = self.growth.record_outcome(new, &at).await;
        recorded.map_err(|error| cannot("record the demo's outcomes", error))?;
        Ok(())
    }

    /// The plan, worked on until today: most of what was due is done, some stalled, some is being done.
    async fn plan(&mut self, part: &PlanPart) -> Outcome<()> {
        let start = self.today - part.days_ago.days();
        let at = self.on(start);
        let request = PlanRequest { starts_on: Some(start), ..PlanRequest::default() };
        let made = self.growth.generate_plan(&request, &at).await;
        let mut actions = made.map_err(|error| cannot("make the demo's plan", error))?.actions;
        actions.sort_by_key(|planned| (planned.action.due, planned.id));
        let due = actions.iter().filter(|planned| planned.action.due < self.today).count();
        let late: BTreeSet<usize> = (1..=due).filter(|place| place % part.late_every == 0).collect();
        for (place, planned) in (1..).zip(&actions).take(due + part.doing) {
            let status = match place {
                late_one if late.contains(&late_one) => continue,
                done if done <= due => ActionStatus::Done,
                _ => ActionStatus::Doing,
            };
            let at = self.on(planned.action.due.min(self.today));
            let set = self.growth.set_action_status(planned.id, status, &at).await;
            set.map_err(|error| cannot("tick the demo's actions off", error))?;
        }
        Ok(())
    }

    async fn proposition(&mut self, part: &PropositionPart) -> Outcome<()> {
        let (client, day) = (ClientId::new(part.client.as_str()), self.today - part.days_ago.days());
        let at = self.on(day);
        let drafted = self.growth.draft_proposition(&client, &at).await;
        let drafted = drafted.map_err(|error| cannot("draft the demo's propositions", error))?;
        if part.sent {
            let at = self.on(day);
            let sent = self.growth.mark_sent(drafted.summary.id, None, &at).await;
            sent.map_err(|error| cannot("send the demo's propositions", error))?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_story_speaks_of_clients_that_are_in_the_data() {
        let story: Story = toml::from_str(STORY).expect("valid");
        let snapshot = BEFORE.snapshot("2026-10-31".parse().expect("a date")).expect("valid");
        let known: BTreeSet<_> =
            snapshot.imported.clients.iter().map(|client| client.client_id.to_string()).collect();
        let named = story.outcomes.iter().map(|part| &part.client);
        for client in named.chain(story.propositions.iter().map(|part| &part.client)) {
            assert!(known.contains(client), "{client}");
        }
        let (won, lost): (Vec<_>, Vec<_>) =
            story.outcomes.iter().partition(|part| part.kind == OutcomeKind::Won);
        assert!(won.len() >= 3 && lost.len() >= 3, "both kinds, so that win rates show");
    }
}
