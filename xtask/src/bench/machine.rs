//! The machine and the day of a measurement.

use std::{fs, time::SystemTime};

/// A civil day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Day {
    /// Days since 1970-01-01.
    since_epoch: i64,
}

/// The day in UTC.
pub fn today() -> Day {
    #[expect(
        clippy::disallowed_methods,
        reason = "a measurement is dated; the product never asks this clock"
    )]
    let now = SystemTime::now();
    let seconds = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    Day { since_epoch: i64::try_from(seconds / 86_400).unwrap_or(0) }
}

impl Day {
    /// This many days earlier (negative: later).
    pub fn minus(self, days: i64) -> Self {
        Self { since_epoch: self.since_epoch - days }
    }

    /// `YYYY-MM-DD`, by the proleptic Gregorian calendar.
    pub fn text(self) -> String {
        // Years of 400 x 365.2425 days that begin in March, so that the leap day is the last of its year.
        let shifted = self.since_epoch + 719_468;
        let era = shifted.div_euclid(146_097);
        let day_of_era = shifted.rem_euclid(146_097);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let month_from_march = (5 * day_of_year + 2) / 153;
        let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
        let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
        let year = year_of_era + era * 400 + i64::from(month <= 2);
        format!("{year:04}-{month:02}-{day:02}")
    }
}

/// Processor, cores, memory.
pub fn describe() -> String {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let model = field("/proc/cpuinfo", "model name").unwrap_or_else(|| std::env::consts::ARCH.to_owned());
    let memory = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.strip_suffix("kB")?.trim().parse::<f64>().ok())
        .map_or_else(String::new, |kib| format!(", {:.0} GiB memory", kib / 1_048_576.0));
    format!("{model}, {cores} cores{memory}, {}", std::env::consts::OS)
}

fn field(path: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(path).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}

#[cfg(test)]
mod tests {
    use super::Day;

    #[test]
    fn days_become_dates() {
        for (since_epoch, text) in [
            (0, "1970-01-01"),
            (11_016, "2000-02-29"),
            (11_017, "2000-03-01"),
            (20_472, "2026-01-19"),
            (-1, "1969-12-31"),
        ] {
            assert_eq!(Day { since_epoch }.text(), text);
        }
    }
}
