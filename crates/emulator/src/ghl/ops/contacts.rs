//! Contacts: create, upsert, show, update, delete.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    super::{
        answer::{Answer, Outcome, Refusal, object},
        call::Call,
        clock::written,
        world::{Contact, Gone, Location},
    },
    fields,
};

/// A contact as answers show it.
pub(in super::super) fn view(place: &Location, contact: &Contact) -> Value {
    let mut body = Map::new();
    body.insert("id".to_owned(), Value::from(contact.id.as_str()));
    body.insert("locationId".to_owned(), Value::from(place.id.as_str()));
    for (name, value) in &contact.fields {
        if !value.is_null() {
            body.insert(name.clone(), value.clone());
        }
    }
    let name = contact.name();
    let lower = |text: Option<&str>| text.map(|text| Value::from(text.to_lowercase()));
    let derived = [
        ("firstNameLowerCase", lower(contact.text("firstName"))),
        ("lastNameLowerCase", lower(contact.text("lastName"))),
        ("fullNameLowerCase", lower(Some(&name))),
        ("emailLowerCase", lower(contact.text("email"))),
    ];
    body.extend(derived.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))));
    body.insert("name".to_owned(), Value::from(name));
    body.entry("type").or_insert_with(|| Value::from("lead"));
    body.entry("dnd").or_insert(Value::Bool(false));
    body.insert("tags".to_owned(), Value::from(contact.tags.clone()));
    body.insert("customFields".to_owned(), contact.custom_fields());
    body.insert("followers".to_owned(), Value::from(contact.followers.clone()));
    body.insert("dateAdded".to_owned(), Value::from(written(contact.added)));
    body.insert("dateUpdated".to_owned(), Value::from(written(contact.updated)));
    Value::Object(body)
}

/// Makes a contact; its identifier.
fn make(call: &mut Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    let (id, now, location) = (call.world.chance.id(), call.world.now, call.location.clone());
    let place = call.place_mut()?;
    let mut contact = Contact {
        id: id.clone(),
        fields: Map::new(),
        tags: Vec::new(),
        custom: BTreeMap::new(),
        followers: Vec::new(),
        tasks: Vec::new(),
        notes: Vec::new(),
        enrolments: Vec::new(),
        campaigns: Vec::new(),
        added: now,
        updated: now,
        gone: None,
    };
    fields::write(&mut contact, &place.custom_fields, body)?;
    let tags = contact.tags.clone();
    place.contacts.insert(id.clone(), contact);
    place.index(&id);
    if let Some(place) = call.world.locations.get_mut(&location) {
        fields::know_tags(place, &mut call.world.chance, &tags);
    }
    call.world.tell_contact("ContactCreate", &location, &id);
    call.did(&id);
    Ok(id)
}

/// Changes a contact, and tells of what changed.
fn change(call: &mut Call<'_>, id: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    let (now, location) = (call.world.now, call.location.clone());
    let place = call.place_mut()?;
    let before = place.contact(id).cloned().ok_or_else(|| Refusal::no_contact(id))?;
    let mut after = before.clone();
    fields::write(&mut after, &place.custom_fields, body)?;
    let plain = before.fields != after.fields || before.custom != after.custom;
    let tags = before.tags != after.tags;
    let dnd = ["dnd", "dndSettings"].iter().any(|name| before.fields.get(*name) != after.fields.get(*name));
    after.updated = now;
    let known = after.tags.clone();
    place.unindex(id);
    place.contacts.insert(id.to_owned(), after);
    place.index(id);
    if let Some(place) = call.world.locations.get_mut(&location) {
        fields::know_tags(place, &mut call.world.chance, &known);
    }
    for (kind, happened) in
        [("ContactUpdate", plain || tags), ("ContactTagUpdate", tags), ("ContactDndUpdate", dnd)]
    {
        if happened {
            call.world.tell_contact(kind, &location, id);
        }
    }
    call.did(id);
    Ok(())
}

