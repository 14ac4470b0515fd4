use server::testing::TestHub;

use super::base::{AS_OF, five, import, unhappy};

#[tokio::test]
async fn the_drawer_opens_at_its_own_address_on_every_list_with_the_reasons_of_each_number() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let ana = hub.operator().await;
    for path in ["/growth", "/growth/opportunities", "/growth/whitespace"] {
        let page = ana.get(&format!("{path}?client=c1")).await.text();
        let drawer =
            page.split("<dialog class=\"drawer\"").nth(1).unwrap_or_else(|| panic!("{path}: {page}"));
        assert!(
            drawer.contains("Best c1") && drawer.contains(&format!("data-close-href=\"{path}\"")),
            "{path}"
        );
        for reason in [
            "Factors of readiness; they add up to the score",
            "satisfaction_score &gt;= 4.5",
            "Why Tier 1",
            "What to offer",
            "Chance by the rule",
            "0.4 × min(10, potential ÷ 5,000)",
            "framework v1",
        ] {
            let reason = reason.replace("satisfaction_score", "satisfaction");
            assert!(drawer.contains(&reason), "{path} lacks {reason}: {drawer}");
        }
    }
    assert!(!ana.get("/growth/opportunities").await.text().contains("<dialog class=\"drawer\""));
}

#[tokio::test]
async fn what_is_unknown_is_called_so_and_never_zero() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let page = hub.operator().await.get("/growth/clients/c5").await.text();
    assert!(
        page.contains("<dt>Satisfaction (1–5)</dt><dd><span class=\"muted\">unknown</span></dd>"),
        "{page}"
    );
    assert!(page.contains("Not known: satisfaction, usage"), "{page}");
    assert!(page.contains("Not on the short list"));
}

#[tokio::test]
async fn a_client_has_a_page_of_its_own_and_an_unknown_one_has_none() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let ana = hub.operator().await;
    let page = ana.get("/growth/clients/c4").await;
    assert_eq!(page.status, 200);
    let page = page.text();
    assert!(page.contains("<h1>Unhappy c4</h1>"), "{page}");
    assert!(page.contains("What Tier 3 asks"), "what the next better tier asks: {page}");
    assert!(page.contains("lacks 1.5"), "satisfaction 2.0 of 3.5: {page}");
    assert_eq!(ana.get("/growth/clients/nobody").await.status, 404);
    let drawer = ana.get("/growth/opportunities?client=nobody").await;
    assert_eq!(drawer.status, 200);
    assert!(drawer.text().contains("No such client here"));
}

#[tokio::test]
async fn the_past_is_drawn_as_soon_as_there_are_two_snapshots() {
    let hub = TestHub::embedded().await;
    let better = unhappy("c4").replace(",2.0,", ",4.0,");
    import(&hub, jiff::civil::date(2026, 1, 12), &[unhappy("c4")]).await;
    let ana = hub.operator().await;
    assert!(ana.get("/growth/clients/c4").await.text().contains("First seen on"));
    import(&hub, AS_OF, &[better]).await;
    let page = ana.get("/growth/clients/c4").await.text();
    assert!(page.contains("Readiness rose by") || page.contains("Readiness fell by"), "{page}");
}

#[tokio::test]
async fn names_from_a_file_are_text_and_nothing_else() {
    let hub = TestHub::embedded().await;
    let evil = unhappy("x\"><script>alert(1)</script>");
    import(&hub, AS_OF, &[evil]).await;
    let ana = hub.operator().await;
    for path in ["/growth", "/growth/opportunities?scope=all", "/growth/whitespace"] {
        assert!(!ana.get(path).await.text().contains("<script>alert"), "{path}");
    }
}
