//! What hangs on a contact who is a lead, and on a market that is connected: each with the market's word in it.

use contacts::Sight;
use jiff::{SignedDuration, Timestamp};
use kernel::{PersonId, Ulid};
use leads::{
    AgentSettings, BasisKind, Channel, Draft, NewBasis, OptOut, ToldBy,
    gate::Purpose,
    optout::{Origin, Scope},
    timeline::{Entry, Happening, LeadSource, What},
};
use store::Query;

use crate::world::{World, alike, canary};

/// Somebody who takes leads, in a team that is named after the market.
pub async fn team(world: &World, market: &str, owner: Ulid) {
    let to = world.market(market).await;
    let settings = AgentSettings { team: Some(format!("hook{market}")), ..AgentSettings::default() };
    let leads = &world.hub.hub().leads;
    leads.save_agent(&to, owner, &settings, &alike(9_000)).await.expect("somebody who takes leads");
}

/// Plants it all; the identifiers of what has one.
pub async fn plant(world: &World, market: &str, contact: PersonId, number: u128) -> Vec<Ulid> {
    let (leads, to) = (&world.hub.hub().leads, world.market(market).await);
    let (word, sight) = (canary(market), Sight::All);
    let at = |step: u128| alike(number * 100 + 10 + step);
    let now = at(0).now;
    let before = |minutes: i64| now - SignedDuration::from_mins(minutes);
    let happened = [
        ("came", 60, What::Arrived { source: LeadSource::Website }),
        ("saved", 50, What::ListingSaved { listing: format!("{word}-1") }),
        ("looked", 40, What::PageView { page: format!("{word}-page") }),
        ("label", 30, What::Tag { tag: format!("{word}-label"), added: true }),
    ];
    let entries: Vec<Entry> = happened
        .into_iter()
        .map(|(id, minutes, what)| Entry::told(id, now, Happening { at: before(minutes), what }))
        .collect();
    assert_eq!(leads.tell(&to, contact, entries, &at(1)).await.expect("told"), 4);
    while leads.score_due(&to, now, 100).await.expect("scored").more {}
    let until = now + SignedDuration::from_hours(72);
    let reason = format!("{word} was met");
    leads.override_score(&to, sight, contact, 0.5, &reason, until, &at(2)).await.expect("a word");
    let basis = NewBasis {
        kind: BasisKind::Written,
        at: before(20),
        told_by: ToldBy::Team,
        evidence: format!("{word} signed"),
    };
    leads.note_basis(&to, sight, contact, &basis, &at(3)).await.expect("a consent");
    let draft = Draft {
        channel: Channel::Email,
        purpose: Purpose::Marketing,
        text: Some(format!("Hello {word}")),
        property: None,
        review: None,
    };
    let judged = leads.may_send(&to, contact, &draft, &at(4)).await.expect("judged");
    let opt_out = OptOut {
        channel: Channel::Email,
        scope: Scope::Medium,
        origin: Origin::Team,
        reason: format!("{word} wants none"),
        permanent: false,
        said_at: None,
    };
    assert!(leads.opt_out(&to, sight, contact, &opt_out, &at(5)).await.expect("an opt-out") > 0);
    leads.route_due(&to, now, 100).await.expect("offered");
    let offers = leads.offers(&to, sight, contact).await.expect("offers");
    assert!(!offers.is_empty(), "the lead is offered to somebody");
    let mut ids = vec![judged.id, offers[0].id];
    ids.extend(connection(world, market, contact, number, now).await);
    ids
}

/// What a market that is connected keeps: there is no location behind it, so that nobody is asked.
async fn connection(
    world: &World,
    market: &str,
    contact: PersonId,
    number: u128,
    now: Timestamp,
) -> [Ulid; 3] {
    let (db, word) = (world.market(market).await, format!("hook{market}"));
    let db = db.db();
    let [incident, letter, write] = [20, 21, 22].map(|step| alike(number * 100 + step).ids().next());
    let link = Query::new(
        "INSERT INTO ghl_link (kind, remote, contact, remote_updated_at, fetched_at) VALUES (?, ?, ?, ?, ?)",
    );
    let link = link.bind("contact").bind(format!("{word}{number}")).bind(contact).bind(now).bind(now);
    let named = Query::new(
        "INSERT INTO ghl_map (kind, remote, parent, name, position, alias, is_chosen, place, is_usable, seen_at) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let named =
        named.bind("calendar").bind(format!("{word}{number}")).bind("").bind(format!("{word} calendar"));
    let named = named.bind(0_i64).bind(&word).bind(true).bind(0_i64).bind(true).bind(now);
    let reported = Query::new(
        "INSERT INTO ghl_incident (id, class, operation, open_key, version, count, first_at, last_at, message, \
         traces, request, tried, reference) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let key = format!("7 {word}{number}");
    let reported = reported.bind(incident).bind(7_i64).bind(&word).bind(&key).bind("").bind(1_i64).bind(now);
    let reported = reported.bind(now).bind(format!("{word} said no")).bind("[]").bind("").bind("[]").bind("");
    let given_up = Query::new(
        "INSERT INTO inbox (id, source, dedupe_key, kind, received_at, state, run_at, attempts, ended_at, reason) \
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let given_up = given_up
        .bind(letter)
        .bind("webhook.gohighlevel")
        .bind(format!("{word}{number}"))
        .bind("ContactCreate");
    let given_up =
        given_up.bind(now).bind("dead").bind(now).bind(3_i64).bind(now).bind(format!("{word} failed"));
    let wanted = Query::new(
        "INSERT INTO ghl_write (id, contact, kind, lane, unique_key, version, state, run_at, attempts, tries, lost, \
         created_at, ended_at, reason) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
    );
    let wanted =
        wanted.bind(write).bind(contact).bind("note").bind(0_i64).bind(format!("once:{write}")).bind(1_i64);
    let wanted = wanted.bind("dead").bind(now).bind(3_i64).bind(3_i64).bind(0_i64).bind(now).bind(now);
    let wanted = wanted.bind(format!("{word} failed"));
    for insert in [link, named, reported, given_up, wanted] {
        assert_eq!(db.execute(insert).await.expect("planted"), 1);
    }
    [incident, letter, write]
}
