use std::{
    fmt,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use boxed::boxed;
use jiff::Timestamp;

use super::{
    Capabilities, Chance, Clock, Lesson, Road,
    budget::{Budgets, Key, Lane, Limits, Turn, TurnError},
    fault::{Action, Backup, Class, Fault, Outages, Seen, classify},
    oauth::{App, HttpIssuer},
    tokens::{Access, Account, Issuer, Keeper, Route, TokenError, TokenStore, Waits},
    wire::{Ask, BASE, Call, Decoded, Drift, FromWire, Op, RateHeaders, Repeat, Unreadable, Version, decode},
};
use crate::{ConnectError, Response};

mod failure;
mod once;
mod send;
mod verified;

pub use failure::{Failure, Step};
pub use once::Created;
pub(in crate::ghl) use send::form;

/// Attempts at one request, the first included.
const ATTEMPTS_MAX: u32 = 5;
/// The longest wait before the second attempt; doubled for each further one.
const WAIT_BASE: Duration = Duration::from_millis(500);
/// The longest wait of all between attempts.
const WAIT_MAX: Duration = Duration::from_secs(60);
/// How often one request has its token renewed, and how often made anew: a second time for one that died on its way.
const RENEWALS_MAX: u32 = 2;
/// Members that are left out of one request before it counts as wrong in itself.
const STRIPPED_MAX: usize = 5;

/// How a request is to be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct How {
    /// Who goes first.
    pub lane: Lane,
    /// How long it may take, waiting and repeating included.
    pub patience: Duration,
}

impl How {
    /// In `lane`, within a minute.
    pub fn lane(lane: Lane) -> Self {
        Self { lane, patience: Duration::from_secs(60) }
    }

    /// Within `patience`.
    #[must_use]
    pub fn within(self, patience: Duration) -> Self {
        Self { patience, ..self }
    }
}

/// What a client is made of. [`Options::default`] is for GoHighLevel itself; tests name another base.
#[derive(Clone, Debug)]
pub struct Options {
    /// Where the API is.
    pub base: String,
    /// The app in whose name tokens are had; none where private integration tokens are all there is.
    pub app: Option<App>,
    /// What the budget of an app begins with.
    pub limits_app: Limits,
    /// What the budget of a private integration token begins with.
    pub limits_private: Limits,
    /// Waits before the store is read again after a lost race.
    pub token_waits: Waits,
    /// Waits before it is looked whether something was done: search runs behind.
    pub read_back_waits: [Duration; 2],
    /// The longest wait before the second attempt.
    pub retry_base: Duration,
    /// The longest time for one attempt.
    pub attempt_max: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            base: BASE.to_owned(),
            app: None,
            limits_app: Limits::APP,
            limits_private: Limits::PRIVATE,
            token_waits: Waits::default(),
            read_back_waits: [Duration::from_secs(1), Duration::from_secs(4)],
            retry_base: WAIT_BASE,
            attempt_max: Duration::from_secs(30),
        }
    }
}

/// GoHighLevel, asked. Cheap to clone; clones share tokens, budgets, breakers and what was learned.
#[derive(Clone)]
pub struct Client(Arc<Inner>);

struct Inner {
    road: Arc<dyn Road>,
    options: Options,
    keeper: Keeper,
    budgets: Budgets,
    capabilities: Capabilities,
    outages: Mutex<Outages>,
    clock: Clock,
    chance: Chance,
}

impl fmt::Debug for Client {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "ghl::Client({})", self.0.options.base)
    }
}

/// An answer.
#[derive(Clone, Debug, PartialEq)]
pub struct Done<T> {
    /// What it says.
    pub value: T,
    /// Where it was not as published.
    pub drifts: Vec<Drift>,
    /// What had to be got over on the way.
    pub tried: Vec<Step>,
}

#[boxed]
impl Client {
    /// Asks by `road`, with the tokens of `store`.
    pub fn new(
        road: Arc<dyn Road>,
        store: Arc<dyn TokenStore>,
        options: Options,
        clock: Clock,
        chance: Chance,
    ) -> Self {
        let issuer: Arc<dyn Issuer> = Arc::new(HttpIssuer::new(road.clone(), &options, clock.clone()));
        let keeper = Keeper::new(store, issuer, clock.clone(), options.token_waits);
        Self(Arc::new(Inner {
            road,
            options,
            keeper,
            budgets: Budgets::new(clock.clone()),
            capabilities: Capabilities::default(),
            outages: Mutex::default(),
            clock,
            chance,
        }))
    }

    /// The tokens.
    pub fn keeper(&self) -> &Keeper {
        &self.0.keeper
    }

    /// The budgets.
    pub fn budgets(&self) -> &Budgets {
        &self.0.budgets
    }

    /// Requests of `lane` that could be made for `account` at once, and of how many when nobody else asks. Who has no token is
    /// held back by that, and by no budget.
    pub async fn room(&self, account: &Account, lane: Lane) -> (u32, u32) {
        match self.0.keeper.access(account).await {
            Ok(access) => {
                let key = self.key(account, access.route);
                self.0.budgets.room(&key, self.seed(access.route), lane)
            }
            Err(_) => (u32::MAX, u32::MAX),
        }
    }

    /// What was learned.
    pub fn capabilities(&self) -> &Capabilities {
        &self.0.capabilities
    }

    /// Families of operations that fail for many locations at the same time.
    pub fn outages(&self) -> Vec<String> {
        self.watch(|outages| outages.out().map(str::to_owned).collect())
    }

    /// Makes a request for `account` and reads its answer. What can be cured is: waits, renewed tokens, repeats where
    /// they are harmless, refused members, the other version, the other credential.
    ///
    /// # Errors
    /// What is left: its [`Fault::action`] is the caller's to take.
    pub async fn perform<T: FromWire>(
        &self,
        account: &Account,
        call: &Call<T>,
        how: How,
    ) -> Result<Done<T>, Failure> {
        let op = call.ask.op;
        let outcome = self.ask(account, &call.ask, how).await;
        let (response, tried) = outcome.map_err(|failure| failure.asked(&call.ask))?;
        match decode(&response.body) {
            Ok(Decoded { value, drifts }) => {
                for drift in &drifts {
                    tracing::warn!(
                        operation = op.key(), path = %drift.path, expected = drift.expected, found = drift.found,
                        "an answer of GoHighLevel is not as published"
                    );
                }
                Ok(Done { value, drifts, tried })
            }
            Err(error) => {
                let (class, drifts) = match error {
                    Unreadable::NotJson => (Class::NotJson, Vec::new()),
                    Unreadable::Empty(drifts) => (Class::Drift, drifts),
                };
                let status = Some(response.status.as_u16());
                let message = Some("the answer lacks what was asked for".to_owned());
                let fault = Fault { class, action: Action::Quarantine, status, message, trace_id: None };
                Err(Failure { drifts, ..Failure::of(op, fault, tried) }.asked(&call.ask))
            }
        }
    }

    fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    fn watch<T>(&self, work: impl FnOnce(&mut Outages) -> T) -> T {
        work(&mut self.0.outages.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
