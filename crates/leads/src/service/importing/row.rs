#[cfg(test)]
mod tests;

use contacts::{Field, Personal};
use jiff::{SignedDuration, Timestamp, civil, tz::TimeZone};
use kernel::{Notice, Rejection};
use tabular::RawRow;

use crate::{
    Channel,
    timeline::{Answer, AppointmentStep, Direction, Entry, Happening, LeadSource, What},
};

/// The name of an arrival within its contact: what the hub calls it as well.
pub(super) const ARRIVED: &str = "arrived";

/// A column that says something of a lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Source,
    Arrived,
    Budget,
    HorizonDays,
    Preapproved,
    Event,
    At,
    Channel,
    Seconds,
    Listing,
    Price,
    Appointment,
    Starts,
}

/// All of them, with the names that files use: in lower case, without spaces and punctuation.
const TOLD: [(Told, &str, &[&str]); 13] = [
    (Told::Source, "source", &["source", "leadsource", "origin"]),
    (Told::Arrived, "arrived", &["arrived", "arrivedat", "created", "createdat", "createdate", "dateadded"]),
    (Told::Budget, "budget", &["budget", "maxbudget", "pricemax"]),
    (Told::HorizonDays, "horizon_days", &["horizondays", "timeframedays", "movesindays"]),
    (Told::Preapproved, "preapproved", &["preapproved", "preapproval"]),
    (Told::Event, "event", &["event", "eventtype", "activity"]),
    (Told::At, "at", &["at", "eventat", "happenedat", "timestamp"]),
    (Told::Channel, "channel", &["channel"]),
    (Told::Seconds, "seconds", &["seconds", "duration", "durationseconds"]),
    (Told::Listing, "listing", &["listing", "listingid", "mls", "mlsid", "property"]),
    (Told::Price, "price", &["price", "listprice"]),
    (Told::Appointment, "appointment", &["appointment", "appointmentid"]),
    (Told::Starts, "starts", &["starts", "startsat", "start", "begins"]),
];

/// The words of the events that a file may tell of.
const EVENTS: [&str; 12] = [
    "page_view",
    "listing_view",
    "listing_saved",
    "search",
    "message_in",
    "message_out",
    "call_in",
    "call_out",
    "appointment_booked",
    "appointment_shown",
    "appointment_no_show",
    "appointment_cancelled",
];

/// Who a row is about.
pub(super) struct Given {
    pub row: u64,
    pub personal: Personal,
    pub pipeline: Option<String>,
    pub stage: Option<String>,
}

impl Given {
    /// How rows of one person know each other; a person without either is each row's own.
    pub(super) fn reached_by(&self) -> (Option<String>, Option<String>) {
        let digits = |phone: &String| phone.chars().filter(char::is_ascii_digit).collect::<String>();
        (
            self.personal.email.as_ref().map(|email| email.to_lowercase()),
            self.personal.phone.as_ref().map(digits),
        )
    }

    /// Who the row is about in its own words, without case and spaces to spare.
    pub(super) fn words(&self) -> String {
        let plain = |text: &Option<String>| {
            let text = text.as_deref().unwrap_or_default().to_lowercase();
            text.split_whitespace().collect::<Vec<_>>().join(" ")
        };
        format!("{}\n{}", plain(&self.personal.name), plain(&self.personal.address))
    }
}

/// Which column says what.
pub(super) struct Columns {
    who: Vec<(Field, usize)>,
    told: Vec<(Told, usize)>,
}

impl Columns {
    /// The columns of a file, and notices of those that are not used.
    pub(super) fn of(names: &[String]) -> Result<(Self, Vec<Notice>), String> {
        let (mut columns, mut notices) = (Self { who: Vec::new(), told: Vec::new() }, Vec::new());
        for (place, name) in names.iter().enumerate() {
            let told = told_by(name).filter(|told| columns.told.iter().all(|(known, _)| known != told));
            let taken = |field: &Field| !matches!(field, Field::Assignee | Field::Note);
            let who = Field::of_column(name).filter(taken);
            let who = who.filter(|field| columns.who.iter().all(|(known, _)| known != field));
            match (told, who) {
                (Some(told), _) => columns.told.push((told, place)),
                (None, Some(field)) => columns.who.push((field, place)),
                (None, None) => notices.push(Notice {
                    row: 0,
                    field: name.clone(),
                    value: String::new(),
                    message: "this column is not used".to_owned(),
                }),
            }
        }
        let reach = [Field::Name, Field::GivenName, Field::FamilyName, Field::Email, Field::Phone];
        if !columns.who.iter().any(|(field, _)| reach.contains(field)) {
            let known: Vec<&str> = TOLD.iter().map(|(_, name, _)| *name).collect();
            return Err(format!(
                "no column is called name, email or phone; beside those of a contact, known columns are {}",
                known.join(", ")
            ));
        }
        Ok((columns, notices))
    }

