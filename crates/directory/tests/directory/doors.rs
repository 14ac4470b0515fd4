//! Coming in and staying in, on both databases.

use directory::{
    Directory, DirectoryError, FAILURES_PER_EMAIL_MAX, LINK_LIFETIME, SESSION_IDLE_MAX, SESSION_LIFETIME,
    SignInError, THROTTLE_WINDOW,
};
use jiff::{SignedDuration, Timestamp};
use kernel::HubRole;
use store::{Query, testing::on_both_databases};

use crate::world::{email, inside, moment, morning, signed_in, visit, with_operator};

#[tokio::test]
async fn the_first_start_makes_an_operator_and_the_second_finds_them() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        assert_eq!((ana.email.as_str(), ana.hub_role), ("ana@example.com", Some(HubRole::Operator)));
        let again = Directory::open(db.clone()).await.expect("opens again");
        let same =
            again.ensure_operator(email("other@example.com"), "Other", &moment(2)).await.expect("operator");
        assert_eq!(same, ana);
        assert_eq!(directory.users().await.expect("users"), [ana]);
    })
    .await;
}

#[tokio::test]
async fn a_link_signs_in_once_and_in_time() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let link = directory.issue_link(ana.id, LINK_LIFETIME, &moment(9), [1; 32]).await.expect("link");
        for _ in 0..2 {
            let peeked = directory.peek_link(link.as_str(), morning()).await.expect("looks");
            assert_eq!(peeked.as_ref(), Some(&ana), "looking does not use it up");
        }
        let entry =
            directory.sign_in_with_link(link.as_str(), &visit(), morning(), [2; 32]).await.expect("signs in");
        let started = inside(entry);
        assert_eq!(started.user, ana);
        assert_eq!(directory.peek_link(link.as_str(), morning()).await.expect("looks"), None);
        let known = directory.session(started.token.as_str(), morning()).await.expect("answers");
        let known = known.expect("known");
        assert_eq!((known.user, known.session), (ana.clone(), started.session));

        let twice = directory.sign_in_with_link(link.as_str(), &visit(), morning(), [3; 32]).await;
        assert!(matches!(twice, Err(SignInError::LinkUnusable)));
        let made_up = directory.sign_in_with_link(&"0".repeat(64), &visit(), morning(), [3; 32]).await;
        assert!(matches!(made_up, Err(SignInError::LinkUnusable)));

        let late = directory.issue_link(ana.id, LINK_LIFETIME, &moment(9), [4; 32]).await.expect("link");
        let too_late =
            directory.sign_in_with_link(late.as_str(), &visit(), morning() + LINK_LIFETIME, [5; 32]).await;
        assert!(matches!(too_late, Err(SignInError::LinkUnusable)));
    })
    .await;
}

#[tokio::test]
async fn of_two_visitors_with_one_link_exactly_one_comes_in() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let link = directory.issue_link(ana.id, LINK_LIFETIME, &moment(9), [1; 32]).await.expect("link");
        let visits: Vec<_> = (10..18_u8)
            .map(|n| {
                let (directory, link) = (directory.clone(), link.clone());
                tokio::spawn(async move {
                    directory.sign_in_with_link(link.as_str(), &visit(), morning(), [n; 32]).await.is_ok()
                })
            })
            .collect();
        let mut inside = 0;
        for visit in visits {
            inside += usize::from(visit.await.expect("joins"));
        }
        assert_eq!(inside, 1);
    })
    .await;
}

#[tokio::test]
async fn no_token_is_found_in_the_database() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let link = directory.issue_link(ana.id, LINK_LIFETIME, &moment(9), [0xa1; 32]).await.expect("link");
        let entry = directory.sign_in_with_link(link.as_str(), &visit(), morning(), [0xb2; 32]).await;
        let started = inside(entry.expect("in"));
        let query = Query::new(
            "SELECT token_hash AS t FROM sign_in_link UNION ALL SELECT token_hash FROM user_session",
        );
        let kept = db.list(query, |row| row.text("t")).await.expect("reads");
        assert_eq!(kept.len(), 2);
        for secret in [link.as_str(), started.token.as_str()] {
            assert!(kept.iter().all(|hash| !hash.contains(secret) && hash.len() == 64));
        }
    })
    .await;
}

