use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::Ulid;
use leads::gate::{Call, Decision, Outcome, Verdict};
use serde::Serialize;
use utoipa::ToSchema;

use super::word;

/// What the gate decided of one message.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadGateDecision)]
pub struct GateDecision {
    /// Which one, as the log keeps it.
    #[schema(value_type = String)]
    id: Ulid,
    /// The instant that was judged.
    at: Timestamp,
    /// `send`, `wait`, `refuse` or `needs_person`.
    outcome: String,
    /// When it is to be judged again, of `wait`.
    until: Option<Timestamp>,
    /// The rule that decided; nothing when nothing was against sending.
    decided_by: Option<String>,
    /// Why, in words.
    why: String,
    /// Every step's verdict, in order.
    verdicts: Vec<GateVerdict>,
    /// Versions of the tables that were used.
    versions: BTreeMap<String, String>,
}

impl GateDecision {
    /// A decision as it is kept under `id`.
    pub fn of(id: Ulid, decision: &Decision) -> Self {
        let until = match decision.outcome {
            Outcome::Wait(until) => Some(until),
            Outcome::Send | Outcome::Refuse | Outcome::NeedsPerson => None,
        };
        Self {
            id,
            at: decision.at,
            outcome: word(&decision.outcome),
            until,
            decided_by: decision.decided_by.clone(),
            why: decision.to_string(),
            verdicts: decision.verdicts.iter().map(GateVerdict::from).collect(),
            versions: decision.versions.clone(),
        }
    }
}

/// What one step says.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadGateVerdict)]
pub struct GateVerdict {
    /// Which step: `suspended`, `a2p`, `opt_out`, `do_not_disturb`, `consent`, `do_not_call`, `quiet_hours`, `frequency` or
    /// `wording`.
    step: String,
    /// The rule that spoke.
    rule: String,
    /// `pass`, `wait`, `refuse` or `needs_person`.
    call: String,
    /// Until when, of `wait`.
    until: Option<Timestamp>,
    /// Why, in words.
    reason: String,
    /// Where the rule comes from.
    source: String,
    /// The facts that it used, by name.
    facts: BTreeMap<String, String>,
}

impl From<&Verdict> for GateVerdict {
    fn from(verdict: &Verdict) -> Self {
        let until = match verdict.call {
            Call::Wait(until) => Some(until),
            Call::Pass | Call::Refuse | Call::NeedsPerson => None,
        };
        Self {
            step: word(&verdict.step),
            rule: verdict.rule.clone(),
            call: word(&verdict.call),
            until,
            reason: verdict.reason.clone(),
            source: verdict.source.clone(),
            facts: verdict.facts.clone(),
        }
    }
}

/// Some decisions of the gate.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadGateLog)]
pub struct GateLog {
    /// The decisions, the newest first.
    decisions: Vec<GateEntry>,
    /// Where the next page begins; `null`: this was the last.
    next_cursor: Option<String>,
}

impl GateLog {
    /// A page with the cursor of the next.
    pub fn of(entries: Vec<leads::GateEntry>, next_cursor: Option<String>) -> Self {
        Self { decisions: entries.iter().map(GateEntry::from).collect(), next_cursor }
    }
}

/// A decision as the log shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadGateEntry)]
pub struct GateEntry {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// About whom: the contact.
    #[schema(value_type = String)]
    contact: Ulid,
    /// When it was judged.
    at: Timestamp,
    /// By which channel.
    channel: String,
    /// `marketing` or `reply`.
    purpose: String,
    /// `send`, `wait`, `refuse` or `needs_person`.
    outcome: String,
    /// When it was to be judged again.
    until: Option<Timestamp>,
    /// The step that decided; nothing when nothing was against sending.
    step: Option<String>,
    /// The rule that decided.
    rule: Option<String>,
}

impl From<&leads::GateEntry> for GateEntry {
    fn from(entry: &leads::GateEntry) -> Self {
        Self {
            id: entry.id,
            contact: entry.contact.ulid(),
            at: entry.at,
            channel: word(&entry.channel),
            purpose: word(&entry.purpose),
            outcome: word(&entry.outcome),
            until: entry.until,
            step: entry.step.as_ref().map(word),
            rule: entry.rule.clone(),
        }
    }
}

/// A decision with everything that was asked.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadGateRecord)]
pub struct GateRecord {
    /// As the log shows it.
    entry: GateEntry,
    /// With every verdict.
    decision: GateDecision,
    /// SHA-256 of the text that was judged, in hexadecimal: proof of which one it was.
    text_sha256: Option<String>,
    /// Who wanted to send it.
    by: String,
}

impl From<leads::GateRecord> for GateRecord {
    fn from(record: leads::GateRecord) -> Self {
        Self {
            decision: GateDecision::of(record.entry.id, &record.decision),
            entry: GateEntry::from(&record.entry),
            text_sha256: record.text.map(|text| text.to_string()),
            by: record.by,
        }
    }
}

/// How many decisions there are.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadGateFigure)]
pub struct GateFigure {
    /// By which channel.
    channel: String,
    /// `send`, `wait`, `refuse` or `needs_person`.
    outcome: String,
    /// The rule that decided; nothing for what could be sent.
    rule: Option<String>,
    /// How many.
    decisions: u64,
}

impl From<leads::GateFigure> for GateFigure {
    fn from(figure: leads::GateFigure) -> Self {
        Self {
            channel: word(&figure.channel),
            outcome: word(&figure.outcome),
            rule: figure.rule,
            decisions: figure.decisions,
        }
    }
}

/// Why a lead was not contacted by a channel.
#[derive(Serialize, ToSchema)]
pub struct LeadWhyNot {
    /// The decision.
    decision: GateEntry,
    /// Why, in words.
    reason: String,
    /// Where the rule comes from.
    source: String,
}

impl From<leads::WhyNot> for LeadWhyNot {
    fn from(why: leads::WhyNot) -> Self {
        Self { decision: GateEntry::from(&why.entry), reason: why.reason, source: why.source }
    }
}
