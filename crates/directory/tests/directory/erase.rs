//! Erasing a user.

use directory::{DirectoryError, FAILURES_PER_EMAIL_MAX, LINK_LIFETIME, NewUser, oidc::IdClaims};
use kernel::{HubRole, MarketRole};
use store::{Query, testing::on_both_databases};

use crate::world::{email, market, moment, morning, newcomer, signed_in, visit, with_operator};

#[tokio::test]
async fn an_erased_user_leaves_an_identifier_and_nothing_else() {
    on_both_databases(async |db| {
        let (directory, _) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "benjamin", Some(HubRole::Growth)).await;
        directory
            .set_password(ben.id, "correct horse battery", None, &moment(2), [9; 16])
            .await
            .expect("sets");
        directory.put_member(ben.id, market(1), MarketRole::Agent, &moment(3)).await.expect("belongs");
        directory.save_view(ben.id, "/growth/top", "benjamin's", "", morning(), 1).await.expect("saves");
        let identity = IdClaims {
            issuer: "https://login.example.org".into(),
            subject: "benjamin-7".into(),
            verified_email: None,
            authenticated_at: None,
        };
        directory.link_identity(ben.id, &identity, &moment(4)).await.expect("links");
        directory.issue_link(ben.id, LINK_LIFETIME, &moment(5), [5; 32]).await.expect("a link");
        for _ in 0..FAILURES_PER_EMAIL_MAX {
            let _ = directory.check_password(&ben, &"x".repeat(2000), &visit(), morning()).await;
        }
        let inside = signed_in(&directory, &ben, 1).await;

        let gone = directory.erase_user(ben.id, &moment(6)).await.expect("erases");
        assert_eq!((gone.id, gone.name.as_str(), gone.hub_role), (ben.id, "Erased user", None));
        assert!(gone.erased_at.is_some() && gone.disabled_at.is_some() && !gone.has_password);
        assert!(directory.session(inside.token.as_str(), morning()).await.expect("answers").is_none());
        assert!(directory.user_by_email(&email("benjamin@example.com")).await.expect("answers").is_none());
        assert!(directory.memberships(ben.id).await.expect("lists").is_empty());
        for table in [
            "SELECT CAST(email AS TEXT) AS t FROM user_account UNION ALL SELECT name FROM user_account",
            "SELECT subject AS t FROM failed_sign_in",
            "SELECT name AS t FROM saved_view",
            "SELECT subject AS t FROM oidc_identity",
        ] {
            let texts = db.list(Query::new(table), |row| row.text("t")).await.expect("reads");
            assert!(texts.iter().all(|text| !text.to_lowercase().contains("benjamin")), "{table}: {texts:?}");
        }

        assert_eq!(directory.erase_user(ben.id, &moment(7)).await.expect("no change"), gone);
        for change in [
            directory.enable_user(ben.id, &moment(8)).await,
            directory.update_user(ben.id, "Ben", None, &moment(9)).await,
        ] {
            assert!(matches!(change, Err(DirectoryError::Erased)));
        }
        let password =
            directory.set_password(ben.id, "correct horse battery", None, &moment(10), [9; 16]).await;
        assert!(matches!(password, Err(DirectoryError::UnknownUser)));
        let heir = NewUser { email: email("benjamin@example.com"), name: String::new(), hub_role: None };
        directory.add_user(heir, &moment(11)).await.expect("the address is free again");
    })
    .await;
}
