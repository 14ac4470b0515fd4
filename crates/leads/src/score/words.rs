use std::fmt;

use learn::frame::Value;
use serde::{Deserialize, Serialize};

use super::next::time;
use crate::{
    Channel,
    features::{Feature, Features, Unit},
    timeline::LeadSource,
};

/// One factor that can be read out; its `Display` is a sentence.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reason {
    /// Which feature.
    pub feature: Feature,
    /// What is known of the lead there.
    pub said: String,
    /// What it adds to the chance, as a fraction.
    pub change: f64,
}

impl fmt::Display for Reason {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let points = 100.0 * self.change.abs();
        let verb = if self.change > 0.0 { "raises" } else { "lowers" };
        if points < 0.05 {
            write!(out, "{}: hardly matters", self.said)
        } else {
            write!(out, "{}: {verb} the chance by {points:.1} points", self.said)
        }
    }
}

/// The changes, in the order of the features, as reasons; the largest first, without those that change nothing.
pub(super) fn reasons(features: &Features, changes: &[f64]) -> Vec<Reason> {
    let reason = |(feature, change): (Feature, &f64)| Reason {
        feature,
        said: said(feature, features.value(feature)),
        change: *change,
    };
    let moved = Feature::ALL.into_iter().zip(changes).filter(|(_, change)| **change != 0.0);
    let mut reasons: Vec<Reason> = moved.map(reason).collect();
    reasons.sort_by(|one, other| other.change.abs().total_cmp(&one.change.abs()));
    reasons
}

/// What is known of the lead, as the beginning of a sentence.
fn said(feature: Feature, value: Value) -> String {
    match value {
        Value::Missing => absent(feature),
        Value::Level(code) => match feature {
            Feature::Source => {
                let source =
                    LeadSource::ALL.get(code as usize).map_or("another source", |source| source.label());
                format!("Came from {source}")
            }
            _ => {
                let word = feature.spec().levels.get(code as usize);
                let channel = Channel::ALL.into_iter().find(|channel| word == Some(&channel.word()));
                channel.map_or_else(String::new, |channel| format!("Last spoke to us by {channel}"))
            }
        },
        Value::Number(number) => known(feature, number),
    }
}

fn known(feature: Feature, number: f64) -> String {
    // "{one}" for 1, "{many}" for none and for several.
    let times = |one: &str, many: &str, within: &str| match number {
        0.0 => format!("No {many} {within}"),
        1.0 => format!("1 {one} {within}"),
        number => format!("{number} {many} {within}"),
    };
    let yes = number != 0.0;
    let choose = |one: &str, other: &str| (if yes { one } else { other }).to_owned();
    match feature {
        Feature::HoursSinceArrival => format!("Came {} ago", time(number)),
        Feature::HoursSinceActivity => format!("Last active {} ago", time(number)),
        Feature::HoursSinceInbound => format!("Last spoke to us {} ago", time(number)),
        Feature::HoursSinceOutbound => format!("We last spoke to them {} ago", time(number)),
        Feature::HoursSinceStageMove => format!("Last moved in the pipeline {} ago", time(number)),
        Feature::ReplyMinutes => format!("Usually answers within {}", time(number / 60.0)),
        Feature::ListingViews1d => times("look at a listing", "looks at listings", "in a day"),
        Feature::ListingViews7d => times("look at a listing", "looks at listings", "in 7 days"),
        Feature::ListingViews30d => times("look at a listing", "looks at listings", "in 30 days"),
        Feature::Listings30d => times("listing", "listings", "looked at in 30 days"),
        Feature::RepeatViews30d => times("look", "looks", "at the listing that they looked at most"),
        Feature::Saves7d => times("listing", "listings", "saved in 7 days"),
        Feature::Saves30d => times("listing", "listings", "saved in 30 days"),
        Feature::Inbound1d => times("message or call", "messages or calls", "from them in a day"),
        Feature::Inbound7d => times("message or call", "messages or calls", "from them in 7 days"),
        Feature::Inbound30d => times("message or call", "messages or calls", "from them in 30 days"),
        Feature::Unanswered => times("message", "messages", "of ours without an answer"),
        Feature::CallsAnswered30d => times("conversation", "conversations", "on the phone in 30 days"),
        Feature::Shown90d => times("appointment", "appointments", "kept in 90 days"),
        Feature::NoShows90d => times("appointment", "appointments", "missed in 90 days"),
        Feature::AwaitsAnswer => choose("Waits for our answer", "Waits for no answer"),
        Feature::AppointmentAhead => choose("An appointment is ahead", "No appointment is ahead"),
        Feature::Preapproved => choose("Approved by a lender, or needs none", "Not approved by a lender"),
        Feature::BudgetKnown => choose("Told us a budget", "Told us no budget"),
        Feature::HorizonDays => format!("Wants to move in {}", time(number * 24.0)),
        Feature::PriceNarrowing if number > 0.0 => {
            format!("The prices they look at lie {:.0} % closer together than before", 100.0 * number)
        }
        Feature::PriceNarrowing => "The prices they look at do not close in".to_owned(),
        Feature::ViewedToBudget => {
            format!("Looks at homes for {:.0} % of the budget", 100.0 * number)
        }
        other => plain(other, number),
    }
}

/// The description with the number before it, for features without a sentence of their own.
fn plain(feature: Feature, number: f64) -> String {
    let spec = feature.spec();
    let number = match spec.unit {
        Unit::Fraction => format!("{number:.2}"),
        Unit::Answer => (if number == 0.0 { "no" } else { "yes" }).to_owned(),
        _ => format!("{}", (number * 10.0).round() / 10.0),
    };
    format!("{number}: {}", uncapitalised(spec.description))
}

fn absent(feature: Feature) -> String {
    match feature {
        Feature::HoursSinceInbound => "Never spoke to us".to_owned(),
        Feature::HoursSinceActivity => "Has done nothing of their own accord".to_owned(),
        Feature::ReplyMinutes => "Has answered nothing in 30 days".to_owned(),
        Feature::Source => "Not known how they came".to_owned(),
        Feature::Preapproved => "Not known whether a lender has approved them".to_owned(),
        Feature::HorizonDays => "Not known when they want to move".to_owned(),
        Feature::Budget => "Not known what they want to pay".to_owned(),
        other => format!("Nothing: {}", uncapitalised(other.spec().description)),
    }
}

fn uncapitalised(description: &str) -> String {
    let sentence = description.strip_suffix('.').unwrap_or(description);
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
