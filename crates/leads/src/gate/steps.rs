use std::{collections::BTreeMap, fmt};

use jiff::{SignedDuration, Timestamp, tz::TimeZone};

use super::{
    decision::{Call, Decision, Outcome, Step, Verdict},
    do_not_call,
    facts::{A2p, Consent, DoNotDisturb, Facts, Purpose},
    policy::GatePolicy,
    quiet_hours,
};
use crate::{
    calling_hours::CallingHours,
    optout::{Entry, Recogniser, Standing},
    place,
    wording::{self, Rules},
};

const TERMS: &str = "Terms of the hub: a suspended market sends nothing.";
const A2P_10DLC: &str = "Carriers' rules for application-to-person texts (10DLC): unregistered traffic is blocked since 2023-08-31.";
const REVOCATION: &str = "47 CFR 64.1200(a)(10): consent may be revoked in any reasonable manner.";
const LIST: &str = "The market's suppression list: who is on it asked to be left alone, or was erased.";
const PLATFORM: &str =
    "Do not disturb of the messaging platform: it blocks outbound messages, written by hand or not.";
const WRITTEN: &str = "47 CFR 64.1200(a)(2), (f)(9): prior express written consent for telemarketing by automated calls and texts.";
const ASKED: &str =
    "47 CFR 64.1200(a)(1)(iii): prior express consent, for calls and texts that are no telemarketing.";
const CAN_SPAM: &str = "15 USC 7704: commercial e-mail needs a way out, not consent beforehand.";
const FAIR_HOUSING: &str = "42 USC 3604(c): fair-housing check of outgoing texts.";

/// The gate with the tables that it judges by.
#[derive(Clone, Copy, Debug)]
pub struct Gate<'a> {
    /// Its constants.
    pub policy: &'a GatePolicy,
    /// Hours by place.
    pub hours: &'a CallingHours,
    /// Rules of wording.
    pub rules: &'a Rules,
}

/// A verdict while it is made.
pub(super) struct Judging {
    step: Step,
    facts: BTreeMap<String, String>,
}

impl Judging {
    fn of(step: Step) -> Self {
        Self { step, facts: BTreeMap::new() }
    }

    pub(super) fn fact(mut self, name: &str, value: impl fmt::Display) -> Self {
        self.facts.insert(name.to_owned(), value.to_string());
        self
    }

    pub(super) fn says(self, call: Call, rule: &str, source: &str, reason: impl fmt::Display) -> Verdict {
        Verdict {
            step: self.step,
            rule: rule.to_owned(),
            call,
            reason: reason.to_string(),
            source: source.to_owned(),
            facts: self.facts,
        }
    }

    pub(super) fn pass(self, rule: &str, source: &str, reason: impl fmt::Display) -> Verdict {
        self.says(Call::Pass, rule, source, reason)
    }

    pub(super) fn refuse(self, rule: &str, source: &str, reason: impl fmt::Display) -> Verdict {
        self.says(Call::Refuse, rule, source, reason)
    }

    fn person(self, rule: &str, source: &str, reason: impl fmt::Display) -> Verdict {
        self.says(Call::NeedsPerson, rule, source, reason)
    }
}

impl Gate<'static> {
    /// The gate with the tables that ship with the product.
    pub fn shipped() -> Self {
        Self { policy: GatePolicy::shipped(), hours: CallingHours::shipped(), rules: Rules::shipped() }
    }
}

