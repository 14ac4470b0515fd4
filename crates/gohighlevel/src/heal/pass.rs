//! One page of a pass: asked for, taken in, and on record.

use connect::ghl::{
    Failure,
    fault::{Action, Class},
    tokens::TokenError,
};
use jiff::Timestamp;
use markets::Market;

use super::{
    Family,
    mark::{Cursor, Mark, Next, Pass, later},
    probe::Standing,
};
use crate::{Connection, GoHighLevel, GoHighLevelError, records};

/// The longest wait for what is known to pass: an outage of theirs is over when it is over.
const OUTAGE_WAIT: std::time::Duration = std::time::Duration::from_secs(60);

/// Attempts to change a watermark that somebody else goes further with.
const RACES_MAX: u32 = 20;

/// What came of a step.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Stepped {
    /// A page further.
    Went,
    /// Nothing to do before then.
    Waits(Timestamp),
    /// Somebody else has gone further meanwhile.
    Taken,
    /// The location cannot be asked before then.
    Closed(Timestamp),
}

impl GoHighLevel {
    /// The watermarks of all families, in their order.
    pub(crate) async fn marks(
        &self,
        market: &Market,
        connection: &Connection,
    ) -> Result<Vec<Mark>, GoHighLevelError> {
        let stored = records::heal::marks(market.db()).await?;
        let of = |family: Family| match stored.iter().find(|mark| mark.family == family) {
            Some(mark) if mark.location == connection.location => mark.clone(),
            Some(mark) => mark.moved_to(&connection.location),
            None => Mark::new(family, &connection.location),
        };
        Ok(Family::ALL.map(of).to_vec())
    }

    /// Goes one page further with a family, if there is anything to do.
    pub(super) async fn step(
        &self,
        market: &Market,
        connection: &Connection,
        mark: Mark,
        now: Timestamp,
    ) -> Result<Stepped, GoHighLevelError> {
        let mark = match mark.next(self.rhythm(mark.family, connection.has_app), now) {
            Next::At(until) => return Ok(Stepped::Waits(until)),
            Next::Begin(pass) => mark.begun(pass, now),
            Next::Go => mark,
        };
        let at = self.moment(now);
        let outcome = async {
            let page = self.page(market, connection, &mark).await?;
            let taken = self.take_page(market, connection, page.seen, &at).await?;
            Ok((page.listed, page.total, page.next, taken))
        }
        .await;
        let (listed, total, next, taken) = match outcome {
            Ok(done) => done,
            Err(GoHighLevelError::Failed(failure)) => {
                return self.page_failed(market, connection, mark, &failure, now).await;
            }
            Err(error) => return Err(error),
        };
        let (family, pass, began_at) = (mark.family, mark.pass, mark.began_at);
        let verified = pass == Some(Pass::Verify);
        let seen = if verified { 0 } else { listed.len() as u64 };
        let mut after = mark.after_page(seen, taken.brought, total, next.clone().unwrap_or(Cursor::Start));
        if taken.left_out > 0 {
            after.failure = Some(format!("{} could not be taken in", taken.left_out));
        }
        if next.is_none() {
            after = after.after_last(now);
        }
        let mut tx = market.db().begin().await?;
        if family.can_vanish() {
            records::heal::sight(&mut tx, family.kind(), &listed, at.at()).await?;
        }
        if after.pass.is_none() {
            let before = began_at.unwrap_or(now);
            if verified {
                records::heal::prune_sightings(&mut tx, family.kind(), before).await?;
            }
            let ended = records::heal::end_gaps(&mut tx, family, before, after.brought, now).await?;
            // Events were lost indeed; those of deletions leave no trace but in a whole list.
            if ended > 0 && after.brought > 0 && pass == Some(Pass::Reconcile) && family.can_vanish() {
                after = after.wanting(Pass::Sweep);
            }
        }
        if !records::heal::save_mark(&mut tx, &after).await? {
            tx.rollback().await?;
            return Ok(Stepped::Taken);
        }
        tx.commit().await?;
        if after.pass.is_none() {
            let pass = if verified { Pass::Sweep } else { pass.unwrap_or(Pass::Reconcile) };
            tracing::info!(
                market = %market.name(), family = family.id(), pass = pass.id(), seen = after.seen,
                brought = after.brought, "a pass over GoHighLevel's lists is done"
            );
        }
        Ok(Stepped::Went)
    }

