//! `GET /m/{market}`: a market's home, for its own people.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use markets::{Pipeline, StageKind};
use maud::{Markup, html};

use super::panels;
use crate::{
    access::MarketRoles,
    app::AppState,
    design::{Icon, Page, Tone, badge, card},
    keepsake,
    problem::Problem,
    viewer::{At, InMarket, Viewer},
};

/// `GET /m/{market}`
pub async fn show(
    viewer: Viewer,
    within: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let name = within.market.name().clone();
    let markets = state.markets();
    let checklist = markets.checklist(&name).await?;
    let health = match within.may(MarketRoles::CONFIGURE) {
        true => Some(markets.health(&name, &at).await?),
        false => None,
    };
    let pipelines = within.market.pipelines().await?;
    let content = html! {
        div.grid.even {
            (card("The market", None, html! {}, panels::profile(within.market.record(), viewer.now)))
            (panels::checklist(&checklist, &viewer))
        }
        (pipelines_card(&pipelines))
        @if let Some(health) = &health { (panels::health(health)) }
        @if within.may(MarketRoles::EXPORT_MARKET) { (take_out(name.as_str())) }
    };
    let page = Page::new(&viewer, name.to_string())
        .lead(html! { "Only people with a role in this market can read what is in it; every change is in its audit chain." })
        .main(content);
    Ok(page.render().into_response())
}

fn pipelines_card(pipelines: &[Pipeline]) -> Markup {
    card(
        "Pipelines",
        Some("The stages that contacts pass through, per line of business."),
        html! {},
        html! {
            div.pipelines {
            @for pipeline in pipelines {
                section { h3 { (pipeline.name) " " (badge(Tone::Plain, pipeline.vertical.label())) }
                ol.stages {
                    @for stage in &pipeline.stages {
                        li {
                            (stage.name)
                            @match stage.kind {
                                StageKind::Won => { " " (badge(Tone::Good, "Won")) }
                                StageKind::Lost => { " " (badge(Tone::Plain, "Lost")) }
                                _ => {}
                            }
                        }
                    }
                }
                }
            }
            }
        },
    )
}

fn take_out(name: &str) -> Markup {
    card(
        "Take everything out",
        Some(
            "A ZIP archive with one NDJSON file per table, the audit chain, and a manifest with rows and checksums. Personal fields stay sealed: the keys are not in it.",
        ),
        html! {},
        html! {
            form.form method="post" action={ "/m/" (name) "/export" } {
                div.form-foot { button.button type="submit" { (Icon::Download) "Download" } }
            }
        },
    )
}

/// `POST /m/{market}/export`
pub async fn export(
    within: InMarket,
    At(at): At,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    keepsake::export(&state, within.market.name(), &at).await
}
