use std::collections::BTreeMap;

use jiff::Timestamp;
use kernel::{Interval, Ulid};
use leads::{
    OfferView, SpeedReport,
    routing::{AgentShare, Balance, FairnessReport},
};
use serde::Serialize;
use utoipa::ToSchema;

/// An offer of a lead to somebody.
#[derive(Serialize, ToSchema)]
pub struct LeadOffer {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// To whom; nothing while nobody could take it.
    #[schema(value_type = Option<String>)]
    agent: Option<Ulid>,
    /// When it was decided.
    decided_at: Timestamp,
    /// When the clock began: an agent was at work and the person could be called.
    begins_at: Option<Timestamp>,
    /// Until when somebody had to act.
    due_at: Option<Timestamp>,
    /// When somebody did.
    acted_at: Option<Timestamp>,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// How it ended: `taken`, `passed_on`, `reassigned`, `released`, `closed` or `withdrawn`.
    ended: Option<String>,
    /// Why, in a sentence.
    reason: String,
}

impl From<OfferView> for LeadOffer {
    fn from(offer: OfferView) -> Self {
        let (ended_at, ended) = offer.ended.unzip();
        Self {
            id: offer.id,
            agent: offer.agent,
            decided_at: offer.decided_at,
            begins_at: offer.begins_at,
            due_at: offer.due_at,
            acted_at: offer.acted_at,
            ended_at,
            ended,
            reason: offer.reason,
        }
    }
}

/// Some offers of a market.
#[derive(Serialize, ToSchema)]
pub struct LeadOfferLog {
    /// How many offers meet the conditions.
    total: u64,
    /// The offers, the newest first.
    offers: Vec<OfferEntry>,
    /// Where the next page begins; `null`: this was the last.
    next_cursor: Option<String>,
}

impl LeadOfferLog {
    /// A page with the cursor of the next.
    pub fn of(page: leads::OfferPage, next_cursor: Option<String>) -> Self {
        let offers = page.entries.into_iter().map(OfferEntry::from).collect();
        Self { total: page.total, offers, next_cursor }
    }
}

/// An offer as the list of all shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadOfferEntry)]
pub struct OfferEntry {
    /// Which one.
    #[schema(value_type = String)]
    id: Ulid,
    /// About whom: the contact.
    #[schema(value_type = String)]
    contact: Ulid,
    /// To whom; nothing while nobody could take it.
    #[schema(value_type = Option<String>)]
    agent: Option<Ulid>,
    /// The rule of routing that it was decided by.
    rule: Option<String>,
    /// `open`, `untaken`, `acted` or `lost`.
    standing: &'static str,
    /// When the lead came.
    arrived_at: Option<Timestamp>,
    /// When it was decided.
    decided_at: Timestamp,
    /// When the clock began: an agent was at work and the person could be called.
    begins_at: Option<Timestamp>,
    /// Until when somebody had to act.
    due_at: Option<Timestamp>,
    /// When somebody did.
    acted_at: Option<Timestamp>,
    /// When it ended.
    ended_at: Option<Timestamp>,
    /// How it ended: `taken`, `passed_on`, `reassigned`, `released`, `closed` or `withdrawn`.
    ended: Option<String>,
}

impl From<leads::OfferEntry> for OfferEntry {
    fn from(entry: leads::OfferEntry) -> Self {
        let (ended_at, ended) = entry.ended.unzip();
        Self {
            id: entry.id,
            contact: entry.contact.ulid(),
            agent: entry.agent,
            rule: entry.rule,
            standing: entry.standing.id(),
            arrived_at: entry.arrived_at,
            decided_at: entry.decided_at,
            begins_at: entry.begins_at,
            due_at: entry.due_at,
            acted_at: entry.acted_at,
            ended_at,
            ended,
        }
    }
}

