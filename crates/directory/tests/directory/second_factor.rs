//! The second step: codes of an app, recovery codes, and what happens without the hub's key.

use directory::{
    Directory, DirectoryError, Enrolment, Entry, FAILURES_PER_CODE_MAX, LINK_LIFETIME, Pending,
    RECOVERY_CODES, RECOVERY_ENTROPY_BYTES, SECOND_STEP_LIFETIME, SignInError, Started, THROTTLE_WINDOW,
    User,
};
use jiff::{SignedDuration, Timestamp};
use ring::hmac;
use seal::{Key, KeyId};
use store::{Query, testing::on_both_databases};

use crate::world::{at, moment, morning, newcomer, signed_in, visit, with_operator};

/// What the person's app shows: RFC 6238, written a second time.
fn app(secret: [u8; 20], now: Timestamp) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, &secret);
    let tag = hmac::sign(&key, &(now.as_second() / 30).to_be_bytes());
    let bytes = tag.as_ref();
    let at = (bytes[19] & 15) as usize;
    let number = bytes[at..at + 4].iter().fold(0_u32, |number, byte| (number << 8) | u32::from(*byte));
    format!("{:06}", (number & 0x7fff_ffff) % 1_000_000)
}

const SECRET: [u8; 20] = [3; 20];

fn chance(n: u8) -> [u8; RECOVERY_ENTROPY_BYTES] {
    std::array::from_fn(|at| (at as u8).wrapping_mul(7).wrapping_add(n))
}

/// Sets a second factor up and gives the recovery codes back.
async fn set_up(directory: &Directory, user: &User, now: Timestamp) -> Vec<String> {
    directory.begin_second_factor(user.id, SECRET, [1; 24], &at(now, 70)).await.expect("begins");
    let code = app(SECRET, now);
    directory
        .confirm_second_factor(user.id, &code, &visit(), &at(now, 71), &chance(1))
        .await
        .expect("a right code")
}

/// The first step by link.
async fn first_step(directory: &Directory, user: &User, now: Timestamp, n: u8) -> Pending {
    let link = directory.issue_link(user.id, LINK_LIFETIME, &at(now, 72), [n; 32]).await.expect("a link");
    match directory
        .sign_in_with_link(link.as_str(), &visit(), now, [n.wrapping_add(100); 32])
        .await
        .expect("goes on")
    {
        Entry::SecondStep(pending) => pending,
        Entry::In(_) => panic!("without the second step"),
    }
}

async fn second_step(
    directory: &Directory,
    pending: &Pending,
    code: &str,
    now: Timestamp,
    n: u8,
) -> Result<Started, SignInError> {
    directory.finish_sign_in(pending.token.as_str(), code, &visit(), now, [n.wrapping_add(200); 32]).await
}

fn after(seconds: i64) -> Timestamp {
    morning() + SignedDuration::from_secs(seconds)
}

#[tokio::test]
async fn a_second_factor_is_asked_for_once_a_code_of_it_was_right() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let Enrolment { secret, uri } =
            directory.begin_second_factor(ana.id, SECRET, [1; 24], &moment(2)).await.expect("begins");
        assert!(uri.starts_with(
            "otpauth://totp/EnterpriseHub:ana%40example.com?secret=AMBQGAYDAMBQGAYDAMBQGAYDAMBQGAYD&"
        ));
        assert_eq!(secret, "AMBQ GAYD AMBQ GAYD AMBQ GAYD AMBQ GAYD");
        let shown = directory.enrolment(&ana).await.expect("reads").expect("being set up");
        assert_eq!((shown.secret, shown.uri), (secret, uri));
        signed_in(&directory, &ana, 1).await; // Nothing is asked for yet.

        let wrong = directory.confirm_second_factor(ana.id, "000000", &visit(), &moment(3), &chance(1)).await;
        assert!(matches!(wrong, Err(SignInError::WrongCode)));
        assert_eq!(directory.second_factor(ana.id).await.expect("answers"), None);
        let codes = directory
            .confirm_second_factor(ana.id, &app(SECRET, morning()), &visit(), &moment(4), &chance(1))
            .await
            .expect("a right code");
        assert_eq!(codes.len(), RECOVERY_CODES);
        let factor = directory.second_factor(ana.id).await.expect("answers").expect("on");
        assert_eq!(factor.recovery_codes_left, RECOVERY_CODES);
        assert!(directory.user(ana.id).await.expect("known").has_second_factor);
        assert!(
            directory.enrolment(&ana).await.expect("answers").is_none(),
            "the secret is never shown again"
        );
        let again = directory.begin_second_factor(ana.id, [4; 20], [2; 24], &moment(5)).await;
        assert!(matches!(again, Err(DirectoryError::SecondFactorOn)));

        let now = after(60);
        let pending = first_step(&directory, &ana, now, 2).await;
        assert!(
            directory.session(pending.token.as_str(), now).await.expect("answers").is_none(),
            "not inside yet"
        );
        let started = second_step(&directory, &pending, &app(SECRET, now), now, 2).await.expect("inside");
        assert!(directory.session(started.token.as_str(), now).await.expect("answers").is_some());
        let twice = second_step(&directory, &pending, &app(SECRET, after(120)), after(120), 3).await;
        assert!(matches!(twice, Err(SignInError::StepUnusable)), "a step is finished once");
    })
    .await;
}

