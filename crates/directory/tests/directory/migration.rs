//! A hub that was made before there were markets.

use directory::Directory;
use kernel::HubRole;
use store::{Migration, MigrationSet, Query, testing::on_both_databases};

use crate::world::morning;

const BEFORE: MigrationSet = MigrationSet {
    domain: "directory",
    migrations: &[Migration {
        version: 1,
        name: "people",
        sql: include_str!("../../migrations/0001_people.sql"),
    }],
};

#[tokio::test]
async fn owners_become_operators_members_keep_their_work_and_sessions_go_on() {
    on_both_databases(async |db| {
        db.migrate(&BEFORE).await.expect("as it was");
        for (id, email, role) in [
            ("01ARZ3NDEKTSV4RRFFQ69G5FAV", "ana@example.com", "owner"),
            ("01ARZ3NDEKTSV4RRFFQ69G5FAW", "ben@example.com", "member"),
        ] {
            let insert = "INSERT INTO user_account (id, email, name, role, created_at) VALUES (?, ?, ?, ?, 0)";
            let user = Query::new(insert).bind(id).bind(email).bind(email).bind(role);
            db.execute(user).await.expect("a user");
        }
        let insert = "INSERT INTO user_session (token_hash, id, user_id, label, created_at, last_seen_at, expires_at) \
                      VALUES (?, '01ARZ3NDEKTSV4RRFFQ69G5FAX', '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'Firefox', ?, ?, ?)";
        // The SHA-256 of "abc".
        let session = Query::new(insert)
            .bind("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
            .bind(morning())
            .bind(morning())
            .bind(morning() + directory::SESSION_LIFETIME);
        db.execute(session).await.expect("a session");

        let directory = Directory::open(db.clone()).await.expect("brings it up to date");
        let users = directory.users().await.expect("lists");
        let roles: Vec<_> = users.iter().map(|user| (user.email.as_str(), user.hub_role)).collect();
        assert_eq!(
            roles,
            [("ana@example.com", Some(HubRole::Operator)), ("ben@example.com", Some(HubRole::Growth))]
        );
        let known = directory.session("abc", morning()).await.expect("answers").expect("still signed in");
        assert!(!known.session.is_proven(morning()), "but what matters is asked for again");
    })
    .await;
}
