//! Who wants no more messages gets none: whatever they wrote, whoever has the number, whatever becomes of the contact.

use std::collections::BTreeMap;

use contacts::{ContactEdit, EraseReason, ListQuery, Sight};
use jiff::SignedDuration;
use kernel::PersonId;
use leads::{
    Channel, Inbound, OptOut,
    gate::{Outcome, Purpose},
    optout::{Meaning, Origin, Recogniser, Scope, Word},
};
use markets::Market;
use store::Query;
use tabular::Hint;

use super::{
    gatekeeping::{draft, make_ready, ready},
    on_both,
};
use crate::world::{World, person};

const CASES_CSV: &str = include_str!("../../../../../data/leads/optout_cases.csv");

#[derive(serde::Deserialize)]
struct Case {
    meaning: Meaning,
    scope: Option<Scope>,
    rule: Option<String>,
    text: String,
}

fn cases() -> Vec<Case> {
    let mut reader = csv::ReaderBuilder::new().trim(csv::Trim::None).from_reader(CASES_CSV.as_bytes());
    reader.deserialize().collect::<Result<_, _>>().unwrap()
}

fn text<'a>(text: &'a str, message: &'a str, world: &World) -> Inbound<'a> {
    let sent_at = world.now() - SignedDuration::from_secs(1);
    Inbound { channel: Channel::Sms, text, message, from: None, sent_at, asked_for_consent: false }
}

/// What the gate says of a message to somebody, and by which rule.
async fn judged(world: &World, market: &Market, to: PersonId, channel: Channel) -> (Outcome, String) {
    let draft = draft(channel, Purpose::Marketing);
    let judgement = world.leads.may_send(market, to, &draft, &world.at()).await.unwrap();
    // What was decided is what is on record.
    let kept = world.leads.gate_record(market, Sight::All, judgement.id).await.unwrap().unwrap();
    assert_eq!(kept.decision, judgement.decision);
    assert_eq!(kept.entry.rule, judgement.decision.decided_by);
    (judgement.decision.outcome, kept.entry.rule.unwrap_or_else(|| "none".to_owned()))
}

const SUPPRESSED: (Outcome, &str) = (Outcome::Refuse, "opt-out.suppressed");
const SENT: (Outcome, &str) = (Outcome::Send, "none");

fn is(found: &(Outcome, String), expected: (Outcome, &str)) -> bool {
    (found.0, found.1.as_str()) == expected
}

/// What went wrong with one case, if anything did.
async fn case_fails(world: &World, market: &Market, case: &Case, nth: usize) -> Option<String> {
    let phone = format!("+1201555{nth:04}");
    let who = ready(world, market, person("Ana", None, Some(&phone))).await;
    let message = format!("m{nth}");
    let inbound = text(&case.text, &message, world);
    let word = world.leads.heard(market, who, &inbound, &world.at()).await.unwrap();
    let (expected, gate) = match case.meaning {
        Meaning::OptOut => (Some(Word::OptOut), SUPPRESSED),
        Meaning::NeedsPerson => (Some(Word::Unclear), (Outcome::NeedsPerson, "opt-out.unclear")),
        Meaning::OptIn => (Some(Word::OptIn), SENT),
        Meaning::Nothing | Meaning::Help | Meaning::Yes => (None, SENT),
    };
    let said = world.leads.opt_outs(market, Sight::All, who).await.unwrap();
    let rules: Vec<Option<String>> = said.iter().map(|entry| entry.rule.clone()).collect();
    let by_rule = case.rule.is_none() || expected.is_none() || rules.contains(&case.rule);
    // It holds for what it is about, and for nothing else.
    let scope = case.scope.unwrap_or(Recogniser::shipped().read(&case.text).scope);
    let channel = if scope == Scope::Voice { Channel::Voice } else { Channel::Sms };
    let found = judged(world, market, who, channel).await;
    let other = judged(world, market, who, Channel::Chat).await;
    let others = match (expected, scope) {
        (Some(Word::OptOut | Word::Unclear), Scope::All) => is(&other, gate),
        _ => is(&other, SENT),
    };
    let kept = said.is_empty() == expected.is_none();
    let right = word == expected && kept && by_rule && is(&found, gate) && others;
    (!right).then(|| format!("{:?}: {word:?} {rules:?} {found:?} {other:?}", case.text))
}

#[tokio::test]
async fn every_case_is_recorded_as_it_reads_and_the_gate_does_what_it_says() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let cases: Vec<(usize, Case)> = cases().into_iter().enumerate().collect();
        assert!(cases.len() >= 286, "{}", cases.len());
        let mut wrong = Vec::new();
        // Many people write at once.
        for some in cases.chunks(16) {
            let judged = some.iter().map(|(nth, case)| case_fails(&world, &market, case, *nth));
            wrong.extend(futures::future::join_all(judged).await.into_iter().flatten());
        }
        assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    })
    .await;
}

