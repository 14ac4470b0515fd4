//! Calendars: free slots in office hours, appointments that take them.

use jiff::{SignedDuration, Timestamp, ToSpan, civil::Weekday, tz::TimeZone};
use serde_json::{Map, Value, json};

use super::super::{
    answer::{Answer, Outcome, Refusal, without_nulls},
    call::Call,
    clock::written,
    world::{Appointment, Calendar, Location},
};

/// The longest span that free slots may be asked for.
const SPAN_DAYS_MAX: i64 = 31;
/// Notes on a page at most.
const NOTES_MAX: usize = 20;
const TAKEN: &str = "The slot you have selected is no longer available.";

/// An appointment as answers show it.
pub(in super::super) fn view(place: &Location, appointment: &Appointment) -> Value {
    let field = |name: &str| appointment.fields.get(name).cloned();
    let calendar = place.calendars.iter().find(|calendar| calendar.id == appointment.calendar);
    let user = field("assignedUserId").or_else(|| calendar.map(|calendar| json!(calendar.user)));
    without_nulls(json!({
        "id": appointment.id, "calendarId": appointment.calendar, "locationId": place.id,
        "contactId": appointment.contact.as_deref().unwrap_or_default(),
        "title": field("title").unwrap_or_else(|| json!("Appointment")), "groupId": "",
        "appointmentStatus": appointment.status, "status": appointment.status, "assignedUserId": user,
        "users": [user], "address": field("address"), "description": field("description"),
        "notes": "", "isRecurring": false, "startTime": local(place, appointment.start),
        "endTime": local(place, appointment.end), "dateAdded": written(appointment.added),
        "dateUpdated": written(appointment.updated), "createdBy": { "userId": user, "source": "api" },
    }))
}

/// With the location's offset, as calendars answer.
fn local(place: &Location, at: Timestamp) -> String {
    at.to_zoned(zone(&place.timezone)).strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()
}

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap_or(TimeZone::UTC)
}

fn calendar<'a>(place: &'a Location, id: &str) -> Result<&'a Calendar, Refusal> {
    let known = place.calendars.iter().find(|calendar| calendar.id == id);
    let known = known.ok_or_else(|| Refusal::missing("Calendar", id))?;
    if known.active { Ok(known) } else { Err(Refusal::bad("Calendar is inactive or not published")) }
}

fn shown_calendar(place: &Location, calendar: &Calendar) -> Value {
    json!({ "id": calendar.id, "locationId": place.id, "name": calendar.name, "isActive": calendar.active,
        "calendarType": "round_robin", "slotDuration": calendar.slot_minutes, "slotDurationUnit": "mins",
        "slotInterval": calendar.slot_minutes, "slotIntervalUnit": "mins", "slug": calendar.id.to_lowercase(),
        "teamMembers": [{ "userId": calendar.user, "priority": 0.5, "isPrimary": true }],
        "openHours": [{ "daysOfTheWeek": [1, 2, 3, 4, 5], "hours": [{ "openHour": calendar.opens,
            "openMinute": 0, "closeHour": calendar.closes, "closeMinute": 0 }] }] })
}

/// `GET /calendars/`
pub(super) fn list(call: &mut Call<'_>) -> Outcome {
    let place = call.place()?;
    let all: Vec<Value> = place.calendars.iter().map(|calendar| shown_calendar(place, calendar)).collect();
    Ok(Answer::ok(json!({ "calendars": all })))
}

/// `GET /calendars/{calendarId}`
pub(super) fn show_calendar(call: &mut Call<'_>) -> Outcome {
    let (id, place) = (call.at("calendarId"), call.place()?);
    let known = place.calendars.iter().find(|calendar| calendar.id == id);
    let known = known.ok_or_else(|| Refusal::missing("Calendar", &id))?;
    Ok(Answer::ok(json!({ "calendar": shown_calendar(place, known) })))
}

