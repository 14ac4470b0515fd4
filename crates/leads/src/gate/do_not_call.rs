//! The own list and the national do-not-call registry.

use jiff::{SignedDuration, Span, Timestamp, tz::TimeZone};

use super::{
    decision::Verdict,
    facts::{Consent, Facts, OwnList, Purpose, Scrub},
    policy::GatePolicy,
    steps::{Judging, day},
};

const OWN_LIST: &str = "47 CFR 64.1200(d): requests not to be called are kept and honoured.";
const SOLICITATION: &str = "47 CFR 64.1200(c)(2), (f)(15): the registry is about telephone solicitations.";
const REGISTRY: &str = "47 CFR 64.1200(c)(2): national do-not-call registry.";

/// Our own list first, then the registry and what exempts from it.
pub(super) fn judge(policy: &GatePolicy, judging: Judging, facts: &Facts) -> Verdict {
    if !facts.channel.is_telephone() {
        return judging.pass("do-not-call.not-telephone", REGISTRY, "the channel reaches no telephone");
    }
    let Some(known) = facts.do_not_call else {
        return judging.refuse("do-not-call.unknown", REGISTRY, "no do-not-call list was looked at");
    };
    match known.own_list {
        None => {
            return judging.refuse(
                "do-not-call.own-list.unknown",
                OWN_LIST,
                "our own list was not looked at",
            );
        }
        Some(OwnList::Listed { since }) => {
            return judging.fact("listed_since", since).refuse(
                "do-not-call.own-list",
                OWN_LIST,
                "the person asked us not to call",
            );
        }
        Some(OwnList::Absent) => {}
    }
    if facts.purpose == Purpose::Notice {
        let reason = "the message tells of what was arranged, and offers nothing";
        return judging.pass("do-not-call.registry.notice", SOLICITATION, reason);
    }
    let days_max = policy.scrub_days_max.value;
    let is_recent = |scrub: &Scrub| {
        let age = facts.at.duration_since(scrub.at);
        !age.is_negative() && age <= SignedDuration::from_hours(24 * i64::from(days_max))
    };
    let judging = match known.scrub {
        None => judging,
        Some(scrub) => judging.fact("scrubbed_at", scrub.at).fact("listed", scrub.listed),
    };
    if known.scrub.is_some_and(|scrub| is_recent(&scrub) && !scrub.listed) {
        return judging.pass("do-not-call.registry.clear", REGISTRY, "the number is not on the registry");
    }
    // Whom something exempts may be reached whether the number is on the registry or not: it need not be looked at.
    if let Some(Consent::Written { at }) = facts.consent
        && at <= facts.at
    {
        return judging.fact("agreed_at", at).pass(
            "do-not-call.registry.consent",
            "47 CFR 64.1200(c)(2)(ii): prior express invitation or permission in writing.",
            "the person agreed in writing, which exempts from the registry",
        );
    }
    let exemptions = [
        (
            "do-not-call.registry.relationship",
            known.last_transaction,
            &policy.relationship_months,
            "a transaction",
        ),
        ("do-not-call.registry.inquiry", known.last_inquiry, &policy.inquiry_months, "an inquiry"),
    ];
    for (rule, begins, months, what) in exemptions {
        if let Some(begins) = begins
            && let Some(ends) = months_after(begins, months.value)
            && begins <= facts.at
            && facts.at < ends
        {
            let reason = format!("{what} exempts from the registry until {}", day(ends));
            return judging.fact("exempt_until", ends).pass(rule, &months.source, reason);
        }
    }
    match known.scrub {
        None => judging.refuse("do-not-call.registry.unknown", REGISTRY, "the registry was not looked at"),
        Some(scrub) if !is_recent(&scrub) => {
            let reason = format!(
                "the registry was last looked at on {}; it must be within {days_max} days",
                day(scrub.at)
            );
            judging.refuse("do-not-call.registry.stale", &policy.scrub_days_max.source, reason)
        }
        Some(_) => judging.refuse(
            "do-not-call.registry.listed",
            REGISTRY,
            "the number is on the registry and nothing exempts it",
        ),
    }
}

/// The same day, months later, in UTC.
fn months_after(from: Timestamp, months: u32) -> Option<Timestamp> {
    let months = i32::try_from(months).ok()?;
    let then = from.to_zoned(TimeZone::UTC).checked_add(Span::new().months(months)).ok()?;
    Some(then.timestamp())
}