/// How fast leads are offered and spoken to.
#[derive(Serialize, ToSchema)]
pub struct LeadSpeed {
    /// Offers decided from this instant on.
    since: Timestamp,
    /// What the policy asks for, in seconds.
    target_seconds: u32,
    /// From a lead's arrival to its first offer.
    offered: Timing,
    /// From an offer to the first word to the person, inside of allowed hours.
    first_action: Timing,
    /// The same by agent, the user's identifier.
    by_agent: BTreeMap<String, Timing>,
    /// Leads that nobody could take and that still wait.
    untaken: u64,
    /// Whether there were more offers than are looked at.
    cut: bool,
}

impl From<SpeedReport> for LeadSpeed {
    fn from(report: SpeedReport) -> Self {
        let by_agent = report.by_agent.into_iter().map(|(agent, timing)| (agent.to_string(), timing.into()));
        Self {
            since: report.since,
            target_seconds: report.target_seconds,
            offered: report.offered.into(),
            first_action: report.first_action.into(),
            by_agent: by_agent.collect(),
            untaken: report.untaken,
            cut: report.is_cut,
        }
    }
}

/// How long something took, over many leads.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadTiming)]
pub struct Timing {
    /// How many.
    count: u64,
    /// How many took no longer than the target.
    within: u64,
    /// Their fraction with 90 % confidence: lower and upper end.
    share_within: Option<[f64; 2]>,
    /// Half took no longer, in seconds.
    p50_seconds: Option<f64>,
    /// 95 of 100 took no longer, in seconds.
    p95_seconds: Option<f64>,
    /// The longest, in seconds.
    longest_seconds: Option<f64>,
    /// How many of them are not over: they count with how long they have taken so far.
    running: u64,
}

impl From<leads::Timing> for Timing {
    fn from(timing: leads::Timing) -> Self {
        Self {
            count: timing.count,
            within: timing.within,
            share_within: timing.share_within.map(Interval::into),
            p50_seconds: timing.p50_seconds,
            p95_seconds: timing.p95_seconds,
            longest_seconds: timing.longest_seconds,
            running: timing.running,
        }
    }
}

/// How leads were shared.
#[derive(Serialize, ToSchema)]
pub struct LeadFairness {
    /// Everybody who could have taken a lead.
    agents: Vec<Share>,
    /// The most that anybody was given more or less than was due, in leads.
    off_most: f64,
    /// Leads that nobody could take.
    untaken: u64,
    /// Leads that were offered.
    leads: u64,
    /// How often leads handed out by lot would lie this far off or further; nothing while there are too few to tell. A small
    /// one means that something other than turns decides.
    p_value: Option<f64>,
}

impl From<FairnessReport> for LeadFairness {
    fn from(report: FairnessReport) -> Self {
        let (leads, p_value) = match report.balance {
            Balance::Insufficient { leads, .. } => (leads, None),
            Balance::Tested { leads, p_value, .. } => (leads, Some(p_value)),
        };
        Self {
            agents: report.agents.into_iter().map(Share::from).collect(),
            off_most: report.off_most,
            untaken: report.untaken,
            leads,
            p_value,
        }
    }
}

/// What one agent was given, and what was due to them.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadShare)]
pub struct Share {
    /// Who: the user's identifier.
    agent: String,
    /// Decisions in which they could have taken the lead.
    could: u64,
    /// Leads that they were offered.
    offered: u64,
    /// Leads of those that they acted on.
    accepted: u64,
    /// Leads that were due to them by weight.
    due: f64,
    /// Their fraction of all leads offered.
    share: f64,
    /// The fraction that was due.
    share_due: f64,
    /// With 90 % confidence, how often they act: lower and upper end.
    acceptance: Option<[f64; 2]>,
}

impl From<AgentShare> for Share {
    fn from(share: AgentShare) -> Self {
        Self {
            agent: share.agent,
            could: share.could,
            offered: share.offered,
            accepted: share.accepted,
            due: share.due,
            share: share.share,
            share_due: share.share_due,
            acceptance: share.acceptance.map(Interval::into),
        }
    }
}
