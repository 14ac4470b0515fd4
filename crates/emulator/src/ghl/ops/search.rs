//! Finding contacts: search with filters, look-up of duplicates, the old list.

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::{
    super::{
        answer::{Answer, Outcome, Refusal},
        call::Call,
        world::Contact,
    },
    contacts::view,
    fields::normal_phone,
};

/// Contacts on a page at most.
const PAGE_MAX: u64 = 100;
/// Contacts that can be reached by page number.
const PAGED_MAX: u64 = 10_000;

/// `POST /contacts/search`
pub(super) fn contacts(call: &mut Call<'_>) -> Outcome {
    let number = |name: &str| {
        let value = call.body.get(name)?;
        value.as_u64().or_else(|| value.as_str()?.parse().ok())
    };
    let limit = number("pageLimit").unwrap_or(20);
    let page = number("page").unwrap_or(1).max(1);
    if limit == 0 || limit > PAGE_MAX {
        return Err(Refusal::bad(format!("pageLimit must be between 1 and {PAGE_MAX}")));
    }
    let cursor = call.body.get("searchAfter").and_then(Value::as_array).filter(|cursor| !cursor.is_empty());
    if cursor.is_none() && page * limit > PAGED_MAX {
        return Err(Refusal::bad(format!(
            "page * pageLimit must not be greater than {PAGED_MAX}: use searchAfter"
        )));
    }
    let (field, descending) = sort(&call.body);
    let place = call.place()?;
    let filters = call.body.get("filters").and_then(Value::as_array).cloned().unwrap_or_default();
    let query = call.text("query").unwrap_or_default().to_lowercase();
    let mut found: Vec<(Key, &Contact)> = Vec::new();
    for contact in place.contacts.values().filter(|contact| contact.is_here() && mentions(contact, &query)) {
        let mut all = true;
        for filter in &filters {
            all &= fits(contact, filter)?;
        }
        if all {
            found.push((sort_value(contact, &field), contact));
        }
    }
    let total = found.len();
    let order = |one: (&Key, &str), two: (&Key, &str)| {
        let by_key = one.0.compare(two.0);
        let by_key = if descending { by_key.reverse() } else { by_key };
        by_key.then_with(|| one.1.cmp(two.1))
    };
    found.sort_by(|one, two| order((&one.0, &one.1.id), (&two.0, &two.1.id)));
    let from = match cursor {
        Some(cursor) => {
            let key = Key::of(&cursor[0]);
            let after = (&key, cursor.get(1).and_then(Value::as_str).unwrap_or_default());
            found.partition_point(|(key, contact)| order((key, &contact.id), after) != Ordering::Greater)
        }
        None => usize::try_from((page - 1) * limit).unwrap_or(usize::MAX),
    };
    let page = found.into_iter().skip(from).take(usize::try_from(limit).unwrap_or(0));
    let contacts: Vec<Value> = page
        .map(|(key, contact)| {
            let mut shown = view(place, contact);
            shown["contactName"] = Value::from(contact.name());
            // Every record has its cursor, the last one of the last page too.
            shown["searchAfter"] = json!([key.value(), contact.id]);
            shown
        })
        .collect();
    let trace = call.world.chance.uuid();
    Ok(Answer::ok(json!({ "contacts": contacts, "total": total, "traceId": trace })))
}

fn mentions(contact: &Contact, query: &str) -> bool {
    query.is_empty()
        || contact.name().to_lowercase().contains(query)
        || ["email", "phone", "companyName"]
            .iter()
            .any(|field| contact.text(field).is_some_and(|text| text.to_lowercase().contains(query)))
}

/// Field and whether descending; the youngest first when nothing is said.
fn sort(body: &Value) -> (String, bool) {
    let first = &body["sort"][0];
    let field = first["field"].as_str().unwrap_or("dateAdded").to_owned();
    (field, first["direction"].as_str().is_none_or(|direction| direction.eq_ignore_ascii_case("desc")))
}

