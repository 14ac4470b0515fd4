//! OAuth: the consent page, the exchange of codes and refresh tokens, tokens of locations minted by the agency.

use std::collections::{BTreeSet, HashMap};

use serde_json::{Map, Value, json};

use super::{
    answer::{Answer, Outcome, Refusal, object, without_nulls},
    clock::written,
    contract::Contract,
    credential::{ACCESS_SECONDS, Holder, Pair},
    events::Event,
    world::World,
};

/// Every scope that any operation wants.
pub(super) fn all_scopes() -> BTreeSet<String> {
    Contract::published().scopes()
}

/// Lets the app into a location or the whole agency: INSTALL is told at once, and the code can be exchanged from now on.
pub(super) fn install(
    world: &mut World,
    holder: &Holder,
    scopes: BTreeSet<String>,
    redirect: &str,
) -> Option<String> {
    let now = world.now;
    let chosen: Vec<String> = match holder {
        Holder::Company => world.locations.keys().cloned().collect(),
        Holder::Location(id) => vec![id.clone()],
    };
    for id in &chosen {
        world.locations.get_mut(id)?.installed.get_or_insert(now);
    }
    let mut told =
        object(json!({ "appId": world.app.id, "companyId": world.company.id, "userId": world.company.owner,
        "isWhitelabelCompany": false, "whitelabelDetails": {}, "companyName": world.company.name }));
    match holder {
        Holder::Location(id) => {
            told.insert("installType".to_owned(), json!("Location"));
            world.events.push(Event::new("INSTALL", Some(id), Value::Object(told)));
        }
        Holder::Company => {
            told.insert("installType".to_owned(), json!("Company"));
            world.events.push(Event::new("INSTALL", None, Value::Object(told)));
        }
    }
    Some(world.credentials.code(&mut world.chance, holder.clone(), scopes, redirect, now))
}

/// Takes the app out of a location again: its tokens die.
pub(super) fn uninstall(world: &mut World, location: &str) {
    let holder = Holder::Location(location.to_owned());
    world.credentials.revoke(&holder, true);
    let body = json!({ "appId": world.app.id, "companyId": world.company.id });
    world.events.push(Event::new("UNINSTALL", Some(location), body));
    if let Some(place) = world.locations.get_mut(location) {
        place.installed = None;
    }
}

/// `POST /oauth/token`
pub(super) fn token(world: &mut World, given: &Map<String, Value>) -> Outcome {
    let text = |names: [&str; 2]| names.iter().find_map(|name| given.get(*name)?.as_str());
    let camel = ["clientId", "grantType", "refreshToken"].iter().any(|name| given.contains_key(*name));
    let known = text(["client_id", "clientId"]) == Some(&world.app.client_id)
        && text(["client_secret", "clientSecret"]) == Some(&world.app.client_secret);
    if !known {
        let mut refusal = Refusal::grant("invalid_client", "Client authentication failed");
        refusal.status = 401;
        return Err(refusal);
    }
    let now = world.now;
    let pair = match text(["grant_type", "grantType"]) {
        Some("authorization_code") => {
            let redirect = text(["redirect_uri", "redirectUri"]);
            let pair = world.credentials.exchange(
                &mut world.chance,
                text(["code", "code"]).unwrap_or_default(),
                redirect,
                now,
            );
            pair.ok_or_else(|| {
                Refusal::grant("invalid_grant", "Invalid grant: authorization code is invalid")
            })?
        }
        Some("refresh_token") => {
            let refresh = text(["refresh_token", "refreshToken"]).unwrap_or_default();
            if let Some(Holder::Location(id)) = world.credentials.refreshes(refresh) {
                active(world, id)?;
            }
            let pair = world.credentials.refresh(&mut world.chance, refresh, now);
            pair.ok_or_else(|| Refusal::grant("invalid_grant", "This refresh token is invalid"))?
        }
        _ => {
            return Err(Refusal::grant(
                "unsupported_grant_type",
                "Unsupported grant type: grant_type is invalid",
            ));
        }
    };
    let answer = granted(world, &pair, false);
    Ok(Answer::ok(if camel { camel_case(answer) } else { answer }))
}

fn active(world: &World, location: &str) -> Result<(), Refusal> {
    match world.locations.get(location) {
        Some(place) if place.suspended => Err(Refusal::bad("Location is not active")),
        _ => Ok(()),
    }
}

fn granted(world: &World, pair: &Pair, minted: bool) -> Value {
    let bulk = pair.holder == Holder::Company;
    without_nulls(json!({
        "access_token": pair.access, "token_type": "Bearer", "expires_in": ACCESS_SECONDS,
        "refresh_token": pair.refresh, "scope": pair.scopes.iter().cloned().collect::<Vec<_>>().join(" "),
        "userType": pair.holder.kind(), "companyId": world.company.id, "locationId": pair.holder.location(),
        "userId": world.company.owner, "isBulkInstallation": bulk,
        "approvedLocations": bulk.then(|| world.locations.keys().cloned().collect::<Vec<_>>()),
        "appId": minted.then_some(&world.app.id), "versionId": minted.then_some(&world.app.version),
    }))
}

