//! One proposition: what it says, what can be done with it, and its versions.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use growth::{
    GrowthError,
    proposition::{Proposition, Section},
    proposition_record::{PropositionStatus, PropositionVersion},
};
use kernel::Ulid;
use maud::{Markup, html};

use super::{
    HOME, Hub, blocks, export, files, list,
    section_form::{self, Sent},
    without_clients,
};
use crate::{
    app::AppState,
    design::{Errors, Field, Icon, Tone, card, disclose, facts, format, notice},
    pages::growth::frame,
    problem::Problem,
    viewer::Viewer,
};

/// Versions listed at most, the newest first.
const VERSIONS_MAX: u32 = 30;

/// A form on the page: which part it changes, what was wrong, what was typed.
pub struct Editing<'a> {
    /// `heading` or a section's key.
    pub part: Option<&'a str>,
    /// What was wrong with what was sent.
    pub errors: &'a Errors,
    /// What was sent.
    pub sent: Sent<'a>,
}

/// `GET /growth/propositions/{id}`
pub async fn show(viewer: Viewer, State(state): Hub, Path(id): Path<Ulid>) -> Result<Response, Problem> {
    let errors = Errors::default();
    let editing = Editing { part: viewer.address.get("edit"), errors: &errors, sent: Sent(&[]) };
    page(&viewer, &state, id, editing).await
}

/// The page.
///
/// # Errors
/// When there is no such proposition or version, or the database fails.
pub async fn page(
    viewer: &Viewer,
    state: &AppState,
    id: Ulid,
    editing: Editing<'_>,
) -> Result<Response, Problem> {
    if let Some(page) = without_clients(viewer, state, "Proposition").await? {
        return Ok(page);
    }
    let kept = state.growth().proposition(id, export::version(viewer)?).await?;
    let board = frame::board(viewer, state.growth()).await?.ok_or(GrowthError::NoSnapshot)?;
    let content = &kept.content;
    let is_latest = kept.this_version == kept.summary.version;
    let can_edit = is_latest && kept.summary.status == PropositionStatus::Draft;
    let part = editing.part.filter(|_| can_edit);
    let base = format!("{HOME}/{id}");
    let query = if is_latest { String::new() } else { format!("version={}", kept.this_version) };
    let document = html! {
        article.paper aria-label={ "Proposition for " (content.client_name) } {
            @if part == Some("heading") { (heading_form(&base, &kept, &editing)) } @else {
                (blocks::heading(content, html! { @if can_edit { (edit_link(&base, "heading", "title and subject")) } }))
            }
            @for section in &content.sections {
                @if part == Some(section.key.id()) { (section_form(&base, &kept, section, &editing)) } @else {
                    (blocks::section(section, html! { @if can_edit { (edit_link(&base, section.key.id(), &section.title)) } }))
                }
            }
        }
    };
    Ok(frame::page(viewer, &content.client_name, &board)
        .crumb("Propositions", HOME)
        .actions(files(&base, &query))
        .main(html! {
            (notices(&base, &kept, is_latest))
            div.split {
                (document)
                div.stack {
                    (standing(viewer, &base, &kept, can_edit))
                    (versions(viewer, state, &base, &kept).await?)
                    (blocks::facts_card(content))
                }
            }
        })
        .render()
        .into_response())
}

fn edit_link(base: &str, part: &str, what: &str) -> Markup {
    html! {
        a.button.quiet.small.no-print href={ (base) "?edit=" (part) "#" (part) } { (Icon::Pencil) "Edit" span.visually-hidden { " " (what) } }
    }
}

/// What the reader should know before reading on.
fn notices(base: &str, kept: &PropositionVersion, is_latest: bool) -> Markup {
    html! {
        @if !is_latest {
            (notice(Tone::Info, &format!("Version {} of {}", kept.this_version, kept.summary.version), html! {
                p { "This is not the latest version. " a href=(base) { "Show the latest" } }
                @if kept.summary.status == PropositionStatus::Draft {
                    form method="post" action={ (base) "/restore" } {
                        input type="hidden" name="version" value=(kept.this_version);
                        button.button.small { (Icon::Undo) "Make this the latest again" }
                    }
                }
            }))
        }
        @if kept.edited && !kept.content.facts.is_empty() {
            (notice(Tone::Plain, "Edited by hand", html! {
                p { "The sources at the side belong to the numbers as they were generated. Numbers typed since are the writer's own." }
            }))
        }
    }
}