/// What contacts are put in order by. Numbers are read once: their JSON form is a text.
enum Key {
    Number(f64),
    Text(String),
}

impl Key {
    fn of(value: &Value) -> Self {
        match as_number(value) {
            // Some people are called Nan.
            Some(number) if number.is_finite() => Self::Number(number),
            _ => Self::Text(value.as_str().unwrap_or_default().to_owned()),
        }
    }

    /// Numbers before texts.
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(one), Self::Number(two)) => one.total_cmp(two),
            (Self::Text(one), Self::Text(two)) => one.cmp(two),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }

    /// As it stands in a cursor: instants are whole milliseconds.
    fn value(&self) -> Value {
        match self {
            // Exact far beyond any instant.
            Self::Number(number) if number.fract() == 0.0 && number.abs() < 9e15 => json!(*number as i64),
            Self::Number(number) => json!(number),
            Self::Text(text) => json!(text),
        }
    }
}

fn sort_value(contact: &Contact, field: &str) -> Key {
    match field {
        "dateAdded" => Key::Number(contact.added.as_millisecond() as f64),
        "dateUpdated" => Key::Number(contact.updated.as_millisecond() as f64),
        _ => value(contact, field).as_ref().map_or_else(|| Key::Text(String::new()), Key::of),
    }
}

fn compare(one: &Value, two: &Value) -> Ordering {
    match (as_number(one), as_number(two)) {
        (Some(one), Some(two)) => one.total_cmp(&two),
        _ => one.as_str().unwrap_or_default().cmp(two.as_str().unwrap_or_default()),
    }
}

/// A number, or an instant as milliseconds.
fn as_number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| {
        let text = value.as_str()?;
        let at = text.parse::<jiff::Timestamp>().ok().map(|at| at.as_millisecond() as f64);
        at.or_else(|| text.parse().ok())
    })
}

fn value(contact: &Contact, field: &str) -> Option<Value> {
    if let Some(id) = field.strip_prefix("customFields.") {
        return contact.custom.get(id).cloned();
    }
    if let Some(path) = field.strip_prefix("dndSettings.") {
        let (channel, member) = path.split_once('.')?;
        return contact.fields.get("dndSettings")?.get(channel)?.get(member).cloned();
    }
    match field {
        "id" => Some(Value::from(contact.id.as_str())),
        "tags" => Some(Value::from(contact.tags.clone())),
        "contactName" | "name" | "fullNameLowerCase" => Some(Value::from(contact.name().to_lowercase())),
        "firstNameLowerCase" => contact.text("firstName").map(|text| Value::from(text.to_lowercase())),
        "lastNameLowerCase" => contact.text("lastName").map(|text| Value::from(text.to_lowercase())),
        "dateAdded" => Some(json!(contact.added.as_millisecond())),
        "dateUpdated" => Some(json!(contact.updated.as_millisecond())),
        "dnd" => Some(contact.fields.get("dnd").cloned().unwrap_or(Value::Bool(false))),
        "followers" => Some(Value::from(contact.followers.clone())),
        _ => contact.fields.get(field).cloned(),
    }
}