fn camel_case(answer: Value) -> Value {
    Value::Object(object(answer).into_iter().map(|(name, value)| (camel(&name), value)).collect())
}

/// `locationId` of `location_id`.
pub(super) fn camel(name: &str) -> String {
    let mut parts = name.split('_');
    let mut camel = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        camel.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        camel.push_str(letters.as_str());
    }
    camel
}

/// `POST /oauth/locationToken`
pub(super) fn location_token(
    world: &mut World,
    given: &Map<String, Value>,
    scopes: BTreeSet<String>,
) -> Outcome {
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let id = text("locationId").unwrap_or_default().to_owned();
    if text("companyId") != Some(&world.company.id) {
        return Err(Refusal::bad("companyId is invalid"));
    }
    if world.locations.get(&id).is_none_or(|place| place.installed.is_none()) {
        return Err(Refusal::bad("Location not found or app is not installed"));
    }
    active(world, &id)?;
    let now = world.now;
    let pair = world.credentials.issue(&mut world.chance, Holder::Location(id), scopes, now);
    Ok(Answer::ok(granted(world, &pair, true)))
}

/// `GET /oauth/installedLocations`
pub(super) fn installed(world: &mut World, query: &HashMap<String, String>, v3: bool) -> Outcome {
    let number =
        |name: &str, default: usize| query.get(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    let wanted = query.get("isInstalled").map(|text| text == "true");
    let all: Vec<Value> = world
        .locations
        .values()
        .filter(|place| wanted.is_none_or(|wanted| place.installed.is_some() == wanted))
        .map(|place| {
            without_nulls(json!({ "_id": place.id, "name": place.name, "address": "1 Main Street",
                "isInstalled": place.installed.is_some(), "versionId": world.app.version,
                "installedAt": place.installed.map(written) }))
        })
        .collect();
    let count = all.len();
    if v3 {
        let from = number("pageToken", 0);
        let page: Vec<Value> = all.into_iter().skip(from).take(number("pageSize", 20)).collect();
        let next = (from + page.len() < count).then(|| (from + page.len()).to_string());
        return Ok(Answer::ok(json!({ "items": page, "pagination": { "nextPageToken": next } })));
    }
    let page: Vec<Value> = all.into_iter().skip(number("skip", 0)).take(number("limit", 20)).collect();
    Ok(Answer::ok(json!({ "locations": page, "count": count, "installToFutureLocations": false })))
}

/// What the consent page comes to.
pub(super) enum Consent {
    /// A page with the choice.
    Page(u16, String),
    /// Chosen: back to the app.
    Redirect(String),
}

/// The consent page: a list of what may be chosen; with `choose` in the address, the choice.
pub(super) fn consent(world: &mut World, query: &HashMap<String, String>) -> Consent {
    let asked = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    if asked("client_id") != world.app.client_id {
        return Consent::Page(
            400,
            "<!doctype html><title>Error</title><p>error.noIntegrationFound".to_owned(),
        );
    }
    let redirect = asked("redirect_uri").to_owned();
    let all = all_scopes();
    let scopes: BTreeSet<String> =
        asked("scope").split([' ', '+']).filter(|scope| all.contains(*scope)).map(str::to_owned).collect();
    let scopes = if scopes.is_empty() { all } else { scopes };
    let holder = match asked("choose") {
        "" => return Consent::Page(200, page(world, query)),
        "company" => Holder::Company,
        id => Holder::Location(id.to_owned()),
    };
    match install(world, &holder, scopes, &redirect) {
        None => Consent::Page(404, "<!doctype html><title>Error</title><p>No such location".to_owned()),
        Some(code) => {
            let mut back = form_urlencoded::Serializer::new(String::new());
            back.append_pair("code", &code);
            if let Some(state) = query.get("state") {
                back.append_pair("state", state);
            }
            let sign = if redirect.contains('?') { '&' } else { '?' };
            Consent::Redirect(format!("{redirect}{sign}{}", back.finish()))
        }
    }
}

fn page(world: &World, query: &HashMap<String, String>) -> String {
    let link = |choose: &str, name: &str| {
        let mut address = form_urlencoded::Serializer::new(String::new());
        for (name, value) in query.iter().collect::<std::collections::BTreeMap<_, _>>() {
            address.append_pair(name, value);
        }
        address.append_pair("choose", choose);
        format!("<li><a href=\"?{}\">{name}</a>", address.finish().replace('&', "&amp;"))
    };
    let mut page =
        String::from("<!doctype html><title>Choose a location</title><h1>Emulated consent</h1><ul>");
    page.push_str(&link("company", "the whole agency"));
    for place in world.locations.values() {
        page.push_str(&link(&place.id, &place.name));
    }
    page
}