#[tokio::test]
async fn an_opt_out_holds_for_the_number_whoever_has_it() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let ana = ready(&world, &market, person("Ana", Some("ana@example.com"), Some("+12015550100"))).await;
        let ben =
            ready(&world, &market, person("Ben", Some("ben@example.com"), Some("(201) 555-0100"))).await;
        let eve = ready(&world, &market, person("Eve", Some("eve@example.com"), Some("+12015550199"))).await;
        leads.heard(&market, ana, &text("STOP", "m1", &world), &world.at()).await.unwrap();
        for channel in [Channel::Sms, Channel::Voice, Channel::WhatsApp] {
            assert!(is(&judged(&world, &market, ana, channel).await, SUPPRESSED), "{channel}");
            assert!(is(&judged(&world, &market, ben, channel).await, SUPPRESSED), "{channel}");
            assert!(is(&judged(&world, &market, eve, channel).await, SENT), "{channel}");
        }
        assert!(is(&judged(&world, &market, ana, Channel::Email).await, SENT), "a number is no address");
        let seen = leads.opt_outs(&market, Sight::All, ben).await.unwrap();
        assert_eq!((seen.len(), seen[0].own, &seen[0].matched), (1, false, &None));

        // The same number comes again with a file, after the first contact was given another number.
        let edit = ContactEdit { phone: Some(Some("+12015550111".to_owned())), ..ContactEdit::default() };
        world.contacts.update(&market, Sight::All, ana, 1, &edit, &world.at()).await.unwrap();
        let file = b"name,phone\nAna once more,201-555-0100\n";
        let none = BTreeMap::new();
        let report = world
            .contacts
            .import(&market, file, &Hint::named("people.csv"), &none, false, &world.at())
            .await
            .unwrap();
        assert_eq!(report.accepted, 1);
        let search = ListQuery { search: Some("once more".to_owned()), limit: 5, ..ListQuery::default() };
        let page = world.contacts.list(&market, Sight::All, &search).await.unwrap();
        let again = page.contacts[0].id;
        make_ready(&world, &market, again, Some("+12015550100")).await;
        assert!(is(&judged(&world, &market, again, Channel::Sms).await, SUPPRESSED));
        make_ready(&world, &market, ana, Some("+12015550111")).await;
        assert!(is(&judged(&world, &market, ana, Channel::Sms).await, SUPPRESSED), "the person said no");

        // In another market the number is another matter.
        let other = world.market("beta").await;
        let there = ready(&world, &other, person("Ana", None, Some("+12015550100"))).await;
        assert!(is(&judged(&world, &other, there, Channel::Sms).await, SENT));
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_heard_twice_is_kept_once_and_a_yes_is_that_of_its_number() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let ana = ready(&world, &market, person("Ana", None, Some("+12015550100"))).await;
        for _ in 0..3 {
            let word = leads.heard(&market, ana, &text("Stop.", "m1", &world), &world.at()).await.unwrap();
            assert_eq!(word, Some(Word::OptOut));
        }
        assert_eq!(leads.opt_outs(&market, Sight::All, ana).await.unwrap().len(), 1);
        assert!(leads.has_opt_outs(&market).await.unwrap());
        // And told to other systems once.
        let told = Query::new("SELECT COUNT(*) AS told FROM outbox WHERE topic = 'lead.opted_out'");
        assert_eq!(market.db().one(told).await.unwrap().int("told").unwrap(), 1);

        // A yes from another number lifts nothing.
        world.pass(SignedDuration::from_mins(1));
        let other = Inbound { from: Some("+12015550177"), ..text("START", "m2", &world) };
        leads.heard(&market, ana, &other, &world.at()).await.unwrap();
        assert!(is(&judged(&world, &market, ana, Channel::Sms).await, SUPPRESSED));
        // Nor does one from where nobody can tell.
        let nowhere = Inbound { from: Some("BANK"), ..text("START", "m2b", &world) };
        leads.heard(&market, ana, &nowhere, &world.at()).await.unwrap();
        assert!(is(&judged(&world, &market, ana, Channel::Sms).await, SUPPRESSED));
        // One from the number lifts that channel and no other.
        world.pass(SignedDuration::from_mins(1));
        leads.heard(&market, ana, &text("START", "m3", &world), &world.at()).await.unwrap();
        assert!(is(&judged(&world, &market, ana, Channel::Sms).await, SENT));
        assert!(is(&judged(&world, &market, ana, Channel::Voice).await, SUPPRESSED));
        // And after a complaint nothing does.
        leads.complained(&market, ana, Channel::Sms, &world.at()).await.unwrap();
        world.pass(SignedDuration::from_mins(1));
        leads.heard(&market, ana, &text("START", "m4", &world), &world.at()).await.unwrap();
        assert!(is(&judged(&world, &market, ana, Channel::Sms).await, SUPPRESSED));
    })
    .await;
}

