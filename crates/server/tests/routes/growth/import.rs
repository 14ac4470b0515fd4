use axum::{body::Body, http::Request};
use server::testing::{Answer, Client, TestHub};

const FILE: &str = "client_id,client_name,Spend per month,satisfaction_score\n\
                    c1,Harbour Homes,2400,4.5\n\
                    c2,Hill & Vale,1800,9.5\n\
                    c3,Sea View,1200,4\n";

/// Sends files as the import's form does.
async fn upload(client: &Client, profile: &str, files: &[(&str, &[u8])]) -> Answer {
    let mut body =
        format!("--x\r\nContent-Disposition: form-data; name=\"profile\"\r\n\r\n{profile}\r\n").into_bytes();
    for (name, bytes) in files {
        let head =
            format!("--x\r\nContent-Disposition: form-data; name=\"files\"; filename=\"{name}\"\r\n\r\n");
        body.extend_from_slice(head.as_bytes());
        body.extend_from_slice(bytes);
        body.extend_from_slice(b"\r\n");
    }
    body.extend_from_slice(b"--x--\r\n");
    let request = Request::post("/growth/import")
        .header("accept", "text/html")
        .header("content-type", "multipart/form-data; boundary=x")
        .header("sec-fetch-site", "same-origin");
    client.send(request, Body::from(body)).await
}

/// Where the preview of a file is.
async fn previewed(client: &Client, file: &str) -> String {
    let answer = upload(client, "", &[("clients.csv", file.as_bytes())]).await;
    assert_eq!(answer.status, 303, "{}", answer.text());
    answer.header("location").to_owned()
}

#[tokio::test]
async fn a_file_is_looked_at_mapped_and_becomes_a_snapshot() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    assert!(ana.get("/growth/import").await.text().contains("type=\"file\""));
    let place = previewed(&ana, FILE).await;

    let preview = ana.get(&place).await.text();
    assert!(preview.contains("Spend per month") && preview.contains("Not recognised"), "{preview}");
    assert!(preview.contains("Nothing can be imported yet"), "nobody said what a client pays");
    assert!(hub.state().growth().snapshots().await.expect("asked").is_empty(), "looking imports nothing");

    let mapped = ana.get(&format!("{place}?c2=current_mrr&as_of=2026-01-18")).await.text();
    assert!(mapped.contains("Import 2 clients") && mapped.contains("Your choice"), "{mapped}");
    assert!(mapped.contains("satisfaction_score") && mapped.contains("9.5"), "the bad row is named");

    let form = [("c2", "current_mrr"), ("as_of", "2026-01-18"), ("currency", "usd")];
    let done = ana.post(&place, &form).await;
    assert_eq!(done.status, 303, "{}", done.text());
    let snapshots = hub.state().growth().snapshots().await.expect("asked");
    let snapshot = &snapshots[0];
    assert_eq!((snapshot.clients, snapshot.rejected_rows, snapshot.rows), (2, 1, 3));
    assert_eq!(
        (snapshot.source.as_str(), snapshot.as_of.to_string().as_str()),
        ("clients.csv", "2026-01-18")
    );
    assert_eq!(done.header("location"), format!("/growth/snapshots/{}", snapshot.id));

    let result = ana.get(done.header("location")).await.text();
    assert!(result.contains("Imported 2 clients; 1 row was rejected."), "{result}");
    assert!(
        result.contains("Rejected rows") && result.contains("satisfaction_score") && result.contains("9.5")
    );
    let rejected = ana.get(&format!("{}?format=csv", done.header("location"))).await;
    assert_eq!((rejected.header("x-row-count"), rejected.text().lines().count()), ("1", 2));
    assert_eq!(ana.get(&place).await.status, 404, "an upload is imported once");
}

