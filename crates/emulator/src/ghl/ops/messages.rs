//! Messages: send, receive, list, export.

use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::{
    super::{
        answer::{Answer, Outcome, Refusal, without_nulls},
        call::Call,
        clock::written,
        world::{Location, Message},
    },
    conversations,
};

/// What GoHighLevel calls a channel: name in a request, type, number.
const CHANNELS: [(&str, &str, u32); 12] = [
    ("Call", "TYPE_CALL", 1),
    ("SMS", "TYPE_SMS", 2),
    ("Email", "TYPE_EMAIL", 3),
    ("WebChat", "TYPE_WEBCHAT", 5),
    ("FB", "TYPE_FACEBOOK", 11),
    ("GMB", "TYPE_GMB", 14),
    ("IG", "TYPE_INSTAGRAM", 18),
    ("WhatsApp", "TYPE_WHATSAPP", 19),
    ("Custom", "TYPE_CUSTOM_SMS", 20),
    ("Live_Chat", "TYPE_LIVE_CHAT", 29),
    ("RCS", "TYPE_RCS", 37),
    ("TIKTOK", "TYPE_TIKTOK", 39),
];

/// `TYPE_SMS` of `SMS`.
pub(super) fn kind(channel: &str) -> &'static str {
    CHANNELS.iter().find(|(name, ..)| *name == channel).map_or("TYPE_SMS", |(_, kind, _)| kind)
}

/// A message as answers show it.
pub(in super::super) fn view(place: &Location, message: &Message) -> Value {
    let number =
        CHANNELS.iter().find(|(name, ..)| *name == message.channel).map_or(2, |(.., number)| *number);
    let email = message.channel == "Email";
    without_nulls(json!({
        "id": message.id, "type": number, "messageType": kind(&message.channel), "locationId": place.id,
        "contactId": message.contact, "conversationId": message.conversation, "body": message.body,
        "direction": message.direction, "status": message.status, "source": message.source,
        "contentType": if email { "text/html" } else { "text/plain" },
        "attachments": message.given.get("attachments").cloned().unwrap_or_else(|| json!([])),
        "meta": email.then(|| json!({ "email": { "messageIds": [message.id] } })),
        "error": message.error,
        "dateAdded": written(message.added), "dateUpdated": written(message.updated),
    }))
}

fn one<'a>(call: &'a Call<'_>, id: &str) -> Result<&'a Message, Refusal> {
    let found = call.place()?.messages.iter().find(|message| message.id == id);
    found.ok_or_else(|| Refusal::missing("Message", id))
}

