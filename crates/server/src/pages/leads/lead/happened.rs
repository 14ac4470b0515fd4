//! What a lead did, as lines that people read: the parts of a timeline.

use jiff::{SignedDuration, Timestamp};
use kernel::Currency;
use leads::timeline::{Answer, AppointmentStep, Direction, Happening, Sort, What};

use super::super::words;
use crate::design::{Tone, format};

/// How far apart two records of one thing may lie: the contact's own and the timeline's.
const SAME: SignedDuration = SignedDuration::from_secs(2);

/// One line of a timeline.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// When it happened.
    pub at: Timestamp,
    /// What kind of thing, in a word.
    pub kind: &'static str,
    /// What that word looks like.
    pub tone: Tone,
    /// What happened.
    pub text: String,
    /// How many of the same happened one after another.
    pub times: usize,
}

/// What happened, the newest first; looks at the same thing that follow on each other are one line. What the contact's
/// own record tells (`told`, instants of messages and moves) is left out.
pub fn lines(happenings: &[&Happening], told: &[Timestamp], currency: Currency) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for happening in happenings.iter().rev() {
        let doubled = matches!(happening.what.sort(), Sort::Message | Sort::Call | Sort::StageMove)
            && told.iter().any(|at| at.duration_since(happening.at).abs() <= SAME);
        if doubled {
            continue;
        }
        let line = line(happening, currency);
        match lines.last_mut() {
            Some(last)
                if last.kind == line.kind && last.text == line.text && happening.what.is_activity() =>
            {
                last.times += 1;
            }
            _ => lines.push(line),
        }
    }
    lines
}

fn line(happening: &Happening, currency: Currency) -> Line {
    let money = |amount: u64| words::price(amount, currency);
    let (kind, tone, text) = match &happening.what {
        What::Arrived { source } => ("Arrived", Tone::Good, format!("Came from {}", source.label())),
        What::PageView { page } => ("Page", Tone::Plain, format!("Looked at {page}")),
        What::ListingView { listing, price } => {
            let price = price.map(|price| format!(", {}", money(price))).unwrap_or_default();
            ("Listing", Tone::Plain, format!("Looked at listing {listing}{price}"))
        }
        What::ListingSaved { listing } => ("Saved", Tone::Info, format!("Saved listing {listing}")),
        What::Search { price_from, price_to } => {
            let range = match (price_from, price_to) {
                (Some(from), Some(to)) => format!(" from {} to {}", money(*from), money(*to)),
                (Some(from), None) => format!(" from {}", money(*from)),
                (None, Some(to)) => format!(" up to {}", money(*to)),
                (None, None) => String::new(),
            };
            ("Search", Tone::Plain, format!("Searched for homes{range}"))
        }
        What::Message { direction, channel } => {
            let tone = if *direction == Direction::Inbound { Tone::Info } else { Tone::Accent };
            let text = match direction {
                Direction::Inbound => format!("They sent a {channel}"),
                Direction::Outbound => format!("We sent a {channel}"),
            };
            ("Message", tone, article(&text))
        }
        What::Call { direction, seconds } => {
            let who = match direction {
                Direction::Inbound => "They called",
                Direction::Outbound => "We called",
            };
            let spoke = match seconds {
                0 => "nobody answered".to_owned(),
                seconds => format!("spoke for {}", words::span(f64::from(*seconds))),
            };
            ("Call", if *seconds > 0 { Tone::Accent } else { Tone::Plain }, format!("{who}: {spoke}"))
        }
        What::Appointment { step, .. } => match step {
            AppointmentStep::Booked { starts } => {
                ("Appointment", Tone::Good, format!("Appointment booked for {}", format::instant(*starts)))
            }
            AppointmentStep::Shown => ("Appointment", Tone::Good, "Came to the appointment".to_owned()),
            AppointmentStep::NoShow => {
                ("Appointment", Tone::Warn, "Did not come to the appointment".to_owned())
            }
            AppointmentStep::Cancelled => {
                ("Appointment", Tone::Warn, "The appointment was called off".to_owned())
            }
        },
        What::StageMove { place, of, .. } => {
            ("Stage", Tone::Good, format!("Moved to stage {} of {of}", u32::from(*place) + 1))
        }
        What::Tag { tag, added } => {
            let text = if *added {
                format!("Label “{tag}” put on")
            } else {
                format!("Label “{tag}” taken off")
            };
            ("Label", Tone::Plain, text)
        }
        What::Answered(answer) => {
            let text = match answer {
                Answer::Budget(amount) => format!("Told us a budget of {}", money(*amount)),
                Answer::Horizon { days } => {
                    format!("Wants to move within {}", format::counted(*days as usize, "day", "days"))
                }
                Answer::Preapproved(true) => "Approved by a lender, or needs none".to_owned(),
                Answer::Preapproved(false) => "Not approved by a lender".to_owned(),
            };
            ("Told us", Tone::Info, text)
        }
        What::Task { done, .. } => {
            ("Task", Tone::Plain, (if *done { "A task was done" } else { "A task was opened" }).to_owned())
        }
    };
    Line { at: happening.at, kind, tone, text, times: 1 }
}

/// `a e-mail` as `an e-mail`.
fn article(text: &str) -> String {
    text.replace(" a e-mail", " an e-mail")
}

#[cfg(test)]
mod tests {
    use leads::{Channel, timeline::LeadSource};

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + seconds).unwrap()
    }

    fn said(happenings: &[Happening], told: &[Timestamp]) -> Vec<(String, usize)> {
        let all: Vec<&Happening> = happenings.iter().collect();
        lines(&all, told, Currency::USD).into_iter().map(|line| (line.text, line.times)).collect()
    }

    #[test]
    fn looks_at_one_listing_in_a_row_are_one_line() {
        let view = |seconds, listing: &str| Happening {
            at: at(seconds),
            what: What::ListingView { listing: listing.to_owned(), price: Some(480_000) },
        };
        let happened = [view(0, "A-1"), view(60, "A-1"), view(120, "B-2"), view(180, "A-1")];
        let expected = [
            ("Looked at listing A-1, $480,000".to_owned(), 1),
            ("Looked at listing B-2, $480,000".to_owned(), 1),
            ("Looked at listing A-1, $480,000".to_owned(), 2),
        ];
        assert_eq!(said(&happened, &[]), expected);
    }

    #[test]
    fn a_message_that_the_contact_keeps_is_not_told_twice() {
        let message = |seconds, direction| Happening {
            at: at(seconds),
            what: What::Message { direction, channel: Channel::Email },
        };
        let arrived = Happening { at: at(0), what: What::Arrived { source: LeadSource::OpenHouse } };
        let happened = [arrived, message(10, Direction::Inbound), message(90, Direction::Outbound)];
        let expected = [("We sent an e-mail".to_owned(), 1), ("Came from an open house".to_owned(), 1)];
        assert_eq!(said(&happened, &[at(10)]), expected);
    }
}
