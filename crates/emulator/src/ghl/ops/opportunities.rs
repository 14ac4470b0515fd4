//! Opportunities and the pipelines they move through.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::{
    super::{
        answer::{Answer, Outcome, Refusal},
        call::Call,
        clock::written,
        world::{Location, Opportunity, custom_fields},
    },
    fields::write_custom,
};

const PLAIN: [&str; 8] = [
    "name",
    "status",
    "pipelineId",
    "pipelineStageId",
    "monetaryValue",
    "assignedTo",
    "source",
    "lostReasonId",
];

/// An opportunity as answers show it.
pub(in super::super) fn view(place: &Location, deal: &Opportunity) -> Value {
    let mut body = deal.fields.clone();
    body.retain(|_, value| !value.is_null());
    let contact = place.contacts.get(&deal.contact).map(|contact| {
        let mut shown = Map::new();
        shown.insert("id".to_owned(), Value::from(contact.id.as_str()));
        shown.insert("name".to_owned(), Value::from(contact.name()));
        for name in ["companyName", "email", "phone"] {
            if let Some(text) = contact.text(name) {
                shown.insert(name.to_owned(), Value::from(text));
            }
        }
        shown.insert("tags".to_owned(), Value::from(contact.tags.clone()));
        Value::Object(shown)
    });
    for (name, value) in [
        ("id", json!(deal.id)),
        ("locationId", json!(place.id)),
        ("contactId", json!(deal.contact)),
        ("contact", contact.unwrap_or_else(|| json!({ "id": deal.contact }))),
        ("customFields", custom_fields(&deal.custom, "fieldValue")),
        ("followers", json!(deal.followers)),
        ("createdAt", json!(written(deal.added))),
        ("updatedAt", json!(written(deal.updated))),
        ("lastStatusChangeAt", json!(written(deal.status_changed))),
        ("lastStageChangeAt", json!(written(deal.stage_changed))),
        // A number, although a text is published.
        ("indexVersion", json!(1)),
    ] {
        body.insert(name.to_owned(), value);
    }
    Value::Object(body)
}

/// `GET /opportunities/pipelines`
pub(super) fn pipelines(call: &mut Call<'_>) -> Outcome {
    let place = call.place()?;
    let shown: Vec<Value> = place
        .pipelines
        .iter()
        .map(|pipeline| {
            let stages: Vec<Value> = pipeline
                .stages
                .iter()
                .enumerate()
                .map(|(at, (id, name))| {
                    json!({ "id": id, "name": name, "position": at, "showInFunnel": true, "showInPieChart": true })
                })
                .collect();
            json!({ "id": pipeline.id, "name": pipeline.name, "stages": stages, "showInFunnel": true,
                "showInPieChart": true, "locationId": place.id })
        })
        .collect();
    Ok(Answer::ok(json!({ "pipelines": shown })))
}

/// `GET /opportunities/lost-reason`
pub(super) fn lost_reasons(call: &mut Call<'_>) -> Outcome {
    let place = call.place()?;
    let at = written(call.world.now);
    let reasons: Vec<Value> = ["Bought elsewhere", "No longer moving", "Not reachable"]
        .iter()
        .enumerate()
        .map(|(number, name)| {
            json!({ "id": format!("lost-reason-{number}"), "name": name, "locationId": place.id,
                "createdAt": at, "updatedAt": at })
        })
        .collect();
    Ok(Answer::ok(json!({ "lostReasons": reasons, "total": reasons.len() })))
}

/// Refuses a pipeline or stage that is not there; the stage to use.
fn stage(place: &Location, pipeline: &str, stage: Option<&str>) -> Result<String, Refusal> {
    let known = place.pipelines.iter().find(|known| known.id == pipeline);
    let known = known.ok_or_else(|| Refusal::bad(format!("The pipeline id {pipeline} is invalid.")))?;
    match stage {
        None => Ok(known.stages.first().map(|(id, _)| id.clone()).unwrap_or_default()),
        Some(stage) if known.stages.iter().any(|(id, _)| id == stage) => Ok(stage.to_owned()),
        Some(stage) => Err(Refusal::bad(format!("The pipeline stage id {stage} is invalid."))),
    }
}