/// Where it stands, and what comes next.
fn standing(viewer: &Viewer, base: &str, kept: &PropositionVersion, can_edit: bool) -> Markup {
    let summary = &kept.summary;
    let mut rows = vec![
        ("Status", list::status(summary.status)),
        ("Version", html! { (kept.this_version) " of " (summary.version) @if kept.edited { " (edited)" } }),
        ("Written", html! { (format::when(kept.written_at, viewer.now)) " by " (kept.written_by) }),
        ("Client base", html! { (format::day(kept.content.as_of)) }),
        ("Policy", html! { (kept.content.policy) }),
    ];
    if let Some(at) = summary.sent_at {
        rows.push((
            "Sent",
            html! { (format::when(at, viewer.now)) @if let Some(by) = &summary.sent_by { " by " (by) } },
        ));
        rows.push(("Version sent", html! { (summary.sent_version.unwrap_or(summary.version)) }));
        rows.push(("To", html! { (summary.sent_to.as_deref().unwrap_or(format::UNKNOWN)) }));
    }
    card(
        "Where it stands",
        None,
        html! {},
        html! {
            (facts(&rows))
            @if can_edit {
                form.stack.tight method="post" action={ (base) "/sent" } {
                    input type="hidden" name="version" value=(summary.version);
                    (Field::text("to", "Sent to").attribute("maxlength", "200").attribute("placeholder", "name@client.example")
                        .hint("The hub sends nothing: send a file yourself, then note it here. This version is then frozen.").render())
                    button.button.wide { (Icon::Send) "Mark as sent" }
                }
                form method="post" action={ (base) "/regenerate" } {
                    button.button.wide.quiet { (Icon::Refresh) "Write anew from the client base" }
                }
            }
            @if summary.status == PropositionStatus::Sent {
                form method="post" action=(HOME) {
                    input type="hidden" name="client_id" value=(summary.client_id);
                    button.button.wide { (Icon::Plus) "Start a new draft" }
                }
            }
            a.button.wide.quiet href=(frame::client_href(&summary.client_id)) { (Icon::Building) "Open client" }
        },
    )
}

/// Its past.
async fn versions(
    viewer: &Viewer,
    state: &AppState,
    base: &str,
    kept: &PropositionVersion,
) -> Result<Markup, Problem> {
    let latest = kept.summary.version;
    let first = latest.saturating_sub(VERSIONS_MAX - 1).max(1);
    let mut items = Vec::new();
    for version in (first..=latest).rev() {
        items.push(state.growth().proposition(kept.summary.id, Some(version)).await?);
    }
    Ok(card(
        "Versions",
        None,
        html! {},
        html! {
            ol.timeline {
                @for one in &items {
                    li {
                        @let label = format!("Version {}", one.this_version);
                        @if one.this_version == kept.this_version { strong aria-current="true" { (label) } }
                        @else { a href={ (base) "?version=" (one.this_version) } { (label) } }
                        " " span.secondary { (if one.edited { "edited" } else { "generated" }) }
                        @if kept.summary.sent_version == Some(one.this_version) { " " (list::status(PropositionStatus::Sent)) }
                        br;
                        time datetime=(one.written_at.to_string()) title=(format::instant(one.written_at)) { (format::relative(one.written_at, viewer.now)) " by " (one.written_by) }
                    }
                }
            }
            @if first > 1 { p.tiny.muted { "Earlier ones: " a href={ (base) "?version=" (first - 1) } { "version " (first - 1) } } }
        },
    ))
}

fn section_form(base: &str, kept: &PropositionVersion, section: &Section, editing: &Editing<'_>) -> Markup {
    let key = section.key.id();
    html! {
        section.paper-section.editing id=(key) aria-label={ "Edit " (section.title) } {
            (editing.errors.summary())
            form.form.full method="post" action={ (base) "/sections/" (key) } {
                input type="hidden" name="version" value=(kept.summary.version);
                (section_form::fields(section, editing.errors, &editing.sent))
                div.form-foot {
                    button.button.primary type="submit" { "Save as version " (kept.summary.version + 1) }
                    a.button.quiet href={ (base) "#" (key) } { "Cancel" }
                }
            }
            (disclose("Leave the section out", html! {
                form.cluster method="post" action={ (base) "/sections/" (key) "/remove" } {
                    input type="hidden" name="version" value=(kept.summary.version);
                    p.small.secondary { "Earlier versions keep it." }
                    button.button.danger.small { (Icon::Trash) "Leave it out" }
                }
            }))
        }
    }
}

fn heading_form(base: &str, kept: &PropositionVersion, editing: &Editing<'_>) -> Markup {
    let content: &Proposition = &kept.content;
    let value = |name: &str, saved: &str| editing.sent.get(name).unwrap_or(saved).to_owned();
    html! {
        section.paper-section.editing id="heading" aria-label="Edit title and subject" {
            h2.visually-hidden { "Title and subject" }
            (editing.errors.summary())
            form.form.full method="post" action={ (base) "/heading" } {
                input type="hidden" name="version" value=(kept.summary.version);
                (Field::text("title", "Title").required().attribute("maxlength", "200").value(value("title", &content.title)).errors(editing.errors).render())
                (Field::text("subject", "Subject of the letter").required().attribute("maxlength", "200").value(value("subject", &content.subject)).errors(editing.errors).render())
                div.form-foot {
                    button.button.primary type="submit" { "Save as version " (kept.summary.version + 1) }
                    a.button.quiet href=(base) { "Cancel" }
                }
            }
        }
    }
}