/// `POST /conversations/messages`
pub(super) fn send(call: &mut Call<'_>) -> Outcome {
    let contact = call.text("contactId").unwrap_or_default().to_owned();
    let channel = call.text("type").unwrap_or_default().to_owned();
    let text = call.text("message").or_else(|| call.text("html")).unwrap_or_default().to_owned();
    if text.is_empty() && call.texts("attachments").is_empty() && call.text("templateId").is_none() {
        return Err(Refusal::bad("There is no message or attachments for this message. Skip sending."));
    }
    let place = call.place()?;
    let known = place.contact(&contact).ok_or_else(|| Refusal::no_contact(&contact))?;
    let setting = |channel: &str| {
        known.fields.get("dndSettings").and_then(|all| all.get(channel)?.get("status")?.as_str())
    };
    let silent = known.fields.get("dnd") == Some(&Value::Bool(true));
    if silent || matches!(setting(&channel), Some("active" | "permanent")) {
        return Err(Refusal::bad(format!("Cannot send message as DND is active for {channel}.")));
    }
    let reachable = match channel.as_str() {
        "SMS" | "WhatsApp" | "RCS" => known.text("phone").is_some(),
        "Email" => known.text("email").is_some() || call.text("emailTo").is_some(),
        _ => true,
    };
    if !reachable {
        return Err(Refusal::bad(format!(
            "Missing {} for this contact",
            if channel == "Email" { "email" } else { "phone number" }
        )));
    }
    let scheduled = call.body.get("scheduledTimestamp").is_some_and(|at| !at.is_null());
    let failed = call.fault.clone().filter(|rule| matches!(rule.class, 35..=38) && channel == "SMS");
    let conversation = conversations::with(call, &contact)?;
    let (id, now, location) = (call.world.chance.id(), call.world.now, call.location.clone());
    let error = failed.as_ref().map(|rule| carrier_error(rule.class, rule.code.as_deref()));
    let status = match (&error, scheduled) {
        (Some(_), _) => "failed",
        (None, true) => "scheduled",
        (None, false) if channel == "Email" => "sent",
        (None, false) => "delivered",
    };
    let message = Message {
        id: id.clone(),
        conversation: conversation.clone(),
        contact: contact.clone(),
        channel: channel.clone(),
        direction: "outbound",
        body: text,
        status: status.to_owned(),
        error,
        given: call.members(),
        source: "api",
        added: now,
        updated: now,
    };
    store(call, message.clone())?;
    if failed.is_some_and(|rule| rule.class == 36) {
        opt_out(call, &contact)?;
    }
    call.world.tell_message(&location, &message);
    call.did(&id);
    let email = (channel == "Email").then_some(&id);
    // Accepted is not delivered: what the carrier thinks of it is told by the message's status later.
    Ok(Answer::ok(without_nulls(
        json!({ "conversationId": conversation, "messageId": id, "messageIds": [id],
        "emailMessageId": email, "msg": "Message queued successfully.", "status": "pending" }),
    )))
}

fn carrier_error(class: u8, code: Option<&str>) -> Value {
    let code = code.unwrap_or(match class {
        35 => "30003",
        36 => "30004",
        37 => "30007",
        _ => "30023",
    });
    let words = match code {
        "30003" => "Unreachable destination handset",
        "30004" | "21610" => "Message blocked: the recipient has opted out",
        "30005" => "Unknown destination handset",
        "30006" => "Landline or unreachable carrier",
        "30007" => "Carrier violation: message filtered",
        "30023" => "Daily message cap reached",
        "30034" => "Number not registered with an A2P 10DLC campaign",
        _ => "Message could not be delivered",
    };
    json!({ "code": code, "type": "carrier", "message": words })
}

fn opt_out(call: &mut Call<'_>, contact: &str) -> Result<(), Refusal> {
    let (location, now) = (call.location.clone(), call.world.now);
    if let Some(contact) = call.place_mut()?.contacts.get_mut(contact) {
        let settings = contact.fields.entry("dndSettings").or_insert_with(|| json!({}));
        settings["SMS"] = json!({ "status": "permanent", "message": "Opted out", "code": "30004" });
        contact.updated = now;
    }
    call.world.tell_contact("ContactDndUpdate", &location, contact);
    Ok(())
}

fn store(call: &mut Call<'_>, message: Message) -> Result<(), Refusal> {
    let now = call.world.now;
    let place = call.place_mut()?;
    if let Some(conversation) = place.conversations.get_mut(&message.conversation) {
        conversation.updated = now;
        if message.direction == "inbound" {
            conversation.unread += 1;
        }
    }
    place.messages.push(message);
    Ok(())
}

/// Somebody writes to the location. A whole-message opt-out sets do-not-disturb, as GoHighLevel does.
///
/// # Errors
/// When there is no such contact.
pub(in super::super) fn receive(
    call: &mut Call<'_>,
    contact: &str,
    channel: &str,
    text: &str,
    given: Map<String, Value>,
) -> Result<String, Refusal> {
    let conversation = conversations::with(call, contact)?;
    let (id, now, location) = (call.world.chance.id(), call.world.now, call.location.clone());
    let message = Message {
        id: id.clone(),
        conversation: conversation.clone(),
        contact: contact.to_owned(),
        channel: channel.to_owned(),
        direction: "inbound",
        body: text.to_owned(),
        status: "delivered".to_owned(),
        error: None,
        given,
        source: "app",
        added: now,
        updated: now,
    };
    store(call, message.clone())?;
    call.world.tell_message(&location, &message);
    let known = call.place()?.conversations.get(&conversation).cloned();
    if let Some(conversation) = known {
        call.world.tell_unread(&location, &conversation);
    }
    let stop = ["stop", "stopall", "unsubscribe", "cancel", "end", "quit"];
    if channel == "SMS" && stop.contains(&text.trim().to_lowercase().as_str()) {
        opt_out(call, contact)?;
    }
    call.did(&id);
    Ok(id)
}