/// Whether a contact fits a filter or a group of filters.
fn fits(contact: &Contact, filter: &Value) -> Result<bool, Refusal> {
    if let Some(group) = filter.get("group").and_then(Value::as_str) {
        let inner = filter.get("filters").and_then(Value::as_array).into_iter().flatten();
        let verdicts = inner.map(|filter| fits(contact, filter)).collect::<Result<Vec<_>, _>>()?;
        return Ok(if group == "OR" { verdicts.contains(&true) } else { !verdicts.contains(&false) });
    }
    let (field, operator) = (filter["field"].as_str(), filter["operator"].as_str());
    let (Some(field), Some(operator)) = (field, operator) else {
        return Err(Refusal::unprocessable(vec!["filters must have field and operator".to_owned()]));
    };
    let has = value(contact, field).filter(|value| !value.is_null() && value != "" && *value != json!([]));
    let wanted = filter.get("value").unwrap_or(&Value::Null);
    let any = |test: &dyn Fn(&Value) -> bool| match &has {
        Some(Value::Array(all)) => all.iter().any(test),
        Some(one) => test(one),
        None => false,
    };
    let same = |one: &Value, two: &Value| match (one.as_str(), two.as_str()) {
        (Some(one), Some(two)) => one.eq_ignore_ascii_case(two),
        _ => one == two || compare(one, two) == Ordering::Equal && as_number(one).is_some(),
    };
    let equal = |one: &Value| match wanted {
        Value::Array(all) => all.iter().any(|wanted| same(one, wanted)),
        wanted => same(one, wanted),
    };
    let contains = |one: &Value| {
        let part = wanted.as_str().unwrap_or_default().to_lowercase();
        one.as_str().is_some_and(|text| text.to_lowercase().contains(&part)) || equal(one)
    };
    let within = |one: &Value| {
        let bound = |name: &str| wanted.get(name).filter(|bound| !bound.is_null());
        bound("gt").is_none_or(|bound| compare(one, bound) == Ordering::Greater)
            && bound("gte").is_none_or(|bound| compare(one, bound) != Ordering::Less)
            && bound("lt").is_none_or(|bound| compare(one, bound) == Ordering::Less)
            && bound("lte").is_none_or(|bound| compare(one, bound) != Ordering::Greater)
    };
    Ok(match operator {
        "eq" => any(&equal),
        "not_eq" => !any(&equal),
        "contains" | "wildcard" => any(&contains),
        "not_contains" => !any(&contains),
        "exists" => has.is_some(),
        "not_exists" => has.is_none(),
        "range" => any(&within),
        other => {
            return Err(Refusal::unprocessable(vec![format!("filters operator {other} is not supported")]));
        }
    })
}

/// `GET /contacts/search/duplicate`
pub(super) fn duplicate(call: &mut Call<'_>) -> Outcome {
    let place = call.place()?;
    let by_phone =
        call.asked("number").and_then(normal_phone).and_then(|phone| place.holder("phone", &phone));
    let by_email = || call.asked("email").and_then(|email| place.holder("email", email));
    let found = by_phone.or_else(by_email).and_then(|id| place.contact(id));
    Ok(Answer::ok(json!({ "contact": found.map(|contact| view(place, contact)) })))
}

/// `GET /contacts/`: the old list, by id, with its own cursor.
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let limit = call.asked_limit("limit", 20, 100)?;
    let query = call.asked("query").unwrap_or_default().to_lowercase();
    let place = call.place()?;
    let mut all: Vec<&Contact> =
        place.contacts.values().filter(|contact| contact.is_here() && mentions(contact, &query)).collect();
    all.sort_by_key(|contact| (contact.added, &contact.id));
    let total = all.len();
    let from = match (
        call.asked("startAfter").and_then(|text| text.parse::<i64>().ok()),
        call.asked("startAfterId"),
    ) {
        (Some(at), id) => {
            let after = (at, id.unwrap_or_default());
            all.partition_point(|contact| (contact.added.as_millisecond(), contact.id.as_str()) <= after)
        }
        (None, Some(id)) => all.iter().position(|contact| contact.id == id).map_or(0, |at| at + 1),
        (None, None) => 0,
    };
    let page: Vec<&Contact> = all.into_iter().skip(from).take(limit).collect();
    let next = page.last().filter(|_| from + page.len() < total).map(|last| {
        let at = last.added.as_millisecond();
        format!(
            "{}/contacts/?locationId={}&limit={limit}&startAfter={at}&startAfterId={}",
            call.base, place.id, last.id
        )
    });
    let shown: Vec<Value> = page.iter().map(|contact| view(place, contact)).collect();
    let meta = json!({ "total": total, "nextPageUrl": next,
        "startAfterId": page.last().map(|last| last.id.as_str()),
        "startAfter": page.last().map(|last| last.added.as_millisecond()) });
    Ok(Answer::ok(json!({ "contacts": shown, "count": total, "meta": meta })))
}
