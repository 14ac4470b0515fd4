use std::{future::Future, pin::Pin};

use super::{Account, Secret, Tokens};

/// Why no new tokens were given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The refresh token is spent, unknown or revoked; or the company may not make a token for this location.
    Invalid,
    /// The location is not active: suspended, unpaid. Not ours to cure.
    Inactive,
    /// No answer, or none of this world: later perhaps.
    Unavailable,
}

/// Boxed, so that issuers are one type for the keeper.
pub type IssuerFuture<'a> = Pin<Box<dyn Future<Output = Result<Tokens, Refusal>> + Send + 'a>>;

/// Who gives tokens: GoHighLevel's token endpoints.
pub trait Issuer: Send + Sync {
    /// A new pair for `account` by the refresh token of `old`, which is spent by it.
    fn refresh<'a>(&'a self, account: &'a Account, old: &'a Tokens) -> IssuerFuture<'a>;

    /// Tokens for a location of a company by the company's access token.
    fn mint<'a>(
        &'a self,
        company: &'a str,
        company_access: &'a Secret,
        location: &'a str,
    ) -> IssuerFuture<'a>;
}
