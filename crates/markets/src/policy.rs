//! The constants of one market: limits, retention, quiet hours. Each names its source, each version is kept.

use std::fmt;

use boxed::boxed;
use jiff::civil::Time;
use kernel::Moment;
use serde::{Deserialize, Serialize};

pub use crate::inside::PolicyVersion;
use crate::{Market, MarketsError, inside};

/// The policy that a new market begins with.
pub const SHIPPED_TOML: &str = include_str!("../../../policies/market.toml");

/// One constant with the reason for its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Constant<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: String,
}

/// A market's policy as it is written. The text form is TOML; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MarketPolicy {
    /// Always `market`.
    pub name: String,
    /// Version of the text that ships with the product.
    pub version: u32,
    /// What it is for.
    pub description: String,
    /// Requests per minute, by who causes them.
    pub rate_limit: RateLimits,
    /// How long things are kept.
    pub retention: Retention,
    /// When nothing is sent to contacts, in the market's time zone.
    pub quiet_hours: QuietHours,
    /// When a backup is overdue.
    pub backup: BackupRule,
    /// How big the database may grow before health says so.
    pub database: DatabaseRule,
    /// How far queues may lag before health says so.
    pub queue: QueueRule,
}

/// Requests per minute, 60 to 1 000 000: fewer would lock out whoever has to put them right.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RateLimits {
    /// Of everybody in the market together.
    pub market_requests_per_minute: Constant<u32>,
    /// Of one API key.
    pub key_requests_per_minute: Constant<u32>,
    /// Of one person.
    pub person_requests_per_minute: Constant<u32>,
}

/// Days, 1 to 3650.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Retention {
    /// Key of the day for payloads whose person is not known yet.
    pub unassigned_payload_days: Constant<u32>,
    /// Messages to webhooks, delivered or given up.
    pub delivery_days: Constant<u32>,
    /// A database after a restore or move replaced it.
    pub replaced_database_days: Constant<u32>,
    /// A deleted market.
    pub deleted_market_days: Constant<u32>,
}

/// The hours between `begin` and `end`, which may lie on the next day.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The first quiet minute, `21:00`.
    pub begin: Constant<String>,
    /// The first minute that is not, `08:00`.
    pub end: Constant<String>,
}

/// When a backup is overdue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackupRule {
    /// Hours, 1 to 8760.
    pub age_hours_max: Constant<u32>,
}

/// How big a market's database may grow before health says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DatabaseRule {
    /// Megabytes (10^6 bytes), 1 to 10 000 000.
    pub megabytes_max: Constant<u32>,
}

/// How far a queue may lag before health says so.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct QueueRule {
    /// Minutes that the oldest waiting item is overdue, 1 to 10 080.
    pub lag_minutes_max: Constant<u32>,
}

/// What is wrong with the text of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the policy cannot be used: {0}")]
pub struct PolicyFault(pub String);

impl MarketPolicy {
    /// Reads and checks a policy.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(text: &str) -> Result<Self, PolicyFault> {
        let policy: Self =
            toml::from_str(text).map_err(|error| PolicyFault(error.to_string().trim().to_owned()))?;
        policy.check()?;
        Ok(policy)
    }

    /// The policy that ships with the product.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn shipped() -> Self {
        Self::parse(SHIPPED_TOML).expect("the shipped policy is valid, as a test makes sure")
    }

    fn check(&self) -> Result<(), PolicyFault> {
        let (rate, keep) = (&self.rate_limit, &self.retention);
        let numbers = [
            ("rate_limit.market_requests_per_minute", &rate.market_requests_per_minute, 60..=1_000_000),
            ("rate_limit.key_requests_per_minute", &rate.key_requests_per_minute, 60..=1_000_000),
            ("rate_limit.person_requests_per_minute", &rate.person_requests_per_minute, 60..=1_000_000),
            ("retention.unassigned_payload_days", &keep.unassigned_payload_days, 1..=3650),
            ("retention.delivery_days", &keep.delivery_days, 1..=3650),
            ("retention.replaced_database_days", &keep.replaced_database_days, 1..=3650),
            ("retention.deleted_market_days", &keep.deleted_market_days, 1..=3650),
            ("backup.age_hours_max", &self.backup.age_hours_max, 1..=8760),
            ("database.megabytes_max", &self.database.megabytes_max, 1..=10_000_000),
            ("queue.lag_minutes_max", &self.queue.lag_minutes_max, 1..=10_080),
        ];
        if self.name != "market" {
            return Err(PolicyFault(format!("name: `market` is expected, not `{}`", self.name)));
        }
        for (place, constant, range) in numbers {
            if !range.contains(&constant.value) {
                let (least, most) = range.into_inner();
                return Err(PolicyFault(format!(
                    "{place}: {} is not from {least} to {most}",
                    constant.value
                )));
            }
            sourced(place, &constant.source)?;
        }
        for (place, constant) in
            [("quiet_hours.begin", &self.quiet_hours.begin), ("quiet_hours.end", &self.quiet_hours.end)]
        {
            time(&constant.value)
                .ok_or_else(|| PolicyFault(format!("{place}: `{}` is no time as 21:00", constant.value)))?;
            sourced(place, &constant.source)?;
        }
        Ok(())
    }

    /// Whether nothing is sent to a contact at this local time.
    pub fn is_quiet(&self, local: Time) -> bool {
        let (begin, end) = (time(&self.quiet_hours.begin.value), time(&self.quiet_hours.end.value));
        match (begin, end) {
            (Some(begin), Some(end)) if begin <= end => (begin..end).contains(&local),
            (Some(begin), Some(end)) => local >= begin || local < end,
            // A checked policy has both; without, rather no message than one at night.
            _ => true,
        }
    }
}

