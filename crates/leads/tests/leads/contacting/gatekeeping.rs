//! The gate as a use case: what is on record decides, and every decision is on record.

use contacts::{Personal, Sight};
use jiff::{SignedDuration, Timestamp};
use kernel::PersonId;
use leads::{
    BasisKind, Channel, Draft, GateQuery, Inbound, LeadsError, NewBasis, OutcomeKind, ToldBy,
    gate::{A2p, DoNotDisturb, Outcome, Purpose, Review, Step},
    timeline::{Direction, Entry, Happening, What},
};
use markets::Market;

use super::on_both;
use crate::world::{World, person};

const WORDING_CSV: &str = include_str!("../../../../../data/leads/wording_cases.csv");

/// A harmless message.
pub fn draft(channel: Channel, purpose: Purpose) -> Draft {
    let text = "Hello Ana, the house on Church Street is open on Sunday from 2 to 4.";
    Draft { channel, purpose, text: Some(text.to_owned()), property: None, review: None }
}

/// Somebody to whom everything may be sent, and a market that may send.
pub async fn ready(world: &World, market: &Market, personal: Personal) -> PersonId {
    let phone = personal.phone.clone();
    let who = world.contact(market, personal).await;
    make_ready(world, market, who, phone.as_deref()).await;
    who
}

/// Puts everything on record that a message to a contact needs.
pub async fn make_ready(world: &World, market: &Market, who: PersonId, phone: Option<&str>) {
    let leads = &world.leads;
    leads.set_a2p(market, A2p::Approved, ToldBy::Team, &world.at()).await.unwrap();
    leads.note_basis(market, Sight::All, who, &written(world.now()), &world.at()).await.unwrap();
    let off = Channel::ALL.map(|channel| (channel, DoNotDisturb::Off));
    leads.reachability(market, who, &off, &world.at()).await.unwrap();
    if let Some(phone) = phone {
        let look = [(phone.to_owned(), false)];
        leads.scrubbed(market, &look, world.now(), ToldBy::Registry, &world.at()).await.unwrap();
    }
}

/// An agreement in writing.
pub fn written(at: Timestamp) -> NewBasis {
    let (kind, told_by) = (BasisKind::Written, ToldBy::Form);
    NewBasis { kind, at, told_by, evidence: "form of the open house".to_owned() }
}

/// A message that the person sent now, as the timeline and the ledger hear it.
async fn wrote(world: &World, market: &Market, who: PersonId, text: &str) {
    let name = format!("message:{}", world.at().ids().next());
    let what = What::Message { direction: Direction::Inbound, channel: Channel::Sms };
    let happening = Happening { at: world.now(), what };
    let entry = Entry::told(&name, world.now(), happening);
    world.leads.tell(market, who, vec![entry], &world.at()).await.unwrap();
    let (channel, sent_at) = (Channel::Sms, world.now());
    let inbound = Inbound { channel, text, message: &name, from: None, sent_at, asked_for_consent: false };
    world.leads.heard(market, who, &inbound, &world.at()).await.unwrap();
}

