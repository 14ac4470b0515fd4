//! Connecting a market: consent, companies, private integration tokens; and disconnecting it.
//!
//! The state of a consent is 32 random bytes that only the person's browser holds; here its hash is kept for ten minutes
//! and one use, with the market and the user it is for. Whoever comes back has to be that user. GoHighLevel offers no proof
//! key (PKCE) for its codes: a code is worth nothing without the app's secret, which never leaves the hub.

mod company;
mod ending;
mod forgetting;
mod private;

use audit::NewEntry;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use boxed::boxed;
use connect::ghl::{
    How,
    budget::Lane,
    locations,
    oauth::{self, InstalledLocation},
    tokens::{Account, Tokens},
};
use jiff::{SignedDuration, Timestamp};
use kernel::{MarketId, MarketName, Moment, Ulid};
use markets::Market;
use ring::digest;
use serde::Serialize;
use store::trail;

use crate::{
    Connection, ConnectionState, GoHighLevel, GoHighLevelError,
    dead_letters::subject,
    records::{connection, link, places},
};

pub(crate) use forgetting::OfMarkets;

/// How long a person may take to give consent.
const CONSENT_FOR: SignedDuration = SignedDuration::from_mins(10);
/// Locations of a company per page, and pages at most: a company with more names its location.
const LOCATIONS_PAGE: u32 = 100;
const LOCATIONS_PAGES_MAX: u64 = 20;

/// What the app asks for: reading and writing what the bridge reads and writes, and nothing else.
pub const SCOPES: &[&str] = &[
    "contacts.readonly",
    "contacts.write",
    "opportunities.readonly",
    "opportunities.write",
    "conversations.readonly",
    "conversations.write",
    "conversations/message.readonly",
    "conversations/message.write",
    "calendars.readonly",
    "calendars.write",
    "calendars/events.readonly",
    "calendars/events.write",
    "locations.readonly",
    "locations/customFields.readonly",
    "locations/customFields.write",
    "locations/tags.readonly",
    "locations/tasks.readonly",
    "workflows.readonly",
    "users.readonly",
    "oauth.readonly",
    "oauth.write",
];

/// What a consent came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Installed {
    /// The market that it was given for.
    pub market: MarketName,
    /// The location that the market is connected to now; none when one of `choices` is to be chosen.
    pub location: Option<String>,
    /// The company, when it was a company that let the app in.
    pub company: Option<String>,
    /// Locations of the company that may be chosen: identifier and name.
    pub choices: Vec<(String, Option<String>)>,
}

/// An installation that nobody here asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Parked {
    /// The location, or the company when it was one.
    pub place: String,
    /// The company.
    pub company: Option<String>,
    /// When it was told.
    pub since: Timestamp,
}

#[boxed]
impl GoHighLevel {
    /// Where to send a person who is to give consent for a market. The address is good for ten minutes and one use.
    ///
    /// # Errors
    /// [`GoHighLevelError::NoApp`], also when the hub does not know its own address; or when the hub's database fails.
    pub async fn begin_install(
        &self,
        market: &Market,
        user: Ulid,
        at: &Moment,
    ) -> Result<String, GoHighLevelError> {
        let config = &self.0.config;
        let (Some(app), Some(redirect)) = (&config.app, config.redirect_uri()) else {
            return Err(GoHighLevelError::NoApp);
        };
        let state = URL_SAFE_NO_PAD.encode(self.0.chance.bytes::<32>());
        let expires = at.at().checked_add(CONSENT_FOR).unwrap_or(Timestamp::MAX);
        let mut tx = self.0.hub.begin().await?;
        places::ask(&mut tx, &hash(&state), market.id(), &user.to_string(), expires, at.at()).await?;
        tx.commit().await?;
        let url = app.consent_url(&redirect, SCOPES, &state, None);
        let query = url.split_once('?').map_or("", |(_, query)| query);
        Ok(format!("{}?{query}", config.consent))
    }

