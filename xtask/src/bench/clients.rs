//! A synthetic client base of any size, the same at every run.

use std::fmt::Write;

use super::machine::Day;

/// A linear congruential generator (Knuth's MMIX constants): reproducible, and chance enough here.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % bound
    }

    /// A decimal between `low` and `high`, given in units of `1 / scale`.
    fn decimal(&mut self, low: i64, high: i64, scale: i64) -> String {
        let span = u64::try_from(high - low + 1).unwrap_or(1);
        let value = low + i64::try_from(self.below(span)).unwrap_or(0);
        format!(
            "{}{}.{:03}",
            if value < 0 { "-" } else { "" },
            value.abs() / scale,
            value.abs() % scale * 1000 / scale
        )
    }
}

/// `count` clients as a CSV file whose last interactions lie in the 90 days before `as_of`.
pub fn csv(count: u64, as_of: Day) -> String {
    let mut chance = Chance(20_260_119);
    let mut text = String::from(
        "client_id,client_name,current_mrr,active_users,locations_count,monthly_active_locations,\
         leads_processed_monthly,roi_percentage,satisfaction_score,nps_score,success_case_documented,\
         referrals_provided,support_tickets_monthly,feature_requests,last_interaction_date,\
         executive_relationship_strength,leads_growth_rate,locations_growth_rate,usage_intensity,\
         payment_history_score,contract_end_date\n",
    );
    for number in 1..=count {
        let locations = 1 + chance.below(12);
        let cells = [
            format!("bench_{number:06}"),
            format!("Brokerage {number}"),
            (600 + 100 * chance.below(60)).to_string(),
            chance.below(60).to_string(),
            locations.to_string(),
            chance.below(locations + 1).to_string(),
            chance.below(500).to_string(),
            chance.decimal(-100_000, 30_000_000, 1000),
            chance.decimal(2_500, 5_000, 1000),
            (i64::try_from(chance.below(201)).unwrap_or(0) - 100).to_string(),
            (chance.below(2) == 1).to_string(),
            chance.below(6).to_string(),
            chance.below(9).to_string(),
            chance.below(10).to_string(),
            as_of.minus(i64::try_from(chance.below(90)).unwrap_or(0)).text(),
            (1 + chance.below(10)).to_string(),
            chance.decimal(-300, 600, 1000),
            chance.decimal(-100, 300, 1000),
            chance.decimal(0, 1_000, 1000),
            (1 + chance.below(10)).to_string(),
            as_of.minus(-i64::try_from(chance.below(700)).unwrap_or(0)).text(),
        ];
        let _ = writeln!(text, "{}", cells.join(","));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::csv;
    use crate::bench::machine::today;

    #[test]
    fn every_row_has_every_column_and_repeats() {
        let text = csv(50, today());
        let mut columns = text.lines().map(|line| line.split(',').count());
        let head = columns.next();
        assert!(columns.all(|count| Some(count) == head));
        assert_eq!(text, csv(50, today()));
    }
}