#[tokio::test]
async fn what_is_not_on_record_refuses_until_it_is() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let who = world.contact(&market, person("Ana", None, Some("+12015550100"))).await;
        let draft = draft(Channel::Sms, Purpose::Marketing);
        let rule = async || {
            let judgement = leads.may_send(&market, who, &draft, &world.at()).await.unwrap();
            judgement.decision.decided_by.unwrap_or_else(|| "none".to_owned())
        };
        let finds = async |rule: &str| {
            let judgement = leads.may_send(&market, who, &draft, &world.at()).await.unwrap();
            let found = judgement.decision.verdicts.iter().any(|verdict| verdict.rule == rule);
            assert!(found, "{rule}: {}", judgement.decision);
        };
        assert_eq!(rule().await, "a2p.unknown");
        leads.set_a2p(&market, A2p::Pending, ToldBy::Platform, &world.at()).await.unwrap();
        assert_eq!(rule().await, "a2p.pending");
        leads.set_a2p(&market, A2p::Approved, ToldBy::Platform, &world.at()).await.unwrap();
        assert_eq!(rule().await, "do-not-disturb.unknown");
        let told = [(Channel::Sms, DoNotDisturb::On)];
        leads.reachability(&market, who, &told, &world.at()).await.unwrap();
        assert_eq!(rule().await, "do-not-disturb.on");
        let told = [(Channel::Sms, DoNotDisturb::Off)];
        leads.reachability(&market, who, &told, &world.at()).await.unwrap();
        assert_eq!(rule().await, "consent.missing");
        finds("do-not-call.registry.unknown").await;
        wrote(&world, &market, who, "What does the house cost?").await;
        // They asked, and have agreed to nothing: an answer may go out, more than that is for a person.
        assert_eq!(rule().await, "consent.not-written");
        finds("do-not-call.registry.inquiry").await;
        leads.note_basis(&market, Sight::All, who, &written(world.now()), &world.at()).await.unwrap();
        let look = [("201 555 0100".to_owned(), false)];
        leads.scrubbed(&market, &look, world.now(), ToldBy::Registry, &world.at()).await.unwrap();
        assert_eq!(rule().await, "none");

        let taken_back =
            NewBasis { kind: BasisKind::Withdrawn, told_by: ToldBy::Platform, ..written(world.now()) };
        leads.note_basis(&market, Sight::All, who, &taken_back, &world.at()).await.unwrap();
        assert_eq!(rule().await, "consent.missing");
        leads.do_not_call(&market, Sight::All, who, ToldBy::Team, "asked us", &world.at()).await.unwrap();
        let voice = Draft { channel: Channel::Voice, ..draft.clone() };
        let judged = leads.may_send(&market, who, &voice, &world.at()).await.unwrap().decision;
        let rules: Vec<&str> = judged.verdicts.iter().map(|verdict| verdict.rule.as_str()).collect();
        assert!(
            rules.contains(&"opt-out.suppressed") && rules.contains(&"do-not-call.own-list"),
            "{rules:?}"
        );
    })
    .await;
}

#[tokio::test]
async fn who_is_on_the_suppression_list_is_reached_by_nothing_that_the_list_is_about() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let ana = person("Ana", Some("ana@example.com"), Some("+12015550100"));
        let who = ready(&world, &market, ana).await;
        let rule = async |channel: Channel| {
            let draft = draft(channel, Purpose::Marketing);
            let judgement = leads.may_send(&market, who, &draft, &world.at()).await.unwrap();
            judgement.decision.decided_by.unwrap_or_else(|| "none".to_owned())
        };
        assert_eq!(
            (rule(Channel::WhatsApp).await, rule(Channel::Email).await),
            ("none".into(), "none".into())
        );
        // Written otherwise than with the contact, it is the same number.
        assert!(world.contacts.suppress(&market, "(201) 555-0100", &world.at()).await.unwrap());
        for channel in [Channel::Sms, Channel::WhatsApp, Channel::Voice] {
            assert_eq!(rule(channel).await, "opt-out.listed", "{channel}");
        }
        assert_eq!(rule(Channel::Email).await, "none");
        world.contacts.suppress(&market, "Ana@Example.com", &world.at()).await.unwrap();
        assert_eq!(rule(Channel::Email).await, "opt-out.listed");
        world.contacts.unsuppress(&market, "+12015550100", &world.at()).await.unwrap();
        assert_eq!(rule(Channel::Sms).await, "none");
    })
    .await;
}

#[tokio::test]
async fn what_is_said_while_a_message_waits_to_be_judged_counts() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let who = ready(&world, &market, person("Ana", None, Some("+12015550100"))).await;
        let key = market.person_key(who).await.unwrap().unwrap();
        // She took back what she agreed to, and asked something much later: only an answer may go out.
        for kind in [BasisKind::Withdrawn, BasisKind::Inquiry] {
            world.pass(SignedDuration::from_secs(60));
            let basis = NewBasis { kind, told_by: ToldBy::Team, ..written(world.now()) };
            leads.note_basis(&market, Sight::All, who, &basis, &world.at()).await.unwrap();
        }
        let reply = draft(Channel::Sms, Purpose::Reply);
        let before = leads.may_send(&market, who, &reply, &world.at()).await.unwrap();
        assert_eq!(before.decision.decided_by.as_deref(), Some("consent.not-written"));

        let mut tx = market.db().begin().await.unwrap();
        tx.one_at_a_time("lead gate").await.unwrap();
        let at = world.at();
        let judged = leads.may_send(&market, who, &reply, &at);
        let said = async {
            tokio::time::sleep(std::time::Duration::from_millis(300)).await;
            let what = What::Message { direction: Direction::Inbound, channel: Channel::Sms };
            let entry = Entry::told("message:1", world.now(), Happening { at: world.now(), what });
            leads.tell_in(&mut tx, &market, &key, who, vec![entry], &world.at()).await.unwrap();
            tx.commit().await.unwrap();
        };
        let (judged, ()) = futures::future::join(judged, said).await;
        let judged = judged.unwrap();
        assert!(judged.sends(), "{}", judged.decision);
    })
    .await;
}

