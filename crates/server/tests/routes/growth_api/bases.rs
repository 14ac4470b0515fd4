//! Client bases and what follows from them.

use axum::http::Method;
use serde_json::json;
use server::testing::TestHub;

use super::{at, get, hub, problem, send, send_file};

const FILE: &str = "client_id,client_name,MRR,satisfaction_score\n\
                    c1,Harbour Homes,2400,4.5\n\
                    c2,Hill & Vale,1800,9.5\n";

#[tokio::test]
async fn clients_are_assessed_without_being_kept() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let records = json!([
        { "client_id": "c1", "client_name": "Harbour Homes", "current_mrr": 2400, "satisfaction_score": 4.5 },
        { "client_id": "c2", "client_name": "Hill & Vale", "current_mrr": 1800, "satisfaction_score": 9.5 },
    ]);
    let of_json = send(&ana, Method::POST, "/assess?as_of=2026-01-19&policy=framework:1", records).await;
    assert_eq!(of_json.status, 200, "{}", of_json.text());
    let of_csv = send_file(&ana, "/assess?as_of=2026-01-19", "text/csv", FILE).await.json();
    assert_eq!(of_json.json()["assessments"], of_csv["assessments"], "the same clients, whatever the file");
    assert_eq!(of_csv["assessments"][0]["client_name"], "Harbour Homes");
    assert_eq!(
        (&of_csv["rejected"][0]["row"], &of_csv["rejected"][0]["field"]),
        (&json!(2), &json!("satisfaction_score"))
    );
    assert_eq!(get(&ana, "/snapshots").await, json!([]));

    problem(&send_file(&ana, "/assess", "text/plain", FILE).await, 415);
    problem(&send_file(&ana, "/assess", "text/csv", "").await, 422);
    problem(&send_file(&ana, "/assess?as_of=soon", "text/csv", FILE).await, 400);
    problem(&send_file(&ana, "/assess?policy=none:9", "text/csv", FILE).await, 404);
}

#[tokio::test]
async fn a_file_becomes_a_snapshot_once() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let path = "/snapshots?as_of=2026-01-19&source=march.csv";
    let made = send_file(&ana, path, "text/csv", FILE).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let made = made.json();
    assert_eq!((&made["existed"], &made["snapshot"]["clients"]), (&json!(false), &json!(1)));
    assert_eq!(made["rejected"][0]["field"], "satisfaction_score");
    let again = send_file(&ana, path, "text/csv", FILE).await;
    assert_eq!((again.status, &again.json()["existed"]), (200, &json!(true)));
    assert_eq!(again.json()["snapshot"]["id"], made["snapshot"]["id"]);

    let id = made["snapshot"]["id"].as_str().expect("an id");
    assert_eq!(get(&ana, &format!("/snapshots/{id}")).await["source"], "march.csv");
    assert_eq!(get(&ana, &format!("/snapshots/{id}/rejections")).await["rejected"][0]["value"], "9.5");
    problem(&ana.get_json(&at("/snapshots/01ARZ3NDEKTSV4RRFFQ69G5FAV")).await, 404);
    problem(&ana.get_json(&at("/snapshots/01ARZ3NDEKTSV4RRFFQ69G5FAV/rejections")).await, 404);
    problem(&ana.get_json(&at("/snapshots/first")).await, 400);

    let unknown = FILE.replace("MRR", "Spend");
    let body = problem(&send_file(&ana, "/snapshots", "text/csv", &unknown).await, 422);
    assert!(body["detail"].as_str().is_some_and(|detail| detail.contains("current_mrr")), "{body}");
    let mapped = "/snapshots?as_of=2026-01-19&mapping=%7B%22Spend%22%3A%22current_mrr%22%7D";
    assert_eq!(send_file(&ana, mapped, "text/csv", &unknown).await.status, 201);
    let none = problem(&send_file(&ana, "/snapshots", "text/csv", "id,name,mrr\n,,x\n").await, 422);
    assert!(none["errors"].as_array().is_some_and(|errors| !errors.is_empty()), "{none}");
}

#[tokio::test]
async fn clients_come_page_by_page_and_by_filter() {
    let (_hub, ana) = hub().await;
    let first = get(&ana, "/clients?limit=3").await;
    assert_eq!((&first["total"], first["clients"].as_array().map(Vec::len)), (&json!(5), Some(3)));
    let cursor = first["next_cursor"].as_str().expect("there are more");
    let rest = get(&ana, &format!("/clients?limit=3&cursor={cursor}")).await;
    assert_eq!((rest["clients"].as_array().map(Vec::len), &rest["next_cursor"]), (Some(2), &json!(null)));
    assert_eq!(get(&ana, "/clients?q=UNHAPPY").await["clients"][0]["client_id"], "c4");
    assert_eq!(get(&ana, "/clients?tier=tier_1").await["total"], 3);
    problem(&ana.get_json(&at("/clients?limit=0")).await, 400);
    problem(&ana.get_json(&at("/clients?cursor=x")).await, 400);
    problem(&ana.get_json(&at("/clients?tier=gold")).await, 400);

    let client = get(&ana, "/clients/c1").await;
    assert_eq!(client["metrics"]["current_mrr"], 2400.0);
    assert_eq!(client["history"].as_array().map(Vec::len), Some(1));
    let factors = client["assessment"]["readiness"]["factors"].as_array().expect("factors");
    let sum: f64 = factors.iter().filter_map(|factor| factor["contribution"].as_f64()).sum();
    assert!((sum - client["assessment"]["readiness"]["score"].as_f64().expect("a score")).abs() < 1e-9);
    problem(&ana.get_json(&at("/clients/nobody")).await, 404);
    problem(&ana.get_json(&at("/clients/%00")).await, 404);
}

