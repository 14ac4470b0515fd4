use std::{
    collections::HashMap,
    fmt,
    future::Future,
    pin::Pin,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use boxed::boxed;
use jiff::Timestamp;

use super::{
    Access, Account, Issuer, Refusal, SUSPENDED, Secret, StoreError, Stored, Swap, TokenError, TokenStore,
    Tokens,
};
use crate::ghl::Clock;

/// After which tokens that seemed dead for good are tried again: GoHighLevel has refused everybody's before, by mistake.
const DEAD_AGAIN: Duration = Duration::from_secs(15 * 60);

/// How often writing is tried again by itself: with doubled waits, for about an hour.
const WRITES_MAX: u32 = 12;
/// For how long renewing is not tried again after no answer, while the old token lives.
const CALM: Duration = Duration::from_secs(20);

type AccessFuture<'a> = Pin<Box<dyn Future<Output = Result<Access, TokenError>> + Send + 'a>>;

/// How long to wait before the store is read again, after a refresh token was refused: another process may have the
/// new pair already and not have written it yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits(pub [Duration; 2]);

impl Default for Waits {
    fn default() -> Self {
        Self([Duration::from_millis(250), Duration::from_secs(1)])
    }
}

/// Keeps tokens fresh. Cheap to clone; clones renew as one.
#[derive(Clone)]
pub struct Keeper(Arc<Inner>);

struct Inner {
    store: Arc<dyn TokenStore>,
    issuer: Arc<dyn Issuer>,
    clock: Clock,
    waits: Waits,
    slots: Mutex<HashMap<Account, Arc<tokio::sync::Mutex<Slot>>>>,
}

/// What this process knows of an account. Whoever holds it renews.
#[derive(Default)]
struct Slot {
    known: Option<Stored>,
    /// Given, but not yet written: nobody uses it before it is.
    unwritten: Option<(Option<u64>, Tokens)>,
    suspended_until: Option<Timestamp>,
    /// This access token was refused, and nothing could be had for it, at that time: the private one stands in.
    dead: Option<(Secret, Timestamp)>,
    /// Renewing got no answer; what is alive is used until then without asking again.
    calm_until: Option<Timestamp>,
}

impl Slot {
    /// What is known, if it should work.
    fn good(&self, account: &Account, refused: Option<&Secret>, now: Timestamp) -> Option<Access> {
        let is_suspended = self.suspended_until.is_some_and(|until| until > now);
        let tokens = &self.known.as_ref().filter(|_| !is_suspended && self.unwritten.is_none())?.tokens;
        let is_calm = self.calm_until.is_some_and(|until| until > now) && !tokens.is_expired(now);
        let is_good = refused != Some(&tokens.access) && !self.is_dead(&tokens.access, now);
        (is_good && (is_calm || !tokens.is_due(now))).then(|| Access::of(account, tokens))
    }

    fn is_dead(&self, token: &Secret, now: Timestamp) -> bool {
        let again = |at: Timestamp| at.checked_add(DEAD_AGAIN).unwrap_or(Timestamp::MAX);
        self.dead.as_ref().is_some_and(|(dead, at)| dead == token && again(*at) > now)
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Keeper(..)")
    }
}

#[boxed]
impl Keeper {
    /// Keeps the tokens of `store` fresh by `issuer`.
    pub fn new(store: Arc<dyn TokenStore>, issuer: Arc<dyn Issuer>, clock: Clock, waits: Waits) -> Self {
        Self(Arc::new(Inner { store, issuer, clock, waits, slots: Mutex::default() }))
    }

    /// A token for `account` that should work.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn access(&self, account: &Account) -> Result<Access, TokenError> {
        {
            let slot = self.slot(account);
            let slot = slot.lock().await;
            if let Some(access) = slot.good(account, None, self.now()) {
                return Ok(access);
            }
        }
        let account = account.clone();
        self.surely(|keeper| async move { keeper.turn(&account, None).await }).await
    }

    /// `token` was refused as expired or unknown: another one that should work. Whoever comes second gets what the
    /// first has brought, without renewing again.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn rejected(&self, account: &Account, token: &Secret) -> Result<Access, TokenError> {
        let (account, token) = (account.clone(), token.clone());
        self.surely(|keeper| async move { keeper.turn(&account, Some(&token)).await }).await
    }

    /// Tokens for a location that has none yet, or the wrong ones: made by the company's token, written, and used
    /// from now on.
    ///
    /// # Errors
    /// Why there are none.
    pub async fn mint(&self, company: &str, location: &str) -> Result<Access, TokenError> {
        let (company, location) = (company.to_owned(), location.to_owned());
        self.surely(|keeper| async move { keeper.minting(&company, &location).await }).await
    }

    /// GoHighLevel said that the location is not active: leave it alone for [`SUSPENDED`].
    pub async fn suspended(&self, account: &Account) -> TokenError {
        let slot = self.slot(account);
        let mut slot = slot.lock().await;
        self.suspend(account, &mut slot)
    }

    /// Something has changed there: what seemed dead or suspended is tried again. Nothing that was given is lost by it.
    pub async fn revive(&self, account: &Account) {
        let slot = self.slot(account);
        let mut slot = slot.lock().await;
        (slot.dead, slot.suspended_until, slot.calm_until) = (None, None, None);
    }

    /// Forgets what is known of `account`: it was connected again, or disconnected.
    pub async fn forget(&self, account: &Account) {
        *self.slot(account).lock().await = Slot::default();
    }

    fn slot(&self, account: &Account) -> Arc<tokio::sync::Mutex<Slot>> {
        let mut slots = self.0.slots.lock().unwrap_or_else(PoisonError::into_inner);
        slots.entry(account.clone()).or_default().clone()
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    /// To its end, even when whoever asked goes away: a pair that was given and not written is lost.
    async fn surely<F>(&self, work: impl FnOnce(Self) -> F) -> Result<Access, TokenError>
    where
        F: Future<Output = Result<Access, TokenError>> + Send + 'static,
    {
        match tokio::spawn(work(self.clone())).await {
            Ok(outcome) => outcome,
            Err(error) if error.is_panic() => std::panic::resume_unwind(error.into_panic()),
            Err(_) => {
                Err(StoreError { what: "renewed", reason: "the program is shutting down".to_owned() }.into())
            }
        }
    }

    async fn turn(&self, account: &Account, refused: Option<&Secret>) -> Result<Access, TokenError> {
        let slot = self.slot(account);
        let mut slot = slot.lock().await;
        self.fresh(account, &mut slot, refused).await
    }

    /// [`Keeper::turn`] from within itself: for the company, from within its location's.
    fn boxed<'a>(&'a self, account: &'a Account, refused: Option<&'a Secret>) -> AccessFuture<'a> {
        Box::pin(self.turn(account, refused))
    }

    async fn minting(&self, company: &str, location: &str) -> Result<Access, TokenError> {
        let account = Account::Location(location.to_owned());
        let slot = self.slot(&account);
        let mut slot = slot.lock().await;
        let present = self.0.store.load(&account).await?;
        match self.minted(company, location).await? {
            Ok(tokens) => {
                let expected = present.map(|stored| stored.version);
                self.write(&account, &mut slot, expected, tokens).await
            }
            Err(Refusal::Inactive) => Err(self.suspend(&account, &mut slot)),
            Err(Refusal::Invalid) => Err(TokenError::Reconnect(account)),
            Err(Refusal::Unavailable) => Err(TokenError::Unavailable(account)),
        }
    }

    async fn fresh(
        &self,
        account: &Account,
        slot: &mut Slot,
        refused: Option<&Secret>,
    ) -> Result<Access, TokenError> {
        if let Some(until) = slot.suspended_until.filter(|until| *until > self.now()) {
            return Err(TokenError::Suspended { account: account.clone(), until });
        }
        if let Some((expected, tokens)) = slot.unwritten.take() {
            return self.write(account, slot, expected, tokens).await;
        }
        if let Some(access) = slot.good(account, refused, self.now()) {
            return Ok(access);
        }
        let Some(stored) = self.0.store.load(account).await? else {
            slot.known = None;
            return self.stand_in(account, refused, TokenError::Unknown(account.clone())).await;
        };
        slot.known = Some(stored.clone());
        if let Some(access) = slot.good(account, refused, self.now()) {
            return Ok(access);
        }
        if slot.is_dead(&stored.tokens.access, self.now()) {
            return self.stand_in(account, refused, TokenError::Reconnect(account.clone())).await;
        }
        self.renew(account, slot, stored, refused).await
    }

    async fn renew(
        &self,
        account: &Account,
        slot: &mut Slot,
        old: Stored,
        refused: Option<&Secret>,
    ) -> Result<Access, TokenError> {
        let outcome = match &old.tokens.refresh {
            Some(_) => self.0.issuer.refresh(account, &old.tokens).await,
            None => Err(Refusal::Invalid),
        };
        match outcome {
            Ok(tokens) => {
                let tokens = Tokens {
                    company: tokens.company.or_else(|| old.tokens.company.clone()),
                    user: tokens.user.or_else(|| old.tokens.user.clone()),
                    ..tokens
                };
                self.write(account, slot, Some(old.version), tokens).await
            }
            Err(Refusal::Inactive) => Err(self.suspend(account, slot)),
            Err(Refusal::Unavailable) => {
                let is_alive = refused != Some(&old.tokens.access) && !old.tokens.is_expired(self.now());
                if is_alive {
                    slot.calm_until = self.now().checked_add(CALM).ok();
                    return Ok(Access::of(account, &old.tokens));
                }
                Err(TokenError::Unavailable(account.clone()))
            }
            Err(Refusal::Invalid) => self.rescue(account, slot, &old, refused).await,
        }
    }

    /// The refresh token is refused. Somebody else may have won; else the company helps; else the private token.
    async fn rescue(
        &self,
        account: &Account,
        slot: &mut Slot,
        old: &Stored,
        refused: Option<&Secret>,
    ) -> Result<Access, TokenError> {
        if old.tokens.refresh.is_some() {
            for wait in [Duration::ZERO].into_iter().chain(self.0.waits.0) {
                if !wait.is_zero() {
                    tokio::time::sleep(wait).await;
                }
                let present = self.0.store.load(account).await?;
                if let Some(present) = present.filter(|present| present.version != old.version) {
                    let access = Access::of(account, &present.tokens);
                    slot.known = Some(present);
                    return Ok(access);
                }
            }
        }
        if let (Account::Location(location), Some(company)) = (account, &old.tokens.company) {
            match self.minted(company, location).await {
                Ok(Ok(tokens)) => return self.write(account, slot, Some(old.version), tokens).await,
                Ok(Err(Refusal::Inactive)) => return Err(self.suspend(account, slot)),
                Ok(Err(Refusal::Invalid)) => {}
                // It may help in a moment: nothing is dead yet.
                Ok(Err(Refusal::Unavailable)) | Err(TokenError::Store(_) | TokenError::Unavailable(_)) => {
                    return self.stand_in(account, refused, TokenError::Unavailable(account.clone())).await;
                }
                // Without the company there is still the private token.
                Err(error) => tracing::debug!(%error, "the company cannot help"),
            }
        }
        slot.dead = Some((old.tokens.access.clone(), self.now()));
        self.stand_in(account, refused, TokenError::Reconnect(account.clone())).await
    }

    async fn minted(&self, company: &str, location: &str) -> Result<Result<Tokens, Refusal>, TokenError> {
        let helper = Account::Company(company.to_owned());
        // A location waits for its company, never the other way round.
        let access = self.boxed(&helper, None).await?;
        let minted = self.0.issuer.mint(company, &access.token, location).await;
        let minted = match minted {
            Err(Refusal::Invalid) => {
                // The company's own token may have died just now.
                let access = self.boxed(&helper, Some(&access.token)).await?;
                self.0.issuer.mint(company, &access.token, location).await
            }
            other => other,
        };
        Ok(minted.map(|tokens| Tokens { company: Some(company.to_owned()), ..tokens }))
    }

    async fn stand_in(
        &self,
        account: &Account,
        refused: Option<&Secret>,
        otherwise: TokenError,
    ) -> Result<Access, TokenError> {
        let Account::Location(location) = account else { return Err(otherwise) };
        let account = Account::Private(location.clone());
        let private = self.0.store.load(&account).await?;
        let private = private.filter(|stored| refused != Some(&stored.tokens.access));
        private.map(|stored| Access::of(&account, &stored.tokens)).ok_or(otherwise)
    }

    /// Writes, then uses. What cannot be written is tried again behind everybody's back: other processes have nothing
    /// but the store.
    async fn write(
        &self,
        account: &Account,
        slot: &mut Slot,
        expected: Option<u64>,
        tokens: Tokens,
    ) -> Result<Access, TokenError> {
        let outcome = self.write_now(account, slot, expected, tokens).await;
        if slot.unwritten.is_some() {
            tokio::spawn(self.clone().write_later(account.clone()));
        }
        outcome
    }

    async fn write_later(self, account: Account) {
        let slot = self.slot(&account);
        let mut wait = self.0.waits.0[1];
        for _ in 0..WRITES_MAX {
            tokio::time::sleep(wait).await;
            wait *= 2;
            let mut slot = slot.lock().await;
            let Some((expected, tokens)) = slot.unwritten.take() else { return };
            match self.write_now(&account, &mut slot, expected, tokens).await {
                Ok(_) => return,
                Err(error) => {
                    tracing::warn!(account = account.kind(), %error, "new tokens are not written yet")
                }
            }
        }
    }

    async fn write_now(
        &self,
        account: &Account,
        slot: &mut Slot,
        expected: Option<u64>,
        tokens: Tokens,
    ) -> Result<Access, TokenError> {
        match self.0.store.swap(account, expected, &tokens).await {
            Ok(Swap::Done(version)) => {
                let access = Access::of(account, &tokens);
                *slot = Slot { known: Some(Stored { version, tokens }), ..Slot::default() };
                Ok(access)
            }
            // What is there was written by who was quicker: it is theirs that counts from now on.
            Ok(Swap::Lost(Some(theirs))) => {
                let access = Access::of(account, &theirs.tokens);
                *slot = Slot { known: Some(theirs), ..Slot::default() };
                Ok(access)
            }
            // Disconnected meanwhile: nothing is to be kept.
            Ok(Swap::Lost(None)) => {
                *slot = Slot::default();
                Err(TokenError::Unknown(account.clone()))
            }
            Err(error) => {
                slot.unwritten = Some((expected, tokens));
                Err(error.into())
            }
        }
    }

    fn suspend(&self, account: &Account, slot: &mut Slot) -> TokenError {
        let until = self.now().checked_add(SUSPENDED).unwrap_or(Timestamp::MAX);
        slot.suspended_until = Some(until);
        TokenError::Suspended { account: account.clone(), until }
    }
}
