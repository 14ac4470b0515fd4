//! What hangs on a contact: tags, tasks, notes, enrolments, campaigns, followers.

use serde_json::{Value, json};

use super::{
    super::{
        answer::{Answer, Outcome, Refusal},
        call::Call,
        clock::written,
    },
    fields,
};

fn done() -> Outcome {
    Ok(Answer::ok(json!({ "succeded": true })))
}

/// Adds or removes tags of one contact; its tags afterwards.
fn retag(call: &mut Call<'_>, id: &str, tags: &[String], add: bool) -> Result<Vec<String>, Refusal> {
    let (location, now) = (call.location.clone(), call.world.now);
    let contact = call.place_mut()?.contacts.get_mut(id).filter(|contact| contact.is_here());
    let contact = contact.ok_or_else(|| Refusal::no_contact(id))?;
    let before = contact.tags.clone();
    if add {
        contact.tags.extend(tags.iter().filter(|tag| !before.contains(tag)).cloned());
    } else {
        contact.tags.retain(|tag| !tags.contains(tag));
    }
    let after = contact.tags.clone();
    if after != before {
        contact.updated = now;
        if let Some(place) = call.world.locations.get_mut(&location) {
            fields::know_tags(place, &mut call.world.chance, tags);
        }
        call.world.tell_contact("ContactTagUpdate", &location, id);
    }
    call.did(id);
    Ok(after)
}

/// `POST /contacts/{contactId}/tags`: adds.
pub(super) fn add_tags(call: &mut Call<'_>) -> Outcome {
    let tags = fields::normal_tags(call.texts("tags").iter().map(String::as_str));
    let before = call.contact()?.tags.clone();
    let after = retag(call, &call.at("contactId"), &tags, true)?;
    let added: Vec<&String> = after.iter().filter(|tag| !before.contains(tag)).collect();
    Ok(Answer::created(json!({ "tags": after, "tagsAdded": added })))
}

/// `DELETE /contacts/{contactId}/tags`
pub(super) fn remove_tags(call: &mut Call<'_>) -> Outcome {
    let tags = fields::normal_tags(call.texts("tags").iter().map(String::as_str));
    let before = call.contact()?.tags.clone();
    let after = retag(call, &call.at("contactId"), &tags, false)?;
    let removed: Vec<&String> = before.iter().filter(|tag| !after.contains(tag)).collect();
    Ok(Answer::ok(json!({ "tags": after, "tagsRemoved": removed })))
}

/// `POST /contacts/bulk/tags/update/{type}`: a 201 even when some items failed.
pub(super) fn bulk_tags(call: &mut Call<'_>) -> Outcome {
    let add = match call.at("type").as_str() {
        "add" => true,
        "remove" => false,
        _ => return Err(Refusal::unprocessable(vec!["type must be one of: add, remove".to_owned()])),
    };
    let tags = fields::normal_tags(call.texts("tags").iter().map(String::as_str));
    let (mut errors, mut responses) = (0u32, Vec::new());
    let contacts = call.texts("contacts");
    let withheld = call.struck_by(22).map(|_| contacts.len().saturating_sub(1));
    for (at, id) in contacts.iter().enumerate() {
        let tags_of_all = call.body["removeAllTags"] == true && !add;
        let tags = match call.place()?.contact(id) {
            Some(contact) if tags_of_all => contact.tags.clone(),
            _ => tags.clone(),
        };
        if withheld != Some(at) && retag(call, id, &tags, add).is_ok() {
            responses.push(Value::from(format!("{id}: success")));
        } else {
            errors += 1;
            responses.push(Value::from(format!("{id}: failed")));
        }
    }
    Ok(Answer::created(json!({ "succeded": errors == 0, "errorCount": errors, "responses": responses })))
}

fn row(rows: &[Value], id: &str, what: &str) -> Result<usize, Refusal> {
    rows.iter().position(|row| row["id"] == id).ok_or_else(|| Refusal::missing(what, id))
}

/// `GET /contacts/{contactId}/tasks`
pub(super) fn tasks(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ok(json!({ "tasks": call.contact()?.tasks })))
}

/// `POST /contacts/{contactId}/tasks`
pub(super) fn create_task(call: &mut Call<'_>) -> Outcome {
    let (id, contact) = (call.world.chance.hex_id(), call.at("contactId"));
    let now = written(call.world.now);
    let mut task = json!({ "id": id, "contactId": contact, "dateAdded": now });
    for name in ["title", "body", "assignedTo", "dueDate", "completed"] {
        if let Some(value) = call.body.get(name).filter(|value| !value.is_null()) {
            task[name] = value.clone();
        }
    }
    call.contact_mut()?.tasks.push(task.clone());
    // The real event has lost contact and text.
    let told = without(&task, &["contactId", "body", "completed"]);
    let location = call.location.clone();
    call.world.emit("TaskCreate", &location, told);
    call.did(&id);
    Ok(Answer::created(json!({ "task": task })))
}