fn shown(call: &Call<'_>, id: &str) -> Result<Value, Refusal> {
    let place = call.place()?;
    let deal = place.opportunities.get(id).filter(|deal| !deal.gone);
    deal.map(|deal| view(place, deal)).ok_or_else(|| Refusal::missing("Opportunity", id))
}

fn make(call: &mut Call<'_>, body: &Map<String, Value>) -> Result<String, Refusal> {
    let (id, now, location) = (call.world.chance.id(), call.world.now, call.location.clone());
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let contact = text("contactId").unwrap_or_default().to_owned();
    let pipeline = text("pipelineId").unwrap_or_default().to_owned();
    let place = call.place_mut()?;
    if place.contact(&contact).is_none() {
        return Err(Refusal::no_contact(&contact));
    }
    let stage = stage(place, &pipeline, text("pipelineStageId"))?;
    let twin = place.opportunities.values().find(|deal| {
        deal.contact == contact && !deal.gone && deal.fields.get("pipelineId") == Some(&json!(pipeline))
    });
    if let Some(twin) = twin.filter(|_| !place.allow_duplicate_opportunity) {
        return Err(Refusal::bad("Can not create duplicate opportunity for the contact.")
            .with("canonicalCode", json!("OPPORTUNITY_ALREADY_EXISTS"))
            .with("opportunityId", json!(twin.id)));
    }
    let mut fields = Map::new();
    for name in PLAIN {
        if let Some(value) = body.get(name).filter(|value| !value.is_null()) {
            fields.insert(name.to_owned(), value.clone());
        }
    }
    fields.insert("pipelineStageId".to_owned(), Value::from(stage));
    fields.entry("status").or_insert_with(|| Value::from("open"));
    let name = place.contact(&contact).map(|contact| contact.name()).unwrap_or_default();
    fields.entry("name").or_insert_with(|| Value::from(name));
    let mut custom = BTreeMap::new();
    for given in body.get("customFields").and_then(Value::as_array).into_iter().flatten() {
        write_custom(&mut custom, &place.custom_fields, given);
    }
    let deal = Opportunity {
        id: id.clone(),
        contact,
        fields,
        custom,
        followers: Vec::new(),
        added: now,
        updated: now,
        status_changed: now,
        stage_changed: now,
        gone: false,
    };
    place.opportunities.insert(id.clone(), deal);
    // One change, two events: that is how it is.
    call.world.tell_opportunity(&["OpportunityCreate", "OpportunityUpdate"], &location, &id);
    call.did(&id);
    Ok(id)
}

