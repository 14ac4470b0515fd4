//! The stage of a contact's opportunity: looked up by the market's map, made where there is none.

use connect::ghl::{
    Created, Failure,
    fault::Class,
    opportunities::{self, Opportunity, OpportunityWrite, Search, Status},
};
use markets::StageKind;

use super::office::{Job, Outcome, Trouble};
use crate::{backup_map::RemoteStage, echo, records::link, road::kind};

impl Job<'_> {
    /// Brings the contact's opportunity to a stage.
    pub(super) async fn write_stage(
        &self,
        remote: &str,
        pipeline: &str,
        stage: &str,
    ) -> Result<Outcome, Trouble> {
        let status = self.status(pipeline, stage).await?;
        let mut map = self.office.map();
        if map.remote_stage(pipeline, stage).is_none() {
            map = self.office.fresh_map().await?;
        }
        let mut is_fresh = false;
        loop {
            let Some(there) = map.remote_stage(pipeline, stage) else {
                let reason = format!("no stage there is `{pipeline}/{stage}` here: name one in the map");
                return Ok(Outcome::Dead { class: Some(Class::StageGone), reason });
            };
            match self.move_to(remote, &there, status).await {
                Err(Trouble::Failed(failure)) if failure.fault.class == Class::StageGone && !is_fresh => {
                    is_fresh = true;
                    map = self.office.fresh_map().await?;
                }
                other => return other,
            }
        }
    }

    async fn status(&self, pipeline: &str, stage: &str) -> Result<Status, Trouble> {
        let pipelines = self.office.market.pipelines().await?;
        let of = pipelines.iter().filter(|own| own.id == pipeline).flat_map(|own| &own.stages);
        let found = of.into_iter().find(|own| own.id == stage);
        Ok(match found.map(|own| own.kind) {
            Some(StageKind::Won) => Status::Won,
            Some(StageKind::Lost) => Status::Lost,
            Some(StageKind::Open) | None => Status::Open,
        })
    }

    async fn move_to(&self, remote: &str, there: &RemoteStage, status: Status) -> Result<Outcome, Trouble> {
        let wanted = OpportunityWrite {
            pipeline: Some(there.pipeline.clone()),
            stage: Some(there.stage.clone()),
            status: Some(status),
            ..OpportunityWrite::default()
        };
        let present = match self.opportunity(remote, there).await? {
            Some(present) => present,
            None => match self.open_deal(remote, &wanted, there).await? {
                Ok(made) => made,
                Err(id) => self.ask(&opportunities::get(&id)).await?,
            },
        };
        if !missing(&present, &wanted).is_empty() {
            self.note_deal(&present.id).await?;
            let update = opportunities::update(&present.id, &wanted);
            let read = opportunities::get(&present.id);
            let client = &self.office.bridge.0.ghl;
            let again = |_: &[String]| Some(opportunities::update(&present.id, &wanted));
            let compared = |is: &Opportunity| missing(is, &wanted);
            client.write_verified(&self.office.account, &update, &read, self.how(), compared, again).await?;
        }
        let at = self.office.moment();
        let mut tx = self.office.market.db().begin().await?;
        link::put(&mut tx, kind::OPPORTUNITY, &present.id, self.write.contact, None, at.at()).await?;
        tx.commit().await?;
        Ok(Outcome::made(present.id))
    }

    async fn note_deal(&self, id: &str) -> Result<(), Trouble> {
        let now = self.office.now();
        let mut tx = self.office.market.db().begin().await?;
        echo::note(&mut tx, self.office, echo::Kind::Opportunity, id, self.write.contact, now).await?;
        tx.commit().await?;
        Ok(())
    }

    /// The contact's opportunity in the pipeline: an open one before others, of several the latest.
    async fn opportunity(&self, remote: &str, there: &RemoteStage) -> Result<Option<Opportunity>, Failure> {
        let search = Search {
            contact: Some(remote.to_owned()),
            pipeline: Some(there.pipeline.clone()),
            ..Search::default()
        };
        let page = self.ask(&opportunities::search(&self.office.connection.location, &search)).await?;
        let of = page.opportunities.into_iter().filter(|deal| deal.contact.as_deref() == Some(remote));
        Ok(of.max_by_key(|deal| (deal.status == Some(Status::Open), deal.updated_at)))
    }

    /// Makes one; or the identifier of the one that is there after all.
    async fn open_deal(
        &self,
        remote: &str,
        wanted: &OpportunityWrite,
        there: &RemoteStage,
    ) -> Result<Result<Opportunity, String>, Trouble> {
        let name = match self.contact().await? {
            Some(here) => here.personal.label().unwrap_or("Opportunity").to_owned(),
            None => "Opportunity".to_owned(),
        };
        let write = OpportunityWrite { name: Some(name), ..wanted.clone() };
        let call = opportunities::create(&self.office.connection.location, remote, &write);
        self.begin(echo::Kind::Opportunity).await?;
        let look = || self.opportunity(remote, there);
        let client = &self.office.bridge.0.ghl;
        // It was looked for a moment ago.
        Ok(match client.create(&self.office.account, &call, self.how(), look).await? {
            Created::New(deal) | Created::Found(deal) => Ok(deal),
            Created::Exists(id) => Err(id),
        })
    }
}

/// What of an opportunity is not as it was to be.
fn missing(is: &Opportunity, wanted: &OpportunityWrite) -> Vec<String> {
    let mut missing = Vec::new();
    for (name, same) in [
        ("pipelineId", is.pipeline == wanted.pipeline),
        ("pipelineStageId", is.stage == wanted.stage),
        ("status", is.status == wanted.status),
    ] {
        if !same {
            missing.push(name.to_owned());
        }
    }
    missing
}
