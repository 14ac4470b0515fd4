use std::sync::Arc;

use boxed::boxed;
use connect::ghl::{
    self, How,
    budget::Lane,
    locations,
    tokens::{Account, MemoryStore, Secret, Tokens},
};
use kernel::Moment;
use markets::Market;

use super::Credential;
use crate::{Connection, GoHighLevel, GoHighLevelError};

#[boxed]
impl GoHighLevel {
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
        let location = location.trim();
        if location.is_empty()
            || location.len() > 64
            || !location.bytes().all(|byte| byte.is_ascii_alphanumeric())
        {
            let message = "a location's identifier consists of letters and digits".to_owned();
            return Err(GoHighLevelError::Invalid { field: "location", message });
        }
        self.no_other(market, location).await?;
        let tokens = Tokens::private(token, at.at());
        let told = self.try_private(location, &tokens).await?;
        self.take_place(market, location, told.company.as_deref(), at).await?;
        let account = Account::Private(location.to_owned());
        self.0.vault.put(&account, &tokens).await?;
        for account in [account, Account::Location(location.to_owned())] {
            self.0.ghl.keeper().forget(&account).await;
        }
        self.connected_by(market, location, told.company, Credential::Private, at).await
    }

    /// Asks for the location with a token that is not kept yet.
    async fn try_private(
        &self,
        location: &str,
        tokens: &Tokens,
    ) -> Result<locations::Location, GoHighLevelError> {
        let store = MemoryStore::default();
        store.put(Account::Private(location.to_owned()), tokens.clone());
        let drawn = self.0.chance.clone();
        let trial = ghl::Client::new(
            self.0.road.clone(),
            Arc::new(store),
            self.0.config.options(),
            self.0.clock.clone(),
            Arc::new(move || drawn.number() as u64),
        );
        let account = Account::Location(location.to_owned());
        Ok(trial.perform(&account, &locations::get(location), How::lane(Lane::Reply)).await?.value)
    }
}
