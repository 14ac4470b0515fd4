//! Who is offered a lead: in turn, once, with a reason, and with a clock that somebody hears when it runs out.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use contacts::{ContactEdit, NewContact, Sight};
use jiff::{SignedDuration, Timestamp, civil::time};
use kernel::{PersonId, Ulid};
use leads::{
    AgentSettings, Channel, Leads, OfferQuery, OfferStanding, RouteTelling, RouteWitness, Routed, RoutedWhat,
    WorkingDay,
    routing::{Balance, Wanted},
    timeline::{Direction, Entry, Happening, What},
};
use markets::Market;
use store::{Query, Tx, trail};

use super::on_both;
use crate::world::{World, person};

fn agent(number: u128) -> Ulid {
    Ulid::from_parts(1, number)
}

/// Three agents of equal weight: 1, 2 and 3.
async fn team(world: &World, market: &Market) {
    for number in 1..=3 {
        let settings = AgentSettings::default();
        world.leads.save_agent(market, agent(number), &settings, &world.at()).await.unwrap();
    }
}

/// New contacts, scored.
async fn arrived(world: &World, market: &Market, count: usize) -> Vec<PersonId> {
    let mut people = Vec::new();
    for number in 0..count {
        let phone = format!("+1201555{:04}", 100 + number);
        people.push(world.contact(market, person("Ana", None, Some(&phone))).await);
    }
    scored(world, market).await;
    people
}

async fn scored(world: &World, market: &Market) {
    while world.leads.score_due(market, world.now(), 1_000).await.unwrap().more {}
}

async fn holder(world: &World, market: &Market, who: PersonId) -> Option<Ulid> {
    world.contacts.get(market, Sight::All, who).await.unwrap().assignee
}

/// We wrote to somebody now.
async fn acted(world: &World, market: &Market, who: PersonId) {
    let what = What::Message { direction: Direction::Outbound, channel: Channel::Sms };
    let name = format!("message:{}", world.at().ids().next());
    let entry = Entry::told(name, world.now(), Happening { at: world.now(), what });
    world.leads.tell(market, who, vec![entry], &world.at()).await.unwrap();
}

/// What was told of offers, in words.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<String>>>);

impl RouteWitness for Heard {
    fn routed<'a>(&'a self, _tx: &'a mut Tx, told: &'a Routed<'a>) -> RouteTelling<'a> {
        let number = |agent: Ulid| (1..=9).find(|number| self::agent(*number) == agent).unwrap_or_default();
        let line = match told.what {
            RoutedWhat::Offered { agent, .. } => format!("offered to {}", number(agent)),
            RoutedWhat::Reminded { agent } => format!("{} is reminded", number(agent)),
            RoutedWhat::PassedOn { from, to, .. } => format!("from {} to {}", number(from), number(to)),
            RoutedWhat::ManagerTold { agent } => format!("a manager hears of {}", number(agent)),
        };
        self.0.lock().unwrap().push(line);
        Box::pin(async { Ok(()) })
    }
}

