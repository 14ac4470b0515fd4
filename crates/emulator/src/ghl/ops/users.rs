//! Users and the agency.

use serde_json::{Value, json};

use super::super::{
    answer::{Answer, Outcome, Refusal},
    call::Call,
};

/// `GET /users/`
pub(super) fn of_location(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ok(json!({ "users": call.place()?.users })))
}

fn everybody<'a>(call: &'a Call<'_>) -> Vec<&'a Value> {
    let named = call.asked("locationId");
    let places = call.world.locations.values().filter(|place| {
        named.map_or(call.location.is_empty() || place.id == call.location, |named| place.id == named)
    });
    places.flat_map(|place| &place.users).collect()
}

/// `GET /users/search`: without a company the answer is an error that looks like something else.
pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let query = call.asked("query").unwrap_or_default().to_lowercase();
    let all = everybody(call).into_iter().filter(|user| {
        ["name", "email"]
            .iter()
            .any(|name| user[*name].as_str().is_some_and(|text| text.to_lowercase().contains(&query)))
    });
    Ok(Answer::ok(json!({ "users": all.collect::<Vec<_>>() })))
}

/// `POST /users/search/filter-by-email`
pub(super) fn by_email(call: &mut Call<'_>) -> Outcome {
    let emails = call.text("emails").unwrap_or_default().to_lowercase();
    let wanted: Vec<&str> = emails.split(',').map(str::trim).collect();
    let all = everybody(call)
        .into_iter()
        .filter(|user| user["email"].as_str().is_some_and(|email| wanted.contains(&email)));
    Ok(Answer::ok(json!({ "users": all.collect::<Vec<_>>() })))
}

/// `GET /users/{userId}`
pub(super) fn show(call: &mut Call<'_>) -> Outcome {
    let id = call.at("userId");
    let found = everybody(call).into_iter().find(|user| user["id"] == id.as_str());
    found.map(|user| Answer::ok(user.clone())).ok_or_else(|| Refusal::missing("User", &id))
}

/// `GET /companies/{companyId}`
pub(super) fn company(call: &mut Call<'_>) -> Outcome {
    let (id, company) = (call.at("companyId"), &call.world.company);
    if id != company.id {
        return Err(Refusal::missing("Company", &id));
    }
    Ok(Answer::ok(json!({ "company": { "id": company.id, "name": company.name, "status": "active",
        "timezone": "America/Denver", "locationCount": call.world.locations.len() } })))
}
