//! Installing the app: consent, the code for tokens, where it is installed, and the endpoints that renew tokens.

use std::{sync::Arc, time::Duration};

use boxed::boxed;
use jiff::{SignedDuration, Timestamp};

use super::{
    Clock, Road,
    client::{Options, form},
    fault::{Class, Fault, Seen, classify},
    tokens::{Account, Issuer, IssuerFuture, Refusal, Secret, Tokens},
    wire::{Ask, CONSENT, Call, Fields, FromWire, Op, decode, header},
};
use crate::{Limits, Request, RequestError, Response, Retry};

/// How long tokens live when their answer does not say: a day, as published.
const LIFE: Duration = Duration::from_secs(86_399);
/// The longest time for the token endpoint, repeats included: below the 30 s in which the same refresh token gives the
/// same pair.
const TOKEN_MAX: Duration = Duration::from_secs(25);
const FORM: &str = "application/x-www-form-urlencoded";

/// The marketplace app in whose name a hub asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct App {
    /// Its client identifier.
    pub client_id: String,
    /// Its client secret.
    pub client_secret: Secret,
}

impl App {
    /// The identifier of the app that webhooks carry: what precedes the dash of the client identifier.
    pub fn app_id(&self) -> &str {
        self.client_id.split('-').next().unwrap_or_default()
    }

    /// Where a person gives consent. `state` comes back with the code and is to be compared; `version` is the app's
    /// version that is to be installed.
    pub fn consent_url(
        &self,
        redirect_uri: &str,
        scopes: &[&str],
        state: &str,
        version: Option<&str>,
    ) -> String {
        let scope = scopes.join(" ");
        let mut pairs = vec![
            ("response_type", "code"),
            ("redirect_uri", redirect_uri),
            ("client_id", &self.client_id),
            ("scope", &scope),
            ("state", state),
        ];
        pairs.extend(version.map(|version| ("version_id", version)));
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        format!("{CONSENT}?{}", query.extend_pairs(pairs).finish())
    }
}

/// What the token endpoint gave, and to whom.
#[derive(Clone, Debug, PartialEq)]
pub struct Grant {
    /// Whose tokens they are.
    pub account: Account,
    /// The tokens.
    pub tokens: Tokens,
    /// Whether the company installed the app in many locations at once: their tokens are to be made one by one.
    pub is_bulk: bool,
    /// Locations that were named, if any.
    pub locations: Vec<String>,
}

/// A token answer; both spellings, by version, are read.
struct TokenAnswer {
    access: String,
    refresh: Option<String>,
    life: Duration,
    scopes: Vec<String>,
    is_company: bool,
    company: Option<String>,
    location: Option<String>,
    user: Option<String>,
    is_bulk: bool,
    locations: Vec<String>,
}

impl FromWire for TokenAnswer {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let scope = fields.text("scope").unwrap_or_default();
        let life = fields.count("expires_in").or_else(|| fields.count("expiresIn")).map(Duration::from_secs);
        let location = fields.text("locationId");
        let user_type = fields.text("userType");
        Some(Self {
            access: fields.first_text(&["access_token", "accessToken"])?,
            refresh: fields.first_text(&["refresh_token", "refreshToken"]),
            life: life.unwrap_or(LIFE),
            scopes: scope.split_whitespace().map(str::to_owned).collect(),
            is_company: user_type
                .as_deref()
                .map_or(location.is_none(), |kind| kind.eq_ignore_ascii_case("company")),
            company: fields.text("companyId"),
            location,
            user: fields.text("userId"),
            is_bulk: fields.flag("isBulkInstallation").unwrap_or(false),
            locations: fields.texts("approvedLocations"),
        })
    }
}

impl TokenAnswer {
    fn tokens(&self, now: Timestamp) -> Tokens {
        let life = SignedDuration::try_from(self.life).unwrap_or(SignedDuration::from_hours(24));
        Tokens {
            access: Secret::new(&self.access),
            refresh: self.refresh.as_deref().map(Secret::new),
            given_at: now,
            expires_at: now.checked_add(life).ok(),
            scopes: self.scopes.clone(),
            company: self.company.clone(),
            user: self.user.clone(),
        }
    }
}

/// Why there is no grant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GrantError {
    /// No app is configured.
    #[error("no marketplace app is configured")]
    NoApp,
    /// The code is refused, or there is no answer.
    #[error("the code could not be exchanged: {0}")]
    Refused(Box<Fault>),
    /// The answer names neither a location nor a company.
    #[error("the answer of the token endpoint cannot be read")]
    Unreadable,
}

/// The token endpoints, asked directly: whoever renews tokens cannot wait for tokens.
pub struct HttpIssuer {
    road: Arc<dyn Road>,
    base: String,
    app: Option<App>,
    clock: Clock,
}

