//! How many tests a runner counted, read from its own summary.

use std::ops::AddAssign;

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Tests that held.
    pub passed: u64,
    /// Tests that did not.
    pub failed: u64,
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

impl Tally {
    /// Sum of the summaries in a runner's output; `None` when it printed none.
    ///
    /// Understands `cargo test` (`test result: ok. 3 passed; 0 failed; ..`), `cargo nextest`
    /// (`Summary [ 1.2s] 3 tests run: 2 passed (1 slow), 1 failed, 0 skipped`) and the plain
    /// `3 passed, 0 failed` of our own runners.
    pub fn read(output: &str) -> Option<Self> {
        let mut lines: Vec<&str> = output.lines().map(str::trim).filter(|line| is_summary(line)).collect();
        if lines.iter().any(|line| line.starts_with(NEXTEST)) {
            // Its report of a failed test quotes the output of that test's own runner.
            lines.retain(|line| line.starts_with(NEXTEST));
        }
        let mut sum = None;
        for line in lines {
            let failed = ["failed", "timed out", "exec failed"].map(|word| count_before(line, word));
            *sum.get_or_insert_with(Self::default) += Self {
                passed: count_before(line, "passed").unwrap_or(0),
                failed: failed.into_iter().flatten().sum(),
            };
        }
        sum
    }
}

/// How the summary of `cargo nextest` begins.
const NEXTEST: &str = "Summary [";

fn is_summary(line: &str) -> bool {
    let plain = |(count, rest): (&str, &str)| count.parse::<u64>().is_ok() && rest.ends_with(" failed");
    line.starts_with("test result:")
        || line.starts_with(NEXTEST)
        || line.split_once(" passed, ").is_some_and(plain)
}

/// The number in front of `word`, as in `12 passed`.
fn count_before(line: &str, word: &str) -> Option<u64> {
    line.match_indices(word).find_map(|(at, _)| line[..at].trim_end().rsplit([' ', '(']).next()?.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::Tally;

    #[test]
    fn a_nextest_summary_is_counted() {
        let output = "  PASS [ 0.1s] a b\n  stdout\n    test result: FAILED. 0 passed; 1 failed\n     Summary [   2.417s] 15 tests run: 12 passed (2 slow), 2 failed, 1 timed out, 3 skipped\n";
        assert_eq!(Tally::read(output), Some(Tally { passed: 12, failed: 3 }));
    }

    #[test]
    fn summaries_of_cargo_test_add_up() {
        let output = "test result: ok. 3 passed; 0 failed; 1 ignored\ntest result: FAILED. 4 passed; 2 failed; 0 ignored\n";
        assert_eq!(Tally::read(output), Some(Tally { passed: 7, failed: 2 }));
    }

    #[test]
    fn a_plain_closing_line_is_counted() {
        assert_eq!(Tally::read("story a\n9 passed, 1 failed\n"), Some(Tally { passed: 9, failed: 1 }));
    }

    #[test]
    fn output_without_a_summary_has_no_tally() {
        assert_eq!(Tally::read("error: could not compile\n2 tests passed somewhere, 1 failed maybe\n"), None);
    }
}
