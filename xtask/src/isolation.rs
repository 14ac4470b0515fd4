//! The two-market check: a market's whole API is called as its owner with generated requests, and everything of it is
//! then asked for as another market's owner and as nobody.
//!
//! schemathesis knows both owners and holds each read of one against the other by itself
//! (`object_level_authorization`); besides, every request that it sent is sent again with the other's key, without
//! one, and to a market that does not exist: the answers must be the same, word for word.

use std::{collections::BTreeSet, fs, path::Path, process::Command};

use crate::{
    command::run,
    fault::{Doing, Fault},
    fleet::{Fleet, Node},
    load::{Answer, Connection},
    tally::Tally,
    test::{Context, Verdict},
    tools,
    workspace::Scratch,
};

/// Where the hub serves its description.
const DOCUMENT: &str = "/api/openapi.json";
/// What must not be found in any answer to a stranger.
const CANARY: &str = "canaryalpha";
/// Contacts that each market begins with.
const CONTACTS: usize = 5;
/// Requests that are sent again at most.
const AGAIN_MAX: usize = 1_500;

/// Starts a hub with two markets and runs both parts.
pub fn check(context: &mut Context) -> Verdict {
    let schemathesis = match tools::schemathesis(&context.workspace) {
        Ok(program) => program,
        Err(missing) => return Verdict::Skipped(missing),
    };
    let ci = context.workspace.ci;
    let database = match context.postgres() {
        Ok(cluster) => match cluster.fresh_database("ehub_isolation") {
            Ok(url) => Some(url),
            Err(fault) => return fault.into(),
        },
        Err(missing) if ci => return Verdict::Skipped(missing),
        Err(_) => None,
    };
    let ehub = match context.ehub() {
        Ok(path) => path,
        Err(fault) => return fault.into(),
    };
    judge(&schemathesis, &ehub, database).unwrap_or_else(Verdict::from)
}

fn judge(schemathesis: &Path, ehub: &Path, database: Option<String>) -> Result<Verdict, Fault> {
    let scratch = Scratch::new("isolation")?;
    let mut fleet = Fleet::embedded(ehub, &scratch.path().join("data"));
    println!("two markets on {}", if database.is_some() { "PostgreSQL" } else { "SQLite" });
    if let Some(url) = database {
        fleet = fleet.with("EHUB_DATABASE_URL", url);
    }
    let mut keys = Vec::new();
    for market in ["alpha", "beta"] {
        fleet.market(market)?;
        keys.push(fleet.key("isolation", &["--market", market, "--role", "owner"])?);
    }
    let node = fleet.node()?;
    for (market, key) in ["alpha", "beta"].iter().zip(&keys) {
        fill(&node, market, key)?;
    }
    let har = scratch.path().join("requests.har");
    let generated = generate(schemathesis, &node, &keys, scratch.path(), &har)?;
    let requests = requests(&fs::read_to_string(&har).doing("reading the requests of schemathesis")?)?;
    let again = ask_again(&node, &keys, &requests)?;
    node.stop()?;
    println!(
        "{} passed, {} failed: requests of one market, sent by the other and by nobody",
        again.passed, again.failed
    );
    Ok(match (generated, again) {
        (None, tally) => {
            Verdict::Failed(Some(tally), "see above: schemathesis found a way in, or did not run".into())
        }
        (Some(_), tally) if tally.failed > 0 => Verdict::Failed(Some(tally), "see above".into()),
        (Some(mut all), tally) if tally.passed > 0 && all.passed > 0 => {
            all += tally;
            Verdict::Passed(Some(all))
        }
        (Some(_), tally) => Verdict::Failed(Some(tally), "nothing was tested".into()),
    })
}

