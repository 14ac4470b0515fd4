//! Memberships: one market at a time.

use directory::{DirectoryError, Principal};
use kernel::{HubRole, MarketRole};
use store::testing::on_both_databases;

use crate::world::{market, moment, morning, newcomer, signed_in, with_operator};

#[tokio::test]
async fn a_membership_counts_in_its_market_only_and_a_hub_role_in_none() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", None).await;
        let (here, there) = (market(1), market(2));
        directory.put_member(ben.id, here, MarketRole::Agent, &moment(5)).await.expect("belongs");
        let principal = async |user, n| {
            let started = signed_in(&directory, user, n).await;
            let known = directory.session(started.token.as_str(), morning()).await.expect("answers");
            Principal::User(known.expect("known"))
        };
        let as_ben = principal(&ben, 1).await;
        assert_eq!(as_ben.market_role(here), Some(MarketRole::Agent));
        assert_eq!(as_ben.market_role(there), None);
        assert_eq!((as_ben.hub_role(), as_ben.markets()), (None, vec![(here, MarketRole::Agent)]));
        let as_ana = principal(&ana, 2).await;
        assert_eq!(as_ana.hub_role(), Some(HubRole::Operator));
        assert_eq!(as_ana.market_role(here), None, "an operator is not a member");
        assert_eq!(as_ben.actor().as_str(), format!("user:{}", ben.id), "never an e-mail");
    })
    .await;
}

#[tokio::test]
async fn a_market_keeps_its_last_owner() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", None).await;
        let here = market(1);
        directory.put_member(ana.id, here, MarketRole::Owner, &moment(5)).await.expect("belongs");
        directory.put_member(ben.id, here, MarketRole::Viewer, &moment(6)).await.expect("belongs");
        directory.put_member(ben.id, market(2), MarketRole::Owner, &moment(6)).await.expect("belongs");
        let demoted = directory.put_member(ana.id, here, MarketRole::Manager, &moment(7)).await;
        assert!(matches!(demoted, Err(DirectoryError::LastMarketOwner)), "an owner elsewhere does not count");
        let removed = directory.remove_member(ana.id, here, &moment(8)).await;
        assert!(matches!(removed, Err(DirectoryError::LastMarketOwner)));

        let since = directory.memberships(ben.id).await.expect("lists")[0].created_at;
        let owner =
            directory.put_member(ben.id, here, MarketRole::Owner, &moment(9)).await.expect("promotes");
        assert_eq!(owner.created_at, since);
        let gone = directory.remove_member(ana.id, here, &moment(10)).await.expect("now allowed");
        assert_eq!(gone.map(|membership| membership.role), Some(MarketRole::Owner));
        assert_eq!(directory.remove_member(ana.id, here, &moment(11)).await.expect("nothing left"), None);
        let members = directory.members(here).await.expect("lists");
        assert_eq!(members.iter().map(|member| member.user.id).collect::<Vec<_>>(), [ben.id]);
        let stranger =
            directory.put_member(kernel::Ulid::from_parts(9, 9), here, MarketRole::Agent, &moment(12)).await;
        assert!(matches!(stranger, Err(DirectoryError::UnknownUser)));

        assert_eq!(directory.forget_market(here, &moment(13)).await.expect("forgets"), 1);
        assert_eq!(directory.memberships(ben.id).await.expect("lists").len(), 1, "the other market stays");
    })
    .await;
}
