//! How a market is doing, and what it still needs.

use std::time::Instant;

use boxed::boxed;
use jiff::{SignedDuration, SpanRound, Timestamp, Unit};
use kernel::{MarketName, Moment};
use store::{StoreError, inbox::Inbox, jobs, outbox, queue::Depth, trail};

use super::Markets;
use crate::{
    Check, Checklist, Health, Market, MarketPolicy, MarketRecord, MarketState, MarketsError, QueueLag,
    checklist::Step,
};

#[boxed]
impl Markets {
    /// Looks at everything of a market that can go wrong, whatever its state. The audit chain is verified from its
    /// first entry, so this reads much.
    ///
    /// # Errors
    /// [`MarketsError::Unknown`], or when the hub's database fails: what fails of the market itself is a finding.
    pub async fn health(&self, name: &MarketName, at: &Moment) -> Result<Health, MarketsError> {
        let record = self.record(name).await?;
        let mut health = Health {
            at: at.at(),
            checks: vec![state(&record)],
            database_bytes: None,
            queues: Vec::new(),
            audit_entries: None,
            backed_up_at: record.backed_up_at,
        };
        let mut policy = MarketPolicy::shipped();
        if record.state != MarketState::Moving {
            let asked = Instant::now();
            match self.open_market(&record).await {
                Ok(market) => {
                    let answered = market.db().ping().await;
                    let millis = asked.elapsed().as_millis();
                    let finding = match &answered {
                        Ok(()) => format!("answers within {millis} ms"),
                        Err(error) => error.to_string(),
                    };
                    health.checks.push(check("database", "The database answers", answered.is_ok(), finding));
                    let migrated = "every table is as this program needs it".to_owned();
                    health.checks.push(check("migrations", "Tables are up to date", true, migrated));
                    if answered.is_ok() {
                        policy = market.policy().await.unwrap_or(policy);
                        self.look_inside(&mut health, &market, &policy, at.at()).await;
                    }
                }
                Err(MarketsError::Enter(closed)) => {
                    let finding = closed.to_string();
                    health.checks.push(check("migrations", "Tables are up to date", false, finding));
                }
                Err(error) => {
                    let finding = error.to_string();
                    health.checks.push(check("database", "The database answers", false, finding));
                }
            }
        }
        let keys = self.0.keyring.ping().await;
        let finding = match &keys {
            Ok(()) => "the keyring answers".to_owned(),
            Err(error) => error.to_string(),
        };
        health.checks.push(check("keys", "Keys can be reached", keys.is_ok(), finding));
        health.checks.push(backup(&record, &policy, at.at()));
        Ok(health)
    }

    async fn look_inside(&self, health: &mut Health, market: &Market, policy: &MarketPolicy, now: Timestamp) {
        let bytes = market.db().size_bytes().await;
        let megabytes_max = u64::from(policy.database.megabytes_max.value);
        let (ok, finding) = match &bytes {
            Ok(bytes) => {
                let finding = format!("{:.1} MB of at most {megabytes_max} MB", *bytes as f64 / 1e6);
                (*bytes <= megabytes_max * 1_000_000, finding)
            }
            Err(error) => (false, error.to_string()),
        };
        health.database_bytes = bytes.ok();
        health.checks.push(check("size", "The database has room to grow", ok, finding));

        let minutes_max = i64::from(policy.queue.lag_minutes_max.value);
        let (ok, finding) = match queues(market, now).await {
            Ok(found) => {
                health.queues = found;
                queue_finding(&health.queues, minutes_max, now)
            }
            Err(error) => (false, error.to_string()),
        };
        health.checks.push(check("queues", "Nothing waits for too long", ok, finding));

        let verified = async {
            let verifier = market.audit_signer()?.verifier();
            Ok::<_, MarketsError>(trail::verify(market.db(), &verifier, trail::Begins::WithAnEntry).await?)
        };
        let (ok, finding) = match verified.await {
            Ok(verified) => {
                health.audit_entries = Some(verified.entries);
                let (entries, signed) = (verified.entries, verified.signed_entries);
                (true, format!("{entries} entries, {signed} of them under a signature"))
            }
            Err(error) => (false, error.to_string()),
        };
        health.checks.push(check("audit_chain", "The audit chain is whole", ok, finding));
    }