fn fill(node: &Node, market: &str, key: &str) -> Result<(), Fault> {
    let mut connection = Connection::to(&node.base);
    let authorization = format!("Bearer {key}");
    for number in 0..CONTACTS {
        let word = format!("canary{market}");
        let body = format!("{{\"name\":\"{word} {number}\",\"email\":\"{word}{number}@example.com\"}}");
        let name = format!("fill-{number}");
        let headers = [("Authorization", authorization.as_str()), ("Idempotency-Key", name.as_str())];
        let path = format!("/api/v1/markets/{market}/contacts");
        let answer = connection.send("POST", &path, &headers, &body)?;
        if answer.status != 201 {
            return Err(Fault::new(format!(
                "a contact was answered with {}: {}",
                answer.status, answer.body
            )));
        }
    }
    Ok(())
}

/// Runs schemathesis as the owner of `alpha`, with `beta`'s beside; `None` when it complains.
fn generate(
    schemathesis: &Path,
    node: &Node,
    keys: &[String],
    folder: &Path,
    har: &Path,
) -> Result<Option<Tally>, Fault> {
    let owner = |name: &str, key: &str| {
        serde_json::json!({
            "name": name,
            "fixedHeaders": [{ "name": "Authorization", "value": format!("Bearer {key}") }],
        })
    };
    let users: Vec<_> = ["alpha", "beta"].iter().zip(keys).map(|(name, key)| owner(name, key)).collect();
    let users = serde_json::json!({ "auth": users });
    fs::write(folder.join("owners.json"), users.to_string()).doing("writing the owners for schemathesis")?;
    let config = "color = false\nrequest-timeout = 40\nrate-limit = \"80/s\"\n\n\
        [generation]\nmax-examples = 15\ndeterministic = true\nwith-security-parameters = false\n\n\
        [auth.wfc]\npath = \"owners.json\"\nuser = \"alpha\"\npeers = [\"alpha\", \"beta\"]\n\n\
        [parameters]\n\"path.market\" = \"alpha\"\n";
    let file = folder.join("isolation.toml");
    fs::write(&file, config).doing("writing the settings of schemathesis")?;
    let report = folder.join("report.json");
    let mut command = Command::new(schemathesis);
    command.arg("--config-file").arg(&file).args(["run", &format!("{}{DOCUMENT}", node.base)]);
    command.args(["--include-path-regex", r"^/api/v1/markets/\{market\}/"]);
    // It would take back the very key that it calls with.
    command.args(["--exclude-operation-id", "market_key_revoke"]);
    command.args(["--checks", "object_level_authorization,not_a_server_error"]);
    command.args(["--no-color", "--generation-deterministic", "--report", "har,json", "--report-har-path"]);
    command.arg(har).arg("--report-json-path").arg(&report);
    let ran = run(command.current_dir(folder).env("COLUMNS", "110"))?;
    let text = fs::read_to_string(&report).unwrap_or_default();
    let cases: serde_json::Value = serde_json::from_str(&text).unwrap_or_default();
    let generated = cases["test_cases"]["generated"].as_u64().unwrap_or(0);
    Ok(ran.status.success().then_some(Tally { passed: generated, failed: 0 }))
}

/// A request of the owner.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Sent {
    method: String,
    /// Path and query.
    path: String,
    body: String,
}

/// The different requests of a recording.
fn requests(har: &str) -> Result<Vec<Sent>, Fault> {
    let har: serde_json::Value = serde_json::from_str(har).doing("reading the requests of schemathesis")?;
    let entries =
        har["log"]["entries"].as_array().ok_or_else(|| Fault::new("schemathesis recorded nothing"))?;
    let mut all = BTreeSet::new();
    for entry in entries {
        let request = &entry["request"];
        let url = request["url"].as_str().unwrap_or_default();
        let path = url.splitn(4, '/').nth(3).map(|rest| format!("/{rest}")).unwrap_or_default();
        let method = request["method"].as_str().unwrap_or_default().to_owned();
        let body = request["postData"]["text"].as_str().unwrap_or_default().to_owned();
        let plain = path.is_ascii()
            && !path.contains([' ', '\r', '\n'])
            && matches!(method.as_str(), "GET" | "POST" | "PUT" | "PATCH" | "DELETE");
        if plain && path.starts_with("/api/v1/markets/alpha/") {
            all.insert(Sent { method, path, body });
        }
    }
    Ok(all.into_iter().collect())
}

