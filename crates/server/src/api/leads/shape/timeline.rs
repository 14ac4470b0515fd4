use jiff::Timestamp;
use leads::{
    Channel,
    timeline::{Answer, AppointmentStep, Direction, Entry, LeadSource, What},
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{ChannelWord, SourceWord};

/// Some of a timeline.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadTimeline)]
pub struct Timeline {
    /// What we were told, what we learned last first.
    pub events: Vec<TimelineEntry>,
    /// Where the next page begins; `null`: this was the last.
    pub next_cursor: Option<String>,
}

/// One thing that we were told.
#[derive(Serialize, ToSchema)]
#[schema(as = LeadTimelineEntry)]
pub struct TimelineEntry {
    /// Names it within the lead.
    id: String,
    /// When it happened; nothing when the source deleted it.
    at: Option<Timestamp>,
    /// When the source wrote this version.
    revised_at: Timestamp,
    /// When we learned of it.
    known_at: Timestamp,
    /// What happened; nothing when the source deleted it.
    what: Option<Happened>,
}

impl From<&Entry> for TimelineEntry {
    fn from(entry: &Entry) -> Self {
        let happening = entry.happening.as_ref();
        Self {
            id: entry.id.clone(),
            at: happening.map(|happening| happening.at),
            revised_at: entry.revised_at,
            known_at: entry.known_at,
            what: happening.map(|happening| Happened::from(&happening.what)),
        }
    }
}

/// One kind of thing that happens to a lead, as an object with its name. Money is in whole units of the market's currency.
#[derive(Serialize, Deserialize, ToSchema)]
#[schema(as = LeadHappening)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Happened {
    /// Came to us.
    Arrived {
        /// From where.
        #[schema(value_type = SourceWord)]
        source: LeadSource,
    },
    /// Looked at a page that is no listing.
    PageView {
        /// Which, as the tracker names it.
        #[schema(max_length = 500)]
        page: String,
    },
    /// Looked at a listing.
    ListingView {
        /// Which.
        #[schema(max_length = 200)]
        listing: String,
        /// What it costs.
        price: Option<u64>,
    },
    /// Saved a listing.
    ListingSaved {
        /// Which.
        #[schema(max_length = 200)]
        listing: String,
    },
    /// Searched for listings.
    Search {
        /// The least price asked for.
        price_from: Option<u64>,
        /// The highest price asked for.
        price_to: Option<u64>,
    },
    /// A written message.
    Message {
        /// Who wrote.
        direction: Way,
        /// Which way.
        #[schema(value_type = ChannelWord)]
        channel: Channel,
    },
    /// A call, answered or not.
    Call {
        /// Who called.
        direction: Way,
        /// How long they spoke; 0 when nobody answered.
        seconds: u32,
    },
    /// A step of an appointment.
    Appointment {
        /// Which appointment.
        #[schema(max_length = 200)]
        appointment: String,
        /// What became of it.
        step: StepOfAppointment,
    },
    /// An opportunity moved to another stage of its pipeline.
    StageMove {
        /// Which opportunity.
        #[schema(max_length = 200)]
        opportunity: String,
        /// The stage's place in its pipeline, from 0.
        place: u16,
        /// How many stages the pipeline has.
        of: u16,
    },
    /// A label was put on the contact or taken off.
    Tag {
        /// The label.
        #[schema(max_length = 200)]
        tag: String,
        /// Whether it was put on.
        added: bool,
    },
    /// The most that they would pay.
    Budget {
        /// How much.
        amount: u64,
    },
    /// In how many days they want to move or close.
    Horizon {
        /// Days from then on.
        days: u32,
    },
    /// Whether a lender has approved them, or they pay without one.
    Preapproved {
        /// Whether.
        approved: bool,
    },
    /// A task about the contact was opened or done.
    Task {
        /// Which task.
        #[schema(max_length = 200)]
        task: String,
        /// Whether it is done.
        done: bool,
    },
}

/// Who wrote or called.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = LeadDirection)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// The contact to us.
    Inbound,
    /// We to the contact, a person or a program.
    Outbound,
}

