use jiff::{SignedDuration, Timestamp};
use kernel::Ulid;
use store::{Session, StoreError, Tx};

use crate::{Email, records};

/// Failures are remembered this long.
pub const THROTTLE_WINDOW: SignedDuration = SignedDuration::from_mins(15);
/// Failures for one e-mail within the window before attempts are refused unheard.
pub const FAILURES_PER_EMAIL_MAX: usize = 10;
/// Failures from one network address within the window: more, as an office may share one.
pub const FAILURES_PER_ADDRESS_MAX: usize = 50;
/// Wrong codes for one user within the window: few, as a code is one of a million.
pub const FAILURES_PER_CODE_MAX: usize = 5;

/// Somebody tries to show who they are: whose failures count, and how many are heard.
pub(crate) struct Attempt(Vec<(String, usize)>);

impl Attempt {
    /// With a password, from a network address.
    pub(crate) fn password(email: Option<&Email>, address: &str) -> Self {
        let by_email = email.map(|email| (email_subject(email), FAILURES_PER_EMAIL_MAX));
        Self(by_email.into_iter().chain([from(address)]).collect())
    }

    /// With a code for this user's second factor.
    pub(crate) fn code(user_id: Ulid, address: &str) -> Self {
        Self(vec![(code_subject(user_id), FAILURES_PER_CODE_MAX), from(address)])
    }

    /// When an attempt will be heard again; `None`: now.
    pub(crate) async fn retry_at(
        &self,
        on: impl Into<Session<'_>>,
        now: Timestamp,
    ) -> Result<Option<Timestamp>, StoreError> {
        let names = self.0.iter().map(|(subject, _)| subject.clone()).collect();
        let all = records::failures_since(on, names, earlier(now)).await?;
        let mut latest = None;
        for (subject, failures_max) in &self.0 {
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
    pub(crate) async fn failed(&self, tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
        records::forget_failures_before(tx, earlier(now)).await?;
        for (subject, _) in &self.0 {
            records::add_failure(tx, subject.clone(), now).await?;
        }
        Ok(())
    }
}

fn earlier(now: Timestamp) -> Timestamp {
    now.checked_sub(THROTTLE_WINDOW).unwrap_or(Timestamp::MIN)
}

pub(crate) fn email_subject(email: &Email) -> String {
    format!("email:{email}")
}

pub(crate) fn code_subject(user_id: Ulid) -> String {
    format!("code:{user_id}")
}

fn from(address: &str) -> (String, usize) {
    let address: String = address.chars().take(64).collect();
    (format!("address:{address}"), FAILURES_PER_ADDRESS_MAX)
}
