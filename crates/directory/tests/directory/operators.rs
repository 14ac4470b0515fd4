//! Users and their hub roles.

use directory::{DirectoryError, LINK_LIFETIME, NewUser, SignInError};
use kernel::HubRole;
use store::testing::on_both_databases;

use crate::world::{at, email, moment, morning, newcomer, signed_in, visit, with_operator};

#[tokio::test]
async fn the_last_operator_stays_and_the_disabled_are_out() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let again = NewUser { email: email("ana@example.com"), name: "Ana".into(), hub_role: None };
        assert!(matches!(directory.add_user(again, &moment(3)).await, Err(DirectoryError::EmailTaken)));
        assert!(matches!(
            directory.disable_user(ana.id, &moment(4)).await,
            Err(DirectoryError::LastOperator)
        ));
        assert!(matches!(directory.erase_user(ana.id, &moment(4)).await, Err(DirectoryError::LastOperator)));
        for role in [None, Some(HubRole::Growth), Some(HubRole::Auditor)] {
            let demoted = directory.update_user(ana.id, "Ana", role, &moment(5)).await;
            assert!(matches!(demoted, Err(DirectoryError::LastOperator)));
        }

        let ben =
            NewUser { email: email("ben@example.com"), name: " ".into(), hub_role: Some(HubRole::Growth) };
        let ben = directory.add_user(ben, &moment(6)).await.expect("adds");
        assert_eq!(ben.name, "ben@example.com", "a name is never empty");
        directory.update_user(ben.id, "Ben", Some(HubRole::Operator), &moment(7)).await.expect("promotes");
        let link = directory.issue_link(ana.id, LINK_LIFETIME, &moment(8), [1; 32]).await.expect("link");
        let inside = signed_in(&directory, &ana, 2).await;

        directory.disable_user(ana.id, &moment(9)).await.expect("now allowed");
        assert_eq!(directory.session(inside.token.as_str(), morning()).await.expect("answers"), None);
        let shut = directory.sign_in_with_link(link.as_str(), &visit(), morning(), [4; 32]).await;
        assert!(matches!(shut, Err(SignInError::LinkUnusable)));
        let refused = directory.issue_link(ana.id, LINK_LIFETIME, &moment(10), [5; 32]).await;
        assert!(matches!(refused, Err(DirectoryError::UnknownUser)));
        let back = directory.enable_user(ana.id, &moment(11)).await.expect("enables");
        assert_eq!(back.disabled_at, None);
        assert_eq!(
            directory.session(inside.token.as_str(), morning()).await.expect("answers"),
            None,
            "stays ended"
        );
    })
    .await;
}

#[tokio::test]
async fn of_two_operators_who_leave_at_once_one_stays() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", Some(HubRole::Operator)).await;
        let leaving = [ana.id, ben.id].map(|id| {
            let directory = directory.clone();
            tokio::spawn(async move { directory.disable_user(id, &moment(20)).await.is_ok() })
        });
        let mut gone = 0;
        for left in leaving {
            gone += usize::from(left.await.expect("joins"));
        }
        assert_eq!(gone, 1);
    })
    .await;
}

#[tokio::test]
async fn ending_somebodys_sessions_spares_the_one_that_asked() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let (here, there) = (signed_in(&directory, &ana, 1).await, signed_in(&directory, &ana, 2).await);
        let ended = directory.revoke_sessions(ana.id, Some(here.session.id), &at(morning(), 5)).await;
        assert_eq!(ended.expect("ends"), 1);
        assert!(directory.session(here.token.as_str(), morning()).await.expect("answers").is_some());
        assert!(directory.session(there.token.as_str(), morning()).await.expect("answers").is_none());
    })
    .await;
}
