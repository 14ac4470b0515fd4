//! What speaks against sending goes with the person: into the contact that theirs is merged into, and over a restore.

use std::sync::{Arc, Mutex};

use contacts::Sight;
use jiff::SignedDuration;
use kernel::PersonId;
use leads::{
    BasisKind, Channel, Inbound, NewBasis, OptOutTelling, OptOutWitness, ToldBy, ToldOptOut,
    gate::{DoNotDisturb, Purpose},
};
use markets::Market;
use store::Tx;

use super::{
    gatekeeping::{draft, ready, written},
    on_both,
};
use crate::world::{World, person};

/// The rule that decides on a message to somebody; `none` where it may be sent.
async fn rule(world: &World, market: &Market, to: PersonId, channel: Channel) -> String {
    let draft = draft(channel, Purpose::Marketing);
    let judged = world.leads.may_send(market, to, &draft, &world.at()).await.unwrap().decision;
    judged.decided_by.unwrap_or_else(|| "none".to_owned())
}

async fn takes_back(world: &World, market: &Market, who: PersonId) {
    let taken_back = NewBasis { kind: BasisKind::Withdrawn, told_by: ToldBy::Team, ..written(world.now()) };
    world.leads.note_basis(market, Sight::All, who, &taken_back, &world.at()).await.unwrap();
}

#[tokio::test]
async fn what_one_contact_took_back_holds_for_the_one_that_it_is_merged_into() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let gone = ready(&world, &market, person("A.", Some("a@example.com"), Some("+12015550101"))).await;
        let kept = ready(&world, &market, person("Ana", Some("ana@example.com"), Some("+12015550102"))).await;
        world.pass(SignedDuration::from_mins(1));
        takes_back(&world, &market, gone).await;
        let told = [(Channel::Email, DoNotDisturb::On), (Channel::WhatsApp, DoNotDisturb::Permanent)];
        leads.reachability(&market, gone, &told, &world.at()).await.unwrap();
        assert_eq!(rule(&world, &market, kept, Channel::Voice).await, "none");

        assert_eq!(leads.joined(&market, gone, kept, &world.at()).await.unwrap(), 3);
        assert_eq!(leads.joined(&market, gone, kept, &world.at()).await.unwrap(), 0, "once is enough");
        assert_eq!(rule(&world, &market, kept, Channel::Voice).await, "consent.missing");
        assert_eq!(rule(&world, &market, kept, Channel::Email).await, "do-not-disturb.on");
        assert_eq!(rule(&world, &market, kept, Channel::WhatsApp).await, "do-not-disturb.permanent");
        let known = leads.reachability_of(&market, Sight::All, kept).await.unwrap();
        let taken_back = known.bases.iter().find(|basis| basis.kind == BasisKind::Withdrawn).unwrap();
        assert_eq!(taken_back.evidence, "form of the open house", "what shows it goes along");
        // Agreed to anew, it holds again.
        world.pass(SignedDuration::from_mins(1));
        leads.note_basis(&market, Sight::All, kept, &written(world.now()), &world.at()).await.unwrap();
        assert_eq!(rule(&world, &market, kept, Channel::Voice).await, "none");
    })
    .await;
}

#[tokio::test]
async fn what_one_contact_agreed_to_lets_nothing_out_to_the_other() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let gone = ready(&world, &market, person("A.", None, Some("+12015550101"))).await;
        let kept = world.contact(&market, person("Ana", None, Some("+12015550102"))).await;
        let told = [(Channel::Sms, DoNotDisturb::Off)];
        assert_eq!(leads.joined(&market, gone, kept, &world.at()).await.unwrap(), 0);
        assert_eq!(rule(&world, &market, kept, Channel::Sms).await, "do-not-disturb.unknown");
        leads.reachability(&market, kept, &told, &world.at()).await.unwrap();
        assert_eq!(rule(&world, &market, kept, Channel::Sms).await, "consent.missing");
    })
    .await;
}

/// Who, whether for good, and by which channels.
type Told = (PersonId, bool, Vec<Channel>);

/// What was told of opt-outs, by whom.
#[derive(Clone, Default)]
struct Listener(Arc<Mutex<Vec<Told>>>);

impl OptOutWitness for Listener {
    fn opted_out<'a>(&'a self, _tx: &'a mut Tx, told: &'a ToldOptOut<'a>) -> OptOutTelling<'a> {
        let channels = told.channels.iter().copied().collect();
        self.0.lock().unwrap().push((told.contact, told.permanent, channels));
        Box::pin(async { Ok(()) })
    }
}

#[tokio::test]
async fn whoever_writes_to_the_contact_that_goes_on_hears_of_what_the_other_one_said() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let gone = ready(&world, &market, person("A.", Some("a@example.com"), Some("+12015550101"))).await;
        let kept = ready(&world, &market, person("Ana", Some("ana@example.com"), Some("+12015550102"))).await;
        let inbound = Inbound {
            channel: Channel::Sms,
            text: "STOP",
            message: "m1",
            from: None,
            sent_at: world.now(),
            asked_for_consent: false,
        };
        leads.heard(&market, gone, &inbound, &world.at()).await.unwrap();
        leads.complained(&market, gone, Channel::Email, &world.at()).await.unwrap();
        let listener = Listener::default();
        leads.add_opt_out_witness(Arc::new(listener.clone()));
        leads.joined(&market, gone, kept, &world.at()).await.unwrap();
        let mut told = std::mem::take(&mut *listener.0.lock().unwrap());
        told.sort_by_key(|(_, permanent, _)| *permanent);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told.iter().all(|(who, ..)| *who == kept), "{told:?}");
        assert!(!told[0].1 && told[0].2.contains(&Channel::Sms), "{told:?}");
        assert_eq!((told[1].1, told[1].2.as_slice()), (true, [Channel::Email].as_slice()));
        leads.joined(&market, gone, kept, &world.at()).await.unwrap();
        assert_eq!(listener.0.lock().unwrap().len(), 0, "once is enough");
    })
    .await;
}

