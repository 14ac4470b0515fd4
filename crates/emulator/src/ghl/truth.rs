//! The truth, all of it: what a copy elsewhere is compared with.

use serde_json::{Map, Value, json};

use super::{
    clock::written,
    ops::{appointment_view, contact_view, conversation_view, message_view, opportunity_view},
    world::{Contact, Location, World},
};

impl World {
    /// Everything that can be asked about a location, for comparisons.
    pub fn truth(&self, only: Option<&str>) -> Value {
        let chosen = self.locations.values().filter(|location| only.is_none_or(|only| location.id == only));
        let locations: Map<String, Value> =
            chosen.map(|location| (location.id.clone(), location.truth())).collect();
        json!({ "at": written(self.now), "company": self.company, "locations": locations })
    }

    /// Everything that can be asked about one contact; `null` when it never was.
    pub fn truth_of_contact(&self, location: &str, id: &str) -> Value {
        let Some(place) = self.locations.get(location) else { return Value::Null };
        let Some(contact) = place.contacts.get(id) else { return Value::Null };
        let mut view = place.contact_truth(contact);
        let deals = place.opportunities.values().filter(|deal| deal.contact == id && !deal.gone);
        view["opportunities"] = deals.map(|deal| opportunity_view(place, deal)).collect();
        let booked =
            place.appointments.values().filter(|one| one.contact.as_deref() == Some(id) && !one.gone);
        view["appointments"] = booked.map(|appointment| appointment_view(place, appointment)).collect();
        let messages = place.messages.iter().filter(|message| message.contact == id);
        view["messages"] = messages.map(|message| message_view(place, message)).collect();
        view
    }
}

impl Location {
    fn contact_truth(&self, contact: &Contact) -> Value {
        let mut view = contact_view(self, contact);
        view["tasks"] = Value::from(contact.tasks.clone());
        view["notes"] = Value::from(contact.notes.clone());
        view["enrolments"] = Value::from(contact.enrolments.clone());
        view["campaigns"] = Value::from(contact.campaigns.clone());
        view["gone"] = json!(contact.gone);
        view
    }

    fn truth(&self) -> Value {
        let contacts: Map<String, Value> =
            self.contacts.values().map(|contact| (contact.id.clone(), self.contact_truth(contact))).collect();
        let opportunities: Map<String, Value> = self
            .opportunities
            .values()
            .map(|deal| {
                let mut view = opportunity_view(self, deal);
                view["gone"] = Value::from(deal.gone);
                (deal.id.clone(), view)
            })
            .collect();
        let appointments: Map<String, Value> = self
            .appointments
            .values()
            .map(|appointment| {
                let mut view = appointment_view(self, appointment);
                view["gone"] = Value::from(appointment.gone);
                view["announced"] = Value::from(appointment.is_announced);
                (appointment.id.clone(), view)
            })
            .collect();
        json!({
            "id": self.id, "name": self.name, "timezone": self.timezone, "suspended": self.suspended,
            "installed": self.installed.map(written), "users": self.users, "customFields": self.custom_fields,
            "customValues": self.custom_values, "tags": self.tags, "pipelines": self.pipelines,
            "workflows": self.workflows, "calendars": self.calendars, "contacts": contacts,
            "opportunities": opportunities, "appointments": appointments,
            "conversations": self.conversations.values().map(|one| conversation_view(self, one)).collect::<Value>(),
            "messages": self.messages.iter().map(|one| message_view(self, one)).collect::<Value>(),
        })
    }
}