impl Heard {
    fn by(world: &World) -> Self {
        let heard = Self::default();
        world.leads.add_route_witness(Arc::new(heard.clone()));
        heard
    }

    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

#[tokio::test]
async fn leads_go_round_and_each_offer_says_why() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        team(&world, &market).await;
        let people = arrived(&world, &market, 9).await;
        world.pass(SignedDuration::from_secs(2));
        let report = leads.route_due(&market, world.now(), 100).await.unwrap();
        assert_eq!((report.offered, report.more, report.touched.len()), (9, false, 9));
        let standing = leads.agents(&market, world.now()).await.unwrap();
        for view in &standing {
            assert_eq!((view.open, view.today, view.at_work), (3, 3, true), "{view:?}");
        }
        assert_eq!(standing.iter().map(|view| view.credit).sum::<i64>(), 0);
        for who in &people {
            let offers = leads.offers(&market, Sight::All, *who).await.unwrap();
            assert_eq!(offers.len(), 1);
            assert_eq!(offers[0].agent, holder(&world, &market, *who).await);
            assert!(
                offers[0].reason.contains("rule `everybody`; their turn among 3"),
                "{}",
                offers[0].reason
            );
            assert_eq!(offers[0].decision.passed_over.len(), 2);
        }
        // There is nothing more to offer, and the trail and other systems know of each.
        assert_eq!(leads.route_due(&market, world.now(), 100).await.unwrap().offered, 0);
        let filter = trail::Filter { action: Some("lead.offered".to_owned()), ..trail::Filter::default() };
        let noted = trail::page(market.db(), &filter, trail::Order::Oldest, None, 100).await.unwrap();
        assert_eq!(noted.len(), 9);
        let told = Query::new("SELECT COUNT(*) AS told FROM outbox WHERE topic = 'lead.offered'");
        assert_eq!(market.db().one(told).await.unwrap().int("told").unwrap(), 9);
        let fairness = leads.fairness(&market, world.now() - SignedDuration::from_hours(1)).await.unwrap();
        assert_eq!((fairness.agents.len(), fairness.untaken), (3, 0));
        assert!(fairness.off_most < 0.001, "{}", fairness.off_most);
        assert!(matches!(fairness.balance, Balance::Insufficient { leads: 9, .. }));
        let speed = leads.speed(&market, Timestamp::UNIX_EPOCH, world.now()).await.unwrap();
        assert_eq!((speed.offered.count, speed.offered.p95_seconds), (9, Some(2.0)));
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn two_routers_at_once_offer_no_lead_twice_and_count_no_turn_twice() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        team(&world, &market).await;
        let people = arrived(&world, &market, 30).await;
        let (markets, other) = world.another_node().await;
        let same = markets.enter(market.name()).await.unwrap();
        let route = |leads: Leads, market: Market| {
            let now = world.now();
            tokio::spawn(async move {
                let mut offered = 0;
                for _ in 0..4 {
                    offered += leads.route_due(&market, now, 20).await.unwrap().offered;
                }
                offered
            })
        };
        let routers = [
            route(world.leads.clone(), market.clone()),
            route(other.clone(), same.clone()),
            route(world.leads.clone(), market.clone()),
            route(other.clone(), same.clone()),
        ];
        let mut offered = 0;
        for router in routers {
            offered += router.await.unwrap();
        }
        assert_eq!(offered, 30);
        let standing = world.leads.agents(&market, world.now()).await.unwrap();
        assert_eq!(standing.iter().map(|view| view.credit).sum::<i64>(), 0);
        for view in standing {
            assert_eq!((view.open, view.today), (10, 10), "{view:?}");
        }
        for who in people {
            assert_eq!(world.leads.offers(&market, Sight::All, who).await.unwrap().len(), 1);
        }
        let told = Query::new("SELECT COUNT(*) AS told FROM outbox WHERE topic = 'lead.offered'");
        assert_eq!(market.db().one(told).await.unwrap().int("told").unwrap(), 30);
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_nobody_acts_on_is_reminded_of_passed_on_and_told_to_a_manager() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let heard = Heard::by(&world);
        team(&world, &market).await;
        let who = arrived(&world, &market, 1).await[0];
        let report = leads.route_due(&market, world.now(), 10).await.unwrap();
        assert_eq!(report.next, Some(world.now() + SignedDuration::from_mins(5)));
        let mut story = heard.take();
        // Looked at every minute for more than an hour.
        for _ in 0..61 {
            world.pass(SignedDuration::from_mins(1));
            leads.route_due(&market, world.now(), 10).await.unwrap();
            story.extend(heard.take());
        }
        assert_eq!(
            story,
            [
                "offered to 1",
                "1 is reminded",
                "from 1 to 2",
                "2 is reminded",
                "from 2 to 3",
                "3 is reminded",
                // Everybody had it: it stays where it is, and the manager hears of it an hour after the first offer.
                "a manager hears of 3",
            ]
        );
        assert_eq!(holder(&world, &market, who).await, Some(agent(3)));
        let offers = leads.offers(&market, Sight::All, who).await.unwrap();
        let ended: Vec<Option<&str>> =
            offers.iter().map(|offer| offer.ended.as_ref().map(|(_, how)| how.as_str())).collect();
        assert_eq!(ended, [None, Some("passed_on"), Some("passed_on")]);
        let speed = leads.speed(&market, Timestamp::UNIX_EPOCH, world.now()).await.unwrap();
        assert_eq!((speed.first_action.count, speed.first_action.within), (3, 0));
        // The list of all offers tells the same of the market.
        let all = OfferQuery { limit: 1, ..OfferQuery::default() };
        let (mut agents, mut page) = (Vec::new(), all.clone());
        loop {
            let found = leads.offer_log(&market, &page).await.unwrap();
            assert_eq!((found.total, found.entries.len()), (3, 1));
            agents.extend(found.entries.into_iter().map(|entry| (entry.agent, entry.standing)));
            page.after = found.next;
            if page.after.is_none() {
                break;
            }
        }
        let (open, lost) = (OfferStanding::Open, OfferStanding::Lost);
        assert_eq!(agents, [(Some(agent(3)), open), (Some(agent(2)), lost), (Some(agent(1)), lost)]);
        let total = async |query: OfferQuery| leads.offer_log(&market, &query).await.unwrap().total;
        for (standing, many) in OfferStanding::ALL.into_iter().zip([1, 0, 0, 2]) {
            assert_eq!(
                total(OfferQuery { standing: Some(standing), ..all.clone() }).await,
                many,
                "{standing:?}"
            );
        }
        assert_eq!(total(OfferQuery { agent: Some(agent(2)), ..all.clone() }).await, 1);
        assert_eq!(
            total(OfferQuery { late_at: Some(world.now()), ..all.clone() }).await,
            3,
            "nobody spoke in time"
        );
        assert_eq!(total(OfferQuery { from: Some(world.now()), ..all.clone() }).await, 0);
        assert_eq!(speed.offered.count, 1, "a lead arrives once");
    })
    .await;
}

