//! Whether somebody may be written to or called, when they are best reached, and why a message did not go out.

use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use kernel::PersonId;
use leads::{
    BasisKind, Channel, ChannelStanding, OptOutEntry, Reachability, ToldBy, WhyNot,
    gate::DoNotDisturb,
    optout::{Origin, Word},
    reach::Advice,
};
use maud::{Markup, html};

use super::super::{decision, words};
use crate::{
    api::contacts::sight,
    app::AppState,
    design::{Field, Icon, Tone, badge, card, disclose, facts, format},
    problem::Problem,
    viewer::InMarket,
};

/// What is known of reaching one person.
pub struct Contacting {
    standings: Vec<(Channel, ChannelStanding)>,
    said: Vec<OptOutEntry>,
    known: Reachability,
    judged: Vec<WhyNot>,
    advice: Advice,
    /// Where the market is.
    zone: TimeZone,
}

impl Contacting {
    pub async fn of(
        state: &AppState,
        here: &InMarket,
        id: PersonId,
        now: Timestamp,
    ) -> Result<Self, Problem> {
        let (leads, market, sight) = (&state.hub().leads, &here.market, sight(here));
        Ok(Self {
            standings: leads.channel_standings(market, sight, id).await?,
            said: leads.opt_outs(market, sight, id).await?,
            known: leads.reachability_of(market, sight, id).await?,
            judged: leads.why_not_contacted(market, sight, id).await?,
            advice: leads.advice(market, id, now).await?,
            zone: market.time_zone().zone(),
        })
    }

    /// How every channel to them stands.
    pub fn standings(&self) -> &[(Channel, ChannelStanding)] {
        &self.standings
    }

    /// When and how they are best reached.
    pub fn best(&self) -> Markup {
        match &self.advice {
            Advice::Insufficient { tries, needed: (all, each) } => html! {
                p.small.secondary {
                    (Icon::Clock) " Best time and way: not known yet. This market has " (format::count(*tries)) " tries whose answer is known; "
                    (format::count(*all)) " are asked for, " (format::count(*each)) " of them at one time of day and way."
                }
            },
            Advice::Best { first, others, clear } => html! {
                p.small {
                    (Icon::Clock) " Best reached: " strong { (first) } "."
                    @if !clear && !others.is_empty() { " The next best is hardly worse." }
                }
                @if !others.is_empty() {
                    (disclose("Other times and ways", html! { ul.plain-list.small { @for cell in others { li { (words::sentence(&cell.to_string())) } } } }))
                }
            },
        }
    }

    /// Opt-outs, and what the gate said of messages.
    pub fn card(&self, place: &str, writes: bool, log: Option<&str>, now: Timestamp) -> Markup {
        let barred: Vec<String> = self
            .standings
            .iter()
            .filter(|(_, standing)| matches!(standing, ChannelStanding::Suppressed { .. }))
            .map(|(channel, _)| channel.to_string())
            .collect();
        let unclear =
            self.standings.iter().any(|(_, standing)| matches!(standing, ChannelStanding::Unclear { .. }));
        let stamp = if !barred.is_empty() {
            badge(Tone::Bad, "Opted out")
        } else if unclear {
            badge(Tone::Warn, "Somebody has to read it")
        } else {
            badge(Tone::Good, "No opt-out")
        };
        let body = html! {
            @if !barred.is_empty() { p.small { "Opted out of: " (barred.join(", ")) ". Nothing goes out there, whatever anybody sends." } }
            (self.facts(now))
            @if unclear && writes { (settle_form(place)) }
            (self.ledger(now))
            (self.decisions(now))
            @if let Some(log) = log { p.small { a href=(log) { "Every decision about them" } } }
            @if writes { (none_form(place)) (basis_form(place, &self.zone, now)) }
        };
        card("May we write?", None, stamp, body)
    }