impl Gate<'_> {
    /// Judges one message: every step in order, then what becomes of it.
    pub fn judge(&self, facts: &Facts) -> Decision {
        let verdicts: Vec<Verdict> = Step::ALL.into_iter().map(|step| self.step(step, facts)).collect();
        let (outcome, decided_by) = self.outcome(facts, &verdicts);
        let versions = [
            ("calling_hours", self.hours.version.to_string()),
            ("gate", self.policy.version.to_string()),
            ("opt_out", Recogniser::shipped().version().to_string()),
            ("time_zones", place::zones_version().to_owned()),
            ("wording", self.rules.version().to_string()),
        ];
        let versions = versions.map(|(name, version)| (name.to_owned(), version)).into();
        Decision { at: facts.at, verdicts, outcome, decided_by, versions }
    }

    /// The first instant from `from` on at which the hour alone is no obstacle, by law and by the market's own rule; none
    /// when one of them has no answer, or there is none within two weeks.
    pub fn next_hour(&self, facts: &Facts, from: Timestamp) -> Option<Timestamp> {
        quiet_hours::next_allowed(self, facts, from)
    }

    fn step(&self, step: Step, facts: &Facts) -> Verdict {
        let judging = Judging::of(step);
        match step {
            Step::Suspended => suspended(judging, facts),
            Step::A2p => a2p(judging, facts),
            Step::OptOut => opt_out(judging, facts),
            Step::DoNotDisturb => do_not_disturb(judging, facts),
            Step::Consent => self.consent(judging, facts),
            Step::DoNotCall => do_not_call::judge(self.policy, judging, facts),
            Step::QuietHours => quiet_hours::judge(self, judging, facts),
            Step::Frequency => self.frequency(judging, facts),
            Step::Wording => self.wording(judging, facts),
        }
    }

    fn outcome(&self, facts: &Facts, verdicts: &[Verdict]) -> (Outcome, Option<String>) {
        let mut latest: Option<(Timestamp, &str)> = None;
        for verdict in verdicts {
            match verdict.call {
                Call::Refuse => return (Outcome::Refuse, Some(verdict.rule.clone())),
                Call::NeedsPerson => return (Outcome::NeedsPerson, Some(verdict.rule.clone())),
                Call::Wait(until) if latest.is_none_or(|(other, _)| until > other) => {
                    latest = Some((until, &verdict.rule));
                }
                Call::Wait(_) | Call::Pass => {}
            }
        }
        let Some((until, rule)) = latest else { return (Outcome::Send, None) };
        // A cap may end in the night. Where nobody has an answer for then, the judgement at that time refuses.
        let until = quiet_hours::next_allowed(self, facts, until).unwrap_or(until);
        (Outcome::Wait(until), Some(rule.to_owned()))
    }

    /// Whether the message answers what the person wrote or said: it says so, and they did so lately.
    fn answers(&self, facts: &Facts) -> bool {
        let lately = SignedDuration::from_hours(i64::from(self.policy.reply_hours.value));
        facts.purpose == Purpose::Reply
            && facts.heard.is_some_and(|heard| {
                let since = facts.at.duration_since(heard);
                !since.is_negative() && since <= lately
            })
    }

    fn consent(&self, judging: Judging, facts: &Facts) -> Verdict {
        if !facts.channel.is_telephone() {
            return judging.pass("consent.not-telephone", CAN_SPAM, "the channel reaches no telephone");
        }
        let ahead = "the consent on record is of a later day";
        match facts.consent {
            None => judging.refuse("consent.unknown", WRITTEN, "it is not known what the person agreed to"),
            Some(Consent::Missing) => {
                judging.refuse("consent.missing", WRITTEN, "the person has agreed to nothing")
            }
            Some(Consent::Inquiry { at } | Consent::Written { at }) if at > facts.at => {
                judging.fact("agreed_at", at).refuse("consent.later", WRITTEN, ahead)
            }
            Some(Consent::Written { at }) => {
                judging.fact("agreed_at", at).pass("consent.written", WRITTEN, "the person agreed in writing")
            }
            Some(Consent::Inquiry { at }) => {
                let judging = judging.fact("asked_at", at);
                if facts.purpose == Purpose::Notice {
                    let reason = "the person asked, and this tells of what was arranged with them";
                    return judging.pass("consent.notice", ASKED, reason);
                }
                if self.answers(facts) {
                    let reason = "the message answers what the person asked";
                    return judging.pass("consent.reply", WRITTEN, reason);
                }
                if facts.review.as_ref().is_some_and(|review| review.at <= facts.at) {
                    let reason = "the person asked, and somebody sends this by hand";
                    return judging.pass("consent.by-hand", WRITTEN, reason);
                }
                let reason =
                    "the person asked about something and has not agreed to automated messages in writing";
                judging.person("consent.not-written", WRITTEN, reason)
            }
        }
    }

    fn frequency(&self, judging: Judging, facts: &Facts) -> Verdict {
        let Some(sent) = &facts.sent else {
            let reason = "it is not known when the person was last reached";
            return judging.refuse("frequency.unknown", "Own rule: what is not known does not send.", reason);
        };
        if self.answers(facts) {
            let reason = "the message answers what the person wrote";
            return judging.pass("frequency.reply", "Own rule: an answer is owed.", reason);
        }
        if facts.purpose == Purpose::Notice {
            let reason = "the message tells of what was arranged with the person";
            return judging.pass("frequency.notice", "Own rule: what was arranged is told.", reason);
        }
        let mut latest: Option<(Timestamp, &str, String)> = None;
        let mut judging = judging;
        for cap in self.policy.frequency.iter().filter(|cap| cap.channel == facts.channel) {
            let window = SignedDuration::from_hours(i64::from(cap.within_hours));
            // Also what a clock ahead of ours has sent.
            let mut within: Vec<Timestamp> =
                sent.iter().copied().filter(|sent| facts.at.duration_since(*sent) < window).collect();
            within.sort_unstable_by(|one, other| other.cmp(one));
            judging = judging.fact(&format!("sent_within_{}_hours", cap.within_hours), within.len());
            let nth =
                usize::try_from(cap.at_most).ok().and_then(|at_most| within.get(at_most.checked_sub(1)?));
            let until = nth.map(|nth| nth.checked_add(window).unwrap_or(Timestamp::MAX));
            if let Some(until) = until
                && latest.as_ref().is_none_or(|(other, ..)| until > *other)
            {
                let reason = format!(
                    "{} were sent within {} hours; at most {} may be",
                    within.len(),
                    cap.within_hours,
                    cap.at_most
                );
                latest = Some((until, &cap.source, reason));
            }
        }
        match latest {
            Some((until, source, reason)) => judging.says(Call::Wait(until), "frequency.cap", source, reason),
            None => judging.pass("frequency.within", "Caps of the gate's policy.", "no cap is reached"),
        }
    }

    fn wording(&self, judging: Judging, facts: &Facts) -> Verdict {
        let review = facts.review.as_ref().filter(|review| review.at <= facts.at);
        let judging = match review {
            Some(review) => judging.fact("reviewed_by", &review.by).fact("reviewed_at", review.at),
            None => judging,
        };
        let Some(text) = &facts.text else {
            if facts.channel == crate::Channel::Voice && review.is_some() {
                return judging.pass("wording.spoken", FAIR_HOUSING, "a person speaks, without a script");
            }
            if matches!(facts.purpose, Purpose::Sequence | Purpose::Notice) {
                let reason = "the texts are the messaging platform's own: they cannot be judged here";
                return judging.pass("wording.elsewhere", FAIR_HOUSING, reason);
            }
            return judging.refuse("wording.unknown", FAIR_HOUSING, "there is no text to judge");
        };
        if text.trim().is_empty() {
            return judging.refuse("wording.empty", FAIR_HOUSING, "the text is empty");
        }
        let judged = self.rules.check(text, facts.property);
        let found: Vec<String> = judged
            .findings
            .iter()
            .map(|finding| format!("{}: \u{201c}{}\u{201d}", finding.rule, finding.text))
            .collect();
        let found = found.join("; ");
        let first = judged.findings.iter().find(|finding| finding.call == judged.call);
        let reason = first.map_or_else(String::new, |finding| {
            format!("\u{201c}{}\u{201d}: {}; instead: {}", finding.text, finding.why, finding.instead)
        });
        let source = first.map_or(FAIR_HOUSING, |finding| finding.source.as_str());
        let judging = if found.is_empty() { judging } else { judging.fact("found", found) };
        match judged.call {
            wording::Call::Clear => {
                judging.pass("wording.clear", FAIR_HOUSING, "nothing was found in the text")
            }
            wording::Call::Warn if review.is_some() => judging.pass("wording.reviewed", source, reason),
            wording::Call::Warn => judging.person("wording.warn", source, reason),
            wording::Call::Block => judging.refuse("wording.block", source, reason),
        }
    }
}

