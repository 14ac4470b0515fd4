use server::testing::TestHub;

use super::base::{AS_OF, five, import};

#[tokio::test]
async fn every_cell_says_in_words_what_it_is_and_why() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let page = hub.operator().await.get("/growth/whitespace").await.text();
    assert!(page.contains("title=\"Owned: bought already, see the upsell history\""), "{page}");
    assert!(page.contains("<span class=\"visually-hidden\">Offered</span>"), "{page}");
    assert!(page.contains("the client is in maintenance"));
    assert!(page.contains("is offered most often"));
}

#[tokio::test]
async fn whoever_owns_or_may_be_offered_a_vehicle_is_found_by_it() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let ana = hub.operator().await;
    let owners = ana.get("/growth/whitespace?owned=owned:white_label").await.text();
    assert!(owners.contains(">Owner c3<") && !owners.contains(">Best c1<"), "{owners}");
    let offered = ana.get("/growth/whitespace?offered=offered:white_label").await.text();
    assert!(offered.contains(">Best c1<") && !offered.contains(">Owner c3<"), "{offered}");
}

#[tokio::test]
async fn the_export_has_a_row_per_client_and_a_column_per_vehicle_with_the_reasons() {
    let hub = TestHub::embedded().await;
    import(&hub, AS_OF, &five()).await;
    let file = hub.operator().await.get("/growth/whitespace?format=csv").await;
    assert_eq!(file.header("x-row-count"), "5");
    let text = file.text();
    let vehicles = growth::policy::Policy::framework().document().vehicles.len();
    assert_eq!(text.lines().next().map(|head| head.split(',').count()), Some(2 + vehicles + 3), "{text}");
    assert!(text.contains("\"owned: bought already, see the upsell history\""), "{text}");
}
