//! Leads over the API: who is worth a call, by whom, and what may be sent.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use kernel::MarketRole;
use markets::Market;
use serde_json::{Value, json};
use server::testing::{Answer, Client, TestHub};

use super::people::person;

const ALPHA: &str = "/api/v1/markets/alpha";

struct World {
    hub: TestHub,
    market: Market,
    owner: Client,
}

impl World {
    async fn new() -> Self {
        let hub = TestHub::embedded().await;
        let market = hub.market("alpha").await;
        let owner = person(&hub, None, &[(&market, MarketRole::Owner)]).await;
        Self { hub, market, owner }
    }

    async fn member(&self, role: MarketRole) -> Client {
        person(&self.hub, None, &[(&self.market, role)]).await
    }

    /// A contact of this name; its identifier.
    async fn contact(&self, client: &Client, name: &str) -> String {
        let body = json!({ "name": name, "email": format!("{name}@example.com"), "phone": null });
        let request = Request::post(format!("{ALPHA}/contacts"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", name);
        let made = client.send(request, Body::from(body.to_string())).await;
        assert_eq!(made.status, 201, "{}", made.text());
        made.json()["id"].as_str().expect("an id").to_owned()
    }

    /// Tells events of a lead, and lets the worker score.
    async fn tell(&self, lead: &str, events: Value) -> Answer {
        let path = format!("{ALPHA}/leads/{lead}/events");
        let told = self.owner.send_json(Method::POST, &path, &json!({ "events": events })).await;
        self.score().await;
        told
    }

    async fn score(&self) {
        let now = self.hub.moment().now;
        while self.hub.hub().leads.score_due(&self.market, now, 500).await.expect("scored").more {}
    }

    async fn get(&self, path: &str) -> Value {
        let answer = self.owner.get_json(&format!("{ALPHA}{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        answer.json()
    }

    async fn send(&self, method: Method, path: &str, body: Value) -> Answer {
        self.owner.send_json(method, &format!("{ALPHA}{path}"), &body).await
    }
}

fn names(page: &Value) -> Vec<String> {
    let leads = page["leads"].as_array().expect("leads");
    leads.iter().map(|lead| lead["contact"]["name"].as_str().expect("a name").to_owned()).collect()
}

/// Somebody who looks around much, as of the hub's day.
fn keen() -> Value {
    let day = "2026-01-18";
    json!([
        { "id": "came", "at": format!("{day}T08:00:00Z"), "what": { "arrived": { "source": "website" } } },
        { "id": "v1", "at": format!("{day}T09:00:00Z"), "what": { "listing_view": { "listing": "mls-7", "price": 480000 } } },
        { "id": "v2", "at": format!("{day}T09:05:00Z"), "what": { "listing_view": { "listing": "mls-7", "price": 480000 } } },
        { "id": "s1", "at": format!("{day}T09:06:00Z"), "what": { "listing_saved": { "listing": "mls-7" } } },
        { "id": "m1", "at": format!("{day}T09:10:00Z"), "what": { "message": { "direction": "inbound", "channel": "sms" } } },
        { "id": "a1", "at": format!("{day}T09:11:00Z"), "what": { "preapproved": { "approved": true } } },
    ])
}

#[tokio::test]
async fn what_happens_to_a_lead_moves_it_up_with_reasons() {
    let world = World::new().await;
    let quiet = world.contact(&world.owner, "quiet").await;
    let busy = world.contact(&world.owner, "busy").await;
    world.score().await;
    let told = world.tell(&busy, keen()).await;
    assert_eq!((told.status, &told.json()["new"]), (202, &json!(6)), "{}", told.text());
    assert_eq!(world.tell(&busy, keen()).await.json()["new"], 0, "what is told again is there once");

    let board = world.get("/leads").await;
    assert_eq!((names(&board), &board["total"]), (vec!["busy".to_owned(), "quiet".to_owned()], &json!(2)));
    let (first, last) = (&board["leads"][0], &board["leads"][1]);
    assert!(first["probability"].as_f64() > last["probability"].as_f64(), "{board}");
    assert_eq!(first["standing"]["rank"], 1);
    assert!(!first["reasons"].as_array().expect("reasons").is_empty());
    assert!(first["basis"].as_str().is_some_and(|basis| basis.starts_with("prior rule")), "{first}");

    let detail = world.get(&format!("/leads/{busy}")).await;
    let score = &detail["score"];
    let factors = score["factors"].as_array().expect("factors");
    let sum = factors.iter().fold(score["base"].as_f64().expect("a base"), |sum, factor| {
        sum + factor["contribution"].as_f64().expect("a contribution")
    });
    assert!((sum - score["margin"].as_f64().expect("a margin")).abs() < 1e-9, "the factors are the score");
    assert!(world.get(&format!("/leads/{busy}/scores")).await.as_array().expect("scores").len() >= 2);
    let events = world.get(&format!("/leads/{busy}/events?limit=4")).await;
    assert_eq!(events["events"].as_array().expect("events").len(), 4);
    let cursor = events["next_cursor"].as_str().expect("more");
    let rest = world.get(&format!("/leads/{busy}/events?limit=500&cursor={cursor}")).await;
    let all = [&events, &rest].map(|page| page["events"].as_array().expect("events").clone()).concat();
    assert!(all.iter().any(|event| event["what"] == json!({ "listing_saved": { "listing": "mls-7" } })));
    assert!(all.iter().all(|event| event["id"].is_string()) && all.len() >= 6, "{all:?}");
    let _ = quiet;
}

#[tokio::test]
async fn a_board_is_narrowed_sorted_and_walked_to_its_end() {
    let world = World::new().await;
    for name in ["ada", "bea", "cleo"] {
        let lead = world.contact(&world.owner, name).await;
        world.tell(&lead, if name == "bea" { keen() } else { json!([
            { "id": "came", "at": "2026-01-17T08:00:00Z", "what": { "arrived": { "source": "referral" } } }
        ]) }).await;
    }
    assert_eq!(names(&world.get("/leads?source=website").await), ["bea"]);
    assert_eq!(world.get("/leads?source=referral").await["total"], 2);
    assert_eq!(world.get("/leads?unassigned=true").await["total"], 3);
    assert_eq!(world.get("/leads?probability_min=1").await["total"], 0);
    let (mut seen, mut path) = (Vec::new(), "/leads?limit=1&sort=chance".to_owned());
    loop {
        let page = world.get(&path).await;
        seen.extend(names(&page));
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/leads?limit=1&sort=chance&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!((seen[0].as_str(), seen.len()), ("bea", 3), "{seen:?}");
    let found = world.send(Method::POST, "/lead-search", json!({ "text": "cle" })).await;
    assert_eq!(names(&found.json()), ["cleo"]);
    for wrong in ["probability_min=2", "assignee=01ARZ3NDEKTSV4RRFFQ69G5FAV&unassigned=true"] {
        let answer = world.owner.get_json(&format!("{ALPHA}/leads?{wrong}")).await;
        assert_eq!(answer.status, 422, "{wrong}: {}", answer.text());
    }
    assert_eq!(world.owner.get_json(&format!("{ALPHA}/leads?band=tepid")).await.status, 400);
}

#[tokio::test]
async fn an_agent_reaches_their_own_leads_and_no_others() {
    let world = World::new().await;
    let agent = world.member(MarketRole::Agent).await;
    let own = world.contact(&agent, "own").await;
    let others = world.contact(&world.owner, "others").await;
    world.score().await;
    let board = agent.get_json(&format!("{ALPHA}/leads")).await.json();
    assert_eq!((names(&board), &board["total"]), (vec!["own".to_owned()], &json!(1)));
    let nothing = agent.get_json(&format!("{ALPHA}/leads/01ARZ3NDEKTSV4RRFFQ69G5FAV")).await;
    for part in ["", "/scores", "/events", "/offers", "/refusals", "/reachability"] {
        assert_eq!(agent.get_json(&format!("{ALPHA}/leads/{own}{part}")).await.status, 200, "{part}");
        let answer = agent.get_json(&format!("{ALPHA}/leads/{others}{part}")).await;
        assert_eq!((answer.status, &answer.json()["detail"]), (404, &nothing.json()["detail"]), "{part}");
    }
    let word = json!({ "probability": 0.9, "reason": "met them", "until": "2026-01-29T09:00:00Z" });
    let draft = json!({ "channel": "email", "purpose": "marketing", "text": "Hello" });
    let out = json!({ "channel": "sms", "reason": "said so" });
    for (method, part, body) in [
        (Method::PUT, "override", &word),
        (Method::POST, "gate", &draft),
        (Method::POST, "opt-outs", &out),
        (Method::POST, "events", &json!({ "events": keen() })),
    ] {
        let path = format!("{ALPHA}/leads/{others}/{part}");
        assert_eq!(agent.send_json(method, &path, body).await.status, 404, "{part}");
    }
    for part in
        ["lead-models", "lead-policy", "lead-agents", "lead-gate-log", "lead-exports/csv", "lead-speed"]
    {
        assert_eq!(agent.get_json(&format!("{ALPHA}/{part}")).await.status, 403, "{part}");
    }
}

#[tokio::test]
async fn a_persons_word_counts_beside_the_score_until_it_is_taken_back() {
    let world = World::new().await;
    let lead = world.contact(&world.owner, "ada").await;
    world.score().await;
    let path = format!("/leads/{lead}/override");
    let word = json!({ "probability": 0.9, "reason": "met them at the open house", "until": "2026-01-29T09:00:00Z" });
    let said = world.send(Method::PUT, &path, word.clone()).await;
    assert_eq!(said.status, 200, "{}", said.text());
    world.score().await;
    let detail = world.get(&format!("/leads/{lead}")).await;
    assert_eq!((&detail["override"]["reason"], &detail["lead"]["effective"]), (&word["reason"], &json!(0.9)));
    assert_ne!(detail["lead"]["probability"], 0.9, "the computed one stays");
    for (member, value) in
        [("probability", json!(1.5)), ("reason", json!(" ")), ("until", json!("2027-01-01T00:00:00Z"))]
    {
        let mut wrong = word.clone();
        wrong[member] = value;
        let answer = world.send(Method::PUT, &path, wrong).await;
        assert_eq!(answer.status, 422, "{}", answer.text());
        assert_eq!(answer.json()["errors"][0]["pointer"], format!("#/{member}"));
    }
    assert_eq!(world.send(Method::DELETE, &path, json!({})).await.status, 204);
    let detail = world.get(&format!("/leads/{lead}")).await;
    assert_eq!(detail["override"], Value::Null);
    assert_eq!(detail["overrides"].as_array().expect("words").len(), 1, "what was said stays on record");
}

#[tokio::test]
async fn nothing_goes_out_that_nobody_knows_to_be_allowed_and_every_answer_is_on_record() {
    let world = World::new().await;
    let lead = world.contact(&world.owner, "ada").await;
    let draft = json!({ "channel": "sms", "purpose": "marketing", "text": "Hello" });
    let judged = world.send(Method::POST, &format!("/leads/{lead}/gate"), draft).await;
    assert_eq!(judged.status, 200, "{}", judged.text());
    let decision = judged.json();
    assert_eq!(
        (&decision["outcome"], decision["verdicts"].as_array().map(Vec::len)),
        (&json!("refuse"), Some(9))
    );

    let out = json!({ "channel": "sms", "reason": "said so on the phone", "scope": "medium" });
    assert_eq!(world.send(Method::POST, &format!("/leads/{lead}/opt-outs"), out).await.status, 204);
    let reach = world.get(&format!("/leads/{lead}/reachability")).await;
    let sms = reach["channels"].as_array().expect("channels").iter().find(|one| one["channel"] == "sms");
    assert_eq!(sms.expect("told")["state"], "suppressed", "{reach}");
    let log = world.get(&format!("/lead-gate-log?contact={lead}&outcome=refuse")).await;
    assert_eq!(log["decisions"][0]["id"], decision["id"]);
    let record = world.get(&format!("/lead-gate-log/{}", decision["id"].as_str().expect("an id"))).await;
    assert_eq!(record["decision"]["decided_by"], decision["decided_by"]);
    assert!(record["text_sha256"].as_str().is_some_and(|digest| digest.len() == 64));
    let figures = world.get("/lead-gate-figures").await;
    assert_eq!((&figures[0]["outcome"], &figures[0]["decisions"]), (&json!("refuse"), &json!(1)));
    assert_eq!(world.get(&format!("/leads/{lead}/refusals")).await[0]["decision"]["channel"], "sms");

    let told = world.send(Method::PUT, "/lead-a2p", json!({ "state": "approved", "told_by": "team" })).await;
    assert_eq!((told.status, &told.json()["state"]), (200, &json!("approved")), "{}", told.text());
    let consent =
        json!({ "kind": "written", "at": "2026-01-10T09:00:00Z", "told_by": "form", "evidence": "form 7" });
    let noted = world.send(Method::POST, &format!("/leads/{lead}/consent"), consent).await;
    assert_eq!(noted.status, 201, "{}", noted.text());
    let wrong =
        json!({ "kind": "written", "at": "2026-01-10T09:00:00Z", "told_by": "registry", "evidence": "x" });
    assert_eq!(world.send(Method::POST, &format!("/leads/{lead}/consent"), wrong).await.status, 422);
}

#[tokio::test]
async fn the_team_the_policy_and_the_models_are_for_those_who_look_after_them() {
    let world = World::new().await;
    let (analyst, agent) = (world.member(MarketRole::Analyst).await, world.member(MarketRole::Agent).await);
    let members = world.get("/members").await;
    let user = members
        .as_array()
        .expect("members")
        .iter()
        .find(|member| member["role"] == "agent")
        .and_then(|member| {
            member["user_id"].as_str().or(member["user"]["id"].as_str()).or(member["id"].as_str())
        })
        .unwrap_or_else(|| panic!("an agent: {members}"))
        .to_owned();
    let settings = json!({ "weight": 2, "areas": ["Ballard"], "open_max": 10,
        "hours": [{ "from": "09:00", "to": "17:00" }, null, null, null, null, null, null] });
    let path = format!("/lead-agents/{user}");
    let saved = world.send(Method::PUT, &path, settings.clone()).await;
    assert_eq!((saved.status, &saved.json()["settings"]["weight"]), (200, &json!(2)), "{}", saved.text());
    assert_eq!(world.get("/lead-agents").await[0]["user"], user.as_str());
    let mut wrong = settings.clone();
    wrong["weight"] = json!(5_000);
    assert_eq!(world.send(Method::PUT, &path, wrong).await.status, 422);
    let nobody = world.send(Method::PUT, "/lead-agents/01ARZ3NDEKTSV4RRFFQ69G5FAV", settings).await;
    assert_eq!(nobody.status, 404, "{}", nobody.text());
    assert_eq!(world.send(Method::DELETE, &path, json!({})).await.status, 204);
    assert_eq!(world.send(Method::DELETE, &path, json!({})).await.status, 404);

    let policy = world.get("/lead-policy").await;
    assert_eq!(policy[0]["version"], 0, "what every market begins with");
    let text = policy[0]["text"].as_str().expect("a text");
    let longer = text.replace("horizon_days = 14", "horizon_days = 30");
    assert_ne!(text, longer);
    let saved = world.send(Method::POST, "/lead-policy", json!({ "text": longer, "note": "a month" })).await;
    assert_eq!((saved.status, &saved.json()["version"]), (201, &json!(1)), "{}", saved.text());
    let wrong = world.send(Method::POST, "/lead-policy", json!({ "text": "goal = 7", "note": "" })).await;
    assert_eq!(wrong.status, 422, "{}", wrong.text());
    let models = world.get("/lead-models").await;
    assert!(models["goal"]["question"].as_str().is_some_and(|text| text.contains("30 days")), "{models}");
    assert_eq!(models["goal"]["missing"]["positive"], 200);
    let early = world.send(Method::POST, "/lead-models", json!({ "kind": "goal" })).await;
    assert_eq!(early.status, 409, "{}", early.text());
    assert_eq!(world.send(Method::POST, "/lead-models/goal/7/promote", json!({})).await.status, 404);
    assert_eq!(world.send(Method::POST, "/lead-models/none/roll-back", json!({})).await.status, 404);

    for part in
        ["lead-models", "lead-policy", "lead-agents", "lead-speed", "lead-fairness", "lead-gate-figures"]
    {
        assert_eq!(analyst.get_json(&format!("{ALPHA}/{part}")).await.status, 200, "{part}");
        assert_eq!(agent.get_json(&format!("{ALPHA}/{part}")).await.status, 403, "{part}");
    }
    assert_eq!(
        analyst.get_json(&format!("{ALPHA}/leads")).await.status,
        403,
        "persons are not for everybody"
    );
    let change =
        analyst.send_json(Method::POST, &format!("{ALPHA}/lead-models"), &json!({ "kind": "goal" })).await;
    assert_eq!(change.status, 403);
}

#[tokio::test]
async fn every_lead_is_in_the_file_and_the_manifest_tells_what_is_in_it() {
    let world = World::new().await;
    for name in ["ada", "bea", "=cmd"] {
        world.contact(&world.owner, name).await;
    }
    world.score().await;
    let file = world.owner.get(&format!("{ALPHA}/lead-exports/csv")).await;
    assert_eq!((file.status, file.header("x-row-count")), (200, "3"), "{}", file.text());
    assert!(file.header("content-disposition").contains("leads-alpha.csv"));
    assert_eq!(file.text().lines().count(), 4, "{}", file.text());
    assert!(
        !file.text().contains(",=cmd") && !file.text().starts_with("=cmd"),
        "no formula: {}",
        file.text()
    );
    let manifest: Value = serde_json::from_str(file.header("x-export-manifest")).expect("a manifest");
    assert_eq!((&manifest["rows"], manifest["sha256"].as_str().map(str::len)), (&json!(3), Some(64)));
    let told = world.get("/lead-exports/manifest").await;
    assert_eq!(told["sha256"], manifest["sha256"]);
    let sheet = world.owner.get(&format!("{ALPHA}/lead-exports/xlsx")).await;
    assert!(sheet.body.starts_with(b"PK") && sheet.header("x-row-count") == "3");
    assert_eq!(world.owner.get(&format!("{ALPHA}/lead-exports/pdf")).await.status, 404);
    assert_eq!(
        world.owner.get(&format!("{ALPHA}/lead-exports/csv?source=portal")).await.header("x-row-count"),
        "0"
    );
}