fn change(call: &mut Call<'_>, id: &str, body: &Map<String, Value>) -> Result<(), Refusal> {
    let (now, location) = (call.world.now, call.location.clone());
    let place = call.place_mut()?;
    let deal = place.opportunities.get(id).filter(|deal| !deal.gone);
    let mut deal = deal.cloned().ok_or_else(|| Refusal::missing("Opportunity", id))?;
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    if text("pipelineId").is_some() || text("pipelineStageId").is_some() {
        let own = |name: &str| deal.fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let pipeline = text("pipelineId").map_or_else(|| own("pipelineId"), str::to_owned);
        let stage = stage(place, &pipeline, text("pipelineStageId"))?;
        deal.fields.insert("pipelineStageId".to_owned(), Value::from(stage));
    }
    let before = place.opportunities.get(id).map(|deal| deal.fields.clone()).unwrap_or_default();
    for name in PLAIN.into_iter().filter(|name| *name != "pipelineStageId") {
        match body.get(name) {
            Some(value) if value.is_null() || value == "" => {
                deal.fields.remove(name);
            }
            Some(value) => {
                deal.fields.insert(name.to_owned(), value.clone());
            }
            None => {}
        }
    }
    for given in body.get("customFields").and_then(Value::as_array).into_iter().flatten() {
        write_custom(&mut deal.custom, &place.custom_fields, given);
    }
    let changed = |name: &str| before.get(name) != deal.fields.get(name);
    let mut kinds = vec!["OpportunityUpdate"];
    for (name, kind) in [
        ("pipelineStageId", "OpportunityStageUpdate"),
        ("status", "OpportunityStatusUpdate"),
        ("monetaryValue", "OpportunityMonetaryValueUpdate"),
        ("assignedTo", "OpportunityAssignedToUpdate"),
    ] {
        if changed(name) {
            kinds.push(kind);
        }
    }
    if changed("pipelineStageId") {
        deal.stage_changed = now;
    }
    if changed("status") {
        deal.status_changed = now;
    }
    deal.updated = now;
    place.opportunities.insert(id.to_owned(), deal);
    call.world.tell_opportunity(&kinds, &location, id);
    call.did(id);
    Ok(())
}

/// `POST /opportunities/`
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let body = call.members();
    if call.struck_by(15).is_some() && !call.place()?.allow_duplicate_opportunity {
        call.world.acting = "fault";
        let made = make(call, &body);
        call.world.acting = "api";
        made?;
    }
    let id = make(call, &body)?;
    Ok(Answer::created(json!({ "opportunity": shown(call, &id)? })))
}

/// `POST /opportunities/upsert`: by its id, or the contact's in that pipeline.
pub(super) fn upsert(call: &mut Call<'_>) -> Outcome {
    let body = call.members();
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let place = call.place()?;
    let known = text("id").filter(|id| place.opportunities.contains_key(*id)).map(str::to_owned);
    let same = || {
        place.opportunities.values().find(|deal| {
            !deal.gone
                && text("contactId") == Some(&deal.contact)
                && deal.fields.get("pipelineId") == body.get("pipelineId")
        })
    };
    let known = known.or_else(|| same().map(|deal| deal.id.clone()));
    let (id, new) = match known {
        Some(id) => {
            change(call, &id, &body)?;
            (id, false)
        }
        None => (make(call, &body)?, true),
    };
    Ok(Answer::ok(json!({ "opportunity": shown(call, &id)?, "new": new })))
}

/// `GET /opportunities/{id}`
pub(super) fn show(call: &mut Call<'_>) -> Outcome {
    let id = call.at("id");
    Ok(Answer::ok(json!({ "opportunity": shown(call, &id)? })))
}

/// `PUT /opportunities/{id}`
pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, body) = (call.at("id"), call.members());
    change(call, &id, &body)?;
    Ok(Answer::ok(json!({ "opportunity": shown(call, &id)? })))
}

/// `PUT /opportunities/{id}/status`
pub(super) fn set_status(call: &mut Call<'_>) -> Outcome {
    let (id, body) = (call.at("id"), call.members());
    change(call, &id, &body)?;
    Ok(Answer::ok(json!({ "succeded": true })))
}

/// `DELETE /opportunities/{id}`
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let (id, location, now) = (call.at("id"), call.location.clone(), call.world.now);
    shown(call, &id)?;
    if let Some(deal) = call.place_mut()?.opportunities.get_mut(&id) {
        deal.gone = true;
        deal.updated = now;
    }
    call.world.tell_opportunity(&["OpportunityDelete", "OpportunityUpdate"], &location, &id);
    call.did(&id);
    Ok(Answer::ok(json!({ "succeded": true })))
}

