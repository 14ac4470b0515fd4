//! `/design`: every component in all its states. Figures here are samples and say so.

mod samples;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::assessment::{ReadinessLevel, Tier};
use kernel::Currency;
use maud::{Markup, html};

use crate::{
    design::{
        Axis, Chart, Errors, Field, Icon, Ink, Kpi, Lead, Page, Point, Series, Tab, Tone, Unit, Why, badge,
        bars, card, delta, disclose, empty, facts, flush_card, format, kpis, level, loading, notice, score,
        sparkline, tabs, tier, toast,
    },
    problem::Problem,
    viewer::Viewer,
};

/// `GET /design`
pub async fn show(viewer: Viewer, State(directory): State<Directory>) -> Result<Response, Problem> {
    let table = samples::table();
    let rows = samples::rows();
    if let Some(file) = table.export(&rows, &viewer.address, "sample-clients")? {
        return Ok(file);
    }
    let views = super::views::of(&viewer, &directory).await?;
    let shown = viewer.address.get("tab").unwrap_or("data").to_owned();
    let tab = |id: &str, label: &str| Tab {
        label: label.to_owned(),
        href: viewer.address.with("tab", id).without("client").href(),
        current: shown == id,
    };
    let open = viewer.address.get("client").and_then(|id| rows.iter().find(|row| row.id == id));
    let content = match shown.as_str() {
        "forms" => forms(),
        "states" => states(),
        "foundations" => foundations(),
        _ => html! {
            (figures())
            (charts())
            (flush_card("Sample clients", Some("Search, filter, sort, choose columns, save the view, export."), html! {},
                table.render(&rows, &viewer.address, &views)))
        },
    };
    Ok(Page::new(&viewer, "Style guide")
        .lead(html! { "Every component that pages are made of. The figures are samples." })
        .actions(html! {
            button.button.js-only type="button" data-print { (Icon::Printer) "Print" }
            a.button.primary href="/api" { (Icon::BookOpen) "API reference" }
        })
        .tabs(tabs(
            "Style guide",
            &[
                tab("data", "Data"),
                tab("forms", "Forms"),
                tab("states", "States"),
                tab("foundations", "Foundations"),
            ],
        ))
        .main(content)
        .drawer(open.map(|row| samples::detail(row, &viewer)))
        .render()
        .into_response())
}

fn figures() -> Markup {
    let usd = |amount: i64| kernel::Money::new(amount.into(), Currency::USD);
    kpis(&[
        Kpi::new("Current MRR", html! { (format::money_figure(&usd(130_000))) small { " / month" } })
            .note(html! { (delta(4.2, 1, " %", true)) " since the last snapshot" })
            .why(Why::new("sum of current MRR").input("clients", "50").source("sample data")),
        Kpi::new("Goal", html! { (format::money_figure(&usd(400_000))) small { " / month" } })
            .note(html! { "needs " strong { (format::money_compact(&usd(270_000))) } " MRR more" })
            .why(Why::new("goal − current MRR").input("goal", "$400,000.00").input("current", "$130,000.00").source("settings")),
        Kpi::new("Coverage of the goal", html! { "10.6 %" })
            .meter(0.106, Tone::Warn)
            .note(html! { "343,750 ARR of 3.24M ARR needed" })
            .why(Why::new("expected ARR ÷ needed ARR").input("expected", "$343,750").input("needed", "$3,240,000").source("projection")),
        Kpi::new("Ready now", html! { "12" small { " of 50" } }).note(html! { (sparkline(&[6.0, 7.0, 7.0, 9.0, 8.0, 11.0, 12.0], "Ready now, last seven snapshots: from 6 to 12")) }),
    ])
}

fn charts() -> Markup {
    let levels = Chart::new("levels", "Readiness", "12 of 50 clients are ready now; most need nurture.")
        .over("Level", ["Ready now", "Ready soon", "Needs nurture", "Not ready"])
        .y(Axis::new("Clients", Unit::Number))
        .series(Series::bars("Clients", [12.0, 11.0, 19.0, 8.0]).inks([
            Ink::Second,
            Ink::Fifth,
            Ink::Third,
            Ink::Grey,
        ]));
    let fan = Chart::new(
        "fan",
        "Signed ARR by horizon",
        "By day 90 signed ARR is $476K, nine times of ten between $369K and $580K.",
    )
    .over("Horizon", ["Today", "30 days", "60 days", "90 days"])
    .y(Axis::new("ARR", Unit::money(Currency::USD)))
    .series(
        Series::band("5–95 %", [0.0, 90_000.0, 240_000.0, 368_750.0], [0.0, 210_000.0, 410_000.0, 580_000.0])
            .ink(Ink::First),
    )
    .series(Series::line("Mean", [0.0, 150_000.0, 322_000.0, 476_250.0]).ink(Ink::First))
    .mark("Goal 400K", 400_000.0);
    let points = |name, offset: f64| {
        let points = (0..9).map(|index| {
            let step = f64::from(index);
            Point {
                x: 30.0 + offset + step * 4.0,
                y: 0.25 + step * 0.06 + offset / 300.0,
                size: step / 9.0,
                label: format!("{name} {index}"),
                href: None,
            }
        });
        Series::points(name, points.collect())
    };
    let bubbles = Chart::new(
        "bubbles",
        "Readiness and probability",
        "Readier clients sign more often; the largest offers are in tier 1.",
    )
    .scatter(Axis::new("Readiness", Unit::Number).between(0.0, 100.0))
    .y(Axis::new("Probability", Unit::Percent).between(0.0, 1.0))
    .series(points("Tier 1", 30.0))
    .series(points("Tier 2", 10.0));
    html! {
        div.grid.wide {
            section.card { (levels.render()) }
            section.card { (fan.render()) }
            section.card { (bubbles.render()) }
            (card("Tiers", Some("Badges say it in words."), html! {}, html! {
                (bars(&[
                    (tier(Tier::One), 10.0, "10".into(), Tone::Accent),
                    (tier(Tier::Two), 14.0, "14".into(), Tone::Accent),
                    (tier(Tier::Three), 13.0, "13".into(), Tone::Accent),
                    (tier(Tier::Maintenance), 13.0, "13".into(), Tone::Plain),
                ]))
                div.tag-list { @for one in ReadinessLevel::ALL { (level(*one)) } }
                (score(72.5, 100.0, 1, Tone::Good))
            }))
        }
    }
}

