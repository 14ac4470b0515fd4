//! Two processes of one hub, one of which dies under load: `cargo xtask bench two-nodes`.

use std::{
    collections::BTreeSet,
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::{Duration, Instant},
};

use super::{
    section::Section,
    writing::{self, Target, Writers},
};
use crate::{
    fault::{Doing, Fault},
    fleet::Fleet,
    load::Connection,
    postgres::Postgres,
    redis::Redis,
    tools,
    workspace::{Scratch, Workspace},
};

/// Writers at the same time.
const WRITERS: usize = 8;
/// How long both nodes, then one, are written to.
const EACH: Duration = Duration::from_secs(10);
/// How long the surviving node may take to deliver what the dead one had begun: a lease of five minutes (as long as a
/// delivery may take) and a round.
const TAKEN_OVER_WITHIN: Duration = Duration::from_secs(420);
/// Requests of one key per window, as `server::limits::Rates` has it.
const CALLER_QUOTA: usize = 1_000;

/// Listens for webhooks and remembers what it heard.
struct Sink {
    port: u16,
    heard: Arc<Mutex<BTreeSet<String>>>,
}

impl Sink {
    fn start() -> Result<Self, Fault> {
        let listener = TcpListener::bind(("127.0.0.1", 0)).doing("listening for webhooks")?;
        let port = listener.local_addr().doing("listening for webhooks")?.port();
        let heard: Arc<Mutex<BTreeSet<String>>> = Arc::default();
        let ears = Arc::clone(&heard);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let ears = Arc::clone(&ears);
                thread::spawn(move || {
                    let mut stream = BufReader::new(stream);
                    while let Some((id, body)) = receive(&mut stream) {
                        let mut heard = ears.lock().unwrap_or_else(PoisonError::into_inner);
                        heard.insert(subject(&body).unwrap_or(id));
                        drop(heard);
                        let answer = "HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n";
                        if stream.get_mut().write_all(answer.as_bytes()).is_err() {
                            return;
                        }
                    }
                });
            }
        });
        Ok(Self { port, heard })
    }

    fn heard(&self) -> BTreeSet<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// The identifier of a message, and its body.
fn receive(stream: &mut impl BufRead) -> Option<(String, String)> {
    let (mut length, mut id, mut line) = (0, String::new(), String::new());
    loop {
        line.clear();
        if stream.read_line(&mut line).ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim_end().split_once(':') else {
            if line.trim_end().is_empty() { break } else { continue }
        };
        match name.to_ascii_lowercase().as_str() {
            "content-length" => length = value.trim().parse().ok()?,
            "webhook-id" => value.trim().clone_into(&mut id),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some((id, String::from_utf8_lossy(&body).into_owned()))
}

/// The contact that a message is about.
fn subject(body: &str) -> Option<String> {
    let body: serde_json::Value = serde_json::from_str(body).ok()?;
    let data = &body["data"];
    ["contact_id", "id"].iter().find_map(|name| data[*name].as_str()).map(str::to_owned)
}

/// How many requests a key gets through when it asks both nodes in turn, at once.
fn allowed_by_both(bases: &[String], key: &str) -> Result<usize, Fault> {
    let authorization = format!("Bearer {key}");
    let mut connections: Vec<Connection> = bases.iter().map(|base| Connection::to(base)).collect();
    let (mut allowed, mut refused, mut asked) = (0, 0, 0_usize);
    let started = Instant::now();
    while refused < 20 && asked < 4 * CALLER_QUOTA {
        let index = asked % connections.len();
        let answer =
            connections[index].send("GET", "/api/v1/me", &[("Authorization", &authorization)], "")?;
        asked += 1;
        match answer.status {
            200 => allowed += 1,
            429 => refused += 1,
            other => {
                return Err(Fault::new(format!("/api/v1/me was answered with {other}: {}", answer.body)));
            }
        }
    }
    // What came back to the budget while it was being used up was allowed as well.
    let seconds = started.elapsed().as_secs_f64();
    #[expect(
        clippy::cast_precision_loss,
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "small counts"
    )]
    let came_back = (seconds * CALLER_QUOTA as f64 / 10.0) as usize;
    Ok(allowed - came_back.min(allowed))
}

