use jiff::{SignedDuration, Timestamp};
use store::{Session, StoreError, Tx};

use crate::{Email, records};

/// Failures are remembered this long.
pub const THROTTLE_WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Failures for one e-mail within the window before attempts are refused unheard.
pub const FAILURES_PER_EMAIL_MAX: usize = 10;
/// Failures from one network address within the window: more, as an office may share one.
pub const FAILURES_PER_ADDRESS_MAX: usize = 50;

/// When an attempt will be heard again; `None`: now.
pub(crate) async fn retry_at(
    on: impl Into<Session<'_>>,
    email: Option<&Email>,
    address: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, StoreError> {
    let subjects = subjects(email, address);
    let names = subjects.iter().map(|(subject, _)| subject.clone()).collect();
    let all = records::failures_since(on, names, earlier(now)).await?;
    let mut latest = None;
    for (subject, failures_max) in &subjects {
        let failures: Vec<Timestamp> =
            all.iter().filter(|(of, _)| of == subject).map(|(_, at)| *at).collect();
        // The window opens again when the oldest of the last `failures_max` failures leaves it.
        if let Some(place) = failures.len().checked_sub(*failures_max) {
            latest = latest.max(failures[place].checked_add(THROTTLE_WINDOW).ok());
        }
    }
    Ok(latest)
}

/// Remembers a failure, and forgets those that no longer matter.
pub(crate) async fn remember(
    tx: &mut Tx,
    email: Option<&Email>,
    address: &str,
    now: Timestamp,
) -> Result<(), StoreError> {
    records::forget_failures_before(tx, earlier(now)).await?;
    for (subject, _) in subjects(email, address) {
        records::add_failure(tx, subject, now).await?;
    }
    Ok(())
}

fn earlier(now: Timestamp) -> Timestamp {
    now.checked_sub(THROTTLE_WINDOW).unwrap_or(Timestamp::MIN)
}

pub(crate) fn email_subject(email: &Email) -> String {
    format!("email:{email}")
}

fn subjects(email: Option<&Email>, address: &str) -> Vec<(String, usize)> {
    let address: String = address.chars().take(64).collect();
    let by_email = email.map(|email| (email_subject(email), FAILURES_PER_EMAIL_MAX));
    by_email.into_iter().chain([(format!("address:{address}"), FAILURES_PER_ADDRESS_MAX)]).collect()
}
