//! How often, and after which wait, a request is repeated.

use std::time::Duration;

use hyper::{
    HeaderMap, StatusCode,
    header::{DATE, RETRY_AFTER},
};
use jiff::Timestamp;

/// Repeating a request: exponential waits with full jitter
/// (<https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/>).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retry {
    /// Attempts at most, the first one included; at least 1.
    pub attempts_max: u32,
    /// The longest wait before the second attempt; doubled for each further one.
    pub base: Duration,
    /// The longest wait of all, also of what the server asks for: beyond it, its answer stands.
    pub wait_max: Duration,
}

impl Retry {
    /// One attempt.
    pub const fn never() -> Self {
        Self { attempts_max: 1, base: Duration::ZERO, wait_max: Duration::ZERO }
    }

    /// Three attempts, waiting up to 0.5 s and 1 s, or what the server asks for up to 10 s.
    pub const fn few() -> Self {
        Self { attempts_max: 3, base: Duration::from_millis(500), wait_max: Duration::from_secs(10) }
    }

    /// How long to wait after attempt number `attempt` (from 1) failed, or `None` when it was the last.
    /// `asked` is the server's `Retry-After`; chance decides between nothing and the longest wait.
    pub fn wait(&self, attempt: u32, asked: Option<Duration>, chance: u64) -> Option<Duration> {
        if attempt >= self.attempts_max {
            return None;
        }
        let longest = self.base.saturating_mul(2_u32.saturating_pow(attempt - 1)).min(self.wait_max);
        let nanos = (u128::from(chance) * (longest.as_nanos() + 1)) >> 64;
        let jitter = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        match asked {
            Some(asked) if asked > self.wait_max => None,
            // Later than asked for, by chance: whoever was sent away together does not come back together.
            Some(asked) => Some(asked + jitter),
            None => Some(jitter),
        }
    }
}

/// Whether the same request may be answered otherwise a moment later.
pub(crate) fn is_worth_repeating(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

/// How long a server asks to be left alone: `Retry-After` in seconds, or as a date, which is held against the `Date` of
/// the same answer so that clocks need not agree (RFC 9110, 10.2.3).
pub fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let text = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)));
    }
    let (at, now) = (date(text)?, date(headers.get(DATE)?.to_str().ok()?)?);
    Some(Duration::try_from(at.duration_since(now)).unwrap_or_default())
}

fn date(text: &str) -> Option<Timestamp> {
    jiff::fmt::rfc2822::parse(text.trim()).ok().map(|date| date.timestamp())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let date = "Sun, 06 Nov 1994 08:49:00 GMT";
        for (text, expected) in [
            ("120", Some(120)),
            (" 0 ", Some(0)),
            ("Sun, 06 Nov 1994 08:49:37 GMT", Some(37)),
            ("Sun, 06 Nov 1994 08:48:00 GMT", Some(0)),
            ("99999999999999999999999", Some(u64::MAX)),
            ("-5", None),
            ("soon", None),
            ("", None),
        ] {
            let mut headers = HeaderMap::from_iter([(RETRY_AFTER, text.parse().unwrap())]);
            headers.insert(DATE, date.parse().unwrap());
            assert_eq!(retry_after(&headers), expected.map(Duration::from_secs), "{text}");
        }
        let undated = HeaderMap::from_iter([(RETRY_AFTER, date.parse().unwrap())]);
        assert_eq!(retry_after(&undated), None, "a date without another to hold it against");
    }

    #[test]
    fn waits_double_up_to_the_longest() {
        let retry = Retry { attempts_max: 9, base: Duration::from_secs(1), wait_max: Duration::from_secs(5) };
        let longest: Vec<u64> =
            (1..9).map(|attempt| retry.wait(attempt, None, u64::MAX).unwrap().as_secs()).collect();
        assert_eq!(longest, [1, 2, 4, 5, 5, 5, 5, 5]);
        assert_eq!(retry.wait(9, None, 0), None);
    }

    proptest! {
        #[test]
        fn a_wait_is_never_shorter_than_asked_nor_longer_than_allowed(
            attempt in 1_u32..80, asked in prop::option::of(0_u64..100), chance: u64
        ) {
            let retry = Retry { attempts_max: 100, base: Duration::from_millis(300), wait_max: Duration::from_secs(20) };
            let asked = asked.map(Duration::from_secs);
            match retry.wait(attempt, asked, chance) {
                None => prop_assert!(asked.is_some_and(|asked| asked > retry.wait_max)),
                Some(wait) => {
                    prop_assert!(wait >= asked.unwrap_or_default());
                    prop_assert!(wait <= asked.unwrap_or_default() + retry.wait_max);
                }
            }
        }
    }
}
