//! Faults at the points of a request's way: which can strike, and what they do there.

use std::{collections::HashMap, time::Duration};

use serde_json::{Value, json};

use super::{
    answer::{Answer, Refusal},
    contract::Operation,
    credential::Holder,
    faults::Rule,
    gate::{Known, Reply},
    shape::Shape,
    world::{Gone, World},
};

/// Fields that are lost in silence most often, in the order in which one is chosen.
const LOSABLE: [&str; 8] = [
    "customFields",
    "tags",
    "assignedTo",
    "monetaryValue",
    "pipelineStageId",
    "dndSettings",
    "phone",
    "body",
];
/// Operations that refuse what exists already.
const UNIQUE: [&str; 3] = ["POST /contacts/", "POST /conversations/", "POST /opportunities/"];
const BOOKING: &str = "POST /calendars/events/appointments";

/// Whether a fault of this class makes sense here.
pub(super) fn able(rule: &Rule, known: &Known<'_>, world: &World) -> bool {
    let Some(operation) = known.operation else { return rule.class == 34 };
    let key = operation.key.as_str();
    if key == "POST /oauth/token" {
        let refreshing = ["grant_type", "grantType"].iter().any(|name| known.body[*name] == "refresh_token");
        return matches!(rule.class, 20 | 23 | 34) || (matches!(rule.class, 4 | 5 | 12) && refreshing);
    }
    let token = known.token.as_ref();
    let contact = || {
        let place = known.location.as_deref().and_then(|id| world.locations.get(id));
        known.path.get("contactId").is_some_and(|id| place.is_some_and(|place| place.contact(id).is_some()))
    };
    match rule.class {
        1 | 2 => token.is_some(),
        3..=5 => token.is_some_and(|token| !token.private),
        6 => token.is_some() && operation.access.location.as_ref().is_some_and(|scopes| !scopes.is_empty()),
        9 | 12 => token.is_some_and(|token| token.holder.location().is_some()),
        11 => operation.version.is_some() && known.request.version.as_deref() != Some("v3"),
        13 => unwelcome(rule, operation, &known.body).is_some(),
        14 => doubtful(rule, &known.body).is_some(),
        15 => UNIQUE.contains(&key),
        16 => contact(),
        17 => {
            key.contains("/opportunities/")
                && ["pipelineId", "pipelineStageId"].iter().any(|name| known.body[*name].is_string())
        }
        18 => key == BOOKING || key.ends_with("/workflow/{workflowId}") && key.starts_with("POST"),
        19 => key == BOOKING,
        21 => key.starts_with("POST ") && !operation.reads(),
        22 => key.contains("/bulk/tags/") || (!operation.reads() && losable(rule, &known.body).is_some()),
        35..=38 => key == "POST /conversations/messages" && known.body["type"] == "SMS",
        40 => token.is_some_and(|token| token.private),
        _ => true,
    }
}

fn unwelcome(rule: &Rule, operation: &Operation, body: &Value) -> Option<String> {
    let given = body.as_object()?;
    if let Some(field) = &rule.field {
        return given.contains_key(field).then(|| field.clone());
    }
    let Some(Shape::Object(members)) = &operation.body else { return None };
    given.keys().rev().find(|name| !members.required.contains(name)).cloned()
}

fn doubtful(rule: &Rule, body: &Value) -> Option<String> {
    let named = rule.field.as_deref();
    let field = named.or_else(|| ["phone", "email"].into_iter().find(|name| body[*name].is_string()))?;
    (!body[field].is_null()).then(|| field.to_owned())
}

fn losable(rule: &Rule, body: &Value) -> Option<String> {
    let given = body.as_object()?;
    let named = rule.field.as_deref();
    let field = named.or_else(|| LOSABLE.into_iter().find(|name| given.contains_key(*name)))?;
    given.contains_key(field).then(|| field.to_owned())
}

/// What a gateway answers by itself.
pub(super) fn gateway(rule: &Rule, trace: &str) -> Reply {
    let answer = |status: u16, message: &str| Refusal::new(status, message).answer(trace);
    match (rule.class, rule.variant_or(if rule.class == 23 { "html" } else { "503" })) {
        (7, _) => Reply::Answer(answer(401, "Command timed out")),
        (23, _) => Reply::Html(
            502,
            "<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head><body><h1>502</h1>cloudflare</body></html>"
                .to_owned(),
        ),
        (_, "hang") => Reply::Hang(Duration::from_secs(u64::from(rule.seconds.unwrap_or(30)))),
        (_, "cut") => Reply::Cut(answer(500, "this answer is cut in the middle, as connections sometimes are")),
        (_, status) => {
            let status = status.parse::<u16>().ok().filter(|status| (400..600).contains(status)).unwrap_or(503);
            let words = match status {
                500 => "Internal Server Error",
                502 => "Bad Gateway",
                504 => "upstream request timeout",
                _ => "Service Unavailable",
            };
            Reply::Answer(answer(status, words))
        }
    }
}