#[tokio::test]
async fn a_session_ends_by_age_by_idleness_and_by_hand() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let mut tokens = Vec::new();
        for n in 1..=3_u8 {
            tokens.push(signed_in(&directory, &ana, n).await.token);
        }
        let alive =
            async |token: &str, at: Timestamp| directory.session(token, at).await.expect("answers").is_some();

        // Used daily, it lives until its lifetime is over.
        let day = SignedDuration::from_hours(24);
        let mut at = morning();
        while at + day < morning() + SESSION_LIFETIME {
            at += day;
            assert!(alive(tokens[0].as_str(), at).await, "{at}");
        }
        assert!(!alive(tokens[0].as_str(), morning() + SESSION_LIFETIME).await);
        // Unused, it ends earlier.
        assert!(!alive(tokens[1].as_str(), morning() + SESSION_IDLE_MAX).await);

        let sessions = directory.sessions(ana.id, morning()).await.expect("lists");
        assert_eq!(sessions.len(), 3);
        let third = directory.session(tokens[2].as_str(), morning()).await.expect("answers").expect("known");
        assert!(directory.revoke_session(ana.id, third.session.id).await.expect("revokes"));
        assert!(!directory.revoke_session(ana.id, third.session.id).await.expect("nothing left"));
        assert!(!alive(tokens[2].as_str(), morning()).await);
        assert!(directory.end_session(tokens[1].as_str()).await.expect("signs out"));
        assert_eq!(directory.sessions(ana.id, morning()).await.expect("lists").len(), 1);
        assert_eq!(directory.prune(morning() + SESSION_LIFETIME).await.expect("prunes"), 1 + 3);
    })
    .await;
}

#[tokio::test]
async fn a_password_opens_and_setting_it_ends_other_sessions() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let password = "correct horse battery";
        let sign_in = async |email: &str, password: &str, n: u8| {
            directory.sign_in_with_password(email, password, &visit(), morning(), [n; 32]).await
        };
        assert!(matches!(sign_in("ana@example.com", password, 1).await, Err(SignInError::WrongCredentials)));
        let other = signed_in(&directory, &ana, 2).await;

        directory.set_password(ana.id, password, None, &moment(2), [9; 16]).await.expect("sets");
        assert_eq!(directory.session(other.token.as_str(), morning()).await.expect("answers"), None);
        let started = inside(sign_in(" ANA@example.com ", password, 4).await.expect("signs in"));
        assert!(started.user.has_password);
        for (email, password) in
            [("ana@example.com", "wrong horse battery"), ("nobody@example.com", password), ("", password)]
        {
            assert!(
                matches!(sign_in(email, password, 5).await, Err(SignInError::WrongCredentials)),
                "{email}"
            );
        }
        for refused in ["short", "qwertyqwerty", "ana@example.com-ana"] {
            let refused = directory.set_password(ana.id, refused, None, &moment(3), [9; 16]).await;
            assert!(matches!(refused, Err(DirectoryError::Password(_))));
        }
    })
    .await;
}

#[tokio::test]
async fn showing_the_password_again_is_throttled_and_makes_the_proof_new() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        directory
            .set_password(ana.id, "correct horse battery", None, &moment(2), [9; 16])
            .await
            .expect("sets");
        let started = signed_in(&directory, &ana, 1).await;
        let known = async |now: Timestamp| {
            directory.session(started.token.as_str(), now).await.expect("answers").expect("known")
        };
        let later = morning() + SignedDuration::from_hours(1);
        assert!(known(morning()).await.session.is_proven(morning()));
        let old = known(later).await;
        assert!(!old.session.is_proven(later));
        directory.prove(&old, "correct horse battery", "", &visit(), later).await.expect("right");
        assert!(known(later).await.session.is_proven(later));

        // Longer than any password: refused without hashing, so the test stays quick.
        let wrong = "x".repeat(2000);
        for n in 0..FAILURES_PER_EMAIL_MAX {
            let answer = directory.check_password(&ana, &wrong, &visit(), later).await;
            assert!(matches!(answer, Err(SignInError::WrongCredentials)), "{n}");
        }
        for password in ["correct horse battery", wrong.as_str()] {
            let answer = directory.check_password(&ana, password, &visit(), later).await;
            assert!(matches!(answer, Err(SignInError::TooManyAttempts { .. })), "not even the right one");
        }
    })
    .await;
}

