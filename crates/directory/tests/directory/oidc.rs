//! Identities at providers, from the hub's side.

use directory::{DirectoryError, Entry, OIDC_REQUEST_LIFETIME, SignInError, oidc::IdClaims};
use jiff::SignedDuration;
use kernel::HubRole;
use store::{Query, testing::on_both_databases};

use crate::world::{email, moment, morning, newcomer, signed_in, visit, with_operator};

const ISSUER: &str = "https://login.example.org";

fn claims(subject: &str, verified: Option<&str>) -> IdClaims {
    IdClaims {
        issuer: ISSUER.into(),
        subject: subject.into(),
        verified_email: verified.map(email),
        authenticated_at: None,
    }
}

#[tokio::test]
async fn a_browser_comes_back_once_in_time_and_with_its_own_state() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let begin = async |n: u8| {
            directory.begin_oidc(ISSUER, "/m/west", Some(ana.id), morning(), [n; 32]).await.expect("begins")
        };
        let (request, other) = (begin(1).await, begin(2).await);
        let take = async |token: &str, state: &str, seconds: i64| {
            directory.take_oidc(token, state, morning() + SignedDuration::from_secs(seconds)).await
        };
        for (token, state) in [
            (request.token().as_str(), other.state()),
            (request.token().as_str(), String::new()),
            (other.token().as_str(), request.state()),
        ] {
            assert!(matches!(take(token, &state, 1).await, Err(SignInError::RequestUnusable)));
        }
        let back = take(request.token().as_str(), &request.state(), 1).await.expect("comes back");
        assert_eq!(
            (back.issuer.as_str(), back.next.as_str(), back.user_id),
            (ISSUER, "/m/west", Some(ana.id))
        );
        assert_eq!(back.nonce, request.nonce());
        assert!(matches!(
            take(request.token().as_str(), &request.state(), 2).await,
            Err(SignInError::RequestUnusable)
        ));
        let late = OIDC_REQUEST_LIFETIME.as_secs() + 1;
        assert!(matches!(
            take(other.token().as_str(), &other.state(), late).await,
            Err(SignInError::RequestUnusable)
        ));

        let third = begin(3).await;
        let kept = db.all(Query::new("SELECT * FROM oidc_request")).await.expect("reads");
        for secret in [third.token().as_str(), &third.state(), &third.nonce(), &third.challenge()] {
            assert!(kept.iter().all(|row| row.str("token_hash").expect("a digest") != secret));
        }
    })
    .await;
}

#[tokio::test]
async fn only_who_was_invited_comes_in_and_only_by_a_verified_e_mail() {
    on_both_databases(async |db| {
        let (directory, _) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", Some(HubRole::Growth)).await;
        let come = async |claims: &IdClaims, n: u8| {
            directory.sign_in_with_oidc(claims, &visit(), &moment(u128::from(n) + 40), [n; 32]).await
        };
        for stranger in [claims("s1", None), claims("s1", Some("nobody@example.com"))] {
            assert!(matches!(come(&stranger, 1).await, Err(SignInError::NotInvited)));
        }
        assert_eq!(directory.users().await.expect("lists").len(), 2, "nobody was added");

        let Entry::In(started) = come(&claims("s1", Some("Ben@example.com")), 2).await.expect("invited")
        else {
            panic!("asked for a second step")
        };
        assert_eq!(started.user.id, ben.id);
        // From now on the subject counts, whatever the address says.
        assert!(matches!(come(&claims("s1", Some("other@example.com")), 3).await, Ok(Entry::In(_))));
        assert!(matches!(come(&claims("s1", None), 4).await, Ok(Entry::In(_))));
        // The address given to somebody else at the provider is no proof.
        let heir = come(&claims("s2", Some("ben@example.com")), 5).await;
        assert!(matches!(heir, Err(SignInError::NotInvited)));

        directory.disable_user(ben.id, &moment(50)).await.expect("out");
        assert!(matches!(come(&claims("s1", None), 6).await, Err(SignInError::NotInvited)));
    })
    .await;
}

#[tokio::test]
async fn a_fresh_sign_in_at_the_provider_is_a_proof_for_whom_it_belongs_to() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", None).await;
        directory.link_identity(ana.id, &claims("s1", None), &moment(2)).await.expect("links");
        directory.link_identity(ben.id, &claims("s2", None), &moment(3)).await.expect("links");
        let started = signed_in(&directory, &ana, 1).await;
        let later = morning() + SignedDuration::from_hours(1);
        let known =
            async || directory.session(started.token.as_str(), later).await.expect("answers").expect("known");
        let old = later - SignedDuration::from_mins(16);
        for (subject, at) in [("s1", None), ("s1", Some(old)), ("s2", Some(later)), ("s3", Some(later))] {
            let claims = IdClaims { authenticated_at: at, ..claims(subject, None) };
            let answer = directory.prove_by_identity(&known().await, &claims, later).await;
            assert!(matches!(answer, Err(SignInError::NotInvited)), "{subject} at {at:?}");
        }
        assert!(!known().await.session.is_proven(later));
        let fresh = IdClaims { authenticated_at: Some(later), ..claims("s1", None) };
        directory.prove_by_identity(&known().await, &fresh, later).await.expect("a proof");
        assert!(known().await.session.is_proven(later));
    })
    .await;
}

#[tokio::test]
async fn an_identity_is_linked_to_one_user_and_can_be_taken_away() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", None).await;
        let theirs = claims("s1", Some("private@example.net"));
        directory.link_identity(ana.id, &theirs, &moment(2)).await.expect("links");
        directory.link_identity(ana.id, &theirs, &moment(3)).await.expect("is linked");
        let taken = directory.link_identity(ben.id, &theirs, &moment(4)).await;
        assert!(matches!(taken, Err(DirectoryError::IdentityTaken)));
        let second = directory.link_identity(ana.id, &claims("s2", None), &moment(5)).await;
        assert!(matches!(second, Err(DirectoryError::IdentityTaken)), "one per provider");
        let entry =
            directory.sign_in_with_oidc(&theirs, &visit(), &moment(6), [1; 32]).await.expect("comes in");
        assert!(matches!(entry, Entry::In(started) if started.user.id == ana.id));

        assert!(directory.unlink_identity(ana.id, ISSUER, &moment(7)).await.expect("parts"));
        assert!(!directory.unlink_identity(ana.id, ISSUER, &moment(8)).await.expect("is parted"));
        let answer = directory.sign_in_with_oidc(&theirs, &visit(), &moment(9), [2; 32]).await;
        assert!(matches!(answer, Err(SignInError::NotInvited)));
        assert!(directory.identities(ana.id).await.expect("lists").is_empty());
    })
    .await;
}
