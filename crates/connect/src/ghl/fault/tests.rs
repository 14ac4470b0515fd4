use std::time::Duration;

use bytes::Bytes;
use hyper::{HeaderMap, StatusCode};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    ConnectError, Response, Stage,
    ghl::wire::{Op, header},
};

fn answer(status: u16, body: &str) -> Result<Response, ConnectError> {
    Ok(Response {
        status: StatusCode::from_u16(status).unwrap(),
        headers: HeaderMap::new(),
        body: Bytes::from(body.to_owned()),
        attempts: 1,
        elapsed: Duration::ZERO,
    })
}

fn limited(day_left: &str) -> Result<Response, ConnectError> {
    let mut response = answer(429, r#"{"statusCode":429,"message":"Too Many Requests"}"#).unwrap();
    for (name, value) in [
        (header::LIMIT_INTERVAL, "10000"),
        (header::LIMIT_DAY_LEFT, day_left),
        (header::LIMIT_DAY_RESET, "3600000"),
    ] {
        response.headers.insert(name, value.parse().unwrap());
    }
    Ok(response)
}

fn judge(op: Op, outcome: &Result<Response, ConnectError>) -> Option<(Class, Action)> {
    classify(Seen { op, outcome, is_renewed: false }).map(|fault| (fault.class, fault.action))
}

fn seconds(count: u64) -> Option<Duration> {
    Some(Duration::from_secs(count))
}

/// One answer as GoHighLevel gives it, and what it means.
type Case = (Op, u16, &'static str, Class, Action);

fn cases() -> Vec<Case> {
    let retry = || Action::Retry { after: None };
    let some = |text: &str| Some(text.to_owned());
    vec![
        // 3, 4
        (
            Op::ContactGet,
            401,
            r#"{"statusCode":401,"message":"Invalid JWT"}"#,
            Class::TokenExpired,
            Action::Refresh,
        ),
        (
            Op::ContactGet,
            401,
            r#"{"message":"The token has expired."}"#,
            Class::TokenExpired,
            Action::Refresh,
        ),
        (Op::ContactGet, 401, "", Class::TokenExpired, Action::Refresh),
        (
            Op::OauthToken,
            400,
            r#"{"error":"invalid_grant","error_description":"Invalid refresh token"}"#,
            Class::RefreshLost,
            Action::Rescue,
        ),
        (
            Op::OauthToken,
            401,
            r#"{"error":"UnAuthorized!","error_description":"This refresh token is invalid"}"#,
            Class::RefreshLost,
            Action::Rescue,
        ),
        // 6
        (
            Op::ContactGet,
            401,
            r#"{"statusCode":401,"message":"The token is not authorized for this scope."}"#,
            Class::ScopeMissing,
            Action::DeadLetter,
        ),
        // 7
        (Op::ContactGet, 401, r#"{"message":"Command timed out"}"#, Class::GatewayAs401, retry()),
        (Op::NoteCreate, 401, r#"{"message":"Command timed out"}"#, Class::EffectUnknown, Action::ReadBack),
        // 8
        (
            Op::UserSearch,
            401,
            r#"{"message":"E01 - Unauthorized request"}"#,
            Class::Misaddressed,
            Action::DeadLetter,
        ),
        (
            Op::CustomFieldList,
            401,
            r#"{"message":"This route is not yet supported by the IAM Service. Please update your IAM config."}"#,
            Class::Misaddressed,
            Action::DeadLetter,
        ),
        (
            Op::ContactGet,
            404,
            r#"{"message":"Cannot GET /contacs/1"}"#,
            Class::Misaddressed,
            Action::DeadLetter,
        ),
        (Op::OauthToken, 400, r#"{"error":"invalid_client"}"#, Class::Misaddressed, Action::DeadLetter),
        (
            Op::ContactGet,
            401,
            r#"{"message":"This authClass type is not allowed to access this scope. Please reach out."}"#,
            Class::Misaddressed,
            Action::DeadLetter,
        ),
        (
            Op::ContactUpsert,
            400,
            r#"{"message":"Location with id X not found"}"#,
            Class::Misaddressed,
            Action::DeadLetter,
        ),
        // 9, 10
        (
            Op::ContactGet,
            403,
            r#"{"statusCode":403,"message":"The token does not have access to this location."}"#,
            Class::WrongLocation,
            Action::Remint,
        ),
        (
            Op::UserSearch,
            403,
            r#"{"statusCode":403,"message":"Forbidden resource","error":"Forbidden"}"#,
            Class::AgencyOnly,
            Action::UseCompany,
        ),
        // 11
        (
            Op::UserList,
            400,
            r#"{"message":"Endpoint GET /users/ not available in API version v3"}"#,
            Class::VersionGone,
            Action::FailOver(Backup::Version),
        ),
        // 12
        (
            Op::OauthToken,
            400,
            r#"{"message":"Location is not active"}"#,
            Class::LocationInactive,
            Action::Suspend,
        ),
        (
            Op::ContactGet,
            401,
            r#"{"message":"Location is not active"}"#,
            Class::LocationInactive,
            Action::Suspend,
        ),
        // 13
        (
            Op::ContactUpdate,
            422,
            r#"{"statusCode":422,"message":["property gender should not exist"],"error":"Unprocessable Entity"}"#,
            Class::UnknownProperty,
            Action::StripField("gender".to_owned()),
        ),
        (
            Op::ContactUpdate,
            422,
            r#"{"message":["customFields.0.property fieldKey should not exist"]}"#,
            Class::UnknownProperty,
            Action::StripField("fieldKey".to_owned()),
        ),
        // 14
        (
            Op::ContactUpsert,
            422,
            r#"{"message":["phone must be a valid phone number"]}"#,
            Class::BadValue,
            Action::Normalise(some("phone")),
        ),
        (
            Op::ContactUpsert,
            400,
            r#"{"message":"Invalid email provided"}"#,
            Class::BadValue,
            Action::Normalise(some("email")),
        ),
        (Op::ContactUpsert, 422, r#"{"message":"Unprocessable"}"#, Class::BadValue, Action::Normalise(None)),
        // 15
        (
            Op::ConversationCreate,
            400,
            r#"{"message":"Conversation already exists","canonicalCode":"CONVERSATIONS_CONVERSATION_ALREADY_EXISTS","conversationId":"V1"}"#,
            Class::AlreadyExists,
            Action::AdoptId("V1".to_owned()),
        ),
        (
            Op::ContactCreate,
            400,
            r#"{"statusCode":400,"message":"This location does not allow duplicated contacts.","meta":{"contactId":"C1","matchingField":"email"}}"#,
            Class::AlreadyExists,
            Action::AdoptId("C1".to_owned()),
        ),
        (
            Op::OpportunityCreate,
            409,
            r#"{"message":"Can not create duplicate opportunity for the contact"}"#,
            Class::AlreadyExists,
            Action::ReadBack,
        ),
        // 16
        (Op::ContactUpdate, 404, r#"{"message":"Not found"}"#, Class::EntityGone, Action::Tombstone),
        (
            Op::ContactGet,
            400,
            r#"{"message":"Contact with id ocQHyuzHvysMo5N5VsXc not found"}"#,
            Class::EntityGone,
            Action::Tombstone,
        ),
        // 17, 18, 19
        (
            Op::OpportunityUpdate,
            400,
            r#"{"message":"The pipeline stage id is invalid."}"#,
            Class::StageGone,
            Action::Remap,
        ),
        (Op::OpportunityCreate, 404, r#"{"message":"Pipeline not found"}"#, Class::StageGone, Action::Remap),
        (
            Op::WorkflowAdd,
            400,
            r#"{"message":"Workflow is not published"}"#,
            Class::WorkflowGone,
            Action::FailOver(Backup::Workflow),
        ),
        (
            Op::CalendarFreeSlots,
            404,
            r#"{"message":"Not found"}"#,
            Class::WorkflowGone,
            Action::FailOver(Backup::Workflow),
        ),
        (
            Op::AppointmentCreate,
            400,
            r#"{"message":"The slot you have selected is no longer available."}"#,
            Class::SlotTaken,
            Action::NextSlot,
        ),
        // 20, 21
        (Op::ContactGet, 502, "", Class::Unavailable, retry()),
        (Op::ContactUpdate, 500, r#"{"message":"Internal server error"}"#, Class::Unavailable, retry()),
        (Op::ContactCreate, 504, "", Class::EffectUnknown, Action::ReadBack),
        (Op::MessageSend, 500, "", Class::EffectUnknown, Action::ReadBack),
        (Op::WorkflowAdd, 500, "", Class::EffectUnknown, Action::DeadLetter),
        // 22
        (
            Op::ContactTagsBulk,
            201,
            r#"{"succeded":true,"errorCount":1,"responses":[{"contactId":"C1","type":"error","error":"x"},{"contactId":"C2","type":"success"}]}"#,
            Class::PartlyDropped,
            Action::RetryParts(vec!["C1".to_owned()]),
        ),
        (Op::WorkflowRemove, 200, r#"{"succeded":false}"#, Class::PartlyDropped, Action::RetryParts(vec![])),
        // 23
        (Op::ContactGet, 200, "<html><body>Checking your browser</body></html>", Class::NotJson, retry()),
        (Op::ContactGet, 403, "<!DOCTYPE html>", Class::NotJson, retry()),
        (Op::NoteCreate, 201, "<html></html>", Class::EffectUnknown, Action::ReadBack),
        // 35 to 38
        (
            Op::MessageSend,
            400,
            r#"{"message":"Unreachable destination handset","code":30003}"#,
            Class::SmsUnreachable,
            Action::FailOver(Backup::Channel),
        ),
        (
            Op::MessageSend,
            400,
            r#"{"message":"Error 21610: Attempt to send to unsubscribed recipient"}"#,
            Class::SmsOptOut,
            Action::SetDnd,
        ),
        (
            Op::MessageSend,
            400,
            r#"{"message":"Cannot send message as DND is active for SMS."}"#,
            Class::SmsOptOut,
            Action::SetDnd,
        ),
        (
            Op::MessageSend,
            422,
            r#"{"message":"A2P 30034 not registered"}"#,
            Class::SmsBlocked,
            Action::StopSending,
        ),
        (
            Op::MessageSend,
            400,
            r#"{"error":{"code":30023,"message":"daily cap"}}"#,
            Class::SmsCapped,
            Action::Reschedule { after: Duration::from_secs(86_400) },
        ),
    ]
}

#[test]
fn every_answer_is_of_its_class_and_asks_for_its_response() {
    for (op, status, body, class, action) in cases() {
        assert_eq!(judge(op, &answer(status, body)), Some((class, action)), "{} {status} {body}", op.key());
    }
}

#[test]
fn every_class_that_an_answer_can_show_has_a_case() {
    let mut seen: Vec<Class> = cases().into_iter().map(|(.., class, _)| class).collect();
    // Each has a test of its own below, or is concluded elsewhere: 5 by the tokens, 24 by decoding, 34 by watching.
    seen.extend([Class::BurstLimit, Class::DayLimit, Class::RefreshDead, Class::Drift, Class::Outage]);
    for class in Class::ALL {
        assert!(seen.contains(&class), "{class}");
    }
}

#[test]
fn a_burst_waits_an_interval_and_a_used_up_day_is_parked() {
    assert_eq!(
        judge(Op::ContactGet, &limited("5000")),
        Some((Class::BurstLimit, Action::Retry { after: seconds(10) }))
    );
    assert_eq!(
        judge(Op::NoteCreate, &limited("0")),
        Some((Class::DayLimit, Action::Park { until: seconds(3600) }))
    );
    assert_eq!(
        judge(Op::NoteCreate, &answer(429, "")),
        Some((Class::BurstLimit, Action::Retry { after: seconds(10) }))
    );
}

#[test]
fn a_401_right_after_renewing_is_no_matter_of_tokens() {
    let judge = |message: &str| {
        let outcome = answer(401, &json!({ "message": message }).to_string());
        classify(Seen { op: Op::ContactGet, outcome: &outcome, is_renewed: true })
            .map(|fault| (fault.class, fault.action))
    };
    assert_eq!(judge("Unauthorized"), Some((Class::Misaddressed, Action::DeadLetter)));
    assert_eq!(
        judge("Invalid JWT"),
        Some((Class::TokenExpired, Action::Refresh)),
        "unless the answer says so"
    );
}

#[test]
fn what_was_never_sent_may_be_sent_whatever_it_is() {
    let host = || "h".to_owned();
    let retry = |after| Some((Class::Unavailable, Action::Retry { after }));
    for (error, safe, creating) in [
        (ConnectError::Connect { host: host(), reason: String::new() }, retry(None), retry(None)),
        (ConnectError::Timeout { host: host(), stage: Stage::Turn }, retry(None), retry(None)),
        (
            ConnectError::BreakerOpen { host: host(), retry_after: Duration::from_secs(9) },
            retry(seconds(9)),
            retry(seconds(9)),
        ),
        (
            ConnectError::Timeout { host: host(), stage: Stage::Headers },
            retry(None),
            Some((Class::EffectUnknown, Action::ReadBack)),
        ),
        (
            ConnectError::Protocol { host: host(), reason: String::new() },
            retry(None),
            Some((Class::EffectUnknown, Action::ReadBack)),
        ),
    ] {
        let outcome = Err(error);
        assert_eq!(judge(Op::ContactUpdate, &outcome), safe, "{outcome:?}");
        assert_eq!(judge(Op::MessageSend, &outcome), creating, "{outcome:?}");
    }
}

#[test]
fn what_is_well_is_no_fault() {
    for (op, status, body) in [
        (Op::ContactGet, 200, r#"{"contact":{"id":"c"}}"#),
        (Op::ContactDelete, 200, r#"{"succeded":true}"#),
        (Op::EventDelete, 201, ""),
        (Op::ContactTagsBulk, 201, r#"{"succeded":true,"errorCount":0,"responses":[]}"#),
    ] {
        assert_eq!(judge(op, &answer(status, body)), None, "{body}");
    }
}

#[test]
fn a_message_keeps_its_trace_and_names_nobody() {
    let body = json!({"message": "Contact ada@x.org with +1 212 555 0199 is invalid", "traceId": "t-1"});
    let outcome = answer(422, &body.to_string());
    let fault = classify(Seen { op: Op::ContactUpsert, outcome: &outcome, is_renewed: false }).unwrap();
    assert_eq!(fault.message.as_deref(), Some("Contact [e-mail] with [number] is invalid"));
    assert_eq!(fault.trace_id.as_deref(), Some("t-1"));
    assert_eq!(
        fault.to_string(),
        "a value is not accepted (14), status 422: Contact [e-mail] with [number] is invalid"
    );
}

#[test]
fn the_carriers_codes_mean_what_the_catalogue_says() {
    for (codes, class) in [
        (&[30003, 30005, 30006, 21614, 21635][..], Class::SmsUnreachable),
        (&[30004, 21610], Class::SmsOptOut),
        (&[30007, 30033, 30034, 30032, 30002, 30037], Class::SmsBlocked),
        (&[30023], Class::SmsCapped),
    ] {
        for code in codes {
            assert_eq!(of_sms_code(*code).map(|(class, _)| class), Some(class), "{code}");
        }
    }
    assert_eq!(of_sms_code(0), None);
}

#[test]
fn numbers_are_those_of_the_catalogue_and_persons_are_needed_where_it_says() {
    let numbers: Vec<u8> = Class::ALL.iter().map(|class| class.number()).collect();
    assert_eq!(numbers, (1..=24).chain(34..=38).collect::<Vec<_>>());
    let persons: Vec<u8> =
        Class::ALL.iter().filter(|class| class.needs_person()).map(|class| class.number()).collect();
    assert_eq!(persons, [5, 6, 8, 12, 37]);
}

#[test]
fn three_locations_that_fail_alike_are_an_outage_until_one_succeeds() {
    let mut outages = Outages::default();
    let now: Timestamp = "2026-11-21T12:00:00Z".parse().unwrap();
    let at = |seconds| now + SignedDuration::from_secs(seconds);
    assert!(!outages.report("contacts", "a", true, at(0)));
    assert!(!outages.report("contacts", "b", true, at(1)));
    assert!(!outages.report("contacts", "b", true, at(2)), "the same again is not another");
    assert!(!outages.report("notes", "c", true, at(2)), "another family is not the same");
    assert!(!outages.report("contacts", "c", true, at(301)), "the first is history by now");
    assert!(outages.report("contacts", "a", true, at(301)));
    assert_eq!(outages.out().collect::<Vec<_>>(), ["contacts"]);
    outages.report("contacts", "b", false, at(302));
    assert!(!outages.is_out("contacts"));
}

proptest! {
    #[test]
    fn whatever_is_answered_is_judged_and_nothing_that_creates_is_repeated(
        which: prop::sample::Index, status in 200_u16..600, body in ".{0,200}", message in ".{0,80}", is_renewed: bool
    ) {
        let op = which.get(&Op::ALL).0;
        for body in [body, json!({"message": message}).to_string()] {
            let outcome = answer(status, &body);
            let fault = classify(Seen { op, outcome: &outcome, is_renewed });
            if status >= 300 {
                prop_assert!(fault.is_some());
            }
            let is_creating = op.operation().repeat == crate::ghl::wire::Repeat::ReadBack;
            if let Some(Fault { action: Action::Retry { .. }, .. }) = fault {
                prop_assert!(!is_creating || status == 429, "{:?} {}", op, status);
            }
        }
    }
}
