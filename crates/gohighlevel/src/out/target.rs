//! What a contact is to be like there, compared with what it is, and brought about: read first, written only where it
//! differs, and read again, for members are dropped in silence.

use std::collections::BTreeMap;

use connect::ghl::{
    Failure, Lesson,
    contacts::{self, Contact, ContactWrite, FieldValue},
    fault::{Action, Class, Fault},
    wire::Op,
};
use serde_json::Value;

use super::office::{Job, Trouble};
use crate::{
    echo,
    records::out::{silence, write},
};

/// Times that it is written before what is missing counts as dropped.
const ROUNDS: usize = 2;

/// What is to be. What is not named is left as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Target {
    /// Custom fields by identifier.
    pub fields: BTreeMap<String, Value>,
    /// Tags to be there, in small letters.
    pub tags_on: Vec<String>,
    /// Tags not to be there, in small letters.
    pub tags_off: Vec<String>,
    /// Do-not-disturb by channel.
    pub dnd: BTreeMap<String, String>,
    /// The user there; empty: nobody.
    pub assigned: Option<String>,
}

/// What is missing.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Gaps {
    write: ContactWrite,
    add: Vec<String>,
    remove: Vec<String>,
    names: Vec<String>,
}

impl Target {
    /// What of this a contact lacks.
    pub fn gaps(&self, is: &Contact) -> Gaps {
        let mut gaps = Gaps::default();
        for (id, wanted) in &self.fields {
            if !same(is.custom(id), wanted) {
                gaps.write.custom_fields.push(FieldValue::Id(id.clone(), wanted.clone()));
                gaps.names.push(format!("customFields.{id}"));
            }
        }
        let differs = |(channel, wanted): &(&String, &String)| {
            let present = is.dnd_settings.get(*channel).map_or("inactive", |dnd| dnd.status.as_str());
            // For good is for good, and who is left alone by every channel is left alone by this one.
            !(present == wanted.as_str()
                || present == "permanent"
                || (wanted.as_str() == "active" && is.dnd == Some(true)))
        };
        let dnd: Vec<(&String, &String)> = self.dnd.iter().filter(differs).collect();
        if !dnd.is_empty() {
            // All of them, for what is sent may replace what is there.
            let present = is.dnd_settings.iter().map(|(channel, dnd)| (channel.clone(), dnd.status.clone()));
            gaps.write.dnd_settings = present.collect();
            for (channel, wanted) in dnd {
                gaps.write.dnd_settings.insert(channel.clone(), wanted.clone());
                gaps.names.push(format!("dndSettings.{channel}"));
            }
        }
        if let Some(wanted) = &self.assigned
            && is.assigned_to.as_deref().unwrap_or_default() != wanted
        {
            gaps.write.assigned_to = Some(wanted.clone());
            gaps.names.push("assignedTo".to_owned());
        }
        let has = |tag: &String| is.tags.iter().any(|present| present.eq_ignore_ascii_case(tag));
        gaps.add = self.tags_on.iter().filter(|tag| !has(tag)).cloned().collect();
        gaps.remove = self.tags_off.iter().filter(|tag| has(tag)).cloned().collect();
        if !(gaps.add.is_empty() && gaps.remove.is_empty()) {
            gaps.names.push("tags".to_owned());
        }
        gaps
    }

    /// Tags are kept in small letters there.
    pub fn tag(text: &str) -> String {
        text.trim().to_lowercase()
    }
}

impl Gaps {
    pub fn is_empty(&self) -> bool {
        self.names.is_empty()
    }

    /// The channels of which do-not-disturb is put on by this, so that it can be lifted again.
    fn silenced(&self) -> Vec<String> {
        let on =
            |channel: &&str| self.write.dnd_settings.get(*channel).is_some_and(|status| status == "active");
        let changed = self.names.iter().filter_map(|name| name.strip_prefix("dndSettings."));
        changed.filter(on).map(str::to_owned).collect()
    }

    fn operation(&self) -> Op {
        if self.write == ContactWrite::default() { Op::ContactTagsAdd } else { Op::ContactUpdate }
    }
}

/// Whether a custom field has this value, however it is spelled there.
fn same(present: Option<&Value>, wanted: &Value) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let (present, wanted) = (present.map(text).unwrap_or_default(), text(wanted));
    let number = |text: &str| text.parse::<f64>().ok();
    present == wanted || number(&present).is_some_and(|present| number(&wanted) == Some(present))
}

/// Whether some of many were taken: what is missing shows when it is read.
fn is_partial(failure: &Failure) -> bool {
    failure.fault.class == Class::PartlyDropped
}

