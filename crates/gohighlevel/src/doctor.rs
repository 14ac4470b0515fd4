//! What is wrong with a market's connection, and what to do about it: asked of GoHighLevel itself.

use boxed::boxed;
use connect::ghl::{
    Failure,
    budget::Lane,
    calendars,
    contacts::{self, Search},
    conversations::{self, Export},
    fault::Class,
    locations::{self, Model},
    opportunities, users,
    wire::{Call, FromWire},
    workflows,
};
use jiff::{SignedDuration, Timestamp};
use markets::Market;
use serde::Serialize;

use crate::{Connection, GoHighLevel, GoHighLevelError, Health, SCOPES, heal::Standing};

/// What came of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// All is well.
    Well,
    /// It works; something is to be looked at.
    Attention,
    /// It does not work.
    Broken,
}

impl Verdict {
    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Attention => "attention",
            Self::Broken => "broken",
        }
    }
}

/// One check and what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Its identifier: `app`, `connection`, `location`, `scopes`, an operation, and so on.
    pub check: &'static str,
    /// What is checked.
    pub title: &'static str,
    /// What came of it.
    pub verdict: Verdict,
    /// The figure or what is wrong, in a sentence.
    pub finding: String,
    /// What to do, unless all is well.
    pub advice: Option<String>,
}

/// The age at which GoHighLevel advises to replace a private integration token.
const PRIVATE_AGE: SignedDuration = SignedDuration::from_hours(24 * 90);
/// Without an event for so long, webhooks do not arrive, or nobody works there.
const SILENCE: SignedDuration = SignedDuration::from_hours(24);

fn well(check: &'static str, title: &'static str, finding: impl Into<String>) -> Finding {
    Finding { check, title, verdict: Verdict::Well, finding: finding.into(), advice: None }
}

fn wrong(
    check: &'static str,
    title: &'static str,
    verdict: Verdict,
    finding: impl Into<String>,
    advice: impl Into<String>,
) -> Finding {
    Finding { check, title, verdict, finding: finding.into(), advice: Some(advice.into()) }
}

#[boxed]
impl GoHighLevel {
    /// Everything that can be found out about a market's connection: configuration, tokens, scopes, one harmless question
    /// per family of operations, events, queues, comparisons.
    ///
    /// # Errors
    /// When the market's database fails. What GoHighLevel does wrong is a finding.
    pub async fn doctor(&self, market: &Market, now: Timestamp) -> Result<Vec<Finding>, GoHighLevelError> {
        let mut findings = vec![self.app_finding()];
        let Some(connection) = self.connection(market).await? else {
            findings.push(wrong(
                "connection",
                "Connection",
                Verdict::Broken,
                "the market is not connected to a location",
                format!(
                    "`ehub ghl connect --market {} --location ID --token-file FILE` connects it",
                    market.name()
                ),
            ));
            return Ok(findings);
        };
        let name = connection.name.as_deref().unwrap_or(&connection.location);
        findings.push(well("connection", "Connection", format!("{name}, since {}", connection.connected_at)));
        let health = self.health(market, now).await?;
        findings.extend(credentials(&connection, &health, now));
        findings.extend(self.questions(&connection).await);
        findings.push(self.scopes(&connection).await);
        findings.extend(arriving(&connection, &health, now));
        findings.extend(queues(market, &health));
        findings.extend(comparisons(market, &health));
        if !health.outages.is_empty() {
            findings.push(wrong(
                "outage",
                "GoHighLevel",
                Verdict::Attention,
                format!("out for many locations at once: {}", health.outages.join(", ")),
                "nothing: what is to be written waits, and goes when it is over",
            ));
        }
        Ok(findings)
    }

    fn app_finding(&self) -> Finding {
        match &self.0.config.app {
            Some(_) => well("app", "Marketplace app", "configured"),
            None => wrong(
                "app",
                "Marketplace app",
                Verdict::Attention,
                "none is configured: without one, GoHighLevel sends no webhooks, and changes are asked for every two minutes",
                "set ghl_client_id and ghl_client_secret_file (`ehub config show`)",
            ),
        }
    }

