use audit::{Expected, Reason, checkpoint::Signer};
use jiff::SignedDuration;
use kernel::Actor;

use super::*;
use crate::{
    Db,
    schema::unruled,
    testing::{TestDb, on_both_databases},
};

fn at(second: i64) -> Timestamp {
    Timestamp::UNIX_EPOCH + SignedDuration::from_secs(second)
}

fn signer() -> Signer {
    Signer::from_seed("hub", &[7; 32]).expect("a key")
}

async fn add(db: &Db, second: i64, actor: &str, action: &str, subject: &str) {
    let mut tx = db.begin().await.expect("begins");
    let new = NewEntry::new(at(second), &Actor::new(actor), action, subject).with("second", second);
    append(&mut tx, new);
    tx.commit().await.expect("committed");
}

/// Six entries, checkpoints at 2 and 6.
async fn filled(db: &Db) {
    db.migrate(&SCHEMA.migrations).await.expect("migrated");
    for (second, actor, action, subject) in [
        (0, "Ana", "market.created", "market:a"),
        (1, "ana", "market.suspended", "market:a"),
        (2, "bob", "member.added", "user:1"),
        (3, "b%b", "member.removed", "user:1"),
        (4, "ana", "member.added", "user:12"),
        (5, "bob", "marketing.sent", "note:1"),
    ] {
        add(db, second, actor, action, subject).await;
        if second == 1 || second == 5 {
            assert!(checkpoint(db, &signer(), at(second)).await.expect("signed").is_some());
        }
    }
}

fn fault(result: Result<audit::Verified, TrailError>) -> Fault {
    match result {
        Err(TrailError::Fault(fault)) => fault,
        other => panic!("no fault: {other:?}"),
    }
}

#[tokio::test]
async fn a_trail_is_read_back_as_it_was_written_and_verifies() {
    on_both_databases(async |db| {
        filled(&db).await;
        let verified = verify(&db, &signer().verifier(), Begins::WithAnEntry).await.expect("sound");
        assert_eq!((verified.entries, verified.checkpoints, verified.signed_entries), (6, 2, 6));
        let all = page(&db, &Filter::default(), Order::Oldest, None, 100).await.expect("read");
        assert_eq!(audit::chain::verify(&all).expect("sound").entries, 6);
        assert_eq!(all[3].detail["second"], "3");
        assert_eq!(last(&db).await.expect("read"), all.last().cloned());
        let leaves = leaves(&db, 6).await.expect("read");
        assert_eq!(audit::tree::root(&leaves), verified.root);
        assert_eq!(by_seq(&db, 2).await.expect("read").as_ref(), Some(&all[2]));
    })
    .await;
}

#[tokio::test]
async fn entries_are_found_by_actor_action_subject_and_time_page_by_page() {
    on_both_databases(async |db| {
        filled(&db).await;
        let found = async |filter: Filter| {
            let entries = page(&db, &filter, Order::Newest, None, 100).await.expect("read");
            assert_eq!(count(&db, &filter).await.expect("counted"), entries.len() as u64);
            entries.iter().map(|entry| entry.seq).collect::<Vec<_>>()
        };
        let text = |text: &str| Some(text.to_owned());
        assert_eq!(found(Filter { actor: text("ANA"), ..Filter::default() }).await, [4, 1, 0]);
        assert_eq!(found(Filter { actor: text("%"), ..Filter::default() }).await, [3]);
        assert_eq!(found(Filter { action: text("market."), ..Filter::default() }).await, [1, 0]);
        assert_eq!(found(Filter { action: text("member.added"), ..Filter::default() }).await, [4, 2]);
        assert_eq!(found(Filter { subject: text("user:1"), ..Filter::default() }).await, [4, 3, 2]);
        assert_eq!(found(Filter { text: text("USER:1"), ..Filter::default() }).await, [4, 3, 2]);
        assert_eq!(found(Filter { text: text("\"5\""), ..Filter::default() }).await, [5], "in the details");
        assert_eq!(found(Filter { text: text("b%b"), ..Filter::default() }).await, [3]);
        let hour = Filter { from: Some(at(1)), until: Some(at(3)), ..Filter::default() };
        assert_eq!(found(hour).await, [2, 1]);
        let next = page(&db, &Filter::default(), Order::Newest, Some(4), 2).await.expect("read");
        assert_eq!(next.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [3, 2]);
        let next = page(&db, &Filter::default(), Order::Oldest, Some(4), 2).await.expect("read");
        assert_eq!(next.iter().map(|entry| entry.seq).collect::<Vec<_>>(), [5]);
    })
    .await;
}

#[tokio::test]
async fn an_emptied_chain_is_a_fault_where_an_entry_stood_from_the_start() {
    on_both_databases(async |db| {
        filled(&db).await;
        for statement in ["DELETE FROM audit_checkpoint", "DELETE FROM audit_entry"] {
            db.execute(Query::new(statement)).await.expect("emptied");
        }
        let found = fault(verify(&db, &signer().verifier(), Begins::WithAnEntry).await);
        assert_eq!(found.index(), Some(0));
        assert_eq!(found.reason(), &Reason::Empty);
        let young = verify(&db, &signer().verifier(), Begins::WithAChange).await;
        assert_eq!(young.expect("nobody has changed anything").entries, 0);
    })
    .await;
}

