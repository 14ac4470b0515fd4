//! Keys of programs.

use directory::{
    ApiKey, Directory, DirectoryError, KEY_LIFETIME, KEY_LIFETIME_MAX, KeyScope, KeyState, KeyWanted,
    NewApiKey,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{HubRole, MarketRole, Ulid};
use store::{Query, testing::on_both_databases};

use crate::world::{at, market, moment, morning, newcomer, with_operator};

fn wanted(scope: KeyScope, created_by: Option<Ulid>) -> KeyWanted {
    KeyWanted { name: " nightly export ".into(), scope, lifetime: KEY_LIFETIME, created_by }
}

async fn made(directory: &Directory, scope: KeyScope, created_by: Option<Ulid>, n: u8) -> NewApiKey {
    let moment = moment(u128::from(n) + 100);
    directory.create_key(wanted(scope, created_by), &moment, [n; 16]).await.expect("makes a key")
}

async fn known(directory: &Directory, key: &str, now: Timestamp) -> Option<ApiKey> {
    directory.key(key, now).await.expect("answers")
}

const HUB: KeyScope = KeyScope::Hub(HubRole::Auditor);

#[tokio::test]
async fn a_key_opens_what_its_scope_says_until_it_ends() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let scope = KeyScope::Market(market(1), MarketRole::Analyst);
        let NewApiKey { key, text } = made(&directory, scope, Some(ana.id), 1).await;
        assert_eq!(text, format!("ehub_{}_{}", key.id, "01".repeat(16)));
        assert_eq!((key.name.as_str(), key.scope, key.last_used_at), ("nightly export", scope, None));
        assert_eq!(known(&directory, &text, morning()).await.map(|key| key.scope), Some(scope));
        let end = key.expires_at;
        let before = end - SignedDuration::from_secs(1);
        assert!(known(&directory, &text, before).await.is_some());
        assert!(known(&directory, &text, end).await.is_none(), "its time is over");
        assert_eq!((key.state(before), key.state(end)), (KeyState::Working, KeyState::Expired));

        for wrong in [
            format!("ehub_{}_{}", key.id, "02".repeat(16)),
            format!("ehub_{}_{}", Ulid::from_parts(1, 1), "01".repeat(16)),
            text[..text.len() - 1].to_owned(),
            String::new(),
        ] {
            assert!(known(&directory, &wrong, morning()).await.is_none(), "{wrong}");
        }
    })
    .await;
}

#[tokio::test]
async fn every_key_has_a_name_and_an_end_not_too_far_away() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let nameless = KeyWanted { name: " ".into(), ..wanted(HUB, Some(ana.id)) };
        let answer = directory.create_key(nameless, &moment(2), [1; 16]).await;
        assert!(matches!(answer, Err(DirectoryError::KeyName)));
        let second = SignedDuration::from_secs(1);
        for lifetime in
            [SignedDuration::ZERO, -second, SignedDuration::from_mins(59), KEY_LIFETIME_MAX + second]
        {
            let wanted = KeyWanted { lifetime, ..wanted(HUB, Some(ana.id)) };
            let answer = directory.create_key(wanted, &moment(3), [1; 16]).await;
            assert!(matches!(answer, Err(DirectoryError::KeyLifetime)), "{lifetime}");
        }
        let longest = KeyWanted { lifetime: KEY_LIFETIME_MAX, ..wanted(HUB, None) };
        assert!(directory.create_key(longest, &moment(4), [1; 16]).await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn no_secret_is_found_in_the_database() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let new = made(&directory, HUB, Some(ana.id), 0xab).await;
        let row = db.one(Query::new("SELECT * FROM api_key")).await.expect("one key");
        assert_eq!(row.str("secret_hash").expect("its digest").len(), 64);
        assert!(!row.str("secret_hash").expect("its digest").contains("abab"));
        assert!(!format!("{new:?}").contains("abab"), "nor in what is logged");
    })
    .await;
}

