use server::testing::TestHub;

const SOUND: [(&str, &str); 5] = [
    ("goal_mrr", "250,000"),
    ("current_mrr", ""),
    ("correlation", "0.2"),
    ("currency", "USD"),
    ("name", "Ana Costa"),
];

#[tokio::test]
async fn the_goal_is_saved_and_shown_again() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    assert!(ana.get("/growth/settings").await.text().contains("value=\"400000\""));
    assert_eq!(ana.post("/growth/settings", &SOUND).await.status, 303);
    let settings = hub.state().growth().settings().await.expect("settings").settings;
    assert_eq!((settings.goal_mrr.to_string().as_str(), settings.correlation), ("250000", 0.2));
    assert_eq!(settings.sender.name.as_deref(), Some("Ana Costa"));
    assert!(ana.get("/growth/settings").await.text().contains("value=\"250000\""));
}

#[tokio::test]
async fn a_wrong_field_is_named_and_nothing_is_saved() {
    let hub = TestHub::embedded().await;
    let ana = hub.operator().await;
    let mut entries = SOUND;
    entries[0].1 = "a lot";
    let page = ana.post("/growth/settings", &entries).await;
    assert_eq!(page.status, 422);
    assert!(
        page.text().contains("`a lot` is not an amount") && page.text().contains("id=\"goal_mrr-error\"")
    );
    assert_eq!(hub.state().growth().settings().await.expect("settings").saved_at, None);
}

#[tokio::test]
async fn what_was_tried_fills_the_form_in_without_being_saved() {
    let hub = TestHub::embedded().await;
    let page = hub.operator().await.get("/growth/settings?goal_mrr=160000&correlation=0.3").await.text();
    assert!(page.contains("value=\"160000\"") && page.contains("Not saved yet"));
    assert_eq!(hub.state().growth().settings().await.expect("settings").saved_at, None);
}