    /// Who a row is about and what it tells, in the market's `zone`; else every bad value.
    pub(super) fn read(
        &self,
        row: &RawRow,
        zone: &TimeZone,
        now: Timestamp,
    ) -> Result<(Given, Vec<Entry>), Vec<Rejection>> {
        let text = |place: usize| {
            let text = row.cells.get(place)?.display();
            let text = text.trim();
            (!text.is_empty()).then(|| text.to_owned())
        };
        let who = |field: Field| {
            self.who.iter().find(|(known, _)| *known == field).and_then(|(_, place)| text(*place))
        };
        let parts = [who(Field::GivenName), who(Field::FamilyName)];
        let joined = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
        let given = Given {
            row: row.number,
            personal: Personal {
                name: who(Field::Name).or((!joined.is_empty()).then_some(joined)),
                email: who(Field::Email),
                phone: who(Field::Phone),
                address: who(Field::Address),
            },
            pipeline: who(Field::Pipeline),
            stage: who(Field::Stage),
        };
        let told = |told: Told| {
            self.told.iter().find(|(known, _)| *known == told).and_then(|(_, place)| text(*place))
        };
        let mut reading = Reading { row: row.number, zone, now, refused: Vec::new() };
        let entries = reading.entries(&told);
        if reading.refused.is_empty() { Ok((given, entries)) } else { Err(reading.refused) }
    }
}

/// One row while it is read.
struct Reading<'a> {
    row: u64,
    zone: &'a TimeZone,
    now: Timestamp,
    refused: Vec<Rejection>,
}

impl Reading<'_> {
    fn entries(&mut self, told: &dyn Fn(Told) -> Option<String>) -> Vec<Entry> {
        let source = self.parsed(told, Told::Source, |text| {
            word(text).parse::<LeadSource>().map_err(|error| error.to_string())
        });
        let arrived = self.past(told, Told::Arrived);
        let answers = [
            ("budget", self.number(told, Told::Budget).map(Answer::Budget)),
            (
                "horizon",
                self.parsed(told, Told::HorizonDays, |text| {
                    text.parse()
                        .map(|days| Answer::Horizon { days })
                        .map_err(|_| "write a number of days".to_owned())
                }),
            ),
            ("preapproved", self.parsed(told, Told::Preapproved, yes_or_no).map(Answer::Preapproved)),
        ];
        let mut entries = Vec::new();
        if source.is_some() || arrived.is_some() {
            let at = arrived.unwrap_or(self.now);
            entries.push(known(ARRIVED, at, What::Arrived { source: source.unwrap_or(LeadSource::Import) }));
        }
        let at = arrived.unwrap_or(self.now);
        for (name, answer) in answers {
            entries.extend(answer.map(|answer| known(&format!("import:{name}"), at, What::Answered(answer))));
        }
        entries.extend(self.event(told));
        entries
    }

    fn event(&mut self, told: &dyn Fn(Told) -> Option<String>) -> Option<Entry> {
        let event = told(Told::Event)?;
        let Some(at) = self.past(told, Told::At) else {
            if told(Told::At).is_none() {
                self.refuse(Told::At, "", "say when it happened, such as 2026-03-02T10:00:00Z");
            }
            return None;
        };
        let listing = told(Told::Listing);
        let price = self.number(told, Told::Price);
        let channel = self.parsed(told, Told::Channel, |text| {
            let wanted = word(text);
            Channel::ALL.into_iter().find(|channel| channel.word() == wanted).ok_or_else(|| {
                format!("is no channel: one of {}", Channel::ALL.map(Channel::word).join(", "))
            })
        });
        let appointment = told(Told::Appointment);
        let starts = self.parsed(told, Told::Starts, {
            let zone = self.zone.clone();
            move |text| instant(text, &zone)
        });
        let seconds = self.number(told, Told::Seconds);
        let seconds = seconds.map(|seconds| u32::try_from(seconds).unwrap_or(u32::MAX));
        let named = |name: Option<String>| name.unwrap_or_else(|| "unnamed".to_owned());
        let booking =
            |step: AppointmentStep| What::Appointment { appointment: named(appointment.clone()), step };
        let message = |direction| What::Message { direction, channel: channel.unwrap_or(Channel::Sms) };
        let wanted = word(&event);
        let what = match wanted.as_str() {
            "page_view" => What::PageView { page: named(listing.clone()) },
            "listing_view" => What::ListingView { listing: named(listing.clone()), price },
            "listing_saved" => What::ListingSaved { listing: named(listing.clone()) },
            "search" => What::Search { price_from: None, price_to: price },
            "message_in" => message(Direction::Inbound),
            "message_out" => message(Direction::Outbound),
            "call_in" => What::Call { direction: Direction::Inbound, seconds: seconds.unwrap_or(0) },
            "call_out" => What::Call { direction: Direction::Outbound, seconds: seconds.unwrap_or(0) },
            "appointment_booked" => booking(AppointmentStep::Booked { starts: starts.unwrap_or(at) }),
            "appointment_shown" => booking(AppointmentStep::Shown),
            "appointment_no_show" => booking(AppointmentStep::NoShow),
            "appointment_cancelled" => booking(AppointmentStep::Cancelled),
            _ => {
                self.refuse(Told::Event, &event, &format!("is no event: one of {}", EVENTS.join(", ")));
                return None;
            }
        };
        let thing = listing.or(appointment).unwrap_or_default();
        Some(known(&format!("import:{wanted}:{}:{thing}", at.as_microsecond()), at, what))
    }

    /// A whole number, also written as `450,000` or `$450 000`.
    fn number(&mut self, told: &dyn Fn(Told) -> Option<String>, column: Told) -> Option<u64> {
        self.parsed(told, column, |text| {
            let bare: String =
                text.chars().filter(|letter| !matches!(letter, ',' | ' ' | '$' | '\'' | '_')).collect();
            let whole = bare.strip_suffix(".00").or(bare.strip_suffix(".0")).unwrap_or(&bare);
            whole.parse().map_err(|_| "write a whole number".to_owned())
        })
    }

    /// An instant that is not ahead.
    fn past(&mut self, told: &dyn Fn(Told) -> Option<String>, column: Told) -> Option<Timestamp> {
        let (zone, now) = (self.zone.clone(), self.now);
        self.parsed(told, column, move |text| match instant(text, &zone)? {
            at if at > now => Err("lies in the future, where nothing has happened yet".to_owned()),
            at => Ok(at),
        })
    }

    fn parsed<T>(
        &mut self,
        told: &dyn Fn(Told) -> Option<String>,
        column: Told,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let text = told(column)?;
        match parse(&text) {
            Ok(value) => Some(value),
            Err(message) => {
                self.refuse(column, &text, &message);
                None
            }
        }
    }

    fn refuse(&mut self, column: Told, value: &str, message: &str) {
        let name = TOLD.iter().find(|(told, _, _)| *told == column).map_or("", |(_, name, _)| name);
        self.refused.push(rejection(self.row, name, value, message));
    }
}