#[tokio::test]
async fn of_whom_nobody_knows_nothing_is_noted() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let nobody = PersonId::from(world.at().ids().next());
        let on = [(Channel::Sms, DoNotDisturb::On)];
        let told = leads.reachability(&market, nobody, &on, &world.at()).await;
        assert!(matches!(told, Err(LeadsError::Unknown(who)) if who == nobody), "{told:?}");
    })
    .await;
}

#[tokio::test]
async fn who_may_not_tell_a_fact_is_refused() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let who = world.contact(&market, person("Ana", None, Some("+12015550100"))).await;
        let by_platform = NewBasis { told_by: ToldBy::Platform, ..written(world.now()) };
        let later = written(world.now() + SignedDuration::from_secs(1));
        let silent = NewBasis { evidence: " ".to_owned(), ..written(world.now()) };
        for bad in [by_platform, later, silent] {
            let refused = leads.note_basis(&market, Sight::All, who, &bad, &world.at()).await;
            assert!(matches!(refused, Err(LeadsError::Invalid { .. })));
        }
        let look = [("+12015550100".to_owned(), false)];
        let refused = leads.scrubbed(&market, &look, world.now(), ToldBy::Team, &world.at()).await;
        assert!(matches!(refused, Err(LeadsError::Invalid { field: "told_by", .. })));
        assert!(leads.set_a2p(&market, A2p::Approved, ToldBy::Form, &world.at()).await.is_err());
        // What is permanent stays, whoever says otherwise.
        let told = [(Channel::Sms, DoNotDisturb::Permanent)];
        leads.reachability(&market, who, &told, &world.at()).await.unwrap();
        leads.reachability(&market, who, &[(Channel::Sms, DoNotDisturb::Off)], &world.at()).await.unwrap();
        let known = leads.reachability_of(&market, Sight::All, who).await.unwrap();
        assert_eq!(known.reach[0].state, DoNotDisturb::Permanent);
        // An older look at the registry says nothing against a later one.
        let earlier = world.now() - SignedDuration::from_hours(24);
        leads
            .scrubbed(
                &market,
                &[("+12015550100".to_owned(), true)],
                world.now(),
                ToldBy::Registry,
                &world.at(),
            )
            .await
            .unwrap();
        let report = leads.scrubbed(&market, &look, earlier, ToldBy::Registry, &world.at()).await.unwrap();
        assert_eq!((report.noted, report.older), (0, 1));
        let known = leads.reachability_of(&market, Sight::All, who).await.unwrap();
        assert_eq!(known.scrub, Some((world.now(), true)));
    })
    .await;
}

