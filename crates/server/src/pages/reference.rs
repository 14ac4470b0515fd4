//! The API reference for people, drawn from the OpenAPI document that programs get.

use axum::extract::State;
use maud::{Markup, html};
use serde_json::{Value, json};

use crate::{
    app::AppState,
    design::{Icon, Page, Tone, badge, card},
    problem::{Kind, Problem},
    viewer::Viewer,
};

/// `GET /api`
pub async fn show(viewer: Viewer, State(state): State<AppState>) -> Result<Markup, Problem> {
    let document: Value =
        serde_json::from_slice(&state.api_document()).map_err(|error| Problem::internal(&error))?;
    let origin = state.config().origin();
    let operations = operations(&document);
    Ok(Page::new(&viewer, "API reference")
        .lead(html! {
            "Everything that the pages can do, for programs. Failures are "
            code { "application/problem+json" } "; numbers are unrounded; dates are ISO 8601."
        })
        .actions(html! { a.button href="/api/openapi.json" download="openapi.json" { (Icon::Download) "OpenAPI 3.1" } })
        .main(html! {
            (card("Endpoints", None, html! {}, html! {
                ul.stack.tight.plain-list { @for one in &operations { li { a href={ "#" (one.id) } { (verb(one.method)) " " code { (one.path) } } " — " (one.summary) } } }
            }))
            @for operation in &operations { (section(operation, &document, &origin)) }
            (problems(&document))
        })
        .render())
}

struct Operation<'d> {
    id: &'d str,
    method: &'d str,
    path: &'d str,
    summary: &'d str,
    value: &'d Value,
}

fn operations(document: &Value) -> Vec<Operation<'_>> {
    let paths = document["paths"].as_object();
    let items = paths.into_iter().flatten().filter_map(|(path, item)| Some((path, item.as_object()?)));
    items
        .flat_map(|(path, item)| {
            item.iter().filter(|(_, value)| value["responses"].is_object()).map(move |(method, value)| {
                Operation {
                    id: value["operationId"].as_str().unwrap_or(path),
                    method,
                    path,
                    summary: value["summary"].as_str().unwrap_or_default(),
                    value,
                }
            })
        })
        .collect()
}

fn verb(method: &str) -> Markup {
    let tone = match method {
        "get" => Tone::Info,
        "post" => Tone::Good,
        "delete" => Tone::Bad,
        _ => Tone::Warn,
    };
    badge(tone, &method.to_uppercase())
}

fn section(operation: &Operation<'_>, document: &Value, origin: &str) -> Markup {
    let value = operation.value;
    let parameters = value["parameters"].as_array().map(Vec::as_slice).unwrap_or_default();
    let responses: Vec<_> = value["responses"].as_object().into_iter().flatten().collect();
    html! {
        section.card id=(operation.id) {
            div.card-head { div { h2 { (verb(operation.method)) " " code { (operation.path) } } } span.card-note { (operation.summary) } }
            @if let Some(text) = value["description"].as_str() { p.secondary { (text) } }
            @if let Some(access) = value["x-ehub-access"].as_str() { p.small.muted { "For: " (access) } }
            @if !parameters.is_empty() {
                div.scroll-x tabindex="0" role="region" aria-label={ "Parameters of " (operation.id) } {
                    table.table.plain {
                        caption.visually-hidden { "Parameters" }
                        thead { tr { th scope="col" { "Parameter" } th scope="col" { "In" } th scope="col" { "Type" } th scope="col" { "Meaning" } } }
                        tbody { @for parameter in parameters { tr {
                            th scope="row" { code { (text(&parameter["name"])) } @if parameter["required"] == true { " " (badge(Tone::Plain, "required")) } }
                            td { (text(&parameter["in"])) }
                            td { (shape(&parameter["schema"])) }
                            td { (text(&parameter["description"])) }
                        } } }
                    }
                }
            }
            @if let Some(body) = value["requestBody"]["content"].as_object() {
                h3 { "Request body" }
                @for (media, content) in body { (schema(&format!("what {} takes", operation.id), media, &content["schema"], document)) }
            }
            h3 { "Responses" }
            @for (status, response) in responses.iter().filter(|(_, response)| !is_problem(response)) {
                details.disclose {
                    summary { (Icon::ChevronRight) strong { (status) } " " (text(&response["description"])) }
                    @for (media, content) in response["content"].as_object().into_iter().flatten() {
                        (schema(&format!("what {} answers with {status}", operation.id), media, &content["schema"], document))
                    }
                }
            }
            @if responses.iter().any(|(_, response)| is_problem(response)) {
                h3 { "Failures" }
                ul.plain-list.small {
                    @for (status, response) in responses.iter().filter(|(_, response)| is_problem(response)) {
                        li { strong { (status) } " " (text(&response["description"])) }
                    }
                }
            }
            h3 { "Example" }
            pre tabindex="0" { (curl(operation, origin)) }
        }
    }
}

