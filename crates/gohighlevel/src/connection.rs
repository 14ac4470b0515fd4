use std::str::FromStr;

use boxed::boxed;
use connect::ghl::tokens::Account;
use jiff::Timestamp;
use markets::Market;
use serde::Serialize;

use crate::{GoHighLevel, GoHighLevelError, records};

/// Whether a location is connected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ConnectionState {
    /// It is.
    Connected,
    /// Somebody there took the app out.
    Uninstalled,
    /// Somebody here disconnected it.
    Disconnected,
}

impl ConnectionState {
    const ALL: [Self; 3] = [Self::Connected, Self::Uninstalled, Self::Disconnected];

    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Connected => "connected",
            Self::Uninstalled => "uninstalled",
            Self::Disconnected => "disconnected",
        }
    }
}

impl FromStr for ConnectionState {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|state| state.id() == text);
        found.ok_or_else(|| format!("no state `{text}`"))
    }
}

/// A market's location.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Connection {
    /// The location's identifier there.
    pub location: String,
    /// Its company's.
    pub company: Option<String>,
    /// What it is called there.
    pub name: Option<String>,
    /// Its time zone, by name.
    pub time_zone: Option<String>,
    /// Whether it is connected.
    pub state: ConnectionState,
    /// Whether the app's tokens are here.
    pub has_app: bool,
    /// Whether a private integration token is here.
    pub has_private: bool,
    /// Since when, the last time.
    pub connected_at: Timestamp,
    /// When anything of this changed.
    pub changed_at: Timestamp,
}

impl Connection {
    /// In whose name is asked: the app's, for which the private integration token stands in.
    pub fn account(&self) -> Account {
        Account::Location(self.location.clone())
    }
}

#[boxed]
impl GoHighLevel {
    /// The market's location, if one is connected.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn connection(&self, market: &Market) -> Result<Option<Connection>, GoHighLevelError> {
        let last = self.last_connection(market).await?;
        Ok(last.filter(|connection| connection.state == ConnectionState::Connected))
    }

    /// The market's location, connected or not any more.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn last_connection(&self, market: &Market) -> Result<Option<Connection>, GoHighLevelError> {
        Ok(records::connection::last(market.db()).await?)
    }

    /// As [`GoHighLevel::connection`], for what cannot be done without one.
    pub(crate) async fn connected_to(&self, market: &Market) -> Result<Connection, GoHighLevelError> {
        self.connection(market).await?.ok_or(GoHighLevelError::NotConnected)
    }
}
