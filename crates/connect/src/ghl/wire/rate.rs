use std::time::Duration;

use hyper::HeaderMap;

use super::header;

/// What an answer says about limits. Any part may be missing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RateHeaders {
    /// Requests per interval.
    pub burst: Option<u32>,
    /// Requests left in the present interval.
    pub burst_left: Option<u32>,
    /// The interval.
    pub interval: Option<Duration>,
    /// Requests per day.
    pub day: Option<u32>,
    /// Requests left today.
    pub day_left: Option<u32>,
    /// How long until the day begins again.
    pub day_reset: Option<Duration>,
}

impl RateHeaders {
    /// Reads the headers; what is no number is as if it were not there.
    pub fn read(headers: &HeaderMap) -> Self {
        let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
        let count = |name: &str| number(name).map(|count| u32::try_from(count).unwrap_or(u32::MAX));
        let time = |name: &str| number(name).map(Duration::from_millis);
        Self {
            burst: count(header::LIMIT_BURST),
            burst_left: count(header::LIMIT_BURST_LEFT),
            interval: time(header::LIMIT_INTERVAL),
            day: count(header::LIMIT_DAY),
            day_left: count(header::LIMIT_DAY_LEFT),
            day_reset: time(header::LIMIT_DAY_RESET),
        }
    }

    /// Whether it says that the day is used up.
    pub fn is_day_used_up(&self) -> bool {
        self.day_left == Some(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_daily_reset_is_a_duration_and_nonsense_is_nothing() {
        let headers: HeaderMap = [
            (header::LIMIT_BURST, "100"),
            (header::LIMIT_BURST_LEFT, " 7 "),
            (header::LIMIT_INTERVAL, "10000"),
            (header::LIMIT_DAY, "200000"),
            (header::LIMIT_DAY_LEFT, "-3"),
            (header::LIMIT_DAY_RESET, "86343000"),
        ]
        .into_iter()
        .map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()))
        .collect();
        let read = RateHeaders::read(&headers);
        assert_eq!(
            (read.burst, read.burst_left, read.day, read.day_left),
            (Some(100), Some(7), Some(200_000), None)
        );
        assert_eq!(read.interval, Some(Duration::from_secs(10)));
        assert_eq!(read.day_reset, Some(Duration::from_secs(86_343)));
        assert_eq!(RateHeaders::read(&HeaderMap::new()), RateHeaders::default());
    }
}