/// Runs two nodes, kills one, and looks at what is left.
pub fn measure(workspace: &Workspace) -> Result<Section, Fault> {
    let ehub = workspace.build_ehub(true)?;
    let absent = |missing: tools::Missing| Fault::new(format!("{}; {}", missing.why, missing.enable));
    let cluster = Postgres::start(&tools::postgres().map_err(absent)?)?;
    let redis = Redis::start(&tools::redis().map_err(absent)?)?;
    let scratch = Scratch::new("two-nodes")?;
    let sink = Sink::start()?;
    let fleet = Fleet::embedded(&ehub, &scratch.path().join("data"))
        .with("EHUB_DATABASE_URL", cluster.fresh_database("ehub_two_nodes")?)
        .with("EHUB_REDIS_URL", redis.url())
        .with("EHUB_EGRESS_ALLOW", format!("127.0.0.1:{}", sink.port));
    fleet.market("coast")?;
    let key = fleet.key("load", &["--market", "coast", "--role", "owner"])?;
    let spare = fleet.key("budget", &["--market", "coast", "--role", "viewer"])?;
    let (one, two) = (fleet.node()?, fleet.node()?);
    let bases = vec![one.base.clone(), two.base.clone()];
    let budget = allowed_by_both(&bases, &spare)?;
    if budget > CALLER_QUOTA + CALLER_QUOTA / 10 {
        return Err(Fault::new(format!(
            "{budget} requests of one key were let in by two nodes together, not {CALLER_QUOTA}"
        )));
    }
    let hook = format!("{{\"url\":\"http://127.0.0.1:{}/hook\",\"description\":\"the sink\"}}", sink.port);
    let authorization = format!("Bearer {key}");
    let headers = [("Authorization", authorization.as_str()), ("Idempotency-Key", "the-sink")];
    let made = Connection::to(&one.base).send("POST", "/api/v1/markets/coast/webhooks", &headers, &hook)?;
    if made.status != 201 {
        return Err(Fault::new(format!("the webhook was answered with {}: {}", made.status, made.body)));
    }

    let target = Target { bases, market: "coast", key };
    let writers = Writers::start(&target, WRITERS);
    thread::sleep(EACH);
    let with_both = writers.acknowledged();
    let heard_before = sink.heard().len();
    one.kill()?;
    thread::sleep(EACH);
    let with_one = writers.acknowledged() - with_both;
    let written = writers.stop();
    let there = writing::names(&two.base, &target)?;
    let complaints = writing::complaints(&written, &there);
    if !complaints.is_empty() {
        return Err(Fault::new(complaints.join("\n")));
    }
    let wanted: BTreeSet<&String> = written.acknowledged.values().filter(|id| !id.is_empty()).collect();
    let deadline = Instant::now() + TAKEN_OVER_WITHIN;
    let waited = Instant::now();
    let left = loop {
        let heard = sink.heard();
        let left = wanted.iter().filter(|id| !heard.contains(**id)).count();
        if left == 0 || Instant::now() > deadline {
            break left;
        }
        thread::sleep(Duration::from_millis(500));
    };
    let all_heard = waited.elapsed();
    two.stop()?;
    if left > 0 || wanted.is_empty() {
        return Err(Fault::new(format!("{left} of {} events were delivered by nobody", wanted.len())));
    }
    Ok(Section {
        title: "Two nodes, one killed under load",
        data: format!(
            "PostgreSQL {}, Redis {}, two processes of the hub; {WRITERS} writers add contacts without a pause",
            cluster.version()?,
            redis.version()?
        ),
        columns: vec!["", "contacts acknowledged", "longest pause s", "sent again"],
        rows: vec![
            vec!["both nodes, 10 s".to_owned(), with_both.to_string(), String::new(), String::new()],
            vec![
                "one killed (SIGKILL), 10 s".to_owned(),
                with_one.to_string(),
                format!("{:.2}", written.longest_pause().as_secs_f64()),
                (written.missed + written.again).to_string(),
            ],
        ],
        remarks: vec![
            format!(
                "Of {} acknowledged contacts every one is there, none twice; each was sent under an `Idempotency-Key`, to the other \
                 node when one did not answer.",
                written.acknowledged.len()
            ),
            format!(
                "Their events reached the webhook's receiver, {heard_before} of them before the kill, the last {:.0} s after the \
                 writers had stopped: what the dead node had leased was taken over when its leases ran out.",
                all_heard.as_secs_f64()
            ),
            format!(
                "A key that asked both nodes in turn got {budget} requests through at once; its budget is {CALLER_QUOTA} for both together."
            ),
        ],
    })
}
