//! When a delivery is tried again.

use std::time::Duration;

use connect::standard_webhooks::RETRY_SCHEDULE;

/// The longest wait that a receiver may ask for.
pub const ASKED_MAX: Duration = Duration::from_secs(24 * 3600);
/// Attempts at one delivery.
pub const ATTEMPTS_MAX: u32 = RETRY_SCHEDULE.len() as u32;

/// How long to wait after attempt number `made` (from 1) failed; `None` when it was the last. The schedule of Standard
/// Webhooks, each wait up to a tenth shorter or longer by `chance` (any bits), and at least what the receiver `asked`
/// for, up to a day.
pub fn wait_after(made: u32, asked: Option<Duration>, chance: u64) -> Option<Duration> {
    let scheduled = *RETRY_SCHEDULE.get(usize::try_from(made).unwrap_or(usize::MAX))?;
    // 0.9 to 1.1.
    let fraction = 0.9 + 0.2 * (chance >> 11) as f64 / (1_u64 << 53) as f64;
    Some(scheduled.mul_f64(fraction).max(asked.unwrap_or_default().min(ASKED_MAX)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn ten_attempts_over_three_days() {
        let waits: Vec<u64> =
            (1..).map_while(|made| wait_after(made, None, u64::MAX / 2)).map(|wait| wait.as_secs()).collect();
        assert_eq!(waits.len(), 9);
        let days = waits.iter().sum::<u64>() as f64 / 86_400.0;
        assert!((3.1..3.3).contains(&days), "{days}");
    }

    proptest! {
        #[test]
        fn a_wait_is_near_its_schedule_and_not_shorter_than_asked(
            made in 1_u32..ATTEMPTS_MAX, chance: u64, asked in prop::option::of(0_u64..200_000)
        ) {
            let scheduled = RETRY_SCHEDULE[made as usize].as_secs_f64();
            let asked = asked.map(Duration::from_secs);
            let wait = wait_after(made, asked, chance).unwrap();
            prop_assert!(wait.as_secs_f64() >= scheduled * 0.9 - 1e-6);
            prop_assert!(wait >= asked.unwrap_or_default().min(ASKED_MAX));
            prop_assert!(wait <= RETRY_SCHEDULE[made as usize].mul_f64(1.1).max(asked.unwrap_or_default()) + Duration::from_nanos(10));
        }
    }
}
