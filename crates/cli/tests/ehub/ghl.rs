//! A market and its location in GoHighLevel, from a shell, against the emulator.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    time::Duration,
};

use serde_json::{Value, json};

use crate::shell::{Running, Shell};

/// An emulated office with 30 contacts, and a shell whose hub asks it.
fn office() -> (Shell, Running, String) {
    let arguments = ["emulate", "ghl", "--listen", "127.0.0.1:0", "--locations", "1", "--contacts", "30"];
    let emulated = Shell::new().start(&arguments);
    let about = asked(&emulated, "GET", "/__emulator", &Value::Null);
    let location = about["locations"][0]["id"].as_str().expect("a location").to_owned();
    let address = emulated.address;
    let shell =
        Shell::new().with("EHUB_GHL_BASE", format!("http://{address}")).with("EHUB_EGRESS_ALLOW", address);
    shell.market("alpha");
    (shell, emulated, location)
}

/// The body of an answer of the emulator.
fn asked(emulated: &Running, method: &str, path: &str, body: &Value) -> Value {
    let mut stream = TcpStream::connect(emulated.address).expect("it listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    let (host, body) = (emulated.address, body.to_string());
    let head = format!("{method} {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\n");
    write!(stream, "{head}Content-Length: {}\r\nConnection: close\r\n\r\n{body}", body.len())
        .expect("it reads");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("it answers");
    let (_, body) = answer.split_once("\r\n\r\n").expect("a body");
    serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
}

#[test]
fn a_market_is_connected_filled_and_found_well() {
    let (shell, emulated, location) = office();
    let connect = |file: &str, status: i32| {
        let arguments =
            ["ghl", "connect", "--market", "alpha", "--location", &location, "--token-file", file];
        shell.hub(&arguments, status)
    };
    let before = shell.hub(&["ghl", "doctor", "--market", "alpha"], 1).json();
    let finding = |json: &Value, check: &str| {
        let all = json.as_array().expect("findings");
        all.iter()
            .find(|finding| finding["check"] == check)
            .unwrap_or_else(|| panic!("{check}: {json}"))
            .clone()
    };
    assert_eq!(finding(&before, "connection")["verdict"], "broken");
    let refused = shell.hub(&["ghl", "backfill", "--market", "alpha"], 1);
    assert!(refused.stderr.contains("not connected"), "{}", refused.stderr);

    let wrong = connect(&shell.file("wrong.txt", "pit-nobody-knows-this\n"), 1);
    assert!(!wrong.stderr.contains("pit-nobody"), "no token is shown: {}", wrong.stderr);
    let body = json!({ "locationId": location, "private": true });
    let token =
        asked(&emulated, "POST", "/__emulator/tokens", &body)["access_token"].as_str().unwrap().to_owned();
    let connected = connect(&shell.file("token.txt", &token), 0);
    assert_eq!(connected.json()["location"], location.as_str());
    assert!(!connected.stdout.contains(&token) && !connected.stderr.contains(&token));

    let filled = shell.hub(&["ghl", "backfill", "--market", "alpha"], 0).json();
    let contacts = &filled["families"][0];
    assert_eq!((&contacts["family"], &contacts["seen"]), (&json!("contacts"), &json!(30)));
    let again = shell.hub(&["ghl", "backfill", "--market", "alpha"], 0).json();
    assert_eq!(again["families"], filled["families"], "nothing is left to do");

    let after = shell.hub(&["ghl", "doctor", "--market", "alpha"], 0).json();
    for check in ["connection", "location", "contacts", "calendars", "backfill"] {
        assert_eq!(finding(&after, check)["verdict"], "well", "{after}");
    }
    let app = finding(&after, "app");
    assert_eq!(app["verdict"], "attention");
    assert!(app["advice"].as_str().is_some_and(|advice| advice.contains("ghl_client_id")), "{app}");
}

#[test]
fn half_an_app_and_an_impossible_rhythm_are_refused_before_anything_is_opened() {
    let shell = Shell::new().with("EHUB_GHL_CLIENT_ID", "app-1");
    let refused = shell.run(&["market", "list", "--data", "d"]).expect(1);
    assert!(!refused.stderr.contains("panicked"), "{}", refused.stderr);
    let create = [
        "market",
        "create",
        "--name",
        "alpha",
        "--region",
        "us-wa",
        "--currency",
        "USD",
        "--locale",
        "en-US",
    ];
    let zone = ["--time-zone", "America/Los_Angeles"];
    let refused = shell.run(&[create.as_slice(), &zone].concat()).expect(1);
    assert!(refused.stderr.contains("ghl_client_secret_file"), "{}", refused.stderr);
    let shell = Shell::new().with("EHUB_GHL_RECONCILE_SECONDS", "0");
    let refused = shell.run(&[create.as_slice(), &zone].concat()).expect(1);
    assert!(refused.stderr.contains("ghl_reconcile_seconds"), "{}", refused.stderr);
}

#[test]
fn the_secret_of_the_app_is_not_shown() {
    let shell = Shell::new();
    let file = shell.file("secret.txt", "s3cret\n");
    let shell = shell.with("EHUB_GHL_CLIENT_ID", "app-1").with("EHUB_GHL_CLIENT_SECRET_FILE", file);
    let shown = shell.run(&["config", "show"]).expect(0).stdout;
    assert!(shown.contains("app-1") && shown.contains("***") && !shown.contains("s3cret"), "{shown}");
}