/// The contact that a body means, by the location's preferences, and by which field.
fn holder(place: &Location, body: &Map<String, Value>) -> Option<(String, &'static str)> {
    place.dedupe.iter().find_map(|field| {
        let given = body.get(*field).and_then(Value::as_str)?;
        let value = if *field == "phone" { fields::normal_phone(given)? } else { given.trim().to_owned() };
        place.holder(field, &value).map(|id| (id.to_owned(), *field))
    })
}

fn shown(call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let place = call.place()?;
    place.contact(id).map(|contact| view(place, contact)).ok_or_else(|| Refusal::no_contact(id))
}

fn duplicated(place: &Location, id: &str, field: &str) -> Refusal {
    let name = place.contact(id).map(Contact::name).unwrap_or_default();
    Refusal::new(400, "This location does not allow duplicated contacts.")
        .with("meta", json!({ "contactName": name, "contactId": id, "matchingField": field }))
}

/// `POST /contacts/`
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let body = call.members();
    if call.struck_by(15).is_some() && holder(call.place()?, &body).is_none() {
        // Somebody in the office is a moment quicker.
        call.world.acting = "fault";
        let made = make(call, &body);
        call.world.acting = "api";
        made?;
    }
    let place = call.place()?;
    if let Some((id, field)) = holder(place, &body).filter(|_| !place.allow_duplicate_contact) {
        return Err(duplicated(place, &id, field));
    }
    let id = make(call, &body)?;
    Ok(Answer::created(json!({ "contact": shown(call, &id)? })))
}

/// `POST /contacts/upsert`
pub(super) fn upsert(call: &mut Call<'_>) -> Outcome {
    let body = call.members();
    let found = holder(call.place()?, &body);
    let trace = call.world.chance.uuid();
    let answer = |new: bool, contact: Value| {
        Ok(Answer::ok(json!({ "new": new, "contact": contact, "traceId": trace })))
    };
    match found {
        Some((id, _)) if body.get("createNewIfDuplicateAllowed") != Some(&Value::Bool(true)) => {
            change(call, &id, &body)?;
            answer(false, shown(call, &id)?)
        }
        Some((id, _)) if !call.place()?.allow_duplicate_contact => {
            change(call, &id, &body)?;
            answer(false, shown(call, &id)?)
        }
        _ => {
            let id = make(call, &body)?;
            answer(true, shown(call, &id)?)
        }
    }
}

/// `GET /contacts/{contactId}`
pub(super) fn show(call: &mut Call<'_>) -> Outcome {
    let id = call.at("contactId");
    Ok(Answer::ok(json!({ "contact": shown(call, &id)? })))
}

/// `PUT /contacts/{contactId}`
pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, body) = (call.at("contactId"), call.members());
    change(call, &id, &body)?;
    Ok(Answer::ok(json!({ "succeded": true, "contact": shown(call, &id)? })))
}

/// `DELETE /contacts/{contactId}`: the opportunities go with the contact.
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let (id, location, now) = (call.at("contactId"), call.location.clone(), call.world.now);
    call.contact()?;
    call.world.tell_contact("ContactDelete", &location, &id);
    let place = call.place_mut()?;
    place.unindex(&id);
    if let Some(contact) = place.contacts.get_mut(&id) {
        contact.gone = Some(Gone::Deleted);
        contact.updated = now;
    }
    let deals: Vec<String> = place
        .opportunities
        .values()
        .filter(|deal| deal.contact == id && !deal.gone)
        .map(|deal| deal.id.clone())
        .collect();
    for deal in deals {
        call.world.tell_opportunity(&["OpportunityDelete"], &location, &deal);
        if let Some(deal) = call.place_mut()?.opportunities.get_mut(&deal) {
            deal.gone = true;
        }
    }
    call.did(&id);
    Ok(Answer::ok(Value::Object(object(json!({ "succeded": true })))))
}