#[tokio::test]
async fn who_leaves_gives_back_what_they_were_offered_and_keeps_what_they_worked_on() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        team(&world, &market).await;
        let people = arrived(&world, &market, 9).await;
        leads.route_due(&market, world.now(), 100).await.unwrap();
        let mut theirs = Vec::new();
        for who in &people {
            if holder(&world, &market, *who).await == Some(agent(1)) {
                theirs.push(*who);
            }
        }
        assert_eq!(theirs.len(), 3);
        acted(&world, &market, theirs[0]).await;

        world.pass(SignedDuration::from_mins(1));
        let able = [agent(2), agent(3)].into();
        let dismissed = leads.dismiss_others(&market, &able, &world.at()).await.unwrap();
        assert_eq!(dismissed.agents, [agent(1)]);
        assert_eq!(dismissed.released.iter().collect::<BTreeSet<_>>(), theirs[1..].iter().collect());
        assert_eq!(leads.roster(&market).await.unwrap(), [agent(2), agent(3)]);
        assert!(leads.dismiss_others(&market, &able, &world.at()).await.unwrap().is_nothing());

        let report = leads.route_due(&market, world.now(), 100).await.unwrap();
        assert_eq!(report.offered, 2);
        assert_eq!(holder(&world, &market, theirs[0]).await, Some(agent(1)), "they spoke to the person");
        for who in &theirs[1..] {
            let now = holder(&world, &market, *who).await;
            assert!([Some(agent(2)), Some(agent(3))].contains(&now), "{now:?}");
            let offers = leads.offers(&market, Sight::All, *who).await.unwrap();
            let ended: Vec<Option<&str>> =
                offers.iter().map(|offer| offer.ended.as_ref().map(|(_, how)| how.as_str())).collect();
            assert_eq!(ended, [None, Some("released")]);
        }
        let speed = leads.speed(&market, Timestamp::UNIX_EPOCH, world.now()).await.unwrap();
        assert_eq!(speed.offered.count, 9, "a lead arrives once");
        for (action, many) in [("lead.released", 2), ("lead.agent_removed", 1)] {
            let filter = trail::Filter { action: Some(action.to_owned()), ..trail::Filter::default() };
            let noted = trail::page(market.db(), &filter, trail::Order::Oldest, None, 10).await.unwrap();
            assert_eq!(noted.len(), many, "{action}");
        }
    })
    .await;
}

#[tokio::test]
async fn who_was_off_the_roster_already_gives_back_what_they_were_offered_when_they_leave() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        leads.save_agent(&market, agent(1), &AgentSettings::default(), &world.at()).await.unwrap();
        // More than are taken back in one transaction.
        let people = arrived(&world, &market, 201).await;
        while leads.route_due(&market, world.now(), 100).await.unwrap().more {}
        assert!(leads.remove_agent(&market, agent(1), &world.at()).await.unwrap());
        assert_eq!(
            holder(&world, &market, people[0]).await,
            Some(agent(1)),
            "those that they hold stay theirs"
        );
        let dismissed = leads.dismiss(&market, agent(1), &world.at()).await.unwrap();
        assert_eq!((dismissed.agents.len(), dismissed.released.len()), (0, 201));
        for who in people {
            assert_eq!(holder(&world, &market, who).await, None);
        }
    })
    .await;
}