/// `GET /opportunities/search`
pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let limit = call.asked_limit("limit", 20, 100)?;
    let page = call.asked_limit("page", 1, usize::MAX)?;
    let place = call.place()?;
    // Snake case in version 2, camel case in version 3.
    let asked = |old: &str, new: &str| call.asked(old).or_else(|| call.asked(new)).map(str::to_owned);
    let wanted = [
        ("pipelineId", asked("pipeline_id", "pipelineId")),
        ("pipelineStageId", asked("pipeline_stage_id", "pipelineStageId")),
        ("assignedTo", asked("assigned_to", "assignedTo")),
        ("status", asked("status", "status").filter(|status| status != "all")),
    ];
    let (contact, id) = (asked("contact_id", "contactId"), asked("id", "id"));
    let query = call.asked("q").unwrap_or_default().to_lowercase();
    let mut found: Vec<&Opportunity> = place
        .opportunities
        .values()
        .filter(|deal| {
            !deal.gone
                && contact.as_ref().is_none_or(|contact| deal.contact == *contact)
                && id.as_ref().is_none_or(|id| deal.id == *id)
                && wanted.iter().all(|(name, wanted)| {
                    wanted.as_ref().is_none_or(|wanted| deal.fields.get(*name) == Some(&json!(wanted)))
                })
                && deal
                    .fields
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_lowercase()
                    .contains(&query)
        })
        .collect();
    found.sort_by_key(|deal| (std::cmp::Reverse(deal.added), &deal.id));
    let total = found.len();
    let after = call.asked("startAfterId").and_then(|id| found.iter().position(|deal| deal.id == id));
    let from = after.map_or((page - 1) * limit, |at| at + 1);
    let chosen: Vec<&Opportunity> = found.into_iter().skip(from).take(limit).collect();
    let more = from + chosen.len() < total;
    let shown: Vec<Value> = chosen
        .iter()
        .map(|deal| {
            let mut shown = view(place, deal);
            let contact = place.contacts.get(&deal.contact);
            if call.asked("getNotes") == Some("true") {
                shown["notes"] = contact.map_or_else(|| json!([]), |contact| json!(contact.notes));
            }
            if call.asked("getTasks") == Some("true") {
                shown["tasks"] = contact.map_or_else(|| json!([]), |contact| json!(contact.tasks));
            }
            shown
        })
        .collect();
    let mut meta = json!({ "total": total, "currentPage": page });
    if let Some(last) = chosen.last() {
        meta["startAfter"] = json!(last.added.as_millisecond());
        meta["startAfterId"] = json!(last.id);
        if more {
            meta["nextPage"] = json!(page + 1);
            meta["nextPageUrl"] = json!(format!(
                "{}/opportunities/search?location_id={}&limit={limit}&startAfter={}&startAfterId={}",
                call.base,
                place.id,
                last.added.as_millisecond(),
                last.id
            ));
        }
    }
    Ok(Answer::ok(json!({ "opportunities": shown, "meta": meta, "aggregations": {} })))
}

/// `POST /opportunities/search`: by page and words; filters are not published and are passed over.
pub(super) fn search_by_body(call: &mut Call<'_>) -> Outcome {
    let query = call.text("query").unwrap_or_default().to_lowercase();
    let number = |name: &str, default: u64| {
        usize::try_from(call.body.get(name).and_then(Value::as_u64).unwrap_or(default)).unwrap_or(1).max(1)
    };
    let (limit, page) = (number("limit", 20), number("page", 1));
    if limit > 100 {
        return Err(Refusal::bad("limit must not be greater than 100"));
    }
    let place = call.place()?;
    let mut found: Vec<&Opportunity> = place
        .opportunities
        .values()
        .filter(|deal| {
            !deal.gone
                && deal
                    .fields
                    .get("name")
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_lowercase()
                    .contains(&query)
        })
        .collect();
    found.sort_by_key(|deal| (std::cmp::Reverse(deal.added), &deal.id));
    let total = found.len();
    let shown: Vec<Value> =
        found.into_iter().skip((page - 1) * limit).take(limit).map(|deal| view(place, deal)).collect();
    Ok(Answer::ok(json!({ "opportunities": shown, "total": total, "aggregations": {} })))
}