fn without(value: &Value, names: &[&str]) -> Value {
    let members = value.as_object().into_iter().flatten();
    let kept = members.filter(|(name, _)| !names.contains(&name.as_str()));
    Value::Object(kept.map(|(name, value)| (name.clone(), value.clone())).collect())
}

/// `GET /contacts/{contactId}/tasks/{taskId}`
pub(super) fn task(call: &mut Call<'_>) -> Outcome {
    let tasks = &call.contact()?.tasks;
    let at = row(tasks, &call.at("taskId"), "Task")?;
    Ok(Answer::ok(json!({ "task": tasks[at] })))
}

/// `PUT /contacts/{contactId}/tasks/{taskId}`
pub(super) fn update_task(call: &mut Call<'_>) -> Outcome {
    let (id, body, location) = (call.at("taskId"), call.members(), call.location.clone());
    let tasks = &mut call.contact_mut()?.tasks;
    let at = row(tasks, &id, "Task")?;
    let was_done = tasks[at]["completed"] == true;
    for (name, value) in body {
        tasks[at][&name] = value;
    }
    let task = tasks[at].clone();
    if !was_done && task["completed"] == true {
        call.world.emit("TaskComplete", &location, without(&task, &["completed"]));
    }
    call.did(&id);
    Ok(Answer::ok(json!({ "task": task })))
}

/// `PUT /contacts/{contactId}/tasks/{taskId}/completed`
pub(super) fn complete_task(call: &mut Call<'_>) -> Outcome {
    update_task(call)
}

/// `DELETE /contacts/{contactId}/tasks/{taskId}`
pub(super) fn delete_task(call: &mut Call<'_>) -> Outcome {
    let (id, location) = (call.at("taskId"), call.location.clone());
    let tasks = &mut call.contact_mut()?.tasks;
    let at = row(tasks, &id, "Task")?;
    let task = tasks.remove(at);
    call.world.emit("TaskDelete", &location, without(&task, &["completed"]));
    call.did(&id);
    done()
}

/// `POST /locations/{locationId}/tasks/search`
pub(super) fn search_tasks(call: &mut Call<'_>) -> Outcome {
    let (of, to) = (call.texts("contactId"), call.texts("assignedTo"));
    let completed = call.body.get("completed").and_then(Value::as_bool);
    let query = call.text("query").unwrap_or_default().to_lowercase();
    let number = |name: &str, default: u64| {
        usize::try_from(call.body.get(name).and_then(Value::as_u64).unwrap_or(default)).unwrap_or(0)
    };
    let (limit, skip) = (number("limit", 25), number("skip", 0));
    let all = call.place()?.contacts.values().filter(|contact| contact.is_here()).flat_map(|one| &one.tasks);
    let text = |task: &Value, name: &str| task[name].as_str().unwrap_or_default().to_owned();
    let found = all.filter(|task| {
        (of.is_empty() || of.contains(&text(task, "contactId")))
            && (to.is_empty() || to.contains(&text(task, "assignedTo")))
            && completed.is_none_or(|wanted| task["completed"] == wanted)
            && text(task, "title").to_lowercase().contains(&query)
    });
    let tasks: Vec<Value> = found
        .skip(skip)
        .take(limit)
        .map(|task| {
            let mut task = task.clone();
            task["_id"] = task["id"].clone();
            task
        })
        .collect();
    Ok(Answer::ok(json!({ "tasks": tasks })))
}

/// `GET /contacts/{contactId}/notes`
pub(super) fn notes(call: &mut Call<'_>) -> Outcome {
    Ok(Answer::ok(json!({ "notes": call.contact()?.notes })))
}

/// `POST /contacts/{contactId}/notes`
pub(super) fn create_note(call: &mut Call<'_>) -> Outcome {
    let (id, contact) = (call.world.chance.id(), call.at("contactId"));
    let now = written(call.world.now);
    let mut note = json!({ "id": id, "contactId": contact, "dateAdded": now });
    for (name, value) in call.members() {
        note[&name] = value;
    }
    call.contact_mut()?.notes.push(note.clone());
    let location = call.location.clone();
    call.world.emit("NoteCreate", &location, note.clone());
    call.did(&id);
    Ok(Answer::created(json!({ "note": note })))
}

/// `GET /contacts/{contactId}/notes/{id}`
pub(super) fn note(call: &mut Call<'_>) -> Outcome {
    let notes = &call.contact()?.notes;
    let at = row(notes, &call.at("id"), "Note")?;
    Ok(Answer::ok(json!({ "note": notes[at] })))
}

