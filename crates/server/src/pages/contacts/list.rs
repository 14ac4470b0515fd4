//! `/m/{market}/contacts`: the people of a market.

use std::sync::Arc;

use axum::{
    Form,
    extract::State,
    response::{IntoResponse, Response},
};
use contacts::{Contact, ListQuery, PAGE_MAX};
use markets::Pipeline;
use maud::{Markup, html};
use serde::Deserialize;
use tabular::{Cell, ColumnKind};

use super::{home, names::Names, place};
use crate::{
    access::MarketRoles,
    api::contacts::{CHANGED, sight},
    app::AppState,
    design::{Address, Column, Filter, Icon, Lead, Page, Table, Tone, badge, flush_card, format, notice},
    pages::views,
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// Most contacts of one list: sealed rows are opened one by one.
const ROWS_MAX: usize = 20_000;
/// Most contacts that a search lists.
const FOUND_MAX: usize = 200;

/// One line.
struct Line {
    contact: Contact,
    href: String,
    label: String,
    stage: String,
    assignee: String,
}

/// `GET /m/{market}/contacts`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
) -> Result<Response, Problem> {
    let exports = here.may(MarketRoles::EXPORT_CONTACTS);
    if viewer.address.get("format").is_some() && !exports {
        return Err(Problem::forbidden("Your role in this market does not take contacts out as a file."));
    }
    let world = World::of(&state, &here).await?;
    let (contacts, more) = all(&state, &here).await?;
    let lines: Vec<Line> = contacts.into_iter().map(|contact| world.line(&here, contact)).collect();
    let table = world.table(&here, exports);
    if let Some(file) = table.export(&lines, &viewer.address, "contacts")? {
        return Ok(file);
    }
    let views = views::of(&viewer, state.directory()).await?;
    let content = html! {
        (search_card(&here, ""))
        @if more {
            (notice(Tone::Warn, "Not all contacts are listed", html! {
                p { "The list ends after the newest " (format::count(ROWS_MAX)) ". Search for somebody, or read all of them over the API." }
            }))
        }
        (flush_card("Contacts", None, html! {}, table.render(&lines, &viewer.address, &views)))
    };
    Ok(page(&viewer, &here, live(&viewer, content)).into_response())
}

#[derive(Deserialize)]
pub struct Search {
    #[serde(default)]
    text: String,
}

/// `POST /m/{market}/contacts/search`: by e-mail address, phone number or a part of the name.
pub async fn search(
    mut viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
    Form(asked): Form<Search>,
) -> Result<Response, Problem> {
    let text: String = asked.text.trim().chars().filter(|letter| *letter != '\0').take(200).collect();
    if text.is_empty() {
        return Ok(axum::response::Redirect::to(&home(&here)).into_response());
    }
    let query = ListQuery { search: Some(text.clone()), limit: FOUND_MAX, ..ListQuery::default() };
    let found = state.contacts().list(&here.market, sight(&here), &query).await?;
    let world = World::of(&state, &here).await?;
    let complete = found.next.is_none();
    let lines: Vec<Line> = found.contacts.into_iter().map(|contact| world.line(&here, contact)).collect();
    viewer.address = Address::at(home(&here));
    let content = html! {
        (search_card(&here, &text))
        (flush_card("Found", None, html! { a.button.small href=(home(&here)) { (Icon::Close) "Show all contacts" } }, html! {
            @if lines.is_empty() {
                p.secondary.pad { "Nobody " @if here.may(MarketRoles::ASSIGN_CONTACTS) { "in this market" } @else { "among your contacts" } " has this e-mail address, phone number or name." }
            } @else {
                div.table-scroll tabindex="0" role="region" aria-label="Contacts found" {
                    table.table.plain {
                        caption.visually-hidden { "Contacts found" }
                        thead { tr { th scope="col" { "Name" } th scope="col" { "E-mail" } th.p2 scope="col" { "Phone" } th scope="col" { "Stage" } th.p2 scope="col" { "Looked after by" } } }
                        tbody { @for line in &lines { tr {
                            th scope="row" { a href=(line.href) { (line.label) } }
                            td { (line.contact.personal.email.as_deref().unwrap_or(format::UNKNOWN)) }
                            td.p2 { (line.contact.personal.phone.as_deref().unwrap_or(format::UNKNOWN)) }
                            td { (line.stage) }
                            td.p2 { (line.assignee) }
                        } } }
                    }
                }
                @if !complete { p.hint.pad { "There may be more: write more of the name." } }
            }
        }))
    };
    Ok(page(&viewer, &here, content).into_response())
}

