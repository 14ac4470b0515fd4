//! Where tokens are kept: those of a location sealed under its market's key in the market's database, those of a company
//! under a key of the hub.

use connect::ghl::tokens::{
    Account, Secret, StoreError as TokenStoreError, StoreFuture, Stored, Swap, TokenStore, Tokens,
};
use jiff::Timestamp;
use kernel::Chance;
use markets::{Market, Markets};
use seal::{Cell, Key, KeyId};
use serde::{Deserialize, Serialize};
use store::Db;
use zeroize::Zeroizing;

use crate::{
    GoHighLevelError,
    records::{
        places,
        token::{self, StoredToken},
    },
};

const TABLE: &str = "ghl_token";
const COLUMN: &str = "tokens_sealed";

/// Keeps tokens.
pub(crate) struct Vault {
    hub: Db,
    markets: Markets,
    chance: Chance,
    company_key: (KeyId, Key),
}

impl Vault {
    pub(crate) fn new(hub: Db, markets: Markets, chance: Chance) -> Self {
        let company_key = (markets.hub_key().id, markets.derive_key("gohighlevel/company-token"));
        Self { hub, markets, chance, company_key }
    }

    /// Writes tokens whatever is there: a consent was given, or a person brought a token.
    pub(crate) async fn put(&self, account: &Account, tokens: &Tokens) -> Result<(), GoHighLevelError> {
        self.over(account, Some(tokens)).await
    }

    /// Removes tokens; a later version of them cannot be mistaken for these.
    pub(crate) async fn remove(&self, account: &Account) -> Result<(), GoHighLevelError> {
        self.over(account, None).await
    }

    async fn over(&self, account: &Account, tokens: Option<&Tokens>) -> Result<(), GoHighLevelError> {
        for _ in 0..RACES_MAX {
            let present = self.row(account).await?.map_or(0, |row| row.version);
            if tokens.is_none() && present == 0 {
                return Ok(());
            }
            if self.write(account, present, tokens).await? {
                return Ok(());
            }
        }
        Err(GoHighLevelError::Stored("tokens"))
    }

    async fn row(&self, account: &Account) -> Result<Option<StoredToken>, GoHighLevelError> {
        Ok(match account {
            Account::Company(company) => token::of_company(&self.hub, company).await?,
            account => match self.market_of(account).await? {
                Some(market) => token::of_account(market.db(), &account.to_string()).await?,
                None => None,
            },
        })
    }

    async fn market_of(&self, account: &Account) -> Result<Option<Market>, GoHighLevelError> {
        match places::of_location(&self.hub, account.resource()).await? {
            Some(place) => Ok(Some(self.markets.enter_by_id(place.market).await?)),
            None => Ok(None),
        }
    }

    async fn write(
        &self,
        account: &Account,
        from: u64,
        tokens: Option<&Tokens>,
    ) -> Result<bool, GoHighLevelError> {
        let plain = tokens.map(|tokens| Kept::of(tokens).bytes());
        if let Account::Company(company) = account {
            let (id, key) = &self.company_key;
            let nonce = self.chance.bytes();
            let sealed = plain.map(|plain| seal::seal(key, *id, &cell(company), &plain, nonce)).transpose();
            let sealed = sealed.map_err(|_| GoHighLevelError::Stored("tokens"))?;
            let sealed = sealed.map(seal::Sealed::into_bytes);
            return Ok(token::swap_company(&self.hub, company, from, sealed).await?);
        }
        let Some(market) = self.market_of(account).await? else { return Ok(false) };
        let name = account.to_string();
        let sealed = plain.map(|plain| market.seal(market.market_key(), TABLE, &name, COLUMN, &plain));
        let sealed = sealed.transpose()?;
        let (given, expires) = (tokens.map(|it| it.given_at), tokens.and_then(|it| it.expires_at));
        Ok(token::swap_account(market.db(), &name, from, sealed, given, expires).await?)
    }

    async fn loaded(&self, account: &Account) -> Result<Option<Stored>, GoHighLevelError> {
        let unreadable = || GoHighLevelError::Stored("tokens");
        let Some(StoredToken { version, sealed: Some(sealed) }) = self.row(account).await? else {
            return Ok(None);
        };
        let plain = match account {
            Account::Company(company) => {
                let (id, key) = &self.company_key;
                seal::open(key, *id, &cell(company), &sealed).map_err(|_| unreadable())?
            }
            account => {
                let market = self.market_of(account).await?.ok_or_else(unreadable)?;
                market.unseal(market.market_key(), TABLE, &account.to_string(), COLUMN, &sealed)?
            }
        };
        let kept: Kept = serde_json::from_slice(&plain).map_err(|_| unreadable())?;
        Ok(Some(Stored { version, tokens: kept.tokens() }))
    }

    async fn swapped(
        &self,
        account: &Account,
        expected: Option<u64>,
        tokens: &Tokens,
    ) -> Result<Swap, GoHighLevelError> {
        // Nothing is there: not even a row, or one whose tokens were removed.
        let present = self.row(account).await?;
        let from = match (expected, &present) {
            (Some(expected), Some(row)) if row.sealed.is_some() && row.version == expected => Some(expected),
            (None, None) => Some(0),
            (None, Some(row)) if row.sealed.is_none() => Some(row.version),
            _ => None,
        };
        if let Some(from) = from
            && self.write(account, from, Some(tokens)).await?
        {
            return Ok(Swap::Done(from + 1));
        }
        Ok(Swap::Lost(self.loaded(account).await?))
    }
}

/// Attempts to write over a row that others keep changing.
const RACES_MAX: u32 = 10;

fn cell(company: &str) -> Cell<'_> {
    Cell { market: "hub", table: "ghl_company", row: company, column: COLUMN }
}

impl TokenStore for Vault {
    fn load<'a>(&'a self, account: &'a Account) -> StoreFuture<'a, Option<Stored>> {
        Box::pin(async move { self.loaded(account).await.map_err(failed("read")) })
    }

    fn swap<'a>(
        &'a self,
        account: &'a Account,
        expected: Option<u64>,
        tokens: &'a Tokens,
    ) -> StoreFuture<'a, Swap> {
        Box::pin(async move { self.swapped(account, expected, tokens).await.map_err(failed("written")) })
    }
}

fn failed(what: &'static str) -> impl Fn(GoHighLevelError) -> TokenStoreError {
    move |error| TokenStoreError { what, reason: error.to_string() }
}

/// Tokens as they are sealed.
#[derive(Serialize, Deserialize)]
struct Kept {
    access: String,
    refresh: Option<String>,
    given_at: Timestamp,
    expires_at: Option<Timestamp>,
    scopes: Vec<String>,
    company: Option<String>,
    user: Option<String>,
}

impl Kept {
    fn of(tokens: &Tokens) -> Self {
        Self {
            access: tokens.access.expose().to_owned(),
            refresh: tokens.refresh.as_ref().map(|refresh| refresh.expose().to_owned()),
            given_at: tokens.given_at,
            expires_at: tokens.expires_at,
            scopes: tokens.scopes.clone(),
            company: tokens.company.clone(),
            user: tokens.user.clone(),
        }
    }

    fn bytes(&self) -> Zeroizing<Vec<u8>> {
        Zeroizing::new(serde_json::to_vec(self).expect("texts and times are always written"))
    }

    fn tokens(self) -> Tokens {
        Tokens {
            access: Secret::new(self.access),
            refresh: self.refresh.map(Secret::new),
            given_at: self.given_at,
            expires_at: self.expires_at,
            scopes: self.scopes,
            company: self.company,
            user: self.user,
        }
    }
}
