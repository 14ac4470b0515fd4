use std::{fmt, str::FromStr};

use learn::frame::Kind;
use serde::{Deserialize, Serialize};

use crate::{
    Channel,
    timeline::{LeadSource, Sort},
};

/// What a feature is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Unit {
    /// Hours, fractions included.
    Hours,
    /// Minutes, fractions included.
    Minutes,
    /// Whole days.
    Days,
    /// How many.
    Count,
    /// A fraction; of what, its description says.
    Fraction,
    /// Whole units of the market's currency.
    Money,
    /// Yes or no.
    Answer,
    /// One of a list.
    Word,
}

/// What a missing value means.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Absent {
    /// It has a value that we do not know: a score is less certain without it.
    Unknown,
    /// There is nothing to measure, because it never happened: that is known.
    Never,
}

/// One feature as people read it.
#[derive(Clone, Copy, Debug)]
pub struct Spec {
    /// Its name in tables and policies.
    pub name: &'static str,
    /// What its values are.
    pub kind: Kind,
    /// What they are measured in.
    pub unit: Unit,
    /// What it says.
    pub description: &'static str,
    /// The happenings that it is made from.
    pub made_from: &'static [Sort],
    /// What it means when it is missing.
    pub absent: Absent,
    /// The levels of a category, ascending.
    pub levels: &'static [&'static str],
}

macro_rules! features {
    ($($Feature:ident, $name:literal, $kind:ident, $unit:ident, $absent:ident, $levels:expr, $from:expr, $says:literal;)+) => {
        /// One thing that is known of a contact at a moment.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(into = "String", try_from = "String")]
        pub enum Feature {
            $(#[doc = $says] $Feature,)+
        }

        impl Feature {
            /// All of them, in the order of the columns.
            pub const ALL: [Self; [$(Self::$Feature),+].len()] = [$(Self::$Feature),+];

            /// What it is.
            pub const fn spec(self) -> &'static Spec {
                match self {
                    $(Self::$Feature => {
                        const SPEC: Spec = Spec {
                            name: $name,
                            kind: Kind::$kind,
                            unit: Unit::$unit,
                            description: $says,
                            made_from: $from,
                            absent: Absent::$absent,
                            levels: $levels,
                        };
                        &SPEC
                    })+
                }
            }
        }
    };
}

/// What a contact does of their own accord.
const ACTIVITY: &[Sort] = &[
    Sort::PageView,
    Sort::ListingView,
    Sort::ListingSaved,
    Sort::Search,
    Sort::Answered,
    Sort::Message,
    Sort::Call,
];
const VIEWS: &[Sort] = &[Sort::ListingView];
const SPEECH: &[Sort] = &[Sort::Message, Sort::Call];
const APPOINTMENTS: &[Sort] = &[Sort::Appointment];
const ANSWERS: &[Sort] = &[Sort::Answered];

/// The words of [`Channel`], ascending.
const CHANNELS: &[&str] = &["chat", "email", "google_business", "messenger", "sms", "voice", "whats_app"];

/// The place of a channel among the levels.
pub(super) fn channel_code(channel: Channel) -> Option<u32> {
    CHANNELS.iter().position(|word| *word == channel.word()).map(|place| place as u32)
}

