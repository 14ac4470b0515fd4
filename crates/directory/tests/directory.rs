//! The stories of the directory, on both databases.

use directory::{
    Directory, DirectoryError, Email, FAILURES_PER_EMAIL_MAX, LINK_LIFETIME, Role, SESSION_IDLE_MAX,
    SESSION_LIFETIME, SignInError, THROTTLE_WINDOW, User, Visit,
};
use jiff::{SignedDuration, Timestamp};
use store::{Db, Query, testing::on_both_databases};

fn morning() -> Timestamp {
    "2026-01-19T08:30:00.123456789Z".parse().expect("instant")
}

fn visit() -> Visit {
    Visit { address: "192.0.2.7".into(), label: "Firefox on Linux".into() }
}

fn email(text: &str) -> Email {
    text.parse().expect("e-mail")
}

async fn with_owner(db: Db) -> (Directory, User) {
    let directory = Directory::open(db).await.expect("opens");
    let owner = directory.ensure_owner(email("Ana@Example.com"), "Ana", morning(), 1).await.expect("owner");
    (directory, owner)
}

#[tokio::test]
async fn the_first_start_makes_an_owner_and_the_second_finds_them() {
    on_both_databases(async |db| {
        let (directory, owner) = with_owner(db.clone()).await;
        assert_eq!((owner.email.as_str(), owner.role), ("ana@example.com", Role::Owner));
        let again = Directory::open(db.clone()).await.expect("opens again");
        let same =
            again.ensure_owner(email("other@example.com"), "Other", morning(), 2).await.expect("owner");
        assert_eq!(same, owner);
        assert_eq!(directory.users().await.expect("users"), [owner]);
    })
    .await;
}

#[tokio::test]
async fn a_link_signs_in_once_and_in_time() {
    on_both_databases(async |db| {
        let (directory, owner) = with_owner(db.clone()).await;
        let link = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [1; 32]).await.expect("link");
        for _ in 0..2 {
            let peeked = directory.peek_link(link.as_str(), morning()).await.expect("looks");
            assert_eq!(peeked.as_ref(), Some(&owner), "looking does not use it up");
        }
        let started =
            directory.sign_in_with_link(link.as_str(), &visit(), morning(), [2; 32]).await.expect("signs in");
        assert_eq!(started.user, owner);
        assert_eq!(directory.peek_link(link.as_str(), morning()).await.expect("looks"), None);
        let known = directory.session(started.token.as_str(), morning()).await.expect("answers");
        let known = known.expect("known");
        assert_eq!((known.user, known.session), (owner.clone(), started.session));

        let twice = directory.sign_in_with_link(link.as_str(), &visit(), morning(), [3; 32]).await;
        assert!(matches!(twice, Err(SignInError::LinkUnusable)));
        let made_up = directory.sign_in_with_link(&"0".repeat(64), &visit(), morning(), [3; 32]).await;
        assert!(matches!(made_up, Err(SignInError::LinkUnusable)));

        let late = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [4; 32]).await.expect("link");
        let too_late =
            directory.sign_in_with_link(late.as_str(), &visit(), morning() + LINK_LIFETIME, [5; 32]).await;
        assert!(matches!(too_late, Err(SignInError::LinkUnusable)));
    })
    .await;
}

#[tokio::test]
async fn of_two_visitors_with_one_link_exactly_one_comes_in() {
    on_both_databases(async |db| {
        let (directory, owner) = with_owner(db.clone()).await;
        let link = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [1; 32]).await.expect("link");
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
        let (directory, owner) = with_owner(db.clone()).await;
        let link = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [0xa1; 32]).await.expect("link");
        let started =
            directory.sign_in_with_link(link.as_str(), &visit(), morning(), [0xb2; 32]).await.expect("in");
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
        let (directory, owner) = with_owner(db.clone()).await;
        let mut tokens = Vec::new();
        for n in 1..=3_u8 {
            let link = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [n; 32]).await.expect("link");
            let started = directory
                .sign_in_with_link(link.as_str(), &visit(), morning(), [n + 100; 32])
                .await
                .expect("signs in");
            tokens.push(started.token);
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

        let sessions = directory.sessions(owner.id, morning()).await.expect("lists");
        assert_eq!(sessions.len(), 3);
        let third = directory.session(tokens[2].as_str(), morning()).await.expect("answers").expect("known");
        assert!(directory.revoke_session(owner.id, third.session.id).await.expect("revokes"));
        assert!(!directory.revoke_session(owner.id, third.session.id).await.expect("nothing left"));
        assert!(!alive(tokens[2].as_str(), morning()).await);
        assert!(directory.end_session(tokens[1].as_str()).await.expect("signs out"));
        assert_eq!(directory.sessions(owner.id, morning()).await.expect("lists").len(), 1);
        assert_eq!(directory.prune(morning() + SESSION_LIFETIME).await.expect("prunes"), 1 + 3);
    })
    .await;
}

