use std::sync::Arc;

use contacts::Sight;
use jiff::{SignedDuration, ToSpan as _};
use kernel::Ulid;
use leads::{BoardQuery, LeadsError, overlay::OverrideError};

use crate::world::{Listener, on_both};

#[tokio::test]
async fn a_persons_word_counts_beside_the_score_and_ends_by_itself() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let (ana, bob) = (world.lead(&market, "Ana").await, world.lead(&market, "Bob").await);
        world.score(&market).await;
        let listener = Arc::new(Listener::default());
        world.leads.add_score_witness(listener.clone());
        let computed =
            world.leads.lead(&market, Sight::All, bob, world.now()).await.unwrap().row.probability.unwrap();

        let at = world.at();
        let until = at.at() + 10.hours();
        let word =
            world.leads.override_score(&market, Sight::All, bob, 0.9, " met him ", until, &at).await.unwrap();
        assert_eq!((word.reason.as_str(), word.who.as_str()), ("met him", "user:ana"));
        // It counts at once, and everybody who listens hears of it with the next score.
        let board = world.leads.board(&market, Sight::All, &BoardQuery::default()).await.unwrap();
        assert_eq!(board.rows[0].contact.id, bob);
        assert_eq!((board.rows[0].effective, board.rows[0].probability), (Some(0.9), Some(computed)));
        assert_eq!(world.score(&market).await, [bob]);
        let heard = listener.heard();
        assert_eq!((heard[0].0, heard[0].2), (bob, 0.9));
        let view = world.leads.lead(&market, Sight::All, bob, world.now()).await.unwrap();
        assert_eq!(view.set_by, Some(word.clone()));
        assert_eq!(view.row.effective, Some(0.9));
        assert!((view.score.unwrap().probability - computed).abs() < 0.01, "the score goes on");

        // It ends by itself: the lead is due when it does.
        let report = world.leads.score_due(&market, world.now(), 10).await.unwrap();
        assert_eq!(report.next, Some(until));
        world.pass(SignedDuration::from_hours(11));
        assert_eq!(world.score(&market).await, [bob]);
        let view = world.leads.lead(&market, Sight::All, bob, world.now()).await.unwrap();
        assert_eq!((view.set_by, view.overrides), (None, vec![word]));
        assert_eq!(view.row.effective, view.row.probability);
        let _ = ana;
    })
    .await;
}

#[tokio::test]
async fn a_word_can_be_taken_back_and_stays_on_record() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = world.lead(&market, "Ana").await;
        world.score(&market).await;
        let before = world.leads.lead(&market, Sight::All, ana, world.now()).await.unwrap().row;
        let at = world.at();
        let until = at.at() + 10.hours();
        world.leads.override_score(&market, Sight::All, ana, 0.01, "moved away", until, &at).await.unwrap();
        let withdrawn = world.leads.withdraw_override(&market, Sight::All, ana, &world.at()).await.unwrap();
        assert_eq!(withdrawn, 1);
        let view = world.leads.lead(&market, Sight::All, ana, world.now()).await.unwrap();
        assert_eq!((view.set_by.is_none(), view.row.effective), (true, before.effective));
        assert!(view.overrides[0].withdrawn_at.is_some());
        let again = world.leads.withdraw_override(&market, Sight::All, ana, &world.at()).await.unwrap();
        assert_eq!(again, 0);

        let filter = store::trail::Filter { action: Some("lead.".to_owned()), ..Default::default() };
        let entries =
            store::trail::page(market.db(), &filter, store::trail::Order::Oldest, None, 10).await.unwrap();
        let actions: Vec<&str> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(actions, ["lead.overridden", "lead.override_withdrawn"]);
        assert!(!format!("{entries:?}").contains("moved away"), "the reason is sealed");
    })
    .await;
}

#[tokio::test]
async fn what_has_no_reason_no_chance_or_no_end_is_refused_and_nobody_speaks_of_whom_they_do_not_see() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = world.lead(&market, "Ana").await;
        let say = async |sight, probability, reason: &str, hours: i64| {
            let at = world.at();
            let until = at.at() + hours.hours();
            world.leads.override_score(&market, sight, ana, probability, reason, until, &at).await
        };
        let refused = say(Sight::All, 1.5, "sure", 1).await;
        assert!(matches!(refused, Err(LeadsError::Override(OverrideError::Probability(_)))));
        let refused = say(Sight::All, 0.5, " ", 1).await;
        assert!(matches!(refused, Err(LeadsError::Override(OverrideError::NoReason))));
        let refused = say(Sight::All, 0.5, "sure", 0).await;
        assert!(matches!(refused, Err(LeadsError::Override(OverrideError::Expiry))));
        let refused = say(Sight::All, 0.5, &"long ".repeat(200), 1).await;
        assert!(matches!(refused, Err(LeadsError::Invalid { field: "reason", .. })));
        let other = Sight::AssignedTo(Ulid::from_parts(1, 1));
        assert!(matches!(say(other, 0.5, "sure", 1).await, Err(LeadsError::Unknown(_))));
        let withdrawn = world.leads.withdraw_override(&market, other, ana, &world.at()).await;
        assert!(matches!(withdrawn, Err(LeadsError::Unknown(_))));
    })
    .await;
}