    /// What the market needs before it goes live, whatever its state.
    ///
    /// # Errors
    /// When the market cannot be opened or a database fails.
    pub async fn checklist(&self, name: &MarketName) -> Result<Checklist, MarketsError> {
        let record = self.record(name).await?;
        let market = self.open_market(&record).await?;
        let mut steps = Vec::new();
        for step in self.steps() {
            let (id, title, required) = (step.id(), step.title(), step.required());
            let state = step.check(self, &market).await?;
            steps.push(Step { id, title, required, state, place: step.place(&market) });
        }
        Ok(Checklist { steps })
    }

    /// The market of this name for its operator: also while it is suspended or deleted, for its policy and pipelines. Not
    /// for people: those use [`Markets::enter`].
    ///
    /// # Errors
    /// When there is none, it is being moved, or its database fails.
    pub async fn inspect(&self, name: &MarketName) -> Result<Market, MarketsError> {
        let record = self.record(name).await?;
        if record.state == MarketState::Moving {
            let (name, state) = (record.name, record.state);
            return Err(MarketsError::State { name, state, advice: "wait until it has moved" });
        }
        self.open_market(&record).await
    }
}

fn check(id: &'static str, title: &'static str, ok: bool, finding: String) -> Check {
    Check { id, title, ok, finding }
}

fn state(record: &MarketRecord) -> Check {
    let mut finding = record.state.label().to_owned();
    if let Some(reason) = &record.state_reason {
        finding = format!("{finding}: {reason}");
    }
    check("state", "People can enter", record.state == MarketState::Active, finding)
}

fn backup(record: &MarketRecord, policy: &MarketPolicy, now: Timestamp) -> Check {
    let hours_max = i64::from(policy.backup.age_hours_max.value);
    let (ok, finding) = match record.backed_up_at {
        None => (false, "no backup was made yet".to_owned()),
        Some(at) => {
            let age = now.duration_since(at);
            let ok = age <= SignedDuration::from_hours(hours_max);
            (ok, format!("the last one is {} old; at most {hours_max} h are allowed", span(age)))
        }
    };
    check("backup", "A recent backup", ok, finding)
}

/// `2d 3h`, to the minute.
fn span(duration: SignedDuration) -> String {
    let rounded = jiff::Span::try_from(duration)
        .and_then(|span| span.round(SpanRound::new().largest(Unit::Hour).smallest(Unit::Minute)));
    rounded.map_or_else(|_| format!("{} s", duration.as_secs()), |span| format!("{span:#}"))
}

async fn queues(market: &Market, now: Timestamp) -> Result<Vec<QueueLag>, StoreError> {
    let db = market.db();
    let lag = |queue: &'static str, depth: Depth| QueueLag {
        queue,
        waiting: depth.waiting,
        dead: depth.dead,
        oldest_due_at: depth.due_since,
    };
    Ok(vec![
        lag("inbox", Inbox::new(db.clone()).depth(now).await?),
        lag("outbox", outbox::depth(db, now).await?),
        lag("jobs", jobs::depth(db, now).await?),
    ])
}

fn queue_finding(queues: &[QueueLag], minutes_max: i64, now: Timestamp) -> (bool, String) {
    let mut late = Vec::new();
    for queue in queues {
        if let Some(since) = queue.oldest_due_at
            && now.duration_since(since) > SignedDuration::from_mins(minutes_max)
        {
            late.push(format!("{} waits since {}", queue.queue, since));
        }
        if queue.dead > 0 {
            late.push(format!("{} has {} given up", queue.queue, queue.dead));
        }
    }
    let waiting: u64 = queues.iter().map(|queue| queue.waiting).sum();
    match late.is_empty() {
        true => (true, format!("{waiting} waiting")),
        false => (false, late.join("; ")),
    }
}