/// SQLite's writers are one at a time anyway.
#[tokio::test]
async fn who_tells_early_and_who_tells_late_do_not_wait_for_each_other_on_postgresql() {
    let Some(test) = TestDb::postgres().await else { return };
    let db = test.db();
    db.migrate(&SCHEMA.migrations).await.expect("migrated");
    let new = |name| NewEntry::new(at(9), &Actor::new(name), "member.added", "user:3");
    let (mut early, mut late) = (db.begin().await.expect("begins"), db.begin().await.expect("begins"));
    append(&mut early, new("early"));
    late.one_at_a_time("something else").await.expect("its turn");
    let early = async {
        early.one_at_a_time("something else").await?;
        early.commit().await
    };
    let late = async {
        append(&mut late, new("late"));
        late.commit().await
    };
    let (early, late) = tokio::join!(early, late);
    early.and(late).expect("both");
    let page = page(&db, &Filter::default(), Order::Oldest, None, 9).await.expect("read");
    assert_eq!(page.iter().map(|entry| entry.actor.as_str()).collect::<Vec<_>>(), ["late", "early"]);
}

#[tokio::test]
async fn an_entry_lives_and_dies_with_the_change_it_tells_of() {
    on_both_databases(async |db| {
        filled(&db).await;
        let mut tx = db.begin().await.expect("begins");
        let new = NewEntry::new(at(9), &Actor::new("ana"), "member.added", "user:3");
        append(&mut tx, new.clone());
        append(&mut tx, new);
        tx.rollback().await.expect("undone");
        assert_eq!(count(&db, &Filter::default()).await.expect("counted"), 6);
        assert!(verify(&db, &signer().verifier(), Begins::WithAnEntry).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn entries_appended_at_once_form_one_chain() {
    on_both_databases(async |db| {
        db.migrate(&SCHEMA.migrations).await.expect("migrated");
        let appends = (0..20).map(|number| {
            let db = db.clone();
            tokio::spawn(async move { add(&db, number, "ana", "x.y", "z:1").await })
        });
        for append in appends.collect::<Vec<_>>() {
            append.await.expect("appended");
        }
        let page = page(&db, &Filter::default(), Order::Oldest, None, 99).await.expect("read");
        assert!(page.iter().map(|entry| entry.seq).eq(0..20));
        assert_eq!(verify(&db, &signer().verifier(), Begins::WithAnEntry).await.expect("sound").entries, 20);
    })
    .await;
}

#[tokio::test]
async fn what_is_changed_in_the_tables_is_found_and_the_first_entry_named() {
    for (statement, index) in [
        ("UPDATE audit_entry SET actor = 'eve' WHERE seq = 2", Some(2)),
        ("UPDATE audit_entry SET at = at + 1 WHERE seq = 0", Some(0)),
        ("UPDATE audit_entry SET detail = '{}' WHERE seq >= 4", Some(4)),
        ("UPDATE audit_entry SET detail = 'no json' WHERE seq = 3", Some(3)),
        ("UPDATE audit_entry SET previous = hash WHERE seq = 3", Some(3)),
        ("DELETE FROM audit_entry WHERE seq = 1", Some(1)),
        ("DELETE FROM audit_entry WHERE seq >= 4", Some(4)),
        ("DELETE FROM audit_entry", Some(0)),
        ("UPDATE audit_entry SET seq = seq - 1 WHERE seq = 0", Some(0)),
        ("UPDATE audit_checkpoint SET note = replace(note, '6', '5') WHERE size = 6", None),
    ] {
        on_both_databases(async |db| {
            filled(&db).await;
            db.execute(Query::new(statement)).await.expect("changed");
            let fault = fault(verify(&db, &signer().verifier(), Begins::WithAnEntry).await);
            assert_eq!(fault.index(), index, "{statement}: {fault}");
            let exported = export(&db, &signer().verifier(), Vec::new()).await;
            assert!(matches!(exported, Err(TrailError::Fault(found)) if found == fault));
        })
        .await;
    }
}

#[tokio::test]
async fn a_history_rewritten_with_all_its_hashes_is_neither_verified_nor_signed() {
    on_both_databases(async |db| {
        filled(&db).await;
        let mut tx = db.begin().await.expect("begins");
        tx.execute(Query::new("DELETE FROM audit_entry WHERE seq >= 3")).await.expect("removed");
        for _ in 3..8 {
            let new = NewEntry::new(at(9), &Actor::new("eve"), "x.y", "z:1");
            append(&mut tx, new);
        }
        tx.commit().await.expect("committed");
        let found = fault(verify(&db, &signer().verifier(), Begins::WithAnEntry).await);
        assert_eq!(found.reason(), &Reason::Rewritten { from: 2, last: 5, size: 6 });
        // The next entry hangs on another one than the signed tree ends with, yet only a full pass can tell.
        let peaks = Query::new("UPDATE audit_checkpoint SET peaks = ?").bind(vec![0_u8; 64]);
        db.execute(peaks).await.expect("changed");
        let signed = checkpoint(&db, &signer(), at(10)).await;
        assert!(matches!(signed, Err(TrailError::Fault(_))), "{signed:?}");
    })
    .await;
}

#[tokio::test]
async fn a_checkpoint_is_made_only_when_there_is_something_new_and_with_the_chains_key() {
    on_both_databases(async |db| {
        db.migrate(&SCHEMA.migrations).await.expect("migrated");
        assert_eq!(checkpoint(&db, &signer(), at(0)).await.expect("nothing to sign"), None);
        filled(&db).await;
        let again = checkpoint(&db, &signer(), at(7)).await.expect("nothing new").expect("the last one");
        assert_eq!((again.at, again.note.checkpoint().size), (at(5), 6));
        add(&db, 7, "ana", "x.y", "z:1").await;
        let other = Signer::from_seed("hub", &[8; 32]).expect("a key");
        assert!(matches!(checkpoint(&db, &other, at(8)).await, Err(TrailError::Fault(_))));
        let made = checkpoint(&db, &signer(), at(8)).await.expect("signed").expect("something new");
        assert_eq!((made.at, made.note.checkpoint().size), (at(8), 7));
        assert_eq!(last_checkpoint(&db).await.expect("read"), Some(made));
        assert_eq!(checkpoints(&db).await.expect("read").len(), 3);
        assert_eq!(
            verify(&db, &signer().verifier(), Begins::WithAnEntry).await.expect("sound").signed_entries,
            7
        );
    })
    .await;
}

#[tokio::test]
async fn an_export_verifies_without_the_database() {
    on_both_databases(async |db| {
        filled(&db).await;
        let export = export(&db, &signer().verifier(), Vec::new()).await.expect("written");
        let expected = Expected { key: Some(signer().verifier()), kept: Vec::new() };
        let verified = audit::export::verify_bytes(&export, &expected).expect("sound");
        assert_eq!(verified, verify(&db, &signer().verifier(), Begins::WithAnEntry).await.expect("sound"));
    })
    .await;
}

#[tokio::test]
async fn a_restored_copy_gets_the_entries_that_came_after_it() {
    on_both_databases(async |db| {
        filled(&db).await;
        let copy = crate::testing::TestDb::sqlite().await;
        copy.migrate(&SCHEMA.migrations).await.expect("migrated");
        assert_eq!(carry_over(&db, &copy).await.expect("carried"), 6);
        add(&db, 7, "ana", "x.y", "z:1").await;
        checkpoint(&db, &signer(), at(8)).await.expect("signed");
        assert_eq!(carry_over(&db, &copy).await.expect("carried"), 1);
        let verified = verify(&copy, &signer().verifier(), Begins::WithAnEntry).await.expect("sound");
        assert_eq!((verified.entries, verified.checkpoints), (7, 3));
        // Another history is not carried over.
        add(&copy, 8, "eve", "x.y", "z:1").await;
        add(&db, 9, "ana", "x.y", "z:1").await;
        assert_eq!(
            carry_over(&db, &copy).await.err().map(|error| error.to_string()).as_deref(),
            Some("entry 7 was replaced: the entry after it was chained to another one")
        );
    })
    .await;
}

#[tokio::test]
async fn entries_from_elsewhere_are_taken_only_where_they_continue_the_chain() {
    on_both_databases(async |db| {
        filled(&db).await;
        let all = after(&db, None).await.expect("read");
        assert_eq!(after(&db, Some(3)).await.expect("read"), all[4..]);
        let copy = crate::testing::TestDb::sqlite().await;
        copy.migrate(&SCHEMA.migrations).await.expect("migrated");
        let mut changed = all.clone();
        changed[2].subject = "user:2".to_owned();
        for (entries, index) in [(&all[1..], 0), (&changed, 2), (&[all[0].clone(), all[2].clone()][..], 1)] {
            let mut tx = copy.begin().await.expect("begins");
            let refused = load(&mut tx, entries).await;
            assert!(
                matches!(&refused, Err(TrailError::Fault(fault)) if fault.index() == Some(index)),
                "{refused:?}"
            );
        }
        let mut tx = copy.begin().await.expect("begins");
        load(&mut tx, &all[..4]).await.expect("loaded");
        load(&mut tx, &all[4..]).await.expect("loaded");
        tx.commit().await.expect("committed");
        assert_eq!(after(&*copy, None).await.expect("read"), all);
        assert!(checkpoint(&copy, &signer(), at(9)).await.expect("signed").is_some());
        assert_eq!(
            verify(&copy, &signer().verifier(), Begins::WithAnEntry).await.expect("sound").signed_entries,
            6
        );
    })
    .await;
}

#[tokio::test]
async fn every_column_has_its_rule() {
    on_both_databases(async |db| {
        db.migrate(&SCHEMA.migrations).await.expect("migrated");
        assert_eq!(unruled(&db, &[&SCHEMA]).await.expect("read"), Vec::<String>::new());
    })
    .await;
}