#[tokio::test]
async fn the_first_word_to_the_person_stops_the_clock() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let heard = Heard::by(&world);
        team(&world, &market).await;
        let people = arrived(&world, &market, 20).await;
        leads.route_due(&market, world.now(), 100).await.unwrap();
        heard.take();
        // Nineteen are written to within 40 seconds, one after ten minutes.
        world.pass(SignedDuration::from_secs(40));
        for who in &people[1..] {
            acted(&world, &market, *who).await;
        }
        let speed = leads.speed(&market, Timestamp::UNIX_EPOCH, world.now()).await.unwrap();
        assert_eq!((speed.target_seconds, speed.first_action.count), (60, 19));
        assert_eq!(speed.first_action.p95_seconds, Some(40.0));
        assert!(speed.first_action.p95_seconds <= Some(f64::from(speed.target_seconds)));
        world.pass(SignedDuration::from_secs(560));
        assert_eq!(leads.route_due(&market, world.now(), 100).await.unwrap().reminded, 1);
        assert_eq!(heard.take().len(), 1, "nobody who acted is reminded");
        acted(&world, &market, people[0]).await;
        world.pass(SignedDuration::from_hours(2));
        let quiet = leads.route_due(&market, world.now(), 100).await.unwrap();
        assert_eq!((quiet.touched.len(), quiet.next), (0, None));
        let speed = leads.speed(&market, Timestamp::UNIX_EPOCH, world.now()).await.unwrap();
        let first = speed.first_action;
        assert_eq!((first.count, first.within, first.running), (20, 19, 0));
        assert_eq!(
            (first.p50_seconds, first.p95_seconds, first.longest_seconds),
            (Some(40.0), Some(40.0), Some(600.0))
        );
        let fairness = leads.fairness(&market, Timestamp::UNIX_EPOCH).await.unwrap();
        assert_eq!(fairness.agents.iter().map(|share| share.accepted).sum::<u64>(), 20);
        assert!(matches!(fairness.balance, Balance::Tested { leads: 20, .. }), "{:?}", fairness.balance);
    })
    .await;
}

#[tokio::test]
async fn outside_of_working_hours_a_lead_waits_and_the_clock_begins_with_the_day() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let day = Some(WorkingDay { from: time(9, 0, 0, 0), to: time(18, 0, 0, 0) });
        let hours = Some([day, day, day, day, day, None, None]);
        let settings = AgentSettings { hours, ..AgentSettings::default() };
        leads.save_agent(&market, agent(1), &settings, &world.at()).await.unwrap();
        // Friday, eight in the evening.
        world.pass(SignedDuration::from_hours(7));
        let who = arrived(&world, &market, 1).await[0];
        let report = leads.route_due(&market, world.now(), 10).await.unwrap();
        let monday: Timestamp = "2026-11-23T14:00:00Z".parse().unwrap();
        assert_eq!((report.offered, report.untaken, report.next), (0, 1, Some(monday)));
        let offers = leads.offers(&market, Sight::All, who).await.unwrap();
        assert!(
            offers[0].reason.contains("is not at work before 2026-11-23T14:00:00Z"),
            "{}",
            offers[0].reason
        );
        // Nothing is decided anew before that.
        world.pass(SignedDuration::from_hours(24));
        assert_eq!(leads.route_due(&market, world.now(), 10).await.unwrap().touched.len(), 0);
        world.pass(monday.duration_since(world.now()) + SignedDuration::from_secs(3));
        assert_eq!(leads.route_due(&market, world.now(), 10).await.unwrap().offered, 1);
        assert_eq!(holder(&world, &market, who).await, Some(agent(1)));
        world.pass(SignedDuration::from_secs(27));
        acted(&world, &market, who).await;
        let speed = leads.speed(&market, Timestamp::UNIX_EPOCH, world.now()).await.unwrap();
        assert_eq!((speed.offered.p95_seconds, speed.first_action.p95_seconds), (Some(3.0), Some(27.0)));
        assert_eq!(
            (speed.untaken, leads.fairness(&market, Timestamp::UNIX_EPOCH).await.unwrap().untaken),
            (0, 0)
        );
    })
    .await;
}

