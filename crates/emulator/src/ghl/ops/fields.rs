//! What a contact's fields become when they are written; custom fields and values of a location.

use serde_json::{Map, Value, json};

use super::super::{
    answer::{Answer, Outcome, Refusal, without_nulls},
    call::Call,
    chance::Chance,
    world::{Contact, Location},
};

/// Plain fields of a contact that a body may set.
const PLAIN: [&str; 19] = [
    "firstName",
    "lastName",
    "name",
    "email",
    "phone",
    "address1",
    "city",
    "state",
    "postalCode",
    "country",
    "website",
    "timezone",
    "source",
    "companyName",
    "dateOfBirth",
    "gender",
    "assignedTo",
    "dnd",
    "dndSettings",
];

/// Writes a body into a contact.
///
/// # Errors
/// 422 for an e-mail address or phone number that is none.
pub(super) fn write(
    contact: &mut Contact,
    location_fields: &[Value],
    body: &Map<String, Value>,
) -> Result<(), Refusal> {
    let mut complaints = Vec::new();
    for name in PLAIN {
        let Some(value) = body.get(name) else { continue };
        let cleared = value.is_null() || value == "";
        match (name, value.as_str()) {
            _ if cleared => {
                contact.fields.remove(name);
            }
            ("email", Some(text)) => match normal_email(text) {
                Some(email) => put(contact, name, email),
                None => complaints.push("email must be an email".to_owned()),
            },
            ("phone", Some(text)) => match normal_phone(text) {
                Some(phone) => put(contact, name, phone),
                None => complaints.push("phone must be a valid phone number".to_owned()),
            },
            ("name", Some(text)) => {
                let (first, last) = text.split_once(' ').unwrap_or((text, ""));
                for (name, part) in [("firstName", first), ("lastName", last)] {
                    if !body.contains_key(name) && !part.is_empty() {
                        put(contact, name, part);
                    }
                }
            }
            ("dndSettings", _) => {
                let mut settings = contact.fields.get(name).cloned().unwrap_or_else(|| json!({}));
                for (channel, setting) in value.as_object().into_iter().flatten() {
                    settings[channel] = setting.clone();
                }
                put(contact, name, settings);
            }
            _ => put(contact, name, value.clone()),
        }
    }
    if !complaints.is_empty() {
        return Err(Refusal::unprocessable(complaints));
    }
    if let Some(tags) = body.get("tags").and_then(Value::as_array) {
        // The whole list is replaced: only the address for tags adds.
        contact.tags = normal_tags(tags.iter().filter_map(Value::as_str));
    }
    for given in body.get("customFields").and_then(Value::as_array).into_iter().flatten() {
        write_custom(&mut contact.custom, location_fields, given);
    }
    Ok(())
}

fn put(contact: &mut Contact, name: &str, value: impl Into<Value>) {
    contact.fields.insert(name.to_owned(), value.into());
}

/// Writes one value of a custom field, named by id or by key. A field that does not exist is passed over in silence.
pub(super) fn write_custom(
    values: &mut std::collections::BTreeMap<String, Value>,
    location_fields: &[Value],
    given: &Value,
) {
    let text = |name: &str| given.get(name).and_then(Value::as_str);
    let known = location_fields.iter().find(|field| {
        let key = field["fieldKey"].as_str().unwrap_or_default();
        text("id").is_some_and(|id| field["id"] == id)
            || text("key").is_some_and(|wanted| {
                key == wanted || key.split_once('.').is_some_and(|(_, own)| own == wanted)
            })
    });
    let Some(id) = known.and_then(|field| field["id"].as_str()) else { return };
    let value = given.get("field_value").or_else(|| given.get("fieldValue")).unwrap_or(&Value::Null);
    if value.is_null() || value == "" {
        values.remove(id);
    } else {
        values.insert(id.to_owned(), value.clone());
    }
}

/// Tags as they are kept: lower case, each once, in the order given.
pub(super) fn normal_tags<'a>(given: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut tags: Vec<String> = Vec::new();
    for tag in given.map(|tag| tag.trim().to_lowercase()).filter(|tag| !tag.is_empty()) {
        if !tags.contains(&tag) {
            tags.push(tag);
        }
    }
    tags
}

/// Makes every tag known to the location.
pub(super) fn know_tags(place: &mut Location, chance: &mut Chance, tags: &[String]) {
    for tag in tags {
        if !place.tags.iter().any(|known| known["name"] == tag.as_str()) {
            place.tags.push(json!({ "id": chance.id(), "name": tag, "locationId": place.id }));
        }
    }
}

/// Lower case, with one `@` between something and a domain with a dot.
fn normal_email(text: &str) -> Option<String> {
    let text = text.trim().to_lowercase();
    let (local, domain) = text.split_once('@')?;
    let plain = !text.contains(char::is_whitespace) && !local.is_empty() && !domain.contains('@');
    (plain && domain.split('.').count() > 1 && domain.split('.').all(|part| !part.is_empty())).then_some(text)
}

/// E.164; ten digits without a country are American, as in a location in the United States.
pub(super) fn normal_phone(text: &str) -> Option<String> {
    let allowed = |c: char| c.is_ascii_digit() || " +-().".contains(c);
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    if !text.chars().all(allowed) {
        return None;
    }
    match (text.trim().starts_with('+'), digits.len()) {
        (true, 7..=15) => Some(format!("+{digits}")),
        (false, 10) => Some(format!("+1{digits}")),
        (false, 11) if digits.starts_with('1') => Some(format!("+{digits}")),
        _ => None,
    }
}

/// `GET /locations/{locationId}/customFields`
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let model = call.asked("model").unwrap_or("contact").to_owned();
    let wanted = |field: &&Value| model == "all" || field["model"] == model.as_str();
    let fields: Vec<Value> = call.place()?.custom_fields.iter().filter(wanted).cloned().collect();
    Ok(Answer::ok(json!({ "customFields": fields })))
}

