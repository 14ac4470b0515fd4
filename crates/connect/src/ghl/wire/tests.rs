//! Whatever is answered, reading it ends well.

use proptest::{collection, prelude::*};
use serde_json::{Value, json};

use super::*;
use crate::ghl::{
    calendars::{Appointment, Calendar, Slots},
    contacts::{Contact, ContactPage, Note, Task},
    conversations::{Conversation, Message, MessagePage, Sent},
    fault::ErrorBody,
    locations::{FieldDefinition, Location, Tag},
    oauth::InstalledLocations,
    opportunities::{Opportunity, OpportunityPage, Pipeline},
    users::User,
    workflows::Workflow,
};

const NAMES: [&str; 40] = [
    "id",
    "_id",
    "contact",
    "contacts",
    "tags",
    "customFields",
    "dndSettings",
    "status",
    "searchAfter",
    "meta",
    "opportunities",
    "opportunity",
    "pipelines",
    "stages",
    "name",
    "monetaryValue",
    "messages",
    "nextPage",
    "lastMessageId",
    "nextCursor",
    "messageId",
    "messageIds",
    "error",
    "code",
    "message",
    "conversation",
    "slots",
    "2026-01-02",
    "events",
    "startTime",
    "dateAdded",
    "location",
    "settings",
    "locations",
    "count",
    "total",
    "users",
    "roles",
    "responses",
    "errorCount",
];

fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(|number| json!(number)),
        ".{0,10}".prop_map(Value::from),
        "[0-9]{1,20}".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 8, |inner| {
        let name = prop::sample::select(NAMES.to_vec()).prop_map(str::to_owned);
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::vec((name, inner), 0..8)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}

/// Reads it as `T`; what is read names what identifies it, and what drifted names no value.
fn reads<T: FromWire>(body: &[u8]) {
    match decode::<T>(body) {
        Ok(read) => assert!(read.drifts.iter().all(|drift| !drift.path.is_empty())),
        Err(error) => assert_ne!(error, Unreadable::NotJson),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn no_answer_makes_reading_panic(value in any_json()) {
        let body = value.to_string();
        let body = body.as_bytes();
        reads::<Contact>(body);
        reads::<Option<Contact>>(body);
        reads::<ContactPage>(body);
        reads::<Vec<Task>>(body);
        reads::<Vec<Note>>(body);
        reads::<Opportunity>(body);
        reads::<OpportunityPage>(body);
        reads::<Vec<Pipeline>>(body);
        reads::<Conversation>(body);
        reads::<Message>(body);
        reads::<MessagePage>(body);
        reads::<Sent>(body);
        reads::<Vec<Calendar>>(body);
        reads::<Slots>(body);
        reads::<Appointment>(body);
        reads::<Location>(body);
        reads::<Vec<FieldDefinition>>(body);
        reads::<Vec<Tag>>(body);
        reads::<Vec<User>>(body);
        reads::<Vec<Workflow>>(body);
        reads::<InstalledLocations>(body);
        prop_assert!(ErrorBody::read(body).is_json);
    }
}
