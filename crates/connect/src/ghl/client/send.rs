use hyper::Method;

use super::*;
use crate::{
    Body as ReadBody, Limits as AttemptLimits, Request, RequestError, Stage,
    ghl::wire::{Body, header},
};

/// Longest answer that is read: a page of five hundred messages.
const ANSWER_BYTES_MAX: usize = 16 * 1024 * 1024;

/// One request under way, through everything that may befall it.
struct Run {
    ask: Ask,
    account: Account,
    version: Option<Version>,
    tried: Vec<Step>,
    attempts: u32,
    stripped: usize,
    renewals: u32,
    remints: u32,
    is_other_version: bool,
    is_other_account: bool,
    lane: Lane,
    ends: Timestamp,
}

/// What follows a fault.
enum Next {
    Again(Duration),
    Stop(Box<Failure>),
}

impl Client {
    /// Makes a request until it is answered well, or nothing more can be done here.
    pub(super) async fn ask(
        &self,
        account: &Account,
        ask: &Ask,
        how: How,
    ) -> Result<(Response, Vec<Step>), Failure> {
        let op = ask.op;
        let now = self.now();
        let mut run = Run {
            ask: ask.clone(),
            account: account.clone(),
            version: self.0.capabilities.version(op, now),
            tried: Vec::new(),
            attempts: 0,
            stripped: 0,
            renewals: 0,
            remints: 0,
            is_other_version: false,
            is_other_account: false,
            lane: how.lane,
            ends: now.checked_add(how.patience).unwrap_or(Timestamp::MAX),
        };
        self.0.capabilities.prepare(&mut run.ask, now);
        loop {
            let access = match self.0.keeper.access(&run.account).await {
                Ok(access) => access,
                Err(error) => return Err(Failure::of_tokens(op, error, run.tried)),
            };
            let key = self.key(&run.account, access.route);
            let seed = self.seed(access.route);
            let patience = left(run.ends, self.now());
            let turn = match self.0.budgets.turn(&key, seed, how.lane, patience).await {
                Ok(turn) => turn,
                Err(error) => match self.other_credential(&mut run, how, access.route, error).await {
                    true => continue,
                    false => return Err(Failure::of_turn(op, error, self.now(), run.tried)),
                },
            };
            run.attempts += 1;
            let request = match self.request(&run, &access) {
                Ok(request) => request,
                Err(error) => return Err(Failure::of(op, unsendable(&error), run.tried)),
            };
            let outcome = self.0.road.send(&request).await;
            let fault = classify(Seen { op, outcome: &outcome, is_renewed: run.renewals > 0 });
            self.settle(turn, &outcome);
            self.report(&run.ask, &run.account, fault.as_ref());
            let fault = match (outcome, fault) {
                (Ok(response), None) => return Ok((response, run.tried)),
                (_, Some(fault)) => fault,
                (Err(error), None) => Fault {
                    class: Class::Unavailable,
                    action: Action::Retry { after: None },
                    status: None,
                    message: Some(error.kind().to_owned()),
                    trace_id: None,
                },
            };
            tracing::debug!(
                operation = op.key(),
                class = fault.class.number(),
                status = fault.status,
                "a fault"
            );
            run.tried.push(Step { at: self.now(), fault: fault.clone() });
            match self.react(&mut run, how, &access, fault).await {
                Next::Again(wait) if wait.is_zero() => {}
                Next::Again(wait) => tokio::time::sleep(wait).await,
                Next::Stop(failure) => return Err(*failure),
            }
        }
    }

    async fn react(&self, run: &mut Run, how: How, access: &Access, fault: Fault) -> Next {
        let again = Next::Again(Duration::ZERO);
        match &fault.action {
            Action::Retry { after } => self.later(run, &fault, *after),
            Action::Park { until } => {
                let until =
                    until.and_then(|until| self.now().checked_add(until).ok()).unwrap_or(Timestamp::MAX);
                match self.other_credential(run, how, access.route, TurnError::Parked { until }).await {
                    true => again,
                    false => stop(run, fault),
                }
            }
            Action::Refresh if run.renewals < RENEWALS_MAX => {
                run.renewals += 1;
                match self.0.keeper.rejected(&run.account, &access.token).await {
                    Ok(_) => again,
                    Err(error) => self.without_token(run, error),
                }
            }
            Action::Remint if run.remints < RENEWALS_MAX => {
                run.remints += 1;
                let (Account::Location(location), Some(company)) = (&run.account, &access.company) else {
                    return stop(run, fault);
                };
                match self.0.keeper.mint(company, location).await {
                    Ok(_) => again,
                    Err(_) => stop(run, fault),
                }
            }
            Action::UseCompany if !run.is_other_account => {
                let Some(company) = access.company.clone() else { return stop(run, fault) };
                run.is_other_account = true;
                run.account = Account::Company(company);
                again
            }
            Action::FailOver(Backup::Version) if !run.is_other_version => {
                run.is_other_version = true;
                let now = self.now();
                let op = run.ask.op;
                if run.version == Some(Version::V3) {
                    self.0.capabilities.forget(op, &Lesson::OtherVersion);
                    run.version = op.operation().version;
                } else if op.operation().twin.is_some() {
                    self.0.capabilities.learn(op, Lesson::OtherVersion, now);
                    run.version = Some(Version::V3);
                } else {
                    return stop(run, fault);
                }
                again
            }
            Action::StripField(member) if run.stripped < STRIPPED_MAX => {
                run.stripped += 1;
                if !run.ask.strip(member) {
                    return stop(run, fault);
                }
                self.0.capabilities.learn(run.ask.op, Lesson::Refused(member.clone()), self.now());
                again
            }
            Action::Suspend => {
                self.0.keeper.suspended(&run.account).await;
                stop(run, fault)
            }
            _ => stop(run, fault),
        }
    }