#[tokio::test]
async fn a_code_works_once() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        set_up(&directory, &ana, morning()).await;
        let pending = first_step(&directory, &ana, morning(), 1).await;
        let replayed = second_step(&directory, &pending, &app(SECRET, morning()), morning(), 1).await;
        assert!(matches!(replayed, Err(SignInError::WrongCode)), "the code that turned it on");
        let now = after(30);
        second_step(&directory, &pending, &app(SECRET, now), now, 1).await.expect("the next one");
        let pending = first_step(&directory, &ana, now, 2).await;
        for code in [app(SECRET, now), app(SECRET, morning())] {
            let answer = second_step(&directory, &pending, &code, now, 2).await;
            assert!(matches!(answer, Err(SignInError::WrongCode)));
        }

        // One code in many hands at one moment.
        let now = after(90);
        let mut steps = Vec::new();
        for n in 10..14_u8 {
            steps.push(first_step(&directory, &ana, now, n).await);
        }
        let tries: Vec<_> = steps
            .into_iter()
            .zip(20..)
            .map(|(pending, n)| {
                let directory = directory.clone();
                tokio::spawn(async move {
                    second_step(&directory, &pending, &app(SECRET, now), now, n).await.is_ok()
                })
            })
            .collect();
        let mut inside = 0;
        for tried in tries {
            inside += usize::from(tried.await.expect("joins"));
        }
        assert_eq!(inside, 1);
    })
    .await;
}

#[tokio::test]
async fn guessing_codes_is_slowed_down() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        set_up(&directory, &ana, morning()).await;
        let now = after(60);
        let pending = first_step(&directory, &ana, now, 1).await;
        for n in 0..FAILURES_PER_CODE_MAX {
            let answer = second_step(&directory, &pending, "000000", now, 1).await;
            assert!(matches!(answer, Err(SignInError::WrongCode)), "{n}");
        }
        // A new first step does not make the failures forgotten.
        let pending = first_step(&directory, &ana, now, 2).await;
        let answer = second_step(&directory, &pending, &app(SECRET, now), now, 2).await;
        let Err(SignInError::TooManyAttempts { retry_at }) = answer else { panic!("heard") };
        assert_eq!(retry_at.as_microsecond(), (now + THROTTLE_WINDOW).as_microsecond());
        let pending = first_step(&directory, &ana, retry_at, 3).await;
        second_step(&directory, &pending, &app(SECRET, retry_at), retry_at, 3).await.expect("heard again");
    })
    .await;
}

#[tokio::test]
async fn a_recovery_code_stands_in_once_and_new_ones_replace_all() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let codes = set_up(&directory, &ana, morning()).await;
        let now = after(60);
        let pending = first_step(&directory, &ana, now, 1).await;
        second_step(&directory, &pending, &codes[0].to_uppercase(), now, 1).await.expect("lets in");
        let pending = first_step(&directory, &ana, now, 2).await;
        let again = second_step(&directory, &pending, &codes[0], now, 2).await;
        assert!(matches!(again, Err(SignInError::WrongCode)));
        let left = directory.second_factor(ana.id).await.expect("answers").expect("on").recovery_codes_left;
        assert_eq!(left, RECOVERY_CODES - 1);
        let kept =
            db.list(Query::new("SELECT code_hash FROM recovery_code"), |row| row.text("code_hash")).await;
        assert!(
            kept.expect("reads")
                .iter()
                .all(|hash| hash.len() == 64 && codes.iter().all(|code| !hash.contains(code)))
        );

        let fresh = directory.new_recovery_codes(ana.id, &moment(8), &chance(99)).await.expect("new ones");
        assert!(fresh.iter().all(|code| !codes.contains(code)));
        let old = second_step(&directory, &pending, &codes[1], now, 2).await;
        assert!(matches!(old, Err(SignInError::WrongCode)));
        second_step(&directory, &pending, &fresh[1], now, 3).await.expect("lets in");
    })
    .await;
}

