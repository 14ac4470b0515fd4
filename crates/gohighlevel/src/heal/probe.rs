//! Whether the location can be asked, and the token that it is asked with.

use std::time::Duration;

use boxed::boxed;
use connect::ghl::{
    Failure,
    fault::Class,
    locations,
    tokens::{SUSPENDED, TokenError},
};
use jiff::Timestamp;
use markets::Market;
use serde::Serialize;

use super::{LANE, mark::later};
use crate::{Connection, GoHighLevel, GoHighLevelError, records};

/// Whether a location can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It can.
    Well,
    /// GoHighLevel has suspended it, mostly for an unpaid bill; looked at once a day.
    Inactive,
    /// Its tokens are refused for good: a person must give consent again.
    Reconnect,
    /// There is no answer, and no token that still works.
    Unreachable,
}

impl Standing {
    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Inactive => "inactive",
            Self::Reconnect => "reconnect",
            Self::Unreachable => "unreachable",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Well => "answers",
            Self::Inactive => "is suspended by GoHighLevel",
            Self::Reconnect => "has to be connected again",
            Self::Unreachable => "does not answer",
        }
    }

    pub(crate) fn from_id(text: &str) -> Option<Self> {
        [Self::Well, Self::Inactive, Self::Reconnect, Self::Unreachable]
            .into_iter()
            .find(|standing| standing.id() == text)
    }

    /// How long it is left alone before it is looked at again.
    fn rest(self) -> Duration {
        match self {
            Self::Well => Duration::ZERO,
            Self::Inactive => SUSPENDED,
            // GoHighLevel has refused everybody's tokens before, by mistake (October 2024).
            Self::Reconnect => Duration::from_secs(15 * 60),
            Self::Unreachable => Duration::from_secs(30),
        }
    }
}

/// What is known of a market's connection, whatever process knew it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Vitals {
    /// Of which location.
    pub location: String,
    /// Whether it can be asked.
    pub standing: Standing,
    /// Since when it stands so.
    pub since: Timestamp,
    /// When it is looked at again, unless it stands well.
    pub probe_at: Option<Timestamp>,
    /// When it was last looked at.
    pub probed_at: Option<Timestamp>,
    /// When the bridge was last awake.
    pub alive_at: Option<Timestamp>,
    /// When it was last looked for missing events.
    pub looked_at: Option<Timestamp>,
    /// Hours before are part of the learned rates.
    pub folded_until: Option<Timestamp>,
    /// The version of the program that last brought back events that were given up.
    pub replayed_by: Option<String>,
}

impl Vitals {
    fn new(location: &str, now: Timestamp) -> Self {
        Self {
            location: location.to_owned(),
            standing: Standing::Well,
            since: now,
            probe_at: None,
            probed_at: None,
            alive_at: None,
            looked_at: None,
            folded_until: None,
            replayed_by: None,
        }
    }

    /// Until when nothing is asked, if so.
    pub fn asleep_until(&self, now: Timestamp) -> Option<Timestamp> {
        self.probe_at.filter(|until| self.standing != Standing::Well && *until > now)
    }

    fn standing(self, standing: Standing, probe_at: Option<Timestamp>, now: Timestamp) -> Self {
        let since = if self.standing == standing { self.since } else { now };
        Self { standing, since, probe_at, probed_at: Some(now), ..self }
    }
}

#[boxed]
impl GoHighLevel {
    /// Renews the token when its time has come, and looks at a location that did not stand well when its time has come.
    pub(super) async fn awake(
        &self,
        market: &Market,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Vitals, GoHighLevelError> {
        let vitals = self.vitals(market, connection, now).await?;
        if vitals.asleep_until(now).is_some() {
            return Ok(vitals);
        }
        let account = connection.account();
        // Asked for at every turn: it is renewed at 80 % of its life, though nothing else may be asked all night.
        let access = self.0.ghl.keeper().access(&account).await;
        if access.is_ok() && vitals.standing == Standing::Well {
            return Ok(vitals);
        }
        let was = vitals.standing;
        let vitals = match self.asked_in(LANE, connection, &locations::get(&connection.location)).await {
            Ok(_) => vitals.standing(Standing::Well, None, now),
            Err(failure) => {
                let (standing, until) = standing_after(&failure, now);
                if standing != was && failure.fault.class.needs_person() {
                    self.report(market, &failure, &self.moment(now)).await?;
                }
                vitals.standing(standing, Some(until), now)
            }
        };
        if vitals.standing != was {
            tracing::info!(
                market = %market.name(), was = was.id(), standing = vitals.standing.id(),
                "the location's standing has changed"
            );
        }
        self.save_vitals(market, &vitals).await?;
        if vitals.standing == Standing::Well && was != Standing::Well {
            self.hasten_writes(market, &self.moment(now)).await?;
        }
        Ok(vitals)
    }

    /// Something that was asked found the location closed: nothing is asked until this.
    pub(super) async fn closed(
        &self,
        market: &Market,
        connection: &Connection,
        standing: Standing,
        now: Timestamp,
    ) -> Result<Timestamp, GoHighLevelError> {
        let until = later(now, standing.rest());
        let vitals = self.vitals(market, connection, now).await?;
        if standing == Standing::Inactive {
            self.0.ghl.keeper().suspended(&connection.account()).await;
        }
        let vitals = vitals.standing(standing, Some(until), now);
        self.save_vitals(market, &vitals).await?;
        Ok(until)
    }

    /// Looks at the location now, whatever was found before: somebody says that it is put right.
    ///
    /// # Errors
    /// [`GoHighLevelError::NotConnected`], or when the market's database fails.
    pub async fn probe_now(&self, market: &Market, now: Timestamp) -> Result<Standing, GoHighLevelError> {
        let connection = self.connected_to(market).await?;
        let vitals = self.vitals(market, &connection, now).await?;
        self.0.ghl.keeper().revive(&connection.account()).await;
        // Not well until it has answered.
        let doubted = Vitals { standing: Standing::Unreachable, probe_at: None, ..vitals };
        self.save_vitals(market, &doubted).await?;
        Ok(self.awake(market, &connection, now).await?.standing)
    }

    async fn vitals(
        &self,
        market: &Market,
        connection: &Connection,
        now: Timestamp,
    ) -> Result<Vitals, GoHighLevelError> {
        let stored = records::heal::vitals(market.db()).await?;
        let of_this = stored.filter(|vitals| vitals.location == connection.location);
        let mut vitals = of_this.unwrap_or_else(|| Vitals::new(&connection.location, now));
        // Connected again since: what was found before is no more.
        if connection.changed_at > vitals.since && vitals.standing != Standing::Well {
            vitals.probe_at = None;
        }
        Ok(vitals)
    }

    pub(super) async fn save_vitals(&self, market: &Market, vitals: &Vitals) -> Result<(), GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        records::heal::save_vitals(&mut tx, vitals).await?;
        Ok(tx.commit().await?)
    }
}

fn standing_after(failure: &Failure, now: Timestamp) -> (Standing, Timestamp) {
    let standing = match (&failure.fault.class, &failure.token) {
        (Class::LocationInactive, _) | (_, Some(TokenError::Suspended { .. })) => Standing::Inactive,
        (Class::RefreshDead, _) | (_, Some(TokenError::Reconnect(_) | TokenError::Unknown(_))) => {
            Standing::Reconnect
        }
        _ => Standing::Unreachable,
    };
    let until = match &failure.token {
        Some(TokenError::Suspended { until, .. }) if *until > now => *until,
        _ => later(now, standing.rest()),
    };
    (standing, until)
}
