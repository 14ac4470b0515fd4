use serde::{Deserialize, Serialize};

use crate::{
    features::{Feature, Features},
    prior::Missing,
};

/// Messages without an answer from which on another way is tried. A judgement.
const UNANSWERED_MIN: f64 = 3.0;

/// Looks at one listing from which on a viewing of it is offered. A judgement.
const REPEATS_MIN: f64 = 3.0;

/// Hours of our own silence from which on we write again. A judgement: a week.
const SILENCE_HOURS: f64 = 168.0;

/// What to do next with a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Confirm the appointment that is ahead.
    ConfirmAppointment,
    /// Answer them.
    Answer,
    /// Speak to them for the first time.
    FirstContact,
    /// Offer another time to somebody who did not come.
    OfferAnotherTime,
    /// Try another way, or let them rest.
    AnotherWay,
    /// Offer to show the home that they keep looking at.
    OfferViewing,
    /// Ask what would tell most.
    Ask(Feature),
    /// Write again.
    StayInTouch,
    /// Nothing now.
    Wait,
}

/// What to do next, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NextBest {
    /// What.
    pub step: Step,
    /// The step as a sentence to the agent.
    pub text: String,
    /// Why this and nothing else.
    pub why: String,
}

/// The first rule that applies. Whether it may be done is for the gate to say.
pub(super) fn next_best(features: &Features, missing: &[Missing]) -> NextBest {
    let number = |feature| features.number(feature);
    let count = |feature| number(feature).unwrap_or_default();
    let say = |step, text: &str, why: String| NextBest { step, text: text.to_owned(), why };

    if count(Feature::AwaitsAnswer) > 0.0 {
        let hours = count(Feature::HoursSinceInbound);
        return say(Step::Answer, "Answer them.", format!("They had the last word {} ago.", time(hours)));
    }
    if count(Feature::AppointmentAhead) > 0.0 {
        let why = "An appointment is booked.".to_owned();
        return say(Step::ConfirmAppointment, "Confirm the appointment.", why);
    }
    if number(Feature::HoursSinceOutbound).is_none() {
        let why = match number(Feature::HoursSinceArrival) {
            Some(hours) => format!("They came {} ago and nobody has spoken to them.", time(hours)),
            None => "Nobody has spoken to them.".to_owned(),
        };
        return say(Step::FirstContact, "Speak to them for the first time.", why);
    }
    if count(Feature::NoShows90d) > count(Feature::Shown90d) {
        let why = "They did not come to the last appointment, and meant to.".to_owned();
        return say(Step::OfferAnotherTime, "Offer another time.", why);
    }
    if count(Feature::Unanswered) >= UNANSWERED_MIN {
        let why = format!("{} messages and calls went without an answer.", count(Feature::Unanswered));
        return say(Step::AnotherWay, "Try another way, or let them rest.", why);
    }
    if count(Feature::RepeatViews30d) >= REPEATS_MIN {
        let why = format!("They looked at one listing {} times.", count(Feature::RepeatViews30d));
        return say(Step::OfferViewing, "Offer to show the home that they keep looking at.", why);
    }
    if let Some((feature, question)) =
        missing.iter().find_map(|missing| Some((missing.feature, question(missing.feature)?)))
    {
        let why = "It is what would tell most about this lead, and nobody knows it.".to_owned();
        return say(Step::Ask(feature), question, why);
    }
    match number(Feature::HoursSinceOutbound) {
        Some(hours) if hours >= SILENCE_HOURS => {
            say(Step::StayInTouch, "Write again.", format!("We last wrote {} ago.", time(hours)))
        }
        _ => say(Step::Wait, "Nothing now.", "It is their turn, and we spoke to them lately.".to_owned()),
    }
}

/// What an agent asks to know `feature`; none when that is not for them to ask.
fn question(feature: Feature) -> Option<&'static str> {
    match feature {
        Feature::Preapproved => Some("Ask whether a lender has approved them, or whether they need none."),
        Feature::HorizonDays => Some("Ask when they want to move."),
        Feature::Budget => Some("Ask what they want to pay at most."),
        Feature::Source => Some("Ask how they heard of us."),
        _ => None,
    }
}

/// Hours as a person says them.
pub(super) fn time(hours: f64) -> String {
    let (number, unit) = match hours {
        hours if hours < 1.0 => ((hours * 60.0).round(), "minute"),
        hours if hours < 48.0 => (hours.round(), "hour"),
        hours => ((hours / 24.0).round(), "day"),
    };
    if number == 1.0 { format!("1 {unit}") } else { format!("{number} {unit}s") }
}
