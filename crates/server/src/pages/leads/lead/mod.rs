//! What is known of one lead, for the page of the person and the drawer of the board.

pub mod change;
mod contacting;
pub mod doing;
mod happened;
mod history;
pub mod score;

use contacts::Personal;
use jiff::Timestamp;
use kernel::PersonId;
use leads::{
    Channel, ChannelStanding, LeadView, LeadsError, OfferView, PastScore, ScoreOverride, score::LeadScore,
    timeline::Timeline,
};
use maud::{Markup, html};

pub use self::{contacting::Contacting, happened::Line};
use super::words;
use crate::{
    access::MarketRoles,
    api::contacts::sight,
    app::AppState,
    design::{Field, Icon, Tone, badge, card, disclose, empty, format, notice},
    pages::contacts::{Names, place},
    problem::Problem,
    viewer::{InMarket, Viewer},
};

/// Scores of the past that are shown; the API has all.
const HISTORY_SHOWN: usize = 200;

/// For how many days a person's word can hold: what the form offers.
const DAYS_OFFERED: [(&str, &str); 6] = [
    ("1", "1 day"),
    ("3", "3 days"),
    ("7", "a week"),
    ("14", "2 weeks"),
    ("30", "30 days"),
    ("90", "90 days"),
];

/// One lead.
pub struct Known {
    view: LeadView,
    history: Vec<PastScore>,
    timeline: Timeline,
    contacting: Contacting,
    offers: Vec<OfferView>,
    goal: String,
    /// Whether something can be done with the lead in GoHighLevel.
    is_connected: bool,
    now: Timestamp,
}

impl Known {
    /// What is known of a contact as a lead; none where nothing is.
    pub async fn of(
        state: &AppState,
        here: &InMarket,
        viewer: &Viewer,
        id: PersonId,
    ) -> Result<Option<Self>, Problem> {
        let (leads, market) = (&state.hub().leads, &here.market);
        let view = match leads.lead(market, sight(here), id, viewer.now).await {
            Ok(view) => view,
            Err(LeadsError::Unknown(_)) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Self {
            view,
            history: leads.history(market, sight(here), id, HISTORY_SHOWN).await?,
            timeline: leads.timeline(market, id).await?,
            contacting: Contacting::of(state, here, id, viewer.now).await?,
            offers: leads.offers(market, sight(here), id).await?,
            goal: super::goal_of(state, here).await?,
            is_connected: state.hub().gohighlevel.connection(market).await?.is_some(),
            now: viewer.now,
        }))
    }

    /// What the lead did, the newest first, without what the contact's own record tells (`told`).
    pub fn lines(&self, here: &InMarket, told: &[Timestamp]) -> Vec<Line> {
        happened::lines(self.timeline.as_of(self.now).happenings(), told, here.market.record().currency)
    }

    /// What to do next, when best, and whether it may be done.
    pub fn next_card(&self, names: &Names) -> Markup {
        let waiting = super::board::waiting(&self.view.row, self.now);
        let body = html! {
            @match &self.view.score {
                Some(score) => (next(score)),
                None => { p.secondary { "The lead is not scored yet: it happens within seconds of the first news." } }
            }
            div.cluster { (ways(&self.view.row.contact.personal, self.contacting.standings())) }
            @if let Some(waiting) = waiting { p.small { (waiting) } }
            (self.contacting.best())
            (self.offered(names))
        };
        card("Do next", None, html! {}, body)
    }

    /// What can be done with the lead where the team works.
    pub fn doing_card(&self, here: &InMarket) -> Markup {
        if self.is_connected {
            doing::card_of(here, self.view.row.contact.id)
        } else {
            html! {}
        }
    }

    /// Whether they may be written to, and why a message did not go out.
    pub fn contacting_card(&self, here: &InMarket) -> Markup {
        let place = place(here, self.view.row.contact.id);
        let log = here.may(MarketRoles::READ_MODELS).then(|| {
            let id = self.view.row.contact.id;
            format!("{}/compliance?contact={id}", super::home(here))
        });
        self.contacting.card(&place, here.may(MarketRoles::WRITE_LEADS), log.as_deref(), self.now)
    }

    /// The score with its reasons and its past, and the person's word beside it.
    pub fn score_card(&self, here: &InMarket, names: &Names) -> Markup {
        let Some(score) = &self.view.score else {
            return card(
                "Chance",
                None,
                html! {},
                empty(
                    Icon::Gauge,
                    "Not scored yet",
                    "The first score is made within seconds of the first news of a lead.",
                    &[],
                ),
            );
        };
        let stamp = html! {
            div.cluster {
                @match &score.standing {
                    Some(standing) => (words::band(standing.band)),
                    None => (badge(Tone::Plain, if self.view.row.closed_at.is_some() { "Closed" } else { "Not ranked yet" })),
                }
                (words::basis_badge(&score.basis))
            }
        };
        let counts = self.view.row.effective.unwrap_or(score.probability);
        let body = html! {
            @if let Some(word) = &self.view.set_by { (said(word, names)) }
            (score::headline(score, counts, &self.goal))
            @if self.view.set_by.is_some() {
                p.small { "The computed chance is " strong.num { (format::percent(score.probability, 1)) } "; it goes on being made and judged." }
            }
            @if self.view.row.stale { (notice(Tone::Info, "There is news", html! { p { "Something happened since this score; it is being made again." } })) }
            (score::reasons(score))
            div.folds {
                (score::arithmetic(score))
                (score::missing(score))
            }
            (history::chart(&self.history, here.market.time_zone().zone()))
            (self.cold())
            p.small.secondary.linked {
                (words::basis_sentence(&score.basis)) " Scored " (format::when(score.as_of, self.now)) "."
                @if here.may(MarketRoles::READ_MODELS) { " " a href={ (super::home(here)) "/model" } { "What that is worth" } }
            }
            @if here.may(MarketRoles::WRITE_LEADS) { (self.override_form(here)) }
            (self.said_before(names))
        };
        card("Chance", None, stamp, body)
    }

    /// To whom the lead was offered, and why.
    fn offered(&self, names: &Names) -> Markup {
        let Some(last) = self.offers.first() else { return html! {} };
        let whom = |offer: &OfferView| match offer.agent {
            Some(agent) => names.assignee(Some(agent)),
            None => "nobody".to_owned(),
        };
        let line = |offer: &OfferView| {
            html! {
                li {
                    strong { "Offered to " (whom(offer)) } " " (format::when(offer.decided_at, self.now)) ". "
                    @match (offer.acted_at, &offer.ended) {
                        (Some(at), _) => { "Spoken to " (format::when(at, self.now)) "." }
                        (None, Some((at, how))) => { (words::title(how)) " " (format::when(*at, self.now)) "." }
                        (None, None) => { @if let Some(due) = offer.due_at { "The first word is due " (format::when(due, self.now)) "." } }
                    }
                    span.sub { (words::sentence(&named(&offer.reason, names))) }
                }
            }
        };
        html! {
            ul.plain-list.small { (line(last)) }
            @if self.offers.len() > 1 {
                (disclose(&format!("{} before", format::counted(self.offers.len() - 1, "offer", "offers")), html! { ul.plain-list.small { @for offer in &self.offers[1..] { (line(offer)) } } }))
            }
        }
    }

    fn cold(&self) -> Markup {
        match self.view.row.cold_probability {
            Some(cold) => html! {
                p.small { (Icon::Clock) " Going cold: " strong.num { (format::chance(cold)) } " chance of falling silent." }
            },
            None => html! {},
        }
    }

    fn override_form(&self, here: &InMarket) -> Markup {
        let place = place(here, self.view.row.contact.id);
        let days = DAYS_OFFERED.map(|(days, label)| (days.to_owned(), label.to_owned()));
        let title = if self.view.set_by.is_some() { "Say something else" } else { "I know better" };
        let form = html! {
            form.form method="post" action={ (place) "/override" } {
                div.form-row {
                    (Field::number("percent", "Chance", 0.0, 100.0, 1.0).required().suffix("%").render())
                    (Field::select("days", "For", days).value("7").render())
                }
                (Field::textarea("why", "Why", 2).required().attribute("maxlength", "500").hint("Whoever sees it next has nothing else. It ranks and routes the lead until it ends; automation goes on.").render())
                div.form-foot { button.button { "Set the chance" } }
            }
        };
        html! {
            (disclose(title, form))
            @if self.view.set_by.is_some() {
                form method="post" action={ (place) "/override/withdraw" } { button.button.small { (Icon::Undo) "Back to the computed chance" } }
            }
        }
    }

    fn said_before(&self, names: &Names) -> Markup {
        let past: Vec<&ScoreOverride> = self
            .view
            .overrides
            .iter()
            .filter(|word| self.view.set_by.as_ref().is_none_or(|now| now.id != word.id))
            .collect();
        if past.is_empty() {
            return html! {};
        }
        disclose(
            &format!("{} before", format::counted(past.len(), "word", "words")),
            html! {
                ul.plain-list.small {
                    @for word in past {
                        li {
                            (format::instant(word.since)) ": " (names.actor(&word.who)) " said " strong.num { (format::percent(word.probability, 0)) } ", " (word.reason) "."
                            @match word.withdrawn_at {
                                Some(at) => { " Taken back " (format::when(at, self.now)) "." }
                                None => { " Until " (format::instant(word.until)) "." }
                            }
                        }
                    }
                }
            },
        )
    }
}

