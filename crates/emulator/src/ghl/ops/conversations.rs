//! Conversations.

use serde_json::{Value, json};

use super::super::{
    answer::{Answer, Outcome, Refusal, without_nulls},
    call::Call,
    clock::written,
    world::{Conversation, Location},
};

/// A conversation as searches show it.
pub(in super::super) fn view(place: &Location, conversation: &Conversation) -> Value {
    let contact = place.contacts.get(&conversation.contact);
    let last = place.messages.iter().rev().find(|message| message.conversation == conversation.id);
    let text = |name: &str| contact.and_then(|contact| contact.text(name)).unwrap_or_default();
    let name = contact.map(|contact| contact.name()).unwrap_or_default();
    without_nulls(json!({
        "id": conversation.id, "contactId": conversation.contact, "locationId": place.id,
        "fullName": name, "contactName": name, "email": text("email"), "phone": text("phone"),
        "unreadCount": conversation.unread, "starred": conversation.starred, "deleted": conversation.gone,
        "inbox": true, "type": "TYPE_PHONE", "tags": contact.map(|contact| contact.tags.clone()),
        "assignedTo": contact.and_then(|contact| contact.fields.get("assignedTo")),
        "lastMessageBody": last.map_or("", |message| message.body.as_str()),
        "lastMessageType": super::messages::kind(last.map_or("SMS", |message| message.channel.as_str())),
        "lastMessageDirection": last.map(|message| message.direction),
        "lastMessageDate": last.map(|message| message.added.as_millisecond()),
        "dateAdded": conversation.added.as_millisecond(), "dateUpdated": conversation.updated.as_millisecond(),
    }))
}

/// The conversation with a contact, begun when there is none.
pub(super) fn with(call: &mut Call<'_>, contact: &str) -> Result<String, Refusal> {
    let (id, now) = (call.world.chance.id(), call.world.now);
    let place = call.place_mut()?;
    if place.contact(contact).is_none() {
        return Err(Refusal::no_contact(contact));
    }
    if let Some(known) = place.conversation_with(contact) {
        return Ok(known.id.clone());
    }
    let contact = contact.to_owned();
    let begun = Conversation {
        id: id.clone(),
        contact,
        unread: 0,
        starred: false,
        gone: false,
        added: now,
        updated: now,
    };
    place.conversations.insert(id.clone(), begun);
    Ok(id)
}

fn one<'a>(call: &'a Call<'_>) -> Result<&'a Conversation, Refusal> {
    let id = call.at("conversationId");
    let known = call.place()?.conversations.get(&id).filter(|conversation| !conversation.gone);
    known.ok_or_else(|| Refusal::missing("Conversation", &id))
}

/// `GET /conversations/search`
pub(super) fn search(call: &mut Call<'_>) -> Outcome {
    let limit = call.asked_limit("limit", 20, 100)?;
    let ascending = call.asked("sort") == Some("asc");
    let after = call.asked("startAfterDate").and_then(|text| text.parse::<i64>().ok());
    let place = call.place()?;
    let mut found: Vec<&Conversation> = place
        .conversations
        .values()
        .filter(|conversation| {
            let last = || place.messages.iter().rev().find(|message| message.conversation == conversation.id);
            !conversation.gone
                && call.asked("contactId").is_none_or(|contact| conversation.contact == contact)
                && call.asked("id").is_none_or(|id| conversation.id == id)
                && match call.asked("status") {
                    Some("unread") => conversation.unread > 0,
                    Some("read") => conversation.unread == 0,
                    Some("starred") => conversation.starred,
                    _ => true,
                }
                && call
                    .asked("lastMessageDirection")
                    .is_none_or(|wanted| last().is_some_and(|message| message.direction == wanted))
        })
        .collect();
    found.sort_by_key(|conversation| (conversation.updated, &conversation.id));
    if !ascending {
        found.reverse();
    }
    let total = found.len();
    let later = |conversation: &&&Conversation| {
        let at = conversation.updated.as_millisecond();
        after.is_none_or(|after| if ascending { at > after } else { at < after })
    };
    let shown: Vec<Value> = found
        .iter()
        .filter(later)
        .take(limit)
        .map(|conversation| {
            let mut shown = view(place, conversation);
            shown["sort"] = json!([conversation.updated.as_millisecond()]);
            shown
        })
        .collect();
    Ok(Answer::ok(json!({ "conversations": shown, "total": total })))
}

/// `POST /conversations/`
pub(super) fn create(call: &mut Call<'_>) -> Outcome {
    let contact = call.text("contactId").unwrap_or_default().to_owned();
    if call.struck_by(15).is_some() {
        with(call, &contact)?;
    }
    if let Some(known) = call.place()?.conversation_with(&contact) {
        return Err(Refusal::bad("Conversation already exists")
            .with("canonicalCode", json!("CONVERSATIONS_CONVERSATION_ALREADY_EXISTS"))
            .with("conversationId", json!(known.id)));
    }
    let id = with(call, &contact)?;
    call.did(&id);
    let at = written(call.world.now);
    let shown = json!({ "id": id, "locationId": call.location, "contactId": contact, "deleted": false,
        "dateAdded": at, "dateUpdated": at, "lastMessageDate": at });
    Ok(Answer::created(json!({ "success": true, "conversation": shown })))
}

/// `GET /conversations/{conversationId}`
pub(super) fn show(call: &mut Call<'_>) -> Outcome {
    let conversation = one(call)?;
    Ok(Answer::ok(
        json!({ "id": conversation.id, "contactId": conversation.contact, "locationId": call.location,
        "deleted": false, "inbox": true, "type": 1, "unreadCount": conversation.unread,
        "starred": conversation.starred }),
    ))
}

/// `PUT /conversations/{conversationId}`
pub(super) fn update(call: &mut Call<'_>) -> Outcome {
    one(call)?;
    let (id, now, location) = (call.at("conversationId"), call.world.now, call.location.clone());
    let unread = call.body.get("unreadCount").and_then(Value::as_u64);
    let starred = call.body.get("starred").and_then(Value::as_bool);
    let place = call.place_mut()?;
    let known = place.conversations.get_mut(&id).ok_or_else(|| Refusal::missing("Conversation", &id))?;
    known.unread = unread.unwrap_or(known.unread);
    known.starred = starred.unwrap_or(known.starred);
    known.updated = now;
    let after = known.clone();
    let mut shown = view(place, &after);
    for at in ["lastMessageDate", "dateAdded", "dateUpdated"] {
        shown[at] = json!(written(now));
    }
    call.world.tell_unread(&location, &after);
    call.did(&id);
    Ok(Answer::ok(json!({ "success": true, "conversation": shown })))
}

/// `DELETE /conversations/{conversationId}`
pub(super) fn delete(call: &mut Call<'_>) -> Outcome {
    one(call)?;
    let id = call.at("conversationId");
    if let Some(conversation) = call.place_mut()?.conversations.get_mut(&id) {
        conversation.gone = true;
    }
    call.did(&id);
    Ok(Answer::ok(json!({ "success": true })))
}
