use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::Channel;

/// The constants that ship with the product.
pub const SHIPPED_TOML: &str = include_str!("../../../../policies/gate.toml");

/// One constant with the reason for its value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: String,
}

/// What becomes of a message to somebody whose place is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownPlace {
    /// It is refused.
    Refuse,
    /// It is sent in the hours that every state allows.
    Strictest,
}

/// How often somebody may be reached.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FrequencyCap {
    /// On which channel.
    pub channel: Channel,
    /// Length of the window, 1 to 8 760 hours.
    pub within_hours: u32,
    /// Messages within it, 1 to 1 000.
    pub at_most: u32,
    /// Where it comes from.
    pub source: String,
}

/// The gate's constants. The text form is TOML; unknown keys are refused.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GatePolicy {
    /// Always `gate`.
    pub name: String,
    /// Version of the text.
    pub version: u32,
    /// What it is for.
    pub description: String,
    /// Days that a look at the do-not-call registry is good for, 1 to 31.
    pub scrub_days_max: Sourced<u32>,
    /// Months that a transaction exempts from the registry, 0 to 18.
    pub relationship_months: Sourced<u32>,
    /// Months that an inquiry exempts from the registry, 0 to 3.
    pub inquiry_months: Sourced<u32>,
    /// Hours within which a message answers what the person wrote or said, 1 to 168.
    pub reply_hours: Sourced<u32>,
    /// Somebody whose place is not known.
    pub unknown_place: Sourced<UnknownPlace>,
    /// Caps, all of which hold.
    pub frequency: Vec<FrequencyCap>,
}

/// What is wrong with the text of a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the gate's policy cannot be used: {0}")]
pub struct GateFault(String);

impl GatePolicy {
    /// Reads and checks a policy. What the law sets as a limit may be made stricter and not looser.
    ///
    /// # Errors
    /// The first thing that is wrong, with its place.
    pub fn parse(text: &str) -> Result<Self, GateFault> {
        let policy: Self =
            toml::from_str(text).map_err(|error| GateFault(error.to_string().trim().to_owned()))?;
        let ranges = [
            ("scrub_days_max", &policy.scrub_days_max, 1..=31),
            ("relationship_months", &policy.relationship_months, 0..=18),
            ("inquiry_months", &policy.inquiry_months, 0..=3),
            ("reply_hours", &policy.reply_hours, 1..=168),
        ];
        if policy.name != "gate" {
            return Err(GateFault(format!("name: `gate` is expected, not `{}`", policy.name)));
        }
        for (place, constant, range) in ranges {
            if !range.contains(&constant.value) {
                let (least, most) = range.into_inner();
                return Err(GateFault(format!("{place}: {} is not from {least} to {most}", constant.value)));
            }
            if constant.source.trim().is_empty() {
                return Err(GateFault(format!("{place}: the source of the value is missing")));
            }
        }
        for cap in &policy.frequency {
            let place = format!("frequency of {}", cap.channel);
            if !(1..=8_760).contains(&cap.within_hours) || !(1..=1_000).contains(&cap.at_most) {
                return Err(GateFault(format!(
                    "{place}: {} in {} hours is no cap",
                    cap.at_most, cap.within_hours
                )));
            }
            if cap.source.trim().is_empty() {
                return Err(GateFault(format!("{place}: the source of the value is missing")));
            }
        }
        for channel in [Channel::Sms, Channel::Voice, Channel::WhatsApp, Channel::Email] {
            if !policy.frequency.iter().any(|cap| cap.channel == channel) {
                return Err(GateFault(format!("frequency of {channel}: there is none")));
            }
        }
        Ok(policy)
    }

    /// The policy that ships with the product.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn shipped() -> &'static Self {
        static SHIPPED: LazyLock<GatePolicy> = LazyLock::new(|| {
            GatePolicy::parse(SHIPPED_TOML).expect("the shipped policy is valid, as a test makes sure")
        });
        &SHIPPED
    }
}
