//! Scores and what else a contact is to be like, wanted there and brought about.

use std::collections::BTreeMap;

use connect::ghl::fault::Class;
use leads::{band::Band, score::LeadScore};
use serde_json::{Value, json};

use super::{
    doing::{Assignee, ScoreWanted, Wanted},
    office::{Job, Outcome, Trouble},
    target::Target,
};
use crate::{backup_map::Map, echo::OWN_TAGS, records::out::silence};

/// Reasons that are written along.
const REASONS_MAX: usize = 3;

impl ScoreWanted {
    /// What of a score is to be read there; `probability` is the chance that counts.
    pub(crate) fn of(score: &LeadScore, probability: f64) -> Self {
        let percent = (100.0 * probability.clamp(0.0, 1.0)).round();
        let reasons: Vec<String> = score.reasons.iter().take(REASONS_MAX).map(ToString::to_string).collect();
        Self {
            // Between 0 and 100.
            score: percent as u8,
            band: score.standing.map(|standing| standing.band.id().to_owned()),
            reasons: reasons.join("\n"),
            next: score.next.text.clone(),
        }
    }

    /// As a contact there shows it: fields that exist, and the tag of its band.
    fn target(&self, map: &Map) -> Target {
        let values: [(&str, Value); 4] = [
            ("score", json!(self.score)),
            ("band", json!(self.band.as_deref().unwrap_or_default())),
            ("reasons", json!(self.reasons)),
            ("next_step", json!(self.next)),
        ];
        let named = |(key, value): (&str, Value)| Some((map.field(key)?.to_owned(), value));
        let fields: BTreeMap<String, Value> = values.into_iter().filter_map(named).collect();
        let (mut tags_on, mut tags_off) = (Vec::new(), Vec::new());
        for band in [Band::Hot, Band::Warm, Band::Cold] {
            let is_it = self.band.as_deref() == Some(band.id());
            let list = if is_it { &mut tags_on } else { &mut tags_off };
            list.push(format!("{OWN_TAGS}{}", band.id()));
        }
        Target { fields, tags_on, tags_off, ..Target::default() }
    }
}

/// How many fields a score is read in.
const FIELDS: usize = 4;

impl Job<'_> {
    /// Writes a score.
    pub(super) async fn write_score(&self, remote: &str, wanted: &ScoreWanted) -> Result<Outcome, Trouble> {
        let mut map = self.office.map();
        if wanted.target(&map).fields.len() < FIELDS {
            map = self.office.with_fields().await?;
        }
        match self.bring_about(remote, &wanted.target(&map)).await {
            // A field that is gone takes values without a word: looked at once, and made anew.
            Err(Trouble::Failed(failure)) if failure.fault.class == Class::PartlyDropped => {
                let fresh = self.office.with_fields().await?;
                if wanted.target(&fresh) == wanted.target(&map) {
                    return Err(Trouble::Failed(failure));
                }
                self.bring_about(remote, &wanted.target(&fresh)).await?;
            }
            other => other?,
        }
        Ok(Outcome::done())
    }

    /// Brings about what else is wanted of a contact.
    pub(super) async fn write_contact(&self, remote: &str, wanted: &Wanted) -> Result<Outcome, Trouble> {
        let assigned = match wanted.assigned {
            None => None,
            Some(Assignee::Nobody) => Some(String::new()),
            // Whoever has no user there is not known there: the contact stays with whom it is.
            Some(Assignee::User(user)) => self.office.map().remote_user(user).map(str::to_owned),
        };
        let tags =
            |tags: &std::collections::BTreeSet<String>| tags.iter().map(|tag| Target::tag(tag)).collect();
        let lifted = self.lifted(wanted).await?;
        let mut dnd = wanted.dnd.clone();
        dnd.extend(lifted.iter().map(|channel| (channel.clone(), "inactive".to_owned())));
        let target = Target {
            fields: BTreeMap::new(),
            tags_on: tags(&wanted.tags_on),
            tags_off: tags(&wanted.tags_off),
            dnd,
            assigned,
        };
        self.bring_about(remote, &target).await?;
        if !lifted.is_empty() {
            let channels: Vec<&str> = lifted.iter().map(String::as_str).collect();
            let mut tx = self.office.market.db().begin().await?;
            silence::forget(&mut tx, self.write.contact, &channels, self.office.now()).await?;
            tx.commit().await?;
        }
        Ok(Outcome::done())
    }

    /// What is wanted lifted and was put on from here.
    async fn lifted(&self, wanted: &Wanted) -> Result<Vec<String>, Trouble> {
        if wanted.lifted.is_empty() {
            return Ok(Vec::new());
        }
        let ours = silence::of(self.office.market.db(), self.write.contact).await?;
        Ok(wanted.lifted.intersection(&ours).cloned().collect())
    }
}
