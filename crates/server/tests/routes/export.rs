use server::testing::TestHub;

#[tokio::test]
async fn the_file_has_the_rows_that_the_page_announces() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let page = ana.get("/design?tier=tier_1&q=har").await.text();
    let csv = ana.get("/design?tier=tier_1&q=har&format=csv").await;
    let rows: usize = csv.header("x-row-count").parse().expect("a number");
    assert_eq!(csv.text().lines().count(), rows + 1);
    assert!(page.contains(&format!(
        "Everything that matches, {}",
        server::design::format::counted(rows, "row", "rows")
    )));
    assert!(csv.text().lines().skip(1).all(|line| line.contains("tier_1")), "{}", csv.text());

    let all = ana.get("/design?per=25&page=2&format=xlsx").await;
    assert_eq!(all.header("x-row-count"), "64", "all pages");
    assert!(all.header("content-type").contains("spreadsheetml"));
    assert_eq!(ana.get("/design?format=exe").await.status, 400);
}