fn sourced(place: &str, source: &str) -> Result<(), PolicyFault> {
    if source.trim().is_empty() {
        return Err(PolicyFault(format!("{place}: the source of the value is missing")));
    }
    Ok(())
}

fn time(text: &str) -> Option<Time> {
    let (hours, minutes) = text.split_once(':')?;
    let two = |part: &str| (part.len() == 2 && part.bytes().all(|byte| byte.is_ascii_digit())).then_some(());
    two(hours).and(two(minutes))?;
    Time::new(hours.parse().ok()?, minutes.parse().ok()?, 0, 0).ok()
}

impl fmt::Display for MarketPolicy {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&toml::to_string(self).map_err(|_| fmt::Error)?)
    }
}

#[boxed]
impl Market {
    /// The policy in force.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policy(&self) -> Result<MarketPolicy, MarketsError> {
        match inside::latest_policy(self.db()).await? {
            Some(version) => Ok(MarketPolicy::parse(&version.text)?),
            None => Ok(MarketPolicy::shipped()),
        }
    }

    /// Every version of its policy, the newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn policies(&self) -> Result<Vec<PolicyVersion>, MarketsError> {
        Ok(inside::policies(self.db()).await?)
    }

    /// Saves a policy, which is in force from then on; its version. An unchanged text saves nothing, except over the
    /// version that the market began with: that somebody reviewed it is worth a version.
    ///
    /// # Errors
    /// [`PolicyFault`] for a text that is wrong, and when the database fails.
    pub async fn save_policy(&self, text: &str, note: &str, at: &Moment) -> Result<u32, MarketsError> {
        MarketPolicy::parse(text)?;
        let mut tx = self.db().begin().await?;
        tx.one_at_a_time("market policy").await?;
        let latest = inside::latest_policy(&mut tx).await?;
        if let Some(latest) = &latest
            && latest.text == text
            && latest.version > 1
        {
            return Ok(latest.version);
        }
        let version = latest.map_or(1, |latest| latest.version + 1);
        inside::add_policy(&mut tx, version, text, note.trim(), &at.actor, at.at()).await?;
        let detail = [("version".to_owned(), version.to_string())].into();
        let subject = format!("policy:{version}");
        crate::chain::append(&mut tx, at, "market.policy_saved", &subject, detail);
        tx.commit().await?;
        Ok(version)
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::time as at;

    use super::*;

    #[test]
    fn the_shipped_policy_is_valid_and_writes_itself_back() {
        let policy = MarketPolicy::shipped();
        assert_eq!(MarketPolicy::parse(&policy.to_string()), Ok(policy));
    }

    #[test]
    fn quiet_hours_reach_over_midnight() {
        let policy = MarketPolicy::shipped();
        for (local, quiet) in [
            (at(20, 59, 59, 0), false),
            (at(21, 0, 0, 0), true),
            (at(0, 0, 0, 0), true),
            (at(7, 59, 59, 0), true),
            (at(8, 0, 0, 0), false),
        ] {
            assert_eq!(policy.is_quiet(local), quiet, "{local}");
        }
    }

    #[test]
    fn a_policy_out_of_range_without_source_or_with_an_unknown_key_is_refused() {
        for (from, to, complaint) in [
            ("value = 18000", "value = 59", "rate_limit.market_requests_per_minute: 59 is not from 60"),
            ("\"21:00\"", "\"25:00\"", "quiet_hours.begin: `25:00` is no time"),
            ("\"21:00\"", "\"9pm\"", "quiet_hours.begin: `9pm` is no time"),
            ("[queue.lag_minutes_max]", "[queue.lag_hours_max]", "unknown field"),
            ("name = \"market\"", "name = \"other\"", "name: `market` is expected"),
        ] {
            let text = SHIPPED_TOML.replacen(from, to, 1);
            assert_ne!(text, SHIPPED_TOML, "{from}");
            let fault = MarketPolicy::parse(&text).expect_err(to);
            assert!(fault.to_string().contains(complaint), "{fault}");
        }
        let unsourced = SHIPPED_TOML.replacen("source = \"Ten gigabytes", "source = \"\" # Ten gigabytes", 1);
        assert!(MarketPolicy::parse(&unsourced).expect_err("no source").to_string().contains("source"));
    }
}
