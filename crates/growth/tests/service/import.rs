use growth::{BoardQuery, Growth, GrowthError, activity::ActivityKind, policy::Policy};
use rust_decimal::Decimal;
use store::{Db, Query, testing::on_both_databases};

use super::{HEADER, file, id, live, moment, snapshot, tighter_policy, with_clients};

#[tokio::test]
async fn an_import_becomes_a_board_and_again_the_same_snapshot() {
    on_both_databases(async |db| {
        let growth = Growth::open(db.clone()).await.expect("opens");
        assert!(matches!(growth.board(BoardQuery::default()).await, Err(GrowthError::NoSnapshot)));
        let mut events = growth.events();

        let report = growth.import(snapshot(&file("4.6"), "2026-01-19"), &moment(1)).await.expect("imports");
        assert!(!report.existed);
        assert_eq!((report.snapshot.rows, report.snapshot.clients, report.snapshot.rejected_rows), (4, 3, 1));
        assert_eq!(report.rejected[0].field, "satisfaction_score");
        let told = events.try_recv().expect("told");
        assert_eq!((told.kind, told.actor.as_str()), (ActivityKind::SnapshotImported, "ana@example.com"));
        assert_eq!(growth.activity(10).await.expect("log"), [told]);

        let (rejected, notices) = growth.import_remarks(report.snapshot.id).await.expect("remarks");
        assert_eq!((rejected, notices), (report.rejected.clone(), report.notices.clone()));

        let again = growth.import(snapshot(&file("4.6"), "2026-01-19"), &moment(2)).await.expect("again");
        assert!(again.existed);
        assert_eq!(again.snapshot, report.snapshot);
        assert!(events.try_recv().is_err(), "nothing happened");
        let other_day =
            growth.import(snapshot(&file("4.6"), "2026-01-18"), &moment(3)).await.expect("other day");
        assert!(!other_day.existed, "the same bytes of another day are another snapshot");

        let board = live(&growth).await;
        assert_eq!(board.snapshot, report.snapshot, "the latest by the day it speaks of");
        assert_eq!(board.clients.len(), 3);
        let (client, assessment) = board.client(&id("c1")).expect("Harbour");
        assert_eq!(&*client.client_name, "Harbour Homes");
        assert_eq!(*assessment, growth::assess::assess(client, &Policy::framework(), board.snapshot.as_of));
        assert_eq!(board.current_mrr().expect("mrr").amount(), Decimal::from(6_800));
        assert!(std::sync::Arc::ptr_eq(&board, &live(&growth).await), "from memory while nothing changed");

        let elsewhere = Growth::open(db.clone()).await.expect("another process");
        assert_eq!(*live(&elsewhere).await.clients, *board.clients, "kept exactly");
    })
    .await;
}

#[tokio::test]
async fn a_file_without_a_usable_row_imports_nothing() {
    on_both_databases(async |db| {
        let growth = Growth::open(db).await.expect("opens");
        let text = format!("{HEADER}\nc4,Broken,1000,9.5,0.5,0,5,2026-01-01,5,false,0,0,10,1,1,0\n");
        let refused = growth.import(snapshot(&text, "2026-01-19"), &moment(1)).await;
        assert!(matches!(refused, Err(GrowthError::NothingToImport { rows: 1 })));
        assert!(growth.snapshots().await.expect("lists").is_empty());
    })
    .await;
}

#[tokio::test]
async fn a_second_import_shows_who_moved_and_why() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        assert!(growth.movement().await.expect("asks").is_none(), "nothing to compare with");
        let other = Growth::open(db.clone()).await.expect("another process");
        other.import(snapshot(&file("3.0"), "2026-01-26"), &moment(2)).await.expect("imports");

        let movement = growth.movement().await.expect("compares").expect("two snapshots");
        assert_eq!(movement.before.as_of.to_string(), "2026-01-19");
        let harbour = movement.movement.changed.iter().find(|one| one.client_id == id("c1")).expect("moved");
        assert!(harbour.score.after < harbour.score.before);
        assert_eq!(harbour.factors[0].name, "satisfaction");

        let history = growth.client_history(&id("c1")).await.expect("history");
        let days: Vec<String> = history.iter().map(|point| point.as_of.to_string()).collect();
        assert_eq!(days, ["2026-01-19", "2026-01-26"]);
        assert_eq!(history[1].score, harbour.score.after);
        assert_eq!(history[0].policy, *Policy::framework().key());
        assert_eq!(
            live(&growth).await.snapshot.as_of.to_string(),
            "2026-01-26",
            "noticed the other's import"
        );
    })
    .await;
}

#[tokio::test]
async fn snapshots_and_predictions_are_written_once() {
    on_both_databases(async |db| {
        let growth = with_clients(&db).await;
        let digest = async |db: &Db| {
            let clients = Query::new("SELECT metrics AS t FROM growth_snapshot_client ORDER BY snapshot_id, place");
            let ledger = Query::new("SELECT detail || CAST(score AS TEXT) AS t FROM growth_assessment ORDER BY client_id, run_id LIMIT 3");
            let mut all = db.list(clients, |row| row.text("t")).await.expect("clients");
            all.truncate(3);
            all.extend(db.list(ledger, |row| row.text("t")).await.expect("ledger"));
            all
        };
        let before = digest(&db).await;
        let key = growth
            .save_policy(&tighter_policy(), "stricter", &moment(2))
            .await
            .expect("saves");
        growth.activate_policy(&key, &moment(3)).await.expect("activates");
        let runs = db.one(Query::new("SELECT COUNT(*) AS n FROM growth_assessment_run")).await.expect("counts");
        assert_eq!(runs.int("n").expect("n"), 2, "the new policy's view stands beside the old one's");
        let after = digest(&db).await;
        assert_eq!(before[..3], after[..3], "clients untouched");
        let kept = growth.client_history(&id("c1")).await.expect("history");
        assert_eq!(kept.len(), 2);
        assert_eq!(kept[0].policy.version, 1);
    })
    .await;
}
