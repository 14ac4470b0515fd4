//! `/analytics`: figures over many markets, for the hub's operators and auditors. What may not be told is withheld, and
//! the page says why; figures with noise are paid for from a budget ([`noise`]).

mod noise;
mod view;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use contacts::analytics::{Answer, Grouping, Measure, Question, Release};
use kernel::Ulid;
use maud::{Markup, html};

use crate::{
    access::{Access, HubRoles, Routes},
    app::AppState,
    design::{Address, Errors, Page, Tab, Tone, flush_card, format, notice, tabs},
    pages::views,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// Where the page is.
pub const HOME: &str = "/analytics";

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let spend = Access::Hub(HubRoles::SPEND_PRIVACY);
    routes
        .get(Access::Hub(HubRoles::READ_ANALYTICS), HOME, show)
        .post(spend, "/analytics/releases", noise::release)
        .post(spend, "/analytics/budget", noise::set_budget)
}

/// The question in the address; the first of each when it names none.
fn question(address: &Address) -> Question {
    Question {
        measure: address.parsed("measure").unwrap_or(Measure::Stages),
        by: address.parsed("by").unwrap_or(Grouping::Region),
    }
}

/// Where a question is answered.
fn href(question: Question) -> Address {
    Address::at(HOME).with("measure", question.measure.id()).with("by", question.by.id())
}

/// `GET /analytics`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    page(&viewer, &signed_in, &state, at.at(), &noise::Draft::default(), &Errors::default()).await
}

async fn page(
    viewer: &Viewer,
    signed_in: &SignedIn,
    state: &AppState,
    now: jiff::Timestamp,
    draft: &noise::Draft,
    errors: &Errors,
) -> Result<Response, Problem> {
    let question = question(&viewer.address);
    let release = match viewer.address.parsed::<Ulid>("release") {
        Some(id) => {
            let found = state.contacts().release_by_id(id).await?;
            Some(found.ok_or_else(|| Problem::not_found("There is no such release."))?)
        }
        None => None,
    };
    let answer = match &release {
        Some(release) => release.answer.clone(),
        None => state.contacts().analyse(question, now).await?,
    };
    let question = answer.question;
    let table = view::table(&answer);
    let lines = view::lines(&answer);
    if let Some(file) = table.export(&lines, &viewer.address, "analytics")? {
        return Ok(file);
    }
    let views = views::of(viewer, state.directory()).await?;
    let budget = state.contacts().budget().await?;
    let releases = state.contacts().releases(Some(question), noise::RELEASES_SHOWN).await?;
    let content = html! {
        (measures(question))
        (missing(&answer))
        @if let Some(release) = &release { (told_with_noise(release)) }
        (view::figures(&answer, budget))
        section.card { h2.visually-hidden { "Chart" } (view::chart(&answer)) }
        (flush_card("Figures", Some(view::RULES), html! {}, table.render(&lines, &viewer.address, &views)))
        (view::reasons(&answer))
        div.split {
            (noise::card_of(question, signed_in.may(HubRoles::SPEND_PRIVACY), budget, draft, errors))
            (noise::releases_card(&releases, viewer))
        }
    };
    Ok(Page::new(viewer, "Figures over markets")
        .lead(html! { "Counts and rates of many markets together. No figure tells of a single market, and none of a person." })
        .tabs(groupings(question))
        .main(content)
        .render()
        .into_response())
}

fn groupings(question: Question) -> Markup {
    let all: Vec<Tab> = Grouping::ALL
        .iter()
        .map(|by| Tab {
            label: format!("By {}", by.label().to_lowercase()),
            href: href(Question { by: *by, ..question }).href(),
            current: *by == question.by,
        })
        .collect();
    tabs("Groups of markets", &all)
}

fn measures(question: Question) -> Markup {
    html! {
        nav.cluster aria-label="What is counted" {
            @for measure in Measure::ALL {
                @let chosen = *measure == question.measure;
                a.button.small.primary[chosen] href=(href(Question { measure: *measure, ..question }).href()) aria-current=[chosen.then_some("true")] { (measure.label()) }
            }
        }
    }
}

fn missing(answer: &Answer) -> Markup {
    let count = answer.missing.len();
    html! {
        @if count > 0 {
            (notice(Tone::Warn, &format!("{} not counted", format::counted(count, "market is", "markets are")), html! {
                p { "They are in no figure: missing is not zero." }
                ul { @for one in &answer.missing { li { strong { (one.market) } ": " (one.reason) "." } } }
            }))
        }
    }
}

fn told_with_noise(release: &Release) -> Markup {
    let noise = release.answer.noise.as_ref();
    notice(
        Tone::Info,
        "Figures with noise",
        html! {
            p {
                "Told on " (format::instant(release.at)) " for " (release.epsilon) " of the privacy budget. "
                @if let Some(noise) = noise {
                    "Each market counts for at most " (format::count(noise.clamp)) " in a figure; the noise is discrete Laplace of scale "
                    (format::number(noise.scale, 1)) ", " (noise.epsilon_per_figure) " for each figure. "
                }
                "It stays as it was told. " a href=(href(release.answer.question).href()) { "See the exact figures of today" } "."
            }
        },
    )
}