#[tokio::test]
async fn who_has_nothing_to_show_signs_in_again() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let started = signed_in(&directory, &ana, 1).await;
        let known =
            directory.session(started.token.as_str(), morning()).await.expect("answers").expect("known");
        let answer = directory.prove(&known, "", "", &visit(), morning()).await;
        assert!(matches!(answer, Err(SignInError::NothingToProve)));
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_and_forgotten_after_the_window() {
    on_both_databases(async |db| {
        let (directory, _) = with_operator(db.clone()).await;
        // Longer than any password: refused without hashing, so the test stays quick.
        let wrong = "x".repeat(2000);
        let guess = async |at: Timestamp| {
            directory.sign_in_with_password("ana@example.com", &wrong, &visit(), at, [1; 32]).await
        };
        for n in 0..FAILURES_PER_EMAIL_MAX {
            let at = morning() + SignedDuration::from_secs(n as i64);
            assert!(matches!(guess(at).await, Err(SignInError::WrongCredentials)), "{n}");
        }
        let soon = morning() + SignedDuration::from_secs(60);
        let Err(SignInError::TooManyAttempts { retry_at }) = guess(soon).await else { panic!("heard") };
        assert_eq!(retry_at.as_microsecond(), (morning() + THROTTLE_WINDOW).as_microsecond());
        assert!(matches!(guess(retry_at).await, Err(SignInError::WrongCredentials)), "heard again");
    })
    .await;
}

#[tokio::test]
async fn guesses_made_at_once_are_counted_like_guesses_made_in_turn() {
    on_both_databases(async |db| {
        let (directory, _) = with_operator(db.clone()).await;
        let guesses: Vec<_> = (0..3 * FAILURES_PER_EMAIL_MAX)
            .map(|_| {
                let directory = directory.clone();
                tokio::spawn(async move {
                    let wrong = "x".repeat(2000);
                    directory
                        .sign_in_with_password("ana@example.com", &wrong, &visit(), morning(), [1; 32])
                        .await
                })
            })
            .collect();
        let mut heard = 0;
        for guess in guesses {
            match guess.await.expect("joins") {
                Err(SignInError::WrongCredentials) => heard += 1,
                Err(SignInError::TooManyAttempts { .. }) => {}
                other => panic!("{other:?}"),
            }
        }
        assert_eq!(heard, FAILURES_PER_EMAIL_MAX);
    })
    .await;
}

#[tokio::test]
async fn who_is_signed_in_stays_so_while_nothing_can_be_written() {
    let test = store::testing::TestDb::sqlite().await;
    let (directory, ana) = with_operator(test.db()).await;
    let started = signed_in(&directory, &ana, 1).await;
    let refuse = "CREATE TRIGGER full BEFORE UPDATE ON user_session BEGIN SELECT RAISE(ABORT, 'full'); END";
    test.db().execute(Query::new(refuse)).await.expect("a trigger");
    let later = morning() + SignedDuration::from_hours(1);
    let found = directory.session(started.token.as_str(), later).await.expect("answers").expect("known");
    assert_eq!(found.session.last_seen_at, started.session.last_seen_at, "and claims nothing else");
}

#[tokio::test]
async fn views_are_kept_per_user_and_page() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let save = async |page: &str, name: &str, query: &str, n: u128| {
            directory.save_view(ana.id, page, name, query, morning(), n).await
        };
        let first = save("/growth/top", " Whales ", "?tier=tier_1", 1).await.expect("saves");
        assert_eq!((first.name.as_str(), first.query.as_str()), ("Whales", "tier=tier_1"));
        let replaced = save("/growth/top", "Whales", "tier=tier_2", 2).await.expect("replaces");
        assert_eq!((replaced.id, replaced.query.as_str()), (first.id, "tier=tier_2"));
        save("/growth/plan", "Mine", "owner=ana", 3).await.expect("saves");
        assert_eq!(directory.saved_views(ana.id, Some("/growth/top")).await.expect("lists"), [replaced]);
        assert_eq!(directory.saved_views(ana.id, None).await.expect("lists").len(), 2);
        assert!(matches!(save("/growth/plan", " ", "", 4).await, Err(DirectoryError::ViewName)));
        assert!(directory.delete_view(ana.id, first.id).await.expect("deletes"));
        assert!(!directory.delete_view(ana.id, first.id).await.expect("nothing left"));
    })
    .await;
}
