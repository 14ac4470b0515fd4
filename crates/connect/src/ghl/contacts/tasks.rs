use jiff::Timestamp;
use serde_json::json;

use super::{Call, Fields, FromWire, Nothing, Op};
use crate::ghl::wire::PAGE_MAX;

/// A task of a contact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its identifier.
    pub id: String,
    /// What is to be done.
    pub title: Option<String>,
    /// More of it.
    pub body: Option<String>,
    /// When it is due.
    pub due_at: Option<Timestamp>,
    /// Whether it is done.
    pub is_completed: bool,
    /// The user it is assigned to.
    pub assigned_to: Option<String>,
    /// Its contact, where that is said.
    pub contact: Option<String>,
}

impl FromWire for Task {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        let inner = fields.object("task");
        let it = if inner.members().is_some() { &inner } else { fields };
        Some(Self {
            id: it.first_text(&["id", "_id"])?,
            title: it.text("title"),
            body: it.text("body"),
            due_at: it.instant("dueDate"),
            is_completed: it.flag("completed").unwrap_or(false),
            assigned_to: it.text("assignedTo"),
            contact: it.text("contactId"),
        })
    }
}

/// A task to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// What is to be done.
    pub title: String,
    /// More of it.
    pub body: Option<String>,
    /// When it is due.
    pub due_at: Timestamp,
    /// The user it is assigned to.
    pub assigned_to: Option<String>,
}

impl NewTask {
    fn wire(&self) -> serde_json::Value {
        let mut wire = json!({ "title": self.title, "dueDate": self.due_at.to_string(), "completed": false });
        if let Some(body) = &self.body {
            wire["body"] = json!(body);
        }
        if let Some(user) = &self.assigned_to {
            wire["assignedTo"] = json!(user);
        }
        wire
    }
}

impl FromWire for Vec<Task> {
    fn read(fields: &Fields<'_>) -> Option<Self> {
        fields.get("tasks")?;
        Some(fields.list("tasks"))
    }
}

/// Tasks of a contact.
pub fn list_tasks(contact: &str) -> Call<Vec<Task>> {
    Call::new(Op::TaskList, &[contact])
}

/// Tasks of a location with `title` in their titles, at most a hundred: whose a task is that came without its contact.
pub fn search_tasks(location: &str, title: Option<&str>) -> Call<Vec<Task>> {
    let mut body = json!({ "limit": PAGE_MAX });
    if let Some(title) = title {
        body["query"] = json!(title);
    }
    Call::new(Op::TaskSearch, &[location]).json(body)
}

/// Creates a task.
pub fn create_task(contact: &str, task: &NewTask) -> Call<Task> {
    Call::new(Op::TaskCreate, &[contact]).json(task.wire())
}

/// Changes a task.
pub fn update_task(contact: &str, task: &str, to: &NewTask) -> Call<Task> {
    Call::new(Op::TaskUpdate, &[contact, task]).json(to.wire())
}

/// Completes a task, or opens it again.
pub fn complete_task(contact: &str, task: &str, is_completed: bool) -> Call<Task> {
    Call::new(Op::TaskComplete, &[contact, task]).json(json!({ "completed": is_completed }))
}

/// Deletes a task.
pub fn delete_task(contact: &str, task: &str) -> Call<Nothing> {
    Call::new(Op::TaskDelete, &[contact, task])
}
