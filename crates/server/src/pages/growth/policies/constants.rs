//! The constants of a policy as people read them.

use growth::policy::{Complexity, Condition, DimensionSection, PointsSection, PolicyDocument};
use maud::{Markup, html};

use crate::design::{card, format, level, tier};

/// Weights, levels, tiers and vehicles.
pub fn render(document: &PolicyDocument) -> Markup {
    html! {
        div.grid.even {
            (card("Readiness", Some("A weighted mean of what is known, 0 to 100."), html! {}, dimensions(document)))
            (card("Levels", None, html! {}, levels(document)))
        }
        (card("Tiers", Some("The first whose every criterion is known and holds. The names are marketing; screens print the true multiple."), html! {}, tiers(document)))
        (card("Vehicles", Some("What can be sold: fit starts at the base and grows by the signals."), html! {}, vehicles(document)))
    }
}

fn dimensions(document: &PolicyDocument) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Dimensions of readiness" {
        table.table.plain {
            caption.visually-hidden { "Dimensions of readiness" }
            thead { tr { th scope="col" { "Dimension" } th.end scope="col" { "Weight" } th scope="col" { "Value 0 to 100" } } }
            tbody {
                @for dimension in &document.readiness.dimensions {
                    tr {
                        th scope="row" { (dimension.name.replace('_', " ")) }
                        td.end.num { (format::percent(dimension.weight, 2)) }
                        td.wrap { (worth(dimension)) }
                    }
                }
            }
        }
        }
    }
}

fn worth(dimension: &DimensionSection) -> String {
    match (dimension.zero_at, dimension.full_at) {
        (Some(zero), Some(full)) => format!(
            "{}: 0 at {}, 100 at {}",
            dimension.metric.label(),
            format::number(zero, 4),
            format::number(full, 4)
        ),
        _ => dimension.points.iter().map(points).collect::<Vec<_>>().join("; "),
    }
}

fn points(item: &PointsSection) -> String {
    format!("{}: {}", condition(&item.condition()), format::signed(item.points, 1))
}

fn condition(condition: &Condition) -> String {
    if condition.metric.is_flag() {
        return condition.metric.label().to_owned();
    }
    format!(
        "{} {} {}{}",
        condition.metric.label(),
        condition.relation.sign(),
        format::number(condition.threshold, 4),
        condition.metric.unit()
    )
}

fn levels(document: &PolicyDocument) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Levels of readiness" {
        table.table.plain {
            caption.visually-hidden { "Levels of readiness" }
            thead { tr { th scope="col" { "Level" } th.end scope="col" { "Score from" } th.end scope="col" { "Closes in" } } }
            tbody {
                @for section in &document.readiness.levels {
                    tr {
                        th scope="row" { (level(section.level)) }
                        td.end.num { (format::number(section.from, 2)) }
                        td.end.num {
                            (section.close_days) " days"
                            @if let (Some(from), Some(days)) = (section.fast_from, section.fast_close_days) { ", " (days) " from " (format::number(from, 2)) }
                        }
                    }
                }
            }
        }
        }
    }
}

fn tiers(document: &PolicyDocument) -> Markup {
    html! {
        div.table-scroll tabindex="0" role="region" aria-label="Tiers" {
            table.table.plain {
                caption.visually-hidden { "Tiers" }
                thead { tr {
                    th scope="col" { "Tier" } th scope="col" { "Criteria" } th.end scope="col" { "Added ARR" }
                    th.end scope="col" title="What the framework expects of such offers" { "Close rate" } th.end scope="col" title="What the tier adds to the chance of success" { "Adds to chance" } th scope="col" { "Vehicles" }
                } }
                tbody {
                    @for section in &document.tiers {
                        tr {
                            th scope="row" { (tier(section.tier)) " " span.muted.tiny { "“" (section.label) "”" } }
                            td.wrap { (section.criteria.iter().map(condition).collect::<Vec<_>>().join("; ")) }
                            td.end.num { (format::number(section.band[0], 0)) " – " (format::number(section.band[1], 0)) br; span.muted { "middle " (format::number(section.midpoint, 0)) } }
                            td.end.num { (format::percent(section.close_rate, 0)) }
                            td.end.num { (format::signed(section.probability * 100.0, 0)) " %" }
                            td.wrap { (section.vehicles.iter().map(|id| id.as_str().replace('_', " ")).collect::<Vec<_>>().join(", ")) }
                        }
                    }
                }
            }
        }
    }
}

fn vehicles(document: &PolicyDocument) -> Markup {
    let complexity = |complexity| match complexity {
        Complexity::Low => "low",
        Complexity::Medium => "medium",
        Complexity::High => "high",
    };
    html! {
        p.small.secondary {
            "Fit starts at " (format::number(document.fit.base, 1)) "; offered when " (document.fit.relation.sign()) " "
            (format::number(document.fit.threshold, 1)) ", at most " (document.fit.max_offers) "."
        }
        div.table-scroll tabindex="0" role="region" aria-label="Vehicles" {
            table.table.plain {
                caption.visually-hidden { "Vehicles" }
                thead { tr { th scope="col" { "Vehicle" } th.end scope="col" { "ARR" } th.end scope="col" { "Cost, once" } th scope="col" { "Complexity" } th scope="col" { "Signals of fit" } } }
                tbody {
                    @for vehicle in &document.vehicles {
                        tr {
                            th scope="row" { (vehicle.name) }
                            td.end.num { (format::number(vehicle.arr, 0)) } td.end.num { (format::number(vehicle.cost, 0)) }
                            td { (complexity(vehicle.complexity)) }
                            td.wrap { @if vehicle.signals.is_empty() { span.muted { "none" } } @else { (vehicle.signals.iter().map(points).collect::<Vec<_>>().join("; ")) } }
                        }
                    }
                }
            }
        }
    }
}