#[boxed]
impl HttpIssuer {
    /// Asks by `road`.
    pub fn new(road: Arc<dyn Road>, options: &Options, clock: Clock) -> Self {
        Self { road, base: options.base.clone(), app: options.app.clone(), clock }
    }

    /// Exchanges the code of a consent, once.
    ///
    /// # Errors
    /// When it is refused, or the answer cannot be read.
    pub async fn exchange(
        &self,
        code: &str,
        redirect_uri: &str,
        is_company: bool,
    ) -> Result<Grant, GrantError> {
        let app = self.app.as_ref().ok_or(GrantError::NoApp)?;
        let user_type = if is_company { "Company" } else { "Location" };
        let pairs = app.form(&[
            ("grant_type", "authorization_code"),
            ("code", code),
            ("user_type", user_type),
            ("redirect_uri", redirect_uri),
        ]);
        let answer = self.ask(&pairs).await.map_err(|fault| GrantError::Refused(Box::new(fault)))?;
        let answer = decode::<TokenAnswer>(&answer.body).map_err(|_| GrantError::Unreadable)?.value;
        let account = match (&answer.location, &answer.company) {
            (Some(location), _) if !answer.is_company => Account::Location(location.clone()),
            (_, Some(company)) => Account::Company(company.clone()),
            _ => return Err(GrantError::Unreadable),
        };
        let tokens = answer.tokens((self.clock)());
        Ok(Grant { account, tokens, is_bulk: answer.is_bulk, locations: answer.locations })
    }

    async fn ask(&self, pairs: &[(String, String)]) -> Result<Response, Fault> {
        let send = async |request: Result<Request, RequestError>| {
            let outcome = self.road.send(&request?).await;
            Ok::<_, RequestError>(outcome)
        };
        let request = Request::post(&format!("{}/oauth/token", self.base), FORM, form(pairs))
            .and_then(|request| request.header("accept", "application/json"))
            // A lost answer to a refresh token is had again for some seconds.
            .map(|request| request.limits(limits()).retry(Retry::few()).repeatable().lane("ghl oauth token"));
        match send(request).await {
            Ok(outcome) => {
                match classify(Seen { op: Op::OauthToken, outcome: &outcome, is_renewed: false }) {
                    None => outcome.map_err(|error| nothing(error.kind())),
                    Some(fault) => Err(fault),
                }
            }
            Err(error) => Err(nothing(&error.to_string())),
        }
    }

    async fn refreshed(&self, account: &Account, old: &Tokens) -> Result<Tokens, Refusal> {
        let (Some(app), Some(refresh)) = (&self.app, &old.refresh) else { return Err(Refusal::Invalid) };
        let user_type = if matches!(account, Account::Company(_)) { "Company" } else { "Location" };
        let pairs = app.form(&[
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh.expose()),
            ("user_type", user_type),
        ]);
        let answer = self.ask(&pairs).await.map_err(|fault| refusal(&fault))?;
        self.read(&answer)
    }

    async fn minted(&self, company: &str, access: &Secret, location: &str) -> Result<Tokens, Refusal> {
        let op = Op::OauthLocationToken;
        let operation = op.operation();
        let pairs = [("companyId", company), ("locationId", location)];
        let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let target = Ask::new(op, &[]).target(operation.version).unwrap_or_default();
        let request = Request::post(&format!("{}{target}", self.base), FORM, form(&pairs))
            .and_then(|request| request.header("accept", "application/json"))
            .and_then(|request| {
                request.header(header::VERSION, operation.version.map_or("", |it| it.as_str()))
            })
            .and_then(|request| request.bearer(access.expose()))
            .map(|request| request.limits(limits()).retry(Retry::few()).repeatable().lane("ghl oauth mint"))
            .map_err(|_| Refusal::Invalid)?;
        let outcome = self.road.send(&request).await;
        if let Some(fault) = classify(Seen { op, outcome: &outcome, is_renewed: false }) {
            return Err(refusal(&fault));
        }
        self.read(&outcome.map_err(|_| Refusal::Unavailable)?)
    }

    fn read(&self, answer: &Response) -> Result<Tokens, Refusal> {
        let answer = decode::<TokenAnswer>(&answer.body).map_err(|_| Refusal::Unavailable)?;
        Ok(answer.value.tokens((self.clock)()))
    }
}

impl Issuer for HttpIssuer {
    fn refresh<'a>(&'a self, account: &'a Account, old: &'a Tokens) -> IssuerFuture<'a> {
        Box::pin(self.refreshed(account, old))
    }

    fn mint<'a>(
        &'a self,
        company: &'a str,
        company_access: &'a Secret,
        location: &'a str,
    ) -> IssuerFuture<'a> {
        Box::pin(self.minted(company, company_access, location))
    }
}

