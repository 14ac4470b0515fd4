//! What GoHighLevel calls things, in our words: pure functions from its answers to persons, happenings and do-not-disturb.

use connect::ghl::{
    calendars::Appointment,
    contacts::{Contact, Task},
    conversations::Message,
    opportunities::{Opportunity, Status},
};
use contacts::Personal;
use jiff::Timestamp;
use leads::{
    Channel,
    gate::DoNotDisturb,
    timeline::{AppointmentStep, Direction, Entry, Happening, LeadSource, What},
};
use serde::{Deserialize, Serialize};

use crate::echo::OWN_TAGS;

mod source;

pub(super) use source::source;

/// What a person is called when nothing tells.
pub(super) const NAMELESS: &str = "(no name)";

/// What was seen of a contact last: what the next answer is compared with. Sealed under the person's key.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SeenContact {
    pub name: Option<String>,
    pub email: Option<String>,
    pub phone: Option<String>,
    pub address: Option<String>,
    pub assigned_to: Option<String>,
    pub source: Option<String>,
    /// Those that others write, in order.
    pub tags: Vec<String>,
    /// Do-not-disturb by channel, in the order of [`Channel::ALL`].
    pub dnd: Vec<DoNotDisturb>,
}

impl SeenContact {
    pub(super) fn of(contact: &Contact) -> Self {
        let Personal { name, email, phone, address } = personal(contact);
        let others = contact.tags.iter().filter(|tag| !tag.to_lowercase().starts_with(OWN_TAGS));
        let mut tags: Vec<String> = others.cloned().collect();
        tags.sort();
        tags.dedup();
        Self {
            name,
            email,
            phone,
            address,
            assigned_to: contact.assigned_to.clone(),
            source: contact.source.clone(),
            tags,
            dnd: do_not_disturb(contact).into_iter().map(|(_, dnd)| dnd).collect(),
        }
    }

    pub(super) fn personal(&self) -> Personal {
        Personal {
            name: self.name.clone(),
            email: self.email.clone(),
            phone: self.phone.clone(),
            address: self.address.clone(),
        }
    }
}

fn filled(text: Option<&str>) -> Option<String> {
    text.map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned)
}

/// Who a contact is. Never empty.
pub(super) fn personal(contact: &Contact) -> Personal {
    let parts = [filled(contact.first_name.as_deref()), filled(contact.last_name.as_deref())];
    let joined = parts.iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" ");
    let name = filled(Some(&joined)).or_else(|| filled(contact.name.as_deref()));
    let (email, phone) = (filled(contact.email.as_deref()), filled(contact.phone.as_deref()));
    let name = name.or_else(|| (email.is_none() && phone.is_none()).then(|| NAMELESS.to_owned()));
    Personal { name, email, phone, address: address(contact) }
}

/// `12 Pine St, Seattle, WA 98101, US`.
fn address(contact: &Contact) -> Option<String> {
    let area = [filled(contact.state.as_deref()), filled(contact.postal_code.as_deref())];
    let area = area.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let parts = [
        filled(contact.address.as_deref()),
        filled(contact.city.as_deref()),
        filled(Some(&area)),
        filled(contact.country.as_deref()),
    ];
    let is_told = parts[..3].iter().any(Option::is_some);
    is_told.then(|| parts.into_iter().flatten().collect::<Vec<_>>().join(", "))
}

/// Do-not-disturb of every channel. What is a word that is not known forbids.
pub(super) fn do_not_disturb(contact: &Contact) -> Vec<(Channel, DoNotDisturb)> {
    let of = |channel: Channel| {
        let name = match channel {
            Channel::Sms => "SMS",
            Channel::Voice => "Call",
            Channel::Email => "Email",
            Channel::WhatsApp => "WhatsApp",
            Channel::Messenger => "FB",
            Channel::GoogleBusiness => "GMB",
            Channel::Chat => "Live_Chat",
        };
        let own = match contact.dnd_settings.get(name).map(|dnd| dnd.status.to_lowercase()).as_deref() {
            None | Some("inactive") => DoNotDisturb::Off,
            Some("permanent") => DoNotDisturb::Permanent,
            Some(_) => DoNotDisturb::On,
        };
        let all = contact.dnd == Some(true) && own == DoNotDisturb::Off;
        (channel, if all { DoNotDisturb::On } else { own })
    };
    Channel::ALL.into_iter().map(of).collect()
}

/// How a contact came, and which labels it got or lost since `before`.
pub(super) fn of_contact(
    contact: &Contact,
    before: Option<&SeenContact>,
    after: &SeenContact,
    now: Timestamp,
) -> Vec<Entry> {
    let revised = contact.updated_at.unwrap_or(now).min(now);
    let came = contact.added_at.unwrap_or(revised).min(now);
    let what = What::Arrived { source: after.source.as_deref().map_or(LeadSource::Other, source) };
    let mut entries = vec![told("arrived", came, what, revised, now)];
    let known: &[String] = before.map_or(&[], |before| before.tags.as_slice());
    let got = after.tags.iter().filter(|tag| !known.contains(tag)).map(|tag| (tag, true));
    let lost = known.iter().filter(|tag| !after.tags.contains(tag)).map(|tag| (tag, false));
    for (tag, added) in got.chain(lost) {
        // The labels of somebody who is new here came with them; later ones came with the change.
        let at = if before.is_none() { came } else { revised };
        let id = format!("tag:{tag}:{}", at.as_millisecond());
        entries.push(told(id, at, What::Tag { tag: tag.clone(), added }, revised, now));
    }
    entries
}

