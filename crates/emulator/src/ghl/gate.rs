//! The way of a request: what is it, who asks, may they, is there budget, is it well formed; then the operation, and
//! the fault that may strike at each of these points.

use std::{collections::HashMap, time::Duration};

use serde_json::{Map, Value};

use super::{
    answer::{Answer, Outcome, Refusal},
    call::Call,
    clock::written,
    contract::{Contract, Found, Operation},
    credential::{Holder, Token},
    faults::{Occasion, Rule, Strikes},
    limits::Quota,
    oauth, ops,
    shape::Shape,
    strike,
    world::{Seen, World},
};

/// A request as it came.
#[derive(Clone, Debug, Default)]
pub(super) struct Request {
    /// `POST`.
    pub method: String,
    /// Without the query.
    pub path: String,
    /// Parameters of the query.
    pub query: HashMap<String, String>,
    /// The header `Authorization`, without `Bearer `.
    pub bearer: Option<String>,
    /// The header `Version`.
    pub version: Option<String>,
    /// Whether the body is a form.
    pub form: bool,
    /// The body.
    pub body: Vec<u8>,
    /// Where the emulator is reached.
    pub base: String,
}

/// What comes back.
#[derive(Clone, Debug)]
pub(super) enum Reply {
    /// An answer.
    Answer(Answer),
    /// A page of HTML with a status.
    Html(u16, String),
    /// Nothing for so long, then 504.
    Hang(Duration),
    /// The first half of an answer.
    Cut(Answer),
    /// Another address.
    Redirect(String),
}

/// How much apps and private tokens may ask.
#[derive(Clone, Copy, Debug)]
pub(super) struct Quotas {
    /// An app's.
    pub app: Quota,
    /// A private token's.
    pub private: Quota,
}

/// What is known of a request before anything is decided.
pub(super) struct Known<'a> {
    /// The request.
    pub request: &'a Request,
    /// What it asks for.
    pub operation: Option<&'static Operation>,
    /// Parameters of its path.
    pub path: HashMap<String, String>,
    /// Its token, if it is good.
    pub token: Option<Token>,
    /// Its body.
    pub body: Value,
    /// The location that it is about, as far as it can be seen.
    pub location: Option<String>,
}

/// Answers a request.
pub(super) fn reply(world: &mut World, quotas: Quotas, request: &Request) -> Reply {
    if request.path.ends_with("/oauth/chooselocation") {
        return match oauth::consent(world, &request.query) {
            oauth::Consent::Page(status, page) => Reply::Html(status, page),
            oauth::Consent::Redirect(to) => Reply::Redirect(to),
        };
    }
    let trace = world.chance.uuid();
    let found = Contract::published().find(&request.method, &request.path, request.version.as_deref());
    let known = know(world, request, &found);
    let name = known
        .operation
        .map_or_else(|| format!("{} {}", request.method, request.path), |operation| operation.key.clone());
    let occasion =
        Occasion { name: &name, location: known.location.as_deref(), now: world.now, trace: &trace };
    // Rules are asked about the world that they are part of: set aside meanwhile.
    let mut faults = std::mem::take(&mut world.faults);
    let mut chance = world.chance.clone();
    let rule = faults.draw(Strikes::Request, occasion, &mut chance, |rule| strike::able(rule, &known, world));
    world.chance = chance;
    world.faults = faults;
    let class = rule.as_ref().map(|rule| rule.class);
    let location = known.location.clone();
    let reply = struck(world, quotas, known, &found, rule, &trace);
    let status = match &reply {
        Reply::Answer(answer) | Reply::Cut(answer) => answer.status,
        Reply::Html(status, _) => *status,
        Reply::Hang(_) => 0,
        Reply::Redirect(_) => 302,
    };
    let number = u64::try_from(world.requests.len()).unwrap_or(u64::MAX) + 1;
    world.requests.push(Seen {
        number,
        at: written(world.now),
        operation: name,
        location_id: location,
        status,
        fault: class,
        trace_id: trace,
    });
    reply
}

pub(super) fn know<'a>(world: &World, request: &'a Request, found: &Found<'static>) -> Known<'a> {
    let token = request.bearer.as_deref().and_then(|text| world.credentials.token(text, world.now)).cloned();
    let (operation, path) = match found {
        Found::Operation(operation, path) => (Some(*operation), path.clone()),
        _ => (None, HashMap::new()),
    };
    let body = if request.form {
        let pairs = form_urlencoded::parse(&request.body);
        Value::Object(
            pairs.map(|(name, value)| (name.into_owned(), Value::from(value.into_owned()))).collect(),
        )
    } else {
        serde_json::from_slice(&request.body).unwrap_or(Value::Null)
    };
    let named = path
        .get("locationId")
        .or_else(|| ["locationId", "location_id"].iter().find_map(|name| request.query.get(*name)))
        .cloned()
        .or_else(|| body.get("locationId").and_then(Value::as_str).map(str::to_owned));
    let of_refresh = || {
        let text = ["refresh_token", "refreshToken"].iter().find_map(|name| body.get(*name)?.as_str())?;
        world.credentials.refreshes(text)?.location().map(str::to_owned)
    };
    let own = token.as_ref().and_then(|token| token.holder.location()).map(str::to_owned);
    Known { request, operation, path, token, location: own.or(named).or_else(of_refresh), body }
}