#[tokio::test]
async fn every_case_of_wording_is_judged_as_the_law_reads_it_and_kept() {
    #[derive(serde::Deserialize)]
    struct Case {
        call: leads::wording::Call,
        rule: Option<String>,
        text: String,
    }
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let who = ready(&world, &market, person("Ana", None, Some("+12015550100"))).await;
        wrote(&world, &market, who, "What does the house cost?").await;
        let mut reader = csv::Reader::from_reader(WORDING_CSV.as_bytes());
        let cases: Vec<Case> = reader.deserialize().collect::<Result<_, _>>().unwrap();
        assert!(cases.len() >= 250, "{}", cases.len());
        let mut wrong = Vec::new();
        for case in &cases {
            // An answer is held back by no cap, and judged like everything else.
            let draft = Draft { text: Some(case.text.clone()), ..draft(Channel::Sms, Purpose::Reply) };
            let id = leads.may_send(&market, who, &draft, &world.at()).await.unwrap().id;
            let kept = leads.gate_record(&market, Sight::All, id).await.unwrap().unwrap();
            let expected = match case.call {
                leads::wording::Call::Clear => (Outcome::Send, None),
                leads::wording::Call::Warn => (Outcome::NeedsPerson, Some("wording.warn")),
                leads::wording::Call::Block => (Outcome::Refuse, Some("wording.block")),
            };
            let verdict =
                kept.decision.verdicts.iter().find(|verdict| verdict.step == Step::Wording).unwrap();
            let found = verdict.facts.get("found").map(String::as_str).unwrap_or_default();
            let named = case.rule.as_ref().is_none_or(|rule| found.contains(&format!("{rule}: ")));
            if (kept.decision.outcome, kept.entry.rule.as_deref()) != expected || !named {
                wrong.push(format!("{:?}: {:?} {found}", case.text, kept.decision.outcome));
            }
            assert_eq!(kept.text, Some(leads::optout::TextHash::of(&case.text)));
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
        let figures = leads.gate_figures(&market, &GateQuery::default()).await.unwrap();
        assert_eq!(figures.iter().map(|figure| figure.decisions).sum::<u64>(), cases.len() as u64);
        let blocked = figures.iter().find(|figure| figure.rule.as_deref() == Some("wording.block")).unwrap();
        let expected = cases.iter().filter(|case| case.call == leads::wording::Call::Block).count();
        assert_eq!(blocked.decisions, expected as u64);
    })
    .await;
}

#[tokio::test]
async fn messages_that_were_let_out_hold_their_places_in_the_caps() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let who = ready(&world, &market, person("Ana", None, Some("+12015550100"))).await;
        let draft = draft(Channel::Sms, Purpose::Marketing);
        // Ten at once: the cap of two a day lets two out.
        let judge = async || leads.may_send(&market, who, &draft, &world.at()).await.unwrap();
        let all = futures::future::join_all((0..10).map(|_| judge())).await;
        let sent: Vec<_> = all.iter().filter(|judgement| judgement.sends()).collect();
        assert_eq!(sent.len(), 2);
        let waits = all.iter().find(|judgement| !judgement.sends()).unwrap();
        assert_eq!(waits.decision.decided_by.as_deref(), Some("frequency.cap"));
        // Judged again before it goes out, a message does not stand in its own way; another one still does.
        world.pass(SignedDuration::from_mins(30));
        let again = leads.may_still_send(&market, who, &draft, sent[0].id, &world.at()).await.unwrap();
        assert!(again.sends());
        assert!(!judge().await.sends());
        // One of them shows on the timeline, the other never does: after an hour its place is free.
        let what = What::Message { direction: Direction::Outbound, channel: Channel::Sms };
        let shown = Entry::told("message:1", world.now(), Happening { at: world.now(), what });
        leads.tell(&market, who, vec![shown], &world.at()).await.unwrap();
        assert!(!judge().await.sends());
        world.pass(SignedDuration::from_mins(61));
        assert!(judge().await.sends());
        assert!(!judge().await.sends());
    })
    .await;
}

#[tokio::test]
async fn the_markets_own_quiet_hours_count_beside_the_laws() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let who = ready(&world, &market, person("Ana", Some("ana@example.com"), Some("+12015550100"))).await;
        // It is one in the afternoon. From noon to three this market writes to nobody.
        let policy = market.policy().await.unwrap().to_string();
        let lunch = policy.replacen("\"21:00\"", "\"12:00\"", 1).replacen("\"08:00\"", "\"15:00\"", 1);
        market.save_policy(&lunch, "a long lunch", &world.at()).await.unwrap();
        for channel in [Channel::Sms, Channel::Email] {
            let draft = draft(channel, Purpose::Marketing);
            let judged = leads.may_send(&market, who, &draft, &world.at()).await.unwrap().decision;
            let at_three: Timestamp = "2026-11-20T20:00:00Z".parse().unwrap();
            assert_eq!(judged.outcome, Outcome::Wait(at_three), "{channel}");
            assert_eq!(judged.decided_by.as_deref(), Some("quiet-hours.market"));
        }
        world.pass(SignedDuration::from_hours(2));
        let draft = draft(Channel::Sms, Purpose::Marketing);
        assert!(leads.may_send(&market, who, &draft, &world.at()).await.unwrap().sends());
    })
    .await;
}