/// What became of an appointment.
#[derive(Clone, Copy, Serialize, Deserialize, ToSchema)]
#[schema(as = LeadAppointmentStep)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum StepOfAppointment {
    /// Made, or moved to another time.
    Booked {
        /// When it is to begin.
        starts: Timestamp,
    },
    /// The contact came.
    Shown,
    /// The contact did not come.
    NoShow,
    /// Called off by either side.
    Cancelled,
}

impl From<Way> for Direction {
    fn from(way: Way) -> Self {
        match way {
            Way::Inbound => Self::Inbound,
            Way::Outbound => Self::Outbound,
        }
    }
}

impl From<Direction> for Way {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Inbound => Self::Inbound,
            Direction::Outbound => Self::Outbound,
        }
    }
}

impl From<StepOfAppointment> for AppointmentStep {
    fn from(step: StepOfAppointment) -> Self {
        match step {
            StepOfAppointment::Booked { starts } => Self::Booked { starts },
            StepOfAppointment::Shown => Self::Shown,
            StepOfAppointment::NoShow => Self::NoShow,
            StepOfAppointment::Cancelled => Self::Cancelled,
        }
    }
}

impl From<AppointmentStep> for StepOfAppointment {
    fn from(step: AppointmentStep) -> Self {
        match step {
            AppointmentStep::Booked { starts } => Self::Booked { starts },
            AppointmentStep::Shown => Self::Shown,
            AppointmentStep::NoShow => Self::NoShow,
            AppointmentStep::Cancelled => Self::Cancelled,
        }
    }
}

impl From<Happened> for What {
    fn from(happened: Happened) -> Self {
        match happened {
            Happened::Arrived { source } => Self::Arrived { source },
            Happened::PageView { page } => Self::PageView { page },
            Happened::ListingView { listing, price } => Self::ListingView { listing, price },
            Happened::ListingSaved { listing } => Self::ListingSaved { listing },
            Happened::Search { price_from, price_to } => Self::Search { price_from, price_to },
            Happened::Message { direction, channel } => {
                Self::Message { direction: direction.into(), channel }
            }
            Happened::Call { direction, seconds } => Self::Call { direction: direction.into(), seconds },
            Happened::Appointment { appointment, step } => {
                Self::Appointment { appointment, step: step.into() }
            }
            Happened::StageMove { opportunity, place, of } => Self::StageMove { opportunity, place, of },
            Happened::Tag { tag, added } => Self::Tag { tag, added },
            Happened::Budget { amount } => Self::Answered(Answer::Budget(amount)),
            Happened::Horizon { days } => Self::Answered(Answer::Horizon { days }),
            Happened::Preapproved { approved } => Self::Answered(Answer::Preapproved(approved)),
            Happened::Task { task, done } => Self::Task { task, done },
        }
    }
}

impl From<&What> for Happened {
    fn from(what: &What) -> Self {
        match what.clone() {
            What::Arrived { source } => Self::Arrived { source },
            What::PageView { page } => Self::PageView { page },
            What::ListingView { listing, price } => Self::ListingView { listing, price },
            What::ListingSaved { listing } => Self::ListingSaved { listing },
            What::Search { price_from, price_to } => Self::Search { price_from, price_to },
            What::Message { direction, channel } => Self::Message { direction: direction.into(), channel },
            What::Call { direction, seconds } => Self::Call { direction: direction.into(), seconds },
            What::Appointment { appointment, step } => Self::Appointment { appointment, step: step.into() },
            What::StageMove { opportunity, place, of } => Self::StageMove { opportunity, place, of },
            What::Tag { tag, added } => Self::Tag { tag, added },
            What::Answered(Answer::Budget(amount)) => Self::Budget { amount },
            What::Answered(Answer::Horizon { days }) => Self::Horizon { days },
            What::Answered(Answer::Preapproved(approved)) => Self::Preapproved { approved },
            What::Task { task, done } => Self::Task { task, done },
        }
    }
}
