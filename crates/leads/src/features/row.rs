//! One pass over what happened, from the oldest to the latest.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{Timestamp, tz::TimeZone};
use learn::frame::Value;

use super::{Feature, catalogue::channel_code};
use crate::{
    Channel,
    timeline::{Answer, AppointmentStep, LeadSource, View, What},
};

const HOUR_SECONDS: f64 = 3_600.0;
const DAY_SECONDS: i64 = 86_400;

pub(super) fn values(view: &View<'_>, as_of: Timestamp, zone: &TimeZone) -> [Value; Feature::ALL.len()] {
    let mut counted = Counted::empty(as_of);
    for happening in view.happenings() {
        counted.count(happening.at, &happening.what, zone);
    }
    counted.values(zone)
}

/// The last 1, 7 and 30 days, each up to and with the moment asked of and without its own beginning.
#[derive(Clone, Copy, Default)]
struct Recent {
    day: u32,
    week: u32,
    month: u32,
}

struct Counted<'a> {
    as_of: Timestamp,
    first: Option<Timestamp>,
    arrived: Option<(Timestamp, LeadSource)>,
    last_activity: Option<Timestamp>,
    activity: Recent,
    week_before: u32,
    active_days: BTreeSet<jiff::civil::Date>,
    evening: u32,
    views: Recent,
    seen: BTreeMap<&'a str, u32>,
    prices: Vec<u64>,
    saved: BTreeMap<&'a str, Timestamp>,
    pages: Recent,
    searches: Vec<Option<(u64, u64)>>,
    inbound: Recent,
    outbound: Recent,
    unanswered: u32,
    awaits_answer: bool,
    last_inbound: Option<(Timestamp, Channel)>,
    last_outbound: Option<Timestamp>,
    asked_at: Option<Timestamp>,
    replies: Vec<f64>,
    channels: BTreeSet<Channel>,
    calls_answered: u32,
    call_seconds: u64,
    appointments: BTreeMap<&'a str, (Option<Timestamp>, Option<AppointmentStep>)>,
    booked: BTreeSet<&'a str>,
    shown: BTreeSet<&'a str>,
    no_shows: BTreeSet<&'a str>,
    cancelled: BTreeSet<&'a str>,
    stage: Option<(Timestamp, f64)>,
    stage_moves: u32,
    budget: Option<u64>,
    horizon: Option<(Timestamp, u32)>,
    preapproved: Option<bool>,
}

impl<'a> Counted<'a> {
    fn empty(as_of: Timestamp) -> Self {
        Self {
            as_of,
            first: None,
            arrived: None,
            last_activity: None,
            activity: Recent::default(),
            week_before: 0,
            active_days: BTreeSet::new(),
            evening: 0,
            views: Recent::default(),
            seen: BTreeMap::new(),
            prices: Vec::new(),
            saved: BTreeMap::new(),
            pages: Recent::default(),
            searches: Vec::new(),
            inbound: Recent::default(),
            outbound: Recent::default(),
            unanswered: 0,
            awaits_answer: false,
            last_inbound: None,
            last_outbound: None,
            asked_at: None,
            replies: Vec::new(),
            channels: BTreeSet::new(),
            calls_answered: 0,
            call_seconds: 0,
            appointments: BTreeMap::new(),
            booked: BTreeSet::new(),
            shown: BTreeSet::new(),
            no_shows: BTreeSet::new(),
            cancelled: BTreeSet::new(),
            stage: None,
            stage_moves: 0,
            budget: None,
            horizon: None,
            preapproved: None,
        }
    }

    /// Whether `at` is within the last `days`.
    fn within(&self, at: Timestamp, days: i64) -> bool {
        self.as_of.duration_since(at).as_secs() < days * DAY_SECONDS
    }

    fn add(&self, recent: &mut Recent, at: Timestamp) {
        recent.day += u32::from(self.within(at, 1));
        recent.week += u32::from(self.within(at, 7));
        recent.month += u32::from(self.within(at, 30));
    }

    fn bump(&mut self, of: fn(&mut Self) -> &mut Recent, at: Timestamp) {
        let mut recent = *of(self);
        self.add(&mut recent, at);
        *of(self) = recent;
    }