/// `POST /conversations/messages/inbound`
pub(super) fn log_inbound(call: &mut Call<'_>) -> Outcome {
    let text = call.text("message").or_else(|| call.text("html")).unwrap_or_default().to_owned();
    let channel = call.text("type").unwrap_or("SMS").to_owned();
    let conversation = call.text("conversationId").unwrap_or_default().to_owned();
    let known = call.place()?.conversations.get(&conversation).filter(|known| !known.gone);
    let contact = known.map(|known| known.contact.clone());
    let contact = contact.ok_or_else(|| Refusal::missing("Conversation", &conversation))?;
    let given = call.members();
    let id = receive(call, &contact, &channel, &text, given)?;
    Ok(Answer::ok(json!({ "success": true, "conversationId": conversation, "messageId": id,
        "message": "Message added", "contactId": contact, "dateAdded": written(call.world.now) })))
}

/// `GET /conversations/{conversationId}/messages`: nested, unlike what is published.
pub(super) fn of_conversation(call: &mut Call<'_>) -> Outcome {
    let limit = call.asked_limit("limit", 20, 100)?;
    let id = call.at("conversationId");
    let place = call.place()?;
    if !place.conversations.contains_key(&id) {
        return Err(Refusal::missing("Conversation", &id));
    }
    let wanted = call.asked("type").map(|types| types.split(',').collect::<Vec<_>>());
    let newest_first = place.messages.iter().rev().filter(|message| {
        message.conversation == id
            && wanted.as_ref().is_none_or(|wanted| wanted.contains(&kind(&message.channel)))
    });
    let after = call.asked("lastMessageId");
    let mut rest: Vec<&Message> = match after {
        Some(after) => newest_first.skip_while(|message| message.id != after).skip(1).collect(),
        None => newest_first.collect(),
    };
    let more = rest.len() > limit;
    rest.truncate(limit);
    let last = rest.last().map_or("", |message| message.id.as_str());
    let shown: Vec<Value> = rest.iter().map(|message| view(place, message)).collect();
    Ok(Answer::ok(json!({ "messages": { "lastMessageId": last, "nextPage": more, "messages": shown } })))
}

/// `GET /conversations/messages/export`
pub(super) fn export(call: &mut Call<'_>) -> Outcome {
    let limit = call.asked_limit("limit", 50, 500)?;
    if limit < 10 {
        return Err(Refusal::unprocessable(vec!["limit must not be less than 10".to_owned()]));
    }
    let updated = call.asked("sortBy") == Some("updatedAt");
    let ascending = call.asked("sortOrder") == Some("asc");
    let key = |message: &Message| if updated { message.updated } else { message.added };
    let bound = |name: &str| call.asked(name).and_then(instant);
    let (from, until) = (bound("startDate"), bound("endDate"));
    let channel = call.asked("channel").map(|channel| match channel {
        "Instagram" => "IG",
        "Facebook" => "FB",
        other => other,
    });
    let place = call.place()?;
    let mut found: Vec<&Message> = place
        .messages
        .iter()
        .filter(|message| {
            from.is_none_or(|from| key(message) >= from)
                && until.is_none_or(|until| key(message) <= until)
                && channel.is_none_or(|channel| message.channel == channel)
                && call.asked("contactId").is_none_or(|contact| message.contact == contact)
                && call.asked("conversationId").is_none_or(|id| message.conversation == id)
        })
        .collect();
    found.sort_by_key(|message| (key(message), &message.id));
    if !ascending {
        found.reverse();
    }
    let total = found.len();
    let begin = match call.asked("cursor") {
        Some(cursor) => match found.iter().position(|message| message.id == cursor) {
            Some(at) => at + 1,
            None => return Err(Refusal::bad("Invalid cursor")),
        },
        None => 0,
    };
    let page: Vec<&Message> = found.into_iter().skip(begin).take(limit).collect();
    let next = page.last().filter(|_| begin + page.len() < total).map(|message| message.id.as_str());
    let shown: Vec<Value> = page.iter().map(|message| view(place, message)).collect();
    Ok(Answer::ok(without_nulls(json!({ "messages": shown, "nextCursor": next, "total": total }))))
}