#[tokio::test]
async fn where_the_person_must_not_be_called_yet_the_clock_waits() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        team(&world, &market).await;
        // Nine in the evening in New Jersey; agents of this market work at any hour.
        world.pass(SignedDuration::from_hours(8));
        let who = arrived(&world, &market, 1).await[0];
        assert_eq!(leads.route_due(&market, world.now(), 10).await.unwrap().offered, 1);
        let offer = leads.offers(&market, Sight::All, who).await.unwrap().remove(0);
        let morning: Timestamp = "2026-11-21T13:00:00Z".parse().unwrap();
        assert_eq!(
            (offer.begins_at, offer.due_at),
            (Some(morning), Some(morning + SignedDuration::from_secs(60)))
        );
        // Nobody is reminded in the night.
        world.pass(SignedDuration::from_hours(3));
        assert_eq!(leads.route_due(&market, world.now(), 10).await.unwrap().touched.len(), 0);
    })
    .await;
}

#[tokio::test]
async fn the_clock_begins_when_the_agent_is_there_and_the_person_may_be_called() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let day = Some(WorkingDay { from: time(10, 0, 0, 0), to: time(22, 0, 0, 0) });
        let settings = AgentSettings { hours: Some([day; 7]), ..AgentSettings::default() };
        for number in 1..=2 {
            leads.save_agent(&market, agent(number), &settings, &world.at()).await.unwrap();
        }
        // Nine in the evening: the agents are at work, and nobody in New Jersey may be called before eight.
        world.pass(SignedDuration::from_hours(8));
        let who = arrived(&world, &market, 1).await[0];
        assert_eq!(leads.route_due(&market, world.now(), 10).await.unwrap().offered, 1);
        let offer = leads.offers(&market, Sight::All, who).await.unwrap().remove(0);
        let ten: Timestamp = "2026-11-21T15:00:00Z".parse().unwrap();
        assert_eq!(offer.begins_at, Some(ten), "at eight nobody is there");
        // Half past eight: it is not passed on to somebody who is not there either, nor does anybody hear of it.
        world.pass(SignedDuration::from_mins(11 * 60 + 30));
        assert_eq!(leads.route_due(&market, world.now(), 10).await.unwrap().touched.len(), 0);
        world.pass(SignedDuration::from_mins(95));
        assert_eq!(leads.route_due(&market, world.now(), 10).await.unwrap().reminded, 1);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_full_gets_none_and_room_that_is_made_is_used_at_once() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let small = AgentSettings { open_max: Some(2), ..AgentSettings::default() };
        leads.save_agent(&market, agent(1), &small, &world.at()).await.unwrap();
        let people = arrived(&world, &market, 5).await;
        let report = leads.route_due(&market, world.now(), 100).await.unwrap();
        assert_eq!((report.offered, report.untaken), (2, 3));
        let speed = leads.speed(&market, Timestamp::UNIX_EPOCH, world.now()).await.unwrap();
        assert_eq!(speed.untaken, 3);
        // One of theirs is won: the next look, a quarter of an hour later, finds room for one.
        let mut held = Vec::new();
        for who in &people {
            held.extend(holder(&world, &market, *who).await.map(|_| *who));
        }
        let contact = world.contacts.get(&market, Sight::All, held[0]).await.unwrap();
        let won = ContactEdit { stage: Some("closed".to_owned()), ..ContactEdit::default() };
        let stages = market.pipelines().await.unwrap();
        let stage = stages[0].stages.iter().find(|stage| stage.kind == markets::StageKind::Won).unwrap();
        let won = ContactEdit { stage: Some(stage.id.clone()), ..won };
        world
            .contacts
            .update(&market, Sight::All, held[0], contact.version, &won, &world.at())
            .await
            .unwrap();
        let closed = leads.offers(&market, Sight::All, held[0]).await.unwrap().remove(0);
        assert_eq!(closed.ended.map(|(_, how)| how).as_deref(), Some("closed"));
        world.pass(SignedDuration::from_mins(16));
        acted(&world, &market, held[1]).await;
        let report = leads.route_due(&market, world.now(), 100).await.unwrap();
        assert_eq!((report.offered, report.untaken), (1, 2));
        // A second agent comes, and the others wait no longer.
        leads.save_agent(&market, agent(2), &AgentSettings::default(), &world.at()).await.unwrap();
        let report = leads.route_due(&market, world.now(), 100).await.unwrap();
        assert_eq!((report.offered, report.untaken), (2, 0));
        let credit: i64 =
            leads.agents(&market, world.now()).await.unwrap().iter().map(|view| view.credit).sum();
        assert_eq!(credit, 0);
    })
    .await;
}

