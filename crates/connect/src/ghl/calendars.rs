//! Calendars, free slots and appointments.

use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value, json};

use super::wire::{Call, Fields, FromWire, Nothing, Op};

/// The longest time that may be asked for free slots at once.
pub const SLOTS_DAYS_MAX: i64 = 31;

/// A calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its identifier.
    pub id: String,
    /// Its name: what calendars are mapped by.
    pub name: String,
    /// Whether it takes appointments.
    pub is_active: bool,
}

impl FromWire for Calendar {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let is_active = fields.flag("isActive").unwrap_or(true);
        Some(Self { id: fields.text("id")?, name: fields.text("name")?, is_active })
    }
}

impl FromWire for Vec<Calendar> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("calendars")?;
        Some(fields.list("calendars"))
    }
}

/// Calendars of a location.
pub fn list(location: &str) -> Call<Vec<Calendar>> {
    Call::new(Op::CalendarList, &[]).with("locationId", location)
}

/// When a calendar is free, in order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Slots(pub Vec<Timestamp>);

impl FromWire for Slots {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        // {"2026-01-02": {"slots": ["2026-01-02T09:00:00-05:00"]}, .., "traceId": ".."}
        let days = fields.members()?.keys().filter(|name| name.parse::<jiff::civil::Date>().is_ok());
        let mut slots: Vec<Timestamp> = days
            .flat_map(|day| fields.object(day).texts("slots"))
            .filter_map(|slot| slot.parse().ok())
            .collect();
        slots.sort_unstable();
        slots.dedup();
        Some(Self(slots))
    }
}

/// When a calendar is free, from `from` on, [`SLOTS_DAYS_MAX`] days at most.
pub fn free_slots(calendar: &str, from: Timestamp, days: i64, timezone: Option<&str>) -> Call<Slots> {
    let days = days.clamp(1, SLOTS_DAYS_MAX);
    let until = from.checked_add(SignedDuration::from_hours(24 * days)).unwrap_or(Timestamp::MAX);
    Call::new(Op::CalendarFreeSlots, &[calendar])
        .with("startDate", from.as_millisecond().to_string())
        .with("endDate", until.as_millisecond().to_string())
        .with_some("timezone", timezone)
}

/// An appointment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Appointment {
    /// Its identifier.
    pub id: String,
    /// Its calendar.
    pub calendar: Option<String>,
    /// Its contact.
    pub contact: Option<String>,
    /// `new`, `confirmed`, `cancelled`, `showed`, `noshow`, `invalid`.
    pub status: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// When it begins.
    pub starts_at: Option<Timestamp>,
    /// When it ends.
    pub ends_at: Option<Timestamp>,
    /// The user it is with.
    pub assigned_to: Option<String>,
    /// When it was made.
    pub added_at: Option<Timestamp>,
    /// When it was changed.
    pub updated_at: Option<Timestamp>,
}

impl FromWire for Appointment {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let wrapped = ["appointment", "event"].map(|name| fields.object(name));
        let it = wrapped.iter().find(|inner| inner.members().is_some()).unwrap_or(fields);
        Some(Self {
            id: it.first_text(&["id", "_id"])?,
            calendar: it.text("calendarId"),
            contact: it.text("contactId"),
            status: it.first_text(&["appointmentStatus", "appoinmentStatus", "status"]),
            title: it.text("title"),
            starts_at: it.instant("startTime"),
            ends_at: it.instant("endTime"),
            assigned_to: it.text("assignedUserId"),
            added_at: it.instant("dateAdded"),
            updated_at: it.instant("dateUpdated"),
        })
    }
}

impl FromWire for Vec<Appointment> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("events")?;
        Some(fields.list("events"))
    }
}

/// An appointment to be booked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAppointment {
    /// In which calendar.
    pub calendar: String,
    /// In which location.
    pub location: String,
    /// With whom.
    pub contact: String,
    /// When it begins; a free slot.
    pub starts_at: Timestamp,
    /// When it ends; as the calendar says otherwise.
    pub ends_at: Option<Timestamp>,
    /// The user it is with.
    pub assigned_to: Option<String>,
    /// Its title.
    pub title: Option<String>,
    /// Whether those concerned are told.
    pub is_announced: bool,
}

