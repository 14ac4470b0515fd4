//! `GET /m/{market}/contacts/{contact}`: one person, whole.

use axum::{
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use contacts::{Channel, Contact, Direction, Message, Move, Note};
use jiff::Timestamp;
use markets::Pipeline;
use maud::{Markup, html};

use super::{home, list::stage_name, names::Names, place};
use crate::{
    access::MarketRoles,
    api::{
        contacts::{CHANGED, OfContact, sight},
        leads,
    },
    app::AppState,
    design::{Field, Icon, Page, Tone, badge, card, disclose, facts, format, notice},
    pages::leads::lead,
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// Notes and messages shown; the API has all of them.
const SHOWN: usize = 200;
/// Lines of the timeline in sight; the others are folded away.
const LINES_SHOWN: usize = 30;

/// Everything about one person.
struct Dossier {
    contact: Contact,
    notes: Vec<Note>,
    messages: Vec<Message>,
    moves: Vec<Move>,
    pipelines: Vec<Pipeline>,
    names: Names,
    lead: Option<lead::Known>,
}

/// `GET /m/{market}/contacts/{contact}`
pub async fn show(
    viewer: Viewer,
    here: InMarket,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
) -> Result<Response, Problem> {
    let (contacts, market, sight, id) = (state.contacts(), &here.market, sight(&here), path.id());
    let dossier = Dossier {
        contact: contacts.get(market, sight, id).await?,
        notes: contacts.notes(market, sight, id, SHOWN).await?,
        messages: contacts.messages(market, sight, id, SHOWN).await?,
        moves: contacts.moves(market, sight, id).await?,
        pipelines: market.pipelines().await?,
        names: Names::of(&state, &here).await?,
        lead: lead::Known::of(&state, &here, &viewer, id).await?,
    };
    let contact = &dossier.contact;
    let here_is = place(&here, id);
    let content = html! {
        div.stack #contact hx-get=(here_is) hx-select="#contact" hx-swap="outerMorph" hx-target="this"
            hx-trigger={ (CHANGED) " from:body delay:300ms, " (leads::CHANGED) " from:body delay:700ms" } {
            @if let Some(hold) = &contact.hold {
                (notice(Tone::Warn, "Under a legal hold", html! { p { (hold.reason) " Since " (format::instant(hold.since)) "; until it is lifted the person cannot be erased." } }))
            }
            div.split {
                div.stack {
                    @if let Some(lead) = &dossier.lead { (lead.next_card(&dossier.names)) (lead.score_card(&here, &dossier.names)) }
                    (dossier.timeline(&here, &viewer))
                    (dossier.write(&here))
                }
                div.stack {
                    @if let Some(lead) = &dossier.lead { (lead.doing_card(&here)) (lead.contacting_card(&here)) }
                    (dossier.who()) (dossier.progress(&here)) (dossier.duties(&here))
                }
            }
        }
    };
    let title = contact.personal.label().unwrap_or("Without a name").to_owned();
    Ok(Page::new(&viewer, title)
        .crumb(here.market.name().to_string(), format!("/m/{}", here.market.name()))
        .crumb("Contacts", home(&here))
        .actions(html! { a.button href={ (here_is) "/edit" } { (Icon::Pencil) "Edit" } })
        .main(content)
        .render()
        .into_response())
}

impl Dossier {
    fn who(&self) -> Markup {
        let shown = |value: &Option<String>| html! { (value.as_deref().unwrap_or(format::UNKNOWN)) };
        let personal = &self.contact.personal;
        let rows = [
            ("Name", shown(&personal.name)),
            ("E-mail", shown(&personal.email)),
            ("Phone", html! { span.num { (personal.phone.as_deref().unwrap_or(format::UNKNOWN)) } }),
            ("Address", shown(&personal.address)),
            ("Added", html! { (format::instant(self.contact.created_at)) }),
            (
                "Changed",
                html! { (format::instant(self.contact.updated_at)) ", version " (self.contact.version) },
            ),
        ];
        card("Who", Some("Sealed under a key of this person alone."), html! {}, facts(&rows))
    }

    fn progress(&self, here: &InMarket) -> Markup {
        let contact = &self.contact;
        let places: Vec<(String, String)> = self
            .pipelines
            .iter()
            .flat_map(|pipeline| {
                pipeline.stages.iter().map(|stage| {
                    let name = stage_name(&self.pipelines, &pipeline.id, &stage.id);
                    (format!("{}.{}", pipeline.id, stage.id), name)
                })
            })
            .collect();
        let action = place(here, contact.id);
        let mut agents = vec![(String::new(), "Nobody".to_owned())];
        agents.extend(self.names.agents.iter().cloned());
        let body = html! {
            form.form method="post" action={ (action) "/stage" } {
                input type="hidden" name="version" value=(contact.version);
                (Field::select("place", "Stage", places).value(format!("{}.{}", contact.pipeline, contact.stage)).hint(format!("Since {}.", format::instant(contact.staged_at))).render())
                div.form-foot { button.button { "Move" } }
            }
            @if here.may(MarketRoles::ASSIGN_CONTACTS) {
                form.form method="post" action={ (action) "/assign" } {
                    input type="hidden" name="version" value=(contact.version);
                    (Field::select("assignee", "Looked after by", agents).value(contact.assignee.map(|user| user.to_string()).unwrap_or_default()).render())
                    div.form-foot { button.button { "Assign" } }
                }
            } @else {
                p.secondary.small { "Looked after by " (self.names.assignee(contact.assignee)) "." }
            }
        };
        card("Stage and care", None, html! {}, body)
    }

    fn duties(&self, here: &InMarket) -> Markup {
        if !here.may(MarketRoles::ERASE_CONTACTS) {
            return html! {};
        }
        let (contact, action) = (&self.contact, place(here, self.contact.id));
        let body = html! {
            @if contact.hold.is_some() {
                p.secondary.small { "A legal hold is in force: the person cannot be erased." }
                form method="post" action={ (action) "/hold" } {
                    input type="hidden" name="version" value=(contact.version);
                    button.button { "Lift the hold" }
                }
            } @else {
                (disclose("Put under a legal hold", html! {
                    form.form method="post" action={ (action) "/hold" } {
                        input type="hidden" name="version" value=(contact.version);
                        (Field::text("reason", "Why the person must be kept").required().attribute("maxlength", "500").render())
                        div.form-foot { button.button { "Hold" } }
                    }
                }))
                p { a.button.danger href={ (action) "/erase" } { (Icon::Trash) "Erase this person" } }
            }
        };
        card("Keeping and erasing", None, html! {}, body)
    }

    /// What the lead did beside what the contact's own record tells, the newest first.
    fn lines(&self, here: &InMarket) -> Vec<lead::Line> {
        let Some(lead) = &self.lead else { return Vec::new() };
        let told: Vec<Timestamp> = self
            .messages
            .iter()
            .map(|message| message.at)
            .chain(self.moves.iter().map(|entered| entered.at))
            .collect();
        lead.lines(here, &told)
    }

    fn timeline(&self, here: &InMarket, viewer: &Viewer) -> Markup {
        enum Happened<'a> {
            Noted(&'a Note),
            Said(&'a Message),
            Moved(&'a Move),
            Did(&'a lead::Line),
        }
        let lines = self.lines(here);
        let mut all: Vec<(Timestamp, Happened<'_>)> = Vec::new();
        all.extend(self.notes.iter().map(|note| (note.created_at, Happened::Noted(note))));
        all.extend(self.messages.iter().map(|message| (message.at, Happened::Said(message))));
        all.extend(self.moves.iter().map(|entered| (entered.at, Happened::Moved(entered))));
        all.extend(lines.iter().map(|line| (line.at, Happened::Did(line))));
        all.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
        let rest = all.split_off(all.len().min(LINES_SHOWN));
        let list = |all: &[(Timestamp, Happened<'_>)]| {
            html! {
                ol.timeline {
                    @for (at, happened) in all {
                        li {
                            @match happened {
                                Happened::Did(line) => {
                                    div.cluster {
                                        (badge(line.tone, line.kind)) span { (line.text) }
                                        @if line.times > 1 { span.repeat { "× " (line.times) } }
                                        (format::when(*at, viewer.now))
                                    }
                                }
                                Happened::Noted(note) => {
                                    div.cluster { (badge(Tone::Plain, "Note")) span.secondary { (self.names.actor(&note.author)) } (format::when(*at, viewer.now)) }
                                    p.letter { (note.body) }
                                }
                                Happened::Said(message) => {
                                    div.cluster {
                                        (badge(if message.direction == Direction::In { Tone::Info } else { Tone::Accent }, message.channel.label()))
                                        span.secondary { (message.direction.label()) } (format::when(*at, viewer.now))
                                    }
                                    p.letter { (message.body) }
                                }
                                Happened::Moved(entered) => {
                                    div.cluster {
                                        (badge(Tone::Good, "Stage"))
                                        span {
                                            @match &entered.from {
                                                Some(from) => { (stage_name(&self.pipelines, &entered.pipeline, from)) " → " (stage_name(&self.pipelines, &entered.pipeline, &entered.stage)) }
                                                None => { "Entered " (stage_name(&self.pipelines, &entered.pipeline, &entered.stage)) }
                                            }
                                        }
                                        (format::when(*at, viewer.now))
                                    }
                                }
                            }
                        }
                    }
                }
            }
        };
        let body = html! {
            (list(&all))
            @if !rest.is_empty() { (disclose(&format!("{} before", format::counted(rest.len(), "thing", "things")), list(&rest))) }
            @if self.notes.len() == SHOWN || self.messages.len() == SHOWN { p.hint { "The newest " (SHOWN) " of each are shown; the API has all." } }
        };
        card("What happened", None, html! {}, body)
    }

    fn write(&self, here: &InMarket) -> Markup {
        let action = place(here, self.contact.id);
        let words = |all: &[(&'static str, &'static str)]| -> Vec<(String, String)> {
            all.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).collect()
        };
        let directions: Vec<_> = Direction::ALL.iter().map(|one| (one.id(), one.label())).collect();
        let channels: Vec<_> = Channel::ALL.iter().map(|one| (one.id(), one.label())).collect();
        html! {
            (card("Write a note", None, html! {}, html! {
                form.form method="post" action={ (action) "/notes" } {
                    (Field::textarea("body", "Note", 3).required().attribute("maxlength", "10000").render())
                    div.form-foot { button.button { "Keep the note" } }
                }
            }))
            (card("Keep a message", Some("What was said by e-mail, telephone or face to face. Nothing is sent from here."), html! {}, html! {
                form.form method="post" action={ (action) "/messages" } {
                    (Field::select("direction", "Way", words(&directions)).render())
                    (Field::select("channel", "How", words(&channels)).render())
                    (Field::textarea("message", "Message", 3).required().attribute("maxlength", "50000").render())
                    div.form-foot { button.button { "Keep the message" } }
                }
            }))
        }
    }
}
