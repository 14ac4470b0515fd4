//! One location of a company that let the app in. The company's tokens are the hub's: who may use them for a location is the
//! market that asked for the consent, and nobody else.

use boxed::boxed;
use connect::ghl::{self, tokens::Account};
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, Ulid};
use markets::Market;

use super::{Credential, sha256};
use crate::{Connection, GoHighLevel, GoHighLevelError, records::places};

/// How long one of a company's locations may be chosen for the market that asked for its consent.
const CHOICE_FOR: SignedDuration = SignedDuration::from_hours(1);

#[boxed]
impl GoHighLevel {
    /// Connects a market to one of the locations of a company that let the app in, for this very market and within the
    /// hour: the company's tokens are the hub's, and its locations are other markets' as well.
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
        self.no_other(market, location).await?;
        if places::asker(&self.0.hub, &choice(market, company), at.at()).await? != Some(market.id()) {
            return Err(GoHighLevelError::UnknownCompany(company.to_owned()));
        }
        self.connect_by_company(market, company, location, at).await
    }

    /// Remembers that a company let the app in because this market asked.
    pub(super) async fn may_choose(
        &self,
        market: &Market,
        company: &str,
        user: Ulid,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let expires = at.at().checked_add(CHOICE_FOR).unwrap_or(Timestamp::MAX);
        let key = choice(market, company);
        let mut tx = self.0.hub.begin().await?;
        places::forget(&mut tx, &key).await?;
        places::ask(&mut tx, &key, market.id(), &user.to_string(), expires, at.at()).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Connects a market to a location by tokens of its company.
    pub(super) async fn connect_by_company(
        &self,
        market: &Market,
        company: &str,
        location: &str,
        at: &Moment,
    ) -> Result<Connection, GoHighLevelError> {
        self.no_other(market, location).await?;
        let before = places::of_location(&self.0.hub, location).await?;
        self.take_place(market, location, Some(company), at).await?;
        let keeper = self.0.ghl.keeper();
        keeper.forget(&Account::Location(location.to_owned())).await;
        if let Err(error) = keeper.mint(company, location).await {
            if before.is_none_or(|before| !before.is_connected) {
                self.leave_place(market, location, at).await?;
            }
            return Err(match error {
                ghl::tokens::TokenError::Unknown(_) => GoHighLevelError::UnknownCompany(company.to_owned()),
                other => other.into(),
            });
        }
        self.connected_by(market, location, Some(company.to_owned()), Credential::App, at).await
    }
}

/// What the right to choose among a company's locations is kept under. It begins with a byte that no text has: no state that
/// comes back in an address can be one.
fn choice(market: &Market, company: &str) -> Vec<u8> {
    let mut named = vec![0xff];
    named.extend_from_slice(format!("{} {company}", market.id()).as_bytes());
    sha256(&named)
}
