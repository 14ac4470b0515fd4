//! What is done with a lead where the team works: a message that the gate lets out, a task.

use axum::{
    Form,
    extract::{Path, State},
    response::Response,
};
use gohighlevel::{
    GoHighLevelError,
    out::{Act, Acted, Letter},
};
use jiff::civil::{Date, time};
use kernel::PersonId;
use leads::{
    Channel,
    gate::{Outcome, Purpose, Review},
};
use maud::{Markup, html};
use serde::Deserialize;

use super::super::decision;
use crate::{
    access::MarketRoles,
    api::{
        contacts::{OfContact, sight},
        leads::CHANGED,
    },
    app::AppState,
    design::{Address, Field, Tone, card, disclose, format},
    flash,
    pages::contacts,
    problem::Problem,
    viewer::{At, InMarket},
};

/// The ways that are offered here.
const CHANNELS: [Channel; 2] = [Channel::Sms, Channel::Email];

/// The card, in a market whose GoHighLevel is connected.
pub fn card_of(here: &InMarket, id: PersonId) -> Markup {
    if !here.may(MarketRoles::WRITE_LEADS) {
        return html! {};
    }
    let place = contacts::place(here, id);
    let ways =
        CHANNELS.map(|way| (way.word().to_owned(), super::super::words::channel_title(way).to_owned()));
    let purposes = [("reply", "An answer to what they wrote"), ("marketing", "Something of our own")]
        .map(|(id, label)| (id.to_owned(), label.to_owned()));
    let message = html! {
        form.form method="post" action={ (place) "/send" } {
            div.form-row {
                (Field::select("letter_way", "By", ways).render())
                (Field::select("letter_for", "Purpose", purposes).render())
            }
            (Field::text("letter_subject", "Subject").attribute("maxlength", "200").hint("Of an e-mail.").render())
            (Field::textarea("letter_text", "Text", 4).required().attribute("maxlength", "10000").render())
            (Field::check("letter_read", "I have read it: it speaks of the home, not of who should live there").render())
            div.form-foot { button.button.primary { "Ask the gate and send" } }
        }
    };
    let task = html! {
        form.form method="post" action={ (place) "/task" } {
            (Field::text("task_title", "What is to be done").required().attribute("maxlength", "200").render())
            (Field::date("task_day", "By the end of").required().render())
            div.form-foot { button.button { "Make the task" } }
        }
    };
    let body = html! { (disclose("Write to them", message)) (disclose("Make a task", task)) };
    card(
        "In GoHighLevel",
        Some("Done there within moments, once. A message goes out only when the gate lets it."),
        html! {},
        body,
    )
}

/// A message.
#[derive(Deserialize)]
pub struct Written {
    #[serde(default)]
    letter_way: String,
    #[serde(default)]
    letter_for: String,
    #[serde(default)]
    letter_subject: String,
    #[serde(default)]
    letter_text: String,
    letter_read: Option<String>,
}

/// `POST /m/{market}/contacts/{contact}/send`
pub async fn send(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(written): Form<Written>,
) -> Result<Response, Problem> {
    let channel = CHANNELS.into_iter().find(|way| way.word() == written.letter_way);
    let channel = channel.ok_or_else(|| {
        Problem::invalid("It cannot be sent.").with_error("letter_way", "is none of those offered")
    })?;
    let reader = here.who.user_id().filter(|_| written.letter_read.is_some());
    let text = written.letter_text.replace('\0', "\u{fffd}");
    let subject = written.letter_subject.replace('\0', "\u{fffd}").trim().to_owned();
    let letter = Letter {
        channel,
        purpose: if written.letter_for == "reply" { Purpose::Reply } else { Purpose::Marketing },
        text: if channel == Channel::Email { as_html(&text) } else { text },
        subject: (channel == Channel::Email && !subject.is_empty()).then_some(subject),
        property: None,
        review: reader.map(|user| Review { by: format!("user:{user}"), at: at.now }),
    };
    let acted = act(&state, &here, &path, Act::Message(letter), &at).await?;
    let said = acted.map(|acted| match acted.decision {
        None => (Tone::Good, "It is on its way.".to_owned()),
        Some((_, judged)) => {
            let why = decision::sentence(&judged);
            match judged.outcome {
                Outcome::Send => (Tone::Good, "It is on its way.".to_owned()),
                Outcome::Wait(until) => {
                    (Tone::Info, format!("It waits until {}. {why}", format::instant(until)))
                }
                Outcome::Refuse => (Tone::Bad, format!("It was not sent. {why}")),
                Outcome::NeedsPerson => {
                    (Tone::Warn, format!("It was not sent: a person has to look first. {why}"))
                }
            }
        }
    });
    Ok(back(&here, &path, said))
}