/// `POST /locations/{locationId}/customFields`
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let id = call.world.chance.id();
    let body = call.members();
    let name = call.text("name").unwrap_or_default().to_owned();
    let model = call.text("model").unwrap_or("contact").to_owned();
    let location = call.location.clone();
    let place = call.place_mut()?;
    let key = format!("{model}.{}", key_of(&name));
    if place.custom_fields.iter().any(|field| field["fieldKey"] == key.as_str()) {
        return Err(Refusal::bad(format!("Custom field with name {name} already exists")));
    }
    let options = body.get("textBoxListOptions").or_else(|| body.get("options"));
    let field = without_nulls(json!({
        "id": id, "name": name, "fieldKey": key, "dataType": body.get("dataType"), "model": model,
        "placeholder": body.get("placeholder"), "position": body.get("position").cloned().unwrap_or(json!(0)),
        "locationId": location,
        "picklistOptions": options.and_then(Value::as_array).map(|all| {
            all.iter().map(|one| one.get("label").unwrap_or(one).clone()).collect::<Value>()
        }),
    }));
    place.custom_fields.push(field.clone());
    call.did(&id);
    Ok(Answer::created(json!({ "customField": field })))
}

fn key_of(name: &str) -> String {
    let lower = name.to_lowercase();
    lower
        .chars()
        .map(|c| if c.is_alphanumeric() { c } else { '_' })
        .collect::<String>()
        .trim_matches('_')
        .to_owned()
}

fn position(rows: &[Value], id: &str, what: &str) -> Result<usize, Refusal> {
    rows.iter().position(|row| row["id"] == id).ok_or_else(|| Refusal::missing(what, id))
}

/// `GET /locations/{locationId}/customFields/{id}`
pub(super) fn show(call: &mut Call<'_>) -> Outcome {
    let place = call.place()?;
    let at = position(&place.custom_fields, &call.at("id"), "Custom field")?;
    Ok(Answer::ok(json!({ "customField": place.custom_fields[at] })))
}

/// `PUT /locations/{locationId}/customFields/{id}`
pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, body) = (call.at("id"), call.members());
    let place = call.place_mut()?;
    let at = position(&place.custom_fields, &id, "Custom field")?;
    for name in ["name", "placeholder", "position"] {
        if let Some(value) = body.get(name) {
            place.custom_fields[at][name] = value.clone();
        }
    }
    let field = place.custom_fields[at].clone();
    call.did(&id);
    Ok(Answer::ok(json!({ "customField": field })))
}

/// `DELETE /locations/{locationId}/customFields/{id}`
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let id = call.at("id");
    let place = call.place_mut()?;
    let at = position(&place.custom_fields, &id, "Custom field")?;
    place.custom_fields.remove(at);
    for contact in place.contacts.values_mut() {
        contact.custom.remove(&id);
    }
    call.did(&id);
    Ok(Answer::ok(json!({ "succeded": true })))
}

/// `GET /locations/{locationId}/customValues`
pub(super) fn values(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ok(json!({ "customValues": call.place()?.custom_values })))
}

/// `POST /locations/{locationId}/customValues`
pub(super) fn create_value(call: &mut Call<'_>) -> Outcome {
    let id = call.world.chance.id();
    let (name, value) = (call.text("name").unwrap_or_default().to_owned(), call.body["value"].clone());
    let key = format!("{{{{ custom_values.{} }}}}", key_of(&name));
    let row = json!({ "id": id, "name": name, "fieldKey": key, "value": value, "locationId": call.location });
    call.place_mut()?.custom_values.push(row.clone());
    call.did(&id);
    Ok(Answer::created(json!({ "customValue": row })))
}

/// `PUT /locations/{locationId}/customValues/{id}`
pub(super) fn update_value(call: &mut Call<'_>) -> Outcome {
    let (id, body) = (call.at("id"), call.members());
    let place = call.place_mut()?;
    let at = position(&place.custom_values, &id, "Custom value")?;
    for name in ["name", "value"] {
        if let Some(value) = body.get(name) {
            place.custom_values[at][name] = value.clone();
        }
    }
    let row = place.custom_values[at].clone();
    call.did(&id);
    Ok(Answer::ok(json!({ "customValue": row })))
}

/// `DELETE /locations/{locationId}/customValues/{id}`
pub(super) fn delete_value(call: &mut Call<'_>) -> Outcome {
    let id = call.at("id");
    let place = call.place_mut()?;
    let at = position(&place.custom_values, &id, "Custom value")?;
    place.custom_values.remove(at);
    call.did(&id);
    Ok(Answer::ok(json!({ "succeded": true })))
}

#[cfg(test)]
mod tests {
    use super::{normal_email, normal_phone, normal_tags};

    #[test]
    fn phone_numbers_become_e164_or_nothing() {
        let normal = |text| normal_phone(text);
        assert_eq!(normal("(415) 555-0134").as_deref(), Some("+14155550134"));
        assert_eq!(normal("1 415 555 0134").as_deref(), Some("+14155550134"));
        assert_eq!(normal("+44 20 7946 0000").as_deref(), Some("+442079460000"));
        assert_eq!((normal("555-0134"), normal("call me")), (None, None));
    }

    #[test]
    fn addresses_and_tags_become_lower_case() {
        assert_eq!(normal_email(" Ann@Example.COM ").as_deref(), Some("ann@example.com"));
        assert_eq!((normal_email("ann@example"), normal_email("a b@example.com")), (None, None));
        assert_eq!(normal_tags(["Hot-Lead", " hot-lead", "", "Buyer"].into_iter()), ["hot-lead", "buyer"]);
    }
}