/// The ways to reach somebody from here; not those by which they want nothing.
pub fn ways(personal: &Personal, standings: &[(Channel, ChannelStanding)]) -> Markup {
    let wants_none = |way: Channel| {
        standings.iter().any(|(channel, standing)| {
            *channel == way && matches!(standing, ChannelStanding::Suppressed { .. })
        })
    };
    html! {
        @if let Some(phone) = &personal.phone {
            @if wants_none(Channel::Voice) { (badge(Tone::Bad, "Wants no calls")) }
            @else { a.button href={ "tel:" (phone) } { (Icon::Phone) "Call" } }
        }
        @if let Some(email) = &personal.email {
            @if wants_none(Channel::Email) { (badge(Tone::Bad, "Wants no e-mail")) }
            @else { a.button href={ "mailto:" (email) } { (Icon::Mail) "Write" } }
        }
    }
}

/// A reason with the names of those whom it names by identifier.
fn named(reason: &str, names: &Names) -> String {
    reason.split(' ').map(|word| names.in_text(word)).collect::<Vec<_>>().join(" ")
}

/// What to do next, and why.
pub fn next(score: &LeadScore) -> Markup {
    html! {
        div.next-step {
            p.next-what { (score.next.text) }
            p.small.secondary { (score.next.why) }
        }
    }
}

/// A person's word that counts now.
pub fn said(word: &ScoreOverride, names: &Names) -> Markup {
    notice(
        Tone::Warn,
        &format!("{} says {}", names.actor(&word.who), format::percent(word.probability, 0)),
        html! { p { (words::sentence(&word.reason)) " It counts until " (format::instant(word.until)) "." } },
    )
}