/// The beginnings of all slots between two instants that nobody has taken.
fn free(
    place: &Location,
    calendar: &Calendar,
    from: Timestamp,
    until: Timestamp,
    now: Timestamp,
) -> Vec<Timestamp> {
    let zone = zone(&place.timezone);
    let (mut day, last) = (from.to_zoned(zone.clone()).date(), until.to_zoned(zone.clone()).date());
    let mut slots = Vec::new();
    while day <= last {
        if !matches!(day.weekday(), Weekday::Saturday | Weekday::Sunday)
            && let Ok(opens) = day.at(calendar.opens, 0, 0, 0).to_zoned(zone.clone())
            && let Ok(closes) = day.at(calendar.closes, 0, 0, 0).to_zoned(zone.clone())
        {
            let length = SignedDuration::from_mins(calendar.slot_minutes);
            let mut start = opens.timestamp();
            while start + length <= closes.timestamp() {
                if start >= from.max(now)
                    && start <= until
                    && is_free(place, &calendar.id, start, start + length, None)
                {
                    slots.push(start);
                }
                start += length;
            }
        }
        match day.checked_add(1.day()) {
            Ok(next) => day = next,
            Err(_) => break,
        }
    }
    slots
}

fn is_free(place: &Location, calendar: &str, start: Timestamp, end: Timestamp, except: Option<&str>) -> bool {
    !place.appointments.values().any(|taken| {
        taken.calendar == calendar
            && !taken.gone
            && taken.status != "cancelled"
            && Some(taken.id.as_str()) != except
            && taken.start < end
            && start < taken.end
    })
}

/// `GET /calendars/{calendarId}/free-slots`
pub(super) fn free_slots(call: &mut Call<'_>) -> Outcome {
    let instant = |name: &str| {
        let ms = call.asked(name).and_then(|text| text.parse::<i64>().ok());
        ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .ok_or_else(|| Refusal::unprocessable(vec![format!("{name} must be milliseconds")]))
    };
    let (from, until) = (instant("startDate")?, instant("endDate")?);
    if until < from || until.duration_since(from) > SignedDuration::from_hours(24 * SPAN_DAYS_MAX) {
        return Err(Refusal::bad(format!("Date range cannot be more than {SPAN_DAYS_MAX} days")));
    }
    let place = call.place()?;
    let calendar = calendar(place, &call.at("calendarId"))?;
    let shown_in = call.asked("timezone").map_or_else(|| zone(&place.timezone), zone);
    let mut days: Map<String, Value> = Map::new();
    for slot in free(place, calendar, from, until, call.world.now) {
        let local = slot.to_zoned(shown_in.clone());
        let day = days.entry(local.date().to_string()).or_insert_with(|| json!({ "slots": [] }));
        if let Some(slots) = day["slots"].as_array_mut() {
            slots.push(Value::from(local.strftime("%Y-%m-%dT%H:%M:%S%:z").to_string()));
        }
    }
    days.insert("traceId".to_owned(), Value::from(call.world.chance.uuid()));
    Ok(Answer::ok(Value::Object(days)))
}

/// An instant with an offset, or a civil time of the location.
fn time(place: &Location, text: &str) -> Result<Timestamp, Refusal> {
    let civil = || {
        let civil = text.parse::<jiff::civil::DateTime>().ok()?;
        civil.to_zoned(zone(&place.timezone)).ok().map(|at| at.timestamp())
    };
    text.parse::<Timestamp>()
        .ok()
        .or_else(civil)
        .ok_or_else(|| Refusal::unprocessable(vec![format!("{text} is not a valid time")]))
}

fn span(
    call: &Call<'_>,
    minutes: i64,
    old: Option<(Timestamp, Timestamp)>,
) -> Result<(Timestamp, Timestamp), Refusal> {
    let place = call.place()?;
    let start = match (call.text("startTime"), old) {
        (Some(text), _) => time(place, text)?,
        (None, Some((start, _))) => start,
        (None, None) => return Err(Refusal::unprocessable(vec!["startTime should not be empty".to_owned()])),
    };
    let length = old.map_or(SignedDuration::from_mins(minutes), |(start, end)| end.duration_since(start));
    let end = match call.text("endTime") {
        Some(text) => time(place, text)?,
        None => start + length,
    };
    if end <= start {
        return Err(Refusal::bad("endTime must be after startTime"));
    }
    Ok((start, end))
}

