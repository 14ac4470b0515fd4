use store::Query;

use crate::fixture::{name, on_both, person, write_note};

#[tokio::test]
async fn a_market_at_work_is_healthy_but_for_its_first_backup() {
    on_both(async |world| {
        world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        write_note(&alpha, "1", person(1), "here", &world.at(1)).await;
        let health = world.markets.health(&name("alpha"), &world.at(2)).await.expect("looked at");
        let wrong: Vec<&str> = health.checks.iter().filter(|check| !check.ok).map(|check| check.id).collect();
        assert_eq!(wrong, ["backup"], "{health:?}");
        assert!(health.database_bytes.is_some_and(|bytes| bytes > 0));
        assert_eq!(health.audit_entries, Some(1));
        let queues: Vec<&str> = health.queues.iter().map(|queue| queue.queue).collect();
        assert_eq!(queues, ["inbox", "outbox", "jobs"]);

        world
            .markets
            .backup(&name("alpha"), &world.home.path().join("backup"), &world.at(3))
            .await
            .expect("done");
        assert!(world.markets.health(&name("alpha"), &world.at(4)).await.expect("looked at").is_ok());
        let later = world.markets.health(&name("alpha"), &world.at(27 * 3600)).await.expect("looked at");
        assert!(!later.check("backup").expect("a check").ok, "a day and three hours is too old");
    })
    .await;
}

#[tokio::test]
async fn a_changed_audit_chain_is_a_finding_that_names_the_entry() {
    on_both(async |world| {
        world.market("alpha").await;
        let alpha = world.enter("alpha").await;
        world.markets.suspend(&name("alpha"), "", &world.at(1)).await.expect("suspended");
        world.markets.resume(&name("alpha"), &world.at(2)).await.expect("resumed");
        alpha.checkpoint(&world.at(3)).await.expect("signed");
        let update = Query::new("UPDATE audit_entry SET actor = 'mallory' WHERE seq = 1");
        alpha.db().execute(update).await.expect("changed");
        let health = world.markets.health(&name("alpha"), &world.at(4)).await.expect("looked at");
        let chain = health.check("audit_chain").expect("a check");
        assert!(!chain.ok && chain.finding.contains('1'), "{}", chain.finding);
    })
    .await;
}

#[tokio::test]
async fn health_and_checklist_answer_for_a_market_that_nobody_may_enter() {
    on_both(async |world| {
        world.market("alpha").await;
        world.markets.suspend(&name("alpha"), "unpaid", &world.at(1)).await.expect("suspended");
        let health = world.markets.health(&name("alpha"), &world.at(2)).await.expect("looked at");
        let state = health.check("state").expect("a check");
        assert!(!state.ok && state.finding.contains("unpaid"), "{}", state.finding);
        assert!(health.check("database").expect("a check").ok);
        let list = world.markets.checklist(&name("alpha")).await.expect("a checklist");
        assert!(!list.is_ready());
        let missing: Vec<&str> = list.missing().map(|step| step.id).collect();
        assert_eq!(missing, ["policy", "backup"]);
        assert!(
            world.markets.inspect(&name("alpha")).await.expect("for its operator").policy().await.is_ok()
        );
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_gone_is_a_finding_and_no_failure() {
    let world = crate::fixture::World::embedded().await;
    let record = world.market("alpha").await;
    world.markets.suspend(&name("alpha"), "", &world.at(1)).await.expect("closed");
    for file in world.files().iter().filter(|file| file.starts_with(&record.id.to_string())) {
        std::fs::remove_file(world.home.path().join("markets").join(file)).expect("removed");
    }
    let health = world.markets.health(&name("alpha"), &world.at(2)).await.expect("looked at");
    assert!(!health.check("database").expect("a check").ok);
    world.clear().await;
}