/// A task.
#[derive(Deserialize)]
pub struct Planned {
    #[serde(default)]
    task_title: String,
    #[serde(default)]
    task_day: String,
}

/// `POST /m/{market}/contacts/{contact}/task`
pub async fn task(
    here: InMarket,
    At(at): At,
    State(state): State<AppState>,
    Path(path): Path<OfContact>,
    Form(planned): Form<Planned>,
) -> Result<Response, Problem> {
    let evening = planned.task_day.trim().parse::<Date>().ok().and_then(|day| {
        let zone = here.market.time_zone().zone();
        zone.to_zoned(day.to_datetime(time(18, 0, 0, 0))).ok().map(|evening| evening.timestamp())
    });
    let Some(due_at) = evening else {
        return Ok(back(&here, &path, Err("Nothing was made: the day is none.".to_owned())));
    };
    let contact = state.contacts().get(&here.market, sight(&here), path.id()).await?;
    let title = planned.task_title.replace('\0', "\u{fffd}");
    let task = Act::Task { title, body: None, due_at, user: contact.assignee };
    let acted = act(&state, &here, &path, task, &at).await?;
    Ok(back(&here, &path, acted.map(|_| (Tone::Good, "The task is on its way.".to_owned()))))
}

/// Has it done, for who sees the contact; what a person can put right is a sentence.
async fn act(
    state: &AppState,
    here: &InMarket,
    path: &OfContact,
    act: Act,
    at: &kernel::Moment,
) -> Result<Result<Acted, String>, Problem> {
    state.contacts().get(&here.market, sight(here), path.id()).await?;
    match state.hub().gohighlevel.act(&here.market, path.id(), act, at).await {
        Ok(acted) => {
            state.tell(here.market.id(), CHANGED);
            Ok(Ok(acted))
        }
        Err(error @ (GoHighLevelError::Invalid { .. } | GoHighLevelError::NotConnected)) => {
            Ok(Err(format!("Nothing was done: {error}.")))
        }
        Err(error) => Err(error.into()),
    }
}

fn back(here: &InMarket, path: &OfContact, said: Result<(Tone, String), String>) -> Response {
    let (tone, text) = said.unwrap_or_else(|wrong| (Tone::Bad, wrong));
    flash::redirect(&Address::at(contacts::place(here, path.id())), tone, &text)
}

/// What somebody typed, as the body of an e-mail.
fn as_html(text: &str) -> String {
    let paragraphs = text.replace("\r\n", "\n");
    let paragraphs = paragraphs.split("\n\n").map(str::trim).filter(|part| !part.is_empty());
    let lines = |part: &str| {
        html! { p { @for (nth, line) in part.lines().enumerate() { @if nth > 0 { br; } (line) } } }
    };
    paragraphs.map(|part| lines(part).into_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_arrives_in_an_e_mail_as_it_was_meant() {
        let typed = "Hello <Ada> & Ben,\r\n\r\nThe garden faces south.\r\nSunday at two?\r\n";
        let sent = "<p>Hello &lt;Ada&gt; &amp; Ben,</p><p>The garden faces south.<br>Sunday at two?</p>";
        assert_eq!(as_html(typed), sent);
    }
}
