use jiff::Timestamp;

use super::{Account, Secret, StoreError, Tokens};

/// By which way a request goes: they have budgets of their own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Route {
    /// The app's token.
    App,
    /// The private integration token, standing in.
    Private,
}

/// What a request carries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The token.
    pub token: Secret,
    /// By which way.
    pub route: Route,
    /// What it may do, as far as known.
    pub scopes: Vec<String>,
    /// The company of the account, as far as known.
    pub company: Option<String>,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TokenError {
    /// The account has never been connected.
    #[error("{0} is not connected")]
    Unknown(Account),
    /// Everything was tried: a person must give consent again.
    #[error("{0} is to be connected again: its tokens are refused, and nothing stands in for them")]
    Reconnect(Account),
    /// The location is not active.
    #[error("{account} is not active; it is asked again at {until}")]
    Suspended {
        /// The location.
        account: Account,
        /// When it is tried again.
        until: Timestamp,
    },
    /// No answer, and the old token is dead.
    #[error("no token for {0} for now")]
    Unavailable(Account),
    /// The store cannot be reached.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Access {
    /// What `account` was given, as a request carries it.
    pub(super) fn of(account: &Account, tokens: &Tokens) -> Self {
        let route = if matches!(account, Account::Private(_)) { Route::Private } else { Route::App };
        let (token, scopes, company) = (tokens.access.clone(), tokens.scopes.clone(), tokens.company.clone());
        Self { token, route, scopes, company }
    }
}
