//! Reading the lists there, and moving aliases to what has the same name now.

use std::collections::BTreeSet;

use boxed::boxed;
use connect::ghl::{
    How,
    budget::Lane,
    calendars, locations,
    locations::Model,
    opportunities, users,
    wire::{Call, FromWire},
    workflows,
};
use jiff::{SignedDuration, Timestamp};
use kernel::{Moment, Ulid};
use markets::{Market, Pipeline};
use store::trail;

use super::{Map, Named, Names, What, plain};
use crate::{Connection, GoHighLevel, GoHighLevelError, out::Over, records::out::map};

/// How long what is gone is remembered.
const REMEMBERED: SignedDuration = SignedDuration::from_hours(24 * 400);
/// The longest alias.
const ALIAS_CHARS_MAX: usize = 80;

#[boxed]
impl GoHighLevel {
    /// The market's map as it was read last.
    ///
    /// # Errors
    /// When the market's database fails.
    pub async fn map(&self, market: &Market) -> Result<Map, GoHighLevelError> {
        Ok(Map::new(map::all(market.db()).await?))
    }

    /// Reads pipelines, calendars, workflows, users and custom fields, and brings the map up to date. A list that cannot
    /// be read for lack of a scope is left as it was.
    ///
    /// # Errors
    /// When GoHighLevel does not answer, or the market's database fails.
    pub async fn refresh_map(&self, market: &Market, at: &Moment) -> Result<Map, GoHighLevelError> {
        let connection = self.connected_to(market).await?;
        let location = connection.location.as_str();
        let mut seen: Vec<Named> = Vec::new();
        let mut read: BTreeSet<What> = BTreeSet::new();
        if let Some(pipelines) = self.listed(&connection, &opportunities::pipelines(location)).await? {
            read.extend([What::Pipeline, What::Stage]);
            for (position, pipeline) in pipelines.into_iter().enumerate() {
                for (position, stage) in pipeline.stages.into_iter().enumerate() {
                    seen.push(Named {
                        parent: pipeline.id.clone(),
                        ..fresh(What::Stage, stage.id, stage.name, position)
                    });
                }
                seen.push(fresh(What::Pipeline, pipeline.id, pipeline.name, position));
            }
        }
        if let Some(calendars) = self.listed(&connection, &calendars::list(location)).await? {
            read.insert(What::Calendar);
            seen.extend(
                calendars
                    .into_iter()
                    .map(|it| Named { is_usable: it.is_active, ..fresh(What::Calendar, it.id, it.name, 0) }),
            );
        }
        if let Some(workflows) = self.listed(&connection, &workflows::list(location)).await? {
            read.insert(What::Workflow);
            seen.extend(
                workflows.into_iter().map(|it| Named {
                    is_usable: it.is_published,
                    ..fresh(What::Workflow, it.id, it.name, 0)
                }),
            );
        }
        if let Some(users) = self.listed(&connection, &users::list(location)).await? {
            read.insert(What::User);
            seen.extend(users.into_iter().map(|it| {
                let name = it.name.unwrap_or_else(|| it.id.clone());
                Named { is_usable: !it.is_deleted, ..fresh(What::User, it.id, name, 0) }
            }));
        }
        if let Some(fields) =
            self.listed(&connection, &locations::custom_fields(location, Model::Contact)).await?
        {
            read.insert(What::Field);
            seen.extend(fields.into_iter().map(|it| {
                let name = it.name.or(it.key).unwrap_or_else(|| it.id.clone());
                fresh(What::Field, it.id, name, 0)
            }));
        }
        let pipelines = market.pipelines().await?;
        let mut tx = market.db().begin().await?;
        let known = map::all(&mut tx).await?;
        let before = Map::new(known.clone());
        let now = merged(known, seen, &read, &pipelines, at.at());
        for named in &now {
            map::put(&mut tx, named, at.at()).await?;
        }
        map::prune(&mut tx, at.at() - REMEMBERED).await?;
        tx.commit().await?;
        let now = Map::new(now);
        if now.leads_elsewhere_than(&before) {
            self.try_again(market, Over::NamedAnew, at).await?;
        }
        Ok(now)
    }