    async fn page_failed(
        &self,
        market: &Market,
        connection: &Connection,
        mark: Mark,
        failure: &Failure,
        now: Timestamp,
    ) -> Result<Stepped, GoHighLevelError> {
        let standing = match (&failure.fault.class, &failure.token) {
            (Class::LocationInactive, _) => Some(Standing::Inactive),
            (Class::RefreshDead, _) | (_, Some(TokenError::Reconnect(_) | TokenError::Unknown(_))) => {
                Some(Standing::Reconnect)
            }
            _ => None,
        };
        if !failure.is_temporary() {
            self.report(market, failure, &self.moment(now)).await?;
        }
        if let Some(standing) = standing {
            return self.closed(market, connection, standing, now).await.map(Stepped::Closed);
        }
        let class = failure.fault.class;
        let again = match failure.fault.action {
            Action::Park { until: Some(wait) } => Some(later(now, wait)),
            Action::Retry { after: Some(wait) } => Some(later(now, wait)),
            _ if matches!(class, Class::Outage | Class::Unavailable | Class::NotJson)
                && mark.failures > 1 =>
            {
                Some(later(now, OUTAGE_WAIT))
            }
            _ => None,
        };
        let what = format!("{}: {}", failure.op.key(), class.label());
        // Lists take what the urgent leave of the budget: to wait for a turn is their way of going, and no failure.
        if let (Class::BurstLimit, Some(until)) = (class, again) {
            tracing::debug!(market = %market.name(), family = mark.family.id(), %until, "a page waits for its turn");
            return self.page_waits(market, mark.put_off(until)).await;
        }
        tracing::warn!(market = %market.name(), family = mark.family.id(), failure = %what, "a page did not come");
        // What a filter or cursor is refused for is found by going through everything.
        let is_refused = matches!(class, Class::BadValue | Class::UnknownProperty);
        let mark = match mark.pass {
            Some(Pass::Reconcile) if is_refused && mark.family.can_vanish() => {
                Mark { pass: None, cursor: Cursor::Start, wanted: Some(Pass::Sweep), ..mark }
            }
            Some(_) if is_refused => Mark { cursor: Cursor::Start, ..mark },
            _ => mark,
        };
        let mark = mark.failed(what, again, now);
        self.page_waits(market, mark).await
    }

    /// Writes down how long a list waits.
    async fn page_waits(&self, market: &Market, mark: Mark) -> Result<Stepped, GoHighLevelError> {
        let mut tx = market.db().begin().await?;
        if !records::heal::save_mark(&mut tx, &mark).await? {
            tx.rollback().await?;
            return Ok(Stepped::Taken);
        }
        tx.commit().await?;
        Ok(Stepped::Waits(mark.retry_at.unwrap_or(Timestamp::MIN)))
    }

    /// Asks for a pass out of turn.
    pub(super) async fn want(
        &self,
        market: &Market,
        connection: &Connection,
        families: &[Family],
        pass: Pass,
    ) -> Result<(), GoHighLevelError> {
        self.change_marks(market, connection, |mark| {
            let is_meant = families.contains(&mark.family) && mark.is_filled();
            is_meant.then(|| mark.clone().wanting(pass))
        })
        .await
    }

    /// Changes the watermarks that `change` gives another form, beside whoever goes further with them meanwhile.
    pub(super) async fn change_marks(
        &self,
        market: &Market,
        connection: &Connection,
        change: impl Fn(&Mark) -> Option<Mark>,
    ) -> Result<(), GoHighLevelError> {
        for family in Family::ALL {
            for _ in 0..RACES_MAX {
                let marks = self.marks(market, connection).await?;
                let Some(changed) = marks.iter().find(|mark| mark.family == family).and_then(&change) else {
                    break;
                };
                let mut tx = market.db().begin().await?;
                if records::heal::save_mark(&mut tx, &changed).await? {
                    tx.commit().await?;
                    break;
                }
                tx.rollback().await?;
            }
        }
        Ok(())
    }
}
