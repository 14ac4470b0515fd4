use markets::{EnterError, MarketState, MarketsError};

use crate::fixture::{actions, name, on_both};

#[tokio::test]
async fn nobody_enters_a_suspended_market_until_it_is_resumed() {
    on_both(async |world| {
        world.market("alpha").await;
        let other = world.another_process(vec![&crate::fixture::NOTES]).await;
        other.enter(&name("alpha")).await.expect("open");
        let suspended =
            world.markets.suspend(&name("alpha"), "unpaid", &world.at(1)).await.expect("suspended");
        assert_eq!(
            (suspended.state, suspended.state_reason.as_deref()),
            (MarketState::Suspended, Some("unpaid"))
        );
        for markets in [&world.markets, &other] {
            let refused = markets.enter(&name("alpha")).await.expect_err("closed");
            assert!(matches!(refused, EnterError::Suspended(_)), "{refused}");
        }
        assert_eq!(world.markets.list().await.expect("listed").len(), 1, "it is still listed");
        world.markets.resume(&name("alpha"), &world.at(2)).await.expect("resumed");
        let alpha = world.enter("alpha").await;
        let expected = ["market.created", "market.suspended", "market.resumed"];
        assert_eq!(actions(alpha.db()).await, expected);
        assert_eq!(world.hub_actions().await, expected);
    })
    .await;
}

#[tokio::test]
async fn suspending_again_changes_nothing_and_an_unknown_market_is_said_to_be_unknown() {
    on_both(async |world| {
        world.market("alpha").await;
        for _ in 0..2 {
            world.markets.suspend(&name("alpha"), "", &world.at(1)).await.expect("suspended");
        }
        assert_eq!(world.hub_actions().await, ["market.created", "market.suspended"]);
        let unknown = world.markets.suspend(&name("beta"), "", &world.at(1)).await.expect_err("unknown");
        assert!(matches!(unknown, MarketsError::Unknown(_)));
    })
    .await;
}

#[tokio::test]
async fn a_policy_is_saved_as_the_next_version_and_the_one_before_stays() {
    on_both(async |world| {
        world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        let text = markets::policy::SHIPPED_TOML.replacen("\"21:00\"", "\"20:00\"", 1);
        assert_eq!(alpha.save_policy(&text, "earlier", &world.at(1)).await.expect("saved"), 2);
        assert_eq!(alpha.save_policy(&text, "again", &world.at(2)).await.expect("unchanged"), 2);
        assert_eq!(alpha.policy().await.expect("read").quiet_hours.begin.value, "20:00");
        assert_eq!(alpha.policies().await.expect("read").len(), 2);
        assert!(alpha.save_policy("name = 1", "", &world.at(3)).await.is_err());
        assert_eq!(actions(alpha.db()).await, ["market.created", "market.policy_saved"]);
    })
    .await;
}
