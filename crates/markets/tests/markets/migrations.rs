use markets::{EnterError, MarketsError};
use store::{
    Kind, Migration, MigrationSet, Query, Schema,
    schema::{ColumnRule, TableRule},
};

use crate::fixture::{NOTES, name, on_both};

const STEPS: &[Migration] = &[
    Migration { version: 1, name: "tag", sql: "CREATE TABLE tag (id TEXT PRIMARY KEY);" },
    Migration { version: 2, name: "colour", sql: "ALTER TABLE tag ADD COLUMN colour TEXT;" },
];

const TAGS: &[TableRule] = &[TableRule {
    name: "tag",
    key: &["id"],
    columns: &[ColumnRule::plain("id", Kind::Text), ColumnRule::plain("colour", Kind::Text)],
}];

/// The tables of the next version of the program.
static NEXT: Schema = Schema { migrations: MigrationSet { domain: "tags", migrations: STEPS }, tables: TAGS };

#[tokio::test]
async fn a_newer_program_brings_a_market_up_to_date_when_it_is_entered() {
    on_both(async |world| {
        world.market("alpha").await;
        let next = world.another_process(vec![&NOTES, &NEXT]).await;
        let alpha = next.enter(&name("alpha")).await.expect("entered");
        alpha
            .db()
            .execute(Query::new("INSERT INTO tag (id) VALUES ('a')"))
            .await
            .expect("the table is there");
    })
    .await;
}

#[tokio::test]
async fn a_market_whose_migration_fails_is_fenced_with_the_reason_and_the_others_go_on() {
    on_both(async |world| {
        world.market("alpha").await;
        world.market("beta").await;
        world.market("gamma").await;
        // In beta something stands where the next version wants to put its table.
        let beta = world.enter("beta").await;
        beta.db().execute(Query::new("CREATE TABLE tag (id TEXT)")).await.expect("made");
        drop(beta);

        let next = world.another_process(vec![&NOTES, &NEXT]).await;
        let report = next.migrate_all(&world.at(1)).await.expect("a report");
        let failed: Vec<(&str, bool)> =
            report.iter().map(|done| (done.name.as_str(), done.failed.is_some())).collect();
        assert_eq!(failed, [("alpha", false), ("beta", true), ("gamma", false)]);
        assert_eq!(report[0].steps, 2);
        let reason = report[1].failed.clone().expect("a reason");
        assert!(reason.contains("`tags`") && reason.contains("exists"), "{reason}");

        for open in ["alpha", "gamma"] {
            next.enter(&name(open)).await.expect(open);
        }
        let refused = next.enter(&name("beta")).await.expect_err("fenced");
        assert!(matches!(&refused, EnterError::Fenced { reason: told, .. } if *told == reason), "{refused}");
        let listed = next.record(&name("beta")).await.expect("still listed");
        assert!(!listed.is_open());

        // What stood in the way is removed by hand; then it goes on where it stopped.
        let repaired = world.another_process(vec![&NOTES]).await;
        let beta = repaired.enter(&name("beta")).await.expect("the older program still gets in");
        beta.db().execute(Query::new("DROP TABLE tag")).await.expect("dropped");
        drop(beta);
        let report = next.migrate_all(&world.at(2)).await.expect("a report");
        assert!(report.iter().all(|done| done.failed.is_none()), "{report:?}");
        next.enter(&name("beta")).await.expect("open again");
    })
    .await;
}

#[tokio::test]
async fn a_market_of_a_newer_program_is_closed_to_an_older_one_and_not_damaged() {
    on_both(async |world| {
        world.market("alpha").await;
        static ONE_STEP: Schema = Schema {
            migrations: MigrationSet { domain: "tags", migrations: STEPS.split_at(1).0 },
            tables: &[TableRule {
                name: "tag",
                key: &["id"],
                columns: &[ColumnRule::plain("id", Kind::Text)],
            }],
        };
        let next = world.another_process(vec![&NOTES, &NEXT]).await;
        next.enter(&name("alpha")).await.expect("brought up to date");
        let older = world.another_process(vec![&NOTES, &ONE_STEP]).await;
        let refused = older.enter(&name("alpha")).await.expect_err("too old");
        assert!(refused.to_string().contains("newer"), "{refused}");
        next.enter(&name("alpha")).await.expect("the newer one still gets in");
    })
    .await;
}

#[tokio::test]
async fn an_unknown_market_is_not_migrated_into_being() {
    on_both(async |world| {
        let refused = world.markets.record(&name("alpha")).await.expect_err("unknown");
        assert!(matches!(refused, MarketsError::Unknown(_)));
        assert!(world.markets.migrate_all(&world.at(1)).await.expect("nothing to do").is_empty());
    })
    .await;
}
