//! A running hub on its socket: what it makes of broken messages, and what it writes down of good ones.

use std::{
    io::{Read, Write},
    net::TcpStream,
    time::Duration,
};

use serde_json::Value;

use crate::shell::{Running, Shell};

/// What the hub answers to these bytes, to the end of the connection.
fn raw(hub: &Running, message: &str) -> String {
    let mut stream = TcpStream::connect(hub.address).expect("the hub listens");
    stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a timeout");
    stream.write_all(message.as_bytes()).expect("the hub reads");
    let mut answer = Vec::new();
    // A hub that closes without a word refuses as well.
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// Messages whose end two readers could see in different places, behind which a second request hides.
#[test]
fn a_request_with_two_lengths_is_refused() {
    let shell = Shell::new();
    let data = shell.path("hub").display().to_string();
    let hub = shell.start(&["serve", "--listen", "127.0.0.1:0", "--data", &data]);
    let hidden = "GET /healthz HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n";
    for (name, head) in [
        ("two lengths", "Content-Length: 5\r\nContent-Length: 0\r\n"),
        ("a signed length", "Content-Length: +5\r\n"),
        ("an invented encoding", "Transfer-Encoding: xchunked\r\n"),
        ("a length that is none", "Content-Length: five\r\n"),
        ("a header with a space", "Content-Length : 5\r\n"),
    ] {
        let message = format!("POST /sign-in HTTP/1.1\r\nHost: {}\r\n{head}\r\n{hidden}", hub.address);
        let answer = raw(&hub, &message);
        assert!(!answer.starts_with("HTTP/1.1 2"), "{name}: {answer}");
        assert!(!answer.contains("HTTP/1.1 200"), "{name}: the hidden request was answered: {answer}");
    }
    // With both, the encoding counts and the connection is not used again.
    let both = format!(
        "POST /sign-in HTTP/1.1\r\nHost: {}\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n{hidden}",
        hub.address
    );
    let answer = raw(&hub, &both);
    assert!(answer.matches("HTTP/1.1 ").count() <= 2, "{answer}");
    assert_eq!(hub.get("/healthz").0, 200, "the hub goes on");
}

#[test]
fn log_lines_are_json_in_utc() {
    let shell = Shell::new();
    let data = shell.path("hub").display().to_string();
    let hub = shell.start(&["serve", "--listen", "127.0.0.1:0", "--data", &data, "--log-format", "json"]);
    raw(
        &hub,
        "GET /growth HTTP/1.1\r\nHost: h\r\nX-Request-Id: a\"b} {\"level\":\"ERROR\r\nConnection: close\r\n\r\n",
    );
    hub.get("/no/such/page?with=a%0Aline");
    drop(hub);
    let lines: Vec<Value> = shell
        .log()
        .lines()
        .filter(|line| line.starts_with('{'))
        .map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}")))
        .collect();
    assert!(lines.len() >= 2, "{lines:?}");
    for line in &lines {
        let at = line["timestamp"].as_str().expect("an instant");
        assert!(at.ends_with('Z') && at.contains('T'), "{at}");
        assert!(line["level"].is_string() && line["target"].is_string(), "{line}");
    }
    assert!(lines.iter().all(|line| line["level"] != "ERROR"), "{lines:?}");
}

/// Words that stand for secrets and persons, sent wherever a request has room for them.
#[test]
fn the_log_holds_no_secret_and_nothing_personal() {
    let shell = Shell::new();
    let data = shell.path("hub").display().to_string();
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--data", &data, "--log", "debug"];
    let hub = shell.start(&arguments);
    let token = hub.sign_in_link.rsplit('/').next().expect("a token").to_owned();
    let host = hub.address;
    hub.get(&format!("/sign-in/link/{token}"));
    for message in [
        format!("GET /growth/opportunities?search=canary-in-the-query HTTP/1.1\r\nHost: {host}\r\n"),
        format!("GET /api/v1/me HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer ehub_canary_in_a_key\r\n"),
        format!("GET /growth HTTP/1.1\r\nHost: {host}\r\nCookie: ehub_session=canary-in-a-cookie\r\n"),
        format!("GET /growth/clients/canary-in-the-path HTTP/1.1\r\nHost: {host}\r\n"),
    ] {
        raw(&hub, &format!("{message}Connection: close\r\n\r\n"));
    }
    let form = "email=canary%40person.example&password=canary-of-a-password";
    raw(
        &hub,
        &format!(
            "POST /sign-in HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
            form.len()
        ),
    );
    drop(hub);
    let log = shell.log();
    assert!(log.contains("answered"), "the log was written: {log}");
    for secret in ["canary", token.as_str()] {
        assert!(!log.contains(secret), "{secret} is in the log:\n{log}");
    }
}

#[test]
fn sign_ins_and_refusals_are_lines_of_the_log() {
    let shell = Shell::new();
    let data = shell.path("hub").display().to_string();
    let hub = shell.start(&["serve", "--listen", "127.0.0.1:0", "--data", &data, "--log-format", "json"]);
    let host = hub.address;
    let post = |path: &str, form: &str| {
        raw(
            &hub,
            &format!(
                "POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                 Content-Length: {}\r\nConnection: close\r\n\r\n{form}",
                form.len()
            ),
        )
    };
    post("/sign-in", "email=ana%40person.example&password=not-this-one-at-all");
    let link = hub.sign_in_link.split_once(&host.to_string()).expect("a link to this hub").1.to_owned();
    assert!(post(&link, "").starts_with("HTTP/1.1 303"), "the link signs in");
    raw(&hub, &format!("GET /api/v1/markets HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"));
    drop(hub);
    let log = shell.log();
    let lines: Vec<Value> = log.lines().filter_map(|line| serde_json::from_str(line).ok()).collect();
    let said = |what: &str| {
        let found =
            lines.iter().find(|line| line["message"].as_str().is_some_and(|text| text.contains(what)));
        found.unwrap_or_else(|| panic!("nobody says `{what}` in\n{log}"))
    };
    assert_eq!(said("was not let in")["level"], "WARN");
    let came = said("somebody signed in");
    assert_eq!((&came["way"], came["user"].as_str().map(str::len)), (&"link".into(), Some(26)));
    assert_eq!(said("GET /api/v1/markets answered 401")["status"], 401);
    assert!(!log.contains("person.example"), "{log}");
}
