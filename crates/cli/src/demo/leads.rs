//! What the leads of the demo's markets did, who calls them, and what was said and asked about them.

mod former;
mod past;

use std::collections::BTreeMap;

use contacts::{Contact, ListQuery, PAGE_MAX, Sight};
use jiff::{SignedDuration, Timestamp, civil::time};
use kernel::{MarketRole, Moment, PersonId, Ulid};
use leads::{
    AgentSettings, BasisKind, Channel, Draft, Inbound, NewBasis, ToldBy, WorkingDay,
    gate::{A2p, DoNotDisturb, Purpose},
    policy::LEADS_TOML,
};
use markets::{Market, Pipeline};
use tabular::Hint;

use super::markets::moment;
use crate::{
    exit::{During, Failure, Outcome},
    hub::Hub,
};

/// Markets whose leads have a past; those of the others came with the import and did nothing yet.
const LIVELY: [&str; 2] = ["cascade", "lagoon"];

/// The market whose team brought the leads that it had worked through before: there a model can be trained.
const GROWN: &str = "lagoon";

/// Leads that are scored at once.
const BATCH: usize = 1_000;

/// What somebody of the team knows better: the how-manieth lead, the chance, why.
const WORDS: [(usize, f64, &str); 3] = [
    (7, 0.62, "Met them at the open house; they asked for the floor plan and a second viewing."),
    (15, 0.04, "Bought elsewhere last week and keeps looking out of habit."),
    (22, 0.45, "Their lender called: the approval comes through on Friday."),
];

/// What somebody wrote: the how-manieth lead, the words. The third is no wish for silence.
const HEARD: [(usize, &str); 3] =
    [(11, "STOP"), (18, "Please take me off your list"), (25, "Is the bus stop near the house?")];

/// What was to be sent: the how-manieth lead, the channel, what for, the words.
const DRAFTS: [(usize, Channel, Purpose, &str); 10] = [
    (
        0,
        Channel::Email,
        Purpose::Reply,
        "Thank you for asking about the house on Lantern Road. Saturday at ten is free.",
    ),
    (1, Channel::Email, Purpose::Marketing, "Three homes like the one you saved came up this week."),
    (3, Channel::Sms, Purpose::Marketing, "A home like the one you saved is open on Sunday."),
    (5, Channel::Voice, Purpose::Marketing, ""),
    (11, Channel::Sms, Purpose::Marketing, "Still looking for a home with a garden?"),
    (11, Channel::Email, Purpose::Marketing, "Still looking for a home with a garden?"),
    (18, Channel::Sms, Purpose::Marketing, "We have new homes in your range."),
    (20, Channel::Email, Purpose::Marketing, "A quiet street, perfect for a young family without children."),
    (25, Channel::Sms, Purpose::Reply, "The bus stops at the corner, two minutes on foot."),
    (
        30,
        Channel::Email,
        Purpose::Marketing,
        "Prices in your area fell by two percent since you last looked.",
    ),
];

/// Gives the leads of a market their past, and lets them be scored.
///
/// # Errors
/// When the store fails.
pub async fn tell(hub: &Hub, market: &Market, agents: &[(Ulid, MarketRole)]) -> Outcome<()> {
    if !LIVELY.contains(&market.name().as_str()) {
        return Ok(());
    }
    let doing = format!("tell of the leads of {}", market.name());
    let at = moment()?;
    let people = people(hub, market).await?;
    let pipelines = market.pipelines().await.during(&doing)?;
    // A team as small as the demo's market: else every lead would be one that it can call.
    let policy =
        LEADS_TOML.replace("calls_per_day = 20", "calls_per_day = 8").replace("days = 5", "days = 2");
    let why = "Two agents, one of them part-time (simulated).";
    hub.leads.save_policy(market, &policy, why, &moment()?).await.during(&doing)?;
    live(hub, market, &people, &pipelines, &at).await?;
    hub.leads.score_due(market, at.now, BATCH).await.during(&doing)?;
    say(hub, market, &people, agents, &at).await?;
    write(hub, market, &people).await?;
    hub.leads.score_due(market, moment()?.now, BATCH).await.during(&doing)?;
    if market.name().as_str() == GROWN {
        bring(hub, market, &people).await?;
    }
    Ok(())
}

