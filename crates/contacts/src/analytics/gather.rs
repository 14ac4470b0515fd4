//! Counting each market, on a replica of its database.

use std::collections::BTreeMap;

use futures::{StreamExt as _, stream};
use jiff::{Timestamp, ToSpan as _, civil::Date, tz::TimeZone};
use kernel::Vertical;
use markets::{Market, MarketRecord, Markets, Pipeline, StageKind};

use super::{MONTHS, Measure, Missing};
use crate::{ContactsError, Direction, records::counts, service::kind_of};

/// Markets that are counted at the same time.
const AT_ONCE: usize = 4;

/// The counts of one market: per line of business, one number per column.
#[derive(Clone, Debug)]
pub(super) struct Counted {
    pub record: MarketRecord,
    pub by_vertical: BTreeMap<Vertical, Vec<u64>>,
    /// Contacts per line of business that are open, won and lost, for rates per contact.
    pub stages: BTreeMap<Vertical, Vec<u64>>,
}

/// The columns of a measure: identifiers and labels.
pub(super) fn columns(measure: Measure, now: Timestamp) -> (Vec<String>, Vec<String>) {
    let fixed = |pairs: &[(&str, &str)]| {
        pairs.iter().map(|(id, label)| ((*id).to_owned(), (*label).to_owned())).unzip()
    };
    match measure {
        Measure::Stages => fixed(&[("open", "Open"), ("won", "Won"), ("lost", "Lost")]),
        Measure::Messages => fixed(&[("in", "From contacts"), ("out", "To contacts")]),
        Measure::New => months(now)
            .iter()
            .map(|(first, _)| (first.strftime("%Y-%m").to_string(), first.strftime("%b %Y").to_string()))
            .unzip(),
    }
}

/// The last months in UTC, the oldest first: first day and the first of the next.
fn months(now: Timestamp) -> Vec<(Date, Date)> {
    let this = now.to_zoned(TimeZone::UTC).date().first_of_month();
    let back = |months: usize| this.saturating_sub(i32::try_from(months).unwrap_or_default().months());
    (0..MONTHS).rev().map(|ago| (back(ago), back(ago).saturating_add(1.month()))).collect()
}

/// Counts every market; those that cannot be read are named.
pub(super) async fn gather(
    markets: &Markets,
    measure: Measure,
    now: Timestamp,
) -> Result<(Vec<Counted>, Vec<Missing>), ContactsError> {
    let records = markets.list().await?;
    let mut counting = stream::iter(records)
        .map(|record| async move {
            let counted = count_one(markets, &record, measure, now).await;
            (record, counted)
        })
        .buffered(AT_ONCE);
    let (mut counted, mut missing) = (Vec::new(), Vec::new());
    while let Some((record, result)) = counting.next().await {
        match result {
            Ok(one) => counted.push(one),
            Err(reason) => missing.push(Missing { market: record.name.to_string(), reason }),
        }
    }
    Ok((counted, missing))
}

async fn count_one(
    markets: &Markets,
    record: &MarketRecord,
    measure: Measure,
    now: Timestamp,
) -> Result<Counted, String> {
    let market = markets.enter(&record.name).await.map_err(|error| match error {
        markets::EnterError::Failed(cause) => {
            tracing::warn!(market = %record.id, error = %cause, "a market could not be entered to be counted");
            "its database cannot be read".to_owned()
        }
        closed => closed.to_string(),
    })?;
    count(&market, record, measure, now).await.map_err(|error| {
        tracing::warn!(market = %record.id, %error, "a market could not be counted");
        "its database cannot be read".to_owned()
    })
}

async fn count(
    market: &Market,
    record: &MarketRecord,
    measure: Measure,
    now: Timestamp,
) -> Result<Counted, ContactsError> {
    let pipelines = market.pipelines().await?;
    let db = market.db().replica().await;
    let db = &db;
    let width = columns(measure, now).0.len();
    let mut by_vertical: BTreeMap<Vertical, Vec<u64>> = BTreeMap::new();
    let mut stages: BTreeMap<Vertical, Vec<u64>> = BTreeMap::new();
    let mut add = |pipeline: &str, column: usize, count: u64| {
        let vertical = vertical_of(&pipelines, record, pipeline);
        by_vertical.entry(vertical).or_insert_with(|| vec![0; width])[column] += count;
    };
    match measure {
        Measure::Stages => {
            for (pipeline, stage, count) in counts::by_stage(db).await? {
                add(&pipeline, column_of(kind_of(&pipelines, &pipeline, &stage)), count);
            }
        }
        Measure::New => {
            for (column, (first, next)) in months(now).into_iter().enumerate() {
                for (pipeline, count) in counts::created_between(db, midnight(first), midnight(next)).await? {
                    add(&pipeline, column, count);
                }
            }
        }
        Measure::Messages => {
            for (direction, pipeline, count) in counts::messages(db).await? {
                add(&pipeline, usize::from(direction == Direction::Out), count);
            }
            for (pipeline, stage, count) in counts::by_stage(db).await? {
                let line = stages
                    .entry(vertical_of(&pipelines, record, &pipeline))
                    .or_insert_with(|| vec![0; STAGES]);
                line[column_of(kind_of(&pipelines, &pipeline, &stage))] += count;
            }
        }
    }
    Ok(Counted { record: record.clone(), by_vertical, stages })
}

/// Columns of the measure of stages.
pub(super) const STAGES: usize = 3;

fn column_of(kind: StageKind) -> usize {
    match kind {
        StageKind::Open => 0,
        StageKind::Won => 1,
        StageKind::Lost => 2,
    }
}

/// The line of business of a pipeline; the market's first when the pipeline is gone.
fn vertical_of(pipelines: &[Pipeline], record: &MarketRecord, pipeline: &str) -> Vertical {
    let known = pipelines.iter().find(|known| known.id == pipeline).map(|known| known.vertical);
    known.or(record.verticals.first().copied()).unwrap_or(Vertical::Residential)
}

fn midnight(day: Date) -> Timestamp {
    day.to_zoned(TimeZone::UTC).map_or(Timestamp::MIN, |zoned| zoned.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn twelve_months_end_with_the_current_one_and_leave_no_gap() {
        let now: Timestamp = "2026-03-31T23:59:59Z".parse().unwrap();
        let months = months(now);
        assert_eq!(months.len(), 12);
        assert_eq!(months[0].0.to_string(), "2025-04-01");
        assert_eq!(months[11].1.to_string(), "2026-04-01");
        assert!(months.windows(2).all(|pair| pair[0].1 == pair[1].0));
        assert_eq!(columns(Measure::New, now).0[11], "2026-03");
    }
}
