//! The chance of a lead over time.

use jiff::tz::TimeZone;
use leads::PastScore;
use maud::{Markup, html};

use crate::design::{Axis, Chart, Ink, Series, Unit, format};

/// The chance with its range at each score, the oldest first.
pub fn chart(history: &[PastScore], zone: TimeZone) -> Markup {
    let past: Vec<&PastScore> = history.iter().rev().collect();
    let ([first, .., last], true) = (past.as_slice(), past.len() > 1) else {
        return html! { p.small.secondary { "This is the first score. The next news or a day of silence adds a point." } };
    };
    let change = last.probability - first.probability;
    let moved = if (change * 1000.0).round() == 0.0 {
        "The chance has not moved".to_owned()
    } else {
        let verb = if change > 0.0 { "rose" } else { "fell" };
        format!("The chance {verb} by {} points", format::number(change.abs() * 100.0, 1))
    };
    let bases: Vec<&str> = past.iter().map(|score| score.model.as_str()).collect();
    let changes = bases.windows(2).filter(|pair| pair[0] != pair[1]).count();
    let under = match changes {
        0 => String::new(),
        1 => " What it rests on changed once in between.".to_owned(),
        many => format!(" What it rests on changed {many} times in between."),
    };
    let sentence = format!(
        "{moved} over {}: {} then, {} now.{under}",
        format::counted(past.len(), "score", "scores"),
        format::percent(first.probability, 1),
        format::percent(last.probability, 1)
    );
    let days = past.iter().map(|score| zone.to_datetime(score.at).strftime("%-d %b %H:%M").to_string());
    let highest = past.iter().map(|score| score.interval.upper).fold(0.0, f64::max);
    Chart::new("lead-history", "Over time", sentence)
        .over("Scored", days)
        .y(Axis::new("Chance", Unit::Percent).between(0.0, (highest * 10.0).ceil().max(1.0) / 10.0))
        .series(
            Series::band(
                "Range",
                past.iter().map(|score| score.interval.lower),
                past.iter().map(|score| score.interval.upper),
            )
            .ink(Ink::Grey),
        )
        .series(Series::line("Chance", past.iter().map(|score| score.probability)).ink(Ink::First))
        .short()
        .render()
}