/// Takes in whom the team had worked through before, with what they did. The hub's own chore trains on it soon after the start.
async fn bring(hub: &Hub, market: &Market, present: &[Contact]) -> Outcome<()> {
    let doing = "bring the leads of before into the demo";
    let at = moment()?;
    let former = former::people(at.now);
    let file = former::file(&former);
    let nobody = BTreeMap::new();
    let taken = hub.contacts.import(market, file.as_bytes(), &Hint::default(), &nobody, false, &at).await;
    if let Some(rejected) = taken.during(doing)?.rejected.first() {
        return Err(Failure::new(format_args!("cannot {doing}: row {} is no contact", rejected.row)));
    }
    let mut ids: Vec<PersonId> = Vec::new();
    let mut query = ListQuery { limit: PAGE_MAX, ..ListQuery::default() };
    loop {
        let page = hub.contacts.list(market, Sight::All, &query).await.during(doing)?;
        ids.extend(page.contacts.iter().map(|contact| contact.id));
        query.after = page.next;
        if query.after.is_none() {
            break;
        }
    }
    ids.retain(|id| present.iter().all(|contact| contact.id != *id));
    ids.sort_unstable();
    let keys = market.person_keys(&ids).await.during(doing)?;
    let mut tx = market.db().begin().await.during(doing)?;
    for (id, former) in ids.into_iter().zip(former) {
        let Some(key) = keys.get(id) else { continue };
        hub.leads.tell_in(&mut tx, market, key, id, former.entries, &at).await.during(doing)?;
    }
    tx.commit().await.during(doing)
}

/// Everybody, in the order of the file.
async fn people(hub: &Hub, market: &Market) -> Outcome<Vec<Contact>> {
    let query = ListQuery { limit: PAGE_MAX, ..ListQuery::default() };
    let page = hub.contacts.list(market, Sight::All, &query).await.during("list the demo's contacts")?;
    let mut people = page.contacts;
    people.sort_by_key(|contact| contact.id);
    Ok(people)
}

/// All pasts in one transaction.
async fn live(
    hub: &Hub,
    market: &Market,
    people: &[Contact],
    pipelines: &[Pipeline],
    at: &Moment,
) -> Outcome<()> {
    let doing = "tell what the demo's leads did";
    let zone = market.time_zone().zone();
    let mut tx = market.db().begin().await.during(doing)?;
    for (index, contact) in people.iter().enumerate() {
        let Some(key) = market.person_key(contact.id).await.during(doing)? else { continue };
        let (place, of) = stage(pipelines, contact);
        let person = past::Person {
            index: index as u64,
            place,
            of,
            unassigned: contact.assignee.is_none(),
            zone: &zone,
            now: at.now,
        };
        hub.leads.tell_in(&mut tx, market, &key, contact.id, past::of(person), at).await.during(doing)?;
    }
    tx.commit().await.during(doing)
}

/// Where a contact stands in its pipeline: place and number of stages.
fn stage(pipelines: &[Pipeline], contact: &Contact) -> (u16, u16) {
    let pipeline = pipelines.iter().find(|pipeline| pipeline.id == contact.pipeline);
    let Some(pipeline) = pipeline else { return (0, 1) };
    let place = pipeline.stages.iter().position(|stage| stage.id == contact.stage).unwrap_or_default();
    (place as u16, pipeline.stages.len() as u16)
}