    /// One harmless question per family of operations, in the order in which they are needed.
    async fn questions(&self, connection: &Connection) -> Vec<Finding> {
        let location = connection.location.as_str();
        let first = self.question(connection, "location", "Location", &locations::get(location)).await;
        // A closed door is closed for all of them.
        if first.verdict == Verdict::Broken {
            return vec![first];
        }
        let one = Search { limit: 1, ..Search::default() };
        let export = Export::default();
        let company = connection.company.as_deref().unwrap_or_default();
        let mut findings = vec![
            first,
            self.question(connection, "contacts", "Contacts", &contacts::search(location, &one)).await,
            self.question(connection, "opportunities", "Pipelines", &opportunities::pipelines(location))
                .await,
            self.question(connection, "calendars", "Calendars", &calendars::list(location)).await,
            self.question(connection, "messages", "Messages", &conversations::export(location, &export))
                .await,
            self.question(connection, "workflows", "Workflows", &workflows::list(location)).await,
            self.question(
                connection,
                "custom_fields",
                "Custom fields",
                &locations::custom_fields(location, Model::Contact),
            )
            .await,
        ];
        if !company.is_empty() {
            findings.push(self.question(connection, "users", "Users", &users::search(company, 0, 1)).await);
        }
        findings
    }

    async fn question<T: FromWire>(
        &self,
        connection: &Connection,
        check: &'static str,
        title: &'static str,
        call: &Call<T>,
    ) -> Finding {
        match self.asked_in(Lane::Reply, connection, call).await {
            Ok(_) => well(check, title, "answers"),
            Err(failure) => {
                let class = failure.fault.class;
                let verdict = match class {
                    Class::ScopeMissing if check != "location" => Verdict::Attention,
                    _ => Verdict::Broken,
                };
                wrong(
                    check,
                    title,
                    verdict,
                    format!("{}: {}", failure.op.key(), class.label()),
                    advice(&failure),
                )
            }
        }
    }

    async fn scopes(&self, connection: &Connection) -> Finding {
        let title = "Scopes";
        match self.0.ghl.keeper().access(&connection.account()).await {
            Err(error) => wrong("scopes", title, Verdict::Broken, error.to_string(), RECONNECT),
            Ok(access) if access.scopes.is_empty() => {
                well("scopes", title, "a private integration token does not say which it has")
            }
            Ok(access) => {
                let missing: Vec<&str> = SCOPES
                    .iter()
                    .copied()
                    .filter(|scope| !access.scopes.iter().any(|has| has == scope))
                    .collect();
                if missing.is_empty() {
                    return well("scopes", title, format!("all {} are granted", SCOPES.len()));
                }
                let finding = format!("not granted: {}", missing.join(", "));
                wrong("scopes", title, Verdict::Attention, finding, RECONNECT)
            }
        }
    }
}

const RECONNECT: &str = "connect the location again: whoever owns it has to give consent";

fn advice(failure: &Failure) -> &'static str {
    match failure.fault.class {
        Class::RefreshDead | Class::RefreshLost | Class::TokenExpired => RECONNECT,
        Class::ScopeMissing => "give the app or token this scope, and connect the location again",
        Class::LocationInactive => {
            "the location's owner has to settle its bill with the agency; it is looked at once a day"
        }
        Class::WrongLocation => "the token is of another location: connect the market with one of its own",
        Class::DayLimit => "nothing: it goes on when the day begins again",
        class if class.needs_person() => {
            "see the incident of the market: it holds what to send to GoHighLevel"
        }
        _ => "nothing yet: it is tried again; look again in some minutes",
    }
}