features! {
    HoursSinceArrival, "hours_since_arrival", Number, Hours, Never, &[], &[Sort::Arrived],
        "Hours since the contact came to us; since the first thing known of them, where that is not told.";
    Source, "source", Category, Word, Unknown, LeadSource::IDS, &[Sort::Arrived],
        "How the contact came to us first.";
    HoursSinceActivity, "hours_since_activity", Number, Hours, Never, &[], ACTIVITY,
        "Hours since the contact last did something of their own accord.";
    Activities1d, "activities_1d", Number, Count, Never, &[], ACTIVITY,
        "What the contact did of their own accord in the last day.";
    Activities7d, "activities_7d", Number, Count, Never, &[], ACTIVITY,
        "What the contact did of their own accord in the last 7 days.";
    Activities30d, "activities_30d", Number, Count, Never, &[], ACTIVITY,
        "What the contact did of their own accord in the last 30 days.";
    ActiveDays30d, "active_days_30d", Number, Count, Never, &[], ACTIVITY,
        "Days, of the last 30, on which the contact did something of their own accord.";
    ActivityTrend, "activity_trend", Number, Fraction, Never, &[], ACTIVITY,
        "Activity of the last 7 days less that of the 7 before, as a fraction of both: -1 has stopped, 1 has begun.";
    ListingViews1d, "listing_views_1d", Number, Count, Never, &[], VIEWS,
        "Listings looked at in the last day, repeats counted.";
    ListingViews7d, "listing_views_7d", Number, Count, Never, &[], VIEWS,
        "Listings looked at in the last 7 days, repeats counted.";
    ListingViews30d, "listing_views_30d", Number, Count, Never, &[], VIEWS,
        "Listings looked at in the last 30 days, repeats counted.";
    Listings30d, "listings_30d", Number, Count, Never, &[], VIEWS,
        "Different listings looked at in the last 30 days.";
    RepeatViews30d, "repeat_views_30d", Number, Count, Never, &[], VIEWS,
        "How often the contact looked at the listing that they looked at most in the last 30 days.";
    Saves7d, "saves_7d", Number, Count, Never, &[], &[Sort::ListingSaved],
        "Different listings saved in the last 7 days.";
    Saves30d, "saves_30d", Number, Count, Never, &[], &[Sort::ListingSaved],
        "Different listings saved in the last 30 days.";
    PageViews7d, "page_views_7d", Number, Count, Never, &[], &[Sort::PageView],
        "Other pages looked at in the last 7 days.";
    PageViews30d, "page_views_30d", Number, Count, Never, &[], &[Sort::PageView],
        "Other pages looked at in the last 30 days.";
    Searches30d, "searches_30d", Number, Count, Never, &[], &[Sort::Search],
        "Searches in the last 30 days.";
    ViewedPrice, "viewed_price", Number, Money, Never, &[], VIEWS,
        "The median price of the listings looked at in the last 30 days.";
    PriceSpread, "price_spread", Number, Fraction, Never, &[], VIEWS,
        "Highest less lowest price looked at in the last 30 days, as a fraction of their middle; from 2 prices on.";
    PriceNarrowing, "price_narrowing", Number, Fraction, Never, &[], VIEWS,
        "How much narrower the later half of the prices looked at in 30 days is: 1 is one price, 0 as wide, -1 twice as wide or more; from 4 prices on.";
    SearchNarrowing, "search_narrowing", Number, Fraction, Never, &[], &[Sort::Search],
        "How much narrower the last price range searched for in 30 days is than the first: 1 is one price, 0 as wide, -1 twice as wide or more.";
    Inbound1d, "inbound_1d", Number, Count, Never, &[], SPEECH,
        "Messages and calls from the contact in the last day.";
    Inbound7d, "inbound_7d", Number, Count, Never, &[], SPEECH,
        "Messages and calls from the contact in the last 7 days.";
    Inbound30d, "inbound_30d", Number, Count, Never, &[], SPEECH,
        "Messages and calls from the contact in the last 30 days.";
    Outbound7d, "outbound_7d", Number, Count, Never, &[], SPEECH,
        "Messages and calls from us in the last 7 days.";
    Outbound30d, "outbound_30d", Number, Count, Never, &[], SPEECH,
        "Messages and calls from us in the last 30 days.";
    Unanswered, "unanswered", Number, Count, Never, &[], SPEECH,
        "Messages and calls from us since the contact last spoke to us; an answered call counts as speaking.";
    AwaitsAnswer, "awaits_answer", Boolean, Answer, Never, &[], SPEECH,
        "Whether the last word was the contact's.";
    HoursSinceInbound, "hours_since_inbound", Number, Hours, Never, &[], SPEECH,
        "Hours since the contact last spoke to us.";
    HoursSinceOutbound, "hours_since_outbound", Number, Hours, Never, &[], SPEECH,
        "Hours since we last spoke to the contact.";
    ReplyMinutes, "reply_minutes", Number, Minutes, Never, &[], SPEECH,
        "Median minutes that the contact took to answer us in the last 30 days.";
    ChannelsIn30d, "channels_in_30d", Number, Count, Never, &[], SPEECH,
        "Different ways on which the contact spoke to us in the last 30 days.";
    LastChannelIn, "last_channel_in", Category, Word, Never, CHANNELS, SPEECH,
        "The way on which the contact last spoke to us.";
    CallsAnswered30d, "calls_answered_30d", Number, Count, Never, &[], &[Sort::Call],
        "Calls of the last 30 days, either way, in which somebody spoke.";
    CallMinutes30d, "call_minutes_30d", Number, Minutes, Never, &[], &[Sort::Call],
        "Minutes spoken on calls in the last 30 days.";
    AppointmentAhead, "appointment_ahead", Boolean, Answer, Never, &[], APPOINTMENTS,
        "Whether an appointment is booked that has not begun.";
    Bookings90d, "bookings_90d", Number, Count, Never, &[], APPOINTMENTS,
        "Different appointments booked in the last 90 days.";
    Shown90d, "shown_90d", Number, Count, Never, &[], APPOINTMENTS,
        "Appointments of the last 90 days that the contact came to.";
    NoShows90d, "no_shows_90d", Number, Count, Never, &[], APPOINTMENTS,
        "Appointments of the last 90 days that the contact did not come to.";
    Cancelled90d, "cancelled_90d", Number, Count, Never, &[], APPOINTMENTS,
        "Appointments called off in the last 90 days.";
    StageProgress, "stage_progress", Number, Fraction, Never, &[], &[Sort::StageMove],
        "How far the opportunity that moved last has come in its pipeline: 0 is the first stage, 1 the last.";
    StageMoves30d, "stage_moves_30d", Number, Count, Never, &[], &[Sort::StageMove],
        "Moves between stages in the last 30 days.";
    HoursSinceStageMove, "hours_since_stage_move", Number, Hours, Never, &[], &[Sort::StageMove],
        "Hours since an opportunity last moved.";
    BudgetKnown, "budget_known", Boolean, Answer, Never, &[], ANSWERS,
        "Whether the contact told us a budget.";
    Budget, "budget", Number, Money, Unknown, &[], ANSWERS,
        "The most that they would pay, as they last told us.";
    ViewedToBudget, "viewed_to_budget", Number, Fraction, Unknown, &[], &[Sort::ListingView, Sort::Answered],
        "The median price looked at in 30 days as a fraction of the budget: above 1 they look at what they cannot pay.";
    HorizonDays, "horizon_days", Number, Days, Unknown, &[], ANSWERS,
        "Days until they want to move, by what they last told us; 0 when that is past.";
    Preapproved, "preapproved", Boolean, Answer, Unknown, &[], ANSWERS,
        "Whether a lender has approved them or they need none, as they last told us.";
    Answers, "answers", Number, Count, Never, &[], ANSWERS,
        "Different questions that they have answered.";
    LastActiveHour, "last_active_hour", Number, Hours, Never, &[], ACTIVITY,
        "Hour of the day, in the market's zone, at which the contact last did something of their own accord.";
    EveningShare30d, "evening_share_30d", Number, Fraction, Never, &[], ACTIVITY,
        "Fraction of the last 30 days' activity that was from 18 to 24 o'clock in the market's zone.";
}

impl Feature {
    /// The feature of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|feature| feature.spec().name == name)
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.spec().name)
    }
}

/// No feature has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no feature `{0}`")]
pub struct NoSuchFeature(String);

impl FromStr for Feature {
    type Err = NoSuchFeature;

    fn from_str(text: &str) -> Result<Self, NoSuchFeature> {
        Self::named(text).ok_or_else(|| NoSuchFeature(text.chars().take(40).collect()))
    }
}

impl TryFrom<String> for Feature {
    type Error = NoSuchFeature;

    fn try_from(text: String) -> Result<Self, NoSuchFeature> {
        text.parse()
    }
}

impl From<Feature> for String {
    fn from(feature: Feature) -> Self {
        feature.spec().name.to_owned()
    }
}
