use server::testing::TestHub;

#[tokio::test]
async fn a_view_is_saved_shown_and_deleted() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let saved = ana
        .post("/views", &[("page", "/design"), ("query", "tier=tier_1&sort=name"), ("name", " Best of all ")])
        .await;
    assert_eq!(
        (saved.status, saved.header("location")),
        (303, "/design?tier=tier_1&sort=name"),
        "{}",
        saved.text()
    );
    let page = ana.get("/design").await.text();
    assert!(page.contains("href=\"/design?tier=tier_1&amp;sort=name\">Best of all</a>"), "{page}");

    let id =
        page.split("/views/").nth(1).and_then(|rest| rest.split('/').next()).expect("a way to delete it");
    let stranger = ana.post("/views/01ARZ3NDEKTSV4RRFFQ69G5FAV/delete", &[]).await;
    assert_eq!(stranger.status, 404);
    let deleted = ana.post(&format!("/views/{id}/delete"), &[("back", "/design?q=x")]).await;
    assert_eq!((deleted.status, deleted.header("location")), (303, "/design?q=x"));
    assert!(!ana.get("/design").await.text().contains("Best of all</a>"));
}

#[tokio::test]
async fn a_view_needs_a_name_and_a_page_of_this_hub() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let unnamed = ana.post("/views", &[("page", "/design"), ("query", ""), ("name", "  ")]).await;
    assert_eq!(unnamed.status, 422);
    let elsewhere = ana.post("/views", &[("page", "//evil.example"), ("query", ""), ("name", "x")]).await;
    assert_eq!(elsewhere.status, 400);
}