/// With the fault, if there is one.
fn struck(
    world: &mut World,
    quotas: Quotas,
    known: Known<'_>,
    found: &Found<'static>,
    rule: Option<Rule>,
    trace: &str,
) -> Reply {
    let gateway = rule.as_ref().filter(|rule| matches!(rule.class, 7 | 20 | 21 | 23 | 34)).cloned();
    if let Some(rule) = gateway {
        if rule.is_after() && !matches!(rule.class, 7 | 34) {
            // It happens; only the answer is lost.
            let answer = answered(world, quotas, known, found, None, trace);
            if rule.variant.as_deref() == Some("cut") {
                return Reply::Cut(answer);
            }
        }
        return strike::gateway(&rule, trace);
    }
    Reply::Answer(answered(world, quotas, known, found, rule, trace))
}

fn answered(
    world: &mut World,
    quotas: Quotas,
    known: Known<'_>,
    found: &Found<'static>,
    rule: Option<Rule>,
    trace: &str,
) -> Answer {
    let mut headers = Vec::new();
    let drift = rule.as_ref().filter(|rule| rule.class == 24).cloned();
    let mut answer = match judged(world, quotas, known, found, rule, &mut headers) {
        Ok(answer) => answer,
        Err(refusal) => refusal.answer(trace),
    };
    if let Some(rule) = drift.filter(|_| answer.status < 300) {
        strike::drift(&rule, &mut answer.body);
    }
    answer.headers.extend(headers);
    answer
}

