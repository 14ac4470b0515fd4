//! The hour: by law where the person is, and by the market's own rule. The stricter wins.

use jiff::{SignedDuration, Timestamp};

use super::{
    decision::{Call, Verdict},
    facts::Facts,
    policy::UnknownPlace,
    steps::{Gate, Judging},
};
use crate::calling_hours::{Basis, Judged, Whereabouts};

const LAW: &str = "Calling hours by place, each with its source: rows ";
const OWN: &str = "The market's own quiet hours";

/// How long an hour is looked for that both allow.
const SEARCH_DAYS: i64 = 15;

pub(super) fn judge(gate: &Gate<'_>, judging: Judging, facts: &Facts) -> Verdict {
    let governed = gate.hours.governs(facts.channel);
    let mut judging = judging;
    let mut law: Option<Judged> = None;
    if governed {
        let whereabouts = Whereabouts::of(facts.place.address, facts.place.number.as_deref());
        judging = judging.fact("whereabouts", whereabouts.in_words());
        let unknown = &gate.policy.unknown_place;
        if whereabouts.basis() == Basis::Nothing
            && whereabouts.foreign().is_none()
            && unknown.value == UnknownPlace::Refuse
        {
            let reason =
                "neither address nor number says where the person is, so that the hour there is not known";
            return judging.refuse("quiet-hours.place-unknown", &unknown.source, reason);
        }
        match gate.hours.judge(facts.channel, &whereabouts, facts.at) {
            Err(not_known) => {
                return judging.refuse("quiet-hours.unknown", LAW.trim_end_matches(": rows "), not_known);
            }
            Ok(judged) => law = Some(judged),
        }
    }
    let Some(own) = &facts.market_hours else {
        return judging.refuse("quiet-hours.market-unknown", OWN, "the market's quiet hours were not read");
    };
    let Some(quiet) = own.quiet_at(facts.at) else {
        let reason = format!("the market's time zone `{}` is not known", own.zone);
        return judging.refuse("quiet-hours.market-unknown", &own.source, reason);
    };
    let forbidden = law.as_ref().and_then(|judged| judged.because.clone());
    if quiet || forbidden.is_some() {
        let Some(next) = next_allowed(gate, facts, facts.at) else {
            let reason = "no hour of the next two weeks is allowed by the law and by the market's own rule";
            return judging.refuse("quiet-hours.never", &own.source, reason);
        };
        let judging = judging.fact("next_allowed", next);
        return match (forbidden, law) {
            (Some(because), Some(judged)) => {
                let source = format!("{LAW}{}.", judged.rows.join(", "));
                judging.says(Call::Wait(next), "quiet-hours.quiet", &source, because)
            }
            _ => {
                let (begin, end) = (own.begin.strftime("%H:%M"), own.end.strftime("%H:%M"));
                let reason = format!("the market sends nothing from {begin} to {end} in {}", own.zone);
                judging.says(Call::Wait(next), "quiet-hours.market", &own.source, reason)
            }
        };
    }
    match law {
        None => judging.pass("quiet-hours.none", OWN, format!("no hours are known for a {}", facts.channel)),
        Some(judged) => {
            let source = format!("{LAW}{}.", judged.rows.join(", "));
            judging.pass("quiet-hours.open", &source, "the hour is allowed wherever the person may be")
        }
    }
}

/// The first instant from `from` on that the law and the market's own rule allow; none when one of them has no answer,
/// or there is none within two weeks.
pub(super) fn next_allowed(gate: &Gate<'_>, facts: &Facts, from: Timestamp) -> Option<Timestamp> {
    let whereabouts = Whereabouts::of(facts.place.address, facts.place.number.as_deref());
    let last = from.checked_add(SignedDuration::from_hours(24 * SEARCH_DAYS)).ok()?;
    let mut candidate = from;
    // Each round moves the candidate to an opening of one of them, or nothing moves and both are open.
    while candidate <= last {
        let before = candidate;
        if let Some(own) = &facts.market_hours {
            candidate = own.next_open(candidate)?;
        }
        candidate = gate.hours.next_allowed(facts.channel, &whereabouts, candidate).ok()?;
        if candidate == before {
            return Some(candidate);
        }
    }
    None
}
