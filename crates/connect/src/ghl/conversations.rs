//! Conversations and messages.

use jiff::Timestamp;
use serde_json::json;

use super::wire::{Call, EXPORT_PAGE_MAX, Fields, FromWire, Nothing, Op};

/// By which way a message is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Channel {
    /// A text message.
    Sms,
    /// An e-mail.
    Email,
    /// WhatsApp.
    WhatsApp,
    /// The chat of a web page.
    LiveChat,
}

impl Channel {
    /// As it is sent.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Sms => "SMS",
            Self::Email => "Email",
            Self::WhatsApp => "WhatsApp",
            Self::LiveChat => "Live_Chat",
        }
    }
}

/// A conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conversation {
    /// Its identifier.
    pub id: String,
    /// Its contact.
    pub contact: Option<String>,
    /// Messages not read.
    pub unread: Option<u64>,
    /// When the last message came or went.
    pub last_message_at: Option<Timestamp>,
    /// `inbound` or `outbound`.
    pub last_message_direction: Option<String>,
}

impl FromWire for Conversation {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let inner = fields.each("conversation");
        let it = inner.first().unwrap_or(fields);
        Some(Self {
            id: it.first_text(&["id", "_id"])?,
            contact: it.text("contactId"),
            unread: it.count("unreadCount"),
            last_message_at: it.instant("lastMessageDate"),
            last_message_direction: it.text("lastMessageDirection"),
        })
    }
}

impl FromWire for Vec<Conversation> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("conversations")?;
        Some(fields.list("conversations"))
    }
}

/// Conversations of a location, or of one of its contacts.
pub fn search(location: &str, contact: Option<&str>) -> Call<Vec<Conversation>> {
    Call::new(Op::ConversationSearch, &[]).with("locationId", location).with_some("contactId", contact)
}

/// Opens a conversation. When there is one already, that one is adopted.
pub fn create(location: &str, contact: &str) -> Call<Conversation> {
    let body = json!({ "locationId": location, "contactId": contact });
    Call::new(Op::ConversationCreate, &[]).json(body)
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its identifier.
    pub id: String,
    /// Its conversation.
    pub conversation: Option<String>,
    /// Its contact.
    pub contact: Option<String>,
    /// `TYPE_SMS`, `TYPE_EMAIL`, and so on.
    pub kind: Option<String>,
    /// Whether it came from the contact, where that is said.
    pub is_inbound: Option<bool>,
    /// `delivered`, `failed`, and so on.
    pub status: Option<String>,
    /// What it says; bodies of e-mails are asked for by [`email`].
    pub body: Option<String>,
    /// When.
    pub at: Option<Timestamp>,
    /// The carrier's code of a failure.
    pub error_code: Option<u32>,
    /// The user who wrote it.
    pub user: Option<String>,
    /// Of a call: how long they spoke.
    pub seconds: Option<u32>,
}

impl FromWire for Message {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let inner = fields.object("message");
        let it = if inner.members().is_some() { &inner } else { fields };
        let meta = it.object("meta");
        let code =
            it.text("errorCode").or_else(|| meta.text("errorCode")).or_else(|| match it.get("error")? {
                serde_json::Value::Object(_) => it.object("error").text("code"),
                _ => it.text("error"),
            });
        Some(Self {
            id: it.first_text(&["id", "messageId", "_id"])?,
            conversation: it.text("conversationId"),
            contact: it.text("contactId"),
            kind: it.text("messageType").or_else(|| it.text("type")),
            is_inbound: it.text("direction").map(|direction| direction.eq_ignore_ascii_case("inbound")),
            status: it.text("status"),
            body: it.text("body"),
            at: it.instant("dateAdded"),
            error_code: code.and_then(|code| code.trim().parse().ok()),
            user: it.text("userId"),
            seconds: meta
                .object("call")
                .number("duration")
                .or_else(|| meta.number("callDuration"))
                .and_then(whole),
        })
    }
}

/// Seconds as they are counted here.
fn whole(seconds: f64) -> Option<u32> {
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (0.0..=f64::from(u32::MAX)).contains(&seconds).then_some(seconds as u32)
}

/// A page of messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MessagePage {
    /// The messages, the newest first.
    pub messages: Vec<Message>,
    /// Where the next page begins, if there is one.
    pub next: Option<String>,
    /// How many there are in all, where it says.
    pub total: Option<u64>,
}

impl FromWire for MessagePage {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        // Published flat, answered nested (issue #54); exports are flat.
        let inner = fields.get("messages")?.is_object().then(|| fields.object("messages"));
        let it = inner.as_ref().unwrap_or(fields);
        let has_next = it.flag("nextPage").unwrap_or(true);
        let next = it.first_text(&["nextCursor", "lastMessageId"]).filter(|_| has_next);
        Some(Self { messages: it.list("messages"), next, total: fields.count("total") })
    }
}

/// Messages of a conversation, from the newest or before `after`.
pub fn messages(conversation: &str, after: Option<&str>, limit: u32) -> Call<MessagePage> {
    Call::new(Op::MessageList, &[conversation])
        .with_some("lastMessageId", after)
        .with("limit", limit.to_string())
}