#[tokio::test]
async fn a_step_waits_five_minutes_and_ends_with_the_user() {
    on_both_databases(async |db| {
        let (directory, _) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", None).await;
        set_up(&directory, &ben, morning()).await;
        let pending = first_step(&directory, &ben, morning(), 1).await;
        let late = morning() + SECOND_STEP_LIFETIME;
        let answer = second_step(&directory, &pending, &app(SECRET, late), late, 1).await;
        assert!(matches!(answer, Err(SignInError::StepUnusable)));
        let pending = first_step(&directory, &ben, after(60), 2).await;
        directory.disable_user(ben.id, &moment(9)).await.expect("out");
        let answer = second_step(&directory, &pending, &app(SECRET, after(60)), after(60), 2).await;
        assert!(matches!(answer, Err(SignInError::StepUnusable)));
        let made_up = directory.finish_sign_in("nothing", "000000", &visit(), morning(), [0; 32]).await;
        assert!(matches!(made_up, Err(SignInError::StepUnusable)));
    })
    .await;
}

#[tokio::test]
async fn turned_off_it_is_not_asked_for_and_can_be_set_up_anew() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let off = directory.new_recovery_codes(ana.id, &moment(2), &chance(5)).await;
        assert!(matches!(off, Err(DirectoryError::SecondFactorOff)));
        set_up(&directory, &ana, morning()).await;
        assert!(directory.remove_second_factor(ana.id, &moment(3)).await.expect("turns off"));
        assert!(!directory.remove_second_factor(ana.id, &moment(4)).await.expect("is off"));
        signed_in(&directory, &ana, 1).await;
        let none = db.all(Query::new("SELECT * FROM recovery_code")).await.expect("reads");
        assert!(none.is_empty());
        set_up(&directory, &ana, after(60)).await;
    })
    .await;
}

#[tokio::test]
async fn the_secret_is_kept_sealed_in_its_row() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        let ben = newcomer(&directory, "ben", None).await;
        set_up(&directory, &ana, morning()).await;
        let kept = db.one(Query::new("SELECT secret_sealed FROM second_factor")).await.expect("one");
        let kept = kept.bytes("secret_sealed").expect("bytes");
        assert!(!kept.windows(SECRET.len()).any(|window| window == SECRET));

        // Put into somebody else's row, it does not open.
        directory.begin_second_factor(ben.id, [8; 20], [2; 24], &moment(5)).await.expect("begins");
        let swap = Query::new("UPDATE second_factor SET secret_sealed = ? WHERE user_id = ?")
            .bind(kept)
            .bind(ben.id);
        db.execute(swap).await.expect("swaps");
        assert!(matches!(directory.enrolment(&ben).await, Err(DirectoryError::Sealed(_))));

        // Nor with another key, nor without one.
        let now = after(60);
        let pending = first_step(&directory, &ana, now, 1).await;
        let other = Directory::open(db.clone()).await.expect("opens");
        let answer = second_step(&other, &pending, &app(SECRET, now), now, 1).await;
        assert!(matches!(answer, Err(SignInError::NoKey)));
        let refused = other.begin_second_factor(ben.id, [8; 20], [2; 24], &moment(6)).await;
        assert!(matches!(refused, Err(DirectoryError::NoKey)));
        let other = other.with_key(KeyId::new(kernel::Ulid::from_parts(1, 1)), Key::from_bytes([8; 32]));
        let answer = second_step(&other, &pending, &app(SECRET, now), now, 1).await;
        assert!(matches!(answer, Err(SignInError::Sealed(_))));
        second_step(&directory, &pending, &app(SECRET, now), now, 1).await.expect("with the right one");
    })
    .await;
}

#[tokio::test]
async fn showing_who_one_is_again_takes_the_code_too() {
    on_both_databases(async |db| {
        let (directory, ana) = with_operator(db.clone()).await;
        set_up(&directory, &ana, morning()).await;
        let now = after(60);
        let pending = first_step(&directory, &ana, now, 1).await;
        let started = second_step(&directory, &pending, &app(SECRET, now), now, 1).await.expect("inside");
        let later = after(3600);
        let known = directory.session(started.token.as_str(), later).await.expect("answers").expect("known");
        assert!(!known.session.is_proven(later));
        for code in ["", "000000", &app(SECRET, now)] {
            assert!(matches!(
                directory.prove(&known, "", code, &visit(), later).await,
                Err(SignInError::WrongCode)
            ));
        }
        directory.prove(&known, "", &app(SECRET, later), &visit(), later).await.expect("a right code");
        let known = directory.session(started.token.as_str(), later).await.expect("answers").expect("known");
        assert!(known.session.is_proven(later));
    })
    .await;
}