fn credentials(connection: &Connection, health: &Health, now: Timestamp) -> Vec<Finding> {
    let mut findings = Vec::new();
    for token in &health.tokens {
        let age = token.given_at.map(|given| now.duration_since(given));
        let days = age.map_or(0, |age| age.as_hours() / 24);
        let finding = match (token.kind.as_str(), token.expires_at) {
            ("private", _) if age.is_some_and(|age| age > PRIVATE_AGE) => wrong(
                "private_token",
                "Private integration token",
                Verdict::Attention,
                format!(
                    "{days} days old; one that was rotated with \"expire later\" dies after seven days, unannounced"
                ),
                "make a new one in the location's settings and connect with it",
            ),
            ("private", _) => well("private_token", "Private integration token", format!("{days} days old")),
            (_, Some(expires_at)) if expires_at <= now => wrong(
                "token",
                "Access token",
                Verdict::Attention,
                format!("expired at {expires_at}"),
                "nothing: it is renewed with the next request; when not, connect the location again",
            ),
            (_, Some(expires_at)) => well("token", "Access token", format!("good until {expires_at}")),
            (_, None) => well("token", "Access token", "given"),
        };
        findings.push(finding);
    }
    if !(connection.has_app && connection.has_private) {
        let (has, lacks) = match connection.has_app {
            true => ("the app's", "a private integration token"),
            false => ("a private integration token", "the app's tokens"),
        };
        findings.push(wrong(
            "second_credential",
            "A second credential",
            Verdict::Attention,
            format!("only {has}: nothing stands in when it is refused"),
            format!("connect with {lacks} as well"),
        ));
    } else {
        findings.push(well("second_credential", "A second credential", "the app's tokens and a private one"));
    }
    findings
}

fn arriving(connection: &Connection, health: &Health, now: Timestamp) -> Vec<Finding> {
    let title = "Webhooks";
    if !connection.has_app {
        return vec![well(
            "webhooks",
            title,
            "none: private integration tokens get none; changes are asked for",
        )];
    }
    let told =
        "enter the hub's address /webhooks/ghl in the app's settings at GoHighLevel, and let it through";
    vec![match health.last_event_at {
        None => wrong("webhooks", title, Verdict::Attention, "none has arrived yet", told),
        Some(last) if now.duration_since(last) > SILENCE => {
            wrong("webhooks", title, Verdict::Attention, format!("the last one arrived at {last}"), told)
        }
        Some(last) => well("webhooks", title, format!("the last one arrived at {last}")),
    }]
}

fn queues(market: &Market, health: &Health) -> Vec<Finding> {
    let page = format!("see /m/{}/gohighlevel", market.name());
    let mut findings = Vec::new();
    let mut of = |check, title, count: u64, what: &str, advice: &str| {
        findings.push(match count {
            0 => well(check, title, "none"),
            count => wrong(check, title, Verdict::Attention, format!("{count} {what}"), advice),
        });
    };
    of("dead_letters", "Events given up", health.events_dead, "wait to be repeated", &page);
    of("dead_writes", "Writes given up", health.writes_dead, "wait to be repeated", &page);
    of("incidents", "Incidents", health.incidents_open, "wait for a person", &page);
    findings.push(match health.lag_seconds {
        0..=60 => well("lag", "Lag of events", format!("{} s", health.lag_seconds)),
        lag => wrong(
            "lag",
            "Lag of events",
            Verdict::Attention,
            format!("{} events wait, the oldest for {lag} s", health.events_waiting),
            "`ehub serve` works them off: is it running?",
        ),
    });
    findings
}

fn comparisons(market: &Market, health: &Health) -> Vec<Finding> {
    let mut findings = Vec::new();
    if health.standing != Standing::Well {
        findings.push(wrong(
            "standing",
            "Standing",
            Verdict::Broken,
            format!("the location {}", health.standing.label()),
            "what is to be done is kept; it is looked at again by itself",
        ));
    }
    let fill = &health.backfill;
    if !fill.is_done() {
        let finding = format!("{} of {} known so far", fill.seen(), fill.total());
        let advice =
            format!("`ehub ghl backfill --market {}` goes on with it, as does a running hub", market.name());
        findings.push(wrong("backfill", "First fill", Verdict::Attention, finding, advice));
        return findings;
    }
    findings.push(well("backfill", "First fill", format!("done: {} entities", fill.seen())));
    let compared = health.reconciled_at.map_or_else(|| "never".to_owned(), |at| format!("at {at}"));
    findings.push(if health.is_reconcile_late {
        let advice = "`ehub serve` compares: is it running?";
        wrong("reconcile", "Last comparison", Verdict::Attention, compared, advice)
    } else {
        well("reconcile", "Last comparison", compared)
    });
    findings
}