    /// The market that a consent was asked for, as long as its state is good: whoever comes back with it must still be one
    /// who connects that market.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn consent_for(
        &self,
        state: &str,
        now: Timestamp,
    ) -> Result<Option<MarketId>, GoHighLevelError> {
        Ok(places::asker(&self.0.hub, &hash(state), now).await?)
    }

    /// Takes what came back from consent: `state` and `code` of the address, `user` who came back with them.
    ///
    /// # Errors
    /// [`GoHighLevelError::UnknownInstall`], [`GoHighLevelError::LocationTaken`], [`GoHighLevelError::OtherLocation`],
    /// or when GoHighLevel or a database fails.
    pub async fn finish_install(
        &self,
        state: &str,
        code: &str,
        user: Ulid,
        at: &Moment,
    ) -> Result<Installed, GoHighLevelError> {
        let redirect = self.0.config.redirect_uri().ok_or(GoHighLevelError::NoApp)?;
        let mut tx = self.0.hub.begin().await?;
        let asked = places::answer(&mut tx, &hash(state), at.at()).await?;
        tx.commit().await?;
        let (market, by) = asked.ok_or(GoHighLevelError::UnknownInstall)?;
        if by != user.to_string() {
            return Err(GoHighLevelError::UnknownInstall);
        }
        let market = self.0.markets.enter_by_id(market).await?;
        let grant = self.0.issuer.exchange(code, &redirect, false).await?;
        let name = market.name().clone();
        match grant.account {
            Account::Location(location) => {
                let connection = self.connect_app(&market, &location, &grant.tokens, at).await?;
                Ok(Installed {
                    market: name,
                    location: Some(connection.location),
                    company: connection.company,
                    choices: Vec::new(),
                })
            }
            Account::Company(company) => {
                let account = Account::Company(company.clone());
                self.0.vault.put(&account, &grant.tokens).await?;
                self.0.ghl.keeper().forget(&account).await;
                self.may_choose(&market, &company, user, at).await?;
                self.installed_by(&market, company, at).await
            }
            Account::Private(_) => Err(GoHighLevelError::UnknownInstall),
        }
    }

    /// What a company's consent comes to: its only location that is free, or a choice.
    async fn installed_by(
        &self,
        market: &Market,
        company: String,
        at: &Moment,
    ) -> Result<Installed, GoHighLevelError> {
        let mut free = Vec::new();
        for location in self.installed_locations(&company).await? {
            let place = places::of_location(&self.0.hub, &location.id).await?;
            if place.is_none_or(|place| !place.is_connected || place.market == market.id()) {
                free.push(location);
            }
        }
        let name = market.name().clone();
        if let [only] = free.as_slice() {
            let connection = self.connect_by_company(market, &company, &only.id, at).await?;
            let location = Some(connection.location);
            return Ok(Installed { market: name, location, company: Some(company), choices: Vec::new() });
        }
        let choices = free.into_iter().map(|location| (location.id, location.name)).collect();
        Ok(Installed { market: name, location: None, company: Some(company), choices })
    }

    /// Installations that nobody here asked for, the latest first: whoever knows which market they are for connects it.
    ///
    /// # Errors
    /// When the hub's database fails.
    pub async fn parked(&self) -> Result<Vec<Parked>, GoHighLevelError> {
        let parked = places::parked(&self.0.hub).await?;
        Ok(parked.into_iter().map(|(place, company, since)| Parked { place, company, since }).collect())
    }

    /// The locations in which a company has the app.
    ///
    /// # Errors
    /// [`GoHighLevelError::NoApp`], or when GoHighLevel fails.
    pub(crate) async fn installed_locations(
        &self,
        company: &str,
    ) -> Result<Vec<InstalledLocation>, GoHighLevelError> {
        let app = self.0.config.app.as_ref().ok_or(GoHighLevelError::NoApp)?;
        let account = Account::Company(company.to_owned());
        let mut all: Vec<InstalledLocation> = Vec::new();
        for page in 0..LOCATIONS_PAGES_MAX {
            let skip = page * u64::from(LOCATIONS_PAGE);
            let call = oauth::installed_locations(company, app.app_id(), skip, LOCATIONS_PAGE);
            let found = self.0.ghl.perform(&account, &call, How::lane(Lane::Reply)).await?.value.locations;
            let is_last = found.len() < LOCATIONS_PAGE as usize;
            all.extend(found.into_iter().filter(|location| location.is_installed));
            if is_last {
                break;
            }
        }
        Ok(all)
    }

    async fn connect_app(
        &self,
        market: &Market,
        location: &str,
        tokens: &Tokens,
        at: &Moment,
    ) -> Result<Connection, GoHighLevelError> {
        self.no_other(market, location).await?;
        self.take_place(market, location, tokens.company.as_deref(), at).await?;
        let account = Account::Location(location.to_owned());
        self.0.vault.put(&account, tokens).await?;
        self.0.ghl.keeper().forget(&account).await;
        self.connected_by(market, location, tokens.company.clone(), Credential::App, at).await
    }

    /// A market has one location.
    pub(super) async fn no_other(&self, market: &Market, location: &str) -> Result<(), GoHighLevelError> {
        match self.connection(market).await? {
            Some(other) if other.location != location => Err(GoHighLevelError::OtherLocation(other.location)),
            _ => Ok(()),
        }
    }

    /// Gives the location to the market; what was parked of it has been asked for now.
    pub(super) async fn take_place(
        &self,
        market: &Market,
        location: &str,
        company: Option<&str>,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let mut tx = self.0.hub.begin().await?;
        if !places::take(&mut tx, location, market.id(), company, at.at()).await? {
            return Err(GoHighLevelError::LocationTaken(location.to_owned()));
        }
        for place in [Some(location), company].into_iter().flatten() {
            places::unpark(&mut tx, place).await?;
        }
        tx.commit().await?;
        self.0.gate.forget_place(location);
        Ok(())
    }

    /// Writes down that the market is connected, with what the location says of itself.
    pub(crate) async fn connected_by(
        &self,
        market: &Market,
        location: &str,
        company: Option<String>,
        credential: Credential,
        at: &Moment,
    ) -> Result<Connection, GoHighLevelError> {
        let account = Account::Location(location.to_owned());
        let told = self.0.ghl.perform(&account, &locations::get(location), How::lane(Lane::Reply)).await;
        let told = match told {
            Ok(done) => Some(done.value),
            // It is connected all the same; the name comes with the next look.
            Err(error) => {
                tracing::warn!(market = %market.id(), %error, "a location that was connected does not tell its name");
                None
            }
        };
        let mut tx = market.db().begin().await?;
        let last = connection::last(&mut tx).await?;
        if last.as_ref().is_some_and(|last| last.location != location) {
            // What was known of the other location is nobody there.
            link::leave(&mut tx, at.at()).await?;
        }
        let before = last.filter(|last| last.location == location);
        let lives = before.as_ref().is_some_and(|before| before.state == ConnectionState::Connected);
        let connection = Connection {
            location: location.to_owned(),
            company: company
                .or_else(|| told.as_ref().and_then(|told| told.company.clone()))
                .or_else(|| before.as_ref().and_then(|before| before.company.clone())),
            name: told.as_ref().and_then(|told| told.name.clone()),
            time_zone: told.as_ref().and_then(|told| told.timezone.clone()),
            state: ConnectionState::Connected,
            has_app: credential == Credential::App || before.as_ref().is_some_and(|before| before.has_app),
            has_private: credential == Credential::Private
                || before.as_ref().is_some_and(|before| before.has_private),
            connected_at: before.filter(|_| lives).map_or(at.at(), |before| before.connected_at),
            changed_at: at.at(),
        };
        connection::put(&mut tx, &connection).await?;
        let noted = NewEntry::new(at.at(), &at.actor, "gohighlevel.connected", &subject(market));
        let noted = noted.with("location", location).with("credential", credential.id());
        trail::append(&mut tx, noted);
        tx.commit().await?;
        self.made_ready(market, lives, at).await;
        Ok(connection)
    }

    /// What waited for the connection goes on, and what is written to is made there. What does not succeed now is done by
    /// the workers.
    async fn made_ready(&self, market: &Market, lived_before: bool, at: &Moment) {
        let at = Moment { entropy: self.0.chance.number(), ..at.clone() };
        let hastened = self.hasten_writes(market, &at).await.map(drop);
        let provisioned = match lived_before {
            true => Ok(()),
            false => self.provision(market, &at).await.map(drop),
        };
        for error in [hastened, provisioned].into_iter().filter_map(Result::err) {
            tracing::warn!(market = %market.id(), %error, "a connection that was made is not ready yet");
        }
    }
}

/// By what a market is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credential {
    /// The app's tokens.
    App,
    /// A private integration token.
    Private,
}

impl Credential {
    fn id(self) -> &'static str {
        match self {
            Self::App => "app",
            Self::Private => "private",
        }
    }
}

fn hash(state: &str) -> Vec<u8> {
    sha256(state.as_bytes())
}

fn sha256(bytes: &[u8]) -> Vec<u8> {
    digest::digest(&digest::SHA256, bytes).as_ref().to_vec()
}
