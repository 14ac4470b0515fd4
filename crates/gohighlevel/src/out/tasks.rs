//! Notes and tasks: written once, and known again by a reference in their text.

use connect::ghl::{
    Created,
    contacts::{self, NewTask},
};
use jiff::Timestamp;
use kernel::Ulid;

use super::office::{Job, Outcome, Trouble};
use crate::echo;

impl Job<'_> {
    /// Writes a note.
    pub(super) async fn write_note(&self, remote: &str, text: &str) -> Result<Outcome, Trouble> {
        let mark = self.mark();
        let call = contacts::create_note(remote, &format!("{text}\n\n{mark}"), None);
        let is_in_doubt = self.is_in_doubt();
        self.begin(echo::Kind::Note).await?;
        let list = contacts::list_notes(remote);
        let look = || {
            let mark = mark.clone();
            let asked = self.ask(&list);
            async move {
                let is_it = |body: &Option<String>| body.as_deref().is_some_and(|body| body.contains(&mark));
                Ok(asked.await?.into_iter().find(|note| is_it(&note.body)))
            }
        };
        let client = &self.office.bridge.0.ghl;
        let (account, how) = (&self.office.account, self.how());
        let created = match is_in_doubt {
            true => client.create_in_doubt(account, &call, how, look).await?,
            false => client.create(account, &call, how, look).await?,
        };
        Ok(match created {
            Created::New(note) | Created::Found(note) => Outcome::made(note.id),
            Created::Exists(id) => Outcome::made(id),
        })
    }

    /// Writes a task.
    pub(super) async fn write_task(
        &self,
        remote: &str,
        title: &str,
        body: Option<&str>,
        due_at: Timestamp,
        user: Option<Ulid>,
    ) -> Result<Outcome, Trouble> {
        let mark = self.mark();
        let body = body.map_or_else(|| mark.clone(), |body| format!("{body}\n\n{mark}"));
        let assigned_to = user.and_then(|user| self.office.map().remote_user(user).map(str::to_owned));
        let task = NewTask { title: title.to_owned(), body: Some(body), due_at, assigned_to };
        let call = contacts::create_task(remote, &task);
        let is_in_doubt = self.is_in_doubt();
        self.begin(echo::Kind::Task).await?;
        let list = contacts::list_tasks(remote);
        let look = || {
            let mark = mark.clone();
            let asked = self.ask(&list);
            async move {
                // Where texts of tasks are not taken, title and time tell.
                let is_it = |there: &contacts::Task| match &there.body {
                    Some(body) => body.contains(&mark),
                    None => there.title.as_deref() == Some(title) && there.due_at == Some(due_at),
                };
                Ok(asked.await?.into_iter().find(is_it))
            }
        };
        let client = &self.office.bridge.0.ghl;
        let (account, how) = (&self.office.account, self.how());
        let created = match is_in_doubt {
            true => client.create_in_doubt(account, &call, how, look).await?,
            false => client.create(account, &call, how, look).await?,
        };
        Ok(match created {
            Created::New(task) | Created::Found(task) => Outcome::made(task.id),
            Created::Exists(id) => Outcome::made(id),
        })
    }
}