impl App {
    fn form(&self, pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        let own = [("client_id", self.client_id.as_str()), ("client_secret", self.client_secret.expose())];
        own.iter().chain(pairs).map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }
}

fn refusal(fault: &Fault) -> Refusal {
    match fault.class {
        Class::LocationInactive => Refusal::Inactive,
        Class::Unavailable
        | Class::EffectUnknown
        | Class::NotJson
        | Class::GatewayAs401
        | Class::BurstLimit
        | Class::DayLimit => Refusal::Unavailable,
        _ => Refusal::Invalid,
    }
}

fn nothing(reason: &str) -> Fault {
    let message = Some(reason.to_owned());
    let action = super::fault::Action::Retry { after: None };
    Fault { class: Class::Unavailable, action, status: None, message, trace_id: None }
}

fn limits() -> Limits {
    Limits { headers: Duration::from_secs(8), total: TOKEN_MAX, ..Limits::default() }
}

/// A location in which the app is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledLocation {
    /// The location.
    pub id: String,
    /// Its name.
    pub name: Option<String>,
    /// Whether it still is.
    pub is_installed: bool,
    /// Since when.
    pub installed_at: Option<Timestamp>,
}

impl FromWire for InstalledLocation {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        Some(Self {
            id: fields.first_text(&["_id", "id", "locationId"])?,
            name: fields.text("name"),
            is_installed: fields.flag("isInstalled").unwrap_or(true),
            installed_at: fields.instant("installedAt"),
        })
    }
}

/// A page of [`InstalledLocation`]s.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InstalledLocations {
    /// The locations.
    pub locations: Vec<InstalledLocation>,
    /// How many there are in all.
    pub count: Option<u64>,
}

impl FromWire for InstalledLocations {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let name = if fields.get("items").is_some() { "items" } else { "locations" };
        Some(Self { locations: fields.list(name), count: fields.count("count") })
    }
}

/// Where the app is installed: a page from `skip`.
pub fn installed_locations(company: &str, app_id: &str, skip: u64, limit: u32) -> Call<InstalledLocations> {
    Call::new(Op::OauthInstalledLocations, &[])
        .with("companyId", company)
        .with("appId", app_id)
        .with("isInstalled", "true")
        .with("skip", skip.to_string())
        .with("limit", limit.to_string())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn app() -> App {
        App { client_id: "6878cec4-mabc".to_owned(), client_secret: Secret::new("s3cret") }
    }

    fn read(value: &serde_json::Value) -> TokenAnswer {
        decode::<TokenAnswer>(value.to_string().as_bytes()).unwrap().value
    }

    #[test]
    fn consent_is_asked_for_with_everything_encoded() {
        let url = app().consent_url(
            "https://h/back?a=b",
            &["contacts.readonly", "contacts.write"],
            "st&ate",
            Some("v1"),
        );
        assert_eq!(
            url,
            "https://marketplace.gohighlevel.com/v2/oauth/chooselocation?response_type=code&\
             redirect_uri=https%3A%2F%2Fh%2Fback%3Fa%3Db&client_id=6878cec4-mabc&\
             scope=contacts.readonly+contacts.write&state=st%26ate&version_id=v1"
        );
        assert_eq!(app().app_id(), "6878cec4");
        assert!(!format!("{:?}", app()).contains("s3cret"));
    }

    #[test]
    fn tokens_are_read_in_both_spellings() {
        let dates = read(&json!({
            "access_token": "a", "refresh_token": "r", "expires_in": 86399, "scope": "x y", "userType": "Location",
            "companyId": "K", "locationId": "L", "isBulkInstallation": "true"
        }));
        let v3 = read(&json!({
            "accessToken": "a", "refreshToken": "r", "expiresIn": "86399", "scope": "x y", "userType": "Location",
            "companyId": "K", "locationId": "L", "isBulkInstallation": true
        }));
        let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
        assert_eq!(dates.tokens(now), v3.tokens(now));
        assert_eq!((dates.is_bulk, dates.is_company, dates.scopes.len()), (true, false, 2));
        let expires = dates.tokens(now).expires_at.unwrap();
        assert_eq!(expires.duration_since(now), SignedDuration::from_secs(86_399));
        let minted = read(&json!({ "access_token": "a", "locationId": "L" }));
        assert!(
            minted.refresh.is_none() && !minted.is_company,
            "a minted one may come without a refresh token"
        );
        assert!(read(&json!({ "access_token": "a", "companyId": "K" })).is_company);
    }
}