    /// Again after a wait: what is asked for, or exponentially with full jitter.
    fn later(&self, run: &Run, fault: &Fault, after: Option<Duration>) -> Next {
        if run.attempts >= ATTEMPTS_MAX {
            return stop(run, fault.clone());
        }
        // The budget is closed already, and the next turn waits for it.
        if fault.class == Class::BurstLimit {
            return Next::Again(Duration::ZERO);
        }
        let doubled = self.0.options.retry_base.saturating_mul(1 << (run.attempts - 1).min(16));
        let longest = doubled.min(WAIT_MAX);
        let nanos = (u128::from((self.0.chance)()) * (longest.as_nanos() + 1)) >> 64;
        let wait = after.unwrap_or_default() + Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
        if wait >= left(run.ends, self.now()) { stop(run, fault.clone()) } else { Next::Again(wait) }
    }

    /// When the day of the app is used up, the urgent go by the private integration token, which has a day of its own; where
    /// there is none, they wait like everybody.
    async fn other_credential(&self, run: &mut Run, how: How, route: Route, error: TurnError) -> bool {
        let is_urgent = how.lane <= Lane::Routing && matches!(error, TurnError::Parked { .. });
        let Account::Location(location) = &run.account else { return false };
        if !is_urgent || route == Route::Private || run.is_other_account {
            return false;
        }
        let private = Account::Private(location.clone());
        if self.0.keeper.access(&private).await.is_err() {
            return false;
        }
        run.is_other_account = true;
        run.account = private;
        true
    }

    fn without_token(&self, run: &Run, error: TokenError) -> Next {
        Next::Stop(Box::new(Failure::of_tokens(run.ask.op, error, run.tried.clone())))
    }

    fn request(&self, run: &Run, access: &Access) -> Result<Request, RequestError> {
        let operation = run.ask.op.operation();
        let target = run.ask.target(run.version).unwrap_or_else(|| operation.path.clone());
        let url = format!("{}{target}", self.0.options.base);
        let mut request = Request::new(operation.method.clone(), &url)?
            .header("accept", "application/json")?
            .bearer(access.token.expose())?;
        if let Some(version) = run.version {
            request = request.header(header::VERSION, version.as_str())?;
        }
        request = match &run.ask.body {
            Body::Empty => request,
            Body::Json(value) => request.body("application/json", value.to_string())?,
            Body::Form(pairs) => request.body("application/x-www-form-urlencoded", form(pairs))?,
        };
        debug_assert!(operation.method != Method::GET || run.ask.body == Body::Empty);
        let total =
            self.0.options.attempt_max.min(left(run.ends, self.now()).max(Duration::from_millis(100)));
        let limits = AttemptLimits { headers: total, total, body: ReadBody::Read(ANSWER_BYTES_MAX) };
        // What is urgent has a breaker of its own: upkeep that fails again and again holds up no reply.
        let urgency = if run.lane <= Lane::Routing { " urgent" } else { "" };
        let lane = format!("ghl {} {}{urgency}", operation.family, run.account.resource());
        Ok(request.limits(limits).lane(lane))
    }

    fn settle(&self, turn: Turn<'_>, outcome: &Result<Response, ConnectError>) {
        match outcome {
            Ok(response) => {
                let seen = RateHeaders::read(&response.headers);
                if response.status.as_u16() == 429 {
                    turn.refused(&seen, (self.0.chance)());
                } else {
                    turn.settle(&seen);
                }
            }
            Err(error) if is_unsent(error) => turn.unsent(),
            Err(_) => drop(turn),
        }
    }

    fn report(&self, ask: &Ask, account: &Account, fault: Option<&Fault>) {
        let is_failure = fault.is_some_and(|fault| {
            matches!(
                fault.class,
                Class::Unavailable | Class::EffectUnknown | Class::NotJson | Class::GatewayAs401
            )
        });
        let (family, now) = (&ask.op.operation().family, self.now());
        self.watch(|outages| outages.report(family, account.resource(), is_failure, now));
    }

    pub(super) fn key(&self, account: &Account, route: Route) -> Key {
        let credential = match route {
            Route::Private => "private",
            Route::App => "app",
        };
        Key { credential: credential.to_owned(), resource: account.resource().to_owned() }
    }

    pub(super) fn seed(&self, route: Route) -> Limits {
        match route {
            Route::App => self.0.options.limits_app,
            Route::Private => self.0.options.limits_private,
        }
    }
}

/// Whether nothing reached GoHighLevel, so that nothing was counted there.
fn is_unsent(error: &ConnectError) -> bool {
    matches!(
        error,
        ConnectError::BreakerOpen { .. }
            | ConnectError::Paused { .. }
            | ConnectError::Egress(_)
            | ConnectError::Setup(_)
            | ConnectError::Resolve { .. }
            | ConnectError::Connect { .. }
            | ConnectError::Timeout { stage: Stage::Turn | Stage::Connecting, .. }
    )
}

/// A form as it is sent.
pub(in crate::ghl) fn form(pairs: &[(String, String)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

fn left(ends: Timestamp, now: Timestamp) -> Duration {
    ends.duration_since(now).try_into().unwrap_or_default()
}

fn stop(run: &Run, fault: Fault) -> Next {
    Next::Stop(Box::new(Failure::of(run.ask.op, fault, run.tried.clone())))
}

fn unsendable(error: &RequestError) -> Fault {
    let message = Some(error.to_string());
    Fault { class: Class::Misaddressed, action: Action::DeadLetter, status: None, message, trace_id: None }
}
