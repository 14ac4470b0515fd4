//! The pages of what a market tells other systems, under `/m/{market}/webhooks`.

mod detail;
mod list;
mod log;
mod work;

use kernel::Ulid;
use maud::{Markup, html};
use webhooks::{EndpointState, MadeEndpoint, TOPICS, WebhooksError};

use crate::{
    access::{Access, MarketRoles, Routes},
    design::{Errors, Field, Icon, Tone, badge, card, format, notice},
    problem::Problem,
    viewer::InMarket,
};

/// Adds the pages to `routes`, each with who may call it.
pub fn routes(routes: Routes) -> Routes {
    let read = Access::Market(MarketRoles::READ_WEBHOOKS);
    let manage = Access::Market(MarketRoles::MANAGE_WEBHOOKS);
    routes
        .get(read, "/m/{market}/webhooks", list::show)
        .post(manage, "/m/{market}/webhooks", list::create)
        .get(read, "/m/{market}/webhooks/{webhook}", detail::show)
        .post(manage, "/m/{market}/webhooks/{webhook}", detail::save)
        .post(manage, "/m/{market}/webhooks/{webhook}/secret", detail::rotate)
        .post(manage, "/m/{market}/webhooks/{webhook}/state", work::switch)
        .post(manage, "/m/{market}/webhooks/{webhook}/test", work::test)
        .post(manage, "/m/{market}/webhooks/{webhook}/replay", work::replay)
        .post(manage, "/m/{market}/webhooks/{webhook}/messages/{message}/replay", work::replay_message)
        .post(manage, "/m/{market}/webhooks/{webhook}/delete", work::delete)
}

/// Where the market's endpoints are.
fn home(here: &InMarket) -> String {
    format!("/m/{}/webhooks", here.market.name())
}

/// Where one endpoint is.
fn place(here: &InMarket, id: Ulid) -> String {
    format!("{}/{id}", home(here))
}

/// Whether messages go there, in a word and a colour.
fn state_badge(state: EndpointState) -> Markup {
    let tone = match state {
        EndpointState::Enabled => Tone::Good,
        EndpointState::Failing { .. } => Tone::Warn,
        EndpointState::Disabled { .. } => Tone::Bad,
    };
    badge(tone, state.label())
}

/// The fields of an endpoint.
fn fields(url: &str, description: &str, topics: &str, errors: &Errors) -> Markup {
    let known: Vec<&str> = TOPICS.iter().map(|topic| topic.id).collect();
    html! {
        (Field::text("url", "Address").required().value(url).attribute("type", "url").attribute("maxlength", "2000").attribute("placeholder", "https://crm.example.com/hooks").hint("https, and reachable from the internet.").errors(errors).render())
        (Field::text("description", "What it is for").value(description).attribute("maxlength", "200").errors(errors).render())
        (Field::text("topics", "Topics").value(topics).attribute("maxlength", "1000").attribute("placeholder", "contact.*").hint(format!("Separated by commas, empty for everything: {}.", known.join(", "))).errors(errors).render())
    }
}

/// The secret, for the only time.
fn secret_card(made: &MadeEndpoint, why: &str) -> Markup {
    let secret = made.secret.expose();
    let body = html! {
        (notice(Tone::Warn, "Copy it now", html! { p { "It is shown this once. " (why) } }))
        pre.secret-list { (secret.as_str()) }
        div.form-foot { button.button.primary.js-only type="button" data-copy=(secret.as_str()) { (Icon::Copy) "Copy" } }
    };
    card(&format!("Signing secret for {}", made.endpoint.host), None, html! {}, body)
}

/// What is wrong with a form; anything else that went wrong is a problem.
fn wrong(error: WebhooksError) -> Result<Errors, Problem> {
    let field = match error {
        WebhooksError::Url(_) | WebhooksError::UrlLength => "url",
        WebhooksError::Description => "description",
        WebhooksError::Topics(_) => "topics",
        WebhooksError::Range | WebhooksError::RangeTooWide => "until",
        other => return Err(other.into()),
    };
    let mut errors = Errors::default();
    errors.add(field, crate::api::input::invalid(&error).detail());
    Ok(errors)
}

/// `12 ms`, `1.5 s`.
fn duration(milliseconds: u32) -> String {
    if milliseconds < 1000 {
        format!("{milliseconds} ms")
    } else {
        format!("{} s", format::number(f64::from(milliseconds) / 1000.0, 1))
    }
}