#[tokio::test]
async fn the_last_use_is_noted_to_the_minute() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let text = made(&directory, HUB, Some(ana.id), 1).await.text;
        let used = async |seconds: i64| {
            let now = morning() + SignedDuration::from_secs(seconds);
            known(&directory, &text, now).await.and_then(|key| key.last_used_at).expect("used").as_second()
                - morning().as_second()
        };
        assert_eq!([used(0).await, used(59).await, used(60).await, used(61).await], [0, 0, 60, 60]);
        let listed = directory.keys(None).await.expect("lists");
        assert_eq!(listed[0].last_used_at.map(|at| at.as_second()), Some(morning().as_second() + 60));
    })
    .await;
}

#[tokio::test]
async fn a_key_is_taken_back_where_it_belongs_and_nowhere_else() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let (here, there) = (market(1), market(2));
        let mine = made(&directory, KeyScope::Market(here, MarketRole::Viewer), Some(ana.id), 1).await;
        let of_hub = made(&directory, HUB, Some(ana.id), 2).await;
        for elsewhere in [None, Some(there)] {
            let answer = directory.revoke_key(elsewhere, mine.key.id, &moment(5)).await;
            assert!(matches!(answer, Err(DirectoryError::UnknownKey)));
        }
        let answer = directory.revoke_key(Some(here), of_hub.key.id, &moment(5)).await;
        assert!(matches!(answer, Err(DirectoryError::UnknownKey)));
        let later = morning() + SignedDuration::from_hours(1);
        let gone = directory.revoke_key(Some(here), mine.key.id, &at(later, 6)).await.expect("takes it back");
        assert_eq!(gone.state(later), KeyState::Revoked);
        assert!(known(&directory, &mine.text, later).await.is_none());
        let again = directory
            .revoke_key(Some(here), mine.key.id, &at(later + later.duration_since(morning()), 7))
            .await;
        assert_eq!(again.expect("no change").revoked_at, gone.revoked_at);
        assert!(known(&directory, &of_hub.text, later).await.is_some());
        assert_eq!(directory.keys(Some(here)).await.expect("lists").len(), 1);
        assert!(directory.keys(Some(there)).await.expect("lists").is_empty());
    })
    .await;
}

#[tokio::test]
async fn keys_end_with_the_rights_of_whoever_made_and_therefore_saw_them() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", Some(HubRole::Operator)).await;
        let (here, there) = (market(1), market(2));
        for (user, market) in [(&ben, here), (&ben, there), (&ana, here), (&ana, there)] {
            directory.put_member(user.id, market, MarketRole::Owner, &moment(50)).await.expect("belongs");
        }
        let in_hub = made(&directory, HUB, Some(ben.id), 1).await.text;
        let in_here =
            made(&directory, KeyScope::Market(here, MarketRole::Viewer), Some(ben.id), 2).await.text;
        let in_there =
            made(&directory, KeyScope::Market(there, MarketRole::Viewer), Some(ben.id), 3).await.text;
        let of_ana = made(&directory, KeyScope::Market(here, MarketRole::Viewer), Some(ana.id), 4).await.text;
        let of_shell = made(&directory, HUB, None, 5).await.text;
        let working = async || {
            let mut working = Vec::new();
            for text in [&in_hub, &in_here, &in_there, &of_ana, &of_shell] {
                working.push(known(&directory, text, morning()).await.is_some());
            }
            working
        };
        assert_eq!(working().await, [true; 5]);
        directory
            .update_user(ben.id, "Ben", Some(HubRole::Growth), &moment(60))
            .await
            .expect("no operator any more");
        assert_eq!(working().await, [false, true, true, true, true]);
        directory
            .put_member(ben.id, here, MarketRole::Manager, &moment(61))
            .await
            .expect("no owner any more");
        assert_eq!(working().await, [false, false, true, true, true]);
        directory.disable_user(ben.id, &moment(62)).await.expect("out");
        assert_eq!(working().await, [false, false, false, true, true]);
        directory.enable_user(ben.id, &moment(63)).await.expect("in again");
        assert_eq!(working().await, [false, false, false, true, true], "ended keys stay ended");
        let answer =
            directory.create_key(wanted(HUB, Some(Ulid::from_parts(7, 7))), &moment(64), [9; 16]).await;
        assert!(matches!(answer, Err(DirectoryError::UnknownUser)));
        directory.forget_market(here, &moment(65)).await.expect("the market is gone");
        assert_eq!(working().await, [false, false, false, false, true]);
    })
    .await;
}
