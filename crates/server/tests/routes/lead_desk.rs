//! Leads as people work with them on pages, and what only those may do who answer for the market.

use axum::{
    body::Body,
    http::{Method, Request, header},
};
use directory::KeyScope;
use jiff::SignedDuration;
use kernel::{MarketRole, Moment, PersonId};
use leads::{AgentSettings, Channel, Inbound};
use markets::Market;
use serde_json::{Value, json};
use server::testing::{Client, TestHub};

const ALPHA: &str = "/api/v1/markets/alpha";

struct Desk {
    hub: TestHub,
    market: Market,
    owner: Client,
}

impl Desk {
    async fn new() -> Self {
        let hub = TestHub::embedded().await;
        let market = hub.market("alpha").await;
        let owner = hub.member(&market, MarketRole::Owner).await;
        Self { hub, market, owner }
    }

    /// A contact of this name with a number; its identifier.
    async fn contact(&self, name: &str, phone: &str) -> String {
        let body = json!({ "name": name, "email": null, "phone": phone });
        let request = Request::post(format!("{ALPHA}/contacts"))
            .header(header::CONTENT_TYPE, "application/json")
            .header("idempotency-key", format!("contact-{phone}"));
        let made = self.owner.send(request, Body::from(body.to_string())).await;
        assert_eq!(made.status, 201, "{}", made.text());
        self.score().await;
        made.json()["id"].as_str().expect("an id").to_owned()
    }

    async fn score(&self) {
        let now = self.hub.moment().now;
        while self.hub.hub().leads.score_due(&self.market, now, 500).await.expect("scored").more {}
    }

    fn at(&self) -> Moment {
        self.hub.moment()
    }
}

/// The table and the manifest of an archive.
fn unpacked(archive: &[u8], table: &str) -> (String, Value) {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(archive)).expect("an archive");
    let mut read = |name: &str| {
        let mut text = String::new();
        let mut file = archive.by_name(name).expect("a file");
        std::io::Read::read_to_string(&mut file, &mut text).expect("text");
        text
    };
    let (csv, manifest) = (read(table), read("manifest.json"));
    (csv, serde_json::from_str(&manifest).expect("JSON"))
}

fn digest(text: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, text.as_bytes());
    digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect()
}

#[tokio::test]
async fn the_export_with_its_manifest_holds_no_formula_and_the_digest_of_its_file() {
    let desk = Desk::new().await;
    desk.contact("=HYPERLINK(1)", "+12065550111").await;
    let export = desk.owner.get("/m/alpha/leads?format=zip").await;
    assert_eq!((export.status, export.header("x-row-count")), (200, "1"), "{}", export.text());
    let (csv, manifest) = unpacked(&export.body, "leads.csv");
    assert!(csv.contains("HYPERLINK") && !csv.contains(",=HYPERLINK"), "{csv}");
    assert_eq!((&manifest["rows"], &manifest["file_sha256"]), (&json!(1), &json!(digest(&csv))));

    let agent = desk.hub.member(&desk.market, MarketRole::Agent).await;
    assert_eq!(agent.get("/m/alpha/leads?format=zip").await.status, 403);
    assert!(!agent.get("/m/alpha/leads").await.text().contains("format="), "nor is it offered");
}

#[tokio::test]
async fn what_may_be_an_opt_out_is_read_and_settled_on_the_page_of_the_person() {
    let desk = Desk::new().await;
    let lead = desk.contact("Ada", "+12065550111").await;
    let page = format!("/m/alpha/contacts/{lead}");
    let settle = format!("{page}/opt-out/settle");
    assert!(!desk.owner.get(&page).await.text().contains(&settle), "nothing is unclear");
    let id: PersonId = lead.parse().expect("an identifier");
    let said = Inbound {
        channel: Channel::Sms,
        message: "m1",
        text: "not interested",
        from: None,
        sent_at: desk.at().now,
        asked_for_consent: false,
    };
    let heard = desk.hub.hub().leads.heard(&desk.market, id, &said, &desk.at()).await;
    assert!(heard.expect("heard").is_some(), "it may be an opt-out");
    let shown = desk.owner.get(&page).await.text();
    assert!(shown.contains(&settle), "somebody has to read it: {shown}");

    let agent = desk.hub.member(&desk.market, MarketRole::Agent).await;
    let form = [("was", "opt-out"), ("meaning", "They asked to be left alone.")];
    assert_eq!(agent.post(&settle, &form).await.status, 404, "somebody else's lead");
    let without = desk.owner.post(&settle, &[("was", "opt-out"), ("meaning", " ")]).await;
    assert_eq!(without.status, 303);
    assert!(desk.owner.get(&page).await.text().contains(&settle), "without a reason nothing is settled");
    assert_eq!(desk.owner.post(&settle, &form).await.status, 303);
    let shown = desk.owner.get(&page).await.text();
    assert!(!shown.contains(&settle) && shown.contains("Opted out"), "{shown}");
}