/// The column of this name, however it is written.
fn told_by(name: &str) -> Option<Told> {
    let bare: String =
        name.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    TOLD.iter().find(|(_, _, names)| names.contains(&bare.as_str())).map(|(told, _, _)| *told)
}

/// `Open House` as `open_house`.
fn word(text: &str) -> String {
    text.trim().to_lowercase().replace([' ', '-'], "_")
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text.to_lowercase().as_str() {
        "yes" | "y" | "true" | "1" => Ok(true),
        "no" | "n" | "false" | "0" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    }
}

/// An instant, a local time or a day in the market's zone.
fn instant(text: &str, zone: &TimeZone) -> Result<Timestamp, String> {
    let wrong = || "write a time such as 2026-03-02T10:00:00Z, 2026-03-02 10:00 or 2026-03-02".to_owned();
    if let Ok(at) = text.parse::<Timestamp>() {
        return Timestamp::from_microsecond(at.as_microsecond()).map_err(|_| wrong());
    }
    let local = text
        .parse::<civil::DateTime>()
        .or_else(|_| text.parse::<civil::Date>().map(|day| day.at(0, 0, 0, 0)));
    let zoned = local.map_err(|_| wrong())?.to_zoned(zone.clone()).map_err(|_| wrong())?;
    Timestamp::from_microsecond(zoned.timestamp().as_microsecond()).map_err(|_| wrong())
}

/// That something happened, which whoever kept the file knew at the time.
fn known(name: &str, at: Timestamp, what: What) -> Entry {
    Entry::told(name, at, Happening { at, what })
}

/// The next instant that can be stored.
pub(super) fn after(at: Timestamp) -> Timestamp {
    at.saturating_add(SignedDuration::from_micros(1)).unwrap_or(at)
}

pub(super) fn rejection(row: u64, field: &str, value: &str, message: &str) -> Rejection {
    Rejection {
        row,
        field: field.to_owned(),
        value: value.chars().take(80).collect(),
        message: message.to_owned(),
    }
}