/// Before a refresh token is looked at.
pub(super) fn on_refresh(world: &mut World, rule: Option<&Rule>, known: &Known<'_>) {
    let Some(rule) = rule else { return };
    let text = ["refresh_token", "refreshToken"].iter().find_map(|name| known.body.get(*name)?.as_str());
    let text = text.unwrap_or_default();
    let holder = world.credentials.refreshes(text).cloned();
    match (rule.class, holder) {
        (4, _) => world.credentials.lose_race(&mut world.chance, text, world.now),
        (5, Some(holder)) => revoke(world, rule, &holder),
        (12, Some(Holder::Location(id))) => suspend(world, &id),
        _ => {}
    }
}

fn revoke(world: &mut World, rule: &Rule, holder: &Holder) {
    world.credentials.revoke(holder, true);
    if rule.variant.as_deref() == Some("company") {
        world.credentials.revoke(&Holder::Company, true);
    }
}

fn suspend(world: &mut World, location: &str) {
    if let Some(place) = world.locations.get_mut(location) {
        place.suspended = true;
    }
}

/// Before a token is looked at.
pub(super) fn on_token(world: &mut World, rule: Option<&Rule>, known: &Known<'_>) {
    let (Some(rule), Some(token)) = (rule, &known.token) else { return };
    let text = known.request.bearer.as_deref().unwrap_or_default();
    match rule.class {
        3 => world.credentials.expire(text, world.now),
        4 => {
            world.credentials.expire(text, world.now);
            world.credentials.lose_all_races(&mut world.chance, &token.holder, world.now);
        }
        5 => revoke(world, rule, &token.holder),
        12 => {
            if let Holder::Location(id) = &token.holder {
                suspend(world, id);
            }
        }
        40 => {
            let _ = world.credentials.rotate(&mut world.chance, text, world.now);
        }
        _ => {}
    }
}

/// Before it is decided whether the token may.
pub(super) fn on_access(
    world: &mut World,
    rule: Option<&Rule>,
    known: &Known<'_>,
    operation: &Operation,
) -> Result<(), Refusal> {
    let (Some(rule), Some(token)) = (rule, &known.token) else { return Ok(()) };
    let request = known.request;
    match rule.class {
        6 => {
            if rule.variant.as_deref() == Some("withdraw") {
                for scope in operation.access.location.iter().flatten() {
                    world.credentials.withdraw_scope(&token.holder, scope);
                }
            }
            Err(Refusal::not_this_scope())
        }
        8 => Err(Refusal::new(401, "E01 - Unauthorized request")),
        9 => Err(Refusal::other_location()),
        10 => Err(Refusal::forbidden_resource()),
        11 => Err(Refusal::version(
            &request.method,
            &request.path,
            request.version.as_deref().unwrap_or_default(),
        )),
        _ => Ok(()),
    }
}

