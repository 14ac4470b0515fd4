use contacts::{EraseReason, Sight};
use jiff::ToSpan as _;
use leads::{BoardQuery, LeadsError, timeline::Direction};
use store::Query;

use crate::world::{look, message, on_both};

/// Tables of leads, as the schema names them.
fn tables() -> Vec<&'static str> {
    leads::SCHEMA.tables.iter().map(|table| table.name).collect()
}

#[tokio::test]
async fn nothing_of_an_erased_person_is_left_among_leads() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let (ana, bob) = (world.lead(&market, "Ana").await, world.lead(&market, "Bob").await);
        for person in [ana, bob] {
            world.tell(&market, person, "look", look("a")).await;
            world.tell(&market, person, "asks", message(Direction::Inbound)).await;
        }
        world.score(&market).await;
        let at = world.at();
        let until = at.at() + 10.hours();
        world.leads.override_score(&market, Sight::All, ana, 0.9, "met her", until, &at).await.unwrap();
        world.score(&market).await;

        let receipt =
            world.contacts.erase(&market, Sight::All, ana, EraseReason::Request, &world.at()).await.unwrap();
        for table in ["lead", "lead_entry", "lead_score", "lead_override"] {
            assert!(receipt.rows.get(table).is_some_and(|rows| *rows > 0), "{table}: {receipt:?}");
        }
        // Whatever columns a table has: her identifier is in none of them.
        for schema in leads::SCHEMA.tables {
            for column in schema.columns.iter().filter(|column| column.kind == store::Kind::Text) {
                let text = format!("SELECT COUNT(*) AS found FROM {} WHERE {} = ?", schema.name, column.name);
                let query = Query::new(Box::leak(text.into_boxed_str())).bind(ana);
                let found: u64 = market.db().one(query).await.unwrap().count("found").unwrap();
                assert_eq!(found, 0, "{}.{}", schema.name, column.name);
            }
        }
        assert!(tables().contains(&"lead_entry"));
        let unknown = world.leads.lead(&market, Sight::All, ana, world.now()).await;
        assert!(matches!(unknown, Err(LeadsError::Unknown(_))));
        assert!(world.leads.timeline(&market, ana).await.unwrap().is_empty());
        assert_eq!(world.score(&market).await.len(), 0);
        let board = world.leads.board(&market, Sight::All, &BoardQuery::default()).await.unwrap();
        assert_eq!(board.rows.iter().map(|row| row.contact.id).collect::<Vec<_>>(), [bob]);
    })
    .await;
}

#[tokio::test]
async fn a_restore_brings_back_the_leads_and_nobody_who_was_erased_since() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let (ana, bob) = (world.lead(&market, "Ana").await, world.lead(&market, "Bob").await);
        world.tell(&market, bob, "look", look("a")).await;
        world.score(&market).await;
        let before = world.leads.lead(&market, Sight::All, bob, world.now()).await.unwrap();
        let backup = tempfile::tempdir().unwrap();
        let saved = backup.path().join("alpha");
        world.markets.backup(market.name(), &saved, &world.at()).await.unwrap();
        world.tell(&market, bob, "asks", message(Direction::Inbound)).await;
        world.contacts.erase(&market, Sight::All, ana, EraseReason::Request, &world.at()).await.unwrap();

        world.markets.restore(market.name(), &saved, &world.at()).await.unwrap();
        let market = world.markets.enter(market.name()).await.unwrap();
        let after = world.leads.lead(&market, Sight::All, bob, world.now()).await.unwrap();
        let was =
            |score: Option<leads::score::LeadScore>| score.map(|score| (score.probability, score.factors));
        assert_eq!(was(after.score), was(before.score), "as it was saved");
        assert!(world.leads.timeline(&market, ana).await.unwrap().is_empty());
        for table in ["lead", "lead_entry", "lead_score"] {
            let text = format!("SELECT COUNT(*) AS found FROM {table} WHERE contact = ?");
            let query = Query::new(Box::leak(text.into_boxed_str())).bind(ana);
            assert_eq!(market.db().one(query).await.unwrap().count::<u64>("found").unwrap(), 0, "{table}");
        }
        assert!(world.score(&market).await.is_empty());
    })
    .await;
}

#[tokio::test]
async fn who_is_being_erased_is_not_scored_and_does_not_hold_up_the_others() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let (ana, bob) = (world.lead(&market, "Ana").await, world.lead(&market, "Bob").await);
        // Erasure destroys the key first; the rows are still there.
        market.destroy_person_key(ana, &world.at()).await.unwrap();
        assert_eq!(world.score(&market).await, [bob]);
        let report = world.leads.score_due(&market, world.now(), 1).await.unwrap();
        assert_eq!((report.scored.len(), report.more), (0, false), "she is not asked for again");
        let board = world.leads.board(&market, Sight::All, &BoardQuery::default()).await.unwrap();
        assert_eq!(board.rows.len(), 1);
        assert!(world.leads.timeline(&market, ana).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_erased_while_a_score_is_being_kept_is_gone_all_the_same() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = world.lead(&market, "Ana").await;
        world.score(&market).await;
        // A score as another node keeps it: the lead's row first, and the ledger before the end.
        let mut tx = market.db().begin().await.unwrap();
        tx.execute(Query::new("UPDATE lead SET probability = 0.5 WHERE contact = ?").bind(ana)).await.unwrap();
        let erasing = tokio::spawn({
            let (contacts, market, at) = (world.contacts.clone(), market.clone(), world.at());
            async move { contacts.erase(&market, Sight::All, ana, EraseReason::Request, &at).await }
        });
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        let insert = Query::new(
            "INSERT INTO lead_prediction (id, contact, kind, question, model, at, probability, features, settle_at) \
             VALUES ('p', ?, 'goal', 'q', 'm', 1, 0.5, 'f', 2)",
        );
        tx.execute(insert.bind(ana)).await.unwrap();
        tx.commit().await.unwrap();
        erasing.await.unwrap().unwrap();
        let left = Query::new("SELECT COUNT(*) AS found FROM lead_prediction WHERE contact = ?").bind(ana);
        assert_eq!(market.db().one(left).await.unwrap().count::<u64>("found").unwrap(), 0);
    })
    .await;
}

#[tokio::test]
async fn what_is_kept_of_leads_is_not_readable_in_the_database() {
    on_both(async |world| {
        let market = world.market("alpha").await;
        let ana = world.lead(&market, "Ana").await;
        world.tell(&market, ana, "canary-name", look("canary-listing")).await;
        world.score(&market).await;
        let at = world.at();
        let until = at.at() + 10.hours();
        let reason = "canary-reason";
        world.leads.override_score(&market, Sight::All, ana, 0.9, reason, until, &at).await.unwrap();
        for table in leads::SCHEMA.tables {
            let text = format!("SELECT * FROM {}", table.name);
            let rows = market.db().all(Query::new(Box::leak(text.into_boxed_str()))).await.unwrap();
            for row in &rows {
                for column in table.columns {
                    let value = format!("{:?}", row.value(column.name, column.kind).unwrap());
                    let bytes = match row.value(column.name, column.kind).unwrap() {
                        store::Value::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
                        _ => String::new(),
                    };
                    let readable = format!("{value}{bytes}");
                    for word in ["canary", "Came ", "looks at"] {
                        assert!(!readable.contains(word), "{word} in {}.{}", table.name, column.name);
                    }
                }
            }
        }
    })
    .await;
}