#[tokio::test]
async fn the_log_answers_why_somebody_was_not_contacted() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let ana = ready(&world, &market, person("Ana", Some("ana@example.com"), Some("+12015550100"))).await;
        let ben = ready(&world, &market, person("Ben", None, Some("+12015550101"))).await;
        let text = draft(Channel::Sms, Purpose::Marketing);
        let blocked = Draft { text: Some("Adults only".to_owned()), ..text.clone() };
        leads.may_send(&market, ana, &blocked, &world.at()).await.unwrap();
        world.pass(SignedDuration::from_secs(1));
        leads.may_send(&market, ana, &draft(Channel::Email, Purpose::Marketing), &world.at()).await.unwrap();
        leads.may_send(&market, ben, &text, &world.at()).await.unwrap();

        let why = leads.why_not_contacted(&market, Sight::All, ana).await.unwrap();
        assert_eq!(why.len(), 1, "e-mail could be sent");
        assert_eq!((why[0].entry.channel, why[0].entry.step), (Channel::Sms, Some(Step::Wording)));
        assert!(why[0].reason.contains("Adults only") && why[0].source.contains("42 USC 3604(c)"));
        // What was said later counts.
        world.pass(SignedDuration::from_secs(1));
        leads.may_send(&market, ana, &text, &world.at()).await.unwrap();
        assert!(leads.why_not_contacted(&market, Sight::All, ana).await.unwrap().is_empty());

        let mut query = GateQuery { contact: Some(ana), limit: 2, ..GateQuery::default() };
        let first = leads.gate_log(&market, &query).await.unwrap();
        query.after = first.next;
        let second = leads.gate_log(&market, &query).await.unwrap();
        assert_eq!((first.entries.len(), second.entries.len(), second.next), (2, 1, None));
        assert_eq!(second.entries[0].rule.as_deref(), Some("wording.block"));
        let refused = GateQuery { outcome: Some(OutcomeKind::Refuse), limit: 10, ..GateQuery::default() };
        assert_eq!(leads.gate_log(&market, &refused).await.unwrap().entries.len(), 1);

        // Whose contact it is not, is told nothing; and the words of a message are in no plain column.
        let other = Sight::AssignedTo(world.at().ids().next());
        assert!(leads.gate_record(&market, other, second.entries[0].id).await.unwrap().is_none());
        assert!(matches!(leads.why_not_contacted(&market, other, ana).await, Err(LeadsError::Unknown(_))));
        for schema in [&leads::SCHEMA, &store::trail::SCHEMA] {
            for table in schema.tables {
                let rows = market.db().snapshot().await.unwrap().rows(table, None, 10_000).await.unwrap();
                for row in rows {
                    let shown = format!("{row:?}");
                    for canary in ["Adults", "5550100", "open house", "Hackensack"] {
                        assert!(!shown.contains(canary), "{canary} in {}", table.name);
                    }
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_reply_needs_something_that_it_answers_and_a_person_may_lift_a_warning() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let who = ready(&world, &market, person("Ana", None, Some("+12015550100"))).await;
        let taken_back = NewBasis { kind: BasisKind::Withdrawn, ..written(world.now()) };
        leads.note_basis(&market, Sight::All, who, &taken_back, &world.at()).await.unwrap();
        world.pass(SignedDuration::from_mins(1));
        let reply = draft(Channel::Sms, Purpose::Reply);
        let rule = async |draft: &Draft| {
            let judged = leads.may_send(&market, who, draft, &world.at()).await.unwrap().decision;
            judged.decided_by.unwrap_or_else(|| "none".to_owned())
        };
        assert_eq!(rule(&reply).await, "consent.missing");
        wrote(&world, &market, who, "Is it still for sale?").await;
        assert_eq!(rule(&reply).await, "none");
        world.pass(SignedDuration::from_hours(73));
        assert_eq!(rule(&reply).await, "consent.not-written");
        let by_hand = Review { by: "user:ana".to_owned(), at: world.now() };
        assert_eq!(rule(&Draft { review: Some(by_hand), ..reply.clone() }).await, "none");
    })
    .await;
}