fn suspended(judging: Judging, facts: &Facts) -> Verdict {
    match facts.suspended {
        Some(false) => judging.pass("suspended.no", TERMS, "the market is not suspended"),
        Some(true) => judging.refuse("suspended.yes", TERMS, "the market is suspended"),
        None => judging.refuse("suspended.unknown", TERMS, "it is not known whether the market is suspended"),
    }
}

fn a2p(judging: Judging, facts: &Facts) -> Verdict {
    if facts.channel != crate::Channel::Sms {
        return judging.pass("a2p.not-text", A2P_10DLC, "only text messages need it");
    }
    let (rule, reason) = match facts.a2p {
        Some(A2p::Approved) => {
            return judging.pass("a2p.approved", A2P_10DLC, "brand and campaign are approved");
        }
        Some(A2p::TollFreeVerified) => {
            return judging.pass("a2p.toll-free", A2P_10DLC, "the number is toll-free and verified");
        }
        Some(A2p::Pending) => ("a2p.pending", "the registration is not decided"),
        Some(A2p::Rejected) => ("a2p.rejected", "the registration was rejected"),
        Some(A2p::Unregistered) => ("a2p.unregistered", "the sending number is not registered"),
        Some(A2p::Suspended) => ("a2p.suspended", "a carrier has suspended the registration"),
        None => ("a2p.unknown", "it is not known whether the sending number is registered"),
    };
    judging.refuse(rule, A2P_10DLC, reason)
}