fn put(
    call: &mut Call<'_>,
    calendar: &str,
    contact: Option<&str>,
    from: Timestamp,
    until: Timestamp,
) -> Result<String, Refusal> {
    let (id, now, location) = (call.world.chance.id(), call.world.now, call.location.clone());
    let status = call.text("appointmentStatus").unwrap_or("confirmed").to_owned();
    let mut fields = call.members();
    fields.retain(|name, _| {
        matches!(
            name.as_str(),
            "title" | "address" | "description" | "assignedUserId" | "rrule" | "meetingLocationType"
        )
    });
    let appointment = Appointment {
        id: id.clone(),
        calendar: calendar.to_owned(),
        contact: contact.map(str::to_owned),
        start: from,
        end: until,
        status,
        fields,
        is_announced: call.body["toNotify"] != false,
        notes: Vec::new(),
        added: now,
        updated: now,
        gone: false,
    };
    call.place_mut()?.appointments.insert(id.clone(), appointment);
    if contact.is_some() {
        call.world.tell_appointment("AppointmentCreate", &location, &id);
    }
    call.did(&id);
    Ok(id)
}

/// `POST /calendars/events/appointments`
pub(super) fn book(call: &mut Call<'_>) -> Outcome {
    let calendar_id = call.text("calendarId").unwrap_or_default().to_owned();
    let contact = call.text("contactId").unwrap_or_default().to_owned();
    let place = call.place()?;
    let minutes = calendar(place, &calendar_id)?.slot_minutes;
    if place.contact(&contact).is_none() {
        return Err(Refusal::no_contact(&contact));
    }
    let (start, end) = span(call, minutes, None)?;
    if call.struck_by(19).is_some() {
        call.world.acting = "fault";
        let quicker = put(call, &calendar_id, None, start, end);
        call.world.acting = "api";
        quicker?;
    }
    let unchecked = call.body["ignoreFreeSlotValidation"] == true;
    let place = call.place()?;
    let offered = || {
        let calendar = calendar(place, &calendar_id)?;
        Ok::<bool, Refusal>(free(place, calendar, start, start, call.world.now).contains(&start))
    };
    let room = is_free(place, &calendar_id, start, end, None);
    let bookable = unchecked || (room && offered()?);
    if !bookable {
        return Err(Refusal::bad(TAKEN));
    }
    let id = put(call, &calendar_id, Some(&contact), start, end)?;
    let place = call.place()?;
    let shown = place.appointments.get(&id).map(|appointment| view(place, appointment));
    Ok(Answer::ok(shown.unwrap_or_default()))
}

fn one<'a>(place: &'a Location, id: &str) -> Result<&'a Appointment, Refusal> {
    place.appointments.get(id).filter(|known| !known.gone).ok_or_else(|| Refusal::missing("Appointment", id))
}

/// `GET /calendars/events/appointments/{eventId}`
pub(super) fn show(call: &mut Call<'_>) -> Outcome {
    let place = call.place()?;
    Ok(Answer::ok(json!({ "event": view(place, one(place, &call.at("eventId"))?) })))
}

/// `PUT /calendars/events/appointments/{eventId}`
pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    let (id, now, location) = (call.at("eventId"), call.world.now, call.location.clone());
    let place = call.place()?;
    let old = one(place, &id)?.clone();
    let target = call.text("calendarId").unwrap_or(&old.calendar).to_owned();
    let minutes = calendar(place, &target)?.slot_minutes;
    let (start, end) = span(call, minutes, Some((old.start, old.end)))?;
    let status = call.text("appointmentStatus").unwrap_or(&old.status).to_owned();
    let moved = (start, end, &target) != (old.start, old.end, &old.calendar);
    let unchecked = call.body["ignoreFreeSlotValidation"] == true || status == "cancelled";
    if moved && !unchecked && !is_free(place, &target, start, end, Some(&id)) {
        return Err(Refusal::bad(TAKEN));
    }
    let given = call.members();
    let place = call.place_mut()?;
    if let Some(appointment) = place.appointments.get_mut(&id) {
        (appointment.start, appointment.end, appointment.updated) = (start, end, now);
        appointment.calendar = target;
        appointment.status = status;
        for name in ["title", "address", "description", "assignedUserId"] {
            if let Some(value) = given.get(name) {
                appointment.fields.insert(name.to_owned(), value.clone());
            }
        }
    }
    let shown = view(place, one(place, &id)?);
    call.world.tell_appointment("AppointmentUpdate", &location, &id);
    call.did(&id);
    Ok(Answer::ok(shown))
}