/// `PUT /contacts/{contactId}/notes/{id}`
pub(super) fn update_note(call: &mut Call<'_>) -> Outcome {
    let (id, body, location) = (call.at("id"), call.members(), call.location.clone());
    let notes = &mut call.contact_mut()?.notes;
    let at = row(notes, &id, "Note")?;
    for (name, value) in body {
        notes[at][&name] = value;
    }
    let note = notes[at].clone();
    call.world.emit("NoteUpdate", &location, note.clone());
    call.did(&id);
    Ok(Answer::ok(json!({ "note": note })))
}

/// `DELETE /contacts/{contactId}/notes/{id}`
pub(super) fn delete_note(call: &mut Call<'_>) -> Outcome {
    let (id, location) = (call.at("id"), call.location.clone());
    let notes = &mut call.contact_mut()?.notes;
    let at = row(notes, &id, "Note")?;
    let note = notes.remove(at);
    call.world.emit("NoteDelete", &location, note);
    call.did(&id);
    done()
}

/// `POST /contacts/{contactId}/workflow/{workflowId}`: every enrolment is on record, so that two can be told from one.
pub(super) fn enrol(call: &mut Call<'_>) -> Outcome {
    let (workflow, now) = (call.at("workflowId"), written(call.world.now));
    call.contact()?;
    let known = call.place()?.workflows.iter().find(|known| known["id"] == workflow.as_str());
    match known.map(|known| known["status"].clone()) {
        None => return Err(Refusal::missing("Workflow", &workflow)),
        Some(status) if status != "published" => {
            return Err(Refusal::bad(format!("Workflow with id {workflow} is not published")));
        }
        Some(_) => {}
    }
    let start = call.body.get("eventStartTime").cloned().unwrap_or(Value::Null);
    call.contact_mut()?
        .enrolments
        .push(json!({ "workflowId": workflow, "at": now, "eventStartTime": start, "status": "active" }));
    call.did(&workflow);
    done()
}

/// `DELETE /contacts/{contactId}/workflow/{workflowId}`
pub(super) fn unenrol(call: &mut Call<'_>) -> Outcome {
    let workflow = call.at("workflowId");
    for enrolment in &mut call.contact_mut()?.enrolments {
        if enrolment["workflowId"] == workflow.as_str() {
            enrolment["status"] = Value::from("removed");
        }
    }
    call.did(&workflow);
    done()
}

/// `POST /contacts/{contactId}/campaigns/{campaignId}`
pub(super) fn join_campaign(call: &mut Call<'_>) -> Outcome {
    let campaign = call.at("campaignId");
    if !call.place()?.campaigns.iter().any(|known| known["id"] == campaign.as_str()) {
        return Err(Refusal::missing("Campaign", &campaign));
    }
    let campaigns = &mut call.contact_mut()?.campaigns;
    if !campaigns.contains(&campaign) {
        campaigns.push(campaign.clone());
    }
    call.did(&campaign);
    Ok(Answer::created(json!({ "succeded": true })))
}

/// `DELETE /contacts/{contactId}/campaigns/{campaignId}`
pub(super) fn leave_campaign(call: &mut Call<'_>) -> Outcome {
    let campaign = call.at("campaignId");
    call.contact_mut()?.campaigns.retain(|known| *known != campaign);
    call.did(&campaign);
    done()
}

/// `DELETE /contacts/{contactId}/campaigns/removeAll`
pub(super) fn leave_campaigns(call: &mut Call<'_>) -> Outcome {
    call.contact_mut()?.campaigns.clear();
    call.did(&call.at("contactId"));
    done()
}

/// `POST /contacts/{contactId}/followers`
pub(super) fn follow(call: &mut Call<'_>) -> Outcome {
    let wanted = call.texts("followers");
    let followers = &mut call.contact_mut()?.followers;
    let added: Vec<String> = wanted.into_iter().filter(|user| !followers.contains(user)).collect();
    followers.extend(added.iter().cloned());
    let all = followers.clone();
    call.did(&call.at("contactId"));
    Ok(Answer::created(json!({ "followers": all, "followersAdded": added })))
}

/// `DELETE /contacts/{contactId}/followers`
pub(super) fn unfollow(call: &mut Call<'_>) -> Outcome {
    let unwanted = call.texts("followers");
    let followers = &mut call.contact_mut()?.followers;
    let removed: Vec<String> = followers.iter().filter(|user| unwanted.contains(user)).cloned().collect();
    followers.retain(|user| !unwanted.contains(user));
    let all = followers.clone();
    call.did(&call.at("contactId"));
    Ok(Answer::ok(json!({ "followers": all, "followersRemoved": removed })))
}