#[tokio::test]
async fn what_is_unclear_holds_messages_back_until_somebody_has_read_it() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let mut people = Vec::new();
        for number in 0..2 {
            let phone = format!("+1201555010{number}");
            let who = ready(&world, &market, person("Ana", None, Some(&phone))).await;
            leads.heard(&market, who, &text("not interested", "m1", &world), &world.at()).await.unwrap();
            let found = judged(&world, &market, who, Channel::Sms).await;
            assert!(is(&found, (Outcome::NeedsPerson, "opt-out.unclear")), "{found:?}");
            people.push(who);
        }
        world.pass(SignedDuration::from_mins(1));
        let why = "was asked and meant the other house";
        assert_eq!(leads.settle(&market, Sight::All, people[0], false, why, &world.at()).await.unwrap(), 1);
        assert_eq!(leads.settle(&market, Sight::All, people[0], false, why, &world.at()).await.unwrap(), 0);
        assert!(is(&judged(&world, &market, people[0], Channel::Sms).await, SENT));
        assert_eq!(
            leads.settle(&market, Sight::All, people[1], true, "means it", &world.at()).await.unwrap(),
            1
        );
        assert!(is(&judged(&world, &market, people[1], Channel::Sms).await, SUPPRESSED));
        let said = leads.opt_outs(&market, Sight::All, people[1]).await.unwrap();
        assert_eq!(said[0].by.as_deref(), Some("user:ana"));
        let nothing = leads.settle(&market, Sight::All, people[1], true, "  ", &world.at()).await;
        assert!(nothing.is_err(), "a reason is asked for");
    })
    .await;
}

#[tokio::test]
async fn two_contacts_that_become_one_keep_what_either_said() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let gone = ready(&world, &market, person("A.", Some("a@example.com"), Some("+12015550101"))).await;
        let kept = ready(&world, &market, person("Ana", Some("ana@example.com"), Some("+12015550102"))).await;
        let all = OptOut {
            channel: Channel::Sms,
            scope: Scope::All,
            origin: Origin::Team,
            reason: "asked us at the door to leave her alone".to_owned(),
            permanent: false,
            said_at: None,
        };
        // One entry for the number, one for the address, one for the rest.
        assert_eq!(leads.opt_out(&market, Sight::All, gone, &all, &world.at()).await.unwrap(), 3);
        assert!(is(&judged(&world, &market, kept, Channel::Email).await, SENT));
        assert_eq!(leads.joined(&market, gone, kept, &world.at()).await.unwrap(), 3);
        assert_eq!(leads.joined(&market, gone, kept, &world.at()).await.unwrap(), 0, "once is enough");
        for channel in Channel::ALL {
            assert!(is(&judged(&world, &market, kept, channel).await, SUPPRESSED), "{channel}");
        }
        // Also after the other one is gone for good.
        world.contacts.erase(&market, Sight::All, gone, EraseReason::Mistake, &world.at()).await.unwrap();
        for channel in Channel::ALL {
            assert!(is(&judged(&world, &market, kept, channel).await, SUPPRESSED), "{channel}");
        }
        let said = leads.opt_outs(&market, Sight::All, kept).await.unwrap();
        assert!(said.iter().all(|entry| entry.own && entry.why.as_deref() == Some(all.reason.as_str())));
    })
    .await;
}

#[tokio::test]
async fn an_erased_person_leaves_the_number_behind_and_nothing_else() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let ana = ready(&world, &market, person("Ana", None, Some("+12015550100"))).await;
        leads.heard(&market, ana, &text("Please stop texting me", "m1", &world), &world.at()).await.unwrap();
        judged(&world, &market, ana, Channel::Sms).await;
        let receipt =
            world.contacts.erase(&market, Sight::All, ana, EraseReason::Request, &world.at()).await.unwrap();
        for table in ["lead_gate", "lead_basis", "lead_reachability", "lead"] {
            assert!(receipt.rows.contains_key(table), "{table}: {:?}", receipt.rows);
        }
        let query = Query::new("SELECT contact, said_by, detail_sealed, message FROM lead_optout");
        let rows = market.db().all(query).await.unwrap();
        assert_eq!(rows.len(), 1);
        for column in ["contact", "message"] {
            assert_eq!(rows[0].text_or_null(column).unwrap(), None, "{column}");
        }
        assert_eq!(rows[0].bytes_or_null("detail_sealed").unwrap(), None);
        assert_eq!(rows[0].text("said_by").unwrap(), "");

        // Who may come back after all, may be written to only when they say so themselves.
        world.contacts.unsuppress(&market, "+12015550100", &world.at()).await.unwrap();
        let back = ready(&world, &market, person("Ana", None, Some("+12015550100"))).await;
        assert!(is(&judged(&world, &market, back, Channel::Sms).await, SUPPRESSED));
    })
    .await;
}

