//! What GoHighLevel calls things, and what we call them: pipelines, stages, calendars, workflows, users and custom
//! fields, by identifier, name and alias, with what stands in when one is gone.
//!
//! Identifiers there change when somebody rebuilds a pipeline; names mostly stay. So nothing here relies on an
//! identifier: when one is refused, the lists are read again and aliases move to what has the same name now. What the
//! names do not say, a person says once ([`GoHighLevel::save_alias`](crate::GoHighLevel::save_alias)).

mod names;
mod refresh;

use jiff::Timestamp;
use kernel::Ulid;
use serde::Serialize;

pub(crate) use names::Names;
pub use names::{FieldSpec, plain};

/// A kind of thing that has a name there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// A pipeline; its alias is the market's pipeline.
    Pipeline,
    /// A stage; its alias is the stage of the market's pipeline.
    Stage,
    /// A calendar.
    Calendar,
    /// A workflow.
    Workflow,
    /// A user; the alias is the user here.
    User,
    /// A custom field of contacts; its alias is the key of what is written there.
    Field,
}

impl What {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pipeline, Self::Stage, Self::Calendar, Self::Workflow, Self::User, Self::Field];

    /// The word as it is stored.
    pub fn id(self) -> &'static str {
        match self {
            Self::Pipeline => "pipeline",
            Self::Stage => "stage",
            Self::Calendar => "calendar",
            Self::Workflow => "workflow",
            Self::User => "user",
            Self::Field => "field",
        }
    }

    /// The kind of this word.
    pub fn from_id(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|what| what.id() == id)
    }
}

/// One thing there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Named {
    /// What it is.
    pub what: What,
    /// Its identifier there.
    pub remote: String,
    /// Of a stage its pipeline's identifier; empty otherwise.
    pub parent: String,
    /// Its name there.
    pub name: String,
    /// Of a stage its place in the pipeline, from 0.
    pub position: u32,
    /// Our word for it.
    pub alias: Option<String>,
    /// Whether a person chose the alias.
    pub is_chosen: bool,
    /// Among several with one alias: 0 is taken first, the others stand in, in this order.
    pub place: u32,
    /// Whether it can be used: published, active.
    pub is_usable: bool,
    /// Since when it is not there any more.
    pub gone_at: Option<Timestamp>,
}

impl Named {
    fn is_there(&self) -> bool {
        self.gone_at.is_none()
    }
}

/// A stage there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RemoteStage {
    pub pipeline: String,
    pub stage: String,
}

/// A stage here, with its place there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LocalStage {
    pub pipeline: String,
    pub stage: String,
}

/// The whole map of a market.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Map {
    all: Vec<Named>,
}

impl Map {
    pub(crate) fn new(all: Vec<Named>) -> Self {
        Self { all }
    }

    /// Everything that is there now, in order.
    pub fn named(&self) -> impl Iterator<Item = &Named> {
        self.all.iter().filter(|named| named.is_there())
    }

    /// Whether nothing was ever read.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether something can be written to that could not, or not by that name, when `before` was read.
    pub(crate) fn leads_elsewhere_than(&self, before: &Self) -> bool {
        let usable = |map: &Self, it: &Named| {
            let same = |other: &Named| {
                (other.what, &other.remote, &other.alias) == (it.what, &it.remote, &it.alias)
                    && other.is_usable
            };
            map.of(it.what).any(same)
        };
        self.named().any(|it| it.is_usable && it.what != What::User && !usable(before, it))
    }

    fn of(&self, what: What) -> impl Iterator<Item = &Named> {
        self.named().filter(move |named| named.what == what)
    }

    /// Where a stage of the market is there.
    pub(crate) fn remote_stage(&self, pipeline: &str, stage: &str) -> Option<RemoteStage> {
        let mut pipelines: Vec<&Named> =
            self.of(What::Pipeline).filter(|named| named.alias.as_deref() == Some(pipeline)).collect();
        pipelines.sort_by_key(|named| named.place);
        pipelines.into_iter().find_map(|there| {
            let mut stages: Vec<&Named> = self
                .of(What::Stage)
                .filter(|named| named.parent == there.remote && named.alias.as_deref() == Some(stage))
                .collect();
            stages.sort_by_key(|named| (named.place, named.position));
            let stage = stages.first()?;
            Some(RemoteStage { pipeline: there.remote.clone(), stage: stage.remote.clone() })
        })
    }

    /// Which stage of the market a stage there is; what is gone there is still understood.
    pub(crate) fn local_stage(&self, stage: &str) -> Option<LocalStage> {
        let there = self.all.iter().find(|named| named.what == What::Stage && named.remote == stage)?;
        let above =
            self.all.iter().find(|named| named.what == What::Pipeline && named.remote == there.parent)?;
        Some(LocalStage { pipeline: above.alias.clone()?, stage: there.alias.clone()? })
    }

    /// The place of a stage there, from 0, and how many its pipeline has.
    pub(crate) fn place_of(&self, stage: &str) -> Option<(u16, u16)> {
        let it = self.all.iter().find(|named| named.what == What::Stage && named.remote == stage)?;
        let siblings = self.all.iter().filter(|named| named.what == What::Stage && named.parent == it.parent);
        let of = u16::try_from(siblings.count()).ok()?;
        Some((u16::try_from(it.position).ok()?.min(of.saturating_sub(1)), of))
    }

    /// Who a user here is there.
    pub(crate) fn remote_user(&self, user: Ulid) -> Option<&str> {
        let alias = user.to_string();
        let found = self.of(What::User).find(|named| named.alias.as_deref() == Some(&*alias))?;
        Some(&found.remote)
    }

    /// Who a user there is here.
    pub(crate) fn local_user(&self, remote: &str) -> Option<Ulid> {
        let found = self.of(What::User).find(|named| named.remote == remote)?;
        found.alias.as_deref()?.parse().ok()
    }

    /// The custom field for one of our values.
    pub(crate) fn field(&self, key: &str) -> Option<&str> {
        let found = self.of(What::Field).find(|named| named.alias.as_deref() == Some(key))?;
        Some(&found.remote)
    }

    /// What can be taken for `wanted` (an alias, a name or an identifier): the first one, then what stands in.
    pub(crate) fn candidates(&self, what: What, wanted: &str) -> Vec<String> {
        let simple = plain(wanted);
        let usable = || self.of(what).filter(|named| named.is_usable);
        let mut first: Vec<&Named> = usable()
            .filter(|named| {
                named.alias.as_deref().is_some_and(|alias| plain(alias) == simple)
                    || plain(&named.name) == simple
                    || named.remote == wanted
            })
            .collect();
        first.sort_by_key(|named| (named.place, named.position));
        let names = Names::shipped();
        // Those for everything stand in only for what is known, or was.
        let is_known = !first.is_empty()
            || self.all.iter().any(|named| {
                named.what == what
                    && (named.alias.as_deref().is_some_and(|alias| plain(alias) == simple)
                        || plain(&named.name) == simple
                        || named.remote == wanted)
            });
        let standing_in = usable().filter(|named| is_known && names.is_backup(&named.name));
        let mut all: Vec<String> = Vec::new();
        for named in first.into_iter().chain(standing_in) {
            if !all.contains(&named.remote) {
                all.push(named.remote.clone());
            }
        }
        all
    }
}

#[cfg(test)]
mod tests;
