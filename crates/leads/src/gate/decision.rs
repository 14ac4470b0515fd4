use std::{collections::BTreeMap, fmt};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// The steps, in their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Whether the sender may send at all.
    Suspended,
    /// Whether carriers know the sender.
    A2p,
    /// What the person said about wanting messages.
    OptOut,
    /// What the messaging platform says about it.
    DoNotDisturb,
    /// What the person agreed to.
    Consent,
    /// The own list and the national registry.
    DoNotCall,
    /// The hour, where the person is.
    QuietHours,
    /// How often the person was reached lately.
    Frequency,
    /// What the text says.
    Wording,
}

impl Step {
    /// Every step, in order.
    pub const ALL: [Self; 9] = [
        Self::Suspended,
        Self::A2p,
        Self::OptOut,
        Self::DoNotDisturb,
        Self::Consent,
        Self::DoNotCall,
        Self::QuietHours,
        Self::Frequency,
        Self::Wording,
    ];
}

/// What one step says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Call {
    /// Nothing against it.
    Pass,
    /// Not before then.
    Wait(Timestamp),
    /// No.
    Refuse,
    /// Not before somebody has looked.
    NeedsPerson,
}

/// One step's verdict, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdict {
    /// Which step.
    pub step: Step,
    /// The rule that spoke, `step.name`.
    pub rule: String,
    /// What it says.
    pub call: Call,
    /// Why, in words.
    pub reason: String,
    /// Where the rule comes from.
    pub source: String,
    /// The facts that it used, by name. Never the message, a number or an address.
    pub facts: BTreeMap<String, String>,
}

/// What becomes of the message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It may be sent now.
    Send,
    /// It is to be judged again then.
    Wait(Timestamp),
    /// It must not be sent.
    Refuse,
    /// Somebody has to decide.
    NeedsPerson,
}

/// The gate's decision, as it is stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The instant that was judged.
    pub at: Timestamp,
    /// Every step's verdict, in order.
    pub verdicts: Vec<Verdict>,
    /// What becomes of the message.
    pub outcome: Outcome,
    /// The rule that decided; none when nothing was against sending.
    pub decided_by: Option<String>,
    /// Versions of the tables that were used.
    pub versions: BTreeMap<String, String>,
}

impl Decision {
    /// Why it was not sent, in words: the verdict that decided.
    pub fn deciding(&self) -> Option<&Verdict> {
        let rule = self.decided_by.as_ref()?;
        self.verdicts.iter().find(|verdict| verdict.rule == *rule)
    }
}

impl fmt::Display for Decision {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let why = self.deciding().map_or("nothing is against it", |verdict| verdict.reason.as_str());
        match self.outcome {
            Outcome::Send => write!(out, "send: {why}"),
            Outcome::Wait(until) => write!(out, "wait until {until}: {why}"),
            Outcome::Refuse => write!(out, "refused: {why}"),
            Outcome::NeedsPerson => write!(out, "somebody has to decide: {why}"),
        }
    }
}
