use server::testing::TestHub;

use super::base::{AS_OF, five, import};

#[tokio::test]
async fn a_win_is_recorded_shown_with_the_client_and_counted_as_signed() {
    let hub = TestHub::embedded().await;
    import(&hub, jiff::civil::date(2026, 1, 12), &five()).await;
    let ana = hub.operator().await;
    let form = ana.get("/growth/clients/c1/outcomes/new?back=/growth/opportunities?client=c1").await.text();
    assert!(form.contains("name=\"arr\"") && form.contains("value=\"37500\""), "{form}");
    let sent =
        [("kind", "won"), ("arr", "30,000"), ("occurred_on", "2026-01-19"), ("vehicle", "white_label")];
    let mut sent = sent.to_vec();
    sent.push(("back", "/growth/opportunities?client=c1"));
    let answer = ana.post("/growth/clients/c1/outcomes", &sent).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/growth/opportunities?client=c1"),
        "{}",
        answer.text()
    );
    let page = ana.get("/growth/clients/c1").await.text();
    assert!(page.contains("$30,000 ARR") && page.contains("19 Jan 2026"), "{page}");
    let overview = ana.get("/growth").await.text();
    assert!(overview.contains("$30K ARR signed since"), "{overview}");
}

#[tokio::test]
async fn a_form_that_says_too_little_comes_back_with_what_is_wrong_beside_each_field() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let ana = hub.operator().await;
    let answer = ana.post("/growth/clients/c1/outcomes", &[("kind", "won"), ("arr", "lots")]).await;
    assert_eq!(answer.status, 422);
    let page = answer.text();
    assert!(page.contains("“lots” is no amount") && page.contains("Give the day"), "{page}");
    let future = [("kind", "lost"), ("occurred_on", "2027-01-01")];
    let answer = ana.post("/growth/clients/c1/outcomes", &future).await;
    assert_eq!(answer.status, 422, "{}", answer.text());
    assert_eq!(ana.post("/growth/clients/nobody/outcomes", &future).await.status, 404);
    assert!(hub.state().growth().outcomes().await.expect("asked").is_empty());
}

#[tokio::test]
async fn the_way_back_never_leaves_the_hub() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let ana = hub.operator().await;
    let form = [("kind", "lost"), ("occurred_on", "2026-01-19"), ("back", "https://evil.example/")];
    let answer = ana.post("/growth/clients/c1/outcomes", &form).await;
    assert_eq!((answer.status, answer.header("location")), (303, "/growth/clients/c1"));
}
