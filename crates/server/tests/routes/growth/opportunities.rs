use server::testing::TestHub;

use super::base::{AS_OF, best, blank, five, import, unhappy};

#[tokio::test]
async fn before_the_first_import_every_list_leads_to_importing() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    for path in ["/growth", "/growth/opportunities", "/growth/whitespace", "/growth/clients/c1"] {
        let page = ana.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text());
        assert!(page.text().contains("No client base yet"), "{path}");
        assert!(page.text().contains("href=\"/growth/import\""), "{path}");
    }
}

#[tokio::test]
async fn the_short_list_has_those_who_pass_every_gate_and_the_other_list_says_what_keeps_the_rest_away() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let ana = hub.operator().await;
    let list = ana.get("/growth/opportunities").await.text();
    assert!(list.contains(">Best c1<") && list.contains(">Owner c3<"), "{list}");
    assert!(!list.contains(">Unhappy c4<") && !list.contains(">Blank c5<"));
    let rest = ana.get("/growth/opportunities?scope=out").await.text();
    assert!(rest.contains("satisfaction &gt;= 3.5 fails: it is 2"), "{rest}");
    assert!(rest.contains("satisfaction &gt;= 3.5 fails: it is unknown"));
    assert!(!rest.contains(">Best c1<"));
    let all = ana.get("/growth/opportunities?scope=all").await.text();
    assert!(all.contains("1–5</strong> of 5 clients"), "{all}");
}

#[tokio::test]
async fn filters_live_in_the_address() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let ana = hub.operator().await;
    for (query, shown, hidden) in [
        ("tier=tier_1", "Best c1", "Blank c5"),
        ("tier=maintenance", "Blank c5", "Best c1"),
        ("q=happy", "Unhappy c4", "Best c1"),
        ("level=not_ready&level=needs_nurture", "Unhappy c4", "Best c1"),
        ("potential=25000", "Best c1", "Unhappy c4"),
        ("vehicle=white_label", "Best c2", "Owner c3"),
        ("coverage=partial", "Blank c5", "Best c1"),
        ("action=executive_presentation", "Best c1", "Unhappy c4"),
    ] {
        let page = ana.get(&format!("/growth/opportunities?scope=all&{query}")).await.text();
        assert!(page.contains(&format!(">{shown}<")), "{query} shows {shown}: {page}");
        assert!(!page.contains(&format!(">{hidden}<")), "{query} hides {hidden}");
    }
}

#[tokio::test]
async fn an_export_has_every_client_of_the_list_on_whatever_page() {
    let hub = TestHub::embedded().await;
    let rows: Vec<String> = (0..130).map(|number| best(&format!("c{number:03}"))).collect();
    import(&hub, AS_OF, &rows).await;
    let ana = hub.operator().await;
    let file = ana.get("/growth/opportunities?scope=all&page=2&per=50&format=csv").await;
    assert_eq!((file.status, file.header("x-row-count")), (200, "130"));
    let text = file.text();
    assert_eq!(text.lines().count(), 131);
    assert!(text.lines().next().is_some_and(|head| head.starts_with("Client,Rank,Priority")), "{text}");
    let top = ana.get("/growth/opportunities?format=csv").await;
    assert_eq!(top.header("x-row-count"), "20");
    let sheet = ana.get("/growth/opportunities?scope=all&format=xlsx").await;
    assert_eq!(sheet.header("x-row-count"), "130");
    assert!(sheet.body.starts_with(b"PK"));
}

#[tokio::test]
async fn an_older_snapshot_and_another_policy_have_addresses_of_their_own() {
    let hub = TestHub::embedded().await;
    let old = import(&hub, jiff::civil::date(2026, 1, 12), &[unhappy("old")]).await;
    import(&hub, AS_OF, &[best("new"), blank("b")]).await;
    let ana = hub.operator().await;
    let page = ana.get(&format!("/growth/opportunities?scope=all&snapshot={}", old.id)).await.text();
    assert!(page.contains(">Unhappy old<") && !page.contains(">Best new<"), "{page}");
    assert!(page.contains("Not the current view"));
    let legacy = ana.get("/growth/opportunities?scope=all&policy=legacy:1").await.text();
    assert!(legacy.contains("legacy v1") && legacy.contains(">Best new<"), "{legacy}");
    for path in ["?snapshot=01ARZ3NDEKTSV4RRFFQ69G5FAV", "?snapshot=x", "?policy=none:1", "?policy=x"] {
        assert_eq!(ana.get(&format!("/growth/opportunities{path}")).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn five_thousand_clients_are_listed_filtered_and_exported_whole() {
    let hub = TestHub::embedded().await;
    let rows: Vec<String> = (0..5_000)
        .map(|number| {
            let id = format!("c{number:04}");
            match number % 3 {
                0 => best(&id),
                1 => unhappy(&id),
                _ => blank(&id),
            }
        })
        .collect();
    import(&hub, AS_OF, &rows).await;
    let ana = hub.operator().await;
    let page = ana.get("/growth/opportunities?scope=all&tier=tier_1").await.text();
    assert!(page.contains("1–50</strong> of 1,667 clients (5,000 in all)"), "{page}");
    let file = ana.get("/growth/opportunities?scope=all&format=csv").await;
    assert_eq!(file.header("x-row-count"), "5000");
    let overview = ana.get("/growth").await;
    assert_eq!(overview.status, 200);
    assert!(overview.text().contains("5,000"));
    // However many clients there are, the page stays one that a phone can load.
    assert!(overview.body.len() < 600_000, "{} bytes", overview.body.len());
    assert_eq!(ana.get("/growth/whitespace?format=csv").await.header("x-row-count"), "5000");
}