    /// What the gate goes by.
    fn facts(&self, now: Timestamp) -> Markup {
        let on: Vec<String> = self
            .known
            .reach
            .iter()
            .filter(|reach| reach.state != DoNotDisturb::Off)
            .map(|reach| reach.channel.to_string())
            .collect();
        let rests = self.known.bases.first();
        let rows = [
            (
                "Messages rest on",
                html! { @match rests { Some(basis) => { (basis_kind(basis.kind)) ", " (format::when(basis.at, now)) }, None => "nothing on record" } },
            ),
            (
                "Own do-not-call list",
                html! { @match self.known.listed_since { Some(since) => { "since " (format::when(since, now)) }, None => "not on it" } },
            ),
            (
                "National registry",
                html! { @match self.known.scrub { Some((at, listed)) => { (if listed { "on it" } else { "not on it" }) ", looked " (format::when(at, now)) }, None => "never looked at" } },
            ),
            (
                "Do not disturb",
                html! { @if self.known.reach.is_empty() { (format::UNKNOWN) } @else if on.is_empty() { "off" } @else { "on for " (on.join(", ")) } },
            ),
        ];
        html! {
            (facts(&rows))
            @if self.known.bases.len() > 1 {
                (disclose(&format!("{} on record", format::counted(self.known.bases.len(), "thing", "things")), html! {
                    ul.plain-list.small { @for basis in &self.known.bases { li { strong { (basis_kind(basis.kind)) } " " (format::when(basis.at, now)) ", " (told_by(basis.told_by)) } } }
                }))
            }
        }
    }

    fn ledger(&self, now: Timestamp) -> Markup {
        if self.said.is_empty() {
            return html! {};
        }
        let title = format!("What was said about messages ({})", self.said.len());
        let list = html! {
            ul.plain-list.small {
                @for entry in &self.said {
                    li {
                        strong { (word(entry.word)) } " " (format::when(entry.said_at, now)) ", " (origin(entry.origin))
                        @if let Some(matched) = &entry.matched { ": “" (matched) "”" }
                        @if let Some(why) = &entry.why { ". " (words::sentence(why)) }
                        @if entry.permanent { " " (badge(Tone::Bad, "For good")) }
                        @if !entry.own { " " (badge(Tone::Plain, "From the same number or address")) }
                    }
                }
            }
        };
        disclose(&title, list)
    }

    /// The last word of the gate on each channel.
    fn decisions(&self, now: Timestamp) -> Markup {
        html! {
            @if self.judged.is_empty() {
                p.small.secondary { "No message to them was held up." }
            } @else {
                div.section {
                    p.small { strong { "Why they were not contacted" } }
                    ul.checks {
                        @for why in &self.judged {
                            li {
                                (decision::kind(why.entry.outcome))
                                span {
                                    strong { (words::channel_title(why.entry.channel)) ". " } (words::sentence(&decision::reason(why.entry.step, &why.reason)))
                                    @if let Some(until) = why.entry.until { " Not before " (format::instant(until)) "." }
                                    span.sub { @if let Some(rule) = &why.entry.rule { "Rule " code { (rule) } ". " } (why.source) }
                                }
                                (format::when(why.entry.at, now))
                            }
                        }
                    }
                }
            }
        }
    }
}

fn word(word: Word) -> &'static str {
    match word {
        Word::OptOut => "Wants none",
        Word::OptIn => "Wants them",
        Word::Unclear => "Unclear",
        Word::Settled => "Read and settled",
    }
}

fn origin(origin: Origin) -> &'static str {
    match origin {
        Origin::Message => "by message",
        Origin::Form => "by a form",
        Origin::Team => "told the team",
        Origin::Platform => "on the messaging platform",
        Origin::Complaint => "by a complaint",
        Origin::Import => "in a file of earlier opt-outs",
    }
}

fn basis_kind(kind: BasisKind) -> &'static str {
    match kind {
        BasisKind::Written => "Written consent",
        BasisKind::Withdrawn => "Consent taken back",
        BasisKind::Inquiry => "An inquiry",
        BasisKind::Transaction => "Earlier business",
    }
}

