//! The hub's trail tells of every change, and of nobody by name.

use directory::{KEY_LIFETIME, KeyScope, KeyWanted, LINK_LIFETIME, RECOVERY_ENTROPY_BYTES, oidc::IdClaims};
use kernel::{HubRole, MarketRole};
use store::{
    testing::on_both_databases,
    trail::{self, Filter, Order},
};

use crate::world::{email, market, moment, morning, newcomer, signed_in, with_operator};

#[tokio::test]
async fn every_change_is_in_the_trail_in_order_and_without_names() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "benjamin", None).await;
        directory
            .update_user(ben.id, "Benjamin Roe", Some(HubRole::Auditor), &moment(2))
            .await
            .expect("changes");
        directory
            .update_user(ben.id, "Benjamin Roe", Some(HubRole::Auditor), &moment(2))
            .await
            .expect("no change");
        directory
            .set_password(ben.id, "correct horse battery", None, &moment(3), [9; 16])
            .await
            .expect("sets");
        directory.put_member(ben.id, market(1), MarketRole::Owner, &moment(4)).await.expect("belongs");
        let scope = KeyScope::Market(market(1), MarketRole::Viewer);
        let wanted =
            KeyWanted { name: "benjamin's".into(), scope, lifetime: KEY_LIFETIME, created_by: Some(ben.id) };
        let key = directory.create_key(wanted, &moment(5), [1; 16]).await.expect("makes");
        directory.put_member(ana.id, market(1), MarketRole::Owner, &moment(6)).await.expect("belongs");
        directory.put_member(ben.id, market(1), MarketRole::Agent, &moment(7)).await.expect("changes");
        let claims = IdClaims {
            issuer: "https://login.example.org".into(),
            subject: "benjamin-7".into(),
            verified_email: Some(email("benjamin@example.com")),
            authenticated_at: None,
        };
        directory.link_identity(ben.id, &claims, &moment(8)).await.expect("links");
        directory.unlink_identity(ben.id, &claims.issuer, &moment(9)).await.expect("parts");
        signed_in(&directory, &ben, 1).await;
        directory.revoke_sessions(ben.id, None, &moment(10)).await.expect("ends");
        directory.remove_member(ben.id, market(1), &moment(11)).await.expect("leaves");
        directory.disable_user(ben.id, &moment(12)).await.expect("out");
        directory.enable_user(ben.id, &moment(13)).await.expect("in");
        directory.erase_user(ben.id, &moment(14)).await.expect("gone");

        let mut entries =
            trail::page(&db, &Filter::default(), Order::Newest, None, 100).await.expect("reads");
        entries.reverse();
        let told: Vec<_> = entries.iter().map(|entry| entry.action.as_str()).collect();
        assert_eq!(
            told,
            [
                "user.added",
                "user.added",
                "user.changed",
                "user.password_set",
                "membership.granted",
                "key.created",
                "membership.granted",
                "key.revoked",
                "membership.changed",
                "user.identity_linked",
                "user.identity_unlinked",
                "user.link_issued",
                "user.sessions_ended",
                "membership.ended",
                "user.disabled",
                "user.enabled",
                "user.erased",
            ]
        );
        assert_eq!(entries[5].subject, format!("key:{}", key.key.id));
        for entry in &entries {
            let text = format!("{entry:?}").to_lowercase();
            assert!(!text.contains("benjamin") && !text.contains("example.com"), "{text}");
        }
        let granted = &entries[4];
        assert_eq!(
            (granted.actor.as_str(), granted.subject.clone()),
            ("user:tester", format!("user:{}", ben.id))
        );
        assert_eq!(granted.detail["role"], "owner");
    })
    .await;
}

#[tokio::test]
async fn a_refused_change_leaves_no_entry() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let before =
            trail::page(&db, &Filter::default(), Order::Newest, None, 100).await.expect("reads").len();
        assert!(directory.disable_user(ana.id, &moment(2)).await.is_err());
        assert!(
            directory
                .issue_link(kernel::Ulid::from_parts(1, 1), LINK_LIFETIME, &moment(3), [1; 32])
                .await
                .is_err()
        );
        assert!(
            directory.new_recovery_codes(ana.id, &moment(4), &[0; RECOVERY_ENTROPY_BYTES]).await.is_err()
        );
        assert!(!directory.end_session("nothing").await.expect("answers"));
        assert!(directory.session("nothing", morning()).await.expect("answers").is_none());
        let after =
            trail::page(&db, &Filter::default(), Order::Newest, None, 100).await.expect("reads").len();
        assert_eq!(after, before);
    })
    .await;
}