/// Books an appointment.
pub fn book(appointment: &NewAppointment) -> Call<Appointment> {
    let mut body = json!({
        "calendarId": appointment.calendar,
        "locationId": appointment.location,
        "contactId": appointment.contact,
        "startTime": wire_time(appointment.starts_at),
        "appointmentStatus": "confirmed",
        "toNotify": appointment.is_announced,
    });
    if let Some(end) = appointment.ends_at {
        body["endTime"] = json!(wire_time(end));
    }
    if let Some(user) = &appointment.assigned_to {
        body["assignedUserId"] = json!(user);
    }
    if let Some(title) = &appointment.title {
        body["title"] = json!(title);
    }
    Call::new(Op::AppointmentCreate, &[]).json(body)
}

/// One appointment.
pub fn get(id: &str) -> Call<Appointment> {
    Call::new(Op::AppointmentGet, &[id])
}

/// Changes an appointment's status or time.
pub fn update(id: &str, status: Option<&str>, starts_at: Option<Timestamp>) -> Call<Appointment> {
    let mut body = Map::new();
    if let Some(status) = status {
        body.insert("appointmentStatus".to_owned(), json!(status));
    }
    if let Some(at) = starts_at {
        body.insert("startTime".to_owned(), json!(wire_time(at)));
    }
    Call::new(Op::AppointmentUpdate, &[id]).json(Value::Object(body))
}

/// Deletes an appointment.
pub fn delete(id: &str) -> Call<Nothing> {
    Call::new(Op::EventDelete, &[id]).json(json!({}))
}

/// Appointments of a calendar in a time.
pub fn events(location: &str, calendar: &str, from: Timestamp, until: Timestamp) -> Call<Vec<Appointment>> {
    Call::new(Op::EventList, &[])
        .with("locationId", location)
        .with("calendarId", calendar)
        .with("startTime", from.as_millisecond().to_string())
        .with("endTime", until.as_millisecond().to_string())
}

/// Appointments of a contact.
pub fn of_contact(contact: &str) -> Call<Vec<Appointment>> {
    Call::new(Op::ContactAppointments, &[contact])
}

/// With an offset: a `Z` is refused by some.
fn wire_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%S+00:00").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ghl::wire::{Body, decode};

    #[test]
    fn slots_are_found_among_days_and_in_order() {
        let body = br#"{"2026-01-03":{"slots":["2026-01-03T09:00:00-05:00"]},"2026-01-02":{"slots":["2026-01-02T10:00:00-05:00","2026-01-02T09:00:00-05:00"]},"traceId":"t"}"#;
        let slots: Vec<String> =
            decode::<Slots>(body).unwrap().value.0.iter().map(Timestamp::to_string).collect();
        assert_eq!(slots, ["2026-01-02T14:00:00Z", "2026-01-02T15:00:00Z", "2026-01-03T14:00:00Z"]);
    }

    #[test]
    fn no_more_than_a_month_is_asked_for() {
        let from: Timestamp = "2026-01-01T00:00:00Z".parse().unwrap();
        let query = free_slots("cal", from, 90, None).ask.query;
        assert_eq!(query[0].1, "1767225600000");
        assert_eq!(query[1].1, "1769904000000", "31 days later");
    }

    #[test]
    fn times_are_sent_with_an_offset() {
        let appointment = NewAppointment {
            calendar: "K".to_owned(),
            location: "L".to_owned(),
            contact: "C".to_owned(),
            starts_at: "2026-01-02T14:00:00Z".parse().unwrap(),
            ends_at: None,
            assigned_to: None,
            title: None,
            is_announced: true,
        };
        let Body::Json(body) = book(&appointment).ask.body else { panic!() };
        assert_eq!(body["startTime"], "2026-01-02T14:00:00+00:00");
    }
}