fn told_by(told_by: ToldBy) -> &'static str {
    match told_by {
        ToldBy::Team => "told the team",
        ToldBy::Form => "by a form",
        ToldBy::Import => "from a file",
        ToldBy::Platform => "by the messaging platform",
        ToldBy::Registry => "by the registry",
    }
}

/// What messages rest on, as somebody of the team learned it.
fn basis_form(place: &str, zone: &TimeZone, now: Timestamp) -> Markup {
    let kinds = [BasisKind::Written, BasisKind::Inquiry, BasisKind::Transaction, BasisKind::Withdrawn]
        .map(|kind| (basis_id(kind).to_owned(), basis_kind(kind).to_owned()));
    disclose(
        "Note a consent",
        html! {
            form.form method="post" action={ (place) "/consent" } {
                (Field::select("kind", "What", kinds).render())
                (Field::moment("when", "When it was").required().value(local(now, zone)).attribute("max", local(now, zone)).hint(format!("In the market's own time zone{}.", zone.iana_name().map(|name| format!(", {name}")).unwrap_or_default())).render())
                (Field::textarea("evidence", "What shows it", 2).required().attribute("maxlength", "1000").hint("Which form, document or conversation. Without it nothing is sent.").render())
                div.form-foot { button.button { "Note it" } }
            }
        },
    )
}

/// An instant as a form has it, to the minute.
fn local(at: Timestamp, zone: &TimeZone) -> String {
    at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string()
}

/// The instant that a form names, by the clocks of the market; of an hour that there is twice, the first.
pub fn instant(local: &str, zone: &TimeZone) -> Option<Timestamp> {
    let local: DateTime = local.trim().parse().ok()?;
    Some(zone.to_zoned(local).ok()?.timestamp())
}

/// The word by which a form names a basis.
pub fn basis_id(kind: BasisKind) -> &'static str {
    match kind {
        BasisKind::Written => "written",
        BasisKind::Withdrawn => "withdrawn",
        BasisKind::Inquiry => "inquiry",
        BasisKind::Transaction => "transaction",
    }
}

/// What a person says who has read what no rule could tell.
fn settle_form(place: &str) -> Markup {
    html! {
        form.form method="post" action={ (place) "/opt-out/settle" } {
            p.small { "Something that they wrote may be an opt-out. Until somebody has read it, no message goes out." }
            (Field::textarea("meaning", "What they meant", 2).required().attribute("maxlength", "1000").render())
            div.form-foot {
                button.button name="was" value="opt-out" { "It was an opt-out" }
                button.button name="was" value="other" { "It was none" }
            }
        }
    }
}

fn none_form(place: &str) -> Markup {
    let channels = [
        ("all", "Everything: calls, texts and e-mail"),
        (Channel::Sms.word(), "Calls and texts"),
        (Channel::Email.word(), "E-mail"),
    ]
    .map(|(id, label)| (id.to_owned(), label.to_owned()));
    disclose(
        "Wants no messages",
        html! {
            form.form method="post" action={ (place) "/opt-out" } {
                (Field::select("wants_none", "Of which kind", channels).render())
                (Field::textarea("said", "What they said", 2).required().attribute("maxlength", "1000").hint("It is kept for good. Only they can ask for messages again.").render())
                div.form-foot { button.button { "Record it" } }
            }
        },
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_names_is_an_instant_of_the_market() {
        let zone = TimeZone::get("America/Los_Angeles").expect("a zone");
        let at = |text: &str| text.parse::<Timestamp>().expect("an instant");
        assert_eq!(instant("2026-03-02T09:30", &zone), Some(at("2026-03-02T17:30:00Z")));
        assert_eq!(instant("2026-11-01T01:30", &zone), Some(at("2026-11-01T08:30:00Z")), "the first of two");
        let now = at("2026-07-14T20:15:42Z");
        assert_eq!(local(now, &zone), "2026-07-14T13:15");
        assert!(
            instant(&local(now, &zone), &zone).is_some_and(|then| then <= now),
            "what is offered has passed"
        );
        for none in ["", "yesterday", "2026-02-30T10:00"] {
            assert_eq!(instant(none, &zone), None, "{none}");
        }
    }
}
