//! `/markets/{name}/life-cycle`: suspending, moving, taking out, deleting.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use kernel::MarketName;
use markets::{MarketRecord, MarketServer, MarketState, Placement};
use maud::{Markup, html};
use serde::Deserialize;

use super::{HOME, Section, backups::confirmation, href, list, named, panels};
use crate::{
    access::HubRoles,
    app::AppState,
    design::{Address, Field, Icon, Page, Tone, card, format, notice},
    flash, keepsake,
    problem::Problem,
    viewer::{At, SignedIn, Viewer},
};

/// `GET /markets/{name}/life-cycle`
pub async fn show(
    viewer: Viewer,
    signed_in: SignedIn,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let record = state.markets().record(&name).await?;
    let servers = state.markets().servers().await?;
    let content = html! {
        (panels::closed(&record))
        @if !signed_in.may(HubRoles::RUN_MARKETS) {
            (notice(Tone::Info, "You watch this market", html! { p { "Operators of the hub can suspend, move, take out and delete it." } }))
        } @else {
            div.grid.even {
                (doors(&record))
                (export_card(&name))
                (move_card(&record, &servers))
                @if record.state != MarketState::Deleting { (delete_card(&name)) }
            }
        }
    };
    let page = Page::new(&viewer, format!("Life cycle of {name}"))
        .crumb("Markets", HOME)
        .crumb(name.to_string(), href(&name))
        .lead(html! { "Every step is written to the audit chains of the hub and of the market." })
        .tabs(Section::LifeCycle.tabs(&name))
        .main(content);
    Ok(page.render().into_response())
}

fn doors(record: &MarketRecord) -> Markup {
    let action = |verb: &str| format!("{}/{verb}", href(&record.name));
    match record.state {
        MarketState::Active => card(
            "Suspend",
            Some("Its people are told why and cannot enter until it is resumed. Nothing is lost."),
            html! {},
            html! {
                form.form method="post" action=(action("suspend")) {
                    (Field::text("reason", "Reason").required().attribute("maxlength", "200").render())
                    div.form-foot { button.button type="submit" { "Suspend" } }
                }
            },
        ),
        MarketState::Suspended | MarketState::Deleting => card(
            "Resume",
            Some("Its people can enter again at once."),
            html! {},
            html! {
                form.form method="post" action=(action("resume")) {
                    div.form-foot { button.button.primary type="submit" { "Resume" } }
                }
            },
        ),
        MarketState::Moving => {
            card("Doors", None, html! {}, html! { p { "It opens by itself when the move is done." } })
        }
    }
}

fn export_card(name: &MarketName) -> Markup {
    card(
        "Take it out",
        Some(
            "Everything in the market as a ZIP archive: one NDJSON file per table, the audit chain, a manifest with rows and checksums. Personal fields stay sealed.",
        ),
        html! {},
        html! {
            form.form method="post" action={ (href(name)) "/export" } {
                p.hint { "For another hub, which needs the keys: " code { "ehub market export " (name) " --to FOLDER --keys FILE" } }
                div.form-foot { button.button type="submit" { (Icon::Download) "Download" } }
            }
        },
    )
}

fn move_card(record: &MarketRecord, servers: &[MarketServer]) -> Markup {
    let places = std::iter::once((Placement::Embedded, "embedded".to_owned()))
        .chain(servers.iter().map(|server| (Placement::Server(server.id), server.name.clone())))
        .filter(|(place, _)| *place != record.placement)
        .map(|(_, name)| (name.clone(), name));
    let places: Vec<(String, String)> = places.collect();
    card(
        "Move",
        Some(
            "Changes are refused for moments; the copy is compared with the original before the market answers from its new place.",
        ),
        html! {},
        html! {
            p { "Now: " strong { (panels::place(record, servers)) } }
            @if places.is_empty() {
                p.hint { "There is no other place yet. Add a PostgreSQL server: " code { "ehub server add --help" } }
            } @else {
                form.form method="post" action={ (href(&record.name)) "/move" } {
                    (Field::select("placement", "To", places).required().render())
                    div.form-foot { button.button type="submit" { "Move" } }
                }
            }
        },
    )
}

fn delete_card(name: &MarketName) -> Markup {
    card(
        "Delete",
        Some(
            "Closed at once; its data and its keys are destroyed when the grace period of its policy ends. Until then it can be resumed. Backups become unreadable with the keys.",
        ),
        html! {},
        html! {
            form.form method="post" action={ (href(name)) "/delete" } {
                (confirmation(name))
                div.form-foot { button.button.danger type="submit" { (Icon::Trash) "Delete the market" } }
            }
        },
    )
}

/// Why a market is closed.
#[derive(Deserialize)]
pub struct Closing {
    reason: String,
}

/// `POST /markets/{name}/suspend`
pub async fn suspend(
    At(at): At,
    State(state): State<AppState>,
    Path(name): Path<String>,
    Form(closing): Form<Closing>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let reason: String = closing.reason.trim().chars().take(200).collect();
    if reason.is_empty() {
        return Ok(back(&name, Tone::Bad, "Nothing was changed: say why the market is suspended."));
    }
    state.markets().suspend(&name, &reason, &at).await?;
    Ok(back(&name, Tone::Good, &format!("{name} is suspended.")))
}

/// `POST /markets/{name}/resume`
pub async fn resume(
    At(at): At,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    state.markets().resume(&name, &at).await?;
    Ok(back(&name, Tone::Good, &format!("{name} is open again.")))
}

/// Where to.
#[derive(Deserialize)]
pub struct Destination {
    placement: String,
}

/// `POST /markets/{name}/move`
pub async fn move_to(
    At(at): At,
    State(state): State<AppState>,
    Path(name): Path<String>,
    Form(destination): Form<Destination>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    let placement = keepsake::placement(state.markets(), &destination.placement).await?;
    keepsake::move_to(&state, &name, placement, &at).await?;
    Ok(back(&name, Tone::Good, &format!("{name} answers from its new place: {}.", destination.placement)))
}

/// The market's name, written out.
#[derive(Deserialize)]
pub struct Confirmed {
    confirm: String,
}

/// `POST /markets/{name}/delete`
pub async fn delete(
    At(at): At,
    State(state): State<AppState>,
    Path(name): Path<String>,
    Form(confirmed): Form<Confirmed>,
) -> Result<Response, Problem> {
    let name = named(&name)?;
    if confirmed.confirm.trim() != name.as_str() {
        return Ok(back(&name, Tone::Bad, "Nothing was changed: the name was not the market's."));
    }
    let record = keepsake::delete(&state, &name, &at).await?;
    let text = match record.delete_after {
        Some(after) => format!("{name} is closed, and gone for good after {}.", format::instant(after)),
        None => format!("{name} is closed."),
    };
    Ok(flash::redirect(&list::address(), Tone::Good, &text))
}

/// `POST /markets/{name}/export`
pub async fn export(
    At(at): At,
    State(state): State<AppState>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    keepsake::export(&state, &named(&name)?, &at).await
}

fn back(name: &MarketName, tone: Tone, text: &str) -> Response {
    flash::redirect(&Address::at(Section::LifeCycle.href(name)), tone, text)
}
