use connect::ghl::tokens::Secret;
use kernel::{MarketName, Moment, Ulid};
use markets::Market;
use serde::Serialize;

use crate::{Connection, GoHighLevel, GoHighLevelError};

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

impl GoHighLevel {
    /// Where to send a person who is to give consent for a market. The address is good for ten minutes and one use.
    ///
    /// # Errors
    /// [`GoHighLevelError::NoApp`], or when the hub's database fails.
    pub async fn begin_install(
        &self,
        market: &Market,
        user: Ulid,
        at: &Moment,
    ) -> Result<String, GoHighLevelError> {
        let _ = (market, user, at);
        Err(GoHighLevelError::NoApp)
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
        let _ = (state, code, user, at);
        Err(GoHighLevelError::UnknownInstall)
    }

    /// Connects a market to one of the locations of a company that let the app in.
    ///
    /// # Errors
    /// As [`GoHighLevel::finish_install`], and [`GoHighLevelError::UnknownCompany`].
    pub async fn choose_location(
        &self,
        market: &Market,
        company: &str,
        location: &str,
        at: &Moment,
    ) -> Result<Connection, GoHighLevelError> {
        let _ = (market, location, at);
        Err(GoHighLevelError::UnknownCompany(company.to_owned()))
    }

    /// Connects a market by a private integration token that a person made in the location: the only credential, or a
    /// second one that stands in for the app's. It is tried before it is kept.
    ///
    /// # Errors
    /// As [`GoHighLevel::finish_install`].
    pub async fn use_private_token(
        &self,
        market: &Market,
        location: &str,
        token: Secret,
        at: &Moment,
    ) -> Result<Connection, GoHighLevelError> {
        let _ = (market, location, token, at);
        Err(GoHighLevelError::NotConnected)
    }

    /// Disconnects a market: its tokens are removed, what was learned stays.
    ///
    /// # Errors
    /// [`GoHighLevelError::NotConnected`], or when a database fails.
    pub async fn disconnect(&self, market: &Market, at: &Moment) -> Result<(), GoHighLevelError> {
        let _ = (market, at);
        Err(GoHighLevelError::NotConnected)
    }
}
