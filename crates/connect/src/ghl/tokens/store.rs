use std::{
    collections::HashMap,
    future::Future,
    pin::Pin,
    sync::{Mutex, PoisonError},
};

use super::{Account, Tokens};

/// What the store holds of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// Grows with every writing.
    pub version: u64,
    /// The tokens.
    pub tokens: Tokens,
}

/// What became of a writing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Swap {
    /// Written, durably, under this version.
    Done(u64),
    /// Somebody was quicker; nothing was written. This is what is there, if anything.
    Lost(Option<Stored>),
}

/// The store cannot be reached. Says nothing about what is in it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tokens cannot be {what}: {reason}")]
pub struct StoreError {
    /// Read or written.
    pub what: &'static str,
    /// Why.
    pub reason: String,
}

/// Boxed, so that stores are one type for the keeper.
pub type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// Where tokens are kept: sealed, by whoever implements it.
///
/// An answer is durable: what [`TokenStore::swap`] said is written is there after a power cut.
pub trait TokenStore: Send + Sync {
    /// What is there.
    fn load<'a>(&'a self, account: &'a Account) -> StoreFuture<'a, Option<Stored>>;

    /// Writes `tokens` if what is there has the version `expected` (none: if nothing is there).
    fn swap<'a>(
        &'a self,
        account: &'a Account,
        expected: Option<u64>,
        tokens: &'a Tokens,
    ) -> StoreFuture<'a, Swap>;
}

/// A store that lives as long as the process: for tests and for trying things out.
#[derive(Debug, Default)]
pub struct MemoryStore(Mutex<HashMap<Account, Stored>>);

impl MemoryStore {
    /// What is there, at once.
    pub fn peek(&self, account: &Account) -> Option<Stored> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(account).cloned()
    }

    /// Writes whatever is there: a consent that was given again.
    pub fn put(&self, account: Account, tokens: Tokens) -> u64 {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let version = all.get(&account).map_or(1, |stored| stored.version + 1);
        all.insert(account, Stored { version, tokens });
        version
    }

    /// Forgets what is there: a disconnected account.
    pub fn remove(&self, account: &Account) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(account);
    }

    fn swap_now(&self, account: &Account, expected: Option<u64>, tokens: &Tokens) -> Swap {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let present = all.get(account);
        if present.map(|stored| stored.version) != expected {
            return Swap::Lost(present.cloned());
        }
        let version = expected.unwrap_or(0) + 1;
        all.insert(account.clone(), Stored { version, tokens: tokens.clone() });
        Swap::Done(version)
    }
}

impl TokenStore for MemoryStore {
    fn load<'a>(&'a self, account: &'a Account) -> StoreFuture<'a, Option<Stored>> {
        Box::pin(async move { Ok(self.peek(account)) })
    }

    fn swap<'a>(
        &'a self,
        account: &'a Account,
        expected: Option<u64>,
        tokens: &'a Tokens,
    ) -> StoreFuture<'a, Swap> {
        Box::pin(async move { Ok(self.swap_now(account, expected, tokens)) })
    }
}