fn judged(
    world: &mut World,
    quotas: Quotas,
    known: Known<'_>,
    found: &Found<'static>,
    rule: Option<Rule>,
    headers: &mut Vec<(&'static str, String)>,
) -> Outcome {
    let request = known.request;
    let Some(operation) = known.operation else {
        return Err(match found {
            Found::OtherVersion => Refusal::version(
                &request.method,
                &request.path,
                request.version.as_deref().unwrap_or("2021-07-28"),
            ),
            // The real gateway takes a path in other capitals for one that needs another login.
            Found::MisCased => Refusal::new(401, "Unauthorized"),
            _ => Refusal::new(404, format!("Cannot {} {}", request.method, request.path)),
        });
    };
    if !request.form && !request.body.is_empty() && known.body.is_null() {
        return Err(Refusal::bad("Unexpected token in JSON at position 0"));
    }
    if operation.key == "POST /oauth/token" {
        strike::on_refresh(world, rule.as_ref(), &known);
        return oauth::token(world, &members(&known.body));
    }
    let token = authorised(world, &known, operation, rule.as_ref())?;
    let text = request.bearer.as_deref().unwrap_or_default();
    let resource = token.holder.location().unwrap_or(&world.company.id).to_owned();
    let payer = token.payer(text).to_owned();
    if let Some(rule) = rule.as_ref().filter(|rule| matches!(rule.class, 1 | 2)) {
        let quota = token.quota(quotas.app, quotas.private);
        world.limits.take(&payer, &resource, quota, world.now);
        match rule.class {
            2 => world.limits.exhaust_day(&payer, &resource, rule.seconds, world.now),
            _ => world.limits.exhaust_burst(&payer, &resource),
        }
    }
    let taken = world.limits.take(&payer, &resource, token.quota(quotas.app, quotas.private), world.now);
    headers.extend(taken.headers());
    if !taken.allowed {
        return Err(Refusal::too_many());
    }
    checked(world, known, operation, &token, rule)
}

fn members(body: &Value) -> Map<String, Value> {
    body.as_object().cloned().unwrap_or_default()
}

/// Who asks, in which version, and whether they may.
fn authorised(
    world: &mut World,
    known: &Known<'_>,
    operation: &Operation,
    rule: Option<&Rule>,
) -> Result<Token, Refusal> {
    let request = known.request;
    strike::on_token(world, rule, known);
    let text =
        request.bearer.as_deref().ok_or_else(|| Refusal::new(401, "Authorization header not found"))?;
    let token = world.credentials.token(text, world.now).cloned();
    let token = token.ok_or_else(|| {
        if text.starts_with("pit-") { Refusal::invalid_pit() } else { Refusal::invalid_jwt() }
    })?;
    if operation.version.is_some() {
        let version = request.version.as_deref();
        let version = version.ok_or_else(|| Refusal::new(401, "version header was not found."))?;
        match operation.takes_version(version) {
            None => return Err(Refusal::new(401, "version header is invalid")),
            Some(false) => return Err(Refusal::version(&request.method, &request.path, version)),
            Some(true) => {}
        }
    }
    strike::on_access(world, rule, known, operation)?;
    let access = &operation.access;
    let scopes = match (&token.holder, &access.location, &access.agency) {
        (Holder::Company, _, Some(scopes)) | (Holder::Location(_), Some(scopes), _) => scopes,
        (Holder::Company, ..) => return Err(Refusal::auth_class()),
        (Holder::Location(_), ..) => return Err(Refusal::forbidden_resource()),
    };
    if !scopes.is_empty() && !scopes.iter().any(|scope| token.scopes.contains(scope)) {
        return Err(Refusal::not_this_scope());
    }
    Ok(token)
}

/// Whether it is well formed and about the token's own location; then it is done.
fn checked(
    world: &mut World,
    known: Known<'_>,
    operation: &'static Operation,
    token: &Token,
    rule: Option<Rule>,
) -> Outcome {
    let request = known.request;
    if operation.key == "GET /users/search" && !request.query.contains_key("companyId") {
        return Err(Refusal::new(401, "E01 - Unauthorized request"));
    }
    let v3 = request.version.as_deref() == Some("v3");
    let mut complaints = Vec::new();
    for parameter in &operation.query {
        let camel = oauth::camel(&parameter.name);
        let given = request.query.get(&parameter.name).or_else(|| request.query.get(&camel).filter(|_| v3));
        match given.filter(|value| !value.is_empty()) {
            None if parameter.required => complaints.push(format!("{} can't be undefined", parameter.name)),
            // Lists come as repeated or comma-separated values.
            Some(value) if !matches!(parameter.shape, Shape::Array(_)) => {
                let object = Shape::Object(super::shape::Members {
                    members: [(parameter.name.clone(), parameter.shape.clone())].into(),
                    required: Vec::new(),
                    open: true,
                });
                let mut given = Map::new();
                given.insert(parameter.name.clone(), Value::from(value.as_str()));
                complaints.extend(object.complaints(&Value::Object(given)));
            }
            _ => {}
        }
    }
    let mut body = known.body;
    if let Some(shape) = operation.body.as_ref() {
        let given = if body.is_null() { Value::Object(Map::new()) } else { body.clone() };
        complaints.extend(shape.complaints(&given));
    }
    if !complaints.is_empty() {
        return Err(Refusal::unprocessable(complaints).under(operation.unprocessable));
    }
    let own = token.holder.location();
    if let (Some(own), Some(named)) = (own, named(&known.path, &request.query, &body))
        && own != named
    {
        return Err(Refusal::other_location());
    }
    match operation.key.as_str() {
        "POST /oauth/locationToken" => {
            return oauth::location_token(world, &members(&body), token.scopes.clone());
        }
        "GET /oauth/installedLocations" => return oauth::installed(world, &request.query, v3),
        _ => {}
    }
    let location = own.map(str::to_owned).or(known.location).unwrap_or_default();
    if world.locations.get(&location).is_some_and(|place| place.suspended) {
        return Err(Refusal::bad("Location is not active"));
    }
    if let Some(rule) = &rule {
        strike::on_content(world, rule, operation, &location, &known.path, &mut body)?;
    }
    done(world, operation, known.path, request, body, location, rule)
}

/// Does it, whoever asks.
pub(super) fn done(
    world: &mut World,
    operation: &'static Operation,
    path: HashMap<String, String>,
    request: &Request,
    body: Value,
    location: String,
    fault: Option<Rule>,
) -> Outcome {
    let Some(handler) = ops::handler(&operation.key) else {
        return Err(Refusal::new(501, format!("{} is published and not emulated", operation.key)));
    };
    let (query, base) = (request.query.clone(), request.base.clone());
    let outcome = handler(&mut Call { world, operation, path, query, body, location, fault, base });
    outcome.map_err(
        |refusal| {
            if refusal.status == 422 { refusal.under(operation.unprocessable) } else { refusal }
        },
    )
}

fn named<'a>(
    path: &'a HashMap<String, String>,
    query: &'a HashMap<String, String>,
    body: &'a Value,
) -> Option<&'a str> {
    path.get("locationId")
        .or_else(|| ["locationId", "location_id"].iter().find_map(|name| query.get(*name)))
        .map(String::as_str)
        .or_else(|| body.get("locationId").and_then(Value::as_str))
}