#[tokio::test]
async fn a_consent_is_noted_with_the_time_at_which_it_was_given() {
    let desk = Desk::new().await;
    let lead = desk.contact("Ada", "+12065550111").await;
    let page = format!("/m/alpha/contacts/{lead}");
    let (form, zone) = (format!("{page}/consent"), desk.market.time_zone().zone());
    let noted = async || {
        let path = format!("{ALPHA}/leads/{lead}/reachability");
        let known = desk.owner.get(&path).await.json();
        known["bases"].as_array().expect("bases").clone()
    };
    let given = desk.at().now - jiff::SignedDuration::from_hours(24 * 30);
    let local = |at: jiff::Timestamp| at.to_zoned(zone.clone()).strftime("%Y-%m-%dT%H:%M").to_string();
    let tomorrow = desk.at().now + jiff::SignedDuration::from_hours(24);
    for when in ["", "last month", &local(tomorrow)] {
        let sent = [("kind", "written"), ("when", when), ("evidence", "The form of the open house")];
        assert_eq!(desk.owner.post(&form, &sent).await.status, 303, "{when}");
        assert!(noted().await.is_empty(), "{when:?} is no time at which it was");
    }
    let when = local(given);
    let sent = [("kind", "written"), ("when", when.as_str()), ("evidence", "The form of the open house")];
    assert_eq!(desk.owner.post(&form, &sent).await.status, 303);
    let bases = noted().await;
    let at: jiff::Timestamp = bases[0]["at"].as_str().expect("a time").parse().expect("an instant");
    assert_eq!((bases.len(), local(at)), (1, when));
    let shown = desk.owner.get(&page).await.text();
    assert!(shown.contains(r#"type="datetime-local""#), "{shown}");
}

#[tokio::test]
async fn earlier_opt_outs_are_brought_once_and_lifted_only_by_those_who_answer_for_it() {
    let desk = Desk::new().await;
    let lead = desk.contact("Ada", "+12065550111").await;
    let agent = desk.hub.member(&desk.market, MarketRole::Agent).await;
    let path = format!("{ALPHA}/lead-opt-outs");
    let reaches = json!({ "reaches": ["+1 206 555 0111", "ben@example.com", "nobody"] });
    assert_eq!(agent.send_json(Method::POST, &path, &reaches).await.status, 403);
    let report = desk.owner.send_json(Method::POST, &path, &reaches).await;
    assert_eq!(report.status, 200, "{}", report.text());
    let report = report.json();
    assert_eq!(
        (&report["added"], &report["known"], &report["rejected"][0]["row"]),
        (&json!(2), &json!(0), &json!(3))
    );
    let again = desk.owner.post(
        "/m/alpha/leads/compliance/opt-outs",
        &[("reaches", "(206) 555-0111\r\n\r\nben@example.com\r\n")],
    );
    assert_eq!(again.await.status, 303);
    let shown = desk.owner.get("/m/alpha/leads/compliance").await.text();
    assert!(shown.contains("0 recorded, 2 on record before."), "{shown}");
    assert_eq!(agent.post("/m/alpha/leads/compliance/opt-outs", &[("reaches", "x")]).await.status, 403);
    for wrong in [json!({ "reaches": [] }), json!({ "reaches": vec!["x"; 10_001] })] {
        assert_eq!(desk.owner.send_json(Method::POST, &path, &wrong).await.status, 422);
    }

    let state = async |channel: &str| {
        let reach = desk.owner.get_json(&format!("{ALPHA}/leads/{lead}/reachability")).await.json();
        let channels = reach["channels"].as_array().expect("channels").clone();
        channels.into_iter().find(|one| one["channel"] == channel).expect("told")["state"].clone()
    };
    assert_eq!(state("sms").await, "suppressed");
    let path = format!("{ALPHA}/leads/{lead}/opt-ins");
    let form = json!({ "channel": "sms", "said_at": "2026-01-19T08:59:00Z", "evidence": "form 12" });
    assert_eq!(agent.send_json(Method::POST, &path, &form).await.status, 403);
    for (member, value) in [("evidence", json!(" ")), ("said_at", json!("2027-01-01T00:00:00Z"))] {
        let mut wrong = form.clone();
        wrong[member] = value;
        assert_eq!(desk.owner.send_json(Method::POST, &path, &wrong).await.status, 422, "{member}");
    }
    desk.hub.advance(SignedDuration::from_hours(1));
    let form = json!({ "channel": "sms", "said_at": "2026-01-19T09:30:00Z", "evidence": "form 12" });
    let lifted = desk.owner.send_json(Method::POST, &path, &form).await;
    assert_eq!(lifted.status, 204, "{}", lifted.text());
    assert_eq!(state("sms").await, "open");
}

#[tokio::test]
async fn offers_are_listed_for_those_who_look_after_turns_and_name_people_to_those_who_know_them() {
    let desk = Desk::new().await;
    let agent = desk.hub.member(&desk.market, MarketRole::Agent).await;
    let user = desk.hub.user("agent@alpha.example", None).await;
    let settings = AgentSettings::default();
    desk.hub.hub().leads.save_agent(&desk.market, user.id, &settings, &desk.at()).await.expect("saved");
    desk.contact("Ada Lovelace", "+12065550111").await;
    desk.contact("Ben Bitdiddle", "+12065550112").await;
    let routed = desk.hub.hub().leads.route_due(&desk.market, desk.at().now, 10).await.expect("routed");
    assert_eq!(routed.offered, 2);

    let path = format!("{ALPHA}/lead-offers");
    let first = desk.owner.get_json(&format!("{path}?limit=1")).await.json();
    assert_eq!((&first["total"], first["offers"].as_array().map(Vec::len)), (&json!(2), Some(1)));
    assert_eq!(first["offers"][0]["agent"], user.id.to_string());
    assert_eq!(first["offers"][0]["standing"], "open");
    let cursor = first["next_cursor"].as_str().expect("more");
    let rest = desk.owner.get_json(&format!("{path}?limit=1&cursor={cursor}")).await.json();
    assert_ne!(rest["offers"][0]["id"], first["offers"][0]["id"]);
    assert_eq!(rest["next_cursor"], Value::Null);
    assert_eq!(desk.owner.get_json(&format!("{path}?standing=acted")).await.json()["total"], 0);
    assert_eq!(desk.owner.get_json(&format!("{path}?standing=never")).await.status, 400);

    let page = desk.owner.get("/m/alpha/leads/offers").await;
    assert!(page.text().contains("Ada Lovelace") && page.text().contains("Ben Bitdiddle"), "{}", page.text());
    let file = desk.owner.get("/m/alpha/leads/offers?format=csv&standing=open").await;
    assert_eq!((file.status, file.header("x-row-count")), (200, "2"));
    assert!(file.header("x-manifest").contains("\"list\":\"offers\""), "{}", file.header("x-manifest"));
    assert_eq!(desk.owner.get("/m/alpha/leads/offers?format=pdf").await.status, 400);
    let analyst = desk.hub.member(&desk.market, MarketRole::Analyst).await;
    let seen = analyst.get("/m/alpha/leads/offers").await;
    assert_eq!(seen.status, 200, "{}", seen.text());
    assert!(
        !seen.text().contains("Lovelace") && !seen.text().contains("/m/alpha/contacts/"),
        "{}",
        seen.text()
    );
    for (path, key) in [(path.as_str(), true), ("/m/alpha/leads/offers", false)] {
        assert_eq!(agent.get_json(path).await.status, 403, "{path}");
        if key {
            let program = desk.hub.key(KeyScope::Market(desk.market.id(), MarketRole::Agent)).await;
            assert_eq!(program.get_json(path).await.status, 403, "{path}");
        }
    }
}

#[tokio::test]
async fn decisions_and_offers_are_taken_out_with_a_manifest_and_the_audit_trail_says_so() {
    let desk = Desk::new().await;
    let lead = desk.contact("Ada Lovelace", "+12065550111").await;
    let draft = json!({ "channel": "sms", "purpose": "marketing", "text": "A house for you." });
    let asked = desk.owner.send_json(Method::POST, &format!("{ALPHA}/leads/{lead}/gate"), &draft).await;
    assert!(asked.status < 300, "{}", asked.text());
    for (page, list, rows) in [("compliance", "compliance-log", 1), ("offers", "lead-offers", 0)] {
        let shown = desk.owner.get(&format!("/m/alpha/leads/{page}?when=7")).await;
        assert!(shown.text().contains("when=7&amp;format=zip"), "{page}: the way to what is shown");
        let export = desk.owner.get(&format!("/m/alpha/leads/{page}?when=7&format=zip")).await;
        assert_eq!(export.status, 200, "{}", export.text());
        assert!(export.header("content-disposition").contains(&format!("{list}-alpha.zip")));
        let (csv, manifest) = unpacked(&export.body, &format!("{list}.csv"));
        assert_eq!((&manifest["rows"], csv.trim().lines().count()), (&json!(rows), rows + 1), "{page}");
        assert_eq!(manifest["file_sha256"], digest(&csv));
        let told = desk.owner.get(&format!("/m/alpha/leads/{page}?format=xlsx")).await;
        assert_eq!((told.status, told.header("x-row-count")), (200, rows.to_string().as_str()));
    }
    let trail = store::trail::after(desk.market.db(), None).await.expect("a chain");
    let noted = |action: &str| trail.iter().filter(|entry| entry.action == action).count();
    assert_eq!((noted("leads.decisions_exported"), noted("leads.offers_exported")), (2, 2));
}

#[tokio::test]
async fn a_report_that_cannot_be_read_is_named_and_keeps_nothing_else_from_being_shown() {
    let desk = Desk::new().await;
    let models = desk.owner.get_json(&format!("{ALPHA}/lead-models")).await.json();
    let question = models["goal"]["question"].as_str().expect("a question").to_owned();
    let lineage = json!({
        "name": "goal", "version": "1", "data_hash": "00", "trained_rows": 900, "split": "by time", "seed": 42,
        "options": {}, "measured": [], "code_version": "0.0.1", "parents": [], "created_at": "2026-01-19"
    });
    let mut lineup = learn::registry::Lineup::default();
    lineup.enter("1").expect("a shadow");
    let mut tx = desk.market.db().begin().await.expect("begun");
    let model = store::Query::new(
        "INSERT INTO lead_model (kind, version, question, trained_at, trained_by, file, file_hash, lineage, report, judged) \
         VALUES ('goal', 1, ?, 1, 'leads', ?, '00', ?, '{\"of\": \"another form\"}', '[]')",
    );
    let model = model.bind(question).bind(b"none".to_vec()).bind(lineage.to_string());
    tx.execute(model).await.expect("a model");
    let line = store::Query::new(
        "INSERT INTO lead_lineup (kind, revision, lineup, positive, negative) VALUES ('goal', 1, ?, 0, 0)",
    );
    tx.execute(line.bind(serde_json::to_string(&lineup).expect("JSON"))).await.expect("a line-up");
    tx.commit().await.expect("kept");

    let models = desk.owner.get_json(&format!("{ALPHA}/lead-models")).await;
    assert_eq!(models.status, 200, "{}", models.text());
    let goal = models.json()["goal"].clone();
    assert_eq!((&goal["reports_unreadable"], &goal["report"]), (&json!([1]), &Value::Null));
    assert_eq!(goal["models"][0]["trained_rows"], 900);
    let page = desk.owner.get("/m/alpha/leads/model").await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("The report of model v1 cannot be read"), "{}", page.text());
    assert!(page.text().contains("Models on record"));

    // Nor does it keep the market's models from being judged: it is asked no more, and the reason says why.
    let judged = desk.hub.hub().leads.judge(&desk.market, desk.at().now).await.expect("judged");
    let said = format!("{:?}", judged.steps);
    assert!(said.contains("Retired") && said.contains("cannot be read"), "{said}");
}