#[tokio::test]
async fn the_short_list_says_who_is_not_on_it_and_why() {
    let (_hub, ana) = hub().await;
    let list = get(&ana, "/opportunities/top?limit=1").await;
    assert_eq!(
        (list["opportunities"].as_array().map(Vec::len), &list["opportunities"][0]["rank"]),
        (Some(1), &json!(1))
    );
    let unhappy = list["excluded"].as_array().expect("a list").iter().find(|one| one["client_id"] == "c4");
    let reasons = unhappy.expect("the unhappy one")["reasons"].to_string();
    assert!(reasons.contains("satisfaction"), "{reasons}");
    problem(&ana.get_json(&at("/opportunities/top?limit=501")).await, 400);

    let matrix = get(&ana, "/whitespace").await;
    assert_eq!(matrix["rows"].as_array().map(Vec::len), Some(5));
    assert!(matrix["rows"][2]["cells"].to_string().contains("\"owned\""), "c3 has bought");
    problem(&ana.get_json(&at("/whitespace?policy=legacy")).await, 400);
}

#[tokio::test]
async fn revenue_is_projected_live_bent_and_without_being_kept() {
    let (_hub, ana) = hub().await;
    let live = get(&ana, "/projection").await;
    let last = &live["horizons"][2];
    let (arr, mrr) =
        (last["arr"]["mean"].as_f64().expect("a mean"), last["mrr"]["mean"].as_f64().expect("a mean"));
    assert!(arr > 0.0 && (arr / 12.0 - mrr).abs() < 1e-6, "{arr} a year, {mrr} a month");
    problem(&ana.get_json(&at("/projection?correlation=2")).await, 422);

    let bent = send(&ana, Method::POST, "/whatif", json!({ "chance_factor": 0 })).await.json();
    assert_eq!(bent["projection"]["horizons"][2]["arr"]["mean"], 0.0);
    let fewer =
        send(&ana, Method::POST, "/whatif", json!({ "worked_max": 1, "close_rates": { "tier_1": 1 } }))
            .await
            .json();
    let worked =
        fewer["contributions"].as_array().expect("a list").iter().filter(|one| one["worked"] == true);
    assert_eq!(worked.count(), 1);
    problem(&send(&ana, Method::POST, "/whatif", json!({ "close_rates": { "gold": 1 } })).await, 422);
    problem(&send(&ana, Method::POST, "/whatif", json!({ "unknown": 1 })).await, 422);

    let pipeline = json!({
        "opportunities": [{ "id": "a", "arr": 120_000, "probability": 1, "close_days": 20 }],
        "current_mrr": 130_000, "goal_arr": 240_000,
    });
    let sure = send(&ana, Method::POST, "/projection", pipeline).await;
    assert_eq!(sure.status, 200, "{}", sure.text());
    let sure = sure.json();
    assert_eq!(
        (&sure["horizons"][0]["mrr"]["q50"], &sure["coverage"]["expected_share"]),
        (&json!(10_000.0), &json!(0.5))
    );
    let odd = json!({ "opportunities": [{ "id": "a", "arr": 1, "probability": 2, "close_days": 1 }], "current_mrr": 1, "goal_arr": 1 });
    problem(&send(&ana, Method::POST, "/projection", odd).await, 422);

    let scenarios = get(&ana, "/scenarios").await;
    assert_eq!(
        scenarios["pipeline"].as_array().map(Vec::len),
        scenarios["reference"].as_array().map(Vec::len)
    );
}

#[tokio::test]
async fn a_form_carries_one_file_and_nothing_else() {
    let (_hub, ana) = hub().await;
    let form = |name: &str| {
        format!(
            "--x\r\nContent-Disposition: form-data; name=\"{name}\"; filename=\"a.csv\"\r\n\r\n{FILE}\r\n--x--\r\n"
        )
    };
    let media_type = "multipart/form-data; boundary=x";
    let made = send_file(&ana, "/snapshots?as_of=2026-01-18", media_type, &form("file")).await;
    assert_eq!((made.status, &made.json()["snapshot"]["source"]), (201, &json!("a.csv")));
    problem(&send_file(&ana, "/assess", media_type, &form("other")).await, 422);
    problem(&send_file(&ana, "/assess", media_type, "--x--\r\n").await, 422);
}