    fn count(&mut self, at: Timestamp, what: &'a What, zone: &TimeZone) {
        self.first.get_or_insert(at);
        if what.is_activity() {
            self.count_activity(at, zone);
        }
        if let Some(channel) = what.inbound() {
            self.count_inbound(at, channel);
        }
        if what.outbound().is_some() {
            self.count_outbound(at, what);
        }
        match what {
            What::Arrived { source } => {
                self.arrived.get_or_insert((at, *source));
            }
            What::PageView { .. } => self.bump(|counted| &mut counted.pages, at),
            What::ListingView { listing, price } => {
                self.bump(|counted| &mut counted.views, at);
                if self.within(at, 30) {
                    *self.seen.entry(listing).or_default() += 1;
                    self.prices.extend(*price);
                }
            }
            What::ListingSaved { listing } => {
                self.saved.insert(listing, at);
            }
            What::Search { price_from, price_to } if self.within(at, 30) => {
                self.searches.push(price_from.zip(*price_to).filter(|(from, to)| from <= to));
            }
            What::Call { seconds, .. } if self.within(at, 30) => {
                self.calls_answered += u32::from(*seconds > 0);
                self.call_seconds += u64::from(*seconds);
            }
            What::Appointment { appointment, step } => self.count_appointment(at, appointment, *step),
            What::StageMove { place, of, .. } => {
                let last = of.saturating_sub(1).max(1);
                self.stage = Some((at, (f64::from(*place) / f64::from(last)).min(1.0)));
                self.stage_moves += u32::from(self.within(at, 30));
            }
            What::Answered(Answer::Budget(budget)) => self.budget = Some(*budget),
            What::Answered(Answer::Horizon { days }) => self.horizon = Some((at, *days)),
            What::Answered(Answer::Preapproved(yes)) => self.preapproved = Some(*yes),
            What::Message { .. }
            | What::Search { .. }
            | What::Call { .. }
            | What::Tag { .. }
            | What::Task { .. } => {}
        }
    }

    fn count_activity(&mut self, at: Timestamp, zone: &TimeZone) {
        self.last_activity = Some(at);
        self.bump(|counted| &mut counted.activity, at);
        self.week_before += u32::from(self.within(at, 14) && !self.within(at, 7));
        if self.within(at, 30) {
            let local = zone.to_datetime(at);
            self.active_days.insert(local.date());
            self.evening += u32::from(local.hour() >= 18);
        }
    }

    fn count_inbound(&mut self, at: Timestamp, channel: Channel) {
        self.bump(|counted| &mut counted.inbound, at);
        if let Some(asked_at) = self.asked_at.take()
            && self.within(at, 30)
        {
            self.replies.push(at.duration_since(asked_at).as_secs_f64() / 60.0);
        }
        if self.within(at, 30) {
            self.channels.insert(channel);
        }
        self.last_inbound = Some((at, channel));
        self.unanswered = 0;
        self.awaits_answer = true;
    }

    fn count_outbound(&mut self, at: Timestamp, what: &What) {
        self.bump(|counted| &mut counted.outbound, at);
        self.last_outbound = Some(at);
        self.awaits_answer = false;
        if matches!(what, What::Call { seconds: 1.., .. }) {
            // They spoke: nothing waits for an answer.
            self.unanswered = 0;
            self.asked_at = None;
        } else {
            self.unanswered += 1;
            // An answer is counted from the first of several messages.
            self.asked_at.get_or_insert(at);
        }
    }

    fn count_appointment(&mut self, at: Timestamp, appointment: &'a str, step: AppointmentStep) {
        let (starts, last) = self.appointments.entry(appointment).or_default();
        if let AppointmentStep::Booked { starts: time } = step {
            *starts = Some(time);
        }
        *last = Some(step);
        if self.within(at, 90) {
            let names = match step {
                AppointmentStep::Booked { .. } => &mut self.booked,
                AppointmentStep::Shown => &mut self.shown,
                AppointmentStep::NoShow => &mut self.no_shows,
                AppointmentStep::Cancelled => &mut self.cancelled,
            };
            names.insert(appointment);
        }
    }

    fn hours_since(&self, at: Option<Timestamp>) -> Value {
        at.map_or(Value::Missing, |at| {
            Value::Number(self.as_of.duration_since(at).as_secs_f64() / HOUR_SECONDS)
        })
    }