#[tokio::test]
async fn the_same_file_again_is_the_same_snapshot_and_said_so() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let form = [("c2", "current_mrr"), ("as_of", "2026-01-19")];
    let mut places = Vec::new();
    for _ in 0..2 {
        let place = previewed(&ana, FILE).await;
        places.push(ana.post(&place, &form).await.header("location").to_owned());
    }
    assert_eq!(places[0], places[1]);
    assert!(ana.get(&places[1]).await.text().contains("was imported before"));
    assert_eq!(hub.state().growth().snapshots().await.expect("asked").len(), 1);
}

#[tokio::test]
async fn what_cannot_be_read_is_said_beside_the_file() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for (files, why) in [
        (vec![], "Choose a file first."),
        (vec![("a.pdf", &b"%PDF-1.7"[..])], "PDF"),
        (vec![("a.csv", &b""[..])], "empty"),
        (vec![("a.csv", &b"x,y\n1,2\n"[..]), ("b.csv", &b"x,y\n1,2\n"[..])], "choose their profile"),
    ] {
        let answer = upload(&ana, "", &files).await;
        assert_eq!(answer.status, 422, "{files:?}");
        assert!(answer.text().contains("id=\"files-error\"") && answer.text().contains(why), "{why}");
    }
    let raw = upload(&ana, "ravenstack", &[("a.csv", b"x,y\n1,2\n")]).await;
    assert_eq!(raw.status, 422);
    assert!(raw.text().contains("No file is given for the table"), "{}", raw.text());
}

#[tokio::test]
async fn a_day_that_is_none_imports_nothing() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let place = previewed(&ana, FILE).await;
    let answer = ana.post(&place, &[("c2", "current_mrr"), ("as_of", "soon")]).await;
    assert_eq!(answer.status, 422);
    assert!(answer.text().contains("id=\"as_of-error\""), "{}", answer.text());
    let twice = ana.post(&place, &[("c2", "current_mrr"), ("c3", "current_mrr")]).await;
    assert!(twice.status == 422 && twice.text().contains("choose one"), "{}", twice.text());
    assert!(hub.state().growth().snapshots().await.expect("asked").is_empty());
}

#[tokio::test]
async fn an_upload_can_be_discarded_and_ends_by_itself() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let place = previewed(&ana, FILE).await;
    assert_eq!(ana.post(&format!("{place}/discard"), &[]).await.status, 303);
    assert_eq!(ana.get(&place).await.status, 404);
    let place = previewed(&ana, FILE).await;
    hub.advance(jiff::SignedDuration::from_hours(1));
    assert_eq!(ana.get(&place).await.status, 404);
    assert_eq!(ana.post(&place, &[("c2", "current_mrr")]).await.status, 404);
}

#[tokio::test]
async fn raw_records_become_metrics_by_their_profile() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let read = |name: &str| {
        let path = format!("{}/../../data/ravenstack/ravenstack_{name}.csv.gz", env!("CARGO_MANIFEST_DIR"));
        std::fs::read(path).expect("the file is in the repository")
    };
    let names = ["accounts", "churn_events", "feature_usage", "subscriptions", "supports_ticket"];
    let bytes: Vec<(String, Vec<u8>)> =
        names.iter().map(|name| (format!("ravenstack_{name}.csv.gz"), read(name))).collect();
    let files: Vec<(&str, &[u8])> = bytes.iter().map(|(name, bytes)| (name.as_str(), &bytes[..])).collect();
    let sent = upload(&ana, "ravenstack", &files).await;
    assert_eq!(sent.status, 303, "{}", sent.text());
    let place = sent.header("location");
    let preview = ana.get(&format!("{place}?as_of=2024-06-30")).await.text();
    assert!(preview.contains("How the metrics are made") && preview.contains("Import "), "{preview}");
    assert_eq!(ana.post(place, &[("as_of", "2024-06-30")]).await.status, 303);
    let snapshot = &hub.state().growth().snapshots().await.expect("asked")[0];
    assert_eq!(snapshot.profile.as_deref(), Some("ravenstack"));
    assert!(snapshot.clients > 100, "{}", snapshot.clients);
}