fn forms() -> Markup {
    let mut errors = Errors::default();
    errors.add("goal", "The goal is below the current MRR of $130,000. Enter a larger amount.");
    let options =
        || [("USD", "US dollar"), ("EUR", "Euro")].map(|(value, label)| (value.to_owned(), label.to_owned()));
    html! {
        div.split {
            (card("A form", Some("Labels always, hints where they help, errors beside their field."), html! {}, html! {
                (errors.summary())
                form.form method="get" {
                    (Field::text("client", "Client").required().value("Harbour Homes").render())
                    (Field::number("goal", "Goal", 0.0, 1e9, 1.0).required().prefix("$").suffix("per month").value(100_000).errors(&errors).render())
                    div.form-row {
                        (Field::date("as_of", "As of").hint("Assessments speak of this day.").value("2026-01-19").render())
                        (Field::select("currency", "Currency", options()).value("USD").render())
                    }
                    (Field::range("rho", "Correlation", 0.0, 1.0, 0.05).shown(100.0, "", " %").value(0.1).hint("How much outcomes depend on each other.").render())
                    (Field::textarea("note", "Note", 3).render())
                    (Field::choices("unit", "Unit", [("arr".to_owned(), "ARR".to_owned()), ("mrr".to_owned(), "MRR".to_owned())]).value("arr").render())
                    (Field::check("documented", "A success story is documented").value(true).render())
                    div.form-foot { button.button.primary type="button" { "Save" } button.button type="button" { "Cancel" } }
                }
            }))
            div.stack {
                (card("Buttons", None, html! {}, html! {
                    div.cluster {
                        button.button.primary type="button" { (Icon::Plus) "Primary" }
                        button.button type="button" { "Usual" }
                        button.button.quiet type="button" { "Quiet" }
                        button.button.danger type="button" { (Icon::Trash) "Danger" }
                        button.button type="button" disabled { "Disabled" }
                        button.button.small type="button" { "Small" }
                    }
                }))
                (card("Upload", None, html! {}, html! {
                    div.dropzone {
                        (Icon::Upload)
                        p { "Drop a file here, or choose one." }
                        label.visually-hidden for="file" { "File" }
                        input.input #file type="file" name="file" accept=".csv,.xlsx,.json,.ndjson";
                    }
                }))
            }
        }
    }
}

fn states() -> Markup {
    html! {
        div.stack {
            @for (tone, title) in [(Tone::Info, "Worth knowing"), (Tone::Good, "Done"), (Tone::Warn, "Look at it"), (Tone::Bad, "Not done")] {
                (notice(tone, title, html! { p { "A notice says what happened and what to do next." } }))
            }
        }
        div.grid.even {
            (card("Empty", None, html! {}, empty(Icon::Upload, "No clients yet", "Import an export of your client base; nothing leaves this machine.",
                &[Lead::new("Import a file", "#"), Lead::new("Look at a sample", "#")])))
            (card("Loading", None, html! {}, loading("clients", 7)))
        }
        div.grid {
            (card("Badges", None, html! {}, html! {
                div.tag-list { @for tone in Tone::ALL { (badge(*tone, tone.class())) } }
                div.tag-list { @for one in ReadinessLevel::ALL { (level(*one)) } }
                div.tag-list { @for one in Tier::ALL { (tier(*one)) } }
            }))
            (card("Toasts", None, html! {}, html! {
                (toast(Tone::Good, "Saved as version 3."))
                (toast(Tone::Bad, "The file has no column for the client's name."))
            }))
            (card("Details", None, html! {}, html! {
                (facts(&[("Current MRR", html! { "$2,400.00" }), ("Tenure", html! { "18 months" }), ("NPS", html! { span.muted { (format::UNKNOWN) } })]))
                (disclose("How this is computed", html! { p.small.secondary { "Weighted sum of seven dimensions." } }))
            }))
            (card("Over time", None, html! {}, html! {
                ol.timeline {
                    li { strong { "Proposal sent" } br; time datetime="2026-01-19" { "19 Jan 2026" } }
                    li { strong { "Discovery call" } br; time datetime="2026-01-12" { "12 Jan 2026" } }
                    li { strong { "Imported" } br; time datetime="2026-01-05" { "5 Jan 2026" } }
                }
            }))
        }
    }
}

fn foundations() -> Markup {
    html! {
        div.grid {
            (card("Type", None, html! {}, html! {
                h1 { "Heading of a page" } h2 { "Heading of a card" } h3 { "Heading within" }
                p { "Text is 14 px Inter. " a href="#" { "A link" } ", " code { "code" } ", " kbd { "Ctrl" } "." }
                p.small.secondary { "Smaller and secondary." } p.tiny.muted { "The smallest, muted." }
                p.num { "0123456789 $1,234.50 −28.6K 12.5 %" }
            }))
            (card("Icons", Some("Lucide, always beside a word."), html! {}, html! { div.cluster { @for icon in Icon::ALL { (icon) } } }))
        }
    }
}
