use connect::ghl::{Failure, oauth::GrantError, tokens::TokenError};
use contacts::ContactsError;
use kernel::Ulid;
use leads::LeadsError;
use markets::{EnterError, MarketsError};
use store::StoreError;

/// Why nothing was done. No message holds personal data or a token.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum GoHighLevelError {
    /// The market has no location that is connected.
    #[error("the market is not connected to GoHighLevel")]
    NotConnected,
    /// The location belongs to another market.
    #[error("the location `{0}` is connected to another market")]
    LocationTaken(String),
    /// The market is connected to another location.
    #[error("the market is connected to the location `{0}`: disconnect it first")]
    OtherLocation(String),
    /// The state came back too late, twice, or never went out.
    #[error("this consent was not asked for here, or more than ten minutes ago: begin again")]
    UnknownInstall,
    /// No marketplace app is configured.
    #[error("no marketplace app is configured: a private integration token connects a location as well")]
    NoApp,
    /// The company has not let the app in for this market, or its tokens are not here.
    #[error(
        "the company `{0}` has not let the app in for this market within the last hour: begin at the market's page"
    )]
    UnknownCompany(String),
    /// Somebody else keeps changing the same thing.
    #[error("others change the same at this moment: again in a while")]
    Busy,
    /// A value cannot be taken.
    #[error("{field}: {message}")]
    Invalid {
        /// Which.
        field: &'static str,
        /// What is wrong with it.
        message: String,
    },
    /// There is no such write.
    #[error("there is no write {0}")]
    UnknownWrite(Ulid),
    /// There is no such incident.
    #[error("there is no incident {0}")]
    UnknownIncident(Ulid),
    /// There is no such event, or it is not dead.
    #[error("there is no dead letter {0}")]
    UnknownLetter(Ulid),
    /// GoHighLevel did not do it.
    #[error("GoHighLevel: {0}")]
    Failed(#[from] Box<Failure>),
    /// There is no token.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// A consent's code was not taken.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// A sealed value does not open, or is not what it should be.
    #[error("the stored {0} cannot be read")]
    Stored(&'static str),
    /// The market cannot be entered.
    #[error(transparent)]
    Enter(#[from] EnterError),
    /// The market's keys or database failed.
    #[error(transparent)]
    Market(#[from] MarketsError),
    /// The contacts refused.
    #[error(transparent)]
    Contacts(#[from] ContactsError),
    /// The leads refused.
    #[error(transparent)]
    Leads(#[from] LeadsError),
    /// The database failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl From<Failure> for GoHighLevelError {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}