fn page(viewer: &Viewer, here: &InMarket, content: Markup) -> Markup {
    let own = !here.may(MarketRoles::ASSIGN_CONTACTS);
    Page::new(viewer, "Contacts")
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .lead(html! {
            @if own { "The people assigned to you. " } @else { "The people of this market. " }
            "What is written about a person is sealed under a key of their own."
        })
        .actions(html! {
            @if here.may(MarketRoles::ASSIGN_CONTACTS) { a.button href={ (home(here)) "/import" } { (Icon::Upload) "Import" } }
            a.button.primary href={ (home(here)) "/new" } { (Icon::Plus) "Add a contact" }
        })
        .main(content)
        .render()
}

/// Follows the market: when a contact changes, the list is asked for again.
fn live(viewer: &Viewer, content: Markup) -> Markup {
    html! {
        div.stack id="contacts" hx-get=(viewer.address.href()) hx-select="#contacts" hx-swap="outerMorph"
            hx-target="this" hx-trigger={ (CHANGED) " from:body delay:300ms" } {
            (content)
        }
    }
}

fn search_card(here: &InMarket, text: &str) -> Markup {
    html! {
        section.card.flush {
            form.toolbar method="post" action={ (home(here)) "/search" } role="search" {
                div.search {
                    (Icon::Search)
                    label.visually-hidden for="contact-search" { "Find somebody by e-mail address, phone number or name" }
                    input.input #contact-search type="search" name="text" value=(text) maxlength="200" autocomplete="off"
                        placeholder="E-mail, phone or name";
                }
                button.button type="submit" { "Find" }
            }
        }
    }
}

/// Every contact in sight, the newest first, and whether there are more.
async fn all(state: &AppState, here: &InMarket) -> Result<(Vec<Contact>, bool), Problem> {
    let mut query = ListQuery { limit: PAGE_MAX, ..ListQuery::default() };
    let mut contacts = Vec::new();
    loop {
        let page = state.contacts().list(&here.market, sight(here), &query).await?;
        contacts.extend(page.contacts);
        match page.next {
            None => return Ok((contacts, false)),
            Some(_) if contacts.len() >= ROWS_MAX => return Ok((contacts, true)),
            Some(next) => query.after = Some(next),
        }
    }
}

/// What the lines are named by.
struct World {
    pipelines: Vec<Pipeline>,
    names: Arc<Names>,
}

impl World {
    async fn of(state: &AppState, here: &InMarket) -> Result<Self, Problem> {
        let pipelines = here.market.pipelines().await?;
        Ok(Self { pipelines, names: Arc::new(Names::of(state, here).await?) })
    }

    fn line(&self, here: &InMarket, contact: Contact) -> Line {
        Line {
            href: place(here, contact.id),
            label: contact.personal.label().unwrap_or("Without a name").to_owned(),
            stage: stage_name(&self.pipelines, &contact.pipeline, &contact.stage),
            assignee: self.names.assignee(contact.assignee),
            contact,
        }
    }