/// What the team says of some leads, and what is known about writing to them.
async fn say(
    hub: &Hub,
    market: &Market,
    people: &[Contact],
    agents: &[(Ulid, MarketRole)],
    at: &Moment,
) -> Outcome<()> {
    let doing = "say what the demo's team knows";
    let lead = |place: usize| people.get(place).map(|contact| contact.id);
    for (place, chance, why) in WORDS {
        let Some(id) = lead(place) else { continue };
        let days = SignedDuration::from_hours(24 * (3 + place as i64 % 9));
        let until = at.now.saturating_add(days).unwrap_or(at.now);
        hub.leads
            .override_score(market, Sight::All, id, chance, why, until, &moment()?)
            .await
            .during(doing)?;
    }
    for (turn, (user, _)) in agents.iter().filter(|(_, role)| *role == MarketRole::Agent).enumerate() {
        hub.leads.save_agent(market, *user, &desk(turn, market), &moment()?).await.during(doing)?;
    }
    hub.leads.set_a2p(market, A2p::Approved, ToldBy::Team, &moment()?).await.during(doing)?;
    for (place, text) in HEARD {
        let Some(id) = lead(place) else { continue };
        let sent_at = before(at.now, 26 + place as i64);
        let message = format!("simulated-{place}");
        let heard = Inbound {
            channel: Channel::Sms,
            text,
            message: &message,
            from: None,
            sent_at,
            asked_for_consent: false,
        };
        hub.leads.heard(market, id, &heard, &moment()?).await.during(doing)?;
    }
    Ok(())
}

/// What an agent of the demo takes: by turns a full and a part-time desk.
fn desk(turn: usize, market: &Market) -> AgentSettings {
    let day = |from, to| Some(WorkingDay { from: time(from, 0, 0, 0), to: time(to, 0, 0, 0) });
    let full = [day(8, 19), day(8, 19), day(8, 19), day(8, 19), day(8, 19), day(9, 17), day(10, 16)];
    let part = [day(9, 14), day(9, 14), day(9, 14), day(9, 14), day(9, 13), None, None];
    let is_full = turn.is_multiple_of(2);
    AgentSettings {
        team: Some("Sales".to_owned()),
        weight: if is_full { 2 } else { 1 },
        open_max: Some(if is_full { 40 } else { 20 }),
        daily_max: Some(if is_full { 12 } else { 5 }),
        verticals: market.record().verticals.iter().copied().collect(),
        languages: ["en".to_owned()].into(),
        hours: Some(if is_full { full } else { part }),
        ..AgentSettings::default()
    }
}

/// What the gate is asked: it keeps every decision.
async fn write(hub: &Hub, market: &Market, people: &[Contact]) -> Outcome<()> {
    let doing = "ask the gate about the demo's messages";
    let everywhere = Channel::ALL.map(|channel| (channel, DoNotDisturb::Off));
    for (place, channel, purpose, text) in DRAFTS {
        let Some(id) = people.get(place).map(|contact| contact.id) else { continue };
        // Of one in three nothing is known, and the gate lets nothing out to them.
        if place % 3 != 0 {
            let evidence = "ticked the box for messages on the enquiry form (simulated)".to_owned();
            let basis = NewBasis {
                kind: BasisKind::Written,
                at: before(moment()?.now, 200),
                told_by: ToldBy::Form,
                evidence,
            };
            hub.leads.note_basis(market, Sight::All, id, &basis, &moment()?).await.during(doing)?;
            hub.leads.reachability(market, id, &everywhere, &moment()?).await.during(doing)?;
        }
        let draft = Draft {
            channel,
            purpose,
            text: (!text.is_empty()).then(|| text.to_owned()),
            property: None,
            review: None,
        };
        hub.leads.may_send(market, id, &draft, &moment()?).await.during(doing)?;
    }
    Ok(())
}

/// So many hours before.
fn before(now: Timestamp, hours: i64) -> Timestamp {
    now.saturating_sub(SignedDuration::from_hours(hours)).unwrap_or(now)
}
