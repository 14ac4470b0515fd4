//! The two charts: how revenue grows over the horizons, and how it may fall out at one of them.

use maud::{Markup, html};

use super::{View, correlation_words};
use crate::design::{Axis, Chart, Ink, Series, Unit, format};

pub(super) fn fan(view: &View<'_>) -> Markup {
    let horizons = &view.projection().horizons;
    let Some(last) = horizons.last() else { return html! {} };
    let from_zero = |pick: fn(&growth::projection::Spread) -> f64| {
        std::iter::once(0.0)
            .chain(horizons.iter().map(move |horizon| pick(&horizon.arr)))
            .collect::<Vec<f64>>()
    };
    let money = |amount: f64| format::money_compact(&view.arr(amount));
    let sentence = format!(
        "By day {} signed ARR is expected to be {}, nine times of ten between {} and {}; {}.",
        last.days,
        money(last.arr.mean),
        money(last.arr.q05),
        money(last.arr.q95),
        correlation_words(view.projection().correlation)
    );
    let categories = std::iter::once("Today".to_owned())
        .chain(horizons.iter().map(|horizon| format!("{} days", horizon.days)));
    let mut chart = Chart::new("fan", "Signed ARR by horizon", sentence)
        .over("Horizon", categories)
        .y(Axis::new("Added ARR", Unit::money(view.currency())))
        .series(Series::band("5–95 %", from_zero(|arr| arr.q05), from_zero(|arr| arr.q95)).ink(Ink::First))
        .series(Series::band("25–75 %", from_zero(|arr| arr.q25), from_zero(|arr| arr.q75)).ink(Ink::First))
        .series(Series::line("Median", from_zero(|arr| arr.q50)).ink(Ink::First));
    if view.asked.differs() {
        let live = &view.live.projection.horizons;
        let medians = std::iter::once(0.0).chain(live.iter().map(|horizon| horizon.arr.q50));
        chart = chart.series(Series::line("Median, live", medians).ink(Ink::Grey).dashed());
    }
    chart.render()
}

pub(super) fn density(view: &View<'_>) -> Markup {
    let Some(horizon) = view.horizon(view.forecast) else { return html! {} };
    let needed = view.projection().coverage.needed_arr;
    let money = |amount: f64| format::money_compact(&view.arr(amount));
    let at_goal = horizon.density.iter().position(|bucket| (bucket.from..bucket.to).contains(&needed));
    let below = horizon.density.first().is_some_and(|first| needed < first.from);
    let place = match at_goal {
        Some(_) => "the line marks it".to_owned(),
        None if below => "that is below everything shown".to_owned(),
        None => "that lies beyond everything shown".to_owned(),
    };
    let sentence = format!(
        "Within {} days half of the cases bring {} ARR or more. The goal needs {} ARR ({place}): reached with a chance of {}.",
        horizon.days,
        money(horizon.arr.q50),
        money(needed),
        format::chance(horizon.arr.p_goal)
    );
    let categories: Vec<String> = horizon.density.iter().map(|bucket| money(bucket.from)).collect();
    let reaches = |from: f64| if from >= needed { Ink::Second } else { Ink::First };
    let bars = Series::bars("Chance", horizon.density.iter().map(|bucket| bucket.mass))
        .inks(horizon.density.iter().map(|bucket| reaches(bucket.from)));
    let mut chart = Chart::new("density", format!("Signed ARR within {} days", horizon.days), sentence)
        .over("Added ARR from", categories)
        .y(Axis::new("Chance", Unit::Percent))
        .series(bars)
        .histogram();
    if let Some(place) = at_goal {
        chart = chart.mark_x("Goal", place);
    }
    let here = &view.viewer.address;
    let bound = horizon.arr_error_bound;
    html! {
        div.cluster.between {
            nav.button-group aria-label="Horizon of the distribution" {
                @for one in &view.projection().horizons {
                    a.button.small href=(here.with("horizon", one.days).href()) aria-current=[(one.days == horizon.days).then_some("true")] { (one.days) " days" }
                }
            }
            p.tiny.muted {
                @if bound > 0.0 { "Amounts rounded to a grid: quantiles within " (format::money_whole(&view.arr(bound))) " of the truth." }
                @else { "Exact distribution, no simulation." }
            }
        }
        (chart.render())
    }
}