fn told(id: impl Into<String>, at: Timestamp, what: What, revised: Timestamp, now: Timestamp) -> Entry {
    Entry::told(id, now, Happening { at: at.min(now), what }).revised(revised)
}

/// What was seen of a deal last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SeenOpportunity {
    pub pipeline: Option<String>,
    pub stage: Option<String>,
    pub status: Option<String>,
}

impl SeenOpportunity {
    pub(super) fn of(opportunity: &Opportunity) -> Self {
        Self {
            pipeline: opportunity.pipeline.clone(),
            stage: opportunity.stage.clone(),
            status: opportunity.status.map(|status| Status::as_str(status).to_owned()),
        }
    }
}

/// That a deal came to its stage, which has this place in its pipeline.
pub(super) fn of_opportunity(
    opportunity: &Opportunity,
    (place, of): (u16, u16),
    now: Timestamp,
) -> Option<Entry> {
    let stage = opportunity.stage.as_deref()?;
    let revised = opportunity.updated_at.unwrap_or(now).min(now);
    let since = opportunity.stage_since.or(opportunity.created_at).unwrap_or(revised).min(now);
    let id = format!("opportunity:{}:{stage}:{}", opportunity.id, since.as_millisecond());
    Some(told(id, since, What::StageMove { opportunity: opportunity.id.clone(), place, of }, revised, now))
}

/// What was seen of an appointment last.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct SeenAppointment {
    pub status: Option<String>,
    pub starts_at: Option<Timestamp>,
}

impl SeenAppointment {
    pub(super) fn of(appointment: &Appointment) -> Self {
        Self {
            status: appointment.status.as_ref().map(|status| status.to_lowercase()),
            starts_at: appointment.starts_at,
        }
    }
}

/// The names under which an appointment is told.
pub(super) fn names_of_appointment(id: &str) -> [String; 2] {
    [format!("appointment:{id}:booked"), format!("appointment:{id}:outcome")]
}

/// That an appointment was booked, and what became of it. One that is on again after it was called off is told to be
/// booked under both names, at the same instant: that counts once.
pub(super) fn of_appointment(appointment: &Appointment, had_outcome: bool, now: Timestamp) -> Vec<Entry> {
    let Some(starts) = appointment.starts_at else { return Vec::new() };
    let revised = appointment.updated_at.unwrap_or(now).min(now);
    let booked_at = appointment.added_at.unwrap_or(revised).min(now);
    let what = |step| What::Appointment { appointment: appointment.id.clone(), step };
    let [booked, outcome] = names_of_appointment(&appointment.id);
    let booking = what(AppointmentStep::Booked { starts });
    let mut entries = vec![told(booked, booked_at, booking.clone(), revised, now)];
    let step = match appointment.status.as_ref().map(|status| status.to_lowercase()).as_deref() {
        Some("showed" | "completed") => Some((AppointmentStep::Shown, starts)),
        Some("noshow") => Some((AppointmentStep::NoShow, starts)),
        Some("cancelled" | "canceled" | "invalid") => Some((AppointmentStep::Cancelled, revised)),
        _ => None,
    };
    match step {
        Some((step, at)) => entries.push(told(outcome, at.min(revised), what(step), revised, now)),
        None if had_outcome => entries.push(told(outcome, booked_at, booking, revised, now)),
        None => {}
    }
    entries
}

/// That a task was opened or done, when that was seen first.
pub(super) fn of_task(task: &Task, seen_at: Timestamp, now: Timestamp) -> Entry {
    let id = if task.is_completed { format!("task:{}:done", task.id) } else { format!("task:{}", task.id) };
    told(id, seen_at, What::Task { task: task.id.clone(), done: task.is_completed }, seen_at, now)
}

/// How a message travelled; nothing for what is none: notes of the system in a conversation.
pub(super) fn channel(message: &Message) -> Option<Channel> {
    let kind = message.kind.as_deref()?.to_uppercase();
    let kind = kind.strip_prefix("TYPE_").unwrap_or(&kind);
    Some(match kind {
        "SMS" | "RCS" | "MMS" | "CUSTOM_SMS" | "CUSTOM_PROVIDER_SMS" => Channel::Sms,
        "EMAIL" | "CUSTOM_EMAIL" | "CUSTOM_PROVIDER_EMAIL" | "CAMPAIGN_EMAIL" => Channel::Email,
        "CALL" | "VOICEMAIL" | "IVR_CALL" | "CUSTOM_CALL" => Channel::Voice,
        "WHATSAPP" => Channel::WhatsApp,
        "FACEBOOK" | "FB" | "INSTAGRAM" | "IG" | "CAMPAIGN_FACEBOOK" => Channel::Messenger,
        "GMB" | "CAMPAIGN_GMB" => Channel::GoogleBusiness,
        "WEBCHAT" | "LIVE_CHAT" | "LIVE_CHAT_INFO_MESSAGE" | "TIKTOK" => Channel::Chat,
        _ => return None,
    })
}

/// That a message was written or a call made.
pub(super) fn of_message(message: &Message, channel: Channel, is_inbound: bool, now: Timestamp) -> Entry {
    let direction = if is_inbound { Direction::Inbound } else { Direction::Outbound };
    let what = match channel {
        Channel::Voice => What::Call { direction, seconds: message.seconds.unwrap_or(0) },
        channel => What::Message { direction, channel },
    };
    let at = message.at.unwrap_or(now).min(now);
    told(format!("message:{}", message.id), at, what, at, now)
}

#[cfg(test)]
mod tests;
