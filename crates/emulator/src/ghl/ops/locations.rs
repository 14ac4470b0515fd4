//! Locations and what is set up in them: tags, workflows, campaigns, time zones.

use serde_json::{Value, json};

use super::{
    super::{
        answer::{Answer, Outcome, Refusal},
        call::Call,
        world::Location,
    },
    fields::{know_tags, normal_tags},
};

fn settings(place: &Location) -> Value {
    json!({ "allowDuplicateContact": place.allow_duplicate_contact,
        "allowDuplicateOpportunity": place.allow_duplicate_opportunity,
        "allowFacebookNameMerge": false, "disableContactTimezone": false })
}

/// `GET /locations/search`
pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let number =
        |name: &str, default: usize| call.asked(name).and_then(|text| text.parse().ok()).unwrap_or(default);
    // A location's own token sees its own location only.
    let seen =
        call.world.locations.values().filter(|place| call.location.is_empty() || place.id == call.location);
    let all = seen.skip(number("skip", 0)).take(number("limit", 10));
    let shown: Vec<Value> = all
        .map(|place| {
            json!({ "id": place.id, "name": place.name, "timezone": place.timezone, "country": "US",
                "settings": settings(place) })
        })
        .collect();
    Ok(Answer::ok(json!({ "locations": shown })))
}

/// `GET /locations/{locationId}`
pub(super) fn show(call: &mut Call<'_>) -> Outcome {
    let place = call.place()?;
    Ok(Answer::ok(json!({ "location": { "id": place.id, "companyId": call.world.company.id,
        "name": place.name, "timezone": place.timezone, "country": "US", "email": "office@example.com",
        "settings": settings(place),
        "business": { "name": place.name, "country": "US", "timezone": place.timezone } } })))
}

/// `GET /locations/{locationId}/tags`
pub(super) fn tags(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ok(json!({ "tags": call.place()?.tags })))
}

/// `POST /locations/{locationId}/tags`
pub(super) fn create_tag(call: &mut Call<'_>) -> Outcome {
    let names = normal_tags(call.text("name").into_iter());
    let location = call.location.clone();
    if let Some(place) = call.world.locations.get_mut(&location) {
        know_tags(place, &mut call.world.chance, &names);
    }
    let tag =
        call.place()?.tags.iter().find(|tag| names.iter().any(|name| tag["name"] == name.as_str())).cloned();
    let tag = tag.ok_or_else(|| Refusal::unprocessable(vec!["name should not be empty".to_owned()]))?;
    call.did(tag["id"].as_str().unwrap_or_default());
    Ok(Answer::ok(json!({ "tag": tag })))
}

/// `DELETE /locations/{locationId}/tags/{tagId}`
pub(super) fn delete_tag(call: &mut Call<'_>) -> Outcome {
    let id = call.at("tagId");
    call.place_mut()?.tags.retain(|tag| tag["id"] != id.as_str());
    call.did(&id);
    Ok(Answer::ok(json!({ "succeded": true })))
}

/// `GET /workflows/`
pub(super) fn workflows(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ok(json!({ "workflows": call.place()?.workflows })))
}

/// `GET /campaigns/`
pub(super) fn campaigns(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ok(json!({ "campaigns": call.place()?.campaigns })))
}

/// `GET /locations/{locationId}/timezones`
pub(super) fn timezones(call: &mut Call<'_>) -> Outcome {
    let place = call.place()?;
    Ok(Answer::ok(json!({ "timeZones": [place.timezone, "America/New_York", "America/Chicago",
        "America/Denver", "America/Los_Angeles", "UTC"] })))
}

/// `GET /forms/`
pub(super) fn forms(call: &mut Call<'_>) -> Outcome {
    call.place()?;
    Ok(Answer::ok(json!({ "forms": [], "total": 0 })))
}

/// `GET /forms/submissions`
pub(super) fn submissions(call: &mut Call<'_>) -> Outcome {
    call.place()?;
    call.asked_limit("limit", 20, 100)?;
    let meta = json!({ "total": 0, "currentPage": 1, "nextPage": null, "prevPage": null });
    Ok(Answer::ok(json!({ "submissions": [], "meta": meta })))
}