impl Job<'_> {
    /// Brings it about.
    pub(super) async fn bring_about(&self, remote: &str, target: &Target) -> Result<(), Trouble> {
        let read = contacts::get(remote);
        let mut gaps = target.gaps(&self.ask(&read).await?);
        if gaps.is_empty() {
            return Ok(());
        }
        self.note_change(remote, &gaps.silenced()).await?;
        for _ in 0..ROUNDS {
            self.close(remote, &gaps).await?;
            gaps = target.gaps(&self.ask(&read).await?);
            if gaps.is_empty() {
                return Ok(());
            }
        }
        Err(self.dropped(&gaps).into())
    }

    /// Notes that the contact is changed by us, and by which channels it is left alone because of that, unless it has become a
    /// loop.
    async fn note_change(&self, remote: &str, silenced: &[String]) -> Result<(), Trouble> {
        let (office, now) = (self.office, self.office.now());
        let mut tx = office.market.db().begin().await?;
        if echo::is_loop(&mut tx, self.write.contact, now).await? {
            return Err(Trouble::Loop);
        }
        write::begin_change(&mut tx, &self.write, office.leased_until()).await?;
        silence::note(&mut tx, self.write.contact, silenced, now).await?;
        echo::note(&mut tx, office, echo::Kind::Contact, remote, self.write.contact, now).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn close(&self, remote: &str, gaps: &Gaps) -> Result<(), Failure> {
        if gaps.write != ContactWrite::default()
            && let Err(failure) = self.ask(&contacts::update(remote, &gaps.write)).await
            && !is_partial(&failure)
        {
            return Err(failure);
        }
        if !gaps.add.is_empty()
            && let Err(failure) = self.ask(&contacts::add_tags(remote, &gaps.add)).await
            && !is_partial(&failure)
        {
            return Err(failure);
        }
        if !gaps.remove.is_empty()
            && let Err(failure) = self.ask(&contacts::remove_tags(remote, &gaps.remove)).await
            && !is_partial(&failure)
        {
            return Err(failure);
        }
        Ok(())
    }

    fn dropped(&self, gaps: &Gaps) -> Failure {
        let op = gaps.operation();
        let known = self.office.bridge.0.ghl.capabilities();
        for member in &gaps.names {
            known.learn(op, Lesson::Dropped(member.clone()), self.office.now());
        }
        let message = Some(format!("taken without effect: {}", gaps.names.join(", ")));
        let action = Action::RetryParts(gaps.names.clone());
        let fault = Fault { class: Class::PartlyDropped, action, status: Some(200), message, trace_id: None };
        Failure { op, fault, tried: Vec::new(), drifts: Vec::new(), token: None, request: String::new() }
    }
}

#[cfg(test)]
mod tests {
    use connect::ghl::contacts::{CustomField, Dnd};
    use serde_json::json;

    use super::*;

    fn there() -> Contact {
        let dnd = |status: &str| Dnd { status: status.into(), message: None, code: None };
        Contact {
            id: "c".into(),
            tags: vec!["buyer".into(), "ehub-warm".into()],
            custom_fields: vec![
                CustomField { id: "score".into(), value: json!("87") },
                CustomField { id: "band".into(), value: json!("warm") },
            ],
            dnd_settings: [("SMS".to_owned(), dnd("permanent")), ("Email".to_owned(), dnd("inactive"))]
                .into(),
            ..Contact::default()
        }
    }

    #[test]
    fn what_is_as_it_should_be_is_not_written() {
        let target = Target {
            fields: [("score".to_owned(), json!(87)), ("band".to_owned(), json!("warm"))].into(),
            tags_on: vec!["ehub-warm".into()],
            tags_off: vec!["ehub-hot".into()],
            dnd: [("SMS".to_owned(), "inactive".to_owned())].into(),
            assigned: None,
        };
        assert!(target.gaps(&there()).is_empty(), "{:?}", target.gaps(&there()));
    }

    #[test]
    fn only_what_differs_is_written_and_other_tags_stay() {
        let target = Target {
            fields: [("score".to_owned(), json!(88)), ("band".to_owned(), json!("warm"))].into(),
            tags_on: vec!["ehub-hot".into()],
            tags_off: vec!["ehub-warm".into(), "ehub-cold".into()],
            dnd: [("Email".to_owned(), "active".to_owned())].into(),
            assigned: Some("u".into()),
        };
        let gaps = target.gaps(&there());
        assert_eq!(gaps.write.custom_fields, [FieldValue::Id("score".into(), json!(88))]);
        assert_eq!((gaps.add, gaps.remove), (vec!["ehub-hot".to_owned()], vec!["ehub-warm".to_owned()]));
        assert_eq!(gaps.write.tags, None, "a list of tags would replace those of others");
        assert_eq!(gaps.write.assigned_to.as_deref(), Some("u"));
        // The other channels are sent along as they are.
        assert_eq!(gaps.write.dnd_settings["SMS"], "permanent");
        assert_eq!(gaps.write.dnd_settings["Email"], "active");
    }

    #[test]
    fn nobody_is_woken_whom_every_channel_leaves_alone() {
        let target = Target { dnd: [("Email".to_owned(), "active".to_owned())].into(), ..Target::default() };
        assert!(target.gaps(&Contact { dnd: Some(true), ..there() }).is_empty());
        assert!(!target.gaps(&there()).is_empty());
    }
}