/// Before the operation.
pub(super) fn on_content(
    world: &mut World,
    rule: &Rule,
    operation: &Operation,
    location: &str,
    path: &HashMap<String, String>,
    body: &mut Value,
) -> Result<(), Refusal> {
    match rule.class {
        13 => match unwelcome(rule, operation, body) {
            Some(field) => Err(Refusal::unprocessable(vec![format!("property {field} should not exist")])),
            None => Ok(()),
        },
        14 => match doubtful(rule, body) {
            Some(field) if field == "email" => {
                Err(Refusal::unprocessable(vec!["email must be an email".to_owned()]))
            }
            Some(field) => {
                Err(Refusal::unprocessable(vec![format!("{field} must be a valid {field} number")]))
            }
            None => Ok(()),
        },
        16 => {
            if let Some(id) = path.get("contactId") {
                contact_gone(world, location, id, rule.variant_or("deleted") == "merged");
            }
            Ok(())
        }
        17 => {
            rebuild_pipelines(world, location);
            Ok(())
        }
        18 => {
            if let Some(place) = world.locations.get_mut(location) {
                match path.get("workflowId") {
                    Some(id) => place.workflows.retain(|workflow| workflow["id"] != id.as_str()),
                    None => {
                        for calendar in
                            place.calendars.iter_mut().filter(|one| body["calendarId"] == one.id.as_str())
                        {
                            calendar.active = false;
                        }
                    }
                }
            }
            Ok(())
        }
        22 => {
            if let (Some(field), Some(members)) = (losable(rule, body), body.as_object_mut())
                && !operation.key.contains("/bulk/")
            {
                members.remove(&field);
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

/// A contact is deleted, or merged into another that has its address and number. Nobody is told.
pub(super) fn contact_gone(world: &mut World, location: &str, id: &str, merged: bool) {
    let (new, now) = (world.chance.id(), world.now);
    let Some(place) = world.locations.get_mut(location) else { return };
    let Some(mut twin) = place.contact(id).cloned() else { return };
    place.unindex(id);
    if let Some(contact) = place.contacts.get_mut(id) {
        contact.gone = Some(if merged { Gone::Merged(new.clone()) } else { Gone::Deleted });
        contact.updated = now;
    }
    if merged {
        twin.id.clone_from(&new);
        (twin.added, twin.updated) = (now, now);
        place.contacts.insert(new.clone(), twin);
        place.index(&new);
        for deal in place.opportunities.values_mut().filter(|deal| deal.contact == id) {
            deal.contact.clone_from(&new);
        }
        for conversation in place.conversations.values_mut().filter(|one| one.contact == id) {
            conversation.contact.clone_from(&new);
        }
        for message in place.messages.iter_mut().filter(|message| message.contact == id) {
            message.contact.clone_from(&new);
        }
    }
}

/// The pipelines get new identifiers; deals move with them.
fn rebuild_pipelines(world: &mut World, location: &str) {
    let chance = &mut world.chance;
    let Some(place) = world.locations.get_mut(location) else { return };
    let mut renamed: HashMap<String, String> = HashMap::new();
    for pipeline in &mut place.pipelines {
        let id = chance.id();
        renamed.insert(std::mem::replace(&mut pipeline.id, id.clone()), id);
        for (stage, _) in &mut pipeline.stages {
            let id = chance.uuid();
            renamed.insert(std::mem::replace(stage, id.clone()), id);
        }
    }
    for deal in place.opportunities.values_mut() {
        for name in ["pipelineId", "pipelineStageId"] {
            let new = deal.fields.get(name).and_then(Value::as_str).and_then(|old| renamed.get(old)).cloned();
            if let Some(new) = new {
                deal.fields.insert(name.to_owned(), Value::from(new));
            }
        }
    }
}

/// The contract moves: a word nobody knows, a number that became a text, a member that is new.
pub(super) fn drift(rule: &Rule, body: &mut Value) {
    match rule.variant_or("enum") {
        "type" => {
            number_to_text(body);
        }
        "field" => {
            if let Some(members) = body.as_object_mut() {
                members.insert("newlyIntroduced".to_owned(), json!({ "since": "today" }));
            }
        }
        _ => {
            unknown_word(body);
        }
    }
}

fn children(value: &mut Value) -> Vec<(String, &mut Value)> {
    match value {
        Value::Object(members) => members.iter_mut().map(|(name, value)| (name.clone(), value)).collect(),
        Value::Array(items) => items.iter_mut().map(|item| (String::new(), item)).collect(),
        _ => Vec::new(),
    }
}

fn unknown_word(value: &mut Value) -> bool {
    const WORDS: [&str; 6] = ["status", "direction", "messageType", "appointmentStatus", "type", "dataType"];
    for (name, child) in children(value) {
        if (WORDS.contains(&name.as_str()) && child.is_string()) || unknown_word(child) {
            if child.is_string() {
                *child = Value::from("newly_introduced");
            }
            return true;
        }
    }
    false
}

fn number_to_text(value: &mut Value) -> bool {
    for (_, child) in children(value) {
        if child.is_number() {
            *child = Value::from(child.to_string());
            return true;
        }
        if number_to_text(child) {
            return true;
        }
    }
    false
}

/// What a cut answer looks like before it is cut.
impl Answer {
    /// The first half of its text.
    pub fn half(&self) -> (usize, Vec<u8>) {
        let text = self.body.to_string().into_bytes();
        (text.len(), text[..text.len() / 2].to_vec())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::{Rule, drift};

    #[test]
    fn drift_changes_one_thing_only() {
        let before = json!({ "contact": { "id": "c", "type": "lead", "count": 3, "status": "x" } });
        let changed = |variant: &str| {
            let mut body = before.clone();
            drift(&Rule { variant: Some(variant.into()), ..Rule::once(24) }, &mut body);
            body
        };
        assert_eq!(changed("enum")["contact"]["type"], "newly_introduced");
        assert_eq!(changed("enum")["contact"]["status"], "x");
        assert_eq!(changed("type")["contact"]["count"], "3");
        assert_eq!(changed("field")["contact"], before["contact"]);
    }
}