#[tokio::test]
async fn where_nobody_takes_leads_nothing_is_tried_again_and_again() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        arrived(&world, &market, 40).await;
        let report = leads.route_due(&market, world.now(), 100).await.unwrap();
        assert_eq!((report.untaken, report.more, report.next), (0, false, None), "there is no team");
        // A team that is full: some are tried, the others wait for the next time.
        let full = AgentSettings { open_max: Some(0), ..AgentSettings::default() };
        leads.save_agent(&market, agent(1), &full, &world.at()).await.unwrap();
        let report = leads.route_due(&market, world.now(), 100).await.unwrap();
        let next = Some(world.now() + SignedDuration::from_mins(15));
        assert_eq!((report.untaken, report.more, report.next), (25, false, next));
        // Room for all of them.
        leads.save_agent(&market, agent(1), &AgentSettings::default(), &world.at()).await.unwrap();
        let report = leads.route_due(&market, world.now(), 100).await.unwrap();
        assert_eq!((report.offered, report.untaken), (40, 0));
    })
    .await;
}

#[tokio::test]
async fn what_a_person_decides_counts_and_what_a_lead_wants_is_asked_for() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        team(&world, &market).await;
        let shore =
            AgentSettings { areas: ["shore".to_owned()].into(), weight: 5, ..AgentSettings::default() };
        leads.save_agent(&market, agent(1), &shore, &world.at()).await.unwrap();
        let new = NewContact { personal: person("Ana", None, Some("+12015550100")), ..NewContact::default() };
        let who = world.contacts.create(&market, &new, &world.at()).await.unwrap().id;
        let hills = Wanted { area: Some("hills".to_owned()), ..Wanted::default() };
        leads.set_wanted(&market, Sight::All, who, &hills, &world.at()).await.unwrap();
        scored(&world, &market).await;
        leads.route_due(&market, world.now(), 10).await.unwrap();
        assert_eq!(holder(&world, &market, who).await, Some(agent(2)), "1 does not serve the hills");
        let offer = leads.offers(&market, Sight::All, who).await.unwrap().remove(0);
        let why = offer.decision.passed_over.iter().find(|(name, _)| *name == agent(1).to_string()).unwrap();
        assert_eq!(why.1.to_string(), "does not serve hills");

        // Somebody gives it to 1 by hand: the offer to 2 has ended, and nobody is reminded of it.
        let contact = world.contacts.get(&market, Sight::All, who).await.unwrap();
        world
            .contacts
            .assign(&market, Sight::All, who, contact.version, Some(agent(1)), &world.at())
            .await
            .unwrap();
        let offer = leads.offers(&market, Sight::All, who).await.unwrap().remove(0);
        assert_eq!(offer.ended.map(|(_, how)| how).as_deref(), Some("reassigned"));
        world.pass(SignedDuration::from_hours(3));
        let report = leads.route_due(&market, world.now(), 10).await.unwrap();
        assert_eq!((report.touched.len(), report.next), (0, None));
    })
    .await;
}

#[tokio::test]
async fn a_lead_that_cannot_be_given_to_anybody_holds_back_no_other() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        team(&world, &market).await;
        let people = arrived(&world, &market, 3).await;
        world.contacts.suppress(&market, "+12015550100", &world.at()).await.unwrap();
        let report = leads.route_due(&market, world.now(), 10).await.unwrap();
        assert_eq!((report.offered, report.refused), (2, 1));
        assert_eq!(holder(&world, &market, people[0]).await, None);
        world.pass(SignedDuration::from_mins(1));
        assert_eq!(
            leads.route_due(&market, world.now(), 10).await.unwrap().refused,
            0,
            "not before tomorrow"
        );
        let credit: i64 =
            leads.agents(&market, world.now()).await.unwrap().iter().map(|view| view.credit).sum();
        assert_eq!(credit, 0, "what was not done cost no turn");
    })
    .await;
}