    fn values(mut self, zone: &TimeZone) -> [Value; Feature::ALL.len()] {
        let replies = median(std::mem::take(&mut self.replies));
        let viewed = median(self.prices.iter().map(|price| *price as f64).collect());
        let saved = |days| self.saved.values().filter(|at| self.within(**at, days)).count();
        let ahead = self.appointments.values().any(|(starts, last)| {
            matches!(last, Some(AppointmentStep::Booked { .. })) && starts.is_some_and(|at| at > self.as_of)
        });
        let answers = [self.budget.is_some(), self.horizon.is_some(), self.preapproved.is_some()];
        let trend = {
            let (now, before) = (f64::from(self.activity.week), f64::from(self.week_before));
            (now + before > 0.0).then(|| (now - before) / (now + before))
        };
        let value = |feature| match feature {
            Feature::HoursSinceArrival => self.hours_since(self.arrived.map(|(at, _)| at).or(self.first)),
            Feature::Source => level(self.arrived.map(|(_, source)| source as u32)),
            Feature::HoursSinceActivity => self.hours_since(self.last_activity),
            Feature::Activities1d => count(self.activity.day),
            Feature::Activities7d => count(self.activity.week),
            Feature::Activities30d => count(self.activity.month),
            Feature::ActiveDays30d => count(self.active_days.len() as u32),
            Feature::ActivityTrend => number(trend),
            Feature::ListingViews1d => count(self.views.day),
            Feature::ListingViews7d => count(self.views.week),
            Feature::ListingViews30d => count(self.views.month),
            Feature::Listings30d => count(self.seen.len() as u32),
            Feature::RepeatViews30d => count(self.seen.values().copied().max().unwrap_or_default()),
            Feature::Saves7d => count(saved(7) as u32),
            Feature::Saves30d => count(saved(30) as u32),
            Feature::PageViews7d => count(self.pages.week),
            Feature::PageViews30d => count(self.pages.month),
            Feature::Searches30d => count(self.searches.len() as u32),
            Feature::ViewedPrice => number(viewed),
            Feature::PriceSpread => number(spread(&self.prices)),
            Feature::PriceNarrowing => number(price_narrowing(&self.prices)),
            Feature::SearchNarrowing => number(search_narrowing(&self.searches)),
            Feature::Inbound1d => count(self.inbound.day),
            Feature::Inbound7d => count(self.inbound.week),
            Feature::Inbound30d => count(self.inbound.month),
            Feature::Outbound7d => count(self.outbound.week),
            Feature::Outbound30d => count(self.outbound.month),
            Feature::Unanswered => count(self.unanswered),
            Feature::AwaitsAnswer => answer(Some(self.awaits_answer)),
            Feature::HoursSinceInbound => self.hours_since(self.last_inbound.map(|(at, _)| at)),
            Feature::HoursSinceOutbound => self.hours_since(self.last_outbound),
            Feature::ReplyMinutes => number(replies),
            Feature::ChannelsIn30d => count(self.channels.len() as u32),
            Feature::LastChannelIn => level(self.last_inbound.and_then(|(_, channel)| channel_code(channel))),
            Feature::CallsAnswered30d => count(self.calls_answered),
            Feature::CallMinutes30d => Value::Number(self.call_seconds as f64 / 60.0),
            Feature::AppointmentAhead => answer(Some(ahead)),
            Feature::Bookings90d => count(self.booked.len() as u32),
            Feature::Shown90d => count(self.shown.len() as u32),
            Feature::NoShows90d => count(self.no_shows.len() as u32),
            Feature::Cancelled90d => count(self.cancelled.len() as u32),
            Feature::StageProgress => number(self.stage.map(|(_, share)| share)),
            Feature::StageMoves30d => count(self.stage_moves),
            Feature::HoursSinceStageMove => self.hours_since(self.stage.map(|(at, _)| at)),
            Feature::BudgetKnown => answer(Some(self.budget.is_some())),
            Feature::Budget => number(self.budget.map(|budget| budget as f64)),
            Feature::ViewedToBudget => {
                let budget = self.budget.filter(|budget| *budget > 0);
                number(viewed.zip(budget).map(|(viewed, budget)| viewed / budget as f64))
            }
            Feature::HorizonDays => number(self.horizon.map(|(told, days)| {
                let gone = self.as_of.duration_since(told).as_secs() / DAY_SECONDS;
                (i64::from(days) - gone).max(0) as f64
            })),
            Feature::Preapproved => answer(self.preapproved),
            Feature::Answers => count(answers.into_iter().filter(|answered| *answered).count() as u32),
            Feature::LastActiveHour => {
                number(self.last_activity.map(|at| f64::from(zone.to_datetime(at).hour())))
            }
            Feature::EveningShare30d => number(
                (self.activity.month > 0).then(|| f64::from(self.evening) / f64::from(self.activity.month)),
            ),
        };
        Feature::ALL.map(value)
    }
}

fn number(value: Option<f64>) -> Value {
    value.map_or(Value::Missing, Value::Number)
}

fn count(value: u32) -> Value {
    Value::Number(f64::from(value))
}

fn answer(value: Option<bool>) -> Value {
    number(value.map(|yes| f64::from(u8::from(yes))))
}

fn level(code: Option<u32>) -> Value {
    code.map_or(Value::Missing, Value::Level)
}

/// The middle value, or the mean of the two middle ones.
fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let middle = values.len() / 2;
    let upper = values.get(middle)?;
    Some(if values.len() % 2 == 1 { *upper } else { (values[middle - 1] + upper) / 2.0 })
}

/// Highest less lowest as a fraction of their mean; none below two prices or when both are 0.
fn spread(prices: &[u64]) -> Option<f64> {
    let (lowest, highest) = (*prices.iter().min()?, *prices.iter().max()?);
    let middle = (lowest as f64 + highest as f64) / 2.0;
    (prices.len() >= 2 && middle > 0.0).then(|| (highest - lowest) as f64 / middle)
}

/// How much narrower `later` is than `earlier`, within -1 and 1.
fn narrowing(earlier: f64, later: f64) -> f64 {
    match (earlier > 0.0, later > 0.0) {
        (true, _) => (1.0 - later / earlier).clamp(-1.0, 1.0),
        (false, true) => -1.0,
        (false, false) => 0.0,
    }
}

fn price_narrowing(prices: &[u64]) -> Option<f64> {
    if prices.len() < 4 {
        return None;
    }
    let (earlier, later) = prices.split_at(prices.len() / 2);
    Some(narrowing(spread(earlier)?, spread(later)?))
}

fn search_narrowing(searches: &[Option<(u64, u64)>]) -> Option<f64> {
    let mut ranges = searches.iter().flatten().map(|(from, to)| (to - from) as f64);
    let first = ranges.next()?;
    ranges.next_back().map(|last| narrowing(first, last))
}