#[tokio::test]
async fn a_restore_forgets_no_opt_out() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = ready(&world, &market, person("Ana", None, Some("+12015550100"))).await;
        let backup = tempfile::tempdir().unwrap();
        let saved = backup.path().join("alpha");
        world.markets.backup(market.name(), &saved, &world.at()).await.unwrap();
        // Both after the backup, and the second contact is in none.
        world.leads.heard(&market, ana, &text("STOP", "m1", &world), &world.at()).await.unwrap();
        let ben = ready(&world, &market, person("Ben", None, Some("+12015550101"))).await;
        world.leads.heard(&market, ben, &text("STOP", "m2", &world), &world.at()).await.unwrap();
        world
            .leads
            .do_not_call(&market, Sight::All, ben, leads::ToldBy::Team, "asked", &world.at())
            .await
            .unwrap();
        world.markets.restore(market.name(), &saved, &world.at()).await.unwrap();
        let market = world.markets.enter(market.name()).await.unwrap();
        assert!(is(&judged(&world, &market, ana, Channel::Sms).await, SUPPRESSED));
        let ben = ready(&world, &market, person("Ben", None, Some("+12015550101"))).await;
        assert!(is(&judged(&world, &market, ben, Channel::Sms).await, SUPPRESSED));
        let known = world.leads.reachability_of(&market, Sight::All, ben).await.unwrap();
        assert!(known.listed_since.is_some(), "our own list is kept without end");
    })
    .await;
}

#[tokio::test]
async fn a_long_list_of_earlier_opt_outs_lets_others_write_in_between_and_is_recorded_once() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let mut lines: Vec<String> = (0..1_100).map(|number| format!("+1201555{number:04}")).collect();
        // Twice within a part of the list, and again in another one.
        lines.insert(1, "(201) 555-0000".to_owned());
        lines.push("+12015550003".to_owned());
        let report = leads.import_opt_outs(&market, &lines, &world.at()).await.unwrap();
        assert_eq!((report.added, report.known, report.rejected.len()), (1_100, 2, 0));
        let imported = store::trail::Filter {
            action: Some("lead.opt_outs_imported".to_owned()),
            ..store::trail::Filter::default()
        };
        let order = store::trail::Order::Oldest;
        let noted = store::trail::page(market.db(), &imported, order, None, 9).await.unwrap();
        let added: Vec<&str> = noted.iter().map(|entry| entry.detail["added"].as_str()).collect();
        assert_eq!(added, ["499", "500", "101"], "one transaction each");
        let report = leads.import_opt_outs(&market, &lines, &world.at()).await.unwrap();
        assert_eq!((report.added, report.known), (0, 1_102));
        let last = ready(&world, &market, person("Ben", None, Some("+12015551099"))).await;
        assert!(is(&judged(&world, &market, last, Channel::Sms).await, SUPPRESSED));
    })
    .await;
}

#[tokio::test]
async fn earlier_opt_outs_come_in_as_numbers_and_addresses_before_anybody_has_them() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let lines: Vec<String> =
            ["(201) 555-0100", "ana@example.com", "nobody", "+1 201 555 0100"].map(str::to_owned).into();
        let report = leads.import_opt_outs(&market, &lines, &world.at()).await.unwrap();
        assert_eq!((report.added, report.known, report.rejected.len()), (2, 1, 1));
        assert_eq!((report.rejected[0].row, report.rejected[0].value.as_str()), (3, "nobody"));
        let ana = ready(&world, &market, person("Ana", Some("Ana@Example.com"), Some("+12015550100"))).await;
        let ben = ready(&world, &market, person("Ben", Some("ben@example.com"), Some("+12015550101"))).await;
        for channel in [Channel::Sms, Channel::Voice, Channel::Email] {
            assert!(is(&judged(&world, &market, ana, channel).await, SUPPRESSED), "{channel}");
            assert!(is(&judged(&world, &market, ben, channel).await, SENT), "{channel}");
        }
    })
    .await;
}
