//! One request, understood: who calls which operation with what.

use std::collections::HashMap;

use serde_json::{Map, Value};

use super::{
    answer::{Outcome, Refusal},
    contract::Operation,
    faults::Rule,
    world::{Contact, Location, World},
};

/// One request on its way through an operation.
pub(super) struct Call<'a> {
    /// The world it happens in.
    pub world: &'a mut World,
    /// What is called.
    pub operation: &'static Operation,
    /// Parameters in the path.
    pub path: HashMap<String, String>,
    /// Parameters in the query.
    pub query: HashMap<String, String>,
    /// The body; null when there is none.
    pub body: Value,
    /// The location that the token speaks for, or that the request names.
    pub location: String,
    /// The fault that strikes within the operation.
    pub fault: Option<Rule>,
    /// Where the emulator is reached, for links in answers.
    pub base: String,
}

impl Call<'_> {
    /// The location.
    pub fn place(&self) -> Result<&Location, Refusal> {
        self.world.locations.get(&self.location).ok_or_else(|| self.nowhere())
    }

    /// The location, to be changed.
    pub fn place_mut(&mut self) -> Result<&mut Location, Refusal> {
        let nowhere = self.nowhere();
        self.world.locations.get_mut(&self.location).ok_or(nowhere)
    }

    fn nowhere(&self) -> Refusal {
        Refusal::bad(format!("Location with id {} not found", self.location))
    }

    /// A parameter of the path.
    pub fn at(&self, name: &str) -> String {
        self.path.get(name).cloned().unwrap_or_default()
    }

    /// A parameter of the query, when it says anything.
    pub fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    /// A number of the query.
    ///
    /// # Errors
    /// 400 when it is above `max`: GoHighLevel does not clamp.
    pub fn asked_limit(&self, name: &str, default: usize, max: usize) -> Result<usize, Refusal> {
        let asked = self.asked(name).and_then(|text| text.parse::<usize>().ok()).unwrap_or(default);
        if asked > max {
            return Err(Refusal::bad(format!("{name} must not be greater than {max}")));
        }
        Ok(asked.max(1))
    }

    /// A text in the body.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.body.get(name).and_then(Value::as_str).filter(|text| !text.is_empty())
    }

    /// The texts in a list of the body.
    pub fn texts(&self, name: &str) -> Vec<String> {
        let list = self.body.get(name).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).map(str::to_owned).collect()
    }

    /// The body's members.
    pub fn members(&self) -> Map<String, Value> {
        self.body.as_object().cloned().unwrap_or_default()
    }

    /// The contact named in the path.
    pub fn contact(&self) -> Result<&Contact, Refusal> {
        let id = self.at("contactId");
        self.place()?.contact(&id).ok_or_else(|| Refusal::no_contact(&id))
    }

    /// The contact named in the path, to be changed; its time of change is now.
    pub fn contact_mut(&mut self) -> Result<&mut Contact, Refusal> {
        let (id, now) = (self.at("contactId"), self.world.now);
        let contact = self.place_mut()?.contacts.get_mut(&id).filter(|contact| contact.is_here());
        let contact = contact.ok_or_else(|| Refusal::no_contact(&id))?;
        contact.updated = now;
        Ok(contact)
    }

    /// Notes that the operation did something to this.
    pub fn did(&mut self, entity: &str) {
        let (key, location) = (self.operation.key.clone(), self.location.clone());
        self.world.effect(&key, &location, entity);
    }

    /// Whether a fault of this class strikes within the operation.
    pub fn struck_by(&self, class: u8) -> Option<&Rule> {
        self.fault.as_ref().filter(|rule| rule.class == class)
    }
}

/// An operation's handler.
pub(super) type Handler = fn(&mut Call<'_>) -> Outcome;
