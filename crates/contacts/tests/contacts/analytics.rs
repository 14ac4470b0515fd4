use contacts::{
    Channel, ContactsError, Direction, ListQuery, NewMessage, Sight,
    analytics::{Figure, Grouping, Measure, Question, ReleaseRequest},
};
use disclosure::Epsilon;
use markets::Market;

use crate::world::{World, on_both};

const STAGES: Question = Question { measure: Measure::Stages, by: Grouping::Region };

/// Six markets in Washington with 4 to 9 open contacts and 3 won each, two in Oregon.
async fn eight(world: &World) -> Vec<Market> {
    let mut markets = Vec::new();
    for number in 0..8_usize {
        let region = if number < 6 { "us-wa" } else { "us-or" };
        let market = world.market_in(&format!("m{number}"), region, "USD").await;
        world.add(&market, 4 + number % 6, "new").await;
        world.add(&market, 3, "closed").await;
        world.add(&market, 1, "lost").await;
        markets.push(market);
    }
    markets
}

fn told(figure: &Figure) -> Option<i64> {
    figure.value()
}

#[tokio::test]
async fn figures_of_enough_markets_are_told_and_no_difference_gives_the_others_away() {
    on_both(async |world| {
        eight(&world).await;
        let answer = world.contacts.analyse(STAGES, world.at().now).await.unwrap();
        let ids: Vec<_> = answer.groups.iter().map(|group| (group.id.as_str(), group.markets)).collect();
        assert_eq!(ids, [("us-or", 2), ("us-wa", 6)]);
        let (oregon, washington) = (&answer.groups[0], &answer.groups[1]);
        assert!(oregon.figures.iter().all(|figure| told(figure).is_none()), "{oregon:?}");
        assert!(matches!(&oregon.figures[0], Figure::Withheld { reason } if reason == "too-few"));
        assert_eq!(oregon.rate.as_ref().and_then(|rate| rate.value), None);
        // All less Washington would be Oregon: one of them is withheld, in every column.
        for column in 0..3 {
            let both = (told(&washington.figures[column]), told(&answer.all.figures[column]));
            assert!(!matches!(both, (Some(_), Some(_))), "column {column}: {both:?}");
        }
        // And so it is in every other grouping, so that no two answers can be subtracted.
        for by in [Grouping::Currency, Grouping::Vertical] {
            let other = world.contacts.analyse(Question { by, ..STAGES }, world.at().now).await.unwrap();
            for column in 0..3 {
                let first = told(&washington.figures[column]);
                let all = told(&other.all.figures[column]);
                assert!(first.is_none() || all.is_none(), "{by:?}: column {column}");
            }
        }
        assert!(answer.missing.is_empty());
    })
    .await;
}

#[tokio::test]
async fn the_true_counts_are_told_where_all_groups_are_large() {
    on_both(async |world| {
        for number in 0..6_usize {
            let market = world.market_in(&format!("m{number}"), "us-wa", "USD").await;
            world.add(&market, 4 + number, "new").await;
            world.add(&market, 3, "closed").await;
            world.add(&market, 1, "lost").await;
            let first = ListQuery { limit: 1, ..ListQuery::default() };
            let first = world.contacts.list(&market, Sight::All, &first).await.unwrap().contacts.remove(0);
            for direction in [Direction::In, Direction::Out, Direction::Out] {
                let message =
                    NewMessage { direction, channel: Channel::Sms, body: "hello".to_owned(), at: None };
                world
                    .contacts
                    .add_message(&market, Sight::All, first.id, &message, &world.at())
                    .await
                    .unwrap();
            }
        }
        let ask = async |measure, by| {
            world.contacts.analyse(Question { measure, by }, world.at().now).await.unwrap()
        };
        let stages = ask(Measure::Stages, Grouping::Region).await;
        let figures: Vec<_> = stages.groups[0].figures.iter().map(told).collect();
        assert_eq!(figures, [Some(39), Some(18), Some(6)]);
        assert_eq!(stages.groups[0].total.as_ref().and_then(told), Some(63));
        assert_eq!(stages.groups[0].rate.as_ref().and_then(|rate| rate.value), Some(0.75));
        assert_eq!(stages.withheld, 0);

        let new = ask(Measure::New, Grouping::Currency).await;
        assert_eq!(new.columns.last().map(String::as_str), Some("2026-03"));
        assert_eq!(new.all.figures.last().and_then(told), Some(63));

        let messages = ask(Measure::Messages, Grouping::Vertical).await;
        let residential = messages.groups.iter().find(|group| group.id == "residential").unwrap();
        assert_eq!(residential.figures.iter().map(told).collect::<Vec<_>>(), [Some(6), Some(12)]);
        let rate = residential.rate.as_ref().and_then(|rate| rate.value).unwrap();
        assert!((rate - 18.0 / 63.0).abs() < 1e-12);
    })
    .await;
}

