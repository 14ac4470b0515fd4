use tabular::Cell;

use super::*;

fn read(columns: &[&str], cells: &[&str]) -> Result<(Given, Vec<Entry>), Vec<Rejection>> {
    let names: Vec<String> = columns.iter().map(|name| (*name).to_owned()).collect();
    let (columns, notices) = Columns::of(&names).unwrap();
    assert!(notices.is_empty(), "{notices:?}");
    let cells = cells.iter().map(|cell| Cell::from_text(cell)).collect();
    let now = "2026-03-10T12:00:00Z".parse().unwrap();
    columns.read(&RawRow { number: 7, cells }, &TimeZone::get("America/Los_Angeles").unwrap(), now)
}

#[test]
fn a_row_says_who_came_how_and_when() {
    let columns = ["First Name", "Last Name", "E-mail", "Lead Source", "Date Added", "Budget", "Preapproved"];
    let cells = ["Ana", "Lima", "ana@example.com", "Open House", "2026-03-02 08:30", "$450,000", "yes"];
    let (given, entries) = read(&columns, &cells).unwrap();
    assert_eq!(given.personal.name.as_deref(), Some("Ana Lima"));
    let at: Timestamp = "2026-03-02T16:30:00Z".parse().unwrap();
    let whats: Vec<What> = entries
        .iter()
        .map(|entry| {
            assert_eq!((entry.known_at, entry.happening.as_ref().unwrap().at), (at, at), "known at the time");
            entry.happening.clone().unwrap().what
        })
        .collect();
    assert_eq!(
        whats,
        [
            What::Arrived { source: LeadSource::OpenHouse },
            What::Answered(Answer::Budget(450_000)),
            What::Answered(Answer::Preapproved(true)),
        ]
    );
}

#[test]
fn events_say_what_happened() {
    let columns = ["email", "event", "at", "channel", "listing", "price", "starts"];
    for (cells, expected) in [
        (
            ["a@example.com", "Listing view", "2026-03-02T10:00:00Z", "", "mls-7", "480000", ""],
            What::ListingView { listing: "mls-7".to_owned(), price: Some(480_000) },
        ),
        (
            ["a@example.com", "message_in", "2026-03-02T10:00:00Z", "email", "", "", ""],
            What::Message { direction: Direction::Inbound, channel: Channel::Email },
        ),
        (
            [
                "a@example.com",
                "appointment-booked",
                "2026-03-02T10:00:00Z",
                "",
                "",
                "",
                "2026-04-01T10:00:00Z",
            ],
            What::Appointment {
                appointment: "unnamed".to_owned(),
                step: AppointmentStep::Booked { starts: "2026-04-01T10:00:00Z".parse().unwrap() },
            },
        ),
    ] {
        let (_, entries) = read(&columns, &cells).unwrap();
        assert_eq!(entries.last().unwrap().happening.as_ref().unwrap().what, expected);
    }
}

#[test]
fn every_bad_value_is_named_with_what_would_be_right() {
    let columns = ["email", "source", "arrived", "budget", "event", "at"];
    let refused = read(&columns, &["a@example.com", "billboard", "tomorrow", "much", "danced", "2027-01-01"])
        .err()
        .expect("nothing of it can be taken");
    let said: Vec<(u64, &str)> =
        refused.iter().map(|rejection| (rejection.row, rejection.field.as_str())).collect();
    assert_eq!(said, [(7, "source"), (7, "arrived"), (7, "budget"), (7, "at")]);
    assert!(refused[3].message.contains("future"), "{}", refused[3].message);
    let unknown = read(&columns, &["a@example.com", "", "", "", "danced", "2026-01-01"]).err().unwrap();
    assert!(unknown[0].message.contains("appointment_booked"), "{}", unknown[0].message);
    let without = read(&columns, &["a@example.com", "", "", "", "search", ""]).err().unwrap();
    assert_eq!(without[0].field, "at");
}

#[test]
fn a_file_without_people_is_none() {
    let said = Columns::of(&["event".to_owned(), "at".to_owned()]).err().unwrap();
    assert!(said.contains("no column is called name, email or phone"), "{said}");
}