/// Sends every request as the other owner and as nobody; counts those that were answered as they must be.
fn ask_again(node: &Node, keys: &[String], requests: &[Sent]) -> Result<Tally, Fault> {
    let mut connection = Connection::to(&node.base);
    let stranger = format!("Bearer {}", keys.get(1).map_or("", String::as_str));
    let mut tally = Tally::default();
    // Spread over all of them: the first would be those of one endpoint.
    let step = requests.len().div_ceil(AGAIN_MAX).max(1);
    for (number, request) in requests.iter().step_by(step).enumerate() {
        let name = format!("again-{number}");
        let as_stranger = [("Authorization", stranger.as_str()), ("Idempotency-Key", name.as_str())];
        let here = patient(&mut connection, request, &request.path, &as_stranger)?;
        let nowhere = request.path.replacen("/markets/alpha/", "/markets/nowhere/", 1);
        let nowhere = patient(&mut connection, request, &nowhere, &as_stranger)?;
        let nobody = patient(&mut connection, request, &request.path, &[])?;
        let refused = |answer: &Answer, with: &[u16]| {
            with.contains(&answer.status) && !answer.body.to_lowercase().contains(CANARY)
        };
        // What no address takes (a parameter twice, a method) is said before anybody is asked who they are; what is
        // for the hub's roles alone (403) before anybody looks for the market.
        let alike = without_id(&here) == without_id(&nowhere);
        if alike && refused(&here, &[400, 403, 404, 405]) && refused(&nobody, &[400, 401, 405]) {
            tally.passed += 1;
        } else {
            tally.failed += 1;
            println!(
                "{} {}: the other owner got {} {}, a missing market {} {}, nobody {} {}",
                request.method,
                request.path,
                here.status,
                here.body,
                nowhere.status,
                nowhere.body,
                nobody.status,
                nobody.body
            );
        }
    }
    Ok(tally)
}

/// Sends a request, and again when the caller's budget is used up.
fn patient(
    connection: &mut Connection,
    request: &Sent,
    path: &str,
    headers: &[(&str, &str)],
) -> Result<Answer, Fault> {
    loop {
        // A refusal may come before the body was read, and the connection be closed.
        let answer = match connection.send(&request.method, path, headers, &request.body) {
            Ok(answer) => answer,
            Err(_) => connection.send(&request.method, path, headers, &request.body)?,
        };
        if answer.status != 429 {
            return Ok(answer);
        }
        std::thread::sleep(std::time::Duration::from_secs(answer.retry_after.unwrap_or(1)));
    }
}

/// An answer without the name of its request.
fn without_id(answer: &Answer) -> (u16, String) {
    let body = match serde_json::from_str::<serde_json::Value>(&answer.body) {
        Ok(mut body) => {
            body["request_id"] = serde_json::Value::Null;
            body.to_string()
        }
        Err(_) => answer.body.clone(),
    };
    (answer.status, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_of_the_market_are_read_from_a_recording() {
        let har = r#"{"log":{"entries":[
            {"request":{"method":"GET","url":"http://127.0.0.1:1/api/v1/markets/alpha/contacts?limit=1"}},
            {"request":{"method":"POST","url":"http://127.0.0.1:1/api/v1/markets/alpha/contacts","postData":{"text":"{}"}}},
            {"request":{"method":"GET","url":"http://127.0.0.1:1/api/v1/markets/alpha/contacts?limit=1"}},
            {"request":{"method":"GET","url":"http://127.0.0.1:1/api/v1/me"}}]}}"#;
        let found = requests(har).expect("a recording");
        assert_eq!(found.len(), 2);
        assert_eq!((found[1].method.as_str(), found[1].body.as_str()), ("POST", "{}"));
        assert!(requests("{}").is_err());
    }

    #[test]
    fn answers_are_compared_without_the_name_of_the_request() {
        let answer = |id: &str| Answer {
            status: 404,
            retry_after: None,
            body: format!("{{\"a\":1,\"request_id\":\"{id}\"}}"),
        };
        assert_eq!(without_id(&answer("1")), without_id(&answer("2")));
    }
}