#[tokio::test]
async fn a_market_that_cannot_be_read_is_named_and_not_counted_as_zero() {
    on_both(async |world| {
        let markets = eight(&world).await;
        world.markets.suspend(markets[0].name(), "unpaid", &world.at()).await.unwrap();
        let answer = world.contacts.analyse(STAGES, world.at().now).await.unwrap();
        assert_eq!(answer.missing.len(), 1);
        assert_eq!(answer.missing[0].market, "m0");
        assert!(answer.missing[0].reason.contains("suspended"), "{:?}", answer.missing);
        assert_eq!(answer.all.markets, 7);
    })
    .await;
}

#[tokio::test]
async fn noise_is_paid_for_from_a_budget_that_outlives_the_program_and_ends() {
    on_both(async |world| {
        eight(&world).await;
        world.contacts.set_budget(Epsilon::from_micro(1_000_000), &world.at()).await.unwrap();
        let request = ReleaseRequest { question: STAGES, epsilon: Epsilon::from_micro(400_000), clamp: 20 };
        let first = world.contacts.release(&request, &world.at()).await.unwrap();
        let noise = first.answer.noise.as_ref().unwrap();
        // Two rows of three columns and a total: eight figures share the cost.
        assert_eq!((noise.epsilon.as_str(), noise.epsilon_per_figure.as_str()), ("0.4", "0.05"));
        assert!((noise.scale - 400.0).abs() < 1e-9);
        let all = &first.answer.all.total;
        assert!(matches!(all, Some(Figure::Told { plus_minus: Some(1_198), .. })), "{all:?}");
        assert!(told(&first.answer.groups[0].figures[0]).is_none(), "two markets stay two markets");

        let (_, contacts) = world.restarted().await;
        assert_eq!(contacts.budget().await.unwrap().left(), Epsilon::from_micro(600_000));
        assert_eq!(contacts.release_by_id(first.id).await.unwrap(), Some(first.clone()));
        contacts.release(&request, &world.at()).await.unwrap();
        let refused = contacts.release(&request, &world.at()).await;
        assert!(matches!(refused, Err(ContactsError::Overspent(_))), "{refused:?}");
        assert_eq!(contacts.budget().await.unwrap().left(), Epsilon::from_micro(200_000));
        assert_eq!(contacts.releases(Some(STAGES), 10).await.unwrap().len(), 2);
        // A lowered total leaves nothing, and never less.
        let lowered = contacts.set_budget(Epsilon::from_micro(100_000), &world.at()).await.unwrap();
        assert_eq!(lowered.left(), Epsilon::ZERO);
        let nothing = ReleaseRequest { epsilon: Epsilon::ZERO, ..request };
        assert!(matches!(contacts.release(&nothing, &world.at()).await, Err(ContactsError::Question(_))));
    })
    .await;
}

#[tokio::test]
async fn releases_at_the_same_time_never_spend_more_than_there_is() {
    on_both(async |world| {
        eight(&world).await;
        world.contacts.set_budget(Epsilon::from_micro(1_000_000), &world.at()).await.unwrap();
        let request = ReleaseRequest { question: STAGES, epsilon: Epsilon::from_micro(300_000), clamp: 20 };
        let moments: Vec<_> = (0..6).map(|_| world.at()).collect();
        let releases = moments.iter().map(|at| world.contacts.release(&request, at));
        let results = futures::future::join_all(releases).await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 3);
        assert_eq!(world.contacts.budget().await.unwrap().left(), Epsilon::from_micro(100_000));
    })
    .await;
}