/// Whether a failure answers with what every failure does: its fields are told once, not with each.
fn is_problem(response: &Value) -> bool {
    let media = response["content"].as_object().and_then(|content| content.values().next());
    media
        .and_then(|content| content["schema"]["$ref"].as_str())
        .is_some_and(|schema| schema.ends_with("/Problem"))
}

fn curl(operation: &Operation<'_>, origin: &str) -> String {
    let mut lines = vec!["curl --header \"Authorization: Bearer $EHUB_KEY\"".to_owned()];
    if operation.method != "get" {
        lines.push(format!("--request {}", operation.method.to_uppercase()));
    }
    if let Some((media, content)) =
        operation.value["requestBody"]["content"].as_object().and_then(|body| body.iter().next())
    {
        lines.push(format!("--header 'Content-Type: {media}'"));
        let example = content.get("example").map_or_else(|| "@body.json".to_owned(), ToString::to_string);
        lines.push(format!("--data '{}'", example.replace('\'', "'\\''")));
    }
    lines.push(format!("'{origin}{}'", operation.path));
    lines.join(" \\\n  ")
}

/// The fields of a body; `of` tells it from every other one on the page.
fn schema(of: &str, media: &str, schema: &Value, document: &Value) -> Markup {
    let resolved = resolve(schema, document);
    let item = if resolved["items"].is_null() { resolved } else { resolve(&resolved["items"], document) };
    let required: Vec<&str> =
        item["required"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    html! {
        div.stack.tight {
            p.small { code { (media) } " " (shape(schema)) }
            @if let Some(properties) = item["properties"].as_object() {
                div.scroll-x tabindex="0" role="region" aria-label={ "Fields of " (of) ", " (media) } {
                    table.table.plain {
                        caption.visually-hidden { "Fields" }
                        thead { tr { th scope="col" { "Field" } th scope="col" { "Type" } th scope="col" { "Meaning" } } }
                        tbody { @for (name, property) in properties { tr {
                            th scope="row" { code { (name) } @if !required.contains(&name.as_str()) { " " span.muted.tiny { "may be absent" } } }
                            td { (shape(property)) }
                            td { (text(&property["description"])) }
                        } } }
                    }
                }
            }
        }
    }
}

fn resolve<'d>(schema: &'d Value, document: &'d Value) -> &'d Value {
    match schema["$ref"].as_str().and_then(|reference| reference.strip_prefix('#')) {
        Some(pointer) => document.pointer(pointer).unwrap_or(schema),
        None => schema,
    }
}

/// A schema's type in a few words.
fn shape(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()) {
        return name.to_owned();
    }
    if let Some(choices) = schema["oneOf"].as_array().or(schema["anyOf"].as_array()) {
        return choices.iter().map(shape).collect::<Vec<_>>().join(" or ");
    }
    match (&schema["type"], &schema["format"]) {
        (Value::String(kind), _) if kind == "array" => format!("list of {}", shape(&schema["items"])),
        (Value::String(kind), Value::String(format)) => format!("{kind} ({format})"),
        (Value::String(kind), _) => kind.clone(),
        (Value::Array(kinds), _) => kinds.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(" or "),
        _ => "any".to_owned(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn problems(document: &Value) -> Markup {
    let fields = json!({ "$ref": "#/components/schemas/Problem" });
    card(
        "Problems",
        Some("The kinds of failures; `type` of a problem leads here."),
        html! {},
        html! {
            div { (schema("a problem", "application/problem+json", &fields, document)) }
            div.scroll-x tabindex="0" role="region" aria-label="Kinds of problems" {
                table.table.plain {
                    caption.visually-hidden { "Kinds of problems" }
                    thead { tr { th scope="col" { "Type" } th.end scope="col" { "Status" } th scope="col" { "Title" } } }
                    tbody { @for kind in Kind::ALL { tr id={ "problem-" (kind.id()) } {
                        th scope="row" { code { (kind.id()) } }
                        td.end { (kind.status().as_u16()) }
                        td { (kind.title()) }
                    } } }
                }
            }
        },
    )
}