#[tokio::test]
async fn whoever_writes_to_people_hears_of_everybody_who_has_the_number() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let ana = ready(&world, &market, person("Ana", Some("ana@example.com"), Some("+12015550101"))).await;
        let ben =
            ready(&world, &market, person("Ben", Some("ben@example.com"), Some("(201) 555-0101"))).await;
        let eve = ready(&world, &market, person("Eve", Some("eve@example.com"), Some("+12015550102"))).await;
        let listener = Listener::default();
        leads.add_opt_out_witness(Arc::new(listener.clone()));
        let inbound = Inbound {
            channel: Channel::Sms,
            text: "STOP",
            message: "m1",
            from: None,
            sent_at: world.now(),
            asked_for_consent: false,
        };
        leads.heard(&market, ana, &inbound, &world.at()).await.unwrap();
        let told = std::mem::take(&mut *listener.0.lock().unwrap());
        assert_eq!(told.iter().map(|(who, ..)| *who).collect::<Vec<_>>(), [ana, ben], "{told:?}");
        assert!(told[1].2.contains(&Channel::Sms) && !told[1].2.contains(&Channel::Chat), "{told:?}");

        let lines = ["eve@example.com", "+1 201 555 0102", "+1 201 555 0199"].map(str::to_owned);
        leads.import_opt_outs(&market, &lines, &world.at()).await.unwrap();
        let told = std::mem::take(&mut *listener.0.lock().unwrap());
        let [(who, false, channels)] = told.as_slice() else { panic!("{told:?}") };
        assert_eq!(*who, eve);
        assert!(channels.contains(&Channel::Email) && channels.contains(&Channel::Sms), "{told:?}");
        leads.import_opt_outs(&market, &lines, &world.at()).await.unwrap();
        assert_eq!(listener.0.lock().unwrap().len(), 0, "once is enough");
    })
    .await;
}

#[tokio::test]
async fn what_was_unclear_of_one_contact_can_be_settled_with_the_other() {
    on_both(async |world| {
        let (leads, market) = (&world.leads, world.market("alpha").await);
        let gone = ready(&world, &market, person("A.", None, None)).await;
        let kept = ready(&world, &market, person("Ana", None, Some("+12015550102"))).await;
        // On a chat nobody has an address.
        let inbound = Inbound {
            channel: Channel::Chat,
            text: "not interested",
            message: "m1",
            from: None,
            sent_at: world.now(),
            asked_for_consent: false,
        };
        leads.heard(&market, gone, &inbound, &world.at()).await.unwrap();
        leads.joined(&market, gone, kept, &world.at()).await.unwrap();
        assert_eq!(rule(&world, &market, kept, Channel::Chat).await, "opt-out.unclear");
        world.pass(SignedDuration::from_mins(1));
        let settle = async || {
            leads.settle(&market, Sight::All, kept, false, "meant another house", &world.at()).await.unwrap()
        };
        assert_eq!(settle().await, 1);
        assert_eq!(rule(&world, &market, kept, Channel::Chat).await, "none");
        assert_eq!(settle().await, 0);
        // The other contact's own is still to be read.
        assert_eq!(rule(&world, &market, gone, Channel::Chat).await, "opt-out.unclear");
    })
    .await;
}

#[tokio::test]
async fn a_restore_brings_back_no_agreement_that_was_taken_back_and_disturbs_nobody() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = ready(&world, &market, person("Ana", Some("ana@example.com"), Some("+12015550100"))).await;
        let backup = tempfile::tempdir().unwrap();
        let saved = backup.path().join("alpha");
        world.markets.backup(market.name(), &saved, &world.at()).await.unwrap();
        world.pass(SignedDuration::from_mins(1));
        takes_back(&world, &market, ana).await;
        let told = [(Channel::Email, DoNotDisturb::On)];
        world.leads.reachability(&market, ana, &told, &world.at()).await.unwrap();
        // Somebody who is in no backup.
        let ben = ready(&world, &market, person("Ben", None, Some("+12015550101"))).await;
        takes_back(&world, &market, ben).await;

        world.markets.restore(market.name(), &saved, &world.at()).await.unwrap();
        let market = world.markets.enter(market.name()).await.unwrap();
        assert_eq!(rule(&world, &market, ana, Channel::Sms).await, "consent.missing");
        assert_eq!(rule(&world, &market, ana, Channel::Email).await, "do-not-disturb.on");
        let known = world.leads.reachability_of(&market, Sight::All, ana).await.unwrap();
        assert_eq!(known.bases.len(), 2, "both words, and each once");
    })
    .await;
}