/// An ISO instant, a civil date, or milliseconds.
fn instant(text: &str) -> Option<Timestamp> {
    let iso = text.parse::<Timestamp>().ok();
    let date = || {
        let date = text.parse::<jiff::civil::Date>().ok()?;
        date.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|at| at.timestamp())
    };
    let number = || text.parse::<i64>().ok().and_then(|ms| Timestamp::from_millisecond(ms).ok());
    iso.or_else(date).or_else(number)
}

/// `GET /conversations/messages/{id}`
pub(super) fn show(call: &mut Call<'_>) -> Outcome {
    let message = one(call, &call.at("id"))?;
    Ok(Answer::ok(view(call.place()?, message)))
}

/// `GET /conversations/messages/email/{id}`: the only way to an e-mail's text.
pub(super) fn email(call: &mut Call<'_>) -> Outcome {
    let id = call.at("id");
    let place = call.place()?;
    let message = one(call, &id)?;
    if message.channel != "Email" {
        return Err(Refusal::missing("Email message", &id));
    }
    let given = |name: &str| message.given.get(name).cloned();
    let address = place.contacts.get(&message.contact).and_then(|contact| contact.text("email"));
    Ok(Answer::ok(without_nulls(json!({
        "id": message.id, "threadId": message.conversation, "locationId": place.id, "contactId": message.contact,
        "conversationId": message.conversation, "dateAdded": written(message.added), "subject": given("subject"),
        "body": message.body, "direction": message.direction, "status": message.status,
        "contentType": "text/html", "from": given("emailFrom").unwrap_or_else(|| json!("office@example.com")),
        "to": [given("emailTo").unwrap_or_else(|| json!(address.unwrap_or_default()))], "source": message.source,
    }))))
}

fn changed(call: &mut Call<'_>, status: &str, error: Option<Value>) -> Result<Message, Refusal> {
    let (id, now) = (call.at("messageId"), call.world.now);
    let found = call.place_mut()?.messages.iter_mut().find(|message| message.id == id);
    let message = found.ok_or_else(|| Refusal::missing("Message", &id))?;
    status.clone_into(&mut message.status);
    message.error = error;
    message.updated = now;
    let message = message.clone();
    call.did(&id);
    Ok(message)
}

/// `PUT /conversations/messages/{messageId}/status`
pub(super) fn set_status(call: &mut Call<'_>) -> Outcome {
    let status = call.text("status").unwrap_or("delivered").to_owned();
    let error = call.body.get("error").cloned();
    let message = changed(call, &status, error)?;
    Ok(Answer::ok(json!({ "conversationId": message.conversation, "messageId": message.id,
        "status": status, "msg": "Message status updated." })))
}

/// `DELETE /conversations/messages/{messageId}/schedule`
pub(super) fn unschedule(call: &mut Call<'_>) -> Outcome {
    if one(call, &call.at("messageId"))?.status != "scheduled" {
        return Err(Refusal::bad("Message is not scheduled"));
    }
    changed(call, "failed", None)?;
    Ok(Answer::ok(json!({ "status": 200, "message": "Message schedule cancelled" })))
}