/// One message.
pub fn message(id: &str) -> Call<Message> {
    Call::new(Op::MessageGet, &[id])
}

/// The body of an e-mail.
pub fn email(id: &str) -> Call<Message> {
    Call::new(Op::MessageEmailGet, &[id])
}

/// What of a location's messages is wanted.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Export {
    /// From.
    pub from: Option<Timestamp>,
    /// Until.
    pub until: Option<Timestamp>,
    /// Of this contact.
    pub contact: Option<String>,
    /// Where to go on: [`MessagePage::next`].
    pub cursor: Option<String>,
}

/// Messages of a location by time, five hundred per page: for back-filling, and for reading back what was sent.
pub fn export(location: &str, export: &Export) -> Call<MessagePage> {
    Call::new(Op::MessageExport, &[])
        .with("locationId", location)
        .with("limit", EXPORT_PAGE_MAX.to_string())
        .with("sortBy", "createdAt")
        .with_some("startDate", export.from.map(|at| at.to_string()))
        .with_some("endDate", export.until.map(|at| at.to_string()))
        .with_some("contactId", export.contact.as_deref())
        .with_some("cursor", export.cursor.as_deref())
}

/// A message to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewMessage {
    /// By which way.
    pub channel: Channel,
    /// To whom.
    pub contact: String,
    /// The text; of an e-mail its HTML.
    pub text: String,
    /// Of an e-mail.
    pub subject: Option<String>,
    /// When; at once otherwise.
    pub at: Option<Timestamp>,
}

/// What was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sent {
    /// The message.
    pub message: String,
    /// Its conversation.
    pub conversation: Option<String>,
}

impl FromWire for Sent {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let ids = fields.texts("messageIds");
        let message =
            fields.first_text(&["messageId", "emailMessageId", "id"]).or_else(|| ids.first().cloned())?;
        Some(Self { message, conversation: fields.text("conversationId") })
    }
}

/// Sends a message. It is sent twice if it is asked for twice: to be called by
/// [`Client::create`](super::Client::create) with [`export`] to read back.
pub fn send(message: &NewMessage) -> Call<Sent> {
    let text = if message.channel == Channel::Email { "html" } else { "message" };
    let mut body = json!({ "type": message.channel.as_str(), "contactId": message.contact });
    body[text] = json!(message.text);
    if let Some(subject) = &message.subject {
        body["subject"] = json!(subject);
    }
    if let Some(at) = message.at {
        body["scheduledTimestamp"] = json!(at.as_second());
    }
    Call::new(Op::MessageSend, &[]).json(body)
}

/// Takes back a message that is not due yet.
pub fn unschedule(message: &str) -> Call<Nothing> {
    Call::new(Op::MessageUnschedule, &[message])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ghl::wire::{Body, decode};

    #[test]
    fn messages_are_read_flat_and_nested() {
        let message = r#"{"id":"m","type":1,"messageType":"TYPE_SMS","direction":"inbound","body":"hi","dateAdded":"2026-01-01T00:00:00Z"}"#;
        let nested = format!(
            r#"{{"messages":{{"lastMessageId":"m","nextPage":true,"messages":[{message}]}},"traceId":"t"}}"#
        );
        let flat = format!(r#"{{"messages":[{message}],"nextCursor":"c","total":"1"}}"#);
        let nested = decode::<MessagePage>(nested.as_bytes()).unwrap().value;
        let flat = decode::<MessagePage>(flat.as_bytes()).unwrap().value;
        assert_eq!(nested.messages, flat.messages);
        assert_eq!(nested.messages[0].is_inbound, Some(true));
        assert_eq!(
            (nested.next.as_deref(), flat.next.as_deref(), flat.total),
            (Some("m"), Some("c"), Some(1))
        );
        let last =
            decode::<MessagePage>(br#"{"messages":{"lastMessageId":"m","nextPage":false,"messages":[]}}"#);
        assert_eq!(last.unwrap().value.next, None);
    }

    #[test]
    fn an_email_carries_its_text_as_html() {
        let mut message = NewMessage {
            channel: Channel::Email,
            contact: "C".to_owned(),
            text: "<p>x</p>".to_owned(),
            subject: Some("S".to_owned()),
            at: None,
        };
        assert_eq!(
            send(&message).ask.body,
            Body::Json(json!({"type": "Email", "contactId": "C", "html": "<p>x</p>", "subject": "S"}))
        );
        message = NewMessage { channel: Channel::Sms, subject: None, text: "x".to_owned(), ..message };
        assert_eq!(
            send(&message).ask.body,
            Body::Json(json!({"type": "SMS", "contactId": "C", "message": "x"}))
        );
    }

    #[test]
    fn a_conversation_that_was_just_opened_comes_in_a_list() {
        let body = br#"{"success":true,"conversation":[{"id":"v","contactId":"c"}]}"#;
        assert_eq!(decode::<Conversation>(body).unwrap().value.id, "v");
    }
}
