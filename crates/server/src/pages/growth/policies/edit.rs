//! `/growth/policies/edit`: turn knobs or write the text, see whom it would move, save it as a new version.
//!
//! Trying saves nothing: the sliders are in the address, the text travels with the request.

use axum::{
    Form,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use directory::Directory;
use growth::{
    Growth, GrowthError,
    policy::{Knob, KnobUnit, is_weight},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::{EDIT, PATH, diff, draft::Draft, href};
use crate::{
    design::{Address, Errors, Field, Icon, Page, Tab, Tone, card, empty, format, notice, tabs},
    flash,
    pages::{
        growth::{frame, sliders},
        views,
    },
    problem::Problem,
    viewer::{At, Viewer},
};

/// The form of sliders.
const FORM: &str = "knobs";
/// Groups of knobs that are open at first.
const OPEN_AT_FIRST: [&str; 2] = ["Readiness weights", "Levels: score from"];

/// A draft as text.
#[derive(Debug, Deserialize)]
pub struct Written {
    #[serde(default)]
    from: String,
    #[serde(default)]
    toml: String,
    #[serde(default)]
    note: String,
    /// `csv` or `xlsx`: the clients that would move, as a file.
    #[serde(default)]
    format: String,
}

/// `GET /growth/policies/edit`
pub async fn show(
    viewer: Viewer,
    headers: HeaderMap,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
) -> Result<Response, Problem> {
    let draft = Draft::turned(&viewer.address, &growth).await?;
    let viewer = Viewer { address: draft.address(&viewer.address), ..viewer };
    if viewer.address.get("tab") == Some("text") {
        return page(&viewer, &growth, &directory, &draft, Way::Text, "").await;
    }
    let page = page(&viewer, &growth, &directory, &draft, Way::Sliders, "").await?;
    Ok(sliders::shown(page, &headers, FORM, &viewer.address))
}

/// `POST /growth/policies/preview`: what the text would do. Saves nothing.
pub async fn preview(
    viewer: Viewer,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
    Form(written): Form<Written>,
) -> Result<Response, Problem> {
    let draft = Draft::written(&written.from, written.toml, &growth).await?;
    if let (Some(policy), false) = (draft.changed(), written.format.is_empty()) {
        let seen = diff::Seen::of(&growth, policy)
            .await?
            .ok_or_else(|| Problem::conflict("Import a client base first."))?;
        let address = Address::at(EDIT).with("format", written.format);
        if let Some(file) = diff::table().export(&seen.rows(), &address, "moved-clients")? {
            return Ok(file);
        }
    }
    page(&viewer, &growth, &directory, &draft, Way::Text, &written.note).await
}

/// `POST /growth/policies`: the text as the next version of its name.
pub async fn save(
    viewer: Viewer,
    At(at): At,
    State(growth): State<Growth>,
    State(directory): State<Directory>,
    Form(written): Form<Written>,
) -> Result<Response, Problem> {
    let draft = Draft::written(&written.from, written.toml, &growth).await?;
    if draft.policy.is_err() {
        return page(&viewer, &growth, &directory, &draft, Way::Text, &written.note).await;
    }
    let key = match growth.save_policy(&draft.toml, &written.note, &at).await {
        Ok(key) => key,
        Err(GrowthError::Policy(_)) => {
            return page(&viewer, &growth, &directory, &draft, Way::Text, &written.note).await;
        }
        Err(error) => return Err(error.into()),
    };
    let text = format!("Saved as {key}. It does not count yet: activate it to make it count.");
    Ok(flash::redirect(&Address::at(href(&key)), Tone::Good, &text))
}

/// How the draft is edited.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Sliders,
    Text,
}

async fn page(
    viewer: &Viewer,
    growth: &Growth,
    directory: &Directory,
    draft: &Draft,
    way: Way,
    note: &str,
) -> Result<Response, Problem> {
    let seen = match draft.changed() {
        Some(policy) => diff::Seen::of(growth, policy).await?,
        None => None,
    };
    let table = diff::table();
    if let (Some(seen), Way::Sliders) = (&seen, way)
        && let Some(file) = table.export(&seen.rows(), &viewer.address, "moved-clients")?
    {
        return Ok(file);
    }
    let views = views::of(viewer, directory).await?;
    let moved = match (&seen, way) {
        (Some(seen), Way::Sliders) => table.render(&seen.rows(), &viewer.address, &views),
        (Some(seen), Way::Text) => seen.list(),
        (None, _) => html! {},
    };
    let from = format!("{}:{}", draft.from.name, draft.from.version);
    let effect = html! {
        @match (&draft.policy, draft.changed(), &seen) {
            (Err(_), ..) => {}
            (Ok(_), None, _) if way == Way::Text => {}
            (Ok(_), None, _) => {
                section.card { (empty(Icon::Scale, "Nothing is changed yet", "Move a slider, or edit the text: the difference to the live policy appears here. Nothing is saved by trying.", &[])) }
            }
            (Ok(_), Some(_), None) => { (notice(Tone::Info, "No client base to try it on", html! { p { "The draft is valid. " a href=(frame::IMPORT) { "Import clients" } " to see whom it would move." } })) }
            (Ok(_), Some(_), Some(seen)) => {
                (seen.render(moved, (way == Way::Text).then_some((from.as_str(), draft.toml.as_str()))))
            }
        }
        @if draft.changed().is_some() { (save_card(&from, draft, note)) }
    };
    let here = Address::at(EDIT).with("from", &from);
    let tab = |label: &str, address: Address, current| Tab {
        label: label.to_owned(),
        href: address.href(),
        current,
    };
    let content = match way {
        Way::Sliders => html! {
            (draft.faults())
            div.split.reverse {
                (card("Constants", Some("The live policy is not touched."), html! {}, knobs(viewer, draft)))
                div.stack { (effect) }
            }
        },
        Way::Text => html! { (draft.faults()) (effect) (text(&from, draft, note)) },
    };
    let invalid = draft.policy.is_err();
    let page = Page::new(viewer, "Try a change")
        .crumb("Growth", frame::HOME)
        .crumb("Policies", PATH)
        .lead(html! { "Starting from " a href=(href(&draft.from)) { (draft.from) } ". " (draft.base.document().description) })
        .tabs(tabs("Ways to edit", &[
            tab("Sliders", here.clone(), way == Way::Sliders),
            tab("Text (TOML)", here.with("tab", "text"), way == Way::Text),
        ]))
        .main(html! { div.stack #draft { (content) } })
        .render();
    let status = if invalid { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok((status, page).into_response())
}

fn knobs(viewer: &Viewer, draft: &Draft) -> Markup {
    let errors = draft.errors();
    let own = |name: &str| {
        draft.knobs.iter().any(|(knob, _)| knob.key == name) || ["page", "format"].contains(&name)
    };
    let rest = viewer.address.filtered(|name, _| !own(name));
    let mut groups: Vec<(&str, Vec<&(Knob, f64)>)> = Vec::new();
    for standing in &draft.knobs {
        match groups.last_mut().filter(|(group, _)| *group == standing.0.group) {
            Some((_, knobs)) => knobs.push(standing),
            None => groups.push((&standing.0.group, vec![standing])),
        }
    }
    let turned = draft.knobs.iter().any(|(knob, value)| knob.value != *value);
    html! {
        form.form.knobs id=(FORM) method="get" action=(EDIT) data-autosubmit
            hx-get=(EDIT) hx-target="#draft" hx-select="#draft" hx-swap="outerMorph" hx-replace-url="true" {
            (crate::design::carry(rest.pairs()))
            @for (group, knobs) in &groups {
                @let moved = knobs.iter().filter(|(knob, value)| knob.value != *value).count();
                @let wrong = knobs.iter().any(|(knob, _)| errors.get(&knob.key).is_some());
                details.disclose open[OPEN_AT_FIRST.contains(group) || moved > 0 || wrong] {
                    summary { (Icon::ChevronRight) (group) @if moved > 0 { " " span.muted.tiny { "(" (moved) " changed)" } } }
                    div.stack {
                        @for (knob, value) in knobs { (slider(knob, *value, draft, &errors)) }
                    }
                }
            }
            div.form-foot {
                button.button.no-js-only type="submit" { "Show" }
                @if turned { a.button href=(rest.href()) { "Back to " (draft.from) } }
            }
        }
    }
}

fn slider(knob: &Knob, value: f64, draft: &Draft, errors: &Errors) -> Markup {
    let (scale, suffix) = match knob.unit {
        KnobUnit::Share => (100.0, " %"),
        KnobUnit::Number | KnobUnit::Arr => (1.0, ""),
    };
    let shown = |value: f64| format!("{}{suffix}", format::number(value * scale, 2));
    let mut hint = if value == knob.value { String::new() } else { format!("Was {}. ", shown(knob.value)) };
    // What a weight comes to once all of them are scaled to add up to 100 %.
    if is_weight(&knob.key)
        && let Some(policy) = draft.changed()
        && let Some(scaled) = growth::policy::knobs(policy.document()).iter().find(|one| one.key == knob.key)
        && (scaled.value - value).abs() > 5e-5
    {
        hint.push_str(&format!("Counts as {}: weights are scaled to 100 %.", shown(scaled.value)));
    }
    let field = Field::range(&knob.key, &knob.label, knob.min, knob.max, knob.step)
        .shown(scale, "", suffix)
        .value(value)
        .errors(errors);
    if hint.is_empty() { field.render() } else { field.hint(hint.trim()).render() }
}

fn text(from: &str, draft: &Draft, note: &str) -> Markup {
    card(
        "Text",
        Some("Comments are kept with the version. The version number is given when it is saved."),
        html! {},
        html! {
            form.form.whole method="post" action="/growth/policies/preview" {
                input type="hidden" name="from" value=(from);
                input type="hidden" name="note" value=(note);
                (Field::code("toml", "Policy", 30).required().value(&draft.toml).errors(&text_errors(draft)).render())
                div.form-foot { button.button.primary type="submit" { "Preview the difference" } }
            }
        },
    )
}

fn text_errors(draft: &Draft) -> Errors {
    let mut errors = Errors::default();
    if let Err(faults) = &draft.policy {
        errors.add("toml", faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
    }
    errors
}

fn save_card(from: &str, draft: &Draft, note: &str) -> Markup {
    let name = draft.policy.as_ref().map_or(draft.from.name.as_str(), |policy| policy.key().name.as_str());
    card(
        "Save as a new version",
        Some("Saving changes no score: a version counts once the owner activates it."),
        html! {},
        html! {
            form.form method="post" action=(PATH) {
                input type="hidden" name="from" value=(from);
                input type="hidden" name="toml" value=(draft.toml);
                (Field::text("note", "Why this change").value(note).attribute("maxlength", "300").attribute("autocomplete", "off").render())
                div.form-foot { button.button.primary type="submit" { "Save as the next version of " (name) } }
            }
        },
    )
}