    fn table(&self, here: &InMarket, exports: bool) -> Table<Line> {
        let stages = self.pipelines.iter().flat_map(|pipeline| {
            pipeline.stages.iter().map(|stage| {
                let label = stage_name(&self.pipelines, &pipeline.id, &stage.id);
                (format!("{}.{}", pipeline.id, stage.id), label)
            })
        });
        let mut table = Table::new("contact-table", "Contacts, the newest first", ("contact", "contacts"), |line: &Line| {
            line.contact.id.to_string()
        })
        .column(
            Column::new(
                "name",
                "Name",
                ColumnKind::Text,
                |line: &Line| html! { a.row-link href=(line.href) hx-boost="false" { (line.label) } },
                |line| line.contact.personal.name.as_deref().map_or(Cell::Empty, Cell::from),
            )
            .sorted_by(|one, two| one.label.to_lowercase().cmp(&two.label.to_lowercase())),
        )
        .column(known("email", "E-mail", |line| line.contact.personal.email.clone()))
        .column(known("phone", "Phone", |line| line.contact.personal.phone.clone()).importance(3))
        .column(
            Column::new(
                "stage",
                "Stage",
                ColumnKind::Text,
                |line: &Line| html! { (line.stage) @if line.contact.hold.is_some() { " " (badge(Tone::Warn, "Legal hold")) } },
                |line| Cell::from(line.stage.as_str()),
            )
            .sorted_by(|one, two| one.stage.cmp(&two.stage)),
        );
        if here.may(MarketRoles::ASSIGN_CONTACTS) {
            table = table.column(
                Column::text("assignee", "Looked after by", |line: &Line| line.assignee.clone())
                    .sorted_by(|one, two| one.assignee.cmp(&two.assignee))
                    .importance(2),
            );
        }
        table = table
            .column(instant("updated_at", "Changed", |line| line.contact.updated_at).importance(3))
            .column(instant("created_at", "Added", |line| line.contact.created_at).optional())
            .column(known("address", "Address", |line| line.contact.personal.address.clone()).optional())
            .column(Column::text("id", "Identifier", |line: &Line| line.contact.id.to_string()).optional())
            .filter(Filter::new("stage", "Stage", stages, |line: &Line| {
                format!("{}.{}", line.contact.pipeline, line.contact.stage)
            }));
        if here.may(MarketRoles::ASSIGN_CONTACTS) {
            let mut agents = vec![("nobody".to_owned(), "Nobody".to_owned())];
            agents.extend(self.names.agents.iter().cloned());
            table = table.filter(Filter::new("assignee", "Looked after by", agents, |line: &Line| {
                line.contact.assignee.map_or_else(|| "nobody".to_owned(), |user| user.to_string())
            }));
        }
        let leads = if here.may(MarketRoles::ASSIGN_CONTACTS) {
            vec![
                Lead::new("Add a contact", format!("{}/new", home(here))),
                Lead::new("Import a file", format!("{}/import", home(here))),
            ]
        } else {
            vec![Lead::new("Add a contact", format!("{}/new", home(here)))]
        };
        let text = if here.may(MarketRoles::ASSIGN_CONTACTS) {
            "Add people one by one, or import a file with a row per person."
        } else {
            "Nobody is assigned to you yet. An owner or manager of the market assigns contacts."
        };
        table.exported(exports).when_empty(Icon::Users, "No contacts yet", text, leads)
    }
}

fn known(
    id: &'static str,
    label: &'static str,
    value: impl Fn(&Line) -> Option<String> + Clone + Send + Sync + 'static,
) -> Column<Line> {
    let (shown, sorted) = (value.clone(), value.clone());
    Column::new(
        id,
        label,
        ColumnKind::Text,
        move |line| html! { (shown(line).unwrap_or_else(|| format::UNKNOWN.to_owned())) },
        move |line| value(line).map_or(Cell::Empty, Cell::from),
    )
    .sorted_by(move |one, two| sorted(one).cmp(&sorted(two)))
}

fn instant(
    id: &'static str,
    label: &'static str,
    value: impl Fn(&Line) -> jiff::Timestamp + Copy + Send + Sync + 'static,
) -> Column<Line> {
    Column::new(
        id,
        label,
        ColumnKind::Text,
        move |line| html! { span.nowrap { (format::instant(value(line))) } },
        move |line| Cell::from(value(line).to_string()),
    )
    .sorted_by(move |one, two| value(one).cmp(&value(two)))
}

/// A stage as people read it; with the pipeline's name where there are several.
pub fn stage_name(pipelines: &[Pipeline], pipeline: &str, stage: &str) -> String {
    let Some(found) = pipelines.iter().find(|known| known.id == pipeline) else { return stage.to_owned() };
    let name = found.stages.iter().find(|known| known.id == stage).map_or(stage, |known| known.name.as_str());
    if pipelines.len() > 1 { format!("{}: {name}", found.name) } else { name.to_owned() }
}
