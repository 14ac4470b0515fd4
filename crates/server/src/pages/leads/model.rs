//! `/m/{market}/leads/model`: what scores rest on, what that is worth, who challenges it, and whether the world has moved.

mod drift;
mod fairness;
mod records;
mod report;
pub mod work;
mod worth;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use leads::{KindView, ModelsView, learning::Kind};
use maud::{Markup, html};

use self::report::Of;
use super::{Section, home, page, words};
use crate::{
    access::MarketRoles,
    api::leads::{CHANGED, POLICY_CHANGED},
    app::AppState,
    design::{Address, Icon, Tone, badge, card, empty, flush_card, format, notice},
    pages::{contacts::Names, views},
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// `GET /m/{market}/leads/model`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let view = state.hub().leads.models(&here.market).await?;
    let kind = viewer.address.get("of").and_then(|of| of.parse().ok()).unwrap_or(Kind::Goal);
    let one = match kind {
        Kind::Goal => &view.goal,
        Kind::Cold => &view.cold,
    };
    let names = Names::of(&state, &here).await?;
    let records = records::table(&here, names);
    let drift = drift::table();
    // The page has two tables: the address says which one is taken out.
    let columns =
        one.seen.as_ref().and_then(|seen| seen.watched.as_ref()).map(|watched| watched.columns.as_slice());
    let file = match viewer.address.get("table") {
        Some("drift") => drift.export(columns.unwrap_or_default(), &viewer.address, "lead-drift")?,
        _ => records.export(&one.lineage, &viewer.address, "lead-models")?,
    };
    if let Some(file) = file {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let content = html! {
        (questions(&viewer, kind))
        (in_force(&here, one))
        (worth::switch(one))
        (judged(one))
        (live(one))
        @if kind == Kind::Goal { (fairness::card_of(&view)) }
        (flush_card("Models on record", Some("Every model that was trained here, with what it came from. None is ever changed."), html! {}, records.render(&one.lineage, &viewer.address, &views)))
        @if let Some(watched) = one.seen.as_ref().and_then(|seen| seen.watched.as_ref()).filter(|watched| drift::tells(watched)) {
            (card("Has the world moved?", None, html! {}, drift::verdict(watched)))
            @if !watched.columns.is_empty() {
                (flush_card("Features", Some("The last days against as many before the training."), html! {}, drift.render(&watched.columns, &viewer.address.with("table", "drift"), &views)))
            }
        }
    };
    let live = html! {
        div.stack id="model" hx-get=(viewer.address.href()) hx-select="#model" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (POLICY_CHANGED) " from:body delay:300ms, " (CHANGED) " from:body throttle:60s" } { (content) }
    };
    Ok(page(&viewer, &here, Section::Model, "Model")
        .lead(html! { "What the chances rest on, and what that is worth. A rule is called a rule until outcomes say more." })
        .actions(work::actions(&here, &view, kind))
        .main(live)
        .render()
        .into_response())
}

/// The two questions.
fn questions(viewer: &Viewer, shown: Kind) -> Markup {
    let here = Address::at(viewer.address.path());
    html! {
        div.cluster {
            nav.button-group aria-label="Questions" {
                @for kind in Kind::ALL {
                    a.button href=(here.with("of", kind).href()) aria-current=[(kind == shown).then_some("true")] { (report::question(kind)) }
                }
            }
        }
    }
}

/// Who answers now.
fn in_force(here: &InMarket, view: &KindView) -> Markup {
    let measured = view.seen.as_ref().and_then(|seen| seen.live.as_ref());
    let body = html! {
        div.cluster {
            @if view.champion.is_some() && view.in_force.starts_with('v') { (badge(Tone::Good, &format!("Model {}", view.in_force))) }
            @else { (badge(Tone::Info, &format!("Prior rule {}", view.in_force.trim_start_matches("prior ")))) }
            span.secondary { "answers: " (words::title(&view.question)) }
        }
        p.linked {
            @match (&view.champion, view.in_force.starts_with('v')) {
                (Some(champion), true) => {
                    "Trained " (format::date(champion.trained_at.to_zoned(jiff::tz::TimeZone::UTC).date())) " on "
                    (format::counted(champion.lineage.trained_rows as usize, "row", "rows")) " of this market."
                }
                _ => {
                    "A published rule made of judgements. It was not fitted to outcomes of this market, and nothing below says that it was; "
                    "each constant names what it rests on."
                    @if here.may(MarketRoles::READ_MODELS) { " " a href={ (home(here)) "/policy" } { "Read the policy" } }
                }
            }
        }
        p.small.secondary {
            (format::counted(view.predictions as usize, "prediction", "predictions")) " on record, the end of "
            (format::count(view.waiting)) " not known yet."
            @if measured.is_none() { " None has come to an end: nothing can be said of how often it is right." }
        }
        @if let Some(seen) = view.seen.as_ref().filter(|seen| !seen.alarms.is_empty()) {
            (notice(Tone::Warn, "Look at it", html! { ul { @for alarm in &seen.alarms { li { (words::sentence(alarm)) } } } }))
        }
    };
    card("In force", None, html! {}, body)
}

/// How the champion, or the newest on trial, was judged when it was trained; nothing where none was.
fn judged(view: &KindView) -> Markup {
    let whose = view.report.as_ref().map(|judged| {
        let scores = view.champion.as_ref().is_some_and(|champion| champion.version == judged.version);
        let of = if scores {
            "on leads that came after those it learned from"
        } else {
            "which is on trial; it does not score anybody yet"
        };
        format!("Model v{}, {of}.", judged.version)
    });
    if whose.is_none() && view.unreadable.is_empty() {
        return html! {};
    }
    let body = html! {
        @if !view.unreadable.is_empty() { (unreadable(&view.unreadable)) }
        @if let Some(judged) = &view.report { (report::findings(&judged.report, Of::Trial)) }
    };
    card("Judged at the training", whose.as_deref(), html! {}, body)
}

/// Which reports are in a form of another program.
fn unreadable(versions: &[u32]) -> Markup {
    let named: Vec<String> = versions.iter().map(|version| format!("v{version}")).collect();
    let of = if versions.len() == 1 { "The report of model" } else { "The reports of models" };
    notice(
        Tone::Warn,
        "A report cannot be read",
        html! { p { (of) " " (named.join(", ")) " cannot be read: written by another version of the program, or damaged. Figures of it are not shown; a model that is trained anew has a report of its own." } },
    )
}

/// What the one in force said before the ends were known.
fn live(view: &KindView) -> Markup {
    match view.seen.as_ref().and_then(|seen| seen.live.as_ref().map(|report| (seen.at, report))) {
        Some((at, found)) => {
            let note = format!(
                "What {} said before the end was known, as seen on {}.",
                view.in_force,
                format::instant(at)
            );
            card("Judged by what happened", Some(&note), html! {}, report::findings(found, Of::Life))
        }
        None => card(
            "Judged by what happened",
            None,
            html! {},
            empty(
                Icon::Clock,
                "No prediction has come to an end",
                "Every score is noted with its moment. When its time is over, what became of the lead is put beside it, and the figures are here.",
                &[],
            ),
        ),
    }
}

/// Whether anything is missing until a model may be trained.
fn enough(view: &KindView) -> bool {
    view.switch.missing.positive == 0 && view.switch.missing.negative == 0
}

/// The view of one kind.
fn of(view: &ModelsView, kind: Kind) -> &KindView {
    match kind {
        Kind::Goal => &view.goal,
        Kind::Cold => &view.cold,
    }
}