#[tokio::test]
async fn a_password_opens_and_setting_it_ends_other_sessions() {
    on_both_databases(async |db| {
        let (directory, owner) = with_owner(db.clone()).await;
        let password = "correct horse battery";
        let sign_in = async |email: &str, password: &str, n: u8| {
            directory.sign_in_with_password(email, password, &visit(), morning(), [n; 32]).await
        };
        assert!(matches!(sign_in("ana@example.com", password, 1).await, Err(SignInError::WrongCredentials)));
        let link = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [2; 32]).await.expect("link");
        let other =
            directory.sign_in_with_link(link.as_str(), &visit(), morning(), [3; 32]).await.expect("in");

        directory.set_password(owner.id, password, None, [9; 16]).await.expect("sets");
        assert_eq!(directory.session(other.token.as_str(), morning()).await.expect("answers"), None);
        let started = sign_in(" ANA@example.com ", password, 4).await.expect("signs in");
        assert!(started.user.has_password);
        assert!(directory.check_password(owner.id, password).await.expect("checks"));
        assert!(!directory.check_password(owner.id, "wrong horse battery").await.expect("checks"));
        for (email, password) in
            [("ana@example.com", "wrong horse battery"), ("nobody@example.com", password), ("", password)]
        {
            assert!(
                matches!(sign_in(email, password, 5).await, Err(SignInError::WrongCredentials)),
                "{email}"
            );
        }
        let short = directory.set_password(owner.id, "short", None, [9; 16]).await;
        assert!(matches!(short, Err(DirectoryError::Password(_))));
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_and_forgotten_after_the_window() {
    on_both_databases(async |db| {
        let (directory, _) = with_owner(db.clone()).await;
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
        let (directory, _) = with_owner(db.clone()).await;
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
    let (directory, owner) = with_owner(test.db()).await;
    let link = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [1; 32]).await.expect("link");
    let inside = directory.sign_in_with_link(link.as_str(), &visit(), morning(), [2; 32]).await.expect("in");
    let refuse = "CREATE TRIGGER full BEFORE UPDATE ON user_session BEGIN SELECT RAISE(ABORT, 'full'); END";
    test.db().execute(Query::new(refuse)).await.expect("a trigger");
    let later = morning() + SignedDuration::from_hours(1);
    let found = directory.session(inside.token.as_str(), later).await.expect("answers").expect("known");
    assert_eq!(found.session.last_seen_at, inside.session.last_seen_at, "and claims nothing else");
}

#[tokio::test]
async fn the_last_owner_stays_and_the_disabled_are_out() {
    on_both_databases(async |db| {
        let (directory, owner) = with_owner(db.clone()).await;
        let taken = directory.add_user(email("ana@example.com"), "Ana", Role::Member, morning(), 3).await;
        assert!(matches!(taken, Err(DirectoryError::EmailTaken)));
        assert!(matches!(directory.disable_user(owner.id, morning()).await, Err(DirectoryError::LastOwner)));
        assert!(matches!(
            directory.update_user(owner.id, "Ana", Role::Member).await,
            Err(DirectoryError::LastOwner)
        ));

        let ben =
            directory.add_user(email("ben@example.com"), "", Role::Member, morning(), 4).await.expect("adds");
        assert_eq!(ben.name, "ben@example.com", "a name is never empty");
        directory.update_user(ben.id, "Ben", Role::Owner).await.expect("promotes");
        let link = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [1; 32]).await.expect("link");
        let inside = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [2; 32]).await.expect("link");
        let inside =
            directory.sign_in_with_link(inside.as_str(), &visit(), morning(), [3; 32]).await.expect("in");

        directory.disable_user(owner.id, morning()).await.expect("now allowed");
        assert_eq!(directory.session(inside.token.as_str(), morning()).await.expect("answers"), None);
        let shut = directory.sign_in_with_link(link.as_str(), &visit(), morning(), [4; 32]).await;
        assert!(matches!(shut, Err(SignInError::LinkUnusable)));
        let refused = directory.issue_link(owner.id, LINK_LIFETIME, morning(), [5; 32]).await;
        assert!(matches!(refused, Err(DirectoryError::UnknownUser)));
        assert_eq!(directory.enable_user(owner.id).await.expect("enables").disabled_at, None);
    })
    .await;
}

#[tokio::test]
async fn views_are_kept_per_user_and_page() {
    on_both_databases(async |db| {
        let (directory, owner) = with_owner(db.clone()).await;
        let save = async |page: &str, name: &str, query: &str, n: u128| {
            directory.save_view(owner.id, page, name, query, morning(), n).await
        };
        let first = save("/growth/top", " Whales ", "?tier=tier_1", 1).await.expect("saves");
        assert_eq!((first.name.as_str(), first.query.as_str()), ("Whales", "tier=tier_1"));
        let replaced = save("/growth/top", "Whales", "tier=tier_2", 2).await.expect("replaces");
        assert_eq!((replaced.id, replaced.query.as_str()), (first.id, "tier=tier_2"));
        save("/growth/plan", "Mine", "owner=ana", 3).await.expect("saves");
        assert_eq!(directory.saved_views(owner.id, Some("/growth/top")).await.expect("lists"), [replaced]);
        assert_eq!(directory.saved_views(owner.id, None).await.expect("lists").len(), 2);
        assert!(matches!(save("/growth/plan", " ", "", 4).await, Err(DirectoryError::ViewName)));
        assert!(directory.delete_view(owner.id, first.id).await.expect("deletes"));
        assert!(!directory.delete_view(owner.id, first.id).await.expect("nothing left"));
    })
    .await;
}