    /// A list, or nothing where this connection may not read it.
    async fn listed<T: FromWire>(
        &self,
        connection: &Connection,
        call: &Call<T>,
    ) -> Result<Option<T>, GoHighLevelError> {
        match self.0.ghl.perform(&connection.account(), call, How::lane(Lane::Routing)).await {
            Ok(done) => Ok(Some(done.value)),
            Err(failure) if failure.fault.class == connect::ghl::fault::Class::ScopeMissing => {
                tracing::warn!(operation = failure.op.key(), "a list of GoHighLevel may not be read");
                Ok(None)
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Says what something there is called here (nothing: it has no word of ours), and its place among several with the
    /// same word: 0 is taken first, the others stand in.
    ///
    /// # Errors
    /// [`GoHighLevelError::Invalid`] when there is no such thing or word, or the database fails.
    pub async fn save_alias(
        &self,
        market: &Market,
        what: What,
        remote: &str,
        alias: Option<&str>,
        place: u32,
        at: &Moment,
    ) -> Result<(), GoHighLevelError> {
        let alias = alias.map(str::trim).filter(|alias| !alias.is_empty());
        let invalid = |field, message: String| GoHighLevelError::Invalid { field, message };
        if alias.is_some_and(|alias| alias.chars().count() > ALIAS_CHARS_MAX) {
            return Err(invalid("alias", format!("at most {ALIAS_CHARS_MAX} characters")));
        }
        if let (What::User, Some(alias)) = (what, alias)
            && alias.parse::<Ulid>().is_err()
        {
            return Err(invalid("alias", "the identifier of a user here".to_owned()));
        }
        let mut tx = market.db().begin().await?;
        let all = map::all(&mut tx).await?;
        let found = all.into_iter().find(|named| named.what == what && named.remote == remote);
        let named = found.ok_or_else(|| invalid("remote", format!("there is no such {}", what.id())))?;
        let named = Named { alias: alias.map(str::to_owned), is_chosen: true, place, ..named };
        map::put(&mut tx, &named, at.at()).await?;
        let entry =
            audit::NewEntry::new(at.now, &at.actor, "gohighlevel.named", &format!("{}:{remote}", what.id()))
                .with("alias", named.alias.as_deref().unwrap_or("none"))
                .with("place", place);
        trail::append(&mut tx, entry);
        tx.commit().await?;
        self.try_again(market, Over::NamedAnew, at).await?;
        Ok(())
    }
}

fn fresh(what: What, remote: String, name: String, position: usize) -> Named {
    Named {
        what,
        remote,
        parent: String::new(),
        name,
        position: u32::try_from(position).unwrap_or(u32::MAX),
        alias: None,
        is_chosen: false,
        place: 0,
        is_usable: true,
        gone_at: None,
    }
}

/// What was known, brought up to date by what was seen of the kinds that were read.
pub(super) fn merged(
    before: Vec<Named>,
    seen: Vec<Named>,
    read: &BTreeSet<What>,
    pipelines: &[Pipeline],
    at: Timestamp,
) -> Vec<Named> {
    let name_of = |all: &[Named], pipeline: &str| {
        let found = all.iter().find(|named| named.what == What::Pipeline && named.remote == pipeline);
        found.map(|named| plain(&named.name)).unwrap_or_default()
    };
    let mut now: Vec<Named> = Vec::with_capacity(before.len() + seen.len());
    for new in &seen {
        let same = before.iter().find(|known| known.what == new.what && known.remote == new.remote);
        // Rebuilt: another identifier, the same name below the same name.
        let namesake = || {
            let twins = before.iter().filter(|known| {
                known.what == new.what
                    && plain(&known.name) == plain(&new.name)
                    && (new.what != What::Stage
                        || name_of(&before, &known.parent) == name_of(&seen, &new.parent))
                    && !seen.iter().any(|other| other.what == known.what && other.remote == known.remote)
            });
            // The one that went last.
            twins.max_by_key(|known| known.gone_at.unwrap_or(Timestamp::MAX))
        };
        let mut named = new.clone();
        if let Some(known) = same.or_else(namesake) {
            named.alias.clone_from(&known.alias);
            (named.is_chosen, named.place) = (known.is_chosen, known.place);
        }
        now.push(named);
    }
    for known in before {
        if now.iter().any(|named| named.what == known.what && named.remote == known.remote) {
            continue;
        }
        let gone_at = if read.contains(&known.what) { known.gone_at.or(Some(at)) } else { known.gone_at };
        now.push(Named { gone_at, ..known });
    }
    guess(&mut now, pipelines);
    now
}

/// Words for what has none that a person chose, by name.
fn guess(all: &mut [Named], pipelines: &[Pipeline]) {
    let names = Names::shipped();
    let is_open = |named: &Named| named.gone_at.is_none() && !named.is_chosen;
    for own in pipelines {
        let is_taken = all.iter().any(|named| {
            named.what == What::Pipeline && named.gone_at.is_none() && named.alias.as_deref() == Some(&own.id)
        });
        if is_taken {
            continue;
        }
        let there: Vec<usize> = (0..all.len())
            .filter(|at| all[*at].what == What::Pipeline && is_open(&all[*at]) && all[*at].alias.is_none())
            .collect();
        let by_name = there
            .iter()
            .filter_map(|at| {
                let name = &all[*at].name;
                let own_name = (plain(name) == plain(&own.name)).then_some(0);
                let rank =
                    own_name.or_else(|| names.pipeline(own.vertical.id(), name).map(|rank| rank + 1))?;
                Some((rank, *at))
            })
            .min();
        let only = (pipelines.len() == 1 && there.len() == 1).then(|| (0, there[0]));
        if let Some((_, at)) = by_name.or(only) {
            all[at].alias = Some(own.id.clone());
        }
    }
    let above: Vec<(String, String)> = all
        .iter()
        .filter(|named| named.what == What::Pipeline && named.gone_at.is_none())
        .filter_map(|named| Some((named.remote.clone(), named.alias.clone()?)))
        .collect();
    for named in all.iter_mut().filter(|named| named.what == What::Stage && is_open(named)) {
        let Some((_, own)) = above.iter().find(|(remote, _)| *remote == named.parent) else { continue };
        let Some(own) = pipelines.iter().find(|pipeline| pipeline.id == *own) else { continue };
        let fits = own
            .stages
            .iter()
            .filter_map(|stage| Some((names.stage(&stage.id, &stage.name, &named.name)?, stage.id.clone())));
        if let Some((rank, stage)) = fits.min() {
            named.alias = Some(stage);
            // Of two names for one stage, what fits better is written to.
            named.place = u32::try_from(rank).unwrap_or(u32::MAX);
        }
    }
    for spec in &names.fields {
        let is_taken = all.iter().any(|named| {
            named.what == What::Field && named.gone_at.is_none() && named.alias.as_deref() == Some(&spec.key)
        });
        let found = all.iter_mut().find(|named| {
            named.what == What::Field && named.gone_at.is_none() && plain(&named.name) == plain(&spec.name)
        });
        if let (false, Some(named)) = (is_taken, found) {
            named.alias = Some(spec.key.clone());
        }
    }
}