fn opt_out(judging: Judging, facts: &Facts) -> Verdict {
    let Some(ledger) = &facts.ledger else {
        return judging.refuse("opt-out.unknown", REVOCATION, "the ledger of opt-outs was not read");
    };
    match facts.listed {
        Some(false) => {}
        Some(true) => {
            let reason = "the number or address is on the market's suppression list";
            return judging.refuse("opt-out.listed", LIST, reason);
        }
        None => {
            return judging.refuse("opt-out.list.unknown", LIST, "the suppression list was not looked at");
        }
    }
    // What was written by a clock ahead of ours counts as well, when it is against sending.
    let now = ledger.standing(facts.channel, facts.at);
    let ahead = ledger.standing(facts.channel, Timestamp::MAX);
    let told = |judging: Judging, entry: &Entry| {
        let origin = format!("{:?}", entry.origin).to_lowercase();
        let judging = judging.fact("since", entry.at).fact("origin", origin);
        match &entry.rule {
            Some(rule) => judging.fact("read_by", rule),
            None => judging,
        }
    };
    match (now, ahead) {
        (Standing::Suppressed(entry), _) | (_, Standing::Suppressed(entry)) => {
            let reason = format!("the person wants no {} since {}", facts.channel, day(entry.at));
            told(judging, entry).refuse("opt-out.suppressed", REVOCATION, reason)
        }
        (Standing::Unclear(entry), _) | (_, Standing::Unclear(entry)) => {
            let reason = format!(
                "on {} the person wrote what may be an opt-out; somebody has to read it",
                day(entry.at)
            );
            told(judging, entry).person("opt-out.unclear", REVOCATION, reason)
        }
        (Standing::Open, Standing::Open) => {
            judging.pass("opt-out.none", REVOCATION, "the person has not opted out of this channel")
        }
    }
}

fn do_not_disturb(judging: Judging, facts: &Facts) -> Verdict {
    let (rule, reason) = match facts.do_not_disturb {
        Some(DoNotDisturb::Off) => {
            return judging.pass("do-not-disturb.off", PLATFORM, "it is off for this channel");
        }
        Some(DoNotDisturb::On) => ("do-not-disturb.on", "it is on for this channel"),
        Some(DoNotDisturb::Permanent) => {
            ("do-not-disturb.permanent", "it is on for this channel and cannot be lifted")
        }
        None => ("do-not-disturb.unknown", "it is not known for this channel"),
    };
    judging.refuse(rule, PLATFORM, reason)
}

pub(super) fn day(at: Timestamp) -> jiff::civil::Date {
    at.to_zoned(TimeZone::UTC).date()
}