/// `DELETE /calendars/events/{eventId}`
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    let (id, location) = (call.at("eventId"), call.location.clone());
    one(call.place()?, &id)?;
    call.world.tell_appointment("AppointmentDelete", &location, &id);
    if let Some(appointment) = call.place_mut()?.appointments.get_mut(&id) {
        appointment.gone = true;
    }
    call.did(&id);
    Ok(Answer::created(json!({ "succeeded": true })))
}

fn within(call: &mut Call<'_>, blocked: bool) -> Outcome {
    let bound = |name: &str| {
        let ms = call.asked(name).and_then(|text| text.parse::<i64>().ok());
        ms.and_then(|ms| Timestamp::from_millisecond(ms).ok())
            .ok_or_else(|| Refusal::unprocessable(vec![format!("{name} must be milliseconds")]))
    };
    let (from, until) = (bound("startTime")?, bound("endTime")?);
    let (calendar, user) = (call.asked("calendarId"), call.asked("userId"));
    if calendar.is_none() && user.is_none() && call.asked("groupId").is_none() {
        return Err(Refusal::unprocessable(vec![
            "Either of userId, calendarId or groupId is required".to_owned(),
        ]));
    }
    let place = call.place()?;
    let of_user =
        |id: &str| place.calendars.iter().any(|known| known.id == id && user == Some(known.user.as_str()));
    let found = place.appointments.values().filter(|known| {
        !known.gone
            && known.contact.is_none() == blocked
            && known.start < until
            && from < known.end
            && calendar.map_or_else(|| of_user(&known.calendar), |calendar| known.calendar == calendar)
    });
    let events: Vec<Value> = found.map(|known| view(place, known)).collect();
    Ok(Answer::ok(json!({ "events": events })))
}

/// `GET /calendars/events`
pub(super) fn events(call: &mut Call<'_>) -> Outcome {
    within(call, false)
}

/// `GET /calendars/blocked-slots`
pub(super) fn blocked(call: &mut Call<'_>) -> Outcome {
    within(call, true)
}

/// `POST /calendars/events/block-slots`
pub(super) fn block(call: &mut Call<'_>) -> Outcome {
    let calendar_id = call.text("calendarId").unwrap_or_default().to_owned();
    let minutes = calendar(call.place()?, &calendar_id)?.slot_minutes;
    let (start, end) = span(call, minutes, None)?;
    let id = put(call, &calendar_id, None, start, end)?;
    let title = call.text("title").unwrap_or("Blocked").to_owned();
    let place = call.place()?;
    Ok(Answer::created(json!({ "id": id, "locationId": place.id, "title": title, "calendarId": calendar_id,
        "startTime": local(place, start), "endTime": local(place, end) })))
}

/// `GET /contacts/{contactId}/appointments`: under the key `events`.
pub(super) fn of_contact(call: &mut Call<'_>) -> Outcome {
    let contact = call.contact()?.id.clone();
    let place = call.place()?;
    let own =
        place.appointments.values().filter(|known| known.contact.as_ref() == Some(&contact) && !known.gone);
    Ok(Answer::ok(json!({ "events": own.map(|known| view(place, known)).collect::<Vec<_>>() })))
}

/// `GET /calendars/appointments/{appointmentId}/notes`
pub(super) fn notes(call: &mut Call<'_>) -> Outcome {
    let limit = call.asked_limit("limit", 10, NOTES_MAX)?;
    let offset = call.asked("offset").and_then(|text| text.parse::<usize>().ok()).unwrap_or(0);
    let notes = &one(call.place()?, &call.at("appointmentId"))?.notes;
    let page: Vec<&Value> = notes.iter().skip(offset).take(limit).collect();
    Ok(Answer::ok(json!({ "notes": page, "hasMore": offset + page.len() < notes.len() })))
}

/// `POST /calendars/appointments/{appointmentId}/notes`
pub(super) fn add_note(call: &mut Call<'_>) -> Outcome {
    let (id, at) = (call.world.chance.id(), written(call.world.now));
    let appointment = call.at("appointmentId");
    let contact = one(call.place()?, &appointment)?.contact.clone().unwrap_or_default();
    let note = without_nulls(json!({ "id": id, "body": call.body["body"], "userId": call.body.get("userId"),
        "dateAdded": at, "contactId": contact }));
    if let Some(known) = call.place_mut()?.appointments.get_mut(&appointment) {
        known.notes.push(note.clone());
    }
    call.did(&id);
    Ok(Answer::created(json!({ "note": note })))
}
